"""Energy balance of storage units (state of charge).

    soc(t) = (1 - loss)^w soc(t-1) + w (eta_in h-(t) - h+(t) / eta_out - spill(t) + inflow(t))
    0 <= soc(t) <= max_hours P,   0 <= spill(t) <= inflow(t)

soc before the first snapshot is the given initial energy, or the last one of the horizon where cyclic.
"""

import linopy
import numpy as np
import xarray as xr

from dafeng.dispatch.formulation.axes import dense, merged, names, per_name, snapshots, times
from dafeng.dispatch.formulation.capacity import variable_name
from dafeng.dispatch.formulation.output import fix
from dafeng.dispatch.system import System


def add(model: linopy.Model, system: System) -> None:
    index = system.names("storage_units")
    if index.empty:
        return
    coords = [snapshots(system), names(index)]
    table = system.table("storage_units")
    extendable = system.extendable("storage_units")
    hours = per_name(table["max_hours"])
    chosen = xr.DataArray(index.isin(extendable), coords=[names(index)], dims=["name"])
    limit = times(hours, per_name(table["p_nom"])).where(~chosen, np.inf)
    energy = model.add_variables(0, limit, coords=coords, name="storage_units-state_of_charge")
    if not extendable.empty:
        keys = extendable.to_numpy()
        capacity = model.variables[variable_name("storage_units")]
        model.add_constraints(
            energy.sel(name=keys) - hours.sel(name=keys) * capacity <= 0,
            name="storage_units-state_of_charge-upper",
        )
    weight = system.weight("stores")
    kept = (1 - dense(system, "storage_units", "standing_loss", index)) ** weight
    into = dense(system, "storage_units", "efficiency_store", index) * weight
    out = weight / dense(system, "storage_units", "efficiency_dispatch", index)
    inflow = dense(system, "storage_units", "inflow", index)
    change = (
        into * model.variables["storage_units-p_store"]
        - out * model.variables["storage_units-p_dispatch"]
        - energy
    )
    watered = index[(inflow > 0).any("snapshot").to_numpy()]
    if not watered.empty:
        keys = watered.to_numpy()
        spill = model.add_variables(
            0, inflow.sel(name=keys), coords=[snapshots(system), names(watered)], name="storage_units-spill"
        )
        change = merged([change.add(-1 * spill * weight, join="left")])
    cyclic = table["cyclic_state_of_charge"].to_numpy(bool)
    initial = per_name(table["state_of_charge_initial"])
    carry(model, energy, change, kept, -inflow * weight, cyclic, initial, "storage_units-energy")
    net = model.variables["storage_units-p_dispatch"] - model.variables["storage_units-p_store"]
    fix(model, net, dense(system, "storage_units", "p_set", index), "storage_units-p-fixed")
    for attribute in ("p_dispatch", "p_store", "state_of_charge"):
        values = dense(system, "storage_units", f"{attribute}_set", index)
        variable = model.variables[f"storage_units-{attribute}"].to_linexpr()
        fix(model, variable, values, f"storage_units-{attribute}-fixed")


def carry(
    model: linopy.Model,
    energy: linopy.Variable,
    change: linopy.LinearExpression,
    kept: xr.DataArray,
    right: xr.DataArray,
    cyclic: np.ndarray,
    initial: xr.DataArray,
    name: str,
) -> None:
    """Add the energy balance change(t) + kept(t) energy(t-1) = right(t).

    energy(-1) is the last one (cyclic) or `initial`.
    """
    previous = energy.to_linexpr().roll(snapshot=1)
    closed = xr.DataArray(cyclic, coords=[initial.indexes["name"]], dims=["name"])
    first = xr.DataArray(np.arange(energy.sizes["snapshot"]) == 0, coords=[energy.indexes["snapshot"]])
    open_start = (first & ~closed).transpose("snapshot", "name")
    bound = right.where(~open_start, right - initial)
    model.add_constraints(change + kept.where(~open_start, 0.0) * previous == bound, name=name)
