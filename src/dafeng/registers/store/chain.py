"""Revision log: before and after of every act, each row sealed with the hash of the one before it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, func, select

from dafeng.evidence import Problem
from dafeng.registers.store.columns import Shared
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.rights import Actor

_SEALED = (
    "id",
    "at",
    "actor",
    "behalf",
    "request",
    "register",
    "record_id",
    "act",
    "reason",
    "before",
    "after",
)
_PARTS = itemgetter("previous", *_SEALED)
_FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class Change:
    """Change of one record by one act: the fields before and after, without personal values."""

    record_id: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def append(
    connection: Connection, shared: Shared, actor: Actor, register: str, act: str, changes: Iterable[Change],
    request: str = "", reason: str = "",
) -> int:  # fmt: skip
    """Append one revision per change, in their order; return the id of the last.

    The caller is the only writer.
    """
    table = shared.revision
    last = connection.execute(select(table.c.id, table.c.hash).order_by(table.c.id.desc()).limit(1)).first()
    number, seal = (int(last.id), str(last.hash)) if last is not None else (0, _FIRST)
    at, rows = now(), []
    for change in changes:
        number += 1
        row = {
            "id": number, "at": at, "actor": actor.id, "behalf": actor.behalf, "request": request, "register": register,
            "record_id": change.record_id, "act": act, "reason": reason, "before": _json(change.before), "after": _json(change.after),
            "previous": seal,
        }  # fmt: skip
        seal = row["hash"] = sealed(row)
        rows.append(row)
    insert_rows(connection, table, rows)
    return number


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows of the same columns, without those that are empty in all of them.

    SQLite is given the tuples themselves: the processing of each row by SQLAlchemy costs as much as the insert
    (its types need nothing here: texts, numbers, flags).
    """
    if not rows:
        return
    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    if connection.dialect.name != "sqlite":
        connection.execute(table.insert(), [{name: row[name] for name in names} for row in rows])
        return
    quoted = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    values = list(map(itemgetter(*names), rows))
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})', values)


def sealed(row: Mapping[str, Any]) -> str:
    """Compute the seal of a revision: SHA-256 over the previous seal and all content of the revision."""
    parts = ["" if part is None else str(part) for part in _PARTS(row)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


_CODED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)


def _json(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else _CODED.encode(values)


def verify_chain(store: Store) -> list[Problem]:
    """Verify the hash chain and return every revision whose seal does not fit.

    There is none where nothing was changed from outside.

    Parameters
    ----------
    store
        Open record store.

    Returns
    -------
    Problems, one a revision.
    """
    table = store.schema.shared.revision
    problems, seal, number = [], _FIRST, 0
    with store.reading() as connection:
        for row in connection.execute(select(table).order_by(table.c.id)).mappings():
            number += 1
            if row["id"] != number or row["previous"] != seal or row["hash"] != sealed(dict(row)):
                where = f"revision {row['id']} ({row['register']} {row['record_id']})"
                problems.append(
                    Problem(
                        where,
                        "a row that was changed, added or taken away",
                        "the sealed row",
                        "restore the store from its backup",
                    )
                )
                number = int(row["id"])
            seal = str(row["hash"])
    return problems


def verify_records(store: Store, register: str) -> list[Problem]:
    """Replay the log of a register against its records and return every record that differs from it.

    The seals show a change of the log, this one shows a change of a record that went around the log.

    Parameters
    ----------
    store
        Open record store.
    register
        Id of the register.

    Returns
    -------
    Problems, one a record.
    """
    table, revision, problems = store.schema.records[register], store.schema.shared.revision, list[Problem]()
    editions = store.book.of(register)
    fields = {one.id: one for edition in editions for one in edition.fields if one.privacy != "personal"}
    names = [*fields, "state"]
    logged: dict[int, dict[str, Any]] = {}
    with store.reading() as connection:
        rows = connection.execution_options(yield_per=5_000).execute(
            select(revision.c.record_id, revision.c.act, revision.c.after)
            .where(revision.c.register == register, revision.c.record_id > 0, revision.c.after.is_not(None))
            .order_by(revision.c.id)
        )
        for row in rows:
            logged.setdefault(int(row.record_id), {}).update(json.loads(row.after))
        query = select(table).where(table.c.scope == store.scope).order_by(table.c.id)
        for stored in connection.execution_options(yield_per=5_000).execute(query).mappings():
            told = logged.get(int(stored["id"]), {})
            differing = [name for name in names if not _same(stored[name], told.get(name))]
            if differing:
                problems.append(
                    Problem(
                        f"{register}:{stored['id']}:{differing[0]}", str(stored[differing[0]]), f"{told.get(differing[0])}, as the log has it",
                        "restore the store from its backup",
                    )
                )  # fmt: skip
    return problems


def _same(stored: Any, logged: Any) -> bool:
    if isinstance(stored, bool | int | float) and isinstance(logged, bool | int | float):
        return float(stored) == float(logged)
    return bool(stored == logged)


def highest_revision(connection: Connection, shared: Shared, register: str) -> int:
    """Return the id of the last revision of a register, 0 where it has none."""
    table = shared.revision
    return int(connection.scalar(select(func.max(table.c.id)).where(table.c.register == register)) or 0)


def persons_behind(
    connection: Connection, shared: Shared, register: str, row: Mapping[str, Any]
) -> frozenset[str]:
    """Return who entered a record, and for whom: two pairs of eyes are two persons, also under a delegation."""
    table = shared.revision
    first = select(table.c.behalf).where(table.c.register == register, table.c.record_id == row["id"])
    behalf = connection.scalar(first.order_by(table.c.id).limit(1))
    return frozenset({str(row["entered_by"]), str(behalf or "")} - {""})


def changed_fields(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of `names` that differ, before and after."""
    differing = [name for name in names if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in differing}, {name: after.get(name) for name in differing}
