"""Personal data.

They are kept apart from records and log, so that they can be erased while the hash chain stays valid.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from dafeng.registers.definition.model import Definition, RegisterField
from dafeng.registers.definition.preparing import Entry
from dafeng.registers.store.chain import Change, append
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.rights import Actor


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
    rows: list[dict[str, Any]] = []
    said: dict[str, Any] = {}

    def keep(field: RegisterField, child: str, row: int | None, values: Mapping[str, Any]) -> None:
        value = values.get(field.id)
        if value is None:
            return
        salt = secrets.token_hex(16)
        until = (
            (date.fromisoformat(today) + timedelta(days=field.keep_days)).isoformat()
            if field.keep_days
            else None
        )
        rows.append({
            "register": definition.register_id, "record_id": record_id, "child": child, "row": row, "field": field.id,
            "value": str(value), "salt": salt, "blank_on": until, "blanked_at": None,
        })  # fmt: skip
        said[f"{child}.{row}.{field.id}" if child else field.id] = hashlib.sha256(
            f"{salt}|{value}".encode()
        ).hexdigest()

    for field in personal_fields(definition.fields).values():
        keep(field, "", None, entry.values)
    for child in definition.children:
        hidden = personal_fields(child.fields).values()
        for row, values in zip(child_rows.get(child.id, ()), entry.children.get(child.id, ()), strict=False):
            for field in hidden:
                keep(field, child.id, row, values)
    return rows, said


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


def blank(store: Store, actor: Actor, register: str, record_id: int, reason: str) -> int:
    """Erase the personal values of one record permanently; return how many. Logged, without the values.

    Raises
    ------
    DafengError
        Where the actor does not own the register.
    """
    actor.must("own", register, store.scope)
    table = store.schema.shared.personal
    with store.writing() as connection:
        what = (table.c.register == register, table.c.record_id == record_id, table.c.value.is_not(None))
        names = [row.field for row in connection.execute(select(table.c.field).where(*what))]
        connection.execute(table.update().where(*what).values(value=None, salt=None, blanked_at=now()))
        if names:
            append(
                connection,
                store.schema.shared,
                actor,
                register,
                "blank",
                [Change(record_id, {"personal": sorted(names)}, None)],
                reason=reason,
            )
        return len(names)


def blank_due(store: Store, actor: Actor, today: str) -> int:
    """Erase every personal value whose erasure date has come; return how many."""
    table = store.schema.shared.personal
    with store.writing() as connection:
        due = (table.c.blank_on <= today, table.c.value.is_not(None))
        listed = connection.execute(
            select(table.c.register, table.c.record_id, table.c.field).where(*due)
        ).all()
        connection.execute(table.update().where(*due).values(value=None, salt=None, blanked_at=now()))
        by_register: dict[str, list[Change]] = {}
        for row in listed:
            by_register.setdefault(row.register, []).append(
                Change(row.record_id, {"personal": [row.field]}, None)
            )
        for register, changes in by_register.items():
            actor.must("own", register, store.scope)
            append(
                connection,
                store.schema.shared,
                actor,
                register,
                "blank",
                changes,
                reason="保存期满 · its date has come",
            )
        return len(listed)
