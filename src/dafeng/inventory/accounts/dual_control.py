"""Dual control of energy and carbon for a case: totals, intensities, shares — each with what it rests on."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.inventory.accounts.electricity_balance import HOURS_OF, observed
from dafeng.inventory.accounts.model import COMBUSTION, Inventory
from dafeng.inventory.analysis.assessed_energy import assessed
from dafeng.inventory.balance.equivalents import coal_equivalents
from dafeng.inventory.equations.electricity import coal_equivalent, electricity_coal_equivalent
from dafeng.inventory.equations.indicators import (
    annual_fall,
    constant_price_gdp,
    cumulative_fall,
    intensity,
    non_fossil_share,
    share,
)
from dafeng.units import CALORIFIC_TCE_PER_MWH, TCE_PER_TJ

FloatArray = NDArray[np.float64]

COAL_RATE_2020 = 0.3055
"""tce/MWh generated, 2020 (电力等价系数, national coal rate). One rate for all years: with a falling rate the
total falls without any saving, so trends need one constant."""

COAL_FUELS = ("Raw_Coal", "Cleaned_Coal", "Other_Washed_Coal", "Briquettes", "Gangue", "Coke")


def dual_control(
    inventory: Inventory, case: Case, coal_rate: float = COAL_RATE_2020, deduct: str = "growth"
) -> pd.DataFrame:
    """Compute the dual-control indicators by year (index).

    Columns have the unit in the name; NaN where a datum is missing (NE).

    energy_calorific_tce, energy_equivalent_tce: fuels burnt (less what makes electricity in the place) and
    electricity used, at 0.1229 or at `coal_rate`; gdp_constant_cny (prices of the base year, one vintage);
    energy_intensity_tce_per_cny, carbon_intensity_t_per_cny (account A); their annual falls and the falls
    since the first year; non_fossil_share by both methods (local hydro and wind only, a floor); coal_share;
    electrification; per-capita values. As assessed: energy_statistical_tce (with feedstock; published where
    the case has it), its deductions (feedstock, non-fossil power, certificates), energy_assessed_tce, what could
    not be deducted, and the assessed intensity with its falls.

    Parameters
    ----------
    inventory
        The inventory.
    case
        The case.
    coal_rate
        Coal rate of electricity [tce/MWh].
    deduct
        `growth`: non-fossil power since the first year (rule of 2022); `all` of it (rule of 2024).
    """
    years = list(inventory.years)
    table = pd.DataFrame(index=pd.Index(years, name="year"))
    fuels = _fuel_tce(inventory)
    power = inventory.power.reindex(years)
    thermal = fuels[fuels["row"] == "Thermal Power"].groupby("year")["tce"].sum().reindex(years).fillna(0.0)
    burnt = fuels.groupby("year")["tce"].sum().reindex(years)
    heat_made = _heat_made(inventory, years)
    final = burnt - thermal - heat_made
    use = power["use_mwh"]
    own = power["thermal_mwh"].fillna(0.0)
    table["energy_calorific_tce"] = burnt + electricity_coal_equivalent(use - own)
    table["energy_equivalent_tce"] = final + heat_made + electricity_coal_equivalent(use, coal_rate)
    clean = power[[f"{kind}_mwh" for kind in HOURS_OF]].sum(axis=1, min_count=1)
    for name, rate in (("calorific", CALORIFIC_TCE_PER_MWH), ("equivalent", coal_rate)):
        table[f"non_fossil_share_{name}"] = non_fossil_share(clean, rate, 0.0, table[f"energy_{name}_tce"])
    coal = fuels[fuels["fuel"].isin(COAL_FUELS)].groupby("year")["tce"].sum().reindex(years)
    table["coal_share"] = share(coal, table["energy_calorific_tce"])
    used = electricity_coal_equivalent(use)
    table["electrification"] = share(used, used + final)
    table["co2_account_a_t"] = [t.value_t for t in inventory.totals("A")]
    gdp = _gdp(case, years)
    table["gdp_constant_cny"] = gdp
    table["energy_intensity_tce_per_cny"] = intensity(table["energy_equivalent_tce"], gdp)
    table["carbon_intensity_t_per_cny"] = intensity(table["co2_account_a_t"], gdp)
    for name in ("energy_intensity_tce_per_cny", "carbon_intensity_t_per_cny"):
        table[name.split("_t")[0] + "_fall"], table[name.split("_t")[0] + "_cumulative_fall"] = _falls(
            table[name]
        )
    table = table.join(assessed(table, case, clean, coal_rate, deduct))
    table["energy_assessed_intensity_tce_per_cny"] = intensity(table["energy_assessed_tce"], gdp)
    annual, cumulative = _falls(table["energy_assessed_intensity_tce_per_cny"])
    table["energy_assessed_intensity_fall"] = annual
    table["energy_assessed_intensity_cumulative_fall"] = cumulative
    people = _population(case).reindex(years)
    table["co2_per_person_t"] = intensity(table["co2_account_a_t"], people)
    table["energy_per_person_tce"] = intensity(table["energy_equivalent_tce"], people)
    return table


def _falls(series: "pd.Series[float]") -> tuple[FloatArray, FloatArray]:
    """Annual fall, and cumulative fall from the first year with a value: NaN before it."""
    values = series.to_numpy(dtype=np.float64)
    first = int(np.argmax(np.isfinite(values))) if np.isfinite(values).any() else len(values)
    cumulative = np.full(len(values), np.nan)
    cumulative[first:] = cumulative_fall(annual_fall(values[first:]))
    return annual_fall(values), cumulative


def _fuel_tce(inventory: Inventory) -> pd.DataFrame:
    cells = inventory.cells[inventory.cells["category"] == COMBUSTION]
    rates = coal_equivalents()
    own = cells["fuel"].map(rates)
    by_unit = coal_equivalent(cells["activity"], own)
    tce = np.where(own.notna(), by_unit, coal_equivalent(cells["energy_tj"], TCE_PER_TJ))
    return cells[["year", "row", "fuel"]].assign(tce=tce)


def _heat_made(inventory: Inventory, years: list[int]) -> "pd.Series[float]":
    """Fuel of heating plants [tce]: counted where the heat is made, so bought heat adds nothing."""
    cells = inventory.cells[inventory.cells["row"] == "Heating Supply"]
    made = cells.groupby("year")["energy_tj"].sum().reindex(years).fillna(0.0)
    return pd.Series(coal_equivalent(made, TCE_PER_TJ), index=made.index)


def _gdp(case: Case, years: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """GDP [CNY] at base-year prices: the nominal value of the base year moved by published real growth."""
    code, base = case.city.code, case.city.base_year
    nominal = observed(case, "gdp_current", code, "CNY")
    growth = observed(case, "gdp_real_growth", code, "1")
    span = list(range(min([*years, base]), max([*years, base]) + 1))
    rates = growth.reindex(span)
    rates.iloc[0] = 0.0
    if base not in nominal.index:
        return np.full(len(years), np.nan)
    path = constant_price_gdp(np.array(nominal[base]), rates.to_numpy(), span.index(base))
    return np.asarray(pd.Series(path, index=span).reindex(years).to_numpy())


def _population(case: Case) -> "pd.Series[float]":
    for name in ("population_resident_yearend", "population_resident"):
        series = observed(case, name, case.city.code, "person")
        if len(series):
            return series
    return pd.Series(dtype="float64")
