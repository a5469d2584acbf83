"""Scenarios and results in the IAMC long format, which pyam and the scenario databases read.

`Emissions|CO2|Account A` is the mean; its sectors are the variables below it and add up to it. Percentiles
add up to nothing, so they are variables of the same level: `Emissions|CO2|Account A (Median)`. Past years of
the inventory, which have no sectors here, are variables of their own under `Historical Emissions`.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dafeng.evidence import write_atomically
from dafeng.pathway.analysis.compare import Point
from dafeng.pathway.results.bands import PLAN
from dafeng.pathway.results.emissions import Track
from dafeng.pathway.results.projection import Results

HISTORICAL = "historical"
EMISSIONS, REDUCTION, ELECTRICITY = "Emissions|CO2", "Emission Reduction|CO2", "Electricity"
EMISSIONS_UNIT, POWER_UNIT = "Mt CO2/yr", "TWh/yr"
STATISTICS = {
    "low": "5th Percentile",
    "lower_quartile": "25th Percentile",
    "median": "Median",
    "upper_quartile": "75th Percentile",
    "high": "95th Percentile",
}
"""Field of a track → what IAMC variables call it."""


class Row(NamedTuple):
    """Line of the file; each key of the first six columns occurs once."""

    model: str
    scenario: str
    region: str
    variable: str
    unit: str
    year: int
    value: float


Named = Callable[[str, str], str]
"""Kind (`branch`, `power`) and id → the name in variables."""


def iamc_rows(points: Sequence[Point], model: str, region: str) -> Iterator[Row]:
    """Yield the rows of compared scenarios: mean and percentiles of each account, Mt CO2/yr.

    Parameters
    ----------
    points
        Compared scenarios by year.
    model
        Name of the model in the first column.
    region
        Name of the region.

    Yields
    ------
    Rows in the order of the IAMC columns.
    """
    for point in points:
        years = [int(year) for year in point.years]
        for account, band in point.bands.items():
            yield from _track(Track.of(point.name, account, years, band), model, region)


def result_rows(results: Results, account: str, model: str, region: str, named: Named) -> Iterator[Row]:
    """Yield the rows of a run: tracks, sectors, electricity, reductions by task (of `account`), observed
    years.

    Parameters
    ----------
    results
        Results of a run.
    account
        A or B.
    model
        Name of the model in the first column.
    region
        Name of the region.
    named
        Function that gives the variable of a code.

    Yields
    ------
    Rows in the order of the IAMC columns.
    """
    years = results.tracks[0].years if results.tracks else []

    def lines(
        scenario: str, variable: str, unit: str, at: Sequence[int], values: Sequence[float]
    ) -> Iterator[Row]:
        for year, value in zip(at, values, strict=True):
            yield Row(model, scenario, region, variable, unit, year, value)

    for track in results.tracks:
        yield from _track(track, model, region)
    for sector in results.sectors:
        variable = f"{_emissions(sector.account)}|{named('branch', sector.sector)}"
        yield from lines(sector.scenario, variable, EMISSIONS_UNIT, years, sector.values)
    for power in results.electricity:
        variable = f"{ELECTRICITY}|{named('power', power.kind)}"
        yield from lines(power.scenario, variable, POWER_UNIT, years, power.values)
    total = [sum(column) for column in zip(*(wedge.values for wedge in results.wedges), strict=True)]
    reduction = f"{REDUCTION}|Account {account}"
    if total:
        yield from lines(PLAN, reduction, EMISSIONS_UNIT, results.wedge_years, total)
    for wedge in results.wedges:
        variable = f"{reduction}|Task {wedge.task}"
        yield from lines(PLAN, variable, EMISSIONS_UNIT, results.wedge_years, wedge.values)
    for observed in results.observed:
        variable = f"Historical {_emissions(observed.account)}"
        yield from lines(HISTORICAL, variable, EMISSIONS_UNIT, observed.years, observed.values)


def write_iamc(rows: Iterable[Row], path: Path, mark: bool = False) -> None:
    """Write `rows` as CSV with one header line, whole or not at all; `mark` puts the byte-order mark that
    Excel needs for UTF-8.

    Parameters
    ----------
    rows
        Rows in the order of the IAMC columns.
    path
        File to write.
    mark
        Whether a byte order mark stands first.
    """
    encoding = "utf-8-sig" if mark else "utf-8"
    with write_atomically(path) as temporary, temporary.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows(rows)


def _track(track: Track, model: str, region: str) -> Iterator[Row]:
    variable = _emissions(track.account)
    series = {variable: track.mean}
    series |= {f"{variable} ({title})": getattr(track, field) for field, title in STATISTICS.items()}
    for name, values in series.items():
        for year, value in zip(track.years, values, strict=True):
            yield Row(
                model,
                track.scenario,
                region,
                name,
                EMISSIONS_UNIT,
                year,
                value,
            )


def _emissions(account: str) -> str:
    return f"{EMISSIONS}|Account {account}"
