"""Reasons for refused rows of readings, reported with the cell, its content and what is expected."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dafeng.evidence import BEIJING, DafengError, Problem
from dafeng.metering.intake.column_names import ONE_TABLE, meaning, unit_said
from dafeng.metering.store.store import ORIGINS
from dafeng.units import is_unit

REASONS: dict[str, tuple[str, str]] = {
    "point": ("an id of a metering point of this sender", "see the registry; new points come in by init"),
    "virtual": ("a metered point", "a virtual point is computed from others"),
    "retired": ("a point of the newest registry", "enter the point in the registry again"),
    "start": ("a time as 2025-01-31T00:15:00+08:00", "the beginning of the period"),
    "unit": ("a unit of the kind of the point's unit", "send the unit of the registry"),
    "unstated": ("the unit that other rows of the point state", "write the unit into every row"),
    "value": (
        "a finite number",
        "write 1234.5 without separators or units; leave a missing reading out and send no zero for it",
    ),
    "period": ("the period of the point, day or month", "15, 30, 60, day, month or register"),
    "grid": (
        "a start within 60 s of a period's beginning (days and months not before it, "
        "months up to a day after it)",
        "label readings with the start",
    ),
    "dated": ("a time of day beside the date", "a total of the day or month has day or month as its period"),
    "zone": ("Beijing time, or an offset in the time itself", "write 2025-01-31T00:15:00+08:00"),
    "end": (
        "an end as far from the start as the period is long",
        "a total of the day or month has day or month as its period",
    ),
    "future": ("a time that has begun", "set the clock of the sender"),
    "age": ("a reading younger than the door allows", "bring history in by file"),
    "validity": ("a time at which the point is metered", "see valid_from and valid_to of the point"),
    "origin": (f"one of {', '.join(ORIGINS)}", "leave the column out for automatic readings"),
    "synthetic": ("synthetic as origin at a point that is made by simulation", "declare it"),
    "version": ("a whole number not below zero", "leave the column out to let the later batch win"),
    "quality": ("a word for good or bad", "good or bad; leave the column out where it says something else"),
    "closed": ("a month that is open", "re-open the month first"),
    "conflict": ("one value for a period in a batch", "keep the right row, or give each its version"),
}
"""What is expected and how to mend it, by reason; of several against a row they are reported in this
order."""

_ABOUT = {
    "virtual": "point", "retired": "point", "grid": "start", "dated": "start", "future": "start", "age": "start",
    "validity": "start", "synthetic": "origin", "closed": "start", "conflict": "value", "unstated": "unit",
}  # fmt: skip
_AS_NUMBER = re.compile(r"[0-9](\.[0-9]*)?[eE]\+?[0-9]+")
_DIGITS = (
    "an id as text",
    "a spreadsheet keeps 15 digits of a number: format the column as text and write the ids again",
)

_TEXT = 200
"""Longest text of a cell that is reported."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Reason against a row, and its cells as they came, to be handed back for correction.

    `cells` has also the `row` and the `column` that the reason is about.
    """

    problem: Problem
    cells: dict[str, str]


def refuse_second_heading(chunk: pa.Table, rows: NDArray[np.bool_]) -> None:
    """Refuse a batch where one of `rows`, which are no readings in any cell, states a unit or names columns: what stands
    below it means something else than the header says.

    Raises: DafengError with that row.
    """
    names = [name for name in ("row", "point", "value", "unit") if name in chunk.column_names]
    for found in chunk.select(names).take(np.flatnonzero(rows)).to_pylist():
        point, value, current = (str(found.get(name) or "").strip() for name in ("point", "value", "unit"))
        where = f"row {found['row']}:value"
        column, unit = meaning(value)
        if column is None:
            bare = value.strip("()[]（）【】 ")
            unit = bare if is_unit(bare) else unit_said((point, value), where)
            differs = unit not in {None, current}
        else:  # the unit of a heading stands at every row, a column of units has its heading here
            differs = column != "value" or (unit or "") != ("" if meaning(current)[0] == "unit" else current)
        if differs:
            raise DafengError.at(where, (value or point)[:_TEXT], "one header above the readings", ONE_TABLE)


@dataclass(frozen=True, eq=False)
class Refusals:
    """Refusals of a chunk: reason → whether it applies to each row of `chunk`."""

    chunk: pa.Table
    against: Mapping[str, NDArray[np.bool_]]
    rows: NDArray[np.bool_]

    @property
    def count(self) -> int:
        return int(np.count_nonzero(self.rows))

    def listed(self, limit: int) -> list[Refusal]:
        """List every reason against the first `limit` refused rows."""
        places = np.flatnonzero(self.rows)
        numbers = self.chunk.column("row").to_numpy()[places]
        places = places[np.argsort(numbers, kind="stable")][:limit]
        cells = self.chunk.take(places)
        columns = {name: _texts(cells.column(name)) for name in cells.column_names}
        reasons = [reason for reason in REASONS if reason in self.against]
        refusals = []
        for index, place in enumerate(places.tolist()):
            found = {name: column[index] for name, column in columns.items()}
            refusals += [_refusal(found, reason) for reason in reasons if self.against[reason][place]]
        return refusals


def _texts(cells: pa.ChunkedArray) -> list[str]:
    if pa.types.is_timestamp(cells.type):
        moments = cells.cast(pa.timestamp("us", cells.type.tz), safe=False).to_pylist()
        return [_moment(at) for at in moments]
    try:
        return [(text or "")[:_TEXT] for text in cells.cast(pa.string()).to_pylist()]
    except pa.ArrowException:  # a type without a plain text
        return [("" if cell is None else str(cell))[:_TEXT] for cell in cells.to_pylist()]


def _moment(at: datetime | None) -> str:
    """A moment as a sender in Beijing writes it."""
    if at is None:
        return ""
    return (at if at.tzinfo is None else at.astimezone(BEIJING)).isoformat(sep=" ")


def _refusal(found: dict[str, str], reason: str) -> Refusal:
    expected, mend = REASONS[reason]
    column = _ABOUT.get(reason, reason)
    if reason == "point" and _AS_NUMBER.fullmatch(found[column]):
        expected, mend = _DIGITS
    problem = Problem(f"row {found['row']}:{column}", found.get(column) or "nothing", expected, mend)
    return Refusal(problem, found | {"column": column})
