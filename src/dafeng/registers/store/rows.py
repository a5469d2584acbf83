"""Row-level writes.

Records are inserted and updated with their child rows, personal values, findings, search text and log.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, func, select

from dafeng.evidence import DafengError, Grade
from dafeng.evidence import today as beijing_today
from dafeng.registers.definition.calendar import working_day
from dafeng.registers.definition.cells import column_of, read_field, typed
from dafeng.registers.definition.model import Definition, Kind
from dafeng.registers.definition.preparing import Entry, Fault, Prepared, prepare, reference_day
from dafeng.registers.store.chain import Change, append, changed_fields, insert_rows
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.locks import period_of
from dafeng.registers.store.personal import personal_fields, take_apart
from dafeng.registers.store.rights import Actor
from dafeng.tables import tidy

_SEARCHED = frozenset(
    {Kind.TEXT, Kind.LONGTEXT, Kind.ORG, Kind.CREDIT_CODE, Kind.DOC_NUMBER, Kind.REF, Kind.CHOICE}
)


LIVE, PENDING = 1, 2
"""`live`: 1 the record that counts, 2 an amendment that does not yet, NULL what an amendment replaced."""
LARGEST = 2**63 - 1
"""Largest number of a record that both databases keep."""


def prepared(store: Store, register: str, edition: str) -> Prepared:
    """Return the compiled edition, cached per store."""
    found = store.prepared.get((register, edition))
    if found is None:
        made = prepare(store.book.edition(register, edition))
        found = store.prepared[register, edition] = replace(made, counties=store.book.counties)
    return found


def today() -> str:
    """Return the current date in China, where deadlines run."""
    return beijing_today().isoformat()


def check_grade(grade: str) -> None:
    """Check the grade of data that are entered.

    Raises
    ------
    DafengError
        For another than A to E.
    """
    if grade not in {one.value for one in Grade}:
        raise DafengError.at("grade", grade, "A, B, C, D or E", "A official … E assumption")


def check_id(register: str, record_id: int) -> None:
    """Check that a number can be that of a record: a database breaks off at a larger one.

    Raises
    ------
    DafengError
        For another number.
    """
    if not 0 < record_id <= LARGEST:
        raise DafengError.at(
            register, f"record {record_id}", "a record that exists", "see dafeng registers find"
        )


def edition_on(store: Store, register: str, values: Mapping[str, Any], day: str = "") -> Definition:
    """Return the edition by which a record is read: of `day`, else of the day or period that it is about.

    Raises
    ------
    DafengError
        For an unknown register, or a day that is none.
    """
    if day:
        try:
            date.fromisoformat(day)
        except ValueError:
            raise DafengError.at("day", day, "a day as 2025-12-31") from None
        return store.book.on(register, day)
    now_in_force = store.book.on(register, today())
    if len(store.book.of(register)) == 1:
        return now_in_force
    name = now_in_force.dated or (now_in_force.returns.field if now_in_force.returns else "")
    if not name or tidy(values.get(name)) == "":
        return now_in_force
    field = now_in_force.field(name)
    value, _, _ = read_field(field, column_of(field), tidy(values[name]))
    return store.book.on(register, reference_day(now_in_force, {name: value}, today()))


def place_of(definition: Definition, values: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the region and organisation of a record."""
    return (
        values.get(definition.region) if definition.region else None,
        values.get(definition.organisation) if definition.organisation else None,
    )


