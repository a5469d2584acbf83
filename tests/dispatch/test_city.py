"""Contract: a case's grid obeys physics and its limits, names every number it rests on, and refuses what it lacks.

The city is Jiujiang as bundled, without what other rooms add to its folder; one winter and one summer week.
"""

import json
import shutil
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from dafeng.case import load
from dafeng.dispatch import (
    block_error,
    cap_curve,
    city_grid,
    read_response,
    response_table,
    run_city,
    solve,
    typical_periods,
)
from dafeng.evidence import DafengError
from dafeng.plan import Plan

BUNDLED = Path(__file__).parents[2] / "src/dafeng/cases/jiujiang"
WEEK = {"hours": 168, "start": 4656}


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases") / "jiujiang"
    shutil.copytree(BUNDLED, folder)
    for file in ("drivers.csv", "measures.csv", "overlaps.csv", "scenarios.yaml"):
        (folder / file).unlink(missing_ok=True)
    plan = Plan.model_validate(yaml.safe_load((folder / "plan.yaml").read_text(encoding="utf-8")))
    (folder / "plan.yaml").unlink()
    return replace(load(folder), plan=plan)


@pytest.mark.slow
def test_operate_keeps_physics(case):
    run = run_city(case, [2030], threads=1, **WEEK)[0]
    told = run.summary()
    assert told["quality"]["largest_imbalance_per_unit_of_load"] < 1e-6
    assert told["quality"]["largest_storage_excess_mwh"] < 1e-6
    assert told["quality"]["duality_gap"] < 1e-6
    assert told["unserved_mwh"] == pytest.approx(0, abs=1e-6)
    # the mix of the plan: 9,270 MW of wind and sun, 260 MW of biomass, 425 MW of storage
    table = run.grid.system.table("generators")
    weather = table["carrier"].isin(["wind", "solar"])
    assert table.loc[weather & table["bus"].eq("city"), "p_nom"].sum() == pytest.approx(9270)
    # the province's plan: 60 GW of wind and sun in 2030, the city's with it
    assert table.loc[weather, "p_nom"].sum() == pytest.approx(60000)
    assert table.loc["biomass", "p_nom"] == pytest.approx(260)
    assert run.grid.system.table("storage_units").loc["storage", "p_nom"] == pytest.approx(425)
    # 1.7 % of the year's peak, which the profile puts elsewhere than in this week
    assert table.loc["peak response", "p_nom"] / 0.017 >= told["peak_load_mw"]
    # curtailment + use = availability, unit by unit
    available = run.solution.available()
    names = run.solution.curtailment().index
    np.testing.assert_allclose(
        run.solution.generation()[names] + run.solution.curtailment(),
        available[names].sum(),
        rtol=1e-9,
        atol=1e-6,
    )


def test_demand_is_the_year_s(case):
    grid = city_grid(case, 2030)
    load = grid.system.dense("loads", "p_set").sum(axis=0)
    province = 198.298e6 * 1.045**8
    assert dict(zip(grid.system.names("loads"), load, strict=True)) == {
        "city": pytest.approx(0.135 * province, rel=1e-9),
        "province": pytest.approx(0.865 * province, rel=1e-9),
    }


def test_every_number_is_named_with_grade_and_source(case):
    told = run_city(case, [2030], threads=1, expand=True, hours=24)[0].summary()
    items = {row["item"]: row for row in told["inputs"]}
    for item in (
        "demand_mwh",
        "coal_delivered_power_plant",
        "outside.co2",
        "coal_start_cost_yuan_per_mw",
        "onwind.capex_yuan_per_kw",
        "system.discount_rate",
    ):
        assert items[item]["grade"] in "ABCDE"
        assert items[item]["source"]
    assert told["inputs"][0]["grade"] == "E"
    assert any("光伏" in finding for finding in told["findings"])


@pytest.mark.slow
def test_a_cap_binds_and_costs(case):
    free = run_city(case, [2030], threads=1, expand=True, **WEEK)[0].summary()
    cap = 0.9 * free["co2_generation_t"]
    kept = run_city(case, [2030], threads=1, expand=True, cap_t=cap, **WEEK)[0].summary()
    # what the city generates and what has moved to the province, against the province without the cap
    counted = kept["co2_generation_t"] + kept["co2_province_t"] - free["co2_province_t"]
    assert counted == pytest.approx(cap, rel=1e-6)
    split = kept["abatement"]
    assert split["abated_city_t"] + split["abated_province_t"] == pytest.approx(
        0.1 * free["co2_generation_t"], rel=1e-6
    )
    assert split["abated_city_t"] + split["moved_t"] == pytest.approx(
        free["co2_generation_t"] - kept["co2_generation_t"], rel=1e-6
    )
    assert kept["total_cost"] > free["total_cost"]
    assert kept["shadow_prices"]["co2"] < 0


