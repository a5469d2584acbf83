"""Parsing of workbooks and CSV files as sent.

The result is sheets of cells with their locations; sizes are bounded, nothing is executed.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, Problem
from dafeng.registers.exchange.bounds import MOST_COLUMNS, check_lines, check_workbook
from dafeng.tables import HELP_SHEET, Table, decode, header_ids

MOST_BYTES = 200 * 2**20
EXPORTED = frozenset({"record_id", "record_state", "record_grade"})
"""Columns that an export adds and an import passes over."""
EXACT_DIGITS = 15
"""Digits of precision of a number in a spreadsheet: a longer code typed as a number has lost its end."""


@dataclass(frozen=True, slots=True)
class SheetRows:
    """Parsed sheet.

    `names` are column ids (an unknown heading unchanged), `rows` the rows below with their numbers.
    """

    title: str
    names: tuple[str, ...]
    header_row: int
    rows: Sequence[tuple[int, Sequence[Any]]]

    def place(self, row: int, name: str) -> str:
        """Format the location of a cell as `名称!B12`; the row alone where the column is not there."""
        column = column_letters(self.names.index(name)) if name in self.names else ""
        return f"{self.title}!{column}{row}"


@dataclass(frozen=True, slots=True)
class Sent:
    """File as it was sent."""

    name: str
    hash: str
    sheets: dict[str, SheetRows]


def column_letters(index: int) -> str:
    """Convert a column index to letters: 0 → A, 27 → AB."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_sent(path: Path, tables: Sequence[Table]) -> Sent:
    """Read the sheets that belong to `tables`.

    They are matched by title, id or, where there is one table and one sheet, by position.

    Raises
    ------
    DafengError
        For a file that is too large, no workbook or CSV, damaged, or without any of the sheets.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DafengError.at(
                path.name, f"{path.stat().st_size:,} bytes", f"at most {MOST_BYTES:,}", "split the file"
            )
        content = path.read_bytes()
    except OSError as error:
        raise DafengError.at(str(path), error.strerror or str(error), "a readable file") from error
    digest = hashlib.sha256(content).hexdigest()
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls", ".ods"):
        sheets = _workbook(path, content, tables)
    else:
        sheets = {tables[0].name: _csv(path, content, tables[0])}
    return Sent(path.name, digest, sheets)


def _workbook(path: Path, content: bytes, tables: Sequence[Table]) -> dict[str, SheetRows]:
    from python_calamine import CalamineError, CalamineWorkbook

    check_workbook(path.name, content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [name for name in book.sheet_names if name != HELP_SHEET]
        found: dict[str, SheetRows] = {}
        for name in names:
            table = _table_of(name, tables) or (tables[0] if len(names) == 1 else None)
            if table is not None and table.name not in found:
                rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                found[table.name] = _sheet(name, rows, table)
    except BaseException as error:
        # a panic of the reader is no Exception, and leaves a file that cannot be read as any other
        panic = type(error).__name__ == "PanicException"
        if not panic and not isinstance(error, CalamineError | OSError | ValueError | zipfile.BadZipFile):
            raise
        raise DafengError.at(
            path.name,
            " ".join(str(error).split()) or "a damaged workbook",
            "an Excel workbook",
            "save it again as .xlsx",
        ) from error
    if tables[0].name not in found:
        listed = ", ".join(names) or "none"
        raise DafengError.at(
            path.name,
            f"the sheets {listed}",
            f"a sheet called {tables[0].title_zh}",
            "start from dafeng registers template",
        )
    return found


_CUT = 28
"""Length from which the name of a sheet may be the beginning of a longer title: Excel cuts names after 31."""


def _table_of(name: str, tables: Sequence[Table]) -> Table | None:
    """Return the table whose id or title a sheet is called by; signs that Excel takes in no name do not count."""
    wanted = _plain(name)
    for table in tables:
        titles = [_plain(title) for title in (table.name, table.title_zh, table.title_en)]
        if wanted in titles or any(len(name) >= _CUT and title.startswith(wanted) for title in titles):
            return table
    return None


def _plain(title: str) -> str:
    return "".join(sign for sign in title.casefold() if sign.isalnum())


def _csv(path: Path, content: bytes, table: Table) -> SheetRows:
    check_lines(path, content)
    text = decode(path.name, content, gbk=True)
    if isinstance(text, Problem):
        raise DafengError(text)
    try:
        rows = [
            [_unquoted(cell) for cell in row]
            for row in csv.reader(io.StringIO(text, newline=""), strict=True)
        ]
    except csv.Error as error:
        raise DafengError.at(
            path.name, str(error), "a well-formed CSV file", "check the quotation marks"
        ) from error
    return _sheet(path.name, rows, table)


def _unquoted(cell: str) -> str:
    """Unescape a text that the export protected against being read as a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _sheet(title: str, rows: Sequence[Sequence[Any]], table: Table) -> SheetRows:
    """Parse a sheet; its header is the first row with two headings of the table, or all of a table of one."""
    wanted = min(2, len(table.columns))
    for number, row in enumerate(rows[:20], start=1):
        names = header_ids(table, row[:MOST_COLUMNS])
        if sum(name in table.named for name in names) >= wanted:
            while names and not names[-1]:
                names.pop()
            body = [
                (at, cells)
                for at, cells in enumerate(rows[number:], start=number + 1)
                if any(cells) or any(cell not in ("", None) for cell in cells)
            ]
            return SheetRows(title, tuple(names), number, body)
    listed = ", ".join(column.title_zh for column in table.columns[:6])
    raise DafengError.at(
        f"{title}!1",
        "no row with headings",
        f"headings as {listed} …",
        "start from dafeng registers template",
    )


def header_problems(sheet: SheetRows, table: Table) -> Iterator[Problem]:
    """List headings that are unknown, missing though required, or duplicated."""
    from dafeng.tables import nearest

    for name in dict.fromkeys(sheet.names):
        if name.rpartition("\n")[2] in EXPORTED:
            continue
        at = f"{sheet.title}!{column_letters(sheet.names.index(name))}{sheet.header_row}"
        if name and name not in table.named:
            yield Problem(
                at,
                f"the heading {name!r}",
                f"a column of {table.title_zh}",
                nearest(name, table.named) or "delete the column",
            )
        elif name and sheet.names.count(name) > 1:
            yield Problem(
                at, f"the column {name} {sheet.names.count(name)} times", "each column once", "delete one"
            )
    for column in table.columns:
        if column.required and column.name not in sheet.names:
            yield Problem(
                f"{sheet.title}!{sheet.header_row}",
                f"no column {column.title_zh}",
                f"the column {column.title_zh} {column.name}",
                "add it: start from the template",
            )


def plain_cell(cell: Any) -> Any:
    """Normalise a cell of a workbook for the parsers.

    Times of day without a date become texts, durations too.
    """
    if isinstance(cell, timedelta):
        return str(cell)
    return cell.isoformat(" ") if isinstance(cell, datetime) and cell.microsecond else cell


_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d\d", re.IGNORECASE)


def too_long_for_a_number(cell: Any) -> bool:
    """Check whether a code was typed as a number and has lost its last digits.

    In a CSV file that a spreadsheet saved it shows as 9.13604E+17.
    """
    if isinstance(cell, str):
        return bool(_SCIENTIFIC.fullmatch(cell.strip())) and float(cell) >= 10**EXACT_DIGITS
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**EXACT_DIGITS
