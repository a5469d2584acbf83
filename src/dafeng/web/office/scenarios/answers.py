"""Answer to a what-if as the page shows it: figures, picture and rows, from the quick sample or the full run."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dafeng.pathway import CARRIED_ON, LEVEL_YEAR, PLAN, QUANTILES, Point, WhatIf
from dafeng.pathway.results import T_PER_MT
from dafeng.report import COLOURS, Line, emissions, fan_file, fan_picture, legend
from dafeng.web.office.words import language, plain, say

LOW, MEDIAN, HIGH = (QUANTILES.index(one) for one in (0.05, 0.50, 0.95))
ASKED = "#7a2e8e"


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer of one scenario: chance [1] with its standard error, level of 2030 [t], peak year, fan [t]."""

    samples: int
    chance: float
    error: float
    level: tuple[float, float, float]
    peak_year: tuple[float, float, float]
    years: list[int]
    low: list[float]
    median: list[float]
    high: list[float]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as the row of a job keeps them; a year that is not there is null."""
        years = [None if year != year else year for year in self.peak_year]
        return {name: getattr(self, name) for name in self.__slots__} | {"peak_year": years}

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> "Answer":
        """Return the answer that a job kept."""
        years = tuple(float("nan") if year is None else float(year) for year in found["peak_year"])
        return cls(**found | {"peak_year": years, "level": tuple(found["level"])})

    @classmethod
    def of(cls, point: Point, account: str, samples: int) -> "Answer":
        """Return the answer of an evaluated point for the headline account."""
        band = point.bands[account].quantiles
        at = int(np.flatnonzero(point.years == LEVEL_YEAR)[0])
        low, median, high = (float(band[row, at]) for row in (LOW, MEDIAN, HIGH))
        return cls(
            samples, point.before_2030[account], point.standard_error[account], (low, median, high), point.peak_year[account],
            [int(year) for year in point.years], band[LOW].tolist(), band[MEDIAN].tolist(), band[HIGH].tolist(),
        )  # fmt: skip

    def figures(self) -> dict[str, str]:
        """Return chance, level and peak year as people read them."""
        low, median, high = (emissions(value / T_PER_MT, language()) for value in self.level)
        years = [f"{year:.0f}" for year in self.peak_year if year == year]
        return {
            "chance": f"{self.chance:.1%}", "error": f"{2 * self.error:.1%}", "level": median, "between": f"{low} – {high}",
            "peak": years[1] if years else "–", "peak_between": f"{years[0]} – {years[2]}" if years else "",
        }  # fmt: skip


def answer_of(city: WhatIf, point: Point) -> Answer:
    """Return the answer on the sample of `city`."""
    return Answer.of(point, city.account, city.samples)


def fan_of(city: WhatIf, answer: Answer, title: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the picture of a scenario beside the plan and the policy carried on, and its legend."""
    return _drawn(city, _beside(city, answer, title), title)


def fan_png(city: WhatIf, answer: Answer, title: str, foot: str) -> bytes:
    """Return the same picture as a file that says what is set and how to quote it. Raises: DafengError without Chinese letters."""
    return fan_file(_beside(city, answer, title), city.observed, title, foot, language())


def _beside(city: WhatIf, answer: Answer, title: str) -> list[Line]:
    return [
        _median(city, city.carried_on, say("line.carried_on"), COLOURS[CARRIED_ON]),
        _median(city, city.plan, say("line.plan"), COLOURS[PLAN]),
        Line(title, ASKED, np.array(answer.years), np.array(answer.median), np.array(answer.low), np.array(answer.high)),
    ]  # fmt: skip


def fan_of_plan(city: WhatIf) -> tuple[str, list[tuple[str, str]]]:
    """Return the picture of the plan beside the policy carried on, and its legend."""
    band = city.plan.bands[city.account].quantiles
    plan = Line(say("line.plan"), COLOURS[PLAN], city.plan.years, band[MEDIAN], band[LOW], band[HIGH])
    return _drawn(city, [_median(city, city.carried_on, say("line.carried_on"), COLOURS[CARRIED_ON]), plan], plan.title)  # fmt: skip


def _drawn(city: WhatIf, lines: list[Line], title: str) -> tuple[str, list[tuple[str, str]]]:
    observed = city.observed
    return fan_picture(lines, observed, title, language()), legend(lines, bool(len(observed[0])), language())


def medians_of(city: WhatIf, titled: list[tuple[str, Answer]]) -> tuple[str, list[tuple[str, str]]]:
    """Return the picture of several scenarios of one case as medians, and its legend."""
    colours = (ASKED, "#1f5fa8", "#b0283c", "#5a6b00")
    lines = [_median(city, city.carried_on, say("line.carried_on"), COLOURS[CARRIED_ON]), _median(city, city.plan, say("line.plan"), COLOURS[PLAN])]  # fmt: skip
    lines += [Line(title, colours[at], np.array(one.years), np.array(one.median)) for at, (title, one) in enumerate(titled)]  # fmt: skip
    return _drawn(city, lines, plain(city.case.city.name_zh, city.case.city.name_en))


def _median(city: WhatIf, point: Point, title: str, colour: str) -> Line:
    return Line(title, colour, point.years, point.bands[city.account].median)
