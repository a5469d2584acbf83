"""Shares of a unit in its province by balance row: plants first, then value added and population.

Over 288 cities shares by plants differ from EDGAR by 0.42 in ln, and as much from the CEADs cities; this is the spread
of every share, never fitted to a place.
"""

import math
from collections.abc import Mapping
from functools import cache, lru_cache

import pandas as pd

from dafeng.case.national.index import BASE_YEAR, Unit, statistics, table, units

SPREAD_LN = 0.42
"""Standard deviation in ln of a unit's CO2 by plants and shares over EDGAR and over CEADs cities (288 cities)."""
Z95 = 1.96
_OF_COAL = "coal"
THERMAL = {_OF_COAL: 1.0, "byproduct_gas": 1.0, "gas": 0.3}
"""Weight of a MW by fuel in the CO2 of thermal power: gas units run fewer hours and emit less per MWh (assumption)."""
UNLISTED = 0.03
"""Share of thermal power in units below the 30 MW of the list, spread by secondary value added (assumption)."""
THERMAL_POWER, IRON, MINES, SECONDARY, PRIMARY, GDP, POPULATION = (
    "thermal_mw", "iron_kt", "mine_mt", "va_secondary", "va_primary", "gdp", "population",
)  # fmt: skip
ROWS: Mapping[str, tuple[str, ...]] = {
    "Thermal Power": (THERMAL_POWER,),
    "Electric Power, Steam and Hot Water Production and Supply": (THERMAL_POWER,),
    "Heating Supply": (THERMAL_POWER, SECONDARY),
    "Smelting and Pressing of Ferrous Metals": (IRON,),
    "Ferrous Metals Mining and Dressing": (IRON, SECONDARY),
    "Coking": (IRON, SECONDARY),
    "Coal Mining and Dressing": (MINES,),
    "Coal Washing": (MINES,),
    "Briquettes": (MINES,),
    "Farming, Forestry, Animal Husbandry, Fishery & Water Conservancy": (PRIMARY,),
    "Transport, Storage, Postal & Telecommunications Services": (GDP, POPULATION),
    "Wholesale, Retail Trade and Catering Service": (GDP, POPULATION),
    "Other": (GDP, POPULATION),
    "Urban": (POPULATION,),
    "Rural": (POPULATION,),
    "Loss": (GDP,),
    "Nonmetal Mineral Products": (POPULATION,),
    "Nonmetal Mineral Products:Process": (POPULATION,),
}
"""Row → proxies whose mean is its share; value added of industry for every other row.

Cement travels little and follows those who build: population, as no list of kilns may be shipped.
"""
RENEWABLE = {"hydro": "hydro", "wind": "wind"}
"""Generation by kind → fuel of the plant list that gives its share."""
_FACTS = {
    SECONDARY: ("va_secondary", 1.0),
    PRIMARY: ("va_primary", 1.0),
    GDP: ("gdp_current", 1.0),
    POPULATION: ("population_resident", 1e4),
}


def share_of(unit: Unit, proxies: tuple[str, ...], year: int = BASE_YEAR) -> float:
    """Return the share of a unit in its province, the mean of its proxies; a proxy that the province lacks gives way to value added.

    Parameters
    ----------
    unit
        Unit with population and value added.
    proxies
        Names of proxies.
    year
        Year whose plants are in service.

    Returns
    -------
    Share [1].
    """
    if unit.is_municipality:
        return 1.0
    return sum(_proxy(unit.code, unit.province_code, name, year) for name in proxies) / len(proxies)


def unit_share(code: str, proxy: str) -> float:
    """Return the share of a unit in its province by one proxy of the base year.

    Parameters
    ----------
    code
        GB/T 2260 code of the unit.
    proxy
        Name of a proxy, as population, gdp, hydro.
    """
    return share_of(units()[code], (proxy,))


@lru_cache(maxsize=8192)
def _proxy(code: str, province_code: str, name: str, year: int) -> float:
    if name in _FACTS:
        return _by_fact(code, province_code, name)
    amounts = _amounts(name, year if name in (THERMAL_POWER, "hydro", "wind") else BASE_YEAR)
    here = amounts[amounts["province_code"] == province_code].set_index("code")["amount"]
    whole = float(here.sum())
    if whole <= 0.0:
        return _by_fact(code, province_code, SECONDARY)
    share = float(here.get(code, 0.0)) / whole
    if name == THERMAL_POWER:
        share = (1.0 - UNLISTED) * share + UNLISTED * _by_fact(code, province_code, SECONDARY)
    return share


