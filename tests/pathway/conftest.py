"""Jiujiang's own tables on a round base, which claims nothing of any city."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dafeng.case import load
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.engine.base import CARRIERS, SEGMENTS, Base
from dafeng.pathway.forecast.estimation import estimate_process
from dafeng.pathway.forecast.model_error import cells_of, shipped_errors
from dafeng.pathway.methods.sampling import Z95
from dafeng.pathway.terms import ALL_TERMS

# the plants of plants.csv belong to the real city, not to the round one
ROUND_TERMS = replace(ALL_TERMS, plants=False, projects=False)


@pytest.fixture(scope="session")
def round_base():
    """Every segment with 10 TJ·10³ of each fossil carrier at round factors: shape without claim on any city."""
    n = len(SEGMENTS)
    energy = np.zeros((n, len(CARRIERS)))
    energy[:, :3] = [6000, 3000, 1000]
    co2 = energy * np.array([95, 73, 55, 0, 0, 0])
    energy[SEGMENTS.index("transport_water")] *= 0.1
    co2[SEGMENTS.index("transport_water")] *= 0.1
    power = SEGMENTS.index("power")
    energy[power, :3], co2[power, :3] = [180_000, 0, 0], [16e6, 0, 0]
    process = np.zeros(n)
    process[SEGMENTS.index("building_materials")] = 4e6
    years = np.arange(2018, 2020)
    return Base(
        2020, SEGMENTS, energy, co2, process, np.full(n, 1e6), 17.4e6, np.full(n, 0.8), np.full(n, 1.25),
        years, np.repeat(co2.sum(axis=1)[:, None], 2, axis=1) * [0.94, 0.97], np.repeat(process[:, None], 2, axis=1),
        np.array([1e6, 1e6]), np.array([20e6, 21e6]),
    )  # fmt: skip


@pytest.fixture(scope="session")
def left_out_half_width():
    """Half of the 90 % band of the process that the other provinces give each province, mean by lead 1-6."""
    cells = cells_of(shipped_errors())
    whole = estimate_process(cells)
    variance = [
        estimate_process(cells.where(cells.province != province), start=whole).process.variance(np.arange(1, 7))
        for province in np.unique(cells.province)
    ]  # fmt: skip
    return Z95 * np.sqrt(variance).mean(axis=0)


@pytest.fixture(scope="session")
def jiujiang():
    return load("jiujiang")


@pytest.fixture(scope="session")
def jiujiang_model(jiujiang, round_base):
    return compile_tables(jiujiang, round_base, jiujiang.city.as_of, "jiujiang")


@pytest.fixture(scope="session")
def slow_wind_model(jiujiang, round_base):
    """Jiujiang where wind and sun without the plan stay at 6,200 MW from 2030: the plan's 9,270 MW add in every later year."""

    def table(name):
        found = jiujiang.table(name).copy()
        if name == "drivers":
            late = (found["id"] == "wind_solar") & (found["year"] >= 2030)
            share = 6200 / found.loc[late, "value"]
            found.loc[late, ["value", "low", "high"]] = found.loc[late, ["value", "low", "high"]].mul(
                share, axis=0
            )
        return found

    return compile_tables(SimpleNamespace(table=table), round_base, jiujiang.city.as_of, "jiujiang")


@pytest.fixture(scope="session")
def round_inventory(jiujiang, round_base):
    """An inventory in the columns of the accounting room that gives a base like `round_base`."""
    rows = []
    for year in (2018, 2019, 2020):
        for position, segment in enumerate(SEGMENTS):
            branch = "transport" if segment.startswith("transport") else segment
            if segment in ("transport_heavy", "transport_water"):
                continue
            coal, oil = round_base.co2_t[position, 0], round_base.co2_t[position, 1]
            for fuel, value in (("Raw_Coal", coal * (branch != "transport")), ("Gasoline", oil)):
                rows.append(
                    (year, "combustion", segment, branch, fuel, value / 80, value, 0.8 * value, 1.25 * value)
                )
        rows.append(
            (year, "combustion", "t", "transport", "Diesel_Oil", 1000.0, 73_000.0, 60_000.0, 80_000.0)
        )
        rows.append((year, "process", "c", "building_materials", "", 0.0, 4e6, 3e6, 6e6))
        rows.append((year, "electricity_import", "i", "power", "", 0.0, 1e6, 0.0, 2e6))
    columns = ["year", "category", "row", "branch", "fuel", "energy_tj", "value_t", "low_t", "high_t"]
    branches = sorted({row[3] for row in rows if row[3] != "power"})
    use = pd.DataFrame({"year": 2020, "branch": branches, "fuel": "Electricity", "value": 1e6})
    cells = pd.DataFrame(rows, columns=columns).assign(gas="CO2")

    def part(account, year):
        kinds = {"A": ("combustion", "electricity_import"), "B": ("combustion", "process")}[account]
        return cells[(cells["year"] == year) & cells["category"].isin(kinds)]

    def totals(account, years):
        return [
            SimpleNamespace(account=account, year=year, value_t=float(part(account, year)["value_t"].sum()))
            for year in years
        ]

    return SimpleNamespace(
        cells=cells,
        part=part,
        carriers=use,
        inputs={},
        power=pd.DataFrame(
            {
                "thermal_mwh": [17e6, 17.2e6, 17.4e6],
                "hydro_mwh": 0.4e6,
                "wind_mwh": 1.5e6,
                "solar_mwh": np.nan,
                "grid_factor": 0.5,
            },
            index=[2018, 2019, 2020],
        ),
        totals=totals,
        base_year=2020,
        years=(2018, 2019, 2020),
        findings=(),
    )
