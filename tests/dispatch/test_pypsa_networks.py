"""Contract: the kinds of networks that PyPSA's users build have PyPSA's own objective, from netCDF and from CSV.

Each network is written here from the idea of a kind of study; PyPSA solves it in the same run. The meshed AC-DC grid has
the topology and parameters of PyPSA's example `ac-dc-meshed` (MIT licence), with other loads.
"""

import shutil

import numpy as np
import pandas as pd
import pytest

from dafeng.dispatch import Commitment, read_network, read_system, solve
from dafeng.evidence import DafengError

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
pypsa = pytest.importorskip("pypsa")
HOURS = 12
rng = np.random.default_rng(20300101)


def start(hours: int = HOURS):
    n = pypsa.Network()
    n.set_snapshots(pd.date_range("2030-01-01", periods=hours, freq="h"))
    n.add("Carrier", ["coal", "gas", "wind", "AC", "DC"], co2_emissions=[0.34, 0.2, 0, 0, 0])
    n.add("Bus", "b", v_nom=220.0)
    n.add("Load", "load", bus="b", p_set=50 + 40 * np.sin(np.arange(hours)))
    n.add("Generator", "shed", bus="b", p_nom=1e4, marginal_cost=5000)
    return n


def meshed():
    n = pypsa.Network()
    n.set_snapshots(pd.date_range("2015-01-01", periods=10, freq="h"))
    n.add("Carrier", ["gas", "wind"], co2_emissions=[0.24, 0])
    for bus in ("London", "Norwich", "Manchester", "Bremen", "Frankfurt", "Norway"):
        n.add("Bus", bus, v_nom=380)
        n.add("Load", bus, bus=bus, p_set=500 + 450 * np.cos(np.arange(10) + len(bus)))
    n.add("Bus", ["Norwich DC", "Bremen DC", "Norway DC"], v_nom=200, carrier="DC")
    for place, wind, gas, price in (
        ("Manchester", 2793.65, 196.62, 4.53),
        ("Norway", 2184.37, 158.25, 5.89),
        ("Frankfurt", 2129.46, 102.68, 4.09),
    ):
        common = {"bus": place, "p_nom_extendable": True}
        profile = 0.5 + 0.4 * np.sin(np.arange(10) + wind)
        n.add(
            "Generator", f"{place} Wind", p_nom=80, p_nom_min=100, carrier="wind", marginal_cost=0.1,
            capital_cost=wind, p_max_pu=profile, **common,
        )  # fmt: skip
        n.add(
            "Generator", f"{place} Gas", p_nom=5e4, carrier="gas", marginal_cost=price, capital_cost=gas,
            efficiency=0.35, **common,
        )  # fmt: skip
    for i, (a, b, x, r) in enumerate(
        (
            ("London", "Manchester", 0.797, 0), ("Manchester", "Norwich", 0.392, 0), ("Norwich", "London", 0.239, 0),
            ("Bremen DC", "Norwich DC", 0, 0.213), ("Norwich DC", "Norway DC", 0, 0.486),
            ("Norway DC", "Bremen DC", 0, 0.429), ("Bremen", "Frankfurt", 0.4, 0),
        )
    ):  # fmt: skip
        n.add(
            "Line",
            str(i),
            bus0=a,
            bus1=b,
            x=x,
            r=r,
            s_nom=4e4,
            s_nom_extendable=True,
            capital_cost=0.1 + i / 90,
        )
    for a, b in (
        ("Norwich", "Norwich DC"),
        ("Norway", "Norway DC"),
        ("Bremen", "Bremen DC"),
        ("London", "Bremen"),
    ):
        n.add(
            "Link", f"{a} {b}", bus0=a, bus1=b, carrier="DC", p_nom=1000, p_nom_extendable=True, p_min_pu=-0.9,
            p_max_pu=0.9, capital_cost=0.2,
        )  # fmt: skip
    n.add("GlobalConstraint", "co2_limit", sense="<=", constant=1000.0)
    return n


