"""A factor table of the user's own: used beside the built-in sets, every bad line refused with its place."""

import pytest

from dafeng.case import load
from dafeng.evidence import DafengError
from dafeng.inventory import build, combustion_of, read_balance, recalculate

BALANCE = "row,fuel,year,value,unit\n工业,原煤,2020,1,万吨\n建筑业,原煤,2020,1,万吨\n工业,天然气,2020,1,亿立方米\n工业,柴油,2020,500,TJ\n"


@pytest.fixture
def balance(tmp_path):
    (tmp_path / "b.csv").write_text(BALANCE, encoding="utf-8")
    return read_balance(tmp_path / "b.csv")


def own(tmp_path, *lines, header="fuel,value,unit,row,source,grade"):
    path = tmp_path / "factors.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return str(path)


def test_own_factors_count_and_the_rest_falls_back(tmp_path, balance):
    """Coal 2 t/t everywhere and 1.8 in construction; diesel 70 t per TJ; gas from the default set, which is told."""
    path = own(tmp_path, "原煤,2,tCO2/t,,measured,A", "原煤,1.8,tCO2/t,建筑业,,B", "柴油,70,kgCO2/GJ,,,")
    result = combustion_of(balance, path)
    cells = result.emissions.set_index(["row", "fuel"])
    assert cells["value"].to_dict() == pytest.approx(
        {
            ("Industry", "Raw_Coal"): 2e4, ("Construction", "Raw_Coal"): 1.8e4, ("Industry", "Diesel_Oil"): 500 * 70,
            ("Industry", "Natural_Gas"): 1e8 * 38.931e-6 * 15.3 * 0.99 * 44 / 12,
        }, rel=1e-9
    )  # fmt: skip
    assert cells.loc[("Industry", "Raw_Coal"), ["grade", "source"]].tolist() == ["A", "measured"]
    told = [f for f in result.findings if f.code == "factor-derived"]
    assert [f.where for f in told] == ["Natural_Gas"]
    assert "factors.csv → gbt32151_22_2024" in told[0].en


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("独角兽,2,tCO2/t,,,", "factors.csv:2:fuel", "能源平衡表的一个燃料"),
        ("电力,0.5,tCO2/MWh,,,", "factors.csv:2:fuel", "燃料"),
        ("原煤,二,tCO2/t,,,", "factors.csv:2:value", "数字"),
        ("原煤,-2,tCO2/t,,,", "factors.csv:2:value", "不小于零"),
        ("原煤,2,tCO2/m3,,,", "factors.csv:2:unit", "tCO2/t"),
        ("原煤,2,t,,,", "factors.csv:2:unit", "tCO2/t"),
        ("原煤,2000,tCO2/t,,,", "factors.csv:2:value", "20至320 tCO2/TJ"),
        ("原煤,2,tCO2/t,魔法业,,", "factors.csv:2:row", "能源平衡表的一行"),
        ("原煤,2,tCO2/t,,,Z", "factors.csv:2:grade", "A至E"),
        ("原煤,2,tCO2/t,,,\n原煤,2.1,tCO2/t,,,", "factors.csv:3", "一个因子"),
    ],
)
def test_a_bad_line_is_refused_with_place_and_reason(tmp_path, balance, line, place, words):
    with pytest.raises(DafengError) as caught:
        combustion_of(balance, own(tmp_path, line))
    (problem,) = caught.value.problems
    assert problem.where == place
    assert words in problem.sentence("zh")


def test_headings_may_be_chinese_and_each_refusal_says_how_to_mend(tmp_path, balance):
    chinese = own(tmp_path, "原煤,2,tCO2/t", header="品种,数值,单位")
    lines = combustion_of(balance, chinese).emissions
    assert lines.loc[lines["fuel"] == "Raw_Coal", "factor"].to_numpy() == pytest.approx(2.0)
    lines = [
        "独角兽,2,tCO2/t",
        "原媒,2,tCO2/t",
        "原煤,190,tCO2/t",
        "天然气,2,tCO2/t",
        "焦炭,2,tCO2/t",
        "焦炭,3,tCO2/t",
    ]
    with pytest.raises(DafengError) as caught:
        combustion_of(balance, own(tmp_path, *lines, header="品种,数值,单位"))
    problems = caught.value.problems
    assert len(problems) == 5
    assert all(problem.mend for problem in problems)
    assert "原煤" in problems[1].sentence("zh")
    assert "check unit and decimal point" in problems[2].sentence("en")


def test_a_table_without_its_columns_or_lines_and_no_file(tmp_path, balance):
    for path in (own(tmp_path, "原煤,2", header="fuel,value"), own(tmp_path), str(tmp_path / "none.csv")):
        with pytest.raises(DafengError):
            combustion_of(balance, path)


def test_a_case_takes_own_factors(small_city, tmp_path):
    cells = build(load(small_city), factor_set=own(tmp_path, "原煤,2,tCO2/t,,,")).cells
    coal = cells[(cells["fuel"] == "Raw_Coal") & (cells["category"] == "combustion")].iloc[0]
    assert coal["value_t"] == pytest.approx(5e6 * 2)


def test_a_recalculation_sums_to_the_difference_and_holds_no_nan(small_city, tmp_path):
    """A factor changes, a category becomes known, a row moves: each with its reason, together the difference of all cells."""
    case = load(small_city)
    old = build(case)
    (small_city / "activities.csv").write_text(
        "activity,region,year,value,unit,source,grade,note\nclinker_output,369700,2020,10,10^4 t,s,A,\n"
    )
    new = build(load(small_city), factor_set=own(tmp_path, "原煤,2,tCO2/t,,,"))
    table = recalculate(old, new)
    assert not table[["old_t", "new_t", "change_t", "relative"]].isna().any(axis=None)
    difference = new.cells["value_t"].sum() - old.cells["value_t"].sum()
    assert table["change_t"].sum() == pytest.approx(difference, rel=1e-12)
    clinker = table.set_index("row").loc["clinker"]
    assert clinker[["reason", "old_key", "new_key", "old_t", "relative"]].tolist() == [
        "key",
        "NE",
        "",
        0.0,
        1.0,
    ]
    assert clinker["new_t"] == pytest.approx(52000)
    moved = new.cells.assign(row=new.cells["row"].replace("Construction", "Other"))
    reasons = recalculate(
        new, type(new)(**{**{f: getattr(new, f) for f in new.__dataclass_fields__}, "cells": moved})
    )
    assert set(reasons["reason"]) == {"moved"}
    assert reasons["change_t"].sum() == pytest.approx(0.0, abs=1e-6)
