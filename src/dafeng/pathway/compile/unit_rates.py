"""Calibration of coal units to their heat rates: what else the branch power burns is steam and heat of others."""

from dataclasses import replace

import numpy as np

from dafeng.case import Case
from dafeng.evidence import Finding, Severity
from dafeng.inventory import Inventory, plant_layer
from dafeng.pathway.engine.base import Base

POWER, HEAT = "power", "heat"


def with_unit_rates(case: Case, inventory: Inventory, base: Base) -> Base:
    """Hand the fuel that the units of plants.csv do not burn from the segment power on to heat.

    The units burn their generation times their heat rates (`plant_layer`); the rest of the branch, in every
    carrier alike and in the observed years by the share of the base year, is steam and heat that does not
    follow the hours of the units. Sums over power and heat stay; only the rate of the units, and with it what
    an hour more or less emits, changes. Without units, or where they emit as much as the branch, nothing is
    moved and a finding gives both figures.

    The range of heat afterwards holds its own and that of the units' heat rates, in quadrature.

    Raises
    ------
    DafengError
        Where the units exceed the branch by more than the errors of both.
    """
    layer = plant_layer(case, inventory, base.year, (POWER,))
    found = layer.branches[layer.branches["category"] == "combustion"].to_dict("records")
    if not found or not np.isfinite(found[0]["account_t"]) or found[0]["without_value"]:
        return base
    row = found[0]
    rest, account = float(row["rest_t"]), float(row["account_t"])
    told = (rest / 1e6, float(row["plants_t"]) / base.thermal_mwh, account / base.thermal_mwh)
    if rest <= 0.0:
        return replace(base, findings=(*base.findings, _exceeded(base.year, *told)))
    share = rest / account
    power, heat = (base.segments.index(name) for name in (POWER, HEAT))
    energy, co2, past = base.energy_tj.copy(), base.co2_t.copy(), base.observed_co2_t.copy()
    before = float(co2[heat].sum())
    for array in (energy, co2, past):
        array[heat] += share * array[power]
        array[power] *= 1.0 - share
    low, high = base.low.copy(), base.high.copy()
    total = float(co2[heat].sum())
    # more fuel in the units is less for steam, and the other way round
    down = np.hypot(before * (1.0 - low[heat]), float(row["plants_high_t"] - row["plants_t"]))
    up = np.hypot(before * (high[heat] - 1.0), float(row["plants_t"] - row["plants_low_t"]))
    low[heat], high[heat] = max(1.0 - down / total, 0.05), 1.0 + up / total
    return replace(
        base, energy_tj=energy, co2_t=co2, observed_co2_t=past, low=low, high=high,
        findings=(*base.findings, _moved(base.year, *told)),
    )  # fmt: skip


def _moved(year: int, rest: float, rate: float, branch: float) -> Finding:
    return Finding(
        "unit-rates", Severity.NOTE, f"plants.csv:power:{year}",
        f"煤电机组按热耗 {rate:.3f} tCO2/MWh(该分支全部排放除以火电量为 {branch:.3f});其余 {rest:.2f} Mt 计入供热用汽,总量不变",
        f"coal units emit {rate:.3f} tCO2/MWh by their heat rates (all of the branch over generation: {branch:.3f}); the rest, {rest:.2f} Mt, is steam and heat, and the total stays",
    )  # fmt: skip


def _exceeded(year: int, rest: float, rate: float, branch: float) -> Finding:
    return Finding(
        "unit-rates", Severity.WARNING, f"plants.csv:power:{year}",
        f"按热耗机组 {rate:.3f} tCO2/MWh,高于该分支全部排放除以火电量 {branch:.3f}(相差 {-rest:.2f} Mt,在误差之内);模型沿用分支值",
        f"by their heat rates the units emit {rate:.3f} tCO2/MWh, more than all of the branch over generation, {branch:.3f} ({-rest:.2f} Mt, within the errors); the model keeps the branch's",
    )  # fmt: skip
