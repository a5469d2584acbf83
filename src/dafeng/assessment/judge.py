"""Verdict on each target: by observation up to `as_of`, by the model after it, by records on the way.

Every verdict has a reason.
"""

from collections.abc import Mapping, Sequence

from dafeng.assessment.answers import Answer, AnswerRow, with_issued
from dafeng.assessment.evidence_base import Known, no_base, note, told, unjudged
from dafeng.assessment.observed_values import ObservedValues, Picked
from dafeng.assessment.paths import on_path
from dafeng.assessment.projected import expected, holds, milestone, modelled, reference
from dafeng.assessment.rules import comparable, satisfied
from dafeng.assessment.verdicts import Observation, Outlook, Status, Verdict
from dafeng.assessment.wording import Reason, amount, both, wanted
from dafeng.plan import Comparator, Sense, Target
from dafeng.units import convert

WHOLE = 1e-9
"""Rounding tolerance of whole coverage, in per cent."""


def judge(
    targets: Sequence[Target], observations: Sequence[Observation] = (), as_of: int = 0, outlook: Outlook | None = None,
    answers: Sequence[AnswerRow] = (), feeds: Mapping[str, str] | None = None,
) -> list[Verdict]:  # fmt: skip
    """Judge every target, in the order given.

    Parameters
    ----------
    observations
        Those of the city itself. Of two for one indicator and year the better grade counts, with a finding
        that names both; where the grades are equal and the values differ, the target cannot be judged.
    as_of
        Last observed year: targets up to it are judged by observation only.
    outlook
        Outlook of the model; None without a model.
    answers
        Rows of answers.csv: data assigned to each target, issued values, base values.
    feeds
        `register.indicator` → id of the observation that it feeds.
    """
    known = Known(as_of, ObservedValues(observations), outlook, tuple(targets), tuple(answers), feeds or {})
    return [_verdict(target, known.answer(target), known) for target in targets]


def _verdict(target: Target, answer: Answer, known: Known) -> Verdict:
    if target.comparator is Comparator.MILESTONE:
        return _on_records(milestone(target, answer, known), answer, known)
    if target.comparator is Comparator.DEFERRED:
        return _deferred(target, answer, known)
    if target.comparator is Comparator.ALL:
        return _coverage(target, answer, known)
    if target.comparator is Comparator.BETTER_THAN:
        return _better_than(target, answer, known)
    if target.year is None:
        return unjudged(target, both("no_year"), note(answer))
    if target.year <= known.as_of:
        return _observed(target, answer, known)
    return _on_records(modelled(target, answer, known), answer, known)


def _on_records(verdict: Verdict, answer: Answer, known: Known) -> Verdict:
    """Judge a later target outside the model: approved records decide whether it is on its path."""
    model_says = verdict.judged or (holds(answer, known) and answer.model != "peak") or answer.model == "peak"
    if model_says or (verdict.target.year or 0) <= known.as_of:
        return verdict
    return on_path(verdict.target, answer, known) or verdict


def _deferred(target: Target, answer: Answer, known: Known) -> Verdict:
    """Judge a value that the upper level issues: the newest one counts, older ones stay in the table."""
    row = answer.issued_now
    if row is None:
        return unjudged(target, both("deferred"), expected(target, answer, known), note(answer))
    filled = with_issued(target, row)
    before = both(
        "issued", document=row.document or row.source or "—", day=row.issued_on or "—", wanted=wanted(filled)
    )
    if len(answer.issued) > 1:
        older = answer.issued[-2]
        before += both(
            "superseded",
            document=older.document or older.source or "—",
            day=older.issued_on or "—",
            value=amount(float(older.value or 0.0), older.unit),
        )
    return told(_verdict(filled, answer, known), before=before)


def _observed(target: Target, answer: Answer, known: Known) -> Verdict:
    year, unit = int(target.year or 0), target.unit or "1"
    picked = known.observed.pick(answer.observations, year)
    found = picked.observation
    if found is None:
        if picked.tied:
            return _tied(target, picked)
        return unjudged(
            target, both("no_observation", year=year), known.latest(answer), reference(target, answer, known), note(answer)
        )  # fmt: skip
    if target.comparator.is_change:
        change = _change(target, answer, known, found)
        if isinstance(change, Reason):
            return unjudged(target, change, findings=picked.findings)
        value = change
    elif not comparable(found.unit, unit):
        return unjudged(target, both("unit_differs", found=found.unit, unit=unit), findings=picked.findings)
    else:
        value = float(convert(found.value, found.unit, unit))
    return _by_value(target, known, picked, year, value, unit, wanted(target), bool(satisfied(value, target)))


