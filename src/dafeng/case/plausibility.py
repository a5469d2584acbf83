"""Plausibility checks: figures that pass every cell rule but are implausible.

A digit too many, another unit, a slip.

Each finding shows the figure next to its neighbours. Bounds are those of the table of indicators
(assumptions, grade E): wide enough for every Chinese city and province since 2000, so that what lies
outside is worth a look.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case.model import Case
from dafeng.case.series import (
    IMPLAUSIBLE,
    Key,
    Point,
    bound_unit,
    cell_of,
    changes,
    counted,
    finding,
    heads_of,
    ranges,
    within,
)
from dafeng.evidence import DafengError, Finding, Problem, Text
from dafeng.factors import Indicator, indicator_named, indicator_observed, indicators
from dafeng.units import factor, is_unit, kind

DRIVER, PEOPLE = "driver_", "population"
"""Beginning of the indicators of drivers, the first part of the parameter follows; the parameter of people."""
SPELLING = 0.9
"""Likeness from which an unknown indicator is taken for a misspelt one."""


def implausible(case: Case) -> tuple[Finding, ...]:
    """Return the implausible figures of the case's own observations, drivers, plants and measures; nothing is changed.

    Checked are: the unit of an indicator against its kind; its range, a head where the table states so; the
    change from one year to the next; ratios of two statistics (full-load hours); an id that is nearly the
    id of another indicator, or its name; the range and yearly change of drivers, and their population beside that
    of the statistics; the size of one plant; shares beyond 1 in measures.
    """
    frame = case.table("observations")
    rows = frame[frame["value"].notna()] if len(frame) else frame
    series = _series(rows)
    return (
        *_spellings(case, frame),
        *_units(rows),
        *ranges(series),
        *changes(series),
        *_ratios(series),
        *_drivers(case.table("drivers"), heads_of(series)),
        *_plants(case.table("plants")),
        *_measures(case.table("measures")),
    )


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


def _series(rows: pd.DataFrame) -> dict[Key, list[Point]]:
    """Observations of the listed indicators by indicator, region and source, in the order of years."""
    series: dict[Key, list[Point]] = {}
    columns = ["indicator", "region", "source", "year", "value", "unit"]
    number: Any
    cells: Any
    for number, *cells in rows[columns].astype(object).itertuples(name=None) if len(rows) else ():
        indicator, region, source, year, value, unit = cells
        scaled = _scaled(indicator, unit)
        if scaled is None:
            continue
        id_, scale = scaled
        point = Point(cell_of(number), int(year), value * scale, f"{value:g} {unit}")
        series.setdefault((id_, region, source), []).append(point)
    for points in series.values():
        points.sort(key=lambda point: point.year)
    return series


@lru_cache(maxsize=4096)
def _scaled(indicator: str, unit: str) -> tuple[str, float] | None:
    """Indicator and scale to the unit of its bounds; None for another indicator, or a unit of another kind."""
    one = indicator_observed(indicator)
    if one is None or not is_unit(unit) or kind(unit) != kind(one.unit):
        return None
    return one.id, factor(unit, bound_unit(one))


def _spellings(case: Case, frame: pd.DataFrame) -> Iterator[Finding]:
    """An id that no table of indicators and no other place knows, and that is nearly one that they know."""
    if not len(frame):
        return
    above = set(case.inherited("observations")["indicator"].unique()) if case.parent else set()
    for name in frame["indicator"].unique():
        near = "" if name in above else _meant(str(name))
        if near:
            first = int(frame.index[frame["indicator"] == name][0])
            yield finding(
                "spelling", cell_of(first, "indicator"),
                f"指标 {name} 无处使用,是否为 {near}({_name_of(near)})?",
                f"the indicator {name} is used nowhere; did you mean {near}?",
            )  # fmt: skip


@lru_cache(maxsize=4096)
def _meant(name: str) -> str:
    """Return the indicator that an id that is none is meant for; "" for an indicator, or where none is near."""
    listed = {one.observation for one in indicators().values() if one.observation}
    if name in listed:
        return ""
    # what a clerk writes in place of the id: its name in Chinese or English
    named = indicator_named(name)
    if named is not None and named.observation:
        return named.observation
    plain = {id_.casefold(): id_ for id_ in sorted(listed)}
    near = get_close_matches(name.casefold(), sorted(plain), 1, SPELLING)
    return plain[near[0]] if near else ""


def _name_of(observation: str) -> str:
    one = indicator_observed(observation)
    return one.zh if one is not None else observation


def _units(rows: pd.DataFrame) -> Iterator[Finding]:
    lines: dict[tuple[str, str], list[int]] = {}
    for number, name, unit in (
        rows[["indicator", "unit"]].astype(object).itertuples(name=None) if len(rows) else ()
    ):
        lines.setdefault((name, unit), []).append(number)
    for (name, unit), found in lines.items():
        one = indicator_observed(name)
        if one is not None and is_unit(unit) and not _fits(unit, one.unit):
            yield finding(
                "unit", cell_of(found[0], "unit"),
                f"{one.zh}的单位为“{unit}”({len(found)} 行),该指标的计量单位如“{one.unit}”",
                f"{one.en} in {unit} ({len(found)} rows); its unit is one as {one.unit}",
            )  # fmt: skip


def _fits(unit: str, usual: str) -> bool:
    """Whether `unit` is of the kind of `usual`, or says more of it: tonnes of CO2 for tonnes, pieces for a number."""
    plain = re.sub(r"\[carbon_dioxide(_equivalent)?\]", "[mass]", str(kind(unit))).replace("[item]", "1")
    return kind(unit) == kind(usual) or plain == str(kind(usual))


def _ratios(series: Mapping[Key, list[Point]]) -> Iterator[Finding]:
    """Quotients of two statistics of one region and year, as full-load hours."""
    values: dict[tuple[str, str], dict[int, Point]] = {}
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


def _ratio_finding(one: Indicator, region: str, above: Point, below: Point) -> Iterator[Finding]:
    ratio = above.value / below.value
    if not within(ratio, one.low, one.high):
        yield finding(
            "ratio", above.where,
            f"{region} {above.year}年{one.zh} {ratio:.4g}({above.shown} / {below.shown}),通常在 {one.low:g}–{one.high:g} 之间",
            f"{region} {above.year}: {one.en} {ratio:.4g} ({above.shown} / {below.shown}), usually {one.low:g} to {one.high:g}",
        )  # fmt: skip


def _drivers(frame: pd.DataFrame, heads: Mapping[str, Mapping[int, float]]) -> Iterator[Finding]:
    """Trajectories of the model: each by its unit, range and yearly change, people also beside the statistics."""
    paths: dict[tuple[str, str], list[Point]] = {}
    units: dict[str, list[int]] = {}
    columns = ["parameter", "region", "year", "value", "unit"]
    rows = frame[frame["value"].notna()] if len(frame) else frame
    number: Any
    cells: Any
    for number, *cells in rows[columns].itertuples(name=None) if len(rows) else ():
        parameter, region, year, value, unit = cells
        one = indicators().get(f"{DRIVER}{parameter.partition('.')[0]}")
        if one is None:
            continue
        if not is_unit(unit) or kind(unit) != kind(one.unit):
            units.setdefault(f"{parameter} {unit}", []).append(number)
            continue
        scaled = value * factor(unit, bound_unit(one))
        point = Point(cell_of(number, table="drivers"), int(year), scaled, f"{value:.10g} {unit}")
        paths.setdefault((parameter, region), []).append(point)
    for found, lines in units.items():
        usual = indicators()[f"{DRIVER}{found.split()[0].partition('.')[0]}"].unit
        yield finding(
            "unit", cell_of(lines[0], "unit", "drivers"),
            f"{found}({len(lines)} 行),该参数的计量单位如“{usual}”", f"{found} ({len(lines)} rows); its unit is one as {usual}",
        )  # fmt: skip
    for (parameter, region), points in paths.items():
        one = indicators()[f"{DRIVER}{parameter.partition('.')[0]}"]
        points.sort(key=lambda point: point.year)
        series = {(one.id, f"{region} {parameter}", ""): points}
        yield from ranges(series)
        yield from changes(series)
        if parameter == PEOPLE:
            yield from counted(_beside_statistics(one, region, points, heads.get(region, {})))


def _beside_statistics(
    one: Indicator, region: str, points: list[Point], heads: Mapping[int, float]
) -> Iterator[Finding]:
    for point in points:
        known = heads.get(point.year)
        if known and not within(point.value / known, one.change_low, one.change_high):
            yield finding(
                "driver", point.where,
                f"{region} {point.year}年{one.zh} {point.shown},统计数为 {known / factor('万人', 'person'):.10g} 万人",
                f"{region} {point.year}: {one.en} {point.shown}; the statistics have {known:,.0f} people",
            )  # fmt: skip


def _plants(frame: pd.DataFrame) -> Iterator[Finding]:
    sizes = indicators()
    row: Any
    for row in frame.itertuples() if len(frame) else ():
        one = sizes.get(f"plant_capacity_{row.fuel}")
        if one is not None and one.high is not None and row.capacity_mw > one.high:
            same = frame.loc[(frame["fuel"] == row.fuel) & (frame.index != row.Index), "capacity_mw"]
            beside = f"{same.median():g} MW" if same.notna().any() else ""
            yield finding(
                "plant", cell_of(int(row.Index), "capacity_mw", "plants"),
                f"{row.name_zh} {row.capacity_mw:.10g} MW,{one.zh}通常不超过 {one.high:g} MW" + (f";同类中位数 {beside}" if beside else ""),
                f"{row.name_en or row.id}: {row.capacity_mw:.10g} MW, {one.en} is usually at most {one.high:g} MW" + (f"; the median of its kind here is {beside}" if beside else ""),
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
        yield finding(
            "share", cell_of(int(row.Index), "value", "measures"),
            f"{row.name_zh} {row.value:g}(单位 1):份额通常不超过 1,若为百分数请写 {row.value / 100:g}{zh}",
            f"{row.name_en or row.id} {row.value:g} (unit 1): a share is usually at most 1; write {row.value / 100:g} if percent is meant{en}",
        )  # fmt: skip
