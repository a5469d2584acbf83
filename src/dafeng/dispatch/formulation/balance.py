"""Energy balance of every bus in every snapshot.

sum generators p + storage (h+ - h-) + stores p - links p(bus0) + links eta p(bus1, bus2, …)
- lines s(bus0) + lines s(bus1) = sum loads

What a link with a delay delivers left in an earlier snapshot (`delay`).
"""

import linopy
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.dispatch.formulation.delay import departures
from dafeng.dispatch.formulation.rows import Term, add_rows
from dafeng.dispatch.system import System
from dafeng.evidence import DafengError

PARTS = (
    ("generators", "p", "bus", 1.0),
    ("stores", "p", "bus", 1.0),
    ("storage_units", "p_dispatch", "bus", 1.0),
    ("storage_units", "p_store", "bus", -1.0),
    ("lines", "s", "bus0", -1.0),
    ("lines", "s", "bus1", 1.0),
    ("links", "p", "bus0", -1.0),
)


def demand(system: System) -> pd.DataFrame:
    """Return the load on each bus, MW [snapshot, bus]."""
    loads = system.table("loads")
    power = system.dense("loads", "p_set") * -loads["sign"].to_numpy(float)[None, :]
    total = pd.DataFrame(0.0, index=np.arange(len(system.snapshots)), columns=system.names("buses"))
    for i, bus in enumerate(loads["bus"]):
        total[bus] += power[:, i]
    return total


def add(model: linopy.Model, system: System) -> None:
    """Add the energy balance of the buses.

    Raises
    ------
    DafengError
        For a bus with demand that nothing is connected to.
    """
    terms: dict[str, list[Term]] = {bus: [] for bus in system.names("buses")}
    for component, what, column, sign in PARTS:
        table = system.table(component)
        if table.empty:
            continue
        signs = table["sign"].to_numpy(float) if "sign" in table.columns else np.ones(len(table))
        variable = model.variables[f"{component}-{what}"]
        _collect(
            terms, variable, sign * np.broadcast_to(signs, (len(system.snapshots), len(table))), table[column]
        )
    links = system.table("links")
    for port in system.output_ports() if len(links) else ():
        efficiency = system.dense("links", f"efficiency{port}")
        for members, left, arrives in departures(system, port):
            factor = efficiency[:, links.index.get_indexer(members)] * arrives[:, None]
            _collect(terms, model.variables["links-p"], factor, links.loc[members, f"bus{port or 1}"], left)
    load = demand(system)
    for bus, parts in terms.items():
        if not parts and (load[bus] != 0).any():
            hour = int(np.argmax(load[bus].to_numpy() != 0))
            raise DafengError.at(
                f"buses:{bus}",
                f"a load of {load[bus].iloc[hour]:g} MW in hour {hour} and nothing that could feed it",
                "a generator, store, line or link on the bus",
            )
    add_rows(model, system, "buses-balance", {b: t for b, t in terms.items() if t}, load)


def _collect(
    terms: dict[str, list[Term]],
    variable: linopy.Variable,
    factor: NDArray[np.float64],
    buses: pd.Series,
    left: NDArray[np.int64] | None = None,
) -> None:
    """Add the columns of `variable` that `buses` names, taken from the snapshots `left`, to the terms of each bus."""
    labels = variable.labels.transpose("snapshot", "name").to_numpy()
    labels = labels[:, variable.indexes["name"].get_indexer(buses.index)]
    labels = labels if left is None else labels[left]
    for position, bus in enumerate(buses):
        if bus:
            terms[str(bus)].append((labels[:, position], factor[:, position]))
