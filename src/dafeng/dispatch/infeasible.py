"""Why a system has no solution, in words: which limit is broken, where, when, and by how much at least.

The same problem is solved once more with a slack on the balance of every bus, on every limit over the horizon and
on every other row, at a price that makes the least total violation the optimum; rows that the optimum has to
break are reported, balance first.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from dafeng.dispatch.solve import Prepared
from dafeng.evidence import DafengError, Problem

TOLERANCE = 1e-6
SHOWN = 3
"""Snapshots named for each broken limit; the rest is counted."""

WHAT = {
    "buses-balance": "balance of bus {name}",
    "global": "global limit {name}",
    "generators-e_sum_min": "least energy of generators",
    "generators-e_sum_max": "largest energy of generators",
    "storage_units-energy": "energy of storage units",
    "stores-energy": "energy of stores",
    "lines-voltage": "voltage law of line cycle {name}",
    "generators-p-fixed": "set output of generators (p_set)",
    "links-p-fixed": "set flow of links (p_set)",
    "lines-s-fixed": "set flow of lines",
    "storage_units-p-fixed": "set power of storage units (p_set)",
    "stores-p-fixed": "set power of stores (p_set)",
    "stores-e-fixed": "set energy of stores (e_set)",
    "storage_units-state_of_charge-fixed": "set energy of storage units (state_of_charge_set)",
    "generators-ramp": "ramp limits of generators",
    "links-ramp": "ramp limits of links",
    "generators-tight": "ramp limits of committed generators",
    "generators-min_up_time": "least time on of generator {name}",
    "generators-min_down_time": "least time off of generator {name}",
    "generators-started": "starts of generators",
    "generators-stopped": "stops of generators",
    "links-tight": "ramp limits of committed links",
    "links-min_up_time": "least time on of link {name}",
    "links-min_down_time": "least time off of link {name}",
    "links-started": "starts of links",
    "links-stopped": "stops of links",
    "generators-modules": "whole modules of generators",
    "links-modules": "whole modules of links",
    "lines-modules": "whole modules of lines",
    "storage_units-modules": "whole modules of storage units",
    "stores-modules": "whole modules of stores",
    "generators-p": "output limits of generators",
    "links-p": "flow limits of links",
    "lines-s": "flow limits of lines",
    "storage_units-p_dispatch": "discharge limits of storage units",
    "storage_units-p_store": "charge limits of storage units",
    "storage_units-state_of_charge": "energy limits of storage units",
    "stores-e": "energy limits of stores",
}
"""Words for groups of constraints by their name's beginning; the longer beginning stands first."""

PRICE = {"buses-balance": 1.0, "global": 1.0}
OTHER_PRICE = 10.0
"""Slack on physics is dearer than slack on balance and limits: the words then speak of what a planner can change."""


@dataclass(frozen=True)
class Broken:
    """A constraint that cannot hold: shortfall (+) or excess (-) per row, in the unit of the row."""

    name: str
    amounts: NDArray[np.float64]
    shape: tuple[int, ...]


def explain(prepared: Prepared) -> DafengError:
    """The error that says what conflicts. `prepared` must be infeasible."""
    where = prepared.system.name
    if crossed := _crossed_bounds(prepared):
        return DafengError(crossed)
    broken = _least_violation(prepared)
    if not broken:
        return DafengError.at(
            where,
            "bounds that contradict each other",
            "lower bounds below upper bounds of every unit",
            "check p_min_pu, p_max_pu, the set points and the initial energy of stores",
        )
    return DafengError([_problem(prepared, item) for item in broken])


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
            when = f" in {_label(prepared, place['snapshot'])}" if "snapshot" in place else ""
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