def insert(
    connection: Connection, store: Store, actor: Actor, ready: Prepared, batch: Sequence[tuple[Entry, str, Sequence[Fault]]],
    request: str, reason: str, amends: int | None = None,
) -> list[int]:  # fmt: skip
    """Insert checked entries with their log, findings, personal values, child rows and search text.

    It returns the ids.
    """
    definition, register = ready.definition, ready.definition.register_id
    table, at, day = store.schema.records[register], now(), today()
    first = int(connection.scalar(select(func.max(table.c.id))) or 0) + 1
    hidden, searched = personal_fields(definition.fields), searched_fields(definition)
    own = [field.id for field in definition.fields if field.id not in hidden]
    deadline, initial = (
        deadline_of(definition, definition.life_cycle.initial, day),
        definition.life_cycle.initial,
    )
    rows, changes, personal, child_rows = [], [], [], dict[str, list[dict[str, Any]]]()
    numbers = _child_numbers(connection, store, register)
    for number, (entry, key, _) in enumerate(batch, start=first):
        values = entry.values
        region, organisation = place_of(definition, values)
        row = {name: values.get(name) for name in own}
        row |= {
            "id": number, "scope": store.scope, "region": region, "organisation": organisation, "state": initial,
            "edition": definition.edition, "period": period_of(definition, values), "version": 1, "grade": entry.grade, "key": key,
            "live": LIVE if amends is None else PENDING, "amends": amends, "entered_by": actor.id, "entered_at": at, "changed_at": at,
            "deadline": deadline, "notation": json.dumps(entry.notation) if entry.notation else None,
            "search": search_text(searched, values),
        }  # fmt: skip
        rows.append(row)
        ids = _number_children(definition, number, entry, numbers, child_rows)
        kept, said = take_apart(definition, number, entry, day, ids) if hidden or entry.children else ([], {})
        personal += kept
        after = {name: values[name] for name in own if values.get(name) is not None}
        changes.append(Change(number, None, after | _said(entry, said, initial)))
    insert_rows(connection, table, rows)
    for child, listed in child_rows.items():
        connection.execute(store.schema.children[register, child].insert(), listed)
    if personal:
        connection.execute(store.schema.shared.personal.insert(), personal)
    note_findings(
        connection, store, register, [(first + index, faults) for index, (_, _, faults) in enumerate(batch)]
    )
    append(
        connection,
        store.schema.shared,
        actor,
        register,
        "enter" if amends is None else "amend",
        changes,
        request,
        reason,
    )
    index_search(connection, store, table, register, first, first + len(rows) - 1)
    return list(range(first, first + len(rows)))


def _said(entry: Entry, personal: Mapping[str, Any], state: str) -> dict[str, Any]:
    said: dict[str, Any] = {"state": state}
    if entry.notation:
        said["notation"] = entry.notation
    if entry.children:
        hidden = {name.split(".")[-1] for name in personal}
        said["children"] = {
            child: [{name: value for name, value in row.items() if name not in hidden} for row in rows]
            for child, rows in entry.children.items()
        }
    if personal:
        said["personal"] = personal
    return said


def _child_numbers(connection: Connection, store: Store, register: str) -> dict[str, int]:
    return {
        child: int(connection.scalar(select(func.max(table.c.id))) or 0)
        for (name, child), table in store.schema.children.items() if name == register
    }  # fmt: skip


def _number_children(
    definition: Definition,
    record_id: int,
    entry: Entry,
    numbers: dict[str, int],
    rows: dict[str, list[dict[str, Any]]],
) -> dict[str, list[int]]:
    """Assign an id to each child row; collect the rows to insert, without personal values."""
    ids: dict[str, list[int]] = {}
    for child in definition.children:
        listed = entry.children.get(child.id)
        if not listed:
            continue
        hidden = personal_fields(child.fields)
        own = [field.id for field in child.fields if field.id not in hidden]
        for values in listed:
            numbers[child.id] += 1
            ids.setdefault(child.id, []).append(numbers[child.id])
            rows.setdefault(child.id, []).append(
                {"id": numbers[child.id], "record_id": record_id} | {name: values.get(name) for name in own}
            )
    return ids


def searched_fields(definition: Definition) -> list[str]:
    """Return the fields by whose text a record is found: neither personal nor commercial."""
    return [one.id for one in definition.fields if one.type in _SEARCHED and one.privacy == "none"]


def search_text(names: Sequence[str], values: Mapping[str, Any]) -> str:
    """Return the text by which a record is found."""
    return " ".join([str(values[name]) for name in names if values.get(name) is not None])


def index_search(
    connection: Connection, store: Store, table: Table, register: str, first: int, last: int
) -> None:
    """Update the full-text index of SQLite for a range of records."""
    if store.sqlite:
        connection.exec_driver_sql(
            f"INSERT INTO s_{register}(rowid, search) SELECT id, search FROM {table.name} WHERE id BETWEEN ? AND ?",
            (first, last),
        )


def note_findings(
    connection: Connection, store: Store, register: str, listed: Sequence[tuple[int, Sequence[Fault]]]
) -> None:
    """Write the findings of records: violations of rules that do not refuse.

    Each is a verdict with the edition of its rule in the record, the inputs, the source, and whether the rule was
    confirmed by its original.
    """
    at = now()
    rows = [
        {"register": register, "record_id": record_id, "rule": fault.rule, "severity": "finding", "place": fault.field,
         "found": fault.found, "expected": str(fault.expected), "zh": fault.expected.zh, "en": fault.expected.en, "at": at,
         "closed_at": None, "inputs": json.dumps(fault.inputs, ensure_ascii=False, default=str), "source": fault.source, "confirmed": fault.confirmed}
        for record_id, faults in listed for fault in faults if not fault.refuse
    ]  # fmt: skip
    if rows:
        connection.execute(store.schema.shared.finding.insert(), rows)


