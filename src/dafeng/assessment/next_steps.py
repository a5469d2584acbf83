"""Next steps: for each later target that is missed or at risk, the measures that would close it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.assessment.requirements import requirements
from dafeng.assessment.rules import LIKELY, UNLIKELY
from dafeng.case import Case
from dafeng.pathway import MeasureCost, Model, Requirement, evaluate, expected_delivery, quantity_units
from dafeng.units import convert

FloatArray = NDArray[np.float64]
MOST = 5
"""Measures listed for a target."""
LEAST_GAIN = 0.005
"""Gain in odds, or move of the median in relation to the gap, below which a measure is not listed."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Measure that brings a target closer when it is delivered in full and the others as expected.

    `open_delivery` is the part [1] still open, `moves` the change of the median towards the target in its
    unit, `odds` the odds after it; `cost` in CNY a year at full delivery, None (NE) with the reason.
    """

    measure: str
    name_zh: str
    name_en: str
    task: str
    bodies: tuple[str, ...]
    open_delivery: float
    moves: float
    odds: float
    cost: float | None
    cost_reason: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """Target that is missed or at risk at expected delivery, and the measures that would close it.

    `gap` is the distance of the median from the nearer bound in `unit`; `odds_plan` the odds with the whole
    plan in full. `closed` holds where one of the measures alone brings the odds to 0.90.
    """

    target: str
    year: int
    unit: str
    status: str
    odds: float
    odds_plan: float
    median: float
    gap: float
    closed: bool
    measures: tuple[Closing, ...]


def next_steps(
    case: Case, model: Model, draws: FloatArray, costs: Sequence[MeasureCost] = (), most: int = MOST
) -> list[NextStep]:
    """Return the measures that would close each later target of a case that is missed or at risk.

    Parameters
    ----------
    case : Case
    model : Model
        Compiled from the case.
    draws : array [sample, driver] or [sample, driver + measure]
        Rows of the ensemble.
    costs : sequence of MeasureCost
        Costs where they are sourced.
    most : int
        Measures listed for a target.

    Returns
    -------
    list of NextStep
        Targets with odds below 0.90 at expected delivery, the lowest odds first.

    Notes
    -----
    Expected delivery is the mean by controller and modality (an assumption of grade E); one measure at a
    time is raised to full delivery, so effects of two together are not listed.
    """
    asked = [one for one in requirements(case) if one.year in model.years]
    if not asked:
        return []
    expected = np.array([expected_delivery(measure) for measure in model.measures])
    years = np.unique([one.year for one in asked])
    base = _values(model, expected, draws, years, asked)
    plan = _values(model, np.ones_like(expected), draws, years, asked)
    open_ = [number for number, one in enumerate(asked) if _odds(one, base[number]) < LIKELY]
    found: dict[int, list[Closing]] = {number: [] for number in open_}
    by_id = {one.id: one for one in costs}
    bodies = _bodies(case)
    for column, measure in enumerate(model.measures if open_ else ()):
        delivery = expected.copy()
        delivery[column] = 1.0
        values = _values(model, delivery, draws, years, asked)
        for number in open_:
            one = asked[number]
            moves = _short(one, base[number]) - _short(one, values[number])
            odds = _odds(one, values[number])
            if odds - _odds(one, base[number]) < LEAST_GAIN and moves < LEAST_GAIN * max(
                _short(one, base[number]), 1e-12
            ):
                continue
            cost = by_id.get(measure.id)
            found[number].append(
                Closing(
                    measure.id, measure.name_zh, measure.name_en, measure.task, bodies.get(measure.task, ()), float(1.0 - expected[column]),
                    float(moves), odds, None if cost is None else cost.cost, "" if cost is None else cost.reason,
                )
            )  # fmt: skip
    steps = [_step(asked[number], base[number], plan[number], found[number], most) for number in open_]
    return sorted(steps, key=lambda step: (step.odds, step.target))


def _step(
    one: Requirement, base: FloatArray, plan: FloatArray, found: Sequence[Closing], most: int
) -> NextStep:
    odds = _odds(one, base)
    ranked = sorted(found, key=lambda closing: (-closing.odds, -closing.moves, closing.measure))[:most]
    status = "missed" if odds < UNLIKELY else "at_risk"
    closed = any(closing.odds >= LIKELY for closing in ranked)
    return NextStep(
        one.label,
        one.year,
        one.unit,
        status,
        odds,
        _odds(one, plan),
        float(np.median(base)),
        _short(one, base),
        closed,
        tuple(ranked),
    )


def _values(
    model: Model,
    delivery: FloatArray,
    draws: FloatArray,
    years: NDArray[np.int64],
    asked: Sequence[Requirement],
) -> list[FloatArray]:
    """Return the values [sample] of each requirement in its unit."""
    result = evaluate(model, delivery, draws, years)
    units = quantity_units()
    quantities: Mapping[str, FloatArray] = {**result.quantities, **result.accounts}
    return [
        np.asarray(convert(quantities[one.quantity][:, int(np.searchsorted(years, one.year))], units[one.quantity], one.unit))
        for one in asked
    ]  # fmt: skip


def _odds(one: Requirement, values: FloatArray) -> float:
    slack = 1e-9 * max(
        abs(one.low) if np.isfinite(one.low) else 0.0, abs(one.high) if np.isfinite(one.high) else 0.0, 1e-12
    )
    return float(np.mean((values >= one.low - slack) & (values <= one.high + slack)))


def _short(one: Requirement, values: FloatArray) -> float:
    """Return how far the median is outside the bounds, 0 inside."""
    middle = float(np.median(values))
    return max(one.low - middle, middle - one.high, 0.0)


def _bodies(case: Case) -> dict[str, tuple[str, ...]]:
    return {} if case.plan is None else {task.locator: tuple(task.departments) for task in case.plan.tasks}
