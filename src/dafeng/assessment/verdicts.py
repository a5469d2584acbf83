"""The verdict on each target: status, probability where modelled, and the reason in Chinese and English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dafeng.assessment.indicators import indicator_of
from dafeng.assessment.rules import LIKELY, UNLIKELY, bounds, comparable, satisfied
from dafeng.assessment.wording import Reason, amount, both, percent, rough, wanted
from dafeng.factors import Indicator, plain_name
from dafeng.plan import Comparator, Target
from dafeng.units import convert

SPREAD = 1e-6
"""Relative width of the 5–95 % range below which a quantity is one number."""


class Status(StrEnum):
    """`met`: observed, or modelled with probability ≥ 0.90; `missed`: observed otherwise, or modelled with
    probability < 0.10; `at_risk`: modelled, in between, or wholly a matter of delivery; `cannot_be_judged`: neither observed nor modelled."""

    MET = "met"
    AT_RISK = "at_risk"
    MISSED = "missed"
    CANNOT_BE_JUDGED = "cannot_be_judged"


@dataclass(frozen=True, slots=True)
class Observation:
    """One published value of the place that the plan is for."""

    indicator: str
    year: int
    value: float
    unit: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the model says with the plan delivered in full.

    `years` int[year]; `quantities` name → float[sample, year] in the unit `units[name]`; `peak_before` year →
    probability that the headline account peaks before that year. `without` and `peak_before_without` are the
    same without the plan.

    Raises: ValueError where a shape or a unit is missing.
    """

    years: NDArray[np.int64]
    quantities: Mapping[str, NDArray[np.float64]]
    units: Mapping[str, str]
    peak_before: Mapping[int, float]
    account: str = "A"
    without: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    peak_before_without: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in [*self.quantities.items(), *self.without.items()]:
            if values.ndim != 2 or values.shape[1] != self.years.size:
                raise ValueError(f"{name} has shape {values.shape}, expected [sample, year]")
            if name not in self.units:
                raise ValueError(f"{name} has no unit")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`value`, `low`, `high` are the observation, or the median and 5–95 % of the model, in the target's unit."""

    target: Target
    status: Status
    basis: str
    why_zh: str
    why_en: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    probability: float | None = None
    source: str = ""

    @property
    def judged(self) -> bool:
        return self.status is not Status.CANNOT_BE_JUDGED

    @property
    def margin(self) -> tuple[float, float, float] | None:
        """How far `value`, and the worse and the better end of its range, lie inside what satisfies the target, in its unit.

        Negative outside; counted from the nearer bound. None where the target has no figure or nothing is known.
        """
        if self.value is None or self.target.value is None:
            return None
        low, high = bounds(self.target)
        ends = [min(x - low, high - x) for x in (self.value, self.low, self.high) if x is not None]
        return ends[0], min(ends), max(ends)


@dataclass(frozen=True, slots=True)
class _Evidence:
    as_of: int
    observations: Mapping[tuple[str, int], Observation]
    outlook: Outlook | None
    siblings: Sequence[Target] = field(default=())

    def latest(self, indicator: str) -> Observation | None:
        years = [year for name, year in self.observations if name == indicator and year <= self.as_of]
        return self.observations[indicator, max(years)] if years else None


def judge(
    targets: Sequence[Target],
    observations: Sequence[Observation] = (),
    as_of: int = 0,
    outlook: Outlook | None = None,
) -> list[Verdict]:
    """One verdict for each target, in the order given.

    `observations` are those of the city itself; of two for one indicator and year the first counts.
    """
    known: dict[tuple[str, int], Observation] = {}
    for observation in observations:
        known.setdefault((observation.indicator, observation.year), observation)
    evidence = _Evidence(as_of, known, outlook, tuple(targets))
    return [_verdict(target, indicator_of(target.indicator), evidence) for target in targets]


def _verdict(target: Target, indicator: Indicator, evidence: _Evidence) -> Verdict:
    if target.comparator is Comparator.MILESTONE:
        return _milestone(target, indicator, evidence)
    if target.comparator is Comparator.DEFERRED:
        return _open(target, both("deferred"), _expected(target, indicator, evidence), _note(indicator))
    if target.comparator is Comparator.ALL:
        return _open(target, both("all_undated" if target.year is None else "all_dated"), _note(indicator))
    if target.comparator is Comparator.BETTER_THAN:
        return _open(target, both("better_than"), _note(indicator))
    if target.year is None:
        return _open(target, both("no_year"), _note(indicator))
    if target.year <= evidence.as_of:
        return _observed(target, indicator, evidence)
    return _modelled(target, indicator, evidence)


