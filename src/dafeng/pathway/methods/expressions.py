"""Expressions in drivers and measures, such as `=gdp.real * 0.8`: parsed, checked in their units, computed
over years.

Everything is computed in base units (t, MWh, h, persons …), so that products of units come out right; the
result is taken to the unit of the parameter. A tree is plain frozen data: it goes to other processes as it
is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError
from dafeng.units import base, factor

Array = NDArray[np.float64]
Powers = Mapping[str, float]

GDP, YEAR = "gdp.real", "year"
RATE: Powers = {"[time]": -1.0}
# what people type with a Chinese keyboard
HALF_WIDTH = str.maketrans("＝（），：＋－×÷＊／％［］＾．　−", "=(),:+-*/*/%[]^. -")
# signs of a logistic curve that goes from 10 to 90 % in its span
LOGISTIC = 2 * np.log(9.0)


@dataclass(frozen=True, slots=True)
class Node:
    """Node of a tree: a number (`value` in base units, `unit`), a series (`name`), or a function of
    `arguments`; `knots` for knots(…).
    """

    function: str
    value: float = 0.0
    unit: str = "1"
    name: str = ""
    arguments: tuple["Node", ...] = ()
    knots: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """Formula of a parameter: trees at knots (one for all years where `years` is empty), in `unit`; `rate`
    where yearly.
    """

    trees: tuple[Node, ...]
    years: tuple[float, ...]
    unit: str
    rate: bool

    @property
    def references(self) -> tuple[str, ...]:
        """Return the names of the series that it needs, each once."""
        return tuple(dict.fromkeys(name for tree in self.trees for name in references(tree)))


# function -> least and most arguments, as people write it
FUNCTIONS: Mapping[str, tuple[int, int, str]] = {
    "knots": (1, 99, "knots(2025: value, 2030: value)"),
    "growth": (2, 2, "growth(start, rate)"),
    "logistic": (4, 4, "logistic(start, end, year of the middle, years from 10 to 90 %)"),
    "elasticity": (2, 2, "elasticity(series, exponent)"),
    "index": (1, 1, "index(series)"),
    "min": (2, 99, "min(a, b)"),
    "max": (2, 99, "max(a, b)"),
    "exp": (1, 1, "exp(number)"),
    "log": (1, 1, "log(number)"),
}


@cache
def _parser() -> Any:
    from lark import Lark

    grammar = (files("dafeng.pathway") / "expressions.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True)


@cache
def parse(text: str) -> Node:
    """Parse the tree of an expression, with or without its = sign.

    Raises: DafengError that names the character where it becomes invalid, or the function or unit that is
    unknown.
    """
    from lark.exceptions import UnexpectedInput, UnexpectedToken

    half = text.translate(HALF_WIDTH).strip()
    body = half.removeprefix("=")
    try:
        tree = _parser().parse(body)
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        at = len(body) + 1 if ended else error.column
        rest = body[at - 1 : at + 11]
        found = f"{text}: {rest!r} at character {at + len(half) - len(body)}" if rest else f"{text}: its end"
        raise DafengError.at(
            "expression", found, "an expression such as =gdp.real * 0.8 or =knots(2025: 3, 2030: 5)",
            "a unit goes into square brackets after its number, as 5 [MW]",
        ) from error  # fmt: skip
    return _node(tree)


def _node(tree: Any) -> Node:
    kind, children = str(tree.data), tree.children
    if kind == "number":
        return Node("number", float(children[0]))
    if kind == "percent":
        return Node("number", float(children[0]) / 100)
    if kind == "quantity":
        unit = str(children[1])[1:-1]
        return Node("number", float(children[0]) * base(unit)[0], unit)
    if kind == "name":
        return Node("series", name=str(children[0]))
    if kind == "knot":
        raise DafengError.at("expression", f"{children[0]}: outside knots(…)", FUNCTIONS["knots"][2])
    if kind == "call":
        return _call(str(children[0]), [child for child in children[1:] if child is not None])
    return Node(kind, arguments=tuple(_node(child) for child in children))


def _call(name: str, children: list[Any]) -> Node:
    if name not in FUNCTIONS:
        raise DafengError.at("expression", f"{name}(…)", ", ".join(form for *_, form in FUNCTIONS.values()))
    least, most, form = FUNCTIONS[name]
    if not least <= len(children) <= most:
        raise DafengError.at("expression", f"{name} of {len(children)} arguments", form)
    if name != "knots":
        return Node(name, arguments=tuple(_node(child) for child in children))
    if any(str(child.data) != "knot" for child in children):
        raise DafengError.at("expression", "knots without years", form)
    years = tuple(float(child.children[0]) for child in children)
    if any(later <= earlier for earlier, later in pairwise(years)):
        raise DafengError.at("expression", f"knots at {years}", "years in ascending order, each once")
    return Node(name, arguments=tuple(_node(child.children[1]) for child in children), knots=years)


def references(node: Node) -> tuple[str, ...]:
    """Return names of series in a tree, in order."""
    if node.function == "series":
        return () if node.name == YEAR else (node.name,)
    return tuple(name for argument in node.arguments for name in references(argument))


def powers(node: Node, unit_of: Mapping[str, str]) -> Powers:
    """Return the dimension of a tree; `unit_of` the series that it may name.

    Raises: DafengError for an unknown series, or for units that do not go together.
    """
    if node.function == "number":
        return base(node.unit)[1]
    if node.function == "series":
        if node.name == YEAR:
            return {}
        return base(unit_of[node.name])[1]
    inner = [powers(argument, unit_of) for argument in node.arguments]
    return _RULES.get(node.function, _pure)(node, inner)


def _written(found: Powers) -> str:
    return " ".join(f"{name}^{power:g}" for name, power in sorted(found.items())) or "a pure number"


def _same(node: Node, inner: list[Powers]) -> Powers:
    for other in inner[1:]:
        if dict(other) != dict(inner[0]):
            raise DafengError.at(
                "expression", f"{node.function} of {_written(inner[0])} and {_written(other)}", "one kind of unit",
                "give a number its unit, as 5 [MW]",
            )  # fmt: skip
    return inner[0]


def _pure(node: Node, inner: list[Powers]) -> Powers:
    for found in inner:
        if found:
            raise DafengError.at("expression", f"{node.function} of {_written(found)}", "pure numbers")
    return {}


def _together(a: Powers, b: Powers, sign: float) -> Powers:
    summed = {name: a.get(name, 0.0) + sign * b.get(name, 0.0) for name in {*a, *b}}
    return {name: power for name, power in summed.items() if power}


def _raised(node: Node, inner: list[Powers]) -> Powers:
    exponent = node.arguments[1]
    if not inner[0]:
        return _pure(node, inner[1:])
    if exponent.function != "number" or inner[1]:
        raise DafengError.at("expression", f"{_written(inner[0])} to a power that is no number", "a number")
    return {name: power * exponent.value for name, power in inner[0].items()}


def _growth(_node: Node, inner: list[Powers]) -> Powers:
    if dict(inner[1]) != dict(RATE):
        raise DafengError.at("expression", f"growth at {_written(inner[1])}", "a yearly rate, as 3 [%/a]")
    return inner[0]


def _curve(node: Node, inner: list[Powers]) -> Powers:
    _pure(node, inner[2:])
    return _same(node, inner[:2])


def _relative(node: Node, inner: list[Powers]) -> Powers:
    _pure(node, inner[1:])
    return {}


_RULES: Mapping[str, Callable[[Node, list[Powers]], Powers]] = {
    "add": _same,
    "subtract": _same,
    "min": _same,
    "max": _same,
    "knots": _same,
    "negative": lambda _, inner: inner[0],
    "multiply": lambda _, inner: _together(inner[0], inner[1], 1.0),
    "divide": lambda _, inner: _together(inner[0], inner[1], -1.0),
    "raise_to": _raised,
    "growth": _growth,
    "logistic": _curve,
    "elasticity": _relative,
    "index": _relative,
}


def check_unit(node: Node, unit: str, unit_of: Mapping[str, str]) -> None:
    """Check the unit of a tree; raises DafengError where the tree does not come out in the kind of `unit`."""
    found = powers(node, unit_of)
    if dict(found) != dict(base(unit)[1]):
        raise DafengError.at(
            "expression", f"a result in {_written(found)}", f"{unit} ({_written(base(unit)[1])})",
            "give a number its unit, as 5 [MW]",
        )  # fmt: skip


def reckon(formula: Formula, series: Callable[[str], Array], years: NDArray[np.int64]) -> Array:
    """Compute the path of a formula [sample or 1, year] in its unit, cumulated logarithms where it is a rate.

    `series(name)` gives the path of a series in base units over all `years` of the model,
    [sample or 1, year].
    """
    with np.errstate(all="ignore"):
        values = [_value(tree, series, years) for tree in formula.trees]
    path = values[0] if not formula.years else _between(values, formula.years, years)
    path = np.broadcast_to(path, (path.shape[0], years.size)) / base(formula.unit)[0]
    if not formula.rate:
        return path
    with np.errstate(all="ignore"):
        logs = np.log1p(path)
    logs[:, 0] = 0.0
    return np.asarray(np.cumsum(logs, axis=1))


def _between(values: list[Array], knots: tuple[float, ...], years: NDArray[np.int64]) -> Array:
    """Linear between the values that the trees take in their knots' years, held outside."""
    path: Array = np.zeros((1, years.size))
    for position, (value, knot) in enumerate(zip(values, knots, strict=True)):
        hat = np.interp(years, knots, np.eye(len(knots))[position])
        column = int(np.clip(knot - years[0], 0, value.shape[1] - 1))
        path = path + value[:, column, None] * hat
    return path


