"""Step 5: targets — who shall reach which value by when, sentence by sentence.

A clause is read with what the clauses before it in the sentence leave open: the year, the subject, the
verb. A number becomes a target only where a verb or a bound ties it to something that is measured or counted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dafeng.plan.clauses import Clause, sentences
from dafeng.plan.indicators import sense_of, split_indicators
from dafeng.plan.model import Comparator, Target
from dafeng.plan.periods import When
from dafeng.plan.quantities import Quantity
from dafeng.plan.statements import Statement, statements
from dafeng.plan.subjects import clean_object, clean_subject, scope_of, split_subjects
from dafeng.plan.ties import State, Tie, base_unit, tie

_JOINT = re.compile(r"^(?:、|和|,|以及|及|与|,分别为|,分别)$")
_PAST = re.compile(r"(?:已|已经|达到了|下降了|增长了|提高了|同比|累计实现了|较上年|比上年)")
_MODAL = re.compile(
    r"力争|争取|确保|稳定在|保持在|控制在|不低于|不少于|不高于|不超过|超过|左右|(?<!规模)以上|以内|以下|原则上|基本|累计|年均|约束性|预期性|达到|提高到|提升至|提升到|提高至|下降|降低|降至|增长|完成|建成|培育|全面|全部|至少"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A target before it has a place in the outline."""

    start: int
    end: int
    target: Target
    before: bool = False


def find_targets(
    text: str, start: int, end: int, skip: list[tuple[int, int]], issue_year: int | None = None
) -> list[Reading]:
    """All targets of `text[start:end]` outside `skip` (duty lists, tables). Linear in the length.

    Years up to `issue_year` speak of the past and give no target; without it 2020 is taken.
    """
    readings: list[Reading] = []
    lead_in = When()
    past = min(issue_year - 1 if issue_year else 2020, 2029)
    for sentence in sentences(text, start, end, skip):
        state = State(when=lead_in)
        if sentence.starts_block:
            lead_in = When()
            state.when = lead_in
        for clause in sentence.clauses:
            readings += _read_clause(clause, state, past)
        if sentence.ends_with_colon and state.when.known:
            lead_in = state.when
    return _without_repeats(readings)


def _read_clause(clause: Clause, state: State, past: int) -> Iterator[Reading]:
    for mark in clause.times:
        if mark.baseline is not None:
            state.baseline = mark.baseline
        elif not mark.when.since or min(mark.when.years, default=0) > past:
            state.when = mark.when
    if state.when.years and max(state.when.years) <= past:
        state.subjects = ()
        return
    if _PAST.search(clause.text) and not (state.when.years and max(state.when.years) > past):
        return
    said = statements(clause, state.when, state.subjects)
    for statement in said:
        yield from _from_statement(statement, state)
    taken = [(item.start, item.end) for item in said]
    groups = [g for g in _groups(clause) if not any(a <= g[0].start < b for a, b in taken)]
    position = clause.start
    for group in groups:
        made, used = _read_group(clause, group, position, state)
        yield from made
        if made:
            position = group[-1].outer_end + used
            after = clause.text[position - clause.start :]
            position += len(after) - len(re.sub(r"^(?:\([^()]*\))?(?:、|和|并|且|及|以及)?", "", after))


def _groups(clause: Clause) -> list[list[Quantity]]:
    """Quantities that follow each other directly: 72%、35%."""
    groups: list[list[Quantity]] = []
    for quantity in clause.quantities:
        if groups:
            between = clause.cut(groups[-1][-1].outer_end, quantity.outer_start)
            of_things = clause.cut(quantity.outer_end, quantity.outer_end + 1) == "的"
            if _JOINT.match(between) and not (of_things and (quantity.prefix or quantity.suffix)):
                groups[-1].append(quantity)
                continue
        groups.append([quantity])
    return groups


def _read_group(
    clause: Clause, group: list[Quantity], position: int, state: State
) -> tuple[list[Reading], int]:
    """(targets, characters behind the numbers that name what they count)."""
    first, last = group[0], group[-1]
    right = clause.cut(last.outer_end, clause.end)
    left = clause.without_times(position, first.outer_start)
    found = tie(left, right, first, state)
    if found is None:
        return [], 0
    inherits = not found.making and _is_open(clean_subject(found.subject))
    if (
        inherits
        and state.unit
        and base_unit(first.unit) != state.unit
        and not state.change
        and not found.change
    ):
        return [], 0
    subjects = _subjects(found, state, len(group), "分别" in left or "分别" in clause.text)
    if not subjects:
        return [], 0
    state.subjects, state.verb, state.making, state.change = (
        tuple(subjects),
        found.verb,
        found.making,
        found.change,
    )
    state.unit = base_unit(first.unit)
    readings: list[Reading] = []
    note = re.match(r"\(([^()]{2,20})\)", right)
    for subject, quantity, years, period in _pairs(subjects, _one_bound(group), state.when):
        marked = any(mark.baseline for mark in clause.times)
        baseline = state.baseline if inherits or marked else None
        said = note.group(1) if note else None
        reading = _reading(clause, found, subject, quantity, years, period, baseline, said)
        stretch = inherits and _is_stretch(clause, quantity)
        readings.append(replace(reading, target=reading.target.model_copy(update={"stretch": stretch})))
    return readings, found.used


