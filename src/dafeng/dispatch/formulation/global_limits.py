"""Global constraints over the whole horizon or the whole system.

    primary_energy     sum_g,t w p / eta × rate(carrier) + sum of stores rate (e_0 - e_T)      sense  constant
    operational_limit  sum_g,t w p of a carrier + sum of its stores (e_0 - e_T)                sense  constant
    tech_capacity_expansion_limit           sum of chosen capacities of a carrier (on a bus)   sense  constant
    transmission_volume_expansion_limit     sum length × chosen capacity of lines and links    sense  constant
    transmission_expansion_cost_limit       sum fixed cost × chosen capacity of the same       sense  constant
    load_share         sum_g,t w p of carriers with the flag - constant × sum_t w load         sense  0
    reserve_margin     sum credit × capacity (credit = carriers' `capacity_credit`) - constant × peak load  sense  0

The last two are ours; PyPSA has no such types; with `bus` they are of the generators and the load on that bus. Only non-cyclic stores count in the first two.
"""

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from dafeng.dispatch.formulation.axes import merged, names
from dafeng.dispatch.formulation.balance import demand
from dafeng.dispatch.formulation.capacity import variable_name
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL
from dafeng.evidence import DafengError

Side = tuple[list[linopy.LinearExpression], float]
"""Terms of the left side and a constant that belongs to it."""


def constraint_name(limit: str) -> str:
    return f"global-{limit}"


def add(model: linopy.Model, system: System) -> None:
    for name, row in system.table("global_constraints").iterrows():
        terms, constant = _SIDES[row["type"]](model, system, row)
        right = float(row["constant"]) if row["type"] not in OURS else 0.0
        if not terms:
            _check_given(str(name), row, constant)
            continue
        sense = "=" if row["sense"] == "==" else row["sense"]
        model.add_constraints(merged(terms), sense, right - constant, name=constraint_name(str(name)))


def _check_given(name: str, row: pd.Series, left: float) -> None:
    """A limit of ours on what is given cannot be left out.

    PyPSA leaves out its own where nothing can be chosen.

    Raises: DafengError where the given capacities break it, with the amount.
    """
    kept = {"<=": left <= TOLERANCE, ">=": left >= -TOLERANCE, "==": abs(left) <= TOLERANCE}[row["sense"]]
    if row["type"] in OURS and not kept:
        raise DafengError.at(
            f"global_constraints:{name}",
            f"{'missed' if left < 0 else 'exceeded'} by {abs(left):,.6g} MW, and no capacity may be chosen",
            f"{row['carrier_attribute']} {row['sense']} {float(row['constant']):g} × peak load",
            "expand the system (--expand), or loosen the limit",
        )


OURS = {"load_share", "reserve_margin"}
"""Types that PyPSA does not have; their constant is a share, so that the right side is 0."""
TOLERANCE = 1e-6


def rates(system: System, attribute: str) -> pd.Series:
    """Return the non-zero values of a column of carriers [carrier]."""
    column = system.tables["carriers"][attribute].astype(float).fillna(0.0)
    return column[column != 0]


def _primary_energy(model: linopy.Model, system: System, row: pd.Series) -> Side:
    rate = rates(system, row["carrier_attribute"])
    terms: list[linopy.LinearExpression] = []
    table = system.table("generators")
    chosen = table.index[table["carrier"].isin(rate.index)]
    if not chosen.empty:
        per_unit = _per_name(table.loc[chosen, "carrier"].map(rate).astype(float))
        factor = per_unit * system.weight("generators") / system.values("generators", "efficiency", chosen)
        terms.append((model.variables["generators-p"].sel(name=chosen.to_numpy()) * factor).sum())
    constant = 0.0
    for component, cyclic, initial, energy in _STORES:
        stores = system.table(component)
        open_ended = stores[stores["carrier"].isin(rate.index) & ~stores[cyclic].astype(bool)]
        if not open_ended.empty:
            each = open_ended["carrier"].map(rate).astype(float)
            constant += float((each * open_ended[initial].astype(float)).sum())
            terms.append(_last(model, energy, open_ended.index, -_per_name(each)))
    return terms, constant


def _operational(model: linopy.Model, system: System, row: pd.Series) -> Side:
    carrier = row["carrier_attribute"]
    terms: list[linopy.LinearExpression] = []
    table = system.table("generators")
    chosen = table.index[table["carrier"] == carrier]
    if not chosen.empty:
        power = model.variables["generators-p"].sel(name=chosen.to_numpy())
        terms.append((power * system.weight("generators")).sum())
    constant = 0.0
    for component, cyclic, initial, energy in _STORES:
        stores = system.table(component)
        open_ended = stores[(stores["carrier"] == carrier) & ~stores[cyclic].astype(bool)]
        if not open_ended.empty:
            constant += float(open_ended[initial].astype(float).sum())
            terms.append(_last(model, energy, open_ended.index, -_per_name(open_ended[initial] * 0.0 + 1.0)))
    return terms, constant


