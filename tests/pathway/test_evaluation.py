"""Contract: one function evaluates every point of the cube; delivery 0 is the baseline exactly, 1 the plan; balances close.

The two-sector city (conftest): steel burns 1,000 TJ of coal (95,000 t) and uses 100,000 MWh, homes 200 TJ of gas
(11,000 t) and 50,000 MWh; 20 MW of coal units run 5,000 h (100,000 MWh, 90,000 t); the grid has 0.5 t/MWh. GDP grows
5 % a year, steel with it, its coal per activity falls 2 % a year. By hand for 2021: steel 95,000·1.05·0.98 = 97,755 t;
demand 105,000 + 50,000 MWh, import 55,000 MWh = 27,500 t; A = 97,755 + 11,000 + 90,000 + 27,500 = 226,255 t,
B = 198,755 t. The saving of 10 % by 2022 ramps to 5 % in 2021: steel 92,867.25 t and 99,750 MWh, import 49,750 MWh,
A = 218,742.25 t. Heat pumps (20 %, useful ratio 2): gas 8,800 t, electricity + 200·0.2/2/0.0036 = 5,555.56 MWh.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dafeng.evidence import DafengError
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.engine.base import CARRIERS, SEGMENTS, Base
from dafeng.pathway.engine.evaluate import ROWS, evaluate
from dafeng.pathway.engine.model import draw
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.terms import NO_TERMS

DRIVER_COLUMNS = [
    "id",
    "parameter",
    "year",
    "value",
    "low",
    "high",
    "distribution",
    "unit",
    "dimension",
    "grade",
    "source",
]
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
    return [
        id_,
        task,
        id_,
        id_,
        parameter,
        year,
        value,
        unit,
        operation,
        "quantified",
        "city",
        "estimate",
        "",
        "E",
        "s",
    ]


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
    return compile_tables(
        TableSet(TWO_SECTOR_DRIVERS, TWO_SECTOR_MEASURES),
        two_sector_base(),
        as_of=2020,
        last_year=2030,
        terms=NO_TERMS,
    )


def none(model):
    return np.zeros((1, len(model.drivers)))


def test_of_a_fall_of_fuel_intensity_half_goes_on():
    """Steel burns 95,000 t, grows 5 % and falls 2 % per activity: damped it falls 1 %. The rest as in the undamped city."""
    model = compile_tables(
        TableSet(TWO_SECTOR_DRIVERS, TWO_SECTOR_MEASURES), two_sector_base(), as_of=2020, last_year=2030
    )
    still = evaluate(model, model.delivery(0), none(model))
    assert still.accounts["A"][0, 1] == pytest.approx(226_255 + 95_000 * 1.05 * 0.01)
    assert model.drivers == ()


def test_two_sector_city_by_hand(two_sector_city):
    still = evaluate(two_sector_city, two_sector_city.delivery(0), none(two_sector_city))
    assert still.accounts["A"][0, 0] == pytest.approx(95_000 + 11_000 + 90_000 + 25_000)
    assert still.accounts["A"][0, 1] == pytest.approx(226_255)
    assert still.accounts["B"][0, 1] == pytest.approx(198_755)
    saved = evaluate(two_sector_city, two_sector_city.delivery(saving=1.0), none(two_sector_city))
    assert saved.accounts["A"][0, 1] == pytest.approx(218_742.25)
    pumps = evaluate(two_sector_city, two_sector_city.delivery(heat_pumps=1.0), none(two_sector_city))
    assert pumps.accounts["A"][0, 1] == pytest.approx(226_255 - 2_200 + 0.5 * 5_555.555555555556)
    assert pumps.quantities["electricity_demand"][0, 1] == pytest.approx(160_555.55555555556)


def test_delivery_0_is_the_model_without_measures(jiujiang, round_base, jiujiang_model):
    table = jiujiang.table("measures")
    bare = TableSet([], [])
    bare.tables = {"drivers": jiujiang.table("drivers"), "measures": table.iloc[:0]}
    without = compile_tables(bare, round_base, jiujiang.city.as_of)
    draws = draw(jiujiang_model, 40, 3)
    still = evaluate(jiujiang_model, jiujiang_model.delivery(0), draws)
    base = evaluate(without, without.delivery(0), draws[:, : len(without.drivers)])
    for name in ("A", "B"):
        np.testing.assert_allclose(still.accounts[name], base.accounts[name], rtol=1e-13)


def test_the_past_is_the_same_with_and_without_the_plan(jiujiang_model):
    draws = draw(jiujiang_model, 16, 1)
    a, b = (evaluate(jiujiang_model, jiujiang_model.delivery(d), draws).accounts["A"] for d in (0, 1))
    past = jiujiang_model.years <= jiujiang_model.as_of
    np.testing.assert_allclose(a[:, past], b[:, past], rtol=1e-13)
    # electrification may raise A in the first years of a sample with a dirty grid
    assert (a.mean(axis=0) > b.mean(axis=0))[~past].all()
    assert (a[:, ~past] > b[:, ~past]).mean() > 0.95


def test_plan_figures_are_reached_at_full_delivery(jiujiang_model):
    found = evaluate(
        jiujiang_model, jiujiang_model.delivery(1), draw(jiujiang_model, 64, 2), [2030]
    ).quantities
    assert (found["wind_solar_capacity"] >= 9270 - 1e-6).all()
    assert (found["biomass_capacity"] >= 260 - 1e-9).all()
    assert (found["rail_water_freight_share"] >= 0.23 - 1e-12).all()
    assert (found["crude_processing_capacity"] <= 10e6 + 1e-3).all()


MONOTONE = [
    "wind_solar_927", "biomass_26", "small_hydro", "coal_unit_retrofit", "steel_blast_furnace", "steel_capacity", "key_users",
    "kiln_efficiency", "efficient_equipment", "building_standards", "two_high_restraint", "bus_share_40",
]  # fmt: skip


@pytest.mark.parametrize("name", MONOTONE)
def test_monotone_measures_lower_the_headline(jiujiang_model, slow_wind_model, name):
    model = slow_wind_model if name == "wind_solar_927" else jiujiang_model
    a = by_degree(model, name, [2030, 2035])
    assert (np.diff(a, axis=0) < 0).all()


def test_a_figure_that_comes_without_the_plan_saves_nothing(jiujiang_model):
    """Wind and sun pass the plan's 9,270 MW before 2035 on their own: the measure lowers 2030 and does not raise 2035."""
    without = jiujiang_model.parameters["wind_solar_mw"].central[[10, 15]]
    assert without[0] < 9270 < without[1]
    a = np.diff(by_degree(jiujiang_model, "wind_solar_927", [2030, 2035]), axis=0)
    assert (a[:, 0] < 0).all()
    np.testing.assert_array_equal(a[:, 1], 0.0)


