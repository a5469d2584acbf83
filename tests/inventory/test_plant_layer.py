"""Contract: plants and rest add up to the account, nothing is tuned, and parts outside stated limits are named with both numbers.

The mini city burns 5 Mt of coal for 10 TWh in 2020: 0.95 t/MWh, more than any fleet; the figures beside the asserts are
the working.
"""

import shutil
from dataclasses import replace
from math import hypot, isnan, sqrt
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inventory.test_mini_city import COAL, COAL_TJ, DIESEL, mini  # noqa: F401 - a fixture

from dafeng.case import load
from dafeng.evidence import DafengError, packaged_rows
from dafeng.inventory import build, cross_check_findings, cross_checks, plant_layer
from dafeng.inventory.plant_layer.cross_checks import CHECKS
from dafeng.inventory.plant_layer.estimates import UTILISATION, _factor

HEADER = (
    "id,name_zh,name_en,county,fuel,capacity_mw,status,start_year,end_year,technology,captive,efficiency,branch,process,"
    "capacity,capacity_unit,output,output_low,output_high,output_unit,output_year,output_source,"
    "intensity,intensity_low,intensity_high,intensity_unit,intensity_year,intensity_source,odds,source,grade,note\n"
)
# 300 MW at 40 % (9 GJ/MWh), 100 MW at 300 gce/kWh [280, 330], 200 MW of 2020 (half a year) without an efficiency
UNITS = """c1,煤一,coal one,369702,coal,300,operating,2000,,,0,0.4,power,,,,,,,,,,,,,,,,,s,B,
c2,煤二,coal two,369702,coal,100,operating,2010,,,0,,power,,,,,,,,,,300,280,330,gce/kWh,2019,s,,s,B,
c3,煤三,coal three,369702,coal,200,operating,2020,,,0,,,,,,,,,,,,,,,,,,,s,B,
c4,煤四,coal four,369702,coal,900,cancelled,,,,0,0.4,power,,,,,,,,,,,,,,,,,s,B,
"""
# transport cells: 1e5 t diesel; a "plant" of it emits 0.1 Mt of 0.31
FERRY = "f1,轮渡,ferry,369701,oil,,operating,2000,,,,,transport,,,,2,1.8,2.4,万t,2021,s,5000,4500,5500,kgCO2/t,2020,s,,s,C,\n"
YARD = "y1,船厂,yard,369701,oil,,operating,2000,,,,,transport,,40,万t/a,,,,,,,,,,,,,,s,D,\n"
EF = COAL / COAL_TJ  # t/TJ
TCE_TJ = 0.0293076


@pytest.fixture
def place(mini, tmp_path):  # noqa: F811 - the fixture
    """Load the mini city with other plants."""

    def loaded(*rows):
        shutil.copytree(mini.path.parent, tmp_path / "p")
        (tmp_path / "p" / mini.path.name / "plants.csv").write_text(HEADER + "".join(rows))
        case = load(tmp_path / "p" / mini.path.name)
        return case, build(case)

    return loaded


def test_units_by_hand(place):
    case, inventory = place(UNITS)
    layer = plant_layer(case, inventory)
    rows = layer.plants.set_index("id")
    assert rows.index.tolist() == ["c1", "c2", "c3"]
    # 10 TWh by 300, 100 and half of 200 MW
    assert rows["output"].tolist() == pytest.approx([6e6, 2e6, 2e6])
    rates = [
        0.009 * EF,
        0.3 * TCE_TJ * EF,
        0.009 * EF,
    ]  # t/MWh; the third has the mean of those with an efficiency
    assert rows["value_t"].tolist() == pytest.approx(
        [6e6 * rates[0], 2e6 * rates[1], 2e6 * rates[2]], rel=1e-5
    )
    assert rows["intensity_from"].tolist() == ["efficiency", "stated", "fleet mean"]
    assert rows.loc["c1", "low_t"] == pytest.approx(6e6 * rates[0] * 0.9)
    assert rows.loc["c2", ["low_t", "high_t"]].tolist() == pytest.approx(
        [2e6 * 0.28 * TCE_TJ * EF, 2e6 * 0.33 * TCE_TJ * EF], rel=1e-5
    )
    (branch,) = layer.branches.to_dict("records")
    assert (branch["branch"], branch["category"], branch["plants"], branch["without_value"]) == (
        "power",
        "combustion",
        3,
        0,
    )
    assert branch["account_t"] == pytest.approx(5e6 * COAL)
    assert branch["plants_t"] + branch["rest_t"] == pytest.approx(branch["account_t"], rel=1e-12)
    up = sqrt((6e6 * rates[0] * 0.1) ** 2 + (2e6 * 0.03 * TCE_TJ * EF) ** 2)
    lower = branch["account_t"] - branch["account_low_t"]
    assert branch["allowed_t"] == pytest.approx(hypot(lower, up), rel=1e-5)


