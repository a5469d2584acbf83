"""Rows as every interface reads them: chunks of columns, each row with its number in the source."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dafeng.evidence import Problem
from dafeng.metering.intake.column_names import as_readings

UNREADABLE = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What Arrow raises for a file that is not of the declared kind; broken Parquet comes as OSError."""


SHEET = 1 << 21
"""Twice the rows that a sheet of a workbook can have."""


@dataclass(frozen=True)
class Sheet:
    """Sheet with readings: its name, and the letter of each column."""

    name: str
    cells: Mapping[str, str]


@dataclass
class Decoded:
    """Chunks of rows, and what could not be read as a row. `registry` comes with simulated readings only.

    `sheets` are those of a workbook, so that a person can go to the cell; the rows of sheet n are numbered
    from n × `SHEET`. `not_read` names columns and sheets that hold no readings.
    """

    chunks: Iterator[pa.Table]
    malformed: list[Problem] = field(default_factory=list)
    registry: str | None = None
    sheets: Sequence[Sheet] = ()
    not_read: list[str] = field(default_factory=list)

    def located(self, problem: Problem) -> Problem:
        """Locate a problem of `row 3:value` at its cell, where the source has cells."""
        row, _, column = problem.where.removeprefix("row ").partition(":")
        if not self.sheets or not row.isdigit():
            return problem
        number, row_of_sheet = divmod(int(row), SHEET)
        sheet = self.sheets[number]
        place = sheet.cells.get(column)
        return replace(
            problem,
            where=f"{sheet.name}!{place}{row_of_sheet}" if place else f"{sheet.name}!{row_of_sheet}:{column}",
        )


def numbered(
    chunks: Iterator[pa.Table], name: str, first: int, left_out: Sequence[int] = ()
) -> Iterator[pa.Table]:
    """Convert chunks to readings with the number of each row in its source, which begins at `first`.

    Rows of the numbers `left_out` (rising, growing while chunks are read) are not in the chunks. Rows of text
    without point, start and value are no rows.
    """
    for chunk in chunks:
        readings = as_readings(chunk, f"{name}:1")  # a header is checked where no row follows, too
        if chunk.num_rows:
            rows = _numbers(first, chunk.num_rows, left_out)
            first = int(rows[-1]) + 1
            yield _filled(readings.append_column("row", pa.array(rows)))


def _numbers(first: int, count: int, left_out: Sequence[int]) -> NDArray[np.int64]:
    """The first `count` whole numbers from `first` that are not left out."""
    absent = [
        number
        for number in left_out[bisect_left(left_out, first) :]
        if number < first + count + len(left_out)
    ]
    rows = np.arange(first, first + count + len(absent))
    return (np.setdiff1d(rows, absent, assume_unique=True) if absent else rows)[:count]


def _filled(table: pa.Table) -> pa.Table:
    """Without the rows that a spreadsheet leaves blank."""
    blank = None
    for name in ("point", "start", "value"):
        column = table.column(name)
        if not pa.types.is_string(column.type):
            return table
        empty = pc.equal(pc.utf8_trim_whitespace(column) if blank is not None else column, "")
        blank = empty if blank is None else pc.and_kleene(blank, empty)
        if not pc.any(blank).as_py():
            return table
    return table.filter(pc.invert(pc.fill_null(blank, False)))
