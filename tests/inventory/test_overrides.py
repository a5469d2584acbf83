"""Contract: a table of overrides changes the factors of its cells and of no other; all its faults are told at once."""

import json

import pytest
from typer.testing import CliRunner

from dafeng.case import load
from dafeng.cli.inventory import app
from dafeng.evidence import DafengError
from dafeng.inventory import build, combustion_of, read_balance, read_overrides
from dafeng.inventory.accounts.emission_factors import factors_of


def test_an_override_changes_its_cell_alone(small_city, tmp_path):
    table = tmp_path / "factors.csv"
    table.write_text("row,fuel,factors\n建筑业,柴油,ipcc2006\n", encoding="utf-8")
    overrides = read_overrides(table)
    assert overrides == {("Construction", "Diesel_Oil"): "ipcc2006"}
    plain = build(load(small_city)).cells.set_index(["row", "fuel", "gas"])["emission_factor"]
    changed = build(load(small_city), overrides=overrides).cells.set_index(["row", "fuel", "gas"])[
        "emission_factor"
    ]
    assert changed["Construction", "Diesel_Oil", "CO2"] == factors_of("ipcc2006")["", "Diesel_Oil"].value
    assert changed["Construction", "Diesel_Oil", "CO2"] != plain["Construction", "Diesel_Oil", "CO2"]
    assert changed["Thermal Power", "Raw_Coal", "CO2"] == plain["Thermal Power", "Raw_Coal", "CO2"]


def test_all_faults_of_the_table_at_once(tmp_path):
    table = tmp_path / "factors.csv"
    table.write_text(
        "row,fuel,factors\nNowhere,Diesel_Oil,ipcc2006\n,Moonshine,ipcc2006\n,Diesel_Oil,ipcc1066\n"
        ",Raw_Coal,ipcc2006\n,原煤,guide2011\n",
        encoding="utf-8",
    )
    with pytest.raises(DafengError) as caught:
        read_overrides(table)
    text = str(caught.value)
    for found in ("csv:2", "Nowhere", "csv:3", "Moonshine", "csv:4", "ipcc1066", "csv:6", "twice"):
        assert found in text


def test_a_table_without_its_columns_is_refused(tmp_path):
    table = tmp_path / "factors.csv"
    table.write_text("row,fuel\n", encoding="utf-8")
    with pytest.raises(DafengError, match="no column factors"):
        read_overrides(table)


def test_the_command_takes_the_table(small_city, tmp_path):
    table = tmp_path / "factors.csv"
    table.write_text("row,fuel,factors\n,Raw_Coal,ipcc2006\n", encoding="utf-8")
    run = CliRunner().invoke(app, ["run", str(small_city), "--json", "--override", str(table)])
    plain = CliRunner().invoke(app, ["run", str(small_city), "--json"])
    assert run.exit_code == plain.exit_code == 0
    assert json.loads(run.stdout) != json.loads(plain.stdout)


def test_single_cells_of_a_bare_balance_take_another_set(tmp_path):
    """Diesel of construction by CEADs, of industry by IPCC 2006, by hand; a GBK table."""
    balance = tmp_path / "b.csv"
    balance.write_text(
        "row,fuel,year,value,unit\n工业,柴油,2020,1,万吨\n建筑业,柴油,2020,1,万吨\n", encoding="utf-8"
    )
    cells = tmp_path / "o.csv"
    cells.write_text("row,fuel,factors\n建筑业,柴油,ceads\n", encoding="gbk")
    result = combustion_of(read_balance(balance), "ipcc2006", read_overrides(cells)).emissions.set_index(
        "row"
    )
    assert result.loc["Construction", "value"] == pytest.approx(3.0938e4)
    assert result.loc["Industry", "value"] == pytest.approx(1e4 * 43.0e-3 * 20.2 * 44 / 12, rel=1e-6)
