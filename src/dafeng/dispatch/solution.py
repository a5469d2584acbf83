"""Solution of a system: flows, capacities, prices and sums, checked against the physical laws."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.dispatch.formulation import MOVES, RUNNING
from dafeng.dispatch.formulation.balance import demand
from dafeng.dispatch.formulation.delay import departures
from dafeng.dispatch.formulation.global_limits import constraint_name, rates
from dafeng.dispatch.formulation.rows import of_block
from dafeng.dispatch.remarks import remarks
from dafeng.dispatch.solve import Prepared, Raw
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL, SWITCHED

BALANCE_TOLERANCE = 1e-6
"""Largest imbalance of a bus, per unit of the largest load, that a solution may show."""


@dataclass(frozen=True)
class Solution:
    """Results of one solve. Flows are MW [snapshot, name]; energy is MWh over the weighted horizon.

    `prices` are CNY/MWh [snapshot, bus]; `shadow_prices` CNY per unit of a limit's right-hand side; both
    are missing for integer problems, which have no duals. `objective` excludes the sunk fixed cost of
    capacity that extendable units already had (`objective_constant`), the convention of PyPSA.
    """

    system: System
    commitment: str
    status: str
    objective: float
    objective_constant: float
    flows: Mapping[str, pd.DataFrame]
    capacities: Mapping[str, pd.Series]
    prices: pd.DataFrame | None
    shadow_prices: pd.Series
    duality_gap: float
    mip_gap: float | None
    seconds_build: float
    seconds_solve: float

    @property
    def total_cost(self) -> float:
        """Return the running cost and the fixed cost of all chosen capacity, CNY over the horizon."""
        return self.objective + self.objective_constant

    def generation(self) -> pd.Series:
        """Return the energy of each generator, MWh [name]."""
        return self._energy("generators-p", self.system.table("generators")["sign"])

    def _energy(self, flow: str, sign: pd.Series | None = None) -> pd.Series:
        if flow not in self.flows:
            return pd.Series(dtype=float)
        weight = self.system.weightings["generators"].to_numpy(float)
        energy = (self.flows[flow] * weight[:, None]).sum()
        return energy if sign is None else energy * sign.astype(float)

    def available(self) -> pd.DataFrame:
        """Return the available output of each generator, MW [snapshot, name]: p_max_pu × capacity."""
        index = self.system.names("generators")
        if index.empty:
            return pd.DataFrame(index=range(len(self.system.snapshots)))
        limit = self.system.dense("generators", "p_max_pu", index)
        nominal = self.capacities["generators"].loc[index].to_numpy()
        with np.errstate(invalid="ignore"):
            product = np.where(limit == 0, 0.0, limit * nominal[None, :])
        return pd.DataFrame(product, columns=index)

    def curtailment(self) -> pd.Series:
        """Return the curtailed energy of generators with a varying availability, MWh [name].

        Where carriers are flagged `renewable`, only theirs counts.
        """
        varying = self.system.series.get(("generators", "p_max_pu"))
        index = self.system.names("generators")
        flags = self.system.tables["carriers"]["renewable"].astype(bool)
        if flags.any():
            index = index[self.system.table("generators")["carrier"].map(flags).eq(True).to_numpy()]
        names = [] if varying is None else [name for name in index if name in varying.columns]
        if not names:
            return pd.Series(dtype=float)
        weight = self.system.weightings["generators"].to_numpy(float)[:, None]
        unused = self.available()[names] - self.flows["generators-p"][names]
        return (unused * weight).sum()

    def emissions(self) -> pd.Series:
        """Return the CO2 of each generator and of open-ended stores, t [name].

        Rates of carriers are per MWh of fuel.
        """
        rate = rates(self.system, "co2_emissions")
        table = self.system.table("generators")
        chosen = table.index[table["carrier"].isin(rate.index)]
        weight = self.system.weightings["generators"].to_numpy(float)[:, None]
        result = pd.Series(dtype=float)
        if not chosen.empty:
            output = self.flows["generators-p"][chosen] * weight
            fuel = output / self.system.dense("generators", "efficiency", chosen)
            result = fuel.sum() * table.loc[chosen, "carrier"].map(rate).astype(float)
        drawn = [
            self._drawn(
                rate, "storage_units", "cyclic_state_of_charge", "state_of_charge_initial", "state_of_charge"
            ),
            self._drawn(rate, "stores", "e_cyclic", "e_initial", "e"),
        ]
        parts = [part for part in (result, *drawn) if len(part)]
        # an emitting carrier may have neither generator nor store
        return pd.concat(parts) if parts else result

    def _drawn(self, rate: pd.Series, component: str, cyclic: str, initial: str, energy: str) -> pd.Series:
        table = self.system.table(component)
        table = table[table["carrier"].isin(rate.index) & ~table[cyclic].astype(bool)]
        if table.empty:
            return pd.Series(dtype=float)
        final = self.flows[f"{component}-{energy}"].iloc[-1][table.index]
        return (table[initial].astype(float) - final) * table["carrier"].map(rate).astype(float)

    def imbalance(self) -> float:
        """Return the largest surplus or lack on any bus in any snapshot.

        Per unit of the largest load (of 1 MW at least).
        """
        load = demand(self.system)
        net = -load
        for component, what, column, sign in _INJECTIONS:
            table = self.system.table(component)
            flow = self.flows.get(f"{component}-{what}")
            if flow is None or table.empty:
                continue
            direction = table["sign"].astype(float) if "sign" in table.columns else 1.0
            signed = flow[table.index] * direction * sign
            for bus, names in table[column].groupby(table[column]).groups.items():
                net[bus] += signed[list(names)].sum(axis=1)
        links = self.system.table("links")
        for port in self.system.output_ports() if len(links) else ():
            efficiency = self.system.dense("links", f"efficiency{port}")
            given = self.flows["links-p"].copy()
            for members, left, arrives in departures(self.system, port):
                if left is not None:
                    given[members] = given[members].to_numpy()[left] * arrives[:, None]
            given = given * efficiency
            ends = links[f"bus{port or 1}"]
            for bus, names in ends[ends != ""].groupby(ends).groups.items():
                net[bus] += given[list(names)].sum(axis=1)
        connected = [c for c in net.columns if not (net[c] == 0).all()]
        worst = float(net[connected].abs().to_numpy().max(initial=0.0))
        return worst / max(1.0, float(load.abs().to_numpy().max(initial=0.0)))

    def storage_excess(self) -> float:
        """Return the largest energy below empty or above full of any store, MWh."""
        worst = 0.0
        if "storage_units-state_of_charge" in self.flows:
            table = self.system.table("storage_units")
            energy = self.flows["storage_units-state_of_charge"]
            hours = table["max_hours"].to_numpy(float)
            full = hours * self.capacities["storage_units"].loc[table.index].to_numpy()
            worst = float(np.maximum(energy.to_numpy() - full[None, :], -energy.to_numpy()).max())
        if "stores-e" in self.flows:
            index = self.system.names("stores")
            nominal = self.capacities["stores"].loc[index].to_numpy()[None, :]
            held = self.flows["stores-e"].to_numpy()
            high = self.system.dense("stores", "e_max_pu", index) * nominal
            low = self.system.dense("stores", "e_min_pu", index) * nominal
            worst = max(worst, float(np.maximum(held - high, low - held).max()))
        return worst

    def summary(self) -> dict[str, Any]:
        """Return all reported results as plain numbers."""
        curtailed = self.curtailment()
        return {
            "system": self.system.name,
            "synthetic": self.system.synthetic,
            "notes": list(self.system.notes),
            "remarks": [str(remark) for remark in remarks(self.system, self.generation())],
            "status": self.status,
            "commitment": self.commitment,
            "currency": self.system.currency,
            "objective": self.objective,
            "objective_constant": self.objective_constant,
            "total_cost": self.total_cost,
            "costs": costs(self).to_dict("records"),
            "capacities": {c: _plain(values) for c, values in self.capacities.items() if len(values)},
            "generation_mwh": _plain(self.generation()),
            "demand_mwh": float(
                (demand(self.system).sum(axis=1) * self.system.weightings["generators"].to_numpy(float)).sum()
            ),
            "co2_t": float(self.emissions().sum()),
            "co2_by_name_t": _plain(self.emissions()),
            "curtailment_mwh": _plain(curtailed),
            "curtailment_total_mwh": float(curtailed.sum()),
            "mean_price": {} if self.prices is None else _plain(self.prices.mean()),
            "shadow_prices": _plain(self.shadow_prices),
            "quality": {
                "largest_imbalance_per_unit_of_load": self.imbalance(),
                "largest_storage_excess_mwh": self.storage_excess(),
                "duality_gap": None if np.isnan(self.duality_gap) else self.duality_gap,
                "mip_gap": self.mip_gap,
            },
            "seconds": {"build": self.seconds_build, "solve": self.seconds_solve},
        }


_INJECTIONS = (
    ("generators", "p", "bus", 1.0),
    ("stores", "p", "bus", 1.0),
    ("storage_units", "p_dispatch", "bus", 1.0),
    ("storage_units", "p_store", "bus", -1.0),
    ("lines", "s", "bus0", -1.0),
    ("lines", "s", "bus1", 1.0),
    ("links", "p", "bus0", -1.0),
)


def _plain(values: pd.Series) -> dict[str, float | None]:
    """Numbers for JSON, which knows no infinity: None means "unlimited"."""
    return {str(name): float(value) if np.isfinite(value) else None for name, value in values.items()}


def read_solution(prepared: Prepared, raw: Raw) -> Solution:
    """Read the values and duals of an optimal `raw` as tables."""
    system, model = prepared.system, prepared.model
    flows = {
        str(name): prepared.frame(raw, str(name))
        for name, variable in model.variables.items()
        if "snapshot" in variable.dims
    }
    capacities: dict[str, pd.Series] = {}
    constant = 0.0
    for component, nominal in NOMINAL.items():
        table = system.table(component)
        capacity = table[nominal].astype(float).copy()
        index = system.extendable(component)
        if not index.empty:
            constant += float((system.periodic_cost(component, index) * capacity.loc[index]).sum())
            capacity.loc[index] = prepared.vector(raw, f"{component}-{nominal}").loc[index]
        capacities[component] = capacity
    return Solution(
        system,
        prepared.mode.value,
        raw.status.lower(),
        raw.objective - constant,
        constant,
        flows,
        capacities,
        None if prepared.integer else _prices(prepared, raw),
        _shadow_prices(prepared, raw),
        raw.duality_gap,
        raw.mip_gap,
        raw.seconds_build,
        raw.seconds_solve,
    )


def _prices(prepared: Prepared, raw: Raw) -> pd.DataFrame:
    weight = prepared.system.weightings["objective"].to_numpy(float)
    found: dict[str, NDArray[np.float64]] = {}
    for name, constraint in prepared.model.constraints.items():
        if of_block(name) == "buses-balance":
            found |= dict(zip(constraint.indexes["name"], prepared.dual(raw, name) / weight, strict=True))
    return pd.DataFrame({bus: found[bus] for bus in prepared.system.names("buses") if bus in found})


def _shadow_prices(prepared: Prepared, raw: Raw) -> pd.Series:
    limits = prepared.system.table("global_constraints").index
    found = {
        str(limit): float(prepared.dual(raw, constraint_name(str(limit))).item())
        for limit in limits
        if constraint_name(str(limit)) in prepared.model.constraints and len(raw.rows)
    }
    return pd.Series(found, dtype=float)


def costs(solution: Solution) -> pd.DataFrame:
    """Return the costs over the horizon by component, name and kind; they sum to the total cost.

    Columns: component, name, kind (running, storing, spilling, moving, fixed), cost.

    Fixed cost is that of capacity which could be chosen; what is given is sunk.
    """
    system = solution.system
    hours = system.weightings["objective"].to_numpy(float)[:, None]
    parts: list[tuple[str, str, pd.Series]] = []
    moves = [(c, what, attribute, hourly) for c in SWITCHED for what, attribute, hourly in MOVES]
    for component, what, attribute, hourly in [*((*row, True) for row in RUNNING), *moves]:
        flow = solution.flows.get(f"{component}-{what}")
        if flow is not None:
            price = system.dense(component, attribute, flow.columns) * (hours if hourly else 1.0)
            parts.append((component, KINDS[attribute], (flow * price).sum()))
    for component in NOMINAL:
        index = system.extendable(component)
        if not index.empty:
            fixed = system.periodic_cost(component, index) * solution.capacities[component].loc[index]
            parts.append((component, "fixed", fixed))
    rows = [
        {"component": component, "name": str(name), "kind": kind, "cost": float(value)}
        for component, kind, values in parts
        for name, value in values.items()
        if value != 0
    ]
    return pd.DataFrame(rows, columns=["component", "name", "kind", "cost"])


KINDS = {
    "marginal_cost": "running",
    "marginal_cost_storage": "storing",
    "spill_cost": "spilling",
    "stand_by_cost": "moving",
    "start_up_cost": "moving",
    "shut_down_cost": "moving",
}
