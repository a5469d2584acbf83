"""CSV reader: bytes → cells as text, or the problems.

Nothing is guessed: a wrong encoding is named, not decoded.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Problem, Text
from dafeng.tables.columns import words

SHOWN = 20
"""Problems of one kind and column that are listed one by one; the others are counted."""

_BOM = b"\xef\xbb\xbf"
_SIGNATURES = {
    b"PK\x03\x04": "workbook_renamed",
    b"\xd0\xcf\x11\xe0": "old_workbook",
    b"\xff\xfe": "utf16",
    b"\xfe\xff": "utf16",
}  # fmt: skip
MOST_COLUMNS = 1000
_SEPARATORS = {
    ";": Text("分号", "semicolons"),
    "\t": Text("制表符", "tabs"),
    "，": Text("全角逗号", "full-width commas"),
    "|": Text("竖线", "bars"),
}


@dataclass(frozen=True, slots=True)
class RawTable:
    """Raw table: cells as text; the index counts rows as people see them, the header being row 1."""

    name: str
    header: tuple[str, ...]
    cells: pd.DataFrame
    place: Callable[[int, str], str]


@dataclass(frozen=True, slots=True)
class Reading:
    """Result of reading a file: a table, or problems; `bom` marks a file with a byte-order mark."""

    table: RawTable | None
    problems: tuple[Problem, ...] = ()
    bom: bool = False


def csv_place(file: str) -> Callable[[int, str], str]:
    """Return the place `energy.csv:7:fuel` for row 7, column fuel.

    Parameters
    ----------
    file
        Name of the file, as in problems.

    Returns
    -------
    Function (row, column) → place; without a column the place of the row.
    """
    return lambda row, column: f"{file}:{row}:{column}" if column else f"{file}:{row}"


def decode(file: str, content: bytes, *, gbk: bool = False) -> str | Problem:
    """Return `content` as text, or what it is instead of UTF-8; `gbk`: GB 18030 is read as well.

    Parameters
    ----------
    file
        Name of the file, as in problems.
    content
        Bytes of the file.
    gbk
        Whether GB 18030 is read where the bytes are no UTF-8.

    Returns
    -------
    Text without byte order mark, or the problem.
    """
    for signature, what in _SIGNATURES.items():
        if content.startswith(signature):
            return Problem(file, words(what), words("csv_utf8"), words(f"{what}_mend"))
    try:
        text = content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        older = _gb18030(content) if gbk else None
        if older is None:
            return _wrong_encoding(file, content, error.start)
        text = older
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return Problem(f"{file}:{line}", words("nul"), words("text"), words("damaged"))
    return text


def _gb18030(content: bytes) -> str | None:
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        return None


def _wrong_encoding(file: str, content: bytes, start: int) -> Problem:
    line = content.count(b"\n", 0, start) + 1
    if _gb18030(content) is None:
        return Problem(f"{file}:{line}", words("not_utf8"), "UTF-8", words("save_again"))
    return Problem(
        f"{file}:{line}", words("gbk"), "UTF-8", words("gbk_mend", file=file),
    )  # fmt: skip


def read_csv(name: str, file: str, content: bytes, *, most_columns: int | None = MOST_COLUMNS) -> Reading:
    """Read the table in `content`.

    `name` is the table's id, `file` the name under which problems are reported.

    Parameters
    ----------
    name
        Id of the table.
    file
        Name of the file, as in problems.
    content
        Bytes of the file.
    most_columns
        Bound on the columns; None for none.

    Returns
    -------
    Raw table or problems, and whether a byte order mark stood first.
    """
    bom = content.startswith(_BOM)
    text = decode(file, content)
    if isinstance(text, Problem):
        return Reading(None, (text,))
    if not text.strip():
        return Reading(
            None,
            (Problem(file, words("empty_file"), words("header_and_rows"), words("delete_or_fill")),),
            bom,
        )
    separator = _other_separator(text.split("\n", 1)[0])
    if separator:
        found = words("separated_by", sign=_SEPARATORS[separator])
        problem = Problem(f"{file}:1", found, words("commas"), words("save_commas"))
        return Reading(None, (problem,), bom)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    width = text.split("\n", 1)[0].count(",") + 1
    if most_columns is not None and width > most_columns:
        found = words("many_columns", count=f"{width:,}")
        return Reading(
            None, (Problem(f"{file}:1", found, words("columns_of_page"), words("delete_empty")),), bom
        )
    problems = _uneven_rows(file, text)
    if problems:
        return Reading(None, problems, bom)
    try:
        cells = pd.read_csv(
            io.StringIO(text), header=None, dtype=object, keep_default_na=False, na_filter=False,
            skip_blank_lines=False, engine="c", low_memory=False,
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError, OverflowError) as error:
        wrong = " ".join(str(error).split())
        return Reading(None, (Problem(file, wrong, words("well_formed"), words("check_quotes")),), bom)
    return Reading(from_rows(name, cells, csv_place(file)), (), bom)


def from_rows(name: str, cells: pd.DataFrame, place: Callable[[int, str], str]) -> RawTable:
    """Return a raw table from `cells` whose first row is the header; wholly empty rows are left out.

    Parameters
    ----------
    name
        Id of the table.
    cells
        Texts, shape (rows, columns), header first.
    place
        (row, column) → place, the header being row 1.

    Returns
    -------
    Raw table.
    """
    header = tuple(str(cell) for cell in cells.iloc[0])
    body = cells.iloc[1:].set_axis(pd.RangeIndex(2, len(cells) + 1))
    empty = pd.Series(True, index=body.index)
    for column in body.columns:
        empty &= body[column].isna() | (body[column] == "")
        if not empty.any():
            break
    return RawTable(name, header, body[~empty] if empty.any() else body, place)


def _other_separator(header: str) -> str | None:
    if "," in header:
        return None
    return next((separator for separator in _SEPARATORS if separator in header), None)


def _uneven_rows(file: str, text: str) -> tuple[Problem, ...]:
    """Report rows that are wider or narrower than the header, and quotation marks that are never closed."""
    widths = _widths(text)
    if widths is not None and (widths[widths > 0] == widths[0]).all():
        return ()
    problems: list[Problem] = []
    count = width = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), strict=True), start=1):
            width = width or len(row)
            if len(row) == width or not any(row):
                continue
            count += 1
            if count <= SHOWN:
                mend = words("quote_comma" if len(row) > width else "add_commas")
                found, expected = words("fields", count=len(row)), words("fields_as_header", count=width)
                problems.append(Problem(f"{file}:{number}", found, expected, mend))
    except csv.Error as error:
        problems.append(Problem(file, str(error), words("well_formed"), words("check_quotes")))
    if count > SHOWN:
        more = words("uneven_more", count=count - SHOWN)
        problems.append(Problem(file, more, words("rows_as_wide")))
    return tuple(problems)


def _widths(text: str) -> NDArray[np.int64] | None:
    """Return the number of fields of each row, 0 for an empty line.

    None where a quotation mark is not closed.
    """
    codes = np.frombuffer(text.encode(), dtype=np.uint8)
    ends, commas = np.flatnonzero(codes == ord("\n")), np.flatnonzero(codes == ord(","))
    quotes = np.flatnonzero(codes == ord('"'))
    if len(quotes) % 2:
        return None
    if len(quotes):
        # outside of quotation marks is what an even number of them precedes
        ends, commas = (at[np.searchsorted(quotes, at) % 2 == 0] for at in (ends, commas))
    if len(ends) == 0 or ends[-1] != len(codes) - 1:
        ends = np.append(ends, len(codes))
    widths = np.diff(np.searchsorted(commas, ends), prepend=0) + 1
    widths[np.diff(ends, prepend=-1) == 1] = 0
    return widths.astype(np.int64)
