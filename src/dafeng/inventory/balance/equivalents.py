"""Printed units of fuels and their coal equivalents: what one printed unit of a fuel is in its own unit."""

from functools import cache

from dafeng.evidence import DafengError
from dafeng.factors import fuel_factors, table
from dafeng.inventory.balance.names import FuelName, fuel_names
from dafeng.units import CALORIFIC_TCE_PER_MWH, CALORIFIC_TCE_PER_TJ_HEAT, TJ_PER_TCE, factor, is_unit


@cache
def unit_scale(unit: str, fuel: FuelName) -> tuple[float | None, bool]:
    """Fuel units (t, m3, TJ, MWh, tce) per printed unit, and whether by the coal equivalents of GB/T 2589."""
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
    tce = coal_equivalents().get(fuel.fuel)
    found = [("tce", 1.0 / tce)] if tce else []
    if fuel.kind in {"t", "m3"} and tce:
        found.append(("TJ", 1.0 / (tce * TJ_PER_TCE)))
    return found


@cache
def coal_equivalents() -> dict[str, float]:
    """tce per fuel unit (t, m3, TJ, MWh) by fuel: GB/T 2589-2020, electricity and heat at calorific value.

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
