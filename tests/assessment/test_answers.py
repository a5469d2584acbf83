"""Contract: answers.csv says what answers a target; changes, coverage, issued values and paths are judged by it, contradictions named."""

import numpy as np
import pytest

from dafeng.assessment import AnswerRow, Observation, Outlook, Status, judge
from dafeng.plan import Target

YEARS = np.arange(2020, 2031)


def target(comparator, value=None, **more):
    fields = {"locator": "二", "indicator": "单位生产总值能耗", "unit": "%", "year": 2025}
    return Target(**{**fields, "comparator": comparator, "value": value, **more})


def seen(indicator, year, value, unit, source="s1", grade="A"):
    return Observation(indicator, year, value, unit, source, grade)


def one(wanted, observations=(), answers=(), as_of=2025, outlook=None):
    [verdict] = judge([wanted], observations, as_of, outlook, answers)
    return verdict


LEVELS = [seen("energy_intensity", 2020, 0.50, "tce/万元"), seen("energy_intensity", 2025, 0.40, "tce/万元")]


def test_a_fall_in_per_cent_is_measured_between_two_levels():
    # (0.50 − 0.40) / 0.50 = 20 %, more than the 13 % asked for
    verdict = one(target("-", 13.0, baseline_year=2020), LEVELS)
    assert verdict.status is Status.MET
    assert verdict.value == pytest.approx(20.0)
    assert one(target("-", 21.0, baseline_year=2020), LEVELS).status is Status.MISSED
    kgce = [LEVELS[0], seen("energy_intensity", 2025, 400.0, "kgce/万元")]
    assert one(target("-", 13.0, baseline_year=2020), kgce).value == pytest.approx(20.0), (
        "another scale of one kind"
    )


def test_two_levels_of_different_kinds_give_no_change():
    mixed = [LEVELS[0], seen("energy_intensity", 2025, 0.4, "tCO2/万元")]
    verdict = one(target("-", 13.0, baseline_year=2020), mixed)
    assert verdict.status is Status.CANNOT_BE_JUDGED
    assert "different kinds" in verdict.why_en


def test_the_reason_of_a_change_without_a_base_is_true():
    assert "no baseline year" in one(target("-", 13.0), LEVELS).why_en
    zero = [seen("energy_intensity", 2020, 0.0, "tce/万元"), LEVELS[1]]
    assert "2020 is 0" in one(target("-", 13.0, baseline_year=2020), zero).why_en
    assert "No observation" in one(target("-", 13.0, baseline_year=2020), LEVELS[1:]).why_en


def test_a_rise_in_the_unit_of_the_target():
    wanted = target("+", 5.0, indicator="森林覆盖率", unit="万亩", baseline_year=2020)
    area = [seen("forest_cover", 2020, 100.0, "万亩"), seen("forest_cover", 2025, 1_060_000, "亩")]
    assert one(wanted, area).value == pytest.approx(6.0)


def outlook(values):
    rows = np.asarray(values, dtype=float)
    return Outlook(YEARS, {"energy_intensity": rows}, {"energy_intensity": "tce/万元"}, {2030: 0.5})


def test_a_later_fall_is_judged_by_the_samples():
    steps = np.linspace(0.0, 1.0, YEARS.size)
    # four samples that fall by 10, 15, 20 and 25 % until 2030: three of four reach 14 %
    falls = np.array([0.10, 0.15, 0.20, 0.25])
    view = outlook(0.5 * (1 - falls[:, None] * steps))
    verdict = one(target("-", 14.0, baseline_year=2020, year=2030), outlook=view)
    assert (verdict.status, verdict.probability) == (Status.AT_RISK, 0.75)
    assert verdict.value == pytest.approx(17.5)
    # an observed base counts before the model's own
    observed = one(
        target("-", 14.0, baseline_year=2020, year=2030),
        [seen("energy_intensity", 2020, 0.6, "tce/万元")],
        outlook=view,
    )
    assert observed.probability == 1.0
    assert "The base is 0.6" in observed.why_en