_OPEN = frozenset(
    (
        "",
        "占比",
        "比重",
        "比例",
        "数量",
        "规模",
        "总量",
        "年利用量",
        "总数",
        "这一比例",
        "该比例",
        "再新增",
        "新增",
        "装机",
    )
)


def _is_open(subject: str) -> bool:
    """Whether the words leave the subject to the clause before: 到2030年占比达到40%."""
    return subject in _OPEN


def _subjects(tie: Tie, state: State, values: int, respectively: bool) -> list[str]:
    if tie.making:
        subject = clean_object(tie.subject)
        return [subject] if len(subject) >= 2 else []
    subject = clean_subject(tie.subject)
    if _is_open(subject) and (state.subjects or not subject):
        return list(state.subjects)
    if respectively or values > 1:
        return split_subjects(subject, values)
    return split_indicators(subject)


def _one_bound(group: list[Quantity]) -> list[Quantity]:
    """分别不低于20%、35%: the bound in front holds for all."""
    first = group[0]
    if not first.prefix or first.suffix:
        return group
    return [
        first,
        *(one if one.bound else replace(one, bound=first.bound, prefix=first.prefix) for one in group[1:]),
    ]


Pair = tuple[str, Quantity, int | None, str | None]


def _pairs(subjects: list[str], group: list[Quantity], when: When) -> list[Pair]:
    """Which value belongs to which subject, and to which year or period."""
    times: list[tuple[int | None, str | None]] = [(year, None) for year in when.years]
    times = times or [(None, period) for period in when.periods] or [(None, None)]
    whole = "、".join(subjects)
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


def _comparator(tie: Tie, quantity: Quantity) -> Comparator:
    if tie.change:
        return Comparator.FALL if tie.change == "-" else Comparator.RISE
    if quantity.value_high is not None:
        return Comparator.RANGE
    if quantity.bound:
        return Comparator(quantity.bound)
    return Comparator.AT_MOST if tie.cap else Comparator.EQUAL


def _reading(
    clause: Clause,
    tie: Tie,
    subject: str,
    quantity: Quantity,
    year: int | None,
    period: str | None,
    baseline: int | None,
    note: str | None,
) -> Reading:
    comparator = _comparator(tie, quantity)
    high = quantity.value_high
    words = clause.text[: quantity.outer_end - clause.start]
    modality = "…".join(
        dict.fromkeys(m.group() for m in _MODAL.finditer(words[-40:] if len(words) > 60 else words))
    )
    scope = note or scope_of(subject)
    if comparator not in (Comparator.RANGE, Comparator.RISE, Comparator.FALL):
        high = None
    target = Target(
        locator="", indicator=subject, scope=scope, comparator=comparator, sense=sense_of(subject, comparator),
        value=quantity.value, value_high=high, bound=quantity.bound if tie.change else None,
        unit=quantity.unit or ("人" if re.search(r"人口|人$", subject) else None) or None,
        year=year, period=period, baseline_year=baseline, modality=modality,
        cumulative=tie.cumulative, annual_average=tie.annual, confidence=tie.confidence,
    )  # fmt: skip
    before = any(mark.when.before for mark in clause.times)
    return Reading(max(clause.start, quantity.start), quantity.outer_end, target, before)


def _is_stretch(clause: Clause, quantity: Quantity) -> bool:
    """Whether the value tops one for the same subject and year: 保持在80%以上、力争达到90%."""
    before = [one for one in clause.sentence_quantities if one.end < quantity.start]
    if not before:
        return False
    between = clause.whole[before[-1].outer_end : quantity.outer_start]
    return bool(re.match(r"[、,;]?(?:并|且)?(?:力争|争取)", between)) and not re.search(r"20\d\d年", between)


def _from_statement(said: Statement, state: State) -> Iterator[Reading]:
    years: tuple[int | None, ...] = said.years or state.when.years or (None,)
    period = (
        state.when.periods[-1] if state.when.periods and not state.when.years and not said.years else None
    )
    for subject in said.subjects:
        for year in years:
            target = Target(
                locator="", indicator=subject, scope=scope_of(subject), comparator=said.comparator,
                sense=sense_of(subject, said.comparator), year=year, period=period, modality=said.modality,
                benchmark=said.benchmark, confidence=said.confidence,
            )  # fmt: skip
            yield Reading(said.start, said.end, target)
    if said.comparator is not Comparator.MILESTONE and said.subjects:
        state.subjects = tuple(said.subjects)


def _without_repeats(readings: list[Reading]) -> list[Reading]:
    seen: set[tuple[object, ...]] = set()
    result: list[Reading] = []
    for item in sorted(readings, key=lambda reading: (reading.start, reading.end)):
        t = item.target
        key = (item.start, t.indicator, t.value, t.year, t.period, t.comparator)
        if key not in seen:
            seen.add(key)
            result.append(item)
    return result