@pytest.mark.slow
def test_non_fossil_share_and_reserve(case):
    told = run_city(case, [2030], threads=1, expand=True, non_fossil=0.5, reserve=0.1, **WEEK)[0].summary()
    assert told["non_fossil_share_of_demand"] == pytest.approx(0.5, abs=1e-3)


@pytest.mark.slow
def test_curve_falls_and_costs_rise(case):
    table = cap_curve(case, 2030, 4, 0.6, expand=True, **WEEK)
    assert (np.diff(table["co2_t"]) < 1e-6).all()
    np.testing.assert_allclose(table["co2_t"], table["limit"], rtol=1e-6)
    abated = table["abated_city_t"] + table["abated_province_t"]
    np.testing.assert_allclose(
        abated, table["limit"].iloc[0] - table["limit"], atol=1e-3 * table["limit"].iloc[0]
    )
    assert (np.diff(table["total_cost"]) > -1e-3).all()
    assert (np.diff(table["shadow_price"]) < 1e-6).all()


@pytest.mark.slow
def test_an_impossible_limit_is_said_in_words(case):
    with pytest.raises(DafengError, match="cap: found -1"):
        run_city(case, [2030], threads=1, cap_t=-1.0, hours=24)
    with pytest.raises(DafengError, match="global_constraints:non_fossil"):
        run_city(case, [2030], threads=1, non_fossil=1.0, hours=24)


@pytest.mark.slow
def test_years_build_on_each_other_and_old_units_leave(case):
    runs = run_city(case, [2040, 2030], threads=1, expand=True, hours=48, start=4656)
    assert [run.grid.year for run in runs] == [2030, 2040]
    first = runs[0].solution.capacities["generators"]["new solar"]
    solar = {run.grid.year: run.grid.system.table("generators").loc["solar", "p_nom"] for run in runs}
    assert solar[2040] == pytest.approx(solar[2030] + first)
    # the two 350 MW units of 2002 and 2003 are beyond 35 years
    units = [{unit for group in run.grid.clusters for unit, _ in group.units} for run in runs]
    assert {"G103338", "G103339"} <= units[0]
    assert not {"G103338", "G103339"} & units[1]
    # what 2030 builds is paid for in 2040 too
    assert runs[1].earlier_cost > 0 == runs[0].earlier_cost


@pytest.mark.slow
def test_a_setting_may_be_for_one_year(case):
    settings = {"solar_mw@2025": 3000.0, "solar_mw": 5000.0}
    runs = run_city(case, [2025, 2030], threads=1, overrides=settings, hours=24, start=4656)
    solar = [run.grid.system.tables["generators"].loc["solar", "p_nom"] for run in runs]
    assert solar == [3000, 5000]
    with pytest.raises(DafengError, match="a year"):
        run_city(case, [2030], overrides={"solar_mw@soon": 1.0}, hours=24)


def test_unknown_settings_are_refused(case):
    with pytest.raises(DafengError, match="--set"):
        city_grid(case, 2030, overrides={"colour": 1.0})


@pytest.mark.slow
def test_a_year_without_target_takes_the_annual_model_or_the_user(case):
    with pytest.raises(DafengError, match="solar_mw"):
        city_grid(case, 2025, hours=24)
    # 5,500 MW of wind and sun in 2025 (drivers.csv, grade E) less 1,009 MW of wind in plants.csv
    solar = city_grid(load("jiujiang"), 2025, hours=24).used["solar_mw"]
    assert (solar.value, solar.grade.value) == (pytest.approx(5500 - 1009), "E")
    grid = city_grid(case, 2025, hours=24, overrides={"solar_mw": 2000.0})
    assert grid.used["solar_mw"].source == "given by the user"


def test_a_profile_with_a_day_too_many(case):
    profiles = case.effective("profiles").drop(columns="inherited_from")
    longer = pd.concat([profiles, profiles.iloc[:24]])
    bad = replace(case, tables={**case.tables, "profiles": longer})
    with pytest.raises(DafengError, match="29 February"):
        city_grid(bad, 2030)


