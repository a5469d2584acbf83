"""Tables of a PDF page from their rulings: stroked lines and hairlines.

A filled rectangle is shading and no ruling.
"""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from dafeng.plan.documents.pdf_glyphs import Glyph, lines_of_glyphs, turned
from dafeng.plan.documents.pdf_white import level_edges, unruled_edges

Box = tuple[float, float, float, float]
Rule = tuple[float, float, float]
"""A ruled line: where it is, from where to where it runs."""

HAIRLINE = 2.0
"""Points: word processors draw borders as filled rectangles thinner than this."""
_APART = 4.0
"""Points between the ends of upright lines that belong to two tables."""
_MOST_OBJECTS = 20_000
_MOST_SEGMENTS = 400
_WHITE = 250


class TooManyPathsError(Exception):
    """Error for a page with more drawn paths than any table has: a map or a chart."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Edges of columns from the left and of rows from the top; `cells[r][c]` is (merged cell, box)."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[tuple[tuple[object, Box], ...], ...]

    @property
    def top(self) -> float:
        return self.ys[0]

    @property
    def bottom(self) -> float:
        return self.ys[-1]


def read_grids(
    page: Any, raw: Any, turns: int, glyphs: Sequence[Glyph], like: tuple[float, ...] = ()
) -> list[Grid]:
    """Read the tables of a page from the top.

    `like` are the columns of a table of the page before, of which a single row may be here.
    Raises: TooManyPathsError.
    """
    across: list[Rule] = []
    down: list[Rule] = []
    for box in _rulings(page, raw):
        left, bottom, right, top = turned(*box, turns)
        if right - left >= top - bottom:
            across.append(((bottom + top) / 2, left, right))
        else:
            down.append(((left + right) / 2, bottom, top))
    across, down = joined(across), joined(down)
    grids: list[Grid] = []
    for low, high in stretches(down):
        level = [rule for rule in across if low - _APART < rule[0] < high + _APART]
        upright = [rule for rule in down if low - 1 <= rule[1] and rule[2] <= high + 1]
        for left, right in beside(level):
            inside = [rule for rule in level if left <= rule[1] and rule[2] <= right]
            sides = [rule for rule in upright if left - _APART <= rule[0] <= right + _APART]
            grid = grid_of(inside, sides, like)
            if grid is not None:
                grids.append(grid)
    grids += list(_without_upright(across, glyphs, grids))
    return sorted(grids, key=lambda grid: (-grid.top, grid.xs[0]))


def beside(level: list[Rule]) -> list[tuple[float, float]]:
    """Return (left, right) of each run of level lines, from the left: tables side by side have a gap between."""
    runs: list[tuple[float, float]] = []
    for _, low, high in sorted(level, key=lambda rule: rule[1]):
        if runs and low < runs[-1][1] + _APART:
            runs[-1] = (runs[-1][0], max(runs[-1][1], high))
        else:
            runs.append((low, high))
    return runs or [(float("-inf"), float("inf"))]


_FEWEST_LEVEL = 3
"""Level lines of a table without upright ones: above, below its header, below its last row."""


def _without_upright(across: list[Rule], glyphs: Sequence[Glyph], grids: list[Grid]) -> Iterator[Grid]:
    """Read tables of three lines, and tables without any: the white between their words parts the columns."""
    taken = list(grids)
    widths: dict[tuple[int, int], list[float]] = {}
    for y, low, high in across:
        if not any(grid.bottom - 2 <= y <= grid.top + 2 for grid in grids):
            widths.setdefault((round(low / 8), round(high / 8)), []).append(y)
    for (low, high), places in widths.items():
        ys = sorted(set(places), reverse=True)
        edges = level_edges(ys, 8.0 * low - 6, 8.0 * high + 6, glyphs) if len(ys) >= _FEWEST_LEVEL else None
        if edges is not None:
            taken.append(_plain_grid(*edges))
            yield taken[-1]
    rest = [g for g in glyphs if not any(grid.bottom <= g.middle <= grid.top for grid in taken)]
    yield from (_plain_grid(*edges) for edges in unruled_edges(rest))


def _plain_grid(xs: list[float], ys: list[float]) -> Grid:
    """Build a grid without merged cells."""
    cells = tuple(
        tuple(((r, c), (xs[c], ys[r + 1], xs[c + 1], ys[r])) for c in range(len(xs) - 1))
        for r in range(len(ys) - 1)
    )
    return Grid(tuple(xs), tuple(ys), cells)


def _rulings(page: Any, raw: Any) -> Iterator[Box]:
    """Return the boxes of all straight upright and level strokes of a page, and of filled hairlines."""
    for count, item in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3)):
        if count > _MOST_OBJECTS:
            raise TooManyPathsError
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        if not raw.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke)):
            continue
        if stroke.value:
            yield from _strokes(item, raw)
        elif fill.value and not _is_white(item, raw):
            left, bottom, right, top = _placed_box(item)
            if min(right - left, top - bottom) <= HAIRLINE < max(right - left, top - bottom):
                yield left, bottom, right, top


def _is_white(item: Any, raw: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    known = raw.FPDFPageObj_GetFillColor(item, *(ctypes.byref(one) for one in (red, green, blue, alpha)))
    return bool(known) and min(red.value, green.value, blue.value) >= _WHITE


def _placed_box(item: Any) -> Box:
    left, bottom, right, top = item.get_bounds()
    container = item.container
    while container is not None:
        corners = [container.get_matrix().on_point(x, y) for x in (left, right) for y in (bottom, top)]
        left, right = min(x for x, _ in corners), max(x for x, _ in corners)
        bottom, top = min(y for _, y in corners), max(y for _, y in corners)
        container = container.container
    return left, bottom, right, top


def _strokes(item: Any, raw: Any) -> Iterator[Box]:
    """Return the level and upright pieces of a stroked path, one box each."""
    matrices = [item.get_matrix()]
    container = item.container
    while container is not None:
        matrices.append(container.get_matrix())
        container = container.container
    count = raw.FPDFPath_CountSegments(item)
    first = last = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for i in range(min(count, _MOST_SEGMENTS)):
        segment = raw.FPDFPath_GetPathSegment(item, i)
        if not raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
            continue
        here = (x.value, y.value)
        for matrix in matrices:
            here = matrix.on_point(*here)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_LINETO and last is not None:
            yield from _straight(last, here)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            first = here
        if raw.FPDFPathSegment_GetClose(segment) and first is not None:
            yield from _straight(here, first)
        last = here


def _straight(a: tuple[float, float], b: tuple[float, float]) -> Iterator[Box]:
    width, height = abs(a[0] - b[0]), abs(a[1] - b[1])
    if min(width, height) <= 1.0 and max(width, height) > 1.0:
        yield min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def joined(rules: list[Rule]) -> list[Rule]:
    """Join pieces of one line and drop what is shorter than a cell.

    Pieces are dashes, and borders drawn cell by cell; they are joined first.
    """
    result: list[Rule] = []
    places: list[list[Rule]] = []
    for rule in sorted(rules):
        if places and rule[0] - places[-1][-1][0] <= 1.5:
            places[-1].append(rule)
        else:
            places.append([rule])
    for place in places:
        at = sum(rule[0] for rule in place) / len(place)
        low = high = None
        for _, start, end in sorted(place, key=lambda rule: rule[1]):
            if high is None or start > high + 3:
                if low is not None and high is not None:
                    result.append((at, low, high))
                low, high = start, end
            else:
                high = max(high, end)
        if low is not None and high is not None:
            result.append((at, low, high))
    return [rule for rule in result if rule[2] - rule[1] > 5]


def stretches(down: list[Rule]) -> list[tuple[float, float]]:
    """Return (lowest, highest) of each run of upright lines, the topmost first."""
    runs: list[tuple[float, float]] = []
    for _, low, high in sorted(down, key=lambda rule: -rule[2]):
        if runs and high > runs[-1][0] - _APART:
            runs[-1] = (min(runs[-1][0], low), runs[-1][1])
        else:
            runs.append((low, high))
    return runs


def grid_of(across: list[Rule], down: list[Rule], like: tuple[float, ...] = ()) -> Grid | None:
    """Build the cells between ruled lines; None where they are a box or a frame and no table.

    A table of three lines has no upright edges at its sides: the ends of its level lines are its sides.
    """
    xs = _clustered([x for x, _, _ in down] + [x for _, low, high in across for x in (low, high)])
    ys = _clustered([y for y, _, _ in across] + [y for _, low, high in down for y in (low, high)])[::-1]
    goes_on = len(like) >= 3 and len(xs) >= 3 and abs(xs[0] - like[0]) < 8 and abs(xs[-1] - like[-1]) < 8
    if len(xs) < 3 or len(ys) < (2 if goes_on else 3) or len(xs) > 40 or len(ys) > 200:
        return None
    if goes_on and _within(xs, like):
        xs = list(like)
    leader: dict[tuple[int, int], tuple[int, int]] = {}
    for r, c in product(range(len(ys) - 1), range(len(xs) - 1)):
        y, x = (ys[r] + ys[r + 1]) / 2, (xs[c] + xs[c + 1]) / 2
        if c and not _crossed(down, xs[c], y):
            leader[r, c] = leader[r, c - 1]
        elif r and not _crossed(across, ys[r], x):
            leader[r, c] = leader[r - 1, c]
        else:
            leader[r, c] = (r, c)
    boxes: dict[object, Box] = {}
    for (r, c), key in leader.items():
        box = (xs[c], ys[r + 1], xs[c + 1], ys[r])
        old = boxes.get(key, box)
        boxes[key] = (min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3]))
    cells = tuple(
        tuple((leader[r, c], boxes[leader[r, c]]) for c in range(len(xs) - 1)) for r in range(len(ys) - 1)
    )
    return Grid(tuple(xs), tuple(ys), cells)


def _within(xs: list[float], like: tuple[float, ...]) -> bool:
    """Check whether every edge is one of the columns of the table before: merged cells hide some of them."""
    return all(any(abs(x - other) < 5 for other in like) for x in xs)


def _crossed(lines: list[Rule], at: float, along: float) -> bool:
    """Check whether a ruled line is at `at` and covers `along`."""
    return any(abs(place - at) < 3 and low - 1 <= along <= high + 1 for place, low, high in lines)


def _clustered(values: list[float]) -> list[float]:
    result: list[float] = []
    for value in sorted(values):
        if not result or value - result[-1] > 4:
            result.append(value)
    return result


def cell_texts(
    grid: Grid, glyphs: Sequence[Glyph], sideways: Sequence[tuple[Glyph, int]] = ()
) -> list[list[tuple[object, str]]]:
    """Return rows of (merged cell, words): a character belongs to the cell that holds its middle.

    `sideways` are characters with their quarter turns: the words of a cell that has no others.
    """
    inside: dict[object, list[Glyph]] = {}
    for glyph in glyphs:
        cell = _cell_of(grid, glyph)
        if cell is not None:
            inside.setdefault(cell, []).append(glyph)
    upright = set(inside)
    for glyph, turns in sideways:
        cell = _cell_of(grid, glyph)
        if cell is not None and cell not in upright:
            box = turned(glyph.x0, glyph.y0, glyph.x1, glyph.y1, turns)
            inside.setdefault(cell, []).append(Glyph(glyph.character, *box))
    words = {
        key: "\n".join(line.text for line in lines_of_glyphs(members)) for key, members in inside.items()
    }
    return [[(key, words.get(key, "")) for key, _ in row] for row in grid.cells]


def _cell_of(grid: Grid, glyph: Glyph) -> object | None:
    c = _slot(grid.xs, (glyph.x0 + glyph.x1) / 2)
    r = _slot([-y for y in grid.ys], -glyph.middle)
    return None if c is None or r is None else grid.cells[r][c][0]


def _slot(edges: tuple[float, ...] | list[float], at: float) -> int | None:
    """Return the index of the interval between ascending edges that holds `at`."""
    if not edges[0] <= at <= edges[-1]:
        return None
    return next((i for i in range(len(edges) - 1) if at <= edges[i + 1]), None)
