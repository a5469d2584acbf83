"""Import of files.

Every cell is validated and all problems are reported at once; an import is whole or partial as the sender chooses,
and each file is imported once.
"""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, select

from dafeng.evidence import DafengError, Problem, Text
from dafeng.registers.definition.cells import table_of_child, table_of_register, typed
from dafeng.registers.definition.counties import stem
from dafeng.registers.definition.model import Definition, Kind
from dafeng.registers.definition.preparing import Entry, Prepared
from dafeng.registers.exchange.reading import Sent, plain_cell, read_sent
from dafeng.registers.exchange.rows import Receipt, Row, add, note_unusual, read_rows
from dafeng.registers.store.columns import in_bulk
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.entries import merged_children, rewrite, stored_entry, without_personal
from dafeng.registers.store.locks import lock_of, period_of
from dafeng.registers.store.personal import personal_fields
from dafeng.registers.store.rights import Actor
from dafeng.registers.store.rows import LIVE, check_grade, edition_on, insert, place_of, prepared, today
from dafeng.registers.summary.unusual import unusual
from dafeng.tables import Table

Mode = Literal["whole", "partial"]
CHILDREN, PERSONAL = "children", "personal"
"""Names in the report of a conflict besides the fields: child rows, names of personal fields that differ."""
_CHUNK = 5_000


def import_file(
    store: Store,
    actor: Actor,
    register: str,
    path: Path,
    *,
    mode: Mode = "whole",
    day: str = "",
    grade: str = "B",
    request: str = "",
) -> Receipt:
    """Import a workbook or a CSV file into a register.

    Parameters
    ----------
    mode
        `whole`: one problem and nothing is stored. `partial`: sound rows are stored, the others are refused
        by place.
    day
        The day whose edition the file is read by; "" takes that of the period or day the rows are about.
    grade
        Quality of the data, A official … E assumption.
    request
        Id of the request, written into the log.

    Returns
    -------
    Receipt
        The same file again gives the receipt of the first time.

    Raises
    ------
    DafengError
        Where the file itself cannot be read, or the actor may not write at all.
    """
    _may_write_somewhere(actor, register)
    check_grade(grade)
    with _uncollected():
        return _imported(store, actor, register, path, mode, day, grade, request)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the collection of cycles: rows hold none, and walking over a million of them again and again costs a seventh."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _imported(
    store: Store, actor: Actor, register: str, path: Path, mode: Mode, day: str, grade: str, request: str
) -> Receipt:
    definition, sent, strangers = _read(store, register, path, day)
    ready = prepared(store, register, definition.edition)
    receipt = Receipt(register, sent.name, sent.hash, mode)
    earlier = _earlier(store, receipt)
    if earlier is not None:
        return earlier
    rows = read_rows(store, ready, sent, receipt, grade)
    _refuse_strangers(definition, sent, rows, strangers, receipt)
    with store.writing() as connection:
        earlier = _earlier(store, receipt, connection)
        if earlier is not None:
            return earlier
        _check_against_store(connection, store, actor, definition, sent, rows, receipt)
        receipt.refused = sum(row.bad for row in rows)
        if not receipt.problems or mode == "partial":
            _keep(
                connection, store, actor, ready, [row for row in rows if not row.bad], sent, receipt, request
            )
            receipt.stored = True
        receipt.at = now()
        connection.execute(store.schema.shared.receipt.insert().values(
            scope=store.scope, register=register, hash=sent.hash, name=sent.name, at=receipt.at, actor=actor.id, mode=mode,
            result=json.dumps(receipt.as_dict(), ensure_ascii=False),
        ))  # fmt: skip
    return receipt


def _tables(definition: Definition) -> list[Table]:
    return [
        table_of_register(definition),
        *(table_of_child(definition, child) for child in definition.children),
    ]


def _read(store: Store, register: str, path: Path, day: str) -> tuple[Definition, Sent, dict[int, str]]:
    """Read a file by the edition that its rows are about; rows of another edition are named by their number."""
    definition = edition_on(store, register, {}, day)
    sent = read_sent(path, _tables(definition))
    if day or len(store.book.of(register)) == 1:
        return definition, sent, {}
    sheet = sent.sheets[register]
    name = definition.dated or (definition.returns.field if definition.returns else "")
    if name not in sheet.names:
        return definition, sent, {}
    at = sheet.names.index(name)
    editions = {
        number: edition_on(store, register, {name: plain_cell(cells[at]) if at < len(cells) else None})
        for number, cells in sheet.rows
    }
    listed = sorted({one.edition for one in editions.values()})
    if not listed:
        return definition, sent, {}
    chosen = store.book.edition(register, listed[-1])
    if chosen.edition != definition.edition:
        sent = read_sent(path, _tables(chosen))
    return (
        chosen,
        sent,
        {number: one.edition for number, one in editions.items() if one.edition != chosen.edition},
    )


