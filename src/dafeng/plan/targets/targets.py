"""Step 5: targets — who shall reach which value by when, sentence by sentence.

A clause is read with what the clauses before it in the sentence leave open: the year, the subject, the
verb. A number becomes a target only where a verb or a bound ties it to something that is measured or counted.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.attachment import quotes_a_level_above, tie
from dafeng.plan.targets.clause_state import COUNTS, UNDATED, Issuer, State, Statement, base_unit, is_past
from dafeng.plan.targets.clauses import Clause, Sentence, is_breakdown, opening_of, sentences
from dafeng.plan.targets.count_targets import acted_on
from dafeng.plan.targets.indicators import looks_like_indicator, split_indicators
from dafeng.plan.targets.milestone_owners import is_of_another
from dafeng.plan.targets.periods import TimeMark, When
from dafeng.plan.targets.quantities import Quantity
from dafeng.plan.targets.subject_inheritance import (
    from_value,
    is_open,
    is_part,
    is_share_of_subject,
    names_of_parts,
    subjects_of,
    with_object,
)
from dafeng.plan.targets.subjects import clean_subject
from dafeng.plan.targets.target_builder import (
    SCALES,
    Reading,
    from_statement,
    is_stretch,
    less_sure,
    one_bound,
    one_unit,
    pairs,
    promise,
    with_stretch,
    without_repeats,
)
from dafeng.plan.targets.unquantified_targets import statements

_UP_TO_UPPER = pattern("aims.up_to_upper")
_JOINT_BEHIND = pattern("aims.joint_behind")
_JOINT = pattern("aims.joint")


@dataclass(frozen=True, slots=True)
class Place:
    """Heading as targets need it: where its text begins, whether it is about aims, the time it names."""

    start: int
    of_aims: bool
    when: When
    indicator: str = ""
    """The title where it names an indicator: (一)非化石能源消费占比。2025年达到20%."""


_ANY = Issuer()


def find_targets(
    text: str,
    start: int,
    end: int,
    skip: list[tuple[int, int]],
    issue_year: int | None = None,
    places: Sequence[Place] = (),
    issuer: Issuer = _ANY,
) -> list[Reading]:
    """Extract all targets of `text[start:end]` outside `skip` (duty lists, tables). Linear in the length.

    Years up to `issue_year` are of the past and give no target; without it 2020 is taken. `places` are the
    headings in order: a year never passes one, and one that names a year lends it to its text.
    """
    readings: list[Reading] = []
    carried = _Carried()
    past = min(issue_year - 1 if issue_year else UNDATED, 2029)
    starts = [place.start for place in places]
    for sentence in sentences(text, start, end, skip):
        first, last = (
            bisect_right(starts, at) - 1 for at in (sentence.start, max(sentence.start, sentence.end - 1))
        )
        place = places[last] if last >= 0 else None
        inherited = carried.into(sentence, first, place)
        told = bool(_TOLD.search(text, sentence.start, sentence.end))
        headed = (place.indicator,) if place is not None and place.indicator else ()
        state = State(subjects=headed, when=inherited, undated=issue_year is None, told=told, issuer=issuer)
        made = [reading for clause in sentence.clauses for reading in _read_clause(clause, state, past)]
        if state.when is inherited and inherited is carried.opened:
            made = [less_sure(reading) for reading in made]
        readings += [_of_item(reading, carried.item) for reading in made]
        carried.out_of(sentence, state.when, inherited, made, place)
        carried.here = last
        carried.unfinished = state.when if text[sentence.end - 1 : sentence.end] == ";" else When()
    return without_repeats(with_stretch(text, readings))


@dataclass(slots=True)
class _Carried:
    """Times that one sentence leaves to the next.

    They are those of a lead-in with a colon, of the sentence that opens the paragraph, of the item, of a
    sentence that ends in a semicolon. `here` is the place of the last sentence.
    """

    lead_in: When = field(default_factory=When)
    opened: When = field(default_factory=When)
    item: When = field(default_factory=When)
    unfinished: When = field(default_factory=When)
    lead: When = field(default_factory=When)
    """Of the dated sentence that leads a run of dash bullets: 到2025年,…。 ——…"""
    here: int = -1

    def into(self, sentence: Sentence, now: int, place: Place | None) -> When:
        """Return the time that holds at the beginning of a sentence of place number `now`."""
        if now != self.here or sentence.starts_line:
            self.opened = When()
        if now != self.here:
            self.item = self.unfinished = When()
        if sentence.starts_block:
            self.lead_in = When()
        if sentence.starts_line and not sentence.bullet:
            self.lead = When()
        if sentence.bullet and self.lead.known:
            self.opened = self.lead
        known = [when for when in (self.unfinished, self.lead_in, self.opened) if when.known]
        return known[0] if known else place.when if place is not None else When()

    def out_of(
        self, sentence: Sentence, when: When, inherited: When, made: list[Reading], place: Place | None
    ) -> None:
        """Keep the time that a sentence states itself."""
        if when is inherited:
            return
        if sentence.ends_with_colon and when.known:
            self.lead_in = when
        opens = _opens(sentence, made, place)
        self.opened = when if opens else When()
        if opens and not sentence.bullet:
            self.lead = when
        self.item = when if when.known else self.item


def _of_item(reading: Reading, item: When) -> Reading:
    """Set the year of the same item on a change without a year: a change needs an end.

    单位能耗较2020年下降14% behind 到2025年,…。 is such a change.
    """
    target = reading.target
    undated = target.year is None and target.period is None
    if not undated or target.baseline_year is None or not item.known or target.value is None:
        return reading
    if not target.comparator.is_change or target.annual_average:
        return reading
    year = item.years[-1] if item.years else None
    period = None if item.years else item.periods[-1]
    update = {"year": year, "period": period}
    return replace(reading, target=target.model_copy(update=update), inherits_year=True)


def _opens(sentence: Sentence, made: list[Reading], place: Place | None) -> bool:
    """Check whether the year of a sentence holds for those behind it in its paragraph.

    到2030年,体系基本建立。非化石能源消费比重达到25%: a sentence that names a year first and promises no figure
    opens what follows; where a chapter is about aims, any sentence does that names a year first.
    """
    if not sentence.clauses or not sentence.clauses[0].times:
        return False
    first = sentence.clauses[0].times[0]
    begin = max(sentence.start, place.start if place is not None else 0)
    if first.baseline is not None or not 0 <= first.start - begin <= _LEAD_WORDS:
        return False
    of_aims = place is not None and place.of_aims
    return of_aims or not any(reading.target.value is not None for reading in made)


_LEAD_WORDS = 12


def _read_clause(clause: Clause, state: State, past: int) -> Iterator[Reading]:
    inherited = state.when
    marks = _take_times(clause, state, past)
    if is_past(clause, state, past):
        state.subjects = ()
        list(_read_numbers(clause, [], marks, inherited, state))
        return
    if not clause.quantities and clause.whole[clause.end : clause.end + 1] == ":":
        named = clean_subject(clause.without_times(clause.start, clause.end))
        state.headed = named if looks_like_indicator(named) else ""
        state.subjects = (state.headed,) if state.headed else state.subjects
    said = statements(clause, state.when, state.subjects, state.issuer)
    for statement in said:
        yield from from_statement(statement, state)
    yield from _read_numbers(clause, said, marks, inherited, state)
    if not clause.quantities and not said:
        state.object = acted_on(clause.text) or state.object
        _leave_subject(clause, state)


_HOW_WELL = pattern("aims.how_well")


_RAISED = pattern("aims.raised")
"""提高新能源公交车比例,2025年达到90%: the clause names what the next one measures."""


def _leave_subject(clause: Clause, state: State) -> None:
    """Leave the subject of a clause that says only how well: 绿色贷款占比逐年提升,2025年达到12%."""
    words = clause.without_times(clause.start, clause.end)
    well, raised = _HOW_WELL.search(words), _RAISED.match(words)
    if not well and not raised:
        return
    subject = clean_subject(words[: well.start()] if well else words[raised.end() if raised else 0 :])
    if len(subject) >= 4 and looks_like_indicator(subject) and "、" not in subject:
        state.subjects, state.unit, state.change = tuple(split_indicators(subject)), "", ""
        state.making = False


def _read_numbers(
    clause: Clause, said: list[Statement], marks: list[TimeMark], inherited: When, state: State
) -> Iterator[Reading]:
    """Return the targets of the numbers outside the figureless promises; what they name stays in `state`."""
    taken = [(item.start, item.end) for item in said]
    groups = [g for g in _groups(clause) if not any(a <= g[0].start < b for a, b in taken)]
    position = clause.start
    latest = state.when
    state.parts = state.of_part = False
    opened = opening_of(clause.whole, clause.start)
    state.breakdown = opened >= 0 and is_breakdown(clause.whole, opened)
    if opened == clause.start - 1:
        state.split = state.subjects[-1] if state.subjects else ""
    for group in groups:
        if marks:
            behind = [mark for mark in marks if 0 <= mark.start - group[-1].outer_end <= 2]
            in_brackets = behind and clause.whole[group[-1].outer_end : group[-1].outer_end + 1] == "("
            state.when = (
                behind[0].when if in_brackets else _when_of(group[0], groups[-1][0], marks, inherited)
            )
        state.timed = any(position <= mark.start < group[0].start for mark in marks)
        state.joined = position > 0 and clause.whole[position - 1] in (
            "、和及" if position > clause.start else ",("
        )
        made, used = _read_group(clause, group, position, state)
        yield from made
        if made:
            position = group[-1].outer_end + used
            after = clause.text[position - clause.start :]
            position += len(after) - len(_JOINT_BEHIND.sub("", after))
    state.when = latest


def _take_times(clause: Clause, state: State, past: int) -> list[TimeMark]:
    """Put the times of a clause into `state`; return the marks of deadlines."""
    marks: list[TimeMark] = []
    for mark in clause.times:
        if mark.baseline is not None:
            state.baseline = mark.baseline
            words = clause.without_times(clause.start, clause.end).strip("与和同")
            state.baseline_alone = not clause.quantities and not words
        elif not mark.when.since or min(mark.when.years, default=0) > past:
            state.when = mark.when
            marks.append(mark)
    if marks:
        state.present = False
    elif _NOW.match(clause.text):
        state.present = True
    return marks


_EACH = pattern("aims.each")
_TOLD = pattern("aims.told")
_NOW = pattern("aims.now")


def _when_of(first: Quantity, last: Quantity, marks: list[TimeMark], inherited: When) -> When:
    """Return the time of a number: the one before it is its own.

    降至2025年的45%、2030年的38%; 50万千瓦(2025年) has it behind.
    """
    before = [mark for mark in marks if mark.start < first.start]
    if before:
        return before[-1].when
    of_another = marks[0].start < last.start
    return inherited if inherited.known and of_another else marks[0].when


def _groups(clause: Clause) -> list[list[Quantity]]:
    """Group quantities that follow each other directly: 72%、35%."""
    groups: list[list[Quantity]] = []
    for quantity in clause.quantities:
        if groups:
            between = clause.cut(groups[-1][-1].outer_end, quantity.outer_start)
            of_things = clause.cut(quantity.outer_end, quantity.outer_end + 1) == "的"
            before = groups[-1][-1]
            apart = (before.unit[-1:] in COUNTS) != (
                quantity.unit[-1:] in COUNTS
            ) and "分别" not in clause.text
            one_row = not apart or not before.unit or not quantity.unit or before.unit in SCALES
            of_another = of_things and (quantity.prefix or quantity.suffix)
            if _JOINT.match(between) and one_row and not of_another:
                groups[-1].append(quantity)
                continue
        groups.append([quantity])
    return groups


def _measured_in(first: Quantity, last: Quantity) -> str:
    """Return the base unit of a group of numbers.

    A ratio without unit is in 1, which no other unit continues.
    """
    return base_unit(last.unit if first.unit in SCALES else first.unit) or "1"


_LONGEST_SUBJECT = 150
"""Characters before a number that may name what it is of: a clause of nothing but numbers stays linear."""


def _read_group(
    clause: Clause, group: list[Quantity], position: int, state: State
) -> tuple[list[Reading], int]:
    """Return (targets, characters behind the numbers that name what they count)."""
    first, last = group[0], group[-1]
    right = clause.cut(last.outer_end, clause.end)
    left = clause.without_times(max(position, first.outer_start - _LONGEST_SUBJECT), first.outer_start)
    found = tie(left, right, first, state)
    if found is None:
        return [], 0
    inherits = not found.making and is_open(clean_subject(found.subject))
    shares = inherits and is_share_of_subject(clean_subject(found.subject), state, first)
    if (
        inherits
        and not shares
        and state.unit
        and _measured_in(first, last) != state.unit
        and not state.change
        and not found.change
    ):
        return [], 0
    of_part = is_part(clause, found, state, first)
    subjects = (
        names_of_parts(clean_subject(found.subject), state.subjects[-1], len(group))
        if of_part
        else subjects_of(
            found, state, group, "分别" in left or "分别" in clause.text, each=bool(_EACH.search(left))
        )
    )
    if not subjects and inherits and state.object and base_unit(first.unit) in COUNTS:
        subjects = [state.object]
    if not subjects:
        return [], 0
    quoted = is_of_another(left, state.issuer) or quotes_a_level_above(left, right, state.issuer)
    if quoted:
        subjects = [_UP_TO_UPPER.sub("", subject) for subject in subjects]
    subjects = [with_object(clause, subject) for subject in subjects]
    if inherits and len(group) > 1 and len(state.listed) == len(group) != len(subjects):
        subjects = list(state.listed)
    state.listed = (*state.listed, *subjects) if len(group) == 1 and not inherits else state.listed
    state.subjects = state.subjects if of_part else tuple(subjects)
    state.change = found.change
    state.verb = found.verb if found.making or not state.making else state.verb
    state.making, state.made, state.annual = found.making, state.made or found.making, found.annual
    state.unit = _measured_in(first, last)
    state.units |= {state.unit}
    state.parts, state.of_part = found.part, of_part
    if quoted:
        return [], found.used
    readings: list[Reading] = []
    note = re.match(r"\((?!20\d\d年)([^()]{2,20})\)", right)
    for subject, quantity, years, period in pairs(subjects, one_unit(one_bound(group)), state.when):
        marked = any(mark.baseline for mark in clause.times)
        open_to_baseline = inherits or marked or of_part or (state.baseline_alone and found.change)
        baseline = state.baseline if open_to_baseline else None
        said = clean_subject(found.subject) if of_part else note.group(1) if note else None
        one = promise(clause, found, subject, quantity, years, period, baseline, said)
        stretch = inherits and is_stretch(clause, quantity)
        update = {"stretch": stretch, "baseline_value": from_value(clause, quantity)}
        readings.append(replace(one, target=one.target.model_copy(update=update)))
    return readings, found.used
