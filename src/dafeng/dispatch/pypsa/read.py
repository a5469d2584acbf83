"""Import of PyPSA networks without PyPSA: netCDF files and CSV folders of supported components.

Layout as PyPSA 1.x writes it (docs.pypsa.org, "Import and Export"): `<component>_<attribute>` on
`<component>_i`, series `<component>_t_<attribute>` on `snapshots`; attributes at their default are left out.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from dafeng.dispatch.checks import base_attribute, check, complete_tables
from dafeng.dispatch.folder import read_csv
from dafeng.dispatch.pypsa.modules import modules_as_units
from dafeng.dispatch.pypsa.transformers import transformers_as_lines
from dafeng.dispatch.pypsa.unsupported import SCENARIOS, Series, Tables, apply_line_types, refuse_unsupported
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import COMPONENTS, SWITCHED, WEIGHTS, attributes
from dafeng.evidence import DafengError, Problems

OWN_CURRENCY = "网络自身货币 own currency"

Raw = tuple[Tables, Series, pd.DataFrame, dict[str, Any]]


def read_network(path: Path) -> System:
    """Read the network in the netCDF file or CSV folder `path`.

    Parameters
    ----------
    path : Path
        File or folder to read.

    Raises
    ------
    DafengError
        For components or attributes that we do not model (with their names), for several investment periods
        or scenarios, and for everything `check` detects.
    """
    problems = Problems()
    raw = _read_csv(path, problems) if path.is_dir() else _read_netcdf(path)
    tables, series, snapshots, header = raw
    refuse_unsupported(path, tables, series, snapshots, header, problems)
    problems.raise_if_any()
    transformers_as_lines(tables, series, path.name, problems)
    problems.raise_if_any()
    place = {c: f"{path.name}:{c}" for c in COMPONENTS}
    complete = complete_tables({c: tables.get(c, pd.DataFrame()) for c in COMPONENTS}, problems, place)
    problems.raise_if_any()
    # PyPSA gives these the carrier of the bus that they start from or belong to, before limits are applied
    for component, end in (("links", "bus0"), ("lines", "bus0"), ("stores", "bus")):
        table = complete[component]
        inherited = complete["buses"]["carrier"].reindex(table[end]).set_axis(table.index)
        complete[component] = table.assign(carrier=table["carrier"].where(table["carrier"] != "", inherited))
    for component in SWITCHED:
        complete[component] = modules_as_units(complete[component], place[component], problems)
    complete["lines"] = apply_line_types(tables, complete["lines"], place["lines"], problems)
    weightings = _weightings(snapshots, f"{path.name}:snapshots", problems)
    problems.raise_if_any()
    labels = snapshots["snapshot"] if "snapshot" in snapshots.columns else pd.Series(snapshots.index)
    name = header.get("network_name")
    system = System(
        name=name if isinstance(name, str) and name else path.stem,
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
        currency=_currency(header),
        path=path,
    )
    check(system, place)
    return system


def _currency(header: dict[str, Any]) -> str:
    """The currency that the file names; a network without one counts in its own."""
    named = header.get("network_currency")
    return named if isinstance(named, str) and named else OWN_CURRENCY


def _weightings(snapshots: pd.DataFrame, place: str, problems: Problems) -> pd.DataFrame:
    """Hours of each snapshot [snapshot, WEIGHTS]; files before PyPSA 0.18 have one column for all three."""
    count = max(len(snapshots), 1)
    weightings = pd.DataFrame(1.0, index=np.arange(count), columns=list(WEIGHTS))
    for kind in WEIGHTS:
        column = kind if kind in snapshots.columns else "weightings"
        if column not in snapshots.columns:
            continue
        values = pd.to_numeric(snapshots[column], errors="coerce").to_numpy(float)
        wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if wrong.size:
            found = str(snapshots[column].iloc[int(wrong[0])])
            problems.add(f"{place}:{wrong[0] + 2}:{column}", found, "hours, 0 or more", "give every weight")
        weightings[kind] = values
    return weightings


def _read_netcdf(path: Path) -> Raw:
    data = _open_netcdf(path)
    tables: Tables = {}
    series: Series = {}
    # axes of series (_t_) and of piecewise curves (_pw_) are no tables
    ends = [str(d)[:-2] for d in data.dims if str(d).endswith("_i")]
    lists = sorted({name for name in ends if "_t_" not in name and "_pw_" not in name}, key=len)
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
        if attribute.startswith("pw_"):
            series[component, attribute] = pd.DataFrame()
        elif attribute.startswith("t_"):
            columns = _names(data[f"{variable}_i"])
            values = data[variable].transpose("snapshots", ...).to_numpy()
            series[component, attribute[2:]] = pd.DataFrame(values, columns=columns)
        else:
            tables[component][attribute] = data[variable].to_numpy()
    if "snapshot" not in snapshots.columns and "snapshots" in data.coords:
        snapshots["snapshot"] = data["snapshots"].to_numpy()
    return tables, series, snapshots, {str(k): v for k, v in data.attrs.items()}


def _open_netcdf(path: Path) -> xr.Dataset:
    """The file in memory. Raises: DafengError for what is no netCDF, or none of a deterministic network."""
    expected = "a netCDF network written by PyPSA, its CSV folder, or a folder with system.yaml"
    try:
        with xr.open_dataset(path) as opened:
            data = opened.load()
    except (OSError, ValueError, RuntimeError, KeyError, AttributeError) as error:
        found = f"a file that cannot be read as netCDF ({type(error).__name__})"
        raise DafengError.at(str(path), found, expected, "write it anew with n.export_to_netcdf") from error
    if "scenario" in data.dims:
        found = f"{data.sizes['scenario']} scenarios"
        raise DafengError.at(path.name, found, "a deterministic network", SCENARIOS)
    if "buses_i" not in data.dims:
        raise DafengError.at(str(path), "a netCDF file without buses (buses_i)", expected)
    return data


def _names(coordinate: xr.DataArray) -> pd.Index:
    return pd.Index([str(name) for name in coordinate.to_numpy()], dtype=object)


def _read_csv(path: Path, problems: Problems) -> Raw:
    tables: Tables = {}
    texts: Series = {}
    snapshots = pd.DataFrame()
    header: dict[str, Any] = {}
    for file in sorted(path.glob("*.csv")):
        component, _, attribute = file.stem.partition("-")
        # cells as text, so that a bus named 007 keeps its name
        frame = read_csv(file, index=True)
        if file.stem in {"network", "networks"}:
            first = frame.reset_index().head(1).to_dict("records")
            header |= {f"network_{k}": v for row in first for k, v in row.items()}
        elif file.stem == "snapshots":
            snapshots = frame.reset_index(names="label")
            if "snapshot" not in snapshots.columns:
                snapshots["snapshot"] = snapshots["label"]
        elif file.stem == "investment_periods":
            # a table of a header alone is an empty table
            header |= {"network_investment_periods": list(frame.index)} if len(frame) else {}
        elif attribute:
            texts[component, attribute] = frame
        else:
            tables[component] = frame
    if "buses" not in tables:
        found = "a folder without system.yaml and without buses.csv"
        raise DafengError.at(str(path), found, "our folder or a PyPSA CSV folder")
    if len(snapshots):
        snapshots["snapshot"] = _labels(snapshots["snapshot"])
    series = {}
    for (component, attribute), frame in texts.items():
        modelled = component in COMPONENTS and base_attribute(component, attribute) is not None
        told = problems if modelled else Problems()
        series[component, attribute] = _numbers(frame, f"{component}-{attribute}.csv", told)
        _check_labels(frame, snapshots, f"{component}-{attribute}.csv", told)
    return {c: _with_numbers(c, t) for c, t in tables.items()}, series, snapshots, header


def _with_numbers(component: str, table: pd.DataFrame) -> pd.DataFrame:
    """Carriers may have further columns of numbers, on which limits rest."""
    if component != "carriers":
        return table
    further: list[Hashable] = [c for c in table.columns if c not in attributes(component)]
    numbers = {c: pd.to_numeric(table[c], errors="coerce") for c in further}
    return table.assign(**{str(c): n.fillna(0.0) for c, n in numbers.items() if n.notna().any()})


def _labels(column: pd.Series) -> pd.Series:
    """Snapshots as times or whole numbers where all of them are such, else as text."""
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.notna().all():
        return numbers
    times = pd.to_datetime(column, errors="coerce")
    return times if times.notna().all() else column


def _numbers(frame: pd.DataFrame, place: str, problems: Problems) -> pd.DataFrame:
    numbers: pd.DataFrame = frame.reset_index(drop=True).apply(pd.to_numeric, errors="coerce")
    text = frame.reset_index(drop=True).apply(lambda column: column.str.strip().str.lower())
    for row, column in np.argwhere(numbers.isna().to_numpy() & ~text.isin(["", "nan"]).to_numpy())[:3]:
        problems.add(f"{place}:{row + 2}:{frame.columns[column]}", repr(frame.iat[row, column]), "a number")
    return numbers


def _check_labels(frame: pd.DataFrame, snapshots: pd.DataFrame, place: str, problems: Problems) -> None:
    """The rows of a series are its snapshots in order: labelled 0, 1, …, or as in snapshots.csv."""
    if len(frame) != len(snapshots) or "snapshot" not in snapshots.columns:
        return
    labels = _labels(pd.Series(frame.index.astype(str)))
    if pd.api.types.is_numeric_dtype(labels):
        wrong = np.flatnonzero(np.diff(labels.to_numpy(float), prepend=labels.iloc[0] - 1) != 1)
        if (labels.to_numpy() == snapshots["snapshot"].to_numpy()).all():
            return
    elif pd.api.types.is_datetime64_any_dtype(labels):
        wrong = np.flatnonzero(labels.to_numpy() != snapshots["snapshot"].to_numpy())
    else:
        return
    if wrong.size:
        row = int(wrong[0])
        mend = "sort the rows as in snapshots.csv"
        problems.add(f"{place}:{row + 2}", str(frame.index[row]), f"snapshot {row} of {len(frame)}", mend)
