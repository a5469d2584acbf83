"""Entry of records: cells validated, rights and locks checked, keys kept unique.

Each request is executed once.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, select

from dafeng.evidence import DafengError, Problem, Text
from dafeng.registers.definition.cells import read_field
from dafeng.registers.definition.counties import within
from dafeng.registers.definition.model import Definition
from dafeng.registers.definition.preparing import Entry, Prepared, key_of
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.locks import lock_of, period_of
from dafeng.registers.store.personal import pseudonym
from dafeng.registers.store.rights import Actor
from dafeng.registers.store.rows import LIVE, check_grade, edition_on, insert, place_of, prepared, today
from dafeng.registers.summary.unusual import unusual
from dafeng.tables import tidy

Children: TypeAlias = Mapping[str, Sequence[Mapping[str, object]]]
"""Child rows as people type them, by child table."""


@dataclass(frozen=True, slots=True)
class Done:
    """Result of an act. `repeated` marks a request id that had been seen before: nothing was done again."""

    id: int
    version: int
    state: str
    findings: tuple[str, ...] = ()
    repeated: bool = False


LONGEST_REQUEST = 200


def repeated(
    connection: Connection, store: Store, request: str, actor: Actor, act: str
) -> dict[str, Any] | None:
    """Return the stored result of a request id that was seen before; None for a new one, or without an id.

    Raises
    ------
    DafengError
        Where the id was used for another act.
    """
    if not request:
        return None
    if len(request) > LONGEST_REQUEST or not request.isprintable():
        raise DafengError.at(
            "request", f"{len(request)} characters", Text(f"至多{LONGEST_REQUEST}个可打印字符", f"at most {LONGEST_REQUEST} printable characters"), "send a new request id"
        )  # fmt: skip
    table = store.schema.shared.request
    seen = connection.execute(select(table).where(table.c.id == request)).first()
    if seen is None:
        return None
    if seen.act != act or seen.actor != actor.id:
        raise DafengError.at(
            "request", request, "an id that was not used for another act", "send a new request id"
        )
    found: dict[str, Any] = json.loads(seen.result)
    return found


def remember(
    connection: Connection, store: Store, request: str, actor: Actor, act: str, result: Mapping[str, Any]
) -> None:
    """Store the result of a request, so that the same id again is answered and not executed."""
    if request:
        connection.execute(
            store.schema.shared.request.insert().values(
                id=request, at=now(), actor=actor.id, act=act, result=json.dumps(result, ensure_ascii=False)
            )
        )


def once(
    connection: Connection, store: Store, request: str, actor: Actor, act: str, do: Callable[[], Done]
) -> Done:
    """Execute an act, or return its stored result when the request id was seen before.

    Raises
    ------
    DafengError
        Where the id was used for another act.
    """
    seen = _executed(connection, store, request, actor, act)
    if seen is not None:
        return seen
    done = do()
    remember(connection, store, request, actor, act, asdict(done))
    return done


def _executed(connection: Connection, store: Store, request: str, actor: Actor, act: str) -> Done | None:
    seen = repeated(connection, store, request, actor, act)
    return None if seen is None else Done(**{**seen, "repeated": True, "findings": tuple(seen["findings"])})


def entered_before(store: Store, actor: Actor, register: str, request: str) -> Done | None:
    """Return the stored result of an entry by its request id; None where the id is new or empty.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who acts.
    register
        Id of the register.
    request
        Id of the request.

    Returns
    -------
    Number and version of the record, or None.

    Raises
    ------
    DafengError
        Where the id was used for another act.
    """
    if not request:
        return None
    with store.reading() as connection:
        return _executed(connection, store, request, actor, f"enter {register}")


def enter(
    store: Store, actor: Actor, register: str, cells: Mapping[str, object], *, children: Children | None = None,
    request: str = "", reason: str = "", day: str = "", grade: str = "B",
) -> Done:  # fmt: skip
    """Enter one record from cells as people type them.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who acts.
    register
        Id of the register.
    cells
        Values as people type them, by field.
    children
        Rows of each child table.
    request
        Id of the request; the same id acts once.
    reason
        Reason in words.
    day
        Day of the act; today without.
    grade
        Grade of the record, A–E.

    Returns
    -------
    Number and version of the record.

    Raises
    ------
    DafengError
        With every problem: cells, rules that refuse, a key that exists, a locked period, a missing right.
    """
    check_grade(grade)
    definition = edition_on(store, register, cells, day)
    ready = prepared(store, register, definition.edition)
    entry, problems = ready.read(cells, lambda name: f"{register}:{name}")
    entry.grade = grade
    problems += read_children(ready, entry, children or {})
    if problems:
        raise DafengError(problems)
    with store.writing() as connection:
        return once(
            connection,
            store,
            request,
            actor,
            f"enter {register}",
            lambda: _entered(connection, store, actor, ready, entry, request, reason),
        )


def _child_place(child: str) -> Callable[[int, str], str]:
    return lambda row, name: f"{child}:{row}:{name}"


def read_children(ready: Prepared, entry: Entry, children: Children) -> list[Problem]:
    """Parse child rows by child table into `entry`; the problems are returned."""
    problems: list[Problem] = []
    for child, rows in children.items():
        known = ready.child_columns.get(child)
        if known is None:
            problems.append(
                Problem(
                    child,
                    "a child table that there is not",
                    f"one of {', '.join(ready.child_columns) or 'none'}",
                )
            )
            continue
        read, more = read_child_rows(ready, child, rows, _child_place(child))
        entry.children[child] = read
        problems += more
    return problems


def read_child_rows(
    ready: Prepared, child: str, rows: Sequence[Mapping[str, object]], place: Callable[[int, str], str]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Parse the child rows of one record to typed values.

    Unknown fields, bad cells, missing cells and repeated keys are problems.
    """
    known, found, problems = ready.child_columns[child], [], []
    key = ready.definition.child(child).key
    seen: set[tuple[Any, ...]] = set()
    for number, row in enumerate(rows, start=1):
        values: dict[str, Any] = {}
        for name, cell in row.items():
            if name not in known:
                problems.append(Problem(place(number, name), f"the field {name}", f"a field of {child}"))
                continue
            values[name], _, fault = read_field(*known[name], tidy(cell))
            if fault is not None:
                problems.append(Problem(place(number, name), *fault.of(tidy(cell))))
        for name, (field, _) in known.items():
            if field.required and values.get(name) is None and tidy(row.get(name)) == "":
                problems.append(
                    Problem(place(number, name), "an empty cell", f"{field.zh} · {field.en}", "fill it")
                )
        identity = tuple(values.get(name) for name in key)
        if identity in seen:
            problems.append(
                Problem(
                    place(number, key[0]),
                    "|".join(map(str, identity)),
                    "each key once",
                    "delete one of the two rows",
                )
            )
        seen.add(identity)
        found.append(values)
    return found, problems


