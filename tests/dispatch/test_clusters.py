"""Contract: a cluster of equal units is those units, whole numbers hold over a year of windows, and starts are counted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems import write_folder

from dafeng.dispatch import Commitment, read_folder, solve
from dafeng.dispatch.city.coal_operation import coal_operation, starts_by_unit
from dafeng.dispatch.city.plants import Cluster
from dafeng.dispatch.clustered import solve_clustered
from dafeng.evidence import DafengError

UNIT = {
    "bus": "grid", "carrier": "coal", "marginal_cost": 300.0, "committable": True, "p_min_pu": 0.4,
    "min_up_time": 3, "min_down_time": 2, "up_time_before": 10, "ramp_limit_up": 0.5, "ramp_limit_down": 0.5,
    "ramp_limit_start_up": 0.5, "ramp_limit_shut_down": 0.5,
}  # fmt: skip
PEAKER = {"name": "peaker", "bus": "grid", "carrier": "gas", "p_nom": 1000.0, "marginal_cost": 900.0}


def folder(path, units, load):
    return read_folder(
        write_folder(
            path,
            {
                "buses": [{"name": "grid"}],
                "carriers": [{"name": "coal", "co2_emissions": 0.34}, {"name": "gas"}],
                "generators": [*units, PEAKER],
                "loads": [{"name": "city", "bus": "grid", "p_set": 0}],
            },
            {"loads-p_set": {"city": np.asarray(load, float)}},
            hours=len(load),
        )
    )


def cluster(count, size, start_cost):
    return {**UNIT, "name": "coal", "p_nom": count * size, "unit_count": count, "start_up_cost": start_cost}


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(
    load=st.lists(st.integers(0, 310), min_size=10, max_size=16),
    start_cost=st.sampled_from([0.0, 4000.0, 60000.0]),
    count=st.integers(1, 3),
    ramped=st.booleans(),
)
def test_a_cluster_costs_what_its_units_cost(tmp_path_factory, load, start_cost, count, ramped):
    """Exactly without ramps; with them a cluster may hand output from one unit to another within the hour."""
    path = tmp_path_factory.mktemp("cluster")
    free = {} if ramped else {key: np.nan for key in UNIT if key.startswith("ramp_limit")}
    unit = {**UNIT, **free, "p_nom": 100.0, "start_up_cost": start_cost}
    single = [{**unit, "name": f"coal {k}"} for k in range(count)]
    apart = solve(folder(path / "apart", single, load), mode=Commitment.INTEGER, threads=1)
    together = folder(path / "together", [cluster(count, 100.0, start_cost) | free], load)
    whole = solve(together, mode=Commitment.INTEGER, threads=1)
    assert whole.total_cost <= apart.total_cost * (1 + 1e-6)
    if not ramped or count == 1:
        assert whole.total_cost == pytest.approx(apart.total_cost, rel=1e-6)
    assert solve(together, threads=1).total_cost <= whole.total_cost * (1 + 1e-9)
    on = whole.flows["generators-status"]["coal"].to_numpy()
    output = whole.flows["generators-p"]["coal"].to_numpy()
    np.testing.assert_allclose(on, np.round(on), atol=1e-6)
    assert (output >= 0.4 * 100 * on - 1e-6).all()
    assert (output <= 100 * on + 1e-6).all()


@pytest.mark.slow
def test_windows_keep_whole_numbers_minimum_times_and_ramps_over_their_borders(tmp_path):
    hours = 500
    clock = np.arange(hours)
    load = 260 + 180 * np.sin(clock / 24 * 2 * np.pi) + 60 * np.sin(clock / 131)
    system = folder(tmp_path / "year", [cluster(5, 100.0, 8000.0)], load)
    relaxed = solve(system, threads=1)
    found = solve_clustered(system, relaxed, threads=1)
    exact = solve(system, mode=Commitment.INTEGER, threads=1, mip_gap=1e-4)
    assert relaxed.total_cost * (1 - 1e-9) <= exact.total_cost * (1 + 1e-9)
    assert exact.total_cost * (1 - 2e-4) <= found.solution.total_cost <= exact.total_cost * 1.01
    assert found.gap == pytest.approx(found.solution.total_cost / relaxed.total_cost - 1)
    on = found.solution.flows["generators-status"]["coal"].to_numpy()
    np.testing.assert_allclose(on, np.round(on), atol=1e-7)
    started = np.clip(np.diff(on, prepend=5), 0, None)
    stopped = np.clip(-np.diff(on, prepend=5), 0, None)
    for t in range(hours):
        assert started[max(0, t - 2) : t + 1].sum() <= on[t] + 1e-6
        assert stopped[max(0, t - 1) : t + 1].sum() <= 5 - on[t] + 1e-6
    # the fixed numbers leave a linear problem: prices exist, and the starts are paid for
    assert found.solution.prices is not None
    assert found.solution.flows["generators-start_up"]["coal"].sum() == pytest.approx(started.sum())


@pytest.mark.slow
def test_a_limit_over_the_horizon_holds_with_whole_units(tmp_path):
    load = 200 + 90 * np.sin(np.arange(240) / 24 * 2 * np.pi)
    system = folder(tmp_path / "cap", [cluster(4, 100.0, 5000.0)], load)
    free = solve(system, threads=1)
    limit = 0.8 * float(free.emissions().sum())
    table = system.tables["global_constraints"]
    row = {**dict.fromkeys(table.columns, ""), "type": "primary_energy", "carrier_attribute": "co2_emissions", "sense": "<=", "constant": limit, "bus": ""}  # fmt: skip
    capped = system.with_table("global_constraints", pd.DataFrame([row], index=["co2"]))
    relaxed = solve(capped, threads=1)
    found = solve_clustered(capped, relaxed, threads=1).solution
    assert float(found.emissions().sum()) <= limit * (1 + 1e-9)
    assert found.total_cost >= relaxed.total_cost * (1 - 1e-9)


def test_starts_wear_units_alike():
    group = Cluster("coal", "city", (("a", 100.0), ("b", 100.0), ("c", 100.0)))
    # a and b run; b stays when one stops (a ran as long, but is first); c has been off longest and starts first
    starts = starts_by_unit(np.array([2, 1, 2, 3, 1, 3]), group)
    assert starts.to_dict() == {"a": 1, "b": 1, "c": 2}
    assert starts.sum() == np.clip(np.diff([2, 1, 2, 3, 1, 3]), 0, None).sum()


@pytest.mark.slow
def test_operation_counts_hours_and_minimum(tmp_path):
    load = [250.0] * 6 + [0.0] * 6 + [45.0] * 6 + [300.0] * 6
    system = folder(tmp_path / "ops", [cluster(3, 100.0, 0.0)], load)
    found = solve_clustered(system, solve(system, threads=1), threads=1)
    told = coal_operation(
        found.solution, [Cluster("coal", "grid", (("a", 100.0), ("b", 100.0), ("c", 100.0)))]
    )
    assert told.hours_zero == 6
    assert told.hours_low == 24
    assert told.least_over_minimum >= 1 - 1e-9
    # ramps by hand: 250 to 150 and off; one unit from 45 to 95 and two that start at 50, 195 in the first hour of 300
    assert told.full_load_hours == pytest.approx((5 * 250 + 150 + 6 * 45 + 195 + 5 * 300) / 300)


@pytest.mark.parametrize("count", [2.5, 0.0])
def test_a_broken_number_of_units_is_refused(tmp_path, count):
    with pytest.raises(DafengError, match="unit_count"):
        folder(tmp_path / "bad", [cluster(3, 100.0, 0.0) | {"unit_count": count}], [100.0] * 4)


def test_chosen_capacity_has_no_windows(tmp_path):
    system = folder(tmp_path / "chosen", [cluster(3, 100.0, 0.0)], [100.0] * 4)
    table = system.tables["generators"].assign(p_nom_extendable=[False, True])
    chosen = system.with_table("generators", table)
    with pytest.raises(DafengError, match="fix the capacities first"):
        solve_clustered(chosen, solve(system, threads=1), threads=1)
