"""Sensitivity of starts and cost to the start cost of coal units, on typical weeks with whole numbers of units.

No table has a sourced start cost, so one figure of starts is half an answer: the same weeks are solved at other costs.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.city.grid import city_grid
from dafeng.dispatch.city.runs import overrides_in
from dafeng.dispatch.city.summary import START_COST
from dafeng.dispatch.city.tables import CITY
from dafeng.dispatch.clustered import solve_clustered
from dafeng.dispatch.operate import solve
from dafeng.dispatch.periods import WEEK, typical_periods
from dafeng.evidence import track


def start_sensitivity(
    case: Case,
    year: int,
    values: Sequence[float],
    *,
    weeks: int = 4,
    threads: int | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Solve `weeks` typical weeks of `year` at each start cost of `values`, with whole units.

    Parameters
    ----------
    case : Case
        Loaded case.
    year : int
        Calendar year.
    values : sequence of float
        Start costs, CNY/MW.
    weeks : int, default 4
        Number of typical weeks.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    **options : Any
        Options of `city_grid` without limits and expansion.

    Returns
    -------
    DataFrame
        One row per value and cluster of the city: start_cost [CNY/MW], cluster, starts (a unit and year),
        start_cost_million and total_cost_million (both nodes) [million CNY a year].

    Raises
    ------
    DafengError
        As `city_grid` and `typical_periods`.
    """
    overrides = overrides_in(options.pop("overrides", None) or {}, year)
    rows: list[dict[str, Any]] = []
    for value in track("启动成本 start cost", list(values)):
        grid = city_grid(case, year, overrides={**overrides, START_COST: value}, **options)
        typical = typical_periods(grid.system, weeks, WEEK)
        starts = pd.Series(0.0, index=[cluster.name for cluster in grid.clusters])
        total = 0.0
        for system, weight in zip(typical.systems, typical.periods.weights, strict=True):
            found = solve_clustered(system, solve(system, threads=threads), threads=threads).solution
            total += found.total_cost
            starts += weight * _starts(found.flows["generators-status"][list(starts.index)])
        table = grid.system.table("generators")
        paid = float((starts * table["start_up_cost"].reindex(starts.index).astype(float)).sum())
        rows += [
            {
                "start_cost": value,
                "cluster": str(cluster.label),
                "starts": float(starts[cluster.name]) / len(cluster.units),
                "start_cost_million": paid / 1e6,
                "total_cost_million": total / 1e6,
            }
            for cluster in grid.clusters
            if cluster.bus == CITY
        ]
    return pd.DataFrame(rows)


def _starts(status: pd.DataFrame) -> pd.Series:
    """Starts of the units of each cluster within a week; those on in its first hour have been on."""
    rises = np.diff(status.round().to_numpy(float), axis=0).clip(min=0.0)
    return pd.Series(rises.sum(axis=0), index=status.columns)


__all__ = ["start_sensitivity"]
