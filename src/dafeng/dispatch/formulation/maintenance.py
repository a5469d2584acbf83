"""Maintenance of generators and links: when the given number of outages takes place.

With n(t) the whole number of outages begun until t, f(t) the first snapshot whose outage still lasts in t, m(t) = 1 in
an outage, and a the share of the capacity that is out:

    n(t-1) <= n(t),   n(T-1) = number of outages,   m(t) = n(t) - n(f(t) - 1),   0 <= m(t) <= 1
    p_min_pu P (1 - a m) <= p <= p_max_pu P (1 - a m)                               capacity P given
    p_min_pu P (u - a w) <= p <= p_max_pu P (u - a w),   w = u m                    committed unit, u = 1 while on
    p_min_pu (P - a z) <= p <= p_max_pu (P - a z),   z = P m                        capacity P chosen
    p_min_pu (P - a z) - M (1 - u) <= p                                             both

The products are exact by McCormick's bounds, m being whole because n is, whatever the mode of commitment. An outage lasts
for the fewest consecutive snapshots whose hours reach its duration, and ends within the horizon. Same problem as PyPSA 1.4
(`define_maintenance_constraints`).
"""

import linopy
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from dafeng.dispatch.formulation.axes import dense, names, per_name, snapshots
from dafeng.dispatch.formulation.capacity import variable_name
from dafeng.dispatch.formulation.commitment import largest_output
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL, SWITCHED

ROUNDING = 1e-6
"""Share of the duration by which the hours of an outage may fall short of it (weights are rounded)."""


def last_snapshots(hours: NDArray[np.float64], duration: float) -> NDArray[np.int64]:
    """Return the last snapshot of an outage that begins in each snapshot [snapshot].

    That is the number of snapshots where it would outlast the horizon.

    Parameters
    ----------
    hours : array of float [snapshot]
        Hours of each snapshot.
    duration : float
        Hours of an outage.

    Examples
    --------
    >>> last_snapshots(np.array([1.0, 1.0, 2.0, 1.0]), 2).tolist()
    [1, 2, 2, 4]
    """
    ends = np.cumsum(hours)
    return np.searchsorted(ends, ends - hours + duration * (1 - ROUNDING)).astype(np.int64)


def add(model: linopy.Model, system: System) -> None:
    """Add the outages of maintainable generators and links, and their limits on output."""
    for component in SWITCHED:
        index = system.maintainable(component)
        if not index.empty:
            _limits(model, system, component, index, _outages(model, system, component, index))


def _outages(model: linopy.Model, system: System, component: str, index: pd.Index) -> linopy.Variable:
    """Add n and m; return m."""
    table = system.table(component).loc[index]
    coords = [snapshots(system), names(index)]
    name = f"{component}-maintenance"
    events = table["maintenance_events"].to_numpy(float)
    count = len(coords[0])
    most = np.ones((count, 1)) * events
    least = np.where(np.arange(count)[:, None] < count - 1, 0.0, most)
    low, high = (xr.DataArray(bound, coords=coords, dims=["snapshot", "name"]) for bound in (least, most))
    begun = model.add_variables(low, high, coords=coords, integer=True, name=f"{name}-begun")
    out = model.add_variables(0, 1, coords=coords, name=name)
    hours = system.weight("generators").to_numpy()
    ends = np.column_stack([last_snapshots(hours, float(d)) for d in table["maintenance_duration"]])
    possible = xr.DataArray(np.where(ends < count, 1.0, 0.0), coords=coords, dims=["snapshot", "name"])
    rest = slice(1, None)
    later, earlier = begun.isel(snapshot=rest).to_linexpr(), begun.isel(snapshot=slice(None, -1)).to_linexpr()
    change = later - earlier.assign_coords(snapshot=later.coords["snapshot"].values)
    model.add_constraints(change >= 0, name=f"{name}-order")
    model.add_constraints(change <= possible.isel(snapshot=rest), name=f"{name}-horizon")
    model.add_constraints(
        begun.isel(snapshot=0) <= possible.isel(snapshot=0, drop=True), name=f"{name}-horizon-first"
    )
    for position, member in enumerate(index):
        first = np.searchsorted(ends[:, position], np.arange(count))
        own = begun.sel(name=member, drop=True)
        earlier = own.isel(snapshot=np.maximum(first - 1, 0)).assign_coords(snapshot=coords[0])
        counted = xr.DataArray((first > 0).astype(float), coords=[coords[0]], dims=["snapshot"])
        model.add_constraints(
            out.sel(name=member, drop=True) - own + earlier * counted == 0, name=f"{name}-lasts-{member}"
        )
    return out