def test_a_plant_with_stated_output_and_one_with_capacity(place):
    case, inventory = place(FERRY, YARD)
    layer = plant_layer(case, inventory)
    rows = layer.plants.set_index("id")
    # 2 万t × 5 t/t; down √(10 %² + 10 %²), up √(20 %² + 10 %²)
    assert rows.loc["f1", ["value_t", "low_t", "high_t"]].tolist() == pytest.approx(
        [1e5, 1e5 * (1 - 0.1 * sqrt(2)), 1e5 * (1 + hypot(0.2, 0.1))]
    )
    assert rows.loc["y1", "output"] == pytest.approx(4e5 * UTILISATION[1])
    assert rows.loc["y1", "missing"] == "intensity"
    assert isnan(rows.loc["y1", "value_t"])
    assert layer.branches["rest_t"].tolist() == pytest.approx([1e5 * DIESEL - 1e5])
    codes = [finding.code for finding in layer.findings]
    assert codes == ["plants-and-rest", "plants-not-estimated"]
    assert "船厂" in layer.findings[1].zh
    assert "yard" in layer.findings[1].en


def test_an_output_of_a_far_year_is_not_used(place):
    case, inventory = place(FERRY.replace("2021,s,5000", "2005,s,5000"))
    assert plant_layer(case, inventory).plants["missing"].tolist() == ["output"]


@pytest.mark.parametrize(("fuel", "expected"), [("coal", 90.0), ("gas", 55.0), ("oil", 80.0), ("", 80.0)])
def test_a_plant_has_the_factor_of_its_own_fuel(fuel, expected):
    """4 TJ: 2 of coal at 90 t, 1 of gas at 55, 1 of oil at 85: (180 + 55 + 85) / 4 = 80 for the branch."""
    rows = [("Raw_Coal", 2.0, 180.0), ("Natural_Gas", 1.0, 55.0), ("Fuel_Oil", 1.0, 85.0)]
    cells = pd.DataFrame(rows, columns=["fuel", "energy_tj", "value_t"]).assign(
        category="combustion", gas="CO2", year=2020, branch="b"
    )
    found = _factor(SimpleNamespace(cells=cells), "b", fuel, 2020)
    assert found == pytest.approx(expected)
    without_gas = SimpleNamespace(cells=cells[cells["fuel"] != "Natural_Gas"])
    assert _factor(without_gas, "b", "gas", 2020) == pytest.approx(265.0 / 3.0)


def test_plants_that_exceed_their_branch_by_more_than_the_errors_are_refused(place):
    case, inventory = place(FERRY.replace(",2,1.8,2.4,", ",20,18,24,"))
    with pytest.raises(DafengError) as error:
        plant_layer(case, inventory)
    problem = error.value.problems[0].as_dict()
    assert problem["where"] == "plants.csv:transport:combustion:2020"
    assert "plants of 1 Mt CO2 on a branch of 0.31 Mt" in problem["found"]
    assert "at most" in problem["expected"]
    assert "proxies.csv" in problem["mend"]


def test_a_rest_below_zero_is_shown_within_the_errors(place):
    case, inventory = place(FERRY.replace(",2,1.8,2.4,", ",7,6,8,"))
    (branch,) = plant_layer(case, inventory).branches.to_dict("records")
    assert branch["rest_t"] == pytest.approx(1e5 * DIESEL - 3.5e5)
    assert branch["rest_t"] < 0


@given(st.lists(st.floats(1.0, 900.0), min_size=1, max_size=6), st.floats(0.30, 0.48))
def test_plants_and_rest_add_up_for_any_fleet(built_mini, sizes, efficiency):
    case, inventory = built_mini
    rows = case.table("plants")
    unit = rows[rows["id"] == "c1"].iloc[[0]]
    fleet = pd.concat(
        [unit.assign(id=f"u{i}", capacity_mw=s, efficiency=efficiency) for i, s in enumerate(sizes)]
    )

    class Place:
        city = case.city

        def table(self, _name):
            return fleet

    layer = plant_layer(Place(), inventory)
    (branch,) = layer.branches.to_dict("records")
    assert branch["plants_t"] + branch["rest_t"] == pytest.approx(branch["account_t"], rel=1e-9)
    # the fleet's rate is that of its efficiency, whatever its size
    assert branch["plants_t"] == pytest.approx(1e7 * 0.0036 / efficiency * EF, rel=1e-9)
    assert layer.plants["output"].sum() == pytest.approx(1e7)


