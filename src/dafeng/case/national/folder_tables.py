"""Tables of the folders that are drafted from the national index."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import pandas as pd

from dafeng.case.drafting.starting import VOCABULARY
from dafeng.case.folder import bundled_path
from dafeng.case.loading import load
from dafeng.case.national.energy import anchor, cement_process_mt, province_energy
from dafeng.case.national.index import BASE_YEAR, FIRST_YEAR, LAST_YEAR, Unit, table
from dafeng.case.national.profiles import profile_tables
from dafeng.case.national.shares import proxy_rows
from dafeng.case.national.sources import ESTIMATED_ENERGY, SHARES_SOURCE, citation

YEARS = range(FIRST_YEAR, BASE_YEAR + 1)
STATISTICS: Mapping[str, tuple[str, str]] = {
    "population_resident": ("population_resident", "万人"), "gdp_current": ("gdp_current", "亿元"), "gdp_primary": ("va_primary", "亿元"),
    "gdp_secondary": ("va_secondary", "亿元"), "gdp_tertiary": ("va_tertiary", "亿元"),
    "energy_consumption_total": ("energy_consumption_total", "万吨标准煤"), "electricity_consumption": ("electricity_consumption", "亿kWh"),
    "coal_consumption": ("coal_consumption", "万吨"), "natural_gas_consumption": ("natural_gas_consumption", "亿m3"),
}  # fmt: skip
"""Indicator of observations.csv → statistic of the index and its unit."""
GENERATION = {"generation_hydro": "hydro", "generation_wind": "wind", "generation_solar": "solar"}
_EDGAR_YEARS = [str(year) for year in range(2010, LAST_YEAR + 1)]
_FUEL = {"byproduct_gas": "gas"}
BTU_PER_KWH = 3412.0


def province_tables(province_code: str, unit: Unit | None) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of a province, or of a municipality.

    Parameters
    ----------
    province_code
        GB/T 2260 code.
    unit
        The municipality; None for a province.
    """
    energy = province_energy(province_code)
    rows = [
        {"row": row["row"], "fuel": row["fuel"], "year": row["year"], "value": f"{row['value']:.7g}", "unit": row["unit"],
         "source": ESTIMATED_ENERGY, "grade": "D", "note": "thirty provinces' ratio of 2020 x own statistic; not an inventory of the province"}
        for row in energy.to_dict("records")
    ]  # fmt: skip
    observations = _province_observations(province_code)
    if unit is not None:
        observations += [row for row in _unit_observations(unit) if row["indicator"].startswith("co2_")]
    tables = {
        "energy": rows,
        "sectors": _sectors(),
        "observations": observations,
        **profile_tables(province_code),
    }
    if unit is not None:
        tables["plants"] = _plants(unit)
    return _with_sources({name: made for name, made in tables.items() if made})


def _sectors() -> list[dict[str, Any]]:
    folder = bundled_path(VOCABULARY)
    text = (folder / "sectors.csv").read_text(encoding="utf-8") if folder else ""
    return [{**row, "source": "sector-map"} for row in csv.DictReader(io.StringIO(text))]


def _province_observations(province_code: str) -> list[dict[str, Any]]:
    facts = table("provinces")
    facts = facts[facts["province_code"] == province_code]
    made = []
    for indicator, (statistic, unit) in STATISTICS.items():
        made += [
            _fact(indicator, province_code, row["year"], row["value"], unit, row["source"], row["grade"])
            for row in facts[facts["indicator"] == statistic].to_dict("records")
        ]
    for indicator in GENERATION:
        rows = {row["year"]: row for row in facts[facts["indicator"] == indicator].to_dict("records")}
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            if year in rows:
                value, source = rows[year]["value"], rows[year]["source"]
                made.append(_fact(indicator, province_code, year, value, "亿kWh", source, "B"))
                continue
            value = anchor(province_code, indicator, year)
            note = "no figure of the year in the yearbooks: nearest year, 0 where there is none"
            made.append(_fact(indicator, province_code, year, value, "亿kWh", ESTIMATED_ENERGY, "E", note))
    note = "cement output x 0.292 t/t"
    return made + [
        _fact("co2_cement_process", province_code, year, cement_process_mt(province_code, year), "Mt CO2", ESTIMATED_ENERGY, "D", note)
        for year in YEARS
    ]  # fmt: skip


