"""Accounts of a solved city grid: trade, CO2 of generation and of use, non-fossil share of use.

    CO2 of use(t)     = CO2 of generation in the city - export(t) × its mean factor + import(t) × mean factor of the province
    non-fossil use(t) = non-fossil generation × (1 - export / generation) + import × non-fossil share of the province

both hour by hour, with the mix of the node that sends. The share of use (消纳) adds green certificates bought and
takes off those sold; it counts what is consumed, not what is generated.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.dispatch.city.grid import CityGrid
from dafeng.dispatch.city.tables import CITY, PROVINCE
from dafeng.dispatch.formulation.global_limits import rates
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.system import System

Array = NDArray[np.float64]
NOT_GENERATED = frozenset({"import", "export", "response", "lost"})
"""Carriers of generators that stand for something other than generation at their bus."""


@dataclass(frozen=True)
class Node:
    """Hourly sums of a node [snapshot]: generation MW, non-fossil part MW, CO2 t/h."""

    generation: Array
    non_fossil: Array
    co2: Array

    def factor(self) -> Array:
        """Return the mean emission factor, t/MWh; 0 where nothing is generated."""
        return _over(self.co2, self.generation)

    def share(self) -> Array:
        """Return the non-fossil share of generation; 0 where nothing is generated."""
        return _over(self.non_fossil, self.generation)


@dataclass(frozen=True)
class CityAccounts:
    """Accounts of a city over the horizon: energy in MWh, CO2 in t.

    `co2_province_t` is None without a second node.
    """

    demand_mwh: float
    generation_mwh: float
    import_mwh: float
    export_mwh: float
    co2_generation_t: float
    co2_province_t: float | None
    co2_of_use_t: float
    non_fossil_generation_share: float
    non_fossil_use_share: float


def _over(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 1e-9)


def city_accounts(grid: CityGrid, solution: Solution) -> CityAccounts:
    """Compute the accounts of the city.

    Parameters
    ----------
    grid : CityGrid
        Grid of the city.
    solution : Solution
        Its solution.
    """
    weight = solution.system.weightings["generators"].to_numpy(float)
    load = city_load(solution.system)
    city = node(grid, solution, CITY)
    bought, sold = trade(grid, solution)
    if grid.has_province():
        province = node(grid, solution, PROVINCE)
        factor, clean = province.factor(), province.share()
        co2_province: float | None = float((province.co2 * weight).sum())
    else:
        factor = np.full(len(load), grid.used["import.co2"].value)
        clean, co2_province = np.zeros(len(load)), None
    contract = _contracts(solution)
    kept = 1.0 - np.clip(_over(sold, city.generation), 0.0, 1.0)
    use = city.co2 * kept + bought * factor + contract.co2
    non_fossil = city.non_fossil * kept + bought * clean + contract.non_fossil
    demand = float((load * weight).sum())
    certificates = grid.used["green_certificates_mwh"].value if "green_certificates_mwh" in grid.used else 0.0
    return CityAccounts(
        demand,
        float((city.generation * weight).sum()),
        float(((bought + contract.generation) * weight).sum()),
        float((sold * weight).sum()),
        float((city.co2 * weight).sum()),
        co2_province,
        float((use * weight).sum()),
        float((city.non_fossil * weight).sum()) / demand,
        (float((non_fossil * weight).sum()) + certificates) / demand,
    )


def city_load(system: System) -> Array:
    """Return the load of the city with its vehicles [snapshot], MW, of a city's system."""
    loads = system.names("loads")
    chosen = loads[loads != PROVINCE]
    return np.asarray(system.dense("loads", "p_set", chosen).sum(axis=1))


def node(grid: CityGrid, solution: Solution, bus: str) -> Node:
    """Compute the hourly sums of the generation on `bus`, without contracts, trade, response and lost load.

    Power from other provinces counts as generation of the province, with the national mean factor; its
    non-fossil part is what that factor leaves beside coal.

    Parameters
    ----------
    grid : CityGrid
        Grid of the city.
    solution : Solution
        Its solution.
    bus : str
        Bus of the node.
    """
    system = solution.system
    table = system.table("generators")
    contract = table["carrier"].astype(str).str.startswith("contract ")
    names = table.index[table["bus"].eq(bus) & ~table["carrier"].isin(NOT_GENERATED) & ~contract]
    power = solution.flows["generators-p"][list(names)].to_numpy(float)
    carriers = table.loc[names, "carrier"]
    rate = carriers.map(rates(system, "co2_emissions")).fillna(0.0).to_numpy(float)
    clean = carriers.map(_clean_shares(grid, system)).fillna(0.0).to_numpy(float)
    fuel = power / system.dense("generators", "efficiency", names)
    return Node(power.sum(axis=1), (power * clean).sum(axis=1), (fuel * rate).sum(axis=1))