def _milestone(target: Target, indicator: Indicator, evidence: _Evidence) -> Verdict:
    outlook = evidence.outlook
    if indicator.model != "peak" or target.year is None:
        return _open(target, both("not_modelled", as_of=evidence.as_of), _note(indicator))
    if outlook is None:
        return _open(target, both("no_model"))
    if target.year not in outlook.peak_before:
        return _open(target, both("outside_years", year=target.year))
    probability = outlook.peak_before[target.year]
    reason = both("peak", year=target.year, probability=percent(probability), account=outlook.account)
    if target.year in outlook.peak_before_without:
        reason += both("peak_without", probability=percent(outlook.peak_before_without[target.year]))
    return Verdict(
        target, _status(probability), "model", reason.zh, reason.en, probability=probability
    )  # fmt: skip


def _observed(target: Target, indicator: Indicator, evidence: _Evidence) -> Verdict:
    year, unit = int(target.year or 0), target.unit or "1"
    found = evidence.observations.get((indicator.observation, year)) if indicator.observation else None
    if found is None:
        last = _latest(indicator, evidence)
        hint = _reference(target, indicator, evidence)
        return _open(target, both("no_observation", year=year), last, hint, _note(indicator))
    if not comparable(found.unit, unit):
        return _open(target, both("unit_differs", found=found.unit, unit=unit))
    value = float(convert(found.value, found.unit, unit))
    if target.comparator in (Comparator.RISE, Comparator.FALL):
        change = _change(target, indicator, evidence, value)
        if change is None:
            return _open(target, both("no_baseline", year=target.baseline_year))
        value = change
    met = bool(satisfied(value, target))
    reason = both(
        "observed_met" if met else "observed_missed", year=year, value=amount(value, unit), wanted=wanted(target)
    ) + _stretch(target, evidence)  # fmt: skip
    status = Status.MET if met else Status.MISSED
    return Verdict(target, status, "observation", reason.zh, reason.en, value, source=found.source)


def _change(target: Target, indicator: Indicator, evidence: _Evidence, value: float) -> float | None:
    """The rise or fall since the baseline year: relative in % where the target is in %, else in its unit."""
    base = target.baseline_value
    start = evidence.observations.get((indicator.observation, target.baseline_year or 0))
    if base is None and start is not None and comparable(start.unit, target.unit or "1"):
        base = float(convert(start.value, start.unit, target.unit or "1"))
    if base is None:
        return None
    change = value - base if target.comparator is Comparator.RISE else base - value
    return change / base * 100 if target.unit == "%" else change


def _modelled(target: Target, indicator: Indicator, evidence: _Evidence) -> Verdict:
    outlook, year, unit = evidence.outlook, int(target.year or 0), target.unit or "1"
    if outlook is None:
        return _open(target, both("no_model"), _note(indicator))
    if indicator.model not in outlook.quantities:
        return _open(
            target, both("not_modelled", as_of=evidence.as_of), _latest(indicator, evidence), _note(indicator)
        )
    if year not in outlook.years or target.comparator in (Comparator.RISE, Comparator.FALL):
        return _open(target, both("outside_years", year=year))
    if not comparable(outlook.units[indicator.model], unit):
        return _open(target, both("unit_of_model", found=outlook.units[indicator.model], unit=unit))
    values = _projected(outlook, outlook.quantities, indicator.model, year, unit)
    probability = float(np.mean(satisfied(values, target)))
    low, median, high = (float(value) for value in np.quantile(values, (0.05, 0.5, 0.95)))
    fixed = _fixed_by_plan(target, indicator, outlook, values)
    if fixed is not None:
        reason = fixed + _stretch(target, evidence)
        return Verdict(target, Status.AT_RISK, "model", reason.zh, reason.en, median, low, high)
    reason = both(
        "modelled", year=year, median=rough(median, unit), low=rough(low), high=rough(high),
        wanted=wanted(target), probability=percent(probability),
    ) + _stretch(target, evidence)  # fmt: skip
    return Verdict(
        target, _status(probability), "model", reason.zh, reason.en, median, low, high, probability
    )  # fmt: skip


