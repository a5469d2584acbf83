"""A case as one Excel workbook and back: one sheet a table, one sheet a YAML file, nothing lost."""

import datetime
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from dafeng.case.folder import Location, case_files, locate
from dafeng.case.loading import STRUCTURE, RawCase, assemble, read_folder
from dafeng.case.schemas import FIRST_YEAR, LAST_YEAR, TABLES
from dafeng.evidence import DafengError, NotationKey, Problems, track, write_atomically
from dafeng.tables import NUMERIC, Kind, RawTable, Table, from_rows, nearest

HELP_SHEET = "说明 help"
_CELL = 32_000
"""Characters of one line in one cell; Excel holds 32,767."""
_TEMPLATE_ROWS = 5000
_TEXT_FILES = frozenset(STRUCTURE)


def to_xlsx(name_or_path: str | Path, file: Path) -> None:
    """Write the case to the workbook `file`: a sheet for each table, one for each YAML file.

    Raises: DafengError where the case does not load, holds files that no workbook can, or `file` cannot be
    written.
    """
    location = locate(name_or_path)
    problems = Problems()
    raw = read_folder(location, problems)
    assemble(raw, problems)
    for name, _ in case_files(location.path):
        if "/" in name or (name not in _TEXT_FILES and name.removesuffix(".csv") not in TABLES):
            problems.add(
                name,
                "a file that a workbook cannot hold",
                "tables and YAML files of a case",
                "copy it by hand",
            )
    problems.raise_if_any()
    with write_atomically(file) as temporary:
        _write(temporary, raw.tables, raw.texts)


def template(file: Path) -> None:
    """Write an empty workbook: every table with its header, help for each column, drop-down lists."""
    with write_atomically(file) as temporary:
        _write(temporary, {}, {"city.yaml": _CITY_FORM}, empty=True)


_CITY_FORM = """name_zh: 某某市
name_en: City
code: "000000"
level: city
parent: regions/360000
base_year: 2020
as_of: 2025
horizon: 2060
inventory_years: [2015, 2022]
headline_account: A
counties: []
"""


def from_xlsx(file: Path, folder: Path) -> None:
    """Write the case in the workbook `file` as a new `folder`, whole or not at all.

    Raises: DafengError with every problem (`sheet!cell`), or where `folder` exists already.
    """
    problems = Problems()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DafengError.at(str(folder), "a folder that is not empty", "a new folder", "choose another DIR")
    raw = _read(file, folder, problems)
    assemble(raw, problems)
    problems.raise_if_any()
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, table in raw.tables.items():
            frame = table.cells.set_axis(list(table.header), axis=1)
            frame.to_csv(temporary / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
        for name, text in raw.texts.items():
            (temporary / name).write_bytes(text.encode())
        temporary.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        temporary.replace(folder)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)


def _write(path: Path, tables: dict[str, RawTable] | Any, texts: Any, *, empty: bool = False) -> None:
    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EEF2", "bottom": 1, "num_format": "@"})
        text = book.add_format({"num_format": "@"})
        _help_sheet(book, head)
        for name, table in track("Excel", list(TABLES.items())):
            if name in tables or empty:
                _table_sheet(book, table, tables.get(name), head, text)
        _files_sheet(book, texts, text)


def _help_sheet(book: Any, head: Any) -> None:
    sheet = book.add_worksheet(HELP_SHEET)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for number, title in enumerate(("表 table", "列 column", "类型 kind", "必填 required", "说明 help")):
        sheet.write_string(0, number, title, head)
    row = 1
    for table in TABLES.values():
        sheet.write_string(row, 0, table.name, wrap)
        sheet.write_string(row, 4, f"{table.title_zh} · {table.help_zh} · {table.help_en}", wrap)
        row += 1
        for column in table.columns:
            told = f"{column.title_zh} {column.title_en}. {column.help_zh} {column.help_en}".strip()
            for number, cell in enumerate(
                (table.name, column.name, column.kind.value, "✓" if column.required else "", told)
            ):
                sheet.write_string(row, number, cell, wrap)
            row += 1
    sheet.set_column(0, 3, 16)
    sheet.set_column(4, 4, 90)
    sheet.freeze_panes(1, 0)


