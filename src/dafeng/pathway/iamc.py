"""Scenarios in the IAMC long format, which pyam and the scenario databases read."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from dafeng.evidence import write_atomically
from dafeng.pathway.analysis.compare import Point
from dafeng.pathway.results.bands import QUANTILES

COLUMNS = ("model", "scenario", "region", "variable", "unit", "year", "value")
UNIT = "Mt CO2/yr"
TONNES = 1e6

Row = tuple[str, str, str, str, str, int, float]


def iamc_rows(points: Sequence[Point], model: str, region: str) -> Iterator[Row]:
    """One row for each scenario, account, statistic and year, in Mt CO2/yr: the mean, below it the percentiles."""
    for point in points:
        for account, band in point.bands.items():
            variable = f"Emissions|CO2|Account {account}"
            series = [(variable, band.mean)]
            series += [
                (f"{variable}|{100 * level:.1f}th Percentile", row)
                for level, row in zip(QUANTILES, band.quantiles, strict=True)
            ]
            for name, values in series:
                for year, value in zip(point.years, values, strict=True):
                    yield model, point.name, region, name, UNIT, int(year), float(value) / TONNES


def write_iamc(points: Sequence[Point], model: str, region: str, path: Path) -> None:
    """UTF-8 without BOM, one header line; written whole or not at all."""
    with (
        write_atomically(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(iamc_rows(points, model, region))
