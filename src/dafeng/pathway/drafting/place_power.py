"""Draft of the power fleet of a place: units by their dates, wind and sun, and the factor of the grid."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from dafeng.case import Case, case_power, index_statistics, nearest_statistic, unit_power, unit_share
from dafeng.factors import grid_factor
from dafeng.inventory import Inventory
from dafeng.pathway.drafting.driver_rows import DEFAULT, GRID, PLANTS, TREND, DriverRows

_GRID_AFTER = (
    (2025, 0.977, 0.93, 1.02),
    (2030, 0.88, 0.76, 0.97),
    (2035, 0.75, 0.6, 0.89),
    (2045, 0.41, 0.22, 0.62),
    (2060, 0.09, 0.03, 0.22),
)
"""Factor of the grid over that of the last official year (assumption): the national fleet."""
_HOURS_AFTER = (
    (2025, 1.0, 0.85, 1.1),
    (2030, 0.9, 0.68, 1.05),
    (2035, 0.8, 0.52, 1.0),
    (2050, 0.45, 0.25, 0.7),
    (2060, 0.25, 0.1, 0.5),
)
"""Hours of thermal units over those of 2020 (assumption)."""
UNIT_LIFE = 35
"""Years in service of a coal unit without a stated end [assumption, 30 to 40]."""
_ODDS = {"operating": 1.0, "construction": 0.9, "approved": 0.5, "announced": 0.2}
"""Odds that a unit is built, by status (assumption)."""
SOLAR = "solar_capacity_end_of_year"
_SOLAR_AFTER = 0.5
"""Share of the province's yearly additions of wind and sun of the last years that goes on (assumption, 0.2 to 1)."""


def add_power(rows: DriverRows, case: Case, inventory: Inventory, province: str) -> None:
    thermal = float(pd.to_numeric(inventory.power["thermal_mwh"])[rows.base])
    fleet = unit_power(province, whole_province=True)
    whole = sum(unit.capacity_mw for unit in fleet if unit.is_thermal and unit.in_service(rows.base))
    generated = float(index_statistics(province, "generation_thermal")[rows.base]) * 1e5
    hours = min(max(generated / whole, 1000.0), 6800.0) if whole > 0 else 4000.0
    knots: list[tuple[float, ...]] = [(rows.base, hours, hours * 0.93, hours * 1.07)]
    knots += [(year, *(min(hours * ratio, 6800.0) for ratio in ends)) for year, *ends in _HOURS_AFTER]
    rows.add(
        "thermal_hours",
        knots,
        "h",
        TREND,
        "thermal generation of the province over its units of 2020; then an assumption",
        "D",
    )
    mine = [unit for unit in case_power(case) if unit.is_thermal]
    running = sum(unit.capacity_mw for unit in mine if unit.in_service(rows.base))
    # a balance of the place that has no generation: its units at the hours of the province
    if math.isnan(thermal):
        thermal = running * hours
    scale = thermal / hours / running if running > 0 else 0.0
    if running <= 0:
        rows.add(
            "coal_existing_mw",
            [(rows.base, thermal / hours)],
            "MW",
            DEFAULT,
            "no unit in the list: generation over hours, held",
            "E",
            "uniform",
        )
        return
    old = [
        (
            year,
            *(
                scale
                * sum(
                    unit.capacity_mw
                    for unit in mine
                    if unit.in_service(rows.base) and unit.until(life) >= year
                )
                for life in lives
            ),
        )
        for year, lives in _lives(rows.base)
    ]
    rows.add(
        "coal_existing_mw",
        old,
        "MW",
        PLANTS,
        f"units in service in 2020 times {scale:.2f} (generation of the account); {UNIT_LIFE} years in service",
        "D",
        "uniform",
    )
    new = [unit for unit in mine if unit.is_new(rows.base)]
    if new:
        rows.add("coal_new_mw", [_new_capacity(new, year) for year in (rows.base, 2022, 2024, 2026, 2028, 2030, 2050, 2060)], "MW", PLANTS,
                 "units started after 2020, and projects by their status (odds 0.9, 0.5, 0.2: an assumption)", "E", "uniform")  # fmt: skip


def _lives(base: int) -> list[tuple[int, tuple[int, int, int]]]:
    return [
        (base, (99, 99, 99)),
        *((year, (UNIT_LIFE, UNIT_LIFE - 5, UNIT_LIFE + 5)) for year in (2025, 2030, 2035, 2040, 2050, 2060)),
    ]


