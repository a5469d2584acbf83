"""Tables that divide the work, flattened into text.

They have a row a line parted by tabs, | or wide blanks, or a cell a line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dafeng.plan.documents.source import Cell, Source, Table
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.duty_tables import division_of
from dafeng.plan.structure.text import half_width

_PARTS = re.compile(r"[^\t|│]+")
_WIDE = re.compile(r"\S+(?: \S+)*")
_WORD = re.compile(r"\S+")
_SERIAL = pattern("duties.serial")
_MOST_COLUMNS = 9


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int


def with_flat_divisions(source: Source) -> Source:
    """Convert flattened tables of tasks in a source to tables. Linear in its length."""
    lines = list(_lines(source))
    tables: list[Table] = []
    i = 0
    while i < len(lines):
        found = _row_a_line(lines, i) or _cell_a_line(lines, i)
        if found is None:
            i += 1
            continue
        rows, i = found
        width = max(len(row) for row in rows)
        empty = Cell("", rows[-1][-1].end, rows[-1][-1].end)
        grid = tuple((*row, *[empty] * (width - len(row))) for row in rows)
        tables.append(Table(rows[0][0].start, rows[-1][-1].end + 1, grid))
    if not tables:
        return source
    every = tuple(sorted((*source.tables, *tables), key=lambda table: table.start))
    return replace(source, tables=every)


def _lines(source: Source) -> Iterator[_Line]:
    position, t = 0, 0
    for line in source.text.splitlines(keepends=True):
        start, position = position, position + len(line)
        while t < len(source.tables) and source.tables[t].end <= start:
            t += 1
        if t < len(source.tables) and source.tables[t].start <= start:
            continue
        if line.strip():
            yield _Line(line.rstrip("\r\n"), start)


def _is_header(cells: list[Cell]) -> bool:
    words = [half_width(re.sub(r"\s+", "", cell.text)) for cell in cells]
    short = all(len(word) <= 14 for word in words)
    return 2 <= len(words) <= _MOST_COLUMNS and short and division_of([words]) is not None


def _split(line: _Line) -> list[Cell]:
    pattern = _PARTS if re.search(r"[\t|│]", line.text) else None
    if pattern is None:
        text = line.text.replace("\u3000", " ")
        matches = list((_WIDE if re.search(r"\S {2,}\S", text) else _WORD).finditer(text))
    else:
        matches = list(pattern.finditer(line.text))
    cells: list[Cell] = []
    for match in matches:
        if match is not None and (stripped := match.group().strip()):
            at = line.start + match.start() + match.group().index(stripped)
            cells.append(Cell(stripped, at, at + len(stripped)))
    return cells


def _row_a_line(lines: list[_Line], i: int) -> tuple[list[list[Cell]], int] | None:
    header = _split(lines[i])
    if not _is_header(header):
        return None
    rows, at = [header], i + 1
    while at < len(lines):
        cells = _split(lines[at])
        if re.fullmatch(r"[\s|:+=—-]+", lines[at].text):
            at += 1
            continue
        if not len(header) - 1 <= len(cells) <= len(header) or len(cells) < 2:
            break
        if (
            len(cells) < len(header)
            and not _SERIAL.fullmatch(cells[0].text)
            and _SERIAL.fullmatch(rows[-1][0].text)
        ):
            cells = [Cell("", cells[0].start, cells[0].start), *cells]
        rows.append(cells)
        at += 1
    return (rows, at) if len(rows) > 1 else None


def _cell_a_line(lines: list[_Line], i: int) -> tuple[list[list[Cell]], int] | None:
    """Read a header of one word a line that begins with 序号, then rows that begin with 1, 2, 3 …"""
    if half_width(lines[i].text.strip()) not in ("序号", "编号"):
        return None
    cells = [_cell(line) for line in lines[i : i + _MOST_COLUMNS]]
    width = next(
        (n for n in range(len(cells), 2, -1) if cells[n:] and cells[n].text == "1" and _is_header(cells[:n])),
        0,
    )
    if not width:
        return None
    rows, at = [cells[:width]], i + width
    while at < len(lines) and lines[at].text.strip().rstrip(".、") == str(len(rows)):
        stop = at + width
        follows = stop >= len(lines) or lines[stop].text.strip().rstrip(".、") == str(len(rows) + 1)
        if stop > len(lines):
            break
        rows.append([_cell(line) for line in lines[at:stop]])
        at = stop
        if not follows:
            break
    return (rows, at) if len(rows) > 1 else None


def _cell(line: _Line) -> Cell:
    text = line.text.strip()
    at = line.start + (line.text.index(text) if text else 0)
    return Cell(text, at, at + len(text))
