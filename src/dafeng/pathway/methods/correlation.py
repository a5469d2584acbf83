"""Correlation between uncertain drivers, as the table `correlations` of a case states it."""

from collections.abc import Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import combinations, product

import numpy as np
import pandas as pd

from dafeng.evidence import Problems

Pair = tuple[str, str]


def stated_pairs(correlations: pd.DataFrame, drivers: pd.DataFrame) -> Mapping[Pair, float]:
    """Return pairs of driver ids → correlation, from rows that name ids or parameters, with * for any.

    A row with the same pattern twice links all drivers that fit with each other.

    Raises: DafengError with every row that fits no uncertain driver, or states a pair otherwise than another
    row, and where the correlations do not go together (no such joint distribution exists).
    """
    uncertain = drivers[drivers["dimension"].notna() & (drivers["distribution"] != "fixed")].drop_duplicates(
        "id"
    )
    parameter_of = dict(zip(uncertain["id"].astype(str), uncertain["parameter"].astype(str), strict=True))
    problems, found = Problems(), dict[Pair, float]()
    columns = (
        correlations.index,
        correlations["first"].astype(str),
        correlations["second"].astype(str),
        correlations["value"],
    )
    for row, first, second, value in zip(*columns, strict=True):
        sides = [_fitting(name, parameter_of) for name in (first, second)]
        for name, side, column in zip((first, second), sides, ("first", "second"), strict=True):
            if not side:
                near = get_close_matches(name, [*parameter_of, *parameter_of.values()], 1)
                mend = (
                    f"did you mean {near[0]}?"
                    if near
                    else "drivers of distribution fixed have no correlation"
                )
                problems.add(
                    f"correlations.csv:{row}:{column}", name, "an uncertain driver or its parameter", mend
                )
        pairs = combinations(sides[0], 2) if sides[0] == sides[1] else product(*sides)
        for a, b in pairs:
            pair = (min(a, b), max(a, b))
            if a == b:
                continue
            if found.setdefault(pair, float(value)) != float(value):
                problems.add(
                    f"correlations.csv:{row}",
                    f"{a}, {b}: {value:g}",
                    f"{found[pair]:g}, as another row says",
                    "state each pair once",
                )
    problems.raise_if_any()
    if found and not _possible(found):
        problems.add(
            "correlations.csv",
            "no joint distribution has these correlations",
            "a positive definite matrix",
            "make them smaller",
        )
    problems.raise_if_any()
    return found


def _fitting(name: str, parameter_of: Mapping[str, str]) -> list[str]:
    return [
        id_
        for id_, parameter in parameter_of.items()
        if fnmatchcase(id_, name) or fnmatchcase(parameter, name)
    ]


def _possible(pairs: Mapping[Pair, float]) -> bool:
    ids = sorted({id_ for pair in pairs for id_ in pair})
    matrix = np.eye(len(ids))
    for (a, b), value in pairs.items():
        matrix[ids.index(a), ids.index(b)] = matrix[ids.index(b), ids.index(a)] = value
    return bool(np.linalg.eigvalsh(matrix)[0] > 1e-9)
