"""Evidence base of a verdict: observations, the model's outlook, related targets and their assigned data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dafeng.assessment.answers import Answer, AnswerRow, answer_of
from dafeng.assessment.observed_values import ObservedValues
from dafeng.assessment.verdicts import Outlook, Status, Verdict
from dafeng.assessment.wording import Reason, amount, both, wanted
from dafeng.evidence import Finding
from dafeng.factors import plain_name
from dafeng.plan import Target


@dataclass(frozen=True, slots=True)
class Known:
    """Evidence available for the assessment of one place."""

    as_of: int
    observed: ObservedValues
    outlook: Outlook | None
    targets: Sequence[Target] = ()
    rows: Sequence[AnswerRow] = ()
    feeds: Mapping[str, str] = field(default_factory=dict)

    def answer(self, target: Target) -> Answer:
        return answer_of(target, self.rows, self.feeds)

    def latest(self, answer: Answer) -> Reason | None:
        """Return the newest observation in words."""
        year = self.observed.latest(answer.observations, self.as_of)
        found = None if year is None else self.observed.pick(answer.observations, year).observation
        return (
            None
            if found is None
            else both("last_observation", year=found.year, value=amount(found.value, found.unit))
        )

    def stretch(self, target: Target) -> Reason | None:
        """Return the verdict on a stretch level, judged for itself; the reason names the related floor."""
        if not target.stretch:
            return None
        floors = [
            other for other in self.targets
            if plain_name(other.indicator) == plain_name(target.indicator) and other.year == target.year and not other.stretch
        ]  # fmt: skip
        return both("stretch_floor", wanted=wanted(floors[0])) if floors else None


def unjudged(
    target: Target, reason: Reason, *more: Reason | None, findings: tuple[Finding, ...] = ()
) -> Verdict:
    """Return the verdict `cannot_be_judged` on a target, with the reason."""
    for part in more:
        reason = reason + part
    return Verdict(target, Status.CANNOT_BE_JUDGED, "none", reason.zh, reason.en, findings=findings)


def no_base(target: Target, zero: bool = False) -> Reason:
    """Return why a change since the baseline year cannot be computed: no such year, no value of it, or 0."""
    if target.baseline_year is None:
        return both("no_baseline_year")
    return both("zero_baseline" if zero else "no_baseline", year=target.baseline_year)


def told(
    verdict: Verdict, before: Reason | None = None, after: Reason | None = None, target: Target | None = None
) -> Verdict:
    """Return a verdict with a reason before or after its own, optionally on the target as the plan has it."""
    zh, en = verdict.why_zh, verdict.why_en
    if before is not None:
        zh, en = before.zh + zh, f"{before.en} {en}"
    if after is not None:
        zh, en = zh + after.zh, f"{en} {after.en}"
    return replace(verdict, why_zh=zh, why_en=en, target=target or verdict.target)


def note(answer: Answer) -> Reason | None:
    """Return the note on the data needed, from the table of indicators."""
    indicator = answer.indicator
    if not indicator.note_zh:
        return None
    return Reason(f"{indicator.note_zh}。", f"{indicator.note_en[:1].upper()}{indicator.note_en[1:]}.")
