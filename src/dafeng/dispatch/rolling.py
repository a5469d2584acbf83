"""Rolling-horizon control with forecasts: plan a window, run one step with the actual series, move on.

Each step plans `window` snapshots with a forecast (exact now, increasingly uncertain), keeps the energy
that the plan has in store at the end of the step, and runs the step with the actual series. The cost of
uncertainty is the realised cost less that of perfect foresight over the same horizon.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.dispatch.operate import solve
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL
from dafeng.evidence import DafengError, seed_sequence, track

STORES = (
    (
        "storage_units",
        "state_of_charge",
        "state_of_charge_initial",
        "cyclic_state_of_charge",
        "state_of_charge_set",
    ),
    ("stores", "e", "e_initial", "e_cyclic", "e_set"),
)
UNCERTAIN = (("loads", "p_set"), ("generators", "p_max_pu"))


@dataclass(frozen=True)
class RollingResult:
    """Result of rolling control.

    Realised and perfect cost, CNY, steps taken, and steps whose planned storage level could not be kept.
    """

    realised_cost: float
    perfect_cost: float
    steps: int
    targets_missed: int
    flows: dict[str, pd.DataFrame]

    @property
    def foresight_saving(self) -> float:
        """Return the saving of perfect foresight, CNY."""
        return self.realised_cost - self.perfect_cost


def forecast(system: System, start: int, error: float, seed: int) -> System:
    """Return `system` with forecast errors in its uncertain series after `start`.

    The relative error grows to `error` over a day.

    The error is a first-order autoregressive process (0.9 per snapshot), the same for every series of a kind;
    availability stays within 0–1. The snapshot `start` itself is exact.
    """
    count = len(system.snapshots)
    series = dict(system.series)
    for position, key in enumerate(UNCERTAIN):
        if key not in series:
            continue
        noise = _noise(count - start, seed, start, position)
        growth = np.minimum(np.arange(count - start) / 24.0, 1.0) * error
        factor = np.ones(count)
        factor[start:] = np.maximum(0.0, 1.0 + growth * noise)
        frame = series[key].mul(factor, axis=0)
        # nobody plans for more than has ever been seen: the equipment was sized to it
        series[key] = (
            frame.clip(0.0, 1.0) if key[1] == "p_max_pu" else frame.clip(upper=series[key].max(), axis=1)
        )
    return replace(system, series=series)


def _noise(count: int, seed: int, start: int, position: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed_sequence(seed, "forecast", position, start))
    shocks = random.standard_normal(count)
    noise = np.zeros(count)
    for t in range(1, count):
        noise[t] = 0.9 * noise[t - 1] + np.sqrt(1 - 0.81) * shocks[t]
    return noise


def fix_capacities(system: System, solution: Solution, margins: dict[str, float] | None = None) -> System:
    """Return `system` with the capacities of `solution`; `margins` raises some by name (share).

    Parameters
    ----------
    system : System
        Checked system.
    solution : Solution
        Solved system.
    margins : mapping, optional
        Relative increase of capacity by name (share).
    """
    for component, nominal in NOMINAL.items():
        table = system.tables[component]
        if table.empty:
            continue
        capacity = solution.capacities[component].reindex(table.index).fillna(table[nominal]).clip(lower=0.0)
        for name, margin in (margins or {}).items():
            if name in capacity.index:
                capacity[name] *= 1.0 + margin
        fixed = table.copy()
        fixed[nominal] = capacity
        fixed[f"{nominal}_extendable"] = False
        system = system.with_table(component, fixed)
    return system


def control(
    system: System, *, window: int, step: int, error: float, seed: int = 1, threads: int | None = None
) -> RollingResult:
    """Simulate `system` (given capacities) step by step with forecasts of relative error `error` a day ahead.

    Cyclic stores begin at the level of the perfect plan's first snapshot and have to end at it.

    Parameters
    ----------
    system : System
        Checked system.
    window : int
        Snapshots planned at once.
    step : int
        Snapshots run between two plans.
    error : float
        Relative forecast error a day ahead.
    seed : int, default 1
        Seed of the random numbers.
    threads : int, optional
        Threads of HiGHS; None: its choice.

    Raises
    ------
    DafengError
        For a window shorter than its step, extendable capacity, and steps that cannot be run.
    """
    count = len(system.snapshots)
    if not 0 < step <= window <= count:
        raise DafengError.at("window", f"{window}, step {step}", f"0 < step <= window <= {count}")
    if any(len(system.extendable(c)) for c in NOMINAL):
        raise DafengError.at(
            system.name, "extendable capacity", "given capacities", "size first, then control"
        )
    perfect = solve(system, threads=threads)
    levels = first_levels(system, perfect)
    final = dict(levels)
    cost, missed, steps = 0.0, 0, 0
    pieces: dict[str, list[pd.DataFrame]] = {}
    for start in track("滚动控制 rolling control", list(range(0, count, step))):
        end, horizon = min(start + step, count), min(start + window, count)
        guess = forecast(system, start, error, seed)
        closing = final if horizon == count else None
        plan = solve(part_of(guess, start, horizon, levels, closing), threads=threads)
        target = final if end == count else levels_at(plan, end - start - 1)
        try:
            lived = solve(part_of(system, start, end, levels, target), threads=threads)
        except DafengError:
            missed += 1
            lived = solve(part_of(system, start, end, levels, None), threads=threads)
        levels = levels_at(lived, end - start - 1)
        cost += lived.total_cost
        steps += 1
        for name, frame in lived.flows.items():
            pieces.setdefault(name, []).append(frame)
    flows = {name: pd.concat(parts, ignore_index=True) for name, parts in pieces.items()}
    return RollingResult(cost, perfect.total_cost, steps, missed, flows)


def first_levels(system: System, perfect: Solution) -> dict[tuple[str, str], float]:
    """Return the energy in each store before the first snapshot, MWh.

    Given, or the last of `perfect` where cyclic.
    """
    levels = {}
    for component, flow, initial, cyclic, _ in STORES:
        table = system.table(component)
        for name in table.index:
            if table[cyclic].loc[name]:
                levels[component, str(name)] = float(perfect.flows[f"{component}-{flow}"][name].iloc[-1])
            else:
                levels[component, str(name)] = float(str(table[initial].loc[name]))
    return levels


def levels_at(solution: Solution, position: int) -> dict[tuple[str, str], float]:
    """Return the energy in each store after the snapshot `position`, MWh."""
    return {
        (component, str(name)): float(value)
        for component, flow, *_ in STORES
        if f"{component}-{flow}" in solution.flows
        for name, value in solution.flows[f"{component}-{flow}"].iloc[position].items()
    }


def part_of(
    system: System,
    start: int,
    end: int,
    levels: dict[tuple[str, str], float],
    target: dict[tuple[str, str], float] | None,
) -> System:
    """Return the snapshots `start` to `end` of `system`.

    Stores begin at `levels` and, if given, end at `target`.
    """
    rows = slice(start, end)
    series = {key: frame.iloc[rows].reset_index(drop=True) for key, frame in system.series.items()}
    tables = dict(system.tables)
    for component, _, initial, cyclic, fixed in STORES:
        table = tables[component]
        if table.empty:
            continue
        begin = pd.Series({name: levels.get((component, str(name)), 0.0) for name in table.index})
        opened = table.copy()
        opened[initial] = begin
        opened[cyclic] = False
        tables[component] = opened
        if target is not None:
            wanted = pd.DataFrame(np.nan, index=range(end - start), columns=table.index)
            wanted.iloc[-1] = [target[component, str(name)] for name in table.index]
            series[component, fixed] = wanted
    return replace(
        system,
        snapshots=system.snapshots[rows],
        weightings=system.weightings.iloc[rows].reset_index(drop=True),
        tables=tables,
        series=series,
    )
