"""Dispatch runs of a city's grid.

One or several years, exact or as a preview in blocks, and carbon-cap curves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.city.accounts import CityAccounts, city_accounts, city_load
from dafeng.dispatch.city.arrangements_file import HOURS
from dafeng.dispatch.city.grid import CityGrid, additions, check_limits, city_grid
from dafeng.dispatch.city.summary import city_summary
from dafeng.dispatch.city.tables import CITY
from dafeng.dispatch.clustered import ClusteredResult, solve_clustered
from dafeng.dispatch.operate import coarsen, solve, solve_prepared
from dafeng.dispatch.rolling import fix_capacities
from dafeng.dispatch.solution import Solution, costs
from dafeng.dispatch.solve import Prepared
from dafeng.evidence import DafengError, Problems, Text, track

ADDED_LOAD = 0.01
"""Load that is added for the marginal CO2, per unit of the mean load of the city."""
SHARE_TOLERANCE = 1e-3
MOST_ROUNDS = 6


@dataclass(frozen=True)
class CityRun:
    """Run of a city: the grid of one year and its solution.

    `clustered` is None for a relaxed run; `free` are the accounts without the cap of CO2, where there is one;
    `marginal` is the CO2 of one more MWh of load in the city [t/MWh], where it was asked for; `earlier_cost` the
    yearly fixed cost of what earlier years of the same sequence have built [CNY].
    """

    grid: CityGrid
    solution: Solution
    clustered: ClusteredResult | None = None
    free: CityAccounts | None = None
    marginal: float | None = None
    earlier_cost: float = 0.0

    def summary(self) -> dict[str, Any]:
        """Return the summary of the solution with accounts, operation of coal, its inputs, findings and warnings."""
        told = city_summary(self.grid, self.solution, self.clustered, self.free, self.marginal)
        return told | {
            "cost_of_earlier_builds": self.earlier_cost,
            "total_cost_with_earlier_builds": told["total_cost"] + self.earlier_cost,
        }


def run_city(
    case: Case,
    years: Sequence[int],
    *,
    expand: bool = False,
    whole: bool = False,
    marginal: bool = False,
    block: int = 1,
    threads: int | None = None,
    each: Callable[[int, int, float], None] | None = None,
    **options: Any,
) -> list[CityRun]:
    """Solve the operation or expansion of the grid of `case` in each of `years`, in order of time.

    With `expand`, what one year builds is kept in the next, and its annuity is paid there: a myopic sequence that
    does not look ahead. Building is limited per year since the year before, and nothing is built in the past.
    Units leave at their end year or lifetime. `block` merges hours; `options` are those of `city_grid`, where an override named `item@year` is for that year only.

    A cap of CO2 counts what the city generates and what the cap moves to the rest of the province; a least
    non-fossil share is of use (`accounts`), reached by rounds that move the share of generation.

    Parameters
    ----------
    case : Case
        Loaded case.
    years : sequence of int
        Calendar years.
    expand : bool, default False
        Whether capacity may be added at least cost.
    whole : bool, default False
        Whether coal units are whole numbers; else the relaxation, in which a unit may be partly on.
    marginal : bool, default False
        Whether to solve once more for the CO2 of one more MWh of load (without the cap, if there is one).
    block : int, default 1
        Hours merged into one snapshot; 1 where `whole`.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    each : callable, optional
        Called after each window of whole numbers with its number, their count and its gap.
    **options : Any
        Options of `city_grid`.

    Raises
    ------
    DafengError
        From the grid, for blocks with whole numbers, and for an infeasible year, in words.
    """
    if whole and block > 1:
        raise DafengError.at(
            "block", Text(f"每 {block} 小时合并,同时要求整台启停", f"blocks of {block} hours with whole units"),
            Text("二者之一", "one of the two"), Text("去掉 --block,或加 --relaxed", "leave out --block, or add --relaxed"),
        )  # fmt: skip
    how = _How(block, threads, marginal)
    built: dict[str, float] = {}
    overrides = options.pop("overrides", None) or {}
    _check_dated(overrides, years)
    runs: list[CityRun] = []
    since, earlier = case.city.as_of, 0.0
    for year in track(case.city.name_zh, sorted(set(years))):
        chosen = {"expand": expand, "built": built, "overrides": overrides_in(overrides, year), **options}
        chosen["build_years"] = max(0, year - since)
        run = _relaxed(case, year, how, chosen)
        if whole:
            run = _whole(run, threads, each)
        runs.append(replace(run, earlier_cost=earlier))
        if expand:
            since, earlier = max(since, year), earlier + _fixed_cost(run.solution)
            for kind, capacity in additions(run.solution.capacities).items():
                built[kind] = built.get(kind, 0.0) + capacity
    return runs


@dataclass(frozen=True, slots=True)
class _How:
    block: int
    threads: int | None
    marginal: bool


def _fixed_cost(solution: Solution) -> float:
    """Yearly fixed cost of the capacity that `solution` has chosen, CNY over its horizon."""
    table = costs(solution)
    return float(table.loc[table["kind"] == "fixed", "cost"].sum())


def _relaxed(case: Case, year: int, how: _How, chosen: dict[str, Any]) -> CityRun:
    cap, share = chosen.pop("cap_t", None), chosen.pop("non_fossil", None)
    if cap is None and share is None:
        return _solved(case, year, how, chosen)
    check_limits(cap, share, None)
    free = _solved(case, year, how, chosen)
    accounts = city_accounts(free.grid, free.solution)
    if cap is None:
        reached = accounts.non_fossil_use_share >= float(share or 0.0)
        return free if reached else _shared(case, year, how, chosen, share)
    # a cap of the city limits the CO2 of both nodes: the province's own is that without the cap
    limited = {**chosen, "cap_t": cap + (accounts.co2_province_t or 0.0)}
    run = _shared(case, year, how, limited, share)
    return replace(run, free=accounts, marginal=free.marginal)


def _solved(case: Case, year: int, how: _How, chosen: dict[str, Any]) -> CityRun:
    grid = city_grid(case, year, **chosen)
    system = grid.system if how.block == 1 else coarsen(grid.system, how.block)
    prepared = Prepared(system, threads=how.threads)
    run = CityRun(grid, solve_prepared(prepared))
    if not how.marginal or chosen.get("cap_t") is not None:
        return run
    return replace(run, marginal=_marginal(prepared, run.solution))


def _shared(case: Case, year: int, how: _How, chosen: dict[str, Any], share: float | None) -> CityRun:
    """Run with a least non-fossil share of use: rounds over the share of generation that brings it about."""
    if share is None:
        return _solved(case, year, how, chosen)
    generated, reached = share, np.nan
    before: tuple[float, float] | None = None
    for _ in range(MOST_ROUNDS):
        run = _solved(case, year, how, {**chosen, "non_fossil": min(1.0, max(0.0, generated))})
        reached = city_accounts(run.grid, run.solution).non_fossil_use_share
        if abs(share - reached) <= SHARE_TOLERANCE:
            return run
        # secant step: more generation is partly exported, so that use follows it with a slope below 1
        slope = 1.0 if before is None else (reached - before[1]) / (generated - before[0] or 1.0)
        before = generated, reached
        generated += (share - reached) / min(1.5, max(0.2, slope))
    raise DafengError.at(
        "non_fossil",
        Text(f"用电中的非化石占比达到 {reached:.2%}", f"a non-fossil share of use of {reached:.2%}"),
        Text(f"{share:.2%}", f"{share:.2%}"),
        Text("放宽扩建上限或通道,或降低要求", "allow more building or trade, or ask for less"),
    )


def _whole(run: CityRun, threads: int | None, each: Callable[[int, int, float], None] | None) -> CityRun:
    """The run with whole units; capacity that was chosen is given then."""
    system = fix_capacities(run.solution.system, run.solution)
    relaxed = run.solution if system is run.solution.system else solve(system, threads=threads)
    result = solve_clustered(system, relaxed, threads=threads, each=each)
    return replace(run, solution=result.solution, clustered=result)


def _marginal(prepared: Prepared, solution: Solution) -> float:
    """CO2 of one more MWh of load in the city, of both nodes, t/MWh: 1 % of the mean load more in every hour."""
    system = prepared.system
    added = np.full(len(system.snapshots), ADDED_LOAD * float(city_load(system).mean()))
    prepared.add_load(CITY, added)
    weight = system.weightings["generators"].to_numpy(float)
    more = float(solve_prepared(prepared).emissions().sum() - solution.emissions().sum())
    return more / float((added * weight).sum())


def _check_dated(overrides: Mapping[str, float], years: Sequence[int]) -> None:
    """Refuse a value for a year that is not run: it would do nothing."""
    problems = Problems()
    for key in overrides:
        at = key.partition("@")[2]
        if at.isdigit() and int(at) not in years:
            problems.add(
                f"--set {key}", at, Text("要计算的年份之一", "one of the years that are run"),
                Text(f"改为 {', '.join(map(str, years))} 之一,或加 --year {at}", f"write one of {', '.join(map(str, years))}, or add --year {at}"),
            )  # fmt: skip
    problems.raise_if_any()


def overrides_in(overrides: Mapping[str, float], year: int) -> dict[str, float]:
    """Return the overrides that hold in `year`: `item@year` before `item`.

    Parameters
    ----------
    overrides : mapping
        The user's values by item.
    year : int
        Calendar year.

    Raises
    ------
    DafengError
        For a year that is none.
    """
    problems = Problems()
    always, dated = {}, {}
    for key, value in overrides.items():
        item, at, text = key.partition("@")
        if at and not text.isdigit():
            problems.add(f"--set {key}", text, "a year", "write it as solar_mw@2025=3000")
        elif not at:
            always[item] = value
        elif int(text) == year:
            dated[item] = value
    problems.raise_if_any()
    return always | dated


def block_error(case: Case, year: int, block: int, **options: Any) -> dict[str, float]:
    """Compare preview and exact solution.

    Relative errors of cost and CO2, difference of the curtailment rate.

    Parameters
    ----------
    case : Case
        Loaded case.
    year : int
        Calendar year.
    block : int
        Hours merged into one snapshot.
    **options : Any
        Options of `city_grid`.
    """
    exact = run_city(case, [year], **options)[0].summary()
    rough = run_city(case, [year], block=block, **options)[0].summary()
    return {
        "total_cost": rough["total_cost"] / exact["total_cost"] - 1.0,
        "co2_t": rough["co2_t"] / exact["co2_t"] - 1.0,
        "curtailment_rate": rough["curtailment_rate"] - exact["curtailment_rate"],
    }


SAMPLE_STARTS = (336, 4704)
"""First hours of the two weeks on which a preview is measured: mid January and mid July."""


def sampled_block_error(case: Case, year: int, block: int, **options: Any) -> dict[str, float]:
    """Compute the largest errors of a preview over two sample weeks, one of January, one of July.

    The keys are those of `block_error`.

    For whoever asks for a preview of the year because the year itself takes too long. `options` are those of
    `city_grid` without hours, start and limits over the year.

    Parameters
    ----------
    case : Case
        Loaded case.
    year : int
        Calendar year.
    block : int
        Hours merged into one snapshot.
    **options : Any
        Options of `city_grid`.
    """
    weeks = [block_error(case, year, block, hours=168, start=s, **options) for s in SAMPLE_STARTS]
    return {key: max((week[key] for week in weeks), key=abs) for key in weeks[0]}


def parse_settings(settings: Sequence[str]) -> dict[str, float]:
    """Parse `ITEM=NUMBER` strings to a mapping.

    Parameters
    ----------
    settings : sequence of str
        Texts `ITEM=NUMBER`.

    Raises
    ------
    DafengError
        With all that is wrong.
    """
    problems = Problems()
    found: dict[str, float] = {}
    for setting in settings:
        item, _, value = setting.partition("=")
        try:
            found[item] = float(value)
        except ValueError:
            problems.add("--set", setting, "ITEM=NUMBER")
            continue
        if not np.isfinite(found[item]):
            problems.add("--set", setting, "a finite number")
    problems.raise_if_any()
    return found


def horizon_table(runs: Sequence[CityRun]) -> pd.DataFrame:
    """Return the table of the years: cost, CO2, shares, curtailment and added capacity, one row per year.

    Parameters
    ----------
    runs : sequence of CityRun
        Runs of the years.
    """
    rows = []
    for run in runs:
        told = run.summary()
        rows.append(
            {
                "year": told["year"],
                "demand_mwh": told["demand_mwh"],
                "total_cost": told["total_cost_with_earlier_builds"],
                "co2_t": told["co2_t"],
                "non_fossil_share": told["non_fossil_share_of_demand"],
                "curtailment_rate": told["curtailment_rate"],
                "unserved_mwh": told["unserved_mwh"],
                **{f"added_{k}_mw": v for k, v in additions(run.solution.capacities).items()},
            }
        )
    return pd.DataFrame(rows)


__all__ = [
    "HOURS",
    "CityRun",
    "block_error",
    "horizon_table",
    "parse_settings",
    "run_city",
    "sampled_block_error",
]
