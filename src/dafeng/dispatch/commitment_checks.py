"""Checks of committable units: what cannot be started and stopped as given."""

import numpy as np

from dafeng.dispatch.system import System
from dafeng.evidence import Problems, Text


def check_commitment(system: System, component: str, place: str, problems: Problems) -> None:
    """Check the committable members of `component`: ramps, modules and clusters that the problem can hold."""
    table = system.table(component)
    switched = table["committable"].to_numpy(bool)
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
    given = ~table["p_nom_extendable"].to_numpy(bool)
    for name in table.index[switched & given & (table["p_nom_mod"].to_numpy(float) > 0)]:
        problems.add(
            f"{place}:{name}:p_nom_mod",
            Text("容量给定的启停机组写了模块", "modules on a committable unit whose capacity is given"),
            Text("机组台数", "a number of units"),
            Text("写 unit_count = p_nom ÷ p_nom_mod,去掉 p_nom_mod", "give unit_count = p_nom / p_nom_mod and remove p_nom_mod"),
        )  # fmt: skip
    _check_maintenance(system, component, place, problems)


def _check_maintenance(system: System, component: str, place: str, problems: Problems) -> None:
    """Check that outages for maintenance can take place and that their limits on output are linear."""
    table = system.table(component).loc[system.maintainable(component)]
    hours = float(system.weightings["generators"].sum())
    for name, row in table.iterrows():
        where, duration, events = (
            f"{place}:{name}",
            float(row["maintenance_duration"]),
            float(row["maintenance_events"]),
        )
        if not 0 < duration * events <= hours:
            problems.add(
                f"{where}:maintenance_duration", f"{events:g} × {duration:g} h",
                Text(f"大于 0、至多 {hours:g} 小时的检修", f"outages of more than 0 and at most {hours:g} h in all"),
                Text("改次数、时长或时段", "change their number, duration or the horizon"),
            )  # fmt: skip
        if events != round(events):
            problems.add(
                f"{where}:maintenance_events", f"{events:g}", Text("整数次", "a whole number of outages"),
                Text("改为整数", "give a whole number"),
            )  # fmt: skip
        units = row.get("unit_count", 1.0) > 1 or (row["committable"] and row["p_nom_mod"] > 0)
        if units:
            problems.add(
                f"{where}:maintainable", Text("机组群或按模块启停的机组安排检修", "maintenance of a cluster or of committable modules"),
                Text("单台机组的检修", "maintenance of one unit"),
                Text("把要检修的机组单独列为一行", "give the unit that is maintained as a row of its own"),
            )  # fmt: skip
        column = "p_nom_max" if row["p_nom_extendable"] else "p_nom"
        if not np.isfinite(row[column]):
            problems.add(
                f"{where}:{column}", f"{row[column]:g} MW", Text("有限的容量", "a finite capacity"),
                Text("检修按容量的一部分计算,给出上限", "maintenance takes a share of the capacity: give its limit"),
            )  # fmt: skip
