"""Emissions of the headline account per head and per GDP, beside the tonnes."""

import numpy as np

from dafeng.case import Case
from dafeng.pathway import Projection
from dafeng.pathway.results import CARRIED_ON, PLAN, T_PER_MT, Range
from dafeng.report.summary import Ratio
from dafeng.units import convert

PEOPLE, GDP, PER_GDP = "population", "gdp_current", "co2_intensity"
CNY_PER_TEN_THOUSAND = 1e4
YEARS_AFTER = (2030, 2035)


def ratios(case: Case, projection: Projection) -> list[Ratio]:
    """Return t CO2 a head and t CO2 per 10⁴ CNY (prices of the base year) in the base year, as_of, 2030 and 2035.

    The population is the central trajectory of the drivers; GDP of the base year is the observed one, later GDP that of
    each sample. A quantity without data is left out.
    """
    wanted = sorted({projection.base_year, projection.as_of, *YEARS_AFTER})
    found: list[Ratio] = []
    people, gdp = _people(case), _gdp(case, projection.base_year)
    for scenario in (CARRIED_ON, PLAN):
        track = projection.results.track(scenario, projection.headline_account)
        for year in (year for year in wanted if year in track.years and year <= projection.horizon):
            at = track.years.index(year)
            heads = _at(people, year)
            if heads:
                ends = (track.low[at], track.median[at], track.high[at])
                low, median, high = (value * T_PER_MT / heads for value in ends)
                found.append(
                    Ratio(
                        quantity="per_head", scenario=scenario, year=year, value=Range(low=low, median=median, high=high)
                    )
                )  # fmt: skip
            indicator = projection.indicators.get(PER_GDP)
            if gdp and indicator is not None and year in indicator.years:
                value = Range.of(indicator.at(scenario, year), gdp / CNY_PER_TEN_THOUSAND)
                found.append(Ratio(quantity="per_gdp", scenario=scenario, year=year, value=value))
    return found


def _people(case: Case) -> tuple[list[int], list[float]]:
    """Years and persons of the central trajectory."""
    rows = case.table("drivers")
    rows = rows[(rows["parameter"] == PEOPLE) & rows["value"].notna()].sort_values("year")
    values = [
        float(convert(float(value), str(unit), "person"))
        for value, unit in zip(rows["value"], rows["unit"], strict=True)
    ]
    return [int(year) for year in rows["year"]], values


def _at(path: tuple[list[int], list[float]], year: int) -> float | None:
    years, values = path
    if not years or not years[0] <= year <= years[-1]:
        return None
    return float(np.interp(year, years, values))


def _gdp(case: Case, year: int) -> float | None:
    """GDP of the place in `year` [CNY]."""
    rows = case.table("observations")
    rows = rows[
        (rows["indicator"] == GDP) & (rows["region"].astype(str) == case.city.code) & (rows["year"] == year)
        & rows["value"].notna()
    ]  # fmt: skip
    return (
        float(convert(float(rows["value"].iloc[0]), str(rows["unit"].iloc[0]), "CNY")) if len(rows) else None
    )
