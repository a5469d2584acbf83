"""Bad input of a forecast is refused with place, found, expected and mend, in Chinese and in English.

The kinds that a case can hold: a range that excludes its median, a dimension of the reserved block, an observation of
the future, two vintages of one series; a value that makes no growth, a unit of another kind, a share of damping outside
0-1, two shares of one driver, an error table that is no numbers. Problems of one table are reported together.
"""

import re
from types import SimpleNamespace

import pandas as pd
import pytest
from tests.pathway.test_uncertain_measures import TWO_SECTOR_DRIVERS, TWO_SECTOR_MEASURES, city

from dafeng.evidence import DafengError
from dafeng.pathway import readings_of
from dafeng.pathway.forecast.model_error import read_errors

CHINESE = re.compile(r"[\u4e00-\u9fff]")
STEEL = TWO_SECTOR_DRIVERS[0] | {
    "id": "steel", "parameter": "growth.steel", "distribution": "normal", "value": 1, "low": 0, "high": 2,
}  # fmt: skip
FALLING = "fuel_intensity.steel"


def observed(jiujiang, indicator, place="city", **cells):
    """Readings of the case with its last row of `indicator` once more, changed by `cells`."""

    def grown(case, mine):
        table = case.table("observations")
        if not mine:
            return table
        last = table[(table["indicator"] == indicator) & table["value"].notna()].iloc[[-1]]
        return pd.concat([table, last.assign(**cells)], ignore_index=True)

    def folder(case, mine, parent):
        table = grown(case, mine)
        return SimpleNamespace(table=lambda _: table, city=case.city, parent=parent, name=case.name)

    parent = folder(jiujiang.parent, place != "city", None)
    return readings_of(folder(jiujiang, place == "city", parent), 2020)


def damped(*shares):
    rows = [row for row in TWO_SECTOR_DRIVERS if row["parameter"] == FALLING]
    others = [row for row in TWO_SECTOR_DRIVERS if row["parameter"] != FALLING]
    return city(
        [], [*others, *(rows[0] | {"year": 2020 + k, "damping": share} for k, share in enumerate(shares))]
    )


WRONG = {
    "range excludes its median": (
        lambda case: city([TWO_SECTOR_MEASURES[0] | {"low": 0.11, "high": 0.14}]),
        r"measures\.csv:\d+:low", "0.11 – 0.1 – 0.14", "low ≤ value ≤ high", "low <= value <= high", "中位数", "median",
    ),
    "dimension of the reserved block": (
        lambda case: city([], [*TWO_SECTOR_DRIVERS, STEEL | {"dimension": 1500}]),
        r"drivers\.csv:\d+:dimension", "1500", "1–1000 或 2000 以上", "below 1001 or above 1999", "模型自身", "belongs to the model",
    ),
    "observation of the future": (
        lambda case: observed(case, "co2_edgar_v8", year=2031),
        r"observations\.csv:\d+:year", "co2_edgar_v8 360400 2031", "不晚于", "not after as_of", "未来的数不是观测", "correct the year",
    ),
    "two vintages of one series": (
        lambda case: observed(case, "co2_edgar_v8", source="another"),
        r"observations\.csv:\d+", "co2_edgar_v8 360400 2023", "一个版本", "one vintage", "保留较新", "keep the newer",
    ),
    "two vintages of the province": (
        lambda case: observed(case, "fossil_co2_from_composition", "province", source="another"),
        r"regions/360000/observations\.csv:\d+", "fossil_co2_from_composition 360000 2024", "一个版本", "one vintage", "保留较新", "keep the newer",
    ),
    "value that makes no growth": (
        lambda case: observed(case, "co2_edgar_v8", year=1969, value=0.0),
        r"observations\.csv:\d+:value", "co2_edgar_v8 360400 1969: 0", "大于0", "above 0", "留空", "leave a missing value empty",
    ),
    "unit of another kind": (
        lambda case: observed(case, "co2_edgar_v8", year=1969, unit="万千瓦"),
        r"observations\.csv:\d+:unit", "co2_edgar_v8 360400 1969: 万千瓦", "换算为 tCO2", "converts to tCO2", "更正单位", "correct the unit",
    ),
    "damping outside 0-1": (
        lambda case: damped(1.5), r"drivers\.csv:\d+:damping", "1.5", "0 到 1", "from 0 to 1", "折半延续", "half of a fall",
    ),
    "two shares of damping": (
        lambda case: damped(0.5, 0.7), r"drivers\.csv:\d+:damping", "0.5, 0.7", "一个 0 到 1", "one share", "折半延续", "half of a fall",
    ),
    "error table twice": (
        lambda case: read_errors([ERROR_ROW, ERROR_ROW]),
        r"model_error\.csv:3", "co2_nbs 360000 2015 1", "一个版本", "one vintage", "最新", "newest",
    ),
}  # fmt: skip
ERROR_ROW = {
    "province_code": "360000", "quantity": "co2_nbs", "origin": "2015", "lead": "1", "error_full_trend": "0.1",
    "error_no_trend": "0.0", "error_growth": "0.1",
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_bad_input_is_refused_with_place_found_expected_and_mend(kind, jiujiang):
    refused, place, found, expected_zh, expected_en, mend_zh, mend_en = WRONG[kind]
    with pytest.raises(DafengError) as caught:
        refused(jiujiang)
    [problem] = caught.value.problems
    assert re.fullmatch(place, problem.where), problem.where
    assert found in str(problem.found)
    zh, en = problem.sentence("zh"), problem.sentence("en")
    assert problem.mend
    assert expected_zh in zh
    assert mend_zh in zh
    assert expected_en in en
    assert mend_en in en
    assert CHINESE.search(zh)
    assert not CHINESE.search(en.replace("万千瓦", ""))


def test_problems_of_one_table_come_together(jiujiang):
    with pytest.raises(DafengError) as caught:
        observed(jiujiang, "co2_edgar_v8", year=2031, value=-1.0, unit="万千瓦")
    assert [p.where.rpartition(":")[2] for p in caught.value.problems] == ["year", "value", "unit"]


def test_a_missing_value_is_no_reading_and_no_problem(jiujiang):
    whole = observed(jiujiang, "co2_edgar_v8", value=None, source="another")
    assert [r.value for r in whole] == [r.value for r in readings_of(jiujiang, 2020)]
