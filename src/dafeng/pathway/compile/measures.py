"""Compiler of measures.csv: the effect of each measure on each parameter."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Problems, Text
from dafeng.pathway.compile.cell_expressions import figure
from dafeng.pathway.compile.effect_ranges import grade_widths, sector_of, stated_range
from dafeng.pathway.compile.table_rows import checked_kind, converted, groups, within
from dafeng.pathway.engine.model import Action, Measure, Parameter, ParameterKind


def measures_of(
    table: pd.DataFrame,
    years: NDArray[np.int64],
    as_of: int,
    parameters: dict[str, Parameter],
    problems: Problems,
    uncertain: bool = True,
) -> tuple[Measure, ...]:
    """Compile the measures with a quantified effect, their actions added to `parameters`; `uncertain`: their
    effects have a range.
    """
    measures: list[Measure] = []
    for id_, rows in groups(table[table["effect"] == "quantified"], "id"):
        first = rows.iloc[0]
        stated = [
            _action(
                id_, parameter, part.sort_values("year"), len(measures), years, as_of, parameters, problems
            )
            for parameter, part in groups(rows, "parameter")
        ]
        grade = str(first["grade"])
        told = [one for one in stated if one is not None]
        # a figure that the plan sets is reached where the measure is delivered: what is uncertain of it is delivery
        figures_only = not told and (rows["operation"] == "set").all()
        low, high = _range(told, grade) if uncertain and not figures_only else (0.0, 0.0)
        measures.append(
            Measure(
                id_, str(first["task"]), str(first["name_zh"]), str(first["name_en"]), grade,
                str(first["basis"]), str(first["controlled_by"]), str(first["source"]), str(first.get("note", "")),
                -low, high, sector_of(str(first["parameter"])),
            )
        )  # fmt: skip
    return tuple(measures)


def _range(stated: list[tuple[float, float]], grade: str) -> tuple[float, float]:
    """Return the range of a measure: it has one deviate for all its effects, so the widest stated range
    counts.
    """
    if not stated:
        return grade_widths().get(grade, grade_widths()["E"])
    return min(low for low, _ in stated), max(high for _, high in stated)


def _action(
    id_: str, parameter: str, rows: pd.DataFrame, measure: int, years: NDArray[np.int64], as_of: int,
    parameters: dict[str, Parameter], problems: Problems,
) -> tuple[float, float] | None:  # fmt: skip
    """Add one measure's action on one parameter, and return the range of its effect where the table states
    one.
    """
    where = f"measures.csv:{rows.index[0]}"
    kind = checked_kind(where, parameter, str(rows.iloc[0]["unit"]), problems)
    operation = str(rows.iloc[0]["operation"])
    if kind is None:
        return None
    if rows["operation"].nunique() > 1 or (kind.role == "rate" and operation != "add"):
        problems.add(f"{where}:operation", operation, "one operation for all knots; add for a yearly rate")
        return None
    rows = figure("measures.csv", rows, kind, parameters, years, problems)
    target = replace(kind, unit="1") if operation == "multiply" else kind
    knots, values = rows["year"].to_numpy(dtype=float), converted(where, rows, "value", target, problems)
    if not np.all(np.isfinite(values)) or (knots <= as_of).any():
        told = f"{id_}: {values.tolist()} ({[int(knot) for knot in knots]})"
        problems.add(f"{where}:year", told, f"numbers at years after {as_of}")
        return None
    if operation == "set" and not within(f"{where}:value", values, kind, problems):
        return None
    found = parameters.get(parameter) or _without_row(where, parameter, kind, years, problems)
    if found is None:
        return None
    start = float(found.central[as_of - years[0]])
    neutral = {"add": 0.0, "multiply": 1.0, "set": start}[operation]
    ends = stated_range(where, rows, target, neutral, values, problems)
    path = np.interp(years, [as_of, *knots], [neutral, *values])
    if kind.role == "rate":
        path = np.cumsum(np.where(years > as_of, path, 0.0))
    if operation == "set":
        last = int(min(max(knots[-1] - years[0], 0), years.size - 1))
        operation = "raise" if values[-1] >= found.central[last] else "lower"
        path = np.where(years > as_of, path, np.nan)
    parameters[parameter] = replace(found, actions=(*found.actions, Action(measure, operation, path)))
    return ends


def _without_row(
    where: str, parameter: str, kind: ParameterKind, years: NDArray[np.int64], problems: Problems
) -> Parameter | None:
    """Return a parameter that drivers.csv does not give, at its default, for a measure to move; a problem
    where it has none.
    """
    if kind.default is None:
        expected = Text(
            "drivers.csv 中已有此参数的行(该参数没有默认值)",
            "a parameter with a row in drivers.csv: it has no default to move away from",
        )
        problems.add(
            f"{where}:parameter", parameter, expected, Text("补充该行及来源", "add the row with its source")
        )
        return None
    flat = np.zeros(years.size)
    return Parameter(
        parameter, flat + kind.default, flat, flat, False, -1, (), kind.unit, kind.role == "rate"
    )
