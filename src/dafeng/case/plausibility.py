"""Plausibility checks: figures that pass every cell rule but are implausible.

A digit too many, another unit, a slip.

Each finding shows the figure next to its neighbours. Bounds are those of the table of indicators
(assumptions, grade E): wide enough for every Chinese city and province since 2000, so that what lies
outside is worth a look.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case.model import Case
from dafeng.evidence import DafengError, Finding, Problem, Severity, Text
from dafeng.factors import Indicator, indicator_observed, indicators
from dafeng.units import canonical, factor, is_unit, kind

IMPLAUSIBLE = "case.implausible."
"""Beginning of the codes of these findings."""
HEADS = ("population_resident", "population_resident_yearend", "population_total", "population_registered")
"""Statistics of the number of people, the first at hand serves."""
NEAR_YEARS = 3
"""How many years apart a population may be that a figure a head is made with."""
SPELLING = 0.9
"""Likeness from which an unknown indicator is taken for a misspelt one."""
SHOWN = 3
"""Findings of one kind on one series; the others are counted."""


def implausible(case: Case) -> tuple[Finding, ...]:
    """Return the implausible figures of the case's own observations, plants and measures; nothing is changed.

    Checked are: the unit of an indicator against its kind; its range, a head where the table states so; the
    change from one year to the next; ratios of two statistics (full-load hours); an id that is nearly the
    id of another indicator; the size of one plant; shares beyond 1 in measures.
    """
    frame = case.table("observations")
    rows = frame[frame["value"].notna()] if len(frame) else frame
    series = _series(rows)
    return (
        *_spellings(case, frame),
        *_units(rows),
        *_ranges(series),
        *_changes(series),
        *_ratios(series),
        *_plants(case.table("plants")),
        *_measures(case.table("measures")),
    )


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
    scale = factor(unit, _bound_unit(one))
    points = [
        _Point(where, year, value * scale, f"{value:.10g} {unit}")
        for year, (where, value) in sorted(figures.items())
    ]
    series = {(one.id, region, ""): points}
    return (*_ranges(series), *_changes(series))


@contextmanager
def naming_doubts(case: Case) -> Iterator[None]:
    """Add the implausible figures of `case` to the problems that are raised inside: one of them may be the cause.

    Parameters
    ----------
    case
        Loaded case that is being computed.

    Raises
    ------
    DafengError
        With the problems raised inside, and each implausible figure beside its neighbours.
    """
    try:
        yield
    except DafengError as error:
        suspects = [one for one in case.findings if one.code.startswith(IMPLAUSIBLE)]
        if not suspects:
            raise
        usual = Text("合理的数值,可能由此引起", "a plausible figure, which may be the cause")
        raise DafengError(
            [*error.problems, *(Problem(one.where, Text(one.zh, one.en), usual) for one in suspects)]
        ) from error


@dataclass(frozen=True, slots=True)
class _Point:
    """Figure of a series in the unit of its bounds; `shown` is the figure as it was written, `where` its cell."""

    where: str
    year: int
    value: float
    shown: str


_Key = tuple[str, str, str]
"""Indicator, region, source."""


def _bound_unit(one: Indicator) -> str:
    return one.unit if one.unit in ("%", "h") else canonical(one.unit)


def _series(rows: pd.DataFrame) -> dict[_Key, list[_Point]]:
    """Observations of the listed indicators by indicator, region and source, in the order of years."""
    series: dict[_Key, list[_Point]] = {}
    columns = ("indicator", "region", "source", "year", "value", "unit")
    number: Any
    cells: Any
    for number, *cells in rows[list(columns)].itertuples(name=None) if len(rows) else ():
        indicator, region, source, year, value, unit = cells
        one = indicator_observed(indicator)
        if one is None or not is_unit(unit) or kind(unit) != kind(one.unit):
            continue
        point = _Point(_cell(number), int(year), value * factor(unit, _bound_unit(one)), f"{value:g} {unit}")
        series.setdefault((one.id, region, source), []).append(point)
    for points in series.values():
        points.sort(key=lambda point: point.year)
    return series


def _finding(code: str, where: str, zh: str, en: str) -> Finding:
    return Finding(f"{IMPLAUSIBLE}{code}", Severity.WARNING, where, zh, en)


def _cell(row: int, column: str = "value", table: str = "observations") -> str:
    return f"{table}.csv:{row}:{column}"


def _spellings(case: Case, frame: pd.DataFrame) -> Iterator[Finding]:
    """An id that no table of indicators and no other place knows, and that is nearly one that they know."""
    if not len(frame):
        return
    listed = {one.observation for one in indicators().values() if one.observation}
    above = set(case.inherited("observations")["indicator"]) if case.parent else set()
    known = listed | above
    for name in dict.fromkeys(frame["indicator"]):
        near = [] if name in known else get_close_matches(name, sorted(listed), 1, SPELLING)
        if near:
            first = int(frame.index[frame["indicator"] == name][0])
            yield _finding(
                "spelling", _cell(first, "indicator"),
                f"指标 {name} 无处使用,是否为 {near[0]}({_name_of(near[0])})?",
                f"the indicator {name} is used nowhere; did you mean {near[0]}?",
            )  # fmt: skip


def _name_of(observation: str) -> str:
    one = indicator_observed(observation)
    return one.zh if one is not None else observation


def _units(rows: pd.DataFrame) -> Iterator[Finding]:
    for (name, unit), group in rows.groupby(["indicator", "unit"], sort=False) if len(rows) else ():
        one = indicator_observed(str(name))
        if one is not None and is_unit(str(unit)) and not _fits(str(unit), one.unit):
            yield _finding(
                "unit", _cell(int(group.index[0]), "unit"),
                f"{one.zh}的单位为“{unit}”({len(group)} 行),该指标的计量单位如“{one.unit}”",
                f"{one.en} in {unit} ({len(group)} rows); its unit is one as {one.unit}",
            )  # fmt: skip


def _fits(unit: str, usual: str) -> bool:
    """Whether `unit` is of the kind of `usual`, or says more of it: tonnes of CO2 for tonnes, pieces for a number."""
    plain = re.sub(r"\[carbon_dioxide(_equivalent)?\]", "[mass]", str(kind(unit))).replace("[item]", "1")
    return kind(unit) == kind(usual) or plain == str(kind(usual))


def _ranges(series: Mapping[_Key, list[_Point]]) -> Iterator[Finding]:
    heads = _heads(series)
    for (id_, region, _), points in series.items():
        one = indicators()[id_]
        if one.low is None and one.high is None:
            continue
        wrong = []
        for point in points:
            people = _near(heads.get(region, {}), point.year) if one.per else 1.0
            if people and not _within(point.value / people, one.low, one.high):
                wrong.append((point, point.value / people))
        yield from _counted(_range_finding(one, region, points, point, value) for point, value in wrong)


def _range_finding(one: Indicator, region: str, points: list[_Point], point: _Point, value: float) -> Finding:
    per_zh, per_en = ("每人", " a head") if one.per else ("", "")
    unit = _bound_unit(one)
    low, high = _figure(one.low or 0), "…" if one.high is None else _figure(one.high)
    beside = _beside(points, point)
    return _finding(
        "range", point.where,
        f"{region} {point.year}年{one.zh} {point.shown},合{per_zh} {_figure(value)} {unit},通常在 {low}–{high} 之间{beside[0]}",
        f"{region} {point.year}: {one.en} {point.shown}, {_figure(value)} {unit}{per_en}, usually {low} to {high}{beside[1]}",
    )  # fmt: skip


def _figure(value: float) -> str:
    """Format three significant digits without a power of ten."""
    return f"{float(f'{value:.3g}'):,.10g}"


def _beside(points: list[_Point], point: _Point) -> tuple[str, str]:
    """The figures of the years before and after, in words."""
    at = points.index(point)
    listed = ", ".join(
        f"{other.year}: {other.shown}" for other in (*points[max(at - 1, 0) : at], *points[at + 1 : at + 2])
    )
    return (f";相邻年份 {listed}", f"; beside it {listed}") if listed else ("", "")


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _heads(series: Mapping[_Key, list[_Point]]) -> dict[str, dict[int, float]]:
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


def _changes(series: Mapping[_Key, list[_Point]]) -> Iterator[Finding]:
    for (id_, region, _), points in series.items():
        one = indicators()[id_]
        if not one.change or len(points) < 2:
            continue
        off = [not _steady(one, before, after) for before, after in itertools.pairwise(points)]
        yield from _counted(_change_finding(one, region, points, at) for at in _suspects(points, off))


def _steady(one: Indicator, before: _Point, after: _Point) -> bool:
    """Whether the change of one year to the other is within what each year allows."""
    years = after.year - before.year
    if years == 0 or one.change_low is None or one.change_high is None:
        return True
    if one.change == "points":
        return one.change_low * years <= after.value - before.value <= one.change_high * years
    if before.value <= 0 or after.value <= 0:
        return True  # from nothing or to nothing: a beginning or an end, no ratio
    return one.change_low**years <= after.value / before.value <= one.change_high**years


def _suspects(points: list[_Point], off: list[bool]) -> list[int]:
    """Where the slip is: a point that fits neither neighbour.

    Else the later end of a step that does not fit.
    """
    lone = [at for at in range(len(points)) if _alone(at, off)]
    explained = {step for at in lone for step in (at - 1, at)}
    return sorted({*lone, *(step + 1 for step, wrong in enumerate(off) if wrong and step not in explained)})


def _alone(at: int, off: list[bool]) -> bool:
    sides = [off[step] for step in (at - 1, at) if 0 <= step < len(off)]
    return len(sides) == 2 and all(sides)


def _change_finding(one: Indicator, region: str, points: list[_Point], at: int) -> Finding:
    beside = _beside(points, points[at])
    span = f"{one.change_low:g}–{one.change_high:g}"
    zh, en = (f"每年变化 {span} 个百分点", f"{span} points a year") if one.change == "points" else (
        f"上年的 {span} 倍", f"{span} times the year before"
    )  # fmt: skip
    return _finding(
        "change", points[at].where,
        f"{region} {points[at].year}年{one.zh} {points[at].shown},通常为{zh}{beside[0]}",
        f"{region} {points[at].year}: {one.en} {points[at].shown}, usually {en}{beside[1]}",
    )  # fmt: skip


def _ratios(series: Mapping[_Key, list[_Point]]) -> Iterator[Finding]:
    """Quotients of two statistics of one region and year, as full-load hours."""
    values: dict[tuple[str, str], dict[int, _Point]] = {}
    for (id_, region, _), points in series.items():
        values.setdefault((id_, region), {}).update({point.year: point for point in points})
    for one in indicators().values():
        over, _, under = one.formula.partition(" / ")
        if one.observation or one.high is None or not under:
            continue
        for (id_, region), above in values.items():
            below = values.get((under, region), {}) if id_ == over else {}
            for year, point in above.items():
                if year in below and below[year].value > 0 and point.value > 0:
                    yield from _ratio_finding(one, region, point, below[year])


def _ratio_finding(one: Indicator, region: str, above: _Point, below: _Point) -> Iterator[Finding]:
    ratio = above.value / below.value
    if not _within(ratio, one.low, one.high):
        yield _finding(
            "ratio", above.where,
            f"{region} {above.year}年{one.zh} {ratio:.4g}({above.shown} / {below.shown}),通常在 {one.low:g}–{one.high:g} 之间",
            f"{region} {above.year}: {one.en} {ratio:.4g} ({above.shown} / {below.shown}), usually {one.low:g} to {one.high:g}",
        )  # fmt: skip


def _plants(frame: pd.DataFrame) -> Iterator[Finding]:
    sizes = indicators()
    row: Any
    for row in frame.itertuples() if len(frame) else ():
        one = sizes.get(f"plant_capacity_{row.fuel}")
        if one is not None and one.high is not None and row.capacity_mw > one.high:
            same = frame.loc[(frame["fuel"] == row.fuel) & (frame.index != row.Index), "capacity_mw"]
            beside = f"{same.median():g} MW" if same.notna().any() else ""
            yield _finding(
                "plant", _cell(int(row.Index), "capacity_mw", "plants"),
                f"{row.name_zh} {row.capacity_mw:g} MW,{one.zh}通常不超过 {one.high:g} MW" + (f";同类中位数 {beside}" if beside else ""),
                f"{row.name_en or row.id}: {row.capacity_mw:g} MW, {one.en} is usually at most {one.high:g} MW" + (f"; the median of its kind here is {beside}" if beside else ""),
            )  # fmt: skip


def _measures(frame: pd.DataFrame) -> Iterator[Finding]:
    """A share of more than one: percent written as a fraction, a decimal point too far right."""
    if not len(frame):
        return
    share = frame["unit"].eq("1") & frame["operation"].isin(["add", "set"]) & frame["value"].abs().gt(1)
    row: Any
    for row in frame[share].itertuples():
        others = frame.loc[
            (frame["parameter"] == row.parameter) & (frame.index != row.Index), "value"
        ].dropna()
        near = others.iloc[int(np.argmin(np.abs(others.to_numpy())))] if len(others) else None
        zh, en = (
            (f";同一参数的其他值如 {near:g}", f"; another value of the parameter is {near:g}")
            if near is not None
            else ("", "")
        )
        yield _finding(
            "share", _cell(int(row.Index), "value", "measures"),
            f"{row.name_zh} {row.value:g}(单位 1):份额通常不超过 1,若为百分数请写 {row.value / 100:g}{zh}",
            f"{row.name_en or row.id} {row.value:g} (unit 1): a share is usually at most 1; write {row.value / 100:g} if percent is meant{en}",
        )  # fmt: skip


def _counted(findings: Iterator[Finding]) -> Iterator[Finding]:
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
