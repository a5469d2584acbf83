"""Electricity of a city in a year: a stated annual merit order, and what it leaves to the grid.

Order: hydro, biomass, wind and solar at their hours (less what is curtailed); then the city's coal units. Coal
runs the reference hours of the provincial system and follows a share (`displacement`) of what residual load —
demand less non-fossil generation — deviates from its reference path, within least and most hours. New units,
the more efficient, run first, up to the premium over the average. What is missing is imported, what is left
is exported, at the factor of the provincial grid.
"""

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.registry import process
from dafeng.pathway.engine.response import Response

Array = NDArray[np.float64]

# storage, as a share of wind and solar capacity, at which `storage_relief` is complete
STORAGE_SHARE = 0.10


@process(
    reads=("sum:electricity_mwh", "sum:furnace_mwh", "base:own_use_factor"),
    makes=("electricity_demand",),
    reports=True,
)
def electricity_demand(final_mwh: Array, furnace_mwh: Array, own_use: float) -> Array:
    """Electricity demand in MWh: final use with the power branch's own use and the grid's losses of the base year."""
    return np.asarray((final_mwh + furnace_mwh) * own_use)


@process(reads=("wind_solar_mw",), makes=("wind_solar_capacity",), reports=True)
def wind_solar_capacity(capacity_mw: Array) -> Array:
    """Wind and solar capacity in MW."""
    return capacity_mw


@process(reads=("biomass_mw",), makes=("biomass_capacity",), reports=True)
def biomass_capacity(capacity_mw: Array) -> Array:
    """Biomass power capacity in MW."""
    return capacity_mw


@process(reads=("storage_mw",), makes=("new_storage_capacity",), reports=True)
def new_storage_capacity(capacity_mw: Array) -> Array:
    """New storage capacity in MW."""
    return capacity_mw


@process(reads=("peak_response",), makes=("peak_load_response_share",), reports=True)
def peak_load_response_share(share: Array) -> Array:
    """Peak load response as a share of peak load."""
    return share


@process(reads=("hydro_mwh",), makes=("hydro_generation",), reports=True)
def hydro_generation(hydro_mwh: Array) -> Array:
    """Hydro generation in MWh."""
    return hydro_mwh


@process(reads=("biomass_capacity", "biomass_hours"), makes=("biomass_generation",), reports=True)
def biomass_generation(capacity_mw: Array, hours: Array) -> Array:
    """Biomass generation in MWh."""
    return np.asarray(capacity_mw * hours)


@process(reads=("reference:demand_mwh", "base.electricity?"), makes=("usual_demand",))
def usual_demand(reference_mwh: Array, uncertain: Array | None) -> Array:
    """Demand [year] in MWh that the reference hours belong to, at the sample's own level of use.

    An uncertain level of use is no reason for coal units to run more: the reference moves along.
    """
    return reference_mwh if uncertain is None else reference_mwh * uncertain


@process(
    reads=(
        "model:response", "model:columns", "wind_solar_capacity", "wind_share", "new_storage_capacity",
        "electricity_demand", "usual_demand", "reference:demand_mwh",
    ),
    makes=("hours_shift", "curtailment_shift"),
)  # fmt: skip
def grid_response(
    response: Response,
    columns: NDArray[np.intp],
    capacity_mw: Array,
    wind_share: Array,
    storage_mw: Array,
    demand_mwh: Array,
    usual_mwh: Array,
    reference_mwh: Array,
) -> tuple[Array, Array]:
    """Shift of coal hours and of the curtailed share by the hourly model's tables; NaN outside their runs."""
    solar = capacity_mw * (1.0 - wind_share)
    hours, curtailed = response.shift(solar, storage_mw, demand_mwh - (usual_mwh - reference_mwh), columns)
    return hours, curtailed


@process(reads=("hours_shift",), makes=("response_known",), reports=True)
def response_known(hours_shift: Array) -> Array:
    """1 where the hourly model's tables have an answer, else 0."""
    return (~np.isnan(hours_shift)).astype(float)


