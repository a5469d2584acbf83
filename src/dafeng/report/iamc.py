"""`results.csv` in the IAMC long format, which pyam and the scenario databases read."""

import csv
from collections.abc import Iterator
from pathlib import Path

from dafeng.report.summary import Summary, rounded

COLUMNS = ("model", "scenario", "region", "variable", "unit", "year", "value")
HISTORICAL = "historical"
PERCENTILES = {
    "low": "5.0th Percentile",
    "lower_quartile": "25.0th Percentile",
    "median": "50.0th Percentile",
    "upper_quartile": "75.0th Percentile",
    "high": "95.0th Percentile",
}
EMISSIONS_UNIT, POWER_UNIT = "Mt CO2/yr", "TWh/yr"

Row = tuple[str, str, str, str, str, int, float]


def rows(summary: Summary) -> Iterator[Row]:
    """One row per model, scenario, region, variable, unit and year; each key stands once.

    `Emissions|CO2|Account A` is the mean; its percentiles and its sectors stand below it. A task's
    `Emission Reduction|CO2|Account A|Task …` is its Shapley share.
    """
    place = summary.place
    model, region = f"dafeng {place.version}", place.name_en

    def series(
        scenario: str, variable: str, unit: str, years: list[int], values: list[float]
    ) -> Iterator[Row]:
        for year, value in zip(years, values, strict=True):
            yield model, scenario, region, variable, unit, year, float(rounded(value))

    for track in summary.tracks:
        variable = f"Emissions|CO2|Account {track.account}"
        yield from series(track.scenario, variable, EMISSIONS_UNIT, track.years, track.mean)
        for field, title in PERCENTILES.items():
            yield from series(
                track.scenario, f"{variable}|{title}", EMISSIONS_UNIT, track.years, getattr(track, field)
            )  # fmt: skip
    years = summary.tracks[0].years if summary.tracks else []
    for sector in summary.sectors:
        variable = f"Emissions|CO2|Account {sector.account}|{sector.sector}"
        yield from series(sector.scenario, variable, EMISSIONS_UNIT, years, sector.values)
    for power in summary.electricity:
        yield from series(power.scenario, f"Electricity|{power.kind}", POWER_UNIT, years, power.values)
    for wedge in summary.wedges:
        variable = f"Emission Reduction|CO2|Account {place.headline_account}|Task {wedge.task}"
        yield from series("plan", variable, EMISSIONS_UNIT, summary.wedge_years, wedge.values)
    for observed in summary.observed:
        variable = f"Emissions|CO2|Account {observed.account}"
        yield from series(HISTORICAL, variable, EMISSIONS_UNIT, observed.years, observed.values)


def write_csv(summary: Summary, path: Path) -> None:
    """UTF-8 without BOM, comma, one header line."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows(summary))
