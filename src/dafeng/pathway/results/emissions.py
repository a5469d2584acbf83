"""Sections of emissions and electricity over the years."""

from collections.abc import Sequence

from dafeng.pathway.results.bands import Band
from dafeng.pathway.results.parts import T_PER_MT, Part, series

LOW, LOWER_QUARTILE, MEDIAN, UPPER_QUARTILE, HIGH = range(5)
"""Rows of `Band.quantiles`."""


class Observed(Part):
    """Emissions of past years from the inventory, Mt CO2."""

    account: str
    years: list[int]
    values: list[float]


class Track(Part):
    """One account in one scenario over the years, Mt CO2."""

    scenario: str
    account: str
    years: list[int]
    low: list[float]
    lower_quartile: list[float]
    median: list[float]
    upper_quartile: list[float]
    high: list[float]
    mean: list[float]

    @classmethod
    def of(cls, scenario: str, account: str, years: Sequence[int], band: Band) -> "Track":
        """Return the track of a band in t CO2 over `years`."""
        rows = [series(row, T_PER_MT) for row in band.quantiles]
        return cls(
            scenario=scenario, account=account, years=[int(year) for year in years], low=rows[LOW],
            lower_quartile=rows[LOWER_QUARTILE], median=rows[MEDIAN], upper_quartile=rows[UPPER_QUARTILE],
            high=rows[HIGH], mean=series(band.mean, T_PER_MT),
        )  # fmt: skip


class SectorTrack(Part):
    """Mean emissions of one sector, Mt CO2 by year of the tracks."""

    scenario: str
    account: str
    sector: str
    values: list[float]


class PowerTrack(Part):
    """Mean electricity of one kind, TWh by year of the tracks; a positive import comes from outside."""

    scenario: str
    kind: str
    values: list[float]