def by_degree(model, name, years):
    """Account A in the central case with 0, ¼, ½, ¾ and all of one measure."""
    degrees = np.repeat(model.delivery(0)[None], 5, axis=0)
    degrees[:, model.measure_index(name)] = np.linspace(0, 1, 5)
    return evaluate(model, degrees, none(model), years, "headline").accounts["A"]


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 700),
    st.integers(0, 50),
    st.lists(st.integers(2020, 2060), min_size=1, max_size=5, unique=True),
)
def test_chunks_years_and_rows_do_not_matter(jiujiang_model, n, seed, years):
    draws = draw(jiujiang_model, n, seed)
    degrees = np.random.default_rng(seed).uniform(size=(n, len(jiujiang_model.measures)))
    full = evaluate(jiujiang_model, degrees, draws)
    part = evaluate(jiujiang_model, degrees, draws, years, "headline")
    columns = np.array(years) - 2020
    np.testing.assert_allclose(part.accounts["A"], full.accounts["A"][:, columns], rtol=1e-12)
    last = evaluate(jiujiang_model, degrees[-1], draws[-1:])
    np.testing.assert_allclose(last.accounts["B"][0], full.accounts["B"][-1], rtol=1e-12)


def test_balances_close(jiujiang_model):
    found = evaluate(jiujiang_model, jiujiang_model.delivery(0.5), draw(jiujiang_model, 200, 7))
    q = found.quantities
    supply = q["coal_generation_old"] + q["coal_generation_new"] + q["wind_solar_generation"]
    supply = supply + q["hydro_generation"] + q["biomass_generation"] + q["net_import"]
    np.testing.assert_allclose(supply, q["electricity_demand"], rtol=1e-12)
    rows = dict(zip(ROWS, np.moveaxis(found.sectors, 1, 0), strict=True))
    total = sum(rows.values())
    np.testing.assert_allclose(total - rows["process"], found.accounts["A"], rtol=1e-12)
    np.testing.assert_allclose(total - rows["import"], found.accounts["B"], rtol=1e-12)
    assert (q["coal_generation_old"] >= -1e-6).all()
    assert (q["nonfossil_share"] > 0).all()
    assert (q["nonfossil_share"] < 1).all()


