"""A plan that is already running: what is delivered to date is in the trends, and overlapping measures do not save twice.

By hand: a saving of 10 % of which a quarter is delivered leaves 7.5 % to come; of two measures that exclude each other
(share 1) the second counts nothing beside the first and in full without it.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.pathway import test_evaluation as two_sectors
from tests.pathway.test_uncertain_measures import TWO_SECTOR_DRIVERS, TWO_SECTOR_MEASURES, Tables, city

from dafeng.case import load
from dafeng.evidence import DafengError, Problems
from dafeng.inventory import build
from dafeng.pathway import compile_model, evaluate
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.compile.measures import check_starts
from dafeng.pathway.engine.overlaps import Overlap, counted, overlaps_of
from dafeng.pathway.terms import NO_TERMS, Terms

STEEL = TWO_SECTOR_MEASURES[0]
TWICE = [STEEL, STEEL | {"id": "again", "value": 0.04}]


def saved(model, **delivery):
    """Tonnes of the last year that these degrees save, central case."""
    centre = np.zeros((1, len(model.drivers)))
    still, with_it = (
        evaluate(model, model.delivery(0.0, **degrees), centre).accounts["A"][0, -1] for degrees in ({}, delivery)
    )  # fmt: skip
    return still - with_it


def grouped(share, rows=None):
    table = pd.DataFrame(
        rows or [("g", STEEL["id"], 1, 0.0), ("g", "again", 2, share)],
        columns=["group", "measure", "rank", "share"],
    )
    return compile_tables(
        Tables(TWO_SECTOR_DRIVERS, TWICE), two_sectors.two_sector_base(), 2020, last_year=2030, overlaps=table
    )


def test_what_is_delivered_to_date_is_not_to_come():
    whole, rest = city([STEEL]), city([STEEL | {"start": 2018, "delivered_to_date": 0.25}])
    part = city([STEEL | {"value": 0.75 * STEEL["value"]}])
    assert saved(rest, **{STEEL["id"]: 1.0}) == pytest.approx(saved(part, **{STEEL["id"]: 1.0}))
    assert saved(rest, **{STEEL["id"]: 1.0}) < saved(whole, **{STEEL["id"]: 1.0})
    assert (rest.measures[0].start, rest.measures[0].delivered_to_date) == (2018, 0.25)
    off = city([STEEL | {"start": 2018, "delivered_to_date": 0.25}], terms=Terms(running=False))
    assert saved(off, **{STEEL["id"]: 1.0}) == saved(whole, **{STEEL["id"]: 1.0})
    done = city([STEEL | {"delivered_to_date": 1.0}])
    assert saved(done, **{STEEL["id"]: 1.0}) == pytest.approx(0.0, abs=1e-9)


def test_an_end_that_the_plan_sets_stays_that_end(jiujiang, round_base):
    with_it, without = (
        compile_tables(jiujiang, round_base, 2025, terms=Terms(running=r)) for r in (True, False)
    )
    for model in (with_it, without):
        [action] = [a for a in model.parameters["wind_solar_mw"].actions if a.operation == "raise"]
        assert action.path[10] == 9270.0


def test_a_measure_that_starts_later_has_no_effect_before():
    """The knot is in 2025: from 2023 on three equal steps; without a start five from 2021 on."""
    later, at_once = city([STEEL | {"year": 2025, "start": 2023}]), city([STEEL | {"year": 2025}])
    centre = np.zeros((1, len(later.drivers)))
    still, found, steady = (
        evaluate(model, model.delivery(d), centre).accounts["A"][0]
        for model, d in ((later, 0.0), (later, 1.0), (at_once, 1.0))
    )
    assert np.array_equal(still[:3], found[:3])
    assert np.all(found[3:] < still[3:])
    assert np.all(found[3:5] > steady[3:5])
    assert found[5:] == pytest.approx(steady[5:])


def test_measures_that_exclude_each_other_save_once():
    apart, half, once = grouped(0.0), grouped(0.5), grouped(1.0)
    first, second, both = {STEEL["id"]: 1.0}, {"again": 1.0}, {STEEL["id"]: 1.0, "again": 1.0}
    for model in (apart, half, once):
        assert saved(model, **first) == pytest.approx(saved(apart, **first))
        assert saved(model, **second) == pytest.approx(saved(apart, **second))
    assert saved(once, **both) == pytest.approx(saved(apart, **first))
    assert saved(half, **both) == pytest.approx(saved(apart, **{STEEL["id"]: 1.0, "again": 0.5}))
    # the first half delivered takes out half of what overlaps
    assert saved(once, **{STEEL["id"]: 0.5, "again": 1.0}) == pytest.approx(
        saved(apart, **{STEEL["id"]: 0.5, "again": 0.5})
    )
    off = compile_tables(
        Tables(TWO_SECTOR_DRIVERS, TWICE), two_sectors.two_sector_base(), 2020, last_year=2030, terms=NO_TERMS,
        overlaps=pd.DataFrame([("g", STEEL["id"], 1, 0.0), ("g", "again", 2, 1.0)], columns=["group", "measure", "rank", "share"]),
    )  # fmt: skip
    assert off.overlaps == ()


@given(arrays(float, (6, 4), elements=st.floats(0, 1.5)), st.floats(0, 1), st.floats(0, 1))
def test_overlaps_never_raise_a_degree_and_leave_the_first_alone(delivery, second, third):
    overlaps = (Overlap(1, (0,), second), Overlap(2, (0, 1), third))
    found = counted(overlaps, delivery)
    assert np.all(found <= delivery)
    assert np.all(found >= 0)
    assert np.array_equal(found[:, [0, 3]], delivery[:, [0, 3]])
    assert found[:, 2] == pytest.approx(
        delivery[:, 2] * (1 - third * np.minimum(delivery[:, :2].max(axis=1), 1))
    )
    assert counted((), delivery) is delivery
    nothing = np.zeros((1, 4))
    assert counted(overlaps, nothing) is nothing


ROWS = ["group", "measure", "rank", "share"]


@pytest.mark.parametrize(
    ("rows", "where", "zh", "en"),
    [
        (
            [("g", "a", 1, 0.0), ("g", "a", 2, 0.5)],
            "overlaps.csv:1:measure",
            "每项措施一行",
            "each measure once",
        ),
        ([("g", "a", 2, 0.5), ("g", "b", 3, 0.5)], "overlaps.csv:0:rank", "rank 为1", "rank 1"),
        ([("g", "a", 1, 0.5), ("g", "b", 2, 0.5)], "overlaps.csv:0:rank", "share 为0", "share 0"),
        ([("g", "a", 1, 0.0), ("g", "b", 2, -0.1)], "overlaps.csv:1:share", "0 到 1", "from 0 to 1"),
    ],
)
def test_groups_that_do_not_go_together_are_refused(rows, where, zh, en):
    problems = Problems()
    overlaps_of(pd.DataFrame(rows, columns=ROWS), ["a", "b"], problems)
    [problem] = problems
    assert problem.where == where
    assert zh in problem.sentence("zh")
    assert en in problem.sentence("en")


@pytest.mark.parametrize(
    ("cells", "column", "zh", "en"),
    [
        ({"delivered_to_date": 1.2}, "delivered_to_date", "0 到 1", "from 0 to 1"),
        ({"delivered_to_date": -0.1}, "delivered_to_date", "0 到 1", "from 0 to 1"),
        ({"start": 2025, "delivered_to_date": 0.2}, "start", "尚未落实", "nothing delivered"),
        ({"start": 2040}, "start", "首个节点", "first knot"),
    ],
)
def test_progress_that_cannot_be_is_refused(cells, column, zh, en):
    with pytest.raises(DafengError) as caught:
        city([STEEL | cells])
    [problem] = caught.value.problems
    assert problem.where.endswith(f":{column}")
    assert zh in problem.sentence("zh")
    assert en in problem.sentence("en")
    assert problem.mend


def test_a_start_before_the_plan_is_refused(jiujiang):
    table = jiujiang.table("measures").copy()
    problems = Problems()
    check_starts(table, 2022, problems)
    assert not len(problems)
    table.loc[table.index[table["effect"] == "quantified"][0], "start"] = 2019
    check_starts(table, 2022, problems)
    [problem] = problems
    assert "2019" in problem.found
    assert "不早于方案印发的 2022 年" in problem.sentence("zh")
    assert "the plan was issued" in problem.sentence("en")


def test_the_overlaps_of_jiujiang_are_declared():
    """Those of the issue: savings on the same furnaces, scrap, caps on two-high growth."""
    case = load("jiujiang")
    table = case.table("overlaps")
    groups = {group: set(rows["measure"]) for group, rows in table.groupby("group")}
    assert {"key_users", "park_projects", "circular_parks", "green_manufacturing"} <= groups["furnaces"]
    assert groups["scrap"] == {"short_process", "scrap_recycling"}
    assert groups["two_high"] == {"steel_capacity", "cement_replacement", "two_high_restraint"}
    quantified = case.table("measures")
    assert set(table["measure"]) <= set(quantified.loc[quantified["effect"] == "quantified", "id"])
    model = compile_model(case, build(case))
    names = [m.id for m in model.measures]
    assert {names[o.measure] for o in model.overlaps} == set(table.loc[table["share"] > 0, "measure"])
    scrap = next(o for o in model.overlaps if names[o.measure] == "scrap_recycling")
    assert ([names[k] for k in scrap.before], scrap.share) == (["short_process"], 1.0)
    assert saved(model, short_process=1.0, scrap_recycling=1.0) == saved(model, short_process=1.0)
    assert {m.start for m in model.measures} == {2022}
