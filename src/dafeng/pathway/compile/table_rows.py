"""Rows of drivers.csv and measures.csv: their parameter, and their figures in its unit."""

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Problems, Text
from dafeng.pathway.engine.base import SEGMENTS
from dafeng.pathway.engine.model import ParameterKind, kind_of, parameter_kinds
from dafeng.pathway.engine.registry import GROUPS, reads_of, registered
from dafeng.units import convert

Array = NDArray[np.float64]

# a series of the case's own, for expressions to name; its unit is that of its rows
SERIES = "series"


def groups(table: pd.DataFrame, column: str) -> Iterable[tuple[str, pd.DataFrame]]:
    """Group rows by id, in the order of the table."""
    for id_ in dict.fromkeys(table[column]):
        yield str(id_), table[table[column] == id_]


def checked_kind(where: str, parameter: str, unit: str, problems: Problems) -> ParameterKind | None:
    """Return the vocabulary row of a parameter; a problem where there is none."""
    kind = kind_of(parameter)
    scope = parameter.partition(".")[2]
    if kind is None:
        near = get_close_matches(parameter, parameter_kinds(), 1)
        mend = f"did you mean {near[0]}?" if near else "see docs/pathway.md"
        expected = f"a parameter of the model: {', '.join(parameter_kinds())}"
        problems.add(f"{where}:parameter", parameter, expected, mend)
        return None
    if parameter.startswith(f"{SERIES}."):
        return replace(kind, id=parameter, unit=unit)
    if scope and scope not in SEGMENTS and scope not in GROUPS:
        problems.add(
            f"{where}:parameter",
            parameter,
            f"a segment after the point: {', '.join((*SEGMENTS, *GROUPS))}",
        )
        return None
    if not reads_of(parameter) and set(kind.used_by) <= registered().keys():
        scopes = ", ".join(_scopes(kind.id))
        expected = Text(f"{kind.id} 的范围:{scopes}", f"a scope of {kind.id} that a process reads: {scopes}")
        mend = Text(
            "此行不起作用,请逐个写明分部门", "the row would change nothing: name the segments one by one"
        )
        problems.add(f"{where}:parameter", parameter, expected, mend)
        return None
    return kind


def _scopes(id_: str) -> list[str]:
    head = id_.removesuffix("*")
    return [scope for scope in (*SEGMENTS, *GROUPS) if reads_of(f"{head}{scope}")]


def within(where: str, values: Array, kind: ParameterKind, problems: Problems) -> bool:
    """Check that `values` lie between the bounds of the parameter; a problem where not."""
    low, high = kind.bounds
    outside = values[(values < low) | (values > high)]
    if outside.size:
        expected = Text(
            f"{kind.zh}:{low:g} 到 {high:g} {kind.unit}", f"{kind.en}: {low:g} to {high:g} {kind.unit}"
        )
        problems.add(where, f"{outside[0]:g} {kind.unit}", expected)
    return not outside.size


def converted(where: str, rows: pd.DataFrame, column: str, kind: ParameterKind, problems: Problems) -> Array:
    """Convert a column to the unit of the parameter."""
    numbers = pd.to_numeric(rows[column]).to_numpy(dtype=float)
    try:
        return np.array(
            [float(convert(x, str(unit), kind.unit)) for x, unit in zip(numbers, rows["unit"], strict=True)]
        )
    except DafengError as error:
        for problem in error.problems:
            problems.add(f"{where}:unit", problem.found, problem.expected, problem.mend)
        return numbers