def _clean_shares(grid: CityGrid, system: System) -> pd.Series:
    """Non-fossil share of each carrier: 0 or 1, and between for power from outside."""
    carriers = system.tables["carriers"]
    share = carriers["non_fossil"].fillna(False).astype(bool).astype(float)
    table = system.table("generators")
    coal = table[table["carrier"].eq("coal")]
    if "outside" in share.index and len(coal):
        fuel = float((coal["p_nom"] / coal["efficiency"]).sum()) / float(coal["p_nom"].sum())
        fossil = grid.used["outside.co2"].value / (grid.used["coal.co2_per_mwh_fuel"].value * fuel)
        share["outside"] = float(np.clip(1.0 - fossil, 0.0, 1.0))
    return share


def trade(grid: CityGrid, solution: Solution) -> tuple[Array, Array]:
    """Return import and export of the city over its corridor [snapshot], MW at the city's end.

    Parameters
    ----------
    grid : CityGrid
        Grid of the city.
    solution : Solution
        Its solution.
    """
    if grid.has_province():
        flow = solution.flows["links-p"]
        kept = float(solution.system.table("links")["efficiency"]["import"])
        return flow["import"].to_numpy(float) * kept, flow["export"].to_numpy(float)
    power = solution.flows["generators-p"]
    return power["import"].to_numpy(float), power["export"].to_numpy(float)


def import_limit(grid: CityGrid, solution: Solution) -> float:
    """Return the largest import of the city over its corridor, MW at the city's end."""
    if grid.has_province():
        links = solution.system.table("links")
        return float(links["p_nom"]["import"]) * float(links["efficiency"]["import"])
    return float(solution.system.table("generators")["p_nom"]["import"])


def _contracts(solution: Solution) -> Node:
    """Contracts of the user as a node: import positive, export negative."""
    system = solution.system
    table = system.table("generators")
    names = table.index[table["carrier"].astype(str).str.startswith("contract ")]
    if names.empty:
        zero = np.zeros(len(system.snapshots))
        return Node(zero, zero, zero)
    power = solution.flows["generators-p"][list(names)].to_numpy(float) * table.loc[names, "sign"].to_numpy(
        float
    )
    carriers = table.loc[names, "carrier"]
    rate = carriers.map(rates(system, "co2_emissions")).fillna(0.0).to_numpy(float)
    clean = carriers.map(system.tables["carriers"]["non_fossil"].fillna(False).astype(float)).to_numpy(float)
    return Node(power.sum(axis=1), (power * clean).sum(axis=1), (power * rate).sum(axis=1))


def province_rise(free: CityAccounts, capped: CityAccounts) -> float:
    """Return the rise of the province's CO2 under a cap, t; negative where it falls, 0 without a second node.

    Parameters
    ----------
    free, capped : CityAccounts
        Accounts without and with the cap.
    """
    if free.co2_province_t is None or capped.co2_province_t is None:
        return 0.0
    return capped.co2_province_t - free.co2_province_t


@dataclass(frozen=True)
class Abatement:
    """What a cap of CO2 has done beside the same grid without it, t: each 0 or more.

    The city's own cut is `abated_city_t + moved_t`; the total falls by `abated_city_t + abated_province_t`.
    """

    abated_city_t: float
    abated_province_t: float
    moved_t: float


def abatement(free: CityAccounts, capped: CityAccounts) -> Abatement:
    """Split the fall of the city's CO2 under a cap into what is abated and what is moved to the province.

    Parameters
    ----------
    free, capped : CityAccounts
        Accounts without and with the cap.

    Notes
    -----
    With the city's cut c and the province's rise r: moved = min(c, max(r, 0)), abated in the city = c - moved,
    abated in the province = max(-r, 0).
    """
    cut, rise = free.co2_generation_t - capped.co2_generation_t, province_rise(free, capped)
    moved = min(max(cut, 0.0), max(rise, 0.0))
    return Abatement(max(cut, 0.0) - moved, max(-rise, 0.0), moved)
