"""Conflict resolution: conflicts by key side by side, near duplicates by text similarity.

A person decides.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from dafeng.evidence import DafengError
from dafeng.registers.definition.model import Definition, Kind
from dafeng.registers.exchange.exporting import rows_of
from dafeng.registers.exchange.importing import CHILDREN, PERSONAL
from dafeng.registers.store.acting import amend_within, change_within
from dafeng.registers.store.chain import Change, append
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.entries import stored_entry
from dafeng.registers.store.rights import Actor, readable
from dafeng.registers.store.rows import load_row, prepared
from dafeng.registers.store.writing import Done, once


@dataclass(frozen=True, slots=True)
class Conflict:
    """Pair of versions of one key.

    `ours` is the stored record, `theirs` the content of another file for the same key.
    """

    id: int
    record_id: int
    key: str
    source: str
    reported_by: str
    at: str
    differing: dict[str, tuple[Any, Any]]
    chosen: str


def contested_registers(store: Store) -> frozenset[str]:
    """Return the registers with open conflicts, without regard to rights; `conflicts` applies them."""
    table = store.schema.shared.conflict
    query = select(table.c.register).where(table.c.scope == store.scope, table.c.chosen.is_(None)).distinct()
    with store.reading() as connection:
        return frozenset(str(name) for name in connection.scalars(query))


def conflicts(store: Store, actor: Actor, register: str, settled: bool = False) -> list[Conflict]:
    """List open conflicts (all with `settled`), with the fields that differ as (ours, theirs).

    Only those on records that the actor may see; of personal fields only the names that differ.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.
    settled
        Whether settled ones are listed too.

    Returns
    -------
    Conflicts, oldest first.
    """
    table, records = store.schema.shared.conflict, store.schema.records[register]
    definition = store.book.latest(register)
    query = (
        select(table)
        .join(records, records.c.id == table.c.record_id)
        .where(
            table.c.scope == store.scope, table.c.register == register, records.c.scope == store.scope,
            readable(actor, definition, records),
        )
        .order_by(table.c.id)
    )  # fmt: skip
    if not settled:
        query = query.where(table.c.chosen.is_(None))
    with store.reading() as connection:
        return [
            _conflict(connection, store, actor, register, dict(row))
            for row in connection.execute(query).mappings().all()
        ]


def _conflict(
    connection: Connection, store: Store, actor: Actor, register: str, row: Mapping[str, Any]
) -> Conflict:
    ours = load_row(connection, store, register, int(row["record_id"]))
    ready = prepared(store, register, ours["edition"])
    entry = stored_entry(connection, store, ready, ours)
    theirs = json.loads(row["theirs"])
    may_see = actor.privacies(register, ours["region"] or store.scope, ours["organisation"])
    differing: dict[str, tuple[Any, Any]] = {}
    for one in ready.definition.fields:
        value = theirs.get(one.id)
        if (
            one.privacy != "personal"
            and one.privacy in may_see
            and one.type is not Kind.FILE
            and ours.get(one.id) != value
        ):
            differing[one.id] = (ours.get(one.id), value)
    for child in ready.definition.children:
        if child.id in theirs.get(CHILDREN, {}):
            hidden = {
                one.id for one in child.fields if one.privacy == "personal" or one.privacy not in may_see
            }
            differing[child.id] = tuple(
                [{name: value for name, value in each.items() if name not in hidden} for each in rows]
                for rows in (entry.children.get(child.id) or [], theirs[CHILDREN][child.id])
            )  # type: ignore[assignment]
    if "personal" in may_see:
        differing |= dict.fromkeys(theirs.get(PERSONAL, ()), (_NOT_SHOWN, _NOT_SHOWN))
    return Conflict(
        row["id"], row["record_id"], row["key"], row["source"], row["actor"], row["at"], differing, row["chosen"] or ""
    )  # fmt: skip


_NOT_SHOWN = "***"
"""A personal value of another report: it is not kept, the people who reported are asked."""


def settle(
    store: Store,
    actor: Actor,
    register: str,
    conflict_id: int,
    choose: str,
    reason: str,
    *,
    request: str = "",
) -> Done:
    """Settle a conflict; the other report stays in the log.

    Parameters
    ----------
    choose
        `ours` keeps the record, `theirs` changes or amends it.
    request
        Id of the request; the same id again returns what was done.

    Raises
    ------
    DafengError
        Where it is settled already, the choice is neither, or the actor may not review.
    """
    if choose not in ("ours", "theirs"):
        raise DafengError.at("choose", choose, "ours or theirs")
    if not reason.strip():
        raise DafengError.at(f"conflict {conflict_id}", "no reason", "why this report is chosen", "say why")
    with store.writing() as connection:
        return once(
            connection, store, request, actor, f"settle {register} {conflict_id} {choose}",
            lambda: _settled(connection, store, actor, register, conflict_id, choose, request, reason),
        )  # fmt: skip


def _settled(
    connection: Connection, store: Store, actor: Actor, register: str, conflict_id: int, choose: str,
    request: str, reason: str,
) -> Done:  # fmt: skip
    table = store.schema.shared.conflict
    own = (table.c.id == conflict_id, table.c.register == register, table.c.scope == store.scope)
    row = connection.execute(select(table).where(*own)).mappings().first()
    if row is None or row["chosen"]:
        raise DafengError.at(
            register, f"conflict {conflict_id}", "an open conflict", "see dafeng registers conflicts"
        )
    ours = load_row(connection, store, register, int(row["record_id"]))
    theirs = json.loads(row["theirs"])
    actor.must("review", register, ours["region"] or store.scope, ours["organisation"])
    done = Done(ours["id"], ours["version"], ours["state"])
    if choose == "theirs":
        definition = store.book.edition(register, ours["edition"])
        cells, children = _differing(definition, ours, theirs)
        write = change_within if definition.state(ours["state"]).editable else amend_within
        done = write(
            connection, store, actor, register, ours["id"], cells, children, ours["version"], request, reason
        )
    connection.execute(
        table.update()
        .where(table.c.id == conflict_id)
        .values(chosen=choose, settled_by=actor.id, settled_at=now(), reason=reason)
    )
    other = Change(ours["id"], {"source": row["source"], "theirs": theirs}, None)
    append(connection, store.schema.shared, actor, register, f"conflict:{choose}", [other], request, reason)
    return done


def _differing(
    definition: Definition, ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Return the cells and the child rows of the other report that the record takes over."""
    cells = {
        one.id: theirs[one.id]
        for one in definition.fields
        if not one.computed
        and one.type is not Kind.FILE
        and one.id not in definition.key
        and one.id in theirs
        and ours.get(one.id) != theirs[one.id]
    }
    children = {
        child.id: [
            {one.id: each.get(one.id) for one in child.fields if not one.computed and one.id in each}
            for each in theirs[CHILDREN][child.id]
        ]
        for child in definition.children
        if child.id in theirs.get(CHILDREN, {})
    }
    return cells, children


