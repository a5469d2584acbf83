"""Joint feasibility of targets and least relaxation of those that conflict: a linear programme over the cube."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.analysis.feasibility import DEADLINE
from dafeng.pathway.analysis.indicators import quantity_units
from dafeng.pathway.engine.evaluate import ACCOUNTS, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.units import convert

Array = NDArray[np.float64]

PEAK = "peak"
# the programme is linear, the model is not: it is solved again around each answer
ROUNDS = 4
# what a unit of delivery weighs beside a relaxation by the whole of a target: only among equals
TIE = 1e-6
ENOUGH = 1e-6


@dataclass(frozen=True, slots=True)
class Requirement:
    """Bounds on `quantity` (an account or a quantity of `evaluate`) in `year`, between `low` and `high`, in
    `unit`; an open side is infinite.
    """

    label: str
    quantity: str
    year: int
    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class Given:
    """Requirement with what the whole plan and the programme's answer reach, and its relaxation; in `unit`."""

    label: str
    quantity: str
    year: int
    low: float
    high: float
    plan: float
    reached: float
    relaxation: float
    unit: str


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Least relaxation: `feasible` where no requirement is relaxed; `delivery` the answer; all of the central
    case.

    `relative` is the sum of relaxations, each over its bound: what was made least.
    """

    feasible: bool
    relative: float
    requirements: tuple[Given, ...]
    delivery: Mapping[str, float]


def relax(
    model: Model,
    requirements: Sequence[Requirement],
    deadline: int | None = DEADLINE,
    account: str = "A",
    horizon: int = 2035,
) -> Relaxation:
    """Compute the deliveries that reach all `requirements`, and peak by `deadline` (None: leave it out), with
    the least relaxation.

    Central case. Effects of measures are linear around the current answer and are recomputed `ROUNDS` times;
    the values reported are those of the full model at the answer. The peak's relaxation is the emissions by
    which a later year exceeds the highest one up to the deadline.

    Parameters
    ----------
    model
        Compiled model of the case.
    requirements
        Bounds on quantities in a year.
    deadline
        Last year of the peak, or None.
    account
        A or B.
    horizon
        Last year in which a peak is looked for.

    Returns
    -------
    Degrees of delivery and the relaxation of each requirement.

    Raises
    ------
    DafengError
        For nothing required, an unknown quantity or account, a year that is not modelled, a bound that is
        crossed or open on both sides, or a unit that does not fit.
    """
    asked = [_checked(model, requirement) for requirement in requirements]
    late = deadline is not None and not model.years[0] < deadline < horizon <= model.years[-1]
    if account not in ACCOUNTS or late or (not asked and deadline is None):
        raise DafengError.at(
            "relax", f"account {account}, deadline {deadline}, {len(asked)} requirements",
            f"an account of {', '.join(ACCOUNTS)}, a deadline before {horizon}, something required",
        )  # fmt: skip
    problem = _Problem(model, asked, deadline, account, horizon)
    degrees = model.delivery(1.0)
    whole = problem.state(degrees)
    best, best_worth, best_state = degrees, problem.worth(whole), whole
    for _ in range(ROUNDS):
        degrees = problem.solve(degrees)
        state = problem.state(degrees)
        if problem.worth(state) + TIE * degrees.sum() < best_worth + TIE * best.sum():
            best, best_worth, best_state = degrees, problem.worth(state), state
    given = problem.told(whole, best_state)
    chosen = {k.id: float(d) for k, d in zip(model.measures, best, strict=True) if d > ENOUGH}
    return Relaxation(best_worth <= ENOUGH * max(1, len(given)), float(best_worth), given, chosen)


def _checked(model: Model, asked: Requirement) -> Requirement:
    """Convert the requirement to the model's own unit."""
    units = quantity_units()
    where = f"requirement {asked.label}"
    if asked.quantity not in units:
        raise DafengError.at(where, asked.quantity, f"one of {', '.join(units)}")
    if asked.year not in model.years:
        raise DafengError.at(where, str(asked.year), f"a year from {model.years[0]} to {model.years[-1]}")
    if not asked.low <= asked.high or not np.isfinite([asked.low, asked.high]).any():
        raise DafengError.at(where, f"{asked.low:g} – {asked.high:g}", "low <= high, one of them a number")
    unit = units[asked.quantity]
    low, high = (
        float(convert(x, asked.unit, unit)) if np.isfinite(x) else x for x in (asked.low, asked.high)
    )
    return Requirement(asked.label, asked.quantity, asked.year, low, high, unit)


