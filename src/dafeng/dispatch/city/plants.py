"""Units of `plants.csv` in a grid: coal in clusters of equal units, wind and hydro by kind.

Coal units of a class (1000, 600, 300 MW) on one bus are one cluster that counts how many of them are on: a year
of single units of equal cost is a degenerate problem, and the result by unit would be arbitrary. Captive units
run for the heat of their factory and are no part of a cluster; neither is a unit that the user leads by heat.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.city.tables import CITY, CityTables
from dafeng.evidence import DafengError, Text

Unit = Mapping[Hashable, Any]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cluster of equal coal units: name of its generator, bus, and its units (id, MW), oldest first."""

    name: str
    bus: str
    units: tuple[tuple[str, float], ...]

    @property
    def label(self) -> Text:
        """Return the name for people: size, number and node of the units."""
        size = sum(mw for _, mw in self.units) / len(self.units)
        here = self.bus == CITY
        return Text(
            f"{'市内' if here else '省内其余'}煤电 {len(self.units)} 台 × {size:,.0f} MW",
            f"{len(self.units)} coal units × {size:,.0f} MW {'in the city' if here else 'in the province'}",
        )


@dataclass(frozen=True)
class Fleet:
    """Fleet of a place in a year: units in service, and findings on units that have retired."""

    units: Sequence[Unit]
    findings: tuple[Text, ...]


def fleet(tables: CityTables, case: Case, without: str | None = None) -> Fleet:
    """Return the units of `case` in service in the year of `tables`.

    Parameters
    ----------
    tables : CityTables
        Grid during assembly: its year and its inputs.
    case : Case
        Place whose `plants.csv` is read.
    without : str, optional
        Code of a city whose units are left out.
    """
    plants = case.power_units()
    if without is not None:
        plants = plants[plants["county"].astype(str) != without]
    plants = plants[plants["status"].astype(str).isin(["operating", "construction"])]
    start = plants["start_year"].astype(float)
    undated = (plants["status"].astype(str) == "construction") & start.isna()
    if undated.any():
        start = start.mask(undated, tables.inputs.assumption("undated_construction_year"))
    ended = plants["end_year"].notna() & (plants["end_year"].astype(float) <= tables.year)
    found = plants[(start.isna() | (start <= tables.year)) & ~ended].to_dict("records")
    retired = [str(u["id"]) for u in found if u["fuel"] == "coal" and _too_old(tables, u)]
    findings = []
    if retired:
        findings.append(
            Text(
                f"plants.csv:{', '.join(retired)} 到 {tables.year} 年已超过寿命,不计",
                f"plants.csv: {', '.join(retired)} beyond their lifetime in {tables.year}",
            )
        )
    return Fleet([u for u in found if str(u["id"]) not in retired], tuple(findings))


def unit_class(capacity: float) -> str:
    """Return the class of a coal unit in costs.csv by its capacity, MW.

    >>> unit_class(1052), unit_class(660), unit_class(350)
    ('coal_usc_1000', 'coal_600', 'coal_300')
    """
    return "coal_usc_1000" if capacity >= 900 else "coal_600" if capacity >= 500 else "coal_300"


def _too_old(tables: CityTables, unit: Unit) -> bool:
    life = tables.inputs.cost(unit_class(float(unit["capacity_mw"])), "lifetime_years", tables.year)
    return bool(pd.notna(unit["start_year"]) and float(unit["start_year"]) + life <= tables.year)


def add_coal(
    tables: CityTables, bus: str, units: Sequence[Unit], single: Collection[str] = (), prefix: str = ""
) -> list[Cluster]:
    """Add the coal units to `bus`, in clusters by class.

    Parameters
    ----------
    tables : CityTables
        Grid during assembly.
    bus : str
        Bus of the units.
    units : sequence of mapping
        Rows of plants.csv, of any fuel.
    single : collection of str, optional
        Units that stay on their own, not switched.
    prefix : str, optional
        First part of the names of the clusters.

    Returns
    -------
    list of Cluster
        The clusters, largest units first.
    """
    coal = [unit for unit in units if unit["fuel"] == "coal"]
    alone = [unit for unit in coal if str(unit["id"]) in single or _is_captive(unit)]
    for unit in alone:
        _captive(tables, bus, unit)
    left = [unit for unit in coal if unit not in alone]
    clusters = []
    for kind in ("coal_usc_1000", "coal_600", "coal_300"):
        members = [unit for unit in left if unit_class(float(unit["capacity_mw"])) == kind]
        if members:
            clusters.append(_cluster(tables, bus, prefix + kind, kind, members))
    return clusters


