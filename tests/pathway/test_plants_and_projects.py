"""Contract: a branch emits at least what its plants do, both count by their errors; projects start by their odds.

Figures beside the asserts are worked by hand.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.evidence import Problems
from dafeng.inventory import reconciled
from dafeng.pathway import evaluate
from dafeng.pathway.compile import plants_in_base, projects
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.compile.delivered import with_delivered
from dafeng.pathway.compile.plants_in_base import with_plants
from dafeng.pathway.compile.projects import projects_of
from dafeng.pathway.engine.model import draw
from dafeng.pathway.engine.readings import Reading
from dafeng.pathway.forecast import growth_band
from dafeng.pathway.forecast.plausibility import frozen, without_delivered
from dafeng.pathway.forecast.stress import _no_overlaps, _nothing_delivered
from dafeng.pathway.methods.common_causes import PROJECTS, project_dimensions

TOTALS = st.floats(0.1, 100.0)


@given(TOTALS, TOTALS, st.floats(0.01, 0.9), st.floats(0.01, 0.9))
def test_a_reconciled_branch_lies_between_both_and_is_no_wider_than_either(account, plants, mine, theirs):
    value, low, high = reconciled(
        (account, account * (1 - mine), account * (1 + mine)),
        (plants, plants * (1 - theirs), plants * (1 + theirs)),
    )
    if plants <= account:
        assert value == account
        return
    assert account - 1e-9 <= value <= plants + 1e-9
    assert high - low <= 2 * min(account * mine, plants * theirs) * (1 + 1e-9)


def test_reconciliation_by_hand():
    # 8 ± 2 and 11 ± 1: weights 1 and 4 of 5, 10.4; half-width 1 / √(1/4 + 1/1) = 0.894
    value, low, high = reconciled((8.0, 6.0, 10.0), (11.0, 10.0, 12.0))
    assert value == pytest.approx(10.4)
    assert (value - low, high - value) == pytest.approx((0.8944, 0.8944), abs=1e-4)
    # no estimate of the account: the plants alone; certain both: the account
    assert reconciled((float("nan"), 0.0, 0.0), (5.0, 4.0, 6.0)) == (5.0, 4.0, 6.0)
    assert reconciled((5.0, 5.0, 5.0), (6.0, 6.0, 6.0)) == (5.0, 5.0, 5.0)


def layer_of(*rows):
    names = [
        "branch",
        "category",
        "account_t",
        "account_low_t",
        "account_high_t",
        "plants_t",
        "plants_low_t",
        "plants_high_t",
        "plants",
        "without_value",
    ]
    return lambda *_args: SimpleNamespace(branches=pd.DataFrame(rows, columns=names))


def test_a_branch_with_larger_plants_moves_with_its_fuels_and_its_past(round_base, monkeypatch):
    steel, chemicals, bricks = (
        round_base.segments.index(n) for n in ("steel", "chemicals", "building_materials")
    )
    value = round_base.co2_t[steel].sum()  # 0.844 Mt
    nan = float("nan")
    monkeypatch.setattr(plants_in_base, "plant_layer", layer_of(
        ("steel", "combustion", value, value - 2e5, value + 2e5, value + 3e5, value + 2e5, value + 4e5, 1, 0),
        ("chemicals", "combustion", 1e6, 8e5, 1.2e6, 4e5, 3e5, 5e5, 1, 0),
        ("building_materials", "process", nan, nan, nan, 5e6, 4e6, 6e6, 2, 0),
        ("power", "combustion", 16e6, 15e6, 17e6, 18e6, 16e6, 19e6, 1, 0),
        ("textiles", "combustion", 1e6, 8e5, 1.2e6, 0.0, 0.0, 0.0, 1, 1),
    ))  # fmt: skip
    found = with_plants(None, None, round_base)
    # 2e5 against 1e5: weights 1 and 4 of 5, so 4/5 of the 0.3 Mt between them
    assert found.co2_t[steel].sum() == pytest.approx(value + 2.4e5)
    for name in ("co2_t", "energy_tj", "observed_co2_t"):
        before, after = getattr(round_base, name)[steel], getattr(found, name)[steel]
        assert after == pytest.approx(before * (1 + 2.4e5 / value))
    # plants within their branch change nothing, nor do those without a value or of the branch power
    others = [i for i in range(len(round_base.segments)) if i != steel]
    assert np.array_equal(found.co2_t[others], round_base.co2_t[others])
    assert found.co2_t[chemicals].sum() == round_base.co2_t[chemicals].sum()
    # 4 Mt carried, −20/+25 % as the base has it, and 5 ± 1: equal errors, the middle
    assert found.process_t[bricks] == pytest.approx(4.5e6)
    assert found.observed_process_t[bricks] == pytest.approx(round_base.observed_process_t[bricks] * 1.125)
    told = [finding.where for finding in found.findings if finding.code == "plants-in-base"]
    assert told == ["plants.csv:steel:combustion:2020", "plants.csv:building_materials:process:2020"]


def emissions(*rows):
    names = [
        "id",
        "name_zh",
        "name_en",
        "branch",
        "value_t",
        "low_t",
        "high_t",
        "grade",
        "source",
        "odds",
        "start_year",
    ]
    return lambda *_args: pd.DataFrame(rows, columns=names)


@pytest.fixture
def compiled(jiujiang, round_base, monkeypatch):
    def of(*rows):
        monkeypatch.setattr(projects, "project_emissions", emissions(*rows))
        years = np.arange(2020, 2061)
        return compile_tables(
            jiujiang,
            round_base,
            2025,
            projects=lambda columns: projects_of(None, SimpleNamespace(), round_base, years, columns),
        )

    return of


LIKELY = ("p1", "甲", "one", "chemicals", 1e6, 8e5, 1.4e6, "D", "s", 0.7, 2027.0)
UNLIKELY = ("p2", "乙", "two", "chemicals", 5e5, 4e5, 6e5, "E", "s", 0.2, 2028.0)


def test_a_project_is_built_in_the_share_of_samples_that_its_odds_say(compiled):
    model = compiled(LIKELY)
    without = compiled()
    n, column = len(model.drivers), len(model.drivers) - 1
    points = draw(model, 4096, 3)[:, :n]
    driver = model.drivers[column]
    built = points[:, column] > driver.nothing
    assert built.mean() == pytest.approx(0.7, abs=0.005)
    # built, the middle is the stated value and nine tenths lie within its range
    assert np.median(points[built, column]) == pytest.approx(0.0, abs=0.02)
    assert (np.abs(points[built, column]) <= 1).mean() == pytest.approx(0.9, abs=0.01)
    centre = np.zeros((2, n))
    centre[1, column] = driver.nothing
    gap = evaluate(model, model.delivery(0.0), centre).accounts["B"] - evaluate(without, without.delivery(0.0), np.zeros((1, n - 1))).accounts["B"]  # fmt: skip
    at = {year: year - 2020 for year in (2026, 2027, 2028, 2060)}
    # nothing before its start, half of the first year, all of it after; where it is not built, nothing
    assert [gap[0, at[year]] for year in at] == pytest.approx([0.0, 5e5, 1e6, 1e6], abs=1.0)
    assert np.abs(gap[1]).max() < 1.0


def test_two_projects_of_a_branch_have_their_own_odds_and_add_up(compiled):
    model = compiled(LIKELY, UNLIKELY)
    without = compiled()
    n = len(model.drivers)
    first, second = n - 2, n - 1
    points = draw(model, 4096, 3)[:, :n]
    built = [points[:, k] > model.drivers[k].nothing for k in (first, second)]
    assert [b.mean() for b in built] == pytest.approx([0.7, 0.2], abs=0.01)
    assert (built[0] & built[1]).mean() == pytest.approx(0.14, abs=0.02)
    rows = np.zeros((3, n))
    rows[1, second] = 1.0
    rows[2, first], rows[2, second] = model.drivers[first].nothing, 1.0
    at = 2030 - 2020
    base = evaluate(without, without.delivery(0.0), np.zeros((1, n - 2))).accounts["B"][0, at]
    # below one half it is not in the central case; built, it adds its own
    gaps = evaluate(model, model.delivery(0.0), rows).accounts["B"][:, at] - base
    assert gaps == pytest.approx([1e6, 1.5e6, 5e5], abs=1.0)
    assert {model.drivers[k].dimension for k in (first, second)} <= set(PROJECTS)


def test_certain_and_impossible_projects(compiled):
    for odds, share in ((1.0, 1.0), (0.0, 0.0)):
        model = compiled((*LIKELY[:9], odds, 2027.0))
        column = len(model.drivers) - 1
        points = draw(model, 256, 1)[:, : column + 1]
        found = evaluate(model, model.delivery(0.0), points).accounts["B"][:, 10]
        none = np.where(np.arange(column + 1) == column, model.drivers[column].nothing, points)
        least = evaluate(model, model.delivery(0.0), none).accounts["B"][:, 10]
        if share:
            assert model.drivers[column].odds == 1.0
            assert (found >= least - 1e-6).all()
        else:
            assert np.array_equal(found, least)


def test_a_project_without_energy_or_without_a_branch_is_named_and_not_counted(compiled):
    nan = float("nan")
    model = compiled(
        ("p3", "丙", "", "chemicals", nan, nan, nan, "D", "s", 0.5, 2027.0),
        ("p4", "丁", "four", "moon", 1.0, 1.0, 1.0, "D", "s", 0.5, 2027.0),
    )
    told = [finding for finding in model.findings if finding.code == "project-not-counted"]
    assert [finding.where for finding in told] == ["plants.csv:p3", "plants.csv:p4"]
    assert not any(driver.id.startswith("project.") for driver in model.drivers)


def test_dimensions_are_permanent_and_distinct():
    ids = [f"p{i}" for i in range(200)]
    found = project_dimensions(ids)
    assert len(set(found.values())) == 200
    assert project_dimensions(ids[::-1]) == found
    assert project_dimensions(["p7"])["p7"] in PROJECTS


def test_baselines_are_apart(jiujiang_model):
    model = jiujiang_model
    centre = np.zeros((1, len(model.drivers)))
    at = [2025, 2030]
    carried, still, none = (
        evaluate(one, model.delivery(0.0), centre, at).accounts["A"][0]
        for one in (model, frozen(model), without_delivered(model))
    )
    # all three agree up to as_of; without what the plan delivers the city emits more
    assert still[0] == pytest.approx(carried[0])
    assert none[0] == pytest.approx(carried[0])
    assert none[1] > carried[1]
    assert still[1] != pytest.approx(carried[1])
    # nothing delivered to date: no difference to a model without any
    bare = replace(model, measures=tuple(replace(m, delivered_to_date=0.0) for m in model.measures))
    assert np.array_equal(
        evaluate(without_delivered(bare), model.delivery(0.0), centre, at).accounts["A"][0], carried
    )


def test_stress_without_what_is_delivered_gives_the_whole_effect(jiujiang, round_base):
    tables = {name: jiujiang.table(name).copy() for name in ("drivers", "measures")}
    told = SimpleNamespace(table=tables.__getitem__)
    model = compile_tables(told, round_base, 2025)
    bare = tables["measures"].assign(delivered_to_date=0.0)
    whole = compile_tables(SimpleNamespace(table={**tables, "measures": bare}.__getitem__), round_base, 2025)
    centre = np.zeros((1, len(model.drivers)))
    found = evaluate(_nothing_delivered(model), model.delivery(1.0), centre, [2030]).accounts["A"]
    expected = evaluate(whole, whole.delivery(1.0), centre, [2030]).accounts["A"]
    assert found == pytest.approx(expected, rel=1e-9)
    assert _no_overlaps(model).overlaps == ()


def observed(jiujiang, *rows):
    names = ["indicator", "region", "year", "value", "unit", "source", "grade", "note"]
    frame = pd.DataFrame([(*row, "1", "registers", "A", "") for row in rows], columns=names)
    return SimpleNamespace(table=lambda _name: frame, city=jiujiang.city)


def test_registers_take_the_place_of_the_assumption(jiujiang):
    table = jiujiang.table("measures")
    assumed = table.loc[table["id"] == "refining_efficiency", "delivered_to_date"]
    assert set(assumed) == {0.28}
    indicator, code = "delivered_to_date.refining_efficiency", jiujiang.city.code
    case = observed(
        jiujiang, (indicator, code, 2024, 0.4), (indicator, code, 2025, 0.5), (indicator, code, 2027, 0.9),
        (indicator, "360402", 2025, 0.1),
    )  # fmt: skip
    problems = Problems()
    found, told = with_delivered(case, table, problems)
    assert not problems
    # the latest year up to as_of, of the city itself; other measures keep their assumption
    assert set(found.loc[found["id"] == "refining_efficiency", "delivered_to_date"]) == {0.5}
    others = found["id"] != "refining_efficiency"
    assert found.loc[others].equals(table.loc[others])
    assert told[-1].en.startswith(
        "measure refining_efficiency: delivered 0.5 by 2025 (grade A), in place of 0.28"
    )
    assert set(table.loc[table["id"] == "refining_efficiency", "delivered_to_date"]) == {0.28}


@pytest.mark.parametrize(
    ("measure", "value", "where"),
    [
        ("refining_efficiency", 1.2, "observations.csv:0:value"),
        ("refining_eficiency", 0.2, "observations.csv:0:indicator"),
    ],
)
def test_what_registers_cannot_have_delivered_is_refused(jiujiang, measure, value, where):
    problems = Problems()
    case = observed(jiujiang, (f"delivered_to_date.{measure}", jiujiang.city.code, 2025, value))
    with_delivered(case, jiujiang.table("measures"), problems)
    (problem,) = problems
    assert problem.as_dict()["where"] == where
    assert problem.as_dict()["mend"]


def test_observed_growth_outside_the_middle_half_is_named_with_both(monkeypatch):
    inside = Reading("A", 2024, 1.05, 0.03, "s", True, relative_to=2020)
    outside = Reading("B", 2024, 1.5, 0.15, "s", True, relative_to=2020)
    older = Reading("B", 2022, 9.0, 0.1, "s", True, relative_to=2020)
    level = Reading("A", 2024, 4e7, 1e6, "s", False)
    model = SimpleNamespace(readings=(inside, older, outside, level), delivery=lambda _d: None)
    # samples of growth 1.00 … 1.10: the middle half is 1.025 to 1.075
    grown = np.linspace(1.0, 1.1, 101)
    monkeypatch.setattr(
        growth_band,
        "ensemble_of",
        lambda *_a: SimpleNamespace(prior=SimpleNamespace(draws=None, factor=None)),
    )
    monkeypatch.setattr(
        growth_band,
        "predict",
        lambda _m, _d, _x, readings, _f: np.repeat(grown[:, None], len(readings), axis=1),
    )
    bands = growth_band.growth_bands(model, "A")
    assert [(band.reading, band.inside) for band in bands] == [(inside, True), (outside, False)]
    assert (bands[0].low, bands[0].high) == (pytest.approx(1.025), pytest.approx(1.075))
    (told,) = growth_band.growth_findings(model, "A")
    assert told.where == "B:2020-2024"
    assert all(
        figure in told.en for figure in ("+50.0%", "+2.5%", "+7.5%", "42.5 points outside", "error of 15.0")
    )
    assert "more than its own error" in told.en
    assert "超出 42.5 个百分点,大于其自身误差 15.0" in told.zh
    near = replace(bands[1], reading=replace(outside, value=1.2, scope="province"))
    assert near.reading.sigma > near.reading.value - near.high
    zh, en = growth_band._why(near)
    assert "在其自身误差 15.0 个百分点之内,观测为全省" in zh
    assert "12.5 points outside, within its own error of 15.0 points; the observation is the province's" in en
    assert "+50.0%" in told.zh
