"""Operation with whole numbers of coal units over a year: windows for the numbers, one problem for the year.

1. The relaxation of the whole horizon: a lower bound of the cost, and the prices of limits over the horizon.
2. Windows of a week and a day, mixed-integer, one after the other: each begins from the units of the one before,
   whose last hours stay fixed, so that minimum times and ramps hold across the border. A limit over the horizon
   counts in them at its price of step 1.
3. The whole horizon with the numbers of units fixed: a linear problem, so that the answer has prices, keeps
   every limit over the horizon exactly, and is what is reported.

The gap is the cost of 3 over the bound of 1: the optimum lies between the two.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dafeng.dispatch.formulation import Commitment
from dafeng.dispatch.formulation.global_limits import rates
from dafeng.dispatch.operate import solve_prepared
from dafeng.dispatch.rolling import first_levels, levels_at, part_of
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.solve import Prepared
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL
from dafeng.evidence import DafengError, track

WEEK = 168
MARGIN = 24
WINDOW_GAP = 2e-3


@dataclass(frozen=True)
class ClusteredResult:
    """Result of the operation with whole numbers of units.

    `solution` is that of the whole horizon with the numbers fixed, `bound` the cost of the relaxation, both of
    the running cost and of starts [currency over the horizon].
    """

    solution: Solution
    relaxed: Solution
    windows: int
    largest_window_gap: float

    @property
    def gap(self) -> float:
        """Return the gap: cost over the bound of the relaxation, per unit."""
        bound = self.relaxed.total_cost
        return (self.solution.total_cost - bound) / max(1.0, abs(bound))


def solve_clustered(
    system: System,
    relaxed: Solution,
    *,
    threads: int | None = None,
    each: Callable[[int, int, float], None] | None = None,
) -> ClusteredResult:
    """Solve the operation of `system` with whole numbers of committable units.

    Parameters
    ----------
    system : System
        Checked system whose capacities are given.
    relaxed : Solution
        Solution of its relaxation.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    each : callable, optional
        Called after each window with its number, their count and its gap.

    Raises
    ------
    DafengError
        For capacity that may be chosen, for no committable unit, and where a window has no solution.
    """
    units = system.committable("generators")
    if any(len(system.extendable(component)) for component in NOMINAL) or units.empty:
        raise DafengError.at(
            system.name, "capacity to choose, or no committable unit", "given capacities and committable units",
            "fix the capacities first (fix_capacities)",
        )  # fmt: skip
    priced = _priced(system, relaxed)
    count = len(system.snapshots)
    starts = list(range(0, count, WEEK))
    levels = first_levels(system, relaxed)
    closing = dict(levels)
    kept: list[pd.DataFrame] = []
    worst = 0.0
    history = int(
        max(1.0, system.table("generators").loc[units, ["min_up_time", "min_down_time"]].max().max())
    )
    for number, start in enumerate(track("机组台数 numbers of units", starts), start=1):
        end, horizon = min(start + WEEK, count), min(start + WEEK + MARGIN, count)
        before = min(history, start)
        part = part_of(priced, start - before, horizon, levels, closing if horizon == count else None)
        part = _continued(part, kept, units, before, start)
        prepared = Prepared(part, Commitment.INTEGER, threads=threads, mip_gap=WINDOW_GAP)
        if before:
            decided = pd.concat(kept, ignore_index=True).iloc[-before:]
            prepared.fix("generators-status", decided.reset_index(drop=True))
        solved = solve_prepared(prepared)
        worst = max(worst, solved.mip_gap or 0.0)
        status = solved.flows["generators-status"][list(units)].round()
        kept.append(status.iloc[before : before + end - start])
        if end < count:
            next_before = min(history, end)
            levels = (
                levels_at(solved, before + end - start - next_before - 1) if end > next_before else levels
            )
        if each is not None:
            each(number, len(starts), solved.mip_gap or 0.0)
    final = Prepared(system, Commitment.RELAXED, threads=threads)
    final.fix("generators-status", pd.concat(kept, ignore_index=True))
    return ClusteredResult(solve_prepared(final), relaxed, len(starts), worst)


def _priced(system: System, relaxed: Solution) -> System:
    """System without limits over the horizon, whose CO2 has the price that the limit has in the relaxation."""
    limits = system.table("global_constraints")
    table = system.tables["generators"].copy()
    cost = system.dense("generators", "marginal_cost", table.index)
    for name, row in limits.iterrows():
        price = -float(relaxed.shadow_prices.get(str(name), 0.0))
        if row["type"] == "primary_energy" and price:
            rate = table["carrier"].map(rates(system, row["carrier_attribute"])).fillna(0.0).to_numpy(float)
            cost = cost + price * rate[None, :] / system.dense("generators", "efficiency", table.index)
        elif row["type"] == "load_share" and price:
            flagged = rates(system, row["carrier_attribute"]).index
            chosen = table["carrier"].isin(flagged) & (table["bus"].eq(row["bus"]) | (row["bus"] == ""))
            cost = cost + price * chosen.to_numpy(float)[None, :]
    series = dict(system.series)
    if len(limits):
        series["generators", "marginal_cost"] = pd.DataFrame(cost, columns=table.index)
    free = system.tables["global_constraints"].iloc[:0]
    sums = table.assign(e_sum_min=-np.inf, e_sum_max=np.inf)
    return replace(
        system, series=series, tables={**system.tables, "global_constraints": free, "generators": sums}
    )


def _continued(part: System, kept: list[pd.DataFrame], units: pd.Index, before: int, start: int) -> System:
    """Window whose first snapshot follows the last one that it does not contain."""
    if start <= before:
        return part
    last = pd.concat(kept, ignore_index=True).iloc[start - before - 1]
    table = part.tables["generators"].copy()
    table.loc[units, "units_on_before"] = last[list(units)]
    return part.with_table("generators", table)
