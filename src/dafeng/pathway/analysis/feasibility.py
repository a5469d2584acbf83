"""Feasibility of the plan: gaps between its figures and the rest of it, and the least delivery that peaks in
time.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Problems
from dafeng.pathway.engine.ensemble import observed_samples, with_factor
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model, kind_of
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.forecast.discrepancy import Discrepancy
from dafeng.pathway.methods.peaks import peak

Array = NDArray[np.float64]

DEADLINE = 2029
SURE = 0.90
# halvings of the margin that the linear programme keeps between the years before and after the deadline
STEPS = 14


@dataclass(frozen=True, slots=True)
class Gap:
    """Figure of the plan compared with what all other measures imply for it in `year` (median and 5–95 %), in
    `unit`.

    `gap` is figure − median; a figure that the rest of the plan already meets has a gap of 0 or the other
    sign.
    """

    measure: str
    parameter: str
    year: int
    figure: float
    implied: tuple[float, float, float]
    gap: float
    unit: str
    sense: str


@dataclass(frozen=True, slots=True)
class LeastDelivery:
    """Least sum of deliveries that peaks by `deadline` in at least `sure` of the samples.

    `probability` is that of the full model at `delivery`; `without` and `plan` at 0 and 1 everywhere.
    `reached` is false where even the whole plan falls short; `delivery` is then the whole plan.
    """

    account: str
    deadline: int
    sure: float
    reached: bool
    probability: float
    without: float
    plan: float
    total: float
    delivery: Mapping[str, float]


def gaps(model: Model, draws: Array, year: int) -> list[Gap]:
    """Compute for each figure of the plan that is an end (`set`) what the rest of the plan implies in `year`.

    Parameters
    ----------
    model
        Compiled model of the case.
    draws
        Deviates [sample, driver].
    year
        Year of the figures.

    Returns
    -------
    Gap of each figure in its own unit, with its range.

    Raises
    ------
    DafengError
        For a year that is not modelled.
    """
    if year not in model.years:
        raise DafengError.at("year", str(year), f"a year from {model.years[0]} to {model.years[-1]}")
    column = np.array([year - model.years[0]], dtype=np.intp)
    paths = Paths(model, column)
    found = []
    for parameter in model.parameters.values():
        for action in parameter.actions:
            if action.operation not in ("raise", "lower"):
                continue
            delivery = model.delivery(1.0)[None, :]
            delivery[0, action.measure] = 0.0
            paths.chunk(delivery, draws)
            value = np.broadcast_to(np.asarray(paths.get(parameter.id)), (len(draws), 1))[:, 0]
            low, middle, high = (float(q) for q in np.quantile(value, (0.05, 0.5, 0.95)))
            figure = float(action.path[column[0]])
            kind = kind_of(parameter.id)
            found.append(
                Gap(
                    model.measures[action.measure].id, parameter.id, year, figure, (low, middle, high), figure - middle,
                    kind.unit if kind else "", "up" if action.operation == "raise" else "down",
                )
            )  # fmt: skip
    return found


def peak_probability(
    model: Model,
    delivery: Array,
    draws: Array,
    account: str = "A",
    deadline: int = DEADLINE,
    horizon: int = 2035,
    error: Discrepancy | None = None,
) -> float:
    """Return the share of samples whose peak, over observed years and the base year to `horizon`, is not
    after `deadline`.

    `error` is the model's own, over the same samples; without it the answer is surer than past forecasts
    were.

    Parameters
    ----------
    model
        Compiled model of the case.
    delivery
        Degree of delivery [measure] or [sample, measure] [1].
    draws
        Deviates [sample, driver].
    account
        A or B.
    deadline
        Last year of the peak.
    horizon
        Last year in which a peak is looked for.
    error
        Model's error over the same samples.

    Returns
    -------
    Probability [1].
    """
    years = model.years[model.years <= horizon]
    factor, past = (None, None) if error is None else (error.factor[:, : years.size], error.observed)
    series = with_factor(evaluate(model, delivery, draws, years, HEADLINE_ONLY), factor)[account]
    observed = observed_samples(model, draws, past)[account]
    found = peak(
        np.concatenate([model.base.observed_years, years]), np.concatenate([observed, series], axis=1)
    )
    return float(np.mean(found.year <= deadline))


def least_delivery(
    model: Model,
    draws: Array,
    sure: float = SURE,
    account: str = "A",
    deadline: int = DEADLINE,
    horizon: int = 2035,
    weights: Array | None = None,
    at_least: Array | None = None,
    at_most: Array | None = None,
    error: Discrepancy | None = None,
) -> LeastDelivery:
    """Compute the least delivery that peaks by `deadline` with probability `sure`.

    A linear programme in the deliveries, with each measure's effect at the whole plan (central case), keeps
    every year after `deadline` below one year up to it by a margin; the margin is the smallest for which the
    full model, on all `draws`, reaches the probability `sure`. The programme is linear, the model is not: the
    answer is checked, not proven least. `weights` [measure] represent cost where it is available, `at_least`
    [measure] are degrees that are delivered anyhow, `at_most` those that can be (the whole plan without it);
    `error` as in `peak_probability`.

    Parameters
    ----------
    model
        Compiled model of the case.
    draws
        Deviates [sample, driver].
    sure
        Chance that is wanted [1].
    account
        A or B.
    deadline
        Last year of the peak.
    horizon
        Last year in which a peak is looked for.
    weights
        Cost or other weight [measure].
    at_least
        Least degree [measure] [1].
    at_most
        Greatest degree [measure] [1].
    error
        Model's error over the same samples.

    Returns
    -------
    Degrees of delivery, the margin, and the chance that they reach.

    Raises
    ------
    DafengError
        For a probability outside 0–1, weights or degrees that do not fit, or a deadline that is not between
        `as_of` and `horizon`.
    """
    m = len(model.measures)
    cost = np.ones(m) if weights is None else np.asarray(weights, dtype=float)
    floor = np.zeros(m) if at_least is None else np.asarray(at_least, dtype=float)
    ceiling = np.ones(m) if at_most is None else np.asarray(at_most, dtype=float)
    _check_least(sure, cost, floor, ceiling, m)
    if not model.as_of < deadline < horizon:
        expected = f"a year after {model.as_of} and before the horizon {horizon}"
        raise DafengError.at("deadline", str(deadline), expected)

    def probability(degrees: Array) -> float:
        return peak_probability(model, degrees, draws, account, deadline, horizon, error)

    none, plan = floor, ceiling
    without, whole = probability(none), probability(plan)
    if without >= sure or whole < sure:
        chosen = none if without >= sure else plan
        reached = max(without, whole) >= sure
        return _answer(
            model,
            chosen,
            account,
            deadline,
            sure,
            reached,
            (without if without >= sure else whole, without, whole),
        )
    programme = _Programme(model, account, deadline, horizon, cost, (floor, ceiling))
    low, high = 0.0, programme.widest()
    best: Array = plan
    best_probability = whole
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        degrees = programme.solve(middle)
        p = 0.0 if degrees is None else probability(degrees)
        if degrees is None or p >= sure:
            high = middle
            if degrees is not None and cost @ degrees <= cost @ best:
                best, best_probability = degrees, p
        else:
            low = middle
    return _answer(model, best, account, deadline, sure, True, (best_probability, without, whole))


def _check_least(sure: float, cost: Array, floor: Array, ceiling: Array, m: int) -> None:
    problems = Problems()
    if not 0 < sure < 1:
        problems.add("sure", sure, "a probability between 0 and 1", "90 % is 0.9")
    if cost.shape != (m,) or not (cost >= 0).all():
        problems.add("weights", f"shape {cost.shape}", f"{m} numbers of 0 or more, one for each measure")
    for name, degrees in (("at_least", floor), ("at_most", ceiling)):
        if degrees.shape != (m,) or not ((degrees >= 0) & (degrees <= 1)).all():
            problems.add(name, f"shape {degrees.shape}", f"{m} degrees from 0 to 1")
    problems.raise_if_any()
    if (floor > ceiling).any():
        raise DafengError.at("at_least", "a degree above at_most", "at_least <= at_most")


def _answer(
    model: Model,
    degrees: Array,
    account: str,
    deadline: int,
    sure: float,
    reached: bool,
    chances: tuple[float, float, float],
) -> LeastDelivery:
    named = {k.id: float(d) for k, d in zip(model.measures, degrees, strict=True) if d > 1e-6}
    return LeastDelivery(account, deadline, sure, reached, *chances, float(degrees.sum()), named)


class _Programme:
    """Emissions of the central case linear in the deliveries: those at the most delivery + Σ (most −
    delivery) · effect.
    """

    def __init__(
        self,
        model: Model,
        account: str,
        deadline: int,
        horizon: int,
        cost: Array,
        limits: tuple[Array, Array],
    ) -> None:
        m = len(model.measures)
        years = model.years[model.years <= horizon]
        most = limits[1]
        rows = most * np.concatenate([np.ones((1, m)), 1.0 - np.eye(m)])
        centre = np.zeros((1, len(model.drivers)))
        series = evaluate(model, rows, centre, years, HEADLINE_ONLY).accounts[account]
        self._plan = series[0]
        self._effect = np.divide(
            series[1:] - series[0], most[:, None], out=np.zeros((m, years.size)), where=most[:, None] > 0
        )
        self._before = np.flatnonzero(years <= deadline)
        self._after = np.flatnonzero(years > deadline)
        self._cost, self._limits = cost, limits
        self._scale = float(np.abs(self._plan).max())

    def widest(self) -> float:
        """Return the margin at the most delivery: the largest that can be required."""
        return float(self._plan[self._before].max() - self._plan[self._after].max())

    def solve(self, margin: float) -> Array | None:
        """Solve for the least deliveries that keep the margin against the best year up to the deadline; None
        where there are none.
        """
        from scipy.optimize import linprog

        best: Array | None = None
        for early in self._before:
            # plan_t + Σ(most−δ)·e_t + margin ≤ plan_early + Σ(most−δ)·e_early
            slope = (self._effect[:, [early]] - self._effect[:, self._after]).T / self._scale
            level = (
                self._plan[early] - self._plan[self._after] - margin
            ) / self._scale + slope @ self._limits[1]
            found = linprog(
                self._cost,
                A_ub=slope,
                b_ub=level,
                bounds=[(float(low), float(high)) for low, high in zip(*self._limits, strict=True)],
                method="highs",
            )
            if not found.success:
                continue
            degrees = np.clip(np.asarray(found.x, dtype=float), 0.0, 1.0)
            if best is None or float(self._cost @ degrees) < float(self._cost @ best) - 1e-12:
                best = degrees
        return best
