"""`results.xlsx`: every table of the page in Chinese with the id beside, native charts, at most twenty sheets of A4."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dafeng.evidence import Language
from dafeng.report.sections import sheets
from dafeng.report.summary import Summary
from dafeng.report.texts import LANGUAGES, name, text
from dafeng.report.withholding import share_sentence
from dafeng.report.wording import delivery_sentence, headline, second_sentence, title
from dafeng.report.workbooks import charts
from dafeng.report.workbooks.sheets import Cell, Sheet, heading
from dafeng.tables import Book, open_workbook, text_width, write_cell

A4 = 9
"""Number of the paper in xlsxwriter."""
GROUPS: tuple[tuple[str, ...], ...] = (
    ("peak", "policy", "plausibility", "stress", "delivery", "ratios", "own_data"),
    ("reconciliation", "observed"),
    ("dual_control", "control_aims", "budgets", "lights"),
    ("tracks",),
    ("causes", "costs", "wedges", "counties"),
    ("measures",),
    ("tasks", "departments"),
    ("targets",),
    ("tornado", "data_requests", "unquantified", "influences", "timing"),
    ("findings",),
    ("inventory", "references"),
    ("sectors", "electricity"),
    ("sources",),
)
"""Tables of one sheet, one below the other; the sheet has the name of the first."""
TURNED = frozenset({"peak"})
"""Tables of few rows and many columns, written with a row for each column."""
LAST = (
    "name_en",
    "why_en",
    "en",
    "title_en",
    "holder_en",
    "source",
    "sources",
    "costs.sources",
    "url",
    "basis",
)
"""Columns at the right end, which the sheets of paper leave out."""
FIRST = {
    "targets": ("locator", "indicator", "year", "modality", "target", "target_high", "unit", "status", "probability", "value", "why_zh", "departments"),
    "measures": ("name_zh", "reduction", "standard_error", "tasks", "departments", "grade", "first_in", "last_in"),
    "tasks": ("id", "name_zh", "reduction", "standard_error", "departments", "first_in", "last_in"),
}  # fmt: skip
"""Columns of wide tables that are printed, in their order; the others follow at the right."""
PRINTED_ROWS = 100
"""Rows of a sheet that are printed; long lists have their leading rows on paper."""
MOST_PRINTED = {"tornado": 93, "sources": 60}
SHEETS_OF_PAPER = {"targets": 2, "findings": 2, "peak": 2, "tasks": 2, "tornado": 2}
"""Sheets of paper of a worksheet, one for any other: all together nineteen, twenty being the most."""
WIDEST, SHARED_FIRST, STACKED, NARROWEST = 60, 34, 18, 9
"""Widths in characters at most: of a column; of the first two and of the other columns that tables share. At least."""
UPRIGHT_ROWS, UPRIGHT_WIDTH = 40, 170
"""Rows from which on, and width in characters up to which, paper stands upright."""
LINE, MOST_LINES = 15.0, 8
"""Height of a line of text in points, and the lines at most that a row shows."""
CODES = {
    "scenario": "scenario", "status": "status", "severity": "severity", "basis": "basis", "branch": "branch",
    "sector": "branch", "factor": "factor", "step": "reconciliation", "reconciliation.kind": "kind",
    "electricity.kind": "power", "quantity": "quantity", "account": "account_code", "sense": "sense",
}  # fmt: skip
"""Column (`sheet.column` where its meaning differs) → kind of the catalogue that names its codes."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Table in the workbook: the sheet, the row of its first record (from 0), and its columns as written."""

    sheet: str
    first: int
    table: Sheet


