"""Detail view of records: child rows, findings and open acts; history.

Only the fields that the actor may see are included.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from dafeng.evidence import DafengError, catalogue
from dafeng.registers.definition.cells import typed
from dafeng.registers.definition.model import Child, Definition
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.personal import personal_values
from dafeng.registers.store.rights import Actor, readable
from dafeng.registers.store.rows import check_id
from dafeng.registers.summary.unusual import UNUSUAL

ALWAYS = (
    "id",
    "region",
    "state",
    "period",
    "version",
    "grade",
    "edition",
    "deadline",
    "entered_by",
    "entered_at",
    "changed_at",
)


def shown_rows(
    connection: Connection, store: Store, actor: Actor, definition: Definition, rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return rows with the fields that `actor` may see in each; personal values come from their own table."""
    editions = store.book.of(definition.register_id)
    fields = {field.id: field for one in editions for field in one.fields}
    visible = [field for field in fields.values() if actor.sees(field, definition.register_id)]
    hidden = [field.id for field in visible if field.privacy == "personal"]
    values = (
        personal_values(connection, store, definition.register_id, [row["id"] for row in rows])
        if hidden
        else {}
    )
    shown = []
    for row in rows:
        kept: dict[str, Any] = {name: row[name] for name in ALWAYS} | {
            "amends": row["amends"],
            "live": row["live"],
        }
        notation = json.loads(row["notation"]) if row["notation"] else {}
        may_see = actor.privacies(definition.register_id, row["region"] or store.scope, row["organisation"])
        for field in visible:
            if field.privacy not in may_see:
                continue
            value = (
                values.get((row["id"], "", None, field.id)) if field.privacy == "personal" else row[field.id]
            )
            kept[field.id] = notation.get(field.id, value)
        shown.append(typed(kept, tuple(visible)))
    return shown


def read(store: Store, actor: Actor, register: str, record_id: int) -> dict[str, Any]:
    """Return one record with its child rows, findings and open acts.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.
    record_id
        Number of the record.

    Returns
    -------
    Values by field, with child rows, findings and acts.

    Raises
    ------
    DafengError
        Where there is none that `actor` may see.
    """
    definition = store.book.latest(register)
    check_id(register, record_id)
    table = store.schema.records[register]
    with store.reading() as connection:
        row = connection.execute(
            select(table).where(table.c.id == record_id, table.c.scope == store.scope, readable(actor, definition, table))
        ).mappings().first()  # fmt: skip
        if row is None:
            raise DafengError.at(
                register, f"record {record_id}", "a record that you may see", "see dafeng registers find"
            )
        [found] = shown_rows(connection, store, actor, definition, [dict(row)])
        edition = store.book.edition(register, row["edition"])
        may_see = actor.privacies(register, row["region"] or store.scope, row["organisation"])
        found["children"] = {
            child.id: _child_rows(connection, store, edition, child.id, record_id, may_see)
            for child in edition.children
        }
        findings = store.schema.shared.finding
        listed = connection.execute(
            select(findings).where(
                findings.c.register == register,
                findings.c.record_id == record_id,
                findings.c.closed_at.is_(None),
            )
        )
        known = {one.id: one.privacy for one in edition.fields}
        found["findings"] = [_seen(dict(one), known, may_see) for one in listed.mappings()]
        found["acts"] = [step.id for step in edition.life_cycle.transitions if row["state"] in step.start]
    return found


def _seen(finding: dict[str, Any], known: Mapping[str, str], may_see: frozenset[str]) -> dict[str, Any]:
    """Return a finding with its inputs, without the values of fields that may not be seen."""
    inputs = json.loads(finding["inputs"]) if finding["inputs"] else {}
    hidden = {name for name in inputs if known.get(name, "none") not in may_see}
    finding["inputs"] = {name: value for name, value in inputs.items() if name not in hidden}
    if hidden:
        finding["found"] = ", ".join(
            f"{name} = {'***' if name in hidden else value}" for name, value in inputs.items()
        )
        if finding["rule"].startswith(UNUSUAL):
            # the sentence itself names the figure and its neighbours
            text = catalogue("dafeng.registers").both("unusual_unseen")
            finding["zh"], finding["en"], finding["expected"] = text.zh, text.en, str(text)
    return finding