@pytest.fixture(scope="module")
def built_mini(mini):  # noqa: F811 - the fixture
    return mini, build(mini)


def test_cross_checks_by_hand(place):
    case, inventory = place(UNITS)
    table = cross_checks(case, inventory).set_index("id")
    assert set(table.index) == set(CHECKS)
    assert table.loc["coal_units_co2", "value"] == pytest.approx(5e6 * COAL / 1e7)  # 0.950
    assert table.loc["coal_units_rate", "value"] == pytest.approx(
        5e6 * COAL_TJ / TCE_TJ / 1e7 * 1000, rel=1e-5
    )
    assert table.loc["thermal_row_co2", "value"] == pytest.approx(5e6 * COAL / 1e7)
    assert table.loc["thermal_hours", "value"] == pytest.approx(1e7 / 500)  # 20,000 h: no fleet runs so long
    assert table.loc["plants_units_co2", "value"] == pytest.approx(
        (8 * 0.009 + 2 * 0.3 * TCE_TJ) * EF / 10, rel=1e-5
    )
    failed = ["coal_units_co2", "coal_units_rate", "thermal_row_co2", "thermal_hours"]
    assert table.loc[failed, "passes"].tolist() == [False] * 4
    assert table.loc["plants_units_co2", "passes"]
    assert isnan(table.loc["steel_co2", "value"])
    assert table.loc["steel_co2", "passes"] is pd.NA
    found = [finding for finding in cross_check_findings(case, inventory) if finding.code == "cross-check"]
    first = next(finding for finding in found if "coal_units_co2" in finding.where)
    assert "0.95 tCO2/MWh" in first.en
    assert "0.72 to 0.92" in first.en
    assert "0.72–0.92" in first.zh


@pytest.mark.parametrize(("output", "passes"), [(1e4, True), (1e3, False), (None, pd.NA)])
def test_energy_per_tonne_of_steel_or_what_it_needs(place, output, passes):
    """100 TJ of combustion in the row of iron and steel over 10⁴ or 10³ t of crude steel: 0.34 or 3.4 tce/t."""
    case, inventory = place(UNITS)
    row = inventory.cells[inventory.cells["row"] == "Thermal Power"].iloc[[0]]
    steel = row.assign(
        row="Smelting and Pressing of Ferrous Metals", branch="steel", energy_tj=100.0, year=2020
    )
    more = replace(inventory, cells=pd.concat([inventory.cells, steel], ignore_index=True))
    layer = plant_layer(case, inventory)
    if output is not None:
        mill = layer.plants.iloc[[0]].assign(id="mill", branch="steel", output=output, value_t=float("nan"))
        layer = replace(layer, plants=pd.concat([layer.plants, mill], ignore_index=True))
    table = cross_checks(case, more, layer).set_index("id")
    told = {
        f.where.split(":")[1]: f for f in cross_check_findings(case, more, layer) if "cross-check" in f.code
    }
    if output is None:
        assert table.loc["steel_energy", "passes"] is pd.NA
        assert told["steel_energy"].code == "cross-check-open"
        assert "需要粗钢产量" in told["steel_energy"].zh
    else:
        assert table.loc["steel_energy", "value"] == pytest.approx(100.0 / TCE_TJ / output, rel=1e-5)
        assert bool(table.loc["steel_energy", "passes"]) == passes
        assert ("steel_energy" in told) == (not passes)
    # the row of cement burns nothing: nothing is asked for
    assert "cement_energy" not in told


def test_every_limit_has_a_check_a_source_and_order():
    rows = packaged_rows("dafeng.inventory", "data/cross_checks.csv")
    assert {row["id"] for row in rows} == set(CHECKS)
    for row in rows:
        assert float(row["low"]) < float(row["high"])
        assert row["source"]
        assert row["grade"] in "ABCDE"


def test_a_year_that_the_inventory_has_not(place):
    case, inventory = place(UNITS)
    with pytest.raises(DafengError, match="2020, 2021"):
        plant_layer(case, inventory, 1999)
