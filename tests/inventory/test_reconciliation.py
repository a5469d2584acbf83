"""The gap to CEADs' Jiangxi inventory is explained cell by cell: with other factors, it is the factors."""

import json
from pathlib import Path

import pandas as pd
import pytest

from dafeng.case import load
from dafeng.evidence import DafengError
from dafeng.inventory import build, read_reference, reconcile

HERE = Path(__file__).parent


@pytest.fixture
def reference(tmp_path):
    frame = pd.read_csv(HERE / "data_co2_jiangxi.csv").assign(unit="Mt CO2")
    frame = frame[(frame["year"] == 2019) & (frame["fuel"] != "Other Petroleum Products")]
    frame.to_csv(tmp_path / "ceads.csv", index=False)
    return read_reference(tmp_path / "ceads.csv")


def test_the_gap_to_ceads_is_the_factors(reference):
    table = reconcile(build(load("regions/360000"), years=[2019]), reference)
    table = table[table["fuel"] != "Other_Petroleum_Products"]
    assert (table["factor_t"] + table["activity_t"]).to_numpy() == pytest.approx(
        table["gap_t"].to_numpy(), abs=1e-6
    )
    assert table["gap_t"].abs().sum() > 5e6
    assert abs(table["activity_t"].sum()) < 1e-3 * table["theirs_t"].sum()
    top = table.iloc[0]
    assert (top["row"], top["fuel"], top["why"]) == (
        "Electric Power, Steam and Hot Water Production and Supply", "Raw_Coal", "factor",
    )  # fmt: skip


def test_unknown_names_and_missing_columns_are_told(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("row,fuel,year,value\nIndustry,Coke,2019,1\n")
    with pytest.raises(DafengError, match="unit"):
        read_reference(path)
    path.write_text("row,fuel,year,value,unit\nWizardry,Moonstone,2019,1,Mt CO2\n")
    with pytest.raises(DafengError) as caught:
        read_reference(path)
    assert {p.found for p in caught.value.problems} == {"Wizardry", "Moonstone"}


def test_a_province_has_its_own_reference_and_a_city_the_estimates_of_its_total():
    from typer.testing import CliRunner

    from dafeng.cli.inventory import app

    rows = json.loads(CliRunner().invoke(app, ["reconcile", "regions/360000", "--json"]).stdout)["rows"]
    assert {"row", "fuel", "year", "gap_t", "factor_t", "activity_t", "why"} <= set(rows[0])
    totals = json.loads(CliRunner().invoke(app, ["reconcile", "jiujiang", "--json"]).stdout)["rows"]
    assert {line["reference"] for line in totals} == {"CEADs", "EDGAR v8"}


def test_a_bad_reference_is_told_in_one_list(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text(
        "row,fuel,year,value,unit\n魔法业,原煤,2019,x,Mt\n工业,原煤,后年,1,Mt CO2\n", encoding="utf-8"
    )
    with pytest.raises(DafengError) as caught:
        read_reference(path)
    assert {p.where for p in caught.value.problems} == {
        "r.csv:row",
        "r.csv:unit",
        "r.csv:2:value",
        "r.csv:3:year",
    }
    with pytest.raises(DafengError, match="no such file"):
        read_reference(tmp_path / "nothing.csv")
