"""Whole content of a stored record: fields, personal values, child rows; read back, merged and rewritten."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from dafeng.registers.definition.cells import typed
from dafeng.registers.definition.model import Child, Definition
from dafeng.registers.definition.preparing import Entry, Fault, Prepared
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.locks import period_of
from dafeng.registers.store.personal import keep_apart, kept_values, personal_fields
from dafeng.registers.store.rights import Actor
from dafeng.registers.store.rows import (
    place_of,
    renew_findings,
    search_text,
    searched_fields,
    today,
    update_row,
)

Rows = list[dict[str, Any]]


def stored_entry(connection: Connection, store: Store, ready: Prepared, row: Mapping[str, Any]) -> Entry:
    """Read a stored record back as an entry, with its child rows and personal values."""
    definition, record_id = ready.definition, int(row["id"])
    kept = kept_values(connection, store, definition, record_id)
    values = {one.id: row.get(one.id) for one in definition.fields}
    entry = Entry(values, json.loads(row["notation"]) if row["notation"] else {}, {}, row["grade"])
    for (child, _, name), (value, until) in kept.items():
        if not child:
            values[name] = value
            entry.until["", None, name] = until
    for child_table in definition.children:
        table = store.schema.children[definition.register_id, child_table.id]
        found = connection.execute(
            select(table).where(table.c.record_id == record_id).order_by(table.c.id)
        ).mappings()
        listed: Rows = []
        for index, stored in enumerate(found):
            one = typed({f.id: stored[f.id] for f in child_table.fields}, child_table.fields)
            for name in personal_fields(child_table.fields):
                value, until = kept.get((child_table.id, stored["id"], name), (None, None))
                one[name] = value
                entry.until[child_table.id, index, name] = until
            listed.append(one)
        entry.children[child_table.id] = listed
    return entry


def merged_children(child: Child, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Rows:
    """Merge child rows by their key: a row sent again is updated, a further one added, none is taken away.

    >>> from dafeng.registers import packaged_book
    >>> child = packaged_book().latest("straw_ledger").child("farmers")
    >>> merged_children(child, [{"farmer_code": "F1", "sown": 3.0}], [{"farmer_code": "F2", "sown": 1.0}])
    [{'farmer_code': 'F1', 'sown': 3.0}, {'farmer_code': 'F2', 'sown': 1.0}]
    """
    found = {tuple(row.get(name) for name in child.key): dict(row) for row in old}
    for row in new:
        found.setdefault(tuple(row.get(name) for name in child.key), {}).update(row)
    return list(found.values())


def rewrite(
    connection: Connection, store: Store, actor: Actor, ready: Prepared, row: Mapping[str, Any], old: Entry, new: Entry,
    faults: Sequence[Fault], act: str, request: str, reason: str,
) -> int:  # fmt: skip
    """Write the changed content of a record, with everything that follows from it; return the new version.

    Place, body, period, search text and findings follow the fields; personal values and child rows that were
    replaced stay in the log, personal ones as a salted hash.
    """
    definition, record_id = ready.definition, int(row["id"])
    hidden = personal_fields(definition.fields)
    region, organisation = place_of(definition, new.values)
    columns: dict[str, Any] = {
        one.id: new.values.get(one.id) for one in definition.fields if one.id not in hidden
    }
    columns |= {
        "region": region, "organisation": organisation, "period": period_of(definition, new.values), "grade": new.grade,
        "notation": json.dumps(new.notation) if new.notation else None, "search": search_text(searched_fields(definition), new.values),
    }  # fmt: skip
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    changed = {name for name in hidden if old.values.get(name) != new.values.get(name)}
    said = _replace_personal(connection, store, definition, record_id, new, changed)
    for child in definition.children:
        was, now_rows = old.children.get(child.id) or [], new.children.get(child.id) or []
        if was != now_rows:
            said |= _replace_children(connection, store, definition, child, record_id, new)
            before.setdefault("children", {})[child.id] = without_personal(child, was)
            after.setdefault("children", {})[child.id] = without_personal(child, now_rows)
    if said:
        after["personal"] = said
    version = update_row(
        connection, store, actor, ready, row, columns, act, request, reason, more=(before, after)
    )
    renew_findings(connection, store, definition.register_id, record_id, faults)
    return version


def without_personal(child: Child, rows: Sequence[Mapping[str, Any]]) -> Rows:
    hidden = personal_fields(child.fields)
    return [{name: value for name, value in row.items() if name not in hidden} for row in rows]


def _replace_personal(
    connection: Connection, store: Store, definition: Definition, record_id: int, new: Entry, changed: set[str]
) -> dict[str, Any]:  # fmt: skip
    if not changed:
        return {}
    table = store.schema.shared.personal
    connection.execute(
        table.update()
        .where(
            table.c.register == definition.register_id, table.c.record_id == record_id, table.c.child == "",
            table.c.field.in_(changed), table.c.value.is_not(None),
        )
        .values(value=None, salt=None, blanked_at=now())
    )  # fmt: skip
    fields = [one for one in definition.fields if one.id in changed]
    rows, said = keep_apart(definition.register_id, record_id, fields, new, today())
    if rows:
        connection.execute(table.insert(), rows)
    return said


def _replace_children(
    connection: Connection, store: Store, definition: Definition, child: Child, record_id: int, new: Entry
) -> dict[str, Any]:
    register = definition.register_id
    table, personal = store.schema.children[register, child.id], store.schema.shared.personal
    connection.execute(table.delete().where(table.c.record_id == record_id))
    connection.execute(
        personal.update()
        .where(
            personal.c.register == register, personal.c.record_id == record_id, personal.c.child == child.id,
            personal.c.value.is_not(None),
        )
        .values(value=None, salt=None, blanked_at=now())
    )  # fmt: skip
    hidden = personal_fields(child.fields)
    said: dict[str, Any] = {}
    first = int(connection.scalar(select(func.max(table.c.id))) or 0) + 1
    for index, values in enumerate(new.children.get(child.id) or []):
        row = {one.id: values.get(one.id) for one in child.fields if one.id not in hidden}
        connection.execute(table.insert().values(id=first + index, record_id=record_id, **row))
        kept, told = keep_apart(
            register, record_id, list(hidden.values()), new, today(), child.id, index, first + index
        )
        said |= told
        if kept:
            connection.execute(personal.insert(), kept)
    return said
