"""Referential rules of every table.

What a row refers to exists, the place is the right one, a range holds its value.
"""

from typing import Any

import pandas as pd

from dafeng.case.checked import Checked, flag
from dafeng.case.schemas import TABLES
from dafeng.evidence import Problems
from dafeng.tables import Kind, nearest

_OF_THE_PLACE = frozenset({"observations", "drivers", "plants"})
"""Tables that speak of the place itself; prices, costs and activities may quote others."""


def check_references(name: str, frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    for column in TABLES[name].columns:
        if column.kind is Kind.REGION and name in _OF_THE_PLACE:
            _check_region(name, column.name, frame, checked, problems)
        # sources stand beside the rows that name them: without the file, its absence is the problem
        lost = column.refers == "sources" and "sources" not in checked.tables
        if not column.refers or lost or not checked.whole:
            continue
        known = checked.known(column.refers)
        used = [value for value in frame[column.name].unique() if value and value not in known]
        wrong = frame[column.name].isin(used).to_numpy(dtype=bool)
        hints = {value: nearest(value, known) for value in used[:200]}

        def describe(
            row: Any, column: str = column.name, to: str = column.refers, hints: dict[str, str] = hints
        ) -> tuple[str, str, str]:
            mend = hints.get(row[column]) or f"add it to {to}.csv"
            return repr(row[column]), f"{TABLES[to].key[0]} of {to}.csv", mend

        flag(problems, checked, name, column.name, wrong, describe, f"not in {column.refers}.csv")


def _check_region(name: str, column: str, frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    """Plants are in the place.

    Statistics may also refer to its parent, and to a province's other counties.
    """
    known = checked.regions.own if name == "plants" else checked.regions.known
    if not known:
        return
    codes = frame[column]
    provinces = {code[:2] for code in checked.regions.known - {"CN", "100000"}}
    wrong = codes.ne("") & ~codes.isin(known) & codes.str.fullmatch(r"CN|\d{6,12}")
    if name != "plants":
        wrong &= ~codes.str[:2].isin(provinces)

    def describe(row: Any) -> tuple[str, str, str]:
        expected = (
            "a code of the place or its counties"
            if name == "plants"
            else "a code of the place, its parts or its province, or CN"
        )
        return (
            repr(row[column]),
            expected,
            nearest(row[column], known) or "correct it, or name the county in city.yaml",
        )

    flag(problems, checked, name, column, wrong.to_numpy(dtype=bool), describe, "another place")


def check_range(name: str, frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    if "low" not in frame.columns:
        return
    middle = "share" if "share" in frame.columns else "value"
    value = frame[middle].to_numpy()
    wrong = (frame["low"].to_numpy() > value) | (frame["high"].to_numpy() < value)
    wrong |= frame["low"].to_numpy() > frame["high"].to_numpy()

    def describe(row: Any) -> tuple[str, str, str]:
        return (
            f"{row['low']:g} – {row[middle]:g} – {row['high']:g}",
            f"low <= {middle} <= high",
            "put them in order",
        )

    flag(problems, checked, name, middle, wrong, describe, "outside its own range")
