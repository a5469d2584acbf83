"""Contract: counties follow plants in every branch that has some, sum to the city exactly, and show what plants moved.

A city of two counties with round numbers; the figures beside the asserts are the working.
"""

import shutil
from math import exp

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.inventory.conftest import write_small_city
from tests.inventory.test_plant_layer import HEADER

from dafeng.case import load
from dafeng.inventory import build, county_bridge, county_totals, to_counties

STEEL, CEMENT = "Smelting and Pressing of Ferrous Metals", "Nonmetal Mineral Products"
REFINERY = "Petroleum Processing and Coking"
COAL = 0.020908 * 26.37 * 0.94 * 44 / 12
ENERGY = ((STEEL, "Raw_Coal", 100), (CEMENT, "Raw_Coal", 10), (REFINERY, "Raw_Coal", 1),
          ("Urban", "Raw_Coal", 4), ("Food Production", "Raw_Coal", 2), ("Thermal Power", "Raw_Coal", 50))  # fmt: skip
A, B = "369701", "369702"


def _plant(name, county, branch, process="", capacity="", output="", intensity="", extra="coal"):
    """A plant of 2020 with an output of 万t and an intensity of kgCO2/t, both exact."""
    made = f"{output},{output},{output},万t,2020,s" if output else ",,,,,"
    rate = f"{intensity},{intensity},{intensity},kgCO2/t,2020,s" if intensity else ",,,,,"
    size = f"{capacity},万t/a" if capacity else ","
    return f"{name},{name},{name},{county},{extra},,operating,2000,,,,,{branch},{process},{size},{made},{rate},,s,B,\n"


PLANTS = (
    _plant("s1", B, "steel", output="50", intensity="1000")  # 0.5 Mt
    + _plant("s2", "", "steel", output="30", intensity="1000")  # 0.3 Mt, its county is not known
    + _plant("k1", A, "building_materials", "calcination", output="30", intensity="500")  # 0.15 Mt
    + _plant("k2", "", "building_materials", "calcination", output="10", intensity="500")  # 0.05 Mt
    + _plant("r1", A, "refining", output="10", extra="oil")
    + _plant("r2", B, "refining", output="30", extra="oil")
    + f"c1,煤,coal,{A},coal,300,operating,2000,,,0,0.4,power,,,,,,,,,,,,,,,,,s,B,\n"
)


def city(folder, plants=PLANTS, statistics=""):
    """Write the city: an energy table of its own, EDGAR 3 : 1, population 1 : 4."""
    place = write_small_city(folder)
    rows = "".join(f"{row},{branch},{branch},{sector},{kind},C,s,A,\n" for row, branch, sector, kind in (
        (f"{STEEL},钢", "steel", "industry", "final"), (f"{CEMENT},建材", "building_materials", "industry", "final"),
        (f"{REFINERY},炼油", "refining", "energy", "final"), ("Urban,城镇", "buildings_urban", "buildings", "final"),
        ("Food Production,食品", "food", "industry", "final"),
    ))  # fmt: skip
    sectors = place.parent / "province" / "sectors.csv"
    fixed = "".join(
        ",".join(c for i, c in enumerate(line.split(",")) if i != 2) + "\n" for line in rows.splitlines()
    )
    sectors.write_text(sectors.read_text() + fixed)
    energy = "".join(f"{row},{fuel},2020,{value},10^4 t,s,A,\n" for row, fuel, value in ENERGY)
    (place / "energy.csv").write_text("row,fuel,year,value,unit,source,grade,note\n" + energy)
    (place / "proxies.csv").unlink()
    (place / "plants.csv").write_text(HEADER + plants)
    observed = place / "observations.csv"
    observed.write_text(
        observed.read_text()
        + f"co2_edgar_county,{A},2020,3,Mt CO2,s,D,\nco2_edgar_county,{B},2020,1,Mt CO2,s,D,\n"
        + f"population_resident,{A},2021,1,万人,s,A,\npopulation_resident,{B},2021,4,万人,s,A,\n"
        + statistics
    )
    return place


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    case = load(city(tmp_path_factory.mktemp("counties")))
    return case, build(case)


