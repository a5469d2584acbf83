"""From a compiled parameter to its values for a chunk of samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.model import Model, Parameter

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a parameter is built: one product of [sample, term] and [term, year] for all that is linear."""

    parameter: Parameter
    terms: Array
    added: tuple[int, ...]


class Paths:
    """Parameters of a model over chosen years, evaluated chunk by chunk.

    `chunk(delivery, deviates)` sets the samples; `get(id)` returns [sample, year] (or [1, year] where
    nothing varies) or None where the model has no such parameter.
    """

    def __init__(self, model: Model, columns: NDArray[np.intp]) -> None:
        self._plans: dict[str, _Plan] = {}
        for id_, parameter in model.parameters.items():
            rows = []
            if parameter.column >= 0:
                rows += [parameter.up[columns], parameter.down[columns]]
            adds = [action for action in parameter.actions if action.operation == "add"]
            rows += [action.path[columns] for action in adds]
            terms = np.array(rows) if rows else np.empty((0, columns.size))
            self._plans[id_] = _Plan(parameter, terms, tuple(action.measure for action in adds))
        self._columns = columns
        self._delivery: Array = np.empty((1, 0))
        self._positive: Array = np.empty((1, 0))
        self._negative: Array = np.empty((1, 0))

    def chunk(self, delivery: Array, deviates: Array) -> None:
        """The samples to evaluate next: `delivery[sample or 1, measure]`, `deviates[sample or 1, driver]`."""
        self._delivery = delivery
        self._positive = np.maximum(deviates, 0.0)
        self._negative = np.minimum(deviates, 0.0)

    def get(self, id_: str) -> Array | None:
        plan = self._plans.get(id_)
        if plan is None:
            return None
        parameter = plan.parameter
        central = parameter.central[self._columns][None, :]
        weights = []
        if parameter.column >= 0:
            weights += [self._positive[:, parameter.column], self._negative[:, parameter.column]]
        weights += [self._delivery[:, measure] for measure in plan.added]
        if not weights:
            value = central
        else:
            linear = (
                np.stack(np.broadcast_arrays(*weights), axis=1) @ plan.terms
                if len(weights) > 1
                else weights[0][:, None] * plan.terms
            )
            value = self._applied(parameter, central, linear, plan)
        for action in parameter.actions:
            if action.operation != "add":
                value = self._acted(
                    value,
                    action.operation,
                    action.path[self._columns],
                    self._delivery[:, action.measure, None],
                )
        return value

    def _applied(self, parameter: Parameter, central: Array, linear: Array, plan: _Plan) -> Array:
        if not parameter.lognormal:
            return np.asarray(central + linear)
        if not plan.added:
            return np.asarray(central * np.exp(linear))
        up, down = plan.terms[:2]
        z = self._positive[:, parameter.column, None] * up + self._negative[:, parameter.column, None] * down
        return np.asarray(central * np.exp(z) + self._delivery[:, list(plan.added)] @ plan.terms[2:])

    @staticmethod
    def _acted(value: Array, operation: str, path: Array, degree: Array) -> Array:
        if operation == "multiply":
            return np.asarray(value * (1.0 + degree * (path - 1.0)))
        step = path - value
        step = np.maximum(step, 0.0) if operation == "raise" else np.minimum(step, 0.0)
        # where the measure has not begun its path is NaN
        return np.asarray(value + degree * np.where(np.isnan(path), 0.0, step))
