"""Capacity variables of extendable components.

P_min <= P <= P_max        (extendable; P = P_set where a value is set)
P = P_mod n,  n = 0, 1, …   (extendable in modules)
"""

import linopy
import numpy as np
import pandas as pd

from dafeng.dispatch.formulation.axes import names, per_name
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL


def variable_name(component: str) -> str:
    return f"{component}-{NOMINAL[component]}"


def add(model: linopy.Model, system: System) -> None:
    """Add one capacity variable [name] for each component with extendable members, within its bounds."""
    for component, nominal in NOMINAL.items():
        index = system.extendable(component)
        if index.empty:
            continue
        table = system.table(component).loc[index]
        fixed = table[f"{nominal}_set"]
        free = np.isnan(fixed.to_numpy(float))
        lower = table[f"{nominal}_min"].where(free, fixed)
        upper = table[f"{nominal}_max"].where(free, fixed)
        model.add_variables(
            per_name(lower), per_name(upper), coords=[names(index)], name=variable_name(component)
        )
        _add_modules(model, component, table[f"{nominal}_mod"].astype(float))


def _add_modules(model: linopy.Model, component: str, size: pd.Series) -> None:
    size = size[size > 0]
    if size.empty:
        return
    modules = model.add_variables(
        0, np.inf, coords=[names(size.index)], integer=True, name=f"{component}-modules"
    )
    capacity = model.variables[variable_name(component)].sel(name=size.index.to_numpy())
    model.add_constraints(capacity - modules * per_name(size) == 0, name=f"{component}-modules-whole")
