"""Spatial allocation of a measure's effect within the city: shares of its tonnes by county, by stated rules
of grade D.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.inventory import county_weights
from dafeng.pathway.engine.base import SECTOR_OF
from dafeng.pathway.engine.model import Model
from dafeng.units import convert

Array = NDArray[np.float64]

# coal units are in the county of plants.csv
AT_PLANTS = ("coal_rate_saving", "coal_rate", "thermal_hours", "coal_existing_mw")
# supply and networks of the whole city, whose places are not in the case
EVERYWHERE = (
    "wind_solar_mw", "biomass_mw", "storage_mw", "hydro_mwh", "peak_response", "curtailment", "storage_relief",
)  # fmt: skip
# plant/KIND/… of activities.csv → segment; one parameter without a segment in its name
BRANCH_OF: Mapping[str, str] = {"steel": "steel", "cement": "building_materials", "refining": "refining"}
SEGMENT_OF: Mapping[str, str] = {
    "eaf_share": "steel", "crude_t": "refining", "crude_capacity_t": "refining", "freight_share": "transport_heavy",
    "bus_share": "transport_light",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Places:
    """Shares by county, `shares[county, measure]`, of a measure's tonnes; the last row is what cannot be
    placed. Names by county, rule by measure.
    """

    codes: tuple[str, ...]
    names_zh: tuple[str, ...]
    names_en: tuple[str, ...]
    shares: Array
    rules: tuple[str, ...]


def places(case: Case, model: Model) -> Places | None:
    """Return the shares of each measure by county, adding up to 1; None for a city without counties or
    without a series for all of them.

    Measures on coal units go by their capacity, on steel, cement and refining by the capacity of named plants
    (activities.csv), on wind, solar, biomass, hydro and storage to nowhere (sites are not in the case),
    others by gridded CO2 of the counties.

    Parameters
    ----------
    case
        Loaded case with counties.
    model
        Compiled model of the case.

    Returns
    -------
    Shares [measure, county] with their source, or None.
    """
    codes = tuple(county.code for county in case.city.counties)
    observed = case.table("observations")
    if (
        not codes
        or observed[observed["region"].isin(codes) & (observed["indicator"] == "co2_edgar_county")].empty
    ):
        return None
    weights = county_weights(case, case.city.as_of)
    default, plants = (weights.loc[name].to_numpy(dtype=float) for name in ("default", "plants"))
    named = _named_plants(case, codes)
    acts: dict[int, list[str]] = {k: [] for k in range(len(model.measures))}
    for id_, parameter in model.parameters.items():
        for action in parameter.actions:
            acts[action.measure].append(id_)
    shares, rules = np.zeros((len(codes) + 1, len(model.measures))), []
    for k, ids in acts.items():
        parts = [_rule(id_, named, default, plants) for id_ in ids]
        for share, _ in parts:
            shares[:, k] += share / len(parts)
        rules.append("; ".join(dict.fromkeys(rule for _, rule in parts)))
    counties = case.city.counties
    return Places(
        (*codes, ""), (*(c.name_zh for c in counties), "全市(未落到县区)"), (*(c.name_en for c in counties), "not placed"),
        shares, tuple(rules),
    )  # fmt: skip


def _rule(id_: str, named: Mapping[str, Array], default: Array, plants: Array) -> tuple[Array, str]:
    """Shares [county + 1] of one parameter."""
    if id_ in EVERYWHERE:
        return np.append(np.zeros(default.size), 1.0), "sites not in the case"
    segment = SEGMENT_OF.get(id_, id_.partition(".")[2])
    if id_ in AT_PLANTS or segment == "power":
        return np.append(plants, 0.0), "coal capacity in service"
    if segment in named:
        return np.append(named[segment], 0.0), "capacity of named plants"
    return np.append(default, 0.0), "gridded CO2 (EDGAR)"


def _named_plants(case: Case, codes: tuple[str, ...]) -> dict[str, Array]:
    """Segment → share of each county in the capacity of its named plants; the largest figure of a plant
    counts.
    """
    found: dict[tuple[str, str, str], float] = {}
    table = case.table("activities")
    rows = table[table["region"].isin(codes) & table["value"].notna()]
    columns = (rows[column].astype(str) for column in ("activity", "region", "unit"))
    for name, region, unit, value in zip(*columns, rows["value"], strict=True):
        parts = name.split("/")
        if parts[0] != "plant" or parts[-1] != "capacity" or len(parts) < 4 or not unit.endswith("t/a"):
            continue
        segment = BRANCH_OF.get(parts[1], parts[1] if parts[1] in SECTOR_OF else "")
        if segment:
            key = (segment, parts[2], region)
            found[key] = max(found.get(key, 0.0), float(convert(float(value), unit, "t/a")))
    sums = {segment: np.zeros(len(codes)) for segment, *_ in found}
    for (segment, _, region), tonnes in found.items():
        sums[segment][codes.index(region)] += tonnes
    return {segment: total / total.sum() for segment, total in sums.items() if total.sum() > 0}