def modules():
    n = start()
    n.add(
        "Generator", "block", bus="b", p_nom_extendable=True, p_nom_mod=17.0, capital_cost=4, marginal_cost=3
    )
    n.add("Store", "tank", bus="b", e_nom_extendable=True, e_nom_mod=7.0, capital_cost=1, e_cyclic=True)
    n.add("Generator", "given", bus="b", p_nom=20, p_nom_mod=7.0, marginal_cost=4)
    return n


def committed_links():
    n = start()
    n.add("Bus", "fuel", carrier="gas")
    n.add("Generator", "fuel", bus="fuel", p_nom=1000, marginal_cost=np.linspace(3, 9, HOURS))
    for i, cost in enumerate((300.0, 40.0)):
        n.add(
            "Link", f"turbine {i}", bus0="fuel", bus1="b", efficiency=0.5, p_nom=110, p_min_pu=0.5, committable=True,
            start_up_cost=cost, shut_down_cost=cost, min_up_time=3, min_down_time=2, ramp_limit_up=0.4,
            ramp_limit_start_up=0.6, stand_by_cost=2.0, up_time_before=i,
        )  # fmt: skip
    return n


def standard_lines():
    n = start()
    for bus in "cd":
        n.add("Bus", bus, v_nom=220.0)
        n.add("Load", bus, bus=bus, p_set=20.0)
    n.add("Generator", "cheap", bus="c", p_nom=200, marginal_cost=3)
    n.add(
        "Line",
        "1",
        bus0="b",
        bus1="c",
        type="Al/St 240/40 2-bundle 220.0",
        length=30,
        num_parallel=2,
        s_nom=60,
    )
    n.add("Line", "2", bus0="c", bus1="d", type="Al/St 240/40 2-bundle 220.0", length=50, s_nom=60)
    n.add("Line", "3", bus0="d", bus1="b", x=3, s_nom=20)
    return n


def heat_and_power():
    n = start()
    for bus in ("gas", "heat", "co2"):
        n.add("Bus", bus, carrier=bus)
    n.add("Generator", "gas", bus="gas", p_nom=1e4, marginal_cost=20)
    n.add("Load", "heat", bus="heat", p_set=10 + 8 * np.cos(np.arange(HOURS)))
    n.add(
        "Link", "chp", bus0="gas", bus1="b", bus2="heat", bus3="co2", efficiency=0.4, efficiency2=0.45,
        efficiency3=0.2, p_nom_extendable=True, capital_cost=30, marginal_cost=1,
    )  # fmt: skip
    n.add(
        "Link", "heat pump", bus0="b", bus1="heat", efficiency=3 + np.sin(np.arange(HOURS)), p_nom_extendable=True,
        capital_cost=80,
    )  # fmt: skip
    n.add("Store", "atmosphere", bus="co2", e_nom_extendable=True, e_nom_max=100)
    return n


def reservoirs():
    n = start(24)
    inflow = 40 + 40 * np.sin(np.arange(24) / 4)
    n.add(
        "StorageUnit", "dam", bus="b", p_nom=60, max_hours=20, inflow=inflow, p_min_pu=0, spill_cost=2.0,
        cyclic_state_of_charge=True, efficiency_dispatch=0.9, marginal_cost=1,
    )  # fmt: skip
    level = np.full(24, np.nan)
    level[11] = 30
    n.add(
        "StorageUnit", "battery", bus="b", p_nom=20, max_hours=3, state_of_charge_set=level,
        state_of_charge_initial=20, standing_loss=0.01, marginal_cost_storage=0.1,
    )  # fmt: skip
    n.add("Generator", "gas", bus="b", carrier="gas", p_nom=50, marginal_cost=60)
    return n


