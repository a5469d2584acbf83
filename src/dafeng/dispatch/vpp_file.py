"""The file of a virtual power plant: its resources, prices, events and meters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from dafeng.dispatch.checks import check, complete_tables
from dafeng.dispatch.folder import notes_of, read_csv
from dafeng.dispatch.park import tables_of
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import COMPONENTS
from dafeng.evidence import DafengError, Problems

BUS, MARKET = "vpp", "market"
REQUIRED = ("name", "synthetic", "start", "hours", "profiles", "price", "events", "system")
BASELINE_DAYS = 5
"""Days of the usual baseline: the mean of the same hours on the last five comparable days."""


@dataclass(frozen=True)
class Event:
    """A call for response: first hour, length in hours, price paid per MWh delivered.

    `meter` [day, hour of the event] is the metered use, MW: comparable days first, the day of the event last.
    """

    name: str
    start: int
    hours: int
    price: float
    meter: pd.DataFrame | None = None


@dataclass(frozen=True)
class VirtualPlant:
    """The plant's system, its events, how reliable each resource is (0–1), and the city's peak if known, MW."""

    system: System
    events: tuple[Event, ...]
    reliability: Mapping[str, float]
    city_peak_mw: float | None
    target_share: float | None


def read_vpp(path: Path) -> VirtualPlant:
    """Read and check a plant's file. Raises: DafengError with all problems."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        profiles = pd.read_csv(path.parent / str(content["profiles"]))
    except (OSError, yaml.YAMLError, TypeError, KeyError) as error:
        raise DafengError.at(str(path), str(error), f"a YAML file with {', '.join(REQUIRED)}") from error
    problems = Problems()
    for key in REQUIRED:
        if key not in content:
            problems.add(f"{path.name}:{key}", "nothing", f"{key} of the plant")
    problems.raise_if_any()
    hours = int(content["hours"])
    if len(profiles) != hours:
        problems.add(str(content["profiles"]), f"{len(profiles)} values", f"{hours} values")
    events = tuple(_events(content["events"], hours, path, problems))
    reliability = {}
    for component, rows in content["system"].items():
        for row in rows:
            if "reliability" in row:
                reliability[str(row["name"])] = float(row.pop("reliability"))
                if not 0 <= reliability[str(row["name"])] <= 1:
                    problems.add(
                        f"{path.name}:{component}:{row['name']}:reliability", row, "a share from 0 to 1"
                    )
    problems.raise_if_any()
    tables, series = tables_of(content["system"], profiles, path.name, problems)
    problems.raise_if_any()
    limit = 1e6
    market = pd.DataFrame.from_dict(
        {MARKET: {"bus": BUS, "p_nom": limit, "p_min_pu": -1.0, "marginal_cost": 0.0}}, orient="index"
    )
    tables["generators"] = pd.concat([tables["generators"], market])
    price = str(content["price"])
    series.setdefault(("generators", "marginal_cost"), {})[MARKET] = profiles[price].to_numpy(float)
    complete = complete_tables(tables, problems, {c: f"{path.name}:{c}" for c in COMPONENTS})
    problems.raise_if_any()
    system = System(
        name=str(content["name"]),
        snapshots=pd.date_range(str(content["start"]), periods=hours, freq="h"),
        weightings=pd.DataFrame(1.0, index=np.arange(hours), columns=["objective", "stores", "generators"]),
        tables=complete,
        series={key: pd.DataFrame(columns) for key, columns in series.items()},
        synthetic=bool(content["synthetic"]),
        notes=notes_of(content),
        path=path,
    )
    check(system, {c: f"{path.name}:{c}" for c in COMPONENTS})
    peak, share = content.get("city_peak_mw"), content.get("target_share")
    return VirtualPlant(
        system,
        events,
        reliability,
        None if peak is None else float(peak),
        None if share is None else float(share),
    )


def _events(rows: Sequence[Mapping[str, Any]], hours: int, path: Path, problems: Problems) -> list[Event]:
    events = []
    for number, row in enumerate(rows, start=1):
        where = f"{path.name}:events:{number}"
        try:
            meter = _meter(path.parent / str(row["meter"]), int(row["hours"])) if "meter" in row else None
            event = Event(str(row["name"]), int(row["start"]), int(row["hours"]), float(row["price"]), meter)
        except (KeyError, TypeError, ValueError) as error:
            problems.add(where, str(error), "name, start, hours, price")
            continue
        if not 0 <= event.start < event.start + event.hours <= hours:
            problems.add(where, f"{event.start} + {event.hours}", f"within {hours} hours")
            continue
        events.append(event)
    return events


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
