"""Folder format of a system: `system.yaml`, one CSV per component, one CSV per time series.

system.yaml                name, start, hours; optional step_hours, currency, synthetic, notes
buses.csv generators.csv … one row per component, columns as in attributes.csv
generators-p_max_pu.csv …  one row per snapshot, first column `hour` (0, 1, …), one column per name
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dafeng.dispatch.checks import base_attribute, calendar_hint, check, complete_tables, hours_of
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import COMPONENTS, attributes
from dafeng.evidence import DafengError, Problems, read_yaml
from dafeng.tables import read_csv as read_table

HEADER = "system.yaml"
KEYS = {"name", "start", "hours", "step_hours", "currency", "synthetic", "notes"}
REQUIRED_KEYS = ("name", "start", "hours")


def read_folder(path: Path) -> System:
    """Read the system in the folder `path`.

    Parameters
    ----------
    path : Path
        File or folder to read.

    Raises
    ------
    DafengError
        With all problems at once.
    """
    header = _read_header(path / HEADER)
    problems = Problems()
    hours = int(header["hours"])
    start = pd.Timestamp(str(header["start"]))
    step = float(header.get("step_hours", 1))
    snapshots = pd.date_range(start, periods=hours, freq=pd.Timedelta(hours=step))
    raw: dict[str, pd.DataFrame] = {}
    series: dict[tuple[str, str], pd.DataFrame] = {}
    for file in sorted(path.glob("*.csv")):
        component, _, attribute = file.stem.partition("-")
        if component not in COMPONENTS:
            problems.add(file.name, component, f"one of {', '.join(COMPONENTS)}", "rename the file")
        elif attribute:
            frame = _read_series(file, component, attribute, hours, start.year, problems)
            if frame is not None:
                series[component, attribute] = frame
        else:
            raw[component] = _read_table(file, component, problems)
    _check_required(raw, series, problems)
    tables = complete_tables(raw, problems, {c: f"{c}.csv" for c in COMPONENTS})
    check_carriers(tables, problems, "{component}.csv")
    problems.raise_if_any()
    system = System(
        name=str(header["name"]),
        snapshots=snapshots,
        weightings=pd.DataFrame(
            step, index=np.arange(hours), columns=["objective", "stores", "generators"]
        ).astype(float),
        tables=tables,
        series=series,
        currency=str(header.get("currency", "CNY")),
        synthetic=bool(header.get("synthetic", False)),
        notes=notes_of(header),
        path=path,
    )
    check(system, {c: f"{c}.csv" for c in COMPONENTS})
    return system


def _read_header(path: Path) -> dict[str, Any]:
    content = read_yaml(path, "name, start and hours")
    problems = Problems()
    for key in sorted(set(content) - KEYS):
        problems.add(f"{path.name}:{key}", key, f"one of {', '.join(sorted(KEYS))}")
    for key in REQUIRED_KEYS:
        if key not in content:
            problems.add(f"{path.name}:{key}", "nothing", f"the {key} of the system")
    _check_header_values(content, path.name, problems)
    problems.raise_if_any()
    return content


def _check_header_values(content: Mapping[str, Any], place: str, problems: Problems) -> None:
    hours = content.get("hours")
    if hours is not None and (isinstance(hours, bool) or not isinstance(hours, int) or hours < 1):
        problems.add(f"{place}:hours", repr(hours), "a whole number of snapshots, 1 or more")
    step = content.get("step_hours", 1)
    if isinstance(step, bool) or not isinstance(step, int | float) or not 0 < step <= 24:
        problems.add(f"{place}:step_hours", repr(step), "hours per snapshot, above 0 and at most 24")
    if "start" in content:
        try:
            pd.Timestamp(str(content["start"]))
        except ValueError:
            problems.add(f"{place}:start", repr(content["start"]), "a date such as 2030-01-01 00:00")


def notes_of(header: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the notes of a file's header: one text or a list of them."""
    notes = header.get("notes") or ()
    return (str(notes),) if not isinstance(notes, list | tuple) else tuple(str(note) for note in notes)


