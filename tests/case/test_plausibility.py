"""Contract: figures that fit their column and cannot well be are findings beside their neighbours; sound data have none;
rows of another place are counted as such.

The six slips of the issue are made in the bundled city; the mini series are worked out by hand.
"""

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from dafeng.case import load
from dafeng.case.ownership import own_share, ownership, ownership_findings
from dafeng.case.plausibility import implausible


@cache
def city():
    return load("jiujiang")


def changed(table: str, rows: pd.Series, **values: object):
    """The bundled city with cells of one table changed."""
    case = city()
    frame = case.table(table)
    for column, value in values.items():
        frame.loc[rows, column] = value(frame.loc[rows, column]) if callable(value) else value
    return replace(case, tables={**case.tables, table: frame})


def observed(indicator: str, year: int | None = None) -> pd.Series:
    frame = city().table("observations")
    rows = (frame["indicator"] == indicator) & (frame["region"] == "360400")
    return rows & (frame["year"] == year) if year else rows


def found(case) -> list[tuple[str, str]]:
    return [(one.code.removeprefix("case.implausible."), one.where) for one in implausible(case)]


def test_the_bundled_city_is_plausible_and_its_own() -> None:
    assert implausible(city()) == ()
    assert own_share(city()) == 1.0
    assert ownership_findings(city()) == ()


@pytest.mark.parametrize("name", ["南昌市", "南昌"])
def test_a_case_that_is_renamed_and_keeps_its_code_is_not_of_the_place_it_names(name: str) -> None:
    renamed = replace(city(), city=city().city.model_copy(update={"name_zh": name, "name_en": "Nanchang"}))
    assert own_share(renamed) < 0.1
    first, *_, last = ownership_findings(renamed)
    assert (first.code, first.where) == ("case.name_of_another_place", "city.yaml:code")
    assert f"{name}的代码是 360100,文件写的是 360400(九江市)" in first.zh
    assert last.code == "case.not_its_own_data"
    # a name that no place has says nothing about the data
    made_up = replace(city(), city=city().city.model_copy(update={"name_zh": "试验市"}))
    assert own_share(made_up) == 1.0


def test_a_digit_too_many_in_one_year_is_named_with_its_neighbours() -> None:
    rows = observed("gdp_current", 2015)
    rows &= rows.cumsum() == 1
    case = changed("observations", rows, value=lambda cells: cells * 10)
    row = int(city().table("observations").index[rows][0])
    codes = found(case)
    assert ("change", f"observations.csv:{row}:value") in codes
    assert {where for _, where in codes} == {f"observations.csv:{row}:value"}
    told = next(one for one in implausible(case) if one.code.endswith("change"))
    assert "2014: " in told.zh
    assert "2016: " in told.en


def test_all_gdp_ten_times_and_all_people_a_tenth_show_a_head() -> None:
    assert {"range"} <= {
        code for code, _ in found(changed("observations", observed("gdp_current"), value=lambda v: v * 10))
    }
    people = observed("population_resident_yearend")
    assert "range" in {code for code, _ in found(changed("observations", people, value=lambda v: v / 10))}


def test_people_a_tenth_in_one_year() -> None:
    rows = observed("population_resident_yearend", 2020)
    rows &= rows.cumsum() == 1
    codes = {code for code, _ in found(changed("observations", rows, value=lambda v: v / 10))}
    assert "change" in codes


def test_a_unit_of_another_kind_and_a_misspelt_indicator() -> None:
    case = changed("observations", observed("electricity_generation_above_scale"), unit="吨")
    assert "unit" in {code for code, _ in found(case)}
    case = changed("observations", observed("forest_cover"), indicator="forest_covr")
    [told] = [one for one in implausible(case) if one.code.endswith("spelling")]
    assert "forest_cover" in told.zh
    assert "森林覆盖率" in told.zh


def test_a_coal_unit_of_105_200_mw_and_a_share_of_three() -> None:
    plants = city().table("plants")
    big = plants["capacity_mw"].eq(1052) & plants["fuel"].eq("coal")
    assert big.any()
    case = changed("plants", big & (big.cumsum() == 1), capacity_mw=105200.0)
    [(code, where)] = found(case)
    assert (code, where.split(":")[0], where.split(":")[2]) == ("plant", "plants.csv", "capacity_mw")
    measures = city().table("measures")
    row = (measures["id"] == "coal_unit_retrofit") & (measures["year"] == 2030)
    [told] = implausible(changed("measures", row, value=3.0))
    assert "0.03" in told.zh
    assert "0.035" in told.en