def _table_sheet(book: Any, table: Table, raw: RawTable | None, head: Any, text: Any) -> None:
    sheet = book.add_worksheet(table.name)
    header = list(raw.header) if raw is not None else [column.name for column in table.columns]
    for number, name in enumerate(header):
        column = table.named[name]
        sheet.write_string(0, number, name, head)
        told = f"{column.title_zh} · {column.title_en}\n{column.help_zh}\n{column.help_en}".strip()
        sheet.write_comment(0, number, told)
        sheet.set_column(number, number, 14, None if column.kind in NUMERIC else text)
        _validation(sheet, column, number, _TEMPLATE_ROWS if raw is None else len(raw.cells) + 500)
    sheet.freeze_panes(1, 0)
    if raw is None:
        return
    for number, name in enumerate(header):
        as_number = table.named[name].kind in NUMERIC
        for row, cell in enumerate(raw.cells[raw.cells.columns[number]], start=1):
            if as_number and _is_exact(cell):
                sheet.write_number(row, number, float(cell))
            elif cell != "":
                sheet.write_string(row, number, cell, text)


def _is_exact(cell: str) -> bool:
    """Whether the number comes back from Excel as it was written: the same text, 15 digits at most."""
    try:
        number = float(cell)
    except ValueError:
        return False
    return _number_text(number) == cell and float(f"{number:.16G}") == number


def _validation(sheet: Any, column: Any, number: int, rows: int) -> None:
    if column.choices and sum(len(choice) + 1 for choice in column.choices) <= 255:
        sheet.data_validation(1, number, rows, number, {"validate": "list", "source": list(column.choices)})
    elif column.kind is Kind.YEAR:
        sheet.data_validation(
            1, number, rows, number,
            {"validate": "integer", "criteria": "between", "minimum": FIRST_YEAR, "maximum": LAST_YEAR},
        )  # fmt: skip
    elif column.keys:
        title = "数值 number, or " + "/".join(NotationKey)
        sheet.data_validation(1, number, rows, number, {"validate": "any", "input_title": title[:32]})


def _files_sheet(book: Any, texts: Any, text: Any) -> None:
    """The YAML and GeoJSON files line by line; a long line goes on in the next cell of its row."""
    for name, content in texts.items():
        sheet = book.add_worksheet(name)
        sheet.set_column(0, 0, 110, text)
        for row, line in enumerate(content.split("\n")):
            parts = [line[start : start + _CELL] for start in range(0, len(line), _CELL)]
            for number, part in enumerate(parts):
                sheet.write_string(row, number, part, text)


def _number_text(number: float) -> str:
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return repr(number)


def _cell_text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float | int):
        return _number_text(float(cell)) if abs(float(cell)) < float("inf") else str(cell)
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return str(cell)


def _read(file: Path, folder: Path, problems: Problems) -> RawCase:
    try:
        book = CalamineWorkbook.from_path(str(file))
        sheets = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
        }
    except (CalamineError, OSError, ValueError) as error:
        found = "no such file" if not file.exists() else " ".join(str(error).split())
        raise DafengError.at(
            str(file), found, "an Excel workbook (.xlsx)", "make one: dafeng case template"
        ) from error
    tables: dict[str, RawTable] = {}
    texts: dict[str, str] = {}
    for name, rows in sheets.items():
        if name in _TEXT_FILES:
            texts[name] = "\n".join("".join(_cell_text(cell) for cell in row) for row in rows)
            texts[name] = texts[name] if texts[name].endswith("\n") or not texts[name] else texts[name] + "\n"
        elif name in TABLES:
            table = _raw_table(name, rows)
            if table is not None:
                tables[name] = table
        elif name != HELP_SHEET:
            mend = nearest(name, [*TABLES, *_TEXT_FILES]) or "delete the sheet, or move its content to note"
            problems.add(name, "an unknown sheet", "a table or YAML file of a case", mend)
    present = frozenset([*(f"{name}.csv" for name in tables), *texts])
    return RawCase(Location(folder.name, folder.resolve()), tables, texts, present)


def _raw_table(name: str, rows: list[list[Any]]) -> RawTable | None:
    """The sheet as text; None where it holds no more than the header, as in an unused sheet of the template."""
    texts = [[_cell_text(cell) for cell in row] for row in rows]
    if not any(cell for row in texts[1:] for cell in row):
        return None
    width = max((number + 1 for row in texts for number, cell in enumerate(row) if cell), default=0)
    cells = pd.DataFrame([row[:width] for row in texts], dtype=object)
    return from_rows(name, cells, _sheet_place(name, texts[0]))


def _sheet_place(name: str, header: Iterable[str]) -> Callable[[int, str], str]:
    letters = {title: xl_col_to_name(number) for number, title in reversed(list(enumerate(header)))}
    return lambda row, column: f"{name}!{letters.get(column, 'A')}{row}"
