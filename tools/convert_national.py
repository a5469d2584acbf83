"""Make the national index of the package: `PYTHONPATH=src python tools/convert_national.py --shared DIR`.

From the collected tables of China (`DIR/data/china`) only what may be shipped is taken: official facts, GEM plants
(CC BY 4.0), EDGAR CO2 by county (CC BY 4.0), and factors derived from the CEADs inventories (tonnes per unit of an
official statistic, from which no level of a province can be read back). Lists without a licence (cement, ammonia,
operating units of 2025, solar by plant) and polygons are left out.
"""

import argparse
import re
from pathlib import Path

import pandas as pd
from case_profiles import LEAP_DAY
from national_structure import structure
from shared_tables import number, write_rows

TARGET = Path(__file__).parent.parent / "src/dafeng/case/national"
FIRST, BASE, LAST = 2010, 2020, 2025
CENSUS = "census-2020"
_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉"
    "|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)
_SHORT = re.compile(rf"(?:(?:{_PEOPLES})族)*自治州$|(?:蒙古|哈萨克|柯尔克孜)自治州$|(?:地区|盟|省|市)$")
"""What a short name leaves out: 恩施土家族苗族自治州 → 恩施, 巴音郭楞蒙古自治州 → 巴音郭楞."""
GRADES = frozenset("AB")
_AS_DATE = re.compile(r"^\d+-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)$")
"""Names of units that a spreadsheet turned into dates."""
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
"""Characters without width that a copied name brings along."""
INDICATORS = re.compile(
    r"(coal|coke|crude_oil|gasoline|kerosene|diesel|fuel_oil|natural_gas|electricity)_consumption|energy_consumption_total|(coke|raw_coal)_output"
    r"|output_(pig_iron|crude_steel|cement|ten_nonferrous)|generation_(thermal|hydro|wind|solar|nuclear|total)|gdp_current|gdp_index_prev100"
    r"|va_(primary|secondary|tertiary)|population_resident|solar_capacity_end_of_year"
)
PLANTS = (
    "id", "name", "unit", "fuel", "capacity_mw", "status", "start_year", "end_year", "technology", "captive", "heat_rate", "province_code",
    "code", "source",
)  # fmt: skip
STATUS = {
    "operating": "operating", "construction": "construction", "permitted": "approved", "pre-permit": "announced", "announced": "announced",
    "retired": "retired", "mothballed": "retired", "shelved": "cancelled", "cancelled": "cancelled", "pre-construction": "approved",
}  # fmt: skip
PLANS = {
    "plan.yaml": ("国务院_2030年前碳达峰行动方案.txt", "国务院"),
    "plan_360000.yaml": ("江西省_碳达峰实施方案.txt", "江西省人民政府"),
}
"""Plans that drafts inherit: file → document and issuer. Another province's joins as soon as its document is at hand."""


def convert(shared: Path, target: Path = TARGET) -> dict[str, int]:
    """Write all tables; rows by table."""
    source = shared / "data/china"
    tables = {
        "units": units(source).merge(points(source), on="code", how="left").fillna(""),
        "provinces": provinces(source), "plants": plants(source), "steel": steel(source),
        "mines": mines(source), "co2_edgar": counties(source), "structure": structure(source, gas_mw(source)),
    }  # fmt: skip
    for file, (document, issuer) in PLANS.items():
        text = inherited_plan(shared / "data/plans" / document, issuer)
        (target / file).write_text(text, encoding="utf-8")
    return {
        name: write_rows(target / f"{name}.csv", list(frame), frame.to_dict("records"))
        for name, frame in tables.items()
    }


def short(name: str) -> str:
    """Return a name without what says its level."""
    return _SHORT.sub("", name) or name


def units(source: Path) -> pd.DataFrame:
    """Prefecture-level units and municipalities: census population of 2020, GDP and three industries of 2020."""
    known = pd.read_csv(source / "cities.csv", dtype=str)
    known = known[known["level"] != "省直辖县级行政区"]
    statistics = pd.read_csv(source / "city_statistics.csv", dtype={"code_gbt2260": str})
    now = statistics[statistics["year"] == BASE].set_index("code_gbt2260")
    census = pd.read_csv(source / "city_census_2020_additions.csv", dtype=str).set_index("code_gbt2260")
    rows = []
    for unit in known.to_dict("records"):
        code = str(unit["code_gbt2260"])
        row = {name: str(unit[column]) for name, column in
               (("code", "code_gbt2260"), ("name_zh", "name_zh"), ("level", "level"), ("province_code", "province_code"), ("province", "province"))}  # fmt: skip
        row["short"] = short(row["name_zh"])
        facts = now.loc[code]
        if code in census.index:
            row |= {
                "population": census.loc[code, "population_census_2020"],
                "population_grade": census.loc[code, "grade"],
            }
        elif facts["population_src"] == "P" and pd.notna(facts["population_1e4"]):
            row |= {"population": number(float(facts["population_1e4"]) * 1e4, 8), "population_grade": "B"}
        for vintage, grade in (("a", "B"), ("b", "C")):
            parts = [facts[f"{name}_{vintage}"] for name in ("gdp", "va1", "va2", "va3")]
            if pd.notna(parts).all() and "gdp" not in row:
                names = ("gdp", "va_primary", "va_secondary", "va_tertiary")
                row |= {name: number(float(value), 7) for name, value in zip(names, parts, strict=True)}
                row["gdp_grade"] = grade
        rows.append(row)
    columns = ["code", "name_zh", "short", "level", "province_code", "province", "population", "population_grade", "gdp", "va_primary",
               "va_secondary", "va_tertiary", "gdp_grade"]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=columns).fillna("").sort_values("code")