def test_the_reason_of_a_later_fall_is_true():
    short = Outlook(
        np.array([2030]), {"energy_intensity": np.ones((2, 1))}, {"energy_intensity": "tce/万元"}, {}
    )
    verdict = one(target("-", 14.0, baseline_year=2020, year=2030), outlook=short)
    assert "baseline year 2020" in verdict.why_en
    assert "do not cover" not in verdict.why_en
    assert "do not cover 2035" in one(target("-", 14.0, baseline_year=2020, year=2035), outlook=short).why_en


RATE = {"indicator": "秸秆年综合利用率", "unit": "%", "year": 2025, "sense": "better_up"}


def test_of_two_sources_the_better_grade_counts_and_both_are_named():
    wanted = target(">=", 95.0, **RATE)
    both = [
        seen("straw_utilisation", 2025, 80.0, "%", "blog", "D"),
        seen("straw_utilisation", 2025, 95.5, "%", "reg-straw", "B"),
    ]
    for order in (both, both[::-1]):
        verdict = one(wanted, order)
        assert (verdict.status, verdict.value, verdict.source) == (Status.MET, 95.5, "reg-straw")
        [finding] = verdict.findings
        assert set(finding.sources) == {"blog", "reg-straw"}
        assert "blog" in verdict.why_en


def test_two_sources_of_one_grade_cannot_be_judged_unless_they_agree():
    wanted = target(">=", 95.0, **RATE)
    tie = [seen("straw_utilisation", 2025, 80.0, "%", "a"), seen("straw_utilisation", 2025, 95.5, "%", "b")]
    verdict = one(wanted, tie)
    assert verdict.status is Status.CANNOT_BE_JUDGED
    assert len(verdict.findings) == 1
    assert "of one grade" in verdict.why_en
    same = [seen("straw_utilisation", 2025, 95.5, "%", "a"), seen("straw_utilisation", 2025, 0.955, "1", "b")]
    assert one(wanted, same).status is Status.MET


def test_an_indicator_of_the_city_itself_is_answered_by_a_row():
    wanted = target(">=", 30.0, indicator="绿色数据中心占比", sense="better_up")
    rates = [seen("green_data_centres", 2025, 31.0, "%")]
    assert one(wanted, rates).status is Status.CANNOT_BE_JUDGED
    row = AnswerRow("绿色数据中心占比", "observation", "green_data_centres")
    assert one(wanted, rates, [row]).status is Status.MET
    elsewhere = AnswerRow("绿色数据中心占比", "observation", "green_data_centres", locator="三(一)1")
    assert one(wanted, rates, [elsewhere]).status is Status.CANNOT_BE_JUDGED


ALL = {"indicator": "省级以上园区循环化改造", "unit": None}
COVER = AnswerRow("省级以上园区循环化改造", "coverage", "circular_park_coverage")


@pytest.mark.parametrize(
    ("share", "threshold", "year", "status"),
    [
        (100.0, None, 2025, Status.MET), (99.9, None, 2025, Status.MISSED), (96.0, 95.0, 2025, Status.MET),
        (100.0, None, None, Status.MET), (60.0, None, None, Status.AT_RISK),
    ],
)  # fmt: skip
def test_whole_coverage_is_objects_done_over_objects_in_scope(share, threshold, year, status):
    row = AnswerRow(COVER.target, "coverage", COVER.answer, value=threshold)
    parks = [seen("circular_park_coverage", 2025, share, "%", "reg-parks-1")]
    assert one(target("all", year=year, **ALL), parks, [row]).status is status


def test_coverage_that_nobody_counted_cannot_be_judged():
    assert one(target("all", year=2025, **ALL), [], [COVER]).status is Status.CANNOT_BE_JUDGED


def test_better_than_needs_a_base_value_with_its_source():
    wanted = target(
        "better_than", indicator="重点公共机构单位建筑面积能耗", unit=None, year=None, sense="better_down"
    )
    rows = [AnswerRow("重点公共机构单位建筑面积能耗", "observation", "area_energy")]
    used = [seen("area_energy", 2025, 12.0, "kgce/m2")]
    assert one(wanted, used, rows).status is Status.CANNOT_BE_JUDGED
    base = AnswerRow(wanted.indicator, "base", value=0.0135, unit="tce/m2", document="国家基准〔2024〕1号")
    verdict = one(wanted, used, [*rows, base])
    assert verdict.status is Status.MET
    assert "国家基准〔2024〕1号" in verdict.why_zh
    worse = AnswerRow(wanted.indicator, "base", value=11.0, unit="kgce/m2")
    assert one(wanted, used, [*rows, worse]).status is Status.MISSED


