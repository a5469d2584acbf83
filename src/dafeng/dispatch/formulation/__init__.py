"""Linear (or mixed-integer) problem of a system in linopy: one module per group of constraints.

Symbols in the docstrings: t snapshot, w hours that a snapshot represents, p power, P capacity, e energy in
store, u share of a unit that is on. Constraint names are `<component>-<what>`; the explanation of an
infeasible system relies on them.
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    # at first use: the data of a city grid are read and checked without the solver's packages, which are an extra
    from dafeng.dispatch.formulation.build import Commitment, build
    from dafeng.dispatch.formulation.objective import MOVES, RUNNING

__getattr__, __dir__ = lazy_names(__name__)

__all__ = ["MOVES", "RUNNING", "Commitment", "build"]
