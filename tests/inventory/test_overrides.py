"""Contract: a table of overrides changes the factors of its cells and of no other; all its faults are told at once."""

import json

import pytest
from typer.testing import CliRunner

from dafeng.case import load
from dafeng.cli.inventory import app
from dafeng.evidence import DafengError
from dafeng.inventory import build, read_overrides
from dafeng.inventory.emission_factors import factors_of


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
