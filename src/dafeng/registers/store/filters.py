"""Filter conditions: parsed from text, typed by the column, within the rights of the actor."""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, or_

from dafeng.evidence import DafengError
from dafeng.registers.definition.counties import stem
from dafeng.registers.definition.model import NUMBERS, Definition, RegisterField
from dafeng.registers.store.rights import Actor, readable
from dafeng.registers.store.showing import ALWAYS
from dafeng.tables import nearest

_OPERATORS = {
    "=": lambda column, value: column == value, "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value, "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value, ">=": lambda column, value: column >= value,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """Filter condition: `field` with =, !=, <, <=, >, >=, `in` (values separated by ;) or `empty`."""

    field: str
    operator: str
    value: str = ""

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """Parse a condition such as `county=990103`, `power>=10`, `kind in wind;biomass` or `grid_on empty`.

        Raises
        ------
        DafengError
            For another form.
        """
        for word in (" in ", " empty"):
            name, found, value = text.partition(word)
            if found and name.strip().isidentifier():
                return cls(name.strip(), word.strip(), value.strip())
        for sign in ("!=", "<=", ">=", "=", "<", ">"):
            name, found, value = text.partition(sign)
            if found:
                return cls(name.strip(), sign, value.strip())
        raise DafengError.at("filter", text, "field=value, field>=value, field in a;b, or field empty")


def condition(actor: Actor, definition: Definition, table: Table, one: Filter) -> ColumnElement[bool]:
    column, field = column_of_field(definition, table, one.field, actor)
    found = _comparison(column, field, one)
    if field is None or field.privacy == "none":
        return found
    # a filter on a field tells its values: it chooses among the records whose values may be seen
    return and_(found, readable(actor, definition, table, privacy=field.privacy))


def _comparison(column: Any, field: RegisterField | None, one: Filter) -> ColumnElement[bool]:
    if one.operator == "empty":
        return column.is_(None)  # type: ignore[no-any-return]
    if one.operator == "in":
        return column.in_([_typed(field, one.field, part.strip()) for part in one.value.split(";")])  # type: ignore[no-any-return]
    if one.operator not in _OPERATORS:
        raise DafengError.at("filter", one.operator, f"one of {', '.join(_OPERATORS)}, in, empty")
    value = _typed(field, one.field, one.value)
    if field is None and one.field == "region" and one.operator == "=":
        return or_(column == value, column.like(f"{stem(one.value)}%"))
    return _OPERATORS[one.operator](column, value)  # type: ignore[no-any-return]


def column_of_field(
    definition: Definition, table: Table, name: str, actor: Actor
) -> tuple[Any, RegisterField | None]:
    fields = {field.id: field for field in definition.fields}
    if name in ALWAYS or name == "organisation":
        return table.c[name], None
    field = fields.get(name)
    if field is None or not actor.sees(field, definition.register_id) or field.privacy == "personal":
        visible = [
            f.id
            for f in definition.fields
            if actor.sees(f, definition.register_id) and f.privacy != "personal"
        ]
        raise DafengError.at(
            definition.register_id,
            f"the field {name}",
            f"one of {', '.join(visible)}",
            nearest(name, visible),
        )
    return table.c[name], field


_WHOLE = ("id", "version")
LARGEST = 2**63 - 1


def _typed(field: RegisterField | None, name: str, text: str) -> Any:
    """Convert the value of a filter to the type of its column.

    Raises
    ------
    DafengError
        Where it does not fit: a database would compare it by rules of its own, or break off.
    """
    if not text.isprintable():
        raise DafengError.at("filter", f"{name} {text!r}", "a text without control characters")
    if field is None:
        return _whole(name, text) if name in _WHOLE else text
    if field.type in NUMBERS:
        return _number(field, text)
    if field.codes:
        return next((code for code, name in field.codes.items() if name == text), text)
    if field.type != "bool":
        return text
    flags = {
        "true": True,
        "是": True,
        "yes": True,
        "1": True,
        "false": False,
        "否": False,
        "no": False,
        "0": False,
    }
    if text.lower() not in flags:
        raise DafengError.at("filter", f"{field.id} {text}", "true or false")
    return flags[text.lower()]


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > LARGEST:
        raise DafengError.at("filter", f"{name} {text}", "a whole number")
    return int(text)


def _number(field: RegisterField, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DafengError.at("filter", f"{field.id} {text}", "a number")
    return number