def test_a_fast_row_for_what_if_equals_the_ensemble_row(jiujiang_model):
    many = np.repeat(jiujiang_model.delivery(0)[None], len(jiujiang_model.measures), axis=0)
    np.fill_diagonal(many, 1.0)
    together = evaluate(jiujiang_model, many, none(jiujiang_model), [2030], "headline").accounts["A"][:, 0]
    single = evaluate(jiujiang_model, many[3], none(jiujiang_model), [2030], "headline").accounts["A"][0, 0]
    assert together[3] == pytest.approx(single, rel=1e-13)


def test_spread_reaches_low_and_high_at_their_quantiles():
    drivers = [*TWO_SECTOR_DRIVERS[:-1], spread("useful_ratio.buildings_urban", 2.0, 1.5, 3.0, 1)]
    model = compile_tables(TableSet(drivers, TWO_SECTOR_MEASURES), two_sector_base(), 2020, last_year=2030)
    found = evaluate(model, model.delivery(heat_pumps=1.0), [[-1.0], [0.0], [1.0]], [2021])
    extra = found.quantities["electricity_demand"][:, 0] - 155_000
    np.testing.assert_allclose(extra, 200 * 0.2 / 0.0036 / np.array([1.5, 2.0, 3.0]))


def test_lognormal_factor_of_the_base_year():
    drivers = [*TWO_SECTOR_DRIVERS, spread("base.steel", 1.0, 0.5, 2.0, 1, "lognormal")]
    model = compile_tables(TableSet(drivers, []), two_sector_base(), 2020, last_year=2021)
    found = evaluate(model, model.delivery(0), [[-1.0], [1.0]], [2020]).accounts["B"][:, 0]
    np.testing.assert_allclose(found, [47_500 + 101_000, 190_000 + 101_000])


def test_coal_units_follow_residual_load_within_their_hours():
    extra = [
        fixed("displacement", 0.5),
        fixed("thermal_hours_max", 5100, "h"),
        fixed("thermal_hours_min", 4000, "h"),
    ]
    model = compile_tables(
        TableSet([*TWO_SECTOR_DRIVERS, *extra], TWO_SECTOR_MEASURES), two_sector_base(), 2020, last_year=2030
    )
    pumps = evaluate(model, model.delivery(heat_pumps=1.0), none(model), [2021]).quantities
    # half of 5,555.6 MWh would be 2,777.8, but 5,100 h allow 2,000
    assert pumps["coal_generation_old"][0, 0] == pytest.approx(102_000)
    saving = evaluate(model, model.delivery(saving=1.0), none(model), [2021]).quantities
    assert saving["coal_generation_old"][0, 0] == pytest.approx(100_000 - 0.5 * 5_250)


