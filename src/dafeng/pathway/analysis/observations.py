"""What has been observed since the base year, and which of it the model has not seen yet."""

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.inventory import Inventory
from dafeng.pathway.analysis.learning import TOTAL_GENERATION, Reading
from dafeng.units import convert

# relative standard deviations that stand for scope and measurement; stated, not estimated
GENERATION_ERROR, GRIDDED_ERROR = 0.04, 0.20
# of a city's growth beside its province's, per square root of years
PROVINCE_ERROR = 0.03
DOWNSCALED = "downscaled"


def readings_of(case: Case, base_year: int, inventory: Inventory | None = None) -> list[Reading]:
    """What the case's own observations, its inventory and its province offer after the base year.

    Independent: gridded CO2 (EDGAR, placed by proxies, hence a wide error), which stands for account B. Not independent:
    published generation, which calibrates the hours of the coal units; the later years of a downscaled inventory, made
    from the same shares as the base year; and the growth of the province, on which drivers lean.
    """
    table = case.table("observations")
    rows = table[(table["region"] == case.city.code) & table["value"].notna()]
    offers = (
        ("electricity_generation_above_scale", TOTAL_GENERATION, "MWh", GENERATION_ERROR, False),
        ("co2_edgar_v8", "B", "tCO2", GRIDDED_ERROR, True),
    )
    found = []
    for indicator, quantity, unit, error, independent in offers:
        for year, value, source in _series(rows, indicator, unit):
            if base_year < year <= case.city.as_of:
                found.append(Reading(quantity, year, value, error * value, source, independent))
    if inventory is not None:
        for total in inventory.totals("A", inventory.years):
            if base_year < total.year <= case.city.as_of:
                sigma = (total.high_t - total.low_t) / (2 * 1.96)
                found.append(Reading("A", total.year, total.value_t, sigma, DOWNSCALED, independent=False))
    return found + _provincial(case, base_year)


def _series(rows: pd.DataFrame, indicator: str, unit: str) -> list[tuple[int, float, str]]:
    part = rows[rows["indicator"] == indicator].sort_values("year").drop_duplicates("year")
    columns = (part[name].to_list() for name in ("year", "value", "unit", "source"))
    return [
        (int(year), float(convert(float(number), str(its_unit), unit)), str(source))
        for year, number, its_unit, source in zip(*columns, strict=True)
    ]


def _provincial(case: Case, base_year: int) -> list[Reading]:
    """Growth of the province's electricity and energy since the base year."""
    if case.parent is None:
        return []
    table = case.parent.table("observations")
    rows = table[(table["region"] == case.parent.city.code) & table["value"].notna()]
    found = []
    for indicator, quantity, unit in (
        ("electricity_consumption", "electricity_demand", "MWh"), ("energy_consumption_total", "primary_energy", "tce"),
    ):  # fmt: skip
        series = {year: (value, source) for year, value, source in _series(rows, indicator, unit)}
        if base_year not in series:
            continue
        for year, (value, source) in series.items():
            if base_year < year <= case.city.as_of:
                ratio = value / series[base_year][0]
                error = PROVINCE_ERROR * np.sqrt(year - base_year)
                found.append(
                    Reading(quantity, year, ratio, float(error), source, False, relative_to=base_year)
                )
    return found
