"""Parameter paths: values of compiled parameters for a chunk of samples."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.engine.model import Model, Parameter
from dafeng.pathway.engine.overlaps import counted
from dafeng.pathway.engine.series import series_of
from dafeng.pathway.methods.expressions import Formula, reckon

Array = NDArray[np.float64]

NO_MEASURE = np.empty(0, dtype=np.intp)
NO_STEP = np.empty((0, 0))
MOST_KEPT = 16


@dataclass(frozen=True, slots=True)
class _Plan:
    """A parameter over the chosen years: what is linear in the deviate and in the deliveries, and the rest.

    `slopes` are `down` and `up` for a negative and a positive deviate, one row where both are the same; they are
    read for an uncertain parameter only.
    """

    parameter: Parameter
    central: Array
    slopes: Array
    added: NDArray[np.intp]
    steps: Array


_KEPT: dict[tuple[int, bytes], tuple[Mapping[str, Parameter], Mapping[str, _Plan]]] = {}


class Paths:
    """Parameters of a model over chosen years, evaluated chunk by chunk.

    `chunk(delivery, deviates)` sets the samples; `get(id)` returns [sample, year] (or [1, year] where
    nothing varies) or None where the model has no such parameter.
    """

    def __init__(self, model: Model, columns: NDArray[np.intp]) -> None:
        self._model = model
        self._plans = _plans_of(model.parameters, columns)
        self._columns = columns
        self._given: Array = np.empty((1, 0))
        # what is delivered less what measures of a group save twice
        self._delivery: Array = self._given
        # [driver, sample]: a parameter reads its own deviates side by side
        self._deviates: Array = np.empty((0, 1))
        self._one_delivery = False
        # with one delivery for all samples, measures move the central path itself
        self._moved: dict[str, Array] = {}
        # formulas need all years (rates are cumulated, indices refer to the base year), and so do vintages
        self._whole: Paths | None = None
        self._reckoned: dict[str, Array] = {}
        if any(p.formula is not None or p.turnover is not None for p in model.parameters.values()):
            every = np.arange(model.years.size)
            self._whole = self if np.array_equal(every, columns) else Paths(model, every)

    def chunk(self, delivery: Array, deviates: Array) -> None:
        """Set the samples to evaluate next: `delivery[sample or 1, measure]`,
        `deviates[sample or 1, driver]`.
        """
        if delivery is not self._given:
            self._moved = {}
            self._given, self._delivery = delivery, counted(self._model.overlaps, delivery)
        self._deviates = np.ascontiguousarray(deviates.T)
        self._one_delivery = delivery.shape[0] == 1
        self._reckoned = {}
        if self._whole is not None and self._whole is not self:
            self._whole.chunk(delivery, deviates)

    def get(self, id_: str) -> Array | None:
        plan = self._plans.get(id_)
        if plan is None:
            return None
        weights = plan.parameter.turnover
        if weights is None:
            return self._path(id_, plan)
        if self._whole is None:
            raise AssertionError("a model with vintages has its paths over all years")
        added = np.clip(self._whole._path(id_, self._whole._plans[id_]), 0.0, 1.0)
        return np.asarray(added @ weights[:, self._columns])

    def _path(self, id_: str, plan: _Plan) -> Array:
        """Compute the parameter's own path, of the units that each year adds where it has a turnover."""
        formula = plan.parameter.formula
        value = self._central(id_, plan) if formula is None else self._from_formula(id_, formula, plan)
        column = plan.parameter.column
        if column >= 0:
            z = self._deviates[column]
            if len(plan.slopes) == 1:
                spread = z[:, None] * plan.slopes
            else:
                # each sample takes the slope of its side: one pass instead of a product for either side
                spread = plan.slopes.take((z > 0.0).astype(np.intp), axis=0, mode="clip")
                spread *= z[:, None]
            value = _spread(value, spread, plan.parameter.lognormal)
        for action in plan.parameter.actions:
            if action.operation != "add":
                degree = self._delivery[:, action.measure, None]
                value = _acted(value, action.operation, action.path[self._columns], degree)
        return value

    def _from_formula(self, id_: str, formula: Formula, plan: _Plan) -> Array:
        """Evaluate the formula over the series in these samples, moved by the measures that add to it."""
        if self._whole is None:
            raise AssertionError("a model with formulas has its paths over all years")
        if id_ not in self._reckoned:
            series = series_of(self._whole.sure, self._model.parameters)
            found = reckon(formula, series, self._model.years)
            if not np.all(np.isfinite(found)):
                raise DafengError.at(
                    f"drivers.csv:{id_}", "an expression that is no number in some sample", "a number in every sample",
                    "see logarithms, powers and divisors",
                )  # fmt: skip
            self._reckoned[id_] = found[:, self._columns]
        value = self._reckoned[id_]
        return value + self._delivery[:, plan.added] @ plan.steps if plan.added.size else value

    def sure(self, id_: str) -> Array:
        """Return `get` of a parameter that the model has."""
        found = self.get(id_)
        if found is None:
            raise KeyError(id_)
        return found

    def _central(self, id_: str, plan: _Plan) -> Array:
        if not plan.added.size:
            return plan.central
        if id_ in self._moved:
            return self._moved[id_]
        moved = self._delivery[:, plan.added] @ plan.steps
        moved += plan.central
        if self._one_delivery:
            self._moved[id_] = moved
        return moved


def _spread(value: Array, spread: Array, lognormal: bool) -> Array:
    """`value` with its spread, written to `spread` where that has room for it."""
    if spread.shape[0] < value.shape[0]:
        return np.asarray(value * np.exp(spread) if lognormal else value + spread)
    if lognormal:
        np.exp(spread, out=spread)
        spread *= value
    else:
        spread += value
    return spread


def _plans_of(parameters: Mapping[str, Parameter], columns: NDArray[np.intp]) -> Mapping[str, _Plan]:
    """Return the plans of all `parameters` over `columns`, kept for the next answer of the same model.

    A run asks a model over and over for other samples and the same years.
    """
    key = id(parameters), columns.tobytes()
    kept = _KEPT.get(key)
    # the mapping is kept too, so that its identity is not given to another one
    if kept is None:
        while len(_KEPT) >= MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
        plans = {id_: _planned(parameter, columns) for id_, parameter in parameters.items()}
        kept = _KEPT[key] = parameters, plans
    return kept[1]


def _planned(parameter: Parameter, columns: NDArray[np.intp]) -> _Plan:
    central = parameter.central[columns][None, :]
    adds = [action for action in parameter.actions if action.operation == "add"]
    added, steps = NO_MEASURE, NO_STEP
    if adds:
        added = np.array([action.measure for action in adds], dtype=np.intp)
        steps = np.array([action.path[columns] for action in adds])
    if len(adds) == 1:
        # a product of one column alone leaves BLAS for a slow loop: a second measure that does nothing keeps it there
        added, steps = np.repeat(added, 2), np.vstack([steps, np.zeros_like(steps)])
    if parameter.column < 0:
        return _Plan(parameter, central, central, added, steps)
    up, down = parameter.up[columns], parameter.down[columns]
    return _Plan(parameter, central, np.stack([up] if (up == down).all() else [down, up]), added, steps)


def _acted(value: Array, operation: str, path: Array, degree: Array) -> Array:
    if operation == "multiply":
        return np.asarray(value * (1.0 + degree * (path - 1.0)))
    step = path - value
    step = np.maximum(step, 0.0) if operation == "raise" else np.minimum(step, 0.0)
    # where the measure has not begun its path is NaN
    return np.asarray(value + degree * np.where(np.isnan(path), 0.0, step))