def write_workbook(summary: Summary, path: Path) -> None:
    """Write the whole workbook. Texts are written as texts, never as formulas.

    Parameters
    ----------
    summary
        Summary of a run.
    path
        Workbook to write.
    """
    properties = {"title": title(summary, Language.ZH), "comments": f"dafeng {summary.place.version}"}
    tables = {table.id: _ordered(table) for table in sheets(summary)}
    left = [key for key in tables if not any(key in group for group in GROUPS)]
    with open_workbook(path, properties) as book:
        front = book.sheet(_two("sheet.summary"))
        placed: dict[str, Placed] = {}
        for group in (*GROUPS, *((key,) for key in left)):
            shown = [tables[key] for key in group if key in tables]
            if shown:
                placed |= _sheet(book, shown)
        _front(book, front, summary, placed)


def _two(id_: str) -> str:
    return " ".join(text(id_, language) for language in LANGUAGES)


def _ordered(table: Sheet) -> Sheet:
    """Return `table` with its printed columns first and those that paper leaves out last."""
    first = [column for column in FIRST.get(table.id, ()) if column in table.header]
    last = [column for column in table.header if column in LAST and column not in first]
    middle = [column for column in table.header if column not in {*first, *last}]
    order = [table.header.index(column) for column in (*first, *middle, *last)]
    return Sheet(
        table.id, [table.header[at] for at in order], [[row[at] for at in order] for row in table.rows]
    )


def _sheet(book: Book, shown: Sequence[Sheet]) -> dict[str, Placed]:
    """Write tables one below the other into a new sheet, and set it up for paper."""
    sheet = book.sheet(shown[0].name)
    placed: dict[str, Placed] = {}
    line, printed = 0, 1
    blocks: list[Sequence[Sequence[Cell]]] = [_block(table) for table in shown]
    widths = _widths(blocks)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for table, rows in zip(shown, blocks, strict=True):
        sheet.write_string(line, 0, table.name, book.look(bold=True, font_size=13))
        sheet.set_row(line, 20)
        formats, paper = _formats(table), _printed_columns(table)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                write_cell(
                    sheet, line + 1 + number, column, cell, _look(book, table, number, column, formats)
                )
            # by what is on paper: a long reference at the right end would pull the rows apart
            sheet.set_row(line + 1 + number, LINE * max(map(_lines_of, row[:paper], widths)))
        placed[table.id] = Placed(sheet.get_name(), line + 2, table)
        printed = max(printed, paper)
        if len(shown) == 1:
            sheet.freeze_panes(2, 0)
            sheet.repeat_rows(1)
            sheet.autofilter(1, 0, len(rows), len(rows[0]) - 1)
        line += len(rows) + 2
    _print_setup(sheet, shown[0].id, line - 2, widths[:printed])
    return placed


def _block(table: Sheet) -> Sequence[Sequence[Cell]]:
    """Return the rows of a table as written, its headings first."""
    if table.id in TURNED:
        return turned(table)
    return [list[Cell](headings(table)), *(named(table, row) for row in table.rows)]


def headings(table: Sheet) -> list[str]:
    """Return the headings of a table: Chinese, then the id in a second line."""
    return [heading(table.id, column)[0] for column in table.header]


def named(table: Sheet, row: Sequence[Cell]) -> list[Cell]:
    """Return a row with its codes named: the Chinese name, then the code."""
    return [_named(table.id, column, cell) for column, cell in zip(table.header, row, strict=True)]


def _named(table: str, column: str, cell: Cell) -> Cell:
    kind = CODES.get(f"{table}.{column}") or CODES.get(column)
    if kind is None or not isinstance(cell, str) or not cell:
        return cell
    shown = name(kind, cell, Language.ZH)
    return cell if shown == cell else f"{shown} {cell}"


def turned(table: Sheet) -> list[list[Cell]]:
    """Return a table with a row for each column: its heading, then the cell of each record."""
    records = [named(table, row) for row in table.rows]
    return [[title, *(record[at] for record in records)] for at, title in enumerate(headings(table))]


def _formats(table: Sheet) -> list[str]:
    return [heading(table.id, column)[1] for column in table.header]