def points(source: Path) -> pd.DataFrame:
    """Median position of the plants of GEM in each unit [°, rounded to about 1 km]: where a page draws it, no border."""
    parts = [
        pd.read_csv(source / f"plants_{name}", dtype=str)
        for name in (
            "coal.csv",
            "gas.csv",
            "hydro_nuclear_bio.csv",
            "wind_solar.csv.gz",
            "steel.csv",
            "coal_mines.csv",
        )
    ]
    table = pd.concat(
        [one[one["fuel"].fillna("").ne("solar")] if "fuel" in one else one for one in parts],
        ignore_index=True,
    )
    table = table[table["city_code"].notna()].assign(
        code=table["city_code"].map(lambda text: _year(str(text))),
        lon=pd.to_numeric(table["lon"], errors="coerce"),
        lat=pd.to_numeric(table["lat"], errors="coerce"),
    )
    found = table.dropna(subset=["lon", "lat"]).groupby("code", as_index=False)[["lon", "lat"]].median()
    return found.assign(**{name: found[name].map(lambda value: f"{value:.2f}") for name in ("lon", "lat")})


def provinces(source: Path) -> pd.DataFrame:
    """Official statistics of the provinces, long, 2010 to 2025."""
    table = pd.read_csv(source / "province_statistics.csv", dtype={"province_code": str})
    wanted = table["indicator"].map(lambda name: INDICATORS.fullmatch(str(name)) is not None)
    table = table[
        wanted & table["year"].between(FIRST, LAST) & table["grade"].isin(GRADES) & table["value"].notna()
    ]
    table = table.drop_duplicates(["province_code", "indicator", "year"])
    table = table.assign(value=table["value"].map(lambda value: number(float(value), 8)))
    return table.sort_values(["province_code", "indicator", "year"])[
        ["province_code", "indicator", "year", "value", "unit", "source_id", "grade"]
    ].rename(columns={"source_id": "source"})


def plants(source: Path) -> pd.DataFrame:
    """Power units of GEM: coal, gas, hydro, nuclear, biomass and wind, by prefecture."""
    parts = [
        _table(source / "plants_coal.csv", "coal", "gem-coal"),
        _table(source / "plants_gas.csv", "", "gem-gas").assign(id=""),
        _table(source / "plants_hydro_nuclear_bio.csv", "", "gem-other"),
        _table(source / "plants_wind_solar.csv.gz", "", "gem-wind"),
    ]
    table = pd.concat(parts, ignore_index=True)
    table = table[table["fuel"].ne("solar") & table["status"].ne("cancelled") & table["code"].ne("")]
    numbered = table.groupby("source").cumcount() + 1
    bare = table["id"].eq("")
    table.loc[bare, "id"] = table["source"] + "-" + numbered.astype(str)
    again = table.groupby("id").cumcount()
    table["id"] = table["id"].where(again.eq(0), table["id"] + "-" + (again + 1).astype(str))
    return table.sort_values(["code", "fuel", "id"])[list(PLANTS)]


def _table(path: Path, fuel: str, source: str) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=str).fillna("")
    made = pd.DataFrame(index=table.index)
    made["id"] = table.get("gem_id", "")
    name = table["name_zh"].where(table["name_zh"].ne(""), table["name_en"])
    made["name"] = name.map(lambda text: " ".join(_INVISIBLE.sub("", text).split())[:60].strip())
    made["unit"] = table["unit"].where(~table["unit"].str.contains(_AS_DATE), "").str[:40]
    kinds = table["fuel"] if "fuel" in table else pd.Series(fuel, table.index)
    made["fuel"] = kinds.map(_fuel)
    made["capacity_mw"] = table["capacity_mw"].map(lambda value: number(float(value), 6) if value else "")
    made["status"] = table["status"].map(lambda text: STATUS.get(text.split(" - ")[0], "cancelled"))
    made["start_year"] = table["start_year"].map(_year)
    made["end_year"] = table["retired_year"].map(_year) if "retired_year" in table else ""
    made["technology"] = table["technology"].str[:40]
    made["captive"] = table["captive"].map(lambda text: "1" if text and text.lower() not in ("no", "none", "unknown") else "0") if "captive" in table else "0"  # fmt: skip
    made["heat_rate"] = table.get("heat_rate_btu_per_kwh", "")
    made["province_code"] = table["province_code"].map(_year)
    made["code"] = table["city_code"].map(_year)
    made["source"] = source
    return made[made["capacity_mw"].ne("")]


