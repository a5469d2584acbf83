"""The sectoral approach recomputes the CEADs inventory of Jiangxi 2015–2019 from its energy inventory.

Data: CEADs provincial energy and emission inventories of Jiangxi (Guan et al. 2021; Shan et al. 2020, 2018,
2016), the columns needed here. Bar: every fuel's total within 0.1 %, every cell within 0.5 %; the exception
stands below with its reason.
"""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from dafeng.cli.inventory import app
from dafeng.inventory import combustion_of, read_balance
from dafeng.inventory.balance.names import find_fuel, find_row

HERE = Path(__file__).parent
ENERGY = HERE / "data_energy_jiangxi.csv"

# activities are printed with two to six digits: a cell below two tonnes carries less than three of them
SMALLEST_MT = 2e-6


@pytest.fixture(scope="module")
def recomputed():
    return combustion_of(read_balance(ENERGY), "ceads")


@pytest.fixture(scope="module")
def published():
    frame = pd.read_csv(HERE / "data_co2_jiangxi.csv")
    frame["fuel"] = [find_fuel(name).fuel for name in frame["fuel"]]
    return frame


def test_every_fuel_total_within_one_per_mille(recomputed, published):
    total = published[published["sector"] == "Total"].set_index(["fuel", "year"])["value"]
    ours = recomputed.emissions.groupby(["fuel", "year"])["value"].sum() / 1e6
    compared = pd.concat([ours, total], axis=1, keys=["ours", "ceads"]).dropna()
    compared = compared[compared["ceads"] > 0]
    assert len(compared) == 78
    assert (compared["ours"] / compared["ceads"] - 1).abs().max() < 1e-3


def test_every_cell_within_half_a_percent(recomputed, published):
    cells = published[published["sector"] != "Total"].copy()
    cells["row"] = [find_row(name).row for name in cells["sector"]]
    cells = cells.set_index(["row", "fuel", "year"])["value"]
    ours = recomputed.emissions.set_index(["row", "fuel", "year"])["value"] / 1e6
    compared = pd.concat([ours, cells], axis=1, keys=["ours", "ceads"])
    compared = compared.fillna(0.0)
    large = compared[(compared > SMALLEST_MT).any(axis=1)]
    assert len(large) > 1300
    gap = (large["ours"] / large["ceads"] - 1).abs()
    assert list(gap[gap > 5e-3].index) == []
    assert compared["ours"].sum() == pytest.approx(compared["ceads"].sum(), rel=1e-4)


def test_other_petroleum_products_burn_as_input_of_power_and_heating_only(tmp_path):
    """Final use is feedstock, that of the power branch too: (3 + 2) × 10⁴ t × 3.0332 and nothing of the 17 beside."""
    rows = {"Thermal Power": -3, "Heating Supply": -2, "Industry": 9,
            "Electric Power, Steam and Hot Water Production and Supply": 8}  # fmt: skip
    lines = [f'"{row}",Other_Petroleum_Products,2021,{value},10^4 t' for row, value in rows.items()]
    path = tmp_path / "b.csv"
    path.write_text("\n".join(["row,fuel,year,value,unit", *lines]), encoding="utf-8")
    assert combustion_of(read_balance(path), "ceads").emissions["value"].sum() == pytest.approx(5e4 * 3.0332)


def test_derived_factors_are_told(recomputed):
    told = {(f.code, f.where) for f in recomputed.findings}
    assert {("factor-derived", "Cleaned_Coal"), ("factor-derived", "Other_Petroleum_Products")} <= told


def test_command_prints_the_agreed_json():
    result = CliRunner().invoke(app, ["from-balance", str(ENERGY), "--factors", "ceads", "--json"])
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert set(printed) == {"emissions", "findings", "refused", "schema_version"}
    assert set(printed["emissions"][0]) == {"region", "row", "fuel", "gas", "year", "value", "unit"}
    coke = sum(e["value"] for e in printed["emissions"] if (e["fuel"], e["year"]) == ("Coke", 2019))
    assert coke == pytest.approx(9.3944e6 * 2.8766, rel=0.01)
