"""Coal equivalent of a fuel as the official tables imply it: standard-coal balance over physical balance."""

import pandas as pd

from dafeng.evidence import Finding, Severity
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.equivalents import coal_equivalents
from dafeng.inventory.equations.default_uncertainties import COALS
from dafeng.inventory.equations.electricity import calibrated_coefficient

NOTICEABLE = 0.02
IMPLAUSIBLE = 0.5


def calibrate(physical: Balance, standard_coal: Balance) -> pd.DataFrame:
    """Compute the coefficients that make the standard-coal and the physical balance agree.

    Columns: region, year, fuel, tce_per_unit, default, ratio, noticeable.

    Both balances are of the same table, one in physical units, one in coal equivalent; the coefficient is the
    sum of the cells that both have, which damps rounding. Default coefficients overstate some provinces' coal
    (0.7143 where the official total needs about 0.66): `ratio` is calibrated over default, `noticeable` where
    it is off by more than 2 %. A fuel that only one balance has, or with a default unknown to GB/T 2589, is
    left out.

    Parameters
    ----------
    physical
        The physical balance.
    standard_coal
        The standard-coal balance.
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


def coal_calibration(balance: Balance) -> tuple[dict[tuple[str, int, str], float], list[Finding]]:
    """Compute the ratio of official to default calorific value of coal products, with its findings.

    Keys: (region, year, fuel).

    From the file's own standard-coal table, where it has one next to the physical. Only coal products,
    whose calorific value differs from place to place, and only where it is off by more than 2 % and by less
    than half.
    """
    if balance.standard is None:
        return {}, []
    table = calibrate(balance, Balance(balance.standard, ()))
    table = table[table["noticeable"] & table["fuel"].isin(COALS)]
    ratios, found = {}, []
    for line in table.to_dict("records"):
        place = f"{line['region']} {line['year']}".strip()
        told = f"{line['tce_per_unit']:.4f} ({line['ratio'] - 1:+.1%} against {line['default']:.4f})"
        plausible = abs(line["ratio"] - 1) < IMPLAUSIBLE
        if plausible:
            ratios[str(line["region"]), int(line["year"]), str(line["fuel"])] = float(line["ratio"])
        found.append(
            Finding(
                "coal-calibrated" if plausible else "coal-not-calibrated",
                Severity.NOTE if plausible else Severity.WARNING,
                f"{place}: {line['fuel']}",
                f"{place}标准量与实物量之比得{line['fuel']}折标系数{told}"
                + ("" if plausible else ",偏差过大,未采用"),
                f"{place}: the standard-coal table implies {told} tce per unit of {line['fuel']}"
                + ("" if plausible else ": too far off, not used"),
            )
        )
    return ratios, found