@dataclass(frozen=True, slots=True)
class Pair:
    """Pair of possible duplicate records: never merged automatically."""

    first: int
    second: int
    likeness: float
    texts: tuple[str, str]


def near_duplicates(store: Store, actor: Actor, register: str, least: float | None = None) -> list[Pair]:
    """Detect pairs of records whose texts are alike, among those that agree in the fields of `similar.within`.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.
    least
        Least similarity, 0–100; that of the definition without.

    Returns
    -------
    Pairs, most alike first.

    Raises
    ------
    DafengError
        Where the definition has no rule for near duplicates.
    """
    definition = store.book.latest(register)
    if definition.similar is None:
        raise DafengError.at(
            register,
            "no rule for near duplicates",
            "similar in the definition",
            "add it: fields, within, least",
        )
    limit = definition.similar.least if least is None else least
    blocks: dict[tuple[Any, ...], list[tuple[int, str]]] = {}
    for row in rows_of(store, actor, register):
        text = " ".join(str(row.get(name) or "") for name in definition.similar.fields)
        blocks.setdefault(tuple(row.get(name) for name in definition.similar.within), []).append(
            (row["id"], text)
        )
    return sorted(
        (pair for block in blocks.values() for pair in _pairs(block, limit)), key=lambda pair: (-pair.likeness, pair.first, pair.second)
    )  # fmt: skip


_SCORES = 20_000_000
"""Similarities held at once: a block of 100,000 records is compared 200 at a time, in 80 MB."""


def _pairs(block: list[tuple[int, str]], limit: float) -> Iterator[Pair]:
    from rapidfuzz import fuzz, process

    size = max(1, _SCORES // len(block))
    for start in range(0, len(block), size):
        part, others = block[start : start + size], block[start:]
        scores = process.cdist(
            [text for _, text in part], [text for _, text in others], scorer=fuzz.ratio, score_cutoff=limit
        )
        for i, j in zip(*scores.nonzero(), strict=True):
            if i < j:
                yield Pair(part[i][0], others[j][0], float(scores[i, j]), (part[i][1], others[j][1]))
