"""Energy of a province from official totals: plants and products first, the rest by what they leave.

Amount of row and fuel = coefficient of thirty provinces (2020) × the province's own anchor of the year: thermal
generation for coal of power stations, pig iron, coke, cement and metals for the furnaces, crude runs for refining, and
what these leave of the province's coal, gas and electricity for all other rows.
"""

import math
from functools import lru_cache

import pandas as pd

from dafeng.case.national.index import BASE_YEAR, FIRST_YEAR, nearest_statistic, table
from dafeng.case.national.shares import Z95

COAL = ("Raw_Coal", "Cleaned_Coal", "Other_Washed_Coal", "Briquettes")
POWER = "Thermal Power"
LEAST_REST = 0.1
"""Share of a province's total that is left to the rows without an anchor of their own, at least."""
RESIDUALS = {
    "coal_residual": ("coal_consumption", COAL),
    "natural_gas_residual": ("natural_gas_consumption", ("Natural_Gas",)),
    "electricity_residual": ("electricity_consumption", ("Electricity",)),
}
_NOT_USE = ("Coal Washing", "Briquettes")
ESTIMATE_SPREAD_LN = 0.24
"""Standard deviation in ln of EDGAR over CEADs, CO2 of 30 provinces in 2020 (derived; docs/data.md): two independent
inventories of one province differ by so much, so that its estimated energy is known no better. The estimate itself
meets CEADs, which its coefficients come from, within 0.12."""
CEMENT_PROCESS = 0.292
"""Process CO2 per cement [t/t]: median ratio of CEADs process CO2 to cement output over province-years (derived)."""


def anchor(province_code: str, name: str, year: int) -> float:
    """Return an anchor of a province: a statistic of the year, else of the nearest year; 0 where there is none.

    Parameters
    ----------
    province_code
        GB/T 2260 code.
    name
        Statistic, or `gas_capacity` [MW].
    year
        Year.
    """
    if name == "gas_capacity":
        return gas_capacity_mw(province_code)
    return nearest_statistic(province_code, name, year)


def gas_capacity_mw(province_code: str) -> float:
    """Return the capacity [MW] of units in service that burn natural gas."""
    plants = table("plants")
    here = (
        plants["fuel"].eq("gas")
        & plants["status"].eq("operating")
        & plants["province_code"].eq(province_code)
    )
    return float(plants.loc[here, "capacity_mw"].sum())


@lru_cache(maxsize=64)
def province_energy(province_code: str) -> pd.DataFrame:
    """Estimate the energy inventory of a province: row, fuel, year, value, unit.

    Parameters
    ----------
    province_code
        GB/T 2260 code of a province with energy statistics.
    """
    parts = [_of_year(province_code, year) for year in range(FIRST_YEAR, BASE_YEAR + 1)]
    return pd.concat(parts, ignore_index=True)


def _of_year(province_code: str, year: int) -> pd.DataFrame:
    cells = table("structure")
    anchors = {
        name: anchor(province_code, name, year) for name in cells["anchor"].unique() if name not in RESIDUALS
    }
    for name, (total, fuels) in RESIDUALS.items():
        whole = anchor(province_code, total, year)
        held = cells[
            cells["fuel"].isin(fuels) & ~cells["anchor"].isin(RESIDUALS) & ~cells["row"].isin(_NOT_USE)
        ]
        held = held[~((held["fuel"] == "Electricity") & (held["row"] == POWER))]
        used = float((held["coefficient"] * held["anchor"].map(anchors)).sum())
        anchors[name] = max(whole - used, LEAST_REST * whole)
    value = cells["coefficient"] * cells["anchor"].map(anchors)
    made = cells[["row", "fuel", "unit"]].assign(year=year, value=value)
    return made[made["value"].abs() > 1e-9]


def estimate_range() -> tuple[float, float]:
    """Return the relative 95 % range of a province's estimated energy as a whole: exp(±1.96 × 0.24)."""
    factor = math.exp(Z95 * ESTIMATE_SPREAD_LN)
    return 1.0 / factor, factor


def cement_process_mt(province_code: str, year: int) -> float:
    """Return the process CO2 of cement [Mt] of a province, from its cement output [万吨]."""
    return anchor(province_code, "output_cement", year) * 0.01 * CEMENT_PROCESS