def _new_capacity(units: Sequence[Any], year: int) -> tuple[float, float, float, float]:
    started = [unit for unit in units if unit.started_by(year)]
    value = sum(unit.capacity_mw * _ODDS[unit.status] for unit in started)
    sure = sum(unit.capacity_mw for unit in started if unit.status == "operating")
    return year, value, sure, sum(unit.capacity_mw for unit in started)


def add_renewables(rows: DriverRows, case: Case, province: str) -> None:
    share = unit_share(case.city.code, "population")
    winds = [unit for unit in case_power(case) if unit.fuel == "wind"]
    years = (rows.base, 2022, 2025)
    sun = {year: share * nearest_statistic(province, SOLAR, year) * 10.0 for year in years}
    wind = {
        year: sum(unit.capacity_mw * _ODDS[unit.status] for unit in winds if unit.started_by(year))
        for year in years
    }
    total = {year: sun[year] + wind[year] for year in years}
    pace = max(total[2025] - total[rows.base], 0.0) / (2025 - rows.base)
    knots: list[tuple[float, ...]] = [
        (year, total[year], total[year] * 0.6, total[year] * 1.5) for year in years
    ]
    knots += [
        (
            year,
            *(
                total[2025] * spread + pace * part * (year - 2025)
                for part, spread in ((_SOLAR_AFTER, 1.0), (0.2, 0.6), (1.0, 1.5))
            ),
        )
        for year in (2030, 2035, 2060)
    ]
    rows.add(
        "wind_solar_mw",
        knots,
        "MW",
        "nea_solar",
        "sun: the province's by population; wind: units of the list; then half of the pace of 2020-2025",
        "E",
    )
    if total[2025] > 0:
        ratio = wind[2025] / total[2025]
        rows.add(
            "wind_share",
            [(rows.base, ratio, max(ratio - 0.1, 0.0), min(ratio + 0.1, 1.0))],
            "1",
            "gem-wind",
            "list of wind units, sun of the province by population",
            "E",
        )
    rows.add("wind_hours", [(rows.base, 2050.0, 1600.0, 2500.0)], "h", DEFAULT, "onshore wind in China, held")
    made = index_statistics(province, "generation_solar")
    hours = (
        min(
            max(float(made[rows.base]) * 1e5 / (nearest_statistic(province, SOLAR, rows.base) * 10.0), 700.0),
            1700.0,
        )
        if rows.base in made.index and nearest_statistic(province, SOLAR, rows.base) > 0
        else 1000.0
    )
    rows.add(
        "solar_hours",
        [(rows.base, hours, hours * 0.9, hours * 1.1)],
        "h",
        TREND,
        "generation over capacity at the end of the year, province",
        "D",
    )
    hydro = index_statistics(province, "generation_hydro")
    water = unit_share(case.city.code, "hydro") * (
        float(hydro[rows.base]) if rows.base in hydro.index else 0.0
    )
    rows.add(
        "hydro_mwh",
        [(rows.base, water, water * 0.7, water * 1.3)],
        "亿kWh",
        TREND,
        "hydro generation of the province by capacity of the list",
        "D",
    )
    biomass = sum(
        unit.capacity_mw for unit in case_power(case) if unit.fuel == "biomass" and unit.in_service(rows.base)
    )
    rows.add(
        "biomass_mw",
        [(rows.base, biomass, biomass * 0.8, biomass * 1.2), (2030, biomass * 1.2, biomass, biomass * 1.8)],
        "MW",
        "gem-other",
        "units of the list; then an assumption",
        "E",
    )


def add_grid(rows: DriverRows, province: str) -> None:
    known = [(year, grid_factor(province, year).value.number) for year in (2021, 2022, 2023)]
    last = float(known[-1][1] or 0.0)
    knots: list[tuple[float, ...]] = [
        (rows.base, float(known[0][1] or 0.0)),
        *((year, float(value or 0.0)) for year, value in known),
    ]
    knots += [(year, last * value, last * low, last * high) for year, value, low, high in _GRID_AFTER]
    rows.add(
        "grid_factor",
        knots,
        "tCO2/MWh",
        GRID,
        "official to 2023 (MEE); then with the national fleet, an assumption",
        "D",
    )