def _refuse_strangers(
    definition: Definition, sent: Sent, rows: list[Row], strangers: dict[int, str], receipt: Receipt
) -> None:
    """Refuse the rows of a period that another edition reads: its columns and rules are others."""
    sheet = sent.sheets[definition.register_id]
    name = definition.dated or (definition.returns.field if definition.returns else "")
    for row in rows:
        if row.number in strangers:
            row.bad = True
            found = Text(f"{strangers[row.number]}版的期间", f"a period of edition {strangers[row.number]}")
            expected = Text(f"{definition.edition}版的期间", f"a period of edition {definition.edition}")
            mend = Text("不同版本的期间分开报送", "send the periods of each edition in a file of their own")
            add(receipt, Problem(sheet.place(row.number, name), found, expected, mend))


def _may_write_somewhere(actor: Actor, register: str) -> None:
    if not any(
        actor.may("write", register, grant.region or None, grant.organisation or None)
        for grant in actor.grants
        if grant.covers(register)
    ):
        actor.must("write", register)


def _earlier(store: Store, receipt: Receipt, connection: Connection | None = None) -> Receipt | None:
    """Return the receipt of the first time that this file was stored."""
    table = store.schema.shared.receipt
    query = select(table.c.result).where(
        table.c.scope == store.scope, table.c.register == receipt.register, table.c.hash == receipt.hash
    ).order_by(table.c.id)  # fmt: skip
    if connection is None:
        with store.reading() as reading:
            results = [json.loads(row.result) for row in reading.execute(query)]
    else:
        results = [json.loads(row.result) for row in connection.execute(query)]
    for result in results:
        if result["stored"]:
            problems = [Problem.from_dict(one) for one in result.pop("problems")]
            return Receipt(**{**result, "problems": problems, "repeated": True})
    return None


def _check_against_store(
    connection: Connection,
    store: Store,
    actor: Actor,
    definition: Definition,
    sent: Sent,
    rows: list[Row],
    receipt: Receipt,
) -> None:
    """Check rights and locks, once per place and period; the first row of each is named."""
    sheet = sent.sheets[definition.register_id]
    verdicts: dict[tuple[Any, ...], Problem | None] = {}
    by_firm = any(grant.organisation for grant in actor.grants)
    for row in rows:
        if row.bad:
            continue
        region, organisation = place_of(definition, row.entry.values)
        period = period_of(definition, row.entry.values)
        asked = (region, organisation if by_firm else None, period)
        if asked not in verdicts:
            verdicts[asked] = _hindrance(connection, store, actor, definition, region, organisation, period)
        problem = verdicts[asked]
        if problem is not None:
            row.bad = True
            name = definition.region or definition.key[0]
            add(
                receipt, Problem(sheet.place(row.number, name), problem.found, problem.expected, problem.mend)
            )


def _hindrance(
    connection: Connection,
    store: Store,
    actor: Actor,
    definition: Definition,
    region: str | None,
    organisation: str | None,
    period: str | None,
) -> Problem | None:
    register = definition.register_id
    if region is not None and not region.startswith(stem(store.scope)):
        return Problem("", region, f"a place within {store.scope}", "correct the code")
    if not actor.may("write", register, region or store.scope, organisation):
        return Problem(
            "",
            f"{actor.id}: {region or store.scope}",
            "a place that you may write for",
            "leave these rows to their own reporter",
        )
    lock = lock_of(connection, store, definition, period, region, today())
    if lock is not None:
        return lock.problem("")
    return None


def _keep(
    connection: Connection,
    store: Store,
    actor: Actor,
    ready: Prepared,
    rows: list[Row],
    sent: Sent,
    receipt: Receipt,
    request: str,
) -> None:
    """Store sound rows.

    New keys are entered, equal ones left, own open ones updated, all others put aside as conflicts.
    """
    held = _held(connection, store, ready.definition.register_id, [row.key for row in rows])
    fresh = [row for row in rows if row.key not in held]
    note_unusual(connection, store, ready, fresh, sent, receipt)
    with in_bulk(connection, store.schema.records[receipt.register], len(fresh)):
        for start in range(0, len(fresh), _CHUNK):
            part = [(row.entry, row.key, row.faults) for row in fresh[start : start + _CHUNK]]
            insert(connection, store, actor, ready, part, request or sent.hash, f"导入 {sent.name}")
    receipt.new = len(fresh)
    receipt.findings = sum(1 for row in fresh for fault in row.faults if not fault.refuse)
    for row in rows:
        if row.key in held:
            _settle(connection, store, actor, ready, row, held[row.key], sent, receipt, request)


