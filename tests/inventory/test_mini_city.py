"""A city of three rows, two years and two plants: every column of every table of the inventory by hand.

The province burns diesel in construction and transport and coal in power plants; the city takes shares of them, with a
wind farm and a heat-free coal plant of its own. All numbers are round; figures beside the asserts are the working.
"""

from math import nan, sqrt

import numpy as np
import pandas as pd
import pytest
from tests.inventory.conftest import CITY, OBSERVATIONS, SOURCES

from dafeng.case import load
from dafeng.factors import grid
from dafeng.inventory import (
    build,
    dual_control,
    energy_flows,
    gpc_table,
    gpc_totals,
    gpc_without,
    provincial_form,
    recalculate,
    reference_table,
    to_counties,
)
from dafeng.inventory.accounts.base_year import base_year
from dafeng.inventory.accounts.electricity_balance import in_service

TRANSPORT = "Transport, Storage, Postal & Telecommunications Services"
COAL_TJ, DIESEL_TJ = 0.020908, 0.042652
COAL = COAL_TJ * 26.37 * 0.94 * 44 / 12
DIESEL = DIESEL_TJ * 20.2 * 0.98 * 44 / 12
GRID = 0.5835
# 2,000 pigs in East China: 1.5 kg CH4 of digestion, 5.08 kg CH4 and 0.175 kg N2O of manure a head and year, in t CO2e
PIGS = 2000 * (1.5 * 28 + 5.08 * 28 + 0.175 * 265) / 1000
PROXIES = """row,proxy,year,share,low,high,source,grade,note
Construction,gdp,2020,0.1,0.05,0.2,s,D,
Construction,gdp,2021,0.1,0.08,0.12,s,D,
"Transport, Storage, Postal & Telecommunications Services",people,2020,0.2,0.1,0.3,s,C,
"Transport, Storage, Postal & Telecommunications Services",people,2021,0.2,0.2,0.2,s,C,
Thermal Power,capacity,2020,0.5,0.4,0.65,s,C,
Thermal Power,capacity,2021,0.5,0.5,0.5,s,C,
Loss,use,2020,0.2,0.2,0.2,s,D,
Loss,use,2021,0.2,0.2,0.2,s,D,
*,use,2020,0.2,0.16,0.26,s,D,
*,use,2021,0.2,0.16,0.26,s,D,
"""
PLANTS = """id,name_zh,name_en,county,fuel,capacity_mw,status,start_year,end_year,technology,captive,efficiency,lon,lat,source,grade,note
w1,风一,wind one,369701,wind,40,operating,2021,,,0,,,,s,B,
c1,煤一,coal one,369702,coal,300,operating,2000,,,0,,,,s,B,
"""


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    """Province 369900 and its city 369700, years 2020 and 2021."""
    folder = tmp_path_factory.mktemp("mini")
    province, city = folder / "province", folder / "city"
    for home, code, level, parent, part in (
        (province, "369900", "province", "null", "980"),
        (city, "369700", "city", "../province", "970"),
    ):
        home.mkdir()
        text = CITY.format(code=code, level=level, parent=parent, part=part).replace(
            "[2020, 2020]", "[2020, 2021]"
        )
        (home / "sources.csv").write_text(SOURCES)
        if home == province:
            text += '  - {code: "369700", name_zh: 试验市, name_en: Testville}\n'
        (home / "city.yaml").write_text(text)
    (province / "sectors.csv").write_text(
        "row,row_zh,branch,sector,kind,gbt4754,source,grade,note\n"
        "Construction,建筑业,construction,buildings,final,E,s,A,\n"
        f'"{TRANSPORT}",交通,transport,transport,final,G,s,A,\n'
        "Thermal Power,火力发电,power,energy,transformation,44,s,A,\nLoss,损失量,,,loss,,s,A,\n"
    )
    energy = [("Construction", "Diesel_Oil", 100, 110), (f'"{TRANSPORT}"', "Diesel_Oil", 50, 60),
              ("Thermal Power", "Raw_Coal", 1000, 900)]  # fmt: skip
    electricity = [
        ("Construction", 200, 210),
        (f'"{TRANSPORT}"', 100, 110),
        ("Loss", 20, 16),
        ("Thermal Power", -200, -210),
    ]
    lines = [
        f"{r},{f},{y},{v},10^4 t,s,A,\n"
        for r, f, *vs in energy
        for y, v in zip((2020, 2021), vs, strict=True)
    ]
    lines += [
        f"{r},Electricity,{y},{v},10^8 kWh,s,A,\n"
        for r, *vs in electricity
        for y, v in zip((2020, 2021), vs, strict=True)
    ]
    (province / "energy.csv").write_text("row,fuel,year,value,unit,source,grade,note\n" + "".join(lines))
    (province / "observations.csv").write_text(
        OBSERVATIONS.format(code="369900")
        + "capacity_wind_onshore,369900,2020,1000,MW,s,A,\ngeneration_wind,369900,2021,20,亿千瓦时,s,A,\n"
        "co2_ceads_process,369900,2020,1,Mt CO2,s,B,\n"
    )
    (city / "observations.csv").write_text(
        OBSERVATIONS.format(code="369700")
        + "population_resident,369700,2021,2,万人,s,A,\ngdp_current,369700,2020,50,亿元,s,A,\n"
        "gdp_real_growth,369700,2021,4,%,s,A,\nco2_edgar_county,369701,2020,3,Mt CO2,s,D,\n"
        "co2_edgar_county,369702,2020,1,Mt CO2,s,D,\nco2_edgar_v8,369700,2021,10,Mt CO2,s,C,\n"
    )
    (city / "proxies.csv").write_text(PROXIES)
    (city / "plants.csv").write_text(PLANTS)
    (city / "activities.csv").write_text(
        "activity,region,year,value,unit,source,grade,note\nclinker_output,369700,2021,10,10^4 t,s,A,\n"
        "pigs,369700,2020,2000,head,s,A,\nnitric_acid_output,369700,2020,1000,t,s,B,\n"
    )
    return load(city)


