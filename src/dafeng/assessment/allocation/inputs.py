"""Input data of an allocation: parts from a user's table, or the counties of a case."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.assessment.allocation.methods import TITLES, Parts
from dafeng.assessment.input_tables import read_input_table
from dafeng.case import Case
from dafeng.evidence import Problems, Text
from dafeng.inventory import Inventory, to_counties
from dafeng.tables import Column, Kind, Table

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

    ids = tuple(frame["part"].astype(str))
    shown = frame["name"].astype(str) if "name" in frame else pd.Series("", index=frame.index)
    titles = {part: title or part for part, title in zip(ids, shown, strict=True)}
    parts = Parts(ids, *(column(name) for name in TITLES))
    return Basis(parts, titles, column("floor"), column("ceiling"))
