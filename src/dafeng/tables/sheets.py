"""Worksheet reader: header detected below titles, Chinese headings accepted, unreadable cells reported.

A title above the header is passed over. Merged cells among the rows and formulas that the workbook holds no
value of are refused by their cell, with what to do in Excel: neither can be guessed.
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from dafeng.evidence import DafengError, Problems
from dafeng.tables.columns import Table, words
from dafeng.tables.forms import header_ids
from dafeng.tables.reading import SHOWN, RawTable, from_rows
from dafeng.tables.values import cell_text

_SEARCHED = 15
"""Rows in which a header is looked for: titles and notes above a table are fewer."""
SUMS = frozenset({"合计", "总计", "小计", "累计", "total", "Total", "TOTAL", "sum", "Sum"})
"""First cells of rows that add up those above them."""
NOTE = re.compile(
    r"(注|附注|备注|说明|资料来源|数据来源|来源|单位|填表人?|制表人?|审核人?|负责人|note|source)s?\d*\s*[:：]",
    re.I,
)
"""Beginning of a text that stands alone in a row, as under a table of an office."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FORMULA_MARKS = (b"<f>", b"<f ", b"<f/>")


@dataclass(frozen=True, slots=True)
class SheetCells:
    """Worksheet as read: typed cells row by row; positions count from 0.

    `merged` are ranges as ((row, column), (row, column)); `formulas` position → formula of the cells that
    hold one.
    """

    name: str
    rows: Sequence[Sequence[Any]]
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)


