"""Contract: networks of others are read as PyPSA reads them, and what a solution should not be believed without is said."""

import numpy as np
import pandas as pd
import pytest
from systems import simple, write_folder
from typer.testing import CliRunner

from dafeng.cli.dispatch import app
from dafeng.dispatch import Commitment, read_folder, read_network, read_park, solve
from dafeng.evidence import DafengError


def network(path, **tables):
    """A CSV folder as PyPSA writes it: one bus of 50 MW, one coal unit."""
    path.mkdir()
    written = {
        "buses": "name,carrier\ngrid,AC\nisland,AC\n",
        "generators": "name,bus,carrier,p_nom,marginal_cost\ncoal,grid,coal,100,300\n",
        "loads": "name,bus,p_set\ncity,grid,50\n",
        "snapshots": "snapshot,objective,stores,generators\n0,1,1,1\n1,1,1,1\n",
        "network": "name,pypsa_version\nother,1.4.0\n",
        **tables,
    }
    for name, text in written.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def test_a_table_of_a_header_alone_is_empty(tmp_path):
    empty = {
        "investment_periods": "period,objective,years\n", "transformers": "name,bus0,bus1,x\n", "sub_networks": "name\n",
        "links": "name,bus0,bus1\n", "shunt_impedances": "name,bus\n", "some_new_component": "name,a\n",
    }  # fmt: skip
    assert solve(read_network(network(tmp_path / "n", **empty))).total_cost == pytest.approx(2 * 50 * 300)
    with pytest.raises(DafengError, match="several investment periods"):
        read_network(
            network(tmp_path / "m", investment_periods="period,objective,years\n2030,1,1\n2040,1,1\n")
        )


def test_stores_lines_and_links_inherit_the_carrier_of_their_bus(tmp_path):
    read = read_network(
        network(
            tmp_path / "n",
            stores="name,bus,carrier,e_nom\ns,grid,,1\nown,grid,H2,1\n",
            lines="name,bus0,bus1,x,s_nom\nl,grid,island,1,10\n",
            links="name,bus0,bus1,p_nom\nk,grid,island,10\n",
        )
    )
    assert read.tables["stores"]["carrier"].to_dict() == {"s": "AC", "own": "H2"}
    assert read.tables["lines"]["carrier"].to_dict() == {"l": "AC"}
    assert read.tables["links"]["carrier"].to_dict() == {"k": "AC"}


def test_the_currency_is_that_of_the_network(tmp_path):
    assert read_network(network(tmp_path / "n")).currency != "CNY"
    named = network(tmp_path / "m", network="name,currency\nother,EUR\n")
    assert read_network(named).currency == "EUR"
    assert read_folder(simple(tmp_path / "s")).currency == "CNY"


def test_an_emitting_carrier_that_nothing_uses(tmp_path):
    for limit in ("primary_energy", "operational_limit"):
        read = read_network(
            network(
                tmp_path / limit,
                carriers="name,co2_emissions\nlignite,1.0\nAC,0\ncoal,0\n",
                global_constraints=f"name,type,carrier_attribute,sense,constant\ncap,{limit},co2_emissions,<=,5\n",
            )
        )
        solution = solve(read)
        assert solution.total_cost == pytest.approx(2 * 50 * 300)
        assert solution.summary()["co2_t"] == 0


def test_shed_load_is_said(tmp_path):
    folder = write_folder(
        tmp_path / "s",
        {
            "buses": [{"name": "grid"}], "carriers": [{"name": "coal"}, {"name": "load"}],
            "generators": [
                {"name": "coal", "bus": "grid", "carrier": "coal", "p_nom": 30, "marginal_cost": 300},
                {"name": "grid load shedding", "bus": "grid", "carrier": "load", "p_nom": 100, "marginal_cost": 10_000},
            ],
            "loads": [{"name": "city", "bus": "grid", "p_set": 40}],
        },
    )  # fmt: skip
    (said,) = solve(read_folder(folder)).summary()["remarks"]
    assert "25.0%" in said
    assert "grid load shedding" in said
    shown = CliRunner().invoke(app, ["solve", str(folder)]).stdout
    assert "25.0%" in shown
    assert solve(read_folder(simple(tmp_path / "enough"))).summary()["remarks"] == []


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"p_min_pu": -1.0, "efficiency": 0.9}, "energy"),
        ({"p_min_pu": -0.5, "marginal_cost": 3.0}, "money"),
        ({"p_min_pu": -1.0}, ""),
        ({"p_min_pu": 0.0, "efficiency": 0.9, "marginal_cost": 3.0}, ""),
    ],
)
def test_a_link_that_makes_something_from_nothing_is_said(tmp_path, link, said):
    folder = write_folder(
        tmp_path / "s",
        {
            "buses": [{"name": "a"}, {"name": "b"}], "carriers": [{"name": "coal"}],
            "generators": [{"name": "coal", "bus": "a", "carrier": "coal", "p_nom": 100, "marginal_cost": 300}],
            "links": [{"name": "tie", "bus0": "a", "bus1": "b", "p_nom": 50, **link}],
            "loads": [{"name": "city", "bus": "b", "p_set": 20}],
        },
    )  # fmt: skip
    remarks = solve(read_folder(folder)).summary()["remarks"]
    assert len(remarks) == bool(said)
    assert said in "".join(remarks)


