"""Contract: two nodes trade by physics, a cap tells what is abated from what is moved, use is accounted by hand."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from systems import write_folder

from dafeng.case import load
from dafeng.dispatch import city_grid, read_folder, run_city, solve, write_page
from dafeng.dispatch.city.accounts import Abatement, CityAccounts, abatement, city_accounts, city_load
from dafeng.dispatch.city.realised import realised_hours
from dafeng.dispatch.city.summary import curtailment_rate
from dafeng.dispatch.figures import power_by_carrier
from dafeng.evidence import DafengError

RATE, EFFICIENCY = 0.34, 0.4


def toy(path, cap=None):
    """City: 100 MW of load, 200 MW of coal (0.85 t/MWh), 50 MW of wind; province: 100 MW, 300 MW of gas-dear coal.

    The corridor carries 80 MW without loss; the province's coal is dirtier (efficiency 0.34: 1 t/MWh) and dearer.
    """
    limits = [] if cap is None else [{"name": "co2", "type": "primary_energy", "carrier_attribute": "co2_emissions", "sense": "<=", "constant": cap}]  # fmt: skip
    tables = {
        "buses": [{"name": "city"}, {"name": "province"}],
        "carriers": [
            {"name": "coal", "co2_emissions": RATE, "non_fossil": False, "renewable": False},
            {"name": "wind", "co2_emissions": 0.0, "non_fossil": True, "renewable": True},
            {"name": "gas", "co2_emissions": 0.2, "non_fossil": False, "renewable": False},
            {"name": "corridor"},
        ],
        "generators": [
            {"name": "coal", "bus": "city", "carrier": "coal", "p_nom": 200, "marginal_cost": 300, "efficiency": EFFICIENCY},
            {"name": "wind", "bus": "city", "carrier": "wind", "p_nom": 50, "marginal_cost": 0},
            {"name": "province coal", "bus": "province", "carrier": "coal", "p_nom": 300, "marginal_cost": 350, "efficiency": 0.34},
            {"name": "province gas", "bus": "province", "carrier": "gas", "p_nom": 300, "marginal_cost": 700, "efficiency": 0.5},
        ],
        "loads": [{"name": "city", "bus": "city", "p_set": 100}, {"name": "province", "bus": "province", "p_set": 100}],
        "links": [
            {"name": "import", "bus0": "province", "bus1": "city", "carrier": "corridor", "p_nom": 80, "efficiency": 1.0},
            {"name": "export", "bus0": "city", "bus1": "province", "carrier": "corridor", "p_nom": 80, "efficiency": 1.0},
        ],
    }  # fmt: skip
    if limits:
        tables["global_constraints"] = limits
    return read_folder(write_folder(path, tables, hours=1))


def grid_of(system):
    return SimpleNamespace(system=system, used={}, has_province=lambda: True)


def test_accounts_of_a_toy_by_hand(tmp_path):
    """Coal of the city serves both: 50 wind + 130 coal, 80 of it sold; the province burns 20 of its own."""
    system = toy(tmp_path / "toy")
    told = city_accounts(grid_of(system), solve(system, threads=1))
    assert told.generation_mwh == pytest.approx(180)
    assert (told.import_mwh, told.export_mwh) == (pytest.approx(0), pytest.approx(80))
    assert told.co2_generation_t == pytest.approx(130 * 0.85)
    assert told.co2_province_t == pytest.approx(20 * 1.0)
    # 80 of 180 MWh leave with the city's mean factor and mix
    assert told.co2_of_use_t == pytest.approx(130 * 0.85 * 100 / 180)
    assert told.non_fossil_generation_share == pytest.approx(0.5)
    assert told.non_fossil_use_share == pytest.approx(50 * 100 / 180 / 100)


def test_a_cap_of_the_city_is_met_by_abating_not_by_moving(tmp_path):
    """Total without cap: 130 × 0.85 + 20 × 1.0 = 130.5 t. Gas saves 0.6 t/MWh of the province's coal for 350 CNY, 0.45 of
    the city's for 400. A cap of the city 6 t lower: 10 MWh of the province's coal become gas, nothing in the city."""
    free_system = toy(tmp_path / "free")
    free = city_accounts(grid_of(free_system), solve(free_system, threads=1))
    cap = free.co2_generation_t - 6.0 + free.co2_province_t
    system = toy(tmp_path / "cap", cap)
    solution = solve(system, threads=1)
    capped = city_accounts(grid_of(system), solution)
    split = abatement(free, capped)
    assert split.abated_province_t == pytest.approx(6.0)
    assert split.abated_city_t == pytest.approx(0.0, abs=1e-9)
    assert split.moved_t == pytest.approx(0.0, abs=1e-9)
    assert solution.shadow_prices["co2"] == pytest.approx(-350 / 0.6)


@pytest.mark.parametrize(
    ("city", "province", "expected"),
    [
        ((100.0, 70.0), (50.0, 50.0), Abatement(30.0, 0.0, 0.0)),
        ((100.0, 70.0), (50.0, 70.0), Abatement(10.0, 0.0, 20.0)),
        ((100.0, 70.0), (50.0, 90.0), Abatement(0.0, 0.0, 30.0)),
        ((100.0, 70.0), (50.0, 45.0), Abatement(30.0, 5.0, 0.0)),
        ((100.0, 110.0), (50.0, 30.0), Abatement(0.0, 20.0, 0.0)),
    ],
)
def test_the_split_by_hand(city, province, expected):
    free, capped = (
        CityAccounts(1.0, 1.0, 0.0, 0.0, own, around, 0.0, 0.0, 0.0) for own, around in zip(city, province, strict=True)
    )  # fmt: skip
    assert abatement(free, capped) == expected


@pytest.fixture(scope="module")
def jiujiang():
    return load("jiujiang")


def test_the_province_of_jiujiang(jiujiang):
    grid = city_grid(jiujiang, 2030, hours=24)
    assert grid.has_province()
    assert {cluster.bus for cluster in grid.clusters} == {"city", "province"}
    ids = [unit for cluster in grid.clusters for unit, _ in cluster.units]
    assert len(ids) == len(set(ids))
    # no unit of the city counts in the province
    province = jiujiang.parent.power_units()
    own = set(province.loc[province["county"].astype(str) == "360400", "id"].astype(str))
    assert own
    assert not own & {unit for c in grid.clusters if c.bus == "province" for unit, _ in c.units}
    captive = grid.system.table("generators").loc["G112901"]
    assert not captive["committable"]
    assert captive["p_min_pu"] == pytest.approx(0.4)
    assert grid.used["coal_start_cost_yuan_per_mw"].grade.value == "E"


def test_a_province_without_units_is_no_node(jiujiang):
    """The corridor then has one price and the mean factor, coal the hours of the province, and the result says so."""
    parent = replace(
        jiujiang.parent, tables={k: v for k, v in jiujiang.parent.tables.items() if k != "plants"}
    )
    alone = replace(jiujiang, parent=parent)
    run = run_city(alone, [2030], threads=1, hours=48, start=2300)[0]
    told = run.summary()
    assert not run.grid.has_province()
    assert told["nodes"] == ["city"]
    assert told["co2_province_t"] is None
    assert any("no list of units" in finding for finding in told["findings"])
    coal = run.grid.members("city", "coal")
    assert run.solution.generation()[coal].sum() <= 4755 * 48 / 8760 * run.grid.system.table("generators").loc[coal, "p_nom"].sum() + 1e-6  # fmt: skip
    bought = told["import_mwh"] * run.grid.used["import.co2"].value
    assert told["co2_t"] <= told["co2_generation_t"] + bought + 1e-6


def test_realised_hours_by_hand(jiujiang):
    """Jiangxi: sun 2021 and 2022 over the mean of two ends of year; water 2019–2022 over 6,600 less 1,200 MW."""
    found = realised_hours(jiujiang.parent)
    sun = (80.31e5 / ((7760 + 9111) / 2) + 103e5 / ((9111 + 12019) / 2)) / 2
    assert found["solar"].hours == pytest.approx(sun, rel=1e-3)
    assert found["hydro"].hours == pytest.approx((168 + 145 + 136 + 162) / 4 * 1e5 / 5400, rel=1e-3)
    assert found["coal"].hours == pytest.approx(1167e5 / 24550, rel=1e-3)


@pytest.mark.slow
def test_whole_units_in_a_week(jiujiang, tmp_path):
    run = run_city(jiujiang, [2030], threads=1, whole=True, marginal=True, hours=168, start=2300)[0]
    told = run.summary()
    assert told["coal"]["gap"] <= 0.005
    assert told["coal"]["least_output_over_minimum"] >= 1 - 1e-6
    assert told["unserved_mwh"] == pytest.approx(0, abs=1e-6)
    # one more MWh in the city burns coal somewhere, in whole or in part
    assert 0.2 < told["marginal_co2_t_per_mwh"] < 1.1
    page = tmp_path / "week.html"
    write_page(run.solution, page, [1], run.grid.findings, {}, told, bus="city")
    text = page.read_text(encoding="utf-8")
    # the page shows the city's figures, not the sum of both nodes
    assert f"{told['demand_mwh']:,.0f}" in text
    assert "省内其余 province" in text
    assert "marginal CO2" in text
    power = power_by_carrier(run.solution, "city").sum(axis=1)
    np.testing.assert_allclose(power, city_load(run.grid.system), atol=1e-4)
    status = run.solution.flows["generators-status"]
    np.testing.assert_allclose(status, status.round(), atol=1e-6)
    assert 0 <= curtailment_rate(run.grid, run.solution, "province") < 1
    table = pd.DataFrame(told["carriers"])
    city = table[table["node"].eq("city")]
    assert city["twh"].sum() * 1e6 == pytest.approx(
        told["demand_mwh"] + told["export_mwh"] - told["import_mwh"], rel=0.02
    )


@pytest.mark.slow
def test_a_share_of_use_is_reached(jiujiang):
    options = {"threads": 1, "hours": 48, "start": 2300, "expand": True}
    free = run_city(jiujiang, [2030], **options)[0].summary()["non_fossil_share_of_demand"]
    asked = free + 0.05
    told = run_city(jiujiang, [2030], non_fossil=asked, **options)[0].summary()
    assert told["non_fossil_share_of_demand"] == pytest.approx(asked, abs=2e-3)


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"export_limit_share": -0.1}, "export_limit_share"),
        ({"import_limit_share": -0.1}, "import_limit_share"),
    ],
)
def test_a_corridor_with_a_negative_limit_is_refused(jiujiang, settings, place):
    with pytest.raises(DafengError, match=place):
        city_grid(jiujiang, 2030, hours=24, overrides=settings)


def test_blocks_and_whole_units_exclude_each_other(jiujiang):
    with pytest.raises(DafengError, match="--relaxed"):
        run_city(jiujiang, [2030], whole=True, block=3, hours=24)


@pytest.mark.slow
def test_certificates_count_in_use(jiujiang):
    options = {"threads": 1, "hours": 24, "start": 2300}
    plain = run_city(jiujiang, [2030], **options)[0].summary()
    bought = run_city(jiujiang, [2030], overrides={"green_certificates_mwh": 1000.0}, **options)[0].summary()
    gained = bought["non_fossil_share_of_demand"] - plain["non_fossil_share_of_demand"]
    assert gained == pytest.approx(1000.0 / plain["demand_mwh"])