@pytest.fixture(scope="module")
def built(mini):
    return build(mini)


def _wide(share_deviation, *widths):
    return sqrt(share_deviation**2 + sum(w**2 for w in widths))


@pytest.mark.parametrize(
    ("year", "row", "activity", "tj", "factor", "down", "up", "grade", "branch", "sector", "width"),
    [
        # 10 % of 100 and 110 万t diesel; share 0.05–0.2 and 0.08–0.12 of 0.1: −50/+100 % and −20/+20 %
        (
            2020,
            "Construction",
            1e5,
            1e5 * DIESEL_TJ,
            DIESEL,
            0.5,
            1.0,
            "D",
            "construction",
            "buildings",
            0.05,
        ),
        (
            2021,
            "Construction",
            1.1e5,
            1.1e5 * DIESEL_TJ,
            DIESEL,
            0.2,
            0.2,
            "D",
            "construction",
            "buildings",
            0.05,
        ),
        # 20 % of 50 and 60 万t
        (2020, TRANSPORT, 1e5, 1e5 * DIESEL_TJ, DIESEL, 0.5, 0.5, "C", "transport", "transport", 0.05),
        (2021, TRANSPORT, 1.2e5, 1.2e5 * DIESEL_TJ, DIESEL, 0.0, 0.0, "C", "transport", "transport", 0.05),
        # 50 % of 1,000 and 900 万t coal; coal factor ± 11 %
        (2020, "Thermal Power", 5e6, 5e6 * COAL_TJ, COAL, 0.2, 0.3, "C", "power", "energy", 0.11),
        (2021, "Thermal Power", 4.5e6, 4.5e6 * COAL_TJ, COAL, 0.0, 0.0, "C", "power", "energy", 0.11),
    ],
)
def test_cells_of_combustion(built, year, row, activity, tj, factor, down, up, grade, branch, sector, width):
    cells = built.cells[(built.cells["category"] == "combustion") & (built.cells["year"] == year)]
    assert len(cells) == 3
    (cell,) = cells[cells["row"] == row].to_dict("records")
    value = activity * factor
    numbers = {
        "activity": activity,
        "energy_tj": tj,
        "emission_factor": factor,
        "value_t": value,
        "low_t": value * (1 - _wide(down, 0.05, width)),
        "high_t": value * (1 + _wide(up, 0.05, width)),
    }
    for name, expected in numbers.items():
        assert cell.pop(name) == pytest.approx(expected, rel=1e-12), name
    fuel = "Raw_Coal" if row == "Thermal Power" else "Diesel_Oil"
    source = f"s;s;fuels_wide:guide2011:{'raw_coal' if fuel == 'Raw_Coal' else 'diesel'}"
    assert cell == {
        "year": year, "category": "combustion", "row": row, "branch": branch, "sector": sector, "fuel": fuel,
        "activity_unit": "t", "gas": "CO2", "key": "", "grade": grade, "source": source, "note": "", "group": row,
    }  # fmt: skip


