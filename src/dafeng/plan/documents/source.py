"""Raw content of a document before any reading: its characters, its pages, its tables, its identity."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cell:
    """Cell of a table; a merged cell is repeated in every place that it covers, with the same offsets."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """Table inside `Source.text[start:end]`: rows of equal length."""

    start: int
    end: int
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Note on content that a format could not read, worded as a finding."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Source:
    """Characters of a document in reading order.

    `text` is the decoded text of a .txt file, and what the reader extracted of any other format; spans of
    items count its characters. `lines_are_paragraphs` states that a line break is never a mere wrap.
    """

    text: str
    name: str = ""
    format: str = "txt"
    encoding: str | None = None
    sha256: str = ""
    lines_are_paragraphs: bool = False
    page_starts: tuple[int, ...] = ()
    tables: tuple[Table, ...] = field(default=())
    notes: tuple[Note, ...] = ()
    unread: tuple[tuple[int, int], ...] = ()
    """Places in `text` that look like rows of a table and could not be read as such."""

    def page(self, offset: int) -> int | None:
        """Return the page of a character, first page 1; None where the format has no pages."""
        return bisect_right(self.page_starts, offset) if self.page_starts else None


_NOTE_MARK = re.compile(r"[\[(（〔]?(?:\d{1,2}|[①-⑳*※])[\])）〕]?")
_POWER = re.compile(r"[23²³]|[-−]\d")


def is_note_mark(before: str, mark: str) -> bool:
    """Check whether a raised mark refers to a note and is no part of the text: 60¹%, but km² is a unit.

    Read as a digit of the figure in front of it, the mark would make 601 % of 60 %.
    """
    power = _POWER.fullmatch(mark) and re.search(r"[A-Za-zμ米里)）]$", before)
    return bool(_NOTE_MARK.fullmatch(mark)) and not power


class Writer:
    """Writer that collects text and tables of a document and counts characters."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._tables: list[Table] = []
        self.length = 0

    def write(self, text: str) -> tuple[int, int]:
        start = self.length
        self._parts.append(text)
        self.length += len(text)
        return start, self.length

    def table(self, rows: Sequence[Sequence[tuple[object, str]]]) -> None:
        """Write a table given as rows of (identity, text): the same identity is the same merged cell."""
        start = self.length
        written: dict[object, Cell] = {}
        grid: list[list[Cell]] = []
        for row in rows:
            line: list[Cell] = []
            for identity, text in row:
                if identity not in written:
                    written[identity] = Cell(text, *self.write(text))
                    self.write("\n")
                line.append(written[identity])
            grid.append(line)
        width = max((len(line) for line in grid), default=0)
        empty = Cell("", self.length, self.length)
        filled = tuple((*line, *[empty] * (width - len(line))) for line in grid)
        if width:
            self._tables.append(Table(start, self.length, filled))

    @property
    def text(self) -> str:
        return "".join(self._parts)

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(self._tables)
