"""Single ingest path: a batch is taken once, in one transaction, and answered after the commit."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from dafeng.evidence import DafengError, utc_now
from dafeng.metering.intake.adapters_yaml import MAX_MESSAGE, Adapter, decode_adapted
from dafeng.metering.intake.decoding import decode_bytes, decode_file
from dafeng.metering.intake.rows import UNREADABLE, Decoded
from dafeng.metering.intake.staging import Rules, stage
from dafeng.metering.master_data import Registry, merged, registry_from_rows
from dafeng.metering.receipt import MAX_LISTED, Counts, Receipt
from dafeng.metering.store.batches import next_batch, record
from dafeng.metering.store.closed_months import refuse_rewriting_published
from dafeng.metering.store.company import COMPANY_MAGNITUDE, hold_leaps
from dafeng.metering.store.cumulative_meters import derive, derive_again
from dafeng.metering.store.point_cache import MAGNITUDE, Known
from dafeng.metering.store.reading_columns import Periods, Readings, joined
from dafeng.metering.store.registry_changes import read_days, refuse_rewriting
from dafeng.metering.store.rehoming import prepare, rehome, remember
from dafeng.metering.store.sql import first_row, run
from dafeng.metering.store.store import FLAG_QUARANTINED, Store
from dafeng.metering.store.upsert import apply


class Acceptance(StrEnum):
    """Acceptance policy of a sender where some rows are refused: nothing stored, or the rest stored."""

    WHOLE = "whole"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Sending:
    """Metadata of a batch. `key` is the sender's own id of the batch; without one the body's hash is.

    `owners` limits the batch to points of these units; `max_age` refuses older readings.
    """

    sender: str = "file"
    key: str | None = None
    acceptance: Acceptance = Acceptance.WHOLE
    owners: frozenset[str] | None = None
    max_age: timedelta | None = None
    received: datetime | None = None


class KeyTakenError(DafengError):
    """Refusal of a batch whose key the sender has used for another body."""


class _RefusedError(Exception):
    """Ends the transaction of a batch that is refused whole."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.status)
        self.receipt = receipt


class _ContestedError(Exception):
    """Ends the transaction of a batch of several chunks in which periods have two values."""

    def __init__(self, contested: Periods) -> None:
        super().__init__()
        self.contested = contested


def ingest_file(
    store: Store, path: Path, sending: Sending | None = None, adapter: Adapter | None = None
) -> Receipt:
    """Ingest the readings of a file, or with an `adapter` those of another platform's message.

    Parameters
    ----------
    store
        Open store of readings.
    path
        File of the readings.
    sending
        Sender, key, version and time; made of the file without.
    adapter
        Reader of another platform's message.

    Returns
    -------
    Receipt: rows stored, same, refused and not read.

    Raises
    ------
    DafengError
        Where it cannot be read.
    KeyTakenError
        Where the sender's key was used for another body.
    """
    sending = sending or Sending(sender=f"file:{path.name}")
    digest = digest_of(path, adapter)
    known = _known(store, sending, digest)
    if known:
        return known
    if adapter is None:
        with _readable(path.name):
            return _take(store, lambda: decode_file(path), sending, digest)
    if path.stat().st_size > MAX_MESSAGE:
        raise DafengError.at(
            str(path), f"{path.stat().st_size} bytes", f"at most {MAX_MESSAGE}", "send less at once"
        )
    with _readable(path.name):
        return _take(store, lambda: decode_adapted(path.read_bytes(), adapter, path.name), sending, digest)