def _held(connection: Connection, store: Store, register: str, keys: list[str]) -> dict[str, dict[str, Any]]:
    table = store.schema.records[register]
    found: dict[str, dict[str, Any]] = {}
    if connection.execute(select(table.c.id).limit(1)).first() is None:
        return found
    for start in range(0, len(keys), 500):
        query = select(table).where(
            table.c.scope == store.scope, table.c.live == LIVE, table.c.key.in_(keys[start : start + 500])
        )
        found |= {row["key"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _settle(
    connection: Connection, store: Store, actor: Actor, ready: Prepared, row: Row, held: dict[str, Any], sent: Sent, receipt: Receipt,
    request: str,
) -> None:  # fmt: skip
    # a record of an old period is compared by the edition that it was entered with
    ready = prepared(store, ready.definition.register_id, held["edition"])
    definition, held = ready.definition, typed(held, ready.definition.fields)
    old = stored_entry(connection, store, ready, held)
    new = _merged(definition, old, row.entry)
    faults = ready.complete(new, ready.circumstances(today(), store.scope))
    faults += unusual(connection, store, definition, [new])[0]
    refused = [
        fault.problem(lambda name: f"{sent.name}!{row.number}:{name}") for fault in faults if fault.refuse
    ]
    if refused:  # the rows of the file fit, but not together with the child rows that are stored
        raise DafengError(refused)
    if old.values == new.values and old.children == new.children and old.notation == new.notation:
        receipt.unchanged += 1
        return
    here = (*place_of(definition, new.values), period_of(definition, new.values))
    same_place = here == (held["region"], held["organisation"], held["period"])
    if (
        definition.state(held["state"]).editable
        and same_place
        and (held["entered_by"] == actor.id or new.adds_to(old))
    ):
        rewrite(
            connection, store, actor, ready, held, old, new, faults, "change", request or sent.hash, f"导入 {sent.name}"
        )  # fmt: skip
        receipt.updated += 1
        return
    theirs = _reported(definition, old, new)
    connection.execute(store.schema.shared.conflict.insert().values(
        scope=store.scope, register=definition.register_id, record_id=held["id"], key=row.key, theirs=json.dumps(theirs, ensure_ascii=False),
        source=f"{sent.name}!{row.number}", at=now(), actor=actor.id, region=place_of(definition, row.entry.values)[0],
    ))  # fmt: skip
    receipt.conflicts += 1


def _merged(definition: Definition, old: Entry, sent: Entry) -> Entry:
    """Return the stored record with what the file says of it: columns and child rows that it has not stay."""
    children = {
        child.id: merged_children(child, old.children.get(child.id) or [], sent.children.get(child.id) or [])
        for child in definition.children
    }
    files = {one.id for one in definition.fields if one.type is Kind.FILE}
    values = {name: value for name, value in sent.values.items() if name not in files}
    notation = {name: key for name, key in old.notation.items() if name not in values} | sent.notation
    until = {at: day for at, day in old.until.items() if not at[0]}
    return Entry(old.values | values, notation, children, sent.grade, until)


def _reported(definition: Definition, old: Entry, new: Entry) -> dict[str, Any]:
    """Return the other report of a conflict: no personal value, only which of them differ."""
    hidden = personal_fields(definition.fields)
    theirs: dict[str, Any] = {
        one.id: new.values.get(one.id) for one in definition.fields if one.id not in hidden and new.values.get(one.id) is not None
    }  # fmt: skip
    children = {
        child.id: without_personal(child, new.children[child.id])
        for child in definition.children
        if new.children[child.id] != (old.children.get(child.id) or [])
    }
    differing = sorted(name for name in hidden if old.values.get(name) != new.values.get(name))
    return theirs | ({CHILDREN: children} if children else {}) | ({PERSONAL: differing} if differing else {})


def preview(store: Store, actor: Actor, register: str, path: Path, day: str = "") -> list[Problem]:
    """Validate a file as an import would and report every problem, without storing anything.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who acts.
    register
        Id of the register.
    path
        File to import.
    day
        Day of the import; today without.

    Returns
    -------
    Problems, each with its cell.

    Raises
    ------
    DafengError
        As `import_file`.
    """
    definition, sent, strangers = _read(store, register, path, day)
    ready = prepared(store, register, definition.edition)
    receipt = Receipt(register, sent.name, sent.hash, "whole")
    rows = read_rows(store, ready, sent, receipt, "B")
    _refuse_strangers(definition, sent, rows, strangers, receipt)
    with store.reading() as connection:
        _check_against_store(connection, store, actor, definition, sent, rows, receipt)
    return receipt.problems
