"""Objective function: cost in the system's currency over the horizon.

    sum_t w ( marginal_cost p + marginal_cost_storage e + spill_cost spill + stand_by_cost u )
    + sum_t ( start_up_cost v + shut_down_cost w ) + sum fixed cost × chosen capacity

Fixed cost of capacity that is given is sunk and not part of it.
"""

import linopy

from dafeng.dispatch.formulation.axes import merged, per_name
from dafeng.dispatch.formulation.capacity import variable_name
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL, SWITCHED
from dafeng.evidence import DafengError

RUNNING = (
    ("generators", "p", "marginal_cost"),
    ("links", "p", "marginal_cost"),
    ("stores", "p", "marginal_cost"),
    ("stores", "e", "marginal_cost_storage"),
    ("storage_units", "p_dispatch", "marginal_cost"),
    ("storage_units", "state_of_charge", "marginal_cost_storage"),
    ("storage_units", "spill", "spill_cost"),
)

MOVES = (
    ("status", "stand_by_cost", True),
    ("start_up", "start_up_cost", False),
    ("shut_down", "shut_down_cost", False),
)
"""Costs of being on, by the hour, and of starts and stops."""


def add(model: linopy.Model, system: System) -> None:
    """Add the objective function.

    Raises
    ------
    DafengError
        Where nothing in the system costs anything.
    """
    weight = system.weight("objective")
    terms: list[linopy.LinearExpression] = []
    for component, what, attribute in RUNNING:
        name = f"{component}-{what}"
        if name not in model.variables:
            continue
        variable = model.variables[name]
        cost = system.values(component, attribute).sel(name=variable.indexes["name"].to_numpy())
        if bool((cost != 0).any()):
            terms.append((variable * (cost * weight)).sum())
    terms += [*_moves(model, system), *_fixed(model, system)]
    if not terms:
        raise DafengError.at(
            system.name, "no cost anywhere", "a marginal_cost or capital_cost somewhere", "give the costs"
        )
    model.add_objective(merged(terms))


def _moves(model: linopy.Model, system: System) -> list[linopy.LinearExpression]:
    weight = system.weight("objective")
    terms: list[linopy.LinearExpression] = []
    for component in SWITCHED:
        committable = system.committable(component)
        for what, attribute, hourly in MOVES:
            cost = system.values(component, attribute, committable)
            if bool((cost != 0).any()):
                factor = cost * weight if hourly else cost
                terms.append((model.variables[f"{component}-{what}"] * factor).sum())
    return terms


def _fixed(model: linopy.Model, system: System) -> list[linopy.LinearExpression]:
    terms: list[linopy.LinearExpression] = []
    for component in NOMINAL:
        index = system.extendable(component)
        if index.empty:
            continue
        fixed = system.periodic_cost(component, index)
        if (fixed != 0).any():
            terms.append((model.variables[variable_name(component)] * per_name(fixed)).sum())
    return terms