def _limits(
    model: linopy.Model, system: System, component: str, index: pd.Index, out: linopy.Variable
) -> None:
    extendable = system.extendable(component).intersection(index, sort=False)
    given = index.difference(extendable, sort=False)
    switched = system.committable(component).intersection(given, sort=False)
    plain = given.difference(switched, sort=False)
    nominal = per_name(system.table(component)[NOMINAL[component]])
    share = per_name(system.table(component)["maintenance_pu"])
    if not plain.empty:
        keys = plain.to_numpy()
        rest = -1 * nominal.sel(name=keys) * share.sel(name=keys) * out.sel(name=keys)
        for side in (_below, _above):
            side(model, system, component, plain, rest, nominal.sel(name=keys), "given")
    if not switched.empty:
        keys = switched.to_numpy()
        status = model.variables[f"{component}-status"].sel(name=keys)
        one = xr.ones_like(nominal.sel(name=keys))
        both = _product(
            model, system, f"{component}-maintenance-status", status, out.sel(name=keys), one - 1, one
        )
        rest = (status - share.sel(name=keys) * both) * nominal.sel(name=keys)
        for side in (_below, _above):
            side(model, system, component, switched, rest, one - 1, "committed")
    committed = system.committable(component).intersection(extendable, sort=False)
    if not extendable.empty:
        keys = extendable.to_numpy()
        capacity = model.variables[variable_name(component)].sel(name=keys)
        table = system.table(component).loc[extendable]
        low, high = (per_name(table[f"{NOMINAL[component]}_{end}"]) for end in ("min", "max"))
        both = _product(
            model, system, f"{component}-maintenance-capacity", capacity, out.sel(name=keys), low, high
        )
        left = capacity - share.sel(name=keys) * both
        _below(model, system, component, extendable, left, 0 * low, "chosen")
        if not (always := extendable.difference(committed, sort=False)).empty:
            keys = always.to_numpy()
            _above(model, system, component, always, left.sel(name=keys), 0 * low.sel(name=keys), "chosen")
        if not committed.empty:
            keys = committed.to_numpy()
            most = largest_output(system, component, committed)
            status = model.variables[f"{component}-status"].sel(name=keys)
            power = model.variables[f"{component}-p"].sel(name=keys)
            least = dense(system, component, "p_min_pu", committed)
            model.add_constraints(
                power - least * left.sel(name=keys) - most * status >= -1 * most,
                name=f"{component}-maintenance-chosen-on",
            )


def _product(
    model: linopy.Model,
    system: System,
    name: str,
    amount: linopy.Variable,
    out: linopy.Variable,
    low: xr.DataArray,
    high: xr.DataArray,
) -> linopy.Variable:
    """Add amount × out for whole `out` and low <= amount <= high."""
    coords = [snapshots(system), names(out.indexes["name"])]
    product = model.add_variables(0, np.inf, coords=coords, name=name)
    model.add_constraints(product - amount - low * out <= -1 * low, name=f"{name}-most")
    model.add_constraints(product - high * out <= 0, name=f"{name}-none")
    model.add_constraints(product - amount - high * out >= -1 * high, name=f"{name}-all")
    model.add_constraints(product - low * out >= 0, name=f"{name}-least")
    return product


def _below(
    model: linopy.Model,
    system: System,
    component: str,
    index: pd.Index,
    rest: linopy.LinearExpression,
    nominal: xr.DataArray,
    kind: str,
) -> None:
    """Keep output below its largest share of the capacity `nominal` + `rest` that is left."""
    power = model.variables[f"{component}-p"].sel(name=index.to_numpy())
    high = dense(system, component, "p_max_pu", index)
    name = f"{component}-maintenance-{kind}-upper"
    model.add_constraints(power - high * rest <= high * nominal, name=name)


def _above(
    model: linopy.Model,
    system: System,
    component: str,
    index: pd.Index,
    rest: linopy.LinearExpression,
    nominal: xr.DataArray,
    kind: str,
) -> None:
    """Keep output above its least share of the capacity `nominal` + `rest` that is left."""
    power = model.variables[f"{component}-p"].sel(name=index.to_numpy())
    low = dense(system, component, "p_min_pu", index)
    name = f"{component}-maintenance-{kind}-lower"
    model.add_constraints(power - low * rest >= low * nominal, name=name)
