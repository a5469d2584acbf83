"""Checks of committable units: what cannot be started and stopped as given."""

import numpy as np

from dafeng.dispatch.system import System
from dafeng.evidence import Problems, Text


def check_commitment(system: System, component: str, place: str, problems: Problems) -> None:
    """Check the committable members of `component`: ramps, modules and clusters that the problem can hold."""
    table = system.table(component)
    switched = table["committable"].to_numpy(bool)
    ramped = (
        ~np.isnan(
            np.column_stack(
                [system.dense(component, f"ramp_limit_{d}", table.index).T for d in ("up", "down")]
            )
        ).all(axis=1)
        if len(table)
        else np.zeros(0, bool)
    )
    edges = table[["ramp_limit_start_up", "ramp_limit_shut_down"]].notna().any(axis=1).to_numpy(bool)
    for name in table.index[switched & table["p_nom_extendable"].to_numpy(bool) & (ramped | edges)]:
        problems.add(
            f"{place}:{name}:ramp_limit_up",
            Text(
                "容量可选的启停机组带爬坡限制", "a ramp limit on a committable unit whose capacity is chosen"
            ),
            Text("不带爬坡限制", "no ramp limit"),
            Text("先定容量,或去掉爬坡限制", "decide on capacity first, or remove the ramp limits"),
        )
    count = table["unit_count"].to_numpy(float) if "unit_count" in table.columns else np.ones(len(table))
    for name, number in zip(table.index, count, strict=True):
        if number != round(number):
            problems.add(
                f"{place}:{name}:unit_count",
                f"{number:g}",
                Text("1 或更大的整数", "a whole number of 1 or more"),
                Text(
                    "写机组台数;容量不同的机组分成几群",
                    "give the number of units; units of another size are another cluster",
                ),
            )
    for name in table.index[~switched & (count > 1)]:
        problems.add(
            f"{place}:{name}:unit_count",
            Text("不启停的机组写了台数", "a number of units on a unit that is not committable"),
            Text("启停机组群的台数", "the units of a committable cluster"),
            Text("加 committable = true,或去掉 unit_count", "add committable = true, or remove unit_count"),
        )
    for name in table.index[switched & (count > 1) & table["p_nom_extendable"].to_numpy(bool)]:
        problems.add(
            f"{place}:{name}:unit_count",
            Text("容量可选的机组群", "a cluster whose capacity is chosen"),
            Text("给定容量", "a given capacity"),
            Text("先定容量,再按群启停", "decide on capacity first"),
        )
    for name in table.index[switched & (table["p_nom_mod"].to_numpy(float) > 0)]:
        problems.add(
            f"{place}:{name}:p_nom_mod",
            "committable with modules",
            "one of them",
            "give each module as a unit of its own",
        )
