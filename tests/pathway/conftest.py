"""A two-sector city whose numbers can be followed by hand, and Jiujiang's own tables on a round base."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dafeng.case import load
from dafeng.pathway.base import CARRIERS, SEGMENTS, Base
from dafeng.pathway.compiling import compile_tables

DRIVER_COLUMNS = ["id", "parameter", "year", "value", "low", "high", "distribution", "unit", "dimension", "grade", "source"]
MEASURE_COLUMNS = [
    "id", "task", "name_zh", "name_en", "parameter", "year", "value", "unit", "operation", "effect",
    "controlled_by", "basis", "reason", "grade", "source",
]  # fmt: skip


class TableSet:
    """Stands for a case: two tables."""

    def __init__(self, drivers, measures):
        self.tables = {
            "drivers": pd.DataFrame(drivers, columns=DRIVER_COLUMNS),
            "measures": pd.DataFrame(measures, columns=MEASURE_COLUMNS),
        }

    def table(self, name):
        return self.tables[name]


def fixed(parameter, value, unit="1", year=2020):
    return [parameter, parameter, year, value, np.nan, np.nan, "fixed", unit, np.nan, "E", "s"]


def spread(parameter, value, low, high, dimension, distribution="normal", unit="1", year=2020):
    return [parameter, parameter, year, value, low, high, distribution, unit, dimension, "E", "s"]


def measure(id_, parameter, year, value, unit="1", operation="add", task="三(一)1"):
    return [id_, task, id_, id_, parameter, year, value, unit, operation, "quantified", "city", "estimate", "", "E", "s"]


def two_sector_base():
    n = len(SEGMENTS)
    energy, co2 = np.zeros((n, len(CARRIERS))), np.zeros((n, len(CARRIERS)))
    electricity = np.zeros(n)
    steel, homes, power = (SEGMENTS.index(s) for s in ("steel", "buildings_urban", "power"))
    coal, gas = CARRIERS.index("coal"), CARRIERS.index("gas")
    energy[steel, coal], co2[steel, coal], electricity[steel] = 1000, 95_000, 100_000
    energy[homes, gas], co2[homes, gas], electricity[homes] = 200, 11_000, 50_000
    energy[power, coal], co2[power, coal] = 950, 90_000
    empty = np.zeros((n, 0))
    return Base(
        2020, SEGMENTS, energy, co2, np.zeros(n), electricity, 100_000.0, np.ones(n), np.ones(n),
        np.zeros(0, dtype=np.int64), empty, empty, np.zeros(0), np.zeros(0),
    )  # fmt: skip


TWO_SECTOR_DRIVERS = [
    fixed("gdp_growth", 5, "%/a"),
    fixed("elasticity.steel", 1.0),
    fixed("fuel_intensity.steel", -2, "%/a"),
    fixed("coal_existing_mw", 20, "MW"),
    fixed("thermal_hours", 5000, "h"),
    fixed("grid_factor", 0.5, "tCO2/MWh"),
    fixed("useful_ratio.buildings_urban", 2.0),
]
TWO_SECTOR_MEASURES = [
    measure("saving", "saving.steel", 2022, 0.1),
    measure("heat_pumps", "electrify.buildings_urban", 2021, 0.2, task="三(四)3"),
]


@pytest.fixture
def two_sector_city():
    return compile_tables(TableSet(TWO_SECTOR_DRIVERS, TWO_SECTOR_MEASURES), two_sector_base(), as_of=2020, last_year=2030)


@pytest.fixture(scope="session")
def round_base():
    """Every segment with 10 TJ·10³ of each fossil carrier at round factors: shape without claim on any city."""
    n = len(SEGMENTS)
    energy = np.zeros((n, len(CARRIERS)))
    energy[:, :3] = [6000, 3000, 1000]
    co2 = energy * np.array([95, 73, 55, 0, 0, 0])
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
def jiujiang():
    return load("jiujiang")


@pytest.fixture(scope="session")
def jiujiang_model(jiujiang, round_base):
    return compile_tables(jiujiang, round_base, jiujiang.city.as_of, "jiujiang")


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
            for fuel, value in (("Raw_Coal", coal), ("Gasoline", oil)):
                rows.append((year, "combustion", segment, branch, fuel, value / 80, value, 0.8 * value, 1.25 * value))
        rows.append((year, "combustion", "t", "transport", "Diesel_Oil", 1000.0, 73_000.0, 60_000.0, 80_000.0))
        rows.append((year, "process", "c", "building_materials", "", 0.0, 4e6, 3e6, 6e6))
        rows.append((year, "electricity_import", "i", "power", "", 0.0, 1e6, 0.0, 2e6))
    columns = ["year", "category", "row", "branch", "fuel", "energy_tj", "value_t", "low_t", "high_t"]
    sectors = jiujiang.effective("sectors")
    use = pd.DataFrame({"year": 2020, "row": sectors["row"][sectors["kind"] == "final"], "value": 5e5})
    return SimpleNamespace(
        cells=pd.DataFrame(rows, columns=columns).assign(gas="CO2"),
        electricity=use,
        power=pd.DataFrame({"thermal_mwh": [17e6, 17.2e6, 17.4e6]}, index=[2018, 2019, 2020]),
        base_year=2020,
        findings=(),
    )
