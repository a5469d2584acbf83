"""Mapping of fields to columns of the table engine, and typed cells as the store keeps them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dafeng.evidence import NotationKey, Text
from dafeng.registers.definition.model import NUMBERS, Child, Definition, Kind, RegisterField
from dafeng.tables import Column, Fault, Table, parse_cell
from dafeng.tables import Kind as ColumnKind

_KINDS = {
    Kind.TEXT: ColumnKind.TEXT, Kind.LONGTEXT: ColumnKind.TEXT, Kind.INT: ColumnKind.INTEGER,
    Kind.DECIMAL: ColumnKind.NUMBER, Kind.PERCENT: ColumnKind.NUMBER, Kind.DATE: ColumnKind.DATE,
    Kind.DATETIME: ColumnKind.TIME, Kind.MONTH: ColumnKind.MONTH, Kind.QUARTER: ColumnKind.QUARTER,
    Kind.YEAR: ColumnKind.YEAR, Kind.BOOL: ColumnKind.FLAG, Kind.CHOICE: ColumnKind.CHOICE,
    Kind.MULTI: ColumnKind.CHOICES, Kind.REF: ColumnKind.TEXT, Kind.REGION: ColumnKind.REGION,
    Kind.ORG: ColumnKind.TEXT, Kind.CREDIT_CODE: ColumnKind.CREDIT_CODE, Kind.INDUSTRY: ColumnKind.INDUSTRY,
    Kind.DOC_NUMBER: ColumnKind.TEXT, Kind.FILE: ColumnKind.TEXT, Kind.GEO_POINT: ColumnKind.POINT,
    Kind.GEO_POLYGON: ColumnKind.TEXT, Kind.LOCATOR: ColumnKind.LOCATOR,
}  # fmt: skip
TRUST = {
    "S": ("见于规范", "read in a norm"), "P": ("见于实践", "seen in practice"), "N": ("方案提及", "named by the plan"),
    "R": ("回忆,待核对", "recalled, to be checked"), "A": ("本系统假定", "our assumption"),
}  # fmt: skip
"""Trust mark → meaning, in Chinese and English. R and A are never shown as an official form."""
LONGEST_TEXT, LONGEST_LONGTEXT = 500, 20_000
FIRST_YEAR, LAST_YEAR = 1949, 2100
LARGEST_WHOLE = 2**53
"""Largest whole number that every reader (spreadsheet, JSON, database) keeps exactly."""
_AT_MOST = Text(f"绝对值不超过{LARGEST_WHOLE}的整数", f"a whole number of at most {LARGEST_WHOLE}")


def column_of(field: RegisterField) -> Column:
    """Return the column for `field`: for parsing, template and form."""
    low, high = field.low, field.high
    if field.type is Kind.YEAR:
        low, high = low or FIRST_YEAR, high or LAST_YEAR
    zh, en = TRUST[field.trust]
    numeric = field.type in NUMBERS and field.type is not Kind.YEAR
    return Column(
        field.id, _KINDS[field.type], field.zh, field.en, f"依据:{zh}", f"trust: {en}",
        required=field.required, optional=True, choices=tuple(field.codes), low=low, high=high, above=field.above,
        keys=numeric and not field.computed, unit=field.unit, choice_names=tuple(field.codes.values()),
    )  # fmt: skip


def table_of_register(definition: Definition) -> Table:
    """Return the table of the records themselves, without computed fields."""
    columns = tuple(column_of(field) for field in definition.fields if not field.computed)
    return Table(
        definition.register_id,
        definition.zh,
        definition.en,
        definition.grain,
        definition.grain,
        columns,
        definition.key,
    )


def table_of_child(definition: Definition, child: Child) -> Table:
    """Return the table of child rows: the key of the record, then the fields of the child."""
    parents = tuple(column_of(definition.field(name)) for name in definition.key)
    own = tuple(column_of(field) for field in child.fields if not field.computed)
    taken = {column.name for column in own}
    keys = tuple(column for column in parents if column.name not in taken)
    return Table(child.id, child.zh, child.en, "", "", (*keys, *own), (*definition.key, *child.key))


def read_field(field: RegisterField, column: Column, text: str) -> tuple[Any, str, Fault | None]:
    """Parse one cell into its stored value, notation key ("" where there is none) and fault."""
    value, fault = parse_cell(column, text)
    if fault is not None:
        return None, "", fault
    if isinstance(value, NotationKey):
        return (0.0 if value is NotationKey.NO else None), value.value, None
    if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        return None, "", Fault(_AT_MOST, Text("更正数字", "correct the number"))
    limit = LONGEST_LONGTEXT if field.type is Kind.LONGTEXT else LONGEST_TEXT
    if isinstance(value, str) and len(value) > limit and field.type is not Kind.GEO_POLYGON:
        longest = Text(f"不超过{limit:,}字", f"at most {limit:,} characters")
        return None, "", Fault(longest, "shorten it, or attach a file")
    if isinstance(value, str) and not _encodable(value):
        return (
            None,
            "",
            Fault(Text("可保存的文字", "a text that can be stored"), Text("重新输入", "type it again")),
        )
    return stored(value), "", None


def _encodable(text: str) -> bool:
    """Check whether a text is Unicode: a JSON body may hold half a character, which no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def stored(value: Any) -> Any:
    """Convert a typed value to its database form.

    Dates become ISO text, which sorts, compares and is cut alike everywhere.
    """
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return (
            ";".join(str(part) for part in value) if isinstance(value[0], str) else ",".join(map(repr, value))
        )
    return value


def shown(field: RegisterField, value: Any) -> Any:
    """Format a stored value for display: codes by their Chinese names.

    Parameters
    ----------
    field
        Field of a definition.
    value
        Value as stored.

    Returns
    -------
    Value to show.
    """
    if value is None or not field.codes:
        return ("是" if value else "否") if isinstance(value, bool) else value
    return ";".join(field.codes.get(code, code) for code in str(value).split(";"))


def typed(row: Mapping[str, Any], fields: tuple[RegisterField, ...]) -> dict[str, Any]:
    """Convert a row of the database to typed values: flags as booleans (SQLite keeps them as 0 and 1)."""
    flags = {field.id for field in fields if field.type is Kind.BOOL}
    return {
        name: bool(value) if name in flags and value is not None else value for name, value in row.items()
    }
