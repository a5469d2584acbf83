"""Plausibility of series: the range of a figure, and its change from one year to the next.

Bounds are those of the table of indicators (assumptions, grade E): wide enough for every Chinese city and province
since 2000, so that what lies outside is worth a look.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dafeng.evidence import Finding, Severity
from dafeng.factors import Indicator, indicators
from dafeng.units import canonical, factor

IMPLAUSIBLE = "case.implausible."
"""Beginning of the codes of these findings."""
HEADS = ("population_resident", "population_resident_yearend", "population_total", "population_registered")
"""Statistics of the number of people, the first at hand serves."""
NEAR_YEARS = 3
"""How many years apart a population may be that a figure a head is made with."""
SHOWN = 3
"""Findings of one kind on one series; the others are counted."""


def series_doubts(
    one: Indicator, region: str, unit: str, figures: Mapping[int, tuple[str, float]]
) -> tuple[Finding, ...]:
    """Return the implausible figures of one series by year: its range and its change from year to year.

    Parameters
    ----------
    one
        Indicator whose bounds apply; a bound a head is not checked, since a series alone has no people.
    region
        Name of what the series is about.
    unit
        Unit of the figures, of the kind of the indicator's.
    figures
        Year → where the figure is, and the figure.

    Returns
    -------
    Findings, each with the figure beside its neighbours.
    """
    scale = factor(unit, bound_unit(one))
    points = [
        Point(where, year, value * scale, f"{value:.10g} {unit}")
        for year, (where, value) in sorted(figures.items())
    ]
    series = {(one.id, region, ""): points}
    return (*ranges(series), *changes(series))


@dataclass(frozen=True, slots=True)
class Point:
    """Figure of a series in the unit of its bounds; `shown` is the figure as it was written, `where` its cell."""

    where: str
    year: int
    value: float
    shown: str


Key = tuple[str, str, str]
"""Indicator, region, source."""


def bound_unit(one: Indicator) -> str:
    return one.unit if one.unit in ("%", "h", "%/a") else canonical(one.unit)


def finding(code: str, where: str, zh: str, en: str) -> Finding:
    return Finding(f"{IMPLAUSIBLE}{code}", Severity.WARNING, where, zh, en)


def cell_of(row: int, column: str = "value", table: str = "observations") -> str:
    return f"{table}.csv:{row}:{column}"


def ranges(series: Mapping[Key, list[Point]]) -> Iterator[Finding]:
    heads = heads_of(series)
    for (id_, region, _), points in series.items():
        one = indicators()[id_]
        if one.low is None and one.high is None:
            continue
        wrong = []
        for point in points:
            people = _near(heads.get(region, {}), point.year) if one.per else 1.0
            if people and not within(point.value / people, one.low, one.high):
                wrong.append((point, point.value / people))
        yield from counted(_range_finding(one, region, points, point, value) for point, value in wrong)


def _range_finding(one: Indicator, region: str, points: list[Point], point: Point, value: float) -> Finding:
    per_zh, per_en = ("每人", " a head") if one.per else ("", "")
    unit = bound_unit(one)
    low, high = _figure(one.low or 0), "…" if one.high is None else _figure(one.high)
    beside = _beside(points, point)
    return finding(
        "range", point.where,
        f"{region} {point.year}年{one.zh} {point.shown},合{per_zh} {_figure(value)} {unit},通常在 {low}–{high} 之间{beside[0]}",
        f"{region} {point.year}: {one.en} {point.shown}, {_figure(value)} {unit}{per_en}, usually {low} to {high}{beside[1]}",
    )  # fmt: skip


def _figure(value: float) -> str:
    """Format three significant digits without a power of ten."""
    return f"{float(f'{value:.3g}'):,.10g}"


def _beside(points: list[Point], point: Point) -> tuple[str, str]:
    """The figures of the years before and after, in words."""
    at = points.index(point)
    listed = ", ".join(
        f"{other.year}: {other.shown}" for other in (*points[max(at - 1, 0) : at], *points[at + 1 : at + 2])
    )
    return (f";相邻年份 {listed}", f"; beside it {listed}") if listed else ("", "")


def within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def heads_of(series: Mapping[Key, list[Point]]) -> dict[str, dict[int, float]]:
    """Region → year → people; a number of people that is a slip itself accuses nothing else."""
    heads: dict[str, dict[int, float]] = {}
    for wanted in reversed(HEADS):
        for (id_, region, _), points in series.items():
            if id_ == wanted:
                off = [not _steady(indicators()[id_], *pair) for pair in itertools.pairwise(points)]
                slips = set(_suspects(points, off)) if len(points) > 2 else set()
                heads.setdefault(region, {}).update(
                    {point.year: point.value for at, point in enumerate(points) if at not in slips}
                )
    return heads


def _near(by_year: Mapping[int, float], year: int) -> float | None:
    near = min(by_year, key=lambda known: (abs(known - year), known), default=None)
    return by_year[near] if near is not None and abs(near - year) <= NEAR_YEARS else None


def changes(series: Mapping[Key, list[Point]]) -> Iterator[Finding]:
    for (id_, region, _), points in series.items():
        one = indicators()[id_]
        if not one.change or len(points) < 2:
            continue
        off = [not _steady(one, before, after) for before, after in itertools.pairwise(points)]
        yield from counted(_change_finding(one, region, points, at) for at in _suspects(points, off))


def _steady(one: Indicator, before: Point, after: Point) -> bool:
    """Whether the change of one year to the other is within what each year allows."""
    years = after.year - before.year
    if years == 0 or one.change_low is None or one.change_high is None:
        return True
    if one.change == "points":
        return one.change_low * years <= after.value - before.value <= one.change_high * years
    if before.value <= 0 or after.value <= 0:
        return True  # from nothing or to nothing: a beginning or an end, no ratio
    return one.change_low**years <= after.value / before.value <= one.change_high**years


def _suspects(points: list[Point], off: list[bool]) -> list[int]:
    """Where the slip is: a point that fits neither neighbour.

    Else the later end of a step that does not fit.
    """
    lone = [at for at in range(len(points)) if _alone(at, off)]
    explained = {step for at in lone for step in (at - 1, at)}
    return sorted({*lone, *(step + 1 for step, wrong in enumerate(off) if wrong and step not in explained)})


def _alone(at: int, off: list[bool]) -> bool:
    sides = [off[step] for step in (at - 1, at) if 0 <= step < len(off)]
    return len(sides) == 2 and all(sides)


def _change_finding(one: Indicator, region: str, points: list[Point], at: int) -> Finding:
    beside = _beside(points, points[at])
    span = f"{one.change_low:g}–{one.change_high:g}"
    zh, en = (f"每年变化 {span} 个百分点", f"{span} points a year") if one.change == "points" else (
        f"上年的 {span} 倍", f"{span} times the year before"
    )  # fmt: skip
    return finding(
        "change", points[at].where,
        f"{region} {points[at].year}年{one.zh} {points[at].shown},通常为{zh}{beside[0]}",
        f"{region} {points[at].year}: {one.en} {points[at].shown}, usually {en}{beside[1]}",
    )  # fmt: skip


def counted(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The first findings of a series, and one that counts the others."""
    listed = list(findings)
    yield from listed[:SHOWN]
    if len(listed) > SHOWN:
        more, last = len(listed) - SHOWN, listed[SHOWN - 1]
        yield Finding(
            last.code,
            last.severity,
            last.where,
            f"同一序列另有 {more} 处类似",
            f"{more} more alike in the series",
        )