def _child_rows(
    connection: Connection, store: Store, definition: Definition, child: str, record_id: int, may_see: frozenset[str]
) -> list[dict[str, Any]]:  # fmt: skip
    table = store.schema.children[definition.register_id, child]
    fields = tuple(field for field in definition.child(child).fields if field.privacy in may_see)
    values = personal_values(connection, store, definition.register_id, [record_id])
    rows = connection.execute(
        select(table).where(table.c.record_id == record_id).order_by(table.c.id)
    ).mappings()
    return [
        typed(
            {
                f.id: values.get((record_id, child, row["id"], f.id))
                if f.privacy == "personal"
                else row[f.id]
                for f in fields
            },
            fields,
        )
        for row in rows
    ]


def child_rows(
    store: Store, actor: Actor, definition: Definition, child: Child, ids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    """Return the child rows of many records that `actor` may see, by record, with the fields visible in each."""
    records, table = (
        store.schema.records[definition.register_id],
        store.schema.children[definition.register_id, child.id],
    )
    found: dict[int, list[dict[str, Any]]] = {}
    with store.reading() as connection:
        for start in range(0, len(ids), _MANY):
            some = list(ids[start : start + _MANY])
            values = personal_values(connection, store, definition.register_id, some)
            rows = connection.execute(
                select(table, records.c.region.label("_region"), records.c.organisation.label("_organisation"))
                .join(records, records.c.id == table.c.record_id)
                .where(table.c.record_id.in_(some), records.c.scope == store.scope, readable(actor, definition, records))
                .order_by(table.c.id)
            ).mappings()  # fmt: skip
            for row in rows:
                may_see = actor.privacies(
                    definition.register_id, row["_region"] or store.scope, row["_organisation"]
                )
                cells = {
                    f.id: values.get((row["record_id"], child.id, row["id"], f.id)) if f.privacy == "personal" else row[f.id]
                    for f in child.fields if f.privacy in may_see
                }  # fmt: skip
                found.setdefault(row["record_id"], []).append(typed(cells, child.fields))
    return found


_MANY = 500


def history(store: Store, actor: Actor, register: str, record_id: int) -> list[dict[str, Any]]:
    """Return the revisions of one record and of those that it amends, oldest first.

    Fields that the actor may not see are left out.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.
    record_id
        Number of the record.

    Returns
    -------
    Revisions with before, after, actor, time and reason.

    Raises
    ------
    DafengError
        As `read`, or where the actor may not see histories.
    """
    definition = store.book.latest(register)
    check_id(register, record_id)
    table, revision = store.schema.records[register], store.schema.shared.revision
    with store.reading() as connection:
        row = connection.execute(
            select(table.c.id, table.c.amends, table.c.region, table.c.organisation).where(
                table.c.id == record_id, table.c.scope == store.scope, readable(actor, definition, table, "history"))
        ).first()  # fmt: skip
        if row is None:
            raise DafengError.at(
                register,
                f"the history of record {record_id}",
                "a record whose history you may see",
                "ask the owner of the register",
            )
        may_see = actor.privacies(register, row.region or store.scope, row.organisation)
        ids, amends = [record_id], row.amends
        while amends is not None:
            ids.append(amends)
            amends = connection.scalar(select(table.c.amends).where(table.c.id == amends))
        listed = connection.execute(
            select(revision).where(revision.c.register == register, revision.c.record_id.in_(ids)).order_by(revision.c.id)
        ).mappings()  # fmt: skip
        fields = [field for one in store.book.of(register) for field in one.fields]
        fields += [
            field for one in store.book.of(register) for child in one.children for field in child.fields
        ]
        hidden = {field.id for field in fields if field.privacy not in may_see}
        return [_revision(dict(one), hidden) for one in listed]


def _revision(row: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    for side in ("before", "after"):
        values = json.loads(row[side]) if row[side] else {}
        row[side] = _without(values, hidden | {"personal", "search"})
    return row


def _without(values: Any, hidden: set[str]) -> Any:
    if isinstance(values, dict):
        return {name: _without(value, hidden) for name, value in values.items() if name not in hidden}
    return [_without(value, hidden) for value in values] if isinstance(values, list) else values
