"""Draft of drivers.csv for a place without trajectories of its own: those of the bundled case that do not depend on the place."""

import re
from dataclasses import dataclass

import pandas as pd

from dafeng.case import Case, load
from dafeng.evidence import packaged_rows
from dafeng.inventory import Inventory
from dafeng.pathway.data_holders import requested_rows

LENDER = "jiujiang"
"""Bundled case whose trajectories are lent. The rows keep value and source, so that every answer counts them as of another place."""
_LENT = re.compile(
    r"gdp_growth|urban_share|floor_\w+|elasticity\..*|growth\..*|fuel_intensity\..*|electricity_intensity\..*|new_electric\..*|life\..*"
    r"|life_shape\..*|stock_growth\..*|useful_ratio\..*|electrify\..*|gas_for_coal\..*|low_carbon_fuel\..*|process\..*|wind_share"
    r"|wind_hours|solar_hours|biomass_hours|curtailment|storage_relief|thermal_hours\w*|new_unit_\w+|grid_\w+|coal_rate|rebound\..*|base\..*"
)
"""Growth, intensities, turnover and hours; never an amount of the lender (capacity, output, population, shares of its transport)."""
_OWN = (
    "population", "coal_existing_mw", "coal_new_mw", "wind_solar_mw", "hydro_mwh", "biomass_mw", "storage_mw", "freight_share", "bus_share",
    "eaf_share", "steel_output_t", "crude_t",
)  # fmt: skip
"""Amounts that only the place itself knows."""
_HOURS = "thermal_hours"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Parameter without a value of the place: id, names, and who holds the data."""

    parameter: str
    zh: str
    en: str
    holder_zh: str
    holder_en: str


def draft_trajectories(
    case: Case, inventory: Inventory | None
) -> tuple[pd.DataFrame, pd.DataFrame, list[Wanted]]:
    """Draft the trajectories of a place: lent ones, and what its own tables give.

    Coal capacity of the base year is thermal generation over hours, where the inventory has it (grade E, held); population is the
    latest statistic, held.

    Parameters
    ----------
    case
        Case of the place.
    inventory
        Its inventory; None where there is none yet.

    Returns
    -------
    Rows of drivers.csv, the sources that they cite, and the parameters without a value of the place.
    """
    lender = load(LENDER)
    table = lender.table("drivers")
    lent = table[table["parameter"].map(lambda name: _LENT.fullmatch(str(name)) is not None)].copy()
    lent["region"] = lent["region"].where(lent["region"] == "", case.city.code)
    lent["grade"] = "E"
    lent["note"] = lent_note()
    for column in ("value_expression", "value_key"):
        lent["value"] = lent["value"].astype(object).where(lent[column] == "", lent[column])
    lent = lent.drop(columns=["value_expression", "value_key"])
    own = [*_population(case), *_coal(case, inventory, lent)]
    rows = pd.concat([lent, pd.DataFrame(own, columns=lent.columns)], ignore_index=True)
    sources = lender.table("sources")
    known = set(rows["parameter"])
    wanted = [_wanted(name, case) for name in _OWN if name not in known]
    return rows, sources[sources["id"].isin(set(lent["source"]))], wanted


def lent_note() -> str:
    """Return the note of a row that the bundled case lends."""
    city = load(LENDER).city
    return f"取自{city.name_zh},待本地数据替换 (of {city.name_en}, to be replaced)"


def _row(
    parameter: str, case: Case, year: int, value: float, unit: str, basis: str, source: str
) -> dict[str, object]:
    return {
        "id": parameter, "parameter": parameter, "region": case.city.code, "year": year, "value": round(value, 3), "low": None, "high": None,
        "distribution": "fixed", "unit": unit, "dimension": "", "basis": basis, "source": source, "grade": "E", "note": "",
    }  # fmt: skip


def _population(case: Case) -> list[dict[str, object]]:
    table = case.table("observations")
    rows = table[
        (table["indicator"] == "population_resident")
        & (table["region"] == case.city.code)
        & table["value"].notna()
    ]
    if rows.empty:
        return []
    last = rows.sort_values("year").iloc[-1]
    basis = f"latest statistic ({int(last['year'])}), held"
    return [
        _row(
            "population",
            case,
            case.city.base_year,
            float(last["value"]),
            str(last["unit"]),
            basis,
            str(last["source"]),
        )
    ]


def _coal(case: Case, inventory: Inventory | None, lent: pd.DataFrame) -> list[dict[str, object]]:
    year = case.city.base_year
    if inventory is None or year not in inventory.power.index:
        return []
    generated = pd.to_numeric(inventory.power["thermal_mwh"])[year]
    hours = float(lent[lent["parameter"] == _HOURS].sort_values("year").iloc[0]["value"])
    if not generated >= 0:
        return []
    basis = f"thermal generation of the inventory {year} over {hours:g} h, held"
    return [_row("coal_existing_mw", case, year, generated / hours, "MW", basis, "typical-effects")]


def _wanted(parameter: str, case: Case) -> Wanted:
    names = next(row for row in packaged_rows("dafeng.pathway", "parameters.csv") if row["id"] == parameter)
    for row in requested_rows(case):
        if any(
            re.fullmatch(one.replace(".", r"\.").replace("*", ".*"), parameter)
            for one in row["parameters"].split(";")
        ):
            return Wanted(parameter, names["zh"], names["en"], row["holder_zh"], row["holder_en"])
    return Wanted(parameter, names["zh"], names["en"], "市统计局", "the bureau of statistics")
