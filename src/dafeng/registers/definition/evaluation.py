"""Evaluation of an expression on one record.

Missing stays missing, as NULL does in SQL (Kleene's three-valued logic).
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from dafeng.registers.definition.calendar import working_day
from dafeng.registers.definition.syntax import AGGREGATES, Call, Const, Name, Node, Operation

Row: TypeAlias = Mapping[str, Any]
Computed: TypeAlias = Callable[[Row, "Circumstances"], Any]
Lookup: TypeAlias = Callable[[str, Sequence[str], str, str], float | None]


def nothing_listed(_table: str, _keys: Sequence[str], _day: str, _place: str) -> float | None:
    """Return no value: the look-up used where there are no code tables."""
    return None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Evaluation context of an expression besides the record: the day, the place, the dated code tables.

    `day` is the day on which rules and code tables are read, "" for today: a record of an old period is checked
    by what was in force then.
    """

    today: str
    place: str = ""
    lookup: Lookup = nothing_listed
    day: str = ""

    @property
    def on(self) -> str:
        return self.day or self.today


_PAIRS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def computed(node: Node) -> Computed:
    """Compile `node` to a function of a record; the function returns None where a part is missing."""
    match node:
        case Const(value=value):
            return lambda _row, _now: value
        case Name(name=name):
            return lambda row, _now: row.get(name)
        case Call():
            return _call(node)
        case Operation(op="and" | "or" as op, parts=parts):
            return _joined(op == "and", [computed(part) for part in parts])
        case Operation(op="not", parts=(part,)):
            return _mapped(computed(part), operator.not_)
        case Operation(op="neg", parts=(part,)):
            return _mapped(computed(part), operator.neg)
        case Operation(op="in", parts=(first, *listed)):
            values = {item.value for item in listed if isinstance(item, Const)}
            return _mapped(computed(first), values.__contains__)
        case Operation(op="/", parts=(left, right)):
            return _paired(computed(left), computed(right), lambda a, b: a / b if b else None)
        case Operation(op=op, parts=(left, right)):
            return _paired(computed(left), computed(right), _PAIRS[op])
    raise TypeError(node)


def _mapped(part: Computed, do: Callable[[Any], Any]) -> Computed:
    def result(row: Row, now: Circumstances) -> Any:
        value = part(row, now)
        return None if value is None else do(value)

    return result


def _paired(left: Computed, right: Computed, do: Callable[[Any, Any], Any]) -> Computed:
    def result(row: Row, now: Circumstances) -> Any:
        first, second = left(row, now), right(row, now)
        return None if first is None or second is None else do(first, second)

    return result


def _joined(every: bool, parts: list[Computed]) -> Computed:
    """Combine parts: `and` is false once one part is, `or` true once one is.

    Otherwise the result is missing where one part is missing.
    """

    def result(row: Row, now: Circumstances) -> bool | None:
        values = [part(row, now) for part in parts]
        if any(value is not None and bool(value) is not every for value in values):
            return not every
        return None if None in values else every

    return result


def _call(call: Call) -> Computed:
    parts = [computed(part) for part in call.parts]
    if call.function in AGGREGATES:
        return _over_children(call)
    if call.function == "lookup":
        return lambda row, now: _looked_up([part(row, now) for part in parts], now)
    if call.function == "today":
        return lambda _row, now: now.today
    if call.function == "empty":
        return lambda row, now: parts[0](row, now) in (None, "")
    if call.function == "filled":
        return lambda row, now: parts[0](row, now) not in (None, "")
    if call.function == "zero_if_empty":
        return lambda row, now: 0.0 if (value := parts[0](row, now)) is None else value
    if call.function == "only":
        return lambda row, now: _only(parts[0], parts[1](row, now), row, now)
    do = _SIMPLE[call.function]

    def result(row: Row, now: Circumstances) -> Any:
        values = [part(row, now) for part in parts]
        return None if None in values else do(*values)

    return result


def _only(value: Computed, condition: Any, row: Row, now: Circumstances) -> Any:
    """Return the value where the condition holds, 0 where it does not, None where the condition is missing."""
    if condition is None:
        return None
    return value(row, now) if condition else 0.0


def _looked_up(values: list[Any], now: Circumstances) -> float | None:
    table, *keys = values
    return None if None in keys else now.lookup(str(table), [str(key) for key in keys], now.on, now.place)


def _over_children(call: Call) -> Computed:
    """Compile `sum(child.x)` and `count(child.x > 0)` over the child rows.

    One missing part makes the result missing.
    """
    child = next((n.partition(".")[0] for part in call.parts for n in _names(part)), "")
    inner = computed(_inside(call.parts[0], child)) if call.parts else None

    def result(row: Row, now: Circumstances) -> float | int | None:
        values = [inner({**row, **each}, now) if inner else True for each in row.get(child) or ()]
        if None in values:
            return None
        if call.function == "sum":
            return float(sum(values))
        return sum(1 for value in values if value)

    return result


def _inside(node: Node, child: str) -> Node:
    """Rewrite `child.x` in `node` as `x`."""
    match node:
        case Name(name=name) if name.startswith(f"{child}."):
            return Name(name.partition(".")[2])
        case Operation(op=op, parts=parts):
            return Operation(op, tuple(_inside(part, child) for part in parts))
        case Call(function=function, parts=parts):
            return Call(function, tuple(_inside(part, child) for part in parts))
    return node


def _names(node: Node) -> list[str]:
    if isinstance(node, Name):
        return [node.name] if "." in node.name else []
    return [name for part in getattr(node, "parts", ()) for name in _names(part)]


def _year(value: Any) -> int:
    return int(str(value)[:4])


def _month(value: Any) -> int:
    return int(str(value)[5:7]) if str(value)[5:7].isdigit() else 0


def _quarter(value: Any) -> int:
    text = str(value)
    if text[4:5] == "Q":
        return int(text[5:6])
    return (int(text[5:7]) + 2) // 3 if text[5:7].isdigit() else 0


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last[:10]) - date.fromisoformat(first[:10])).days


_SIMPLE: dict[str, Callable[..., Any]] = {
    "year": _year, "month": _month, "quarter": _quarter, "days": _days, "abs": abs, "least": min, "most": max,
    "round": lambda value, digits: round(float(value), int(digits)),
    "starts": lambda text, start: str(text).startswith(str(start)),
    "has": lambda text, code: str(code) in str(text).split(";"),
    "working_day": lambda day, count: working_day(date.fromisoformat(day[:10]), int(count)).isoformat(),
}  # fmt: skip
