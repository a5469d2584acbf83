"""Contract: capacity, storage and emission problems with an exact answer are met to it.

Screening curve and storage arbitrage: closed forms derived in the tests' comments. OSeMOSYS super_simple: numeric
set-up of tests/super_simple_model.txt of OSeMOSYS_GNU_MathProg (Apache-2.0), objective 46.43123317041181.
"""

import itertools
from pathlib import Path

import numpy as np
import pytest
from systems import simple_system, write_folder

from dafeng.dispatch import (
    Commitment,
    Prepared,
    coarsen,
    commit,
    curve,
    read_folder,
    solve,
    sweep_limit,
    with_limits,
)
from dafeng.factors import capital_recovery_factor


def screening(path: Path, **changes: object):
    load = 1000 - 600 * np.arange(8760) / 8759
    return read_folder(
        write_folder(
            path,
            {
                "buses": [{"name": "grid"}],
                "generators": [
                    {
                        "name": "base",
                        "bus": "grid",
                        "p_nom": 0,
                        "p_nom_extendable": True,
                        "marginal_cost": 20,
                        "capital_cost": 120010,
                    },
                    {
                        "name": "peak",
                        "bus": "grid",
                        "p_nom": 0,
                        "p_nom_extendable": True,
                        "marginal_cost": 60,
                        "capital_cost": 40000,
                    },
                ],
                "loads": [{"name": "city", "bus": "grid"}],
            },
            {"loads-p_set": {"city": load}},
            hours=8760,
        )
    )


@pytest.mark.slow
def test_screening_curve_gives_the_crossing_of_the_cost_lines(tmp_path):
    # lines cross at (120010 - 40000) / (60 - 20) = 2000.25 h; peak serves what is demanded for less
    solution = solve(screening(tmp_path), threads=1)
    assert solution.capacities["generators"]["base"] == pytest.approx(862.9980591391711, rel=1e-9)
    assert solution.capacities["generators"]["peak"] == pytest.approx(137.00194086082888, rel=1e-9)
    assert solution.total_cost == pytest.approx(237171292.38497546, rel=1e-9)
    # the peak hour pays for the peaker's capacity: fixed + variable cost
    assert solution.prices["grid"].max() == pytest.approx(40060, rel=1e-9)


def arbitrage(path: Path):
    price = np.repeat([100.0, 200.0, 500.0], 8)
    return read_folder(
        write_folder(
            path,
            {
                "buses": [{"name": "grid"}],
                "generators": [
                    {"name": "market", "bus": "grid", "p_nom": 100, "p_min_pu": -1, "marginal_cost": ""},
                ],
                "storage_units": [
                    {
                        "name": "battery",
                        "bus": "grid",
                        "p_nom": 1,
                        "max_hours": 4,
                        "efficiency_store": 0.9,
                        "efficiency_dispatch": 0.9,
                        "cyclic_state_of_charge": True,
                    },
                ],
                "loads": [{"name": "none", "bus": "grid", "p_set": 0}],
            },
            {"generators-marginal_cost": {"market": price}},
        )
    )


def test_storage_arbitrage(tmp_path):
    # 4 / 0.9 MWh in at 100, 3.6 MWh out at 500
    solution = solve(arbitrage(tmp_path), threads=1)
    assert -solution.objective == pytest.approx(1355.5555555555557, rel=1e-9)
    assert solution.flows["storage_units-p_store"]["battery"].sum() == pytest.approx(
        4.444444444444445, rel=1e-9
    )
    assert solution.flows["storage_units-p_dispatch"]["battery"].sum() == pytest.approx(3.6, rel=1e-9)
    energy = solution.flows["storage_units-state_of_charge"]["battery"]
    first = energy.iloc[-1] + 0.9 * solution.flows["storage_units-p_store"]["battery"].iloc[0]
    assert energy.iloc[0] == pytest.approx(
        first - solution.flows["storage_units-p_dispatch"]["battery"].iloc[0] / 0.9
    )
    assert solution.duality_gap < 1e-9


def test_osemosys_super_simple(tmp_path):
    # fixed cost of 3.1101 GW at 9.1101, gas import in the amount of demand × 1.1101 at 9.1202 × … ; one step of one year
    demand, ratio, residual, fixed, variable = 2.1101, 1.1101, 3.1101, 9.1101, 9.1202
    expected = 46.43123317041181
    gas = demand * ratio
    # the published objective = (residual × fixed + demand × variable) discounted half a year at 5 %
    assert (residual * fixed + demand * variable) / 1.05**0.5 == pytest.approx(expected, rel=1e-9)
    system = read_folder(
        write_folder(
            tmp_path,
            {
                "buses": [{"name": "gas"}, {"name": "power"}],
                "generators": [
                    {
                        "name": "import",
                        "bus": "gas",
                        "p_nom": 0,
                        "p_nom_extendable": True,
                        "marginal_cost": 0,
                        "capital_cost": 1e-9,
                    }
                ],
                "links": [
                    {
                        "name": "plant",
                        "bus0": "gas",
                        "bus1": "power",
                        "efficiency": 1 / ratio,
                        "p_nom": 0,
                        "p_nom_extendable": True,
                        "p_nom_min": residual * ratio,
                        "capital_cost": fixed / ratio / 1.05**0.5,
                        "marginal_cost": variable / ratio / 1.05**0.5,
                    },
                ],
                "loads": [{"name": "city", "bus": "power", "p_set": demand}],
            },
            hours=1,
        )
    )
    solution = solve(system, threads=1)
    assert solution.total_cost == pytest.approx(expected, rel=1e-8)
    assert solution.capacities["generators"]["import"] == pytest.approx(2.3424220100000004, rel=1e-9)
    assert gas == pytest.approx(2.3424220100000004, rel=1e-9)


