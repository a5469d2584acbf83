"""Unit commitment with whole units over a long horizon: rolling windows, each a mixed-integer problem.

A window of `window` snapshots is solved, its first `step` are kept, and the next window begins with the
units and stores in their state: on or off since when, at which output, with how much energy. The relaxed
problem of the whole horizon gives the stores' first level and a lower bound of the cost; the reported gap
is against that bound.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dafeng.dispatch.formulation import MOVES, RUNNING, Commitment
from dafeng.dispatch.operate import solve
from dafeng.dispatch.rolling import first_levels, levels_at, part_of
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL, SWITCHED
from dafeng.evidence import DafengError, track


@dataclass(frozen=True)
class CommitmentResult:
    """Result of unit commitment.

    Cost of the kept steps, CNY; the relaxed lower bound; the largest gap of any window; flows [snapshot,
    name].
    """

    cost: float
    lower_bound: float
    largest_window_gap: float
    windows: int
    flows: dict[str, pd.DataFrame]

    @property
    def gap(self) -> float:
        """Return the optimality gap: cost over the relaxed bound, per unit.

        The true optimum lies between the two.
        """
        return (self.cost - self.lower_bound) / max(1.0, abs(self.lower_bound))


def commit(
    system: System, *, window: int = 192, step: int = 168, mip_gap: float = 1e-3, threads: int | None = None
) -> CommitmentResult:
    """Solve the unit commitment of `system` (given capacities) in rolling windows.

    Parameters
    ----------
    system : System
        Checked system.
    window : int, default 192
        Snapshots planned at once.
    step : int, default 168
        Snapshots kept of each window.
    mip_gap : float, default 0.001
        Relative gap at which a mixed-integer problem counts as solved.
    threads : int, optional
        Threads of HiGHS; None: its choice.

    Raises
    ------
    DafengError
        For no committable unit, extendable capacity, limits over the horizon, a window shorter than its
        step, and windows without solution.
    """
    count = len(system.snapshots)
    _refuse(system, window, step)
    window, step = min(window, count), min(step, count)
    relaxed = solve(system, threads=threads)
    levels = first_levels(system, relaxed)
    final = dict(levels)
    cost, worst, windows = 0.0, 0.0, 0
    pieces: dict[str, list[pd.DataFrame]] = {}
    for start in track("机组组合 unit commitment", list(range(0, count, step))):
        end, horizon = min(start + step, count), min(start + window, count)
        part = part_of(system, start, horizon, levels, final if horizon == count else None)
        solved = solve(part, mode=Commitment.INTEGER, mip_gap=mip_gap, threads=threads)
        kept = end - start
        cost += _cost(solved, kept)
        worst = max(worst, solved.mip_gap or 0.0)
        windows += 1
        for name, frame in solved.flows.items():
            pieces.setdefault(name, []).append(frame.iloc[:kept])
        levels = levels_at(solved, kept - 1)
        system = _carry_units(system, solved, kept)
    flows = {name: pd.concat(frames, ignore_index=True) for name, frames in pieces.items()}
    return CommitmentResult(cost, relaxed.objective, worst, windows, flows)


def _refuse(system: System, window: int, step: int) -> None:
    if not 0 < step <= window:
        raise DafengError.at("window", f"{window}, step {step}", "0 < step <= window")
    if all(system.committable(component).empty for component in SWITCHED):
        raise DafengError.at(
            system.name, "no committable unit", "committable units", "solve it without --window"
        )
    if any(len(system.extendable(c)) for c in NOMINAL):
        raise DafengError.at(
            system.name, "extendable capacity", "given capacities", "size first, then commit"
        )
    sums = system.table("generators")[["e_sum_min", "e_sum_max"]].to_numpy(float)
    if len(system.table("global_constraints")) or np.isfinite(sums).any():
        raise DafengError.at(
            system.name,
            "a limit over the whole horizon",
            "none",
            "windows cannot keep it: solve the horizon at once",
        )


def _carry_units(system: System, solved: Solution, kept: int) -> System:
    for component in SWITCHED:
        if f"{component}-p" in solved.flows:
            system = system.with_table(component, _carried(system, component, solved, kept))
    return system


def _carried(system: System, component: str, solved: Solution, kept: int) -> pd.DataFrame:
    table = system.tables[component].copy()
    output = solved.flows[f"{component}-p"].iloc[kept - 1]
    known = [name for name in table.index if name in output.index]
    table.loc[known, "p_init"] = output[known].to_numpy(float)
    if f"{component}-status" not in solved.flows:
        return table
    status = solved.flows[f"{component}-status"].iloc[:kept].round().astype(int)
    for name in status.columns:
        states = status[name].to_numpy()
        same = int(np.argmax(states[::-1] != states[-1])) if (states != states[-1]).any() else kept
        before = "up_time_before" if states[-1] else "down_time_before"
        was_on = float(str(table["down_time_before"].loc[name])) == 0
        unchanged = same == kept and was_on == bool(states[-1])
        earlier = float(str(table[before].loc[name])) if unchanged else 0.0
        table.loc[name, "up_time_before"] = same + earlier if states[-1] else 0.0
        table.loc[name, "down_time_before"] = 0.0 if states[-1] else same + earlier
    return table


def _cost(solution: Solution, kept: int) -> float:
    """Running cost of the first `kept` snapshots, CNY: the terms of the objective that belong to them."""
    system = solution.system
    weight = system.weightings["objective"].to_numpy(float)[:kept, None]
    total = 0.0
    for component, what, attribute in RUNNING:
        flow = solution.flows.get(f"{component}-{what}")
        if flow is not None:
            price = system.dense(component, attribute, flow.columns)[:kept]
            total += float((flow.to_numpy()[:kept] * price * weight).sum())
    for component in SWITCHED:
        units = system.committable(component)
        if units.empty:
            continue
        for what, attribute, hourly in MOVES:
            price = system.dense(component, attribute, units)[:kept]
            moves = solution.flows[f"{component}-{what}"].to_numpy()[:kept]
            total += float((moves * price * (weight if hourly else 1.0)).sum())
    return total
