"""Contract: counties are judged by dated rule sets on observed and forecast values; red reaches the projects of the county
(缓批限批), an exempt project is free, and what was held is released when the warning ends; grey ends nothing."""

import io
from datetime import date

import pytest

from dafeng.assessment import (
    Reading,
    judge_counties,
    last_day,
    period_before,
    read_readings,
    records,
    warning_rules,
)
from dafeng.evidence import DafengError
from dafeng.registers import Actor, Grant, act, change, enter, owner, read, verify_chain

OFFICE, SET = owner("办"), "ndrc_2021h1_intensity"


def reading(county="990101", change_=0.02, basis="observed", **more):
    return Reading(county, basis, {"intensity_change": change_, **more}, "季报")


def judged(period, *readings, earlier=None, name=SET, rules=None):
    return judge_counties(rules or warning_rules(), name, readings, period, earlier)


def project(store, code, county="990101", **more):
    cells = {
        "project_code": code, "name": f"项目{code}", "unit_name": "单位", "credit_code": "91350100M000100Y43", "stage": "proposed",
        "county": county, "industry": "C3011", "two_high_class": "building_materials", "main_product": "水泥", "nature": "new",
        "capacity": "1", "energy_calorific": "10", "approval_kind": "ratify", "disposal": "go_on",
    } | more  # fmt: skip
    return enter(store, OFFICE, "two_high_projects", cells).id


def hold(store, record, register="two_high_projects"):
    return read(store, OFFICE, register, record)["hold"]


def issued(store, period, *readings):
    rules = warning_rules()
    earlier = records.colours_before(store, OFFICE, SET)
    return records.issue_warnings(store, OFFICE, judge_counties(rules, SET, readings, period, earlier))


def test_every_column_of_a_warning_by_hand():
    red, green, grey = judged(
        "2026Q3",
        reading(),
        reading("990102", -0.03, reduction_shortfall=-0.01),
        Reading("990103", "forecast", {}),
    )
    assert (red.county, red.period, red.basis, red.rule_set, red.colour, red.reds) == (
        "990101",
        "2026Q3",
        "observed",
        SET,
        "red",
        1,
    )
    assert (red.consequence, red.exemption_zh, red.confirmed, red.source) == (
        "suspend",
        "国家规划布局项目",
        False,
        "季报",
    )
    assert "暂停" in red.consequence_zh
    assert (green.colour, green.consequence, green.reds) == ("green", "none", 0)
    assert (grey.colour, grey.reason, grey.consequence) == ("grey", "intensity_change is not known", "none")


def test_henan_reminds_after_two_red_months_and_limits_after_three():
    def after(count):
        earlier = {("410101", "observed", f"2026-0{month}"): "red" for month in range(7 - count, 7)}
        [one] = judged("2026-07", reading("410101"), earlier=earlier)
        return one.reds, one.consequence

    assert [after(count) for count in range(4)] == [(1, "none"), (2, "remind"), (3, "limit"), (4, "limit")]
    # before the rule was issued the national one holds; a gap ends the run
    [early] = judged("2021-10", reading("410101"))
    assert early.consequence == "suspend"
    [gap] = judged("2026-07", reading("410101"), earlier={("410101", "observed", "2026-05"): "red"})
    assert (gap.reds, gap.consequence) == (1, "none")


def test_a_rule_set_holds_between_its_days():
    [before] = judged("2021Q2", Reading("990101", "observed", {"relative_gap": 0.2}), name="ndrc_2021q1")
    [after] = judged("2021Q3", Reading("990101", "observed", {"relative_gap": 0.2}), name="ndrc_2021q1")
    assert (before.colour, after.colour) == ("red", "grey")


@pytest.mark.parametrize(
    ("gap", "colour"),
    [(0.1000001, "red"), (0.1, "yellow"), (1e-9, "yellow"), (0.0, "green"), (-0.1, "green")],
)
def test_bounds_of_the_barometer(gap, colour):
    [one] = judged("2021Q1", Reading("990101", "observed", {"relative_gap": gap}), name="ndrc_2021q1")
    assert one.colour == colour


