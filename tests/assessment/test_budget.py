"""Contract: carbon budgets settle assigned − used − committed = left; enterprises of the ETS are apart; nothing counts twice; what
is missing is NE and says so."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.assessment import (
    Account,
    Emitter,
    Issued,
    Project,
    Used,
    carbon_budget,
    read_used,
    records,
    used_of_case,
)
from dafeng.case import load
from dafeng.evidence import DafengError
from dafeng.inventory import build
from dafeng.registers import enter, owner

YEAR, DAY = 2026, date(2026, 1, 5)


def assigned(level, node, value, **more):
    given_ = {
        "quantity": "co2_budget",
        "name": node,
        "year": YEAR,
        "unit": "万tCO2",
        "document": "文1",
        "issued_on": DAY,
    } | more
    return Issued(level=level, node=node, value=float(value), **given_)


def used(node, value, basis="inventory"):
    return Used(node, YEAR, float(value), basis)


def project(code, county="990101", unit="厂甲", sector="cement", co2=1000.0, starts=YEAR):
    return Project(code, f"项目{code}", county, unit, sector, co2, starts, f"two_high_projects:{code}")


ROWS = [
    assigned("city", "990100", 10),
    assigned("county", "990101", 6, coverage="without_ets"),
    assigned("sector", "cement", 5),
    assigned("key_unit", "厂乙", 2),
]
EMITTERS = (Emitter("厂甲", "990101", "cement", True), Emitter("厂乙", "990101", "cement", False))
ACCOUNT = Account(
    (used("990100", 70_000), used("990101", 50_000), used("cement", 30_000), used("厂甲", 20_000), used("厂乙", 5_000)),
    (project("1"), project("2", unit="厂乙", co2=2000.0), project("3", county="990102", sector="glass", unit="厂丙", co2=500.0)),
    EMITTERS, "990100",
)  # fmt: skip


def test_every_column_by_hand():
    lines, findings = carbon_budget(ROWS, ACCOUNT, YEAR)
    city, county, sector, unit = lines
    assert findings == []
    assert (city.assigned, city.used, city.committed, city.left, city.ets) == (
        100_000,
        70_000,
        3_500,
        26_500,
        20_000,
    )
    # without the ETS: 50,000 − 20,000 used; the project of the ETS enterprise is not committed here
    assert (county.assigned, county.used, county.committed, county.left) == (60_000, 30_000, 2_000, 28_000)
    assert (sector.used, sector.committed, sector.left) == (30_000, 3_000, 17_000)
    assert (unit.used, unit.committed, unit.left, unit.ets) == (5_000, 2_000, 13_000, 0)
    assert (unit.level, unit.coverage, unit.basis, unit.document) == ("key_unit", "whole", "inventory", "文1")


def test_a_project_that_emits_already_or_stands_in_two_registers_counts_once():
    before = replace(ACCOUNT, projects=(project("1", starts=YEAR - 1), project("2"), project("2")))
    [city, *_], findings = carbon_budget(ROWS, before, YEAR)
    assert (city.committed, city.inside, findings) == (1000, ("项目1",), [])
    two = replace(ACCOUNT, projects=(project("2", co2=1000.0), project("2", co2=900.0)))
    [city, *_], findings = carbon_budget(ROWS, two, YEAR)
    assert city.committed == 1000
    assert [one.code for one in findings] == ["budget.project"]
    later = replace(ACCOUNT, projects=(project("1", starts=YEAR + 1),))
    assert carbon_budget(ROWS, later, YEAR)[0][0].committed == 0


def test_what_is_missing_is_ne_and_named():
    nothing = replace(ACCOUNT, used=(), projects=(project("1", co2=None),))
    lines, findings = carbon_budget(ROWS, nothing, YEAR)
    assert {line.left for line in lines} == {None}
    assert lines[0].unknown == ("项目1",)
    assert {one.code for one in findings} == {"budget.used", "budget.projects"}
    without = replace(ACCOUNT, used=tuple(one for one in ACCOUNT.used if one.node != "厂甲"))
    lines, findings = carbon_budget(ROWS, without, YEAR)
    assert (lines[0].left, lines[0].ets, lines[1].left) == (26_500, None, None)
    assert "the amount without the ETS is NE" in findings[0].en


def test_what_is_exceeded_and_parts_above_the_whole_are_findings():
    rows = [assigned("city", "990100", 7), assigned("county", "990101", 9), assigned("county", "990102", 9)]
    over = replace(
        ACCOUNT,
        used=(used("990100", 70_000), used("990101", 40_000), used("990102", 30_001)),
        projects=(project("1"),),
    )
    lines, findings = carbon_budget(rows, over, YEAR)
    assert lines[0].left == -1000
    assert [one.code for one in findings] == ["budget.exceeded", "budget.whole"]
    assert all(one.zh != one.en for one in findings)
    assert carbon_budget([assigned("city", "990100", 7, unit="万t")], over, YEAR)[1][0].code == "budget.unit"


amounts = st.integers(0, 10_000)


@given(counties=st.lists(st.tuples(amounts, amounts, st.booleans()), min_size=1, max_size=5))
def test_counties_without_the_ets_and_the_ets_make_the_whole(counties):
    """Σ counties without ETS + ETS enterprises = Σ of what the counties use: nothing is lost and nothing counts twice."""
    rows = [assigned("county", f"c{i}", 9, coverage="without_ets") for i in range(len(counties))]
    emitters = tuple(Emitter(f"u{i}", f"c{i}", "", ets) for i, (_, _, ets) in enumerate(counties))
    entries = [used(f"c{i}", rest + unit) for i, (rest, unit, _) in enumerate(counties)]
    entries += [used(f"u{i}", unit) for i, (_, unit, _) in enumerate(counties)]
    lines, _ = carbon_budget(rows, Account(tuple(entries), (), emitters, "city"), YEAR)
    traded = sum(unit for _, unit, ets in counties if ets)
    assert sum(line.used for line in lines) + traded == sum(rest + unit for rest, unit, _ in counties)


def test_used_amounts_of_a_case_and_of_a_table(tmp_path):
    case = load("jiujiang")
    inventory = build(case)
    found = {one.node: one for one in used_of_case(case, inventory, 2022)}
    assert found["360400"].value == pytest.approx(inventory.totals("A", [2022])[0].value_t)
    counties = [one.value for code, one in found.items() if code.isdigit() and code != "360400"]
    branches = [one.value for code, one in found.items() if not code.isdigit()]
    assert len(counties) == 13
    assert sum(branches) == pytest.approx(found["360400"].value)
    assert 0 < sum(counties) < found["360400"].value * (1 + 1e-9)
    assert used_of_case(case, inventory, 2035) == []
    path = tmp_path / "used.csv"
    path.write_text(
        "node,year,value,unit,basis,source\n990100,2026,7,万tCO2,nowcast,台账\n", encoding="utf-8"
    )
    assert read_used(path) == [Used("990100", 2026, 70_000.0, "nowcast", "台账")]
    path.write_text("node,year,value,unit,basis,source\n990100,2026,7,万t,nowcast,台账\n", encoding="utf-8")
    with pytest.raises(DafengError, match="a unit of CO2"):
        read_used(path)
    with pytest.raises(DafengError, match=r"none\.csv"):
        read_used(tmp_path / "none.csv")


def test_projects_and_emitters_of_the_records(store):
    cells = {
        "project_code": "P1", "name": "示例水泥", "unit_name": "示例单位", "credit_code": "91350100M000100Y43", "stage": "building",
        "county": "990101", "industry": "C3011", "two_high_class": "building_materials", "main_product": "水泥", "nature": "new",
        "capacity": "1", "energy_calorific": "10", "approval_kind": "ratify", "disposal": "go_on", "co2": "1500", "plan_start": "2026-07-01",
    }  # fmt: skip
    enter(store, owner("办"), "two_high_projects", cells)
    enter(
        store,
        owner("办"),
        "two_high_projects",
        cells | {"project_code": "P2", "disposal": "withdraw", "name": "另一项目"},
    )
    [found] = records.projects_under_way(store, owner("办"), {"30": "cement"})
    assert found == Project(
        "P1", "示例水泥", "990101", "91350100M000100Y43", "cement", 1500.0, 2026, "two_high_projects:1"
    )
    user = {"credit_code": "91350100M000100Y43", "name": "示例单位", "industry": "C3011", "county": "990101", "category": "ten_thousand",
            "listed_from": "2021", "ets": "是"}  # fmt: skip
    enter(store, owner("办"), "key_energy_users", user)
    assert records.key_emitters(store, owner("办"), {"30": "cement"}) == [
        Emitter("91350100M000100Y43", "990101", "cement", True)
    ]
