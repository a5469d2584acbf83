"""Contract: contracts, load shapes, interruptible loads and heat-led units of the user's file shape the city's grid; bad ones are told at once."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from dafeng.case import load
from dafeng.cli.dispatch import app
from dafeng.dispatch import city_grid, read_arrangements, solve, typical_summary
from dafeng.dispatch.city.accounts import city_load
from dafeng.evidence import DafengError

HOURS = 8760


def written(path, **content):
    file = path / "grid.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def case():
    return load("jiujiang")


def contract(**more):
    return {"name": "西电", "direction": "import", "mw": 300, "price": 100, "co2_t_per_mwh": 0.0, **more}


def test_a_cheap_contract_is_used_in_its_hours_and_counts_its_own_co2(case, tmp_path):
    file = written(tmp_path, contracts=[contract(hours="8-19", months=[1], non_fossil=True)])
    arranged = read_arrangements(file)
    solution = solve(city_grid(case, 2030, hours=48, arranged=arranged).system, threads=1)
    flow = solution.flows["generators-p"]["contract 西电"].to_numpy()
    inside = np.isin(np.arange(48) % 24, range(8, 20))
    assert flow[inside] == pytest.approx(300)
    assert flow[~inside] == pytest.approx(0)
    assert solution.emissions().get("contract 西电", 0.0) == 0
    assert "contract 西电" not in solution.curtailment().index


def test_take_or_pay_is_taken_even_when_dear_and_years_end(case, tmp_path):
    row = contract(price=5000, take_or_pay=0.5, to_year=2030, name="贵")
    arranged = read_arrangements(written(tmp_path, contracts=[row]))
    solution = solve(city_grid(case, 2030, hours=24, arranged=arranged).system, threads=1)
    assert solution.flows["generators-p"]["contract 贵"].to_numpy() == pytest.approx(150)
    later = city_grid(case, 2035, hours=24, arranged=arranged)
    assert "contract 贵" not in later.system.names("generators")


def test_sector_shapes_keep_the_years_energy(case, tmp_path):
    day = [0.0] * 8 + [1.0] * 12 + [0.0] * 4
    sectors = [
        {"name": "工业", "share": 0.4, "weekday": day, "weekend": [1.0] * 24, "months": [1.0] * 11 + [3.0]}
    ]
    plain = city_load(city_grid(case, 2030).system)
    arranged = read_arrangements(written(tmp_path, sectors=sectors))
    shaped = city_load(city_grid(case, 2030, arranged=arranged).system)
    assert shaped.sum() == pytest.approx(plain.sum())
    assert shaped[3] == pytest.approx(0.6 * plain[3])


def test_a_profile_of_the_users_own(case, tmp_path):
    frame = pd.DataFrame({"hour": range(HOURS), "flat": 1.0, "heat": np.linspace(0.2, 0.6, HOURS)})
    frame.to_csv(tmp_path / "profiles.csv", index=False)
    unit = next(c for c in city_grid(case, 2030, hours=24).clusters if c.bus == "city").units[0][0]
    arranged = read_arrangements(
        written(
            tmp_path,
            profiles="profiles.csv",
            sectors=[{"name": "all", "share": 1.0, "profile": "flat"}],
            heat_led=[{"plant": unit, "profile": "heat"}],
            interruptible=[{"name": "cement", "mw": 50, "price": 500, "hours_per_year": 100}],
        )
    )
    grid = city_grid(case, 2030, hours=24, start=4000, arranged=arranged)
    assert np.ptp(city_load(grid.system)) == pytest.approx(0, abs=1e-9)
    # a unit led by heat is no part of its cluster
    assert unit not in {name for cluster in grid.clusters for name, _ in cluster.units}
    solution = solve(grid.system, threads=1)
    capacity = grid.system.table("generators")["p_nom"]
    least = np.linspace(0.2, 0.6, HOURS)[4000:4024] * capacity[unit]
    assert (solution.flows["generators-p"][unit].to_numpy() >= least - 1e-6).all()
    assert solution.generation()["interruptible cement"] <= 50 * 100 * 24 / HOURS + 1e-6
    assert any("heat-led" in finding for finding in grid.findings)


def test_a_start_cost_is_of_every_unit(case):
    grid = city_grid(case, 2030, hours=24, overrides={"coal_start_cost_yuan_per_mw": 300.0})
    coal = grid.system.table("generators").query("carrier == 'coal' and committable")
    assert len(coal) == len(grid.clusters)
    assert (coal["p_min_pu"] > 0).all()
    assert coal["start_up_cost"].to_numpy() == pytest.approx(
        300 * (coal["p_nom"] / coal["unit_count"]).to_numpy()
    )


def test_heat_and_hydro_by_season(case, tmp_path):
    frame = pd.DataFrame({"hour": range(HOURS), "water": 0.25})
    frame.to_csv(tmp_path / "profiles.csv", index=False)
    heat = [{"plant": "G103338", "min_output": 0.5, "months": [1, 2, 12]}]
    arranged = read_arrangements(written(tmp_path, profiles="profiles.csv", heat_led=heat, hydro="water"))
    winter, summer = (city_grid(case, 2030, hours=24, start=s, arranged=arranged).system for s in (0, 4656))
    assert winter.dense("generators", "p_min_pu", pd.Index(["G103338"])) == pytest.approx(0.5)
    assert summer.dense("generators", "p_min_pu", pd.Index(["G103338"])) == pytest.approx(0.0)
    # the user's water is scaled to the hours of the province too
    hydro = winter.dense("generators", "p_max_pu", pd.Index(["hydro"]))
    assert hydro == pytest.approx(2829 / 8760, rel=1e-3)


def test_every_problem_of_the_file_at_once(tmp_path):
    file = written(
        tmp_path,
        contracts=[contract(mw=-5, direction="sideways", hours="8-30", colour="red"), {"name": "x"}],
        wishes=[1],
    )
    with pytest.raises(DafengError) as caught:
        read_arrangements(file)
    text = str(caught.value)
    for part in ("contracts:1:colour", "contracts:2:price", "grid.yaml:wishes"):
        assert part in text
    row = contract(mw=-5, direction="sideways", hours="8-30", take_or_pay=2)
    sectors = [
        {"name": "a", "share": 0.8, "weekday": [1.0] * 23},
        {"name": "b", "share": 0.8, "profile": "none"},
        {"name": "c", "share": 0.1},
    ]
    heat = [{"plant": "G1", "min_output": 1.4}]
    with pytest.raises(DafengError) as caught:
        read_arrangements(written(tmp_path, contracts=[row], sectors=sectors, heat_led=heat))
    text = str(caught.value)
    for part in (
        "contracts:1:mw", "contracts:1:direction", "contracts:1:hours", "contracts:1:take_or_pay", "23 values",
        "sectors:2:profile", "sectors:3", "sum to 1.7", "heat_led:1",
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("rows", [8784, 100])
def test_profiles_of_the_wrong_length(tmp_path, rows):
    pd.DataFrame({"hour": range(rows), "flat": 1.0}).to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(DafengError, match="29 February" if rows == 8784 else "100 values"):
        read_arrangements(written(tmp_path, profiles="p.csv"))


def test_a_plant_that_does_not_run_is_refused_with_those_that_do(case, tmp_path):
    arranged = read_arrangements(written(tmp_path, heat_led=[{"plant": "nobody", "min_output": 0.3}]))
    with pytest.raises(DafengError, match="heat_led:nobody"):
        city_grid(case, 2030, hours=24, arranged=arranged)


@pytest.mark.slow
def test_the_command_takes_the_file_and_typical_days(tmp_path):
    file = written(tmp_path, contracts=[contract()])
    arguments = ["run", "jiujiang", "--year", "2030", "--grid", str(file), "--json", "--threads", "1"]
    result = CliRunner().invoke(app, [*arguments, "--hours", "24"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["generation_mwh"]["contract 西电"] > 0
    days = json.loads(CliRunner().invoke(app, [*arguments, "--hours", "240", "--typical", "10"]).stdout)
    # as many typical days as days: nothing is lost but storage from one day to the next
    assert days["profile_rms_error"] == pytest.approx(0, abs=1e-12)
    assert 0 <= days["error"]["total_cost"] < 0.02


def test_the_example_of_the_repository_runs(case):
    arranged = read_arrangements(Path(__file__).parents[2] / "examples/grid-synthetic/grid.yaml")
    grid = city_grid(case, 2030, hours=48, start=4416, arranged=arranged)
    solution = solve(grid.system, threads=1)
    assert solution.imbalance() < 1e-6
    assert (solution.flows["generators-p"]["G105306"] >= 0.4 * 1052 - 1e-6).all()
    summer = solution.flows["generators-p"]["contract 西电夏季 summer hydro from the west"]
    assert summer.to_numpy()[8] >= 0.6 * 300 - 1e-6
    assert len(grid.findings) >= 4


@pytest.mark.slow
def test_fewer_typical_days_tell_a_larger_error(case):
    system = city_grid(case, 2030, hours=240).system
    told = [typical_summary(system, count, compare=True, threads=1) for count in (2, 6)]
    assert told[0]["profile_rms_error"] > told[1]["profile_rms_error"] > 0
    assert sum(told[0]["days_each_stands_for"]) == 10