def test_cells_of_ch4_and_n2o_of_combustion(built):
    """kg/TJ: construction (manufacturing) 3 and 0.6, road diesel 3.9 and 3.9, coal of power plants 1 and 1.5; ± 100 %."""
    cells = built.cells[(built.cells["category"] == "combustion_trace") & (built.cells["year"] == 2020)]
    expected = {
        ("construction", "CH4"): (1e5 * DIESEL_TJ, 3.0), ("construction", "N2O"): (1e5 * DIESEL_TJ, 0.6),
        ("transport", "CH4"): (1e5 * DIESEL_TJ, 3.9), ("transport", "N2O"): (1e5 * DIESEL_TJ, 3.9),
        ("power", "CH4"): (5e6 * COAL_TJ, 1.0), ("power", "N2O"): (5e6 * COAL_TJ, 1.5),
    }  # fmt: skip
    lines = cells.set_index(["branch", "gas"]).to_dict("index")
    assert set(lines) == set(expected)
    for key, (tj, kg) in expected.items():
        line, tonnes = lines[key], tj * kg / 1000
        assert line["activity"] == pytest.approx(tj, rel=1e-12)
        assert line["emission_factor"] == pytest.approx(kg / 1000)
        assert [line[c] for c in ("value_t", "low_t", "high_t")] == pytest.approx([tonnes, 0.0, 2 * tonnes])
        assert (line["energy_tj"], line["activity_unit"], line["key"], line["row"]) == (
            0.0, "TJ", "", f"fuel combustion: {key[0]}",
        )  # fmt: skip
        assert line["group"] == f"{key[1]} of combustion"


def test_power_balance(built):
    """Use 20 % (16–26 %) of 320 and 336 亿kWh; thermal half of 200 and 210; wind 0 and 40/2 MW × 2,000 h."""
    use, thermal, wind = np.array([6.4e6, 6.72e6]), np.array([10e6, 10.5e6]), np.array([0.0, 4e4])
    net = use - thermal - wind
    # 2020: thermal 8–13 TWh, so the import is lower by up to 3 and higher by up to 2; none in 2021; wind ± 20 %
    down = np.sqrt((use * 0.2) ** 2 + np.array([3e6, 0.0]) ** 2 + (wind * 0.2) ** 2)
    up = np.sqrt((use * 0.3) ** 2 + np.array([2e6, 0.0]) ** 2 + (wind * 0.2) ** 2)
    expected = {
        "use_mwh": use, "use_low_mwh": use * 0.8, "use_high_mwh": use * 1.3, "thermal_mwh": thermal,
        "hydro_mwh": [nan, nan], "wind_mwh": wind, "solar_mwh": [nan, nan], "generation_mwh": thermal + wind,
        "net_import_mwh": net, "net_import_low_mwh": net - down, "net_import_high_mwh": net + up,
        "grid_factor": [GRID, GRID], "grid_factor_year": [2021, 2021],
    }  # fmt: skip
    power = built.power
    assert set(power.columns) == {*expected, "grid_factor_grade"}
    assert power.index.tolist() == [2020, 2021]
    for name, values in expected.items():
        assert power[name].to_numpy(dtype=float) == pytest.approx(
            np.asarray(values, dtype=float), rel=1e-12, nan_ok=True
        ), name
    assert power["grid_factor_grade"].tolist() == ["D", "B"]