def limits_of_every_kind():
    n = start()
    for bus in ("b1", "b2"):
        n.add("Bus", bus, v_nom=220.0)
        n.add("Load", bus, bus=bus, p_set=20.0)
        n.add("Generator", f"shed {bus}", bus=bus, p_nom=100, marginal_cost=4000)
        n.add(
            "Line",
            bus,
            bus0="b",
            bus1=bus,
            x=1,
            s_nom_extendable=True,
            capital_cost=5,
            length=10,
            carrier="AC",
        )
    for i, bus in enumerate(("b", "b1", "b2")):
        n.add(
            "Generator", f"wind {bus}", bus=bus, carrier="wind", p_nom=7, p_nom_extendable=True, capital_cost=20 + i,
            p_max_pu=0.5 + 0.5 * np.sin(np.arange(HOURS) + i),
        )  # fmt: skip
    n.add(
        "Generator",
        "gas",
        bus="b",
        carrier="gas",
        p_nom=80,
        marginal_cost=30,
        efficiency=np.linspace(0.3, 0.5, HOURS),
    )
    for name, kind, of, sense, constant, bus in (
        ("wind", "tech_capacity_expansion_limit", "wind", "<=", 90, ""),
        ("wind b1", "tech_capacity_expansion_limit", "wind", "<=", 30, "b1"),
        ("wind b2", "tech_capacity_expansion_limit", "wind", "==", 11, "b2"),
        ("volume", "transmission_volume_expansion_limit", "AC, DC", "<=", 300, ""),
        ("cost", "transmission_expansion_cost_limit", "AC", "<=", 140, ""),
        ("co2", "primary_energy", "co2_emissions", "<=", 200, ""),
        ("gas", "operational_limit", "gas", "<=", 350, ""),
    ):
        n.add(
            "GlobalConstraint", name, type=kind, carrier_attribute=of, sense=sense, constant=constant, bus=bus
        )
    return n


def everything_inactive():
    n = start()
    n.add("Generator", "left out", bus="b", p_nom=500, marginal_cost=1, active=False)
    n.add("Generator", "not built", bus="b", p_nom=50, p_nom_extendable=True, capital_cost=1, active=False)
    n.add("Load", "left out", bus="b", p_set=33, active=False)
    n.add("Link", "left out", bus0="b", bus1="b", p_nom=5, active=False, committable=True)
    n.add("Generator", "export", bus="b", sign=-1, p_nom=30, marginal_cost=-60)
    n.add("Generator", "coal", bus="b", carrier="coal", p_nom=200, marginal_cost=50, p_min_pu=0.1)
    return n


def names_and_weights():
    n = pypsa.Network(name="九江")
    n.set_snapshots(range(4))
    n.snapshot_weightings["objective"] = [1.0, 20.5, 3.0, 7.0]
    n.snapshot_weightings["generators"] = [2.0, 20.5, 3.0, 7.0]
    n.snapshot_weightings["stores"] = 3.0
    n.add("Carrier", "1", co2_emissions=3.0)
    n.add("Bus", ["城区 母线", "007", " 007", "NA"])
    for i, bus in enumerate(n.buses.index):
        n.add("Load", f"{bus}-负荷", bus=bus, p_set=[1.0, 2, 3, 4])
        n.add("Generator", f"{i:03d}", bus=bus, carrier="1", p_nom=20, marginal_cost=3 + i, efficiency=0.4)
        n.add("Store", f"store {i}", bus=bus, e_nom=3, e_min_pu=-0.5, e_initial=1, standing_loss=0.02)
    n.add("Link", 'a, "b": c', bus0="007", bus1=" 007", p_nom=3, efficiency=0.9)
    n.add("GlobalConstraint", "co2", sense="<=", constant=2340.0)
    return n


