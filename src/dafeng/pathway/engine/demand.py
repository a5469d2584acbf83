"""Final demand of one segment: its fuels, their CO2, process CO2 and electricity, as factors of the base year.

    fuels = base · activity · intensity · (1 − savings) · (1 − electrified)
    activity = GDP^elasticity · own growth · physical index (see `activity`)

Every term is [sample, year]; a term that nobody moves is left out, so [sample, segment, carrier, year] never exists.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.activity import Common, log_activity, total
from dafeng.pathway.engine.base import COAL, FOSSIL, INDUSTRY, Base
from dafeng.pathway.engine.parameter_paths import Paths

Array = NDArray[np.float64]

MWH_PER_TJ = 1000 / 3.6
# natural gas, tCO2/TJ: 15.32 tC/TJ oxidised to 99 % (provincial guideline for inventories)
GAS_FACTOR = 15.32 * 0.99 * 44 / 12


@dataclass(frozen=True, slots=True)
class Demand:
    """[sample, year] of a segment: combustion CO2 and process CO2 in t, fossil energy in TJ, electricity in MWh."""

    co2_t: Array
    process_t: Array | None
    fossil_tj: Array
    electricity_mwh: Array


def _left(*savings: Array | None) -> Array | None:
    product: Array | None = None
    for saving in savings:
        if saving is not None:
            product = 1.0 - saving if product is None else product * (1.0 - saving)
    return product


def _times(value: Array, *factors: Array | None) -> Array:
    for factor in factors:
        if factor is not None:
            value = value * factor
    return value


def segment_demand(paths: Paths, base: Base, position: int, common: Common) -> Demand:
    """Demand of the segment at `position` of the base (not of power generation).

    Coal that gives way to gas burns as gas of the same energy; coal that gives way to biomass or waste
    leaves no fossil CO2; fuel that gives way to electricity takes 1 / useful ratio of its energy.
    """
    name = base.segments[position]
    industry = name in INDUSTRY
    activity = log_activity(paths, name, common)
    index, multiplier = common.index.get(name), paths.get(f"base.{name}")
    saving = _left(*_savings(paths, name), common.saving if industry else None)
    scale = _scale(activity, paths.get(f"fuel_intensity.{name}"))
    fuels = _times(scale, index, multiplier, saving)
    electrified = _electrified(paths, name)
    fossil_base = float(base.energy_tj[position, FOSSIL].sum())
    electric: Array | None = None
    if electrified is not None:
        ratio = paths.get(f"useful_ratio.{name}")
        moved = fuels * (electrified * (fossil_base * MWH_PER_TJ))
        electric = moved if ratio is None else moved / ratio
        fuels = fuels * (1.0 - electrified)
    co2, fossil = _fuel_mix(paths, base, position, fuels)
    use = _scale(activity, paths.get(f"electricity_intensity.{name}"))
    spared = _left(paths.get(f"electricity_saving.{name}"), common.electricity_saving if industry else None)
    demand = _times(
        use * float(base.electricity_mwh[position]), index, common.electricity_base, spared, saving
    )
    if electric is not None:
        demand = demand + electric
    return Demand(
        co2,
        _process(paths, base, position, _times(_scale(activity, None), index, multiplier)),
        fossil,
        demand,
    )


def _savings(paths: Paths, segment: str) -> tuple[Array | None, Array | None]:
    """Savings of the stock as it is and of what is new in it, less the part that greater use takes back."""
    saving, new = paths.get(f"saving.{segment}"), paths.get(f"new_saving.{segment}")
    rebound = paths.get(f"rebound.{segment}")
    if rebound is None:
        return saving, new
    kept = 1.0 - rebound
    return None if saving is None else saving * kept, None if new is None else new * kept


def _electrified(paths: Paths, segment: str) -> Array | None:
    """Share of the fuels that has given way to electricity: by turnover of the stock, and beside it."""
    beside, turned = paths.get(f"electrify.{segment}"), paths.get(f"new_electric.{segment}")
    if turned is None:
        return beside
    return np.clip(turned if beside is None else turned + beside, 0.0, 1.0)


def _scale(activity: Array | None, intensity: Array | None) -> Array:
    exponent = total(activity, intensity)
    return np.ones((1, 1)) if exponent is None else np.asarray(np.exp(exponent))


def _fuel_mix(paths: Paths, base: Base, position: int, fuels: Array) -> tuple[Array, Array]:
    name = base.segments[position]
    carbon = base.co2_t[position]
    energy = base.energy_tj[position]
    total, fossil = float(carbon.sum()), float(energy[list(FOSSIL)].sum())
    gas, green = paths.get(f"gas_for_coal.{name}"), paths.get(f"low_carbon_fuel.{name}")
    intensity: Array | float = total
    energies: Array | float = fossil
    if gas is not None:
        intensity = intensity - gas * (carbon[COAL] - energy[COAL] * GAS_FACTOR)
    if green is not None:
        intensity = intensity - green * carbon[COAL]
        energies = energies - green * energy[COAL]
    return np.asarray(fuels * intensity), np.asarray(fuels * energies)


def _process(paths: Paths, base: Base, position: int, physical: Array) -> Array | None:
    process = float(base.process_t[position])
    if process == 0.0:
        return None
    factor = paths.get(f"process.{base.segments[position]}")
    return _times(physical * process, factor)
