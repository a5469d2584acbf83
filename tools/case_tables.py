"""Statistics, demand-side tables, prices and costs in the columns of a case."""

from collections.abc import Iterable
from pathlib import Path

from case_sources import Sources
from shared_tables import Row, number, read_rows

OBSERVATIONS = ("indicator", "region", "year", "value", "unit", "source", "grade", "note")
ACTIVITIES = ("activity", "region", "year", "value", "unit", "source", "grade", "note")
PRICES = ("item", "region", "year", "value", "low", "high", "unit", "source", "grade", "note")
COSTS = ("technology", "parameter", "year", "value", "low", "high", "unit", "source", "grade", "note")
STATUS_GRADE = {
    "official": "A",
    "published": "B",
    "secondary": "D",
    "foreign": "D",
    "unverified": "E",
}
REGIONS = {"China": "100000", "CN": "100000", "Jiangxi": "360000", "Jiujiang": "360400"}
# the source's wording of a unit, what dafeng.units understands, and the factor between them
UNITS = {
    **dict.fromkeys(
        ["", "-", "none", "formula", "index", "COP", "lines", "fraction", "fraction (minimum)", "round trip"],
        ("1", 1.0),
    ),
    **dict.fromkeys(
        ["fraction of capacity", "fraction of energy capacity", "per unit", "MWh_th/MWh_e"],
        ("1", 1.0),
    ),
    **dict.fromkeys(["per unit (LHV/HHV not stated)", "per unit of gross output"], ("1", 1.0)),
    **dict.fromkeys(["ratio to the flat energy price", "not stated (per kWh or per m3)"], ("1", 1.0)),
    **dict.fromkeys(["per 100 people"], ("%", 1.0)),
    **dict.fromkeys(["per year"], ("1/year", 1.0)),
    **dict.fromkeys(["fraction of capacity per hour"], ("1/hour", 1.0)),
    **dict.fromkeys(["万人次"], ("万人", 1.0)),
    **dict.fromkeys(["yuan/kW_e", "yuan/kW_th", "yuan per MW started"], ("yuan/kW", 1.0)),
    **dict.fromkeys(["yuan/kWh_th", "yuan/kWh, tax and charges included"], ("yuan/kWh", 1.0)),
    **dict.fromkeys(["yuan/kW/yr (minimum)"], ("yuan/kW/yr", 1.0)),
    **dict.fromkeys(["yuan/tCO2 (unit not written in the code)"], ("yuan/tCO2", 1.0)),
    "million": ("万人", 100.0),
    "MJ/t clinker": ("MJ/t", 1.0),
    "kWh/t cement": ("kWh/t", 1.0),
    "tCO2/t crude steel": ("tCO2/t", 1.0),
    "kg fuel/(1000 t·km)": ("kg/tkm", 1e-3),
    "kgoe/t": ("MJ/t", 41.868),
    "kgoe/t PX": ("MJ/t", 41.868),
    "kgoe/t crude": ("MJ/t", 41.868),
    "kgoe/(t·能量因数)": ("MJ/t", 41.868),
    "kgce/重量箱": ("kgce/t", 20.0),
    "USD per tonne of iron, extra cost": ("USD/t", 1.0),
    "yuan per kVA per month": ("yuan/kW/yr", 12.0),
    "yuan per kW per month": ("yuan/kW/yr", 12.0),
    "yuan per kW of added down range": ("yuan/kW", 1.0),
    "yuan per t/d of capacity": ("yuan/t", 1 / 365),
    "yuan per (tCO2/h)": ("yuan/tCO2", 1 / 8760),
    "MMBtu per MW started": ("GJ/MW", 1.055056),
    "万吨; 亿吨公里": ("1", 1.0),
    "t biomass yr-1": ("t", 1.0),
    "T C yr-1": ("tC", 1.0),
    "MWh yr-1": ("MWh", 1.0),
    "MW yr-1": ("MW", 1.0),
    "$ yr-1": ("USD", 1.0),
    "yuan per MW": ("yuan/MW", 1.0),
}
THOUSANDTH = {"yuan per MW started": 1e-3}


def measured(row: Row, columns: Iterable[str] = ("value",)) -> tuple[dict[str, str], str]:
    """The cells of `columns` in a unit that dafeng reads, `unit` added, and a note where it differs."""
    raw = row["unit"]
    unit, scale = UNITS.get(raw, (raw, 1.0))
    scale *= THOUSANDTH.get(raw, 1.0)
    cells = {c: number(float(row[c]) * scale) if row[c] and scale != 1 else row[c] for c in columns}
    return {**cells, "unit": unit}, f"unit in the source: {raw}" if raw and unit != raw else ""


def join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def year_of(text: str) -> tuple[str, str]:
    """The year in the column's form, and a note where the source says more or nothing."""
    year = text[:4]
    if not year.isdigit():
        return "2020", f"year in the source: {text or 'none'} (entered as 2020)"
    return year, "" if text == year else f"period in the source: {text}"