def _fuel(kind: str) -> str:
    for word, fuel in (("by-product", "byproduct_gas"), ("bio", "biomass"), ("hydro", "hydro"), ("nuclear", "nuclear"), ("wind", "wind"),
                       ("solar", "solar"), ("coal", "coal")):  # fmt: skip
        if word in kind:
            return fuel
    return "gas"


def _year(text: str) -> str:
    found = re.match(r"\d+", text)
    return found[0] if found else ""


def gas_mw(source: Path) -> "pd.Series[float]":
    """Return the operating MW of units that burn natural gas by province."""
    table = plants(source)
    gas = table[table["fuel"].eq("gas") & table["status"].eq("operating")]
    return gas["capacity_mw"].astype(float).groupby(gas["province_code"]).sum()


def steel(source: Path) -> pd.DataFrame:
    """Iron and steel plants of GEM: operating capacity [kt/a] of crude steel, furnaces and iron, by prefecture."""
    table = pd.read_csv(source / "plants_steel.csv", dtype=str).fillna("")
    amounts = {
        name: pd.to_numeric(table[name], errors="coerce").fillna(0.0)
        for name in table
        if name.startswith(("operating_", "oppre_"))
    }
    made = pd.DataFrame({
        "id": table["gem_id"], "name": table["name_zh"].where(table["name_zh"].ne(""), table["name_en"]).str[:60], "equipment": table["equipment"],
        "start_year": table["start"].map(_year),
        "crude_kt": amounts["operating_crude_steel"] + amounts["oppre_crude_steel"], "eaf_kt": amounts["operating_eaf"],
        "iron_kt": amounts["operating_iron"] + amounts["oppre_iron"], "province_code": table["province_code"].map(_year),
        "code": table["city_code"].map(_year), "source": "gem-steel",
    })  # fmt: skip
    for name in ("crude_kt", "eaf_kt", "iron_kt"):
        made[name] = made[name].map(lambda value: number(float(value), 7))
    return made[made["code"].ne("")].sort_values(["code", "id"])


def mines(source: Path) -> pd.DataFrame:
    """Operating capacity [Mt/a] of coal mines of GEM, by prefecture."""
    table = pd.read_csv(source / "plants_coal_mines.csv", dtype=str).fillna("")
    table = table[table["status"].eq("operating") & table["capacity_mt_a"].ne("") & table["city_code"].ne("")]
    made = pd.DataFrame({
        "province_code": table["province_code"].map(_year), "code": table["city_code"].map(_year),
        "capacity_mt": table["capacity_mt_a"].astype(float),
    })  # fmt: skip
    sums = made.groupby(["province_code", "code"], as_index=False)["capacity_mt"].sum()
    return sums.assign(
        capacity_mt=sums["capacity_mt"].map(lambda value: number(float(value), 6)), source="gem-mines"
    ).sort_values("code")


def write_hourly(source: Path, target: Path) -> None:
    """Capacity factors of onshore wind and sun by province and hour [1/1000], 29 February left out; the load is of unknown origin."""
    columns = {}
    for kind in ("wind", "solar"):
        name = "onwind" if kind == "wind" else kind
        table = pd.read_csv(source / f"{name}_cf_2020_8784h.csv.gz").drop(columns="time_as_in_source")
        kept = table.drop(index=table.index[LEAP_DAY])
        columns |= {f"{kind}_{code}": (kept[code] * 1000.0).round().astype(int) for code in kept}
    pd.DataFrame(columns).to_csv(
        target, index=False, lineterminator="\n", compression={"method": "gzip", "mtime": 0}
    )


def counties(source: Path) -> pd.DataFrame:
    """CO2 of EDGAR by county [kt], 2010 to 2024."""
    table = pd.read_csv(source / "county_co2_2000_2024_kt.csv.gz", dtype=str)
    table = table[table["county_code"].notna() & table["city_code"].notna()]
    years = [str(year) for year in range(FIRST, LAST)]
    return (
        table[["city_code", "county_code", "county", *years]]
        .rename(columns={"city_code": "code"})
        .fillna("")
        .sort_values("county_code")
    )


def inherited_plan(document: Path, issuer: str) -> str:
    """Tasks of the plan of the nation or of a province as facts: places and titles, no figure, which are no city's, and no body."""
    from dafeng.plan import read

    plan = read(document).without_spans()
    tasks = tuple(task.model_copy(update={"departments": (), "lead": ()}) for task in plan.tasks)
    facts = {"outline": (), "targets": (), "names": (), "findings": (), "source_name": None, "source_sha256": None, "text_sha256": None,
             "duties": (), "tasks": tasks, "issuer": issuer}  # fmt: skip
    return plan.model_copy(update=facts).to_yaml()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/")
    for table_name, count in convert(parser.parse_args().shared).items():
        print(f"{table_name}: {count} rows")