def test_red_reaches_the_projects_of_the_county_and_is_lifted_again(store):
    mine, other = project(store, "P1"), project(store, "P2", "990102")
    free, built = project(store, "P3", hold_exempt="国家规划布局项目"), project(store, "P4", stage="building")
    first = issued(store, "2026Q1", reading(), reading("990102", -0.1, reduction_shortfall=0.0))
    assert (first.held, first.problems, len(first.entered)) == ((f"two_high_projects:{mine}",), (), 2)
    assert [hold(store, one) for one in (mine, other, free, built)] == ["suspend", None, None, None]
    # the next quarter is red again: the older warning ends, the newer one holds
    second = issued(store, "2026Q2", reading())
    assert (second.lifted, second.held, second.released) == ((first.entered[0],), (), ())
    grey = issued(store, "2026Q3", Reading("990101", "observed", {}))
    assert (grey.lifted, hold(store, mine)) == ((), "suspend")
    third = issued(store, "2026Q4", reading("990101", -0.02, reduction_shortfall=0.01))
    assert third.released == (f"two_high_projects:{mine}",)
    assert hold(store, mine) is None
    assert not verify_chain(store)


def test_a_forecast_warns_and_holds_nobody(store):
    mine = project(store, "P1")
    found = issued(store, "2026Q1", reading(basis="forecast"))
    assert (len(found.entered), found.held, hold(store, mine)) == (1, (), None)


def test_issued_again_nothing_is_doubled_and_a_warning_is_lifted_by_hand(store):
    mine = project(store, "P1")
    first = issued(store, "2026Q1", reading())
    assert issued(store, "2026Q1", reading()).entered == ()
    with pytest.raises(DafengError, match="说明理由"):
        records.lift_warning(store, OFFICE, first.entered[0], "")
    done, released = records.lift_warning(store, OFFICE, first.entered[0], "整改完成")
    assert (done.state, released) == ("lifted", [f"two_high_projects:{mine}"])
    with pytest.raises(DafengError, match="a role that allows it"):
        records.issue_warnings(store, Actor("县", (Grant("reporter", "990101"),)), [])


def test_warnings_of_another_place_are_refused_whole(store):
    with pytest.raises(DafengError, match="990100范围内的地区") as error:
        issued(store, "2026Q1", reading(), reading("360402"), reading("360403"))
    assert [one.where for one in error.value.problems] == [
        "early_warnings:360402:2026Q1",
        "early_warnings:360403:2026Q1",
    ]
    assert records.last_warnings(store, OFFICE) == []


def test_a_statistic_that_no_rule_reads_is_refused_and_a_paper_names_what_is_missing(store):
    with pytest.raises(DafengError, match="规则读取的统计量"):
        judged("2026Q1", reading(intensty_change=0.1))
    issued(store, "2026Q1", Reading("990101", "observed", {}))
    from docx import Document

    from dafeng.case import place_names
    from dafeng.report import warning_circular

    rows = records.warnings_of(store, OFFICE, "2026Q1")
    paper = warning_circular(rows, place_names(), "示例市", "2026Q1", "2026年4月1日").marked(True)
    document = Document(io.BytesIO(paper.bytes()))
    cells = [cell.text for cell in document.tables[0].rows[1].cells]
    assert "缺少能耗强度变化的数值" in cells[-1]
    assert "仿真数据" in document.sections[0].header.paragraphs[0].text


