"""Symbol tables for the expressions of a register, with kind, unit and codes."""

from collections.abc import Mapping

from dafeng.registers.definition.meaning import Symbol
from dafeng.registers.definition.model import DATES, NUMBERS, Child, Definition, Kind, RegisterField


def _symbol(field: RegisterField, many: bool = False) -> Symbol:
    if field.type in NUMBERS:
        kind = "number"
    elif field.type in DATES:
        kind = "date"
    else:
        kind = "bool" if field.type is Kind.BOOL else "text"
    codes = frozenset(field.codes) if field.type is Kind.CHOICE else frozenset()
    unit = "" if field.type is Kind.YEAR else field.unit or ("%" if field.type is Kind.PERCENT else "")
    return Symbol(kind, unit, codes, many)


def _common(definition: Definition) -> dict[str, Symbol]:
    return {
        "state": Symbol("text", codes=frozenset(state.id for state in definition.life_cycle.states)),
        "region": Symbol("text"), "organisation": Symbol("text"), "period": Symbol("date"),
    }  # fmt: skip


def record_symbols(definition: Definition) -> Mapping[str, Symbol]:
    """Return the symbols for rules, guards and computed fields of one record.

    They are its fields, and `child.field` of its child rows.
    """
    found = _common(definition) | {field.id: _symbol(field) for field in definition.fields}
    for child in definition.children:
        found |= {f"{child.id}.{field.id}": _symbol(field, many=True) for field in child.fields}
    return found


def child_symbols(definition: Definition, child: Child) -> Mapping[str, Symbol]:
    """Return the symbols for a computed field of a child row: its own fields, then those of its record."""
    own = {field.id: _symbol(field) for field in child.fields}
    return _common(definition) | {field.id: _symbol(field) for field in definition.fields} | own


def indicator_symbols(definition: Definition, over: str) -> Mapping[str, Symbol]:
    """Return the symbols for an indicator.

    They are the fields of the record, or of the child rows that it is `over` and of their record.
    """
    if over:
        return child_symbols(definition, definition.child(over))
    return _common(definition) | {field.id: _symbol(field) for field in definition.fields}
