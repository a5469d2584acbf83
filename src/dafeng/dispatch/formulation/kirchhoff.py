"""Kirchhoff's voltage law on lines, by cycles (Hörsch et al. 2018, doi 10.1016/j.epsr.2020.106908).

    sum over the lines l of a cycle of  direction(l) x(l) s(l, t) = 0

x = reactance / v_nom^2 on AC, resistance / v_nom^2 on DC. Every independent cycle is one constraint.
"""

from collections import deque

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from dafeng.dispatch.formulation.axes import names
from dafeng.dispatch.system import System


def cycles(edges: list[tuple[str, str]]) -> list[dict[int, float]]:
    """Independent cycles of a graph with parallel edges: edge position → direction (+1, -1).

    >>> cycles([("a", "b"), ("b", "c"), ("a", "c")])
    [{2: 1.0, 1: -1.0, 0: -1.0}]
    """
    parent: dict[str, tuple[str, int, float] | None] = {}
    tree: set[int] = set()
    near: dict[str, list[tuple[str, int, float]]] = {}
    for i, (start, end) in enumerate(edges):
        near.setdefault(start, []).append((end, i, 1.0))
        near.setdefault(end, []).append((start, i, -1.0))
    for root in near:
        if root in parent:
            continue
        parent[root] = None
        queue = deque([root])
        while queue:
            node = queue.popleft()
            for other, edge, direction in near[node]:
                if other not in parent:
                    parent[other] = (node, edge, direction)
                    tree.add(edge)
                    queue.append(other)
    return [_cycle(edges[i], i, parent) for i in range(len(edges)) if i not in tree]


def _cycle(
    edge: tuple[str, str], position: int, parent: dict[str, tuple[str, int, float] | None]
) -> dict[int, float]:
    cycle = {position: 1.0}
    for node, sign in ((edge[1], -1.0), (edge[0], 1.0)):
        step = parent[node]
        while step is not None:
            cycle[step[1]] = cycle.get(step[1], 0.0) + sign * step[2]
            step = parent[step[0]]
    return {line: direction for line, direction in cycle.items() if direction != 0.0}


def impedances(system: System) -> pd.Series:
    """Per unit impedance of each line that shares voltages out (x on AC, r on DC) [line]."""
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
    for number, loop in enumerate(loops):
        positions = np.array(sorted(loop))
        drop = np.array([loop[i] * impedance[i] for i in positions])
        factor = xr.DataArray(
            drop / np.abs(drop).max(), coords=[names(lines.index[positions])], dims=["name"]
        )
        keys = lines.index[positions].to_numpy()
        model.add_constraints((flow.sel(name=keys) * factor).sum("name") == 0, name=f"lines-voltage-{number}")
