"""Dispatch runs of a city's grid.

One or several years, exact or as a preview in blocks, and carbon-cap curves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.city.arrangements_file import HOURS
from dafeng.dispatch.city.grid import CityGrid, additions, city_grid
from dafeng.dispatch.city.inputs import used_table
from dafeng.dispatch.operate import Point, coarsen, curve, solve, sweep_limit
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.solve import Prepared
from dafeng.evidence import DafengError, Problems, track


@dataclass(frozen=True)
class CityRun:
    """Run of a city: the grid of one year and its solution."""

    grid: CityGrid
    solution: Solution

    def summary(self) -> dict[str, Any]:
        """Return the summary of the solution with shares, unserved energy, its inputs and the findings."""
        told = self.solution.summary()
        generation = self.solution.generation()
        table = self.grid.system.table("generators")
        carriers = self.grid.system.tables["carriers"]
        clean = table.index[table["carrier"].map(carriers["non_fossil"]).fillna(False).astype(bool)]
        by_carrier = generation.groupby(table["carrier"]).sum()
        curtailed = self.solution.curtailment()
        available = float(generation.reindex(curtailed.index).sum() + curtailed.sum())
        told |= {
            "year": self.grid.year,
            "generation_by_carrier_mwh": {str(k): float(v) for k, v in by_carrier.items()},
            "non_fossil_share_of_demand": float(generation[clean].sum()) / told["demand_mwh"],
            "curtailment_rate": float(curtailed.sum()) / available if available else 0.0,
            "unserved_mwh": float(generation.get("lost load", 0.0)),
            "peak_response_mwh": float(generation.get("peak response", 0.0)),
            "peak_load_mw": float(self.grid.system.dense("loads", "p_set").sum(axis=1).max()),
            "inputs": used_table(self.grid.used).to_dict("records"),
            "findings": list(self.grid.findings),
        }
        return told


def run_city(
    case: Case,
    years: Sequence[int],
    *,
    expand: bool = False,
    block: int = 1,
    threads: int | None = None,
    **options: Any,
) -> list[CityRun]:
    """Solve the operation or expansion of the grid of `case` in each of `years`, in order of time.

    With `expand`, what one year builds is kept in the next: a myopic sequence that does not look ahead.
    Units leave at their end year or lifetime. `block` merges hours; `options` are those of `city_grid`,
    where an override named `item@year` is for that year only.

    Parameters
    ----------
    case : Case
        Loaded case.
    years : sequence of int
        Calendar years.
    expand : bool, default False
        Whether capacity may be added at least cost.
    block : int, default 1
        Hours merged into one snapshot.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    **options : Any
        Options of `city_grid`.

    Raises
    ------
    DafengError
        From the grid, and for an infeasible year, in words.
    """
    built: dict[str, float] = {}
    overrides = options.pop("overrides", None) or {}
    runs = []
    for year in track(case.city.name_zh, sorted(set(years))):
        grid = city_grid(
            case, year, expand=expand, built=built, overrides=_in_year(overrides, year), **options
        )
        system = grid.system if block == 1 else coarsen(grid.system, block)
        solution = solve(system, threads=threads)
        runs.append(CityRun(grid, solution))
        if expand:
            for kind, capacity in additions(solution.capacities).items():
                built[kind] = built.get(kind, 0.0) + capacity
    return runs


def _in_year(overrides: Mapping[str, float], year: int) -> dict[str, float]:
    """The overrides that hold in `year`: `item@year` before `item`.

    Raises: DafengError for a year that is none.
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


def cap_curve(
    case: Case,
    year: int,
    points: int,
    lowest: float,
    *,
    expand: bool = False,
    block: int = 1,
    each: Callable[[Point], None] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Compute the carbon-cap curve: cost, emissions and shadow price of carbon.

    It has `points` caps from the free optimum to `lowest` × its CO2.

    `each` is called with every point as soon as it is solved, the free optimum first.

    Returns: the table of `curve`, caps falling.

    Parameters
    ----------
    case : Case
        Loaded case.
    year : int
        Calendar year.
    points : int
        Number of caps.
    lowest : float
        Lowest cap as a share of the CO2 of the free optimum.
    expand : bool, default False
        Whether capacity may be added at least cost.
    block : int, default 1
        Hours merged into one snapshot.
    each : callable, optional
        Called with every point as soon as it is solved.
    **options : Any
        Options of `city_grid`.

    Raises
    ------
    DafengError
        As `run_city`.
    """
    if points < 2 or not 0 <= lowest < 1:
        raise DafengError.at("points", f"{points}, lowest {lowest:g}", "2 points or more and 0 <= lowest < 1")
    # a cap that cannot bind: every hour of the year at full import and full coal stays far below it
    overrides = _in_year(options.pop("overrides", None) or {}, year)
    grid = city_grid(case, year, expand=expand, cap_t=1e12, overrides=overrides, **options)
    prepared = Prepared(
        grid.system if block == 1 else coarsen(grid.system, block), threads=options.get("threads")
    )
    free = sweep_limit(prepared, "co2", [1e12])[0][1]
    if isinstance(free, DafengError):
        raise free
    emitted = float(free.emissions().sum())
    caps = [emitted * (1.0 - (1.0 - lowest) * i / (points - 1)) for i in range(points)]
    return curve(sweep_limit(prepared, "co2", caps, each), "co2")


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
                "total_cost": told["total_cost"],
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
    "cap_curve",
    "horizon_table",
    "parse_settings",
    "run_city",
    "sampled_block_error",
]
