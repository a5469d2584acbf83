"""Cases for the tests: Jiujiang without what projects, and a two-row city worked by hand."""

import shutil

import pytest

from dafeng.case import bundled_path, load
from dafeng.inventory import build


@pytest.fixture(scope="session")
def jiujiang(tmp_path_factory):
    """The bundled case without plan, measures and drivers, which the inventory does not use."""
    folder = tmp_path_factory.mktemp("cases") / "jiujiang"
    shutil.copytree(bundled_path("jiujiang"), folder)
    for name in (
        "plan.yaml",
        "measures.csv",
        "overlaps.csv",
        "drivers.csv",
        "scenarios.yaml",
        "organisations.csv",
    ):
        (folder / name).unlink(missing_ok=True)
    return load(folder)


@pytest.fixture(scope="session")
def inventory(jiujiang):
    return build(jiujiang)


CITY = """name_zh: 试验市
name_en: Testville
code: "{code}"
level: {level}
parent: {parent}
base_year: 2020
as_of: 2021
horizon: 2030
inventory_years: [2020, 2020]
account:
  grid_factor_region: "360000"
  fuel_set: guide2011
counties:
  - {{code: "36{part}1", name_zh: 甲县, name_en: A}}
  - {{code: "36{part}2", name_zh: 乙县, name_en: B}}
"""
SOURCES = "id,citation,url,licence,terms,note\ns,made up for a test,,,,\n"
OBSERVATIONS = (
    "indicator,region,year,value,unit,source,grade,note\npopulation_resident,{code},2020,1,万人,s,A,\n"
)


@pytest.fixture
def small_city(tmp_path):
    """The folder of the small city, fresh for each test."""
    return write_small_city(tmp_path)


def write_small_city(folder):
    """A province burning 100 万t diesel in construction, 1,000 万t coal in power (20 TWh); the city's shares are
    10 % (5–20 %) of construction, 50 % of power, 20 % of electricity use (final 30 TWh + loss 2 TWh)."""
    province, city = folder / "province", folder / "city"
    province.mkdir()
    city.mkdir()
    (province / "city.yaml").write_text(
        CITY.format(code="369900", level="province", parent="null", part="980")
        + '  - {code: "369700", name_zh: 试验市, name_en: Testville}\n'
    )
    (city / "city.yaml").write_text(
        CITY.format(code="369700", level="city", parent="../province", part="970")
    )
    for folder, code in ((province, "369900"), (city, "369700")):
        (folder / "sources.csv").write_text(SOURCES)
        (folder / "observations.csv").write_text(OBSERVATIONS.format(code=code))
    (province / "sectors.csv").write_text(
        "row,row_zh,branch,sector,kind,gbt4754,source,grade,note\n"
        "Construction,建筑业,construction,buildings,final,E,s,A,\n"
        "Thermal Power,火力发电,power,energy,transformation,44,s,A,\n"
        "Loss,损失量,,,loss,,s,A,\n"
    )
    (province / "energy.csv").write_text(
        "row,fuel,year,value,unit,source,grade,note\n"
        "Construction,Diesel_Oil,2020,100,10^4 t,s,A,\n"
        "Construction,Electricity,2020,300,10^8 kWh,s,A,\n"
        "Loss,Electricity,2020,20,10^8 kWh,s,A,\n"
        "Thermal Power,Raw_Coal,2020,1000,10^4 t,s,A,\n"
        "Thermal Power,Electricity,2020,-200,10^8 kWh,s,A,\n"
    )
    (city / "proxies.csv").write_text(
        "row,proxy,year,share,low,high,source,grade,note\n"
        "Construction,gdp,2020,0.1,0.05,0.2,s,D,\n"
        "Thermal Power,capacity,2020,0.5,0.5,0.5,s,C,\n"
        "Loss,use,2020,0.2,0.2,0.2,s,D,\n"
        "*,use,2020,0.2,0.2,0.2,s,D,\n"
    )
    return city