@pytest.mark.parametrize(
    ("delivery", "draws", "years"),
    [
        ([0.5], np.zeros((1, 0)), None),
        ([0.5, 1.5], np.zeros((1, 0)), None),
        ([0.5, np.nan], np.zeros((1, 0)), None),
        ([0.5, 0.5], np.zeros((1, 3)), None),
        ([0.5, 0.5], np.zeros((1, 0)), [1999]),
        (np.zeros((3, 2)), np.zeros((2, 0)), None),
    ],
)
def test_what_does_not_fit_is_refused(two_sector_city, delivery, draws, years):
    with pytest.raises(DafengError):
        evaluate(two_sector_city, delivery, draws, years)


def compiled(drivers=(), measures=()):
    return compile_tables(
        TableSet([*TWO_SECTOR_DRIVERS, *drivers], list(measures)), two_sector_base(), 2020, last_year=2030
    )


@pytest.mark.parametrize(
    ("drivers", "measures", "found"),
    [
        ([fixed("savings.steel", 1.0)], [], "savings.steel"),
        ([fixed("saving.stell", 1.0)], [], "saving.stell"),
        ([fixed("wind_solar_mw", 1.0, "t")], [], "unit"),
        ([fixed("population", 1.0, "furlong")], [], "furlong"),
        ([spread("wind_hours", 5, 6, 7, 1, unit="h")], [], "low"),
        (
            [spread("wind_hours", 5, 4, 7, 1, unit="h"), spread("solar_hours", 5, 4, 7, 1, unit="h")],
            [],
            "dimension",
        ),
        ([spread("wind_hours", 5, 4, 7, np.nan, unit="h")], [], "dimension"),
        ([fixed("gdp_growth", 3, "%/a")], [], "every year once"),
        ([], [measure("m", "saving.steel", 2019, 0.1)], "after 2020"),
        ([], [measure("m", "growth.steel", 2025, 0.1, "%/a", "multiply")], "operation"),
        ([], [measure("m", "saving.steel", 2025, 0.1, "MW")], "unit"),
    ],
)
def test_tables_that_do_not_fit_are_refused_with_their_place(drivers, measures, found):
    with pytest.raises(DafengError, match=found):
        compiled(drivers, measures)


def test_all_problems_come_at_once():
    with pytest.raises(DafengError) as caught:
        compiled([fixed("nothing", 1.0), fixed("saving.nowhere", 1.0)], [measure("m", "neither", 2025, 1.0)])
    assert len(caught.value.problems) == 3


def test_draws_are_prefix_stable_and_keep_their_dimension(jiujiang_model):
    long = draw(jiujiang_model, 300, 5)
    np.testing.assert_array_equal(draw(jiujiang_model, 20, 5), long[:20])
    fewer = replace(
        jiujiang_model,
        drivers=jiujiang_model.drivers[3:],
        correlation=np.eye(len(jiujiang_model.drivers) - 3),
    )
    np.testing.assert_array_equal(draw(fewer, 20, 5), long[:20, 3:])


def test_every_driver_and_measure_moves_something(jiujiang_model):
    """A row that nothing reads would be a claim without effect; peak response and the crude cap act on indicators."""
    n = len(jiujiang_model.drivers)
    rows = np.concatenate([np.zeros((1, n)), np.eye(n), -np.eye(n)])
    found = evaluate(jiujiang_model, jiujiang_model.delivery(1.0), rows)
    moved = np.zeros(n, dtype=bool)
    for array in (*found.accounts.values(), *found.quantities.values()):
        change = np.abs(array[1:] - array[0]).max(axis=1)
        moved |= (change[:n] > 0) | (change[n:] > 0)
    still = [driver.id for driver, moves in zip(jiujiang_model.drivers, moved, strict=True) if not moves]
    assert still == []
    m = len(jiujiang_model.measures)
    found = evaluate(jiujiang_model, np.concatenate([np.zeros((1, m)), np.eye(m)]), np.zeros((1, n)))
    moved = np.zeros(m, dtype=bool)
    for array in (*found.accounts.values(), *found.quantities.values()):
        moved |= np.abs(array[1:] - array[0]).max(axis=1) > 0
    assert [k.id for k, moves in zip(jiujiang_model.measures, moved, strict=True) if not moves] == []


