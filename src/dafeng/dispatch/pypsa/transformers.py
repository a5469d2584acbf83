"""Transformers of a PyPSA network as lines.

The same limits, impedance per unit of their rating, tap ratio and phase shift.

    x_line = x · tap_ratio / s_nom · v_nom(bus0)²,   and r likewise

so that a loop's drop is that of PyPSA: sum of direction · (x · tap_ratio / s_nom · s + phase shift in
radians) = 0.
"""

import numpy as np
import pandas as pd

from dafeng.dispatch.pypsa.unsupported import Series, Tables
from dafeng.evidence import Problems, Text

PREFIX = "transformer "
SHARED = (
    "bus0", "bus1", "s_nom", "s_nom_extendable", "s_nom_min", "s_nom_max", "s_nom_set", "s_nom_mod", "s_max_pu",
    "capital_cost", "overnight_cost", "discount_rate", "fom_cost", "build_year", "lifetime", "active", "v_ang_max",
)  # fmt: skip


def transformers_as_lines(tables: Tables, series: Series, place: str, problems: Problems) -> None:
    """Move the rows and series of transformers to those of lines, named `transformer NAME`.

    Parameters
    ----------
    tables : dict
        Raw tables by component; `transformers` is taken out, `lines` grows.
    series : dict
        Raw series by component and attribute; `s_max_pu` moves too.
    place : str
        Name of the file, for problems.
    problems : Problems
        Gets transformers without rating, and those whose impedance a type would give.
    """
    given = tables.pop("transformers", pd.DataFrame())
    if given.empty:
        return
    rating = _numbers(given, "s_nom", 0.0)
    _check(given, rating, place, problems)
    volts = (
        _numbers(tables["buses"], "v_nom", 1.0).reindex([str(bus) for bus in given["bus0"]]).to_numpy(float)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ohm = _numbers(given, "tap_ratio", 1.0) / rating * volts**2
    moved = given[[column for column in SHARED if column in given.columns]].assign(
        x=_numbers(given, "x", 0.0) * ohm,
        r=_numbers(given, "r", 0.0) * ohm,
        phase_shift=_numbers(given, "phase_shift", 0.0),
    )
    moved.index = pd.Index([f"{PREFIX}{name}" for name in given.index], dtype=object)
    lines = tables.get("lines", pd.DataFrame())
    tables["lines"] = moved if lines.empty else pd.concat([lines, moved])
    limits = series.pop(("transformers", "s_max_pu"), None)
    if limits is not None and not limits.empty:
        named = limits.rename(columns=lambda name: f"{PREFIX}{name}")
        own = series.get(("lines", "s_max_pu"))
        series["lines", "s_max_pu"] = named if own is None or own.empty else pd.concat([own, named], axis=1)


def _numbers(table: pd.DataFrame, column: str, default: float) -> pd.Series:
    if column not in table.columns:
        return pd.Series(default, index=table.index)
    return pd.to_numeric(table[column], errors="coerce").fillna(default)


def _check(given: pd.DataFrame, rating: pd.Series, place: str, problems: Problems) -> None:
    types = given["type"] if "type" in given.columns else pd.Series("", index=given.index)
    for name in given.index:
        kind = str(types[name])
        if kind not in {"", "nan", "None"}:
            problems.add(
                f"{place}:transformers:{name}:type", kind, Text("不用类型", "no type"),
                Text("把类型的 x、tap_ratio、phase_shift 写明并清空 type", "write the type's x, tap_ratio and phase_shift, and empty type"),
            )  # fmt: skip
        if not rating[name] > 0:
            problems.add(
                f"{place}:transformers:{name}:s_nom", f"{rating[name]:g} MVA", Text("大于 0 的额定容量", "a rating above 0 MVA"),
                Text("给出 s_nom:阻抗以它为基准", "give s_nom: the impedance is per unit of it"),
            )  # fmt: skip
