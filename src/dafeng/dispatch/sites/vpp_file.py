"""Input file of a virtual power plant: its resources, prices, events and meters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from dafeng.dispatch.folder import read_csv
from dafeng.dispatch.sites.plant_file import (
    VppFile,
    located,
    numbers_of,
    read_file,
    read_profiles,
    system_of,
    tables_of,
)
from dafeng.dispatch.system import System
from dafeng.evidence import DafengError, Problems

BUS, MARKET = "vpp", "market"
MARKET_MW = 1e6
"""More than any plant trades."""
BASELINE_DAYS = 5
"""Days of the usual baseline: the mean of the same hours on the last five comparable days."""


@dataclass(frozen=True)
class Event:
    """Demand response event: first hour, length in hours, price paid per MWh delivered.

    `meter` [day, hour of the event] is the metered use, MW: comparable days first, the day of the event last.
    """

    name: str
    start: int
    hours: int
    price: float
    meter: pd.DataFrame | None = None


@dataclass(frozen=True)
class VirtualPlant:
    """Virtual power plant.

    The plant's system, its events, how reliable each resource is (0–1), and the city's peak if available,
    MW.
    """

    system: System
    events: tuple[Event, ...]
    reliability: Mapping[str, float]
    city_peak_mw: float | None
    target_share: float | None


def read_vpp(path: Path) -> VirtualPlant:
    """Read and check a plant's file.

    Parameters
    ----------
    path : Path
        File or folder to read.

    Raises
    ------
    DafengError
        With all problems.
    """
    path = located(path, VppFile)
    content = read_file(path, VppFile)
    problems = Problems()
    profiles = read_profiles(path, content, problems)
    if content.price not in profiles.columns:
        columns = ", ".join(map(str, profiles.columns))
        problems.add(f"{path.name}:price", content.price, f"a column of the profiles ({columns})")
    events = tuple(_events(content, path, problems))
    tables, series = tables_of(content.system, profiles, path.name, problems)
    reliability: dict[str, float] = {}
    for component, table in tables.items():
        given = numbers_of(table, "reliability", f"{path.name}:{component}", problems)
        for name, value in given.items():
            if not 0 <= value <= 1:
                where = f"{path.name}:{component}:{name}:reliability"
                problems.add(where, f"{value:g}", "a share from 0 to 1")
            reliability[str(name)] = float(value)
        tables[component] = table.drop(columns=["reliability"], errors="ignore")
    problems.raise_if_any()
    market = {"bus": BUS, "p_nom": MARKET_MW, "p_min_pu": -1.0, "marginal_cost": 0.0}
    tables["generators"] = pd.concat(
        [tables["generators"], pd.DataFrame.from_dict({MARKET: market}, orient="index")]
    )
    series.setdefault(("generators", "marginal_cost"), {})[MARKET] = profiles[content.price].to_numpy(float)
    system = system_of(content, tables, series, path, problems)
    return VirtualPlant(system, events, reliability, content.city_peak_mw, content.target_share)


def _events(content: VppFile, path: Path, problems: Problems) -> Iterator[Event]:
    for number, row in enumerate(content.events, start=1):
        if row.start + row.hours > content.hours:
            where = f"{path.name}:events:{number}"
            problems.add(where, f"{row.start} + {row.hours}", f"within {content.hours} hours")
            continue
        meter = None if row.meter is None else _meter(path.parent / row.meter, row.hours)
        yield Event(row.name, row.start, row.hours, row.price, meter)


def _meter(path: Path, hours: int) -> pd.DataFrame:
    """Metered use, MW [day, hour of the event], from a table with the columns day, hour (0 …) and mw.

    Raises: DafengError for too few days, gaps and hours outside the event.
    """
    table = read_csv(path)
    if missing := sorted({"day", "hour", "mw"} - set(table.columns)):
        raise DafengError.at(
            f"{path.name}:1", ", ".join(table.columns), f"the columns {', '.join(missing)} too"
        )
    numbers = table[["hour", "mw"]].apply(pd.to_numeric, errors="coerce")
    if numbers.isna().any(axis=None):
        row = int(np.flatnonzero(numbers.isna().any(axis=1))[0])
        found = f"{table['hour'].iloc[row]!r}, {table['mw'].iloc[row]!r}"
        raise DafengError.at(
            f"{path.name}:{row + 2}", found, "numbers for hour and mw", "missing is not zero"
        )
    frame: pd.DataFrame = numbers.assign(day=table["day"]).pivot_table(
        index="day", columns="hour", values="mw", aggfunc="first"
    )
    if (
        [int(h) for h in frame.columns] != list(range(hours))
        or frame.isna().any(axis=None)
        or len(frame) <= BASELINE_DAYS
    ):
        found = f"{len(frame)} days with the hours {', '.join(f'{h:g}' for h in frame.columns)}"
        expected = f"{BASELINE_DAYS + 1} days or more, the event's last, each with the hours 0 to {hours - 1}"
        raise DafengError.at(path.name, found, expected)
    return frame
