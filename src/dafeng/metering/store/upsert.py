"""Upsert of checked readings: ledger rules, revisions, newest values and day sums, by statements in the
engine.

Readings close together are compared with those of their span. For others `day_sum.slots` has one bit for each
period of the day that is stored: readings whose bits are all free are new and appended without looking at
those stored; only days where a bit is taken are compared.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dafeng.metering.receipt import Counts
from dafeng.metering.store.day_sums import GOOD, add, add_alone, alone_sums, correct, day_sums
from dafeng.metering.store.deduplication import WITHIN, Compared, compare
from dafeng.metering.store.reading_columns import Readings, joined
from dafeng.metering.store.sql import first_row, run
from dafeng.metering.store.store import FLAG_QUARANTINED, FLAG_VERSIONED

_FEW, _NEAR = 200_000, timedelta(days=8)


class Applied(NamedTuple):
    """Outcome for the readings of a chunk; `conflicts` are the places, in all parts together, of those that
    contradict another of their batch and are not stored.
    """

    counts: Counts
    conflicts: NDArray[np.intp]


_NONE = np.empty(0, np.intp)


def apply(connection: duckdb.DuckDBPyConnection, batch: int, parts: Sequence[Readings]) -> Applied:
    """Store the readings of all `parts` as part of `batch`. Call inside a transaction."""
    if not any(map(len, parts)):
        return Applied(Counts(), _NONE)
    if is_dense([part for part in parts if len(part)]):
        return _apply_compared(connection, batch, joined(parts))
    return _apply_by_days(connection, batch, parts)


def is_dense(parts: Sequence[Readings]) -> bool:
    """Check whether comparing all with those stored in their span costs less than first asking which
    days are free.
    """
    rows = sum(map(len, parts))
    first, last = min(part.span[0] for part in parts), max(part.span[1] for part in parts)
    return rows <= _FEW and last - first <= min(_NEAR, timedelta(minutes=rows))


def _apply_by_days(connection: duckdb.DuckDBPyConnection, batch: int, parts: Sequence[Readings]) -> Applied:
    """Append the readings of days in which no bit is taken; compare the others."""
    sent = pa.concat_tables([part.table() for part in parts])
    run(connection, f"""
        CREATE OR REPLACE TEMP TABLE touched AS
        SELECT s.*, s.period = 0 OR s.rows <> bit_count(s.slots) OR coalesce((s.slots & d.slots) <> 0, false) AS clash
        FROM ({day_sums("sent")}) s
        LEFT JOIN day_sum d USING (point, period, day)""", sent=sent)  # fmt: skip
    free, clashing = first_row(
        connection,
        "SELECT coalesce(sum(rows) FILTER (NOT clash), 0), coalesce(sum(rows) FILTER (clash), 0) FROM touched",
    )
    if free:
        of_free = (
            "SEMI JOIN (SELECT * FROM touched WHERE NOT clash) t USING (point, period, day)"
            if clashing
            else ""
        )
        newest = """SELECT s.* FROM sent s JOIN (
          SELECT point, period, max(last) AS start FROM touched WHERE NOT clash GROUP BY point, period) t
          USING (point, period, start)"""
        _append(connection, batch, f"(SELECT * FROM sent {of_free})", newest, sent)
        add(connection, batch, "SELECT * FROM touched WHERE NOT clash")
    counts = Counts(new=int(free))
    if not clashing:
        return Applied(counts, _NONE)
    places, readings = _clashing(connection, parts)
    applied = _apply_compared(connection, batch, readings)
    return Applied(counts + applied.counts, places[applied.conflicts])


def _clashing(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Readings]
) -> tuple[NDArray[np.intp], Readings]:
    """The readings of the days in which a bit is taken, and their places."""
    all_of_them = joined(parts)
    places = run(
        connection,
        "SELECT place FROM sent SEMI JOIN (SELECT * FROM touched WHERE clash) t USING (point, period, day) ORDER BY place",
        sent=all_of_them.table(place=np.arange(len(all_of_them))),
    ).fetchnumpy()["place"]
    chosen: NDArray[np.intp] = np.asarray(places, np.intp)
    return chosen, all_of_them.at(chosen)


def apply_made(connection: duckdb.DuckDBPyConnection, batch: int, readings: Readings) -> Counts:
    """Store intervals that `batch` has made from registers: they supersede those made before, also in
    this batch.
    """
    return _apply_compared(connection, batch, readings, made=True).counts


def _apply_compared(
    connection: duckdb.DuckDBPyConnection, batch: int, readings: Readings, *, made: bool = False
) -> Applied:
    """Compare `readings` with those stored within their span, and store what is new or supersedes."""
    compared = compare(connection, readings, None if made else batch)
    counts = compared.counts
    if counts.older or counts.replaced:
        run(connection, "INSERT INTO revision SELECT * FROM sent", sent=compared.revisions(batch))
    if counts.replaced:
        _take_out(connection, compared)
    if counts.new or counts.replaced:
        _store(connection, batch, compared)
    if len(compared.raised):
        _raise_versions(connection, compared)
    return Applied(counts, compared.conflicts)


def _raise_versions(connection: duckdb.DuckDBPyConnection, compared: Compared) -> None:
    """Let what is stored carry the higher version under which the sender has confirmed it: a lower one
    is older now.
    """
    first, last = compared.readings.span
    run(
        connection,
        f"UPDATE reading SET version = sent.version, flags = reading.flags | {FLAG_VERSIONED} FROM sent "
        f"WHERE reading.rowid = sent.id AND {WITHIN}",
        {"first": first, "last": last},
        compared.raises,
    )


def _store(connection: duckdb.DuckDBPyConnection, batch: int, compared: Compared) -> None:
    """Store what is new or supersedes, with newest values and day sums."""
    kept, is_new = compared.readings.at(compared.kept), compared.is_new[compared.kept]
    every_new = bool(is_new.all())
    if every_new and np.unique(kept.point).size == len(kept):  # as in a round of all meters
        sent = kept.table(**alone_sums(kept))
        good = int(np.count_nonzero(kept.flags & FLAG_QUARANTINED == 0))
        which = "" if good == len(kept) else f"WHERE {GOOD}"
        _append(connection, batch, "sent", f"SELECT * FROM sent {which}", sent, alone=good)
        add_alone(connection, batch, sent)
    else:
        sent = kept.table(is_new=is_new)
        _append(connection, batch, "sent", _NEWEST, sent)
        if is_new.any():
            add(connection, batch, day_sums("(SELECT * FROM sent WHERE is_new)"), sent)
    if np.any(kept.flags[~is_new] & FLAG_QUARANTINED):
        forget_latest(connection, f"SELECT * FROM sent WHERE NOT is_new AND NOT ({GOOD})", sent=sent)
    if not every_new:
        correct(connection, batch, "SELECT DISTINCT point, period, day FROM sent WHERE NOT is_new", sent)


_NEWEST = f"""
  SELECT point, period, max(start) AS start, arg_max(value, start) AS value, arg_max(origin, start) AS origin,
    arg_max(flags, start) AS flags FROM sent WHERE {GOOD} GROUP BY point, period"""


def _take_out(connection: duckdb.DuckDBPyConnection, compared: Compared) -> None:
    """Delete what is superseded: taking out and appending is many times faster than updating five
    columns in place.
    """
    first, last = compared.readings.span
    run(
        connection,
        f"DELETE FROM reading USING sent WHERE reading.rowid = sent.id AND {WITHIN}",
        {"first": first, "last": last},
        pa.table({"id": compared.superseded["id"]}),
    )


def _append(
    connection: duckdb.DuckDBPyConnection,
    batch: int,
    source: str,
    newest: str,
    sent: pa.Table,
    *,
    alone: int = 0,
) -> None:
    """Append the readings of `source`, and renew the newest values by the query `newest` of good ones; both
    read `sent`.

    So many of `newest` are `alone`, each of a point of its own: as a rule all of these have a newest value
    already, and checking that is cheaper than asking which have none.
    """
    values = {"batch": batch}
    run(connection, f"INSERT INTO reading SELECT {_READING}, $batch FROM {source}", values, sent)
    if alone:
        (renewed,) = first_row(connection, f"""
            UPDATE latest AS l SET {_NEWER}, batch = $batch FROM ({newest}) s
            WHERE l.point = s.point AND l.period = s.period AND s.start >= l.start""", values, sent)  # fmt: skip
        if renewed == alone:
            return
    run(connection, f"""
        MERGE INTO latest l USING ({newest}) s ON l.point = s.point AND l.period = s.period
        WHEN MATCHED AND s.start >= l.start THEN UPDATE SET {_NEWER}, batch = $batch
        WHEN NOT MATCHED THEN INSERT VALUES (s.point, s.period, s.start, s.value, s.origin, s.flags, $batch)
        """, values, sent)  # fmt: skip


_NEWER = "start = s.start, value = s.value, origin = s.origin, flags = s.flags"
_READING = "point, period, start, value, origin, flags, version"


def forget_latest(
    connection: duckdb.DuckDBPyConnection, gone: str, parameters: Any = None, sent: pa.Table | None = None
) -> None:
    """Recompute newest values that rest on readings which count no more: those that `gone` gives (point,
    period, start).

    The query may read the table `sent`.
    """
    run(
        connection,
        f"CREATE OR REPLACE TEMP TABLE fallen AS SELECT * FROM latest SEMI JOIN ({gone}) g USING (point, period, start)",
        parameters,
        sent,
    )
    if not first_row(connection, "SELECT count(*) FROM fallen")[0]:
        return
    run(connection, "DELETE FROM latest l USING fallen f WHERE l.point = f.point AND l.period = f.period")
    run(connection, f"""
        INSERT INTO latest
        SELECT point, period, max(start), arg_max(value, start), arg_max(origin, start), arg_max(flags, start),
          arg_max(batch, start)
        FROM readings SEMI JOIN fallen USING (point, period) WHERE {GOOD} GROUP BY point, period""")  # fmt: skip
