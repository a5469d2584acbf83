"""What the annual model starts from: the base year by segment and carrier, and the observed years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Finding

Array = NDArray[np.float64]

CARRIERS: tuple[str, ...] = ("coal", "oil", "gas", "byproduct_gas", "heat", "renewable")
COAL, OIL, GAS, BYPRODUCT_GAS, HEAT, RENEWABLE = range(len(CARRIERS))
FOSSIL = (COAL, OIL, GAS)

# a segment is a branch, or a part of transport; sector is that of the plan
SECTORS: tuple[str, ...] = ("energy", "industry", "transport", "buildings", "agriculture")
SECTOR_OF: Mapping[str, str] = {
    "power": "energy",
    "heat": "energy",
    "refining": "energy",
    "coking": "energy",
    "mining": "industry",
    "steel": "industry",
    "building_materials": "industry",
    "petrochemicals": "industry",
    "chemicals": "industry",
    "non_ferrous": "industry",
    "textiles": "industry",
    "food": "industry",
    "electronics": "industry",
    "other_industry": "industry",
    "construction": "industry",
    "transport_light": "transport",
    "transport_heavy": "transport",
    "transport_water": "transport",
    "buildings_urban": "buildings",
    "buildings_rural": "buildings",
    "buildings_public": "buildings",
    "agriculture": "agriculture",
}
SEGMENTS: tuple[str, ...] = tuple(SECTOR_OF)
TWO_HIGH = ("coking", "steel", "building_materials", "petrochemicals", "chemicals", "non_ferrous")
INDUSTRY = tuple(segment for segment, sector in SECTOR_OF.items() if sector == "industry")


@dataclass(frozen=True, slots=True)
class Base:
    """The base year, arrays over `segments`.

    - `energy_tj[segment, carrier]`, `co2_t[segment, carrier]` (combustion), `process_t[segment]`,
      `electricity_mwh[segment]` (use, losses in the segment power);
    - `low[segment]`, `high[segment]`: 95 % range of a segment's emissions relative to their value;
    - `observed_years[year]`, `observed_co2_t[segment, year]` (combustion), `observed_process_t[segment, year]`
      and `observed_import_t[year]` of the inventory, for the years before the base year.
    """

    year: int
    segments: tuple[str, ...]
    energy_tj: Array
    co2_t: Array
    process_t: Array
    electricity_mwh: Array
    low: Array
    high: Array
    observed_years: NDArray[np.int64]
    observed_co2_t: Array
    observed_process_t: Array
    observed_import_t: Array
    findings: tuple[Finding, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n, c, y = len(self.segments), len(CARRIERS), self.observed_years.size
        shapes: Sequence[tuple[str, Array, tuple[int, ...]]] = (
            ("energy_tj", self.energy_tj, (n, c)),
            ("co2_t", self.co2_t, (n, c)),
            ("process_t", self.process_t, (n,)),
            ("electricity_mwh", self.electricity_mwh, (n,)),
            ("low", self.low, (n,)),
            ("high", self.high, (n,)),
            ("observed_co2_t", self.observed_co2_t, (n, y)),
            ("observed_process_t", self.observed_process_t, (n, y)),
            ("observed_import_t", self.observed_import_t, (y,)),
        )
        for name, array, shape in shapes:
            if array.shape != shape or not np.all(np.isfinite(array)):
                raise DafengError.at(f"base.{name}", f"shape {array.shape}", f"finite numbers of shape {shape}")
        unknown = [segment for segment in self.segments if segment not in SECTOR_OF]
        if unknown or "power" not in self.segments:
            raise DafengError.at("base.segments", ", ".join(unknown) or "no power", f"segments of {', '.join(SEGMENTS)}, power among them")