def _entered(
    connection: Connection,
    store: Store,
    actor: Actor,
    ready: Prepared,
    entry: Entry,
    request: str,
    reason: str,
) -> Done:
    register = ready.definition.register_id
    faults = ready.complete(entry, ready.circumstances(today(), store.scope))
    refused = [fault.problem(lambda name: f"{register}:{name}") for fault in faults if fault.refuse]
    key = key_of(ready.definition, entry.values, pseudonym)
    table = store.schema.records[register]
    held = connection.execute(
        select(table.c.id).where(table.c.scope == store.scope, table.c.key == key, table.c.live == LIVE)
    ).first()
    if held is not None:
        names = " + ".join(ready.definition.key)
        refused.append(
            Problem(
                f"{register}:{ready.definition.key[0]}",
                key,
                f"a new {names}: record {held.id} has it",
                "change that record, or correct the key",
            )
        )
    if refused:
        raise DafengError(refused)
    check_writable(connection, store, actor, ready.definition, [entry.values])
    faults += unusual(connection, store, ready.definition, [entry])[0]
    [record_id] = insert(connection, store, actor, ready, [(entry, key, faults)], request, reason)
    return Done(
        record_id,
        1,
        ready.definition.life_cycle.initial,
        tuple(fault.rule for fault in faults if not fault.refuse),
    )


def check_writable(
    connection: Connection,
    store: Store,
    actor: Actor,
    definition: Definition,
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Check rights and locks of every place and period among `rows`.

    Raises
    ------
    DafengError
        With each place that the actor may not write in, and each lock.
    """
    problems: list[Problem] = []
    seen: set[tuple[str | None, str | None, str | None]] = set()
    for values in rows:
        region, organisation = place_of(definition, values)
        period = period_of(definition, dict(values))
        if (region, organisation if actor_by_firm(actor) else None, period) in seen:
            continue
        seen.add((region, organisation if actor_by_firm(actor) else None, period))
        if not actor.may("write", definition.register_id, region or store.scope, organisation):
            found = f"{actor.id}: {region or store.scope}"
            problems.append(
                Problem(
                    f"{definition.register_id}:{definition.region or ''}",
                    found,
                    "a place that you may write for",
                    "ask the owner of the register",
                )
            )
        if region is not None and not within(store.scope, region):
            problems.append(
                Problem(
                    f"{definition.register_id}:{definition.region}",
                    region,
                    f"a place within {store.scope}",
                    "correct the code",
                )
            )
        lock = lock_of(connection, store, definition, period, region, today())
        if lock is not None:
            problems.append(lock.problem(f"{definition.register_id} {period} {region}"))
    if problems:
        raise DafengError(problems)


def actor_by_firm(actor: Actor) -> bool:
    return any(grant.organisation for grant in actor.grants)
