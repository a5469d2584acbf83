"""The sectoral approach recomputes the CEADs inventory of Jiangxi 2015–2019 from its energy inventory.

Data: CEADs provincial energy and emission inventories of Jiangxi (Guan et al. 2021; Shan et al. 2020, 2018,
2016), the columns needed here. Bar: every fuel's total within 0.1 %, every cell within 0.5 %; the exceptions
stand below with their reason.
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
# the rule of other petroleum products is not published; power alone carries emissions, within 5 %
UNRESOLVED = "Other_Petroleum_Products"


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
    compared = compared.drop(UNRESOLVED, level="fuel")
    assert len(compared) == 73
    assert (compared["ours"] / compared["ceads"] - 1).abs().max() < 1e-3


def test_every_cell_within_half_a_percent(recomputed, published):
    cells = published[(published["sector"] != "Total") & (published["fuel"] != UNRESOLVED)].copy()
    cells["row"] = [find_row(name).row for name in cells["sector"]]
    cells = cells.set_index(["row", "fuel", "year"])["value"]
    ours = recomputed.emissions.set_index(["row", "fuel", "year"])["value"] / 1e6
    compared = pd.concat([ours, cells], axis=1, keys=["ours", "ceads"])
    compared = compared[compared.index.get_level_values("fuel") != UNRESOLVED].fillna(0.0)
    large = compared[(compared > SMALLEST_MT).any(axis=1)]
    assert len(large) > 1300
    gap = (large["ours"] / large["ceads"] - 1).abs()
    assert list(gap[gap > 5e-3].index) == []
    assert compared["ours"].sum() == pytest.approx(compared["ceads"].sum(), rel=1e-4)


def test_derived_and_unresolved_factors_are_told(recomputed):
    told = {(f.code, f.where) for f in recomputed.findings}
    assert {("factor-derived", "Cleaned_Coal"), ("factor-derived", UNRESOLVED)} <= told


def test_command_prints_the_agreed_json():
    result = CliRunner().invoke(app, ["from-balance", str(ENERGY), "--factors", "ceads", "--json"])
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert set(printed) == {"emissions", "findings", "refused", "schema_version"}
    assert set(printed["emissions"][0]) == {"region", "row", "fuel", "gas", "year", "value", "unit"}
    coke = sum(e["value"] for e in printed["emissions"] if (e["fuel"], e["year"]) == ("Coke", 2019))
    assert coke == pytest.approx(9.3944e6 * 2.8766, rel=0.01)
