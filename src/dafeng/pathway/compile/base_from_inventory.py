"""Base year of the model from the inventory: branches to segments, fuels to carriers."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Finding, Severity
from dafeng.inventory import Inventory
from dafeng.pathway.engine.base import CARRIERS, SEGMENTS, Base

Array = NDArray[np.float64]

COMBUSTION, PROCESS, IMPORT = "combustion", "process", "electricity_import"

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
# road fuels are in several rows of the balance; ships burn diesel and fuel oil
LIGHT_FUELS = frozenset({"Gasoline", "LPG"})
HOUSEHOLDS = frozenset({"buildings_urban", "buildings_rural"})


def base_from(inventory: Inventory, water_share: float) -> Base:
    """Build the model's base year from an inventory.

    Parameters: `water_share` the part of transport diesel that ships burn. Electricity comes from
    `inventory.carriers`, losses going to power; coal generation from `inventory.power`.

    Gasoline and LPG of transport and the gasoline of households are light vehicles, other fuels of
    transport road freight and ships. Processes that are not estimated in the base year are carried from
    the last year that is, with a finding: left out, they would look like a fall.

    Raises: DafengError where the base year is missing or a branch or fuel is unknown.
    """
    cells, year = inventory.cells, inventory.base_year
    if year not in set(cells["year"]):
        raise DafengError.at("inventory", f"years {sorted(set(cells['year']))}", f"the base year {year}")
    known = cells[(cells["gas"] == "CO2") & cells["category"].isin((COMBUSTION, PROCESS))].copy()
    known["segment"] = [_segment(b, f) for b, f in zip(known["branch"], known["fuel"], strict=True)]
    known = _with_ships(known, water_share)
    burnt, process = known[known["category"] == COMBUSTION], known[known["category"] == PROCESS]
    unknown = sorted({str(s) for s in known["segment"] if s not in SEGMENTS})
    fuels = sorted({str(f) for f in burnt["fuel"] if f not in CARRIER_OF})
    if unknown or fuels:
        raise DafengError.at("inventory", ", ".join((*unknown, *fuels)), "branches and fuels of the model")
    now = burnt[burnt["year"] == year]
    energy, co2 = (
        _matrix(now, column, (len(SEGMENTS), len(CARRIERS))) for column in ("energy_tj", "value_t")
    )
    now_process, findings = _process(process, year)
    low, high = _ranges(pd.concat([now, now_process]))
    past = np.array(sorted(y for y in set(known["year"]) if y < year), dtype=np.int64)
    imports = cells[cells["category"] == IMPORT].groupby("year")["value_t"].sum()
    carriers = inventory.carriers[inventory.carriers["fuel"] == "Electricity"]
    use = carriers.groupby("year")["value"].sum()
    return Base(
        year, SEGMENTS, energy, co2, _by_segment(now_process), _electricity(carriers, year),
        float(inventory.power["thermal_mwh"].loc[[year]].to_numpy(dtype=float)[0]), low, high,
        past, _by_year(burnt, past), _by_year(process, past),
        imports.reindex(past).fillna(0.0).to_numpy(dtype=float), use.reindex(past).fillna(0.0).to_numpy(dtype=float),
        findings, dict(inventory.inputs),
    )  # fmt: skip


def _process(process: pd.DataFrame, year: int) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Process cells of `year`, each row that is not estimated then taken from its last year before."""
    parts, carried = [], []
    for row, cells in process[process["year"] <= year].groupby("row"):
        estimated = cells[cells["value_t"].notna()]
        if estimated.empty:
            continue
        last = int(estimated["year"].max())
        parts.append(estimated[estimated["year"] == last])
        if last < year and float(parts[-1]["value_t"].sum()) != 0.0:
            carried.append((str(row), last))
    findings = tuple(
        Finding(
            "process-carried", Severity.WARNING, f"inventory:{row}:{year}",
            f"{year}年过程排放未估算(NE),模型沿用{last}年的数值作起点(E级),否则看似下降",
            f"process emissions of {year} are not estimated; the model starts from those of {last} (grade E), since leaving them out would look like a fall",
        )
        for row, last in carried
    )  # fmt: skip
    return (pd.concat(parts) if parts else process.iloc[:0]), findings


def _by_year(cells: pd.DataFrame, years: NDArray[np.int64]) -> Array:
    columns = [_by_segment(cells[cells["year"] == year]) for year in years]
    return np.array(columns).T.reshape(len(SEGMENTS), years.size)


def _electricity(carriers: pd.DataFrame, year: int) -> Array:
    found = np.zeros(len(SEGMENTS))
    now = carriers[carriers["year"] == year]
    for branch, value in zip(now["branch"].astype(str), now["value"].to_numpy(dtype=float), strict=True):
        segment = "transport_heavy" if branch == "transport" else branch or "power"
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
