"""Personal data.

They are kept apart from records and log, so that they can be erased while the hash chain stays valid.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from dafeng.registers.definition.model import NUMBERS, Definition, Kind, RegisterField
from dafeng.registers.definition.preparing import Entry
from dafeng.registers.store.connecting import Store


def personal_fields(fields: tuple[RegisterField, ...]) -> dict[str, RegisterField]:
    return {field.id: field for field in fields if field.privacy == "personal"}


def pseudonym(value: str) -> str:
    """Compute the pseudonym of a personal key, as the index keeps it.

    The value space of a plate number is small: the pseudonym deters, it does not hide.
    """
    return hashlib.sha256(f"dafeng.registers|{value}".encode()).hexdigest()[:32]


def take_apart(
    definition: Definition, record_id: int, entry: Entry, today: str, child_rows: Mapping[str, list[int]]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Split off the personal values.

    The result is rows of their table, and a salted hash each in their place in the log.
    """
    hidden = list(personal_fields(definition.fields).values())
    rows, said = keep_apart(definition.register_id, record_id, hidden, entry, today)
    for child in definition.children:
        fields = list(personal_fields(child.fields).values())
        for index, row in enumerate(child_rows.get(child.id, ()) if fields else ()):
            more, told = keep_apart(
                definition.register_id, record_id, fields, entry, today, child.id, index, row
            )
            rows += more
            said |= told
    return rows, said


def keep_apart(
    register: str, record_id: int, fields: Sequence[RegisterField], entry: Entry, today: str, child: str = "",
    index: int | None = None, row: int | None = None,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:  # fmt: skip
    """Return the personal values of one row as rows of their table, and their salted hashes for the log.

    A value that was stored before keeps the day on which it ends.
    """
    values = entry.values if index is None else entry.children[child][index]
    rows: list[dict[str, Any]] = []
    said: dict[str, Any] = {}
    for field in fields:
        value = values.get(field.id)
        if value is None:
            continue
        salt = secrets.token_hex(16)
        ends = (
            (date.fromisoformat(today) + timedelta(days=field.keep_days)).isoformat()
            if field.keep_days
            else None
        )
        rows.append({
            "register": register, "record_id": record_id, "child": child, "row": row, "field": field.id, "value": str(value),
            "salt": salt, "blank_on": entry.until.get((child, index, field.id)) or ends, "blanked_at": None,
        })  # fmt: skip
        said[f"{child}.{row}.{field.id}" if child else field.id] = hashlib.sha256(
            f"{salt}|{value}".encode()
        ).hexdigest()
    return rows, said


def kept_values(
    connection: Connection, store: Store, definition: Definition, record_id: int
) -> dict[tuple[str, int | None, str], tuple[Any, str | None]]:
    """Return the personal values of one record, typed, with the day on which each ends."""
    table = store.schema.shared.personal
    fields = {("", one.id): one for one in definition.fields}
    fields |= {(child.id, one.id): one for child in definition.children for one in child.fields}
    if not any(one.privacy == "personal" for one in fields.values()):
        return {}
    rows = connection.execute(
        select(table.c.child, table.c.row, table.c.field, table.c.value, table.c.blank_on).where(
            table.c.register == definition.register_id, table.c.record_id == record_id, table.c.value.is_not(None)
        )
    )  # fmt: skip
    return {
        (row.child or "", row.row, row.field): (_typed(fields[row.child or "", row.field], row.value), row.blank_on)
        for row in rows if (row.child or "", row.field) in fields
    }  # fmt: skip


def _typed(field: RegisterField, text: str) -> Any:
    if field.type is Kind.BOOL:
        return text == "True"
    if field.type in NUMBERS:
        return int(text) if field.type in (Kind.INT, Kind.YEAR) else float(text)
    return text


def personal_values(
    connection: Connection, store: Store, register: str, ids: list[int]
) -> dict[tuple[int, str, int | None, str], str]:
    """Return values that are not erased, by record, child, row and field."""
    table = store.schema.shared.personal
    found = connection.execute(
        select(table.c.record_id, table.c.child, table.c.row, table.c.field, table.c.value).where(
            table.c.register == register, table.c.record_id.in_(ids), table.c.value.is_not(None)
        )
    )
    return {(row.record_id, row.child or "", row.row, row.field): row.value for row in found}
