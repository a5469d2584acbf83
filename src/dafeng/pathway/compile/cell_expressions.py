"""Expressions in the cells of a case: parsing, checks of names, circular references and units, central case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Problems
from dafeng.pathway.engine.model import Parameter, ParameterKind
from dafeng.pathway.engine.series import GROWTH, series_of
from dafeng.pathway.methods.expressions import GDP, Formula, Node, check_unit, parse, reckon
from dafeng.units import base

Array = NDArray[np.float64]

COLUMN = "value_expression"


@dataclass(frozen=True, slots=True)
class Written:
    """Formula and its cells, one for each tree; "" for a number."""

    formula: Formula
    cells: tuple[str, ...]


def written(file: str, rows: pd.DataFrame, kind: ParameterKind, problems: Problems) -> Written | None:
    """Parse the formula of `rows` (of one parameter, by year); None where all values are numbers, or a cell
    is invalid.

    One row holds for all years; several are knots, of which some may be numbers.
    """
    if COLUMN not in rows or not rows[COLUMN].astype(bool).any():
        return None
    trees: list[Node] = []
    cells: list[str] = []
    sound = True
    columns = (rows.index, rows[COLUMN], rows["value"], rows["unit"])
    for row, text, value, unit in zip(*columns, strict=True):
        cell = f"{file}:{row}:value"
        cells.append(cell if text else "")
        try:
            if not text:
                trees.append(Node("number", float(value) * base(str(unit))[0], str(unit)))
                continue
            trees.append(parse(str(text)))
        except DafengError as error:
            sound = False
            _relocate(error, cell, problems)
    if not sound:
        return None
    years = () if len(trees) == 1 else tuple(rows["year"].astype(float))
    return Written(Formula(tuple(trees), years, kind.unit, kind.role == "rate"), tuple(cells))


def _relocate(error: DafengError, cell: str, problems: Problems) -> None:
    for problem in error.problems:
        problems.add(cell, problem.found, problem.expected, problem.mend)


def resolve(
    formulas: Mapping[str, Written],
    parameters: dict[str, Parameter],
    names: Mapping[str, str],
    years: NDArray[np.int64],
    problems: Problems,
) -> None:
    """Give the parameters of `formulas` their formula and central path, in the order of their dependence.

    `names` are what an expression may name: ids of drivers and parameters → parameter.
    """
    units = {name: parameters[id_].unit for name, id_ in names.items()} | {GDP: "1"}
    known = {id_: found for id_, found in formulas.items() if _named(found, names, problems)}
    needs = {id_: [_needed(name, names) for name in found.formula.references] for id_, found in known.items()}
    try:
        order = [id_ for id_ in TopologicalSorter(needs).static_order() if id_ in known]
    except CycleError as error:
        circle = list(dict.fromkeys(error.args[1]))
        for id_ in circle:
            cells = [cell for cell in known[id_].cells if cell]
            problems.add(
                ", ".join(cells), f"a circle: {' ← '.join([*circle, circle[0]])}", "series that do not depend on themselves",
                "write one of them as numbers",
            )  # fmt: skip
        return
    for id_ in order:
        if not _fits(known[id_], units, problems):
            return
        formula = replace(
            known[id_].formula, trees=tuple(_renamed(tree, names) for tree in known[id_].formula.trees)
        )
        central = reckoned(formula, parameters, years)
        if not np.all(np.isfinite(central)):
            found = f"no number in {years[int(np.argmin(np.isfinite(central)))]}"
            problems.add(
                known[id_].cells[0], found, "a number in every year", "see logarithms, powers and divisors"
            )
            return
        parameters[id_] = replace(parameters[id_], central=central, formula=formula)


def reckoned(formula: Formula, parameters: Mapping[str, Parameter], years: NDArray[np.int64]) -> Array:
    """Compute the path [year] of a formula in the central case without measures."""
    found = reckon(formula, series_of(lambda id_: parameters[id_].central[None, :], parameters), years)
    return np.asarray(found[0])


def figure(
    file: str, rows: pd.DataFrame, kind: ParameterKind, parameters: Mapping[str, Parameter],
    years: NDArray[np.int64], problems: Problems,
) -> pd.DataFrame:  # fmt: skip
    """Return `rows` of a measure with expressions as numbers: a plan's figure is computed once, in the
    central case without measures.
    """
    if COLUMN not in rows or not rows[COLUMN].astype(bool).any():
        return rows
    names = {id_: id_ for id_ in parameters}
    units = {id_: found.unit for id_, found in parameters.items()} | {GDP: "1"}
    filled = rows.copy()
    for row in rows.index[rows[COLUMN].astype(bool)]:
        unit = str(rows.loc[row, "unit"])
        one = written(file, rows.loc[[row]], replace(kind, unit=unit, role="level"), problems)
        if one is None or not _named(one, names, problems) or not _fits(one, units, problems):
            continue
        path = reckoned(one.formula, parameters, years)
        filled.loc[row, "value"] = float(np.interp(float(str(rows.loc[row, "year"])), years, path))
    return filled


def _needed(name: str, names: Mapping[str, str]) -> str:
    return GROWTH if name == GDP else names[name]


def _named(found: Written, names: Mapping[str, str], problems: Problems) -> bool:
    """Return whether all series that the formula names exist."""
    before = len(problems)
    for tree, cell in zip(found.formula.trees, found.cells, strict=True):
        for name in replace(found.formula, trees=(tree,)).references:
            if name in names or (name == GDP and GROWTH in names):
                continue
            near = get_close_matches(name, [*names, GDP], 1)
            problems.add(
                cell, f"{name}, which no driver sets", f"an id of drivers.csv, {GDP} or year",
                f"did you mean {near[0]}?" if near else "",
            )  # fmt: skip
    return len(problems) == before


def _fits(found: Written, units: Mapping[str, str], problems: Problems) -> bool:
    before = len(problems)
    for tree, cell in zip(found.formula.trees, found.cells, strict=True):
        try:
            check_unit(tree, found.formula.unit, units)
        except DafengError as error:
            _relocate(error, cell, problems)
    return len(problems) == before


def _renamed(tree: Node, names: Mapping[str, str]) -> Node:
    inner: Iterable[Node] = (_renamed(argument, names) for argument in tree.arguments)
    return replace(tree, name=names.get(tree.name, tree.name), arguments=tuple(inner))