def renew_findings(
    connection: Connection, store: Store, register: str, record_id: int, faults: Sequence[Fault]
) -> None:
    """Close the findings of a record that hold no longer, and write those that are new."""
    table = store.schema.shared.finding
    open_ = connection.execute(
        select(table.c.id, table.c.rule, table.c.found).where(
            table.c.register == register, table.c.record_id == record_id, table.c.closed_at.is_(None)
        )
    ).all()
    still = {(fault.rule, fault.found) for fault in faults if not fault.refuse}
    mended = [row.id for row in open_ if (row.rule, row.found) not in still]
    if mended:
        connection.execute(table.update().where(table.c.id.in_(mended)).values(closed_at=now()))
    known = {(row.rule, row.found) for row in open_}
    fresh = [fault for fault in faults if (fault.rule, fault.found) not in known]
    note_findings(connection, store, register, [(record_id, fresh)])


def deadline_of(definition: Definition, state: str, day: str) -> str | None:
    """Return the deadline for a record to leave `state`.

    It is None without a term, or without a holiday table for the year.
    """
    terms = [
        step.working_days
        for step in definition.life_cycle.transitions
        if state in step.start and step.working_days
    ]
    if not terms:
        return None
    try:
        return working_day(date.fromisoformat(day), min(terms)).isoformat()
    except DafengError:
        return None


def load_row(
    connection: Connection, store: Store, register: str, record_id: int, version: int | None = None
) -> dict[str, Any]:
    """Load the row of one record as it is stored.

    Raises
    ------
    DafengError
        Where there is none, or where it has another version than the writer has read.
    """
    table = store.schema.records[register]
    check_id(register, record_id)
    found = (
        connection.execute(select(table).where(table.c.id == record_id, table.c.scope == store.scope))
        .mappings()
        .first()
    )
    if found is None:
        raise DafengError.at(
            register, f"record {record_id}", "a record that exists", "see dafeng registers find"
        )
    row = dict(found)
    if version is not None and row["version"] != version:
        raise DafengError.at(
            f"{register}:{record_id}", f"version {version}", f"version {row['version']}: it was changed at {row['changed_at']}",
            "read the record again, then repeat the change",
        )  # fmt: skip
    return typed(row, tuple(field for one in store.book.of(register) for field in one.fields))


def update_row(
    connection: Connection, store: Store, actor: Actor, ready: Prepared, row: Mapping[str, Any], new: Mapping[str, Any],
    act: str, request: str, reason: str, more: tuple[dict[str, Any], dict[str, Any]] | None = None,
) -> int:  # fmt: skip
    """Update the columns of one record that was loaded as `row` to `new` and log what differs.

    It returns the new version. `more` is logged besides: what differs in child rows and personal values.

    Raises
    ------
    DafengError
        Where another writer was faster (the store holds one writer at a time, so only a stale `row` can
        be).
    """
    register, table = ready.definition.register_id, store.schema.records[ready.definition.register_id]
    before, after = changed_fields(row, new, list(new))
    version = int(row["version"]) + 1
    values = dict(new) | {"version": version, "changed_at": now()}
    was, is_now = more or ({}, {})
    found = "search" in after
    before.pop("search", None)
    after.pop("search", None)
    if store.sqlite and found:
        connection.exec_driver_sql(
            f"INSERT INTO s_{register}(s_{register}, rowid, search) VALUES ('delete', ?, ?)",
            (row["id"], row["search"]),
        )
    done = connection.execute(
        table.update().where(table.c.id == row["id"], table.c.version == row["version"]).values(**values)
    )
    if done.rowcount != 1:
        raise DafengError.at(
            f"{register}:{row['id']}",
            f"version {row['version']}",
            "the version that is stored",
            "read the record again",
        )
    if store.sqlite and found:
        index_search(connection, store, table, register, int(row["id"]), int(row["id"]))
    append(
        connection,
        store.schema.shared,
        actor,
        register,
        act,
        [Change(int(row["id"]), before | was, after | is_now)],
        request,
        reason,
    )
    return version
