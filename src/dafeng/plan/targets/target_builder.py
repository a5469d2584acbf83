"""Construction of a target from a tie or a statement, its subject and time; marks of stretch and doubt.

Several numbers in a row share a bound and a unit, and have a subject and a year each.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dafeng.plan.model import Comparator, Sense, Target
from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.clause_state import State, Statement, Tie, base_unit
from dafeng.plan.targets.clauses import Clause
from dafeng.plan.targets.indicators import sense_of
from dafeng.plan.targets.periods import When, period_years
from dafeng.plan.targets.quantities import Quantity
from dafeng.plan.targets.subjects import scope_of

_STRETCH = pattern("aims.stretch")
_OF_PEOPLE = pattern("aims.of_people")
_MODAL = pattern("aims.modal")


@dataclass(frozen=True, slots=True)
class Reading:
    """Target before it has a place in the outline."""

    start: int
    end: int
    target: Target
    before: bool = False
    inherits_year: bool = False
    """The year is taken from another sentence."""


def less_sure(reading: Reading) -> Reading:
    """Return the reading with the doubt that a year of another sentence brings."""
    target = reading.target
    if target.year is None and target.period is None:
        return reading
    return replace(reading, inherits_year=True)


def _comparator(tie: Tie, quantity: Quantity) -> Comparator:
    if tie.change:
        return Comparator.FALL if tie.change == "-" else Comparator.RISE
    if quantity.value_high is not None:
        return Comparator.RANGE
    if quantity.bound:
        return Comparator(quantity.bound)
    if tie.floor:
        return Comparator.AT_LEAST
    return Comparator.AT_MOST if tie.cap else Comparator.EQUAL


_BOUNDS = frozenset(
    ("不低于", "不少于", "不高于", "不超过", "不突破", "超过", "至少", "左右", "以上", "以内", "以下")
)


def _modality(clause: Clause, quantity: Quantity) -> str:
    """Return the words of will in front of a value and its own bound.

    A threshold's (10蒸吨及以下的锅炉) are none.
    """
    begin = max(clause.start, quantity.outer_end - 40)
    said = [
        match.group()
        for match in _MODAL.finditer(clause.whole, begin, quantity.outer_end)
        if match.group() not in _BOUNDS or match.start() >= quantity.outer_start
    ]
    if quantity.prefix and not any(quantity.prefix in word for word in said):
        said.append(quantity.prefix)
    return "…".join(dict.fromkeys(said))


_AWAY = frozenset(("淘汰", "关停", "退出", "拆除", "压减", "削减", "减少"))


def _sense(tie: Tie, subject: str, comparator: Comparator) -> Sense:
    """Return the sense as the table has it.

    What is built and what is put out of use are both better where more.
    """
    if tie.making and tie.verb in _AWAY:
        return Sense.BETTER_UP
    sense = sense_of(subject, comparator)
    built = tie.making and sense is Sense.MATCH and comparator is not Comparator.AT_MOST
    return Sense.BETTER_UP if built else sense


def promise(
    clause: Clause,
    tie: Tie,
    subject: str,
    quantity: Quantity,
    year: int | None,
    period: str | None,
    baseline: int | None,
    note: str | None,
) -> Reading:
    """Build the target of a quantity with its subject, its time and its tie."""
    comparator = _comparator(tie, quantity)
    high = quantity.value_high
    modality = _modality(clause, quantity)
    scope = note or tie.scope or scope_of(subject)
    if comparator not in (Comparator.RANGE, Comparator.RISE, Comparator.FALL):
        high = None
    target = Target(
        locator="", indicator=subject, scope=scope, comparator=comparator, sense=_sense(tie, subject, comparator),
        value=quantity.value, value_high=high, bound=quantity.bound if tie.change else None,
        unit=quantity.unit or ("人" if _OF_PEOPLE.search(subject) else None) or None,
        year=year, period=period, baseline_year=baseline, modality=modality,
        cumulative=tie.cumulative, annual_average=tie.annual, confidence=tie.confidence, rule=tie.rule or None,
    )  # fmt: skip
    if tie.annual and any(mark.when.since for mark in clause.times):
        target = target.model_copy(update={"year": None})
    before = any(mark.when.before for mark in clause.times)
    return Reading(max(clause.start, quantity.start), quantity.outer_end, target, before)


def is_stretch(clause: Clause, quantity: Quantity) -> bool:
    """Check whether the value tops one for the same subject and year: 保持在80%以上、力争达到90%."""
    before = [one for one in clause.sentence_quantities if one.end < quantity.start]
    if not before:
        return False
    between = clause.whole[before[-1].outer_end : quantity.outer_start]
    return bool(_STRETCH.match(between)) and not re.search(r"20\d\d年", between)


_SURE = pattern("aims.sure")


def with_stretch(text: str, readings: list[Reading]) -> list[Reading]:
    """Mark a stretch: 力争达到1000万千瓦,确保800万千瓦: the first value is the stretch, the second must be reached."""
    result: list[Reading] = []
    for reading in readings:
        last = result[-1] if result else None
        if last is not None and _same_aim(last.target, reading.target) and reading.start > last.end:
            between = text[last.end : reading.start]
            if _SURE.match(between) and "20" not in between and "力争" in last.target.modality:
                target = last.target.model_copy(update={"stretch": True})
                result[-1] = replace(last, target=target)
        result.append(reading)
    return result


def _same_aim(one: Target, other: Target) -> bool:
    return one.value is not None and (one.indicator, one.year, one.period, one.unit) == (
        other.indicator,
        other.year,
        other.period,
        other.unit,
    )


def from_statement(said: Statement, state: State) -> Iterator[Reading]:
    years: tuple[int | None, ...] = said.years or state.when.years or (None,)
    period = (
        state.when.periods[-1] if state.when.periods and not state.when.years and not said.years else None
    )
    for subject in said.subjects:
        for year in years:
            target = Target(
                locator="", indicator=subject, scope=scope_of(subject), comparator=said.comparator,
                sense=sense_of(subject, said.comparator), year=year, period=period, modality=said.modality,
                benchmark=said.benchmark, confidence=said.confidence, rule=said.rule or None,
            )  # fmt: skip
            yield Reading(said.start, said.end, target)
    if said.comparator is not Comparator.MILESTONE and said.subjects:
        state.subjects = tuple(said.subjects)


def without_repeats(readings: list[Reading]) -> list[Reading]:
    seen: set[tuple[object, ...]] = set()
    result: list[Reading] = []
    for item in sorted(readings, key=lambda reading: (reading.start, reading.end)):
        t = item.target
        key = (item.start, t.indicator, t.value, t.year, t.period, t.comparator)
        if key not in seen:
            seen.add(key)
            result.append(item)
    return result


SCALES = frozenset(("万", "亿", "千", "百", "万亿"))


def one_unit(group: list[Quantity]) -> list[Quantity]:
    """Give all values the unit of the last one: 230万、430万千瓦."""
    of_last = base_unit(group[-1].unit)
    if of_last in ("", "%") or of_last in SCALES:
        return group
    return [replace(one, unit=one.unit + of_last) if one.unit in SCALES else one for one in group]


def one_bound(group: list[Quantity]) -> list[Quantity]:
    """Give all values the bound in front: 分别不低于20%、35%."""
    first = group[0]
    if not first.prefix or first.suffix:
        return group
    return [
        first,
        *(one if one.bound else replace(one, bound=first.bound, prefix=first.prefix) for one in group[1:]),
    ]


Pair = tuple[str, Quantity, int | None, str | None]


def pairs(subjects: list[str], group: list[Quantity], when: When) -> list[Pair]:
    """Pair each value with its subject, and with its year or period."""
    times: list[tuple[int | None, str | None]] = [(year, None) for year in when.years]
    times = times or [(None, period) for period in when.periods] or [(None, None)]
    whole = "、".join(subjects)
    span = period_years(when.periods[0]) if len(times) == 1 and when.periods else None
    if span and len(subjects) == 1 and len(group) == span[1] - span[0] + 1 > 1 and "-" in when.periods[0]:
        times = [(year, None) for year in range(span[0], span[1] + 1)]
    if len(group) == 1:
        return [(subject, group[0], *time) for subject in subjects for time in times]
    if len(group) == len(times):
        return [(whole, quantity, *time) for quantity, time in zip(group, times, strict=True)]
    if len(group) == len(subjects):
        return [(subject, quantity, *times[-1]) for subject, quantity in zip(subjects, group, strict=True)]
    if len(group) == len(subjects) * len(times):
        places = [(subject, time) for subject in subjects for time in times]
        return [(subject, quantity, *time) for quantity, (subject, time) in zip(group, places, strict=True)]
    return [(whole, quantity, *times[-1]) for quantity in group]
