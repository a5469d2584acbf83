"""Carbon of coking, furnaces and their gases is counted once: by hand, by conservation, on the terminal."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from dafeng.cli.inventory import app
from dafeng.inventory import (
    carbon_difference,
    coking_balances,
    combustion_gas_balances,
    combustion_of,
    gas_without_source,
    read_balance,
    share_counted_twice,
    unoxidised_co2,
)

SET = "gbt32151_22_2024"
COKE = 28.435 * 29.5e-3
COAL = 20.908 * 26.37e-3
BFG = 33.0 * 70.8e-3  # t C per 10⁴ m3
BFG_CO2 = BFG * 0.99 * 44 / 12
STEEL = "Smelting and Pressing of Ferrous Metals"


def balance(tmp_path, *lines):
    path = tmp_path / "b.csv"
    path.write_text("\n".join(["row,fuel,year,value,unit", *lines]), encoding="utf-8")
    return path


def furnace(path, factors=SET):
    (found,) = combustion_gas_balances(combustion_of(read_balance(path), factors).emissions, factors)
    return found


def test_gases_of_furnaces_with_more_coke_than_they_hold_are_counted_twice_whole(tmp_path):
    """100 万t coke and 10 万t coal hold 89.4 万t of carbon, 20 × 10⁸ m3 of blast-furnace gas 46.7 万t."""
    path = balance(
        tmp_path, f"{STEEL},Coke,2020,100,10^4 t", f"{STEEL},Raw_Coal,2020,10,10^4 t", f"{STEEL},Blast_Furnace_Gas,2020,12,10^8 m3",
        "Thermal Power,Blast_Furnace_Gas,2020,8,10^8 m3", "Nonmetal Mineral Products,Other_Gas,2020,5,10^8 m3",
    )  # fmt: skip
    one = furnace(path)
    assert one.fuel_carbon_t == pytest.approx(100e4 * COKE + 10e4 * COAL, rel=1e-4)
    assert one.gas_carbon_t == pytest.approx(20e4 * BFG, rel=1e-6)
    # gas of other origin has a column of its own here and is counted once
    assert one.twice_t == one.gas_co2_t == pytest.approx(20e4 * BFG_CO2, rel=1e-6)
    # 0.93 of the coke's carbon, 0.94 of the coal's (the set takes raw coal from the guideline)
    assert one.unoxidised_t == pytest.approx((100e4 * COKE * 0.07 + 10e4 * COAL * 0.06) * 44 / 12, rel=1e-3)
    told = [
        f for f in combustion_of(read_balance(path), SET).findings if f.code == "byproduct-gas-beside-coke"
    ]
    assert f"重复{one.twice_t / 1e4:,.0f}万吨CO2(2020 {one.twice_t / 1e4:,.0f})" in told[0].zh


def test_other_gas_of_a_balance_without_blast_furnace_gas_is_that_gas_and_no_more_than_the_coke(tmp_path):
    """10 万t coke hold 8.4 万t of carbon, 5 × 10⁸ m3 11.7 万t: 0.718 of the gas is counted twice."""
    path = balance(tmp_path, f"{STEEL},Coke,2020,10,10^4 t", "Thermal Power,Other_Gas,2020,5,10^8 m3")
    one = furnace(path)
    share = 10e4 * COKE / (5e4 * BFG)
    assert one.gas_co2_t == pytest.approx(5e4 * 2.3148, rel=1e-4)
    assert one.twice_t == pytest.approx(share * one.gas_co2_t, rel=1e-6)
    assert one.low_t < one.twice_t < one.high_t <= one.gas_co2_t * 1.2
    # the coke of a balance without branches
    whole = balance(tmp_path, "Industry,Coke,2020,10,10^4 t", "Thermal Power,Other_Gas,2020,5,10^8 m3")
    assert furnace(whole).twice_t == pytest.approx(one.twice_t, rel=1e-9)
    # factors published as a whole hold no carbon content: that of the default set
    assert furnace(path, "ceads").gas_carbon_t == pytest.approx(one.gas_carbon_t, rel=1e-9)


def test_places_without_furnaces_have_no_balance(tmp_path):
    path = balance(tmp_path, "Industry,Raw_Coal,2020,10,10^4 t", "Industry,Coke_Oven_Gas,2020,1,10^8 m3")
    result = combustion_of(read_balance(path), SET)
    assert combustion_gas_balances(result.emissions, SET) == []
    assert "byproduct-gas-beside-coke" not in {f.code for f in result.findings}


@pytest.mark.parametrize(
    ("more", "tonnes"),
    [
        ((), 8 * BFG_CO2 * 1e4),
        (("Inflow,Blast_Furnace_Gas,2020,2,10^8 m3",), 6 * BFG_CO2 * 1e4),
        (("Inflow,Blast_Furnace_Gas,2020,9,10^8 m3",), 0.0),
        (("Transport,Coke,2020,1,10^4 t",), 0.0),
    ],
)
def test_gas_of_furnaces_without_coke_is_told_with_what_was_not_bought(tmp_path, more, tonnes):
    """8 × 10⁸ m3 of blast-furnace gas in a balance without coke, and 2 or 9 of them from outside."""
    read = read_balance(balance(tmp_path, "Thermal Power,Blast_Furnace_Gas,2020,-8,10^8 m3", *more))
    result = combustion_of(read, SET)
    assert gas_without_source(result.emissions, read.cells)["co2_t"].sum() == pytest.approx(tonnes, rel=1e-6)
    told = [f for f in result.findings if f.code == "gas-without-coke"]
    assert [f"涉及{tonnes / 1e4:,.2f}万吨CO2" in f.zh for f in told] == [True] * bool(tonnes)


def test_coke_oven_gas_needs_coal_in_coking_and_other_gas_coke_or_gas_works(tmp_path):
    gases = ["Industry,Coke_Oven_Gas,2020,1,10^8 m3", "Industry,Other_Gas,2020,2,10^8 m3"]
    for more, left in (
        ((), {"Coke_Oven_Gas", "Other_Gas"}),
        (("Industry,Coke,2020,1,10^4 t",), {"Coke_Oven_Gas"}),
        (("Coking,Cleaned_Coal,2020,-9,10^4 t", "Industry,Coke,2020,1,10^4 t"), set()),
        (("Gas Works,Raw_Coal,2020,-9,10^4 t",), set()),
    ):
        read = read_balance(balance(tmp_path, *gases, *more))
        assert set(gas_without_source(combustion_of(read, SET).emissions, read.cells)["fuel"]) == left


def test_coking_closes_and_exchanged_cells_do_not(tmp_path):
    """100 万t cleaned coal hold 66.9 万t of carbon; 72 coke, 2 × 10⁸ m3 gas and 3 tar hold 67.5."""
    lines = ["Coking,Cleaned_Coal,2020,-100,10^4 t", "Coking,Coke,2020,72,10^4 t", "Coking,Coke_Oven_Gas,2020,2,10^8 m3",
             "Coking,Other_Coking_Products,2020,3,10^4 t", "Industry,Coke,2020,1,10^4 t"]  # fmt: skip
    read = read_balance(balance(tmp_path, *lines))
    (row,) = coking_balances(read.cells, SET).to_dict("records")
    contents = {
        "in_t": 100 * 26.334 * 25.41e-3,
        "coke_t": 72 * COKE,
        "gas_t": 2 * 179.81 * 13.58e-3,
        "tar_t": 3 * 33.453 * 22e-3,
    }
    for name, carbon in contents.items():
        assert row[name] == pytest.approx(carbon * 1e4, rel=1e-6)
    made = sum(row[name] for name in ("coke_t", "gas_t", "tar_t"))
    assert row["in_t"] == pytest.approx(made + row["difference_t"], rel=1e-12)
    assert "coking-carbon" not in {f.code for f in combustion_of(read, SET).findings}
    # the amount of washing stands in coking, as in Hebei 2021
    lines[0] = "Coking,Cleaned_Coal,2020,-200,10^4 t"
    told = [
        f
        for f in combustion_of(read_balance(balance(tmp_path, *lines)), SET).findings
        if f.code == "coking-carbon"
    ]
    assert "不闭合" in told[0].zh
    assert "+66" in told[0].zh


TONNES = st.integers(0, 10**9)


@given(TONNES, TONNES, st.lists(TONNES, min_size=1, max_size=5), st.lists(TONNES, min_size=1, max_size=5))
def test_carbon_is_conserved(fuel, gas, inputs, outputs):
    """What is taken off is never more than the fuels hold, nor than the gases; in is out and the difference."""
    taken = float(share_counted_twice(fuel, gas)) * gas
    assert taken == pytest.approx(min(fuel, gas), rel=1e-12)
    assert float(carbon_difference(inputs, outputs)) + sum(outputs) == sum(inputs)
    assert float(unoxidised_co2(fuel * 0.93, 0.93)) == pytest.approx(fuel * 0.07, rel=1e-9, abs=1e-9)


def test_the_command_prints_balance_and_bridge():
    printed = json.loads(CliRunner().invoke(app, ["carbon", "jiujiang", "--year", "2020", "--json"]).stdout)
    (furnaces,), (coking,) = printed["furnaces"], printed["coking"]
    assert furnaces["fuel_carbon_t"] > furnaces["gas_carbon_t"] > 0
    assert coking["region"] == "regions/360000"
    # the ovens of the province close within 1 %
    assert abs(coking["difference_t"]) < 0.01 * coking["in_t"]
    steps = {line["step"]: line["value_t"] for line in printed["bridge"]}
    assert steps["counted"] + steps["gases_counted_twice"] == pytest.approx(steps["carbon_balance"])
    shown = CliRunner().invoke(app, ["carbon", "jiujiang"])
    assert shown.exit_code == 0
    assert "公布值不改" in shown.stdout
    assert np.isclose(steps["carbon_balance"], 33.96e6, rtol=1e-3)