def ingest_body(store: Store, body: bytes, kind: str, sending: Sending) -> Receipt:
    """Ingest the readings of a body of `kind` (see decoding).

    Parameters
    ----------
    store
        Open store of readings.
    body
        Bytes as received.
    kind
        Content type or ending, as decoding names it.
    sending
        Sender, key, version and time of the sending.

    Returns
    -------
    Receipt: rows stored, same, refused and not read.

    Raises
    ------
    DafengError
        Where it cannot be read.
    KeyTakenError
        Where the sender's key was used for another body.
    """
    with _readable("body"):
        return _take(store, lambda: decode_bytes(body, kind), sending, hashlib.sha256(body).hexdigest())


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn what a library raises for a content that nobody thought of into a problem of that content."""
    try:
        yield
    except (
        UnicodeError,
        OverflowError,
        RecursionError,
        ValueError,
        pa.ArrowException,
        duckdb.DataError,
    ) as error:
        text = f"{type(error).__name__}: {error}".encode("utf-8", "replace").decode()
        raise DafengError.at(name, text[:200], "readings as the form describes") from error


def enter_registry(store: Store, registry: Registry, *, approve: str | None = None) -> tuple[int, int]:
    """Store `registry` as the newest, and recompute the periods whose meters and events it changes.

    Parameters
    ----------
    store
        Open store of readings.
    registry
        Checked registry.
    approve
        Who approves a change of meaning.

    Returns
    -------
    tuple
        Its version and how many periods changed; these belong to a batch of their own.

    Raises
    ------
    DafengError
        Where it would give stored readings another meaning and nobody is named who approves it, or where it
        would change what a closed month says.
    """
    before, received = store.registry(), utc_now()
    if not (approve or "").strip():
        refuse_rewriting(before, registry, read_days(store))
    with store.transaction() as connection:
        remember(connection)
        version, number = store.enter(connection, registry, approve), next_batch(connection)
        prepare(connection)
        refuse_rewriting_published(connection)
        moved = rehome(connection, number)
        derived = derive_again(connection, before, registry, number, received)
        if derived or moved:
            key = f"registry:{version}"
            record(
                connection,
                Receipt(
                    number, key, "registry", "accepted", received, derived=derived, digest=registry.digest
                ),
            )
    return version, derived


def digest_of(path: Path, adapter: Adapter | None) -> str:
    """Return the hash of a file; read by another mapping it is another batch. Raises: DafengError where there is none."""
    if not path.is_file():
        raise DafengError.at(str(path), "no file", "a file of readings")
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if adapter is None:
        return digest
    return hashlib.sha256(f"{digest} {adapter.mapping.model_dump_json()}".encode()).hexdigest()


def batch_key(sending: Sending, digest: str) -> str:
    """Return the key by which a batch is taken once: the sender's own id of it, or the hash of its body."""
    return f"{sending.sender}:{sending.key}" if sending.key else f"sha256:{digest}"


_STORED = "SELECT digest, receipt FROM batch WHERE key = ? AND status <> 'refused'"


def _known(store: Store, sending: Sending, digest: str) -> Receipt | None:
    """The first receipt of a batch that was stored before."""
    with store.reading() as connection:
        return _first_receipt(connection, sending, digest)


def _first_receipt(connection: duckdb.DuckDBPyConnection, sending: Sending, digest: str) -> Receipt | None:
    found = run(connection, _STORED, [batch_key(sending, digest)]).fetchall()
    if not found:
        return None
    row = found[0]
    if row[0] != digest:
        raise KeyTakenError.at(
            "key", f"{sending.key}, used before for another body", "a new key for new readings",
            "a correction is a batch of its own",
        )  # fmt: skip
    receipt = Receipt.from_json(row[1], first=False)
    gone = "SELECT count(*) FROM revision WHERE batch = ? AND reason = 'replaced'"
    return replace(receipt, superseded=int(first_row(connection, gone, [receipt.batch])[0]))


def _take(store: Store, decode: Callable[[], Decoded], sending: Sending, digest: str) -> Receipt:
    """Take a batch; where chunks of it contradict each other it is read again, as both are to be refused."""
    try:
        return _take_once(store, decode(), sending, digest, None)
    except _ContestedError as error:
        return _take_once(store, decode(), sending, digest, error.contested)


def _take_once(
    store: Store, decoded: Decoded, sending: Sending, digest: str, contested: Periods | None
) -> Receipt:
    if decoded.registry and sending.owners is None:
        _add_synthetic_points(store, decoded.registry)
    try:
        with store.transaction(readings_only=True) as connection:
            first = _first_receipt(connection, sending, digest)
            received = utc_now()
            now = sending.received or store.clock.moment(received)
            rules = Rules(sending.received or received, now, sending.owners, sending.max_age, contested)
            return first or _store_batch(store, connection, decoded, sending, digest, rules)
    except _RefusedError as refusal:
        with store.transaction(readings_only=True) as connection:
            known = store.known(connection)
            known.last_batch += 1
            receipt = replace(refusal.receipt, batch=known.last_batch)
            record(connection, receipt)
        return receipt
    except (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.TransactionException) as error:
        raise _no_room(store, error) from error
    except duckdb.FatalException as error:
        store.reopen()
        raise _no_room(store, error) from error


class NoRoomError(DafengError):
    """Failure for a full disk or memory: nothing was stored, and the same batch can be sent again when
    there is room.
    """


def _no_room(store: Store, error: Exception) -> DafengError:
    return NoRoomError.at(
        str(store.path), str(error).splitlines()[0][:200], "room on the disk and in memory",
        "nothing of the batch was stored; make room and send it again",
    )  # fmt: skip


