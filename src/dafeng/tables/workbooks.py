"""Workbook writer: the one writer of .xlsx files, and empty forms of tables with help and drop-down lists.

A text is written as a text, whatever it begins with: no cell becomes a formula or a link. A file is whole or
not there.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dafeng.evidence import write_atomically

if TYPE_CHECKING:
    import xlsxwriter

LISTS_SHEET = "选项 lists"
"""Hidden sheet with the lists that are too long for a validation."""
_LIST = 255
_LINE = 15.0
"""Height of one line of a heading in points."""
HEAD = {"bold": True, "bg_color": "#E8EEF2", "bottom": 1, "text_wrap": True, "valign": "top"}
"""Format of the headings."""
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed date: the same tables give the same bytes
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_MOST_CHARACTERS = 32_767
_SHEET_NAME = 31
_A4 = 9
"""Number that xlsxwriter gives the paper."""
_PAGE = 240
"""Width of a page in characters: 150 as they stand, at a scale of six tenths."""
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_WIDEST = 60
_MEASURED = 200
"""Rows that a width is made from: more would cost time and change little."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Column heading of a sheet.

    Parameters
    ----------
    text
        The heading; a line end in it begins a second line.
    number_format
        Excel's number format of the column ("0.0%"); "@" makes the column text.
    width
        In characters; None fits the content.
    note
        Comment on the heading.
    choices
        Drop-down list of the cells below.
    whole
        Lowest and highest whole number that may be typed.
    wrap
        Whether long texts break into lines.
    """

    text: str
    number_format: str = ""
    width: float | None = None
    note: str = ""
    choices: tuple[str, ...] = ()
    whole: tuple[int, int] | None = None
    wrap: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Worksheet of a workbook: lines above, headings, rows, lines below.

    Parameters
    ----------
    name
        Title of the sheet; what Excel refuses in a name is left out.
    headings, rows
        The table; a cell is text, number, flag, date or None (empty). NaN is empty.
    above, below
        Lines of text over and under the table, the first line above in large type.
    form_rows
        Empty rows below that may be filled in (drop-down lists reach as far).
    marked
        (row, column) of cells that are wrong, in red; the first row is 0.
    frozen
        Columns that stay when the sheet is scrolled.
    filtered
        Whether the headings have filters.
    """

    name: str
    headings: Sequence[Heading]
    rows: Iterable[Sequence[object]] = ()
    above: Sequence[str] = ()
    below: Sequence[str] = ()
    form_rows: int = 0
    marked: frozenset[tuple[int, int]] = frozenset()
    frozen: int = 0
    filtered: bool = True


class Book:
    """Workbook that is being written; `raw` is xlsxwriter's, for charts and forms with their own format."""

    def __init__(self, raw: "xlsxwriter.Workbook") -> None:
        self.raw = raw
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self._names: set[str] = set()
        self._lists: Any = None
        self._columns = 0

    def look(self, **properties: object) -> Any:
        """Return the format with these properties of xlsxwriter; the same properties give the same format."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.raw.add_format(properties)
        return self._formats[key]

    def sheet(self, name: str) -> Any:
        """Return a new empty sheet; its name is cut to what Excel takes, and is unique."""
        plain = " ".join(name.translate(_NOT_IN_NAMES).strip("' ").split())[:_SHEET_NAME] or "sheet"
        unique, number = plain, 1
        while unique.casefold() in self._names:
            number += 1
            unique = f"{plain[: _SHEET_NAME - len(str(number)) - 1]} {number}"
        self._names.add(unique.casefold())
        return self.raw.add_worksheet(unique)

    def table(self, table: Sheet) -> Any:
        """Write `table` into a new sheet; return the sheet."""
        sheet = self.sheet(table.name)
        head = len(table.above)
        for number, line in enumerate(table.above):
            look = self.look(bold=True, font_size=14) if number == 0 else self.look()
            sheet.write_string(number, 0, line, look)
        rows = [list(row) for row in table.rows]
        lines = max((heading.text.count("\n") + 1 for heading in table.headings), default=1)
        if lines > 1:  # not every program fits the height of a row by itself
            sheet.set_row(head, _LINE * lines)
        widths = [
            self._column(sheet, table, column, heading, rows) for column, heading in enumerate(table.headings)
        ]
        beside = {"valign": "top"} if any(heading.wrap for heading in table.headings) else {}
        looks = [self._cell_look(heading, **beside) for heading in table.headings]
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                look = looks[column] if column < len(looks) else None
                if (number, column) in table.marked:
                    look = self._cell_look(table.headings[column], bg_color="#F8CBAD")
                write_cell(sheet, head + 1 + number, column, cell, look)
            tall = _lines_of(row, table.headings, widths)
            if tall > 1:  # not every program fits the height of a row by itself
                sheet.set_row(head + 1 + number, _LINE * tall)
        for number, line in enumerate(table.below, start=head + len(rows) + 2):
            sheet.write_string(number, 0, line)
        sheet.freeze_panes(head + 1, table.frozen)
        if table.filtered and rows:
            sheet.autofilter(head, 0, head + len(rows), len(table.headings) - 1)
        _set_print(sheet, head, table.frozen, sum(widths))
        return sheet

    def _source(self, choices: Sequence[str]) -> list[str] | str:
        """Return a list to choose from: itself where it is short, else its cells in a hidden sheet."""
        if sum(len(choice) + 1 for choice in choices) <= _LIST and not any(
            "," in choice for choice in choices
        ):
            return list(choices)
        if self._lists is None:
            self._lists = self.sheet(LISTS_SHEET)
            self._lists.hide()
        column, self._columns = self._columns, self._columns + 1
        self._lists.write_column(0, column, choices)
        letters = ""
        number = column + 1
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(65 + rest) + letters
        return f"='{LISTS_SHEET}'!${letters}$1:${letters}${len(choices)}"

    def _cell_look(self, heading: Heading, **properties: object) -> Any:
        if heading.number_format:
            properties["num_format"] = heading.number_format
        if heading.wrap:
            properties |= {"text_wrap": True, "valign": "top"}
        return self.look(**properties) if properties else None

    def _column(
        self, sheet: Any, table: Sheet, column: int, heading: Heading, rows: Sequence[Sequence[object]]
    ) -> float:
        """Write the heading and set up its column; return the width."""
        head = len(table.above)
        sheet.write_string(head, column, heading.text, self.look(**HEAD))
        if heading.note:
            sheet.write_comment(head, column, heading.note, {"x_scale": 2})
        width = heading.width
        if width is None:
            cells = [row[column] if column < len(row) else None for row in rows[:_MEASURED]]
            texts = [*heading.text.split("\n"), *(_shown(cell, heading.number_format) for cell in cells)]
            width = min(max(map(text_width, texts)) + 2, _WIDEST)
        form = {"num_format": heading.number_format} if heading.number_format else {}
        sheet.set_column(column, column, width, self.look(**form) if form else None)
        last = head + max(len(rows) + table.form_rows, 1)
        if heading.choices:
            options: dict[str, object] = {
                "validate": "list",
                "source": self._source(heading.choices),
                "error_type": "information",
            }
            sheet.data_validation(head + 1, column, last, column, options)
        elif heading.whole:
            low, high = heading.whole
            options = {"validate": "integer", "criteria": "between", "minimum": low, "maximum": high}
            sheet.data_validation(head + 1, column, last, column, options)
        return width


def _lines_of(row: Sequence[object], headings: Sequence[Heading], widths: Sequence[float]) -> int:
    """Return the lines of a row's highest cell: long texts break where their heading says so."""
    cells = zip(row, headings, widths, strict=False)
    return max(
        (
            math.ceil(text_width(str(cell)) / max(width - 1, 1))
            for cell, heading, width in cells
            if heading.wrap and cell
        ),
        default=1,
    )


