"""Balances from files: tidy tables and the yearbook's layout, as text or as workbook."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dafeng.evidence import DafengError, Finding, Severity, Text
from dafeng.inventory.balance.energy_balance import TIDY, Balance, Entry, from_entries
from dafeng.inventory.balance.headers import Grid
from dafeng.inventory.balance.refusals import Refusals
from dafeng.inventory.balance.tidy import (
    of_years,
    tidy_entries,
    tidy_header,
    turned,
    turned_place,
    unpacked,
)
from dafeng.inventory.balance.yearbook import NO_BALANCE, address, blocks_of, merged_numbers, read_grid

WORKBOOKS = frozenset({".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"})
_DELIMITERS = (",", "\t", ";", "\uff0c")

_NO_VALUE = re.compile(rb't="e"|</f>\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>')
"""In the XML of a sheet: an error, or a formula without the value that Excel keeps beside it."""

_WITH_COMMA = re.compile(r"^[-+]?[\d.]*\d,\d+$")
_DECIMAL_COMMA = re.compile(r"^[-+]?\d[\d.]*,(?:\d{1,2}|\d{4,})$")
_WITH_POINT = re.compile(r"^[-+]?[\d,]*\d\.\d+$")
"""Numbers with a comma, those that only a decimal comma explains, and those with a decimal point."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Name of the stream that holds a workbook with a password to open it."""

Where = Callable[[int, int], str]


def read_balance(path: str | Path) -> Balance:
    """Read a balance from text (tidy, or a table with fuels as columns) or from a workbook in either layout.

    A cell that cannot be read is refused and listed in the balance, all others count: unknown rows and fuels,
    units that do not fit, a number that is none, a cell twice, a negative consumption, a year out of range,
    merged cells.

    Parameters
    ----------
    path
        Text file or workbook.

    Raises
    ------
    DafengError
        For a file that is no table or no balance, and where no cell is left.
    """
    path = Path(path)
    if not path.is_file():
        raise DafengError.at(str(path), "no such file", "a balance as .csv, .xlsx or .xls")
    if path.suffix.lower() in WORKBOOKS:
        return _from_workbook(path)
    text, findings = decode(path)
    lines = _with_points(_lines(text), path.name, findings)
    if not any(any(cell.strip() for cell in line) for line in lines[1:]):
        raise DafengError.at(str(path), "an empty table", f"columns {', '.join(TIDY)} and at least one line")
    problems = Refusals()
    entries = _entries(path.name, lines, partial(_line_of, path.name), findings, problems, path.stem)
    return from_entries(entries, findings, problems)


def _line_of(name: str, row: int, column: int) -> str:
    return f"{name}:{row + 1}:{column + 1}"


def _cell_of(sheet: str, row: int, column: int) -> str:
    return f"{sheet}!{address(row, column)}"


def decode(path: Path) -> tuple[str, list[Finding]]:
    """Decode the text of a file in UTF-8, UTF-16 or GBK (reported by a finding).

    Raises: DafengError for anything else.
    """
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace"), []
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise DafengError.at(
            f"{path.name}: byte {error.start}", "text that is neither UTF-8 nor GBK", "UTF-8"
        ) from error
    finding = Finding(
        "encoding-gbk", Severity.NOTE, path.name, "文件编码为GBK,已按GBK读取", "the file is GBK, read as such"
    )
    return text, [finding]


