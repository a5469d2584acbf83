"""Export of a system as a netCDF network for PyPSA.

The layout is that of PyPSA 1.x (docs.pypsa.org, "Import and Export").
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import COMPONENTS, WEIGHTS, attributes
from dafeng.evidence import write_atomically


def write_network(
    system: System, path: Path, results: dict[str, pd.DataFrame | pd.Series] | None = None
) -> None:
    """Write `system` to `path` as a netCDF network that PyPSA opens.

    `results` are further variables, keyed as PyPSA names them: `generators_t_p` [snapshot, name] or
    `generators_p_nom_opt` [name].

    Parameters
    ----------
    system : System
        Checked system.
    path : Path
        File to write.
    results : mapping, optional
        Further variables, keyed as PyPSA names them.
    """
    count = len(system.snapshots)
    coordinates: dict[str, Any] = {"snapshots": np.arange(count)}
    variables: dict[str, Any] = {"snapshots_snapshot": ("snapshots", np.asarray(system.snapshots))}
    for kind in WEIGHTS:
        variables[f"snapshots_{kind}"] = ("snapshots", system.weightings[kind].to_numpy(float))
    for component in COMPONENTS:
        table = system.tables[component]
        if table.empty:
            continue
        coordinates[f"{component}_i"] = np.array(table.index, dtype=str)
        for column in table.columns:
            values = table[column].to_numpy()
            described = attributes(component).get(column)
            if (
                described is not None
                and described.kind == "number"
                and _all_default(values, described.default)
            ):
                continue
            variables[f"{component}_{column}"] = (
                f"{component}_i",
                values.astype(str) if values.dtype == object else values,
            )
    frames = {f"{c}_t_{a}": frame for (c, a), frame in system.series.items()}
    for name, result in {**frames, **(results or {})}.items():
        if isinstance(result, pd.DataFrame):
            coordinates[f"{name}_i"] = np.array(result.columns, dtype=str)
            variables[name] = (("snapshots", f"{name}_i"), result.to_numpy(float))
        else:
            component = next(c for c in COMPONENTS if name.startswith(f"{c}_"))
            aligned = result.reindex(system.tables[component].index)
            variables[name] = (f"{component}_i", aligned.to_numpy(float))
    header = {
        "network_name": system.name,
        "network__multi_invest": 0,
        "network_pypsa_version": "1.0.0",
        "network_srid": 4326,
        "meta": json.dumps({"notes": list(system.notes), "synthetic": system.synthetic}, ensure_ascii=False),
        "crs": "{}",
    }
    with write_atomically(path) as temporary:
        xr.Dataset(variables, coordinates, header).to_netcdf(temporary)


def _all_default(values: np.ndarray, default: str | float | bool) -> bool:
    numbers = values.astype(float)
    wanted = float(default)
    return bool(np.all(np.isnan(numbers)) if np.isnan(wanted) else np.all(numbers == wanted))
