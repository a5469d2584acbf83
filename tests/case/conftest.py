"""A small complete province and city, written afresh for each test so that it can be broken in one place."""

from pathlib import Path

import pytest

E = ",s1,B,"

PROVINCE = {
    "city.yaml": """name_zh: 试验省
name_en: Test Province
code: "360000"
level: province
parent: null
counties:
  - {code: "360400", name_zh: 九江市, name_en: Jiujiang}
  - {code: "360100", name_zh: 南昌市, name_en: Nanchang}
base_year: 2020
as_of: 2025
horizon: 2060
inventory_years: [2019, 2020]
headline_account: A
schema: 3
""",
    "sources.csv": "id,citation,url,licence,terms,note\np1,Provincial yearbook,,,,\n",
    "observations.csv": "indicator,region,year,value,unit,source,grade,note\n"
    "gdp_secondary,360000,2020,11084.8,亿元,p1,A,\n"
    "gdp_secondary,360400,2020,1520.1,亿元,p1,A,\n"
    "population_resident,360000,2020,4519,万人,p1,A,\n"
    "population_resident,360400,2020,460,万人,p1,A,\n",
    "sectors.csv": "row,row_zh,branch,sector,kind,gbt4754,source,grade,note\n"
    "Urban,城镇,buildings_urban,buildings,final,,p1,A,\n"
    "Smelting and Pressing of Ferrous Metals,黑色金属,steel,industry,final,31,p1,A,\n",
    "energy.csv": "row,fuel,year,value,unit,source,grade,note\n"
    "Urban,Raw_Coal,2020,10.5,10^4 t,p1,B,\n"
    "Urban,Electricity,2020,200,10^8 kWh,p1,B,\n"
    "Smelting and Pressing of Ferrous Metals,Coke,2020,NE,10^4 t,p1,B,\n",
}

CITY = {
    "city.yaml": """name_zh: 试验市
name_en: Test City
code: "360400"
level: city
parent: ../province
base_year: 2020
as_of: 2025
horizon: 2060
schema: 3
""",
    "sources.csv": "id,citation,url,licence,terms,note\ns1,City yearbook,https://example.org,,cite,\n",
    "observations.csv": "indicator,region,year,value,unit,source,grade,note\n"
    "gdp_share_primary,360400,2020,7,%,s1,A,\n"
    "gdp_share_secondary,360400,2020,47,%,s1,A,\n"
    "gdp_share_tertiary,360400,2020,46,%,s1,A,\n",
    "proxies.csv": "row,proxy,year,share,low,high,source,grade,note\n"
    "Urban,population,2020,0.10,0.09,0.11,s1,D,\n"
    "branch:steel,plan,2020,0.23,0.2,0.3,s1,D,\n"
    "*,gdp,2020,NE,,,s1,E,\n",
    "plants.csv": "id,name_zh,name_en,county,fuel,capacity_mw,status,start_year,end_year,technology,captive,efficiency,"
    "source,grade,note\n"
    "u1,湖口一号,Hukou 1,360429,coal,1052,operating,2024,,usc,0,0.45,s1,B,\n",
    "organisations.csv": "id,name_zh,name_en,aliases,level,valid_from,valid_to,source,grade,note\n"
    "fgw,市发展和改革委员会,DRC,市发改委;市发展改革委,city,,,s1,A,\n",
    "plan.yaml": """title: 试验市碳达峰实施方案
tasks:
  - {locator: 三(一)2, title: 新能源, departments: [市发改委]}
duties:
  - {locator: 三(一)2, departments: [市发改委]}
targets:
  - {locator: 三(一)2, indicator: 风电装机, comparator: "=", value: 927, unit: 万千瓦, year: 2030, departments: [市发改委]}
""",
    "drivers.csv": "id,parameter,region,year,value,low,high,distribution,unit,dimension,basis,source,grade,note\n"
    "gdp,activity.gdp,360400,2025,1,,,normal,1,1,trend,s1,C,\n"
    "gdp,activity.gdp,360400,2030,1.3,1.2,1.4,normal,1,1,trend,s1,C,\n"
    "pop,activity.population,360400,2025,460,,,fixed,万人,,trend,s1,C,\n",
    "measures.csv": "id,name_zh,name_en,task,parameter,year,value,unit,operation,effect,controlled_by,cost,basis,reason,"
    "source,grade,note\n"
    "wind,风电,wind,三(一)2,power.wind,2030,900,MW,add,quantified,city,,plan,,s1,B,\n"
    "awareness,宣传,awareness,三(一)2,,,,,,NE,city,,estimate,no data,s1,E,\n",
    "scenarios.yaml": "plan: {title_zh: 方案, title_en: plan, delivery: {default: 1}}\n"
    "policy-carried-on: {title_zh: 无方案, title_en: no plan, delivery: {default: 0, wind: 0}}\n",
}


def write_case(folder: Path, files: dict[str, str | bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def province(tmp_path: Path) -> Path:
    return write_case(tmp_path / "province", PROVINCE)


@pytest.fixture
def city(tmp_path: Path, province: Path) -> Path:
    return write_case(tmp_path / "city", CITY)


@pytest.fixture(scope="module")
def kept_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small city for tests of a module that change nothing in its folder."""
    folder = tmp_path_factory.mktemp("kept")
    write_case(folder / "province", PROVINCE)
    return write_case(folder / "city", CITY)
