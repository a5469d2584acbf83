"""Input data of an allocation: parts from a user's table, or the counties of a case."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.assessment.allocation.methods import Parts
from dafeng.case import Case
from dafeng.evidence import DafengError, Problem, Problems
from dafeng.inventory import Inventory, to_counties
from dafeng.tables import Column, Kind, Table, check_table, read_csv

FloatArray = NDArray[np.float64]


def _number(name: str, zh: str, en: str) -> Column:
    return Column(name, Kind.NUMBER, zh, en, required=False, optional=True, low=0.0)


TABLE = Table(
    "cascade", "目标分解基础表", "base data of a cascade", "", "",
    (
        Column("part", Kind.ID, "单元(县区、行业或单位)", "part: county, sector or unit"),
        Column("name", Kind.TEXT, "名称", "name", required=False, optional=True),
        Column("base", Kind.NUMBER, "基期量", "amount in the base year", low=0.0),
        _number("history", "历史年份平均量", "mean amount of past years"),
        _number("people", "基期人口(人)", "persons in the base year"),
        _number("people_target", "目标年人口(人)", "persons in the target year"),
        _number("gdp", "基期生产总值(不变价)", "GDP of the base year at constant prices"),
        _number("gdp_target", "目标年生产总值(不变价)", "GDP of the target year at constant prices"),
        _number("output", "目标年产量", "output of the target year"),
        _number("benchmark", "单位产品基准", "amount per product"),
        _number("potential", "可减量", "amount that can be avoided"),
        Column("cost", Kind.NUMBER, "单位减排成本(元)", "CNY per amount avoided", required=False, optional=True),
        _number("manual", "人工设定量", "amount set by hand"),
        _number("floor", "下限", "least amount"),
        _number("ceiling", "上限", "greatest amount"),
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
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DafengError.at(str(path), str(error), "a CSV table with the columns part and base") from error
    problems = Problems()
    read = read_csv(TABLE.name, path.name, content)
    for problem in read.problems:
        problems.add(problem.where, problem.found, problem.expected, problem.mend)
    problems.raise_if_any()
    if read.table is None:
        raise DafengError([Problem(path.name, "no table", "a CSV table with the columns part and base")])
    frame = check_table(TABLE, read.table, problems)
    problems.raise_if_any()
    return _basis(frame)


def basis_of_case(case: Case, inventory: Inventory, year: int) -> Basis:
    """Return the counties of a case with their amounts [t CO2e] of account B in `year`.

    People and GDP of a county are seldom all on hand; methods that need them are then listed as unusable.

    Parameters
    ----------
    case
        Loaded case with counties.
    inventory
        Inventory of the case.
    year
        Year of the amounts.

    Returns
    -------
    Base data of each county.
    """
    rows = to_counties(inventory, case, year)
    sums = rows[rows["county"] != ""].groupby("county")["value_t"].sum()
    names = {county.code: county.name_zh for county in case.city.counties}
    frame = pd.DataFrame({"part": list(names), "name": list(names.values())})
    frame["base"] = [float(sums.get(code, 0.0)) for code in names]
    return _basis(frame)


def _basis(frame: pd.DataFrame) -> Basis:
    def column(name: str) -> FloatArray:
        if name not in frame:
            return np.full(len(frame), np.nan)
        return frame[name].to_numpy(dtype=np.float64)

    names = ("base", "history", "people", "people_target", "gdp", "gdp_target", "output", "benchmark", "potential", "cost", "manual")  # fmt: skip
    ids = tuple(frame["part"].astype(str))
    shown = frame["name"].astype(str) if "name" in frame else pd.Series("", index=frame.index)
    titles = {part: title or part for part, title in zip(ids, shown, strict=True)}
    parts = Parts(ids, *(column(name) for name in names))
    return Basis(parts, titles, column("floor"), column("ceiling"))