def _lines(text: str) -> list[list[str]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    # Eurostat joins the first columns of a tab-separated table by commas
    delimiter = "\t" if "\\" in first and "\t" in first else max(_DELIMITERS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise DafengError.at("balance", f"text that is no table ({error})", "CSV") from error


def _with_points(lines: list[list[str]], name: str, findings: list[Finding]) -> list[list[str]]:
    """Lines whose decimals are behind a comma (1500,5, between semicolons) with points."""
    if not any(_DECIMAL_COMMA.match(cell.strip()) for line in lines for cell in line):
        return lines
    if any(_WITH_POINT.match(cell.strip()) for line in lines for cell in line):
        return lines
    findings.append(
        Finding("decimal-comma", Severity.WARNING, name, "小数点写作逗号,已按小数读取", "decimals are behind a comma, read as such")
    )  # fmt: skip
    return [
        [
            cell.strip().replace(".", "").replace(",", ".") if _WITH_COMMA.match(cell.strip()) else cell
            for cell in line
        ]
        for line in lines
    ]


def _from_workbook(path: Path) -> Balance:
    """Entries of every sheet that holds a balance, with cell addresses (`sheet!C7`).

    Raises: as `read_balance`; also for a file that is no workbook and for one without a balance.
    """
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        sheets = [book.get_sheet_by_name(name) for name in names]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        if _ENCRYPTED in path.read_bytes():
            raise DafengError.at(
                path.name,
                Text("工作簿有打开密码", "a workbook with a password to open it"),
                Text("没有加密的 .xlsx 或 .xls", "an .xlsx or .xls file without encryption"),
                Text("在 Excel 中取消密码后另存", "remove the password in Excel and save it again"),
            ) from error
        raise DafengError.at(path.name, f"no readable workbook ({error})", "an .xlsx or .xls file") from error
    entries: list[Entry] = []
    findings: list[Finding] = []
    problems = Refusals()
    found = False
    merged: set[str] = set()
    without_value = _without_value(path)
    for name, sheet in zip(names, sheets, strict=True):
        grid: list[list[object]] = [list(line) for line in sheet.to_python(skip_empty_area=False)]
        for (r, c), text in without_value.get(name, {}).items():
            if r < len(grid) and c < len(grid[r]):
                grid[r][c] = text
        where = partial(_cell_of, name)
        if not _is_balance(grid, f"{name} {path.stem}"):
            continue
        if tidy_header(unpacked(grid)) is None:
            merged |= merged_numbers(sheet.merged_cell_ranges or [], blocks_of(grid), where, problems)
        found = True
        entries += _entries(name, grid, where, findings, problems, f"{name} {path.stem}")
    if not found:
        raise DafengError.at(
            path.name, "no sheet with an energy balance", "fuels as columns, rows as lines", NO_BALANCE
        )
    return from_entries((e for e in entries if e.where not in merged), findings, problems)


def _without_value(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Cells of a workbook with an error or with a formula that was never calculated: sheet → (row, column) → text.

    The reader of the grid returns them as blanks, which count as nothing.
    """
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as parts:
        texts = (parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/sheet"))
        if not any(_NO_VALUE.search(text) for text in texts):
            return {}
    import openpyxl

    formulas, values = (openpyxl.load_workbook(path, data_only=only) for only in (False, True))
    found: dict[str, dict[tuple[int, int], str]] = {}
    for sheet in formulas.worksheets:
        for line in sheet.iter_rows():
            for cell in line:
                value = values[sheet.title][cell.coordinate]
                if value.data_type == "e" or (cell.data_type == "f" and value.value is None):
                    text = str(cell.value if value.value is None else value.value)
                    found.setdefault(sheet.title, {})[cell.row - 1, cell.column - 1] = text
    return found


def _entries(
    name: str, grid: Grid, where: Where, findings: list[Finding], problems: Refusals, context: str
) -> list[Entry]:
    """Entries of a table in any layout: tidy, years as columns, fuels as columns, or fuels as lines."""
    grid = unpacked(grid)
    header = tidy_header(grid)
    if header is not None:
        entries = tidy_entries(name, grid, header, where, context)
        if "row" not in header.columns and not header.rows:
            findings.append(
                Finding(
                    "row-of-title", Severity.WARNING, where(header.line, 0), "表中没有项目列,按标题计入工业",
                    "the table has no column of rows: by its title it is of industry",
                )
            )  # fmt: skip
        return entries
    if not blocks_of(grid):
        series = of_years(grid, context)
        header = None if series is None else tidy_header(series)
        if series is not None and header is not None:
            return tidy_entries(name, series, header, where, context)
        if blocks_of(turned(grid)):
            return read_grid(name, turned(grid), turned_place(where), findings, problems, context)
    return read_grid(name, grid, where, findings, problems, context)


def _is_balance(grid: Grid, context: str) -> bool:
    """Whether a sheet holds a balance in any layout."""
    return bool(
        tidy_header(unpacked(grid)) or blocks_of(grid) or of_years(grid, context) or blocks_of(turned(grid))
    )
