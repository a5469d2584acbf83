"""A virtual power plant: many small resources as one, what it can promise, and what it has delivered.

Resources (own plants, batteries, chargers, interruptible loads) are rows of a system around one bus that trades at
day-ahead prices. The response to an event is measured against the day-ahead position: during the event the market
position is held and an extra, constant delivery is taken from the plant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from dafeng.dispatch.checks import check, complete_tables
from dafeng.dispatch.operate import solve
from dafeng.dispatch.park import tables_of
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import COMPONENTS
from dafeng.evidence import DafengError, Problems, seed_sequence

BUS, MARKET, EVENT = "vpp", "market", "event"
REQUIRED = ("name", "synthetic", "start", "hours", "profiles", "price", "events", "system")
BASELINE_DAYS = 5
"""Days of the usual baseline: the mean of the same hours on the last five comparable days."""
DRAWS = 4096


@dataclass(frozen=True)
class Event:
    """A call for response: first hour, length in hours, price paid per MWh delivered."""

    name: str
    start: int
    hours: int
    price: float


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
    events = tuple(_events(content["events"], hours, path.name, problems))
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
        notes=tuple(str(note) for note in content.get("notes", ())),
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


def _events(rows: Sequence[Mapping[str, Any]], hours: int, place: str, problems: Problems) -> list[Event]:
    events = []
    for number, row in enumerate(rows, start=1):
        where = f"{place}:events:{number}"
        try:
            event = Event(str(row["name"]), int(row["start"]), int(row["hours"]), float(row["price"]))
        except (KeyError, TypeError, ValueError) as error:
            problems.add(where, str(error), "name, start, hours, price")
            continue
        if not 0 <= event.start < event.start + event.hours <= hours:
            problems.add(where, f"{event.start} + {event.hours}", f"within {hours} hours")
            continue
        events.append(event)
    return events


def day_ahead(plant: VirtualPlant, threads: int | None = None) -> Solution:
    """The position at day-ahead prices: the market flow is the bid (buying +, selling -), MW. Raises: as `solve`."""
    return solve(plant.system, threads=threads)


def respond(
    plant: VirtualPlant, position: Solution, event: Event, *, utmost: bool = False, threads: int | None = None
) -> Solution:
    """The response to `event` on top of `position`: what pays at its price, or all that can be given if `utmost`.

    The delivery is constant over the event, MW: `capacities["generators"]["event"]`. Raises: as `solve`.
    """
    system = plant.system
    count = len(system.snapshots)
    called = np.zeros(count)
    called[event.start : event.start + event.hours] = 1.0
    generators = system.tables["generators"]
    row = {
        **generators.loc[MARKET].to_dict(),
        "sign": -1.0,
        "p_nom": 0.0,
        "p_nom_extendable": True,
        # a reward far above any cost finds the most that can be delivered
        "marginal_cost": -1e6 if utmost else -event.price,
        "p_min_pu": 0.0,
    }
    table = pd.concat([generators, pd.DataFrame.from_dict({EVENT: row}, orient="index")])
    problems = Problems()
    complete = complete_tables({**system.tables, "generators": table}, problems, {})
    problems.raise_if_any()
    held = np.where(called > 0, position.flows["generators-p"][MARKET].to_numpy(), np.nan)
    series = dict(system.series)
    series["generators", "p_set"] = _with(series.get(("generators", "p_set")), MARKET, held)
    for attribute in ("p_max_pu", "p_min_pu"):
        series["generators", attribute] = _with(series.get(("generators", attribute)), EVENT, called)
    return solve(replace(system, tables=complete, series=series), threads=threads)


def _with(frame: pd.DataFrame | None, name: str, values: NDArray[np.float64]) -> pd.DataFrame:
    return pd.DataFrame({name: values}) if frame is None else frame.assign(**{name: values})


def contributions(position: Solution, response: Solution, event: Event) -> pd.Series:
    """Mean extra delivery of each resource during the event, MW [name]: more output, less charging or use."""
    rows = slice(event.start, event.start + event.hours)
    found: dict[str, float] = {}
    for flow, sign in (
        ("generators-p", 1.0),
        ("storage_units-p_dispatch", 1.0),
        ("storage_units-p_store", -1.0),
        ("links-p", -1.0),
        ("stores-p", 1.0),
    ):
        if flow not in position.flows:
            continue
        before, after = position.flows[flow].iloc[rows].mean(), response.flows[flow].iloc[rows].mean()
        for name in before.index:
            if name not in {MARKET, EVENT} and flow != "stores-p":
                found[str(name)] = found.get(str(name), 0.0) + sign * float(after[name] - before[name])
    return pd.Series(found, dtype=float)


def confidence(given: pd.Series, reliability: Mapping[str, float], seed: int = 1) -> dict[str, float]:
    """Delivery that is exceeded with 90, 50 and 10 % probability, MW.

    Each resource delivers all it promised with its reliability and nothing otherwise, independently; resources
    without a stated reliability always deliver. Drawn 4,096 times.
    """
    random = np.random.default_rng(seed_sequence(seed, "vpp-confidence"))
    chance = np.array([reliability.get(str(name), 1.0) for name in given.index])
    drawn = (random.random((DRAWS, len(given))) < chance) @ given.to_numpy(float)
    return {f"exceeded_with_{100 - q}_percent_mw": float(np.quantile(drawn, q / 100)) for q in (10, 50, 90)}


def baseline(history: NDArray[np.float64], days: int = BASELINE_DAYS) -> NDArray[np.float64]:
    """What would have been used without the event, MW [hour]: the mean of the last `days` of `history` [day, hour].

    `history` holds comparable days without events, oldest first. Raises: DafengError for too few days or gaps.
    """
    history = np.asarray(history, dtype=float)
    if history.ndim != 2 or len(history) < days:
        raise DafengError.at("history", f"{history.shape}", f"at least {days} days [day, hour]")
    if np.isnan(history[-days:]).any():
        raise DafengError.at(
            "history", "gaps", "a value in every hour of the days used", "take an earlier day instead"
        )
    expected: NDArray[np.float64] = history[-days:].mean(axis=0)
    return expected


def verified(
    expected: NDArray[np.float64], metered: NDArray[np.float64], promised_mw: float
) -> dict[str, float]:
    """Verified response over the event's hours: mean and total reduction, and the share of the promise, at most 1."""
    reduction = np.asarray(expected, dtype=float) - np.asarray(metered, dtype=float)
    mean = float(reduction.mean())
    return {
        "mean_response_mw": mean,
        "response_mwh": float(reduction.sum()),
        "share_of_promise": min(1.0, max(0.0, mean / promised_mw)) if promised_mw > 0 else 0.0,
    }


