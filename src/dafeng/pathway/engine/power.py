"""Electricity of a city in a year: a stated annual merit order, and what it leaves to the grid.

Order: hydro, biomass, wind and solar at their hours (less what is curtailed); then the city's coal units. Coal
runs the reference hours of the provincial system and follows a share (`displacement`) of what residual load —
demand less non-fossil generation — deviates from its reference path, within least and most hours. New units,
the more efficient, run first, up to the premium over the average. What is missing is imported, what is left
is exported, at the factor of the provincial grid.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.parameter_paths import Paths

Array = NDArray[np.float64]

STORAGE_SHARE = 0.10


@dataclass(frozen=True, slots=True)
class Renewables:
    """[sample, year]: capacity in MW, generation in MWh after curtailment, the share curtailed."""

    wind_solar_mw: Array
    biomass_mw: Array
    storage_mw: Array
    wind_solar_mwh: Array
    hydro_mwh: Array
    biomass_mwh: Array
    curtailed: Array

    @property
    def total_mwh(self) -> Array:
        return np.asarray(self.wind_solar_mwh + self.hydro_mwh + self.biomass_mwh)


@dataclass(frozen=True, slots=True)
class Power:
    """[sample, year]: coal generation in MWh (old and new units), its CO2 in t, net import in MWh and its CO2 in t."""

    old_mwh: Array
    new_mwh: Array
    co2_t: Array
    import_mwh: Array
    import_co2_t: Array


ZERO = np.zeros((1, 1))


def value(paths: Paths, id_: str, default: float = 0.0) -> Array:
    """A parameter's values, or `default` where the model has none."""
    found = paths.get(id_)
    return np.full((1, 1), default) if found is None else found


def renewables(paths: Paths) -> Renewables:
    """Non-fossil generation in the city, curtailed as the drivers say."""
    capacity = value(paths, "wind_solar_mw")
    share = value(paths, "wind_share")
    hours = share * value(paths, "wind_hours") + (1.0 - share) * value(paths, "solar_hours")
    storage, biomass = value(paths, "storage_mw"), value(paths, "biomass_mw")
    enough = np.minimum(storage / np.maximum(STORAGE_SHARE * capacity, 1e-9), 1.0)
    curtailed = value(paths, "curtailment") * (1.0 - value(paths, "storage_relief") * enough)
    return Renewables(
        capacity,
        biomass,
        storage,
        capacity * hours * (1.0 - curtailed),
        value(paths, "hydro_mwh"),
        biomass * value(paths, "biomass_hours"),
        curtailed,
    )


def with_curtailment(renewable: Renewables, curtailed: Array) -> Renewables:
    """The same capacities with another share curtailed."""
    full = renewable.wind_solar_mwh / np.maximum(1.0 - renewable.curtailed, 1e-9)
    return replace(renewable, wind_solar_mwh=full * (1.0 - curtailed), curtailed=curtailed)


def dispatch(
    paths: Paths,
    demand_mwh: Array,
    renewable: Renewables,
    old_factor: Array,
    reference: tuple[Array, Array],
    hours_shift: Array | None = None,
) -> Power:
    """Coal generation, its CO2 and the net import.

    Parameters: `demand_mwh` [sample, year] with losses and own use; `old_factor` [sample, 1] tCO2/MWh of
    the existing units; `reference` the demand and the non-fossil generation [year] that the reference
    hours belong to; `hours_shift` by how much the hourly model moves them, NaN where it has no answer and the
    share `displacement` decides.
    """
    old_mw, new_mw = value(paths, "coal_existing_mw"), value(paths, "coal_new_mw")
    total_mw = old_mw + new_mw
    clean = renewable.total_mwh
    follow = value(paths, "displacement") * ((demand_mwh - reference[0]) - (clean - reference[1]))
    if hours_shift is not None:
        follow = np.where(np.isnan(hours_shift), follow, total_mw * np.nan_to_num(hours_shift))
    wanted = total_mw * value(paths, "thermal_hours") + follow
    most = value(paths, "thermal_hours_max", 8760.0)
    generation = np.clip(wanted, total_mw * value(paths, "thermal_hours_min"), total_mw * most)
    average = generation / np.maximum(total_mw, 1e-9)
    new_hours = np.minimum(average + value(paths, "new_unit_premium"), most)
    new = np.minimum(new_mw * new_hours, generation)
    old = generation - new
    saving = 1.0 - value(paths, "coal_rate_saving")
    co2 = old * (old_factor * saving) + new * value(paths, "new_unit_factor")
    net = demand_mwh - generation - clean
    return Power(old, new, co2, net, net * value(paths, "grid_factor"))
