"""Capacity limits on the output of generators, links, storage units, lines and stores.

    p_min_pu(t) P <= p(t) <= p_max_pu(t) P        generators, links (not committable)
    |s(t)| <= s_max_pu(t) S                        lines
    0 <= h+(t) <= p_max_pu(t) P                    storage units discharging
    0 <= h-(t) <= -p_min_pu(t) P                   storage units charging
    e_min_pu(t) E <= e(t) <= e_max_pu(t) E         stores
    e_sum_min <= sum_t w(t) p(t) <= e_sum_max      generators

Where P is given, the limits are bounds of the variable; where P is chosen, they are constraints. Those of members with
maintenance are in `maintenance`.
"""

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from dafeng.dispatch.formulation.axes import dense, names, per_name, snapshots, times
from dafeng.dispatch.formulation.capacity import variable_name
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL


def add(model: linopy.Model, system: System) -> None:
    for component in ("generators", "links"):
        low = dense(system, component, "p_min_pu", system.names(component))
        high = dense(system, component, "p_max_pu", system.names(component))
        _limited(model, system, component, "p", low, high, system.committable(component))
        _fix(model, system, component, "p", "p_set")
    high = dense(system, "lines", "s_max_pu", system.names("lines"))
    _limited(model, system, "lines", "s", -high, high, pd.Index([]))
    index = system.names("storage_units")
    zero = xr.zeros_like(dense(system, "storage_units", "p_max_pu", index))
    high = dense(system, "storage_units", "p_max_pu", index)
    charging = -dense(system, "storage_units", "p_min_pu", index)
    _limited(model, system, "storage_units", "p_dispatch", zero, high, pd.Index([]))
    _limited(model, system, "storage_units", "p_store", zero, charging, pd.Index([]))
    index = system.names("stores")
    low = dense(system, "stores", "e_min_pu", index)
    _limited(model, system, "stores", "e", low, dense(system, "stores", "e_max_pu", index), pd.Index([]))
    _add_energy_sums(model, system)


def _limited(
    model: linopy.Model,
    system: System,
    component: str,
    what: str,
    low: xr.DataArray,
    high: xr.DataArray,
    committable: pd.Index,
) -> None:
    index = system.names(component)
    if index.empty:
        return
    extendable = system.extendable(component)
    nominal = per_name(system.table(component)[NOMINAL[component]])
    lower, upper = times(low, nominal), times(high, nominal)
    chosen = xr.DataArray(index.isin(extendable), coords=[names(index)], dims=["name"])
    maintained = system.maintainable(component)
    switched = xr.DataArray(index.isin(committable.union(maintained)), coords=[names(index)], dims=["name"])
    lower = lower.where(~chosen, np.where((low >= 0).all("snapshot"), 0.0, -np.inf))
    lower = lower.where(~switched, np.minimum(lower, 0.0))
    upper = upper.where(~switched, np.maximum(upper, 0.0))
    upper = upper.where(~chosen, np.where((high <= 0).all("snapshot"), 0.0, np.inf))
    variable = model.add_variables(
        lower.transpose("snapshot", "name"),
        upper.transpose("snapshot", "name"),
        coords=[snapshots(system), names(index)],
        name=f"{component}-{what}",
    )
    extendable = extendable.difference(maintained, sort=False)
    if extendable.empty:
        return
    keys = extendable.to_numpy()
    running = extendable.difference(committable, sort=False).to_numpy()
    capacity = model.variables[variable_name(component)]
    flow = variable.sel(name=keys)
    model.add_constraints(flow - high.sel(name=keys) * capacity <= 0, name=f"{component}-{what}-upper")
    bounded = running[(low.sel(name=running) != 0).any("snapshot").to_numpy()]
    if len(bounded):
        model.add_constraints(
            variable.sel(name=bounded) - low.sel(name=bounded) * capacity.sel(name=bounded) >= 0,
            name=f"{component}-{what}-lower",
        )


def _fix(model: linopy.Model, system: System, component: str, what: str, attribute: str) -> None:
    index = system.names(component)
    if index.empty:
        return
    values = dense(system, component, attribute, index)
    fix(model, model.variables[f"{component}-{what}"].to_linexpr(), values, f"{component}-{what}-fixed")


def fix(model: linopy.Model, expression: linopy.LinearExpression, values: xr.DataArray, name: str) -> None:
    """Fix expression(t) = values(t) in every hour that has a value."""
    given = ~np.isnan(values)
    if bool(given.any()):
        model.add_constraints(expression == values.fillna(0.0), name=name, mask=given)


def _add_energy_sums(model: linopy.Model, system: System) -> None:
    table = system.table("generators")
    for attribute, sign in (("e_sum_min", ">="), ("e_sum_max", "<=")):
        limit = table[attribute][np.isfinite(table[attribute].to_numpy(float))]
        if limit.empty:
            continue
        power = model.variables["generators-p"].sel(name=limit.index.to_numpy())
        energy = (power * system.weight("generators")).sum("snapshot")
        model.add_constraints(energy, sign, per_name(limit), name=f"generators-{attribute}")
