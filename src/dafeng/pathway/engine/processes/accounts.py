"""Emission accounts A and B of the city, and its energy over GDP by the equivalent method."""

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.registry import process
from dafeng.units import TJ_PER_TCE

Array = NDArray[np.float64]


@process(reads=("sum:co2_t", "coal_co2_t", "import_co2_t", "sum:process_t"), makes=("A", "B"), reports=True)
def accounts(combustion_t: Array, power_t: Array, import_t: Array, process_t: Array) -> tuple[Array, Array]:
    """Account A (combustion and net import) and account B (combustion and processes), t CO2."""
    burnt = combustion_t + power_t
    return burnt + import_t, burnt + process_t


@process(reads=("gdp_growth",), makes=("gdp",))
def gdp(log_gdp: Array) -> Array:
    """Real GDP over that of the base year."""
    return np.asarray(np.exp(log_gdp))


@process(
    reads=(
        "non_fossil_mwh", "net_import", "grid_non_fossil", "coal_rate", "other_non_fossil_tce", "sum:fossil_tj",
        "coal_generation_old", "coal_generation_new",
    ),
    makes=("primary_energy", "nonfossil_share"),
    reports=True,
)  # fmt: skip
def primary_energy(
    non_fossil_mwh: Array,
    import_mwh: Array,
    grid_non_fossil: Array,
    coal_rate: Array,
    other_tce: Array,
    fossil_tj: Array,
    old_mwh: Array,
    new_mwh: Array,
) -> tuple[Array, Array]:
    """Primary energy in tce (equivalent method: electricity at the coal that makes it) and its non-fossil share."""
    imported = np.maximum(import_mwh, 0.0)
    non_fossil = (non_fossil_mwh + imported * grid_non_fossil) * coal_rate + other_tce
    coal = (old_mwh + new_mwh) * coal_rate
    total = fossil_tj / TJ_PER_TCE + coal + non_fossil_mwh * coal_rate + other_tce + import_mwh * coal_rate
    return np.asarray(total), np.asarray(non_fossil / total)


@process(reads=("primary_energy", "gdp"), makes=("energy_intensity",), reports=True)
def energy_intensity(primary_tce: Array, gdp: Array) -> Array:
    """Primary energy over GDP (GDP of the base year is 1), tce."""
    return np.asarray(primary_tce / gdp)


@process(reads=("A", "gdp"), makes=("co2_intensity",), reports=True)
def co2_intensity(headline_t: Array, gdp: Array) -> Array:
    """Account A over GDP (GDP of the base year is 1), t CO2."""
    return np.asarray(headline_t / gdp)