def test_annuity_pays_back_the_investment():
    rate, years = 0.06, 20
    payment = capital_recovery_factor(np.array([rate]), np.array([float(years)]))[0]
    worth = sum(payment / (1 + rate) ** year for year in range(1, years + 1))
    assert worth == pytest.approx(1.0, rel=1e-12)


def capped(path: Path, cap: float = 1e9):
    rng = np.random.default_rng(20301)
    hours = 48
    return read_folder(
        write_folder(
            path,
            {
                "buses": [{"name": "grid"}],
                "carriers": [
                    {"name": "coal", "co2_emissions": 0.34, "non_fossil": False},
                    {"name": "wind", "non_fossil": True},
                ],
                "generators": [
                    {
                        "name": "coal",
                        "bus": "grid",
                        "carrier": "coal",
                        "p_nom": 120,
                        "marginal_cost": 300,
                        "efficiency": 0.4,
                        "p_nom_extendable": False,
                        "capital_cost": 0,
                    },
                    {
                        "name": "wind",
                        "bus": "grid",
                        "carrier": "wind",
                        "p_nom": 0,
                        "marginal_cost": 0,
                        "p_nom_extendable": True,
                        "capital_cost": 8000,
                        "efficiency": 1,
                    },
                ],
                "loads": [{"name": "city", "bus": "grid"}],
                "storage_units": [
                    {
                        "name": "battery",
                        "bus": "grid",
                        "p_nom": 10,
                        "p_nom_extendable": True,
                        "capital_cost": 3000,
                        "max_hours": 2,
                        "cyclic_state_of_charge": True,
                    },
                ],
                "global_constraints": [{"name": "co2", "sense": "<=", "constant": cap}],
            },
            {
                "loads-p_set": {"city": rng.uniform(60, 110, hours)},
                "generators-p_max_pu": {"wind": rng.uniform(0, 1, hours)},
            },
            hours=hours,
        )
    )


@pytest.mark.slow
def test_a_sweep_equals_separate_solves_and_its_dual_is_the_slope(tmp_path):
    system = capped(tmp_path)
    free = solve(system, threads=1).emissions().sum()
    caps = [free * share for share in (1.0, 0.8, 0.6, 0.4, 0.2)]
    table = curve(sweep_limit(Prepared(system, threads=1), "co2", caps), "co2")
    for cap, row in zip(caps, table.itertuples(), strict=True):
        alone = solve(with_limits(system, [f"co2={cap}"]), threads=1)
        assert row.total_cost == pytest.approx(alone.total_cost, rel=1e-9)
        assert row.co2_t <= cap * (1 + 1e-9)
    assert (np.diff(table["total_cost"]) >= -1e-6).all()
    # the dual at a cap is the slope of the cost curve there
    step = caps[2] * 1e-5
    near = solve(with_limits(system, [f"co2={caps[2] - step}"]), threads=1).total_cost
    assert (near - table["total_cost"][2]) / step == pytest.approx(-table["shadow_price"][2], rel=1e-3)


def test_a_sweep_says_where_it_ends(tmp_path):
    system = capped(tmp_path)
    system = system.with_table("generators", system.tables["generators"].assign(p_nom_max=50.0))
    table = curve(sweep_limit(Prepared(system, threads=1), "co2", [1e9, 0.0]), "co2")
    assert table["reason"][0] == ""
    assert "co2" in table["reason"][1]
    assert np.isnan(table["total_cost"][1])


def test_curtailment_and_use_make_up_what_is_available(tmp_path):
    solution = solve(with_limits(capped(tmp_path), ["co2=200"]), threads=1)
    available = solution.available()["wind"].sum()
    assert solution.generation()["wind"] + solution.curtailment()["wind"] == pytest.approx(
        available, rel=1e-9
    )
    assert solution.curtailment()["wind"] > 0
    assert solution.imbalance() < 1e-6
    assert solution.storage_excess() < 1e-6
    assert solution.duality_gap < 1e-9


def test_non_fossil_share_is_reached(tmp_path):
    system = capped(tmp_path)
    limits = system.tables["global_constraints"]
    limits.loc["share"] = {
        "type": "load_share",
        "carrier_attribute": "non_fossil",
        "sense": ">=",
        "constant": 0.7,
        "bus": "",
    }
    solution = solve(system.with_table("global_constraints", limits), threads=1)
    load = system.dense("loads", "p_set").sum()
    assert solution.generation()["wind"] == pytest.approx(0.7 * load, rel=1e-9)


