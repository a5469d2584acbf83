"""Fan of one scenario as SVG: a picture that needs no script, for pages that answer at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import Language
from dafeng.pathway.results import T_PER_MT
from dafeng.report.figures import GREY, OBSERVED
from dafeng.report.texts import text
from dafeng.report.wording import emission_unit, scale

Array = NDArray[np.float64]
Observed = tuple[NDArray[np.int64], Array]
"""Years and emissions [t]."""

WIDTH, HEIGHT = 420, 270
LEFT, RIGHT, TOP, BOTTOM = 46, 16, 22, 26
TICKS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """Line of a fan: `median` [year], and `low`, `high` [year] where its band is drawn; t CO2."""

    title: str
    colour: str
    years: NDArray[np.int64]
    median: Array
    low: Array | None = None
    high: Array | None = None


def fan_picture(lines: Sequence[Line], observed: Observed, title: str, language: Language) -> str:
    """Draw lines with their bands and the observed years as SVG.

    Parameters
    ----------
    lines
        At least one; a later one is drawn over an earlier one.
    observed
        Years and emissions before the model [t]; may be empty.
    title
        Title for who does not see the picture.
    language
        Language of unit and labels.

    Returns
    -------
    SVG element with its own title and description, without style or script.
    """
    factor = scale(language) / T_PER_MT
    values = [part for line in lines for part in (line.median, line.low, line.high) if part is not None]
    lowest, highest = _ends(np.concatenate([*values, observed[1]]) * factor)
    step = _step(highest - lowest)
    lowest, highest = np.floor(lowest / step) * step, np.ceil(highest / step) * step
    first = min([int(line.years[0]) for line in lines] + [int(year) for year in observed[0]])
    last = max(int(line.years[-1]) for line in lines)

    def x(years: ArrayLike) -> Array:
        return LEFT + (np.asarray(years, dtype=float) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(amounts: Array) -> Array:
        return np.asarray(
            HEIGHT - BOTTOM - (amounts * factor - lowest) / (highest - lowest) * (HEIGHT - TOP - BOTTOM)
        )

    described = "; ".join(
        f"{line.title} {line.years[at]}: {line.median[at] * factor:,.4g}" for line in lines for at in (0, -1)
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="fan-title fan-text" '
        f'font-family="sans-serif" font-size="11"><title id="fan-title">{escape(title)}</title>'
        f'<desc id="fan-text">{escape(described)} {escape(emission_unit(language))}</desc>'
    ]  # fmt: skip
    for tick in np.arange(lowest, highest + step / 2, step):
        at = float(y(np.array([tick / factor]))[0])
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#e1e4e8"/>'
            f'<text x="{LEFT - 5}" y="{at + 4:.1f}" text-anchor="end" fill="#545b63">{tick:,.10g}</text>'
        )
    for year in [one for one in range(first, last + 1) if one % 5 == 0]:
        at = float(x(np.array([year]))[0])
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - 8}" text-anchor="middle" fill="#545b63">{year}</text>')
    deadline = float(x(np.array([2030]))[0])
    parts.append(
        f'<line x1="{deadline:.1f}" x2="{deadline:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="{GREY}" stroke-dasharray="2 3"/>'
        f'<text x="{LEFT}" y="13" fill="#545b63">{escape(emission_unit(language))}</text>'
    )
    for line in lines:
        if line.low is not None and line.high is not None:
            around = _points(
                np.concatenate([x(line.years), x(line.years)[::-1]]), np.concatenate([y(line.high), y(line.low)[::-1]])
            )  # fmt: skip
            parts.append(f'<polygon points="{around}" fill="{line.colour}" fill-opacity="0.14"/>')
        parts.append(
            f'<polyline points="{_points(x(line.years), y(line.median))}" fill="none" stroke="{line.colour}" stroke-width="2"/>'
        )
    parts += [
        f'<circle cx="{at:.1f}" cy="{up:.1f}" r="2.6" fill="{OBSERVED}"/>'
        for at, up in zip(x(observed[0]), y(observed[1]), strict=True)
    ]
    return "".join([*parts, "</svg>"])


def legend(lines: Sequence[Line], observed: bool, language: Language) -> list[tuple[str, str]]:
    """Return colour and title of each line, and of observed years where there are any, for a legend beside it."""
    seen = [(OBSERVED, text("observed", language))] if observed else []
    return [(line.colour, line.title) for line in lines] + seen


def _points(across: Array, up: Array) -> str:
    return " ".join(f"{one:.1f},{other:.1f}" for one, other in zip(across, up, strict=True))


def _ends(values: Array) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def _step(span: float) -> float:
    """Return the round step of an axis that has about `TICKS` of them."""
    rough = span / TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(one * power for one in (1, 2, 5, 10) if one * power >= rough))