def vpp_summary(plant: VirtualPlant, threads: int | None = None) -> dict[str, Any]:
    """Day-ahead bid, response and utmost capability of every event, with confidence, against the target."""
    position = day_ahead(plant, threads)
    told: dict[str, Any] = {
        "plant": plant.system.name,
        "synthetic": plant.system.synthetic,
        "notes": list(plant.system.notes),
        "day_ahead_cost": position.total_cost,
        "day_ahead_bid_mw": position.flows["generators-p"][MARKET].tolist(),
        "events": [],
    }
    for event in plant.events:
        response = respond(plant, position, event, threads=threads)
        utmost = respond(plant, position, event, utmost=True, threads=threads)
        given = contributions(position, utmost, event)
        likely = confidence(given, plant.reliability)
        offered = float(response.capacities["generators"][EVENT])
        row: dict[str, Any] = {
            "name": event.name,
            "start": str(plant.system.snapshots[event.start]),
            "hours": event.hours,
            "price": event.price,
            "offer_mw": offered,
            "gain": position.total_cost - response.total_cost,
            "capability_mw": float(utmost.capacities["generators"][EVENT]),
            "contributions_mw": {str(k): float(v) for k, v in given.items()},
            **likely,
        }
        if plant.city_peak_mw:
            row["share_of_city_peak"] = likely["exceeded_with_90_percent_mw"] / plant.city_peak_mw
            row["target_share"] = plant.target_share
            row["base"] = "city peak load given in the file: the base of the share is our assumption"
        told["events"].append(row)
    return told