_STORES = (
    ("storage_units", "cyclic_state_of_charge", "state_of_charge_initial", "storage_units-state_of_charge"),
    ("stores", "e_cyclic", "e_initial", "stores-e"),
)


def _per_name(values: pd.Series) -> xr.DataArray:
    return xr.DataArray(values.to_numpy(float), coords=[names(values.index)], dims=["name"])


def _last(
    model: linopy.Model, variable: str, index: pd.Index, factor: xr.DataArray
) -> linopy.LinearExpression:
    last = model.variables[variable].isel(snapshot=-1).sel(name=index.to_numpy())
    return merged([(last * factor).sum()])


def _tech_capacity(model: linopy.Model, system: System, row: pd.Series) -> Side:
    terms: list[linopy.LinearExpression] = []
    for component in NOMINAL:
        table = system.table(component).loc[system.extendable(component)]
        column = "bus0" if component in {"lines", "links"} else "bus"
        chosen = table[table["carrier"] == row["carrier_attribute"]]
        if row["bus"]:
            chosen = chosen[chosen[column] == row["bus"]]
        if not chosen.empty:
            terms.append(model.variables[variable_name(component)].sel(name=chosen.index.to_numpy()).sum())
    return terms, 0.0


def _transmission(model: linopy.Model, system: System, row: pd.Series, by_cost: bool) -> Side:
    carriers = [c.strip() for c in row["carrier_attribute"].strip("[]()").split(",")]
    terms: list[linopy.LinearExpression] = []
    for component in ("lines", "links"):
        table = system.table(component).loc[system.extendable(component)]
        kind = _line_carriers(system, table) if component == "lines" else table["carrier"]
        chosen = table.index[kind.isin(carriers)]
        if chosen.empty:
            continue
        factor = system.periodic_cost(component, chosen) if by_cost else table.loc[chosen, "length"]
        capacity = model.variables[variable_name(component)].sel(name=chosen.to_numpy())
        terms.append((capacity * _per_name(factor)).sum())
    return terms, 0.0


def _line_carriers(system: System, table: pd.DataFrame) -> pd.Series:
    of_bus = system.table("buses")["carrier"].reindex(table["bus0"]).set_axis(table.index)
    return table["carrier"].where(table["carrier"] != "", of_bus)


def _on(table: pd.DataFrame, row: pd.Series) -> pd.Series:
    """Members of `table` on the bus of the limit; all where it names none."""
    return table["bus"].eq(row["bus"]) if row["bus"] else pd.Series(True, index=table.index)


def _load_share(model: linopy.Model, system: System, row: pd.Series) -> Side:
    flagged = rates(system, row["carrier_attribute"]).index
    table = system.table("generators")
    chosen = table.index[(table["carrier"].isin(flagged) & _on(table, row)).to_numpy(bool)]
    if chosen.empty:
        raise DafengError.at(
            f"global_constraints:{row.name}", "no generator", f"a carrier with {row['carrier_attribute']}"
        )
    weight = system.weight("generators")
    power = model.variables["generators-p"].sel(name=chosen.to_numpy())
    load = demand(system)
    buses = [row["bus"]] if row["bus"] else list(load.columns)
    total = float((load[buses].to_numpy() * weight.to_numpy()[:, None]).sum())
    return [(power * weight).sum()], -float(row["constant"]) * total


def _reserve_margin(model: linopy.Model, system: System, row: pd.Series) -> Side:
    column = row["carrier_attribute"]
    credit = rates(system, column)
    terms: list[linopy.LinearExpression] = []
    firm = 0.0
    for component in ("generators", "storage_units"):
        table = system.table(component)
        table = table[table["carrier"].isin(credit.index) & _on(table, row)]
        factor = table["carrier"].map(credit).astype(float)
        chosen = system.extendable(component).intersection(table.index)
        fixed = table.index.difference(chosen)
        firm += float((factor.loc[fixed] * table.loc[fixed, "p_nom"]).sum())
        if not chosen.empty:
            capacity = model.variables[variable_name(component)].sel(name=chosen.to_numpy())
            terms.append((capacity * _per_name(factor.loc[chosen])).sum())
    load = demand(system)
    buses = [row["bus"]] if row["bus"] else list(load.columns)
    peak = float(np.max(load[buses].sum(axis=1).to_numpy()))
    return terms, firm - float(row["constant"]) * peak


_SIDES = {
    "primary_energy": _primary_energy,
    "operational_limit": _operational,
    "tech_capacity_expansion_limit": _tech_capacity,
    "transmission_volume_expansion_limit": lambda model, system, row: _transmission(
        model, system, row, False
    ),
    "transmission_expansion_cost_limit": lambda model, system, row: _transmission(model, system, row, True),
    "load_share": _load_share,
    "reserve_margin": _reserve_margin,
}
