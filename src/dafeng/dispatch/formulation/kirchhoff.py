"""Kirchhoff's voltage law on lines, by cycles (Hörsch et al. 2018, doi 10.1016/j.epsr.2020.106908).

    sum over the lines l of a cycle of  direction(l) (x(l) s(l, t) + phase_shift(l)) = 0

x = reactance / v_nom^2 on AC, resistance / v_nom^2 on DC. Every independent cycle is one constraint.
"""

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from dafeng.dispatch.formulation.axes import names
from dafeng.dispatch.formulation.loops import cycles
from dafeng.dispatch.system import System


def impedances(system: System) -> pd.Series:
    """Return the per unit impedance of each line in the voltage law (x on AC, r on DC) [line]."""
    lines, buses = system.table("lines"), system.table("buses")
    volts = buses.loc[lines["bus0"], "v_nom"].to_numpy(float)
    direct = (buses.loc[lines["bus0"], "carrier"] == "DC").to_numpy()
    ohms = np.where(direct, lines["r"].to_numpy(float), lines["x"].to_numpy(float))
    return pd.Series(ohms / volts**2, index=lines.index)


def add(model: linopy.Model, system: System) -> None:
    lines = system.table("lines")
    if lines.empty:
        return
    loops = cycles(list(zip(lines["bus0"].astype(str), lines["bus1"].astype(str), strict=True)))
    if not loops:
        return
    impedance = impedances(system).to_numpy()
    flow = model.variables["lines-s"]
    shift = np.radians(lines["phase_shift"].to_numpy(float))
    for number, loop in enumerate(loops):
        positions = np.array(sorted(loop))
        drop = np.array([loop[i] * impedance[i] for i in positions])
        scale = np.abs(drop).max()
        factor = xr.DataArray(drop / scale, coords=[names(lines.index[positions])], dims=["name"])
        keys = lines.index[positions].to_numpy()
        right = -float(sum(loop[i] * shift[i] for i in positions)) / scale
        model.add_constraints(
            (flow.sel(name=keys) * factor).sum("name") == right, name=f"lines-voltage-{number}"
        )
