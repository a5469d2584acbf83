"""CO2 of single plants: output × energy or CO2 per product, each with its range and its origin."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import PROJECTS, Case
from dafeng.inventory.accounts.model import COMBUSTION, PROCESS, Inventory
from dafeng.inventory.equations.uncertainty import combine_product
from dafeng.units import TJ_PER_TCE, factor, kind

POWER = ("", "power", "heat")
CALCINATION = "calcination"
"""Process of a plants.csv row whose CO2 per product comes from carbonates: the category `process`."""
FLEET_EFFICIENCY = 0.10
"""Half-width of a unit's efficiency where plants.csv has no range: class values of the unit lists (grade E)."""
UTILISATION = (0.5, 0.75, 1.0)
"""Low, central and high output over capacity where no output is stated (grade E)."""
OWN_FUELS = {
    "coal": ("Raw_Coal", "Cleaned_Coal", "Other_Washed_Coal", "Briquettes"),
    "gas": ("Natural_Gas", "LNG"),
}
"""Fuel of a plant → cells of its branch whose factor it has; with another fuel, or without such cells, all of them."""
NEAR_YEARS = 3
"""How many years an output may lie from the year that it is used for."""

COLUMNS = (
    "id", "name_zh", "name_en", "branch", "category", "output", "output_unit", "output_from", "intensity", "intensity_unit",
    "intensity_from", "factor_t_per_tj", "value_t", "low_t", "high_t", "grade", "source", "missing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Spread:
    """Value with its 95 % range and where it comes from."""

    value: float
    low: float
    high: float
    origin: str

    def widths(self) -> tuple[float, float]:
        """Return the relative deviations downwards and upwards."""
        return 1.0 - self.low / self.value, self.high / self.value - 1.0


def plant_emissions(case: Case, inventory: Inventory, year: int) -> pd.DataFrame:
    """Compute the CO2 [t] of each plant in service in `year`, with 95 % range; the columns are `COLUMNS`.

    Power units share the account's thermal generation by capacity in service (a unit counts half in its first
    year) unless their output is stated; other plants have the stated output of a year at most `NEAR_YEARS`
    away, else capacity × `UTILISATION`. Energy becomes CO2 with the account's own factor of the branch: the
    CO2 of its cells over their energy. What a plant lacks stands in `missing`, its value is NaN.

    Parameters
    ----------
    case : Case
        The place, with plants.csv.
    inventory : Inventory
        Its inventory.
    year : int
        A year of the inventory.
    """
    plants = case.table("plants")
    here = plants[_running(plants, year)]
    generation = _generation(plants, inventory, year)
    fleet = _fleet_heat_rate(here)
    rows = [_row(row, inventory, year, generation, fleet) for row in here.to_dict("records")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def project_emissions(case: Case, inventory: Inventory, year: int) -> pd.DataFrame:
    """Compute the CO2 [t] a year of each project with odds once it is built, with 95 % range.

    Projects are rows that are not built and state `odds` and `start_year`; power units are left out, whose
    capacity is a driver. The columns are `COLUMNS` and `odds`, `start_year`; capacity × `UTILISATION` where no
    output is stated, and the account's factor of the branch in `year`.

    Parameters
    ----------
    case : Case
        The place, with plants.csv.
    inventory : Inventory
        Its inventory.
    year : int
        Year of the inventory whose factors count.
    """
    plants = case.table("plants")
    here = plants[
        plants["status"].isin(PROJECTS) & plants["odds"].notna() & plants["start_year"].notna()
        & ~plants["branch"].isin(POWER)
    ]  # fmt: skip
    rows = [_row(row, inventory, year, {}, None) for row in here.to_dict("records")]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.assign(
        odds=here["odds"].to_numpy(dtype=float), start_year=here["start_year"].to_numpy(dtype=float)
    )


def _running(plants: pd.DataFrame, year: int) -> "pd.Series[bool]":
    """Whether a plant that is or was built emits in `year`; generators without fuel burnt are left out."""
    built = plants["status"].isin(("operating", "retired"))
    built &= ~(plants["start_year"] > year) & ~(plants["end_year"] < year)
    burning = plants["fuel"].isin(("coal", "gas", "oil")) | ~plants["branch"].isin(POWER)
    return built & burning


def _generation(plants: pd.DataFrame, inventory: Inventory, year: int) -> Mapping[str, float]:
    """MWh of each thermal unit: the account's thermal generation by capacity in service."""
    units = plants[_running(plants, year) & plants["branch"].isin(POWER)]
    first = units["start_year"].eq(year).to_numpy()
    size = units["capacity_mw"].fillna(0.0).to_numpy(dtype=float) * np.where(first, 0.5, 1.0)
    thermal = float(inventory.power["thermal_mwh"].reindex([year]).to_numpy(dtype=float)[0])
    if not size.sum() > 0 or not np.isfinite(thermal):
        return {}
    return dict(zip(units["id"].astype(str), thermal * size / size.sum(), strict=True))


def _fleet_heat_rate(units: pd.DataFrame) -> _Spread | None:
    """Mean heat rate [GJ/MWh] by capacity of the units with an efficiency, for one that has none."""
    known = units[units["branch"].isin(POWER) & (units["efficiency"] > 0) & (units["capacity_mw"] > 0)]
    if known.empty:
        return None
    rates = 3.6 / known["efficiency"].to_numpy(dtype=float)
    mean = float(np.average(rates, weights=known["capacity_mw"].to_numpy(dtype=float)))
    return _Spread(mean, float(rates.min()), float(rates.max()), "fleet mean")


def _row(
    plant: Mapping[Hashable, Any], inventory: Inventory, year: int, generation: Mapping[str, float], fleet: _Spread | None
) -> tuple[object, ...]:  # fmt: skip
    branch = str(plant["branch"]) or "power"
    category = PROCESS if plant["process"] == CALCINATION else COMBUSTION
    output, output_unit = _output(plant, year, generation)
    intensity, unit = _intensity(plant, fleet)
    factor_t_per_tj = _factor(inventory, branch, str(plant["fuel"]), year)
    per_output = _co2_per_output(unit, factor_t_per_tj)
    missing = "; ".join(
        name
        for name, lacks in (
            ("output", output is None),
            ("intensity", intensity is None),
            ("factor", intensity is not None and not np.isfinite(per_output)),
        )
        if lacks
    )
    value = low = high = float("nan")
    if not missing and output is not None and intensity is not None:
        value = output.value * intensity.value * per_output
        down, up = (
            float(combine_product([a, b])) for a, b in zip(output.widths(), intensity.widths(), strict=True)
        )
        low, high = value * (1.0 - min(down, 1.0)), value * (1.0 + up)
    weakest = max(str(plant["grade"]), *(["E"] if output is not None and output.origin != "stated" else []))
    shown = (None, "") if intensity is None else (intensity.value, intensity.origin)
    return (
        str(plant["id"]), str(plant["name_zh"]), str(plant["name_en"]), branch, category,
        float("nan") if output is None else output.value, output_unit, "" if output is None else output.origin,
        float("nan") if shown[0] is None else shown[0], unit, shown[1], factor_t_per_tj, value, low, high, weakest,
        str(plant["source"]), missing,
    )  # fmt: skip


def _output(plant: Mapping[Hashable, Any], year: int, generation: Mapping[str, float]) -> tuple[_Spread | None, str]:  # fmt: skip
    """Output in t, MWh or m3, and that unit."""
    when = plant["output_year"]
    if pd.notna(plant["output"]) and (pd.isna(when) or abs(float(when) - year) <= NEAR_YEARS):
        unit = next(u for u in ("t", "MWh", "m3") if kind(str(plant["output_unit"])) == kind(u))
        scale = factor(str(plant["output_unit"]), unit)
        return _scaled(plant, "output", scale, "stated"), unit
    if str(plant["id"]) in generation:
        mwh = generation[str(plant["id"])]
        return _Spread(mwh, mwh, mwh, "capacity share"), "MWh"
    if pd.notna(plant["capacity"]):
        unit = next(
            (u for u in ("t", "MWh", "m3") if kind(str(plant["capacity_unit"])) == kind(f"{u}/a")), ""
        )
        if unit:
            amount = float(plant["capacity"]) * factor(str(plant["capacity_unit"]), f"{unit}/a")
            low, central, high = (amount * share for share in UTILISATION)
            return _Spread(central, low, high, "capacity × utilisation"), unit
    return None, ""


def _intensity(plant: Mapping[Hashable, Any], fleet: _Spread | None) -> tuple[_Spread | None, str]:
    if pd.notna(plant["intensity"]):
        return _scaled(plant, "intensity", 1.0, "stated"), str(plant["intensity_unit"])
    if str(plant["branch"]) not in POWER:
        return None, ""
    if pd.notna(plant["efficiency"]) and plant["efficiency"] > 0:
        heat_rate = 3.6 / float(plant["efficiency"])
        ends = (heat_rate * (1.0 - FLEET_EFFICIENCY), heat_rate * (1.0 + FLEET_EFFICIENCY))
        return _Spread(heat_rate, *ends, "efficiency"), "GJ/MWh"
    return fleet, "GJ/MWh" if fleet is not None else ""


def _scaled(plant: Mapping[Hashable, Any], name: str, scale: float, origin: str) -> _Spread:
    value = float(plant[name])
    low, high = (
        value if pd.isna(plant[f"{name}_{end}"]) else float(plant[f"{name}_{end}"]) for end in ("low", "high")
    )
    return _Spread(value * scale, low * scale, high * scale, origin)


def _factor(inventory: Inventory, branch: str, fuel: str, year: int) -> float:
    """Mean tCO2/TJ of the account's cells of a branch: of its coal or gas for a plant that burns coal or gas."""
    cells = inventory.cells
    mine = cells[
        (cells["category"] == COMBUSTION) & (cells["gas"] == "CO2") & (cells["year"] == year)
        & (cells["branch"] == branch) & (cells["energy_tj"] > 0)
    ]  # fmt: skip
    own = mine[mine["fuel"].isin(OWN_FUELS.get(fuel, ()))]
    used = own if len(own) else mine
    energy = float(used["energy_tj"].sum())
    return float(used["value_t"].sum()) / energy if energy > 0 else float("nan")


def _co2_per_output(unit: str, factor_t_per_tj: float) -> float:
    """Return tCO2 for one unit of intensity and one t, MWh or m3 of output."""
    if not unit:
        return float("nan")
    for output in ("t", "MWh", "m3"):
        if kind(unit) == kind(f"tCO2/{output}"):
            return factor(unit, f"tCO2/{output}")
        if kind(unit) == kind(f"tce/{output}"):
            return factor(unit, f"tce/{output}") * TJ_PER_TCE * factor_t_per_tj
        if kind(unit) == kind(f"TJ/{output}"):
            return factor(unit, f"TJ/{output}") * factor_t_per_tj
    return float("nan")
