"""Balances from files: tidy tables and the yearbook's layout, as text or as workbook."""

import csv
import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from dafeng.evidence import DafengError, Finding, Severity
from dafeng.inventory.balance.energy_balance import TIDY, Balance, Entry, from_entries
from dafeng.inventory.balance.refusals import Refusals
from dafeng.inventory.balance.yearbook import Grid, address, blocks_of, merged_numbers, read_grid, text_of

WORKBOOKS = frozenset({".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"})
COLUMNS: dict[str, tuple[str, ...]] = {
    "row": ("row", "row_zh", "row_en", "sector", "item", "项目", "行", "指标", "行业"),
    "fuel": ("fuel", "fuel_zh", "fuel_en", "能源品种", "品种", "能源名称", "能源", "燃料"),
    "year": ("year", "年份", "年", "年度"),
    "value": ("value", "数值", "数量", "值", "消费量"),
    "unit": ("unit", "单位", "计量单位"),
    "region": ("region", "province", "地区", "省份", "城市", "省", "市"),
}
"""Names of the columns of a tidy table; where a file has several of a line, the first counts."""

_HEADER_WITHIN = 5
_ALMOST_TIDY = 3
_DELIMITERS = (",", "\t", ";", "\uff0c")

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
    lines = _lines(text)
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
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise DafengError.at("balance", f"text that is no table ({error})", "CSV") from error


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
        raise DafengError.at(path.name, f"no readable workbook ({error})", "an .xlsx or .xls file") from error
    entries: list[Entry] = []
    findings: list[Finding] = []
    problems = Refusals()
    found = False
    merged: set[str] = set()
    for name, sheet in zip(names, sheets, strict=True):
        grid = sheet.to_python(skip_empty_area=False)
        where = partial(_cell_of, name)
        if _tidy_header(grid) is None:
            blocks = blocks_of(grid)
            if not blocks:
                continue
            merged |= merged_numbers(sheet.merged_cell_ranges or [], blocks, where, problems)
        found = True
        entries += _entries(name, grid, where, findings, problems, f"{name} {path.stem}")
    if not found:
        raise DafengError.at(path.name, "no sheet with an energy balance", "fuels as columns, rows as lines")
    return from_entries((e for e in entries if e.where not in merged), findings, problems)


def _entries(
    name: str, grid: Grid, where: Where, findings: list[Finding], problems: Refusals, context: str
) -> list[Entry]:
    header = _tidy_header(grid)
    if header is None:
        return read_grid(name, grid, where, findings, problems, context)
    at, columns = header
    missing = [column for column in TIDY if column not in columns]
    if missing:
        raise DafengError.at(
            f"{name}:{at + 1}",
            f"columns {', '.join(text_of(c) for c in grid[at])}",
            f"also {', '.join(missing)}",
        )
    return _tidy_entries(grid, at, columns, where)


def _tidy_header(grid: Grid) -> tuple[int, dict[str, int]] | None:
    """Line and columns of a tidy table's header: the first of the top lines that has three of its names."""
    for r, line in enumerate(grid[:_HEADER_WITHIN]):
        names = [text_of(cell).casefold() for cell in line]
        columns = {
            column: names.index(known[0])
            for column, spellings in COLUMNS.items()
            if (known := [s for s in spellings if s in names])
        }
        if len(set(columns) & set(TIDY)) >= _ALMOST_TIDY:
            return r, columns
    return None


def _tidy_entries(grid: Grid, at: int, columns: dict[str, int], where: Where) -> list[Entry]:
    entries = []
    for r in range(at + 1, len(grid)):
        line: Sequence[object] = grid[r]
        if not any(text_of(cell) for cell in line):
            continue
        cell = {c: text_of(line[i]) if i < len(line) else "" for c, i in columns.items()}
        entries.append(
            Entry(
                _place(where, r, columns),
                cell.get("region", ""),
                cell["row"],
                cell["fuel"],
                cell["year"],
                cell["value"],
                cell["unit"],
            )
        )
    return entries


def _place(where: Where, r: int, columns: dict[str, int]) -> str:
    """The value's cell in a sheet, the line in a text (whose columns have names)."""
    place = where(r, columns["value"])
    return place if "!" in place else place.rsplit(":", 1)[0]