def series(*values: float, indicator: str = "gdp_current", unit: str = "亿元") -> list[int]:
    """Positions of the values that are called suspicious, in a series from 2015 on of a place with a million people."""
    frame = pd.DataFrame({
        "indicator": [indicator] * len(values) + ["population_resident"], "region": "360400",
        "year": [*range(2015, 2015 + len(values)), 2016], "value": [*values, 100.0],
        "unit": [unit] * len(values) + ["万人"], "source": "s", "grade": "B", "note": "",
    })  # fmt: skip
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    case = replace(city(), tables={"observations": frame})
    return [int(where.split(":")[1]) - 2 for _, where in found(case)]


@pytest.mark.parametrize(
    ("values", "suspects"),
    [
        ((500, 550, 600), []),
        ((500, 5500, 600), [1, 1]),  # 5,500 亿元 by a million people is out of range as well
        ((500, 55, 600), [1]),
        ((500, 550, 6000), [2, 2]),
        ((500, 701, 800), [1]),  # 1.402 times; 1.4 is the bound
        ((500, 699, 800), []),
        ((0.0, 500, 600), [0]),  # no output at all is out of range; from nothing there is no ratio
    ],
)
def test_changes_by_hand(values: tuple[float, ...], suspects: list[int]) -> None:
    assert sorted(series(*values)) == suspects


def test_percentages_change_by_points() -> None:
    assert series(56.0, 57.0, 60.0, indicator="forest_cover", unit="%") == []
    assert series(56.0, 57.0, 60.1, indicator="forest_cover", unit="%") == [2]
    assert series(0.56, 0.57, indicator="forest_cover", unit="1") == []


def test_a_case_made_of_another_citys_data_says_so() -> None:
    other = city().city.model_copy(
        update={"code": "360100", "name_zh": "南昌市", "name_en": "Nanchang", "counties": ()}
    )
    copied = replace(city(), city=other)
    tables = {table.table: table for table in ownership(copied)}
    drivers = city().table("drivers")
    assert (tables["drivers"].rows, tables["drivers"].others) == (len(drivers), len(drivers))
    assert tables["measures"].others == len(city().table("measures"))
    assert tables["drivers"].places == ("九江市",)
    assert own_share(copied) < 0.5
    *_, last = ownership_findings(copied)
    assert last.code == "case.not_its_own_data"
    assert "南昌市" in last.zh


def _driver(parameter: str, year: int | None = None) -> pd.Series:
    frame = city().table("drivers")
    rows = frame["parameter"] == parameter
    return rows & (frame["year"] == year) if year else rows


@pytest.mark.parametrize(
    ("parameter", "year", "times", "codes"),
    [
        ("population", 2030, 0.1, ["change"]),
        ("population", None, 0.1, ["driver"]),
        ("population", None, 10, ["driver"]),
        ("gdp_growth", 2030, 10, ["range"]),
        ("thermal_hours", 2025, 10, ["range"]),
        ("urban_share", 2030, 0.1, ["change"]),
        ("grid_factor", 2025, 10, ["range"]),
    ],
)
def test_a_slip_in_a_driver_is_found(
    parameter: str, year: int | None, times: float, codes: list[str]
) -> None:
    """The model reads the drivers: a digit too many there moved the answer without a word."""
    case = changed(
        "drivers", _driver(parameter, year),
        **dict.fromkeys(("value", "low", "high"), lambda cells: cells * times),
    )  # fmt: skip
    told = found(case)
    assert sorted({code for code, _ in told}) == codes
    assert all(where.startswith("drivers.csv:") for _, where in told)


def test_people_of_the_drivers_are_shown_beside_the_statistics() -> None:
    case = changed("drivers", _driver("population"), **dict.fromkeys(("value", "low", "high"), lambda cells: cells / 10))  # fmt: skip
    assert "2020年人口(驱动因素) 46.003 万人,统计数为 460.03 万人" in implausible(case)[0].zh


@pytest.mark.parametrize("unit", ["吨", "人"])
def test_a_driver_in_another_unit_is_found(unit: str) -> None:
    told = found(changed("drivers", _driver("population"), unit=unit))
    assert {code for code, _ in told} <= {"unit", "range", "driver"}
    assert told


@pytest.mark.parametrize("name", ["gdp_curent", "GDP_current", "GDP", "地区生产总值"])
def test_a_name_in_place_of_the_id_leads_to_the_id(name: str) -> None:
    case = changed("observations", observed("gdp_current"), indicator=name)
    [told] = [one for one in implausible(case) if one.code.endswith("spelling")]
    assert f"指标 {name} 无处使用,是否为 gdp_current" in told.zh
