"""Violated constraints in words: which, where, when, how much, and possible remedies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.dispatch.system import System
from dafeng.evidence import Problem

TOLERANCE = 1e-6
SHOWN = 3
"""Snapshots and names that are listed for each broken limit; the rest is counted."""

COMPONENT_NAMES = {
    "generators": "机组 generator",
    "links": "转换设备 link",
    "lines": "线路 line",
    "storage_units": "储能 storage unit",
    "stores": "储罐 store",
}
COST_NAMES = {
    "running": "运行 running",
    "storing": "存储 storing",
    "spilling": "弃水 spilling",
    "moving": "启停 starts and stops",
    "fixed": "固定 fixed",
}
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
    "lines-angle": "largest difference of voltage angles on lines",
    "generators-maintenance": "maintenance of generators",
    "links-maintenance": "maintenance of links",
    "generators-p": "output limits of generators",
    "links-p": "flow limits of links",
    "lines-s": "flow limits of lines",
    "storage_units-p_dispatch": "discharge limits of storage units",
    "storage_units-p_store": "charge limits of storage units",
    "storage_units-state_of_charge": "energy limits of storage units",
    "stores-e": "energy limits of stores",
}
"""Words for groups of constraints by their name's beginning; the longer beginning comes first."""

ENERGY = ("storage_units-energy", "stores-energy", "storage_units-state_of_charge", "stores-e")
"""Groups whose rows are MWh; others are MW."""
POWER_CARRIERS = {"", "AC", "DC", "electricity"}


@dataclass(frozen=True)
class Broken:
    """Violated constraint: shortfall (+) or excess (-) per row, in the unit of the row."""

    name: str
    amounts: NDArray[np.float64]
    names: list[str] | None


def group(constraint: str) -> str:
    """Return the key of `WHAT` that a constraint's name begins with."""
    for prefix in WHAT:
        if constraint == prefix or constraint.startswith(f"{prefix}-"):
            return prefix
    return constraint


def what(constraint: str) -> str:
    """Return the description of a constraint in words."""
    kind = group(constraint)
    return WHAT.get(kind, constraint).format(name=constraint[len(kind) + 1 :])


def problem(system: System, item: Broken, held: list[str], whole: bool) -> Problem:
    """Describe `item` for people.

    `held` is what limits it; `whole`: only because units are whole.
    """
    kind = group(item.name)
    rest = item.name[len(kind) + 1 :]
    others = [part for part in held if not part.startswith(what(item.name))]
    against = f"; limited by: {'; '.join(others)}" if others else ""
    against += "; shares of units could do it, whole units cannot" if whole else ""
    if kind == "global":
        return _global_problem(system, rest, float(item.amounts.ravel()[0]), against)
    names = _names(item)
    if item.amounts.ndim == 0 or item.amounts.shape[0] != len(system.snapshots):
        found = f"broken by {np.abs(item.amounts).sum():,.6g} at least{against}"
        return Problem(
            f"{what(item.name)}{names}",
            found,
            "a system that can keep it",
            f"relax the {WHAT.get(kind, kind).split(' ')[0]} limit",
        )
    amounts = np.abs(item.amounts.reshape(len(system.snapshots), -1)).sum(axis=1)
    hours = np.flatnonzero(amounts > TOLERANCE)
    worst = hours[np.argsort(-amounts[hours])][:SHOWN]
    unit = "MWh" if kind in ENERGY or "state_of_charge" in kind else "MW"
    named = ", ".join(f"{label(system, h)} {amounts[h]:,.6g} {unit}" for h in worst)
    if kind != "buses-balance":
        found = f"broken in {hours.size} snapshots; most: {named}{against}"
        return Problem(f"{what(item.name)}{names}", found, "a system that can keep it", _MENDS.get(unit, ""))
    carrier = str(system.table("buses")["carrier"].get(rest, ""))
    good = "power" if carrier in POWER_CARRIERS else carrier
    lack = item.amounts[hours].sum() > 0
    word = f"lacks {good}" if lack else f"has {good} that nothing can take"
    count = f"in {hours.size} of {len(amounts)} snapshots, {amounts.sum():,.6g} MW summed"
    return Problem(
        f"bus {rest}",
        f"{word} {count}; most: {named}{against}",
        "supply that meets demand in every snapshot",
        "add capacity, imports, storage or interruptible load"
        if lack
        else "lower minimum output, or allow curtailment, export or storage",
    )


_MENDS = {
    "MWh": "check the initial energy, the capacity and the set points of the store",
    "MW": "relax it, or give the system more room in these snapshots",
}


def _names(item: Broken) -> str:
    """The members of a component whose rows are broken."""
    if item.names is None or item.amounts.ndim == 0 or item.amounts.shape[-1] != len(item.names):
        return ""
    broken = (np.abs(item.amounts) > TOLERANCE).reshape(-1, len(item.names)).any(axis=0)
    names = [item.names[i] for i in np.flatnonzero(broken).tolist()]
    return f" {', '.join(names[:SHOWN])}{' …' if len(names) > SHOWN else ''}"


def _global_problem(system: System, limit: str, amount: float, against: str) -> Problem:
    row = system.table("global_constraints").loc[limit]
    unit = " t" if row["type"] == "primary_energy" and row["carrier_attribute"] == "co2_emissions" else ""
    direction = "exceeded" if amount < 0 else "missed"
    return Problem(
        f"global_constraints:{limit}",
        f"{direction} by {abs(amount):,.6g}{unit} at least, whatever is built and run{against}",
        f"{row['carrier_attribute']} {row['sense']} {float(str(row['constant'])):,.6g}{unit}",
        "loosen the limit, or allow more clean capacity, imports or storage",
    )


def label(system: System, position: int) -> str:
    """Return the label of a snapshot for people."""
    name = system.snapshots[position]
    return f"{name:%Y-%m-%d %H:%M}" if hasattr(name, "strftime") else str(name)
