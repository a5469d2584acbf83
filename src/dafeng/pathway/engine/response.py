"""Response of the hourly grid in the annual model: shift of hours and curtailment from the reference, by
tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# axes of a response table, in the order of the hourly model
INPUTS = ("solar_mw", "storage_mw", "demand_mwh")
HOURS, CURTAILMENT, NET_IMPORT, MARGINAL = 0, 1, 2, 5


class Table(Protocol):
    """Stored response table of the hourly model: outputs [point, …] at points [point, INPUTS], NaN outside
    its runs.
    """

    @property
    def year(self) -> int: ...

    @property
    def input_hash(self) -> str: ...

    def evaluate(self, points: Array, /) -> tuple[Array, Any]: ...


@dataclass(frozen=True, slots=True)
class Response:
    """Tables by year, and the reference (central case without the plan) that hours and curtailment of the
    drivers belong to.

    `weights[table, year]`; `inputs[year, INPUTS]` and `outputs[year, hours and curtailment]` of the
    reference.
    """

    tables: tuple[Table, ...]
    weights: Array
    inputs: Array
    outputs: Array

    def shift(
        self, solar_mw: Array, storage_mw: Array, demand_mwh: Array, columns: NDArray[np.intp]
    ) -> Array:
        """Compute hours (h) and curtailed share away from the reference [2, sample, year]; NaN outside the
        tables' runs.
        """
        grid = np.stack(np.broadcast_arrays(solar_mw, storage_mw, demand_mwh), axis=-1)
        values = weighted(self.tables, self.weights[:, columns], grid)
        return np.moveaxis(values - self.outputs[columns], -1, 0)


def weights_of(tables: tuple[Table, ...], years: NDArray[np.int64]) -> Array:
    """Return weights [table, year]: linear between the tables' years, the nearest outside."""
    knots = [table.year for table in tables]
    return np.array([np.interp(years, knots, row) for row in np.eye(len(knots))])


def weighted(
    tables: tuple[Table, ...], weights: Array, grid: Array, wanted: tuple[int, ...] = (HOURS, CURTAILMENT)
) -> Array:
    """Interpolate the outputs `wanted` [sample, year, output] at `grid[sample, year, INPUTS]`."""
    values = np.zeros((*grid.shape[:2], len(wanted)))
    for table, weight in zip(tables, weights, strict=True):
        used = np.flatnonzero(weight > 0)
        if used.size:
            points = grid[:, used].reshape(-1, len(INPUTS))
            found = np.asarray(table.evaluate(points)[0])[:, list(wanted)]
            values[:, used] += weight[used, None] * found.reshape(grid.shape[0], used.size, len(wanted))
    return values


def point_of(quantities: Mapping[str, Array], wind_share: Array) -> Array:
    """Return the inputs [sample, year, INPUTS] of an evaluated model."""
    solar = quantities["wind_solar_capacity"] * (1.0 - wind_share)
    parts = (solar, quantities["new_storage_capacity"], quantities["electricity_demand"])
    return np.stack(np.broadcast_arrays(*parts), axis=-1)
