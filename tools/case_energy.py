"""Energy inventory, balances and reference emissions of the province and the city."""

from pathlib import Path

from case_sources import Sources
from case_tables import join
from shared_tables import Row, read_rows

ENERGY = ("row", "fuel", "year", "value", "unit", "source", "grade", "note")
BALANCES = ("row", "row_zh", "fuel", "fuel_zh", "year", "value", "unit", "source", "grade", "note")
REFERENCES = ("series", "region", "sector", "fuel", "year", "value", "unit", "source", "grade", "note")
CITIES = {
    "南昌市": "360100",
    "景德镇市": "360200",
    "萍乡市": "360300",
    "九江市": "360400",
    "新余市": "360500",
    "鹰潭市": "360600",
    "赣州市": "360700",
    "吉安市": "360800",
    "宜春市": "360900",
    "抚州市": "361000",
    "上饶市": "361100",
}
TRANSPORT = "Transport, Storage, Postal & Telecommunications Services"


def energy(shared: Path, sources: Sources) -> list[Row]:
    """The CEADs energy inventory of the province: 58 rows, 20 fuels, 2015–2022."""
    rows = []
    for row in read_rows(shared / "data/jiujiang/energy_inventory_jiangxi_2015_2022_ceads.csv"):
        doubt = ""
        if (row["row"], row["fuel"], row["year"]) == (TRANSPORT, "Raw_Coal", "2022"):
            doubt = "OUTLIER: 203.7 against 4.01 in 2021 (10^4 t)"
        if (row["row"], row["fuel"]) == ("Total Consumption", "Electricity"):
            doubt = "not the electricity used: use Total Final Consumption + Loss"
        rows.append(
            {
                **{name: row[name] for name in ("row", "fuel", "year", "value", "unit")},
                "source": sources.origin("ceads-energy", row["source_url_or_repo"]),
                "grade": "E" if doubt.startswith("OUTLIER") else "B",
                "note": join(doubt, row["note"]),
            }
        )
    return rows


def balances(shared: Path, sources: Sources) -> list[Row]:
    """Balances of 2007, 2014 (complete) and 2021 (seven fuels), physical units."""
    return [
        {
            "row": row["row_en"],
            "row_zh": row["row_zh"],
            "fuel": row["fuel_en"],
            "fuel_zh": row["fuel_zh"],
            **{name: row[name] for name in ("year", "value", "unit", "note")},
            "source": sources.origin("balance", row["source_url_or_repo"]),
            "grade": "C" if "partial" in year else "B",
        }
        for year in ("2007", "2014", "2021_partial")
        for row in read_rows(shared / f"data/jiujiang/energy_balance_jiangxi_{year}_physical.csv")
    ]


def co2_by_sector(shared: Path, sources: Sources) -> list[Row]:
    """CEADs CO2 of the province by sector and fuel and the factors it implies: for comparison only."""
    folder = shared / "data/jiujiang"
    found = [
        _reference("ceads_province", "360000", row, sources, row["sector"], row["fuel"])
        for row in read_rows(folder / "co2_ceads_jiangxi_sector_fuel_1997_2019.csv")
    ]
    factors = [
        _reference("ceads_implied_factor", "360000", row, sources, "Total", row["fuel"])
        for row in read_rows(folder / "ceads_implied_emission_factors_2014.csv")
    ]
    return found + [{**row, "grade": "C"} for row in factors]


def province_totals(found: list[Row]) -> list[Row]:
    """Totals of `co2_by_sector` as observations: energy and process, and process alone."""
    names = {("Total", "Scope 1 Total"): "co2_ceads_province", ("Total", "Process"): "co2_ceads_process"}
    return [
        _as_observation(names[row["sector"], row["fuel"]], row)
        for row in found
        if row["series"] == "ceads_province" and (row["sector"], row["fuel"]) in names
    ]


def city_totals(shared: Path, sources: Sources, *, own: bool) -> list[Row]:
    """CO2 of Jiujiang and its counties (`own`), or of all cities of the province, as observations."""
    folder = shared / "data/jiujiang"
    found = [
        _as_observation("co2_ceads_city", _reference("ceads_city", CITIES[row["city"]], row, sources))
        for row in read_rows(folder / "co2_ceads_city_jiangxi_1997_2019.csv")
        if row["city"] == "九江市" or not own
    ]
    if not own:
        return found
    found += [
        _as_observation("co2_edgar_v8", _reference("edgar_v8", "360400", row, sources))
        for row in read_rows(folder / "city_annual_statistics.csv")
        if row["indicator"] == "co2_edgar_v8"
    ]
    for row in read_rows(folder / "county_co2_2000_2024.csv"):
        county = _reference("edgar_county", row["county_code"], row, sources)
        found.append({**_as_observation("co2_edgar_county", county), "grade": "D"})
    return found


def _as_observation(indicator: str, row: Row) -> Row:
    kept = {name: row[name] for name in ("region", "year", "value", "unit", "source", "grade")}
    warning = "" if indicator.endswith(("province", "process")) else "CONFLICT: CEADs and EDGAR differ"
    note = join(warning, "reference only: an inventory is never tuned to it", row["note"])
    return {"indicator": indicator, **kept, "note": note}


def _reference(
    series: str, region: str, row: Row, sources: Sources, sector: str = "Total", fuel: str = "Total"
) -> Row:
    return {
        "series": series,
        "region": region,
        "sector": sector,
        "fuel": fuel,
        "year": row["year"],
        "value": row["value"],
        "unit": row["unit"],
        "source": sources.origin(series.replace("_", "-"), row["source_url_or_repo"]),
        "grade": "B",
        "note": row["note"],
    }
