"""Vintages of a balance: years that stand on another level than the others, and years given in two versions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.inventory.balance.names import find_fuel, find_row
from dafeng.inventory.balance.refusals import Refused

FloatArray = NDArray[np.float64]

LEVEL = 0.10
"""Least distance in ln of final energy from its neighbours, and least break, that may be another vintage.

In CEADs' balances of 30 provinces, 2014–2022, one year stands alone (Hebei 2018, +11 %) and two levels stay from a
break on (Xinjiang 2021 +12 %, Qinghai 2021 +11 %); eleven more breaks are no common move or do not stay.
"""
COMMON = 0.7
"""Least share of the energy whose cells move the same way by a third of the whole: a revision reaches most rows."""
CELLS = 3
TWICE = 0.2
"""Least share of the cells of a place and year that come twice with two values."""


@dataclass(frozen=True, slots=True)
class Vintage:
    """Year of another vintage: `kind` is vintage (a year alone), vintage-break (from it on) or two-versions.

    `change` is the distance in ln of final energy from the other years, or of the second version from the first;
    `rows` and `fuel` are empty for the whole place and year.
    """

    kind: str
    region: str
    year: int
    change: float
    cells: int
    rows: tuple[str, ...] = ()
    fuel: str = ""


def other_levels(final: pd.DataFrame) -> list[Vintage]:
    """Find years whose final energy stands on another level than the years beside them.

    A year alone lies further from both neighbours than they from each other; from a break on the level stays. Either
    way most cells move together: a new plant or a closed one moves a few.

    Parameters
    ----------
    final
        Cells of final consumption [region, year, row, fuel, tce].
    """
    found: list[Vintage] = []
    for region, part in final.groupby("region", sort=True):
        table = part.pivot_table(index=["fuel", "row"], columns="year", values="tce", aggfunc="sum").fillna(
            0.0
        )
        found += _of_place(str(region), [int(y) for y in table.columns], table.to_numpy(dtype=np.float64))
    return found


def _of_place(region: str, years: list[int], table: FloatArray) -> Iterator[Vintage]:
    alone: set[int] = set()
    for i in range(1, len(years) - 1):
        if years[i + 1] - years[i - 1] != 2 or i - 1 in alone:
            continue
        before, now, after = table[:, i - 1], table[:, i], table[:, i + 1]
        change = _together(np.sqrt(before * after), now)
        apart = abs(np.log(after.sum() / before.sum())) if before.sum() > 0 and after.sum() > 0 else np.inf
        if change is not None and apart < abs(change[0]):
            alone.add(i)
            yield Vintage("vintage", region, years[i], *change)
    for i in range(1, len(years)):
        if years[i] - years[i - 1] != 1 or {i, i - 1} & alone:
            continue
        change = _together(table[:, i - 1], table[:, i])
        beside = [
            abs(np.log(table[:, j].sum() / table[:, j - 1].sum()))
            for j in (i - 1, i + 1)
            if 0 < j < len(years) and years[j] - years[j - 1] == 1 and not {j, j - 1} & alone and table[:, [j, j - 1]].sum(axis=0).all()
        ]  # fmt: skip
        if change is not None and beside and max(beside) < abs(change[0]) / 2:
            yield Vintage("vintage-break", region, years[i], *change)


def _together(level: FloatArray, now: FloatArray) -> tuple[float, int] | None:
    """Distance in ln of `now` from `level` and the cells that share it; None where it is small or a few cells make it."""
    both = (level > 0) & (now > 0)
    if np.count_nonzero(both) < CELLS:
        return None
    size, moves = level[both], np.log(now[both] / level[both])
    whole = float(np.log(now[both].sum() / size.sum()))
    shared = moves * np.sign(whole) > abs(whole) / 3
    if abs(whole) <= LEVEL or size[shared].sum() < COMMON * size.sum() or np.count_nonzero(shared) < CELLS:
        return None
    return whole, int(np.count_nonzero(shared))


def two_versions(cells: pd.DataFrame, refused: Iterable[Refused]) -> list[Vintage]:
    """Find places and years of which a file has two versions: many cells again with another value.

    Parameters
    ----------
    cells
        Cells that count [region, year, row, fuel, value].
    refused
        Cells that do not.
    """
    again: dict[tuple[str, int], dict[tuple[str, str], float]] = {}
    for cell in refused:
        row, fuel = find_row(cell.row), find_fuel(cell.fuel)
        if cell.kind == "again" and row is not None and fuel is not None and np.isfinite(cell.amount):
            again.setdefault((cell.region, cell.year), {})[row.row, fuel.fuel] = cell.amount
    found: list[Vintage] = []
    for (region, year), second in again.items():
        part = cells[(cells["region"] == region) & (cells["year"] == year)]
        if len(second) < max(CELLS, TWICE * len(part)):
            continue
        first = part.groupby(["fuel", "row"])["value"].sum()
        for name in sorted({fuel for _, fuel in second}):
            rows = tuple(sorted(row for row, fuel in second if fuel == name and (fuel, row) in first.index))
            old = sum(abs(float(first[name, row])) for row in rows)
            new = sum(abs(second[row, name]) for row in rows)
            if old > 0 and new > 0:
                found.append(
                    Vintage("two-versions", region, year, float(np.log(new / old)), len(rows), rows, name)
                )
    return found
