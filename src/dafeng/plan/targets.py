"""Step 5: targets — who shall reach which value by when, sentence by sentence.

A clause is read with what the clauses before it in the sentence leave open: the year, the subject, the
verb. A number becomes a target only where a verb or a bound ties it to something that is measured or counted.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dafeng.plan.clauses import Clause, Sentence, sentences
from dafeng.plan.indicators import split_indicators
from dafeng.plan.periods import When
from dafeng.plan.promises import (
    Reading,
    from_statement,
    is_stretch,
    less_sure,
    promise,
    with_stretch,
    without_repeats,
)
from dafeng.plan.quantities import Quantity
from dafeng.plan.state import State, Tie, base_unit
from dafeng.plan.statements import statements
from dafeng.plan.subjects import clean_object, clean_subject, split_subjects
from dafeng.plan.ties import tie

_JOINT = re.compile(r"^(?:、|和|,|以及|及|与|,分别为|,分别)$")
_PAST = re.compile(r"(?:已|已经|达到了|下降了|增长了|提高了|同比|累计实现了|较上年|比上年)")


@dataclass(frozen=True, slots=True)
class Place:
    """A heading as far as targets need it: where its text begins, whether it is about aims, the time it names."""

    start: int
    of_aims: bool
    when: When


def find_targets(
    text: str,
    start: int,
    end: int,
    skip: list[tuple[int, int]],
    issue_year: int | None = None,
    places: Sequence[Place] = (),
) -> list[Reading]:
    """All targets of `text[start:end]` outside `skip` (duty lists, tables). Linear in the length.

    Years up to `issue_year` speak of the past and give no target; without it 2020 is taken. `places` are the
    headings in order: a year never passes one, and one that names a year lends it to its text.
    """
    readings: list[Reading] = []
    lead_in = opened = When()
    past = min(issue_year - 1 if issue_year else 2020, 2029)
    starts = [place.start for place in places]
    here = -1
    for sentence in sentences(text, start, end, skip):
        now = bisect_right(starts, sentence.start) - 1
        place = places[now] if now >= 0 else None
        if now != here or sentence.starts_line:
            opened = When()
        if sentence.starts_block:
            lead_in = When()
        here = now
        inherited = lead_in if lead_in.known else opened
        if not inherited.known and place is not None:
            inherited = place.when
        state = State(when=inherited)
        made: list[Reading] = []
        for clause in sentence.clauses:
            made += _read_clause(clause, state, past)
        own = state.when is not inherited
        if own and sentence.ends_with_colon and state.when.known:
            lead_in = state.when
        if own:
            opened = state.when if _opens(sentence, made, place) else When()
        elif opened.known and not lead_in.known:
            made = [less_sure(reading) for reading in made]
        readings += made
    return without_repeats(with_stretch(text, readings))


def _opens(sentence: Sentence, made: list[Reading], place: Place | None) -> bool:
    """Whether the year of a sentence holds for those behind it in its paragraph.

    到2030年,体系基本建立。非化石能源消费比重达到25%: a sentence that names a year first and promises no figure
    opens what follows; where a chapter is about aims, any sentence does that names a year first.
    """
    if not sentence.clauses or not sentence.clauses[0].times:
        return False
    first = sentence.clauses[0].times[0]
    if first.baseline is not None or first.start > sentence.start + _LEAD_WORDS:
        return False
    of_aims = place is not None and place.of_aims
    return of_aims or not any(reading.target.value is not None for reading in made)


_LEAD_WORDS = 12


def _read_clause(clause: Clause, state: State, past: int) -> Iterator[Reading]:
    for mark in clause.times:
        if mark.baseline is not None:
            state.baseline = mark.baseline
            state.baseline_alone = not clause.quantities and not clause.without_times(
                clause.start, clause.end
            ).strip("与和同")
        elif not mark.when.since or min(mark.when.years, default=0) > past:
            state.when = mark.when
    if state.when.years and max(state.when.years) <= past:
        state.subjects = ()
        return
    if _PAST.search(clause.text) and not (state.when.years and max(state.when.years) > past):
        return
    said = statements(clause, state.when, state.subjects)
    for statement in said:
        yield from from_statement(statement, state)
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
    shares = inherits and _is_share_of_subject(clean_subject(found.subject), state, first)
    if (
        inherits
        and not shares
        and state.unit
        and base_unit(first.unit) != state.unit
        and not state.change
        and not found.change
    ):
        return [], 0
    subjects = _subjects(found, state, group, "分别" in left or "分别" in clause.text)
    if not subjects:
        return [], 0
    state.subjects, state.change = tuple(subjects), found.change
    state.verb = found.verb if found.making or not state.making else state.verb
    state.making, state.made = found.making, state.made or found.making
    state.unit = base_unit(first.unit)
    readings: list[Reading] = []
    note = re.match(r"\((?!20\d\d年)([^()]{2,20})\)", right)
    for subject, quantity, years, period in _pairs(subjects, _one_bound(group), state.when):
        marked = any(mark.baseline for mark in clause.times)
        baseline = state.baseline if inherits or marked or (state.baseline_alone and found.change) else None
        said = note.group(1) if note else None
        one = promise(clause, found, subject, quantity, years, period, baseline, said)
        stretch = inherits and is_stretch(clause, quantity)
        readings.append(replace(one, target=one.target.model_copy(update={"stretch": stretch})))
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


def _is_share_of_subject(subject: str, state: State, quantity: Quantity) -> bool:
    """装机达到6600万千瓦,占比达到34%: the share of what has just been counted."""
    return (
        subject in ("占比", "比重", "比例") and quantity.is_share and bool(state.unit) and state.unit != "%"
    )


def _is_open(subject: str) -> bool:
    """Whether the words leave the subject to the clause before: 到2030年占比达到40%."""
    return subject in _OPEN


def _subjects(tie: Tie, state: State, group: list[Quantity], respectively: bool) -> list[str]:
    values = len(group)
    if tie.making:
        subject = clean_object(tie.subject)
        return [subject] if len(subject) >= 2 else []
    subject = clean_subject(tie.subject)
    if state.subjects and _is_share_of_subject(subject, state, group[0]):
        return [one + subject for one in state.subjects]
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