def _by_fact(code: str, province_code: str, name: str) -> float:
    indicator, scale = _FACTS[name]
    own = getattr(units()[code], name)
    all_units = sum(
        getattr(unit, name) or 0.0 for unit in units().values() if unit.province_code == province_code
    )
    series = statistics(province_code, indicator)
    published = float(series.get(BASE_YEAR, 0.0)) * scale
    return float(own) / max(published, all_units)


@cache
def _amounts(name: str, year: int) -> pd.DataFrame:
    """Return province_code, code and amount of a proxy that comes from plants."""
    if name == IRON:
        steel = table("steel")
        return _summed(steel.assign(amount=steel["iron_kt"]))
    if name == MINES:
        return _summed(table("mines").rename(columns={"capacity_mt": "amount"}))
    weights = THERMAL if name == THERMAL_POWER else {RENEWABLE[name]: 1.0}
    plants = in_service(year)
    amount = plants["capacity_mw"] * plants["fuel"].map(weights).fillna(0.0)
    return _summed(plants.assign(amount=amount * (_fuel_per_mwh(plants) if name == THERMAL_POWER else 1.0)))


def _fuel_per_mwh(plants: pd.DataFrame) -> "pd.Series[float]":
    """Return the heat rate of coal units over their median; 1 where the list has none, and for other fuels."""
    coal = plants["fuel"] == _OF_COAL
    rates = pd.to_numeric(plants["heat_rate"], errors="coerce").where(coal)
    return (rates / rates.median()).fillna(1.0)


def _summed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.groupby(["province_code", "code"])["amount"].sum().reset_index()


@cache
def in_service(year: int) -> pd.DataFrame:
    """Return the power units in service in a year; one without a start year that operates counts as always there.

    Parameters
    ----------
    year
        Year.
    """
    plants = table("plants")
    start = pd.to_numeric(plants["start_year"], errors="coerce")
    end = pd.to_numeric(plants["end_year"], errors="coerce")
    return plants[[runs_in(year, *unit) for unit in zip(plants["status"], start, end, strict=True)]]


def runs_in(year: int, status: str, start: float | None, end: float | None) -> bool:
    """Return whether a unit of the list runs in a year; one without a start that operates counts as always there.

    Parameters
    ----------
    year
        Year.
    status
        Status in the list.
    start, end
        First and last year; None or NaN where the list has none.
    """
    if start is not None and start > year:
        return False
    return status == "operating" or (status == "retired" and end is not None and end >= year)


def bounds(share: float) -> tuple[float, float]:
    """Return the 95 % range of a share: exp(±1.96 × 0.42), at most 1.

    Parameters
    ----------
    share
        Share [1].
    """
    factor = math.exp(Z95 * SPREAD_LN)
    return share / factor, min(1.0, share * factor)


def proxy_rows(unit: Unit, rows: list[str], years: range, source: str) -> list[dict[str, object]]:
    """Draft the rows of proxies.csv.

    Parameters
    ----------
    unit
        The unit.
    rows
        Balance rows that need a share.
    years
        Years of the accounts.
    source
        Id in sources.csv.
    """
    named = {row: ROWS.get(row, (SECONDARY,)) for row in rows}
    named |= {f"generation:{kind}": (fuel,) for kind, fuel in RENEWABLE.items()}
    named["generation:solar"] = (POPULATION,)
    named["Nonmetal Mineral Products:Process"] = ROWS["Nonmetal Mineral Products:Process"]
    made = []
    for row, proxies in named.items():
        for year in years:
            share = share_of(unit, proxies, year)
            low, high = bounds(share)
            made.append({
                "row": row, "proxy": "_".join(proxies), "year": year, "share": round(share, 6), "low": round(low, 6), "high": round(high, 6),
                "source": source, "grade": "D" if set(proxies) <= {THERMAL_POWER, IRON, MINES, "hydro", "wind"} else "E",
                "note": f"sd {SPREAD_LN} in ln, measured over 288 cities" + ("" if year == BASE_YEAR else "; statistics of 2020"),
            })  # fmt: skip
    return made
