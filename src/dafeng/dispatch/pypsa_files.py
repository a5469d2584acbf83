"""Networks of PyPSA in and out, without PyPSA: netCDF files and CSV folders of supported components.

Layout as PyPSA 1.x writes it (docs.pypsa.org, "Import and Export"): `<component>_<attribute>` on
`<component>_i`, series `<component>_t_<attribute>` on `snapshots`; attributes at their default are left out.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from dafeng.dispatch.checks import base_attribute, check, complete_tables
from dafeng.dispatch.formulation.loops import cycles
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import COMPONENTS, attributes, unsupported
from dafeng.evidence import DafengError, Problems, write_atomically

IGNORED = {"sub_networks", "shapes", "line_types", "transformer_types", "snapshots", "networks"}
OTHERS = {
    "transformers": "give each transformer as a line with its reactance at the bus voltage",
    "shunt_impedances": "the linear problem knows no shunts; remove them",
    "processes": "give each process as a link with several buses",
}
WEIGHTS = ("objective", "stores", "generators")

Raw = tuple[dict[str, pd.DataFrame], dict[tuple[str, str], pd.DataFrame], pd.DataFrame, dict[str, Any]]


def read_network(path: Path) -> System:
    """The network in the netCDF file or CSV folder `path`.

    Raises: DafengError for components or attributes that we do not model (with their names), for several
    investment periods or scenarios, and for everything `check` finds.
    """
    tables, series, snapshots, attributes_of_file = _read_csv(path) if path.is_dir() else _read_netcdf(path)
    problems = Problems()
    _refuse_unsupported(path, tables, series, snapshots, attributes_of_file, problems)
    problems.raise_if_any()
    place = {c: f"{path.name}:{c}" for c in COMPONENTS}
    complete = complete_tables({c: tables.get(c, pd.DataFrame()) for c in COMPONENTS}, problems, place)
    problems.raise_if_any()
    # PyPSA gives a link without carrier the carrier of the bus it starts from, before limits are applied
    links, carriers = complete["links"], complete["buses"]["carrier"]
    inherited = carriers.reindex(links["bus0"]).set_axis(links.index)
    complete["links"] = links.assign(carrier=links["carrier"].where(links["carrier"] != "", inherited))
    _refuse_line_types(tables, complete["lines"], place["lines"], problems)
    problems.raise_if_any()
    count = max(len(snapshots), 1)
    weightings = pd.DataFrame(1.0, index=np.arange(count), columns=list(WEIGHTS))
    for kind in WEIGHTS:
        if kind in snapshots.columns:
            weightings[kind] = snapshots[kind].to_numpy(float)
    labels = snapshots["snapshot"] if "snapshot" in snapshots.columns else pd.Series(snapshots.index)
    system = System(
        name=str(attributes_of_file.get("network_name", path.stem)),
        snapshots=pd.Index(labels) if len(snapshots) else pd.Index(["now"]),
        weightings=weightings,
        tables=complete,
        series={
            key: frame
            for key, frame in series.items()
            if key[0] in COMPONENTS
            and (described := base_attribute(*key)) is not None
            and described.series
            and not frame.empty
        },
        path=path,
    )
    check(system, place)
    return system


def _refuse_line_types(
    tables: dict[str, pd.DataFrame], lines: pd.DataFrame, place: str, problems: Problems
) -> None:
    """A standard type overrides a line's impedance, which matters on loops only."""
    if "type" not in tables.get("lines", pd.DataFrame()).columns:
        return
    edges = list(zip(lines["bus0"].astype(str), lines["bus1"].astype(str), strict=True))
    for position in sorted({i for loop in cycles(edges) for i in loop}):
        kind = tables["lines"]["type"].iloc[position]
        if isinstance(kind, str) and kind and bool(lines["active"].iloc[position]):
            problems.add(
                f"{place}:{lines.index[position]}:type",
                kind,
                "x in Ohm",
                "write the type's impedance into x and empty type",
            )


def _read_netcdf(path: Path) -> Raw:
    try:
        with xr.open_dataset(path) as opened:
            data = opened.load()
    except (OSError, ValueError) as error:
        raise DafengError.at(str(path), str(error), "a netCDF network written by PyPSA") from error
    tables: dict[str, pd.DataFrame] = {}
    series: dict[tuple[str, str], pd.DataFrame] = {}
    lists = sorted({str(d)[:-2] for d in data.dims if str(d).endswith("_i") and "_t_" not in str(d)}, key=len)
    for component in lists:
        tables[component] = pd.DataFrame(index=_names(data[f"{component}_i"]))
    snapshots = pd.DataFrame(index=np.arange(data.sizes.get("snapshots", 0)))
    for variable in (str(v) for v in data.data_vars):
        if variable.startswith("snapshots_"):
            snapshots[variable.removeprefix("snapshots_")] = data[variable].to_numpy()
            continue
        owners = [c for c in lists if variable.startswith(f"{c}_")]
        if not owners:
            continue
        component = max(owners, key=len)
        attribute = variable[len(component) + 1 :]
        if attribute.startswith("t_"):
            columns = _names(data[f"{variable}_i"])
            series[component, attribute[2:]] = pd.DataFrame(data[variable].to_numpy(), columns=columns)
        else:
            tables[component][attribute] = data[variable].to_numpy()
    if "snapshot" not in snapshots.columns and "snapshots" in data.coords:
        snapshots["snapshot"] = data["snapshots"].to_numpy()
    return tables, series, snapshots, {str(k): v for k, v in data.attrs.items()}


