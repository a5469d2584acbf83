"""Base year of an inventory as arrays: starting point of the annual model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.inventory.accounts.electricity_balance import HOURS_OF
from dafeng.inventory.accounts.model import COMBUSTION, IMPORT, PROCESS, Inventory, grouped_range

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class BaseYear:
    """Base year by branch and fuel, and the observed years.

    - `branches` [branch] with `sectors` [branch]; `fuels` [fuel] (CEADs spelling, without electricity and
      heat).
    - `energy_tj`, `co2_t` [branch, fuel]: energy burnt and its CO2; a fuel without a factor (other energy)
      has energy and 0 CO2 and is listed in `not_estimated`. `emission_factor` [branch, fuel] tCO2/TJ, 0
      without energy.
    - `process_t` [branch] t CO2, 0 where not estimated: `process_estimated` [branch] separates the two cases.
    - `electricity_mwh`, `heat_tj` [branch] use; `losses_mwh`; `generation_mwh` by kind (absent: not
      estimated); `net_import_mwh` with 95 % range; `grid_factor` tCO2/MWh.
    - `low`, `high` [branch]: 95 % range of the branch's combustion and process CO2, relative (1 = its value).
    - `shares`: the uncertain shares, one line each [group, branch, value_t, low, high] (relative): cells of
      one group vary together.
    - `observed_years` [year] with `observed_co2_t`, `observed_process_t` [branch, year] (NaN: not
      estimated) and `observed_import_t` [year].
    """

    year: int
    branches: tuple[str, ...]
    sectors: tuple[str, ...]
    fuels: tuple[str, ...]
    energy_tj: FloatArray
    co2_t: FloatArray
    process_t: FloatArray
    process_estimated: NDArray[np.bool_]
    electricity_mwh: FloatArray
    heat_tj: FloatArray
    losses_mwh: float
    generation_mwh: Mapping[str, float]
    net_import_mwh: float
    net_import_low_mwh: float
    net_import_high_mwh: float
    grid_factor: float
    low: FloatArray
    high: FloatArray
    shares: pd.DataFrame
    observed_years: NDArray[np.int64]
    observed_co2_t: FloatArray
    observed_process_t: FloatArray
    observed_import_t: FloatArray
    not_estimated: tuple[str, ...]

    @property
    def emission_factor(self) -> FloatArray:
        """Return the emission factor [tCO2/TJ] by branch and fuel, 0 where nothing is burnt."""
        safe = np.where(self.energy_tj > 0, self.energy_tj, 1.0)
        return np.asarray(np.where(self.energy_tj > 0, self.co2_t / safe, 0.0))


def base_year(inventory: Inventory, year: int | None = None) -> BaseYear:
    """Return the base-year arrays of `year` (default: the case's base year).

    Raises: DafengError for a year that the inventory does not have, or has no number of.
    """
    year = inventory.base_year if year is None else year
    inventory.totals("A", [year])
    if year not in inventory.power.index:
        raise DafengError.at(
            f"{inventory.name} {year}",
            "no energy data (NE)",
            "numbers in energy.csv, or shares in proxies.csv",
        )
    cells = inventory.cells
    burnt = cells[cells["category"] == COMBUSTION]
    sector_of = cells[cells["branch"] != ""].drop_duplicates("branch").set_index("branch")["sector"]
    carriers = inventory.carriers
    branches = sorted((set(burnt["branch"]) | set(carriers["branch"])) - {""})
    fuels = list(dict.fromkeys(burnt["fuel"]))
    now = burnt[burnt["year"] == year]
    process = cells[(cells["category"] == PROCESS) & (cells["gas"] == "CO2")]
    years = np.array(inventory.years, dtype=np.int64)
    low, high = _ranges(
        cells[(cells["year"] == year) & cells["category"].isin((COMBUSTION, PROCESS))], branches
    )
    line = {
        str(k): float(v)
        for k, v in inventory.power.drop(columns="grid_factor_grade").loc[[year]].iloc[0].items()
    }
    use = carriers[carriers["year"] == year]
    observed_process = _grid(
        process, branches, list(inventory.years), "branch", "year", "value_t", blank=np.nan
    )
    at = list(inventory.years).index(year)
    imports = cells[cells["category"] == IMPORT].set_index("year")["value_t"].reindex(years)
    generation = {kind: line[f"{kind}_mwh"] for kind in ("thermal", *HOURS_OF)}
    absent = cells[(cells["year"] == year) & (cells["key"] == "NE")]
    return BaseYear(
        year=year,
        branches=tuple(branches),
        sectors=tuple(str(sector_of.get(b, "")) for b in branches),
        fuels=tuple(fuels),
        energy_tj=_grid(now, branches, fuels, "branch", "fuel", "energy_tj"),
        co2_t=_grid(now, branches, fuels, "branch", "fuel", "value_t"),
        process_t=np.nan_to_num(observed_process[:, at]),
        process_estimated=np.isfinite(observed_process[:, at]),
        electricity_mwh=_use(use[use["kind"] != "loss"], "Electricity", branches),
        heat_tj=_use(use, "Heat", branches),
        losses_mwh=float(use[(use["kind"] == "loss") & (use["fuel"] == "Electricity")]["value"].sum()),
        generation_mwh={kind: mwh for kind, mwh in generation.items() if np.isfinite(mwh)},
        net_import_mwh=line["net_import_mwh"],
        net_import_low_mwh=line["net_import_low_mwh"],
        net_import_high_mwh=line["net_import_high_mwh"],
        grid_factor=line["grid_factor"],
        low=low,
        high=high,
        shares=_shares(now),
        observed_years=years,
        observed_co2_t=_grid(burnt, branches, list(inventory.years), "branch", "year", "value_t"),
        observed_process_t=observed_process,
        observed_import_t=imports.to_numpy(dtype=np.float64),
        not_estimated=tuple(dict.fromkeys(absent["fuel"].where(absent["fuel"] != "", absent["row"]))),
    )


def _grid(
    cells: pd.DataFrame, rows: list[str], columns: list[str] | list[int], by_row: str, by_column: str, of: str,
    blank: float = 0.0,
) -> FloatArray:  # fmt: skip
    table = cells.pivot_table(
        index=by_row, columns=by_column, values=of, aggfunc=lambda v: v.sum(min_count=1)
    )
    return table.reindex(index=rows, columns=columns).fillna(blank).to_numpy(dtype=np.float64)


def _use(carriers: pd.DataFrame, fuel: str, branches: list[str]) -> FloatArray:
    used = carriers[carriers["fuel"] == fuel].groupby("branch")["value"].sum()
    return used.reindex(branches).fillna(0.0).to_numpy(dtype=np.float64)


def _ranges(cells: pd.DataFrame, branches: list[str]) -> tuple[FloatArray, FloatArray]:
    known = cells[cells["key"] == ""].assign(value=cells["value_t"], low=cells["low_t"], high=cells["high_t"])
    low, high = np.ones(len(branches)), np.ones(len(branches))
    for i, branch in enumerate(branches):
        value, bottom, top = grouped_range(known[known["branch"] == branch])
        if value > 0:
            low[i], high[i] = max(bottom, 0.0) / value, top / value
    return low, high


def _shares(now: pd.DataFrame) -> pd.DataFrame:
    known = now[now["key"] == ""]
    parts = known.groupby(["group", "branch"])[["value_t", "low_t", "high_t"]].sum()
    parts = parts[parts["value_t"] > 0]
    return parts.assign(low=parts["low_t"] / parts["value_t"], high=parts["high_t"] / parts["value_t"])[
        ["value_t", "low", "high"]
    ].reset_index()
