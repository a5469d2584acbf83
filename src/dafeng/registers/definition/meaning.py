"""Semantic analysis of expressions.

Names are resolved, kinds checked, units of one kind converted to one scale.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from dafeng.evidence import DafengError, Text
from dafeng.registers.definition.syntax import (
    AGGREGATES,
    FUNCTIONS,
    Call,
    Const,
    Name,
    Node,
    Operation,
    parse,
)
from dafeng.units import base

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
Unit: TypeAlias = tuple[tuple[tuple[str, float], ...], float]
"""Powers of the base dimensions, and the scale of one unit."""
UnitOfTable: TypeAlias = Callable[[str], str]
"""Unit of the values of a code table (`table:key`), empty for a pure number."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Name available to an expression: `kind` is number, text, date or bool."""

    kind: str
    unit: str = ""
    codes: frozenset[str] = frozenset()
    many: bool = False
    """Whether it is a column of child rows (one to many per record)."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Checked syntax tree.

    `unit` is None for a bare number, which takes the unit of what it is compared with.
    """

    node: Node
    kind: str
    unit: Unit | None = None
    text: str = ""

    def scale_to(self, unit: str, where: str) -> float:
        """Return the conversion factor from the values of this expression to `unit`.

        Raises
        ------
        DafengError
            Where `unit` is of another kind.
        """
        if self.unit is None:
            return 1.0
        wanted = unit_of(unit)
        if wanted[0] != self.unit[0]:
            raise _other_kind(where, self.text, self.unit, unit)
        return self.unit[1] / wanted[1]


def unit_of(unit: str) -> Unit:
    """Parse the unit of a field into powers and scale; empty is a pure number."""
    scale, powers = base(unit or "1")
    return tuple(sorted((name, power) for name, power in powers.items() if power)), scale


def resolve(
    text: str, symbols: Mapping[str, Symbol], where: str, *, aggregate: bool = False, unit_of_table: UnitOfTable | None = None
) -> Meaning:  # fmt: skip
    """Parse `text` and check it against the symbols allowed in it.

    With `aggregate` the expression covers many records: fields occur inside sum or count only.

    Raises
    ------
    DafengError
        For an unknown name, kinds or units that do not fit, a code that the field does not have.
    """
    resolver = _Resolver(symbols, where, unit_of_table or (lambda _: ""))
    found = resolver.of(parse(text, where), inside=not aggregate)
    return Meaning(found.node, found.kind, found.unit, text)


def _other_kind(where: str, found: object, unit: Unit, expected: object) -> DafengError:
    kinds = " · ".join(f"{name}^{power:g}" for name, power in unit[0]) or "1"
    return DafengError.at(
        where, f"{found} of the kind {kinds}", f"a unit of the kind of {expected}",
        Text("单位不是同一类量：改正单位，或使用有来源的换算系数", "units of different kinds: correct the unit, or use a factor with a source"),
    )  # fmt: skip


