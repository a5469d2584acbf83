"""Coal equivalent of a fuel as the official tables imply it: standard-coal balance over physical balance."""

import pandas as pd

from dafeng.inventory.balance import Balance, coal_equivalents
from dafeng.inventory.electricity import calibrated_coefficient

NOTICEABLE = 0.02


def calibrate(physical: Balance, standard_coal: Balance) -> pd.DataFrame:
    """Coefficients [region, year, fuel, tce_per_unit, default, ratio, noticeable] that make two balances agree.

    Both balances are of the same table, one in physical units, one in coal equivalent; the coefficient is the sum of
    the cells that both have, which damps rounding. Default coefficients overstate some provinces' coal (0.7143 where
    the official total needs about 0.66): `ratio` is calibrated over default, `noticeable` where it is off by more
    than 2 %. A fuel that only one balance has, or with a default unknown to GB/T 2589, is left out.
    """
    keys = ["region", "year", "row", "fuel"]
    rates = coal_equivalents()
    amounts = physical.cells.set_index(keys)["value"].rename("physical")
    given = standard_coal.cells.set_index(keys)["value"].rename("given")
    both = pd.concat([amounts, given], axis=1).dropna().reset_index()
    both = both[both["fuel"].isin(rates) & (both["physical"] != 0)]
    sums = both.assign(physical=both["physical"].abs(), given=both["given"].abs())
    table = sums.groupby(["region", "year", "fuel"])[["physical", "given"]].sum().reset_index()
    # a standard-coal figure was turned into fuel units by the default coefficient when it was read
    table["default"] = table["fuel"].map(rates)
    table["tce_per_unit"] = calibrated_coefficient(table["given"] * table["default"], table["physical"])
    table["ratio"] = table["tce_per_unit"] / table["default"]
    table["noticeable"] = (table["ratio"] - 1).abs() > NOTICEABLE
    return table.drop(columns=["physical", "given"])
