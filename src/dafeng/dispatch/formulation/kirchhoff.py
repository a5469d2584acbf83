"""Kirchhoff's voltage law on lines, by cycles (Hörsch et al. 2018, doi 10.1016/j.epsr.2020.106908).

    sum over the lines l of a cycle of  direction(l) (x(l) s(l, t) + phase_shift(l)) = 0

    | x(l) s(l, t) + phase_shift(l) | <= v_ang_max(l)                         on AC, where a largest angle is given

x = reactance / v_nom^2 on AC, resistance / v_nom^2 on DC. Every independent cycle is one constraint.
"""

import linopy
import numpy as np
import pandas as pd

from dafeng.dispatch.formulation.axes import per_name
from dafeng.dispatch.formulation.loops import cycles
from dafeng.dispatch.formulation.rows import Term, add_rows
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
    _limit_angles(model, system)
    loops = cycles(list(zip(lines["bus0"].astype(str), lines["bus1"].astype(str), strict=True)))
    if not loops:
        return
    impedance = impedances(system).to_numpy()
    labels = model.variables["lines-s"].labels.transpose("snapshot", "name").to_numpy()
    shift = np.radians(lines["phase_shift"].to_numpy(float))
    steps = len(system.snapshots)
    terms: dict[str, list[Term]] = {}
    right = {}
    for number, loop in enumerate(loops):
        positions = np.array(sorted(loop))
        drop = np.array([loop[i] * impedance[i] for i in positions])
        scale = np.abs(drop).max()
        terms[str(number)] = [
            (labels[:, i], np.full(steps, value)) for i, value in zip(positions, drop / scale, strict=True)
        ]
        right[str(number)] = np.full(steps, -sum(loop[i] * shift[i] for i in positions) / scale)
    add_rows(model, system, "lines-voltage", terms, pd.DataFrame(right))


def _limit_angles(model: linopy.Model, system: System) -> None:
    """Limit the flow of AC lines by the difference of voltage angles at their ends; without impedance there is none."""
    lines = system.table("lines")
    impedance = impedances(system).to_numpy()
    of_bus = system.table("buses")["carrier"].reindex(lines["bus0"]).set_axis(lines.index)
    alternating = lines["carrier"].where(lines["carrier"] != "", of_bus).eq("AC").to_numpy()
    given = np.isfinite(lines["v_ang_max"].to_numpy(float)) & alternating & (impedance > 0)
    index = lines.index[given]
    if index.empty:
        return
    most, shift = (
        per_name(np.radians(lines.loc[index, column].astype(float)) / impedance[given])
        for column in ("v_ang_max", "phase_shift")
    )
    flow = model.variables["lines-s"].sel(name=index.to_numpy())
    model.add_constraints(1 * flow <= most - shift, name="lines-angle-upper")
    model.add_constraints(1 * flow >= -1 * most - shift, name="lines-angle-lower")
