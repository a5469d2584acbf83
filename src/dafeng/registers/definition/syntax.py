"""Expression language of guards, rules, computed fields and indicators.

An expression is parsed to a small syntax tree, never executed.

Comparisons, arithmetic, `and`, `or`, `not`, `in (…)`, and the functions of `FUNCTIONS` and `AGGREGATES`.
The grammar
is the expression grammar of Python, of which all but these forms is refused.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from dafeng.evidence import DafengError

LONGEST, DEEPEST = 2_000, 40

FUNCTIONS: dict[str, tuple[int, int, str]] = {
    "year": (1, 1, "number"), "month": (1, 1, "number"), "quarter": (1, 1, "number"), "days": (2, 2, "number"),
    "working_day": (2, 2, "date"), "today": (0, 0, "date"), "empty": (1, 1, "bool"), "filled": (1, 1, "bool"),
    "abs": (1, 1, "number"), "round": (2, 2, "number"), "least": (2, 9, "number"), "most": (2, 9, "number"),
    "starts": (2, 2, "bool"), "has": (2, 2, "bool"), "zero_if_empty": (1, 1, "number"), "lookup": (2, 6, "number"),
    "only": (2, 2, "number"),
}  # fmt: skip
"""Function → least and most arguments, kind of the result. docs/registers.md documents each."""

AGGREGATES = ("sum", "count")

OVER_MANY = frozenset({
    "year", "month", "quarter", "today", "filled", "empty", "abs", "least", "most", "zero_if_empty", "only", "starts", "has", "lookup",
})  # fmt: skip
"""Functions that an indicator may apply to the records it adds up; the others are for one record: a computed field."""


@dataclass(frozen=True, slots=True)
class Const:
    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    """Reference to a field, `child.field`, or one of `state`, `region`, `period`."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Operator node: `op` is one of + - * / neg < <= > >= == != and or not in."""

    op: str
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    parts: tuple["Node", ...]


Node: TypeAlias = Const | Name | Operation | Call

_BINARY: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


def parse(text: str, where: str) -> Node:
    """Parse an expression into its syntax tree.

    Raises
    ------
    DafengError
        For what the language does not have, with the column.

    Examples
    --------
    >>> parse("power > 0 and state in ('operating',)", "rule")
    Operation(op='and', parts=(Operation(op='>', parts=(Name(name='power'), Const(value=0))), Operation(op='in', ...
    """
    if len(text) > LONGEST:
        raise DafengError.at(where, f"{len(text):,} characters", f"at most {LONGEST:,} characters", _MEND)
    try:
        body = ast.parse(" ".join(text.split()), mode="eval").body
        return _node(body, where, 0)
    except SyntaxError as error:
        found = f"{text!r} (column {error.offset or 1}: {error.msg})"
        raise DafengError.at(where, found, "an expression such as capacity > 0", _MEND) from None
    except (ValueError, MemoryError, RecursionError) as error:
        raise DafengError.at(
            where, repr(text[:80]), "an expression such as capacity > 0", str(error)
        ) from None


_MEND = "rules stay small: comparisons, sums, dates, look-ups; more is a named Python function"


def _refuse(where: str, found: object) -> DafengError:
    return DafengError.at(
        where, str(found), "comparisons, + - * /, and, or, not, in, and the functions of the language", _MEND
    )


def _node(tree: ast.AST, where: str, depth: int) -> Node:
    if depth > DEEPEST:
        raise DafengError.at(where, "an expression nested too deep", f"at most {DEEPEST} levels", _MEND)
    match tree:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return Const(value)
        case ast.Name(id=name):
            return Name(name)
        case ast.Attribute(value=ast.Name(id=child), attr=name):
            return Name(f"{child}.{name}")
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name, arguments, where, depth)
        case _:
            return _operation(tree, where, depth)


def _operation(tree: ast.AST, where: str, depth: int) -> Node:
    match tree:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Operation("neg", (_node(operand, where, depth + 1),))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Operation("not", (_node(operand, where, depth + 1),))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return Operation(
                _BINARY[type(op)], (_node(left, where, depth + 1), _node(right, where, depth + 1))
            )
        case ast.BoolOp(op=op, values=values):
            name = "and" if isinstance(op, ast.And) else "or"
            return Operation(name, tuple(_node(value, where, depth + 1) for value in values))
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return _comparison([left, *comparators], ops, where, depth)
    raise _refuse(where, ast.unparse(tree)[:80] if isinstance(tree, ast.expr) else type(tree).__name__)


def _call(name: str, arguments: list[ast.expr], where: str, depth: int) -> Call:
    least, most, _ = FUNCTIONS.get(name, (0, 1, "") if name in AGGREGATES else (-1, -1, ""))
    if least < 0:
        raise _refuse(where, f"the function {name}")
    if not least <= len(arguments) <= most:
        raise DafengError.at(where, f"{name} with {len(arguments)} arguments", f"{least} to {most} arguments")
    return Call(name, tuple(_node(argument, where, depth + 1) for argument in arguments))


def _comparison(values: list[ast.expr], ops: list[ast.cmpop], where: str, depth: int) -> Node:
    """Parse a comparison: `0 <= x <= 1` is both comparisons; `x in ('a', 'b')` a list of constants."""
    parts: list[Node] = []
    for left, op, right in zip(values, ops, values[1:], strict=False):
        first = _node(left, where, depth + 1)
        if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List):
            listed = tuple(_node(item, where, depth + 1) for item in right.elts)
            if not listed or not all(isinstance(item, Const) for item in listed):
                raise _refuse(where, ast.unparse(right))
            inside = Operation("in", (first, *listed))
            parts.append(inside if isinstance(op, ast.In) else Operation("not", (inside,)))
        elif type(op) in _COMPARE:
            parts.append(Operation(_COMPARE[type(op)], (first, _node(right, where, depth + 1))))
        else:
            raise _refuse(where, type(op).__name__.lower())
    return parts[0] if len(parts) == 1 else Operation("and", tuple(parts))


def walk(node: Node) -> Iterator[Node]:
    """Iterate over `node` and all its descendants."""
    yield node
    if isinstance(node, Operation | Call):
        for part in node.parts:
            yield from walk(part)


def names(node: Node) -> set[str]:
    """Return the names used in the expression."""
    return {part.name for part in walk(node) if isinstance(part, Name)}
