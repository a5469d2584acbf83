"""Draft of drivers.csv from the national index: the place's plants and people, trends of its province, national defaults.

Fuels per activity carry on with half of the province's five-year fall of energy per GDP (the damping of parameters.csv),
electricity with none of it: nearly unbiased over thirty provinces, where the whole trend overshoots by 12–14 % in four
years. What no table of the index tells is lent by the bundled case and counted as of another place.
"""

import math
import re

import pandas as pd

from dafeng.case import OWN_DATA, SHARES_SOURCE, Case, index_statistics, load
from dafeng.inventory import Inventory
from dafeng.pathway.drafting.driver_rows import DEFAULT, PEOPLE, TREND, DriverRows
from dafeng.pathway.drafting.place_power import add_grid, add_power, add_renewables
from dafeng.pathway.drafting.trajectories import LENDER, lent_note
from dafeng.pathway.engine.base import SEGMENTS

_LENT = re.compile(
    r"urban_share|floor_\w+|growth\..*|(fuel|electricity)_intensity\.(steel|coking|building_materials|buildings_\w+)|new_electric\..*|life\..*|life_shape\..*"
    r"|stock_growth\..*|useful_ratio\..*|electrify\..*|gas_for_coal\..*|low_carbon_fuel\..*|process\..*|biomass_hours|curtailment|storage_relief"
    r"|thermal_hours_m\w+|new_unit_\w+|grid_non_fossil|coal_rate|rebound\..*|base\..*"
)
_HOUSING_AND_HEAVY = (
    "steel",
    "coking",
    "building_materials",
    "buildings_urban",
    "buildings_rural",
    "buildings_public",
    "power",
)
"""Segments whose activity or trend is not that of GDP: lent."""
_GROWTH_AFTER = (
    (2023, 5.0, 3.5, 6.0),
    (2026, 4.8, 3.2, 5.8),
    (2030, 4.2, 2.5, 5.5),
    (2035, 3.2, 1.6, 4.6),
    (2060, 1.6, 0.4, 2.8),
)
"""Real growth after the last official figure [%/a], year, value, low, high: about 5 % falling (assumption)."""


def place_trajectories(case: Case, inventory: Inventory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draft the trajectories of a case that was drafted from the national index.

    Parameters
    ----------
    case
        Case of the place.
    inventory
        Its inventory.

    Returns
    -------
    Rows of drivers.csv, and the sources of the lender that they cite.
    """
    lender = load(LENDER)
    table = lender.table("drivers")
    rows = DriverRows(case, table)
    province = f"{case.city.code[:2]}0000"
    _economy(rows, case, province)
    _intensities(rows, province)
    add_power(rows, case, inventory, province)
    add_renewables(rows, case, province)
    add_grid(rows, province)
    lent = table[table["parameter"].map(lambda name: _LENT.fullmatch(str(name)) is not None)].copy()
    lent["region"] = lent["region"].where(lent["region"] == "", case.city.code)
    lent["grade"] = "E"
    lent["note"] = lent_note()
    own_range = lent["parameter"].str.startswith("base.")
    lent.loc[own_range, ["low", "high"]] = float("nan")  # the range of the place's own accounts
    for column in ("value_expression", "value_key"):
        lent["value"] = lent["value"].astype(object).where(lent[column] == "", lent[column])
    lent = lent.drop(columns=["value_expression", "value_key"])
    lent.loc[own_range, ["source", "basis"]] = [
        SHARES_SOURCE if case.parent else DEFAULT,
        "range of the drafted accounts",
    ]
    lent.loc[own_range, "note"] = ""
    sources = lender.table("sources")
    made = pd.DataFrame(rows.made).reindex(columns=[*lent.columns])
    return pd.concat([made, lent], ignore_index=True), sources[sources["id"].isin(set(lent["source"]))]


def _own_growth(case: Case) -> dict[int, float]:
    """Return the real growth of GDP that the place gave, by year from the base year on [%/a]."""
    table = case.table("observations")
    mine = table[
        (table["indicator"] == "gdp_real_growth")
        & (table["region"] == case.city.code)
        & (table["source"] == OWN_DATA)
    ]
    return {
        int(row["year"]): float(row["value"])
        for row in mine.to_dict("records")
        if row["year"] >= case.city.base_year
    }


def _economy(rows: DriverRows, case: Case, province: str) -> None:
    index = index_statistics(province, "gdp_index_prev100")
    known = [(int(year), float(index[year]) - 100.0) for year in index.index if year >= rows.base]
    last = known[-1][0] if known else rows.base - 1
    own = _own_growth(case)
    last = max([last, *own])
    rows.add("gdp_growth", [knot for knot in [*known, *(knot for knot in _GROWTH_AFTER if knot[0] > last)] if knot[0] not in own], "%/a", TREND,
             f"province to {last} (NBS); then about 5 % falling, an assumption", "D")  # fmt: skip
    if own:
        rows.add(
            "gdp_growth",
            sorted(own.items()),
            "%/a",
            OWN_DATA,
            "real growth of the place, its own statistics",
            "B",
        )
    table = case.table("observations")
    people = table[
        (table["indicator"] == "population_resident")
        & (table["region"] == case.city.code)
        & (table["year"] == rows.base)
    ]
    now = float(people["value"].iloc[0])
    whole = index_statistics(province, "population_resident")
    then = max(year for year in whole.index)
    change = float(whole[then] / whole[rows.base])
    rows.add(
        "population",
        [(rows.base, now), (then, now * change, now * change * 0.98, now * change * 1.02), (2035, now * change * 0.98, now * change * 0.9, now * change * 1.06),
         (2060, now * change * 0.85, now * change * 0.7, now * change * 1.0)],
        "万人", PEOPLE, f"census 2020; to {then} with the province; then falling, an assumption", "D",
    )  # fmt: skip


def _trend(province: str, indicator: str, base: int) -> float:
    """Yearly change of a total per real GDP over the five years to the base year [%/a]."""
    total, index = index_statistics(province, indicator), index_statistics(province, "gdp_index_prev100")
    growth = sum(math.log(float(index[year]) / 100.0) for year in range(base - 4, base + 1))
    if base - 5 not in total.index or base not in total.index or min(total[base - 5], total[base]) <= 0:
        return 0.0
    return (math.exp((math.log(float(total[base] / total[base - 5])) - growth) / 5.0) - 1.0) * 100.0


def _intensities(rows: DriverRows, province: str) -> None:
    fuels = _trend(province, "energy_consumption_total", rows.base)
    electricity = _trend(province, "electricity_consumption", rows.base)
    for segment in SEGMENTS:
        if segment in _HOUSING_AND_HEAVY:
            continue
        rows.add(f"elasticity.{segment}", [(rows.base, 1.0, 0.7, 1.3)], "1", DEFAULT, "activity follows GDP")
        rows.add(f"fuel_intensity.{segment}", [(rows.base, fuels, fuels - 1.5, fuels + 1.5)], "%/a", TREND,
                 "energy per real GDP of the province 2015-2020; half of a fall goes on", "D")  # fmt: skip
        rows.add(f"electricity_intensity.{segment}", [(rows.base, 0.0, -1.5, 1.5)], "%/a", TREND,
                 f"none of the province's trend 2015-2020 ({electricity:+.1f} %/a) goes on", "D")  # fmt: skip
