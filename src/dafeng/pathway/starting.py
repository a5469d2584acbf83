"""From the inventory to the base of the model: branches to segments, fuels to carriers."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.base import CARRIERS, SEGMENTS, Base

Array = NDArray[np.float64]

CARRIER_OF: Mapping[str, str] = {
    "Raw_Coal": "coal",
    "Cleaned_Coal": "coal",
    "Other_Washed_Coal": "coal",
    "Briquettes": "coal",
    "Coke": "coal",
    "Other_Coking_Products": "coal",
    "Coke_Oven_Gas": "byproduct_gas",
    "Other_Gas": "byproduct_gas",
    "Refinery_Gas": "byproduct_gas",
    "Natural_Gas": "gas",
    "Crude_Oil": "oil",
    "Gasoline": "oil",
    "Kerosene": "oil",
    "Diesel_Oil": "oil",
    "Fuel_Oil": "oil",
    "LPG": "oil",
    "Other_Petroleum_Products": "oil",
    "Heat": "heat",
    "Other_Energy": "renewable",
}
# road fuels stand in several rows of the balance; ships burn diesel and fuel oil
LIGHT_FUELS = frozenset({"Gasoline", "LPG"})
HOUSEHOLDS = frozenset({"buildings_urban", "buildings_rural"})


class Accounts(Protocol):
    """The part of an inventory that the model starts from (`dafeng.inventory.Inventory`)."""

    @property
    def cells(self) -> pd.DataFrame: ...
    @property
    def power(self) -> pd.DataFrame: ...
    @property
    def electricity(self) -> pd.DataFrame: ...
    @property
    def base_year(self) -> int: ...


def base_from(inventory: Accounts, branch_of: Mapping[str, str], water_share: float) -> Base:
    """The model's base from an inventory.

    Parameters: `inventory.cells` (combustion, process and electricity_import in t CO2), `.electricity`
    (use by year and row, MWh) and `.power` (thermal_mwh by year); `branch_of` the branch of a balance row
    (rows without one, such as losses, go to power); `water_share` the part of transport diesel that
    ships burn.

    Gasoline and LPG of transport and the gasoline of households are light vehicles, other fuels of
    transport road freight and ships.

    Raises: DafengError where the base year is missing or a branch or fuel is unknown.
    """
    cells, year = inventory.cells, inventory.base_year
    if year not in set(cells["year"]):
        raise DafengError.at("inventory", f"years {sorted(set(cells['year']))}", f"the base year {year}")
    known = cells[(cells["gas"] == "CO2") & cells["category"].isin(("combustion", "process"))].copy()
    known["segment"] = [_segment(b, f) for b, f in zip(known["branch"], known["fuel"], strict=True)]
    known = _with_ships(known, water_share)
    burnt, process = known[known["category"] == "combustion"], known[known["category"] == "process"]
    unknown = sorted({str(s) for s in known["segment"] if s not in SEGMENTS})
    fuels = sorted({str(f) for f in burnt["fuel"] if f not in CARRIER_OF})
    if unknown or fuels:
        raise DafengError.at("inventory", ", ".join((*unknown, *fuels)), "branches and fuels of the model")
    now = burnt[burnt["year"] == year]
    energy, co2 = (
        _matrix(now, column, (len(SEGMENTS), len(CARRIERS))) for column in ("energy_tj", "value_t")
    )
    low, high = _ranges(pd.concat([now, process[process["year"] == year]]))
    past = np.array(sorted(y for y in set(known["year"]) if y < year), dtype=np.int64)
    imports = cells[cells["category"] == "electricity_import"].groupby("year")["value_t"].sum()
    use = inventory.electricity.groupby("year")["value"].sum()
    return Base(
        year, SEGMENTS, energy, co2, _by_segment(process[process["year"] == year]),
        _electricity(inventory.electricity, year, branch_of), float(inventory.power["thermal_mwh"].loc[[year]].to_numpy(dtype=float)[0]), low, high,
        past, _by_year(burnt, past), _by_year(process, past),
        imports.reindex(past).fillna(0.0).to_numpy(dtype=float), use.reindex(past).fillna(0.0).to_numpy(dtype=float),
    )  # fmt: skip


def _by_year(cells: pd.DataFrame, years: NDArray[np.int64]) -> Array:
    columns = [_by_segment(cells[cells["year"] == year]) for year in years]
    return np.array(columns).T.reshape(len(SEGMENTS), years.size)


def _electricity(table: pd.DataFrame, year: int, branch_of: Mapping[str, str]) -> Array:
    found = np.zeros(len(SEGMENTS))
    now = table[table["year"] == year]
    for row, value in zip(now["row"].astype(str), now["value"].to_numpy(dtype=float), strict=True):
        branch = branch_of.get(row) or "power"
        segment = "transport_heavy" if branch == "transport" else branch
        found[SEGMENTS.index(segment)] += value
    return found


def _segment(branch: object, fuel: object) -> str:
    if branch == "transport":
        return "transport_light" if fuel in LIGHT_FUELS else "transport_heavy"
    if branch in HOUSEHOLDS and fuel == "Gasoline":
        return "transport_light"
    return str(branch)


def _with_ships(cells: pd.DataFrame, share: float) -> pd.DataFrame:
    """Splits the diesel and fuel oil of transport into road and water."""
    heavy = (cells["segment"] == "transport_heavy") & cells["fuel"].isin(["Diesel_Oil", "Fuel_Oil"])
    amounts = [name for name in ("activity", "energy_tj", "value_t", "low_t", "high_t") if name in cells]
    ships = cells[heavy].copy()
    ships["segment"] = "transport_water"
    ships[amounts] = ships[amounts] * share
    road = cells.copy()
    road.loc[heavy, amounts] = road.loc[heavy, amounts] * (1.0 - share)
    return pd.concat([road, ships], ignore_index=True)


def _matrix(cells: pd.DataFrame, column: str, shape: tuple[int, int]) -> Array:
    found = np.zeros(shape)
    rows = [SEGMENTS.index(segment) for segment in cells["segment"]]
    columns = [CARRIERS.index(CARRIER_OF[fuel]) for fuel in cells["fuel"]]
    np.add.at(found, (rows, columns), np.nan_to_num(cells[column].to_numpy(dtype=float)))
    return found


def _by_segment(cells: pd.DataFrame) -> Array:
    found = np.zeros(len(SEGMENTS))
    rows = [SEGMENTS.index(segment) for segment in cells["segment"]]
    np.add.at(found, rows, np.nan_to_num(cells["value_t"].to_numpy(dtype=float)))
    return found


def _ranges(cells: pd.DataFrame) -> tuple[Array, Array]:
    """95 % range of each segment over its value: its cells share the split of the province, so ends add up."""
    low, high = np.ones(len(SEGMENTS)), np.ones(len(SEGMENTS))
    for segment, part in cells[cells["value_t"].fillna(0) > 0].groupby("segment"):
        total = float(part["value_t"].sum())
        ends = part["low_t"].fillna(part["value_t"]).sum(), part["high_t"].fillna(part["value_t"]).sum()
        low[SEGMENTS.index(segment)] = max(float(ends[0]) / total, 0.05)
        high[SEGMENTS.index(segment)] = float(ends[1]) / total
    return low, high