def _store_batch(
    store: Store, connection: duckdb.DuckDBPyConnection, decoded: Decoded, sending: Sending, digest: str, rules: Rules,
) -> Receipt:  # fmt: skip
    known = store.known(connection)
    known.last_batch += 1
    number, received, unbounded = known.last_batch, rules.received, known.unbounded
    receipt = Receipt(number, batch_key(sending, digest), sending.sender, "accepted", received, digest=digest)
    contested: list[Readings] = []
    chunks = 0
    for chunk in _chunks(decoded):
        if chunks and unbounded.size:  # bounded by the chunks before, as widely as within one
            known = store.known(connection)
            known.last_batch = number
            known.widen(unbounded, COMPANY_MAGNITUDE / MAGNITUDE)
        chunks += 1
        try:
            receipt = _with_chunk(connection, chunk, rules, receipt, known, contested)
        except DafengError as error:
            raise DafengError(map(decoded.located, error.problems)) from error
    if contested and chunks > 1:  # another chunk may have stored, or may still have, one of these periods
        raise _ContestedError(Periods.of(joined(contested)))
    malformed = tuple(decoded.malformed)
    count = receipt.counts.refused + len(malformed)
    receipt = replace(
        receipt, counts=replace(receipt.counts, refused=count), status="partial" if count else "accepted",
        rows=receipt.rows + len(malformed), not_read=tuple(decoded.not_read),
        problems=(*malformed, *map(decoded.located, receipt.problems))[:MAX_LISTED],
        cells=(*({} for _ in malformed), *receipt.cells)[:MAX_LISTED],
    )  # fmt: skip
    stored = receipt.counts.rows - count
    if (count and sending.acceptance is Acceptance.WHOLE) or (count and not stored):
        # all rows of a refused batch are refused: none is stored
        raise _RefusedError(replace(
            receipt, status="refused", counts=Counts(refused=receipt.counts.rows), quarantined=0, derived=0,
            synthetic=0,
        ))  # fmt: skip
    record(connection, receipt)
    return receipt


def _chunks(decoded: Decoded) -> Iterator[Any]:
    try:
        yield from decoded.chunks
    except UNREADABLE as error:
        raise DafengError.at("file", str(error)[:200], "rows as the header says") from error


def _with_chunk(
    connection: duckdb.DuckDBPyConnection, chunk: Any, rules: Rules, receipt: Receipt, known: Known, contested: list[Readings],
) -> Receipt:  # fmt: skip
    """Store what the chunk holds and add it to the receipt, and to `contested` what contradicts the batch."""
    staged = stage(connection, chunk, rules, known)
    refused = staged.refused
    refusals = staged.listed(MAX_LISTED - len(receipt.problems)) if refused else []
    applied = apply(connection, receipt.batch, staged.readings)
    if len(applied.conflicts):
        refused += len(applied.conflicts)
        contested.append(joined(staged.readings).at(applied.conflicts))
        refusals += staged.conflicts(applied.conflicts, MAX_LISTED - len(receipt.problems) - len(refusals))
    counts = applied.counts
    held = 0
    if known.unbounded.size:
        for part in staged.readings:
            known.note(part.point[(part.value > 0) & (part.flags & FLAG_QUARANTINED == 0)])
        held = hold_leaps(connection, receipt.batch, staged.readings, known.unbounded)
    registers = [part.at(part.period == 0) for part in staged.readings if np.any(part.period == 0)]
    derived = derive(connection, receipt.batch, receipt.received, joined(registers)) if registers else 0
    return replace(
        receipt, counts=receipt.counts + counts + Counts(refused=refused), rows=receipt.rows + chunk.num_rows,
        problems=(*receipt.problems, *(refusal.problem for refusal in refusals)),
        cells=(*receipt.cells, *(refusal.cells for refusal in refusals)),
        quarantined=receipt.quarantined + staged.quarantined + held, derived=receipt.derived + derived,
        synthetic=receipt.synthetic + staged.synthetic,
    )  # fmt: skip


def _add_synthetic_points(store: Store, text: str) -> None:
    """Simulated readings bring their points; only points declared synthetic may come in this way."""
    coming = registry_from_rows(json.loads(text), "simulation")
    real = [unit["id"] for unit in coming.tables["units"] if not unit["synthetic"]]
    if real:
        raise DafengError.at(
            "simulation", ", ".join(real[:5]), "units declared synthetic", "enter real units by init"
        )
    stored = store.registry()
    there = {point["id"] for point in stored.tables["points"]}
    if all(point["id"] in there for point in coming.tables["points"]):
        return
    known = {(table, row["id"]) for table, rows in stored.tables.items() for row in rows}
    fresh = {
        table: [row for row in rows if (table, row["id"]) not in known]
        for table, rows in coming.tables.items()
    }
    store.put_registry(merged([stored, replace(coming, tables=fresh)]))
