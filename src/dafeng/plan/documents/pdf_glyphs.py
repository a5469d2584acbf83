"""Layout of a PDF page: lines by height, columns by their gutter, indents by the left margin."""

import ctypes
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from dafeng.plan.documents.source import is_note_mark

INDENT = "\u3000\u3000"
_QUARTER = math.pi / 2
_SAMPLE = 12
_SHORT = 400
"""Interval of characters at which the angle is read: pages have one direction, each reading costs time."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """Character and its box in points, upright after the page is turned; `y1` is the upper edge."""

    character: str
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def size(self) -> float:
        return max(self.y1 - self.y0, 1.0)


@dataclass(frozen=True, slots=True)
class Line:
    """The characters of one line from left to right."""

    glyphs: tuple[Glyph, ...]

    @property
    def x0(self) -> float:
        return self.glyphs[0].x0

    @property
    def x1(self) -> float:
        return self.glyphs[-1].x1

    @property
    def top(self) -> float:
        return max(glyph.y1 for glyph in self.glyphs)

    @property
    def middle(self) -> float:
        return sum(glyph.middle for glyph in self.glyphs) / len(self.glyphs)

    @property
    def size(self) -> float:
        return sorted(glyph.size for glyph in self.glyphs)[len(self.glyphs) // 2]

    @property
    def text(self) -> str:
        """Return the words of the line.

        A gap between Latin words is a blank, one between columns of a table without rules two.
        """
        parts = [self.glyphs[0].character]
        for left, right in pairwise(self.glyphs):
            gap = (right.x0 - left.x1) / self.size
            latin = left.character.isascii() and right.character.isascii()
            if gap > 1.2:
                parts.append("  ")
            elif gap > 0.18 and latin:
                parts.append(" ")
            parts.append(right.character)
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class PageText:
    """The characters of a page, the quarter turns that make them upright, and how many are no readable
    character.
    """

    glyphs: tuple[Glyph, ...]
    turns: int
    unmapped: int
    aslant: int
    """Characters set at an oblique angle: watermarks, stamps; they are left out."""
    sideways: tuple[tuple[Glyph, int], ...] = ()
    """Characters a quarter round from the page, as headers of narrow columns are, each with its quarter turns."""


def read_glyphs(textpage: Any, raw: Any) -> PageText:
    """Read the characters with their boxes; a page set sideways is turned upright.

    Linear in the characters.
    """
    count = textpage.count_chars()
    angles = Counter(
        _quarter(raw.FPDFText_GetCharAngle(textpage, i))
        for i in range(0, count, 1 if count < _SHORT else _SAMPLE)
        if raw.FPDFText_GetUnicode(textpage, i) > 0x20
    )
    turns = next((turn for turn, _ in angles.most_common() if turn is not None), 0)
    mixed = len(angles) > 1
    box = raw.FS_RECTF()
    glyphs: list[Glyph] = []
    sideways: list[tuple[Glyph, int]] = []
    unmapped = aslant = 0
    for i in range(count):
        code = raw.FPDFText_GetUnicode(textpage, i)
        if code in (0, 0xFFFE, 0xFFFF, 0xFFFD):
            unmapped += 1
            continue
        character = chr(code) if code < 0x110000 else ""
        if not character or character.isspace() or code < 0x20:
            continue
        if not raw.FPDFText_GetLooseCharBox(textpage, i, ctypes.byref(box)):
            unmapped += 1
            continue
        glyph = Glyph(character, *turned(box.left, box.bottom, box.right, box.top, turns))
        stacked = bool(glyphs) and not mixed and _is_stacked(glyphs[-1], glyph)
        quarter = _quarter(raw.FPDFText_GetCharAngle(textpage, i)) if mixed or stacked or sideways else turns
        if quarter is None:
            aslant += 1
        elif quarter == turns:
            glyphs.append(glyph)
        else:
            if stacked:
                sideways.append((glyphs.pop(), (quarter - turns) % 4))
            sideways.append((glyph, (quarter - turns) % 4))
    return PageText(tuple(glyphs), turns, unmapped, aslant, tuple(sideways))


def _is_stacked(one: Glyph, other: Glyph) -> bool:
    """Check whether a character stands right above or below the one before: its direction is to be read."""
    return abs(one.x0 - other.x0) < 1 and 0.3 * one.size < abs(one.y0 - other.y0) < 1.5 * one.size


def _quarter(angle: float) -> int | None:
    """Return the quarter turns of a character; None where it is set at an oblique angle."""
    if angle < 0:
        return 0
    turns = angle / _QUARTER
    # PDFium counts clockwise.
    return -round(turns) % 4 if abs(turns - round(turns)) < 0.06 else None


def turned(
    left: float, bottom: float, right: float, top: float, turns: int
) -> tuple[float, float, float, float]:
    """Return a box in the axes of text that was set `turns` quarters round: (x0, y0, x1, y1)."""
    if turns == 1:
        return bottom, -right, top, -left
    if turns == 2:
        return -right, -top, -left, -bottom
    if turns == 3:
        return -top, left, -bottom, right
    return left, bottom, right, top


def lines_of_glyphs(glyphs: Sequence[Glyph]) -> list[Line]:
    """Group characters into lines from the top: those whose middles are within half a character of height."""
    rows: list[list[Glyph]] = []
    middle = 0.0
    for glyph in sorted(glyphs, key=lambda one: -one.middle):
        if rows and abs(middle - glyph.middle) <= 0.45 * max(glyph.size, rows[-1][0].size):
            rows[-1].append(glyph)
            middle += (glyph.middle - middle) / len(rows[-1])
        else:
            rows.append([glyph])
            middle = glyph.middle
    return [
        Line(tuple(_without_note_marks(_printed_once(sorted(row, key=lambda one: one.x0))))) for row in rows
    ]


_RAISED_SIZE, _RAISED_BY = 0.75, 0.15
"""Size of a raised mark, at most, and how far it stands above the line, at least, in sizes of the line."""


def _without_note_marks(row: list[Glyph]) -> list[Glyph]:
    """Drop small raised numbers behind words, which refer to notes: 60¹%."""
    size = sorted(glyph.size for glyph in row)[len(row) // 2]
    base = sorted(glyph.y0 for glyph in row)[len(row) // 2]
    kept: list[Glyph] = []
    for raised, group in groupby(
        row, key=lambda one: one.size <= _RAISED_SIZE * size and one.y0 >= base + _RAISED_BY * size
    ):
        glyphs = list(group)
        mark = "".join(glyph.character for glyph in glyphs)
        if not (raised and kept and is_note_mark("".join(glyph.character for glyph in kept[-2:]), mark)):
            kept += glyphs
    return kept


def _printed_once(row: list[Glyph]) -> list[Glyph]:
    """Drop the second print of a character on the same place, which imitates bold type."""
    kept: list[Glyph] = []
    for glyph in row:
        again = kept and kept[-1].character == glyph.character and glyph.x0 - kept[-1].x0 < 0.2 * glyph.size
        if not again:
            kept.append(glyph)
    return kept


def segments(line: Line, gap: float = 1.6) -> list[Line]:
    """Split a line at gaps of `gap` characters and more."""
    parts: list[list[Glyph]] = [[line.glyphs[0]]]
    for left, right in pairwise(line.glyphs):
        if right.x0 - left.x1 > gap * line.size:
            parts.append([])
        parts[-1].append(right)
    return [Line(tuple(part)) for part in parts]


_FEWEST_BESIDE = 6
"""Lines with the same gap that make two columns of a page."""
_FEWEST_IN_COLUMN = 9
"""Characters a line of a column has on average: fewer are the cells of a table."""


def in_reading_order(lines: list[Line]) -> list[Line]:
    """Order lines of a page set in two columns: the left column of a stretch first.

    Other pages stay as they are.
    """
    gutter = _gutter(lines)
    if gutter is None:
        return lines
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        parts = segments(line, 0.9)
        over = any(part.x0 < gutter < part.x1 for part in parts)
        if over:
            ordered += [*left, *right, line]
            left, right = [], []
            continue
        for side, inside in (
            (left, [p for p in parts if p.x1 <= gutter]),
            (right, [p for p in parts if p.x0 >= gutter]),
        ):
            if inside:
                side.append(Line(tuple(glyph for part in inside for glyph in part.glyphs)))
    return [*ordered, *left, *right]


def _gutter(lines: list[Line]) -> float | None:
    """Locate the white between two columns of prose; None where the page has one column."""
    if len(lines) < _FEWEST_BESIDE:
        return None
    low, high = min(line.x0 for line in lines), max(line.x1 for line in lines)
    cut = [(line, segments(line, 0.9)) for line in lines]
    best: tuple[int, float] | None = None
    for step in range(7, 14):
        x = low + (high - low) * step / 20
        beside = [parts for _, parts in cut if _parted_at(parts, x)]
        over = sum(any(part.x0 < x < part.x1 for part in parts) for _, parts in cut)
        if len(beside) < _FEWEST_BESIDE or over > 0.7 * len(beside):
            continue
        mean = sum(len(part.glyphs) for parts in beside for part in parts) / sum(map(len, beside))
        if mean >= _FEWEST_IN_COLUMN and (best is None or len(beside) > best[0]):
            best = len(beside), x
    return best[1] if best else None


def _parted_at(parts: list[Line], x: float) -> bool:
    return len(parts) > 1 and any(left.x1 <= x <= right.x0 for left, right in pairwise(parts))


def written(lines: list[Line], margin: float | None) -> str:
    """Return the lines as text, the first line of a paragraph with its indent as two wide blanks."""
    return "".join(
        (INDENT if margin is not None and is_indented(line, margin) else "") + line.text + "\n"
        for line in lines
    )


def left_margin(lines: Sequence[Line]) -> float | None:
    """Return the left edge of a column: the leftmost place where several lines begin.

    None where none does.
    """
    long = [line for line in lines if len(line.glyphs) >= 12]
    places = Counter(round(line.x0 / 3) for line in long)
    common = [
        place
        for place, n in places.items()
        if n + places[place - 1] + places[place + 1] >= max(2, 0.12 * len(long))
    ]
    return 3.0 * min(common) if common else None


def is_indented(line: Line, margin: float) -> bool:
    """Check whether a line begins one and a half to four characters right of the margin."""
    return 1.4 <= (line.x0 - margin) / line.size <= 4.2
