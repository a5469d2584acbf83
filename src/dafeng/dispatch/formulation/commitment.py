"""Unit commitment: starts and stops of committable generators and links.

    p_min_pu P u(t) <= p(t) <= p_max_pu P u(t)
    v(t) >= u(t) - u(t-1),   w(t) >= u(t-1) - u(t),   0 <= u, v, w <= 1
    sum of v over the last min_up_time snapshots   <= u(t)
    sum of w over the last min_down_time snapshots <= 1 - u(t)

Where the capacity P is chosen too, P u is not linear; with M the largest output that P may have

    p(t) - p_min_pu P >= -M (1 - u(t)),   p(t) <= M u(t),   p(t) <= p_max_pu P

A cluster of n = `unit_count` equal units has P = p_nom / n and counts units: 0 <= u, v, w <= n, and n - u in place
of 1 - u; every inequality here is that of one unit, summed over the cluster. Where capacity is chosen in modules, each
module is a unit and n their number.

u, v, w are whole numbers or, relaxed, shares of the unit. The relaxation is tightened after Hua, Baldick and
Wang (2018, IEEE Trans. Power Systems 33, doi 10.1109/TPWRS.2017.2735026) where starting and stopping cost the
same, with S = start_up ramp, D = shut_down ramp, R+ and R- the ramps, all × P:

    p(t-1) <= D u(t-1) + (p_max P - D) (u(t) - v(t))
    p(t)   <= p_max P u(t) - (p_max P - S) v(t)
    p(t) - p(t-1) <= (p_min P + R+) u(t) - p_min P u(t-1) - (p_min P + R+ - S) v(t)
    p(t-1) - p(t) <= D u(t-1) - (D - R-) u(t) + (p_min P + R- - D) v(t)
"""

from enum import StrEnum

import linopy
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from dafeng.dispatch.formulation.axes import dense, names, per_name, snapshots
from dafeng.dispatch.formulation.capacity import variable_name
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import SWITCHED


def status_before(table: pd.DataFrame, length: int) -> NDArray[np.float64]:
    """Return the commitment status of each unit in the `length` snapshots before the first one.

    The axes are [name, lag], lag 1 first.
    """
    lags = np.arange(1, length + 1)[None, :]
    down = table["down_time_before"].to_numpy(float)[:, None]
    up = table["up_time_before"].to_numpy(float)[:, None]
    return np.where(down > 0, lags > down, lags <= up).astype(float)


def add(model: linopy.Model, system: System, mode: StrEnum) -> None:
    for component in SWITCHED:
        index = system.committable(component)
        if not index.empty:
            _add(model, system, component, index, mode)


def _add(model: linopy.Model, system: System, component: str, index: pd.Index, mode: StrEnum) -> None:
    integer = mode.value == "integer"
    table = system.table(component).loc[index]
    modular = modules_committed(system, component)
    variables = _variables(model, system, component, index, _most_units(table), integer)
    nominal = unit_capacity(table)
    power = model.variables[f"{component}-p"].sel(name=index.to_numpy())
    low = dense(system, component, "p_min_pu", index) * nominal
    high = dense(system, component, "p_max_pu", index) * nominal
    status, start, stop = variables["status"], variables["start_up"], variables["shut_down"]
    chosen = system.extendable(component).intersection(index, sort=False).difference(modular, sort=False)
    # those with maintenance have their limits in `maintenance`
    given = index.difference(chosen, sort=False).difference(system.maintainable(component), sort=False)
    if not given.empty:
        keys = given.to_numpy()
        on, output = status.sel(name=keys), power.sel(name=keys)
        model.add_constraints(output - low.sel(name=keys) * on >= 0, name=f"{component}-p-committed-lower")
        model.add_constraints(output - high.sel(name=keys) * on <= 0, name=f"{component}-p-committed-upper")
    if not chosen.empty:
        _chosen(model, system, component, chosen, power.sel(name=chosen.to_numpy()), status)
    built = None
    if not modular.empty:
        built = model.variables[f"{component}-modules"]
        keys = modular.to_numpy()
        for what, variable in variables.items():
            number = variable.sel(name=keys) - built.sel(name=keys)
            model.add_constraints(number <= 0, name=f"{component}-modules-{what}")
    before = on_before(table, 1)[:, 0]
    initial = xr.DataArray(before, coords=[names(index)], dims=["name"])
    _transitions(model, component, status, start, stop, initial)
    _minimum_times(model, component, table, variables, built)
    equal = (
        system.dense(component, "start_up_cost", index) == system.dense(component, "shut_down_cost", index)
    ).all(axis=0)
    tight = index[equal].difference(chosen, sort=False).difference(modular, sort=False)
    if not integer and not tight.empty:
        _tighten(model, system, component, tight, low, high, initial)


