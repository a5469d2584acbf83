"""Contract: a city of round numbers comes out as computed by hand, from its inventory through compile to every quantity.

Base year 2020: steel burns 1,000 TJ of coal (95,000 t) and uses 100,000 MWh; transport burns 400 TJ of diesel (28,000 t,
a quarter by ships), 100 TJ of gasoline (7,000 t) and 5,000 MWh; cement gives 20,000 t from processes; coal units burn 950 TJ
(90,000 t) for 100,000 MWh; 10,000 MWh are lost. In 2021 GDP is 1.1, steel uses 10 % less fuel per activity by its trend, of which half goes on (the damping of parameters.csv), and saves 20 %, a
tenth of its coal gives way to gas (55.6116 t/TJ), half of the cars are electric at twice the useful energy, ships take 40 %
of the diesel, 5 MW of new coal units join 10 MW of old ones. The plan saves 25 % more in steel and adds 20 MW of wind and
solar. No figure below is taken from the program.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.pathway.test_evaluation import TableSet, fixed, measure, spread

from dafeng.pathway import ROWS, evaluate
from dafeng.pathway.compile.base_from_inventory import base_from
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.engine.base import CARRIERS, SEGMENTS

COAL, OIL = CARRIERS.index("coal"), CARRIERS.index("oil")

CELLS = [  # year, category, row, branch, fuel, energy TJ, t, low, high
    (2019, "combustion", "s", "steel", "Raw_Coal", 900.0, 85_500.0, 76_950.0, 94_050.0),
    (2019, "combustion", "t", "transport", "Diesel_Oil", 200.0, 14_000.0, 14_000.0, 14_000.0),
    (2019, "electricity_import", "i", "power", "", 0.0, 4_000.0, 4_000.0, 4_000.0),
    (2020, "combustion", "s", "steel", "Raw_Coal", 1000.0, 95_000.0, 76_000.0, 118_750.0),
    (2020, "combustion", "t", "transport", "Diesel_Oil", 400.0, 28_000.0, 28_000.0, 28_000.0),
    (2020, "combustion", "t", "transport", "Gasoline", 100.0, 7_000.0, 7_000.0, 7_000.0),
    (2020, "process", "c", "building_materials", "", 0.0, 20_000.0, 20_000.0, 20_000.0),
    (2020, "combustion", "p", "power", "Raw_Coal", 950.0, 90_000.0, 90_000.0, 90_000.0),
]  # fmt: skip
USE = [
    (2019, "steel", 90_000.0),
    (2020, "steel", 100_000.0),
    (2020, "transport", 5_000.0),
    (2020, "", 10_000.0),
]

DRIVERS = [
    fixed("gdp_growth", 10, "%/a"),
    fixed("elasticity.steel", 1.0),
    fixed("fuel_intensity.steel", -10, "%/a"),
    fixed("saving.industry", 0.2),
    fixed("gas_for_coal.steel", 0.1),
    fixed("electrify.transport_light", 0.5),
    fixed("useful_ratio.transport_light", 2.0),
    fixed("water_share", 0.25),
    fixed("water_share", 0.4, year=2021),
    fixed("coal_existing_mw", 10, "MW"),
    fixed("coal_new_mw", 0, "MW"),
    fixed("coal_new_mw", 5, "MW", year=2021),
    fixed("thermal_hours", 6000, "h"),
    fixed("thermal_hours_min", 3000, "h"),
    fixed("thermal_hours_max", 7000, "h"),
    fixed("new_unit_premium", 500, "h"),
    fixed("displacement", 0.5),
    fixed("wind_solar_mw", 20, "MW"),
    fixed("wind_share", 0.5),
    fixed("wind_hours", 2000, "h"),
    fixed("solar_hours", 1000, "h"),
    fixed("curtailment", 0.1),
    fixed("storage_mw", 1, "MW"),
    fixed("storage_relief", 0.5),
    fixed("hydro_mwh", 8000, "MWh"),
    fixed("biomass_mw", 2, "MW"),
    fixed("biomass_hours", 4000, "h"),
    fixed("grid_factor", 0.5, "tCO2/MWh"),
    fixed("grid_non_fossil", 0.2),
    fixed("coal_rate", 0.3, "tce/MWh"),
    fixed("other_non_fossil_tce", 100, "tce"),
    fixed("new_unit_factor", 0.8, "tCO2/MWh"),
    fixed("coal_rate_saving", 0.05),
]
MEASURES = [
    measure("steel_saving", "saving.steel", 2021, 0.25),
    measure("more_wind_solar", "wind_solar_mw", 2021, 20, "MW"),
]


def inventory():
    columns = ["year", "category", "row", "branch", "fuel", "energy_tj", "value_t", "low_t", "high_t"]
    carriers = pd.DataFrame(USE, columns=["year", "branch", "value"]).assign(fuel="Electricity")
    return SimpleNamespace(
        cells=pd.DataFrame(CELLS, columns=columns).assign(gas="CO2"), carriers=carriers, inputs={}, base_year=2020,
        power=pd.DataFrame({"thermal_mwh": [80_000.0, 100_000.0]}, index=[2019, 2020]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def base():
    return base_from(inventory(), 0.25)


@pytest.fixture(scope="module")
def city(base):
    return compile_tables(TableSet(DRIVERS, MEASURES), base, as_of=2020, last_year=2022)


def at(array, segment):
    return array[SEGMENTS.index(segment)]


def test_the_base_year_holds_every_tonne_once(base):
    energy, co2 = np.zeros((len(SEGMENTS), len(CARRIERS))), np.zeros((len(SEGMENTS), len(CARRIERS)))
    for segment, carrier, tj, t in (
        ("steel", COAL, 1000, 95_000), ("transport_heavy", OIL, 300, 21_000), ("transport_water", OIL, 100, 7_000),
        ("transport_light", OIL, 100, 7_000), ("power", COAL, 950, 90_000),
    ):  # fmt: skip
        energy[SEGMENTS.index(segment), carrier], co2[SEGMENTS.index(segment), carrier] = tj, t
    np.testing.assert_allclose(base.energy_tj, energy)
    np.testing.assert_allclose(base.co2_t, co2)
    assert {s: float(at(base.process_t, s)) for s in SEGMENTS if at(base.process_t, s)} == {
        "building_materials": 20_000
    }
    used = {s: float(at(base.electricity_mwh, s)) for s in SEGMENTS if at(base.electricity_mwh, s)}
    assert used == {"steel": 100_000, "transport_heavy": 5_000, "power": 10_000}
    assert base.thermal_mwh == 100_000
    assert (at(base.low, "steel"), at(base.high, "steel")) == (0.8, 1.25)
    assert (at(base.low, "transport_water"), at(base.high, "transport_water")) == (1, 1)
    assert base.observed_years.tolist() == [2019]
    past = {s: float(at(base.observed_co2_t, s)[0]) for s in SEGMENTS if at(base.observed_co2_t, s)[0]}
    assert past == {"steel": 85_500, "transport_heavy": 10_500, "transport_water": 3_500}
    assert base.observed_import_t.tolist() == [4_000]
    assert base.observed_electricity_mwh.tolist() == [90_000]


def quantities(found, year):
    return {name: float(values[0, year]) for name, values in {**found.accounts, **found.quantities}.items()}


def rows(found, year):
    return dict(zip(ROWS, found.sectors[0, :, year].tolist(), strict=True))


def test_the_base_year_by_hand(city):
    """Steel 95,000 − 20 % and gas: 0.8 · (95,000 − 0.1 · (95,000 − 55,611.6)); cars halve; own use 115,000 / 105,000."""
    found = evaluate(city, city.delivery(0.0), np.zeros((1, 0)))
    steel = 0.8 * 91_061.16
    demand = (80_000 + 100 * 0.5 / 0.0036 / 2 + 5_000) * 115 / 105
    net = demand - 60_000 - (27_750 + 8_000 + 8_000)
    coal = 60_000 * 0.9 * 0.95
    assert rows(found, 0) == pytest.approx(
        {"energy": coal, "industry": steel, "transport": 31_500, "buildings": 0, "agriculture": 0,
         "process": 20_000, "import": 0.5 * net}
    )  # fmt: skip
    assert found.accounts["A"][0, 0] == pytest.approx(steel + 31_500 + coal + 0.5 * net)
    assert found.accounts["B"][0, 0] == pytest.approx(steel + 31_500 + coal + 20_000)


def test_every_quantity_of_the_next_year_by_hand(city):
    found = evaluate(city, city.delivery(0.0), np.zeros((1, 0)))
    steel = 1.1 * 0.95 * 0.8 * 91_061.16
    demand = (100_000 * 1.1 * 0.8 + 6_944.4444444444 + 5_000 * 0.8) * 115 / 105
    net = demand - 90_000 - 43_750
    coal = 57_500 * 0.9 * 0.95 + 32_500 * 0.8
    headline = steel + 3_500 + 16_800 + 11_200 + coal + 0.5 * net
    primary = (836 + 50 + 240 + 160) / 0.0293076 + 27_000 + 43_750 * 0.3 + 100 + 0.3 * net
    assert net < 0
    assert quantities(found, 1) == pytest.approx(
        {
            "A": headline, "B": steel + 31_500 + coal + 20_000,
            "electricity_demand": demand, "coal_generation_old": 57_500, "coal_generation_new": 32_500,
            "wind_solar_generation": 27_750, "hydro_generation": 8_000, "biomass_generation": 8_000, "net_import": net,
            "curtailment": 0.075, "wind_solar_capacity": 20, "biomass_capacity": 2, "new_storage_capacity": 1,
            "primary_energy": primary, "nonfossil_share": (43_750 * 0.3 + 100) / primary,
            "energy_intensity": primary / 1.1, "co2_intensity": headline / 1.1,
        },
        rel=1e-9,
    )  # fmt: skip
    assert rows(found, 1) == pytest.approx(
        {"energy": coal, "industry": steel, "transport": 31_500, "buildings": 0, "agriculture": 0,
         "process": 20_000, "import": 0.5 * net}
    )  # fmt: skip


def test_the_plan_by_hand(city):
    """Coal units give way to half of what residual load falls: 24,095.2 MWh less demand and 27,000 MWh more wind and solar."""
    found = evaluate(city, city.delivery(1.0), np.zeros((1, 0)))
    steel = 1.1 * 0.95 * 0.75 * 0.8 * 91_061.16
    demand = (100_000 * 1.1 * 0.75 * 0.8 + 6_944.4444444444 + 4_000) * 115 / 105
    generation = 90_000 - 0.5 * (22_000 * 115 / 105 + 27_000)
    new = 5 * (generation / 15 + 500)
    coal = (generation - new) * 0.9 * 0.95 + new * 0.8
    net = demand - generation - 54_750 - 16_000
    told = quantities(found, 1)
    assert told["curtailment"] == pytest.approx(0.0875)
    assert told["wind_solar_generation"] == pytest.approx(54_750)
    assert told["coal_generation_new"] == pytest.approx(new)
    assert told["coal_generation_old"] == pytest.approx(generation - new)
    assert told["net_import"] == pytest.approx(net)
    assert told["A"] == pytest.approx(steel + 31_500 + coal + 0.5 * net)
    assert told["B"] == pytest.approx(steel + 31_500 + coal + 20_000)


def test_an_import_counts_its_non_fossil_part(base):
    """With 2 MW of coal units, 12,000 MWh, the city imports; a fifth of that is not fossil."""
    drivers = [fixed("coal_existing_mw", 2, "MW") if row[0] == "coal_existing_mw" else row for row in DRIVERS]
    drivers = [row for row in drivers if row[0] != "coal_new_mw"]
    model = compile_tables(TableSet(drivers, []), base, as_of=2020, last_year=2022)
    told = quantities(evaluate(model, np.zeros(0), np.zeros((1, 0))), 1)
    net = (88_000 + 6_944.4444444444 + 4_000) * 115 / 105 - 12_000 - 43_750
    primary = 1286 / 0.0293076 + 12_000 * 0.3 + 43_750 * 0.3 + 100 + 0.3 * net
    assert told["net_import"] == pytest.approx(net)
    assert told["nonfossil_share"] == pytest.approx(((43_750 + 0.2 * net) * 0.3 + 100) / primary)


@pytest.mark.parametrize("distribution", ["normal", "lognormal"])
def test_each_end_of_a_range_is_its_own(base, distribution):
    """Steel's level 0.8 at the 5 % end, 1.4 at the 95 % end: 20 % less and 40 % more of its fuel and process, nothing else."""
    model = compile_tables(
        TableSet([*DRIVERS, spread("base.steel", 1.0, 0.8, 1.4, 1, distribution)], MEASURES),
        base,
        2020,
        last_year=2022,
    )
    low, centre, high = evaluate(model, model.delivery(0.0), [[-1.0], [0.0], [1.0]]).sectors[
        :, ROWS.index("industry"), 1
    ]
    assert low / centre == pytest.approx(0.8)
    assert high / centre == pytest.approx(1.4)


def test_a_range_of_the_inventory_goes_to_5_and_95_percent(base):
    """The inventory says 0.8 to 1.25 at 95 %: at 90 % 0.8 and 1.25 to the power 1.645 / 1.960."""
    model = compile_tables(
        TableSet([*DRIVERS, spread("base.steel", 1.0, np.nan, np.nan, 1, "lognormal")], MEASURES),
        base,
        2020,
        last_year=2022,
    )
    low, centre, high = evaluate(model, model.delivery(0.0), [[-1.0], [0.0], [1.0]]).sectors[
        :, ROWS.index("industry"), 1
    ]
    assert low / centre == pytest.approx(0.8 ** (1.6448536 / 1.9599640), rel=1e-6)
    assert high / centre == pytest.approx(1.25 ** (1.6448536 / 1.9599640), rel=1e-6)
