"""Ramp limits: change of output from one snapshot to the next.

    p(t) - p(t-1) <=  ramp_limit_up(t) P
    p(t) - p(t-1) >= -ramp_limit_down(t) P

For committable units the limits follow the share u that is on (v = started, w = stopped):

    p(t) - p(t-1) <=  up P u(t-1) + start_up P (u(t) - u(t-1))
    p(t) - p(t-1) >= -down P u(t) - shut_down P (u(t-1) - u(t))

Where the capacity P is chosen too, with M the largest that it may be:

    p(t) - p(t-1) <=  up P + M (1 - u(t-1)),     p(t) - p(t-1) <=  start_up P + M (1 - v(t))
    p(t) - p(t-1) >= -down P - M (1 - u(t)),     p(t) - p(t-1) >= -shut_down P - M (1 - w(t))

The first snapshot is limited where `p_init` is given. A missing limit is 1 (per unit of P) for a committable
unit that has one of the two, and absent otherwise.
"""

import linopy
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from dafeng.dispatch.formulation.axes import dense, per_name
from dafeng.dispatch.formulation.capacity import variable_name
from dafeng.dispatch.formulation.commitment import (
    largest_capacity,
    modules_committed,
    on_before,
    unit_capacity,
)
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL


def add(model: linopy.Model, system: System) -> None:
    for component in ("generators", "links"):
        for direction in ("up", "down"):
            limited = _limited(system, component, direction)
            committable = system.committable(component)
            extendable = system.extendable(component)
            for index in (
                limited.intersection(extendable).difference(committable),
                limited.difference(extendable).difference(committable),
            ):
                if not index.empty:
                    _plain(model, system, component, direction, index)
            modular = modules_committed(system, component)
            chosen = limited.intersection(committable).intersection(extendable).difference(modular)
            if not (switched := limited.intersection(committable).difference(chosen)).empty:
                _switched(model, system, component, direction, switched)
            if not chosen.empty:
                _chosen(model, system, component, direction, chosen)


def _limited(system: System, component: str, direction: str) -> pd.Index:
    index = system.names(component)
    if index.empty:
        return index
    limits = np.isnan(system.dense(component, f"ramp_limit_{direction}"))
    given: NDArray[np.bool_] = np.logical_not(np.all(limits, axis=0))
    extra = "ramp_limit_start_up" if direction == "up" else "ramp_limit_shut_down"
    table = system.table(component)
    given = given | ~np.isnan(table[extra].to_numpy(float)) & table["committable"].to_numpy(bool)
    return index[given]


def _difference(
    model: linopy.Model, component: str, index: pd.Index
) -> tuple[linopy.LinearExpression, linopy.LinearExpression]:
    power = model.variables[f"{component}-p"].sel(name=index.to_numpy())
    later = power.isel(snapshot=slice(1, None)).to_linexpr()
    earlier = power.isel(snapshot=slice(None, -1)).to_linexpr()
    return later, earlier.assign_coords(snapshot=later.coords["snapshot"].values)


def _plain(model: linopy.Model, system: System, component: str, direction: str, index: pd.Index) -> None:
    limit = dense(system, component, f"ramp_limit_{direction}", index)
    limit = limit.where(~np.isnan(limit), np.nan)
    extendable = system.extendable(component)
    later, earlier = _difference(model, component, index)
    change = later - earlier
    rest = limit.isel(snapshot=slice(1, None))
    mask = ~np.isnan(rest)
    sign = 1.0 if direction == "up" else -1.0
    name = f"{component}-ramp-{direction}" + ("-chosen" if index[0] in extendable else "")
    first = model.variables[f"{component}-p"].isel(snapshot=0).sel(name=index.to_numpy())
    before = per_name(system.table(component).loc[index, "p_init"])
    known = (~np.isnan(before)) & (~np.isnan(limit.isel(snapshot=0, drop=True)))
    start = limit.isel(snapshot=0, drop=True).fillna(0.0)
    if index[0] in extendable:
        capacity = model.variables[variable_name(component)].sel(name=index.to_numpy())
        model.add_constraints(sign * change - rest.fillna(0.0) * capacity <= 0, name=name, mask=mask)
        if bool(known.any()):
            model.add_constraints(
                sign * first - start * capacity <= sign * before.fillna(0.0), name=f"{name}-first", mask=known
            )
        return
    nominal = per_name(system.table(component).loc[index, NOMINAL[component]])
    model.add_constraints(sign * change <= rest.fillna(0.0) * nominal, name=name, mask=mask)
    if bool(known.any()):
        model.add_constraints(
            sign * first <= start * nominal + sign * before.fillna(0.0), name=f"{name}-first", mask=known
        )