def test_blocks_keep_energy_and_hours(tmp_path):
    system = capped(tmp_path)
    blocks = coarsen(system, 3)
    assert blocks.hours() == system.hours()
    assert blocks.dense("loads", "p_set").sum() * 3 == pytest.approx(
        system.dense("loads", "p_set").sum(), rel=1e-12
    )
    fine, rough = solve(system, threads=1).total_cost, solve(blocks, threads=1).total_cost
    # averaging widens what can be served: a preview is never dearer
    assert rough <= fine * (1 + 1e-9)


def test_relaxed_starts_never_cost_more_than_whole_ones(tmp_path):
    load = np.array([50, 50, 10, 10, 60, 90, 30, 30, 10, 50, 80, 80] * 2, dtype=float)
    folder = write_folder(
        tmp_path,
        {
            "buses": [{"name": "grid"}],
            "generators": [
                {
                    "name": "coal",
                    "bus": "grid",
                    "p_nom": 60,
                    "p_min_pu": 0.5,
                    "marginal_cost": 200,
                    "committable": True,
                    "start_up_cost": 5000,
                    "min_up_time": 3,
                    "min_down_time": 2,
                },
                {"name": "gas", "bus": "grid", "p_nom": 100, "marginal_cost": 700, "p_min_pu": 0},
            ],
            "loads": [{"name": "city", "bus": "grid"}],
        },
        {"loads-p_set": {"city": load}},
    )
    system = read_folder(folder)
    relaxed = solve(system, threads=1)
    whole = solve(system, mode=Commitment.INTEGER, threads=1, mip_gap=1e-9)
    assert relaxed.objective <= whole.objective + 1e-6
    status = whole.flows["generators-status"]["coal"].to_numpy()
    assert set(np.round(status, 9)) <= {0.0, 1.0}
    output = whole.flows["generators-p"]["coal"].to_numpy()
    assert ((output >= 30 - 1e-6) | (status < 0.5)).all()
    assert whole.prices is None
    assert whole.mip_gap is not None
    assert whole.mip_gap <= 1e-9


def committed(path: Path, load: np.ndarray):
    return read_folder(
        write_folder(
            path,
            {
                "buses": [{"name": "grid"}],
                "generators": [
                    {
                        "name": "coal",
                        "bus": "grid",
                        "p_nom": 60,
                        "p_min_pu": 0.5,
                        "marginal_cost": 200,
                        "committable": True,
                        "start_up_cost": 5000,
                        "min_up_time": 3,
                        "min_down_time": 2,
                        "ramp_limit_up": 0.5,
                    },
                    {"name": "gas", "bus": "grid", "p_nom": 100, "marginal_cost": 700, "p_min_pu": 0},
                ],
                "loads": [{"name": "city", "bus": "grid"}],
            },
            {"loads-p_set": {"city": load}},
            hours=len(load),
        )
    )


@pytest.mark.slow
def test_rolling_windows_keep_units_whole_and_their_times(tmp_path):
    load = np.tile([50, 50, 10, 10, 60, 90, 30, 30, 10, 50, 80, 80.0], 4)
    system = committed(tmp_path, load)
    rolled = commit(system, window=24, step=12, mip_gap=1e-7, threads=1)
    at_once = solve(system, mode=Commitment.INTEGER, threads=1, mip_gap=1e-7)
    assert rolled.windows == 4
    assert rolled.lower_bound <= at_once.objective + 1e-6 <= rolled.cost + 1e-3
    assert rolled.gap >= 0
    assert rolled.largest_window_gap <= 1e-7
    status = rolled.flows["generators-status"]["coal"].round().to_numpy()
    assert len(status) == 48
    # every run on is 3 snapshots at least and every stop 2, across the borders of windows
    changes = np.flatnonzero(np.diff(status)) + 1
    for first, last in itertools.pairwise(changes):
        assert last - first >= (3 if status[first] == 1 else 2)
    output = rolled.flows["generators-p"]["coal"].to_numpy()
    both_on = (status[1:] == 1) & (status[:-1] == 1)
    assert (np.diff(output)[both_on] <= 30 + 1e-6).all()
    # the cost is that of the flows
    starts = rolled.flows["generators-start_up"]["coal"].sum()
    cost = 200 * output.sum() + 700 * rolled.flows["generators-p"]["gas"].sum() + 5000 * starts
    assert rolled.cost == pytest.approx(cost, rel=1e-9)


@pytest.mark.slow
def test_one_window_is_the_whole_problem(tmp_path):
    system = committed(tmp_path, np.array([50, 50, 10, 10, 60, 90, 30, 30.0]))
    rolled = commit(system, window=8, step=8, mip_gap=1e-7, threads=1)
    assert rolled.cost == pytest.approx(solve(system, mode=Commitment.INTEGER, threads=1).objective, rel=1e-6)


def test_the_simplest_system(tmp_path):
    solution = solve(simple_system(tmp_path), threads=1)
    assert solution.objective == pytest.approx(24 * 50 * 300)
    assert solution.prices["grid"].tolist() == pytest.approx([300.0] * 24)
    assert solution.emissions()["coal"] == pytest.approx(24 * 50 * 0.34)