def _fixed_by_plan(
    target: Target, indicator: Indicator, outlook: Outlook, values: NDArray[np.float64]
) -> Reason | None:
    """The reason why the model cannot know whether the target is reached: the plan's own measure sets it.

    With full delivery the quantity is then one number from the 5 to the 95 % quantile, which says nothing on
    whether it will be delivered. None where it varies, misses the target, or reaches it without the plan.
    """
    low, high = np.quantile(values, (0.05, 0.95))
    if indicator.model not in outlook.without or high - low > SPREAD * abs(high):
        return None
    year, unit = int(target.year or 0), target.unit or "1"
    trend = _projected(outlook, outlook.without, indicator.model, year, unit)
    alone = float(np.mean(satisfied(trend, target)))
    if satisfied(values, target).mean() < LIKELY or alone >= LIKELY:
        return None
    return both(
        "set_by_plan", year=year, wanted=wanted(target), trend=rough(float(np.median(trend)), unit),
        probability=percent(alone),
    )  # fmt: skip


def _projected(
    outlook: Outlook, quantities: Mapping[str, NDArray[np.float64]], name: str, year: int, unit: str
) -> NDArray[np.float64]:
    column = int(np.flatnonzero(outlook.years == year)[0])
    return np.asarray(convert(quantities[name][:, column], outlook.units[name], unit))


def _expected(target: Target, indicator: Indicator, evidence: _Evidence) -> Reason | None:
    """What the model says of a target whose value is not known yet."""
    outlook, year = evidence.outlook, target.year
    if outlook is None or indicator.model not in outlook.quantities or year not in outlook.years:
        return None
    if year is None or year <= evidence.as_of:
        return None
    unit = "%" if outlook.units[indicator.model] == "1" else outlook.units[indicator.model]
    low, median, high = np.quantile(
        _projected(outlook, outlook.quantities, indicator.model, year, unit), (0.05, 0.5, 0.95)
    )
    return both(
        "deferred_outlook", year=year, median=rough(median, unit), low=rough(low), high=rough(high)
    )  # fmt: skip


def _latest(indicator: Indicator, evidence: _Evidence) -> Reason | None:
    latest = evidence.latest(indicator.observation) if indicator.observation else None
    if latest is None:
        return None
    return both("last_observation", year=latest.year, value=amount(latest.value, latest.unit))


def _reference(target: Target, indicator: Indicator, evidence: _Evidence) -> Reason | None:
    """What the model makes of a past year that nobody observed; nothing where it is a figure that was put in."""
    outlook, year, unit = evidence.outlook, int(target.year or 0), target.unit or "1"
    if outlook is None or indicator.model not in outlook.quantities or year not in outlook.years:
        return None
    if not comparable(outlook.units[indicator.model], unit):
        return None
    values = _projected(outlook, outlook.quantities, indicator.model, year, unit)
    low, median, high = (float(value) for value in np.quantile(values, (0.05, 0.5, 0.95)))
    if high - low <= SPREAD * abs(high):
        return None
    return both("model_reference", year=year, median=rough(median, unit), low=rough(low), high=rough(high))


def _stretch(target: Target, evidence: _Evidence) -> Reason | None:
    """A stretch level is judged for itself; the reason names the floor beside it."""
    if not target.stretch:
        return None
    floors = [
        other for other in evidence.siblings
        if plain_name(other.indicator) == plain_name(target.indicator) and other.year == target.year and not other.stretch
    ]  # fmt: skip
    return both("stretch_floor", wanted=wanted(floors[0])) if floors else None


def _status(probability: float) -> Status:
    if probability >= LIKELY:
        return Status.MET
    return Status.MISSED if probability < UNLIKELY else Status.AT_RISK


def _open(target: Target, reason: Reason, *more: Reason | None) -> Verdict:
    for part in more:
        reason = reason + part
    return Verdict(target, Status.CANNOT_BE_JUDGED, "none", reason.zh, reason.en)


def _note(indicator: Indicator) -> Reason | None:
    if not indicator.note_zh:
        return None
    return Reason(f"{indicator.note_zh}。", f"{indicator.note_en[:1].upper()}{indicator.note_en[1:]}.")