def _switched(model: linopy.Model, system: System, component: str, direction: str, index: pd.Index) -> None:
    keys = index.to_numpy()
    table = system.table(component).loc[index]
    nominal = unit_capacity(table)
    extra = "ramp_limit_start_up" if direction == "up" else "ramp_limit_shut_down"
    limit = dense(system, component, f"ramp_limit_{direction}", index).fillna(1.0) * nominal
    edge = per_name(table[extra]).fillna(1.0) * nominal
    status = model.variables[f"{component}-status"].sel(name=keys)
    on = status.isel(snapshot=slice(1, None)).to_linexpr()
    was = (
        status.isel(snapshot=slice(None, -1))
        .to_linexpr()
        .assign_coords(snapshot=on.coords["snapshot"].values)
    )
    later, earlier = _difference(model, component, index)
    rest = limit.isel(snapshot=slice(1, None))
    first = model.variables[f"{component}-p"].isel(snapshot=0).sel(name=keys)
    first_on = status.isel(snapshot=0)
    before_on = xr.DataArray(on_before(table, 1)[:, 0], coords=[nominal.indexes["name"]], dims=["name"])
    before = per_name(table["p_init"]).where(before_on > 0, 0.0)
    known = ~np.isnan(before)
    start = limit.isel(snapshot=0, drop=True)
    if direction == "up":
        model.add_constraints(
            later - earlier - (rest - edge) * was - edge * on <= 0, name=f"{component}-ramp-up-started"
        )
        first_change = first - edge * first_on
        bound = before.fillna(0.0) + (start - edge) * before_on
    else:
        model.add_constraints(
            earlier - later - (rest - edge) * on - edge * was <= 0, name=f"{component}-ramp-down-stopped"
        )
        first_change = -1 * first - (start - edge) * first_on
        bound = -before.fillna(0.0) + edge * before_on
    if bool(known.any()):
        model.add_constraints(
            first_change <= bound, name=f"{component}-ramp-{direction}-started-first", mask=known
        )


def _chosen(model: linopy.Model, system: System, component: str, direction: str, index: pd.Index) -> None:
    """Limit the ramps of committable units whose capacity is chosen."""
    keys = index.to_numpy()
    table = system.table(component).loc[index]
    extra, switch = (
        ("ramp_limit_start_up", "start_up") if direction == "up" else ("ramp_limit_shut_down", "shut_down")
    )
    limit = dense(system, component, f"ramp_limit_{direction}", index).fillna(1.0)
    edge = per_name(table[extra]).fillna(1.0)
    most = largest_capacity(system, component, index)
    capacity = model.variables[variable_name(component)].sel(name=keys)
    status, change = (model.variables[f"{component}-{what}"].sel(name=keys) for what in ("status", switch))
    sign = 1.0 if direction == "up" else -1.0
    later, earlier = _difference(model, component, index)
    rest = slice(1, None)
    moved = change.isel(snapshot=rest).to_linexpr()
    on = status.isel(snapshot=slice(None, -1) if direction == "up" else rest).to_linexpr()
    on = on.assign_coords(snapshot=later.coords["snapshot"].values)
    name = f"{component}-ramp-{direction}-chosen"
    step = sign * (later - earlier)
    model.add_constraints(step - limit.isel(snapshot=rest) * capacity + most * on <= most, name=f"{name}-on")
    model.add_constraints(step - edge * capacity + most * moved <= most, name=f"{name}-{switch}")
    before_on = xr.DataArray(on_before(table, 1)[:, 0], coords=[edge.indexes["name"]], dims=["name"])
    before = per_name(table["p_init"]).where(before_on > 0, 0.0)
    known = ~np.isnan(before)
    if not bool(known.any()):
        return
    first = sign * model.variables[f"{component}-p"].isel(snapshot=0).sel(name=keys)
    start = limit.isel(snapshot=0, drop=True)
    was = sign * before.fillna(0.0)
    first_on = -1 * most * before_on if direction == "up" else most * status.isel(snapshot=0)
    bound = most + was
    if direction == "up":
        model.add_constraints(
            first - start * capacity <= bound + first_on, name=f"{name}-on-first", mask=known
        )
    else:
        model.add_constraints(
            first - start * capacity + first_on <= bound, name=f"{name}-on-first", mask=known
        )
    model.add_constraints(
        first - edge * capacity + most * change.isel(snapshot=0) <= bound,
        name=f"{name}-{switch}-first",
        mask=known,
    )
