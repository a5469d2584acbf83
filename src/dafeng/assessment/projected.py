"""Verdicts on later targets by the model's samples: levels, changes against a base year, the peak."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dafeng.assessment.answers import Answer
from dafeng.assessment.evidence_base import Known, no_base, note, unjudged
from dafeng.assessment.rules import LIKELY, UNLIKELY, comparable, satisfied
from dafeng.assessment.verdicts import Outlook, Status, Verdict
from dafeng.assessment.wording import Reason, both, percent, rough, wanted
from dafeng.plan import Comparator, Target
from dafeng.units import convert

SPREAD = 1e-6
"""Relative width of the 5–95 % range below which a quantity is one number."""


def holds(answer: Answer, known: Known) -> bool:
    """Check whether the model holds the quantity that the target requires."""
    return known.outlook is not None and answer.model in known.outlook.quantities


def milestone(target: Target, answer: Answer, known: Known) -> Verdict:
    """Return the verdict on a peak by its probability."""
    outlook = known.outlook
    if answer.model != "peak" or target.year is None:
        return unjudged(target, both("not_modelled", as_of=known.as_of), note(answer))
    if outlook is None:
        return unjudged(target, both("no_model"))
    if target.year not in outlook.peak_before:
        return unjudged(target, both("outside_years", year=target.year))
    probability = outlook.peak_before[target.year]
    reason = both("peak", year=target.year, probability=percent(probability), account=outlook.account)
    if target.year in outlook.peak_before_without:
        reason += both("peak_without", probability=percent(outlook.peak_before_without[target.year]))
    return Verdict(target, status_of(probability), "model", reason.zh, reason.en, probability=probability)


def modelled(target: Target, answer: Answer, known: Known) -> Verdict:
    """Return the verdict on a level or a change in a later year, by the share of samples that reach it."""
    outlook, year, unit = known.outlook, int(target.year or 0), target.unit or "1"
    if outlook is None:
        return unjudged(target, both("no_model"), note(answer))
    if answer.model not in outlook.quantities:
        return unjudged(target, both("not_modelled", as_of=known.as_of), known.latest(answer), note(answer))
    if year not in outlook.years:
        return unjudged(target, both("outside_years", year=year))
    if target.comparator.is_change and unit == "%":
        return _changed(target, answer, known, outlook)
    if not comparable(outlook.units[answer.model], unit):
        return unjudged(target, both("unit_of_model", found=outlook.units[answer.model], unit=unit))
    values = at(outlook, outlook.quantities, answer.model, year, unit)
    if target.comparator.is_change:
        return _changed(target, answer, known, outlook)
    fixed = _fixed_by_plan(target, answer.model, outlook, values)
    return _by_samples(target, values, unit, known, fixed)


def _by_samples(
    target: Target,
    values: NDArray[np.float64],
    unit: str,
    known: Known,
    fixed: Reason | None,
    base: Reason | None = None,
) -> Verdict:
    probability = float(np.mean(satisfied(values, target)))
    low, median, high = (float(value) for value in np.quantile(values, (0.05, 0.5, 0.95)))
    if fixed is not None:
        reason = fixed + known.stretch(target)
        return Verdict(target, Status.AT_RISK, "model", reason.zh, reason.en, median, low, high)
    reason = both(
        "modelled", year=int(target.year or 0), median=rough(median, unit), low=rough(low), high=rough(high),
        wanted=wanted(target), probability=percent(probability),
    ) + base + known.stretch(target)  # fmt: skip
    return Verdict(
        target, status_of(probability), "model", reason.zh, reason.en, median, low, high, probability
    )


def _changed(target: Target, answer: Answer, known: Known, outlook: Outlook) -> Verdict:
    """Return the verdict on a rise or a fall since the base year.

    The base is taken from the plan, an observation, or the model's own year.
    """
    year, unit = int(target.year or 0), outlook.units[answer.model]
    later = at(outlook, outlook.quantities, answer.model, year, unit)
    base, reason = _base(target, answer, known, outlook, unit)
    if base is None:
        return unjudged(target, no_base(target))
    with np.errstate(divide="ignore", invalid="ignore"):
        change = later - base if target.comparator is Comparator.RISE else base - later
        values = (
            change / base * 100
            if target.unit == "%"
            else np.asarray(convert(change, unit, target.unit or "1"))
        )
    if not np.isfinite(values).all():
        return unjudged(target, no_base(target, zero=True))
    return _by_samples(target, values, target.unit or "1", known, None, reason)


def _base(
    target: Target, answer: Answer, known: Known, outlook: Outlook, unit: str
) -> tuple[float | NDArray[np.float64] | None, Reason | None]:
    year = target.baseline_year
    if target.baseline_value is not None and target.unit != "%":
        return float(convert(target.baseline_value, target.unit or "1", unit)), None
    if year is None:
        return None, None
    observed = known.observed.pick(answer.observations, year).observation
    if observed is not None and comparable(observed.unit, unit):
        value = float(convert(observed.value, observed.unit, unit))
        return value, both("base_observed", year=year, value=rough(value, unit))
    if year in outlook.years:
        return at(outlook, outlook.quantities, answer.model, year, unit), None
    return None, None


def _fixed_by_plan(
    target: Target, model: str, outlook: Outlook, values: NDArray[np.float64]
) -> Reason | None:
    """Return the reason why the model cannot decide on the target: the plan's own measure sets it.

    With full delivery the quantity is then one number from the 5 to the 95 % quantile, which gives no
    information on whether it will be delivered. None where it varies, misses the target, or reaches it
    without the plan.
    """
    low, high = np.quantile(values, (0.05, 0.95))
    if model not in outlook.without or high - low > SPREAD * abs(high):
        return None
    year, unit = int(target.year or 0), target.unit or "1"
    trend = at(outlook, outlook.without, model, year, unit)
    alone = float(np.mean(satisfied(trend, target)))
    if satisfied(values, target).mean() < LIKELY or alone >= LIKELY:
        return None
    return both(
        "set_by_plan", year=year, wanted=wanted(target), trend=rough(float(np.median(trend)), unit), probability=percent(alone)
    )  # fmt: skip


def at(
    outlook: Outlook, quantities: Mapping[str, NDArray[np.float64]], name: str, year: int, unit: str
) -> NDArray[np.float64]:
    """Return [sample] of one quantity in `year`, in `unit`."""
    column = int(np.flatnonzero(outlook.years == year)[0])
    return np.asarray(convert(quantities[name][:, column], outlook.units[name], unit))


def expected(target: Target, answer: Answer, known: Known) -> Reason | None:
    """Return the model's verdict on a target whose value is not observed yet."""
    outlook, year = known.outlook, target.year
    if outlook is None or answer.model not in outlook.quantities or year not in outlook.years:
        return None
    if year is None or year <= known.as_of:
        return None
    unit = "%" if outlook.units[answer.model] == "1" else outlook.units[answer.model]
    low, median, high = np.quantile(
        at(outlook, outlook.quantities, answer.model, year, unit), (0.05, 0.5, 0.95)
    )
    return both("deferred_outlook", year=year, median=rough(median, unit), low=rough(low), high=rough(high))


def reference(target: Target, answer: Answer, known: Known) -> Reason | None:
    """Return the model's value of a past year without observation; nothing where it is an input value."""
    outlook, year, unit = known.outlook, int(target.year or 0), target.unit or "1"
    if outlook is None or answer.model not in outlook.quantities or year not in outlook.years:
        return None
    if not comparable(outlook.units[answer.model], unit):
        return None
    values = at(outlook, outlook.quantities, answer.model, year, unit)
    low, median, high = (float(value) for value in np.quantile(values, (0.05, 0.5, 0.95)))
    if high - low <= SPREAD * abs(high):
        return None
    return both("model_reference", year=year, median=rough(median, unit), low=rough(low), high=rough(high))


def status_of(probability: float) -> Status:
    """Return the status by IPCC's calibrated bounds."""
    if probability >= LIKELY:
        return Status.MET
    return Status.MISSED if probability < UNLIKELY else Status.AT_RISK
