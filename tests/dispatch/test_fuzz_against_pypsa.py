"""Contract: whatever small network PyPSA solves, we solve to the same objective; what it finds infeasible, we refuse in words.

The networks mix every supported component with most of its attributes, set, varying or absent at random: several outputs per
link, inactive members, set points, negative lower limits, DC loops, weights, whole and relaxed commitment, every kind of limit.
"""

import numpy as np
import pandas as pd
import pytest

from dafeng.dispatch import Commitment, read_network, solve
from dafeng.evidence import DafengError

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
pypsa = pytest.importorskip("pypsa")


class Draw:
    """Random attributes: each with its own chance to be there, and to vary in time."""

    def __init__(self, seed: int, hours: int) -> None:
        self.rng, self.hours = np.random.default_rng(seed), hours

    def happens(self, chance: float) -> bool:
        return bool(self.rng.random() < chance)

    def number(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def values(self, low: float, high: float):
        return self.rng.uniform(low, high, self.hours) if self.happens(0.5) else self.number(low, high)

    def one(self, *choices):
        return choices[int(self.rng.integers(len(choices)))]

    def some(self, **attributes) -> dict:
        """`name=(chance, value)` or `name=(chance, low, high)` for a number that may vary."""
        chosen = {}
        for name, (chance, *value) in attributes.items():
            if self.happens(chance):
                chosen[name] = value[0] if len(value) == 1 else self.values(*value)
        return chosen

    def point(self, where: int, value: float):
        series = np.full(self.hours, np.nan)
        series[where] = value
        return series


def network(seed: int):
    hours = 1 if seed % 7 == 0 else 6
    draw = Draw(seed, hours)
    n = pypsa.Network()
    n.set_snapshots(
        pd.RangeIndex(hours) if seed % 3 == 0 else pd.date_range("2030-01-01", periods=hours, freq="3h")
    )
    for carrier, rate in (("coal", 0.34), ("gas", 0.2), ("wind", 0), ("tank", 0.1), ("AC", 0), ("DC", 0)):
        n.add("Carrier", carrier, co2_emissions=rate, other=draw.one(0.0, 1.5))
    groups = {"x": [f"a{i}" for i in range(draw.one(1, 2, 3, 4))], "r": draw.one([], ["d0", "d1", "d2"])}
    for kind, buses in groups.items():
        for bus in buses:
            n.add("Bus", bus, v_nom=220.0 if kind == "x" else 100.0, carrier="AC" if kind == "x" else "DC")
    buses = [*groups["x"], *groups["r"]]
    for bus in buses:
        n.add("Load", f"load {bus}", bus=bus, p_set=draw.values(5, 60), **draw.some(active=(0.1, False)))
        n.add("Generator", f"shed {bus}", bus=bus, p_nom=1e4, marginal_cost=5000)
        n.add("Generator", f"dump {bus}", bus=bus, p_nom=1e4, marginal_cost=draw.one(0, -1), sign=-1)
    generators(n, draw, buses)
    storage(n, draw, buses)
    branches(n, draw, buses, groups)
    limits(n, draw, buses)
    for kind in ("objective", "generators", "stores"):
        if draw.happens(0.5):
            n.snapshot_weightings[kind] = draw.rng.uniform(1, 3, hours)
    return n


def generators(n, draw, buses) -> None:
    for i in range(draw.one(1, 2, 3, 4)):
        more = draw.some(
            efficiency=(0.5, 0.3, 0.9),
            p_max_pu=(0.5, 0.4, 1.0),
            ramp_limit_up=(0.4, 0.1, 0.6),
            ramp_limit_down=(0.4, 0.1, 0.6),
            p_init=(0.3, draw.number(0, 4)),
            e_sum_max=(0.2, draw.number(100, 900)),
            capital_cost=(0.6, draw.number(1, 200)),
            fom_cost=(0.2, 3.0),
            p_nom_max=(0.4, 150.0),
            p_nom_min=(0.3, 3.0),
        )
        if draw.happens(0.3):
            more |= {"committable": True, "p_min_pu": draw.values(0.1, 0.35)}
            more |= draw.some(
                start_up_cost=(0.7, draw.one(100.0, 1000.0)),
                shut_down_cost=(0.5, draw.one(100.0, 1000.0)),
                stand_by_cost=(0.3, 1, 5),
                min_up_time=(0.4, draw.one(1, 2, 4)),
                min_down_time=(0.4, draw.one(1, 2, 4)),
                ramp_limit_start_up=(0.4, draw.number(0.4, 1)),
                ramp_limit_shut_down=(0.4, draw.number(0.4, 1)),
            )
            more |= draw.one({}, {"up_time_before": 0, "down_time_before": 2}, {"up_time_before": 3})
        else:
            more |= draw.some(
                p_nom_extendable=(0.5, True),
                p_nom_mod=(0.15, 6.0),
                p_min_pu=(0.3, 0.05, 0.3),
                p_set=(0.1, 2.0),
                active=(0.1, False),
            )
            more |= draw.one({}, {}, {"overnight_cost": 5e4, "discount_rate": 0.07, "lifetime": 20.0})
        n.add(
            "Generator",
            f"unit {i}",
            bus=draw.one(*buses),
            carrier=draw.one("coal", "gas", "wind", ""),
            p_nom=draw.number(5, 100),
            marginal_cost=draw.values(10, 500),
            **more,
        )


def storage(n, draw, buses) -> None:
    both = {
        "standing_loss": (0.4, 0, 0.05),
        "marginal_cost": (0.4, 0, 4),
        "marginal_cost_storage": (0.3, 0, 0.2),
    }
    both |= {"capital_cost": (0.6, 20.0), "active": (0.1, False)}
    for i in range(draw.one(0, 1, 2)):
        more = draw.some(
            **both,
            p_nom_extendable=(0.4, True),
            p_nom_max=(0.4, 60.0),
            efficiency_store=(0.6, 0.8, 1),
            efficiency_dispatch=(0.6, 0.8, 1),
            cyclic_state_of_charge=(0.5, True),
            state_of_charge_initial=(0.4, 4.0),
            inflow=(0.4, 0, 15),
            spill_cost=(0.3, 0, 2),
            p_min_pu=(0.4, -1, 0),
            p_max_pu=(0.3, 0.3, 1),
        )
        where = {"bus": draw.one(*buses), "carrier": draw.one("tank", "", "gas")}
        n.add("StorageUnit", f"s{i}", p_nom=draw.number(5, 30), max_hours=draw.number(1, 8), **where, **more)
        if draw.happens(0.2):
            n.storage_units_t.state_of_charge_set[f"s{i}"] = draw.point(-1, 3.0)
        if draw.happens(0.2):
            n.storage_units_t[draw.one("p_set", "p_dispatch_set", "p_store_set")][f"s{i}"] = draw.point(
                0, 1.0
            )
    for i in range(draw.one(0, 1, 2)):
        more = draw.some(
            **both,
            e_nom_extendable=(0.4, True),
            e_nom_max=(0.5, 60.0),
            e_cyclic=(0.5, True),
            e_initial=(0.4, 4.0),
            e_min_pu=(0.3, -0.3, 0.1),
            e_max_pu=(0.3, 0.5, 1),
        )
        where = {"bus": draw.one(*buses), "carrier": draw.one("tank", "", "gas")}
        n.add("Store", f"e{i}", e_nom=draw.number(5, 30), **where, **more)
        if draw.happens(0.2):
            n.stores_t[draw.one("e_set", "p_set")][f"e{i}"] = draw.point(n.stores_t.e_set.shape[0] // 2, 2.0)


def branches(n, draw, buses, groups) -> None:
    for i in range(draw.one(0, 1, 2, 3)):
        more = draw.some(
            efficiency=(0.7, 0.3, 2),
            p_min_pu=(0.4, -1, 0),
            p_max_pu=(0.3, 0.3, 1),
            p_nom_extendable=(0.4, True),
            p_nom_max=(0.4, 60.0),
            capital_cost=(0.6, 10.0),
            marginal_cost=(0.5, 0, 5),
            ramp_limit_up=(0.3, 0.1, 0.6),
            ramp_limit_down=(0.3, 0.1, 0.6),
            p_init=(0.2, 1.0),
            length=(0.5, 20.0),
            active=(0.1, False),
        )
        if not more.get("p_nom_extendable") and draw.happens(0.3):
            more |= {"committable": True, "p_min_pu": draw.values(0, 0.4)}
            more |= draw.some(
                start_up_cost=(0.7, 100.0),
                shut_down_cost=(0.4, 100.0),
                stand_by_cost=(0.3, 1, 5),
                min_up_time=(0.4, 3),
                min_down_time=(0.4, 2),
                up_time_before=(0.5, 0),
                ramp_limit_start_up=(0.4, 0.5),
                ramp_limit_shut_down=(0.4, 0.6),
            )
        for port in ("2", "3"):
            if draw.happens(0.3):
                more |= {f"bus{port}": draw.one(*buses), f"efficiency{port}": draw.values(-0.3, 0.5)}
        ends = {"bus0": draw.one(*buses), "bus1": draw.one(*buses)}
        n.add("Link", f"k{i}", carrier=draw.one("gas", "", "AC"), p_nom=draw.number(5, 30), **ends, **more)
    for kind, group in groups.items():
        for i in range(int(draw.rng.integers(1, 2 * len(group))) if len(group) > 1 else 0):
            first, second = draw.rng.choice(group, 2, replace=False)
            more = draw.some(
                s_nom_extendable=(0.4, True),
                s_nom_max=(0.5, 80.0),
                capital_cost=(0.6, 10.0),
                s_max_pu=(0.4, 0.5, 1),
                length=(0.6, 30.0),
                active=(0.1, False),
            )
            ohms = {"x": draw.number(1, 5), "r": draw.number(0.1, 1)}
            ends = {"bus0": str(first), "bus1": str(second)}
            n.add("Line", f"{kind}{i}", s_nom=draw.number(5, 40), **ends, **ohms, **more)


def limits(n, draw, buses) -> None:
    kinds = [
        ("primary_energy", "co2_emissions", "<=", draw.number(50, 3000)),
        ("primary_energy", "other", "<=", draw.number(50, 9000)),
        ("operational_limit", "gas", "<=", draw.number(50, 900)),
        ("operational_limit", "tank", ">=", -50.0),
        ("tech_capacity_expansion_limit", "gas", "<=", 90.0),
        ("transmission_volume_expansion_limit", "AC", "<=", 900.0),
        ("transmission_expansion_cost_limit", draw.one("AC", "AC, DC"), "<=", 700.0),
    ]
    for i, (kind, what, sense, constant) in enumerate(kinds):
        if draw.happens(0.3):
            n.add(
                "GlobalConstraint", f"c{i}", type=kind, carrier_attribute=what, sense=sense, constant=constant
            )


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 6, 7, 8, 9])
def test_same_objective_or_refused(seed, tmp_path):
    n = network(seed)
    n.export_to_netcdf(tmp_path / "n.nc")
    relaxed = seed % 2 == 0
    options = {"linearized_unit_commitment": relaxed, "mip_rel_gap": 1e-9}
    options |= {"solver_name": "highs", "log_to_console": False, "include_objective_constant": True}
    status = n.optimize(**options)[1]
    mode = Commitment.RELAXED if relaxed else Commitment.INTEGER
    if status != "optimal":
        with pytest.raises(DafengError):
            solve(read_network(tmp_path / "n.nc"), mode=mode, threads=1)
        return
    solution = solve(read_network(tmp_path / "n.nc"), mode=mode, threads=1, mip_gap=1e-9)
    assert solution.objective == pytest.approx(float(n.objective), rel=1e-6, abs=1e-6)
    assert solution.imbalance() < 1e-6
