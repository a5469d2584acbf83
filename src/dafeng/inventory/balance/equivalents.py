"""Printed units of fuels and their heating values: one printed unit of a fuel in its own unit."""

import re
from functools import cache

import pandas as pd

from dafeng.evidence import DafengError
from dafeng.factors import COMPOSITE_COAL_SET, DEFAULT_SET, fuel_factors, table
from dafeng.inventory.balance.names import FuelName, fuel_names
from dafeng.units import CALORIFIC_TCE_PER_MWH, CALORIFIC_TCE_PER_TJ_HEAT, TJ_PER_TCE, factor, is_unit

_PLAIN_POWER = re.compile(r"^10(3|4|6|8|9|10)\s*(?=[A-Za-z])")
"""A power of ten whose exponent lost its raised form: 1010 kj, 104 tn, 108 cu.m."""

SETS_BY_DEFAULT = (COMPOSITE_COAL_SET, DEFAULT_SET)
"""Factor sets in the order in which one replaces another that lacks a fuel."""


def printed_unit(unit: str) -> str:
    """Return a printed unit with the power of ten written out.

    >>> printed_unit("1010 kj"), printed_unit("108 cu.m"), printed_unit("10 000 tons")
    ('10^10 kj', '10^8 cu.m', '10 000 tons')
    """
    return _PLAIN_POWER.sub(lambda m: f"10^{m[1]} ", unit.strip())


@cache
def unit_scale(unit: str, fuel: FuelName) -> tuple[float | None, bool]:
    """Return the fuel units (t, m3, TJ, MWh, tce) per printed unit, and whether by energy.

    By energy: the heating value of the fuel.
    """
    unit = printed_unit(unit)
    if not unit or not is_unit(unit):
        return None, False
    for to, rate in ((fuel.kind, 1.0), *_other_units(fuel)):
        try:
            return factor(unit, to) * rate, to != fuel.kind
        except DafengError:
            continue
    return None, False


def _other_units(fuel: FuelName) -> list[tuple[str, float]]:
    """Other units a fuel may come in, with the fuel units per one of them."""
    heating = heating_values().get(fuel.fuel)
    if not heating:
        return []
    return [("tce", TJ_PER_TCE / heating), ("TJ", 1.0 / heating)]


@cache
def heating_values() -> dict[str, float]:
    """Return the heating values in TJ per fuel unit by fuel.

    The coal equivalent of GB/T 2589-2020, else the calorific value of a factor set.

    Sets in the order of `SETS_BY_DEFAULT`, then IPCC 2006. Electricity and heat at calorific value. Gangue at 0.2857 kgce/kg.
    """
    found = {fuel: tce * TJ_PER_TCE for fuel, tce in coal_equivalents().items()}
    # lubricants, paraffin and white spirit have a heating value in the guidelines of the IPCC alone
    sets = [fuel_factors(name) for name in (*SETS_BY_DEFAULT, "ipcc2006")]
    for fuel, name in fuel_names().items():
        for factors in sets:
            if fuel not in found and name.factor_fuel in factors.index:
                line = factors.loc[name.factor_fuel]
                if pd.notna(line["ncv"]) and line["unit"] == name.kind:
                    found[fuel] = float(str(line["ncv"]))
    (gangue,) = (r for r in table("gbt2589_2020").to_dict("records") if r["id"] == "gangue")
    return {**found, "Gangue": float(str(gangue["kgce_high"])) * TJ_PER_TCE}


@cache
def coal_equivalents() -> dict[str, float]:
    """Return the coal equivalents in tce per fuel unit (t, m3, TJ, MWh) by fuel.

    GB/T 2589-2020; electricity and heat at calorific value.

    Where the standard gives a range (gases) its upper end, which agrees with the calorific values of the
    balances (natural gas 38,931 kJ/m3).
    """
    ranges = {
        str(r["id"]): float(str(r["kgce_high"]))
        for r in table("gbt2589_2020").to_dict("records")
        if r["kgce_high"] != ""
    }
    coefficients = fuel_factors("gbt2589_2020")["tce_per_unit"].dropna()
    found = {"Electricity": CALORIFIC_TCE_PER_MWH, "Heat": CALORIFIC_TCE_PER_TJ_HEAT, "Other_Energy": 1.0}
    for fuel, name in fuel_names().items():
        if name.factor_fuel in coefficients.index:
            found[fuel] = float(coefficients[name.factor_fuel])
    found["Natural_Gas"] = ranges["natural_gas"] * 1e-3
    found["Coke_Oven_Gas"] = ranges["coke_oven_gas"] * 1e-3
    return found