KINDS = (
    meshed, modules, committed_links, standard_lines, heat_and_power, reservoirs, limits_of_every_kind,
    everything_inactive, names_and_weights,
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_kind(kind, tmp_path):
    n = kind()
    n.export_to_netcdf(tmp_path / "n.nc")
    n.export_to_csv_folder(tmp_path / "csv")
    options = {"output_flag": False, "mip_rel_gap": 1e-9}
    n.optimize(
        solver_name="highs", solver_options=options, include_objective_constant=True, log_to_console=False
    )
    for path in (tmp_path / "n.nc", tmp_path / "csv"):
        solution = solve(read_system(path), mode=Commitment.INTEGER, threads=1, mip_gap=1e-9)
        assert solution.objective == pytest.approx(n.objective, rel=1e-6)
        assert solution.objective_constant == pytest.approx(n.objective_constant, abs=1e-9)
        assert solution.imbalance() < 1e-6


def test_committed_links_relaxed(tmp_path):
    n = committed_links()
    n.export_to_netcdf(tmp_path / "n.nc")
    n.optimize(
        solver_name="highs", linearized_unit_commitment=True, include_objective_constant=True, log_to_console=False
    )  # fmt: skip
    assert solve(read_network(tmp_path / "n.nc"), threads=1).objective == pytest.approx(n.objective, rel=1e-6)


def test_scenarios_and_curves_are_refused(tmp_path):
    n = start()
    n.set_scenarios({"dry": 0.5, "wet": 0.5})
    n.export_to_netcdf(tmp_path / "n.nc")
    with pytest.raises(DafengError, match="2 scenarios"):
        read_network(tmp_path / "n.nc")


def edited(tmp_path, name, lines):
    folder = tmp_path / "csv"
    shutil.rmtree(folder, ignore_errors=True)
    start(4).export_to_csv_folder(folder)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


SNAPSHOT_ROWS = [f"{i},2030-01-01 0{i}:00:00,1,1,1" for i in range(4)]
HEAD = ",snapshot,objective,stores,generators"


@pytest.mark.parametrize(
    ("name", "lines", "said"),
    [
        ("snapshots.csv", [HEAD, *SNAPSHOT_ROWS[:3], SNAPSHOT_ROWS[2]], "given twice"),
        ("snapshots.csv", [HEAD, *SNAPSHOT_ROWS[::-1]], "times that rise"),
        (
            "snapshots.csv",
            [HEAD, SNAPSHOT_ROWS[0].replace("1,1,1", "1,-1,1"), *SNAPSHOT_ROWS[1:]],
            "2:stores",
        ),
        ("loads-p_set.csv", [",load", "0,1", "2,1", "1,1", "3,1"], "loads-p_set.csv:3"),
        ("loads-p_set.csv", [",load", "0,1", "1,x", "2,1", "3,1"], "loads-p_set.csv:3:load"),
        ("loads-p_set.csv", [",load", "0,1", "1,inf", "2,1", "3,1"], "inf in hour 1"),
        ("loads-p_set.csv", [",load,load", "0,1,1", "1,1,1", "2,1,1", "3,1,1"], "the column load twice"),
        ("generators.csv", ["name,bus,p_nom,marginal_cost", ",b,5,3"], "generators:2:name"),
        ("generators-marginal_cost-pw.csv", ["x,y", "1,2"], "piecewise"),
        ("investment_periods.csv", ["period,objective,years", "2030,1,1"], "several investment periods"),
        ("turbines.csv", ["name,bus", "t,b"], "turbines"),
    ],
)
def test_bad_tables_are_refused_with_their_place(tmp_path, name, lines, said):
    with pytest.raises(DafengError) as caught:
        read_network(edited(tmp_path, name, lines))
    assert said in str(caught.value)


def test_weights_of_old_files(tmp_path):
    folder = edited(tmp_path, "snapshots.csv", ["snapshot,weightings", *(f"{i},2.5" for i in range(4))])
    n = pypsa.Network(folder)
    n.optimize(solver_name="highs", include_objective_constant=True, log_to_console=False)
    assert solve(read_network(folder), threads=1).objective == pytest.approx(n.objective, rel=1e-6)