def _least_violation(prepared: Prepared) -> list[Broken]:
    source = prepared.highs.getLp()
    relaxed = highspy.Highs()  # type: ignore[no-untyped-call]
    relaxed.silent()
    relaxed.passModel(source)
    count = relaxed.getNumCol()
    relaxed.changeColsCost(count, np.arange(count, dtype=np.int32), np.zeros(count))
    if prepared.integer:
        kinds = np.full(count, highspy.HighsVarType.kContinuous)
        relaxed.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)
    rows = relaxed.getNumRow()
    price = np.full(rows, OTHER_PRICE)
    for constraint in prepared.model.constraints:
        positions = prepared.rows_of(str(constraint)).ravel()
        price[positions[positions >= 0]] = PRICE.get(_group(str(constraint)), OTHER_PRICE)
    starts = np.arange(2 * rows, dtype=np.int32)
    index = np.repeat(np.arange(rows, dtype=np.int32), 2)
    signs = np.tile([1.0, -1.0], rows)
    relaxed.addCols(
        2 * rows,
        np.repeat(price, 2),
        np.zeros(2 * rows),
        np.full(2 * rows, highspy.kHighsInf),
        2 * rows,
        starts,
        index,
        signs,
    )
    relaxed.run()
    if relaxed.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return []
    values = np.asarray(relaxed.getSolution().col_value, dtype=float)[count:]
    slack = values[0::2] - values[1::2]
    found = []
    for constraint in prepared.model.constraints:
        positions = prepared.rows_of(str(constraint))
        amounts = np.where(positions >= 0, slack[np.maximum(positions, 0)], 0.0)
        if np.abs(amounts).max(initial=0.0) > TOLERANCE:
            found.append(Broken(str(constraint), amounts, positions.shape))
    return sorted(found, key=lambda item: (_group(item.name) not in PRICE, item.name))


def _group(constraint: str) -> str:
    for prefix in WHAT:
        if constraint == prefix or constraint.startswith(f"{prefix}-"):
            return prefix
    return constraint


def _problem(prepared: Prepared, item: Broken) -> Problem:
    group = _group(item.name)
    rest = item.name[len(group) + 1 :]
    what = WHAT.get(group, item.name).format(name=rest)
    if group == "global":
        return _global_problem(prepared, rest, float(item.amounts.ravel()[0]))
    if item.amounts.ndim == 0 or item.amounts.shape[0] != len(prepared.system.snapshots):
        amount = float(np.abs(item.amounts).sum())
        return Problem(what, f"broken by {amount:,.6g} at least", "a system that can keep it", "relax it")
    by_time = item.amounts if item.amounts.ndim == 1 else item.amounts.sum(axis=1)
    hours = np.flatnonzero(np.abs(by_time) > TOLERANCE)
    if not hours.size:
        hours = np.flatnonzero(np.abs(item.amounts).reshape(len(by_time), -1).max(axis=1) > TOLERANCE)
    worst = hours[np.argsort(-np.abs(by_time[hours]))][:SHOWN]
    named = ", ".join(f"{_label(prepared, h)} {abs(by_time[h]):,.6g} MW" for h in worst)
    if group == "buses-balance":
        lack = by_time[hours].sum() > 0
        word = "lacks power" if lack else "has power that nothing can take"
        mend = (
            "add capacity, imports, storage or interruptible load"
            if lack
            else "lower minimum output, or allow curtailment, export or storage"
        )
        return Problem(
            f"bus {rest}",
            f"{word} in {hours.size} of {len(by_time)} snapshots, {np.abs(by_time).sum():,.6g} MW summed; most: {named}",
            "supply that meets demand in every snapshot",
            mend,
        )
    return Problem(
        what, f"broken in {hours.size} snapshots; most: {named}", "a system that can keep it", "relax it"
    )


def _global_problem(prepared: Prepared, limit: str, amount: float) -> Problem:
    row = prepared.system.table("global_constraints").loc[limit]
    unit = " t" if row["type"] == "primary_energy" and row["carrier_attribute"] == "co2_emissions" else ""
    direction = "exceeded" if amount < 0 else "missed"
    return Problem(
        f"global_constraints:{limit}",
        f"{direction} by {abs(amount):,.6g}{unit} at least, whatever is built and run",
        f"{row['carrier_attribute']} {row['sense']} {float(str(row['constant'])):,.6g}{unit}",
        "loosen the limit, or allow more clean capacity, imports or storage",
    )


def _label(prepared: Prepared, position: int) -> str:
    label = prepared.system.snapshots[position]
    return f"{label:%Y-%m-%d %H:%M}" if hasattr(label, "strftime") else str(label)
