"""Virtual power plant: aggregated flexibility, day-ahead bid, event response and verified delivery.

Resources (own plants, batteries, chargers, interruptible loads) are rows of a system around one bus that
trades at day-ahead prices. The response to an event is measured against the day-ahead position: during the
event the market position is held and an extra, constant delivery is taken from the plant.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.dispatch.checks import complete_tables
from dafeng.dispatch.operate import solve
from dafeng.dispatch.sites.vpp_file import BASELINE_DAYS, MARKET, Event, VirtualPlant
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.solve import Prepared
from dafeng.evidence import DafengError, Problems, seed_sequence

EVENT = "event"
DRAWS = 4096


def envelope(plant: VirtualPlant, position: Solution) -> pd.DataFrame:
    """Compute the flexibility envelope of all resources at the market [hour].

    MW and MWh: position, lowest, highest, and energy from the start.

    `lowest_mw` and `highest_mw` bound the net purchase of each hour on its own, `lowest_mwh` and
    `highest_mwh` its sum since the first hour; a schedule within both is not promised to be possible, one
    outside either is impossible.

    Parameters
    ----------
    plant : VirtualPlant
        Virtual power plant.
    position : Solution
        Day-ahead position.
    """
    prepared = Prepared(plant.system, threads=1)
    market = prepared.columns_of("generators-p")[:, list(plant.system.names("generators")).index(MARKET)]
    solver, count = prepared.highs, prepared.highs.getNumCol()
    every = np.arange(count, dtype=np.int32)
    found: dict[str, list[float]] = {"lowest_mw": [], "highest_mw": [], "lowest_mwh": [], "highest_mwh": []}
    for last in range(len(market)):
        for unit, columns in (("mw", market[last : last + 1]), ("mwh", market[: last + 1])):
            for side, sign in (("lowest", 1.0), ("highest", -1.0)):
                cost = np.zeros(count)
                cost[columns] = sign
                solver.changeColsCost(count, every, cost)
                found[f"{side}_{unit}"].append(sign * prepared.run().objective)
    position_mw = position.flows["generators-p"][MARKET].to_numpy(float)
    return pd.DataFrame({"position_mw": position_mw, **found}, index=plant.system.snapshots)


def day_ahead(plant: VirtualPlant, threads: int | None = None) -> Solution:
    """Solve the position at day-ahead prices.

    The market flow is the bid (buying +, selling -), MW. Raises: as `solve`.

    Parameters
    ----------
    plant : VirtualPlant
        Virtual power plant.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    """
    return solve(plant.system, threads=threads)


def respond(
    plant: VirtualPlant, position: Solution, event: Event, *, utmost: bool = False, threads: int | None = None
) -> Solution:
    """Solve the response to `event` on top of `position`.

    What pays at its price, or all that can be given if `utmost`.

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
    """Return the mean extra delivery of each resource during the event, MW [name].

    More output, less charging or use.
    """
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
    """Compute the delivery that is exceeded with 90, 50 and 10 % probability, MW.

    Each resource delivers all it promised with its reliability and nothing otherwise, independently;
    resources without a stated reliability always deliver. Drawn 4,096 times.

    Parameters
    ----------
    given : Series
        Promised delivery of each resource, MW [name].
    reliability : mapping
        Reliability by resource, 0–1.
    seed : int, default 1
        Seed of the random numbers.
    """
    random = np.random.default_rng(seed_sequence(seed, "vpp-confidence"))
    chance = np.array([reliability.get(str(name), 1.0) for name in given.index])
    drawn = (random.random((DRAWS, len(given))) < chance) @ given.to_numpy(float)
    return {f"exceeded_with_{100 - q}_percent_mw": float(np.quantile(drawn, q / 100)) for q in (10, 50, 90)}


def baseline(history: NDArray[np.float64], days: int = BASELINE_DAYS) -> NDArray[np.float64]:
    """Compute the baseline: use without the event, MW [hour].

    The mean of the last `days` of `history` [day, hour].

    `history` holds comparable days without events, oldest first.

    Parameters
    ----------
    history : ndarray
        Use on comparable days [day, hour], oldest first, MW.
    days : int, default BASELINE_DAYS
        Number of days in the mean.

    Raises
    ------
    DafengError
        For too few days or gaps.
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
    """Compute the verified response over the event's hours.

    Mean and total reduction, and the share of the promise, at most 1.

    Parameters
    ----------
    expected : ndarray
        Baseline, MW [hour of the event].
    metered : ndarray
        Metered use, MW [hour of the event].
    promised_mw : float
        Promised reduction, MW.
    """
    reduction = np.asarray(expected, dtype=float) - np.asarray(metered, dtype=float)
    mean = float(reduction.mean())
    return {
        "mean_response_mw": mean,
        "response_mwh": float(reduction.sum()),
        "share_of_promise": min(1.0, max(0.0, mean / promised_mw)) if promised_mw > 0 else 0.0,
    }


def vpp_summary(plant: VirtualPlant, threads: int | None = None) -> dict[str, Any]:
    """Return the day-ahead bid and each event's response and utmost capability, with confidence.

    The values are compared with the target.

    Parameters
    ----------
    plant : VirtualPlant
        Virtual power plant.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    """
    position = day_ahead(plant, threads)
    told: dict[str, Any] = {
        "plant": plant.system.name,
        "synthetic": plant.system.synthetic,
        "notes": list(plant.system.notes),
        "day_ahead_cost": position.total_cost,
        "day_ahead_bid_mw": position.flows["generators-p"][MARKET].tolist(),
        "envelope": envelope(plant, position).to_dict("list"),
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
            if plant.target_share is not None:
                row["meets_target"] = row["share_of_city_peak"] >= plant.target_share
            row["base"] = "city peak load given in the file: the base of the share is our assumption"
        if event.meter is not None:
            expected = baseline(event.meter.iloc[:-1].to_numpy(float))
            row["baseline_mw"] = expected.tolist()
            row["verified"] = verified(expected, event.meter.iloc[-1].to_numpy(float), offered)
        told["events"].append(row)
    return told