def _by_value(
    target: Target, known: Known, picked: Picked, year: int, value: float, unit: str, asked: Reason, met: bool
) -> Verdict:
    reason = both(
        "observed_met" if met else "observed_missed", year=year, value=amount(value, unit), wanted=asked
    )
    for finding in picked.findings:
        reason += Reason(finding.zh, finding.en)
    reason += known.stretch(target)
    source = picked.observation.source if picked.observation else ""
    status = Status.MET if met else Status.MISSED
    return Verdict(
        target, status, "observation", reason.zh, reason.en, value, source=source, findings=picked.findings
    )


def _tied(target: Target, picked: Picked) -> Verdict:
    reason = Reason("", "")
    for finding in picked.findings:
        reason = Reason(reason.zh + finding.zh, f"{reason.en} {finding.en}".strip())
    return unjudged(target, reason, findings=picked.findings)


def _change(target: Target, answer: Answer, known: Known, found: Observation) -> float | Reason:
    """Judge the rise or fall since the baseline year, relative where the target is in %, else in its unit.

    The two levels need one kind of unit with each other, not with the target.
    """
    relative, unit = target.unit == "%", target.unit or "1"
    if target.baseline_value is not None and not relative:
        if not comparable(found.unit, unit):
            return both("unit_differs", found=found.unit, unit=unit)
        base, now = float(target.baseline_value), float(convert(found.value, found.unit, unit))
        return now - base if target.comparator is Comparator.RISE else base - now
    start = known.observed.pick(answer.observations, target.baseline_year or 0)
    if start.observation is None:
        return no_base(target)
    if not comparable(start.observation.unit, found.unit):
        return both("unit_differs", found=start.observation.unit, unit=found.unit)
    base, now = start.observation.value, float(convert(found.value, found.unit, start.observation.unit))
    change = now - base if target.comparator is Comparator.RISE else base - now
    if not relative:
        if not comparable(start.observation.unit, unit):
            return both("unit_differs", found=start.observation.unit, unit=unit)
        return float(convert(change, start.observation.unit, unit))
    return change / base * 100 if base else no_base(target, zero=True)


def _coverage(target: Target, answer: Answer, known: Known) -> Verdict:
    """Judge whole coverage: objects done over objects in scope [%] against the share that counts as whole."""
    absent = both("all_undated" if target.year is None else "all_dated")
    if target.year is not None and target.year > known.as_of:
        return on_path(target, answer, known) or unjudged(target, absent, note(answer))
    year = (
        known.observed.latest(answer.observations, known.as_of, target.year or 0)
        if answer.observations
        else None
    )
    if (
        target.year is not None
        and known.observed.pick(answer.observations, target.year).observation is not None
    ):
        year = target.year
    picked = Picked(None) if year is None else known.observed.pick(answer.observations, year)
    found = picked.observation
    if found is None:
        return _tied(target, picked) if picked.tied else unjudged(target, absent, note(answer))
    if not comparable(found.unit, "%"):
        return unjudged(target, both("unit_differs", found=found.unit, unit="%"), findings=picked.findings)
    value = float(convert(found.value, found.unit, "%"))
    met = value >= answer.threshold - WHOLE
    asked = both("wanted_whole", value=amount(answer.threshold, "%"))
    verdict = _by_value(target, known, picked, found.year, value, "%", asked, met)
    if met or target.year is not None:
        return verdict
    reason = both("observed_open", year=found.year, value=amount(value, "%"), wanted=asked)
    return Verdict(
        target,
        Status.AT_RISK,
        "observation",
        reason.zh,
        reason.en,
        value,
        source=found.source,
        findings=picked.findings,
    )


def _better_than(target: Target, answer: Answer, known: Known) -> Verdict:
    """Judge a target better than a base value with a source, on the side where success lies."""
    year = (
        target.year
        if target.year is not None and target.year <= known.as_of
        else known.observed.latest(answer.observations, known.as_of)
    )
    picked = Picked(None) if year is None else known.observed.pick(answer.observations, year)
    found, base = picked.observation, answer.base
    if picked.tied:
        return _tied(target, picked)
    if found is None or base is None or base.value is None or target.sense is Sense.MATCH:
        return unjudged(target, both("better_than"), note(answer))
    if not comparable(found.unit, base.unit):
        return unjudged(
            target, both("unit_differs", found=found.unit, unit=base.unit), findings=picked.findings
        )
    value = float(convert(found.value, found.unit, base.unit))
    met = value < base.value if target.sense is Sense.BETTER_DOWN else value > base.value
    asked = both(
        "wanted_better", value=amount(base.value, base.unit), source=base.document or base.source or "—"
    )
    return _by_value(target, known, picked, found.year, value, base.unit, asked, met)