def read_sheets(file: Path, template: str = "") -> list[SheetCells]:
    """Read every sheet of a workbook.

    Parameters
    ----------
    template
        Command that writes an empty workbook, for the refusal.

    Raises
    ------
    DafengError
        Where there is no such file, or it is no workbook.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(file))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        cells = [sheet.to_python(skip_empty_area=False) for sheet in sheets]
    except (CalamineError, OSError, ValueError) as error:
        found = words("no_such_file") if not file.exists() else " ".join(str(error).split())
        mend = words("make_one", command=template) if template else ""
        raise DafengError.at(str(file), found, words("a_workbook"), mend) from error
    formulas = _formulas(file)
    return [
        SheetCells(sheet.name, rows, sheet.merged_cell_ranges or (), formulas.get(sheet.name, {}))
        for sheet, rows in zip(sheets, cells, strict=True)
    ]


def raw_table(table: Table, sheet: SheetCells, problems: Problems) -> RawTable | None:
    """Return the cells of `table` in a sheet as text; None where it holds no more than a header.

    The header is the row with most headings of the table (id, Chinese or English title) among the first rows.

    Parameters
    ----------
    table
        Table with its columns.
    sheet
        Cells of one sheet.
    problems
        List that the problems are added to.

    Returns
    -------
    Raw table, or None.
    """
    texts = [_unless_blank([cell_text(cell) for cell in row]) for row in sheet.rows]
    if not any(cell for row in texts for cell in row):
        return None
    head = _header_row(table, texts)
    if head is None:
        listed = ", ".join(f"{column.title_zh} {column.name}" for column in table.columns)
        problems.add(
            f"{sheet.name}!A1", words("no_header"), words("the_columns", names=listed), words("header_mend")
        )
        return None
    body = texts[head + 1 :]
    if not any(cell for row in body for cell in row):
        return None
    _check_merged(sheet, head, problems)
    kept = _without_notes(table, sheet.name, body, head, problems)
    body = [list(row) for row in _without_sums(sheet.name, kept, head, problems)]
    _check_formulas(sheet, texts, head, problems)
    ids = header_ids(table, texts[head])
    width = max(number + 1 for row in (ids, *body) for number, cell in enumerate(row) if cell)
    cells = pd.DataFrame([_wide(row, width) for row in (ids, *body)], dtype=object)
    return from_rows(table.name, cells, sheet_place(sheet.name, ids, head))


def _unless_blank(row: Sequence[str]) -> list[str]:
    """Return a row; one of nothing but spaces, as a hand leaves it under a table, is empty."""
    return list(row) if any(cell.strip() for cell in row) else [""] * len(row)


def _without_sums(
    name: str, body: Sequence[Sequence[str]], head: int, problems: Problems
) -> list[Sequence[str]]:
    """Return the rows with those of sums emptied; each is a problem, since totals are computed and never entered."""
    kept: list[Sequence[str]] = []
    for number, row in enumerate(body, start=head + 2):
        first = next((cell.strip() for cell in row if cell.strip()), "")
        if first in SUMS:
            problems.add(
                f"{name}!A{number}",
                words("sum_row", name=first),
                words("sum_row_expected"),
                words("sum_row_mend"),
            )
            kept.append([""] * len(row))
        else:
            kept.append(row)
    return kept


def _without_notes(
    table: Table, name: str, body: Sequence[Sequence[str]], head: int, problems: Problems
) -> list[Sequence[str]]:
    """Return the rows with notes emptied and without a second table below: each is one problem, not one of every cell."""
    kept: list[Sequence[str]] = []
    for number, row in enumerate(body, start=head + 2):
        filled = [cell.strip() for cell in row if cell.strip()]
        if len(filled) == 1 and NOTE.match(filled[0]):
            where = (
                f"{name}!{_cell_name(number - 1, next(at for at, cell in enumerate(row) if cell.strip()))}"
            )
            problems.add(where, words("note_row", text=filled[0][:30]), words("sum_row_expected"), words("note_row_mend"))  # fmt: skip
            kept.append([""] * len(row))
        elif len(set(header_ids(table, row)) & set(table.named)) >= min(3, len(table.columns)):
            problems.add(f"{name}!A{number}", words("second_table"), words("one_table"), words("second_table_mend"))  # fmt: skip
            break
        else:
            kept.append(row)
    return kept


def _wide(row: Sequence[str], width: int) -> list[str]:
    return [*row[:width], *([""] * (width - len(row)))]


def _header_row(table: Table, texts: Sequence[Sequence[str]]) -> int | None:
    counts = [
        len(set(header_ids(table, row)) & set(table.named)) if any(row) else 0 for row in texts[:_SEARCHED]
    ]
    best = max(range(len(counts)), key=lambda at: (counts[at], -at))
    # a row of values may hold one word that is a heading too; two are no accident
    return best if counts[best] >= min(2, len(table.columns)) else None


def sheet_place(name: str, header: Iterable[str], above: int = 0) -> Callable[[int, str], str]:
    """Return (row, column id) → `sheet!B12`; `above` rows precede the header, which is row 1 of the table."""
    letters = {title: column_letters(number) for number, title in reversed(list(enumerate(header)))}
    return lambda row, column: f"{name}!{letters.get(column, 'A')}{row + above}"


def column_letters(number: int) -> str:
    """Return the letters of a column of a sheet, which counts from 0.

    Parameters
    ----------
    number
        Column, from 0.

    Returns
    -------
    Letters of the column.

    Examples
    --------
    >>> column_letters(0), column_letters(25), column_letters(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    number += 1
    while number:
        number, at = divmod(number - 1, 26)
        letters = _LETTERS[at] + letters
    return letters


def _cell_name(row: int, column: int) -> str:
    return f"{column_letters(column)}{row + 1}"


def _check_merged(sheet: SheetCells, head: int, problems: Problems) -> None:
    within = [(first, last) for first, last in sheet.merged if last[0] > head]
    for first, last in within[:SHOWN]:
        where = f"{sheet.name}!{_cell_name(*first)}:{_cell_name(*last)}"
        problems.add(where, words("merged"), words("one_value_a_cell"), words("merged_mend"))


def _check_formulas(sheet: SheetCells, texts: Sequence[Sequence[str]], head: int, problems: Problems) -> None:
    bare = [
        (row, column) for row, column in sorted(sheet.formulas)
        if row > head and not (row < len(texts) and column < len(texts[row]) and texts[row][column])
    ]  # fmt: skip
    for row, column in bare[:SHOWN]:
        found = words("bare_formula", formula=sheet.formulas[row, column][:60])
        problems.add(
            f"{sheet.name}!{_cell_name(row, column)}", found, words("a_value"), words("bare_formula_mend")
        )


def _formulas(file: Path) -> Mapping[str, Mapping[tuple[int, int], str]]:
    """Return sheet → position → formula. Only a workbook with formulas is read a second time."""
    if not zipfile.is_zipfile(file):
        return {}  # an old .xls: its formulas always hold a value
    with zipfile.ZipFile(file) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        if not any(any(mark in parts.read(name) for mark in _FORMULA_MARKS) for name in sheets):
            return {}
    import openpyxl

    book = openpyxl.load_workbook(file, read_only=True)
    try:
        return {
            sheet.title: {
                (cell.row - 1, cell.column - 1): str(cell.value)
                for row in sheet.iter_rows()
                for cell in row
                if cell.data_type == "f"
            }
            for sheet in book.worksheets
        }
    finally:
        book.close()