def on_before(table: pd.DataFrame, length: int) -> NDArray[np.float64]:
    """Return the number of units on in the `length` snapshots before the first one [name, lag], lag 1 first.

    A given `units_on_before` has held all the time.
    """
    count = status_before(table, length) * units(table)[:, None]
    if "units_on_before" not in table.columns:
        return count
    given = table["units_on_before"].to_numpy(float)[:, None]
    return np.where(np.isnan(given), count, given)


def units(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return the number of equal units of each row [name]; links are one each."""
    if "unit_count" not in table.columns:
        return np.ones(len(table))
    return table["unit_count"].to_numpy(float)


def unit_capacity(table: pd.DataFrame) -> xr.DataArray:
    """Return the capacity of one unit of each row [name], MW; a module is one where their number is chosen."""
    return per_name((table["p_nom"] / units(table)).where(~_in_modules(table), table["p_nom_mod"]))


def modules_committed(system: System, component: str) -> pd.Index:
    """Return the committable members whose number of modules is chosen: each module is a unit."""
    table = system.table(component).loc[system.committable(component)]
    return table.index[_in_modules(table)]


def _in_modules(table: pd.DataFrame) -> pd.Series:
    return table["p_nom_extendable"].astype(bool) & (table["p_nom_mod"] > 0)


def _most_units(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return the largest number of units of each row [name]."""
    size = table["p_nom_mod"].where(table["p_nom_mod"] > 0, 1.0)
    return np.where(_in_modules(table), table["p_nom_max"] / size, units(table))


def _variables(
    model: linopy.Model,
    system: System,
    component: str,
    index: pd.Index,
    count: NDArray[np.float64],
    integer: bool,
) -> dict[str, linopy.Variable]:
    """Add the numbers of units that are on, start and stop."""
    coords = [snapshots(system), names(index)]
    single = bool((count == 1).all())
    high = xr.DataArray(np.tile(count, (len(coords[0]), 1)), coords=coords, dims=["snapshot", "name"])
    found = {}
    for what in ("status", "start_up", "shut_down"):
        name = f"{component}-{what}"
        if integer and single:
            found[what] = model.add_variables(coords=coords, binary=True, name=name)
        else:
            found[what] = model.add_variables(0, high, coords=coords, integer=integer, name=name)
    return found


def _chosen(
    model: linopy.Model,
    system: System,
    component: str,
    index: pd.Index,
    power: linopy.Variable,
    status: linopy.Variable,
) -> None:
    """Committable units whose capacity is chosen; p <= p_max_pu P is in `output`."""
    on = status.sel(name=index.to_numpy())
    capacity = model.variables[variable_name(component)].sel(name=index.to_numpy())
    most = largest_output(system, component, index)
    model.add_constraints(power - most * on <= 0, name=f"{component}-p-chosen-upper")
    always = index.difference(system.maintainable(component), sort=False)
    if always.empty:
        return
    keys = always.to_numpy()
    low, most = dense(system, component, "p_min_pu", always), most.sel(name=keys)
    model.add_constraints(
        power.sel(name=keys) - low * capacity.sel(name=keys) - most * on.sel(name=keys) >= -1 * most,
        name=f"{component}-p-chosen-lower",
    )


def largest_output(system: System, component: str, index: pd.Index) -> xr.DataArray:
    """Return the MW [name] that no output exceeds (big M).

    p_max_pu · largest capacity.
    """
    share = system.dense(component, "p_max_pu", index).max(axis=0)
    return largest_capacity(system, component, index) * per_name(pd.Series(share, index=index))


def largest_capacity(system: System, component: str, index: pd.Index) -> xr.DataArray:
    """Return the MW [name] that no capacity exceeds.

    p_nom_max, or ten times the scale of the system without a maximum.

    The scale is that of PyPSA 1.4 (`_infer_committable_big_m_scale`), so that relaxed problems are the same
    too.
    """
    table = system.table(component)
    finite = [
        table[column][np.isfinite(table[column]) & (table[column] > 0)].max()
        for column in ("p_nom", "p_nom_max")
    ]
    load = abs(system.dense("loads", "p_set").sum(axis=1)).max(initial=0.0)
    scale = 10.0 * float(np.nanmax([load, *finite, 0.0])) or 1e6
    top = table.loc[index, "p_nom_max"].to_numpy(float)
    bounded = np.isfinite(top) & (top > 0)
    return per_name(pd.Series(np.where(bounded, top, scale), index=index))


def _pairs(variable: linopy.Variable) -> tuple[linopy.LinearExpression, linopy.LinearExpression]:
    later = variable.isel(snapshot=slice(1, None)).to_linexpr()
    earlier = variable.isel(snapshot=slice(None, -1)).to_linexpr()
    return later, earlier.assign_coords(snapshot=later.coords["snapshot"].values)


def _transitions(
    model: linopy.Model,
    component: str,
    status: linopy.Variable,
    start: linopy.Variable,
    stop: linopy.Variable,
    initial: xr.DataArray,
) -> None:
    now, then = _pairs(status)
    started, stopped = _pairs(start)[0], _pairs(stop)[0]
    model.add_constraints(started - now + then >= 0, name=f"{component}-started")
    model.add_constraints(stopped + now - then >= 0, name=f"{component}-stopped")
    first = status.isel(snapshot=0)
    model.add_constraints(start.isel(snapshot=0) - first >= -initial, name=f"{component}-started-first")
    model.add_constraints(stop.isel(snapshot=0) + first >= initial, name=f"{component}-stopped-first")


def _minimum_times(
    model: linopy.Model,
    component: str,
    table: pd.DataFrame,
    variables: dict[str, linopy.Variable],
    built: linopy.Variable | None,
) -> None:
    """Add minimum times on and off; `built` is the chosen number of modules, each of which is a unit."""
    status = variables["status"]
    count = status.sizes["snapshot"]
    in_modules = _in_modules(table)
    for kind, change, sign in (("up", "start_up", -1.0), ("down", "shut_down", 1.0)):
        times = table[f"min_{kind}_time"].to_numpy(int)
        for name in table.index[times > 0]:
            steps, many = int(table.loc[name, f"min_{kind}_time"]), float(units(table.loc[[name]])[0])
            history = on_before(table.loc[[name]], steps + 1)[0]
            switched = np.diff(history[::-1])[::-1] * -sign
            past = np.clip(switched, 0.0, None)
            recent = variables[change].sel(name=name).rolling(snapshot=steps, min_periods=1).sum()
            bound = np.full(count, 0.0 if kind == "up" else many)
            for t in range(min(steps, count)):
                for lag, happened in enumerate(past, start=1):
                    if lag + t < steps:
                        bound[t] -= happened
            right = xr.DataArray(bound, coords=[pd.RangeIndex(count, name="snapshot")], dims=["snapshot"])
            left = recent + sign * status.sel(name=name)
            if kind == "down" and built is not None and in_modules[name]:
                left, right = left - built.sel(name=name), right - many
            model.add_constraints(left <= right, name=f"{component}-min_{kind}_time-{name}")


def _tighten(
    model: linopy.Model,
    system: System,
    component: str,
    index: pd.Index,
    low: xr.DataArray,
    high: xr.DataArray,
    initial: xr.DataArray,
) -> None:
    keys = index.to_numpy()
    table = system.table(component).loc[index]
    nominal = unit_capacity(table)
    edge_up = per_name(table["ramp_limit_start_up"]).fillna(1.0) * nominal
    edge_down = per_name(table["ramp_limit_shut_down"]).fillna(1.0) * nominal
    ramp_up = dense(system, component, "ramp_limit_up", index).fillna(1.0) * nominal
    ramp_down = dense(system, component, "ramp_limit_down", index).fillna(1.0) * nominal
    low, high, initial = low.sel(name=keys), high.sel(name=keys), initial.sel(name=keys)
    power, status, start = (
        model.variables[f"{component}-{what}"].sel(name=keys) for what in ("p", "status", "start_up")
    )
    model.add_constraints(
        power - high * status + (high - edge_up) * start <= 0, name=f"{component}-tight-current"
    )
    p, p_before = _pairs(power)
    u, u_before = _pairs(status)
    v = _pairs(start)[0]
    rest = slice(1, None)
    lo, hi = low.isel(snapshot=rest), high.isel(snapshot=rest)
    up, down = ramp_up.isel(snapshot=rest), ramp_down.isel(snapshot=rest)
    model.add_constraints(
        p_before - edge_down * u_before - (hi - edge_down) * (u - v) <= 0, name=f"{component}-tight-before"
    )
    model.add_constraints(
        p - p_before - (lo + up) * u + lo * u_before + (lo + up - edge_up) * v <= 0,
        name=f"{component}-tight-up",
    )
    model.add_constraints(
        p_before - p - edge_down * u_before + (edge_down - down) * u - (lo + down - edge_down) * v <= 0,
        name=f"{component}-tight-down",
    )
    before = per_name(table["p_init"]).where(initial > 0, 0.0)
    known = ~np.isnan(before)
    if not bool(known.any()):
        return
    was = before.fillna(0.0)
    p0, u0, v0 = (x.isel(snapshot=0) for x in (power, status, start))
    lo, hi, up, down = (x.isel(snapshot=0, drop=True) for x in (low, high, ramp_up, ramp_down))
    model.add_constraints(
        -(hi - edge_down) * u0 + (hi - edge_down) * v0 <= edge_down * initial - was,
        name=f"{component}-tight-before-first",
        mask=known,
    )
    model.add_constraints(
        p0 - (lo + up) * u0 + (lo + up - edge_up) * v0 <= was - lo * initial,
        name=f"{component}-tight-up-first",
        mask=known,
    )
    model.add_constraints(
        -1 * p0 + (edge_down - down) * u0 - (lo + down - edge_down) * v0 <= edge_down * initial - was,
        name=f"{component}-tight-down-first",
        mask=known,
    )