def ident(*parts: str) -> str:
    """An id without blanks, from the words of a source."""
    return "/".join("_".join(part.split()) for part in parts if part)


def doubts(row: Row) -> str:
    """Status, and a figure that was only recalled: kept where a reader sees it, never as the value."""
    recalled = row.get("candidate_value", "")
    return join(f"status {row['status']}", f"recalled, not seen: {recalled}" if recalled else "")


def distinct(rows: Iterable[Row], *key: str) -> list[Row]:
    """Rows with unique keys: a second row of the same key is numbered in its first key column."""
    seen: dict[tuple[str, ...], int] = {}
    result = []
    for row in rows:
        same = tuple(row[name] for name in key)
        seen[same] = seen.get(same, 0) + 1
        number_of_row = f"#{seen[same]}" if seen[same] > 1 else ""
        result.append({**row, key[0]: row[key[0]] + number_of_row})
    return result


def observations(path: Path, region: str, prefix: str, sources: Sources) -> list[Row]:
    """Tidy statistics of one place (or of counties, where the file names them)."""
    rows = []
    for row in read_rows(path):
        if row["value"] == "":
            continue
        cells, unit_note = measured(row)
        origin = row["source_url_or_repo"]
        rows.append(
            {
                "indicator": ident(row["indicator"]),
                "region": row.get("county_code") or region,
                "year": row["year"],
                **cells,
                "source": sources.origin(prefix, origin),
                "grade": _grade_of(row["indicator"], origin, row["note"]),
                "note": join(_conflict(row["indicator"], row["year"]), row["note"], unit_note),
            }
        )
    return distinct(rows, "indicator", "region", "year", "source")


def _conflict(indicator: str, year: str) -> str:
    """What a reader must know of a series that has a rival, or of a figure that is wrong."""
    if indicator.endswith("_bulletin_vintage"):
        return "CONFLICT: preferred=0, the series without suffix is preferred; never mix the two vintages"
    if indicator in {"gdp_current", "gdp_primary", "gdp_secondary", "gdp_tertiary"}:
        return "preferred=1 where _bulletin_vintage differs"
    if (indicator, year) in {("gdp_index_prev_year_100", "2021"), ("gdp_index_prev_year_100", "2023")}:
        return "SUSPECT: nominal ratio (2021) or the provincial figure (2023); use gdp_real_growth"
    if "modelled" in indicator:
        return "CROSS-CHECK ONLY: doubles 2015–2023 while provincial use grows 37 %"
    return ""


def _grade_of(indicator: str, origin: str, note: str) -> str:
    if "modelled" in indicator or "NOT OFFICIAL" in note or "SUSPECT" in note:
        return "E"
    if "back-calculated" in note or "carried forward" in note:
        return "D"
    if "report script" in origin or "derived" in note.lower():
        return "C"
    if "edgar" in indicator:
        return "B"
    return "A" if "gov.cn" in origin or "碳达峰实施方案" in origin else "B"


def demand(shared: Path, sources: Sources) -> tuple[list[Row], list[Row]]:
    """The demand-side tables as activities of the province's case, and those of the city's."""
    rows: list[Row] = []
    for name in ("transport", "buildings", "drivers"):
        rows += [_demand_row(row, name, sources) for row in read_rows(shared / f"data/demand/{name}.csv")]
    for row in read_rows(shared / "data/demand/industry_benchmarks.csv"):
        rows += _benchmark_rows(row, sources)
    rows = distinct(rows, "activity", "region", "year", "source")
    city = [row for row in rows if row["region"] == "360400"]
    return [row for row in rows if row["region"] != "360400"], city


def _demand_row(row: Row, table: str, sources: Sources) -> Row:
    year, year_note = year_of(row["year"])
    place = row["region"]
    region = REGIONS.get(
        place, "360400" if "Jiujiang" in place else "360000" if "Jiangxi" in place else "100000"
    )
    scope = "" if place in REGIONS else place
    value = row["value"]
    value_note = ""
    if value and not _is_number(value):
        value, value_note = "NE", f"as in the source: {value}"
    cells, unit_note = measured({**row, "value": "" if value == "NE" else value})
    return {
        "activity": ident(row["category"], row["indicator"], row["type"], scope),
        "region": region,
        "year": year,
        **cells,
        "value": cells["value"] or "NE",
        "source": sources.cite(table, row["source"], row["source_url"]),
        "grade": STATUS_GRADE[row["status"]],
        "note": join(row["id"], doubts(row), value_note, year_note, unit_note, row["note"]),
    }