def test_cells_of_the_electricity_import(built):
    cells = built.cells[built.cells["category"] == "electricity_import"].set_index("year")
    power = built.power
    for year in (2020, 2021):
        line, value = cells.loc[year], power.loc[year, "net_import_mwh"] * GRID
        down = (power.loc[year, "net_import_mwh"] - power.loc[year, "net_import_low_mwh"]) * GRID
        up = (power.loc[year, "net_import_high_mwh"] - power.loc[year, "net_import_mwh"]) * GRID
        error = abs(value) * 0.05
        assert line["value_t"] == pytest.approx(value, rel=1e-12)
        assert line["low_t"] == pytest.approx(value - sqrt(down**2 + error**2), rel=1e-12)
        assert line["high_t"] == pytest.approx(value + sqrt(up**2 + error**2), rel=1e-12)
        assert line["activity"] == pytest.approx(power.loc[year, "net_import_mwh"])
        assert line[["activity_unit", "emission_factor", "gas", "key", "grade", "branch", "fuel"]].tolist() == [
            "MWh", GRID, "CO2", "", "E", "power", "Electricity",
        ]  # fmt: skip
    assert cells["note"].tolist() == ["grid factor of another year", ""]


def test_carriers_split_the_use_by_the_rows(built):
    """Rows by their own shares (20, 20 and 4 亿kWh), scaled to 64: × 64/44; 2021: 21, 22, 3.2 to 67.2."""
    expected = {
        (2020, "Construction"): 20e5 * 64 / 44, (2020, TRANSPORT): 20e5 * 64 / 44, (2020, "Loss"): 4e5 * 64 / 44,
        (2021, "Construction"): 21e5 * 67.2 / 46.2, (2021, TRANSPORT): 22e5 * 67.2 / 46.2, (2021, "Loss"): 3.2e5 * 67.2 / 46.2,
    }  # fmt: skip
    carriers = built.carriers
    lines = carriers.set_index(["year", "row"])
    assert set(lines.index) == set(expected)
    for key, value in expected.items():
        assert lines.loc[key, "value"] == pytest.approx(value, rel=1e-12), key
    assert set(carriers["fuel"]) == {"Electricity"}
    assert lines.loc[(2020, "Loss"), ["kind", "branch"]].tolist() == ["loss", ""]
    assert lines.loc[(2020, "Construction"), ["kind", "branch", "grade"]].tolist() == [
        "final",
        "construction",
        "D",
    ]


def test_cells_of_other_categories(built):
    """0.52 t/t clinker ± √(5² + 5²) %, 1.5 kg CH4 a pig and year ± √(5² + 50²) %, nitric acid in kg per t."""
    cells = built.cells.drop_duplicates(["row", "year"]).set_index(["row", "year"])
    spread = sqrt(0.05**2 + 0.05**2)
    clinker = cells.loc[("clinker", 2021)]
    assert clinker[["activity", "emission_factor", "value_t"]].tolist() == pytest.approx([1e5, 0.52, 52000])
    assert clinker[["low_t", "high_t"]].tolist() == pytest.approx(
        [52000 * (1 - spread), 52000 * (1 + spread)]
    )
    assert clinker[["key", "grade", "source", "gas", "activity_unit"]].tolist() == [
        "",
        "A",
        "s;process-0050",
        "CO2",
        "t",
    ]
    pigs = cells.loc[("enteric_pigs", 2020)]
    wide = sqrt(0.05**2 + 0.5**2)
    assert pigs[["activity", "emission_factor", "value_t"]].tolist() == pytest.approx([2000, 0.0015, 3.0])
    assert pigs[["low_t", "high_t"]].tolist() == pytest.approx([3 * (1 - wide), 3 * (1 + wide)])
    acid = cells.loc[("nitric_acid", 2020)]
    assert acid["value_t"] == pytest.approx(1000 * acid["emission_factor"])
    assert 0.004 < acid["emission_factor"] < 0.02  # kg per t would be a thousand times this
    for row, year in (("clinker", 2020), ("rice", 2020), ("enteric_pigs", 2021)):
        absent = cells.loc[(row, year)]
        assert absent["key"] == "NE"
        assert absent[["value_t", "low_t", "high_t"]].isna().all()


