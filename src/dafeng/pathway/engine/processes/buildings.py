"""Homes: people, where they live and how much floor each has; the three multiply."""

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.registry import process

Array = NDArray[np.float64]


@process(
    reads=("population", "start:population", "urban_share", "start:urban_share"),
    makes=("index.buildings_urban", "index.buildings_rural"),
)
def residents(
    population: Array, population_start: float, urban: Array, urban_start: float
) -> tuple[Array, Array]:
    """Urban and rural residents over those of the base year: population · urban share, population · (1 − urban share)."""
    people = population / population_start
    return people * (urban / urban_start), people * (1.0 - urban) / (1.0 - urban_start)


@process(reads=("floor_urban", "start:floor_urban"), makes=("index.buildings_urban",))
def urban_floor_area(floor: Array, start: float) -> Array:
    """Floor area of an urban resident over that of the base year."""
    return np.asarray(floor / start)


@process(reads=("floor_rural", "start:floor_rural"), makes=("index.buildings_rural",))
def rural_floor_area(floor: Array, start: float) -> Array:
    """Floor area of a rural resident over that of the base year."""
    return np.asarray(floor / start)
