"""Life cycle of a record after entry.

A record is changed while open, moved from state to state, amended once it counts.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from dafeng.evidence import DafengError, Problem, Problems
from dafeng.registers.definition.model import Transition
from dafeng.registers.definition.preparing import Entry, Prepared
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.personal import personal_fields
from dafeng.registers.store.rights import STEP_ACT, Actor
from dafeng.registers.store.rows import (
    LIVE,
    PENDING,
    deadline_of,
    insert,
    load_row,
    note_findings,
    prepared,
    today,
    update_row,
)
from dafeng.registers.store.writing import Done, check_writable, once


def change(
    store: Store,
    actor: Actor,
    register: str,
    record_id: int,
    cells: Mapping[str, object],
    *,
    version: int,
    request: str = "",
    reason: str = "",
) -> Done:
    """Change fields of a record that is still open; the others stay.

    Raises
    ------
    DafengError
        Where the record is not editable in its state (amend it then), was changed meanwhile, lies in a
        locked period, or would break a rule.
    """

    def do(connection: Connection) -> Done:
        row = load_row(connection, store, register, record_id, version)
        ready = prepared(store, register, row["edition"])
        state = ready.definition.state(row["state"])
        if not state.editable:
            raise DafengError.at(
                f"{register}:{record_id}",
                f"state {state.zh} {state.id}",
                "a state in which it may be changed",
                "修订 · amend it: the record that counts is kept",
            )
        return _changed(connection, store, actor, ready, row, cells, request, reason)

    with store.writing() as connection:
        return once(
            connection, store, request, actor, f"change {register} {record_id}", lambda: do(connection)
        )


def _changed(
    connection: Connection,
    store: Store,
    actor: Actor,
    ready: Prepared,
    row: dict[str, Any],
    cells: Mapping[str, object],
    request: str,
    reason: str,
) -> Done:
    register, definition = ready.definition.register_id, ready.definition
    read, problems = ready.read(cells, lambda name: f"{register}:{row['id']}:{name}")
    for name in definition.key:
        if (
            name in read.values
            and read.values[name] != row.get(name)
            and definition.field(name).privacy == "none"
        ):
            problems.append(
                Problem(
                    f"{register}:{row['id']}:{name}",
                    str(read.values[name]),
                    f"the key {row.get(name)}",
                    "a new key is a new record",
                )
            )
    hidden = personal_fields(definition.fields)
    if set(read.values) & set(hidden):
        problems.append(
            Problem(
                f"{register}:{row['id']}",
                "personal fields",
                "fields that are kept in the log",
                "amend the record to change them",
            )
        )
    notation = (json.loads(row["notation"]) if row["notation"] else {}) | read.notation
    notation = {
        name: key for name, key in notation.items() if name not in read.values or name in read.notation
    }
    entry = Entry(
        {field.id: row.get(field.id) for field in definition.fields} | read.values,
        notation,
        children_of(connection, store, ready, int(row["id"])),
    )
    faults = ready.complete(entry, ready.circumstances(today(), store.scope))
    problems += [
        fault.problem(lambda name: f"{register}:{row['id']}:{name}")
        for fault in faults
        if fault.refuse and fault.field not in hidden
    ]
    if problems:
        raise DafengError(problems)
    check_writable(connection, store, actor, definition, [row, entry.values])
    new = {name: value for name, value in entry.values.items() if name not in hidden}
    if definition.region:
        new["region"] = entry.values.get(definition.region)
    new["notation"] = json.dumps(notation) if notation else None
    done = update_row(connection, store, actor, ready, row, new, "change", request, reason)
    note_findings(connection, store, register, [(int(row["id"]), faults)])
    return Done(int(row["id"]), done, row["state"], tuple(fault.rule for fault in faults if not fault.refuse))


def children_of(
    connection: Connection, store: Store, ready: Prepared, record_id: int
) -> dict[str, list[dict[str, Any]]]:
    """Return the child rows of one record, without their ids."""
    found: dict[str, list[dict[str, Any]]] = {}
    for child in ready.definition.children:
        table = store.schema.children[ready.definition.register_id, child.id]
        rows = connection.execute(
            select(table).where(table.c.record_id == record_id).order_by(table.c.id)
        ).mappings()
        found[child.id] = [
            {name: value for name, value in row.items() if name not in ("id", "record_id")} for row in rows
        ]
    return found


def act(
    store: Store,
    actor: Actor,
    register: str,
    record_id: int,
    step: str,
    *,
    version: int,
    request: str = "",
    reason: str = "",
) -> Done:
    """Take a transition of a record.

    It requires a permitted role, a guard that holds, attached papers, a second pair of eyes.

    Parameters
    ----------
    step
        Id of the transition.
    version
        Version of the record that the actor has seen.
    request
        Id of the request; the same id again returns what was done.

    Raises
    ------
    DafengError
        With everything that blocks the transition.
    """
    with store.writing() as connection:
        return once(
            connection, store, request, actor, f"act {register} {record_id} {step}",
            lambda: _acted(connection, store, actor, register, record_id, step, version, request, reason),
        )  # fmt: skip


def _acted(
    connection: Connection,
    store: Store,
    actor: Actor,
    register: str,
    record_id: int,
    step_id: str,
    version: int,
    request: str,
    reason: str,
) -> Done:
    row = load_row(connection, store, register, record_id, version)
    ready = prepared(store, register, row["edition"])
    steps = {step.id: step for step in ready.definition.life_cycle.transitions}
    if step_id not in steps:
        open_ = ", ".join(step.id for step in steps.values() if row["state"] in step.start)
        raise DafengError.at(register, f"the act {step_id}", f"one of {open_ or 'none in this state'}")
    step = steps[step_id]
    entry_row = row | children_of(connection, store, ready, record_id)
    problems = _hindrances(ready, step, row, entry_row, actor, store, reason)
    problems.raise_if_any()
    new: dict[str, Any] = {"state": step.end, "deadline": deadline_of(ready.definition, step.end, today())}
    if row["live"] == PENDING and ready.definition.state(step.end).counted:
        old = load_row(connection, store, register, int(row["amends"]))
        update_row(connection, store, actor, ready, old, {"live": None}, "superseded", request, reason)
        new["live"] = LIVE
    done = update_row(connection, store, actor, ready, row, new, step.id, request, reason)
    return Done(record_id, done, step.end)


def _hindrances(
    ready: Prepared,
    step: Transition,
    row: Mapping[str, Any],
    entry_row: Mapping[str, Any],
    actor: Actor,
    store: Store,
    reason: str,
) -> Problems:
    register, place = ready.definition.register_id, f"{ready.definition.register_id}:{row['id']}"
    problems = Problems()
    if row["state"] not in step.start:
        now = ready.definition.state(row["state"])
        problems.add(
            place, f"state {now.zh} {now.id}", f"one of {', '.join(step.start)}", f"{step.zh} · {step.en}"
        )
    if not actor.may(STEP_ACT[step.role], register, row["region"] or store.scope, row["organisation"]):
        problems.add(
            place,
            f"{actor.id}: {step.id}",
            f"the role {step.role} for {row['region'] or store.scope}",
            "ask the owner of the register",
        )
    if step.four_eyes and actor.id == row["entered_by"]:
        problems.add(
            place,
            f"{actor.id}, who entered the record",
            "another person",
            "四眼原则 · two pairs of eyes: let a colleague do it",
        )
    if step.reason_required and not reason.strip():
        problems.add(place, "no reason", f"a reason for {step.zh} · {step.en}", "say why")
    for paper in step.papers:
        if not row.get(paper):
            field = ready.definition.field(paper)
            problems.add(f"{place}:{paper}", "no file", f"{field.zh} · {field.en}", "attach it first")
    if not ready.guard_holds(step, entry_row, ready.circumstances(today(), store.scope)):
        problems.add(place, f"{step.guard} does not hold", f"{step.zh}: {step.guard}", "complete the record")
    return problems


def amend(
    store: Store,
    actor: Actor,
    register: str,
    record_id: int,
    cells: Mapping[str, object],
    *,
    version: int,
    reason: str,
    request: str = "",
) -> Done:
    """Amend a record that counts: enter a new record, which replaces the original once it is approved itself.

    Raises
    ------
    DafengError
        Without a reason, where an amendment is under way already, or the new values do not fit.
    """

    def do(connection: Connection) -> Done:
        row = load_row(connection, store, register, record_id, version)
        ready = prepared(store, register, row["edition"])
        place, table = f"{register}:{record_id}", store.schema.records[register]
        if not reason.strip():
            raise DafengError.at(place, "no reason", "why the record is amended", "say why")
        if row["live"] != LIVE:
            raise DafengError.at(
                place, "a record that does not count", "the record that counts", "change that one"
            )
        pending = connection.execute(
            select(table.c.id).where(table.c.amends == record_id, table.c.live == PENDING)
        ).first()
        if pending is not None:
            raise DafengError.at(
                place,
                f"amendment {pending.id} under way",
                "one amendment at a time",
                "finish or change that one",
            )
        read, problems = ready.read(cells, lambda name: f"{place}:{name}")
        old = {field.id: row.get(field.id) for field in ready.definition.fields}
        notation = json.loads(row["notation"]) if row["notation"] else {}
        entry = Entry(
            old | read.values,
            notation | read.notation,
            children_of(connection, store, ready, record_id),
            row["grade"],
        )
        faults = ready.complete(entry, ready.circumstances(today(), store.scope))
        hidden = personal_fields(ready.definition.fields)
        problems += [
            fault.problem(lambda name: f"{place}:{name}")
            for fault in faults
            if fault.refuse and fault.field not in hidden
        ]
        if problems:
            raise DafengError(problems)
        check_writable(connection, store, actor, ready.definition, [row, entry.values])
        [number] = insert(
            connection, store, actor, ready, [(entry, row["key"], faults)], request, reason, amends=record_id
        )
        return Done(
            number,
            1,
            ready.definition.life_cycle.initial,
            tuple(fault.rule for fault in faults if not fault.refuse),
        )

    with store.writing() as connection:
        return once(
            connection, store, request, actor, f"amend {register} {record_id}", lambda: do(connection)
        )