def _value(node: Node, series: Callable[[str], Array], years: NDArray[np.int64]) -> Array:
    if node.function == "number":
        return np.full((1, years.size), node.value)
    if node.function == "series":
        return years[None, :].astype(float) if node.name == YEAR else series(node.name)
    inner = [_value(argument, series, years) for argument in node.arguments]
    if node.function == "knots":
        return _between(inner, node.knots, years)
    if node.function == "logistic":
        first, last, middle, span = inner
        return np.asarray(first + (last - first) / (1.0 + np.exp(-LOGISTIC / span * (years - middle))))
    return np.asarray(_ARITHMETIC[node.function](inner))


def _grown(inner: list[Array]) -> Array:
    logs = np.log1p(inner[1] * factor("a", "h"))
    logs[:, 0] = 0.0
    return np.asarray(inner[0][:, :1] * np.exp(np.cumsum(logs, axis=1)))


_ARITHMETIC: Mapping[str, Callable[[list[Array]], Any]] = {
    "add": lambda inner: inner[0] + inner[1],
    "subtract": lambda inner: inner[0] - inner[1],
    "multiply": lambda inner: inner[0] * inner[1],
    "divide": lambda inner: inner[0] / inner[1],
    "negative": lambda inner: -inner[0],
    "raise_to": lambda inner: inner[0] ** inner[1],
    "growth": _grown,
    "elasticity": lambda inner: (inner[0] / inner[0][:, :1]) ** inner[1],
    "index": lambda inner: inner[0] / inner[0][:, :1],
    "min": lambda inner: np.minimum.reduce(np.broadcast_arrays(*inner)),
    "max": lambda inner: np.maximum.reduce(np.broadcast_arrays(*inner)),
    "exp": lambda inner: np.exp(inner[0]),
    "log": lambda inner: np.log(inner[0]),
}


def as_series(path: Array, unit: str, rate: bool) -> Array:
    """Return a parameter's path [sample or 1, year] as expressions see it, in base units: a rate per year
    again, not cumulated.
    """
    if rate:
        yearly = np.expm1(np.diff(path, axis=1))
        path = np.concatenate([yearly[:, :1], yearly], axis=1)
    return np.asarray(path * base(unit)[0])