def _benchmark_rows(row: Row, sources: Sources) -> list[Row]:
    year, year_note = year_of(row["year"])
    found = []
    for kind in ("value", "benchmark", "baseline"):
        recalled = row[f"candidate_{kind}"]
        if not row[kind] and not recalled and not (kind == "value" and not row["benchmark"]):
            continue
        number_known = _is_number(row[kind])
        cells, unit_note = measured({"value": row[kind] if number_known else "", "unit": row["unit"]})
        place = row["region"]
        region = REGIONS.get(place, "360000" if "Jiangxi" in place else "100000")
        name = (row["table"], row["industry"], row["product"], row["route_or_parameter"], row["edition"])
        scope = "" if place in REGIONS else place
        found.append(
            {
                "activity": ident("industry", *name, "" if kind == "value" else kind, scope),
                "region": region,
                "year": year,
                **cells,
                "value": cells["value"] or "NE",
                "source": sources.cite("industry", row["source"], row["source_url"]),
                "grade": STATUS_GRADE[row["status"]],
                "note": join(
                    row["id"],
                    f"status {row['status']}",
                    f"recalled, not seen: {recalled}" if recalled else "",
                    "" if number_known or not row[kind] else f"as in the source: {row[kind]}",
                    year_note,
                    unit_note,
                    row["note"],
                ),
            }
        )
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def plants_of_industry(shared: Path, counties: dict[str, str], sources: Sources) -> list[Row]:
    """Named industrial plants of the city as activities of their county."""
    rows = []
    for row in read_rows(shared / "data/demand/jiujiang_industry.csv"):
        year, year_note = year_of(row["year"])
        cells, unit_note = measured({**row, "value": row["capacity"]})
        rows.append(
            {
                "activity": ident("plant", row["sector"], row["enterprise"], row["item"], row["kind"]),
                "region": next((c for name, c in counties.items() if name in row["county"]), "360400"),
                "year": year,
                **cells,
                "value": cells["value"] or "NE",
                "source": sources.cite("plant", row["source"], row["source_url"]),
                "grade": STATUS_GRADE[row["status"]],
                "note": join(row["id"], row["county"], doubts(row), year_note, unit_note, row["note"]),
            }
        )
    return distinct(rows, "activity", "region", "year", "source")


def biomass(shared: Path, sources: Sources) -> list[Row]:
    """County biomass resources and output of 2015 (Xing et al. 2021)."""
    rows = []
    for row in read_rows(shared / "data/jiujiang/county_biomass_gdp_2015_xing2021.csv"):
        cells, unit_note = measured(row)
        rows.append(
            {
                "activity": ident("biomass", row["indicator"]),
                "region": row["county_code"],
                "year": row["year"],
                **cells,
                "source": sources.origin("xing", row["source_url_or_repo"]),
                "grade": "B",
                "note": join(unit_note, row["note"]),
            }
        )
    return distinct(rows, "activity", "region", "year", "source")


def prices(shared: Path, sources: Sources) -> list[Row]:
    rows = []
    for row in read_rows(shared / "data/costs/prices.csv"):
        cells, unit_note = measured(row, ("value", "low", "high"))
        year, year_note = year_of(row["year"])
        place = row["region"]
        rows.append(
            {
                "item": ident(row["item"]),
                "region": REGIONS.get(place, "360100" if "Nanchang" in place else "100000"),
                "year": year,
                **cells,
                "value": cells["value"] or "NE",
                "source": sources.cite("price", row["source"], row["source_url"]),
                "grade": STATUS_GRADE[row["status"]],
                "note": join(
                    doubts(row),
                    year_note,
                    unit_note,
                    "" if place in REGIONS else place,
                    _range_note(row),
                    row["note"],
                ),
            }
        )
    return distinct(rows, "item", "region", "year", "source")


def costs(shared: Path, sources: Sources) -> list[Row]:
    """Technology costs and, as technologies of their own, abatement costs."""
    rows = []
    for row in read_rows(shared / "data/costs/technologies.csv"):
        cells, unit_note = measured(row, ("value", "low", "high"))
        place = "" if row["region"] == "CN" else row["region"]
        money = f"money of {row['currency_year']}" if row["currency_year"] else ""
        rows.append(
            {
                "technology": ident(row["tech_id"]),
                "parameter": ident(row["parameter"]),
                "year": row["year"],
                **cells,
                "value": cells["value"] or "NE",
                "source": sources.cite("technology", row["source"], row["source_url"]),
                "grade": STATUS_GRADE[row["status"]],
                "note": join(
                    row["name_zh"], doubts(row), place, money, unit_note, _range_note(row), row["note"]
                ),
            }
        )
    for row in read_rows(shared / "data/costs/abatement.csv"):
        cells, unit_note = measured(row, ("value", "low", "high"))
        year, year_note = year_of(row["year"])
        potential = f"potential {row['potential']} {row['potential_unit']}" if row["potential"] else ""
        rows.append(
            {
                "technology": ident(row["measure_id"]),
                "parameter": "abatement_cost",
                "year": year,
                **cells,
                "value": cells["value"] or "NE",
                "source": sources.cite("abatement", row["source"], row["source_url"]),
                "grade": STATUS_GRADE[row["status"]],
                "note": join(
                    row["measure_zh"],
                    doubts(row),
                    potential,
                    year_note,
                    unit_note,
                    _range_note(row),
                    row["note"],
                ),
            }
        )
    return distinct(rows, "technology", "parameter", "year", "source")


def _range_note(row: Row) -> str:
    return "range only, no central value" if not row["value"] and row["low"] and row["high"] else ""
