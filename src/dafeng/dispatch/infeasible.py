"""Explanation of infeasibility by an elastic problem: violated limit, place, time and least amount.

The same problem is solved once more with a slack on the balance of every bus, on every limit over the
horizon and on every other row, at a price that makes the least total violation the optimum; rows that the
optimum has to break are reported, balance first, with what limits them: the rows and capacities that have a
multiplier there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import highspy
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.dispatch.formulation.rows import of_block
from dafeng.dispatch.infeasible_words import SHOWN, TOLERANCE, Broken, group, label, problem, what
from dafeng.dispatch.solve import Prepared
from dafeng.evidence import DafengError, Problem

SECONDS = 120.0
"""Time that the search for an explanation may take."""
MOST_HOLDING = 5
"""Kinds of constraints named as standing against what is broken."""
CAPACITIES = {
    "generators-p": "capacity of generators",
    "links-p": "capacity of links",
    "lines-s": "capacity of lines",
    "storage_units-p_dispatch": "power of storage units",
    "storage_units-state_of_charge": "energy of storage units",
    "stores-e": "energy of stores",
    "generators-p_nom": "largest expansion of generators",
    "links-p_nom": "largest expansion of links",
    "lines-s_nom": "largest expansion of lines",
    "storage_units-p_nom": "largest expansion of storage units",
    "stores-e_nom": "largest expansion of stores",
}
"""Upper bounds of variables, in words."""

PRICE = {
    "buses-balance": 1.0,
    "global": 1.0,
    # rows in outages, each of which is many MW
    "generators-maintenance": 1e4,
    "links-maintenance": 1e4,
}
OTHER_PRICE = 10.0
"""Slack on physics is dearer than slack on balance and limits.

