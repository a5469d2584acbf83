"""Map of counties by light as SVG: without script, for pages inside the office.

The borders are simplified and bear no 审图号: such a map is for work, not for publication; the picture says so itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import cos, radians

from dafeng.evidence import Language
from dafeng.report.texts import text

Point = tuple[float, float]
"""Longitude and latitude [°]."""
Shape = Sequence[Sequence[Sequence[Point]]]
"""Areas of a county, each its outer ring and its holes."""

WIDTH = 420.0
MARGIN, NOTE, LINE = 6.0, 20.0, 11.0
FILLS = {"red": "#f2b8b5", "orange": "#f6c99a", "yellow": "#f5e2a0", "green": "#bfe0c4", "": "#eceff1"}
"""Fill of each light, light enough for dark names; "" is a county without one."""


@dataclass(frozen=True, slots=True)
class Shade:
    """What is shown of a county: its name, its light (a key of `FILLS`) and the light in words."""

    name: str
    light: str = ""
    words: str = ""


def county_map(
    shapes: Mapping[str, Shape], shades: Mapping[str, Shade], title: str, language: Language
) -> str:
    """Draw the counties that have a shape, each in the colour of its light with its name.

    Parameters
    ----------
    shapes
        Areas by code of the county; at least one.
    shades
        What is shown, by the same code; a county without is drawn grey and nameless.
    title
        Title for who does not see the picture.

    Returns
    -------
    SVG element with title and description. North is up; a degree of longitude is
    drawn shorter by the cosine of the middle latitude, which is right to 1 % within 2° of it.
    """
    points = [point for shape in shapes.values() for rings in shape for ring in rings for point in ring]
    west, east = min(one[0] for one in points), max(one[0] for one in points)
    south, north = min(one[1] for one in points), max(one[1] for one in points)
    narrow = cos(radians((south + north) / 2))
    factor = (WIDTH - 2 * MARGIN) / max((east - west) * narrow, (north - south) * 0.75)
    height = (north - south) * factor + 2 * MARGIN + NOTE
    left = (WIDTH - (east - west) * narrow * factor) / 2

    def placed(point: Point) -> Point:
        return left + (point[0] - west) * narrow * factor, MARGIN + (north - point[1]) * factor

    areas, told = [], []
    centres: list[tuple[str, Point]] = []
    for code, shape in shapes.items():
        shade = shades.get(code, Shade(""))
        said = f"{shade.name}: {shade.words}" if shade.words else shade.name
        told += [said] if shade.words else []
        path = "".join(_closed([placed(point) for point in ring]) for rings in shape for ring in rings)
        areas.append(f'<path d="{path}" fill="{FILLS[shade.light]}" fill-rule="evenodd" stroke="#545b63" stroke-width="0.7"><title>{escape(said)}</title></path>')  # fmt: skip
        if shade.name:
            largest = max((rings[0] for rings in shape), key=lambda ring: abs(_doubled(ring)))
            centres.append((shade.name, placed(middle(largest))))
    names = [
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(name)}</text>'
        for name, (x, y) in apart(centres)
    ]
    note = escape(text("map.not_for_publication", language))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:.0f}" role="img" aria-labelledby="map-title map-text" '
        f'font-family="sans-serif" font-size="11"><title id="map-title">{escape(title)}</title>'
        f'<desc id="map-text">{escape("; ".join(told))}</desc>{"".join(areas)}'
        f'<g fill="#1c2126" pointer-events="none" paint-order="stroke" stroke="#fff" stroke-width="2.5" stroke-linejoin="round">{"".join(names)}</g>'
        f'<text x="{MARGIN:g}" y="{height - 6:.0f}" font-size="10" fill="#545b63">{note}</text></svg>'
    )  # fmt: skip


def apart(names: Sequence[tuple[str, Point]]) -> list[tuple[str, Point]]:
    """Move names up or down until none lies on one before it; a county keeps its own middle where that is free."""
    kept: list[tuple[str, Point]] = []
    for name, (x, y) in names:
        shifts = [0.0, *(sign * LINE * step for step in range(1, len(names) + 1) for sign in (1, -1))]
        free = (
            y + shift for shift in shifts if not any(_overlap(name, (x, y + shift), *one) for one in kept)
        )
        kept.append((name, (x, next(free, y))))
    return kept


def free_names(names: Sequence[tuple[str, Point]], scale: float, width: float) -> list[bool]:
    """Return which names stand free where letters are `scale` times as large: inside `width`, and on none kept before.

    Parameters
    ----------
    names
        Names and their middles, the most important first.
    scale
        Size of the letters over that of `apart`.
    width
        Width of the picture, as the middles.
    """
    kept: list[tuple[str, Point]] = []
    found = []
    for name, at in names:
        inside = scale * _width(name) / 2 <= at[0] <= width - scale * _width(name) / 2
        found.append(inside and not any(_overlap(name, at, *one, scale) for one in kept))
        kept += [(name, at)] if found[-1] else []
    return found


def _overlap(name: str, at: Point, other: str, there: Point, scale: float = 1.0) -> bool:
    return (
        abs(at[1] - there[1]) < scale * LINE
        and abs(at[0] - there[0]) < scale * (_width(name) + _width(other)) / 2
    )


def _width(name: str) -> float:
    return sum(LINE if ord(one) >= 0x2E80 else LINE / 2 for one in name)


def _closed(ring: Sequence[Point]) -> str:
    """Return the path of a ring without the points that lie within 0.4 of the one before: nobody sees them."""
    kept = [ring[0]]
    for point in ring[1:-1]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= 0.4:
            kept.append(point)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept) + "Z"


def _doubled(ring: Sequence[Point]) -> float:
    return sum(x * v - u * y for (x, y), (u, v) in pairwise(ring))


def middle(ring: Sequence[Point]) -> Point:
    """Return the centroid of a closed ring; that of its corners where it has no area."""
    doubled = _doubled(ring)
    if doubled == 0:
        return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
    parts = [(x + u, y + v, x * v - u * y) for (x, y), (u, v) in pairwise(ring)]
    return sum(x * one for x, _, one in parts) / (3 * doubled), sum(y * one for _, y, one in parts) / (
        3 * doubled
    )
