"""Prices and costs of technologies as the tables `prices` and `costs` of a case have them, one source at a
time.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError, Problems
from dafeng.units import convert


@dataclass(frozen=True, slots=True)
class Quoted:
    """Figure over time from one source: `years` ascending, `values` in `unit`."""

    years: tuple[float, ...]
    values: tuple[float, ...]
    unit: str
    source: str
    grade: str

    def at(self, year: float) -> float:
        """Interpolate linearly between the years that the source gives, its nearest year outside them."""
        return float(np.interp(year, self.years, self.values))


class Prices:
    """Look-ups in a case's `prices` and `costs` (its own or its parent's).

    Rival sources are never averaged: the one that spans the most years takes precedence, then the better
    grade, then its place in the table. Rows without a value (NE) are not there.
    """

    def __init__(self, case: Case) -> None:
        self._case = case

    @cached_property
    def _costs(self) -> pd.DataFrame:
        return self._case.effective("costs")

    def technology(self, technology: str, parameter: str, unit: str) -> Quoted | None:
        """Return a parameter of a technology in `unit`; None where no source gives it."""
        table = self._costs
        rows = table[(table["technology"] == technology) & (table["parameter"] == parameter)]
        return _chosen("costs.csv", rows, unit)

    def price(self, item: str, unit: str) -> Quoted | None:
        """Return a price in `unit`: of the city, else of its province, else of another city of the province,
        else national.
        """
        table = self._case.effective("prices")
        rows = table[table["item"] == item]
        code = self._case.city.code
        for here in (rows["region"] == code, rows["region"] == f"{code[:2]}0000", rows["region"].str.startswith(code[:2]),
                     rows["region"] == "100000"):  # fmt: skip
            found = _chosen("prices.csv", rows[here], unit)
            if found is not None:
                return found
        return None


def _chosen(file: str, rows: pd.DataFrame, unit: str) -> Quoted | None:
    rows = rows[rows["value"].notna()]
    best: tuple[int, str, int] | None = None
    chosen = None
    for place, (source, part) in enumerate(rows.groupby("source", sort=False)):
        grade = str(part["grade"].max())
        rank = (-part["year"].nunique(), grade, place)
        if best is None or rank < best:
            best, chosen = rank, _quoted(file, part.sort_values("year"), unit, str(source), grade)
    return chosen


def _quoted(file: str, part: pd.DataFrame, unit: str, source: str, grade: str) -> Quoted:
    problems, values = Problems(), []
    for row, value, its_unit in zip(part.index, part["value"], part["unit"].astype(str), strict=True):
        try:
            values.append(float(convert(float(value), its_unit, unit)))
        except DafengError as error:
            told = error.problems[0]
            problems.add(
                f"{file}: {part['source'].iloc[0]}, {int(part['year'].loc[row])}: unit",
                its_unit or "no unit",
                told.expected,
                told.mend,
            )
    problems.raise_if_any()
    return Quoted(tuple(part["year"].astype(float)), tuple(values), unit, source, grade)
