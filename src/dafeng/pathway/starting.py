"""From the inventory to the base of the model: branches to segments, fuels to carriers."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.base import CARRIERS, SEGMENTS, Base
from dafeng.units import convert

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
ELECTRICITY = "Electricity"
# road fuels stand in several rows of the balance; ships burn diesel and fuel oil
LIGHT_FUELS = frozenset({"Gasoline", "LPG"})
HOUSEHOLDS = frozenset({"buildings_urban", "buildings_rural"})


def base_from(
    cells: pd.DataFrame, account_a: Mapping[int, float], base_year: int, water_share: float
) -> Base:
    """The model's base from the inventory's cells.

    Parameters: `cells` with year, branch, fuel, activity, activity_unit, energy_tj, value_t, low_t, high_t,
    gas (t CO2; a cell without a fuel is a process, its number NaN where a notation key stands); `account_a`
    the assessment account by year, in t; `water_share` the part of transport diesel that ships burn.

    Gasoline and LPG of transport and the gasoline of households are light vehicles, other fuels of
    transport road freight and ships.

    Raises: DafengError where the base year is missing or a branch or fuel is unknown.
    """
    known = cells[cells["gas"] == "CO2"].copy()
    if base_year not in set(known["year"]):
        raise DafengError.at("inventory", f"years {sorted(set(known['year']))}", f"the base year {base_year}")
    known["segment"] = [_segment(b, f) for b, f in zip(known["branch"], known["fuel"], strict=True)]
    known = _with_ships(known, water_share)
    unknown = sorted({s for s in known["segment"] if s not in SEGMENTS})
    fuels = sorted({f for f in known["fuel"] if f and f not in CARRIER_OF and f != ELECTRICITY})
    if unknown or fuels:
        raise DafengError.at("inventory", ", ".join((*unknown, *fuels)), "branches and fuels of the model")
    now = known[known["year"] == base_year]
    years = np.array(sorted(y for y in set(known["year"]) if y < base_year), dtype=np.int64)
    shape = (len(SEGMENTS), len(CARRIERS))
    burnt = now[now["fuel"].isin(CARRIER_OF)]
    energy, co2 = (_matrix(burnt, column, shape) for column in ("energy_tj", "value_t"))
    electricity = np.zeros(len(SEGMENTS))
    for row in now[now["fuel"] == ELECTRICITY].itertuples():
        electricity[SEGMENTS.index(row.segment)] += convert(float(row.activity), str(row.activity_unit), "MWh")
    low, high = _ranges(now)
    past = [known[known["year"] == year] for year in years]
    observed = [_by_segment(part[part["fuel"].isin(CARRIER_OF)]) for part in past]
    process = [_by_segment(part[part["fuel"] == ""]) for part in past]
    burnt_before = np.array(observed).T.reshape(len(SEGMENTS), years.size)
    imports = np.array([account_a[int(year)] for year in years]) - burnt_before.sum(axis=0)
    return Base(
        base_year, SEGMENTS, energy, co2, _by_segment(now[now["fuel"] == ""]), electricity, low, high,
        years, burnt_before, np.array(process).T.reshape(len(SEGMENTS), years.size), imports,
    )  # fmt: skip


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
