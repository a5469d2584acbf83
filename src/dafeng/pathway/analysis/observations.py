"""Observations since the base year, and which of them are independent of the model's calibration."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError, Problems, Text
from dafeng.inventory import Inventory
from dafeng.pathway.engine.readings import Reading
from dafeng.pathway.forecast.discrepancy import shipped_estimate
from dafeng.pathway.forecast.model_error import CO2_SOURCES
from dafeng.pathway.forecast.weighting import TOTAL_GENERATION
from dafeng.units import convert

# relative standard deviations that stand for scope and measurement; stated, not estimated
GENERATION_ERROR = 0.04
# of one year of a gridded series of a city, grade E: provinces have 2.4 % (hindcast), a city is placed by proxies
GRIDDED_ERROR = 0.05
# of a city's growth compared with its province's, each year; grade E. Years add up: a city that fell behind stays there
PROVINCE_ERROR = 0.03
DOWNSCALED = "downscaled"
GENERATION = "electricity_generation_above_scale"
GRIDDED, GRIDDED_BY_COUNTY = "co2_edgar_v8", "co2_edgar_county"
PACE_YEARS = 5
FILE = "observations.csv"
# of the city: indicator → unit of its readings
OWN_UNITS = {GENERATION: "MWh", GRIDDED: "tCO2", GRIDDED_BY_COUNTY: "tCO2"}
# of the province: indicator, quantity of the model, unit, whether it has calibrated nothing, the record whose
# yearly measurement error it has (hindcast)
PROVINCIAL = (
    ("electricity_consumption", "electricity_demand", "MWh", False, ""),
    ("energy_consumption_total", "primary_energy", "tce", False, ""),
    ("fossil_co2_from_composition", "A", "tCO2", True, "co2_nbs"),
)


def readings_of(case: Case, base_year: int, inventory: Inventory | None = None) -> list[Reading]:
    """Return the readings after the base year from the case's observations, its inventory and its province.

    Independent: growth of gridded CO2 (EDGAR; the sum of counties where every county has it, which is newer),
    which represents account B, and growth of the province's energy CO2 by its energy mix. Not independent:
    published generation, which calibrates the hours of the coal units; the later years of a downscaled
    inventory, made from the same shares as the base year; and growth of the province's energy and
    electricity, on which drivers lean.

    Parameters
    ----------
    case
        Loaded case with its observations.
    base_year
        Base year of the model.
    inventory
        Inventory of the case.

    Returns
    -------
    Readings with standard error, source and grade.

    Raises
    ------
    DafengError
        As `check_readings`: years after `as_of`, two vintages of one series, values and units that make no growth.
    """
    table = case.table("observations")
    problems = Problems()
    check_readings(table, OWN_UNITS, case.city.as_of, problems)
    problems.raise_if_any()
    rows = table[(table["region"] == case.city.code) & table["value"].notna()]
    found = [
        Reading(TOTAL_GENERATION, year, value, GENERATION_ERROR * value, source, independent=False)
        for year, value, source in _series(rows, GENERATION, "MWh")
        if base_year < year <= case.city.as_of
    ]
    gridded = _by_county(table) or _series(rows, GRIDDED, "tCO2")
    found += _growths("B", gridded, base_year, case.city.as_of)
    if inventory is not None:
        for total in inventory.totals("A", inventory.years):
            if base_year < total.year <= case.city.as_of:
                sigma = (total.high_t - total.low_t) / (2 * 1.96)
                found.append(Reading("A", total.year, total.value_t, sigma, DOWNSCALED, independent=False))
    return found + _provincial(case, base_year)


def _by_county(table: pd.DataFrame) -> list[tuple[int, float, str]]:
    """Gridded CO2 summed over counties, years that every county has, t."""
    rows = table[(table["indicator"] == GRIDDED_BY_COUNTY) & table["value"].notna()]
    counties = rows["region"].nunique()
    sums: dict[int, list[tuple[float, str]]] = {}
    for region in dict.fromkeys(rows["region"].to_list()):
        for year, value, source in _series(rows[rows["region"] == region], GRIDDED_BY_COUNTY, "tCO2"):
            sums.setdefault(year, []).append((value, source))
    return [
        (year, sum(value for value, _ in parts), parts[0][1])
        for year, parts in sorted(sums.items())
        if len(parts) == counties
    ]


def _growths(
    quantity: str, series: list[tuple[int, float, str]], base_year: int, as_of: int
) -> list[Reading]:
    """Growth since the base year: the level of a series is free, its yearly error is counted in both years."""
    values = {year: value for year, value, _ in series}
    if base_year not in values:
        return []
    error = np.sqrt(2.0) * GRIDDED_ERROR
    return [
        Reading(
            quantity, year, value / values[base_year], float(error * value / values[base_year]), source, relative_to=base_year,
            base_sigma=GRIDDED_ERROR, carried_on=_carried_on(values, base_year, year),
        )
        for year, value, source in series
        if base_year < year <= as_of
    ]  # fmt: skip


def _carried_on(values: Mapping[int, float], base_year: int, year: int) -> float:
    """Extrapolate the growth of the five years before the base year to `year`, relative to the base year; NaN
    without them.
    """
    before = values.get(base_year - PACE_YEARS)
    if before is None:
        return float("nan")
    return float((values[base_year] / before) ** ((year - base_year) / PACE_YEARS))


def check_readings(
    rows: pd.DataFrame, units: Mapping[str, str], as_of: int, problems: Problems, file: str = FILE
) -> None:
    """Add what readings cannot be made of: a year that has not ended, two values of one indicator, region and
    year, a value that is not above 0, and a unit of another kind than that of `units` [indicator].
    """
    used = rows[rows["indicator"].isin(list(units)) & rows["value"].notna()]
    for at, indicator, region, year, value, unit in used[
        ["indicator", "region", "year", "value", "unit"]
    ].itertuples():
        what = f"{indicator} {region} {int(year)}"
        if year > as_of:
            problems.add(
                f"{file}:{at}:year", what,
                Text(f"不晚于 city.yaml 的 as_of（{as_of}）的年份", f"a year not after as_of of city.yaml ({as_of})"),
                Text("未来的数不是观测；更正年份，或更新 as_of", "what has not happened is no observation: correct the year, or move as_of"),
            )  # fmt: skip
        if not value > 0:
            problems.add(
                f"{file}:{at}:value", f"{what}: {value:g}", Text("大于0的数值", "a value above 0"),
                Text("增长以比值计；缺失时留空并注明原因", "growth is a ratio; leave a missing value empty, with its reason"),
            )  # fmt: skip
        if not _converts(str(unit), units[indicator]):
            problems.add(
                f"{file}:{at}:unit", f"{what}: {unit}",
                Text(f"可换算为 {units[indicator]} 的单位", f"a unit that converts to {units[indicator]}"),
                Text("更正单位，数值保持该单位下的原值", "correct the unit; the value stays as published in it"),
            )  # fmt: skip
    twice = used[used.duplicated(["indicator", "region", "year"])]
    for at, indicator, region, year in twice[["indicator", "region", "year"]].itertuples():
        problems.add(
            f"{file}:{at}", f"{indicator} {region} {int(year)}",
            Text("同一指标、地区和年份只有一个版本", "one vintage of an indicator, region and year"),
            Text("保留较新的版本，删去另一行", "keep the newer one and remove the other row"),
        )  # fmt: skip


def _converts(unit: str, to: str) -> bool:
    try:
        convert(1.0, unit, to)
    except DafengError:
        return False
    return True


def _series(rows: pd.DataFrame, indicator: str, unit: str) -> list[tuple[int, float, str]]:
    part = rows[rows["indicator"] == indicator].sort_values("year")
    columns = (part[name].to_list() for name in ("year", "value", "unit", "source"))
    return [
        (int(year), float(convert(float(number), str(its_unit), unit)), str(source))
        for year, number, its_unit, source in zip(*columns, strict=True)
    ]


def _provincial(case: Case, base_year: int) -> list[Reading]:
    """Growth of the province's electricity, energy and energy CO2 since the base year.

    The energy mix has calibrated nothing, so the growth of CO2 by it is independent of the model.
    """
    if case.parent is None:
        return []
    table = case.parent.table("observations")
    rows = table[(table["region"] == case.parent.city.code) & table["value"].notna()]
    problems = Problems()
    units = {indicator: unit for indicator, _, unit, *_ in PROVINCIAL}
    check_readings(rows, units, case.city.as_of, problems, f"{case.parent.name}/{FILE}")
    problems.raise_if_any()
    found = []
    for indicator, quantity, unit, independent, record in PROVINCIAL:
        series = {year: (value, source) for year, value, source in _series(rows, indicator, unit)}
        if base_year not in series:
            continue
        values = {year: value for year, (value, _) in series.items()}
        measured = float(shipped_estimate().measurement_sd[CO2_SOURCES.index(record)]) if record else 0.0
        found += [
            Reading(
                quantity, year, value / values[base_year],
                float(np.sqrt(2 * measured**2 + PROVINCE_ERROR**2 * (year - base_year)) * value / values[base_year]),
                source, independent, relative_to=base_year, base_sigma=measured, yearly_sigma=PROVINCE_ERROR,
                carried_on=_carried_on(values, base_year, year), scope="province",
            )
            for year, (value, source) in series.items()
            if base_year < year <= case.city.as_of
        ]  # fmt: skip
    return found
