"""Life cycle of a record after entry.

A record is changed while open, moved from state to state, amended once it counts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from dafeng.evidence import DafengError, Problems
from dafeng.registers.definition.model import Child, Transition
from dafeng.registers.definition.preparing import Entry, Fault, Prepared, key_of
from dafeng.registers.store.chain import persons_behind
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.entries import rewrite, stored_entry
from dafeng.registers.store.locks import lock_of
from dafeng.registers.store.personal import personal_fields, pseudonym
from dafeng.registers.store.rights import STEP_ACT, Actor
from dafeng.registers.store.rows import (
    LIVE,
    PENDING,
    deadline_of,
    insert,
    load_row,
    prepared,
    today,
    update_row,
)
from dafeng.registers.store.writing import Children, Done, check_writable, once, read_children
from dafeng.registers.summary.unusual import unusual


def change(
    store: Store,
    actor: Actor,
    register: str,
    record_id: int,
    cells: Mapping[str, object],
    *,
    version: int,
    children: Children | None = None,
    request: str = "",
    reason: str = "",
) -> Done:
    """Change fields of a record that is still open; the others stay.

    Parameters
    ----------
    children
        Child tables whose rows are replaced by these; the others stay.

    Raises
    ------
    DafengError
        Where the record is not editable in its state (amend it then), was changed meanwhile, lies in a
        locked period, or would break a rule.
    """

    with store.writing() as connection:
        return once(
            connection, store, request, actor, f"change {register} {record_id}",
            lambda: change_within(
                connection, store, actor, register, record_id, cells, children or {}, version, request, reason
            ),
        )  # fmt: skip


def change_within(
    connection: Connection, store: Store, actor: Actor, register: str, record_id: int, cells: Mapping[str, object],
    children: Children, version: int, request: str, reason: str,
) -> Done:  # fmt: skip
    """Change fields of a record within a transaction that does more; as `change`."""
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
    return _changed(connection, store, actor, ready, row, cells, children, request, reason)


def _changed(
    connection: Connection,
    store: Store,
    actor: Actor,
    ready: Prepared,
    row: dict[str, Any],
    cells: Mapping[str, object],
    children: Children,
    request: str,
    reason: str,
) -> Done:
    register, definition = ready.definition.register_id, ready.definition
    old, new, faults = _revised(connection, store, ready, row, cells, children)
    if key_of(definition, new.values, pseudonym) != row["key"]:
        name = next(name for name in definition.key if new.values.get(name) != old.values.get(name))
        found, kept = (
            ("***", "***")
            if definition.field(name).privacy == "personal"
            else (new.values.get(name), old.values.get(name))
        )
        raise DafengError.at(
            f"{register}:{row['id']}:{name}", str(found), f"the key {kept}", "a new key is a new record"
        )  # fmt: skip
    check_writable(connection, store, actor, definition, [row, new.values])
    done = rewrite(connection, store, actor, ready, row, old, new, faults, "change", request, reason)
    return Done(int(row["id"]), done, row["state"], tuple(fault.rule for fault in faults if not fault.refuse))


def _revised(
    connection: Connection,
    store: Store,
    ready: Prepared,
    row: dict[str, Any],
    cells: Mapping[str, object],
    children: Children,
) -> tuple[Entry, Entry, list[Fault]]:
    """Apply cells and child rows to a stored record: the record before, after, and its faults.

    Raises
    ------
    DafengError
        With every cell that does not fit and every rule that refuses.
    """
    place = f"{ready.definition.register_id}:{row['id']}"
    read, problems = ready.read(cells, lambda name: f"{place}:{name}")
    problems += read_children(ready, read, children)
    old = stored_entry(connection, store, ready, row)
    notation = {
        name: key for name, key in old.notation.items() if name not in read.values or name in read.notation
    }
    for child, rows in read.children.items():
        read.children[child] = _with_personal(
            ready.definition.child(child), old.children.get(child) or [], rows
        )
    new = Entry(
        old.values | read.values,
        notation | read.notation,
        {child: [dict(one) for one in rows] for child, rows in (old.children | read.children).items()},
        old.grade,
        {at: until for at, until in old.until.items() if at[0] not in read.children and at[2] not in read.values},
    )  # fmt: skip
    faults = ready.complete(new, ready.circumstances(today(), store.scope))
    problems += [fault.problem(lambda name: f"{place}:{name}") for fault in faults if fault.refuse]
    if problems:
        raise DafengError(problems)
    return old, new, faults + unusual(connection, store, ready.definition, [new])[0]


def _with_personal(
    child: Child, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return new child rows with the personal values of the old ones where the new do not mention the field.

    Whoever may not see them sends none.
    """
    hidden = personal_fields(child.fields)
    kept = {
        tuple(row.get(name) for name in child.key): {name: row.get(name) for name in hidden} for row in old
    }
    return [{**kept.get(tuple(row.get(name) for name in child.key), {}), **row} for row in new]


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
    entry = stored_entry(connection, store, ready, row)
    entered_for = persons_behind(connection, store.schema.shared, register, row)
    problems = _hindrances(
        ready, step, row, row | entry.values | entry.children, entered_for, actor, store, reason
    )
    lock = lock_of(connection, store, ready.definition, row["period"], row["region"], today())
    if lock is not None and (step.role == "reporter" or lock.reason == "approved_above"):
        problems.extend([lock.problem(f"{register} {row['period']} {row['region']}")])
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
    entered_for: frozenset[str],
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
    if step.four_eyes and actor.persons & entered_for:
        problems.add(
            place,
            f"{actor.id}, who entered the record",
            "another person",
            "two pairs of eyes: let a colleague do it",
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
    children: Children | None = None,
    request: str = "",
) -> Done:
    """Amend a record that counts: enter a new record, which replaces the original once it is approved itself.

    Child rows, personal values and files of the original go with it.

    Parameters
    ----------
    children
        Child tables whose rows are replaced by these; the others stay.

    Raises
    ------
    DafengError
        Without a reason, where an amendment is under way already, or the new values do not fit.
    """

    with store.writing() as connection:
        return once(
            connection, store, request, actor, f"amend {register} {record_id}",
            lambda: amend_within(
                connection, store, actor, register, record_id, cells, children or {}, version, request, reason
            ),
        )  # fmt: skip


def amend_within(
    connection: Connection, store: Store, actor: Actor, register: str, record_id: int, cells: Mapping[str, object],
    children: Children, version: int, request: str, reason: str,
) -> Done:  # fmt: skip
    """Amend a record that counts within a transaction that does more; as `amend`."""
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
    _, entry, faults = _revised(connection, store, ready, row, cells, children)
    check_writable(connection, store, actor, ready.definition, [row, entry.values])
    [number] = insert(
        connection, store, actor, ready, [(entry, row["key"], faults)], request, reason, amends=record_id
    )
    _carry_files(connection, store, register, record_id, number)
    return Done(
        number,
        1,
        ready.definition.life_cycle.initial,
        tuple(fault.rule for fault in faults if not fault.refuse),
    )


def _carry_files(connection: Connection, store: Store, register: str, old: int, new: int) -> None:
    """List the files of a record for the record that amends it, too."""
    table = store.schema.shared.evidence
    rows = connection.execute(
        select(table).where(table.c.register == register, table.c.record_id == old).order_by(table.c.id)
    ).mappings()
    copies = [
        {**{name: value for name, value in row.items() if name != "id"}, "record_id": new} for row in rows
    ]
    if copies:
        connection.execute(table.insert(), copies)