class _Problem:
    """Values of the requirements [requirement] and the account [year] as functions of the deliveries."""

    def __init__(
        self, model: Model, asked: Sequence[Requirement], deadline: int | None, account: str, horizon: int
    ) -> None:
        self._model, self._asked, self._deadline, self._account = model, asked, deadline, account
        last = max([horizon if deadline is not None else 0, *(r.year for r in asked)])
        self._years = model.years[model.years <= last]
        inside = self._years <= horizon
        self._before = np.flatnonzero(inside & (self._years <= (deadline or 0)))
        self._after = np.flatnonzero(inside & (self._years > (deadline or 0)))
        self._low = np.array([r.low for r in asked])
        self._high = np.array([r.high for r in asked])
        bound = np.where(np.isfinite(self._low), self._low, self._high)
        self._scale = np.maximum(np.abs(bound), 1e-12)
        self._emissions_scale = 1.0

    def _values(self, rows: Array) -> tuple[Array, Array]:
        found = evaluate(self._model, rows, np.zeros((1, len(self._model.drivers))), self._years)
        held = {**found.accounts, **found.quantities}
        values = np.empty((len(rows), len(self._asked)))
        for k, asked in enumerate(self._asked):
            if asked.quantity not in held:
                raise DafengError.at(
                    f"requirement {asked.label}", asked.quantity, f"one of {', '.join(held)}"
                )
            series = np.broadcast_to(held[asked.quantity], (len(rows), self._years.size))
            values[:, k] = series[:, asked.year - self._years[0]]
        return values, found.accounts[self._account]

    def state(self, degrees: Array) -> tuple[Array, float]:
        """Return values [requirement] of the full model, and by how much a late year exceeds the early ones."""
        values, series = self._values(degrees[None, :])
        self._emissions_scale = float(np.abs(series).max())
        if self._deadline is None:
            return values[0], 0.0
        # equal is not before: a late year must stay below
        above = float(series[0, self._after].max() - series[0, self._before].max())
        return values[0], max(above, 0.0)

    def worth(self, state: tuple[Array, float]) -> float:
        values, above = state
        short = np.maximum(np.maximum(self._low - values, values - self._high), 0.0)
        return float((short / self._scale).sum() + above / self._emissions_scale)

    def solve(self, degrees: Array) -> Array:
        """Solve the programme around `degrees` for each early year that might hold the maximum; the best of
        them.
        """
        m = degrees.size
        rows = np.repeat(degrees[None, :], 2 * m + 1, axis=0)
        rows[np.arange(1, m + 1), np.arange(m)] = 0.0
        rows[np.arange(m + 1, 2 * m + 1), np.arange(m)] = 1.0
        values, series = self._values(rows)
        slope = values[m + 1 :] - values[1 : m + 1]
        drift = series[m + 1 :] - series[1 : m + 1]
        early = self._before if self._deadline is not None else np.array([-1])
        answers = [self._programme(degrees, values[0], slope, series[0], drift, int(year)) for year in early]
        found = [answer for answer in answers if answer is not None]
        return degrees if not found else min(found, key=lambda answer: answer[0])[1]

    def _programme(
        self, degrees: Array, values: Array, slope: Array, series: Array, drift: Array, early: int
    ) -> tuple[float, Array] | None:
        from scipy.optimize import linprog

        m, k = slope.shape
        rows: list[Array] = []
        limits: list[float] = []
        for r in range(k):
            here = (values[r] - degrees @ slope[:, r]) / self._scale[r]
            gradient = slope[:, r] / self._scale[r]
            give = np.zeros(k + 1)
            give[r] = -1.0
            if np.isfinite(self._low[r]):
                rows.append(np.concatenate([-gradient, give]))
                limits.append(here - self._low[r] / self._scale[r])
            if np.isfinite(self._high[r]):
                rows.append(np.concatenate([gradient, give]))
                limits.append(self._high[r] / self._scale[r] - here)
        for late in self._after if self._deadline is not None else ():
            gradient = (drift[:, late] - drift[:, early]) / self._emissions_scale
            here = (series[late] - series[early]) / self._emissions_scale - degrees @ gradient
            give = np.zeros(k + 1)
            give[k] = -1.0
            rows.append(np.concatenate([gradient, give]))
            limits.append(-here - ENOUGH)
        cost = np.concatenate([np.full(m, TIE), np.ones(k + 1)])
        bounds = [(0.0, 1.0)] * m + [(0.0, None)] * (k + 1)
        found = linprog(cost, A_ub=np.array(rows), b_ub=np.array(limits), bounds=bounds, method="highs")
        if not found.success or found.x is None:
            return None
        return float(cost @ found.x), np.clip(np.asarray(found.x[:m], dtype=float), 0.0, 1.0)

    def told(self, whole: tuple[Array, float], answer: tuple[Array, float]) -> tuple[Given, ...]:
        given = [
            Given(
                r.label, r.quantity, r.year, r.low, r.high, float(whole[0][k]), float(answer[0][k]),
                float(max(r.low - answer[0][k], answer[0][k] - r.high, 0.0)), r.unit,
            )
            for k, r in enumerate(self._asked)
        ]  # fmt: skip
        if self._deadline is not None:
            given.append(
                Given(
                    PEAK, self._account, self._deadline, -np.inf, 0.0, whole[1], answer[1], answer[1], "tCO2"
                )
            )
        return tuple(given)
