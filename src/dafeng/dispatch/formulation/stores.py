"""Energy balance of stores; power p is positive when the store gives.

e(t) = (1 - loss)^w e(t-1) - w p(t)
"""

import linopy
import numpy as np
import xarray as xr

from dafeng.dispatch.formulation.axes import dense, names, per_name, snapshots
from dafeng.dispatch.formulation.output import fix
from dafeng.dispatch.formulation.storage_units import carry
from dafeng.dispatch.system import System


def add(model: linopy.Model, system: System) -> None:
    index = system.names("stores")
    if index.empty:
        return
    power = model.add_variables(-np.inf, np.inf, coords=[snapshots(system), names(index)], name="stores-p")
    energy = model.variables["stores-e"]
    weight = system.weight("stores")
    kept = (1 - dense(system, "stores", "standing_loss", index)) ** weight
    table = system.table("stores")
    change = -1 * weight * power - energy
    carry(
        model,
        energy,
        change,
        kept,
        xr.zeros_like(kept),
        table["e_cyclic"].to_numpy(bool),
        per_name(table["e_initial"]),
        "stores-energy",
    )
    fix(model, power.to_linexpr(), dense(system, "stores", "p_set", index), "stores-p-fixed")
    fix(model, energy.to_linexpr(), dense(system, "stores", "e_set", index), "stores-e-fixed")