def _cluster(tables: CityTables, bus: str, name: str, kind: str, units: Sequence[Unit]) -> Cluster:
    capacity = np.array([float(unit["capacity_mw"]) for unit in units])
    efficiency = np.array([_efficiency(tables, unit, kind) for unit in units])
    # fuel of the cluster at full load is the fuel of its units
    row = _row(tables, bus, name, kind, capacity.sum(), capacity.sum() / (capacity / efficiency).sum())
    size, inputs = capacity.sum() / len(units), tables.inputs
    least = inputs.cost(kind, "min_load", tables.year)
    # a unit starts at its minimum load at least; with the hourly ramp as limit where that is more
    edge = max(float(row["ramp_limit_up"]), least)
    row |= {
        "unit_count": float(len(units)),
        "committable": True,
        "p_min_pu": least,
        "ramp_limit_start_up": edge,
        "ramp_limit_shut_down": edge,
        "start_up_cost": inputs.assumption("coal_start_cost_yuan_per_mw") * size,
        "min_up_time": inputs.assumption("coal_min_up_hours"),
        "min_down_time": inputs.assumption("coal_min_down_hours"),
    }
    tables.rows["generators"].append(row)
    ordered = sorted(units, key=lambda unit: (_start(unit), str(unit["id"])))
    return Cluster(name, bus, tuple((str(u["id"]), float(u["capacity_mw"])) for u in ordered))


def _start(unit: Unit) -> float:
    return float(unit["start_year"]) if pd.notna(unit["start_year"]) else np.inf


def _is_captive(unit: Unit) -> bool:
    return str(unit["captive"]) in {"1", "1.0", "True"}


def _captive(tables: CityTables, bus: str, unit: Unit) -> None:
    capacity = float(unit["capacity_mw"])
    kind = unit_class(capacity)
    row = _row(tables, bus, str(unit["id"]), kind, capacity, _efficiency(tables, unit, kind))
    if _is_captive(unit):
        row["p_min_pu"] = tables.inputs.assumption("captive_least_output")
    tables.rows["generators"].append(row)


def _row(
    tables: CityTables, bus: str, name: str, kind: str, capacity: float, efficiency: float
) -> dict[str, Any]:
    inputs, year = tables.inputs, tables.year
    ramp = inputs.cost("coal", "ramp_per_hour", year)
    return {
        "name": name, "bus": bus, "carrier": "coal", "p_nom": capacity, "efficiency": efficiency,
        "marginal_cost": tables.fuel_price / efficiency + inputs.cost(kind, "variable_om_yuan_per_mwh", year),
        "ramp_limit_up": ramp, "ramp_limit_down": ramp,
        "p_max_pu": 1.0 - inputs.cost(kind, "forced_outage_rate", year),
    }  # fmt: skip


def _efficiency(tables: CityTables, unit: Unit, kind: str) -> float:
    """Efficiency of a unit; refused where no coal unit has it: a cluster does not mix technologies."""
    given = unit["efficiency"]
    if not pd.notna(given):
        return tables.inputs.cost(kind, "efficiency", tables.year)
    low, high = COAL_EFFICIENCY
    if not low <= float(given) <= high:
        raise DafengError.at(
            f"plants.csv:{unit['id']}:efficiency", f"{float(given):g}",
            Text(f"煤电机组的效率 {low:g}–{high:g}:同一机组群不混合技术", f"an efficiency of coal units, {low:g} to {high:g}: a cluster does not mix technologies"),
            Text("改正效率,或改写该机组的 fuel", "correct the efficiency, or the fuel of the unit"),
        )  # fmt: skip
    return float(given)


COAL_EFFICIENCY = (0.2, 0.5)
"""Net efficiency that coal units have: small captive ones at the low end, 620 °C double reheat at the high one."""


def capacity_of(units: Sequence[Unit], fuel: str) -> float:
    """Return the capacity of the units of `fuel`, MW."""
    return float(sum(float(unit["capacity_mw"]) for unit in units if unit["fuel"] == fuel))
