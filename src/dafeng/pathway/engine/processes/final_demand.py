"""Final demand of a segment: activity, fuels and their CO2, process CO2, electricity, as factors of the base year.

    fuels = base · activity · intensity · (1 − savings) · (1 − electrified)
    activity = GDP^elasticity · own growth · physical index

Every term is [sample, year]; a term that nobody moves is absent, so [sample, segment, carrier, year] never exists.
Rates come as cumulated logarithms since the base year (`gdp_growth` is ln of GDP over that of the base year).
"""

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.base import COAL, FOSSIL
from dafeng.pathway.engine.processes.terms import left, scale, times, total
from dafeng.pathway.engine.registry import process

Array = NDArray[np.float64]

MWH_PER_TJ = 1000 / 3.6


@process(
    reads=("elasticity.*?", "gdp_growth", "growth.*?", "growth.two_high?"), makes=("activity_exponent.*",)
)
def activity_exponent(
    elasticity: Array | None, log_gdp: Array, growth: Array | None, two_high: Array | None
) -> Array | None:
    """ln of GDP^elasticity · own growth since the base year; absent where nothing moves it."""
    return total(None if elasticity is None else elasticity * log_gdp, growth, two_high)


@process(reads=("activity_exponent.*?", "index.*?"), makes=("activity.*",))
def activity(exponent: Array | None, index: Array | None) -> Array:
    """Activity over that of the base year, which the stock of vehicles, equipment and floors follows."""
    return times(scale(exponent), index)


@process(reads=("saving.*?", "new_saving.*?", "rebound.*?", "saving.industry?"), makes=("energy_left.*",))
def energy_left(
    saving: Array | None, new: Array | None, rebound: Array | None, common: Array | None
) -> Array | None:
    """Energy left after savings of the stock and of what is new in it, less what greater use takes back."""
    if rebound is not None:
        kept = 1.0 - rebound
        saving = None if saving is None else saving * kept
        new = None if new is None else new * kept
    return left(saving, new, common)


@process(
    reads=("activity_exponent.*?", "fuel_intensity.*?", "index.*?", "base.*?", "energy_left.*?"),
    makes=("fuel_demand.*",),
)
def fuel_demand(
    exponent: Array | None,
    intensity: Array | None,
    index: Array | None,
    uncertain: Array | None,
    energy_left: Array | None,
) -> Array:
    """Fuel demand over the base year, before electricity takes a part of it."""
    return times(scale(exponent, intensity), index, uncertain, energy_left)


@process(reads=("electrify.*?", "new_electric.*?"), makes=("electrified_share.*",))
def electrified_share(stock: Array | None, turned_over: Array | None) -> Array | None:
    """Share of the fuels that has given way to electricity: in the stock, and by its turnover."""
    if turned_over is None:
        return stock
    return np.clip(turned_over if stock is None else turned_over + stock, 0.0, 1.0)


@process(
    reads=("fuel_demand.*", "electrified_share.*?", "useful_ratio.*?", "base:energy_tj"),
    makes=("fuels.*", "electrified_mwh.*"),
)
def electrification(
    demand: Array, share: Array | None, ratio: Array | None, base_tj: Array
) -> tuple[Array, Array | None]:
    """Fuels that stay, over the base year, and the electricity in MWh that replaces the rest.

    Fuel that gives way takes 1 / useful ratio of its energy as electricity.
    """
    if share is None:
        return demand, None
    moved = demand * (share * (float(base_tj[list(FOSSIL)].sum()) * MWH_PER_TJ))
    return demand * (1.0 - share), moved if ratio is None else moved / ratio


@process(
    reads=(
        "fuels.*", "gas_for_coal.*?", "low_carbon_fuel.*?", "project_energy.*?", "base:co2_t", "base:energy_tj",
        "factors:natural_gas",
    ),
    makes=("co2_t.*", "fossil_tj.*"),
)  # fmt: skip
def fuel_mix(
    fuels: Array,
    gas: Array | None,
    green: Array | None,
    projects_tj: Array | None,
    carbon_t: Array,
    energy_tj: Array,
    gas_factor: float,
) -> tuple[Array, Array]:
    """Combustion CO2 in t and fossil energy in TJ.

    Coal that gives way to gas burns as gas of the same energy (`gas_factor` tCO2/TJ); coal that gives way to
    biomass or waste leaves no fossil CO2. Projects of the branch add their own fossil energy at its mean factor
    of the base year: trends and measures are those of what there was.
    """
    carbon_base, energy_base = float(carbon_t.sum()), float(energy_tj[list(FOSSIL)].sum())
    carbon: Array | float = carbon_base
    energy: Array | float = energy_base
    if gas is not None:
        carbon = carbon - gas * (carbon_t[COAL] - energy_tj[COAL] * gas_factor)
    if green is not None:
        carbon = carbon - green * carbon_t[COAL]
        energy = energy - green * energy_tj[COAL]
    carbon, energy = fuels * carbon, fuels * energy
    if projects_tj is not None:
        carbon = carbon + projects_tj * (carbon_base / energy_base)
        energy = energy + projects_tj
    return np.asarray(carbon), np.asarray(energy)


@process(
    reads=("activity_exponent.*?", "index.*?", "base.*?", "process.*?", "base:process_t"),
    makes=("process_t.*",),
)
def process_emissions(
    exponent: Array | None, index: Array | None, uncertain: Array | None, factor: Array | None, base_t: float
) -> Array | None:
    """Process CO2 in t: that of the base year · activity · factor."""
    if base_t == 0.0:
        return None
    return times(times(scale(exponent), index, uncertain) * float(base_t), factor)


@process(
    reads=(
        "activity_exponent.*?", "electricity_intensity.*?", "index.*?", "base.electricity?", "electricity_saving.*?",
        "electricity_saving.industry?", "energy_left.*?", "electrified_mwh.*?", "base:electricity_mwh",
    ),
    makes=("electricity_mwh.*",),
)  # fmt: skip
def electricity_use(
    exponent: Array | None,
    intensity: Array | None,
    index: Array | None,
    uncertain: Array | None,
    saving: Array | None,
    common_saving: Array | None,
    energy_left: Array | None,
    electrified_mwh: Array | None,
    base_mwh: float,
) -> Array:
    """Electricity use in MWh, with what has replaced fuels."""
    spared = left(saving, common_saving)
    use = times(scale(exponent, intensity) * float(base_mwh), index, uncertain, spared, energy_left)
    return use if electrified_mwh is None else use + electrified_mwh
