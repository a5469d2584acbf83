"""Coordinates shared by all groups of constraints."""

from collections.abc import Sequence

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from dafeng.dispatch.system import NAME, SNAPSHOT, System


def snapshots(system: System) -> pd.Index:
    """Return the snapshot axis: positions 0 … T-1, whatever the labels."""
    axis: pd.Index = pd.RangeIndex(len(system.snapshots), name=SNAPSHOT)
    return axis


def names(index: pd.Index) -> pd.Index:
    axis: pd.Index = pd.Index(index.to_numpy(), name=NAME)
    return axis


def dense(system: System, component: str, attribute: str, index: pd.Index) -> xr.DataArray:
    """Return `attribute` as [snapshot, name], so that bounds have the shape of the variable."""
    return xr.DataArray(
        system.dense(component, attribute, index),
        coords=[snapshots(system), names(index)],
        dims=[SNAPSHOT, NAME],
    )


def per_name(values: pd.Series) -> xr.DataArray:
    return xr.DataArray(values.to_numpy(float), coords=[names(values.index)], dims=[NAME])


def times(per_unit: xr.DataArray, nominal: xr.DataArray) -> xr.DataArray:
    """Compute per_unit × nominal with 0 × inf = 0: an unlimited unit that may not run does not run."""
    product = per_unit * nominal
    return product.where(~((per_unit == 0) & np.isinf(nominal)), 0.0)


def merged(terms: Sequence[linopy.LinearExpression | linopy.QuadraticExpression]) -> linopy.LinearExpression:
    """Return the sum of the linear expressions `terms`."""
    total = terms[0] if len(terms) == 1 else linopy.merge(terms)
    if not isinstance(total, linopy.LinearExpression):
        raise TypeError(type(total))
    return total