def _unit_observations(unit: Unit) -> list[dict[str, Any]]:
    made = []
    for indicator, value, measure, grade in (
        ("population_resident", (unit.population or 0) / 1e4, "万人", unit.population_grade),
        ("gdp_current", unit.gdp, "亿元", unit.gdp_grade), ("gdp_primary", unit.va_primary, "亿元", unit.gdp_grade),
        ("gdp_secondary", unit.va_secondary, "亿元", unit.gdp_grade), ("gdp_tertiary", unit.va_tertiary, "亿元", unit.gdp_grade),
    ):  # fmt: skip
        source = "census-2020" if indicator == "population_resident" else "city-statistics-2020"
        made.append(_fact(indicator, unit.code, BASE_YEAR, float(value or 0), measure, source, grade))
    rows = table("co2_edgar")
    mine = rows[rows["code"] == unit.code]
    if mine.empty:
        return made
    note = "reference only: an inventory is never tuned to it"
    sums = mine[_EDGAR_YEARS].sum() / 1000.0
    made += [
        _fact("co2_edgar_v8", unit.code, int(year), float(sums[year]), "Mt CO2", "edgar", "C", note)
        for year in _EDGAR_YEARS
    ]
    return made + [
        _fact("co2_edgar_county", row["county_code"], BASE_YEAR, row[str(BASE_YEAR)] / 1000.0, "Mt CO2", "edgar", "C", note)
        for row in mine.drop_duplicates("county_code").to_dict("records")
    ]  # fmt: skip


def _fact(
    indicator: str, region: str, year: int, value: float, unit: str, source: str, grade: str, note: str = ""
) -> dict[str, Any]:
    return {"indicator": indicator, "region": region, "year": int(year), "value": f"{value:.8g}", "unit": unit, "source": source,
            "grade": grade, "note": note}  # fmt: skip


def city_tables(unit: Unit) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of a unit inside a province.

    Parameters
    ----------
    unit
        The unit.
    """
    rows = [row["row"] for row in _sectors() if row["kind"] != "total"]
    tables = {
        "observations": _unit_observations(unit), "proxies": proxy_rows(unit, rows, _share_years(unit), SHARES_SOURCE),
        "plants": _plants(unit),
    }  # fmt: skip
    return _with_sources({name: made for name, made in tables.items() if made})


def _share_years(unit: Unit) -> range:
    """Years of the parent's inventory: those of a bundled province run longer."""
    name = f"regions/{unit.province_code}"
    if bundled_path(name) is None:
        return YEARS
    span = load(name).city.inventory_years
    return range(span[0], span[1] + 1) if span else YEARS


def _plants(unit: Unit) -> list[dict[str, Any]]:
    plants = table("plants")
    mine = plants[plants["code"] == unit.code]
    rates = pd.to_numeric(mine["heat_rate"], errors="coerce")
    mine = mine.assign(efficiency=(BTU_PER_KWH / rates).where(rates > BTU_PER_KWH))
    text = mine.astype(object).where(mine.notna(), "")
    return _distinct([
        {
            "id": row["id"], "name_zh": f"{row['name']} {row['unit']}".strip(), "name_en": "", "county": "",
            "fuel": _FUEL.get(row["fuel"], row["fuel"]), "capacity_mw": f"{row['capacity_mw']:g}", "status": row["status"],
            "start_year": row["start_year"], "end_year": row["end_year"] if row["end_year"] >= row["start_year"] else "",
            "technology": row["technology"], "captive": row["captive"],
            "efficiency": f"{row['efficiency']:.4f}" if row["efficiency"] else "", "source": row["source"], "grade": "B", "note": "",
        }
        for row in text.to_dict("records")
    ])  # fmt: skip


def _distinct(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tell alike projects apart by their ids, so that each counts once."""
    seen: dict[tuple[object, ...], set[str]] = {}
    for row in rows:
        seen.setdefault((row["name_zh"], row["fuel"], row["capacity_mw"]), set()).add(row["start_year"])
    for row in rows:
        if len(seen[row["name_zh"], row["fuel"], row["capacity_mw"]]) > 1:
            row["name_zh"] = f"{row['name_zh']} ({row['id']})"
    return rows


def _with_sources(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    used = dict.fromkeys(str(row["source"]) for made in tables.values() for row in made if "source" in row)
    return {**tables, "sources": [citation(id_) for id_ in used]}
