"""Validity of dated rows: from the first day on, up to but not including the day it ends."""

import itertools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from dafeng.evidence import Problems, Text

R = TypeVar("R", bound=Mapping[str, Any])
Day = date | str | None
"""A day as a date or as ISO text; None or "" is open."""


def in_force(valid_from: Day, valid_to: Day, on: Day) -> bool:
    """Check whether a row is valid on the day `on`.

    Parameters
    ----------
    valid_from
        First day; open where empty.
    valid_to
        The day after the last one; open where empty. On this day the row is not valid any more, so that a row
        and its successor, whose first day it is, never both hold.
    on
        The day requested, as a date or ISO text.

    Examples
    --------
    >>> in_force("2024-01-01", "2025-01-01", date(2024, 12, 31)), in_force("2024-01-01", "2025-01-01", "2025-01-01")
    (True, False)
    """
    day = _day(on)
    if day is None:
        raise ValueError("a day is needed to say whether a rule is valid")
    first, end = _day(valid_from), _day(valid_to)
    return (first is None or first <= day) and (end is None or day < end)


def _day(value: Day) -> date | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, date) else date.fromisoformat(value)


def valid_rows(rows: Iterable[R], on: Day) -> list[R]:
    """Return the rows that are valid on the day `on`, by their `valid_from` and `valid_to`.

    Parameters
    ----------
    rows
        Dated rows; an open end is None.
    on
        Day or moment of validity.

    Returns
    -------
    Valid rows, in their order.
    """
    return [row for row in rows if in_force(row.get("valid_from"), row.get("valid_to"), on)]


def turns(rows: Iterable[Mapping[str, Any]]) -> tuple[date, ...]:
    """Return the days on which a row of `rows` begins or ends, in order; nothing changes between two.

    Parameters
    ----------
    rows
        Dated rows.

    Returns
    -------
    Days in order, each once.
    """
    days = {_day(row.get(name)) for row in rows for name in ("valid_from", "valid_to")}
    return tuple(sorted(day for day in days if day is not None))


def check_spans(
    rows: Iterable[Mapping[str, Any]], place: Callable[[int, str], str], problems: Problems
) -> None:
    """Check that each row ends after it begins.

    `rows` are typed rows with `_row`; `place` is (row, column) → place.

    Parameters
    ----------
    rows
        Typed rows with valid_from, valid_to, `_row`.
    place
        (row, column) → place.
    problems
        List that the problems are added to.
    """
    for row in rows:
        start, end = row.get("valid_from"), row.get("valid_to")
        if start and end and end <= start:
            expected = Text(f"晚于 {start} 的时间", f"a time after {start}")
            problems.add(place(row["_row"], "valid_to"), str(end), expected)


def check_overlaps(
    rows: Iterable[Mapping[str, Any]],
    key: Sequence[str],
    place: Callable[[int, str], str],
    problems: Problems,
) -> None:
    """Check that no two rows of the same `key` (columns) are valid on one day.

    A row that follows may begin that day.

    Parameters
    ----------
    rows
        Typed rows with id, valid_from, valid_to, `_row`.
    key
        Columns within which one row at a time may be valid.
    place
        (row, column) → place.
    problems
        List that the problems are added to.
    """
    alike: dict[tuple[Hashable, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        alike.setdefault(tuple(str(row[column]) for column in key), []).append(row)
    for same in alike.values():
        same.sort(key=lambda row: row["valid_from"] or date.min)
        for before, after in itertools.pairwise(same):
            if before["valid_to"] is None or before["valid_to"] > (after["valid_from"] or date.min):
                first = before["id"]
                problems.add(
                    place(after["_row"], "valid_from"), str(after["valid_from"] or "open"),
                    Text(f"不早于 {first} 终止之日", f"a day not before row {first} ends"),
                    Text(f"请给 {first} 填写 valid_to", f"give {first} a valid_to"),
                )  # fmt: skip
