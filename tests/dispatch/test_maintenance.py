"""Contract: outages for maintenance fall where they cost least; what a link delivers late leaves early; modules are units.

Small systems with answers by hand, and random ones beside PyPSA.
"""

import numpy as np
import pytest
from systems import write_folder

from dafeng.dispatch import Commitment, read_folder, read_network, solve
from dafeng.evidence import DafengError

CHEAP = {"name": "cheap", "bus": "grid", "p_nom": 100.0, "marginal_cost": 10.0}
DEAR = {"name": "dear", "bus": "grid", "p_nom": 100.0, "marginal_cost": 50.0}


def grid(path, generators, load, **tables):
    return read_folder(
        write_folder(
            path,
            {
                "buses": [{"name": "grid"}, {"name": "far"}],
                "generators": generators,
                "loads": [{"name": "city", "bus": "grid", "p_set": 0}],
                **tables,
            },
            {"loads-p_set": {"city": np.asarray(load, float)}},
            hours=len(load),
        )
    )


@pytest.mark.parametrize(
    ("unit", "moved"),
    [
        ({}, 20.0 + 10.0),  # the two hours of 20 and 10 MW
        ({"maintenance_events": 2}, 20.0 + 10.0 + 60.0 + 70.0),
        ({"maintenance_pu": 0.5}, 0.0),  # half the unit serves 50 MW
    ],
)
def test_an_outage_falls_where_the_load_is_least(tmp_path, unit, moved):
    """What the outage moves from 10 to 50 yuan/MWh costs 40 more."""
    load = [80, 20, 10, 60, 70, 90]
    out = {**CHEAP, "maintainable": True, "maintenance_duration": 2, **unit}
    solution = solve(grid(tmp_path / "s", [out, DEAR], load), threads=1)
    assert solution.objective == pytest.approx(10.0 * sum(load) + 40.0 * moved)


def test_an_outage_that_no_reserve_covers_is_explained(tmp_path):
    out = {**CHEAP, "maintainable": True, "maintenance_duration": 2}
    with pytest.raises(DafengError, match="lacks power"):
        solve(grid(tmp_path / "s", [out], [80, 20, 10]), threads=1)


@pytest.mark.parametrize(
    ("link", "arrivals"),
    [
        ({"delay": 2, "cyclic_delay": False}, [0.0, 0.0, 30.0, 30.0]),
        ({"delay": 2}, [30.0, 30.0, 30.0, 30.0]),
        ({}, [30.0, 30.0, 30.0, 30.0]),
    ],
)
def test_what_arrives_late_has_left_early(tmp_path, link, arrivals):
    """A link of 30 MW brings power at 10 yuan/MWh to a load of 40 MW that otherwise pays 50."""
    system = grid(
        tmp_path / "s", [{**CHEAP, "bus": "far"}, DEAR], [40.0] * 4,
        links=[{"name": "pipe", "bus0": "far", "bus1": "grid", "p_nom": 30, **link}],
    )  # fmt: skip
    solution = solve(system, threads=1)
    assert solution.flows["generators-p"]["dear"].to_numpy() == pytest.approx(40.0 - np.array(arrivals))
    assert solution.objective == pytest.approx(10 * sum(arrivals) + 50 * (160 - sum(arrivals)))
    assert solution.imbalance() < 1e-9


def random_network(pypsa, seed):
    rng = np.random.default_rng(seed)
    hours = 8
    n = pypsa.Network()
    n.set_snapshots(range(hours))
    n.snapshot_weightings.loc[:, :] = rng.choice([1.0, 2.0], hours)[:, None]
    n.add("Bus", ["a", "b", "c"], v_nom=10.0)
    n.add("Load", "l", bus="a", p_set=rng.uniform(20, 60, hours))
    n.add("Load", "m", bus="c", p_set=rng.uniform(0, 9, hours))
    chosen = {"p_nom_extendable": True, "p_nom_max": 84.0, "capital_cost": 30.0}
    switched = {"committable": True, "p_min_pu": 0.3, "start_up_cost": 40.0}
    ramps = {"ramp_limit_up": 0.2, "ramp_limit_down": 0.3, "ramp_limit_start_up": 0.5, "p_init": 10.0}
    kind = [
        {}, {"p_min_pu": 0.2}, {**chosen, "p_nom_min": 10.0}, switched, {**switched, **chosen},
        {**switched, **chosen, **ramps}, {**switched, "p_nom_mod": 14.0}, {**switched, **chosen, "p_nom_mod": 14.0},
    ][seed % 8]  # fmt: skip
    if seed % 8 < 6:
        kind = kind | {
            "maintainable": True, "maintenance_duration": float(rng.integers(1, 4)),
            "maintenance_events": int(rng.integers(1, 3)), "maintenance_pu": float(rng.choice([1.0, 0.5])),
        }  # fmt: skip
    n.add("Generator", "g", bus="a", p_nom=56, marginal_cost=rng.uniform(5, 20), **kind)
    n.add("Generator", "h", bus="a", p_nom=100, marginal_cost=rng.uniform(20, 60, hours))
    n.add("Generator", "s", bus="c", p_nom=100, marginal_cost=300)
    n.add("Generator", "dump", bus="a", p_nom=500, marginal_cost=-1, sign=-1)
    n.add("Generator", "sale", bus="b", p_nom=500, marginal_cost=-2, sign=-1)
    n.add(
        "Link", "x", bus0="a", bus1="c", bus2="b", efficiency=0.9, efficiency2=0.2, p_nom=8, marginal_cost=1,
        delay=int(rng.integers(0, 4)), cyclic_delay=bool(seed % 2), delay2=1,
    )  # fmt: skip
    n.add("Line", "y", bus0="a", bus1="b", x=0.5, s_nom=30, v_ang_max=float(rng.uniform(1, 5)))
    return n


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(8))
def test_as_in_pypsa(tmp_path, seed):
    pypsa = pytest.importorskip("pypsa")
    n = random_network(pypsa, seed)
    n.export_to_netcdf(tmp_path / "n.nc")
    n.optimize(solver_name="highs", log_to_console=False, mip_rel_gap=1e-9)
    solution = solve(read_network(tmp_path / "n.nc"), mode=Commitment.INTEGER, threads=1, mip_gap=1e-9)
    assert solution.objective == pytest.approx(float(n.objective), rel=1e-6)
    assert solution.imbalance() < 1e-6