def _trace(year):
    diesel = {2020: (1e5, 1e5), 2021: (1.1e5, 1.2e5)}[year]
    coal = {2020: 5e6, 2021: 4.5e6}[year]
    ch4 = (diesel[0] * DIESEL_TJ * 3 + diesel[1] * DIESEL_TJ * 3.9 + coal * COAL_TJ * 1.0) / 1000
    n2o = (diesel[0] * DIESEL_TJ * 0.6 + diesel[1] * DIESEL_TJ * 3.9 + coal * COAL_TJ * 1.5) / 1000
    return ch4 * 28, n2o * 265


def test_totals_of_the_accounts(built):
    combustion = 2e5 * DIESEL + 5e6 * COAL
    a, _ = built.totals("A")
    assert a.value_t == pytest.approx(combustion + (6.4e6 - 10e6) * GRID, rel=1e-12)
    cells = {
        r["row"]: r for r in built.cells[built.cells["year"] == 2020].to_dict("records") if r["key"] == ""
    }
    rows = ("Construction", TRANSPORT, "Thermal Power", "Electricity import")
    assert a.low_t == pytest.approx(
        a.value_t - sqrt(sum((cells[r]["value_t"] - cells[r]["low_t"]) ** 2 for r in rows))
    )
    assert a.high_t == pytest.approx(
        a.value_t + sqrt(sum((cells[r]["high_t"] - cells[r]["value_t"]) ** 2 for r in rows))
    )
    assert (a.unit, a.grade.value, a.land, a.process, a.incomplete) == ("tCO2", "E", False, False, ())
    d_and_e = 1e5 * DIESEL + abs((6.4e6 - 10e6) * GRID)
    assert a.share_d_e == pytest.approx(d_and_e / (combustion + abs((6.4e6 - 10e6) * GRID)), rel=1e-12)
    b, later = built.totals("B")
    acid = cells["nitric_acid"]["value_t"] * 265
    assert b.value_t == pytest.approx(combustion + sum(_trace(2020)) + PIGS + acid, rel=1e-12)
    assert b.unit == "tCO2e"
    assert later.value_t == pytest.approx(
        2.3e5 * DIESEL + 4.5e6 * COAL + sum(_trace(2021)) + 52000, rel=1e-12
    )
    assert {"rice", "landfill"} <= set(b.incomplete)


