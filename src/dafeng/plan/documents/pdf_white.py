"""Tables of a PDF page without upright rulings.

The white between their words parts the columns, their values the rows.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from dafeng.plan.documents.pdf_glyphs import Glyph, Line, lines_of_glyphs, segments

FEWEST_ROWS = 3
_FEWEST_COLUMNS = 3
_HEADER = re.compile(r"指标|(?:牵头|责任|配合)(?:单位|部门)")
_VALUE = re.compile(r"[≥≤<>\[〔+-]{0,2}\d[\d.,]*[\]〕%]?(?:以上|以下|左右|以内)?")
_GAP = 0.25
"""White between columns, in characters: less is the space between two characters of a word."""
_SHORT = 0.45
"""Share of the width of the table that a line of wrapped words in one cell does not pass."""
_FAR = 3.8
"""Line heights to the next row above which a table has ended."""

Box = tuple[float, float, float, float]
Edges = tuple[list[float], list[float]]


def level_edges(ys: Sequence[float], left: float, right: float, glyphs: Sequence[Glyph]) -> Edges | None:
    """Return (columns, rows) of what level rules at `ys` (from the top) hold between them."""
    inside = [g for g in glyphs if ys[-1] < g.middle < ys[0] and left <= g.x0 and g.x1 <= right]
    lines = lines_of_glyphs(inside)
    xs = _white(lines, left, right)
    if len(lines) < FEWEST_ROWS or len(xs) <= _FEWEST_COLUMNS:
        return None
    inner = _rows(lines, xs)
    return (xs, [ys[0], *inner, ys[-1]]) if inner else None


def unruled_edges(glyphs: Sequence[Glyph]) -> list[Edges]:
    """Return (columns, rows) of tables without any ruling.

    They are lines of several parts below words that head an indicator or a duty.
    """
    lines = lines_of_glyphs(glyphs)
    found: list[Edges] = []
    at = 0
    while at < len(lines):
        run = _run(lines, at) if _HEADER.search("".join(g.character for g in lines[at].glyphs)) else []
        if len(run) > FEWEST_ROWS:
            left, right = min(line.x0 for line in run) - 4, max(line.x1 for line in run) + 4
            xs = _white(run, left, right)
            inner = _rows(run, xs) if len(xs) > _FEWEST_COLUMNS else []
            if inner:
                found.append((xs, [run[0].top + 3, *inner, min(g.y0 for g in run[-1].glyphs) - 3]))
                at = lines.index(run[-1])
        at += 1
    return found


def _run(lines: list[Line], at: int) -> list[Line]:
    """Return the lines of the table whose header is line `at`, with a first line of the header above it."""
    start = at - 1 if at and _of_pieces(lines[at - 1]) and not _far(lines[at - 1], lines[at]) else at
    run = lines[start : at + 1]
    if not any(_is_tabular(line) for line in run):
        return []
    for line in lines[at + 1 :]:
        width = max(one.x1 for one in run) - min(one.x0 for one in run)
        short = line.x1 - line.x0 <= _SHORT * width and line.x0 < min(one.x0 for one in run) + 0.6 * width
        if _far(run[-1], line) or not (_of_pieces(line) or short):
            break
        run.append(line)
    while run and not _is_tabular(run[-1]) and _far(run[-2], run[-1], 2.4):
        run.pop()
    return run if sum(map(_has_value, run)) >= FEWEST_ROWS else []


def _far(upper: Line, lower: Line, heights: float = _FAR) -> bool:
    return upper.middle - lower.middle > heights * max(upper.size, lower.size)


def _is_tabular(line: Line) -> bool:
    return len(segments(line, 0.5)) >= _FEWEST_COLUMNS


def _of_pieces(line: Line) -> bool:
    """Check whether a line has three parts, or two short ones: 2020  2025 above 年  年."""
    parts = segments(line, 0.5)
    return len(parts) >= _FEWEST_COLUMNS or (len(parts) == 2 and all(len(part.glyphs) <= 8 for part in parts))


def _has_value(line: Line) -> bool:
    parts = [part.text for part in segments(line, 0.5)]
    return any(_VALUE.fullmatch(part) and not re.match(r"20\d\d$", part) for part in parts[1:])


def _white(lines: Sequence[Line], left: float, right: float) -> list[float]:
    """Return the edges of columns: the middle of every upright strip that no word of any line enters."""
    spans = sorted((part.x0, part.x1) for line in lines for part in segments(line, _GAP))
    edges, reach = [left], spans[0][1] if spans else right
    for low, high in spans:
        if low > reach + 1.5:
            edges.append((low + reach) / 2)
        reach = max(reach, high)
    return [*edges, right]


def _rows(lines: Sequence[Line], xs: Sequence[float]) -> list[float]:
    """Return the heights between the rows.

    Each line belongs to the nearest one with values; those above the first are the header.
    """
    anchors = [i for i, line in enumerate(lines) if _has_value(line)]
    if len(anchors) < FEWEST_ROWS or not anchors[0]:
        return []
    belongs = [_nearest(lines, anchors, i) for i in range(len(lines))]
    first = anchors[0]
    names = [
        i
        for i in range(first)
        if belongs[i] == first and _in_first_columns(lines[i], xs) and _HEADER.search(lines[i].text) is None
    ]
    header_end = min(names, default=first) if names and names[-1] == first - 1 else first
    belongs = [-1 if i < header_end else owner for i, owner in enumerate(belongs)]
    return [
        (upper.middle + lower.middle) / 2
        for (upper, lower), (one, other) in zip(pairwise(lines), pairwise(belongs), strict=True)
        if one != other
    ]


def _in_first_columns(line: Line, xs: Sequence[float]) -> bool:
    return len(segments(line, 0.5)) == 1 and line.x0 < xs[min(2, len(xs) - 1)]


def _nearest(lines: Sequence[Line], anchors: list[int], i: int) -> int:
    return min(anchors, key=lambda anchor: abs(lines[anchor].middle - lines[i].middle))
