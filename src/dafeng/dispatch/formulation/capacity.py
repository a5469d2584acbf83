"""Capacities that the solver chooses.

P_min <= P <= P_max        (extendable; P = P_set where a value is set)
"""

import linopy
import numpy as np

from dafeng.dispatch.formulation.axes import names, per_name
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL


def variable_name(component: str) -> str:
    return f"{component}-{NOMINAL[component]}"


def add(model: linopy.Model, system: System) -> None:
    """One variable [name] for each component with extendable members, within its bounds."""
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
