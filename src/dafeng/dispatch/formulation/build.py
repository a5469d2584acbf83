"""Assembly of the groups of variables and constraints."""

from enum import StrEnum

import linopy

from dafeng.dispatch.formulation import (
    balance,
    capacity,
    commitment,
    global_limits,
    kirchhoff,
    maintenance,
    objective,
    output,
    ramps,
    storage_units,
    stores,
)
from dafeng.dispatch.system import System


class Commitment(StrEnum):
    """Mode of unit commitment: `RELAXED` lets part of a unit be on, `INTEGER` does not."""

    RELAXED = "relaxed"
    INTEGER = "integer"


def build(system: System, mode: Commitment = Commitment.RELAXED) -> linopy.Model:
    """Build the optimisation problem of `system`.

    Names of variables: `generators-p`, `links-p`, `lines-s`, `stores-e` …

    Raises
    ------
    DafengError
        Where nothing can feed the bus of a load, or where nothing has a cost.
    """
    model = linopy.Model()
    capacity.add(model, system)
    output.add(model, system)
    commitment.add(model, system, mode)
    maintenance.add(model, system)
    ramps.add(model, system)
    storage_units.add(model, system)
    stores.add(model, system)
    balance.add(model, system)
    kirchhoff.add(model, system)
    global_limits.add(model, system)
    objective.add(model, system)
    return model
