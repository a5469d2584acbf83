"""Contract: networks of supported components have PyPSA's own objective to 1e-6, read from files it wrote.

PyPSA (MIT licence) solves the same network in the same run; nothing is stored.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dafeng.dispatch import Commitment, export, read_network, read_system, solve
from dafeng.evidence import DafengError

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
pypsa = pytest.importorskip("pypsa")


def network(seed: int, hours: int = 24):
    """A random feasible network with every supported component and most attributes."""
    rng = np.random.default_rng(seed)
    n = pypsa.Network()
    n.set_snapshots(pd.date_range("2030-01-01", periods=hours, freq="h"))
    for carrier, rate in (("coal", 0.34), ("gas", 0.2), ("wind", 0.0), ("battery", 0.1), ("AC", 0.0)):
        n.add("Carrier", carrier, co2_emissions=rate)
    buses = [f"b{i}" for i in range(int(rng.integers(2, 5)))]
    for bus in buses:
        n.add("Bus", bus, v_nom=float(rng.choice([110, 220])), carrier="AC")
        n.add("Load", f"load {bus}", bus=bus, p_set=rng.uniform(20, 60, hours))
        n.add("Generator", f"shed {bus}", bus=bus, p_nom=1e4, marginal_cost=9000)
    n.buses["v_nom"] = 220.0
    n.add("Bus", "heat", carrier="heat")
    n.add("Load", "heat", bus="heat", p_set=rng.uniform(5, 10))
    n.add("Generator", "shed heat", bus="heat", p_nom=1e4, marginal_cost=9000)

    def pick() -> str:
        return str(rng.choice(buses))

    def either() -> bool:
        return bool(rng.random() < 0.5)

    n.add(
        "Generator",
        "coal",
        bus=pick(),
        carrier="coal",
        p_nom=150,
        p_min_pu=0.2,
        marginal_cost=300,
        efficiency=0.4,
        ramp_limit_up=0.2,
        ramp_limit_down=0.25,
        p_init=60 if either() else np.nan,
        e_sum_max=2500 if either() else np.inf,
    )
    n.add(
        "Generator",
        "gas",
        bus=pick(),
        carrier="gas",
        p_nom=10,
        p_nom_extendable=either(),
        p_nom_min=5,
        p_nom_max=200,
        marginal_cost=rng.uniform(500, 700, hours),
        capital_cost=100,
        efficiency=rng.uniform(0.45, 0.55, hours),
        ramp_limit_up=0.5,
    )
    n.add(
        "Generator",
        "wind",
        bus=pick(),
        carrier="wind",
        p_nom_extendable=True,
        overnight_cost=5e5,
        lifetime=20,
        discount_rate=0.06,
        fom_cost=10,
        p_max_pu=rng.uniform(0, 1, hours),
        p_nom_max=300,
    )
    n.add("Generator", "export", bus=pick(), sign=-1, p_nom=20, marginal_cost=-100)
    n.add(
        "StorageUnit",
        "battery",
        bus=pick(),
        carrier="battery",
        p_nom=15,
        p_nom_extendable=either(),
        capital_cost=50,
        max_hours=4,
        efficiency_store=0.95,
        efficiency_dispatch=0.9,
        standing_loss=0.001,
        cyclic_state_of_charge=either(),
        state_of_charge_initial=10,
        marginal_cost=1,
        marginal_cost_storage=0.01,
    )
    n.add(
        "StorageUnit",
        "hydro",
        bus=pick(),
        p_nom=20,
        p_min_pu=0,
        max_hours=10,
        inflow=rng.uniform(0, 20, hours),
        cyclic_state_of_charge=either(),
        spill_cost=0.1,
    )
    n.add("Store", "tank", bus="heat", e_nom=30, standing_loss=0.01, e_cyclic=True, marginal_cost=0.3)
    n.add(
        "Store",
        "gasometer",
        bus="heat",
        carrier="gas",
        e_nom_extendable=either(),
        e_nom=20,
        capital_cost=3,
        e_initial=10,
        e_nom_max=50,
    )
    n.add(
        "Link",
        "heat pump",
        bus0=pick(),
        bus1="heat",
        efficiency=rng.uniform(2, 3, hours),
        p_nom_extendable=True,
        capital_cost=20,
    )
    n.add(
        "Link",
        "both",
        bus0="heat",
        bus1=pick(),
        bus2=pick(),
        efficiency=0.3,
        efficiency2=0.2,
        p_nom=5,
        p_min_pu=-0.5,
        marginal_cost=2,
        ramp_limit_up=0.6,
    )
    for i in range(int(rng.integers(len(buses) - 1, 2 * len(buses)))):
        ends = rng.choice(buses, 2, replace=False)
        n.add(
            "Line",
            f"line {i}",
            bus0=str(ends[0]),
            bus1=str(ends[1]),
            x=rng.uniform(1, 5),
            r=0.1,
            s_nom=30,
            s_nom_extendable=either(),
            capital_cost=15,
            s_max_pu=0.9,
            length=10,
        )
    n.add(
        "GlobalConstraint", "co2", type="primary_energy", sense="<=", constant=float(rng.uniform(500, 3000))
    )
    n.add(
        "GlobalConstraint", "gas", type="operational_limit", carrier_attribute="gas", sense="<=", constant=900
    )
    n.add(
        "GlobalConstraint",
        "wind",
        type="tech_capacity_expansion_limit",
        carrier_attribute="wind",
        sense="<=",
        constant=200,
    )
    n.add(
        "GlobalConstraint",
        "volume",
        type="transmission_volume_expansion_limit",
        carrier_attribute="AC",
        sense="<=",
        constant=900,
    )
    n.add(
        "GlobalConstraint",
        "cost",
        type="transmission_expansion_cost_limit",
        carrier_attribute="AC",
        sense="<=",
        constant=1500,
    )
    for kind in ("objective", "generators"):
        n.snapshot_weightings[kind] = rng.uniform(1, 3, hours)
    n.snapshot_weightings["stores"] = rng.integers(1, 3, hours).astype(float)
    return n


def reference(n, **options: object) -> float:
    n.optimize(solver_name="highs", log_to_console=False, include_objective_constant=True, **options)
    return float(n.objective)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_random_networks(seed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    n = network(seed)
    n.export_to_netcdf(folder / "n.nc")
    n.export_to_csv_folder(folder / "csv")
    expected = reference(n)
    for path in (folder / "n.nc", folder / "csv"):
        solution = solve(read_system(path), threads=1)
        assert solution.objective == pytest.approx(expected, rel=1e-6)
        assert solution.objective_constant == pytest.approx(n.objective_constant, rel=1e-9, abs=1e-9)
        assert solution.imbalance() < 1e-6
        assert solution.storage_excess() < 1e-5
        assert solution.duality_gap < 1e-6


@pytest.mark.parametrize("relaxed", [True, False])
@pytest.mark.parametrize("stop_cost", [0.0, 3000.0])
def test_commitment(tmp_path, relaxed, stop_cost):
    hours = 24
    rng = np.random.default_rng(7)
    n = pypsa.Network()
    n.set_snapshots(pd.RangeIndex(hours))
    n.add("Bus", "b")
    n.add("Load", "l", bus="b", p_set=rng.uniform(40, 160, hours))
    n.add(
        "Generator",
        "coal",
        bus="b",
        p_nom=80,
        p_min_pu=0.5,
        committable=True,
        marginal_cost=200,
        start_up_cost=3000,
        shut_down_cost=stop_cost,
        min_up_time=4,
        min_down_time=3,
        ramp_limit_up=0.4,
        ramp_limit_down=0.5,
        ramp_limit_start_up=0.6,
        ramp_limit_shut_down=0.7,
        up_time_before=2,
        stand_by_cost=10,
    )
    n.add(
        "Generator",
        "old",
        bus="b",
        p_nom=60,
        p_min_pu=0.3,
        committable=True,
        marginal_cost=300,
        start_up_cost=1000,
        shut_down_cost=1000,
        min_up_time=2,
        down_time_before=1,
        up_time_before=0,
    )
    n.add("Generator", "gas", bus="b", p_nom=200, marginal_cost=800)
    n.export_to_netcdf(tmp_path / "n.nc")
    expected = reference(n, linearized_unit_commitment=relaxed, mip_rel_gap=1e-7)
    mode = Commitment.RELAXED if relaxed else Commitment.INTEGER
    solution = solve(read_network(tmp_path / "n.nc"), mode=mode, threads=1, mip_gap=1e-7)
    assert solution.objective == pytest.approx(expected, rel=1e-6)


def test_infeasible_for_both(tmp_path):
    n = pypsa.Network()
    n.add("Bus", "b")
    n.add("Load", "l", bus="b", p_set=5)
    n.add("Generator", "g", bus="b", p_nom=3, marginal_cost=1)
    n.export_to_netcdf(tmp_path / "n.nc")
    assert (
        n.optimize(solver_name="highs", log_to_console=False, include_objective_constant=False)[1]
        == "infeasible"
    )
    with pytest.raises(DafengError, match="lacks power in 1 of 1 snapshots, 2 MW"):
        solve(read_network(tmp_path / "n.nc"), threads=1)


def test_exported_results_open_in_pypsa(tmp_path):
    n = network(3)
    n.export_to_netcdf(tmp_path / "n.nc")
    solution = solve(read_network(tmp_path / "n.nc"), threads=1)
    export(solution, tmp_path / "solved.nc")
    back = pypsa.Network(tmp_path / "solved.nc")
    assert back.generators.p_nom_opt["wind"] == pytest.approx(solution.capacities["generators"]["wind"])
    assert back.generators_t.p["coal"].to_numpy() == pytest.approx(
        solution.flows["generators-p"]["coal"].to_numpy()
    )
    assert reference(back) == pytest.approx(solution.objective, rel=1e-6)
    assert solve(read_network(tmp_path / "solved.nc"), threads=1).objective == pytest.approx(
        solution.objective, rel=1e-9
    )


@pytest.mark.parametrize(
    ("component", "attributes", "place"),
    [
        ("Generator", {"bus": "b", "p_nom": 7.0, "p_nom_mod": 5.0, "committable": True}, "it:p_nom"),
        ("Generator", {"bus": "b", "marginal_cost_quadratic": 5.0}, "marginal_cost_quadratic"),
        (
            "Generator",
            {"bus": "b", "maintainable": True, "maintenance_duration": 2},
            "it:maintenance_duration",
        ),
        (
            "Link",
            {
                "bus0": "b",
                "bus1": "c",
                "maintainable": True,
                "maintenance_duration": 1,
                "p_nom_extendable": True,
            },
            "it:p_nom_max",
        ),
        ("GlobalConstraint", {"type": "of my own", "sense": "<=", "constant": 3}, "it:type"),
        ("GlobalConstraint", {"sense": "<=", "constant": 3, "investment_period": 2030}, "investment_period"),
    ],
)
def test_what_is_not_modelled_is_refused_by_name(tmp_path, component, attributes, place):
    n = pypsa.Network()
    n.add("Bus", ["b", "c"], v_nom=220.0)
    n.add(component, "it", **attributes)
    n.export_to_netcdf(tmp_path / "n.nc")
    with pytest.raises(DafengError, match=place):
        read_network(Path(tmp_path / "n.nc"))


def test_radial_lines_need_no_impedance_and_loops_do(tmp_path):
    n = pypsa.Network()
    n.add("Bus", ["a", "b"], v_nom=110.0)
    n.add("Generator", "g", bus="a", p_nom=10, marginal_cost=3)
    n.add("Load", "l", bus="b", p_set=4)
    n.add("Line", "one", bus0="a", bus1="b", s_nom=5, type="243-AL1/39-ST1A 110.0")
    n.export_to_netcdf(tmp_path / "n.nc")
    assert solve(read_network(tmp_path / "n.nc"), threads=1).objective == pytest.approx(reference(n))
    n.add("Line", "two", bus0="a", bus1="b", s_nom=5, x=1.0)
    n.export_to_csv_folder(tmp_path / "m")
    table = pd.read_csv(tmp_path / "m" / "lines.csv").assign(type=["of my own", ""])
    table.to_csv(tmp_path / "m" / "lines.csv", index=False)
    with pytest.raises(DafengError, match="one:type"):
        read_network(tmp_path / "m")