def test_every_task_of_the_plan_is_represented(jiujiang):
    tasks = {task.locator for task in jiujiang.plan.tasks}
    table = jiujiang.table("measures")
    assert tasks == set(table["task"])
    silent = table[(table["effect"] == "NE") & (table["reason"].str.len() < 4)]
    assert silent.empty


def test_an_unknown_level_of_use_is_met_by_the_grid_not_by_the_citys_units():
    extra = [fixed("displacement", 0.5), spread("base.electricity", 1.0, 0.8, 1.25, 1, "lognormal")]
    model = compile_tables(
        TableSet([*TWO_SECTOR_DRIVERS, *extra], []), two_sector_base(), 2020, last_year=2030
    )
    found = evaluate(model, model.delivery(0), [[-1.0], [0.0], [1.0]], [2021]).quantities
    np.testing.assert_allclose(found["coal_generation_old"][:, 0], 100_000)
    np.testing.assert_allclose(found["net_import"][:, 0], 155_000 * np.array([0.8, 1, 1.25]) - 100_000)


def test_correlated_drivers_keep_their_own_spread():
    rows = [
        spread("useful_ratio.buildings_urban", 2.0, 1.5, 2.5, 1),
        spread("base.steel", 1.0, 0.5, 2.0, 2, "lognormal"),
    ]
    tables = TableSet([*TWO_SECTOR_DRIVERS[:-1], *rows], [])
    pair = ("useful_ratio.buildings_urban", "base.steel")
    model = compile_tables(tables, two_sector_base(), 2020, last_year=2021, correlation={pair: 0.7})
    draws = draw(model, 4096, 1)
    assert np.corrcoef(draws.T)[0, 1] == pytest.approx(0.7, abs=0.02)
    np.testing.assert_allclose(np.quantile(draws, [0.05, 0.95], axis=0).T, [[-1, 1], [-1, 1]], atol=0.02)
    with pytest.raises(DafengError, match="ids of uncertain drivers"):
        compile_tables(tables, two_sector_base(), 2020, last_year=2021, correlation={("a", "b"): 0.1})


def test_furnace_electricity_follows_the_activity_of_steel(jiujiang, round_base, jiujiang_model):
    """What electric furnaces use grows with steel, also where steel follows GDP: all of steel's changes scale by GDP^elasticity."""
    drivers = jiujiang.table("drivers")
    row = drivers[drivers["id"] == "elasticity_chemicals"].iloc[[0]].assign(
        id="elasticity_steel", parameter="elasticity.steel", value=0.5, low=0.5, high=0.5, distribution="fixed", dimension=np.nan
    )  # fmt: skip
    tables = {"drivers": pd.concat([drivers, row]), "measures": jiujiang.table("measures")}
    linked = compile_tables(SimpleNamespace(table=tables.__getitem__), round_base, jiujiang.city.as_of)
    shifts = []
    for model in (jiujiang_model, linked):
        centre = np.zeros((1, len(model.drivers)))
        demand = [
            evaluate(model, model.delivery(0.0, short_process=degree), centre, [2030]).quantities[
                "electricity_demand"
            ][0, 0]
            for degree in (0.0, 1.0)
        ]
        shifts.append(demand[1] - demand[0])
    paths = Paths(linked, np.array([10]))
    paths.chunk(linked.delivery(0.0)[None, :], np.zeros((1, len(linked.drivers))))
    assert shifts[1] / shifts[0] == pytest.approx(
        float(np.exp(0.5 * paths.sure("gdp_growth"))[0, 0]), rel=1e-9
    )