class _Resolver:
    def __init__(self, symbols: Mapping[str, Symbol], where: str, unit_of_table: UnitOfTable) -> None:
        self._symbols, self._where, self._unit_of_table = symbols, where, unit_of_table

    def of(self, node: Node, inside: bool) -> Meaning:
        """Resolve `node`; `inside` states whether fields are allowed here."""
        match node:
            case Const(value=bool()):
                return Meaning(node, "bool")
            case Const(value=str()):
                return Meaning(node, "text")
            case Const():
                return Meaning(node, "number")
            case Name(name=name):
                return self._name(name, inside)
            case Call():
                return self._call(node, inside)
            case Operation(op=op, parts=parts):
                return self._operation(op, [self.of(part, inside) for part in parts])
        raise TypeError(node)

    def _name(self, name: str, inside: bool) -> Meaning:
        symbol = self._symbols.get(name)
        if symbol is None:
            listed = ", ".join(sorted(self._symbols)[:30])
            raise DafengError.at(
                self._where, f"the name {name}", f"a field of the register: {listed}", "check the spelling"
            )
        if not inside:
            raise DafengError.at(
                self._where,
                f"{name} outside sum or count",
                f"sum({name})",
                "an indicator speaks of many records",
            )
        unit = unit_of(symbol.unit) if symbol.kind == "number" and symbol.unit else None
        return Meaning(Name(name), symbol.kind, unit)

    def _operation(self, op: str, parts: list[Meaning]) -> Meaning:
        if op in ("and", "or", "not"):
            self._want(parts, "bool", op)
            return Meaning(Operation(op, tuple(part.node for part in parts)), "bool")
        if op == "in":
            for part in parts[1:]:
                self._same_kind(parts[0], part)
            return Meaning(Operation(op, tuple(part.node for part in parts)), "bool")
        if op == "neg":
            self._want(parts, "number", "-")
            return Meaning(Operation(op, (parts[0].node,)), "number", parts[0].unit)
        left, right = parts
        if op in COMPARISONS:
            self._same_kind(left, right)
            right = self._aligned(left, right) if left.kind == "number" else right
            return Meaning(Operation(op, (left.node, right.node)), "bool")
        self._want(parts, "number", op)
        return self._arithmetic(op, left, right)

    def _arithmetic(self, op: str, left: Meaning, right: Meaning) -> Meaning:
        if op in ("+", "-"):
            right = self._aligned(left, right)
            return Meaning(Operation(op, (left.node, right.node)), "number", left.unit or right.unit)
        unit: Unit | None = None
        if op == "/" and left.unit is None and right.unit is None:
            unit = ((), 1.0)  # a share of counts: 0.5 is 50 %
        elif left.unit is not None or right.unit is not None:
            (powers, scale), (more, other) = left.unit or ((), 1.0), right.unit or ((), 1.0)
            sign = 1.0 if op == "*" else -1.0
            total = dict(powers)
            for name, power in more:
                total[name] = total.get(name, 0.0) + sign * power
            unit = tuple(sorted((n, p) for n, p in total.items() if p)), scale * other**sign
        return Meaning(Operation(op, (left.node, right.node)), "number", unit)

    def _aligned(self, left: Meaning, right: Meaning) -> Meaning:
        """Convert `right` to the scale of `left`."""
        if left.unit is None or right.unit is None or left.unit == right.unit:
            return right
        if left.unit[0] != right.unit[0]:
            raise _other_kind(self._where, _shown(right.node), right.unit, _shown(left.node))
        ratio = Const(right.unit[1] / left.unit[1])
        return Meaning(Operation("*", (right.node, ratio)), "number", left.unit)

    def _call(self, call: Call, inside: bool) -> Meaning:
        if call.function in AGGREGATES:
            return self._aggregate(call, inside)
        parts = [self.of(part, inside) for part in call.parts]
        if call.function == "lookup":
            first = call.parts[0]
            if not isinstance(first, Const):
                raise DafengError.at(self._where, "lookup without a table's name", "lookup('table', key)")
            named = ":".join(str(part.value) for part in call.parts if isinstance(part, Const))
            listed = self._unit_of_table(named)
            return Meaning(
                Call("lookup", tuple(part.node for part in parts)),
                "number",
                unit_of(listed) if listed else None,
            )
        if call.function in ("least", "most"):
            parts = [parts[0], *(self._aligned(parts[0], part) for part in parts[1:])]
        if call.function == "only":
            self._want(parts[1:], "bool", "only")
        keeps = call.function in ("abs", "round", "least", "most", "zero_if_empty", "only")
        unit = parts[0].unit if keeps else None
        return Meaning(
            Call(call.function, tuple(part.node for part in parts)), FUNCTIONS[call.function][2], unit
        )

    def _aggregate(self, call: Call, inside: bool) -> Meaning:
        parts = [self.of(part, True) for part in call.parts]
        many = any(self._symbols[name].many for part in parts for name in _names(part.node))
        if inside and parts and not many:
            raise DafengError.at(
                self._where, f"{call.function} over one record", "a field of child rows, as child.field"
            )
        if call.function == "sum":
            self._want(parts, "number", "sum")
            if not parts:
                raise DafengError.at(self._where, "sum()", "sum(field)")
            return Meaning(Call("sum", (parts[0].node,)), "number", parts[0].unit)
        return Meaning(Call(call.function, tuple(part.node for part in parts)), "number")

    def _want(self, parts: list[Meaning], kind: str, op: str) -> None:
        for part in parts:
            if part.kind != kind:
                raise DafengError.at(self._where, f"{_shown(part.node)} ({part.kind}) with {op}", f"a {kind}")

    def _same_kind(self, left: Meaning, right: Meaning) -> None:
        kinds = {left.kind, right.kind}
        if len(kinds) > 1 and kinds != {"date", "text"}:
            found = f"{_shown(left.node)} ({left.kind}) compared with {_shown(right.node)} ({right.kind})"
            raise DafengError.at(self._where, found, "two of one kind")
        for name, constant in ((left.node, right.node), (right.node, left.node)):
            codes = self._symbols[name.name].codes if isinstance(name, Name) else frozenset()
            if codes and isinstance(constant, Const) and constant.value not in codes:
                raise DafengError.at(
                    self._where, repr(constant.value), f"a code of {_shown(name)}: {', '.join(sorted(codes))}"
                )


def _names(node: Node) -> list[str]:
    if isinstance(node, Name):
        return [node.name]
    return [name for part in getattr(node, "parts", ()) for name in _names(part)]


def _shown(node: Node) -> str:
    match node:
        case Const(value=value):
            return repr(value)
        case Name(name=name):
            return name
        case Call(function=function, parts=parts):
            return f"{function}({', '.join(_shown(part) for part in parts)})"
        case Operation(op=op, parts=parts):
            return f" {op} ".join(_shown(part) for part in parts)
