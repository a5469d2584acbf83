"""Energy total as dual control assesses it: statistical total less feedstock, non-fossil power and certificates."""

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.inventory.accounts.downscaling import downscale, energy_cells
from dafeng.inventory.accounts.electricity_balance import observed
from dafeng.inventory.analysis.case_diagnosis import owner_of_energy
from dafeng.inventory.balance.equivalents import coal_equivalents

CERTIFICATES = "green_certificates"
"""Indicator of observations.csv: green power certificates bought and cancelled in the place [MWh]."""
STATISTICAL = "energy_consumption_total"
"""Indicator of observations.csv: published total of energy consumption at equivalent value [tce]."""


def feedstock_tce(case: Case, years: list[int]) -> "pd.Series[float]":
    """Return the energy used as raw material [tce] by year; NaN where the place has no share of it.

    The row 用作原料、材料 of the place's own balance, else its parent's times the share of that row.
    """
    energy = owner_of_energy(case).table("energy")
    energy = energy[energy["year"].isin(years)]
    if energy.empty:
        return pd.Series(np.nan, index=years)
    cells = energy_cells(energy)
    cells = cells[(cells["kind"] == "non_energy") & ~cells["fuel"].isin(("Electricity", "Heat"))]
    place = downscale(cells, case)
    tce = place["value"] * place["fuel"].map(coal_equivalents())
    return tce.groupby(place["year"]).sum(min_count=1).reindex(years)


def assessed(
    table: pd.DataFrame,
    case: Case,
    non_fossil_mwh: "pd.Series[float]",
    coal_rate: float,
    deduct: str = "growth",
) -> pd.DataFrame:
    """Compute the statistical and the assessed energy total by year from the indicators `table`.

    Columns: energy_statistical_tce (published where observations.csv has it, else energy burnt at equivalent
    value + feedstock), deduction_feedstock_tce, deduction_non_fossil_tce, deduction_certificates_tce,
    energy_assessed_tce, assessed_without (deductions without a datum, which are not made: the assessed total
    is then an upper bound).

    `deduct`: `growth` of local non-fossil power since the first year (rule of 2022), or `all` of it (rule of
    2024). Certificates count at `coal_rate`, beside local power.
    """
    years = [int(year) for year in table.index]
    feedstock = feedstock_tce(case, years)
    published = observed(case, STATISTICAL, case.city.code, "tce").reindex(years)
    own = table["energy_equivalent_tce"] + feedstock.fillna(0.0)
    power = non_fossil_mwh.reindex(years)
    if deduct == "growth":
        power = power - power.iloc[0] if len(power) else power
    parts = {
        "feedstock": feedstock,
        "non_fossil": power.clip(lower=0.0) * coal_rate,
        "certificates": observed(case, CERTIFICATES, case.city.code, "MWh").reindex(years) * coal_rate,
    }
    found = pd.DataFrame({"energy_statistical_tce": published.fillna(own)}, index=table.index)
    for name, tce in parts.items():
        found[f"deduction_{name}_tce"] = tce
    found["energy_assessed_tce"] = found["energy_statistical_tce"] - sum(
        tce.fillna(0.0) for tce in parts.values()
    )
    found["assessed_without"] = [
        ",".join(name for name, tce in parts.items() if np.isnan(float(tce[year]))) for year in years
    ]
    return found
