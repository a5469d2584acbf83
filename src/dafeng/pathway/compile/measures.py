"""Rows of measures.csv → what each measure does to which parameter."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Problems, Text
from dafeng.pathway.compile.cell_expressions import figure
from dafeng.pathway.compile.table_rows import checked_kind, converted, groups, within
from dafeng.pathway.engine.model import Action, Measure, Parameter, ParameterKind


def measures_of(
    table: pd.DataFrame,
    years: NDArray[np.int64],
    as_of: int,
    parameters: dict[str, Parameter],
    problems: Problems,
) -> tuple[Measure, ...]:
    measures: list[Measure] = []
    for id_, rows in groups(table[table["effect"] == "quantified"], "id"):
        first = rows.iloc[0]
        measures.append(
            Measure(
                id_, str(first["task"]), str(first["name_zh"]), str(first["name_en"]), str(first["grade"]),
                str(first["basis"]), str(first["controlled_by"]), str(first["source"]), str(first.get("note", "")),
            )
        )  # fmt: skip
        for parameter, part in groups(rows, "parameter"):
            _action(
                id_,
                parameter,
                part.sort_values("year"),
                len(measures) - 1,
                years,
                as_of,
                parameters,
                problems,
            )
    return tuple(measures)


def _action(
    id_: str, parameter: str, rows: pd.DataFrame, measure: int, years: NDArray[np.int64], as_of: int,
    parameters: dict[str, Parameter], problems: Problems,
) -> None:  # fmt: skip
    where = f"measures.csv:{rows.index[0]}"
    kind = checked_kind(where, parameter, str(rows.iloc[0]["unit"]), problems)
    operation = str(rows.iloc[0]["operation"])
    if kind is None:
        return
    if rows["operation"].nunique() > 1 or (kind.role == "rate" and operation != "add"):
        problems.add(f"{where}:operation", operation, "one operation for all knots; add for a yearly rate")
        return
    rows = figure("measures.csv", rows, kind, parameters, years, problems)
    target = replace(kind, unit="1") if operation == "multiply" else kind
    knots, values = rows["year"].to_numpy(dtype=float), converted(where, rows, "value", target, problems)
    if not np.all(np.isfinite(values)) or (knots <= as_of).any():
        told = f"{id_}: {values.tolist()} at {[int(knot) for knot in knots]}"
        problems.add(f"{where}:year", told, f"numbers at years after {as_of}")
        return
    if operation == "set" and not within(f"{where}:value", values, kind, problems):
        return
    found = parameters.get(parameter) or _without_row(where, parameter, kind, years, problems)
    if found is None:
        return
    start = float(found.central[as_of - years[0]])
    neutral = {"add": 0.0, "multiply": 1.0, "set": start}[operation]
    path = np.interp(years, [as_of, *knots], [neutral, *values])
    if kind.role == "rate":
        path = np.cumsum(np.where(years > as_of, path, 0.0))
    if operation == "set":
        last = int(min(max(knots[-1] - years[0], 0), years.size - 1))
        operation = "raise" if values[-1] >= found.central[last] else "lower"
        path = np.where(years > as_of, path, np.nan)
    parameters[parameter] = replace(found, actions=(*found.actions, Action(measure, operation, path)))


def _without_row(
    where: str, parameter: str, kind: ParameterKind, years: NDArray[np.int64], problems: Problems
) -> Parameter | None:
    """A parameter that drivers.csv does not give, at its default, for a measure to move; a problem where it has none."""
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