def test_gpc_lines(built):
    """Scope 1 by sub-sector with its CH4 and N2O, plants outside BASIC, scope 2 and 3 by use; transport in II.1 alone."""
    lines = gpc_table(built, 2020).set_index("refno")
    use = 20e5 * 64 / 44
    lost = 4e5 * 64 / 44
    energy = 1e5 * DIESEL_TJ
    coal_trace = 5e6 * COAL_TJ * (1.0 * 28 + 1.5 * 265) / 1000
    expected = {
        "I.3.1": 1e5 * DIESEL + energy * (3 * 28 + 0.6 * 265) / 1000, "I.3.2": use * GRID, "I.3.3": lost / 2 * GRID,
        "II.1.1": 1e5 * DIESEL + energy * 3.9 * (28 + 265) / 1000, "II.1.2": use * GRID, "II.1.3": lost / 2 * GRID,
        "I.4.4": 5e6 * COAL + coal_trace,
    }  # fmt: skip
    for refno, value in expected.items():
        assert lines.loc[refno, "value_t"] == pytest.approx(value, rel=1e-12), refno
        assert lines.loc[refno, "key"] == ""
    elsewhere = [f"II.{mode}.{scope}" for mode in (2, 3, 4, 5) for scope in (1, 2)]
    assert lines.loc[elsewhere, "key"].tolist() == ["IE"] * 8
    assert lines.loc[elsewhere, "value_t"].isna().all()
    known = set(lines[lines["key"] == ""].index) - set(expected)
    assert known == {"IV.1", "V.1"}
    assert lines.loc["V.1", "value_t"] == pytest.approx(PIGS, rel=1e-12)
    assert lines.loc["I.3.1", ["scope", "level", "quality"]].tolist() == [1, "basic", "L"]
    assert lines.loc["II.1.1", "quality"] == "M"
    assert gpc_without(lines.reset_index()) == {
        "BASIC": ("III",), "BASIC+": ("III",), "territorial": ("III",),
    }  # fmt: skip
    totals = gpc_totals(lines.reset_index())
    basic = sum(expected[r] for r in ("I.3.1", "I.3.2", "II.1.1", "II.1.2"))
    assert totals["BASIC"] == pytest.approx(basic, rel=1e-12)
    more = expected["I.3.3"] + expected["II.1.3"] + lines.loc["IV.1", "value_t"] + PIGS
    assert totals["BASIC+"] == pytest.approx(basic + more, rel=1e-12)
    scope1 = [expected[r] for r in ("I.3.1", "II.1.1", "I.4.4")]
    assert totals["territorial"] == pytest.approx(
        sum(scope1) + lines.loc["IV.1", "value_t"] + PIGS, rel=1e-12
    )


def test_provincial_form(built):
    """t of each gas on its row, totals of the chapters, electricity transfer apart from all totals."""
    form = provincial_form(built, 2021).set_index("row")
    ch4, n2o = (x / gwp for x, gwp in zip(_trace(2021), (28, 265), strict=True))
    assert form.loc["1.1.1", "CO2"] == pytest.approx(4.5e6 * COAL, rel=1e-12)
    assert form.loc["1.1.2", "CO2"] == pytest.approx(1.1e5 * DIESEL, rel=1e-12)
    assert form.loc["1.1.3", ["CO2", "N2O"]].tolist() == pytest.approx(
        [1.2e5 * DIESEL, 1.2e5 * DIESEL_TJ * 3.9 / 1000]
    )
    assert form.loc["1.1.3", "co2e_t"] == pytest.approx(
        1.2e5 * DIESEL + 1.2e5 * DIESEL_TJ * 3.9 / 1000 * (28 + 265), rel=1e-12
    )
    assert form.loc["1.1", ["CO2", "CH4", "N2O"]].tolist() == pytest.approx(
        [4.5e6 * COAL + 2.3e5 * DIESEL, ch4, n2o]
    )
    assert form.loc["2.1", "CO2"] == pytest.approx(52000)
    assert form.loc["2", "co2e_t"] == pytest.approx(52000)
    assert form.loc["M4", "CO2"] == pytest.approx((6.72e6 - 10.54e6) * GRID, rel=1e-12)
    assert np.isnan(form.loc["3.1", "CH4"])
    assert form.loc[["3.1", "2", "1.1.3"], "key"].tolist() == ["NE", "NE", ""]