@process(
    reads=(
        "wind_solar_capacity", "new_storage_capacity", "curtailment", "storage_relief", "curtailment_shift?",
    ),
    makes=("curtailed_share",),
)  # fmt: skip
def curtailed_share(
    capacity_mw: Array, storage_mw: Array, curtailment: Array, relief: Array, shift: Array | None
) -> Array:
    """Share of wind and solar generation that is curtailed: less with storage, or as the hourly model answers."""
    enough = np.minimum(storage_mw / np.maximum(STORAGE_SHARE * capacity_mw, 1e-9), 1.0)
    stated = curtailment * (1.0 - relief * enough)
    if shift is None:
        return np.asarray(stated)
    moved = np.clip(curtailment + shift, 0.0, 1.0)
    return np.where(np.isnan(moved), stated, moved)


@process(reads=("curtailed_share",), makes=("curtailment",), reports=True)
def curtailment(share: Array) -> Array:
    """Share of wind and solar generation that is curtailed."""
    return share


@process(
    reads=("wind_solar_capacity", "wind_share", "wind_hours", "solar_hours", "curtailed_share"),
    makes=("wind_solar_generation",),
    reports=True,
)
def wind_solar_generation(
    capacity_mw: Array, wind_share: Array, wind_hours: Array, solar_hours: Array, curtailed: Array
) -> Array:
    """Wind and solar generation in MWh after curtailment."""
    hours = wind_share * wind_hours + (1.0 - wind_share) * solar_hours
    return np.asarray(capacity_mw * hours * (1.0 - curtailed))


@process(reads=("wind_solar_generation", "hydro_generation", "biomass_generation"), makes=("non_fossil_mwh",))
def non_fossil_generation(wind_solar_mwh: Array, hydro_mwh: Array, biomass_mwh: Array) -> Array:
    """Non-fossil generation in the city, MWh."""
    return np.asarray(wind_solar_mwh + hydro_mwh + biomass_mwh)


@process(
    reads=(
        "coal_existing_mw", "coal_new_mw", "thermal_hours", "thermal_hours_min", "thermal_hours_max", "new_unit_premium",
        "displacement", "electricity_demand", "usual_demand", "non_fossil_mwh", "reference:renewable_mwh", "hours_shift?",
    ),
    makes=("coal_mwh", "coal_generation_old", "coal_generation_new"),
    reports=("coal_generation_old", "coal_generation_new"),
)  # fmt: skip
def coal_generation(
    old_mw: Array,
    new_mw: Array,
    hours: Array,
    least: Array,
    most: Array,
    premium: Array,
    displacement: Array,
    demand_mwh: Array,
    usual_mwh: Array,
    non_fossil_mwh: Array,
    usual_non_fossil_mwh: Array,
    hours_shift: Array | None,
) -> tuple[Array, Array, Array]:
    """Generation of coal units in MWh: all, units of the base year, new units.

    Where the hourly model has no answer (`hours_shift` absent or NaN) the share `displacement` decides.
    """
    capacity = old_mw + new_mw
    follow = displacement * ((demand_mwh - usual_mwh) - (non_fossil_mwh - usual_non_fossil_mwh))
    if hours_shift is not None:
        follow = np.where(np.isnan(hours_shift), follow, capacity * np.nan_to_num(hours_shift))
    generation = np.clip(capacity * hours + follow, capacity * least, capacity * most)
    average = generation / np.maximum(capacity, 1e-9)
    new = np.minimum(new_mw * np.minimum(average + premium, most), generation)
    return generation, generation - new, new


@process(
    reads=(
        "coal_generation_old", "coal_generation_new", "base:coal_unit_factor", "base.power", "coal_rate_saving",
        "new_unit_factor",
    ),
    makes=("coal_co2_t",),
)  # fmt: skip
def coal_power_co2(
    old_mwh: Array, new_mwh: Array, base_factor: float, uncertain: Array, saving: Array, new_factor: Array
) -> Array:
    """CO2 in t of coal units: those of the base year at its factor less their saving, new ones at theirs."""
    return np.asarray(old_mwh * (base_factor * uncertain * (1.0 - saving)) + new_mwh * new_factor)


@process(reads=("electricity_demand", "coal_mwh", "non_fossil_mwh"), makes=("net_import",), reports=True)
def net_import(demand_mwh: Array, coal_mwh: Array, non_fossil_mwh: Array) -> Array:
    """Net import of electricity in MWh; negative for an export."""
    return np.asarray(demand_mwh - coal_mwh - non_fossil_mwh)


@process(reads=("net_import", "grid_factor"), makes=("import_co2_t",))
def import_co2(import_mwh: Array, grid_factor: Array) -> Array:
    """CO2 in t of the net import at the average factor of the provincial grid."""
    return np.asarray(import_mwh * grid_factor)
