"""Shares of the counties in a branch: its plants first, the rest by value added, population or gridded CO2."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.inventory.accounts.model import COMBUSTION, PROCESS, Inventory
from dafeng.inventory.plant_layer.estimates import NEAR_YEARS, POWER, plant_emissions

FloatArray = NDArray[np.float64]

GRIDDED = "co2_edgar_county"
EXACT = 1e-9
"""Fraction of a branch below which plants leave nothing."""
WORKS = ("power", "steel", "refining", "coking")
"""Branches that burn fuel in works alone: what their plants leave follows the plants as well."""
KILNS = ("building_materials",)
"""Branches whose fuel is mostly burnt where carbonates are calcined (assumption): it follows their process CO2."""
INDUSTRY = ("gdp_secondary",)
STATISTICS: Mapping[str, tuple[str, ...]] = {
    "agriculture": ("gdp_primary",),
    "transport": ("gdp_current", "population"),
    "buildings_public": ("gdp_tertiary", "population"),
    "buildings_urban": ("population",),
    "buildings_rural": ("population",),
}
"""Branch → statistics of the counties whose mean share it follows; `INDUSTRY` for every other branch."""
POPULATION = ("population_resident", "population_resident_yearend")
RULES = {
    "gdp_primary": "value added of agriculture",
    "gdp_secondary": "value added of industry and construction",
    "gdp_tertiary": "value added of services",
    "gdp_current": "gross domestic product",
    "population": "resident population",
    GRIDDED: GRIDDED,
}


@dataclass(frozen=True, slots=True)
class Split:
    """Parts of a branch by county [county], each a fraction of the branch.

    `shares` by value added, population or gridded CO2 alone and `weights` by plants first sum to 1; `plants` and
    `plants_low` are what stands at plants and its low end, at most 1 together.
    """

    shares: FloatArray
    weights: FloatArray
    plants: FloatArray
    plants_low: FloatArray
    rule: str


class CountySplits:
    """Weights of a place's counties in a year, branch by branch.

    Parameters
    ----------
    case
        The case, with counties.
    inventory
        Its inventory.
    year
        A year of the inventory.
    gridded
        Share of each county in the gridded CO2 [county], for a branch whose statistic a county lacks.
    """

    def __init__(self, case: Case, inventory: Inventory, year: int, gridded: FloatArray) -> None:
        self._codes = [county.code for county in case.city.counties]
        self._observed = case.table("observations")
        self._year = year
        self._gridded = gridded
        plants = plant_emissions(case, inventory, year)
        rows = case.table("plants")
        county = dict(zip(rows["id"].astype(str), rows["county"].astype(str), strict=True))
        self._plants = plants.assign(county=plants["id"].map(county))
        self._units = rows[
            (rows["fuel"] == "coal") & rows["branch"].isin(POWER) & rows["status"].isin(("operating", "retired"))
            & ~(rows["start_year"] > year) & ~(rows["end_year"] < year)
        ]  # fmt: skip

    def of(self, branch: str, category: str, total: float) -> Split:
        """Return the split of the `total` [t] of a branch and category.

        Plants with an estimate and a county hold their CO2; where all plants exceed the total they share it. What
        they leave follows the statistics of the counties, and the plants in `WORKS` (coal units by capacity, others
        by their CO2, else by output) and `KILNS` (by process CO2), as far as these have a county.

        Parameters
        ----------
        branch, category
            Of the cells of the inventory.
        total
            Their sum [t].
        """
        shares, rule = self._statistics(branch)
        mine = self._plants[(self._plants["branch"] == branch) & (self._plants["category"] == category)]
        valued = mine[mine["value_t"].notna()]
        whole = float(valued["value_t"].sum())
        size = max(whole, abs(total)) or 1.0
        plants, low = (self._placed(valued["county"], valued[name]) / size for name in ("value_t", "low_t"))
        left, rest_rule = self._works(branch, category, mine, shares, rule)
        rest = max(1.0 - float(plants.sum()), 0.0)
        if not plants.sum() > 0:
            return Split(shares, left, plants, low, rest_rule)
        told = f"plants, rest by {rest_rule}" if rest > EXACT else "plants"
        return Split(shares, plants + rest * left, plants, low, told)

    def _works(
        self, branch: str, category: str, plants: pd.DataFrame, shares: FloatArray, rule: str
    ) -> tuple[FloatArray, str]:
        """Weights of what the plants of a branch leave: by plants in works and kilns, else the `shares`."""
        if branch in KILNS and category == COMBUSTION:
            kilns = self._plants[(self._plants["branch"] == branch) & (self._plants["category"] == PROCESS)]
            ways = [(kilns["county"], kilns["value_t"], "process CO2 of plants")]
        elif branch not in WORKS:
            ways = []
        else:
            ways = [
                (plants["county"], plants["value_t"], "CO2 of plants"),
                (
                    plants["county"],
                    plants["output"] * float(plants["output_unit"].nunique() == 1),
                    "output of plants",
                ),
            ]
            if branch == "power":
                ways.insert(
                    0, (self._units["county"], self._units["capacity_mw"], "coal capacity in service")
                )
        for county, amounts, told in ways:
            placed, whole = self._placed(county, amounts), float(amounts.sum())
            if placed.sum() > 0:
                beyond = 1.0 - float(placed.sum()) / whole
                named = f"{told}, without a county by {rule}" if beyond > EXACT else told
                return placed / whole + max(beyond, 0.0) * shares, named
        return shares, rule

    def _placed(self, counties: "pd.Series[str]", amounts: "pd.Series[float]") -> FloatArray:
        sums = amounts.groupby(counties).sum().reindex(self._codes)
        return np.asarray(sums.fillna(0.0).to_numpy(dtype=np.float64))

    def _statistics(self, branch: str) -> tuple[FloatArray, str]:
        names = STATISTICS.get(branch, INDUSTRY)
        found = [self._series(POPULATION if name == "population" else (name,)) for name in names]
        known = [(share, RULES[name]) for share, name in zip(found, names, strict=True) if share is not None]
        if len(known) < len(names):
            return self._gridded, RULES[GRIDDED]
        return np.mean([share for share, _ in known], axis=0), " and ".join(rule for _, rule in known)

    def _series(self, indicators: tuple[str, ...]) -> FloatArray | None:
        """Share of each county in a statistic of the nearest year, at most `NEAR_YEARS` away, that all counties have."""
        table = self._observed
        for indicator in indicators:
            mine = table[
                (table["indicator"] == indicator) & table["region"].isin(self._codes) & table["value"].notna()
            ]
            wide = (
                mine.pivot_table(index="year", columns="region", values="value")
                .reindex(columns=self._codes)
                .dropna()
            )
            near = [year for year in wide.index if abs(int(year) - self._year) <= NEAR_YEARS]
            if near:
                values = wide.loc[min(near, key=lambda y: (abs(int(y) - self._year), int(y)))].to_numpy(
                    dtype=np.float64
                )
                if values.sum() > 0 and (values >= 0).all():
                    return np.asarray(values / values.sum())
        return None
