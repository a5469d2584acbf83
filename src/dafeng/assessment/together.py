"""Joint probability that all targets that can be projected are reached in the same sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.assessment.indicators import indicator_of
from dafeng.assessment.rules import comparable, satisfied
from dafeng.pathway import Projection
from dafeng.plan import Comparator, Target
from dafeng.units import convert

PEAK_YEAR = 2030
LEVELS = (Comparator.EQUAL, Comparator.AT_LEAST, Comparator.AT_MOST, Comparator.ABOUT, Comparator.RANGE)


@dataclass(frozen=True, slots=True)
class Together:
    """Joint probability of targets.

    `targets` that were counted; `chances` scenario → probability that all of them are reached; `single`
    scenario → the probability of each, in the order of `targets`."""

    targets: tuple[Target, ...]
    chances: Mapping[str, float]
    single: Mapping[str, tuple[float, ...]]


def together(targets: Sequence[Target], projection: Projection) -> Together | None:
    """Return the joint probability of all targets after `as_of` that the model holds, per scenario.

    None without any.

    Samples are the same in every scenario, so targets that depend on one uncertain input fail together.
    Targets without a figure, changes against a baseline and indicators outside the model are not counted.

    Parameters
    ----------
    targets
        Targets of the plan.
    projection
        Projection of the case.

    Returns
    -------
    Probability of all, per scenario, or None.
    """
    tests = [(target, reached) for target in targets if (reached := _reached(target, projection)) is not None]
    if not tests:
        return None
    found = {
        scenario: np.stack([reached[scenario] for _, reached in tests]) for scenario in projection.scenarios
    }
    return Together(
        tuple(target for target, _ in tests),
        {scenario: float(rows.all(axis=0).mean()) for scenario, rows in found.items()},
        {scenario: tuple(float(share) for share in rows.mean(axis=1)) for scenario, rows in found.items()},
    )


def _reached(target: Target, projection: Projection) -> Mapping[str, NDArray[np.bool_]] | None:
    """Return [sample] by scenario: whether the target is reached; None where the model cannot decide."""
    if target.year is None or target.year <= projection.as_of:
        return None
    model = indicator_of(target.indicator).model
    if target.comparator is Comparator.MILESTONE:
        return (
            projection.peaked if model == "peak" and target.year == PEAK_YEAR and projection.peaked else None
        )
    indicator = projection.indicators.get(model)
    if indicator is None or target.comparator not in LEVELS or target.value is None:
        return None
    unit = target.unit or "1"
    if target.year not in indicator.years or not comparable(indicator.unit, unit):
        return None
    return {
        scenario: satisfied(convert(indicator.at(scenario, target.year), indicator.unit, unit), target)
        for scenario in projection.scenarios
    }
