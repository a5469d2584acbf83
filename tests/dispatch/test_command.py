"""Contract: `dafeng dispatch solve` and `sweep` give the library's numbers; bad input is no traceback."""

import json

import pandas as pd
import pytest
from systems import simple
from test_known_answers import capped
from typer.testing import CliRunner

from dafeng.cli.dispatch import app
from dafeng.dispatch import (
    Prepared,
    read_folder,
    read_network,
    solve,
    solve_prepared,
    with_limits,
    without_expansion,
)
from dafeng.evidence import DafengError

run = CliRunner().invoke


def test_solve_json(tmp_path):
    result = run(app, ["solve", str(simple(tmp_path)), "--json", "--threads", "1"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["status"] == "optimal"
    assert told["objective"] == pytest.approx(360000)
    assert told["capacities"]["generators"]["coal"] == 100
    assert sum(row["cost"] for row in told["costs"]) == pytest.approx(told["total_cost"])
    assert told["co2_t"] == pytest.approx(24 * 50 * 0.34)
    assert told["curtailment_total_mwh"] == 0
    assert told["quality"]["largest_imbalance_per_unit_of_load"] < 1e-6
    assert told["quality"]["duality_gap"] < 1e-9


def test_operate_leaves_capacity_alone_and_expand_does_not(tmp_path):
    system = capped(tmp_path)
    fixed = solve(without_expansion(system), threads=1)
    assert fixed.capacities["generators"]["wind"] == 0
    result = run(app, ["solve", str(tmp_path), "--expand", "--cap", "co2=1000", "--json", "--threads", "1"])
    told = json.loads(result.stdout)
    assert told["capacities"]["generators"]["wind"] > 0
    assert told["co2_t"] == pytest.approx(1000)
    assert told["shadow_prices"]["co2"] < 0


@pytest.mark.slow
def test_sweep_and_tables(tmp_path):
    capped(tmp_path)
    result = run(
        app, ["sweep", str(tmp_path), "--limit", "co2", "--values", "3000,1500", "--expand", "--json"]
    )
    rows = json.loads(result.stdout)["rows"]
    assert [row["limit"] for row in rows] == [3000, 1500]
    assert rows[1]["co2_t"] <= 1500 * (1 + 1e-9)
    shown = run(app, ["solve", str(tmp_path), "--expand", "--cap", "co2=1000"])
    assert "battery" in shown.stdout


def test_saved_results_are_a_network_again(tmp_path):
    run(app, ["solve", str(simple(tmp_path / "in")), "--out", str(tmp_path / "out.nc"), "--threads", "1"])
    assert solve(read_network(tmp_path / "out.nc"), threads=1).objective == pytest.approx(360000)


@pytest.mark.parametrize("setting", ["co2", "nothing=5", "co2=much"])
def test_bad_limits(tmp_path, setting):
    capped(tmp_path)
    result = run(app, ["solve", str(tmp_path), "--cap", setting])
    assert isinstance(result.exception, DafengError)


@pytest.mark.slow
def test_page_and_hourly_prices(tmp_path):
    capped(tmp_path)
    page = tmp_path / "out" / "page.html"
    result = run(
        app, ["solve", str(tmp_path), "--expand", "--cap", "co2=1000", "--page", str(page), "--threads", "1"]
    )
    assert result.exit_code == 0, result.output
    text = page.read_text(encoding="utf-8")
    assert "co2" in text
    assert "duration curves" in text
    solution = solve(with_limits(read_folder(tmp_path), ["co2=1000"]), threads=1)
    table = pd.read_csv(page.with_name("page-hourly.csv"))
    assert table["price:grid"].to_numpy() == pytest.approx(solution.prices["grid"].to_numpy())
    assert len(table) == len(solution.system.snapshots)
    outside = run(app, ["solve", str(tmp_path), "--page", str(page), "--week", "9"])
    assert isinstance(outside.exception, DafengError)


@pytest.mark.slow
def test_a_preview_tells_its_error(tmp_path):
    capped(tmp_path)
    arguments = ["solve", str(tmp_path), "--expand", "--cap", "co2=1000", "--json", "--threads", "1"]
    exact = json.loads(run(app, arguments).stdout)["total_cost"]
    told = json.loads(run(app, [*arguments, "--block", "3", "--compare"]).stdout)
    assert told["preview_error"]["total_cost"] == pytest.approx(told["total_cost"] / exact - 1)


@pytest.mark.slow
def test_thread_counts_may_change_within_a_process(tmp_path):
    system = capped(tmp_path)
    kept = Prepared(system, threads=2)
    costs = [solve(system, threads=count).objective for count in (1, 2, None, 1)]
    costs.append(solve_prepared(kept).objective)
    assert costs == pytest.approx([costs[0]] * 5)


def test_an_impossible_operation_points_to_expand(tmp_path):
    folder = simple(tmp_path, p_nom=10, p_nom_extendable="true", capital_cost=5)
    result = run(app, ["solve", str(folder), "--json", "--threads", "1"])
    assert isinstance(result.exception, DafengError)
    assert "add --expand" in str(result.exception)
    assert run(app, ["solve", str(folder), "--expand", "--json", "--threads", "1"]).exit_code == 0