def read_csv(file: Path, *, index: bool = False) -> pd.DataFrame:
    """Return a table with its cells as text, empty cells as empty text.

    `index`: the first column is the index.

    Raises
    ------
    DafengError
        For what is no CSV table, another encoding than UTF-8, rows of another width, and a column given twice.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DafengError.at(file.name, str(error), "a CSV table with a header line") from error
    reading = read_table(file.stem, file.name, content, most_columns=None)
    if reading.table is None:
        raise DafengError(reading.problems)
    header = reading.table.header
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        found = f"the column {', '.join(twice)} twice"
        raise DafengError.at(f"{file.name}:1", found, "each column once", "rename one of them")
    frame = reading.table.cells.set_axis(list(header), axis=1).reset_index(drop=True)
    return frame.set_index(header[0]) if index else frame


def _read_table(file: Path, component: str, problems: Problems) -> pd.DataFrame:
    table = read_csv(file)
    if "name" not in table.columns:
        problems.add(f"{file.name}:1", ", ".join(table.columns), "a column name")
        return pd.DataFrame()
    table = table.set_index("name")
    for column in table.columns:
        known_extra = component == "carriers" or column in {"source", "grade", "note"}
        if base_attribute(component, column) is None and not known_extra:
            problems.add(
                f"{file.name}:1:{column}",
                column,
                f"a column of {component}",
                "see docs/dispatch.md for the columns",
            )
    if component == "carriers":
        for column in table.columns.difference(list(attributes("carriers"))):
            table[column] = pd.to_numeric(table[column], errors="coerce")
    return table.drop(columns=[c for c in ("source", "grade", "note") if c in table.columns])


def _read_series(
    file: Path, component: str, attribute: str, hours: int, year: int, problems: Problems
) -> pd.DataFrame | None:
    described = base_attribute(component, attribute)
    if described is None or not described.series:
        problems.add(file.name, attribute, f"an attribute of {component} that may vary by hour")
        return None
    frame = read_csv(file)
    if frame.columns[0] != "hour":
        problems.add(f"{file.name}:1", frame.columns[0], "hour as first column")
        return None
    numbers = frame.iloc[:, 1:].apply(pd.to_numeric, errors="coerce")
    if len(frame) != hours:
        hint = calendar_hint(len(frame), hours) if hours == hours_of(year) else "give one value per snapshot"
        problems.add(file.name, f"{len(frame)} values", f"{hours} values ({HEADER}: hours)", hint)
        return None
    counted = pd.to_numeric(frame["hour"], errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(counted != np.arange(hours))
    if wrong.size:
        row = int(wrong[0])
        problems.add(
            f"{file.name}:{row + 2}:hour",
            frame["hour"].iloc[row],
            str(row),
            "hours count from 0 without a gap; sort the file and fill what is missing",
        )
        return None
    text = frame.iloc[:, 1:].apply(lambda column: column.str.strip())
    for position, column in np.argwhere(numbers.isna().to_numpy() & (text != "").to_numpy())[:3]:
        problems.add(
            f"{file.name}:{position + 2}:{text.columns[column]}", repr(text.iat[position, column]), "a number"
        )
    named: pd.DataFrame = numbers.set_axis([str(c) for c in numbers.columns], axis=1)
    return named


def _check_required(
    raw: dict[str, pd.DataFrame], series: dict[tuple[str, str], pd.DataFrame], problems: Problems
) -> None:
    for component, table in raw.items():
        for attribute in attributes(component).values():
            if not attribute.required or table.empty:
                continue
            varying = series.get((component, attribute.name))
            for name in table.index:
                given = attribute.name in table.columns and table.loc[[name], attribute.name].iloc[0] != ""
                if given or (varying is not None and name in varying.columns):
                    continue
                problems.add(
                    f"{component}.csv:{name}:{attribute.name}",
                    "nothing",
                    f"{attribute.en} ({attribute.unit or 'text'})",
                    "there is no default for it",
                )


def check_carriers(
    tables: Mapping[str, pd.DataFrame], problems: Problems, place: str, allowed: frozenset[str] = frozenset()
) -> None:
    """Check that every carrier named by a component has a row of its own, or is one of `allowed`.

    `place` has {component}.
    """
    known = set(tables["carriers"].index) | allowed
    for component in ("generators", "links", "storage_units", "stores"):
        for name, carrier in tables[component]["carrier"].items():
            if carrier and carrier not in known:
                problems.add(
                    f"{place.format(component=component)}:{name}:carrier",
                    carrier,
                    f"a carrier of the system ({', '.join(sorted(known)) or 'there is none'})",
                    f"add a row to {place.format(component='carriers')} with its co2_emissions",
                )