def _set_print(sheet: Any, head: int, frozen: int, width: float) -> None:
    """Set a sheet up for A4 across: headings on every page, as few pages side by side as remain legible."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.repeat_rows(head)
    pages = max(1, math.ceil(width / _PAGE))
    sheet.fit_to_pages(pages, 0)
    if pages > 1 and frozen:
        sheet.repeat_columns(0, frozen - 1)
    sheet.set_footer("&L&A&R&P / &N")


@contextmanager
def open_workbook(path: Path, properties: Mapping[str, object] | None = None) -> Iterator[Book]:
    """Yield a workbook that is moved to `path` when the block ends without an error.

    Parameters
    ----------
    properties
        Document properties of xlsxwriter, as title and comments.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    import xlsxwriter  # only where a workbook is written: it costs the start of every other command

    with write_atomically(path) as temporary, xlsxwriter.Workbook(str(temporary), _OPTIONS) as raw:
        raw.set_properties({"created": CREATED, **(properties or {})})
        yield Book(raw)


def write_workbook(
    path: Path, sheets: Iterable[Sheet], properties: Mapping[str, object] | None = None
) -> None:
    """Write `sheets` as a workbook.

    Parameters
    ----------
    path
        File to write, .xlsx.
    sheets
        Sheets in their order.
    properties
        Document properties as xlsxwriter takes them.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    with open_workbook(path, properties) as book:
        for sheet in sheets:
            book.table(sheet)


def write_cell(sheet: Any, row: int, column: int, cell: object, look: Any = None) -> None:
    """Write one cell by its type: number, flag (是, 否), date, else text; None, "" and NaN are left empty.

    Parameters
    ----------
    sheet
        Worksheet of xlsxwriter.
    row
        Row, from 0.
    column
        Column, from 0.
    cell
        Value; text is never read as a formula.
    look
        Format of xlsxwriter.
    """
    if isinstance(cell, bool):
        sheet.write_string(row, column, "是" if cell else "否", look)
    elif isinstance(cell, Real):
        number = float(cell)
        if abs(number) < float("inf"):
            sheet.write_number(row, column, number, look)
        elif number == number:
            sheet.write_string(row, column, str(number), look)
    elif isinstance(cell, date):
        sheet.write_string(row, column, cell.isoformat(*([" "] if isinstance(cell, datetime) else [])), look)
    elif cell is not None and cell != "":
        sheet.write_string(row, column, str(cell)[:_MOST_CHARACTERS], look)


def text_width(text: str) -> int:
    """Return the width of a text in characters, a Chinese one counted double.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    Width in characters of half width.
    """
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def _shown(cell: object, number_format: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and number_format:
        return f"{cell:.3f}"
    return str(cell).split("\n", 1)[0]
