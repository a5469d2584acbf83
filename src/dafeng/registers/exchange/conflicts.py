"""Conflict resolution: conflicts by key side by side, near duplicates by text similarity.

A person decides.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from dafeng.evidence import DafengError
from dafeng.registers.exchange.exporting import rows_of
from dafeng.registers.store.acting import amend, change
from dafeng.registers.store.chain import Change, append
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.rights import Actor
from dafeng.registers.store.rows import load_row
from dafeng.registers.store.writing import Done


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


def conflicts(store: Store, actor: Actor, register: str, settled: bool = False) -> list[Conflict]:
    """List open conflicts (all with `settled`), with the fields that differ as (ours, theirs)."""
    table = store.schema.shared.conflict
    visible = {
        one.id
        for one in store.book.latest(register).fields
        if actor.sees(one, register) and one.privacy != "personal"
    }
    query = (
        select(table).where(table.c.scope == store.scope, table.c.register == register).order_by(table.c.id)
    )
    if not settled:
        query = query.where(table.c.chosen.is_(None))
    found = []
    with store.reading() as connection:
        for row in connection.execute(query).mappings():
            ours = load_row(connection, store, register, int(row["record_id"]))
            if not actor.may("read", register, ours["region"], ours["organisation"]):
                continue
            theirs = json.loads(row["theirs"])
            differing = {
                name: (ours.get(name), value)
                for name, value in theirs.items()
                if name in visible and ours.get(name) != value
            }
            found.append(
                Conflict(
                    row["id"],
                    row["record_id"],
                    row["key"],
                    row["source"],
                    row["actor"],
                    row["at"],
                    differing,
                    row["chosen"] or "",
                )
            )
    return found


def settle(store: Store, actor: Actor, register: str, conflict_id: int, choose: str, reason: str) -> Done:
    """Settle a conflict; the other report stays in the log.

    Parameters
    ----------
    choose
        `ours` keeps the record, `theirs` changes or amends it.

    Raises
    ------
    DafengError
        Where it is settled already, the choice is neither, or the actor may not review.
    """
    if choose not in ("ours", "theirs"):
        raise DafengError.at("choose", choose, "ours or theirs")
    if not reason.strip():
        raise DafengError.at(f"conflict {conflict_id}", "no reason", "why this report is chosen", "say why")
    table = store.schema.shared.conflict
    with store.reading() as connection:
        row = (
            connection.execute(
                select(table).where(
                    table.c.id == conflict_id, table.c.register == register, table.c.scope == store.scope
                )
            )
            .mappings()
            .first()
        )
        if row is None or row["chosen"]:
            raise DafengError.at(
                register, f"conflict {conflict_id}", "an open conflict", "see dafeng registers conflicts"
            )
        ours = load_row(connection, store, register, int(row["record_id"]))
    actor.must("review", register, ours["region"] or store.scope, ours["organisation"])
    done = Done(ours["id"], ours["version"], ours["state"])
    if choose == "theirs":
        theirs = {name: value for name, value in json.loads(row["theirs"]).items() if ours.get(name) != value}
        definition = store.book.edition(register, ours["edition"])
        cells = {
            name: value
            for name, value in theirs.items()
            if not definition.field(name).computed and name not in definition.key
        }
        write = change if definition.state(ours["state"]).editable else amend
        done = write(
            store,
            actor,
            register,
            ours["id"],
            cells,
            version=ours["version"],
            reason=reason,
            request=f"conflict-{conflict_id}",
        )
    with store.writing() as connection:
        connection.execute(
            table.update()
            .where(table.c.id == conflict_id)
            .values(chosen=choose, settled_by=actor.id, settled_at=now(), reason=reason)
        )
        other = {"source": row["source"], "theirs": json.loads(row["theirs"])}
        append(
            connection,
            store.schema.shared,
            actor,
            register,
            f"conflict:{choose}",
            [Change(ours["id"], other, None)],
            reason=reason,
        )
    return done


@dataclass(frozen=True, slots=True)
class Pair:
    """Pair of possible duplicate records: never merged automatically."""

    first: int
    second: int
    likeness: float
    texts: tuple[str, str]


def near_duplicates(store: Store, actor: Actor, register: str, least: float | None = None) -> list[Pair]:
    """Detect pairs of records whose texts are alike, among those that agree in the fields of `similar.within`.

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


_BLOCK = 2_000


def _pairs(block: list[tuple[int, str]], limit: float) -> Iterator[Pair]:
    from rapidfuzz import fuzz, process

    for start in range(0, len(block), _BLOCK):
        part = block[start : start + _BLOCK]
        scores = process.cdist(
            [text for _, text in part], [text for _, text in block], scorer=fuzz.ratio, score_cutoff=limit
        )
        for i, j in zip(*scores.nonzero(), strict=True):
            if start + i < j:
                yield Pair(part[i][0], block[j][0], float(scores[i, j]), (part[i][1], block[j][1]))
