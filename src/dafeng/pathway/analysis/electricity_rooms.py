"""Electricity and coal of one place in its three computations: inventory, annual model, hourly model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dafeng.case import Case
from dafeng.evidence import DafengError, Finding, Severity
from dafeng.inventory import Inventory, plant_layer
from dafeng.pathway.engine.evaluate import evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.engine.response import NET_IMPORT, Table, point_of, weighted, weights_of

MWH_PER_TWH = 1e6
SHARE_OF_DEMAND = 0.02
"""Part of the demand of a year by which two electricity figures may differ without a finding."""
SHARE_OF_RATE = 0.10
"""Relative difference of two CO2 rates of the coal units without a finding: twice their stated ± 5 %."""
COMPARED_YEAR = 2030

ROOMS = {
    "inventory": ("清单", "inventory"),
    "annual": ("年度模型", "annual model"),
    "annual_carried_on": ("年度模型(政策延续)", "annual model with policy as carried on"),
    "annual_plan": ("年度模型(方案)", "annual model with the plan"),
    "hourly": ("逐时模型", "hourly model"),
}
QUANTITIES = {
    "net_import": ("净调入电量", "net import", "TWh"),
    "demand": ("用电量", "electricity demand", "TWh"),
    "coal_rate": ("煤电机组排放率", "CO2 rate of coal units", "tCO2/MWh"),
}


@dataclass(frozen=True, slots=True)
class RoomFigures:
    """One quantity of one year in several computations; `apart` where they differ by more than `allowed`."""

    year: int
    quantity: str
    unit: str
    values: Mapping[str, float]
    allowed: float

    @property
    def apart(self) -> float:
        """Return the largest difference; between the scenarios of one model nothing is compared."""
        band = [self.values[name] for name in ("annual_plan", "annual_carried_on") if name in self.values]
        others = [value for name, value in self.values.items() if not name.startswith("annual_")]
        if not band:
            return max(others) - min(others)
        return max((max(min(band) - v, v - max(band), 0.0) for v in others), default=0.0)

    @property
    def agrees(self) -> bool:
        """Return whether the figures are as near as `allowed`."""
        return self.apart <= self.allowed


def electricity_rooms(
    case: Case, inventory: Inventory, model: Model, year: int = COMPARED_YEAR, tables: Sequence[Table] = ()
) -> list[RoomFigures]:
    """Compare net import of the base year, demand of `year`, and the CO2 rate of coal units (in the inventory that
    of its plants: what else the branch burns is steam and heat); with response tables also net import of `year`,
    which the hourly model then gives for the annual model's own demand, solar power and storage.

    Parameters
    ----------
    case : Case
        The place.
    inventory : Inventory
        Its inventory.
    model : Model
        Its annual model.
    year : int
        Year for demand and net import of annual and hourly model.
    tables : sequence of Table, optional
        Response tables of the hourly model (`dafeng.dispatch.read_response`).
    """
    base = model.base.year
    centre = np.zeros((1, len(model.drivers)))
    found = {
        name: evaluate(model, model.delivery(degree), centre, [base, year]).quantities
        for name, degree in (("annual_carried_on", 0.0), ("annual_plan", 1.0))
    }
    still = found["annual_carried_on"]
    use = float(still["electricity_demand"][0, 0]) / MWH_PER_TWH
    power = inventory.power.loc[[base], ["net_import_mwh", "thermal_mwh"]].to_numpy(dtype=float)[0]
    imports = {"annual": float(still["net_import"][0, 0]) / MWH_PER_TWH}
    if np.isfinite(power[0]):  # an inventory without it (NE) has nothing to differ by
        imports = {"inventory": float(power[0]) / MWH_PER_TWH} | imports
    rows = [RoomFigures(base, "net_import", "TWh", imports, SHARE_OF_DEMAND * use)]
    rates = {"annual": model.base.coal_unit_factor}
    units = plant_layer(case, inventory, base, ("power",)).branches
    units = units[(units["category"] == "combustion") & (units["without_value"] == 0)]
    if len(units) and power[1] > 0:
        rates["inventory"] = float(units["plants_t"].sum()) / float(power[1])
    hourly = _hourly(case, year)
    if hourly is not None:
        demand, rates["hourly"] = hourly
        values = {name: float(q["electricity_demand"][0, 1]) / MWH_PER_TWH for name, q in found.items()} | {
            "hourly": demand
        }
        rows.append(RoomFigures(year, "demand", "TWh", values, SHARE_OF_DEMAND * demand))
    for name, degree in (("annual_carried_on", 0.0), ("annual_plan", 1.0)):
        known = _net_import(model, degree, year, tables)
        if known is not None:
            annual = float(found[name]["net_import"][0, 1]) / MWH_PER_TWH
            allowed = SHARE_OF_DEMAND * float(found[name]["electricity_demand"][0, 1]) / MWH_PER_TWH
            rows.append(RoomFigures(year, "net_import", "TWh", {name: annual, "hourly": known}, allowed))
    rows.append(RoomFigures(base, "coal_rate", "tCO2/MWh", rates, SHARE_OF_RATE * rates["annual"]))
    return rows


def electricity_findings(
    case: Case, inventory: Inventory, model: Model, tables: Sequence[Table] = ()
) -> Iterator[Finding]:
    """Return a finding for each quantity on which the computations differ by more than is allowed.

    Parameters
    ----------
    case
        Loaded case.
    inventory
        Inventory of the case.
    model
        Compiled model of the case.
    tables
        Response tables of the hourly model.

    Yields
    ------
    Findings with the values of each computation.
    """
    for row in electricity_rooms(case, inventory, model, tables=tables):
        if row.agrees:
            continue
        zh, en, _ = QUANTITIES[row.quantity]
        told, told_en = (
            ", ".join(f"{ROOMS[name][side]} {value:.3g}" for name, value in row.values.items())
            for side in (0, 1)
        )
        yield Finding(
            "rooms-disagree", Severity.WARNING, f"electricity:{row.quantity}:{row.year}",
            f"{row.year}年{zh}不一致({row.unit}):{told};相差 {row.apart:.3g},限 {row.allowed:.3g}",
            f"{row.year}: {en} differs between computations ({row.unit}): {told_en}; {row.apart:.3g} apart, limit {row.allowed:.3g}",
        )  # fmt: skip


def _hourly(case: Case, year: int) -> tuple[float, float] | None:
    """Demand [TWh] and mean CO2 rate of the coal units [t/MWh] of the hourly model; None without its data."""
    from dafeng.dispatch import city_grid

    try:
        grid = city_grid(case, year)
    except DafengError:
        return None
    units = grid.system.table("generators")
    coal = units.loc[grid.members("city", "coal")]
    size = coal["p_nom"].to_numpy(dtype=float)
    if not size.sum() > 0:
        return None
    rate = grid.used["coal.co2_per_mwh_fuel"].value / coal["efficiency"].to_numpy(dtype=float)
    return grid.used["demand_mwh"].value / MWH_PER_TWH, float(np.average(rate, weights=size))


def _net_import(model: Model, degree: float, year: int, tables: Sequence[Table]) -> float | None:
    """Net import [TWh] that the hourly model gives for the annual model's point; None outside the tables' runs."""
    if not tables:
        return None
    centre, degrees = np.zeros((1, len(model.drivers))), model.delivery(degree)
    paths = Paths(model, np.array([year - int(model.years[0])]))
    paths.chunk(degrees[None, :], centre)
    wind = paths.get("wind_share")
    quantities = evaluate(model, degrees, centre, [year]).quantities
    grid = point_of(quantities, np.zeros((1, 1)) if wind is None else wind)
    ordered = tuple(sorted(tables, key=lambda table: table.year))
    value = float(weighted(ordered, weights_of(ordered, np.array([year])), grid, (NET_IMPORT,))[0, 0, 0])
    return None if np.isnan(value) else value / MWH_PER_TWH
