"""Rows of one kind for many buses or cycles, added to the model in a few blocks.

A constraint of linopy costs much more than its rows: one for each of a thousand buses takes longer than the solve. Rows of
similar length make up one block, so that filling them up to the longest wastes little.
"""

from collections.abc import Mapping, Sequence

import linopy
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from dafeng.dispatch.formulation.axes import names, snapshots
from dafeng.dispatch.system import System

Term = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Labels of a variable and their factors [snapshot]."""

BLOCKS = ("buses-balance", "lines-voltage")
"""Kinds of constraints in blocks: each has the axes [name, snapshot]."""


def add_rows(
    model: linopy.Model,
    system: System,
    kind: str,
    terms: Mapping[str, Sequence[Term]],
    right: pd.DataFrame,
) -> None:
    """Add sum of terms = right for each name and snapshot.

    Parameters
    ----------
    model : linopy.Model
        Model to add to.
    system : System
        System of the model.
    kind : str
        First part of the constraints' name, one of `BLOCKS`.
    terms : mapping
        Terms of each name, one at least.
    right : DataFrame [snapshot, name]
        Right-hand sides.
    """
    blocks: dict[int, list[str]] = {}
    for name, parts in terms.items():
        blocks.setdefault(len(parts).bit_length(), []).append(name)
    steps = snapshots(system)
    for size, members in blocks.items():
        shape = (len(members), len(steps), max(len(terms[name]) for name in members))
        labels, factors = np.full(shape, -1, dtype=np.int64), np.full(shape, np.nan)
        for row, name in enumerate(members):
            for column, (label, factor) in enumerate(terms[name]):
                labels[row, :, column], factors[row, :, column] = label, factor
        axes = {"name": names(pd.Index(members)), "snapshot": steps}
        dims = (*axes, "_term")
        data = xr.Dataset({"coeffs": (dims, factors), "vars": (dims, labels)}, coords=axes)
        bound = xr.DataArray(right[members].to_numpy().T, coords=list(axes.values()), dims=list(axes))
        model.add_constraints(linopy.LinearExpression(data, model) == bound, name=f"{kind}-{size}")


def of_block(constraint: str) -> str | None:
    """Return the kind of a constraint in blocks, None for another."""
    return next((kind for kind in BLOCKS if constraint.startswith(f"{kind}-")), None)