def test_capacities_that_stay_are_said(tmp_path):
    folder = simple(tmp_path / "s", p_nom_extendable=True, p_nom_max=500)
    shown = CliRunner().invoke(app, ["solve", str(folder)]).stdout
    assert "--expand" in shown
    assert "--expand" not in CliRunner().invoke(app, ["solve", str(folder), "--expand"]).stdout


def committable(path, capital_cost):
    """A unit that runs at half of its capacity at least, for a load of 10 and 2 MW; otherwise 100 per MWh."""
    return read_folder(
        write_folder(
            path,
            {
                "buses": [{"name": "grid"}], "carriers": [{"name": "coal"}, {"name": "gas"}],
                "generators": [
                    {"name": "coal", "bus": "grid", "carrier": "coal", "p_nom": 0, "p_nom_extendable": True, "p_nom_max": 50,
                     "p_min_pu": 0.5, "committable": True, "marginal_cost": 10, "capital_cost": capital_cost},
                    {"name": "gas", "bus": "grid", "carrier": "gas", "p_nom": 100, "marginal_cost": 100},
                ],
                "loads": [{"name": "city", "bus": "grid"}],
            },
            {"loads-p_set": {"city": np.array([10.0, 2.0])}},
            hours=2,
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("capital_cost", "capacity", "cost"), [(1, 10, 310), (100, 2, 1040), (1000, 0, 1200)]
)
def test_capacity_and_starts_are_chosen_together(tmp_path, capital_cost, capacity, cost):
    """P = 10 runs once: 10c + 100 + 200. P = 2 runs twice: 2c + 40 + 800. Nothing: 1,200."""
    solution = solve(committable(tmp_path / "s", capital_cost), mode=Commitment.INTEGER)
    assert solution.total_cost == pytest.approx(cost)
    assert solution.capacities["generators"]["coal"] == pytest.approx(capacity, abs=1e-6)
    output = solution.flows["generators-p"]["coal"].to_numpy()
    assert all(value <= 1e-6 or value >= capacity / 2 - 1e-6 for value in output)


@pytest.mark.oracle
@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_capacity_and_starts_as_pypsa_chooses_them(tmp_path, seed, relaxed):
    pypsa = pytest.importorskip("pypsa")
    rng = np.random.default_rng(seed)
    n = pypsa.Network()
    n.set_snapshots(range(6))
    n.add("Bus", "b")
    n.add("Load", "l", bus="b", p_set=rng.uniform(5, 40, 6))
    n.add("Generator", "peak", bus="b", p_nom=100, marginal_cost=100)
    n.add(
        "Generator", "unit", bus="b", committable=True, p_nom_extendable=True, p_min_pu=rng.uniform(0.2, 0.6),
        marginal_cost=rng.uniform(5, 30), capital_cost=rng.uniform(5, 200), start_up_cost=rng.uniform(0, 300),
        p_nom_max=np.inf if seed % 2 else 30, min_up_time=seed % 3,
        ramp_limit_up=0.3 if seed > 2 else np.nan, ramp_limit_shut_down=0.7 if seed > 3 else np.nan,
    )  # fmt: skip
    n.optimize(
        solver_name="highs", linearized_unit_commitment=relaxed, include_objective_constant=False,
        solver_options={"output_flag": False, "mip_rel_gap": 1e-9},
    )  # fmt: skip
    n.export_to_netcdf(tmp_path / "n.nc")
    mode = Commitment.RELAXED if relaxed else Commitment.INTEGER
    ours = solve(read_network(tmp_path / "n.nc"), mode=mode, mip_gap=1e-9)
    assert ours.objective == pytest.approx(n.objective, rel=1e-6)


@pytest.mark.parametrize(("files", "told"), [((), "no YAML"), (("a.yaml", "b.yaml"), "a.yaml, b.yaml")])
def test_a_folder_leads_to_the_file_in_it(tmp_path, files, told):
    for name in files:
        (tmp_path / name).write_text("name: x\n", encoding="utf-8")
    with pytest.raises(DafengError) as caught:
        read_park(tmp_path)
    assert told in str(caught.value)


def test_the_example_folder_is_enough(request):
    folder = request.config.rootpath / "examples/park-synthetic"
    pd.testing.assert_frame_equal(
        read_park(folder).system.table("links"), read_park(folder / "park.yaml").system.table("links")
    )


def triangle(path, **transformer):
    """100 MW go from a to b over two lines of 1 Ohm at 10 kV by c, or over a transformer of 50 MVA, x = 1 (2 Ohm)."""
    row = {"x": 1.0, "tap_ratio": 1.0, "phase_shift": 0.0, "s_nom": 50.0, **transformer}
    return network(
        path,
        buses="name,carrier,v_nom\ngrid,AC,10\nb,AC,10\nc,AC,10\n",
        loads="name,bus,p_set\ncity,b,30\n",
        lines="name,bus0,bus1,x,s_nom\none,grid,c,1,100\ntwo,c,b,1,100\n",
        transformers=f"name,bus0,bus1,{','.join(row)}\nt,grid,b,{','.join(map(str, row.values()))}\n",
    )


@pytest.mark.parametrize(
    ("transformer", "flow"),
    [
        ({}, 15.0),  # 2 Ohm against 2 Ohm: half each
        ({"tap_ratio": 2.0}, 10.0),  # 4 Ohm against 2 Ohm: a third
        ({"x": 0.5}, 20.0),  # 1 Ohm against 2 Ohm: two thirds
        ({"phase_shift": 18 / np.pi}, 12.5),
    ],
)
def test_a_transformer_shares_the_flow_by_its_impedance(tmp_path, transformer, flow):
    """x per unit of 50 MVA at 10 kV is x · 100 / 50 Ohm; per unit of 1 MVA a line of 1 Ohm has 0.01.

    With a shift φ: 0.02 s + φ = 0.02 (30 − s), s = 15 − 25 φ; φ = 18/π degrees = 0.1 rad takes 2.5 MW off.
    """
    solution = solve(read_network(triangle(tmp_path / "n", **transformer)), threads=1)
    assert solution.flows["lines-s"]["transformer t"].to_numpy() == pytest.approx([flow, flow])


@pytest.mark.parametrize(
    ("transformer", "lack"),
    [
        ({"v_ang_max": 0.2 * 180 / np.pi}, 10.0),  # 0.02 s <= 0.2 rad: 10 MW on either path
        (
            {"phase_shift": 18 / np.pi, "v_ang_max": 0.2 * 180 / np.pi},
            15.0,
        ),  # 0.02 s + 0.1 <= 0.2: 5 MW, 10 by c
    ],
)
def test_a_largest_angle_limits_the_flow_of_both_paths(tmp_path, transformer, lack):
    with pytest.raises(DafengError, match="voltage angles") as caught:
        solve(read_network(triangle(tmp_path / "n", **transformer)), threads=1)
    assert f"lacks power in 2 of 2 snapshots, {2 * lack:g} MW summed" in str(caught.value)


@pytest.mark.parametrize(
    ("transformer", "place", "told"),
    [
        ({"s_nom": 0.0}, "transformers:t:s_nom", "rating above 0"),
        ({"type": "160 MVA 380/110 kV"}, "transformers:t:type", "no type"),
        ({"phase_shift_max": 5}, "transformers:t:phase_shift_max", "operator"),
    ],
)
def test_what_a_transformer_may_not_have_is_said(tmp_path, transformer, place, told):
    with pytest.raises(DafengError) as caught:
        read_network(triangle(tmp_path / "n", **transformer))
    assert any(place in problem.where for problem in caught.value.problems)
    assert told in str(caught.value)


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(4))
def test_transformers_as_in_pypsa(tmp_path, seed):
    pypsa = pytest.importorskip("pypsa")
    rng = np.random.default_rng(seed)
    n = pypsa.Network()
    n.set_snapshots(range(3))
    for k in range(4):
        n.add("Bus", f"b{k}", v_nom=110 if k < 2 else 20)
        n.add("Load", f"l{k}", bus=f"b{k}", p_set=rng.uniform(5, 30, 3))
        n.add("Generator", f"g{k}", bus=f"b{k}", p_nom=80, marginal_cost=rng.uniform(10, 90))
    n.add("Line", "high", bus0="b0", bus1="b1", x=rng.uniform(5, 20), s_nom=25)
    n.add("Line", "low", bus0="b2", bus1="b3", x=rng.uniform(0.2, 1), s_nom=25)
    for k in range(2):
        n.add(
            "Transformer", f"t{k}", bus0=f"b{k}", bus1=f"b{k + 2}", x=rng.uniform(0.05, 0.3), s_nom=30,
            tap_ratio=rng.uniform(0.9, 1.1), phase_shift=rng.uniform(-10, 10),
        )  # fmt: skip
    n.optimize(solver_name="highs", include_objective_constant=False, solver_options={"output_flag": False})
    n.export_to_netcdf(tmp_path / "n.nc")
    assert solve(read_network(tmp_path / "n.nc")).objective == pytest.approx(n.objective, rel=1e-6)
