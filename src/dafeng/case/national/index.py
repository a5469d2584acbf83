"""Tables of the national index, read where a draft needs them and at no other time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from dafeng.evidence import DafengError, Problem, Text
from dafeng.tables import nearest

BASE_YEAR = 2020
"""Year of census, value added and structure."""
FIRST_YEAR = 2016
"""First year of the accounts of a draft."""
LAST_YEAR = 2022
"""Last year of the official energy statistics of the provinces."""
TIBET = "540000"
MUNICIPALITY = "直辖市"
_KINDS = ("市", "州", "地区", "盟")
_TEXT = dict.fromkeys(
    ("code", "province_code", "county_code", "start_year", "end_year", "unit", "name", "id"), str
)


@dataclass(frozen=True, slots=True)
class Unit:
    """Prefecture-level unit or municipality: names, census population, GDP and three industries of 2020 [亿元].

    `lon` and `lat` [°] are the median position of its plants: where a page draws it.
    """

    code: str
    name_zh: str
    short: str
    level: str
    province_code: str
    province: str
    population: float | None
    population_grade: str
    gdp: float | None
    va_primary: float | None
    va_secondary: float | None
    va_tertiary: float | None
    gdp_grade: str
    lon: float | None
    lat: float | None

    @property
    def is_municipality(self) -> bool:
        """Whether the unit is a province of its own."""
        return self.level == MUNICIPALITY


@cache
def table(name: str) -> pd.DataFrame:
    """Return a table of the index: units, provinces, plants, steel, co2_edgar or structure.

    Parameters
    ----------
    name
        Name of the table.
    """
    path = files("dafeng").joinpath("case", "national", f"{name}.csv")
    with path.open("r", encoding="utf-8") as file:
        return pd.read_csv(file, dtype=_TEXT, keep_default_na=True)


@cache
def units() -> Mapping[str, Unit]:
    """Return the units by code."""
    return {str(row["code"]): _unit(row) for row in table("units").to_dict("records")}


def _unit(row: Mapping[Any, Any]) -> Unit:
    def number(name: str) -> float | None:
        return None if pd.isna(row[name]) else float(row[name])

    def text(name: str) -> str:
        return "" if pd.isna(row[name]) else str(row[name])

    return Unit(
        text("code"), text("name_zh"), text("short"), text("level"), text("province_code"), text("province"), number("population"),
        text("population_grade"), number("gdp"), number("va_primary"), number("va_secondary"), number("va_tertiary"), text("gdp_grade"), number("lon"), number("lat"),
    )  # fmt: skip


def find_unit(text: str) -> Unit:
    """Return the unit of a code, a full name or a short name.

    Parameters
    ----------
    text
        GB/T 2260 code, 成都市 or 成都.

    Raises
    ------
    DafengError
        Where no unit or several are named; a county is answered with its prefecture, a province with its units.
    """
    wanted = text.strip()
    known = units()
    named = [unit for unit in known.values() if wanted in (unit.code, unit.name_zh, unit.short)]
    inside = [unit for unit in known.values() if wanted == unit.province]
    if len(named) == 1 and (not inside or named[0].is_municipality):
        return named[0]
    raise DafengError([_not_found(wanted, named, known)])


def unit_in(text: str) -> Unit | None:
    """Return the unit that a title or an issuer names, also by its short name (恩施州, 凉山州); None for none or several.

    Parameters
    ----------
    text
        Title of a document or name of a body.
    """
    named = {unit.name_zh: unit for unit in units().values() if unit.name_zh in text}
    if not named:
        named = {
            f"{unit.short}{kind}": unit
            for unit in units().values()
            for kind in _KINDS
            if f"{unit.short}{kind}" in text
        }
    longest = [name for name in named if not any(name in other and name != other for other in named)]
    return named[longest[0]] if len(longest) == 1 else None


def _not_found(wanted: str, named: list[Unit], known: Mapping[str, Unit]) -> Problem:
    expected = Text(
        "地级市、地区、自治州、盟或直辖市的代码或名称",
        "code or name of a prefecture-level unit or a municipality",
    )
    inside = [unit for unit in known.values() if wanted in (unit.province_code, unit.province)]
    if inside and not named:
        listed = "、".join(f"{unit.code} {unit.short}" for unit in inside[:30])
        mend = Text(
            f"省请用 dafeng province run {inside[0].province_code[:2]};其市:{listed}",
            f"for the province: dafeng province run {inside[0].province_code[:2]}; its units: {listed}",
        )
        return Problem("CODE", Text(f"{wanted} 是省", f"{wanted}, a province"), expected, mend)
    if named:
        province = [f"{inside[0].province_code} {wanted}(省 province)"] if inside else []
        listed = "、".join([*(f"{unit.code} {unit.name_zh}" for unit in named), *province])
        return Problem("CODE", wanted, expected, Text(f"写出代码:{listed}", f"give the code: {listed}"))
    above = known.get(f"{wanted[:4]}00") if wanted.isdigit() and len(wanted) == 6 else None
    if above is not None:
        mend = Text(
            f"先起草其所在的 {above.code} {above.name_zh}",
            f"draft its prefecture, {above.code} {above.name_zh}",
        )
        return Problem("CODE", Text(f"{wanted} 是县级", f"{wanted}, a county"), expected, mend)
    near = nearest(
        wanted, [name for unit in known.values() for name in (unit.code, unit.name_zh, unit.short)]
    )
    return Problem("CODE", wanted, expected, near or Text("见 dafeng data status", "see dafeng data status"))


def statistics(province_code: str, indicator: str) -> "pd.Series[float]":
    """Return an official statistic of a province by year.

    Parameters
    ----------
    province_code
        GB/T 2260 code of the province.
    indicator
        Indicator of the index.
    """
    return _series().get((province_code, indicator), pd.Series(dtype="float64"))


def nearest_statistic(province_code: str, indicator: str, year: int) -> float:
    """Return an official statistic of the year, else of the nearest year; 0 where there is none.

    Parameters
    ----------
    province_code
        GB/T 2260 code of the province.
    indicator
        Indicator of the index.
    year
        Year.
    """
    series = statistics(province_code, indicator)
    if series.empty:
        return 0.0
    near = min(series.index, key=lambda other: (abs(int(other) - year), int(other)))
    return float(series[near])


@cache
def _series() -> Mapping[tuple[str, str], "pd.Series[float]"]:
    groups = table("provinces").sort_values("year").groupby(["province_code", "indicator"])
    return {
        (str(code), str(indicator)): pd.Series(
            rows["value"].to_numpy(dtype=float), index=rows["year"].to_numpy(dtype=int)
        )
        for (code, indicator), rows in groups
    }


def edgar_co2(code: str, year: int) -> float:
    """Return the CO2 of a unit by EDGAR [Mt], summed over its counties; NaN where it has none. A check, never a source.

    Parameters
    ----------
    code
        GB/T 2260 code of the unit.
    year
        Year, 2010 to 2024.
    """
    rows = table("co2_edgar")
    return float(rows.loc[rows["code"] == code, str(year)].sum(min_count=1)) / 1000.0


def lacking(unit: Unit) -> list[tuple[str, str, str]]:
    """Return what a unit lacks for a draft: name in Chinese, in English, and who holds it.

    Parameters
    ----------
    unit
        The unit.
    """
    found = []
    if unit.province_code == TIBET:
        found.append(
            ("西藏能源统计", "energy statistics of Tibet", "没有公布的省级能源统计 (none is published)")
        )
    if unit.population is None:
        found.append(
            (
                "2020年普查常住人口",
                "resident population of the 2020 census",
                "中国2020年人口普查分县资料 (NBS)",
            )
        )
    if unit.gdp is None:
        found.append(
            (
                "2020年地区生产总值及三次产业",
                "GDP and value added of three industries, 2020",
                f"{unit.province}统计年鉴 (provincial yearbook)",
            )
        )
    return found


def feasible() -> list[Unit]:
    """Return the units that can be drafted, by code."""
    return [unit for unit in units().values() if not lacking(unit)]
