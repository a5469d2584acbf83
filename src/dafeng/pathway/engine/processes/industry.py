"""Refining and steel: crude runs up to the capacity, furnaces that melt scrap with electricity."""

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.processes.terms import scale
from dafeng.pathway.engine.registry import process

Array = NDArray[np.float64]


@process(reads=("crude_t", "crude_capacity_t?"), makes=("crude_throughput",), reports=True)
def crude_throughput(crude_t: Array, capacity_t: Array | None) -> Array:
    """Crude oil processed in t: what is wanted, up to the primary capacity."""
    return crude_t if capacity_t is None else np.minimum(crude_t, capacity_t)


@process(reads=("crude_throughput", "start:crude_t"), makes=("index.refining",))
def refining_activity(throughput_t: Array, crude_start_t: float) -> Array:
    """Crude processed over the crude of the base year."""
    return np.asarray(throughput_t / crude_start_t)


@process(reads=("crude_throughput", "crude_capacity_t"), makes=("capacity_utilisation",), reports=True)
def capacity_utilisation(throughput_t: Array, capacity_t: Array) -> Array:
    """Utilisation of the primary refining capacity."""
    return np.asarray(throughput_t / capacity_t)


@process(reads=("crude_capacity_t",), makes=("crude_processing_capacity",), reports=True)
def crude_processing_capacity(capacity_t: Array) -> Array:
    """Primary refining capacity in t a year."""
    return capacity_t


@process(reads=("eaf_share", "start:eaf_share"), makes=("index.steel",))
def integrated_steel(furnace: Array, furnace_start: float) -> Array:
    """Steel of the integrated route over that of the base year: 1 − share of electric furnaces."""
    return np.asarray((1.0 - furnace) / (1.0 - furnace_start))


@process(
    reads=("eaf_share", "start:eaf_share", "steel_output_t", "eaf_electricity", "activity_exponent.*?"),
    makes=("furnace_mwh.*",),
    segments=("steel",),
)
def furnace_electricity(
    furnace: Array, furnace_start: float, output_t: Array, rate: Array, exponent: Array | None
) -> Array:
    """Electricity in MWh of the furnaces added since the base year: steel output · share added · MWh/t."""
    return np.asarray(output_t * scale(exponent) * (furnace - furnace_start) * rate)
