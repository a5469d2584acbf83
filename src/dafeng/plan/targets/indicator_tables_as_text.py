"""Indicator tables that lost their lines: one cell a line, or one row a line parted by blanks, tabs or |.

A header (指标, a year, often 属性) determines how many values a row has. A row is words, then so many values,
then 约束性 or 预期性 where the header has that column. What does not come out even is no row, and is reported.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from dafeng.plan.documents.source import Cell, Source, Table
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.lines import is_page_number
from dafeng.plan.structure.text import half_width
from dafeng.plan.targets.indicator_tables import NUMBERED
from dafeng.plan.targets.indicators import looks_like_indicator
from dafeng.plan.targets.table_cells import EMPTY, UNIT_IN_NAME, UNIT_LIKE, VALUE

_COLUMN = pattern("tables.column")
_HEADER_LINE = pattern("tables.header_line")
_NATURE = pattern("tables.nature")
_SECTION = pattern("tables.section_row")
_END = pattern("tables.end")
_IN_WORDS = pattern("tables.in_words")
_AFTER_NUMBER = pattern("tables.after_number")
_RULE = re.compile(r"[|+:=─-][\s|+:=─-]{4,}")
_HIGHEST_HEADER, _LONGEST_WORD, _LONGEST_ROW = 14, 40, 24


@dataclass(frozen=True, slots=True)
class _Word:
    """Cell, or a piece of one: `text` in half width without blanks, its place, its line."""

    text: str
    start: int
    end: int
    raw: str


@dataclass(frozen=True, slots=True)
class _Header:
    start: int
    end: int
    values: tuple[str, ...]
    nature: bool
    unit: bool
    row_a_line: bool


@dataclass(slots=True)
class _Row:
    words: list[_Word]
    values: list[list[_Word]]
    nature: _Word | None
    numbered: bool


def with_flat_tables(source: Source) -> Source:
    """Convert flattened indicator tables in a source to tables. Linear in its length."""
    lines = list(_lines(source))
    tables: list[Table] = []
    unread: list[tuple[int, int]] = []
    i = 0
    while i < len(lines):
        found = _header(lines, i)
        if found is None:
            i += 1
            continue
        header, first = found
        rows, missed, i = _rows(lines, first, header)
        unread += missed if rows else []
        if rows:
            tables.append(_table(header, rows))
    if not tables:
        return source
    every = tuple(sorted((*source.tables, *tables), key=lambda table: table.start))
    return replace(source, tables=every, unread=tuple(unread))


def _lines(source: Source) -> Iterator[_Word]:
    """Return lines outside recognised tables that hold something else than a page number."""
    position = 0
    known = iter([*((table.start, table.end) for table in source.tables), (len(source.text) + 1,) * 2])
    a, b = next(known)
    for line in source.text.splitlines(keepends=True):
        start, position = position, position + len(line)
        while start >= b:
            a, b = next(known)
        if a <= start or len(line) > 400 or is_page_number(line.rstrip("\r\n")):
            continue
        stripped = line.strip()
        if stripped and not _RULE.fullmatch(stripped):
            offset = start + line.index(stripped)
            yield _Word(_plain(stripped), offset, offset + len(stripped), stripped)


def _plain(text: str) -> str:
    return half_width(re.sub(r"[\s|│]+", "", text)).replace("─", "—")


def _header(lines: list[_Word], i: int) -> tuple[_Header, int] | None:
    """Return the header that begins at line `i`, and the line behind it."""
    if not re.match(r"序|编|类|领|方|一|二|指|主|名|具", lines[i].text):
        return None
    stop = i
    while stop < len(lines) and stop - i < _HIGHEST_HEADER and _HEADER_LINE.fullmatch(lines[stop].text):
        stop += 1
    words = "".join(line.text for line in lines[i:stop])
    columns = [match for match in _COLUMN.finditer(words) if match.lastgroup]
    kinds = [match.lastgroup for match in columns]
    if "name" not in kinds or "year" not in kinds or len(columns) < 3:
        return None
    values = tuple(match.group() for match in columns if match.lastgroup in ("year", "sum"))
    header = _Header(
        lines[i].start, lines[stop - 1].end, values, "nature" in kinds, "unit" in kinds, stop - i == 1
    )
    return header, stop


def _rows(lines: list[_Word], first: int, header: _Header) -> tuple[list[_Row], list[tuple[int, int]], int]:
    """Return (rows, places that look like rows and are none, the line behind the last row)."""
    rows: list[_Row] = []
    missed: list[tuple[int, int]] = []
    waiting: list[_Word] = []
    behind = i = first
    while i < len(lines):
        row, taken = _row_of_line(lines, i, header) if header.row_a_line else _row_of_cells(lines, i, header)
        if taken == 0:
            break
        if row is None:
            waiting += lines[i : i + taken]
        elif len(row.values) == len(header.values):
            row.words = [*_pieces(waiting), *row.words] if header.row_a_line else row.words
            rows.append(row)
            waiting, behind = [], i + taken
        else:
            missed.append((lines[i].start, lines[i + taken - 1].end))
            waiting = []
        i += taken
        if len(waiting) > 3:
            break
    return rows, [place for place in missed if rows and place[0] < rows[-1].words[0].start], behind


def _pieces(lines: list[_Word]) -> list[_Word]:
    return [line for line in lines if not _SECTION.fullmatch(line.text.rstrip("。"))]


def _is_value(text: str) -> bool:
    """Check whether words are a value: 38, ≥93, [16.0], 93.0以上, —; 2.空气质量 and 11重金属 are names."""
    if text in EMPTY:
        return True
    match = VALUE.match(text)
    if match is None or re.match(r"\d{1,2}[.、](?!\d)", text):
        return False
    unit = match.group("unit")
    return not unit or (bool(UNIT_LIKE.search(unit)) and not looks_like_indicator(unit))


def _ends(line: _Word) -> bool:
    return bool(_END.match(line.text)) or len(line.text) > _LONGEST_WORD


def _row_of_line(lines: list[_Word], i: int, header: _Header) -> tuple[_Row | None, int]:
    """Read a row on one line; a line of words alone waits for its values."""
    line = lines[i]
    if bool(_END.match(line.text)) or len(line.text) > 3 * _LONGEST_WORD or "。" in line.text[:-1]:
        return None, 0
    words = _words(line, len(header.values))
    numbered = bool(re.fullmatch(r"\d{1,2}[.、]?", words[0].text)) and len(words) > 1
    words = words[1:] if numbered else words
    first = next((k for k, word in enumerate(words) if k and _is_value(word.text)), None)
    if first is None:
        return None, 1
    row = _Row(words[:first], [], None, numbered or bool(NUMBERED.match(words[0].text)))
    _take_values(words[first:], row, header)
    return row, 1


_BY_LINES = re.compile(r"[^\t|│]*[^\t|│\s]")
_BY_GAPS = re.compile(r"\S+(?: \S+)*")
_BY_BLANKS = re.compile(r"[^\s|│]+")


def _words(line: _Word, values: int) -> list[_Word]:
    """Return the cells of a line: parted by | or tabs, else by wide gaps, else by any blank."""
    found: list[_Word] = []
    for cut in (_BY_LINES, _BY_GAPS, _BY_BLANKS):
        found = [
            _Word(plain, line.start + match.start(), line.start + match.end(), match.group())
            for match in cut.finditer(line.raw)
            if (plain := _plain(match.group()))
        ]
        if len(found) > values:
            break
    return found


def _row_of_cells(lines: list[_Word], i: int, header: _Header) -> tuple[_Row | None, int]:
    """Read a row whose cells are each on a line of their own, long ones on several."""
    if _SECTION.fullmatch(lines[i].text.rstrip("。")):
        return None, 0 if _ends(lines[i]) else 1
    k, numbered = i, False
    if re.fullmatch(r"\d{1,2}", lines[i].text):
        k, numbered = i + 1, True
    begin = k
    while k < len(lines) and k - i < _LONGEST_ROW and not _is_value(lines[k].text):
        if _ends(lines[k]):
            return None, 0
        k += 1
    if k == begin or k >= len(lines) or k - i >= _LONGEST_ROW:
        return None, 0
    row = _Row(lines[begin:k], [], None, numbered or bool(NUMBERED.match(lines[begin].text)))
    taken = _take_values(lines[k : i + _LONGEST_ROW], row, header)
    return row, k - i + taken


def _take_values(words: list[_Word], row: _Row, header: _Header) -> int:
    """Put values into `row` up to its nature, or up to their number; return how many words that took."""
    in_words = False
    for n, word in enumerate(words):
        if header.nature and _NATURE.fullmatch(word.text):
            row.nature = word
            return n + 1
        if not header.nature and len(row.values) == len(header.values) and not _AFTER_NUMBER.match(word.text):
            return n
        if _is_value(word.text):
            row.values.append([word])
            in_words = False
        elif (_AFTER_NUMBER.fullmatch(word.text) and row.values) or in_words:
            row.values[-1].append(word)
        elif header.nature or _IN_WORDS.search(word.text):
            row.values.append([word])
            in_words = True
        else:
            return n
    return len(words)


def _table(header: _Header, rows: list[_Row]) -> Table:
    """Build rows of name, scope, unit, values, nature, under a header in standard words."""
    titles = ("指标", "范围", "单位", *header.values, "指标属性")
    grid = [tuple(Cell(title, header.start, header.end) for title in titles)]
    numbered = any(row.numbered for row in rows)
    name = Cell("", header.start, header.end)
    for row in rows:
        words = list(row.words)
        unit = words.pop() if len(words) > 1 and header.unit and _is_unit(words[-1].text) else None
        if numbered and not row.numbered and name.text:
            scope = _cell(words)
        else:
            cut = _name_length(words)
            name, scope = _cell(words[:cut]), _cell(words[cut:])
        values = [_cell(value) for value in row.values]
        nature = _cell([row.nature]) if row.nature else _cell([])
        grid.append((name, scope, _cell([unit] if unit else []), *values, nature))
    last = rows[-1]
    end = max(word.end for word in (*last.words, *last.values[-1], *([last.nature] if last.nature else [])))
    return Table(header.start, end, tuple(grid))


def _cell(words: list[_Word]) -> Cell:
    if not words:
        return Cell("", 0, 0)
    return Cell("".join(word.text for word in words), words[0].start, words[-1].end)


def _is_unit(text: str) -> bool:
    return len(text) <= 14 and bool(UNIT_LIKE.search(text)) and not looks_like_indicator(text)


def _name_length(words: list[_Word]) -> int:
    """Return how many pieces make the name; the rest is its scope (中心城区, 氨氮)."""
    text = ""
    for k, word in enumerate(words, start=1):
        text += word.text
        if (
            text.count("(") == text.count(")")
            and (match := UNIT_IN_NAME.search(text))
            and UNIT_LIKE.search(match.group(1))
        ):
            return k
    for k, (first, _) in enumerate(pairwise([*words, words[-1]]), start=1):
        if looks_like_indicator(first.text):
            return k
    return len(words)
