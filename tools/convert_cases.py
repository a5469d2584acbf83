"""Build the bundled cases from the collected data: `python tools/convert_cases.py --shared DIR`.

Writes `regions/360000` (Jiangxi) and `jiujiang` under src/dafeng/cases. A re-run gives identical bytes. Not
touched: drivers.csv, measures.csv, scenarios.yaml, registers/.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from case_city import PLANTS, counties, plants, polygons
from case_energy import (
    BALANCES,
    CITIES,
    ENERGY,
    REFERENCES,
    balances,
    city_totals,
    co2_by_sector,
    energy,
    province_totals,
)
from case_plan import ORGANISATIONS, known_before, organisations, plan
from case_profiles import META, PROFILES, hourly
from case_proxies import PROXIES, proxies
from case_sectors import SECTORS, sectors
from case_sources import Sources
from case_tables import (
    ACTIVITIES,
    COSTS,
    OBSERVATIONS,
    PRICES,
    biomass,
    costs,
    demand,
    distinct,
    observations,
    plants_of_industry,
    prices,
)
from shared_tables import Row, read_rows, write_rows

CASES = Path(__file__).parent.parent / "src/dafeng/cases"
SOURCES = ("id", "citation", "url", "licence", "terms", "note")
HAND_WRITTEN = ("drivers.csv", "measures.csv")
TARIFFS = ("month", "start", "end", "period", "ratio_to_flat", "source", "grade", "note")
ACCOUNTS = """headline_account: A
account:
  grid_factor_region: "360000"
  gwp_set: AR5
  fuel_set: gbt32151_22_2024
"""


def _write(folder: Path, name: str, columns: Sequence[str], rows: list[Row]) -> None:
    print(f"{folder.name}/{name}: {write_rows(folder / name, columns, rows)} rows")


def _write_sources(folder: Path, sources: Sources) -> None:
    """Sources of the converted tables, then those that hand-written tables of the folder cite."""
    cited = {
        row["source"] for name in HAND_WRITTEN if (folder / name).exists() for row in read_rows(folder / name)
    }
    present = folder / "sources.csv"
    older = read_rows(present) if present.exists() else []
    kept = [row for row in older if row["id"] in cited and row["id"] not in sources.rows]
    _write(folder, "sources.csv", SOURCES, [*sources.rows.values(), *kept])


def _write_city(folder: Path, zh: str, en: str, code: str, level: str, parent: str, parts: list[Row]) -> None:
    lines = [f"name_zh: {zh}", f"name_en: {en}", f'code: "{code}"', f"level: {level}"]
    lines += [f"parent: {parent}"] if parent else []
    lines += ["base_year: 2020", "as_of: 2025", "horizon: 2060", "inventory_years: [2015, 2022]"]
    lines += [ACCOUNTS.rstrip(), "counties:"]
    for part in parts:
        names = ", ".join(f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in part.items())
        lines.append(f"  - {{{names}}}")
    (folder / "city.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def tariffs(shared: Path, sources: Sources) -> list[Row]:
    """Time-of-use periods of Jiangxi, month by month, and what they are relative to."""
    source = sources.cite("tariff", "赣发改价管〔2025〕463号, as transcribed in public code")
    return [
        {
            **{name: row[name] for name in ("month", "start", "end", "period", "ratio_to_flat")},
            "source": source,
            "grade": "D",
            "note": f"status {row['status']}; start date of the notice not seen; only the energy price floats",
        }
        for row in read_rows(shared / "data/costs/tou_jiangxi_2025.csv")
    ]


def province(shared: Path, folder: Path) -> tuple[Sources, list[Row]]:
    """Write regions/360000; the city's rows of the demand tables are handed on."""
    sources = Sources()
    folder.mkdir(parents=True, exist_ok=True)
    parts = [{"code": code, "name_zh": name, "name_en": ""} for name, code in CITIES.items()]
    _write_city(folder, "江西省", "Jiangxi", "360000", "province", "", parts)
    found = observations(shared / "data/jiujiang/jiangxi_province_statistics.csv", "360000", "stat", sources)
    co2 = co2_by_sector(shared, sources)
    found += [*province_totals(co2), *city_totals(shared, sources, own=False)]
    _write(folder, "observations.csv", OBSERVATIONS, found)
    _write(folder, "energy.csv", ENERGY, energy(shared, sources))
    _write(folder, "reference/balances.csv", BALANCES, balances(shared, sources))
    _write(folder, "reference/co2_by_sector.csv", REFERENCES, co2)
    _write(folder, "sectors.csv", SECTORS, sectors(sources))
    activities, of_city = demand(shared, sources)
    _write(folder, "activities.csv", ACTIVITIES, activities)
    _write(folder, "prices.csv", PRICES, prices(shared, sources))
    _write(folder, "costs.csv", COSTS, costs(shared, sources))
    _write(folder, "reference/tariffs.csv", TARIFFS, tariffs(shared, sources))
    hours, meta = hourly(shared, sources)
    _write(folder, "profiles.csv", PROFILES, hours)
    _write(folder, "profiles_meta.csv", META, meta)
    _write_sources(folder, sources)
    return sources, of_city


def city(shared: Path, folder: Path, parent: Sources, demand_rows: list[Row]) -> None:
    """Write jiujiang; sources that the province's rows brought along are copied."""
    sources = Sources()
    folder.mkdir(parents=True, exist_ok=True)
    parts = counties(shared)
    codes = {part["name_zh"]: part["code"] for part in parts}
    _write_city(folder, "九江市", "Jiujiang", "360400", "city", "regions/360000", parts)
    found = observations(shared / "data/jiujiang/city_annual_statistics.csv", "360400", "stat", sources)
    found += observations(shared / "data/jiujiang/county_statistics.csv", "360400", "stat", sources)
    kept = [row for row in found if not row["indicator"].startswith(("target_", "co2_"))]
    kept += city_totals(shared, sources, own=True)
    for row in demand_rows:
        cited = parent.rows[row["source"]]
        row["source"] = sources.add(f"province-{row['source']}", cited["citation"], cited["url"])
    industry = plants_of_industry(shared, codes, sources)
    _write(folder, "activities.csv", ACTIVITIES, [*demand_rows, *industry, *biomass(shared, sources)])
    units = plants(shared, sources)
    _write(folder, "plants.csv", PLANTS, units)
    names = [row["row"] for row in sectors(parent)]
    _write(folder, "proxies.csv", PROXIES, proxies(shared, names, units, sources))
    kept += known_before(shared, sources)
    _write(folder, "observations.csv", OBSERVATIONS, distinct(kept, "indicator", "region", "year", "source"))
    _write(folder, "organisations.csv", ORGANISATIONS, organisations(sources))
    (folder / "plan.yaml").write_text(plan(shared).to_yaml(), encoding="utf-8")
    (folder / "counties.geojson").write_text(polygons(shared, sources), encoding="utf-8")
    _write_sources(folder, sources)


def convert(shared: Path, target: Path = CASES) -> None:
    """Write both cases below `target`."""
    sources, of_city = province(shared, target / "regions/360000")
    city(shared, target / "jiujiang", sources, of_city)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/ and design/")
    convert(parser.parse_args().shared)
