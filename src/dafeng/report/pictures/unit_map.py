"""Map of units as SVG: a dot at the plants of each, no border, so that nothing on it needs a survey; it is not for publication."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import cos, radians, sqrt

from dafeng.evidence import Language
from dafeng.report.pictures.county_map import LINE, Point, apart, free_names
from dafeng.report.texts import text

WIDTH, MARGIN, NOTE = 860.0, 34.0, 24.0
TALLEST = 640.0
LARGEST = 22.0
"""Radius of the largest dot."""
NAMED = 24
"""Units that are named, the largest first."""
LARGER = 26.0
"""Size of the names in `style.css` on a narrow screen, on which the picture is drawn smaller."""
FILLS = ("#0b6b6b", "#5fa3a0", "#bcd9d6", "#ffffff")
"""Fill by how well a unit is known, best first; the last: not drafted."""


@dataclass(frozen=True, slots=True)
class Dot:
    """Unit on the map: name, position [°], amount (area of the dot), class of knowledge (index of `FILLS`), words."""

    name: str
    lon: float
    lat: float
    amount: float
    known: int
    words: str


def unit_map(dots: Sequence[Dot], title: str, language: Language) -> str:
    """Draw units as dots whose area is their amount, the largest named, on a telephone those that stand free there.

    Parameters
    ----------
    dots
        Units; at least one.
    title
        Title for who does not see the picture.

    Returns
    -------
    SVG element. A degree of longitude is drawn shorter by the cosine of the middle latitude.
    """
    west, east = min(one.lon for one in dots), max(one.lon for one in dots)
    south, north = min(one.lat for one in dots), max(one.lat for one in dots)
    narrow = cos(radians((south + north) / 2))
    factor = min(
        (WIDTH - 2 * MARGIN) / max((east - west) * narrow, 0.5),
        (TALLEST - 2 * MARGIN) / max(north - south, 0.5),
    )
    height = (north - south) * factor + 2 * MARGIN + NOTE
    left = (WIDTH - (east - west) * narrow * factor) / 2
    most = max(one.amount for one in dots) or 1.0
    circles: list[str] = []
    centres: list[tuple[str, Point]] = []
    crowded = ' class="crowded"'
    for one in sorted(dots, key=lambda dot: -dot.amount):
        x, y = left + (one.lon - west) * narrow * factor, MARGIN + (north - one.lat) * factor
        radius = max(LARGEST * sqrt(max(one.amount, 0.0) / most), 2.5)
        circles.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{FILLS[one.known]}" fill-opacity="0.85" stroke="#545b63" stroke-width="0.7">'
            f"<title>{escape(f'{one.name} {one.words}')}</title></circle>"
        )  # fmt: skip
        if len(centres) < NAMED and one.amount > 0:
            centres.append((one.name, (x, y)))
    placed = apart(centres)
    names = "".join(
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle"{"" if free else crowded}>{escape(name)}</text>'
        for (name, (x, y)), free in zip(placed, free_names(placed, LARGER / LINE, WIDTH), strict=True)
    )
    note = escape(text("units.not_for_publication", language))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:.0f}" role="img" aria-label="{escape(title)}" '
        f'font-family="sans-serif" font-size="12">{"".join(circles)}'
        f'<g fill="#1c2126" pointer-events="none" paint-order="stroke" stroke="#fff" stroke-width="2.5" stroke-linejoin="round">{names}</g>'
        f'<text x="{MARGIN:g}" y="{height - 8:.0f}" fill="#545b63">{note}</text></svg>'
    )  # fmt: skip
