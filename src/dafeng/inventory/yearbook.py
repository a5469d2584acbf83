"""The yearbook's own layout: fuels as columns, balance rows as lines, titles, units and footnotes around."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from dafeng.evidence import DafengError, Finding, Problems, Severity
from dafeng.inventory.balance import Entry
from dafeng.inventory.names import find_fuel, find_row
from dafeng.units import is_unit

Grid = Sequence[Sequence[object]]

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_UNIT = re.compile(r"[((]([^()()]+)[))]")
_NUMBER = re.compile(r"^[-+−-]?[\d, ]*\.?\d+(?:[eE][-+]?\d+)?$")
_FOOTNOTE = re.compile(r"^(注|Note|资料来源|Source|a\)|①|\*)", re.IGNORECASE)
_REGIONS = [
    "北京",
    "天津",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "上海",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "重庆",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
]
_LABEL_COLUMNS = 3
_MIN_FUELS = 2


def read_workbook(path: Path) -> tuple[list[Entry], list[Finding]]:
    """Entries of every sheet that holds a balance, with cell addresses (`sheet!C7`).

    Raises: DafengError for a file that is no workbook, for a workbook without a balance, and for merged
    cells among the numbers.
    """
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except python_calamine.CalamineError as error:
        raise DafengError.at(path.name, f"no readable workbook ({error})", "an .xlsx or .xls file") from error
    entries: list[Entry] = []
    findings: list[Finding] = []
    problems = Problems()
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        grid = sheet.to_python(skip_empty_area=False)
        start = _first_data(grid)
        if start is None:
            continue
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
            if bottom >= start and right >= _LABEL_COLUMNS and not _is_footnote(grid, top):
                problems.add(
                    f"{name}!{address(top, left)}:{address(bottom, right)}", "merged cells", "one cell per number",
                    "unmerge and fill in",
                )  # fmt: skip
        entries += read_grid(name, grid, partial(_cell_of, name), findings, problems)
    problems.raise_if_any()
    if not entries:
        raise DafengError.at(path.name, "no sheet with an energy balance", "fuels as columns, rows as lines")
    return entries, findings


def _cell_of(sheet: str, row: int, column: int) -> str:
    return f"{sheet}!{address(row, column)}"


def address(row: int, column: int) -> str:
    """The A1 address of a cell, both counted from 0. `address(6, 27)` is AB7.

    >>> address(6, 27)
    'AB7'
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def read_grid(
    name: str,
    grid: Grid,
    where: Callable[[int, int], str],
    findings: list[Finding] | None = None,
    problems: Problems | None = None,
) -> list[Entry]:
    """Entries of one table of cells.

    The header is everything above the first line with a balance row and numbers; each column's fuel and unit
    are found in it by name, so editions with other columns need no change. Year and region come from the
    title or the name of the sheet. Footnotes below are skipped, with a finding.

    Raises: DafengError where no header, year or unit is found, or a cell holds neither number nor blank
    (unless `problems` collects them).
    """
    own = Problems() if problems is None else problems
    start = _first_data(grid)
    if start is None:
        raise DafengError.at(name, "no line with a balance row and numbers", "an energy balance")
    columns = _columns(grid, start)
    title = " ".join(str(c) for line in grid[:start] for c in line if c not in ("", None))
    year = _YEAR.search(title) or _YEAR.search(name)
    if year is None:
        own.add(where(0, 0), "no year in the title", "a year, as 江西能源平衡表-2014")
    region = next((r for r in _REGIONS if r in title or r in name), "")
    entries: list[Entry] = []
    for r in range(start, len(grid)):
        label = _label(grid[r])
        if _is_footnote(grid, r) or not label:
            _tell_footnote(grid, r, where, findings)
            continue
        for c, (fuel, unit) in columns.items():
            text = _text(grid[r][c]) if c < len(grid[r]) else ""
            if text in ("", "-", "—", "–", "…"):
                continue
            if not _NUMBER.match(text) and text not in ("NO", "NE", "IE", "C"):
                own.add(where(r, c), text, "a number or a blank cell", "footnote marks belong into the note")
                continue
            entries.append(
                Entry(where(r, c), region, label, fuel, year[1] if year else "", text.replace(" ", ""), unit)
            )
    if problems is None or year is None:
        own.raise_if_any()
    return entries


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _label(line: Sequence[object]) -> str:
    """The row name in the first columns: one that is known, else the first text."""
    texts = [t for t in (_text(c) for c in line[:_LABEL_COLUMNS]) if t and not _NUMBER.match(t)]
    return next((t for t in texts if find_row(t)), texts[0] if texts else "")


def _first_data(grid: Grid) -> int | None:
    for r, line in enumerate(grid):
        numbers = [c for c in line[1:] if _NUMBER.match(_text(c))]
        if find_row(_label(line) or "") and numbers:
            above = [_text(c) for upper in grid[:r] for c in upper]
            if sum(find_fuel(t) is not None for t in above if t) >= _MIN_FUELS:
                return r
    return None


def _columns(grid: Grid, start: int) -> dict[int, tuple[str, str]]:
    """Column → (fuel, unit): the lowest header cell that names a fuel, the lowest that holds a unit."""
    found: dict[int, tuple[str, str]] = {}
    common = next(
        (m[1] for line in grid[:start] for c in line if (m := re.search(r"单位[::]\s*(\S+)", _text(c)))), ""
    )
    for c in range(1, max(len(line) for line in grid[:start])):
        cells = [_text(line[c]) for line in grid[:start] if c < len(line)]
        fuel = _fuel_of([_UNIT.sub("", cell).strip() for cell in cells])
        unit = ""
        for text in cells:
            inner = _UNIT.search(text)
            for candidate in (inner[1].strip() if inner else "", text.strip()):
                if candidate and not find_fuel(candidate) and is_unit(candidate):
                    unit = candidate
                    break
        if fuel:
            found[c] = (fuel, unit or common)
    return found


def _fuel_of(cells: list[str]) -> str:
    """The fuel that a column's header names, lowest cell first; a name broken over two lines counts as one."""
    texts = [cell for cell in cells if cell]
    for i in reversed(range(len(texts))):
        for name in ([texts[i - 1] + texts[i]] if i else []) + [texts[i]]:
            if find_fuel(name):
                return name
    return ""


def _is_footnote(grid: Grid, r: int) -> bool:
    first = next((_text(c) for c in grid[r] if _text(c)), "")
    return bool(_FOOTNOTE.match(first))


def _tell_footnote(
    grid: Grid, r: int, where: Callable[[int, int], str], findings: list[Finding] | None
) -> None:
    text = " ".join(_text(c) for c in grid[r] if _text(c))
    if text and findings is not None:
        findings.append(Finding("footnote", Severity.NOTE, where(r, 0), f"脚注:{text}", f"footnote: {text}"))
