"""Every target gets one verdict, from observation up to `as_of`, from the model after it, and a reason always."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.assessment import (
    Observation,
    Outlook,
    Status,
    Verdict,
    indicator_of,
    judge,
    satisfied,
)
from dafeng.factors import indicators
from dafeng.plan import Comparator, Sense, Target

YEARS = np.arange(2026, 2031)


def outlook(name: str, last: list[float], unit: str, peak_before: dict[int, float] | None = None) -> Outlook:
    """Samples that stand at `last` in every year."""
    values = np.repeat(np.asarray(last, dtype=float)[:, None], YEARS.size, axis=1)
    return Outlook(YEARS, {name: values}, {name: unit}, peak_before or {2030: 0.5})


def target(comparator: str, value: float | None = None, **more: object) -> Target:
    fields = {"locator": "三(一)2", "indicator": "风电、太阳能发电总装机容量", "unit": "万千瓦", "year": 2030}
    return Target(**{**fields, "comparator": comparator, "value": value, **more})


@pytest.mark.parametrize(
    ("comparator", "sense", "value", "good", "bad"),
    [
        (">=", "match", 80.0, [80.0, 99.0], [79.9]),
        ("<=", "match", 0.1, [0.1, 0.0641], [0.1001]),
        ("=", "better_up", 927.0, [927.0, 950.0], [926.0]),
        ("=", "better_down", 5.0, [5.0, 4.0], [5.1]),
        ("=", "match", 43.0, [43.0, 42.6, 43.4], [42.5, 43.5]),
        ("~", "better_up", 42.0, [39.9, 60.0], [39.8]),
        ("~", "better_down", 40.0, [42.0, 1.0], [42.1]),
        ("~", "match", 60.0, [57.0, 63.0], [56.9, 63.1]),
        ("+", "match", 10.0, [10.0, 12.0], [9.0]),
        ("-", "match", 18.0, [18.0, 20.0], [17.9]),
    ],
)
def test_comparator_and_sense_decide(
    comparator: str, sense: str, value: float, good: list[float], bad: list[float]
) -> None:
    wanted = target(comparator, value, sense=sense)
    assert satisfied(good, wanted).all()
    assert not satisfied(bad, wanted).any()


@pytest.mark.parametrize(
    ("sense", "good", "bad"),
    [
        ("match", [3.0, 4.0], [2.9, 4.1]),
        ("better_up", [3.0, 9.0], [2.9]),
        ("better_down", [0.0, 4.0], [4.1]),
    ],
)
def test_a_range_is_open_on_the_better_side(sense: str, good: list[float], bad: list[float]) -> None:
    wanted = target("..", 3.0, value_high=4.0, sense=sense)
    assert satisfied(good, wanted).all()
    assert not satisfied(bad, wanted).any()


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.sampled_from(["=", "~", ">="]))
def test_more_is_never_worse_where_more_is_better(value: float, more: float, comparator: str) -> None:
    wanted = target(comparator, 927.0, sense="better_up")
    assert satisfied(value + more, wanted) >= satisfied(value, wanted)


def test_nan_and_targets_without_figure_are_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        satisfied([float("nan")], target("=", 1.0))
    with pytest.raises(ValueError, match="no figure"):
        satisfied([1.0], target("all"))


def test_a_past_target_is_judged_on_observation_even_if_the_model_disagrees() -> None:
    wanted = target("=", 900.0, year=2025, sense="better_up")
    seen = [Observation("wind_solar_capacity", 2025, 9200.0, "MW", "bulletin")]
    [verdict] = judge([wanted], seen, as_of=2025, outlook=outlook("wind_solar_capacity", [1.0, 1.0], "MW"))
    assert (verdict.status, verdict.basis, verdict.value) == (Status.MET, "observation", 920.0)
    assert verdict.probability is None
    assert verdict.source == "bulletin"


def test_a_past_target_without_observation_cannot_be_judged_and_names_the_latest() -> None:
    wanted = target("=", 900.0, year=2025)
    seen = [Observation("wind_solar_capacity", 2023, 450.0, "万千瓦")]
    [verdict] = judge([wanted], seen, as_of=2025, outlook=outlook("wind_solar_capacity", [9999.0], "MW"))
    assert verdict.status is Status.CANNOT_BE_JUDGED
    assert not verdict.judged
    assert "450 万千瓦 in 2023" in verdict.why_en
    assert "2025" in verdict.why_zh


@pytest.mark.parametrize(
    ("reaching", "status"), [(9, Status.MET), (8, Status.AT_RISK), (1, Status.AT_RISK), (0, Status.MISSED)]
)
def test_a_future_target_is_judged_by_the_share_of_samples(reaching: int, status: Status) -> None:
    samples = [9300.0] * reaching + [9000.0] * (10 - reaching)
    wanted = target("=", 927.0, sense="better_up")
    [verdict] = judge([wanted], as_of=2025, outlook=outlook("wind_solar_capacity", samples, "MW"))
    assert verdict.status is status
    assert verdict.probability == pytest.approx(reaching / 10)
    assert verdict.basis == "model"


def test_the_year_of_as_of_itself_is_past() -> None:
    [verdict] = judge(
        [target("=", 1.0, year=2026)], as_of=2026, outlook=outlook("wind_solar_capacity", [1.0], "MW")
    )
    assert verdict.basis == "none"


def test_a_wrong_kind_of_unit_is_said_and_not_compared() -> None:
    seen = [Observation("wind_solar_capacity", 2025, 9.0, "亿千瓦时")]
    [verdict] = judge([target("=", 9.0, year=2025)], seen, as_of=2025)
    assert verdict.status is Status.CANNOT_BE_JUDGED
    assert "kinds" in verdict.why_en


def test_an_intensity_of_runs_is_no_capacity() -> None:
    cap = target("<=", 0.1, indicator="原油一次性加工能力", unit="亿吨", year=2025)
    seen = [Observation("crude_oil_processed", 2025, 641.09, "万吨")]
    [verdict] = judge([cap], seen, as_of=2025)
    assert verdict.status is Status.CANNOT_BE_JUDGED


@pytest.mark.parametrize(
    ("base", "end", "value", "status"),
    [(1.0, 0.82, 18.0, Status.MET), (1.0, 0.83, 18.0, Status.MISSED), (2.0, 1.5, 20.0, Status.MET)],
)
def test_a_fall_is_measured_from_its_baseline_year(
    base: float, end: float, value: float, status: Status
) -> None:
    wanted = target("-", value, indicator="单位生产总值能耗", unit="%", year=2025, baseline_year=2020)
    seen = [
        Observation("energy_intensity", 2020, base, "%"),
        Observation("energy_intensity", 2025, end, "%"),
    ]
    assert judge([wanted], seen, as_of=2025)[0].status is status
    assert judge([wanted], seen[1:], as_of=2025)[0].status is Status.CANNOT_BE_JUDGED


def test_floor_and_stretch_are_judged_apart() -> None:
    fields = {"indicator": "畜禽粪污综合利用率", "unit": "%", "year": 2025, "sense": "better_up"}
    floor, stretch = target(">=", 80.0, **fields), target("=", 90.0, stretch=True, **fields)
    seen = [Observation("manure_utilisation", 2025, 85.0, "%")]
    verdicts = judge([floor, stretch], seen, as_of=2025)
    assert [verdict.status for verdict in verdicts] == [Status.MET, Status.MISSED]
    assert "at least 80%" in verdicts[1].why_en


def test_deferred_targets_say_what_the_model_expects() -> None:
    wanted = target("deferred", indicator="非化石能源消费比重", unit=None, year=2030)
    [verdict] = judge([wanted], as_of=2025, outlook=outlook("nonfossil_share", [20.0, 22.0], "%"))
    assert verdict.status is Status.CANNOT_BE_JUDGED
    assert "21%" in verdict.why_en


@pytest.mark.parametrize(
    ("probability", "status"), [(0.95, Status.MET), (0.4, Status.AT_RISK), (0.02, Status.MISSED)]
)
def test_the_peak_is_judged_by_its_probability(probability: float, status: Status) -> None:
    peak = target("milestone", indicator="二氧化碳排放达峰", unit=None, year=2030)
    view = outlook("x", [1.0], "MW", {2030: probability})
    [verdict] = judge([peak], as_of=2025, outlook=view)
    assert (verdict.status, verdict.probability) == (status, probability)


def test_neutrality_is_not_the_peak() -> None:
    neutral = target("milestone", indicator="碳中和", unit=None, year=2060)
    [verdict] = judge([neutral], as_of=2025, outlook=outlook("x", [1.0], "MW", {2060: 1.0}))
    assert verdict.status is Status.CANNOT_BE_JUDGED


@pytest.mark.parametrize("comparator", [value.value for value in Comparator])
@pytest.mark.parametrize("year", [None, 2023, 2030])
@pytest.mark.parametrize("sense", list(Sense))
def test_no_target_is_left_without_verdict_and_reason(
    comparator: str, year: int | None, sense: Sense
) -> None:
    value = None if comparator in ("all", "deferred", "milestone", "better_than") else 5.0
    high = 6.0 if comparator == ".." else None
    wanted = target(comparator, value, value_high=high, year=year, sense=sense, indicator="未知指标")
    [verdict] = judge([wanted], as_of=2025)
    assert verdict.status is Status.CANNOT_BE_JUDGED
    assert verdict.why_zh
    assert verdict.why_en


def test_every_row_of_the_indicator_table_can_be_looked_up() -> None:
    for indicator in indicators().values():
        assert indicator_of(f" {indicator.zh} ") is indicator
        assert bool(indicator.note_zh) == bool(indicator.note_en)
    assert indicator_of("森林覆盖率增长").observation == ""


def test_shapes_of_the_outlook_are_checked() -> None:
    with pytest.raises(ValueError, match="shape"):
        Outlook(YEARS, {"x": np.ones((3, 2))}, {"x": "MW"}, {})
    with pytest.raises(ValueError, match="unit"):
        Outlook(YEARS, {"x": np.ones((3, YEARS.size))}, {}, {})


@pytest.mark.parametrize(
    ("trend", "status"), [([4500.0, 4600.0], Status.AT_RISK), ([9300.0, 9400.0], Status.MET)]
)
def test_what_the_plan_itself_sets_is_a_matter_of_delivery(trend: list[float], status: Status) -> None:
    with_plan = np.full((2, YEARS.size), 9270.0)
    without = np.repeat(np.array(trend)[:, None], YEARS.size, axis=1)
    name = "wind_solar_capacity"
    view = Outlook(YEARS, {name: with_plan}, {name: "MW"}, {}, "A", {name: without}, {})
    [verdict] = judge([target("=", 927.0, sense="better_up")], as_of=2025, outlook=view)
    assert verdict.status is status
    assert ("matter of delivery" in verdict.why_en) == (status is Status.AT_RISK)
    assert (verdict.probability is None) == (status is Status.AT_RISK)


def test_published_figures_lose_no_digit() -> None:
    stock = target(">=", 9079.6, indicator="活立木蓄积量", unit="万立方米", year=2025)
    [verdict] = judge([stock], [Observation("forest_stock", 2025, 9080.25, "万立方米")], as_of=2025)
    assert "9,080.25 万立方米" in verdict.why_zh
    assert "9,079.6 万立方米" in verdict.why_zh


def test_what_the_model_makes_of_a_past_year_stands_beside_the_missing_observation_and_is_no_verdict() -> (
    None
):
    share = Target(
        locator="二", indicator="非化石能源消费比重", comparator="=", value=17.7, unit="%", year=2027
    )
    before = Observation("nonfossil_share", 2020, 11.7, "%")
    [verdict] = judge([share], [before], 2028, outlook("nonfossil_share", [0.13, 0.17, 0.2], "1"))
    assert verdict.status is Status.CANNOT_BE_JUDGED
    assert verdict.probability is None
    assert "11.7% in 2020" in verdict.why_en
    assert "takes 17%" in verdict.why_en
    assert "for reference" in verdict.why_en
    # a figure that was put in says nothing, nor does one of another kind
    [fixed] = judge([share], [before], 2028, outlook("nonfossil_share", [0.17, 0.17], "1"))
    [other] = judge([share], [before], 2028, outlook("nonfossil_share", [0.1, 0.2], "t"))
    assert "for reference" not in fixed.why_en + other.why_en


def test_an_indicator_that_the_model_lacks_still_names_the_latest_observation() -> None:
    cover = Target(
        locator="四(四)1", indicator="森林覆盖率", comparator=">=", value=57.23, unit="%", year=2030
    )
    [verdict] = judge(
        [cover], [Observation("forest_cover", 2020, 56.44, "%")], 2025, outlook("x", [1.0], "1")
    )
    assert verdict.status is Status.CANNOT_BE_JUDGED
    assert "56.44% in 2020" in verdict.why_en


@pytest.mark.parametrize(
    ("comparator", "sense", "value", "expected"),
    [
        (">=", "match", 900.0, (27.0, -23.0, 50.0)),
        ("<=", "match", 900.0, (-27.0, -50.0, 23.0)),
        ("=", "better_up", 927.0, (0.0, -50.0, 23.0)),
        ("..", "match", 900.0, (27.0, -23.0, 50.0)),
    ],
)
def test_the_margin_is_the_distance_to_the_nearer_bound(comparator, sense, value, expected):
    wanted = target(comparator, value, sense=sense, value_high=1000.0 if comparator == ".." else None)
    found = Verdict(wanted, Status.AT_RISK, "model", "", "", value=927.0, low=877.0, high=950.0)
    assert found.margin == pytest.approx(expected)


def test_without_a_figure_or_a_value_there_is_no_margin():
    assert Verdict(target("milestone"), Status.MET, "model", "", "", value=2028.0).margin is None
    assert Verdict(target(">=", 1.0), Status.CANNOT_BE_JUDGED, "none", "", "").margin is None


@pytest.mark.parametrize("unit", ["万牛", "吨", "%"])
@pytest.mark.parametrize("as_of", [2025, 2030])
def test_a_unit_that_is_unknown_or_of_another_kind_gives_a_reason_and_no_error(unit: str, as_of: int) -> None:
    wanted = target("=", 927.0, unit=unit)
    seen = [Observation("wind_solar_capacity", 2030, 900.0, "万千瓦")]
    [verdict] = judge([wanted], seen, as_of, outlook("wind_solar_capacity", [9300.0, 9400.0], "MW"))
    assert verdict.status is Status.CANNOT_BE_JUDGED
    assert unit in verdict.why_zh