def _look(book: Book, table: Sheet, number: int, column: int, formats: Sequence[str]) -> Any:
    if table.id in TURNED:
        head, style = number == 0 or column == 0, formats[number]
    else:
        head, style = number == 0, formats[column]
    if head:
        return book.look(bold=True, bg_color="#E8EEF2", text_wrap=True, valign="top", bottom=1)
    more = {"num_format": style} if style else {}
    return book.look(valign="top", text_wrap=True, **more)


def _width(cell: object) -> int:
    texts = str("" if cell is None else cell).split("\n")
    if isinstance(cell, float):
        texts = [f"{cell:,.1f}"]
    return max(map(text_width, texts)) + 2


def _widths(blocks: Sequence[Sequence[Sequence[Cell]]]) -> list[int]:
    """Return the width of each column of a sheet in characters; columns that tables share are narrow and wrap."""
    found: dict[int, int] = {}
    for rows in blocks:
        for row in rows:
            for column, cell in enumerate(row):
                found[column] = max(found.get(column, NARROWEST), _width(cell))
    widest = WIDEST if len(blocks) == 1 else STACKED
    return [
        min(found[column], SHARED_FIRST if column < 2 and len(blocks) > 1 else widest)
        for column in sorted(found)
    ]


def _lines_of(cell: object, width: int) -> int:
    """Return the lines that a cell takes in a column of `width` characters."""
    if cell is None or isinstance(cell, float | int):
        return 1
    return min(
        sum(1 + max(text_width(line) - 1, 0) // (width - 1) for line in str(cell).split("\n")), MOST_LINES
    )


def _printed_columns(table: Sheet) -> int:
    if table.id in TURNED:
        return len(table.rows) + 1
    if table.id in FIRST:
        return sum(column in FIRST[table.id] for column in table.header)
    return sum(column not in LAST for column in table.header)


def _print_setup(sheet: Any, table: str, last: int, widths: Sequence[int]) -> None:
    """Set a sheet up for A4: one page wide, the leading rows of long lists, foot with name and page number."""
    upright = last > UPRIGHT_ROWS and sum(widths) <= UPRIGHT_WIDTH
    _paper(sheet, _two(f"sheet.{table}"), upright)
    sheet.fit_to_pages(1, SHEETS_OF_PAPER.get(table, 1))
    sheet.print_area(0, 0, min(last, MOST_PRINTED.get(table, PRINTED_ROWS)), len(widths) - 1)


def _paper(sheet: Any, foot: str, upright: bool = False) -> None:
    sheet.set_portrait() if upright else sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L{foot}&C&P / &N&R{text('page.short', Language.ZH)}")


def _front(book: Book, sheet: Any, summary: Summary, placed: Mapping[str, Placed]) -> None:
    """Write the answer in both languages and the charts in pairs: one upright sheet of paper, so that none is broken."""
    sheet.hide_gridlines(2)
    sheet.set_column(0, charts.COLUMNS - 1, charts.COLUMN)
    line = 0
    for language in LANGUAGES:
        lines = (headline, share_sentence, delivery_sentence, second_sentence)
        for number, say in enumerate(lines):
            told = say(summary, language)
            if told:
                look = book.look(
                    bold=number == 0, font_size=13 if number == 0 else 10, text_wrap=True, valign="top"
                )
                # over several columns: a program that prints cannot scale one that is wider than the paper
                sheet.merge_range(line, 0, line, charts.COLUMNS - 1, told, look)
                sheet.set_row(
                    line,
                    (18 if number == 0 else 13) * (1 + text_width(told) // (105 if number == 0 else 138)),
                )
                line += 1
    place = summary.place
    told = (
        f"dafeng {place.version} · {place.name} · {place.release} · seed {place.seed} · n = {place.samples}"
    )
    sheet.write_string(line, 0, told, book.look(font_color="#575E66", font_size=9))
    last = charts.insert(book.raw, sheet, summary, placed, line + 2)
    _paper(sheet, _two("sheet.summary"), upright=True)
    sheet.fit_to_pages(1, 1)
    sheet.print_area(0, 0, last, charts.COLUMNS - 1)
