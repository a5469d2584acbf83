"""Input data of an allocation: parts from a user's table, or the counties of a case."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.assessment.allocation.methods import TITLES, Parts
from dafeng.assessment.input_tables import read_input_table
from dafeng.case import Case
from dafeng.evidence import DafengError, Problems, Text
from dafeng.inventory import Inventory, to_counties
from dafeng.tables import Column, Kind, Table
from dafeng.units import convert, kind

FloatArray = NDArray[np.float64]


def _number(name: str, title: Text) -> Column:
    return Column(name, Kind.NUMBER, title.zh, title.en, required=False, optional=True, low=None if name == "cost" else 0.0)  # fmt: skip


TABLE = Table(
    "cascade", "目标分解基础表", "base data of a cascade", "", "",
    (
        Column("part", Kind.ID, "单元(县区、行业或单位)", "part: county, sector or unit"),
        Column("name", Kind.TEXT, "名称", "name", required=False, optional=True),
        Column("base", Kind.NUMBER, TITLES["base"].zh, TITLES["base"].en, low=0.0),
        *(_number(name, title) for name, title in TITLES.items() if name != "base"),
        _number("floor", Text("下限", "least amount")),
        _number("ceiling", Text("上限", "greatest amount")),
    ),
    ("part",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Basis:
    """Parts of an allocation with their names and bounds [part] (NaN: no bound)."""

    parts: Parts
    names: dict[str, str]
    floor: FloatArray
    ceiling: FloatArray


def read_basis(path: Path) -> Basis:
    """Read the base data of an allocation from a CSV file.

    Parameters
    ----------
    path
        CSV file in UTF-8.

    Returns
    -------
    Base data of each part.

    Raises
    ------
    DafengError
        With every cell that is no number, every duplicate part and missing column at once.
    """
    problems = Problems()
    expected = Text("含 part、base 列的 CSV 表", "a CSV table with the columns part and base")
    frame = read_input_table(TABLE, path, expected, problems)
    problems.raise_if_any()
    return _basis(frame)


_OF_COUNTIES = {"people": ("population_resident_yearend", 1e4), "gdp": ("gdp_current", 1e8)}
"""Datum of a part → observation of the counties, and what its unit (万人, 亿元) is worth in persons and CNY."""


TOTALS = Table(
    "cascade_totals", "待分解总量表", "totals of a cascade", "", "",
    (
        Column("name", Kind.TEXT, "名称(年份或目标)", "name: year or target"),
        Column("total", Kind.NUMBER, "总量", "total", low=0.0),
    ),
    ("name",),
)  # fmt: skip


def read_totals(path: Path) -> dict[str, float]:
    """Read the totals of a cascade, by year or target, from a CSV file with the columns name and total.

    Raises
    ------
    DafengError
        With every cell that is no number, every duplicate name and missing column at once.
    """
    problems = Problems()
    expected = Text("含 name、total 列的 CSV 表", "a CSV table with the columns name and total")
    frame = read_input_table(TOTALS, path, expected, problems)
    problems.raise_if_any()
    return {str(row["name"]): float(row["total"]) for row in frame.to_dict("records")}


def basis_of_case(case: Case, inventory: Inventory, year: int, unit: str = "t") -> Basis:
    """Return the counties of a case with their amounts in `year`: account A for a unit of CO2, else account B (CO2e).

    The mean of past years is that of the inventory's years up to `year`. People and GDP come from the
    observations of that year; where a county has none, the methods that need them are listed as unusable.
    GDP at the prices of the base year is its GDP at constant prices.

    Parameters
    ----------
    case
        Loaded case with counties.
    inventory
        Inventory of the case.
    year
        Year of the amounts.
    unit
        Unit of the total that is allocated: the amounts are in it.

    Returns
    -------
    Base data of each county.

    Raises
    ------
    DafengError
        For a unit that is no amount of CO2 or CO2e.
    """
    account, worth = _account_of(unit)
    names = {county.code: county.name_zh for county in case.city.counties}
    frame = pd.DataFrame({"part": list(names), "name": list(names.values())})
    base = _amounts(case, inventory, year, names, account) / worth
    past = [_amounts(case, inventory, one, names, account) / worth for one in inventory.years if one < year]
    frame["base"] = base
    if past:
        frame["history"] = np.mean([base, *past], axis=0)
    observed = case.table("observations")
    for datum, (indicator, worth) in _OF_COUNTIES.items():
        rows = observed[(observed["indicator"] == indicator) & (observed["year"] == year)]
        values = rows.drop_duplicates("region").set_index("region")["value"]
        frame[datum] = values.reindex(list(names)).to_numpy(dtype=np.float64) * worth
    return _basis(frame)


def _account_of(unit: str) -> tuple[str, float]:
    """Return the account whose amounts a unit is of, and how many t of it the unit is."""
    for kind_of, account in (("tCO2", "A"), ("tCO2e", "B"), ("t", "B")):
        if kind(unit) == kind(kind_of):
            return account, float(convert(1.0, unit, kind_of))
    raise DafengError.at(
        "--unit",
        unit,
        Text("排放量的单位,如 t、万tCO2、万tCO2e", "a unit of emissions, as t, 万tCO2, 万tCO2e"),
    )


def _amounts(case: Case, inventory: Inventory, year: int, codes: Iterable[str], account: str) -> FloatArray:
    """Return the amounts [t] of an account of each county in a year, 0 where nothing of it is placed there."""
    rows = to_counties(inventory, case, year, account)
    sums = rows[rows["county"] != ""].groupby("county")["value_t"].sum()
    return np.array([float(sums.get(code, 0.0)) for code in codes])


def _basis(frame: pd.DataFrame) -> Basis:
    def column(name: str) -> FloatArray:
        if name not in frame:
            return np.full(len(frame), np.nan)
        return frame[name].to_numpy(dtype=np.float64)

    ids = tuple(frame["part"].astype(str))
    shown = frame["name"].astype(str) if "name" in frame else pd.Series("", index=frame.index)
    titles = {part: title or part for part, title in zip(ids, shown, strict=True)}
    parts = Parts(ids, *(column(name) for name in TITLES))
    return Basis(parts, titles, column("floor"), column("ceiling"))