def test_every_column_by_hand(place):
    case, inventory = place
    table = to_counties(inventory, case, 2020, "A")
    assert list(table.columns) == [
        "county",
        "branch",
        "grade",
        "rule",
        "value_t",
        "shares_t",
        "plants_t",
        "plants_low_t",
    ]
    assert set(table["grade"]) == {"D"}
    assert np.all(table["plants_low_t"] <= table["plants_t"])
    rows = table.set_index(["branch", "county"])

    def pair(branch, column="value_t"):
        return [rows.loc[(branch, code), column] for code in (A, B)]

    # steel 1.9 Mt: B has its mill of 0.5; of the other 1.4 the mills' 5 : 3 goes to B and, without a county, by EDGAR 3 : 1
    steel = 1e6 * COAL
    rest = steel - 5e5
    assert pair("steel") == pytest.approx([rest * 3 / 8 * 0.75, 5e5 + rest * (5 / 8 + 3 / 8 * 0.25)], abs=1)
    assert pair("steel", "shares_t") == pytest.approx([0.75 * steel, 0.25 * steel], abs=1)
    assert pair("steel", "plants_t") == pytest.approx([0, 5e5], rel=1e-6)
    assert (
        rows.loc[("steel", A), "rule"]
        == "plants, rest by CO2 of plants, without a county by co2_edgar_county"
    )
    # cement: no kiln states its fuel; it follows calcination, 3 : 1 placed : not placed
    cement = 1e5 * COAL
    assert pair("building_materials") == pytest.approx(
        [cement * (0.75 + 0.25 * 0.75), cement * 0.25 * 0.25], abs=1
    )
    # refining: no intensity, so by output 10 : 30
    assert pair("refining") == pytest.approx([1e4 * COAL / 4, 1e4 * COAL * 3 / 4], abs=1)
    assert rows.loc[("refining", A), "rule"] == "output of plants"
    assert pair("refining", "plants_t") == [0, 0]
    # homes by population 1 : 4; food has neither plants nor value added
    assert pair("buildings_urban") == pytest.approx([4e4 * COAL / 5, 4e4 * COAL * 4 / 5], abs=1)
    assert rows.loc[("buildings_urban", A), "rule"] == "resident population"
    assert pair("food") == pytest.approx([2e4 * COAL * 0.75, 2e4 * COAL * 0.25], abs=1)
    # power: the only unit
    assert pair("power") == pytest.approx([5e5 * COAL, 0], abs=1)


def test_totals_and_bridge(place):
    case, inventory = place
    table = to_counties(inventory, case, 2020, "A")
    whole = inventory.part("A", 2020)
    whole = whole[whole["key"] == ""].groupby(["branch", "category"])["value"].sum().round().sum()
    assert table["value_t"].sum() == table["shares_t"].sum() == whole
    totals = county_totals(table).set_index("county")
    spread = exp(1.96 * 0.92)
    b = totals.loc[B]
    assert b["low_t"] == pytest.approx(max(b["value_t"] / spread, 5e5))
    assert b["high_t"] == pytest.approx(min(b["value_t"] * spread, whole))
    assert (totals["low_t"] <= totals["value_t"]).all()
    assert (totals["value_t"] <= totals["high_t"]).all()
    bridge = county_bridge(table)
    moves = bridge[~bridge["step"].isin(("shares", "plants"))]
    assert moves.groupby("step")["value_t"].sum().tolist() == [0] * moves["step"].nunique()
    for county, steps in bridge.groupby("county"):
        assert steps["value_t"].iloc[:-1].sum() == steps["value_t"].iloc[-1] == totals.loc[county, "value_t"]
    # the mill moves most: from A, where EDGAR has three quarters, to B
    assert moves.iloc[0]["step"] == "steel"


def test_value_added_of_all_counties_replaces_the_grid(tmp_path):
    """Food by secondary value added 2 : 3 of 2019; a year too far (2010) or one county alone leave the grid."""
    near = "".join(f"gdp_secondary,{code},{year},{value},亿元,s,A,\n" for code, year, value in (
        (A, 2019, 2), (B, 2019, 3), (A, 2010, 9), (B, 2010, 1), (A, 2020, 7)))  # fmt: skip
    case = load(city(tmp_path, statistics=near))
    table = to_counties(build(case), case, 2020, "A").set_index(["branch", "county"])
    assert table.loc[("food", A), "value_t"] == pytest.approx(2e4 * COAL * 0.4, abs=1)
    assert table.loc[("food", A), "rule"] == "value added of industry and construction"


def test_plants_above_the_account_share_it(tmp_path):
    """Mills of 4 Mt in A and 1 Mt in B on a branch of 1.9: 4 : 1, and nothing is left."""
    mills = _plant("m1", A, "steel", output="400", intensity="1000") + _plant(
        "m2", B, "steel", output="100", intensity="1000"
    )
    case = load(city(tmp_path, plants=mills))
    table = to_counties(build(case), case, 2020, "A").set_index(["branch", "county"])
    steel = table.loc["steel"]
    assert steel["value_t"].tolist() == pytest.approx([1e6 * COAL * 0.8, 1e6 * COAL * 0.2], abs=1)
    assert steel["plants_t"].sum() == pytest.approx(1e6 * COAL, abs=1)
    assert set(steel["rule"]) == {"plants"}


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from([A, B, ""]), st.sampled_from(["steel", "refining", "food", "building_materials"]),
                  st.integers(1, 900), st.sampled_from(["", "10", "4000"])),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_any_plants_keep_the_sum(tmp_path, rows):
    folder = tmp_path / "any"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    plants = "".join(_plant(f"p{i}", c, b, output=str(o), intensity=r) for i, (c, b, o, r) in enumerate(rows))
    case = load(city(folder, plants=plants))
    inventory = build(case)
    table = to_counties(inventory, case, 2020, "B")
    part = inventory.part("B", 2020)
    whole = part[part["key"] == ""].groupby(["branch", "category"])["value"].sum().round().sum()
    assert table["value_t"].sum() == table["shares_t"].sum() == whole
    assert (table["value_t"] >= 0).all()
    assert table["plants_t"].sum() <= whole * (1 + 1e-9)
