"""Freight that leaves the road for rail and water, ships' part of the diesel, and cars that buses replace."""

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.registry import process

Array = NDArray[np.float64]


@process(
    reads=("freight_share", "start:freight_share"), makes=("index.transport_heavy", "index.transport_water")
)
def freight_modes(share: Array, start: float) -> tuple[Array, Array]:
    """Road freight and shipping over the base year, as rail and water take their share of freight."""
    return (1.0 - share) / (1.0 - start), share / start


@process(reads=("water_share", "start:water_share"), makes=("index.transport_heavy", "index.transport_water"))
def diesel_of_ships(share: Array, start: float) -> tuple[Array, Array]:
    """Road and water diesel over the base year, by the share of transport diesel that ships burn."""
    return (1.0 - share) / (1.0 - start), share / start


@process(reads=("bus_share", "bus_effect", "start:bus_share"), makes=("index.transport_light",))
def car_travel(bus: Array, effect: Array, start: float) -> Array:
    """Car travel over the base year: 1 − effect · rise of the share of public transport in the centre."""
    return np.asarray(1.0 - effect * (bus - start))


@process(reads=("freight_share",), makes=("rail_water_freight_share",), reports=True)
def rail_water_freight_share(share: Array) -> Array:
    """Share of freight that goes by rail and water."""
    return share


@process(reads=("bus_share",), makes=("bus_mode_share_centre",), reports=True)
def bus_mode_share_centre(share: Array) -> Array:
    """Share of trips in the centre that public transport takes."""
    return share
