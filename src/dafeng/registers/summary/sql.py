"""Expressions compiled to SQL.

The same syntax tree as for one record is evaluated on a hundred thousand at once.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Integer, Text, and_, case, cast, func, literal, not_, null, or_

from dafeng.evidence import DafengError
from dafeng.registers.definition.evaluation import Circumstances
from dafeng.registers.definition.syntax import Call, Const, Name, Node, Operation

Columns: TypeAlias = Mapping[str, ColumnElement[Any]]
_PAIRS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: a * 1.0 / func.nullif(b, 0), "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def sql_of(node: Node, columns: Columns, now: Circumstances) -> ColumnElement[Any]:
    """Compile `node` to a column expression; NULL is missing, as None is on one record.

    Raises
    ------
    DafengError
        For a function that is available on one record only.
    """
    match node:
        case Const(value=value):
            return literal(value)
        case Name(name=name):
            return columns[name]
        case Call():
            return _call(node, columns, now)
        case Operation(op="and", parts=parts):
            return and_(*(sql_of(part, columns, now) for part in parts))
        case Operation(op="or", parts=parts):
            return or_(*(sql_of(part, columns, now) for part in parts))
        case Operation(op="not", parts=(part,)):
            return not_(sql_of(part, columns, now))
        case Operation(op="neg", parts=(part,)):
            return -sql_of(part, columns, now)
        case Operation(op="in", parts=(first, *listed)):
            return sql_of(first, columns, now).in_([item.value for item in listed if isinstance(item, Const)])
        case Operation(op=op, parts=(left, right)):
            return _PAIRS[op](sql_of(left, columns, now), sql_of(right, columns, now))  # type: ignore[no-any-return]
    raise TypeError(node)


def _call(call: Call, columns: Columns, now: Circumstances) -> ColumnElement[Any]:
    if call.function == "lookup":
        return _looked_up(call, now)
    parts = [sql_of(part, columns, now) for part in call.parts]
    made = _FUNCTIONS.get(call.function)
    if made is None:
        raise DafengError.at(
            "indicator",
            call.function,
            f"one of {', '.join(sorted(_FUNCTIONS))} in an indicator",
            "compute it as a field of the record",
        )
    return made(now, *parts)


def _looked_up(call: Call, now: Circumstances) -> ColumnElement[Any]:
    if not all(isinstance(part, Const) for part in call.parts):
        raise DafengError.at(
            "indicator",
            "lookup by a field",
            "lookup by constants in an indicator",
            "compute it as a field of the record",
        )
    table, *keys = [str(part.value) for part in call.parts if isinstance(part, Const)]
    value = now.lookup(table, keys, now.today, now.place)
    return null() if value is None else literal(value)


def _cut(start: int, length: int) -> Callable[..., ColumnElement[Any]]:
    return lambda _now, part: cast(func.substr(cast_text(part), start, length), Integer)


def cast_text(part: ColumnElement[Any]) -> ColumnElement[Any]:
    """Cast a date or a year to text."""
    return cast(part, Text)


def sql_of_year(
    node: Node, sign: str, year: int, columns: Columns, now: Circumstances
) -> ColumnElement[bool]:
    """Compare the year of a date with `year`: a column of dates by its text, so that no row of it is cut and cast."""
    if isinstance(node, Call) and node.function == "year":
        [node] = node.parts
    part = sql_of(node, columns, now)
    if isinstance(node, Name) and isinstance(part.type, Text):
        begun, ended = part >= str(year), part < str(year + 1)
        return {"==": and_(begun, ended), ">=": begun, "<=": ended, ">": part >= str(year + 1)}[sign]
    whole = part if isinstance(part.type, Integer) else _cut(1, 4)(now, part)
    return _PAIRS[sign](whole, year)  # type: ignore[no-any-return]


def _month(_now: Circumstances, part: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the month of a date; 0 of a year, as on one record."""
    digits = func.substr(cast_text(part), 6, 2)
    return case(
        (part.is_(None), null()),
        (digits.like("__"), cast(func.coalesce(func.nullif(digits, ""), "0"), Integer)),
        else_=0,
    )


def _filled(_now: Circumstances, part: ColumnElement[Any]) -> ColumnElement[Any]:
    return and_(part.is_not(None), cast_text(part) != "")


def _quarter(_now: Circumstances, part: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the quarter of a date, a month or a quarter; 0 of a year, as on one record."""
    text = cast_text(part)
    written = cast(func.substr(text, 6, 1), Integer)
    month = func.substr(text, 6, 2)
    of_month = (cast(func.coalesce(func.nullif(month, ""), "0"), Integer) + 2) // 3
    return case((part.is_(None), null()), (func.substr(text, 5, 1) == "Q", written), else_=of_month)


def _extreme(least: bool) -> Callable[..., ColumnElement[Any]]:
    """Return the least or greatest part; missing where one is (PostgreSQL would pass over it)."""

    def built(_now: Circumstances, *parts: ColumnElement[Any]) -> ColumnElement[Any]:
        found = parts[0]
        for part in parts[1:]:
            found = case(((found <= part) if least else (found >= part), found), (found.is_not(None), part))
            found = case((part.is_(None), null()), else_=found)
        return found

    return built


_FUNCTIONS: dict[str, Callable[..., ColumnElement[Any]]] = {
    "quarter": _quarter,
    "least": _extreme(True),
    "most": _extreme(False),
    "year": _cut(1, 4),
    "month": _month,
    "today": lambda now: literal(now.today),
    "filled": _filled,
    "empty": lambda now, part: not_(_filled(now, part)),
    "abs": lambda _now, part: func.abs(part),
    "zero_if_empty": lambda _now, part: func.coalesce(part, 0.0),
    "only": lambda _now, value, condition: case((condition, value), (not_(condition), 0.0)),
    "starts": lambda _now, text, start: cast_text(text).startswith(start),
    "has": lambda _now, text, code: (literal(";") + text + ";").contains(literal(";") + code + ";"),
}
