"""Typed tables during validation: the context of the checks, and the report of a row that does not fit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case.city import City
from dafeng.case.schemas import TABLES
from dafeng.evidence import Problems
from dafeng.tables import report

Places = Mapping[str, Callable[[int, str], str]]


@dataclass(frozen=True, slots=True)
class Regions:
    """Set of region codes admissible in the rows of a case.

    `own`: the place and its parts; the second field: also those of its parent. Empty: any.
    """

    own: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    @classmethod
    def of(cls, city: City | None, parent: City | None) -> "Regions":
        if city is None:
            return cls()
        own = {city.code, *(part.code for part in city.counties)}
        above = {parent.code, *(part.code for part in parent.counties)} if parent is not None else set()
        return cls(
            frozenset(own) if city.counties else frozenset(), frozenset(own | above | {"CN", "100000"})
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """Typed tables of one case, the position of their cells, and the tables of its ancestors.

    `whole` is False where an ancestor could not be loaded: what refers to it is then not looked up.
    """

    tables: Mapping[str, pd.DataFrame]
    places: Places
    ancestors: tuple[Mapping[str, pd.DataFrame], ...] = ()
    regions: Regions = Regions()
    whole: bool = True

    def known(self, table: str) -> set[str]:
        """Return the values of the first key column of `table`, in this case and its ancestors."""
        column = TABLES[table].key[0]
        return {
            str(value)
            for tables in (self.tables, *self.ancestors)
            if table in tables
            for value in tables[table][column].unique()
        }


def flag(
    problems: Problems, checked: Checked, table: str, column: str, wrong: NDArray[np.bool_],
    describe: Callable[[Any], tuple[str, str, str]], what: str,
) -> None:  # fmt: skip
    frame = checked.tables[table]
    rows = frame.index[wrong]
    place = checked.places[table]

    def cell(row: int) -> tuple[str, str, str]:
        return describe(frame.loc[row])

    report(problems, rows, len(rows), lambda row: place(row, column), cell, what)