def test_an_issued_value_supersedes_without_destroying():
    wanted = target("deferred", unit=None)
    first = AnswerRow(
        wanted.indicator,
        "issued",
        value=13.0,
        unit="%",
        comparator="-",
        baseline_year=2020,
        document="省〔2021〕1号",
        issued_on="2021-06-01",
    )
    second = AnswerRow(
        wanted.indicator,
        "issued",
        value=21.0,
        unit="%",
        comparator="-",
        baseline_year=2020,
        document="省〔2023〕9号",
        issued_on="2023-03-01",
    )
    assert one(wanted, LEVELS).status is Status.CANNOT_BE_JUDGED
    assert one(wanted, LEVELS, [first]).status is Status.MET
    for rows in ([first, second], [second, first]):
        verdict = one(wanted, LEVELS, rows)
        assert verdict.status is Status.MISSED
        assert "省〔2023〕9号" in verdict.why_zh
        assert "省〔2021〕1号" in verdict.why_zh, "what it supersedes stays visible"


PATH = {"indicator": "城镇生活垃圾资源化率", "unit": "%", "year": 2030, "sense": "better_up"}


@pytest.mark.parametrize(
    ("value", "status"), [(60.0, Status.ON_PATH), (59.9, Status.BEHIND_PATH), (75.0, Status.ON_PATH)]
)
def test_a_later_target_outside_the_model_is_on_its_path_by_approved_records(value, status):
    # from 50 % in 2020 to 70 % in 2030 the line is at 60 % in 2025
    wanted, base = (
        target("=", 70.0, **PATH),
        AnswerRow(PATH["indicator"], "base", value=50.0, unit="%", baseline_year=2020),
    )
    verdict = one(wanted, [seen("msw_resource_rate", 2025, value, "%", "reg-household_waste-1")], [base])
    assert verdict.status is status
    assert not verdict.judged
    assert verdict.followed


def test_typed_statistics_and_a_missing_base_place_nothing_on_a_path():
    wanted = target("=", 70.0, **PATH)
    base = AnswerRow(PATH["indicator"], "base", value=50.0, unit="%", baseline_year=2020)
    assert (
        one(wanted, [seen("msw_resource_rate", 2025, 65.0, "%", "yearbook")], [base]).status
        is Status.CANNOT_BE_JUDGED
    )
    records = [seen("msw_resource_rate", 2025, 65.0, "%", "reg-household_waste-1")]
    assert one(wanted, records).status is Status.CANNOT_BE_JUDGED
    assert one(wanted, [*records, seen("msw_resource_rate", 2021, 52.0, "%")]).status is Status.ON_PATH


def test_a_level_to_be_kept_is_on_its_path_only_at_the_target():
    wanted = target(">=", 57.0, indicator="森林覆盖率", unit="%", year=2030, sense="better_up")
    base = AnswerRow("森林覆盖率", "base", value=60.0, unit="%", baseline_year=2020)
    kept = [seen("forest_cover", 2025, 57.5, "%", "reg-forest_resources-1")]
    lost = [seen("forest_cover", 2025, 56.5, "%", "reg-forest_resources-1")]
    assert one(wanted, kept, [base]).status is Status.ON_PATH
    assert one(wanted, lost, [base]).status is Status.BEHIND_PATH


def test_neutrality_follows_net_emissions_and_is_never_met_by_records():
    wanted = target("milestone", indicator="碳中和", unit=None, year=2060)
    rows = [
        AnswerRow("碳中和", "observation", "co2_net"),
        AnswerRow("碳中和", "base", value=4000.0, unit="万tCO2", baseline_year=2020),
    ]
    verdict = one(wanted, [seen("co2_net", 2025, 3400.0, "万tCO2", "reg-accounting_results-1")], rows)
    # the line is at 4000 × 35/40 = 3500
    assert verdict.status is Status.ON_PATH
    assert "3,500" in verdict.why_en