def _names(coordinate: xr.DataArray) -> pd.Index:
    return pd.Index([str(name) for name in coordinate.to_numpy()], dtype=object)


def _read_csv(path: Path) -> Raw:
    tables: dict[str, pd.DataFrame] = {}
    series: dict[tuple[str, str], pd.DataFrame] = {}
    snapshots = pd.DataFrame()
    header: dict[str, Any] = {}
    for file in sorted(path.glob("*.csv")):
        component, _, attribute = file.stem.partition("-")
        try:
            frame = pd.read_csv(file, index_col=0, keep_default_na=True, dtype={0: str})
        except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise DafengError.at(file.name, str(error), "a CSV table as PyPSA writes it") from error
        if file.stem in {"network", "networks"}:
            header = {f"network_{k}": v for k, v in frame.reset_index().iloc[0].items()}
        elif file.stem == "snapshots":
            snapshots = frame.reset_index(names="label")
            if "snapshot" not in snapshots.columns:
                snapshots["snapshot"] = snapshots["label"]
        elif file.stem == "investment_periods":
            header["network_investment_periods"] = list(frame.index)
        elif attribute:
            series[component, attribute] = frame.reset_index(drop=True)
        else:
            tables[component] = frame.set_axis(pd.Index([str(n) for n in frame.index], dtype=object))
    if "buses" not in tables:
        raise DafengError.at(
            str(path),
            "a folder without system.yaml and without buses.csv",
            "our folder or a PyPSA CSV folder",
        )
    return tables, series, snapshots, header


def _refuse_unsupported(
    path: Path,
    tables: dict[str, pd.DataFrame],
    series: dict[tuple[str, str], pd.DataFrame],
    snapshots: pd.DataFrame,
    header: dict[str, Any],
    problems: Problems,
) -> None:
    for component, table in tables.items():
        place = f"{path.name}:{component}"
        if component in OTHERS and len(table):
            problems.add(
                place, f"{len(table)} {component}", f"only {', '.join(COMPONENTS)}", OTHERS[component]
            )
        elif component not in COMPONENTS and component not in IGNORED and component not in OTHERS:
            problems.add(place, component, f"only {', '.join(COMPONENTS)}")
        for attribute, neutral in unsupported(component).items():
            _refuse_attribute(place, component, attribute, neutral, tables, series, problems)
        for column in table.columns:
            if component == "buses" and str(column).startswith("nom_m"):
                problems.add(f"{place}:{column}", "a limit per bus and carrier", "a global constraint")
            if (
                component == "links"
                and str(column).rstrip("0123456789") == "delay"
                and _any(table[column], "0")
            ):
                problems.add(f"{place}:{column}", "a delay", "0")
    _refuse_frame(path, series, snapshots, header, problems)


def _refuse_frame(
    path: Path,
    series: dict[tuple[str, str], pd.DataFrame],
    snapshots: pd.DataFrame,
    header: dict[str, Any],
    problems: Problems,
) -> None:
    periods = str(header.get("network__multi_invest", "0")) not in {"0", "False"}
    if periods or "network_investment_periods" in header or "period" in snapshots.columns:
        problems.add(
            path.name,
            "several investment periods",
            "one period",
            "solve each period, or use dafeng dispatch run --years",
        )
    if str(header.get("network__scenarios", header.get("network_has_scenarios", "0"))) not in {
        "0",
        "False",
        "",
    }:
        problems.add(path.name, "scenarios", "a deterministic network")
    if any(attribute.endswith("_piecewise") for _, attribute in series):
        problems.add(path.name, "piecewise curves", "constant costs and efficiencies")


def _refuse_attribute(
    place: str,
    component: str,
    attribute: str,
    neutral: str,
    tables: dict[str, pd.DataFrame],
    series: dict[tuple[str, str], pd.DataFrame],
    problems: Problems,
) -> None:
    table = tables[component]
    varying = (component, attribute) in series and not series[component, attribute].empty
    if varying or (attribute in table.columns and _any(table[attribute], neutral)):
        problems.add(
            f"{place}:{attribute}", f"a value other than {neutral or 'empty'}", "a system without it"
        )


def _any(column: pd.Series, neutral: str) -> bool:
    def differs(cell: object) -> bool:
        text = str(cell).strip().lower()
        if text in {"", "nan", "none", neutral}:
            return False
        try:
            return not (neutral and float(text) == float(neutral))
        except ValueError:
            return True

    return any(differs(cell) for cell in column.tolist())


def write_network(
    system: System, path: Path, results: dict[str, pd.DataFrame | pd.Series] | None = None
) -> None:
    """Write `system` to `path` as a netCDF network that PyPSA opens.

    `results` are further variables, keyed as PyPSA names them: `generators_t_p` [snapshot, name] or
    `generators_p_nom_opt` [name].
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