@pytest.mark.slow
def test_managed_charging_never_costs_more(case):
    fixed = {"ev_energy_share": 0.0}
    managed = {"ev_energy_share": 0.08}
    rigid = run_city(case, [2030], threads=1, overrides=fixed, **WEEK)[0].summary()["total_cost"]
    moved = run_city(case, [2030], threads=1, overrides=managed, **WEEK)[0]
    assert moved.summary()["total_cost"] <= rigid * (1 + 1e-9)
    assert moved.solution.imbalance() < 1e-6


@pytest.mark.slow
def test_blocks_show_their_error(case):
    error = block_error(case, 2030, 3, threads=1, **WEEK)
    assert abs(error["total_cost"]) < 0.05
    assert error["total_cost"] <= 1e-9


@pytest.mark.slow
def test_typical_days(case):
    system = city_grid(case, 2030, hours=24 * 14, start=4656).system
    exact = solve(system, threads=1).total_cost
    alldays = typical_periods(system, 14)
    assert sum(alldays.periods.weights) == 14
    assert alldays.periods.error == pytest.approx(0, abs=1e-12)
    # days on their own cannot carry storage over midnight: never cheaper than the whole
    assert sum(s.total_cost for s in alldays.solve(threads=1)) >= exact * (1 - 1e-9)
    few = typical_periods(system, 4)
    assert few.periods.error > 0
    assert sum(s.total_cost for s in few.solve(threads=1)) == pytest.approx(exact, rel=0.2)


@pytest.mark.slow
def test_scenarios_on_an_executor(case):
    systems = [city_grid(case, 2030, hours=24, start=s).system for s in (0, 4000)]
    with ThreadPoolExecutor(2) as executor:
        together = list(executor.map(partial(solve, threads=1), systems))
    for system, solution in zip(systems, together, strict=True):
        assert solution.objective == pytest.approx(solve(system, threads=1).objective, rel=1e-9)


@pytest.mark.oracle
def test_ten_scenarios_in_processes_and_on_dask(case, tmp_path):
    """The same solutions, whoever solves them: ten days of the year in processes and on a local Dask cluster."""
    from distributed import LocalCluster

    systems = [city_grid(case, 2030, hours=24, start=876 * k).system for k in range(10)]
    alone = [solve(system, threads=1).objective for system in systems]
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        assert [found.objective for found in list(executor.map(partial(solve, threads=1), systems))] == alone
    workers = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with (
        LocalCluster(**workers, local_directory=tmp_path / "dask") as cluster,
        cluster.get_client() as client,
        client.get_executor() as executor,
    ):
        assert [found.objective for found in list(executor.map(partial(solve, threads=1), systems))] == alone


@pytest.mark.slow
def test_response_table(case, tmp_path):
    bounds = {"solar_mw": (4000.0, 12000.0), "storage_mw": (200.0, 2000.0), "demand_mwh": (3.0e7, 4.5e7)}
    table = response_table(case, 2030, bounds, runs=14, block=3, hours=48, start=4656)
    values, findings = table.evaluate(table.runs[["solar_mw", "storage_mw", "demand_mwh"]].to_numpy())
    assert not findings
    np.testing.assert_allclose(values, table.runs.iloc[:, 3:].to_numpy(), rtol=1e-6, atol=1e-6)
    assert all(0 <= error < 1 for error in table.errors.values())
    nowhere, findings = table.evaluate(np.array([[99999.0, 500.0, 4e7]]))
    assert np.isnan(nowhere).all()
    assert findings[0].code == "dispatch-response-outside"
    table.write(tmp_path / "response.json")
    again = read_response(tmp_path / "response.json", case)
    assert again.runs.equals(table.runs)
    # one more MWh of load burns coal somewhere in part of the hours at least
    assert (table.runs["marginal_co2_t_per_mwh"].between(0.0, 1.2)).all()
    with pytest.raises(DafengError, match="compute the table anew"):
        read_response(tmp_path / "response.json", replace(case, release="other"))
    # a table of an earlier version lacks an output
    stored = json.loads((tmp_path / "response.json").read_text(encoding="utf-8"))
    del stored["runs"]["marginal_co2_t_per_mwh"]
    (tmp_path / "old.json").write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(DafengError, match="no response table"):
        read_response(tmp_path / "old.json", case)