def test_dual_control(built, mini):
    """tce: diesel 1.4571, coal 0.7143; electricity 0.1229 and 0.3055; GDP 50 亿元, + 4 %; 1 and 2 万人."""
    table = dual_control(built, mini)
    fuels = np.array([2e5 * 1.4571 + 5e6 * 0.7143, 2.3e5 * 1.4571 + 4.5e6 * 0.7143])
    coal = np.array([5e6 * 0.7143, 4.5e6 * 0.7143])
    diesel = fuels - coal
    use, thermal, wind = np.array([6.4e6, 6.72e6]), np.array([10e6, 10.5e6]), np.array([0.0, 4e4])
    calorific = fuels + (use - thermal) * 0.1229
    equivalent = diesel + use * 0.3055
    co2 = np.array([t.value_t for t in built.totals("A")])
    gdp, people = np.array([5e9, 5.2e9]), np.array([1e4, 2e4])
    energy, carbon = equivalent / gdp, co2 / gdp
    expected = {
        "energy_calorific_tce": calorific, "energy_equivalent_tce": equivalent,
        "non_fossil_share_calorific": wind * 0.1229 / calorific, "non_fossil_share_equivalent": wind * 0.3055 / equivalent,
        "coal_share": coal / calorific, "electrification": use * 0.1229 / (use * 0.1229 + diesel),
        "co2_account_a_t": co2, "gdp_constant_cny": gdp,
        "energy_intensity_tce_per_cny": energy, "carbon_intensity_t_per_cny": carbon,
        "energy_intensity_fall": [nan, 1 - energy[1] / energy[0]], "carbon_intensity_fall": [nan, 1 - carbon[1] / carbon[0]],
        "energy_intensity_cumulative_fall": [0.0, 1 - energy[1] / energy[0]],
        "carbon_intensity_cumulative_fall": [0.0, 1 - carbon[1] / carbon[0]],
        "co2_per_person_t": co2 / people, "energy_per_person_tce": equivalent / people,
    }  # fmt: skip
    # as assessed: the province has no share of feedstock and the city no certificates; new wind counts at coal's equivalent
    saved = (wind - wind[0]) * 0.3055
    assessed = (equivalent - saved) / gdp
    expected |= {
        "energy_statistical_tce": equivalent, "deduction_feedstock_tce": [nan, nan], "deduction_non_fossil_tce": saved,
        "deduction_certificates_tce": [nan, nan], "energy_assessed_tce": equivalent - saved,
        "energy_assessed_intensity_tce_per_cny": assessed, "energy_assessed_intensity_fall": [nan, 1 - assessed[1] / assessed[0]],
        "energy_assessed_intensity_cumulative_fall": [0.0, 1 - assessed[1] / assessed[0]],
    }  # fmt: skip
    assert set(table.columns) - {"assessed_without"} == set(expected)
    assert table["assessed_without"].tolist() == ["feedstock,certificates"] * 2
    for name, values in expected.items():
        assert table[name].to_numpy() == pytest.approx(np.asarray(values), rel=1e-9, nan_ok=True), name


def test_counties(built, mini):
    """Power to the county of the coal plant; the rest 3 : 1 by gridded CO2; the import stays with the city."""
    table = to_counties(built, mini, 2020, "A")
    value = table.set_index(["county", "branch"])["value_t"]
    assert value["369702", "power"] == round(5e6 * COAL)
    assert value["369701", "power"] == 0
    assert value["", "power"] == round((6.4e6 - 10e6) * GRID)
    for branch in ("construction", "transport"):
        assert value["369701", branch] + value["369702", branch] == round(1e5 * DIESEL)
        assert value["369701", branch] == pytest.approx(0.75 * 1e5 * DIESEL, abs=1)
    assert value.sum() == pytest.approx(built.totals("A")[0].value_t, abs=2)
    assert set(table["grade"]) == {"D", "E"}


def test_base_year(built):
    base = base_year(built, 2020)
    assert (base.year, base.branches, base.fuels) == (
        2020,
        ("construction", "power", "transport"),
        ("Diesel_Oil", "Raw_Coal"),
    )
    assert base.sectors == ("buildings", "energy", "transport")
    assert base.energy_tj == pytest.approx(
        np.array([[1e5 * DIESEL_TJ, 0], [0, 5e6 * COAL_TJ], [1e5 * DIESEL_TJ, 0]])
    )
    assert base.co2_t == pytest.approx(np.array([[1e5 * DIESEL, 0], [0, 5e6 * COAL], [1e5 * DIESEL, 0]]))
    assert base.emission_factor[1] == pytest.approx([0, COAL / COAL_TJ])
    assert base.electricity_mwh == pytest.approx([20e5 * 64 / 44, 0, 20e5 * 64 / 44])
    assert base.losses_mwh == pytest.approx(4e5 * 64 / 44)
    assert base.generation_mwh == {"thermal": 10e6, "wind": 0.0}
    assert base.net_import_mwh == pytest.approx(-3.6e6)
    assert base.net_import_low_mwh < base.net_import_mwh < base.net_import_high_mwh
    assert base.low == pytest.approx(
        [1 - _wide(0.5, 0.05, 0.05), 1 - _wide(0.2, 0.05, 0.11), 1 - _wide(0.5, 0.05, 0.05)]
    )
    assert base.high == pytest.approx(
        [1 + _wide(1.0, 0.05, 0.05), 1 + _wide(0.3, 0.05, 0.11), 1 + _wide(0.5, 0.05, 0.05)]
    )
    assert base.observed_years.tolist() == [2020, 2021]
    assert base.observed_co2_t[:, 1] == pytest.approx([1.1e5 * DIESEL, 4.5e6 * COAL, 1.2e5 * DIESEL])
    assert base.observed_import_t == pytest.approx([-3.6e6 * GRID, (6.72e6 - 10.54e6) * GRID])
    assert base.heat_tj.tolist() == [0.0, 0.0, 0.0]


