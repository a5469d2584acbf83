"""Gallery of every kind of picture, on synthetic figures, so that people learn to read them and look at them in both languages and sizes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import Language
from dafeng.report.energy.pictures import (
    NARROW,
    WIDE,
    Look,
    course_picture,
    flow_picture,
    heat_picture,
    load_picture,
    picture_file,
    ranking_picture,
)
from dafeng.report.figures import GREY, WITH, WITHOUT
from dafeng.report.pictures.county_map import Shade, county_map
from dafeng.report.pictures.fan import Line, fan_picture
from dafeng.report.texts import text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Drawing = Callable[[Language, bool], str]
YEARS = np.arange(2020, 2041, dtype=np.int64)
DAYS = [f"2025-07-{day:02}" for day in range(1, 15)]
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]
UNITS = 5


def _paths() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two synthetic paths [t]: one that peaks in 2027, one that goes on to 2035."""
    since = YEARS - 2020
    return 36e6 + 1.4e6 * since - 0.1e6 * since**2, 36e6 + 1.5e6 * since - 0.05e6 * since**2


def _fan(language: Language, narrow: bool) -> str:  # noqa: ARG001 - it scales with its place
    plan, policy = _paths()
    width = 0.02 + 0.012 * (YEARS - 2020)
    lines = [
        Line(text("gallery.policy", language), WITHOUT, YEARS, policy),
        Line(text("gallery.plan", language), WITH, YEARS, plan, plan * (1 - width), plan * (1 + width)),
    ]
    seen = np.arange(2015, 2020, dtype=np.int64)
    return fan_picture(
        lines,
        (seen, np.asarray(30e6 + 1.1e6 * (seen - 2015), dtype=np.float64)),
        text("gallery.fan", language),
        language,
    )


def _medians(language: Language, narrow: bool) -> str:  # noqa: ARG001 - it scales with its place
    plan, policy = _paths()
    names = ("A", "B", "C")
    lines = [
        Line(f"{text('gallery.scenario', language)} {name}", colour, YEARS, policy + (plan - policy) * share)
        for name, colour, share in zip(names, (WITHOUT, WITH, GREY), (0.0, 1.0, 0.5), strict=True)
    ]
    return fan_picture(lines, (np.array([], dtype=np.int64), np.array([])), text("gallery.medians", language), language)  # fmt: skip


def _map(language: Language, narrow: bool) -> str:  # noqa: ARG001 - it scales with its place
    lights = ("red", "orange", "yellow", "green", "", "")
    shapes, shades = {}, {}
    for number, light in enumerate(lights):
        west, south = 115.0 + number % 3, 29.0 + number // 3
        corners = [(west, south), (west + 1, south), (west + 1, south + 1), (west, south + 1), (west, south)]
        shapes[str(number)] = [[corners]]
        shades[str(number)] = Shade(f"{text('gallery.county', language)} {number + 1}", light, light)
    return county_map(shapes, shades, text("gallery.map", language), language)


def _hours() -> list[list[float | None]]:
    """Return a synthetic load of two weeks [kW]: two shifts on working days, one afternoon without readings."""
    found: list[list[float | None]] = []
    for day in range(len(DAYS)):
        works = day % 7 not in (4, 5)
        found.append([400.0 + (900.0 if works and 7 <= hour < 22 else 0.0) + 60.0 * np.sin(hour / 24 * 2 * np.pi) for hour in range(24)])  # fmt: skip
    found[9][12:18] = [None] * 6
    return found


def _look(language: Language, narrow: bool, unit: str = "MWh") -> Look:
    return Look("", unit, text("gallery.gap", language), "", NARROW if narrow else WIDE)


def _svg(figure: "Figure") -> str:
    drawn = picture_file(figure, "svg").decode()
    return drawn[drawn.index("<svg") :]


def _ranking(language: Language, narrow: bool) -> str:
    names = [f"{text('gallery.unit', language)} {number}" for number in range(1, UNITS + 1)]
    return _svg(ranking_picture(_look(language, narrow), names, [5200.0, 3100.0, 1800.0, 950.0, 420.0], [True, True, False, True, True]))  # fmt: skip


def _course(language: Language, narrow: bool) -> str:
    values = [1500.0 + 300.0 * np.cos((month - 7) / 12 * 2 * np.pi) for month in range(1, 13)]
    return _svg(course_picture(_look(language, narrow), MONTHS, values, [month != 2 for month in range(12)]))  # fmt: skip


def _load(language: Language, narrow: bool) -> str:
    return _svg(load_picture(_look(language, narrow, "kW"), DAYS, _hours()))


def _heat(language: Language, narrow: bool) -> str:
    return _svg(heat_picture(_look(language, narrow, "kW"), DAYS, _hours()))


def _flows(language: Language, narrow: bool) -> str:
    city, sectors = text("gallery.city", language), ("1", "2")
    links = [(0, "city", "1", 9000.0), (0, "city", "2", 2470.0), (1, "1", "a", 5200.0), (1, "1", "b", 3800.0), (1, "2", "c", 2470.0)]  # fmt: skip
    names = {(0, "city"): city}
    names |= {(1, one): f"{text('gallery.sector', language)} {one}" for one in sectors}
    names |= {(2, one): f"{text('gallery.unit', language)} {one.upper()}" for one in "abc"}
    return _svg(flow_picture(_look(language, narrow), links, names))


PICTURES: dict[str, Drawing] = {
    "fan": _fan, "medians": _medians, "map": _map, "ranking": _ranking, "course": _course, "load": _load, "heat": _heat, "flows": _flows,
}  # fmt: skip
"""Every kind of picture that a page of the office draws; `gallery.NAME` is its name, `gallery.NAME.read` how to read it."""


def sample_picture(kind: str, language: Language, *, narrow: bool) -> str:
    """Draw a kind of `PICTURES` on synthetic figures, for a screen or for a telephone.

    Returns
    -------
    SVG element.
    """
    return PICTURES[kind](language, narrow)
