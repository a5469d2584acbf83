"""Contract: one table of indicators; a name in any of its forms finds its row, and only that; bounds are wide but real."""

import pytest

from dafeng.factors import indicator_named, indicator_observed, indicators, plain_name, same_terms
from dafeng.units import is_unit, kind


def test_every_row_is_whole() -> None:
    for one in indicators().values():
        assert one.zh
        assert one.en
        assert one.sense in ("better_up", "better_down", "match")
        assert is_unit(one.unit), one.id
        assert not one.model_unit or is_unit(one.model_unit)
        assert one.per == "" or one.per in indicators()
        assert bool(one.change) == (one.change_low is not None) == (one.change_high is not None)
        assert one.range_grade == ("E" if one.low is not None or one.change else "")
        assert bool(one.note_zh) == bool(one.note_en)
        for low, high in ((one.low, one.high), (one.change_low, one.change_high)):
            assert low is None or high is None or low < high


def test_a_model_quantity_and_its_statistic_are_of_one_kind() -> None:
    for one in indicators().values():
        if one.model_unit and one.model not in ("energy_intensity", "co2_intensity"):
            assert kind(one.unit) == kind(one.model_unit), one.id


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("单位GDP能耗", "energy_intensity"),
        ("万元地区生产总值能耗", "energy_intensity"),
        ("单位生产总值能源消耗", "energy_intensity"),
        ("单位 ＧＤＰ 二氧化碳排放", "co2_intensity"),
        ("单位地区生产总值二氧化碳排放量", "co2_intensity"),
        ("农作物秸秆综合利用率", "straw_utilisation"),
        ("规上工业发电量", "electricity_generation_above_scale"),
        ("规模以上工业发电量", "electricity_generation_above_scale"),
        ("原油一次性加工能力", "crude_processing_capacity"),
        ("常住人口", "population_resident"),
    ],
)
def test_names_that_mean_the_same_find_one_row(name: str, id_: str) -> None:
    assert indicator_named(name).id == id_


@pytest.mark.parametrize("name", ["森林覆盖率增长", "城区森林覆盖率", "能耗", "秸秆", "单位建筑面积能耗", ""])
def test_nothing_is_guessed_from_a_part_of_a_name(name: str) -> None:
    assert indicator_named(name) is None


def test_each_statistic_has_one_row() -> None:
    listed = [one.observation for one in indicators().values() if one.observation]
    assert len(listed) == len(set(listed))
    assert indicator_observed("crude_oil_processed").id == "crude_throughput"
    assert indicator_observed("phlogiston") is None


def test_forms_of_a_name() -> None:
    assert plain_name(" 单位 ＧＤＰ能耗 ") == "单位GDP能耗"
    assert same_terms(same_terms("万元国内生产总值能源消耗")) == same_terms("万元国内生产总值能源消耗")