def test_energy_that_enters_electricity_leaves_it(built):
    for year in (2020, 2021):
        flows = energy_flows(built, year).set_index(["source", "target"])["tj"]
        into = flows[flows.index.get_level_values("target") == "electricity"].sum()
        out = flows[flows.index.get_level_values("source") == "electricity"].sum()
        assert into == pytest.approx(out, rel=1e-9)
        coal = {2020: 5e6, 2021: 4.5e6}[year] * COAL_TJ
        assert flows["coal", "power"] == pytest.approx(coal)
        assert flows["power", "electricity"] + flows["power", "losses"] == pytest.approx(coal)


def test_references_and_recalculation(built, mini):
    table = reference_table(built, mini)
    ours = 2.3e5 * DIESEL + 4.5e6 * COAL + 52000
    (line,) = table.to_dict("records")
    assert (line["reference"], line["indicator"], line["year"]) == ("EDGAR v8", "co2_edgar_v8", 2021)
    assert [line["theirs_t"], line["ours_t"], line["gap_t"]] == pytest.approx(
        [10e6, ours, ours - 10e6], rel=1e-12
    )
    changes = recalculate(built, build(mini, factor_set="ipcc2006"))
    diesel = changes[(changes["row"] == "Construction") & (changes["year"] == 2020)].iloc[0]
    other = 0.043 * 20.2 * 44 / 12
    assert diesel[["old_t", "new_t", "change_t"]].tolist() == pytest.approx(
        [1e5 * DIESEL, 1e5 * other, 1e5 * (other - DIESEL)]
    )
    assert diesel["relative"] == pytest.approx(other / DIESEL - 1)
    assert diesel["reason"] == "factor"


def test_a_tie_of_grid_years_goes_to_the_earlier():
    """2020 and 2024 are equally near to 2022: the earlier counts, and its factor is told with ± 5 %."""
    frame = pd.DataFrame(
        {
            "id": ["a", "b"], "region": "X", "year": ["2024", "2020"], "value": [0.4, 0.6],
            "status": "official", "source": "s", "note": "",
        }
    )  # fmt: skip
    chosen = grid._nearest(frame, "X", "X", 2022)
    assert (chosen.year, chosen.value.number) == (2020, 0.6)
    assert (chosen.value.low, chosen.value.high) == pytest.approx((0.57, 0.63))
    assert grid._nearest(frame, "X", "X", 2023).year == 2024


def _plants(*units):
    columns = ["fuel", "status", "capacity_mw", "start_year", "end_year"]
    return pd.DataFrame(units, columns=columns)


def test_a_unit_counts_half_in_its_first_year_and_whole_in_its_last():
    """100 MW from 2020 (half of it then) to 2022 whole; 40 MW always there; announced and other fuels never."""
    plants = _plants(
        ("wind", "operating", 100.0, 2020.0, 2022.0),
        ("wind", "retired", 40.0, None, None),
        ("wind", "announced", 1000.0, 2019.0, None),
        ("hydro", "operating", 7.0, 2000.0, None),
    )
    years = [2019, 2020, 2021, 2022, 2023]
    assert in_service(plants, "wind", years) == pytest.approx([40, 90, 140, 140, 40])