The words then name what a planner can change.
"""


def explain(prepared: Prepared) -> DafengError:
    """Return the error that names the conflicting limits. `prepared` must be infeasible."""
    where = prepared.system.name
    if crossed := _crossed_bounds(prepared):
        return DafengError(crossed)
    broken, elastic = _least_violation(prepared)
    if not broken:
        return DafengError.at(
            where,
            "bounds that contradict each other",
            "lower bounds below upper bounds of every unit",
            "check p_min_pu, p_max_pu, the set points and the initial energy of stores",
        )
    held = _holding(prepared, elastic)
    whole = prepared.integer and elastic is None
    return DafengError([problem(prepared.system, item, held, whole) for item in broken])


def _crossed_bounds(prepared: Prepared) -> list[Problem]:
    """Variables whose lower bound is above the upper one, by name and time."""
    found = []
    for name, variable in prepared.model.variables.items():
        lower, upper = (
            np.asarray(bound.broadcast_like(variable.labels)) for bound in (variable.lower, variable.upper)
        )
        crossed = np.argwhere(lower > upper + TOLERANCE)
        for position in crossed[:SHOWN]:
            place = {str(d): variable.indexes[d][i] for d, i in zip(variable.dims, position, strict=True)}
            when = f" in {label(prepared.system, int(place['snapshot']))}" if "snapshot" in place else ""
            at = tuple(position)
            found.append(
                Problem(
                    f"{str(name).replace('-', ':', 1)}:{place.get('name', '')}",
                    f"at least {lower[at]:,.6g} and at most {upper[at]:,.6g}{when}",
                    "a least value below the largest",
                    "check p_min_pu, p_max_pu, e_min_pu, e_max_pu and the set points",
                )
            )
    return found


@dataclass(frozen=True)
class Elastic:
    """Elastic problem, solved: slack and multiplier of each row, multiplier of each column."""

    slack: NDArray[np.float64]
    row_duals: NDArray[np.float64]
    column_duals: NDArray[np.float64]


def _least_violation(prepared: Prepared) -> tuple[list[Broken], Elastic | None]:
    """What the least total violation breaks.

    Of whole units only where shares of units could keep everything.
    """
    elastic = _solve_elastic(prepared, whole=False)
    broken = _broken(prepared, elastic)
    if not broken and prepared.integer:
        return _broken(prepared, _solve_elastic(prepared, whole=True)), None
    return broken, elastic


def _solve_elastic(prepared: Prepared, whole: bool) -> Elastic | None:
    relaxed = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy has no types
    relaxed.silent()
    relaxed.passModel(prepared.highs.getLp())
    relaxed.setOptionValue("time_limit", SECONDS)
    count = relaxed.getNumCol()
    columns = np.arange(count, dtype=np.int32)
    relaxed.changeColsCost(count, columns, np.zeros(count))
    if prepared.integer and not whole:
        kinds = np.full(count, highspy.HighsVarType.kContinuous)
        relaxed.changeColsIntegrality(count, columns, kinds)
    rows = relaxed.getNumRow()
    price = np.full(rows, OTHER_PRICE)
    for constraint in prepared.model.constraints:
        positions = prepared.rows_of(str(constraint)).ravel()
        price[positions[positions >= 0]] = PRICE.get(group(str(constraint)), OTHER_PRICE)
    relaxed.addCols(
        2 * rows,
        np.repeat(price, 2),
        np.zeros(2 * rows),
        np.full(2 * rows, highspy.kHighsInf),
        2 * rows,
        np.arange(2 * rows, dtype=np.int32),
        np.repeat(np.arange(rows, dtype=np.int32), 2),
        np.tile([1.0, -1.0], rows),
    )
    relaxed.run()
    solution = relaxed.getSolution()
    if not solution.value_valid:
        return None
    values = np.asarray(solution.col_value, dtype=float)[count:]
    known = solution.dual_valid
    return Elastic(
        values[0::2] - values[1::2],
        np.asarray(solution.row_dual, dtype=float) if known else np.zeros(rows),
        np.asarray(solution.col_dual, dtype=float)[:count] if known else np.zeros(count),
    )


def _broken(prepared: Prepared, elastic: Elastic | None) -> list[Broken]:
    if elastic is None:
        return []
    found = []
    for constraint, positions, names in _constraints(prepared):
        amounts = np.where(positions >= 0, elastic.slack[np.maximum(positions, 0)], 0.0)
        if np.abs(amounts).max(initial=0.0) > TOLERANCE:
            found.append(Broken(constraint, amounts, None if names is None else list(map(str, names))))
    return sorted(found, key=lambda item: (PRICE.get(group(item.name), OTHER_PRICE), item.name))


def _constraints(prepared: Prepared) -> Iterator[tuple[str, NDArray[np.int64], pd.Index | None]]:
    """Yield each constraint with the positions of its rows and its names; of a block, one by one as KIND-NAME."""
    for name, constraint in prepared.model.constraints.items():
        positions, axis = prepared.rows_of(name), constraint.indexes.get("name")
        kind = of_block(name)
        if kind is None or axis is None:
            yield name, positions, axis
            continue
        for member, rows in zip(axis, positions, strict=True):
            yield f"{kind}-{member}", rows, None


def _holding(prepared: Prepared, elastic: Elastic | None) -> list[str]:
    """Describe what limits the broken rows: constraints and capacities with a multiplier."""
    if elastic is None:
        return []
    found: dict[str, set[str]] = {}
    for constraint, positions, axis in _constraints(prepared):
        if group(constraint) == "buses-balance":
            continue
        active = (positions >= 0) & (np.abs(elastic.row_duals[np.maximum(positions, 0)]) > TOLERANCE)
        _collect(found, what(constraint), active, axis)
    for variable, words in CAPACITIES.items():
        if variable in prepared.model.variables:
            positions = prepared.columns_of(variable)
            active = (positions >= 0) & (elastic.column_duals[np.maximum(positions, 0)] < -TOLERANCE)
            _collect(found, words, active, prepared.model.variables[variable].indexes.get("name"))
    parts = [
        f"{kind} {', '.join(sorted(n)[:SHOWN])}{' …' if len(n) > SHOWN else ''}".strip()
        for kind, n in found.items()
    ]
    return parts[:MOST_HOLDING]


def _collect(found: dict[str, set[str]], kind: str, active: NDArray[np.bool_], axis: pd.Index | None) -> None:
    if not active.any():
        return
    names = found.setdefault(kind, set())
    if axis is not None and active.ndim and active.shape[-1] == len(axis):
        members = np.asarray(active.reshape(-1, len(axis)).any(axis=0))
        names |= {str(name) for name in axis[members]}
