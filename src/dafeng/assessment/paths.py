"""Position of approved records on the line from base to target, for later targets outside the model."""

from dafeng.assessment.answers import Answer
from dafeng.assessment.evidence_base import Known
from dafeng.assessment.rules import comparable
from dafeng.assessment.verdicts import Observation, Status, Verdict
from dafeng.assessment.wording import amount, both
from dafeng.plan import Comparator, Target
from dafeng.units import convert

NEUTRAL = 0.0
_LEVELS = (Comparator.EQUAL, Comparator.AT_LEAST, Comparator.AT_MOST, Comparator.ABOUT)


def on_path(target: Target, answer: Answer, known: Known) -> Verdict | None:
    """Return `on_path` or `behind_path` by the newest approved records.

    None without records, a base or an end of the line.

    The base is the row `base` of answers.csv, else the earliest observation. The line is straight; a target
    that is to be kept (the base is better already) asks for the target itself.
    """
    end, unit = _end(target, answer)
    year = known.observed.latest(answer.observations, known.as_of)
    found = None if year is None else known.observed.pick(answer.observations, year).observation
    if end is None or found is None or not found.from_records or target.year is None:
        return None
    unit = unit or found.unit
    start = _start(answer, known, found, unit)
    if start is None or not comparable(found.unit, unit):
        return None
    base_year, base = start
    if base_year >= found.year or base_year >= target.year:
        return None
    value = float(convert(found.value, found.unit, unit))
    line = base + (end - base) * (found.year - base_year) / (target.year - base_year)
    upward = (
        end >= base
        if target.comparator not in (Comparator.AT_LEAST, Comparator.AT_MOST)
        else target.comparator is Comparator.AT_LEAST
    )
    if (base > end) == upward:  # better than asked from the beginning: to be kept
        line = end
    good = (
        value >= line - 1e-9 * max(abs(line), 1.0) if upward else value <= line + 1e-9 * max(abs(line), 1.0)
    )
    reason = both(
        "on_path" if good else "behind_path", year=found.year, value=amount(value, unit), line=amount(round(line, 6), unit),
        base_year=base_year, base=amount(base, unit), end=amount(end, unit), target_year=target.year,
    )  # fmt: skip
    status = Status.ON_PATH if good else Status.BEHIND_PATH
    return Verdict(target, status, "observation", reason.zh, reason.en, value, source=found.source)


def _end(target: Target, answer: Answer) -> tuple[float | None, str]:
    if target.comparator is Comparator.ALL:
        return answer.threshold, "%"
    if target.comparator is Comparator.MILESTONE:
        return NEUTRAL, ""
    if target.comparator in _LEVELS and target.value is not None:
        return float(target.value), target.unit or "1"
    return None, ""


def _start(answer: Answer, known: Known, found: Observation, unit: str) -> tuple[int, float] | None:
    base = answer.base
    if (
        base is not None
        and base.value is not None
        and base.baseline_year is not None
        and comparable(base.unit or unit, unit)
    ):
        return base.baseline_year, float(convert(base.value, base.unit or unit, unit))
    first = known.observed.earliest(answer.observations)
    seen = (
        None
        if first is None or first >= found.year
        else known.observed.pick(answer.observations, first).observation
    )
    if seen is None or not comparable(seen.unit, unit):
        return None
    return seen.year, float(convert(seen.value, seen.unit, unit))