def test_a_held_review_does_not_go_on(store):
    cells = {
        "project_code": "P9", "review_number": "示节审〔2026〕1号", "name": "项目", "unit_name": "单位", "province": "990000", "county": "990101",
        "industry_a": "C30", "authority": "市发改委", "energy_calorific": "1", "energy_equivalent": "1",
    }  # fmt: skip
    one = enter(store, owner("县"), "energy_reviews", cells)
    issued(store, "2026Q1", reading())
    row = read(store, OFFICE, "energy_reviews", one.id)
    assert row["hold"] == "suspend"
    with pytest.raises(DafengError, match=r"empty\(hold\)"):
        act(store, OFFICE, "energy_reviews", one.id, "to_under_expert_review", version=row["version"])
    change(store, OFFICE, "energy_reviews", one.id, {"hold_exempt": "民生项目"}, version=row["version"])
    assert records.apply_consequences(store, OFFICE)[1] == [f"energy_reviews:{one.id}"]
    row = read(store, OFFICE, "energy_reviews", one.id)
    assert (
        act(store, OFFICE, "energy_reviews", one.id, "to_under_expert_review", version=row["version"]).state
        == "under_expert_review"
    )


def test_values_are_read_and_ratios_computed(tmp_path):
    path = tmp_path / "v.csv"
    head = "county,basis,statistic,value,actual,target,source\n"
    path.write_text(
        head
        + "990101,observed,relative_gap,,110,100,季报\n990101,observed,intensity_change,0.01,,,\n990102,forecast,completion_rate,,3,4,\n"
        "990102,forecast,gap_points,,2,3.5,\n",
        encoding="utf-8",
    )
    first, second = read_readings(path)
    assert (first.county, first.source, first.values) == (
        "990101",
        "季报",
        {"relative_gap": pytest.approx(0.1), "intensity_change": 0.01},
    )
    assert second.values == {"completion_rate": 0.75, "gap_points": 1.5}
    path.write_text(head + "990101,observed,relative_gap,,110,0,\n", encoding="utf-8")
    with pytest.raises(DafengError) as caught:
        read_readings(path)
    [problem] = caught.value.problems
    assert problem.where == "v.csv:2:target"
    assert "非零的目标或基准" in problem.sentence("zh")
    assert "state a target that is not zero" in problem.sentence("en")


def test_periods():
    assert [period_before(one) for one in ("2026-01", "2026-12", "2026Q1", "2026Q4")] == [
        "2025-12",
        "2026-11",
        "2025Q4",
        "2026Q3",
    ]
    assert last_day("2024-02") == date(2024, 2, 29)
    for wrong in ("2026", "2026-13", "2026Q5", "Q1", "2026-1"):
        with pytest.raises(DafengError, match="a month as 2026-07"):
            last_day(wrong)


def test_rules_of_a_city_replace_a_packaged_set(tmp_path):
    path = tmp_path / "rules.csv"
    head = "rule_set,order,level,statistic,lower,lower_closed,upper,upper_closed,valid_from,valid_to,region,consequence,consequence_zh,consequence_en,source,confirmed\n"
    path.write_text(
        head
        + f"{SET},1,red,intensity_change,0.5,no,,,2021-01-01,,,,,,示例,yes\n{SET},2,green,intensity_change,,,0.5,yes,2021-01-01,,,,,,示例,yes\n"
        "after_red,1,red,reds_in_a_row,1,yes,,,2021-01-01,,990100,limit,限批,limit,示例,yes\n",
        encoding="utf-8",
    )
    mild, strong = judged("2026Q1", reading(), reading("990102", 0.6), rules=warning_rules(path))
    assert (mild.colour, strong.colour, strong.consequence, strong.confirmed) == (
        "green",
        "red",
        "limit",
        True,
    )
    path.write_text(
        head + f"{SET},1,pink,intensity_change,x,no,,,2021-13-01,,,stop,,,示例,yes\n", encoding="utf-8"
    )
    with pytest.raises(DafengError) as caught:
        warning_rules(path)
    assert len(caught.value.problems) == 4
    path.write_text("rule_set,order\na,1\n", encoding="utf-8")
    with pytest.raises(DafengError, match="the columns of the rules"):
        warning_rules(path)
