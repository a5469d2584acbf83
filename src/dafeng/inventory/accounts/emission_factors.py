"""Factors by balance row and fuel from a named set, ready for arrays; what is missing stays missing."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from dafeng.evidence import DafengError, packaged_rows
from dafeng.factors import ANY_SECTOR, ceads_factors, fuel_factors, fuel_sets, inventory_factors
from dafeng.factors import table as factor_table
from dafeng.inventory.balance.names import find_row, fuel_names, row_names

CEADS = "ceads"
POWER_ROW = "Electric Power, Steam and Hot Water Production and Supply"
CHEMICAL_ROWS = (
    "Raw Chemical Materials and Chemical Products",
    "Medical and Pharmaceutical Products",
    "Chemical Fiber",
    "Rubber Products",
    "Plastic Products",
)
_REFERENCE_COAL = "Raw_Coal"


def factor_sets() -> list[str]:
    """Names for `--factors`: `ceads` and every set of the factor tables that has emission factors."""
    return [CEADS, *(name for name in fuel_sets() if name != "gbt2589_2020")]


@dataclass(frozen=True, slots=True)
class Factor:
    """tCO2 per fuel unit; `how` says where it comes from when it is not the cell's own published factor."""

    value: float
    grade: str
    source: str
    how: str = ""


@cache
def factors_of(set_name: str) -> dict[tuple[str, str], Factor]:
    """(row, fuel) → factor of the set `set_name`; fuels with one factor for all rows stand under row "".

    `ceads`: factors that the CEADs inventories imply; a coal product in a branch without an own factor takes
    raw coal's factor there times the ratio of the two fuels in all other branches (one oxidation rate per
    branch); industry as one row takes the mean of its branches, weighted by use (`industry_mix`).
    Any other set: its factors, where it lacks a fuel those of `guide2011`, then of the default set, told in
    `how`.

    Raises: DafengError for an unknown set.
    """
    if set_name == CEADS:
        return _ceads()
    if set_name not in factor_sets():
        raise DafengError.at("--factors", set_name, f"one of {', '.join(factor_sets())}")
    return _published(set_name)


def _published(set_name: str) -> dict[tuple[str, str], Factor]:
    found: dict[tuple[str, str], Factor] = {}
    columns = ("ef_per_unit", "grade", "source", "fallback")
    inventory = inventory_factors(set_name)
    for fuel, ef, grade, source, fallback in zip(
        inventory.index, *(inventory[c] for c in columns), strict=True
    ):
        if pd.notna(ef):
            found["", str(fuel)] = Factor(float(ef), str(grade), str(source), str(fallback or ""))
    single = fuel_factors(set_name)
    for name in fuel_names().values():
        if ("", name.fuel) in found or name.factor_fuel not in single.index:
            continue
        line = single.loc[name.factor_fuel]
        if pd.notna(line["ef_per_unit"]) and line["unit"] == name.kind:
            found["", name.fuel] = Factor(
                float(str(line["ef_per_unit"])), str(line["grade"]), str(line["source"])
            )
    return found


def _ceads() -> dict[tuple[str, str], Factor]:
    frame = ceads_factors()
    spelling = {r["factor_sector"]: r["inventory_row"] for r in factor_table("ceads_rows").to_dict("records")}
    found: dict[tuple[str, str], Factor] = {}
    for fuel, sector, ef, grade, source in zip(
        *(frame[c] for c in ("fuel", "sector", "ef_per_unit", "grade", "source")), strict=True
    ):
        row = "" if sector == ANY_SECTOR else _row(str(sector), spelling)
        found[row, str(fuel)] = Factor(float(ef), str(grade), str(source))
    with_one_factor = {fuel for row, fuel in found if row == ""} | {"Other_Petroleum_Products"}
    coal_fuels = sorted({fuel for _, fuel in found} - with_one_factor)
    for fuel in coal_fuels:
        own = {row for row, f in found if f == fuel and row}
        _fill_from_raw_coal(found, fuel, own)
    for fuel in coal_fuels:
        _add_means(found, fuel)
    # CEADs counts these products as burnt in the power branch only and as feedstock everywhere else
    # (Jiangxi 2015–2019: every other cell is 0); the power factor agrees within 1 %
    power = found[POWER_ROW, "Other_Petroleum_Products"]
    found["", "Other_Petroleum_Products"] = Factor(
        0.0, "D", power.source, "feedstock outside the power branch"
    )
    return found


def _row(sector: str, spelling: dict[str, str]) -> str:
    name = find_row(sector) or find_row(spelling.get(sector, sector))
    if name is None:
        raise DafengError.at("factors/fuels_ceads_implied", sector, "a row of the energy balance")
    return name.row


def _fill_from_raw_coal(found: dict[tuple[str, str], Factor], fuel: str, own: set[str]) -> None:
    raw = {row: f for (row, name), f in found.items() if name == _REFERENCE_COAL}
    common = [found[row, fuel].value / raw[row].value for row in own if row in raw]
    if fuel == _REFERENCE_COAL or not common:
        return
    ratio = float(np.median(common))
    for row in raw.keys() - own:
        found[row, fuel] = Factor(
            raw[row].value * ratio, "D", raw[row].source, f"raw coal here × {ratio:.4f}"
        )


def _add_means(found: dict[tuple[str, str], Factor], fuel: str) -> None:
    """Factors of industry and households as one row, and of branches without any: means of the known ones.

    Industry is weighted by what its branches use, the power branch among them (`industry_mix`).
    """
    shares = industry_mix()
    known = [row for row in shares.get(fuel, {}) if (row, fuel) in found]
    source = f"fuels_ceads_implied:{fuel}"
    if known:
        weights = [shares[fuel][row] for row in known]
        mean = float(np.average([found[row, fuel].value for row in known], weights=weights))
        told = "mean of branches, weighted by use"
        for name in row_names().values():
            if name.kind in ("industry", "branch") and (name.row, fuel) not in found:
                found[name.row, fuel] = Factor(mean, "D", source, told)
    homes = [found[row, fuel].value for row in ("Urban", "Rural") if (row, fuel) in found]
    if homes:
        found["Residential", fuel] = Factor(float(np.mean(homes)), "D", source, "mean of town and country")


@cache
def industry_mix() -> dict[str, dict[str, float]]:
    """Fuel → branch → share of the branch in industry's final use of a coal product, feedstock taken out.

    Sums of 2015–2019 from the CEADs energy inventories of Jiangxi; against Jiangxi's published inventories of 2007
    and 2014 (industry as one row) the raw-coal total is off by 0.5 % and 2 %.
    """
    found: dict[str, dict[str, float]] = {}
    for line in packaged_rows("dafeng.inventory", "data/industry_mix.csv"):
        found.setdefault(line["fuel"], {})[line["row"]] = float(line["share"])
    return found
