"""Energy balance of every bus in every snapshot.

sum generators p + storage (h+ - h-) + stores p - links p(bus0) + links eta p(bus1, bus2, …)
- lines s(bus0) + lines s(bus1) = sum loads

What a link with a delay delivers left in an earlier snapshot (`delay`).
"""

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from dafeng.dispatch.formulation.axes import names, snapshots
from dafeng.dispatch.formulation.delay import departures
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
    terms: dict[str, list[linopy.LinearExpression]] = {bus: [] for bus in system.names("buses")}
    for component, what, column, sign in PARTS:
        table = system.table(component)
        if table.empty:
            continue
        variable = model.variables[f"{component}-{what}"]
        signs = table["sign"].to_numpy(float) if "sign" in table.columns else np.ones(len(table))
        factor = xr.DataArray(sign * signs, coords=[names(table.index)], dims=["name"])
        _collect(terms, variable, factor, table[column])
    links = system.table("links")
    for port in system.output_ports() if len(links) else ():
        efficiency = system.values("links", f"efficiency{port}")
        flow = model.variables["links-p"]
        for members, left, arrives in departures(system, port):
            keys = members.to_numpy()
            factor, sent = efficiency.sel(name=keys), flow.sel(name=keys)
            if left is not None:
                sent = sent.isel(snapshot=left).assign_coords(snapshot=flow.coords["snapshot"].values)
                factor = factor * xr.DataArray(arrives, coords=[snapshots(system)], dims=["snapshot"])
            _collect(terms, sent, factor, links.loc[members, f"bus{port or 1}"])
    load = demand(system)
    for bus, parts in terms.items():
        if parts:
            right = xr.DataArray(load[bus].to_numpy(), coords=[snapshots(system)], dims=["snapshot"])
            model.add_constraints(linopy.merge(parts) == right, name=f"buses-balance-{bus}")
        elif (load[bus] != 0).any():
            hour = int(np.argmax(load[bus].to_numpy() != 0))
            raise DafengError.at(
                f"buses:{bus}",
                f"a load of {load[bus].iloc[hour]:g} MW in hour {hour} and nothing that could feed it",
                "a generator, store, line or link on the bus",
            )


def _collect(
    terms: dict[str, list[linopy.LinearExpression]],
    variable: linopy.Variable,
    factor: xr.DataArray,
    buses: pd.Series,
) -> None:
    for bus, members in buses.groupby(buses, sort=False).groups.items():
        if bus:
            keys = np.asarray(members, dtype=object)
            terms[str(bus)].append((variable.sel(name=keys) * factor.sel(name=keys)).sum("name"))
