"""Units of `plants.csv` in a city's grid: coal unit by unit, wind by site, hydro."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.city.tables import CITY, CityTables
from dafeng.evidence import DafengError


def add_plants(tables: CityTables, case: Case) -> list[str]:
    """Add the units in service in the year; return findings."""
    plants = case.power_units()
    running = plants[plants["status"].astype(str).isin(["operating", "construction"])]
    started = running["start_year"].isna() | (running["start_year"].astype(float) <= tables.year)
    ended = running["end_year"].notna() & (running["end_year"].astype(float) <= tables.year)
    hours = tables.inputs.assumption("coal_full_load_hours")
    retired = []
    for plant in running[started & ~ended].to_dict("records"):
        if plant["fuel"] == "coal" and _too_old(tables, plant):
            retired.append(str(plant["id"]))
            continue
        _plant(tables, plant, hours)
    return [f"plants.csv: {', '.join(retired)} beyond their lifetime in {tables.year}"] if retired else []


def _class(capacity: float) -> str:
    return "coal_usc_1000" if capacity >= 900 else "coal_600" if capacity >= 500 else "coal_300"


def _too_old(tables: CityTables, plant: Mapping[Hashable, Any]) -> bool:
    life = tables.inputs.cost(_class(float(plant["capacity_mw"])), "lifetime_years", tables.year)
    return bool(pd.notna(plant["start_year"]) and float(plant["start_year"]) + life <= tables.year)


def _plant(tables: CityTables, plant: Mapping[Hashable, Any], hours: float) -> None:
    fuel, capacity, name = str(plant["fuel"]), float(plant["capacity_mw"]), str(plant["id"])
    row: dict[str, Any] = {
        "name": name,
        "bus": CITY,
        "carrier": fuel,
        "p_nom": capacity,
        "marginal_cost": 0.0,
    }
    if fuel == "coal":
        kind = _class(capacity)
        efficiency = (
            float(plant["efficiency"])
            if pd.notna(plant["efficiency"])
            else tables.inputs.cost(kind, "efficiency", tables.year)
        )
        variable = tables.inputs.cost(kind, "variable_om_yuan_per_mwh", tables.year)
        ramp = tables.inputs.cost("coal", "ramp_per_hour", tables.year)
        row |= {"efficiency": efficiency, "marginal_cost": tables.fuel_price / efficiency + variable}
        row |= {"ramp_limit_up": ramp, "ramp_limit_down": ramp}
        row["e_sum_max"] = hours * capacity * tables.part
        start = tables.inputs.given("coal_start_cost_yuan_per_mw")
        if start is not None:
            least = tables.inputs.cost(kind, "min_load", tables.year)
            row |= {"committable": True, "p_min_pu": least, "start_up_cost": start * capacity}
    elif fuel in {"wind", "hydro"}:
        tables.profile("generators", "p_max_pu", name, tables.availability(fuel))
    else:
        raise DafengError.at(
            f"plants.csv:{name}:fuel", fuel, "coal, wind or hydro", "biomass and solar follow the plan"
        )
    tables.rows["generators"].append(row)
