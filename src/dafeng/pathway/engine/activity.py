"""What moves a segment's demand: GDP, its own growth, and physical indices of people, floors, freight and furnaces."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.base import TWO_HIGH
from dafeng.pathway.engine.model import Model
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.engine.power import value

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Common:
    """What segments share: cumulated ln GDP, physical indices by segment, factors on heavy industry and all industry."""

    log_gdp: Array
    index: Mapping[str, Array]
    two_high: Array | None
    saving: Array | None
    electricity_saving: Array | None
    electricity_base: Array | None


def activity(paths: Paths, segment: str, common: Common) -> Array:
    """Activity of a segment over that of the base year, [sample, year]; its own uncertain base factor is not in it."""
    exponent, index = log_activity(paths, segment, common), common.index.get(segment)
    growth = np.ones((1, 1)) if exponent is None else np.exp(exponent)
    return np.asarray(growth if index is None else growth * index)


def log_activity(paths: Paths, segment: str, common: Common) -> Array | None:
    """ln of GDP^elasticity · own growth since the base year, [sample, year]; None where nothing moves it."""
    elasticity = paths.get(f"elasticity.{segment}")
    return total(
        None if elasticity is None else elasticity * common.log_gdp,
        paths.get(f"growth.{segment}"),
        common.two_high if segment in TWO_HIGH else None,
    )


def total(*terms: Array | None) -> Array | None:
    """The sum of those terms that there are; None where there is none."""
    found: Array | None = None
    for term in terms:
        if term is not None:
            found = term if found is None else found + term
    return found


def common_of(model: Model, paths: Paths) -> Common:
    """What segments share, for the samples that `paths` is set to."""
    log_gdp = value(paths, "gdp_growth")
    return Common(
        log_gdp,
        _indices(model, paths),
        paths.get("growth.two_high"),
        paths.get("saving.industry"),
        paths.get("electricity_saving.industry"),
        paths.get("base.electricity"),
    )


def _relative(path: Array, model: Model, id_: str) -> Array:
    """A level over its central value in the base year."""
    return np.asarray(path / model.parameters[id_].central[0])


def _indices(model: Model, paths: Paths) -> dict[str, Array]:
    """Physical indices of activity: 1 in the base year of the central case."""
    index: dict[str, Array] = {}
    population, urban = paths.get("population"), paths.get("urban_share")
    if population is not None and urban is not None:
        people = _relative(population, model, "population")
        index["buildings_urban"] = people * _relative(urban, model, "urban_share")
        rural = 1.0 - model.parameters["urban_share"].central[0]
        index["buildings_rural"] = people * (1.0 - urban) / rural
        for segment, floor in (("buildings_urban", "floor_urban"), ("buildings_rural", "floor_rural")):
            area = paths.get(floor)
            if area is not None:
                index[segment] = index[segment] * _relative(area, model, floor)
    crude, capacity = paths.get("crude_t"), paths.get("crude_capacity_t")
    if crude is not None:
        runs = crude if capacity is None else np.minimum(crude, capacity)
        index["refining"] = _relative(runs, model, "crude_t")
    furnace = paths.get("eaf_share")
    if furnace is not None:
        index["steel"] = (1.0 - furnace) / (1.0 - model.parameters["eaf_share"].central[0])
    freight = paths.get("freight_share")
    if freight is not None:
        start = model.parameters["freight_share"].central[0]
        index["transport_heavy"] = (1.0 - freight) / (1.0 - start)
        index["transport_water"] = freight / start
    ships = paths.get("water_share")
    if ships is not None:
        start = model.parameters["water_share"].central[0]
        for segment, split in (
            ("transport_heavy", (1.0 - ships) / (1.0 - start)),
            ("transport_water", ships / start),
        ):
            index[segment] = index[segment] * split if segment in index else split
    bus, effect = paths.get("bus_share"), paths.get("bus_effect")
    if bus is not None and effect is not None:
        index["transport_light"] = 1.0 - effect * (bus - model.parameters["bus_share"].central[0])
    return index
