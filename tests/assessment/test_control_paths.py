"""Contract: dual control by year follows its closed forms: falls, even path, required rate, odds, what is short, deductions."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.assessment import Issued
from dafeng.assessment.dual_control.aims import ControlAim, control_aims, period_of
from dafeng.assessment.dual_control.of_case import control_of_case, read_deductions, statistics_of
from dafeng.assessment.dual_control.paths import Statistics, control_paths
from dafeng.assessment.dual_control.products import product_intensities
from dafeng.case import load, write_example
from dafeng.evidence import DafengError
from dafeng.inventory import build
from dafeng.pathway.results.bands import Indicator

YEARS = np.arange(2025, 2031)
SCENARIOS = ("policy-carried-on", "plan", "plan-expected")


def projection(co2, gdp, energy=None, as_of=2025, renewable=None):
    """Samples [sample, year] of CO2 [t], GDP (base year 1) and energy [tce], the same in every scenario."""
    co2, gdp = np.asarray(co2, dtype=float), np.asarray(gdp, dtype=float)
    energy = np.asarray(energy if energy is not None else np.full_like(co2, 100.0), dtype=float)
    values = {"primary_energy": energy, "energy_intensity": energy / gdp, "co2_intensity": co2 / gdp}
    found = {
        name: Indicator(name, name, name, "t", YEARS, dict.fromkeys(SCENARIOS, array)) for name, array in values.items()
    }  # fmt: skip
    tracks = [] if renewable is None else [
        SimpleNamespace(scenario="plan-expected", kind="wind_solar_generation", values=renewable)
    ]  # fmt: skip
    return SimpleNamespace(
        indicators=found, scenarios=SCENARIOS, as_of=as_of, headline_account="A", years=YEARS,
        results=SimpleNamespace(electricity=tracks),
    )  # fmt: skip


def aim(value=0.17, first=2025, last=2030, quantity="co2", kind="fall", level="CN"):
    return ControlAim(
        f"{quantity}{last}", quantity, "目标", "aim", kind, first, last, value, level, True, "floor", "文件", "2026-03-05",
        "source", "A",
    )  # fmt: skip


NONE = Statistics({}, lambda year: None)


def test_every_column_by_hand():
    # CO2 constant at 100 and 90 t; GDP 1 → 1.25: CO2 per GDP falls to 0.8 and 0.72 of its level
    flat = np.linspace(1.0, 1.25, 6)
    found = control_paths(
        projection([[100] * 6, [100, 98, 96, 94, 92, 90]], [flat, flat]),
        [aim()], Statistics({}, {2025: 10.0, 2030: 20.0}.get, gdp=1e4),
    )  # fmt: skip
    [path, energy] = found
    assert (path.quantity, path.first, path.last, path.aim.id) == ("co2", 2025, 2030, "co22030")
    assert energy.aim is None
    first, last = path.years[0], path.years[-1]
    assert (first.done, first.line, first.annual) == (0.0, 0.0, None)
    assert first.required == pytest.approx(1 - 0.83 ** (1 / 5))
    assert (last.fall.median, last.done) == pytest.approx((0.24, 0.24))
    assert (last.line, last.required) == (pytest.approx(0.17), None)
    assert last.amount.median == pytest.approx(95)
    assert last.per_head.median == pytest.approx(4.75)
    assert last.intensity.median == pytest.approx((100 / 1.25 + 90 / 1.25) / 2 / 1e4)
    assert path.years[1].per_head is None
    third = path.years[3]
    assert third.required == pytest.approx(1 - (0.83 / (1 - third.done)) ** (1 / 2))
    assert third.annual == pytest.approx(1 - (1 - third.done) / (1 - path.years[2].done))
    [outcome] = path.aims
    # both samples fall by 0.20 and 0.28: the aim is sure; allowed are 83 t of 1.25 GDP = 103.75 t
    assert outcome.odds == dict.fromkeys(SCENARIOS, 1.0)
    assert outcome.short == pytest.approx(np.median([100 - 103.75, 90 - 103.75]))
    assert outcome.reached is None


def test_odds_count_samples_and_what_is_short_is_the_median():
    flat = np.ones((10, 6))
    ends = np.linspace(76, 94, 10)  # falls of 24 % … 6 %: 76, 78, 80, 82 reach −17 %
    co2 = np.stack([np.linspace(100, end, 6) for end in ends])
    [path, _] = control_paths(projection(co2, flat), [aim()], NONE)
    [outcome] = path.aims
    assert outcome.odds["plan-expected"] == pytest.approx(0.4)
    assert outcome.short == pytest.approx(np.median(ends) - 83)
    assert outcome.change.median == pytest.approx(-0.15)


def test_exactly_on_the_aim_is_reached():
    co2 = [[100, 96, 92, 89, 86, 83]]
    [path, _] = control_paths(projection(co2, np.ones((1, 6))), [aim()], NONE)
    assert path.aims[0].short == pytest.approx(0.0)
    assert path.aims[0].odds["plan"] == 1.0
    [below, _] = control_paths(projection([[100, 96, 92, 89, 86, 83.0001]], np.ones((1, 6))), [aim()], NONE)
    assert below.aims[0].odds["plan"] == 0.0


def test_an_amount_is_an_aim_of_its_own():
    co2 = [[100] * 6, [100, 99, 98, 97, 96, 80]]
    [path, _] = control_paths(
        projection(co2, np.ones((2, 6))), [aim(95.0, kind="amount", level="assigned")], NONE
    )
    [outcome] = path.aims
    assert (path.aim, outcome.odds["plan"]) == (None, 0.5)
    assert outcome.short == pytest.approx((5 - 15) / 2)


def test_published_values_decide_a_past_period():
    flat = np.ones((2, 6))
    model = projection([[100] * 6, [90] * 6], flat, as_of=2030)
    published = Statistics({"co2": {2025: 1.0, 2030: 0.8}}, lambda year: None)
    path = next(path for path in control_paths(model, [aim()], published) if path.quantity == "co2")
    [outcome] = path.aims
    assert (outcome.reached, outcome.done, outcome.odds) == (True, pytest.approx(0.2), {})
    # 95 t at −20 %; −17 % would allow 95 × 0.83 / 0.8
    assert outcome.short == pytest.approx(95 - 95 * 0.83 / 0.8)
    assert [row.basis for row in path.years] == ["observed", "model", "model", "model", "model", "observed"]
    assert path.years[-1].done == pytest.approx(0.2)
    missed = Statistics({"co2": {2025: 1.0, 2030: 0.9}}, lambda year: None)
    path = next(path for path in control_paths(model, [aim()], missed) if path.quantity == "co2")
    assert (path.aims[0].reached, path.aims[0].short > 0) == (False, True)


def test_a_base_of_zero_compares_with_nothing():
    model = projection([[100] * 6], np.ones((1, 6)), as_of=2030)
    published = Statistics({"co2": {2025: 0.0, 2030: 0.8}}, lambda year: None)
    path = next(path for path in control_paths(model, [aim()], published) if path.quantity == "co2")
    assert (path.aims[0].reached, {row.basis for row in path.years}) == (None, {"model"})


@given(st.floats(0.01, 0.5), st.lists(st.floats(0.5, 1.5), min_size=5, max_size=5))
def test_keeping_the_required_rate_reaches_the_aim(value, steps):
    co2 = np.cumprod([100.0, *steps])[None, :]
    [path, _] = control_paths(projection(co2, np.ones((1, 6))), [aim(value)], NONE)
    for row in path.years[:-1]:
        left = 2030 - row.year
        assert (1 - row.done) * (1 - row.required) ** left == pytest.approx(1 - value)


def test_new_renewable_power_is_deducted_and_switched_off():
    # 1 TWh more by 2030 at 300 gce is 300,000 tce of 1,000,000
    model = projection([[100] * 6], np.ones((1, 6)), [[1e6] * 6], renewable=[2.0, 2.2, 2.4, 2.6, 2.8, 3.0])
    case = SimpleNamespace(
        city=SimpleNamespace(as_of=2025, code="990100", base_year=2025), plan=None,
        table=lambda name: __import__("pandas").DataFrame(
            columns=["region", "indicator", "year", "value", "unit", "grade", "parameter"]
        ),
    )  # fmt: skip
    energy = control_of_case(case, model)[1]
    assert [round(row.deducted) for row in energy.years] == [0, 60_000, 120_000, 180_000, 240_000, 300_000]
    assert energy.years[-1].done == pytest.approx(0.3)
    off = control_of_case(case, model, without=["new_renewable"])[1]
    assert (off.years[-1].deducted, off.years[-1].done) == (0.0, 0.0)
    co2 = control_of_case(case, model)[0]
    assert {row.deducted for row in co2.years} == {0.0}


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example") / "case"
    write_example(folder)
    return load(str(folder))


def test_periods():
    assert [period_of(year) for year in (2020, 2021, 2030)] == [(2016, 2020), (2021, 2025), (2026, 2030)]


def test_assigned_values_come_before_national_ones(example):
    day = date(2026, 12, 31)
    found = {(one.quantity, one.last, one.level): one for one in control_aims(example, day)}
    assert found["co2", 2025, "assigned"].value == pytest.approx(0.18)
    # the newer of two documents holds
    assert found["energy", 2025, "assigned"].value == pytest.approx(0.14)
    assert found["energy", 2025, "assigned"].document == "示例省〔2023〕9号(仿真)"
    assert found["co2", 2030, "CN"].value == pytest.approx(0.17)
    assert found["co2", 2026, "CN"].value == pytest.approx(0.038)
    row = Issued(
        "单位生产总值二氧化碳排放", "city", "990100", "示例市", 2030, 18.5, "%", "示例省〔2026〕1号", date(2026, 6, 1), sense="up",
        kind="rate", record=7,
    )  # fmt: skip
    budget = Issued("co2_budget", "city", "990100", "示例市", 2027, 40, "Mt CO2", "示例省〔2026〕2号", date(2026, 6, 1), record=8)  # fmt: skip
    assigned = [one for one in control_aims(example, day, [row, budget]) if one.last > 2025 and one.quantity == "co2"]  # fmt: skip
    assert [(one.kind, one.first, one.last, one.value, one.level) for one in assigned] == [
        ("fall", 2025, 2030, pytest.approx(0.185), "assigned"),
        # the aim of a single year stays beside the assigned fall of five: another span
        ("fall", 2025, 2026, pytest.approx(0.038), "CN"),
        ("amount", 2025, 2027, pytest.approx(40e6), "assigned"),
    ]
    # before its day of issue it does not exist
    early = control_aims(example, date(2026, 5, 31), [row])
    assert not [one for one in early if one.document == "示例省〔2026〕1号"]
    # a cap, or another node, is no fall of the city
    other = Issued("单位生产总值二氧化碳排放", "county", "990101", "东区", 2030, 9, "%", "x", date(2026, 6, 1), sense="up", kind="rate")  # fmt: skip
    assert "CN" in {one.level for one in control_aims(example, day, [other])}


def test_an_aim_of_next_year_is_a_row_and_not_code(example):
    assert not [one for one in control_aims(example, date(2026, 3, 4)) if one.level == "CN"]
    assert [one.id for one in control_aims(example, date(2026, 3, 5)) if one.level == "CN"] == [
        "national_15fyp_carbon", "national_2026_carbon",
    ]  # fmt: skip


def test_published_figures_of_a_case(example):
    found = statistics_of(example)
    assert found.intensity["co2"] == {2020: 1.20, 2025: 0.99}
    assert found.people(2020) > 0
    assert found.people(1990) is None


def test_product_outputs_of_the_register_come_first_and_missing_ones_are_ne(example):
    inventory = build(example)
    found = product_intensities(example, inventory, {("crude_steel", 2020): 5e6})
    by_id = {one.product: one for one in found}
    part = inventory.part("B", 2020)
    direct = part[(part["branch"] == "steel") & (part["key"] == "") & (part["gas"] == "CO2")]["value"].sum()
    assert by_id["crude_steel"].value == pytest.approx(direct / 5e6)
    assert (by_id["clinker"].value, by_id["clinker"].output) == (None, None)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("year,feedstock,new_renewable,certificates\n2026,-1,0,0\n", "feedstock"),
        ("year,feedstock,new_renewable,certificates\n2026,1,x,0\n", "new_renewable"),
        ("year,feedstock\n2026,1\n", ""),
    ],
)
def test_a_table_of_deductions_names_each_bad_cell(tmp_path, content, where):
    path = tmp_path / "deductions.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DafengError) as error:
        read_deductions(path)
    assert where in " ".join(problem.where for problem in error.value.problems)


def test_a_table_of_deductions_is_read(tmp_path):
    path = tmp_path / "deductions.csv"
    path.write_text("year,feedstock,new_renewable,certificates\n2026,1500000,300000000,0\n", encoding="utf-8")
    found = read_deductions(path)
    assert (found[2026].feedstock, found[2026].new_renewable_kwh, found[2026].certified_kwh) == (
        1.5e6,
        3e8,
        0.0,
    )
    with pytest.raises(DafengError):
        read_deductions(tmp_path / "none.csv")
