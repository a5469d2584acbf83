"""Writing a checked chunk: ledger rules, revisions, newest values and day sums, by statements in the engine.

A dense chunk is compared with the readings of its span. For others `day_sum.slots` has one bit for each period of the
day that is stored: a chunk whose bits are all free is known to be new and appended without looking at the readings; only
days where a bit is taken are compared.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from dafeng.metering.receipt import Counts
from dafeng.metering.sql import LOCAL_DAY, first_row, run
from dafeng.metering.store import BEIJING, FLAG_QUARANTINED, ORIGINS

_GOOD = f"(flags & {FLAG_QUARANTINED}) = 0"
_ESTIMATED, _SYNTHETIC = ORIGINS.index("estimated"), ORIGINS.index("synthetic")
_EXPECTED = "CASE WHEN period BETWEEN 1 AND 1440 THEN 1440 // period WHEN period = 43200 THEN 1 END"


def _day_sums(rows: str) -> str:
    """Sums by point, period and day of `rows`, which have the columns of a reading, its `day` and its `slot`."""
    return f"""
      SELECT point, period, day, CAST(count(good) AS INTEGER) AS count, {_EXPECTED} AS expected,
        CASE WHEN period > 0 THEN sum(good) END AS value, min(good) AS low, max(good) AS high,
        CAST(count(good) FILTER (origin = {_ESTIMATED}) AS INTEGER) AS estimated,
        CAST(count(good) FILTER (origin = {_SYNTHETIC}) AS INTEGER) AS synthetic,
        CAST(count(*) - count(good) AS INTEGER) AS quarantined, bit_or(1::HUGEINT << slot) AS slots,
        count(*) AS rows, min(start) AS first, max(start) AS last
      FROM (SELECT point, period, day, slot, start, origin, CASE WHEN {_GOOD} THEN value END AS good FROM {rows})
      GROUP BY point, period, day"""


_SLOT = """CASE WHEN period BETWEEN 1 AND 1440
  THEN CAST(((epoch_us(start) + 28800000000) % 86400000000) // (period * 60000000::BIGINT) AS INTEGER) ELSE 0 END"""


@dataclass(frozen=True, slots=True)
class Span:
    """How many rows of `stage` can be stored, and from when to when they begin."""

    rows: int
    first: datetime | None
    last: datetime | None

    @property
    def is_dense(self) -> bool:
        """Whether comparing all rows with the readings of the span costs less than first asking which days are free."""
        if self.first is None or self.last is None or self.rows > _FEW:
            return False
        return self.last - self.first <= min(_NEAR, timedelta(minutes=self.rows))


_FEW, _NEAR = 200_000, timedelta(days=8)


def apply(connection: duckdb.DuckDBPyConnection, batch: int, span: Span) -> Counts:
    """Store the rows of `stage` that have no reason against them, which `span` describes, as part of `batch`.

    Call inside a transaction.
    """
    if not span.rows:
        return Counts()
    return _apply_compared(connection, batch, span) if span.is_dense else _apply_by_days(connection, batch)


def _apply_by_days(connection: duckdb.DuckDBPyConnection, batch: int) -> Counts:
    """Append the rows of days in which no bit is taken; compare the others."""
    run(connection, f"""
        CREATE OR REPLACE TEMP TABLE touched AS
        SELECT s.*, s.period = 0 OR s.rows <> bit_count(s.slots) OR coalesce((s.slots & d.slots) <> 0, false) AS clash
        FROM ({_day_sums(_ACCEPTED)}) s
        LEFT JOIN day_sum d USING (point, period, day)""")  # fmt: skip
    rows, *clashing = first_row(
        connection,
        "SELECT coalesce(sum(rows) FILTER (NOT clash), 0), coalesce(sum(rows) FILTER (clash), 0), "
        "min(first) FILTER (clash), max(last) FILTER (clash) FROM touched",
    )
    counts = Counts(new=int(rows))
    if rows:
        source = (
            f"({_ACCEPTED} SEMI JOIN (SELECT * FROM touched WHERE NOT clash) t USING (point, period, day))"
        )
        source = source if clashing[0] else _ACCEPTED
        run(connection, f"INSERT INTO reading SELECT {_READING}, $batch FROM {source}", {"batch": batch})
        _renew_latest(connection, batch, source)
        _add_to_day_sums(connection, batch, "SELECT * FROM touched WHERE NOT clash")
    if clashing[0]:
        source = f"({_ACCEPTED} SEMI JOIN (SELECT * FROM touched WHERE clash) t USING (point, period, day))"
        counts += _apply_compared(connection, batch, Span(*clashing), source)
    return counts


_ACCEPTED = "(SELECT * FROM stage WHERE reason IS NULL)"
_READING = "point, period, start, value, origin, flags, version"
_WITHIN = "reading.start >= $first AND reading.start <= $last"
"""As parameters: the engine skips what is stored by given bounds, and not by bounds that it has to compute."""

_PLACE = """row_number() OVER same_key AS place, first_value(s.value) OVER same_key AS winner"""
_SAME_KEY = "WINDOW same_key AS (PARTITION BY s.point, s.period, s.start ORDER BY s.version DESC, s.row DESC)"


def _apply_compared(
    connection: duckdb.DuckDBPyConnection, batch: int, span: Span, source: str = _ACCEPTED
) -> Counts:
    """Compare the rows of `source` with those stored within their `span`, and store what is new or supersedes."""
    within = {"first": span.first, "last": span.last}
    keys = first_row(connection, f"SELECT count(DISTINCT hash(point, period, start)) FROM {source}")[0]
    doubled = keys < span.rows  # equal keys have equal hashes
    run(connection, f"""
        CREATE OR REPLACE TEMP TABLE compared AS
        WITH sent AS (
          SELECT s.point, s.period, s.start, s.day, s.slot, s.value, s.origin, s.flags, s.version,
            {_PLACE if doubled else "1 AS place, s.value AS winner"}
          FROM {source} s {_SAME_KEY if doubled else ""})
        SELECT s.*, r.rowid AS id, r.value AS old_value, r.origin AS old_origin, r.flags AS old_flags,
          r.version AS old_version, r.batch AS old_batch,
          CASE WHEN s.place > 1 AND s.value = s.winner THEN 'same' WHEN s.place > 1 THEN 'older'
            WHEN r.rowid IS NULL THEN 'new' WHEN s.value = r.value AND s.origin = r.origin THEN 'same'
            WHEN s.version > r.version THEN 'replaced' ELSE 'older' END AS status
        FROM sent s LEFT JOIN (SELECT rowid, * FROM reading WHERE {_WITHIN}) r
        ON r.point = s.point AND r.period = s.period AND r.start = s.start""", within)  # fmt: skip
    counts = Counts(
        **dict(run(connection, "SELECT status, count(*) FROM compared GROUP BY status").fetchall())
    )
    _keep_revisions(connection, batch, counts)
    if counts.replaced:
        # taking out and appending is many times faster than updating five columns in place
        run(
            connection,
            "DELETE FROM reading USING compared c WHERE reading.rowid = c.id AND c.status = 'replaced' "
            f"AND {_WITHIN}",
            within,
        )
    if counts.new or counts.replaced:
        stored = "(SELECT * FROM compared WHERE status IN ('new', 'replaced'))"
        run(
            connection,
            f"INSERT INTO reading SELECT {_READING}, $batch FROM {stored} ORDER BY start",
            {"batch": batch},
        )
        _renew_latest(connection, batch, stored)
        if counts.replaced:
            forget_latest(connection, f"SELECT * FROM compared WHERE status = 'replaced' AND NOT ({_GOOD})")
        _renew_day_sums(connection, batch, counts)
    return counts


def _keep_revisions(connection: duckdb.DuckDBPyConnection, batch: int, counts: Counts) -> None:
    if counts.older:
        run(
            connection,
            f"INSERT INTO revision SELECT {_READING}, $batch, CASE WHEN place > 1 THEN NULL ELSE old_batch END, 'older' "
            "FROM compared WHERE status = 'older'",
            {"batch": batch},
        )
    if counts.replaced:
        run(
            connection,
            "INSERT INTO revision SELECT point, period, start, old_value, old_origin, old_flags, old_version, "
            "old_batch, $batch, 'replaced' FROM compared WHERE status = 'replaced'",
            {"batch": batch},
        )


def _renew_latest(connection: duckdb.DuckDBPyConnection, batch: int, source: str) -> None:
    run(connection, f"""
        MERGE INTO latest l USING (
          SELECT point, period, max(start) AS start, arg_max(value, start) AS value, arg_max(origin, start) AS origin,
            arg_max(flags, start) AS flags FROM {source} WHERE {_GOOD} GROUP BY point, period) s
        ON l.point = s.point AND l.period = s.period
        WHEN MATCHED AND s.start >= l.start
          THEN UPDATE SET start = s.start, value = s.value, origin = s.origin, flags = s.flags, batch = $batch
        WHEN NOT MATCHED THEN INSERT VALUES (s.point, s.period, s.start, s.value, s.origin, s.flags, $batch)
        """, {"batch": batch})  # fmt: skip


def forget_latest(connection: duckdb.DuckDBPyConnection, gone: str, parameters: Any = None) -> None:
    """Find newest values again that rest on readings which count no more: those that `gone` gives (point, period, start)."""
    run(
        connection,
        f"CREATE OR REPLACE TEMP TABLE fallen AS SELECT * FROM latest SEMI JOIN ({gone}) g USING (point, period, start)",
        parameters,
    )
    if not first_row(connection, "SELECT count(*) FROM fallen")[0]:
        return
    run(connection, "DELETE FROM latest l USING fallen f WHERE l.point = f.point AND l.period = f.period")
    run(connection, f"""
        INSERT INTO latest
        SELECT point, period, max(start), arg_max(value, start), arg_max(origin, start), arg_max(flags, start),
          arg_max(batch, start)
        FROM readings SEMI JOIN fallen USING (point, period) WHERE {_GOOD} GROUP BY point, period""")  # fmt: skip


def _renew_day_sums(connection: duckdb.DuckDBPyConnection, batch: int, counts: Counts) -> None:
    """New readings are added to the sums of their days; days in which one is replaced are made again."""
    replaced = "SELECT DISTINCT point, period, day FROM compared WHERE status = 'replaced'"
    if counts.replaced:
        remake(connection, replaced, batch)
    if counts.new:
        others = f"ANTI JOIN ({replaced}) r USING (point, period, day)" if counts.replaced else ""
        new = f"(SELECT * FROM compared {others} WHERE status = 'new')"
        _add_to_day_sums(connection, batch, _day_sums(new))


def _add_to_day_sums(connection: duckdb.DuckDBPyConnection, batch: int, sums: str) -> None:
    """Add `sums` of readings that were not stored to the sums of their days."""
    run(connection, f"""
        MERGE INTO day_sum d USING ({sums}) s ON d.point = s.point AND d.period = s.period AND d.day = s.day
        WHEN MATCHED THEN UPDATE SET count = d.count + s.count,
          value = CASE WHEN d.value IS NULL THEN s.value ELSE d.value + coalesce(s.value, 0) END,
          low = least(d.low, s.low), high = greatest(d.high, s.high), estimated = d.estimated + s.estimated,
          synthetic = d.synthetic + s.synthetic, quarantined = d.quarantined + s.quarantined,
          slots = d.slots | s.slots, batch = $batch
        WHEN NOT MATCHED THEN INSERT VALUES (s.point, s.period, s.day, s.count, s.expected, s.value, s.low, s.high,
          s.estimated, s.synthetic, s.quarantined, s.slots, $batch)""", {"batch": batch})  # fmt: skip


def _beijing_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day) - BEIJING  # noqa: DTZ001 - the store's UTC


def remake(connection: duckdb.DuckDBPyConnection, days: str, batch: int) -> None:
    """Make the sums of the days that the query `days` gives (point, period, day) again from the readings."""
    run(connection, f"CREATE OR REPLACE TEMP TABLE dirty AS {days}")
    run(
        connection,
        "DELETE FROM day_sum d USING dirty t WHERE d.point = t.point AND d.period = t.period AND d.day = t.day",
    )
    first, last = first_row(connection, "SELECT min(day), max(day) FROM dirty")
    if first is None:
        return
    within = {"first": _beijing_midnight(first), "last": _beijing_midnight(last + timedelta(days=1))}
    of_days = f"""(
      SELECT * FROM (SELECT point, period, start, value, origin, flags, {LOCAL_DAY} AS day, {_SLOT} AS slot
        FROM reading WHERE {_WITHIN}) r SEMI JOIN dirty USING (point, period, day))"""
    run(
        connection,
        "INSERT INTO day_sum SELECT point, period, day, count, expected, value, low, high, estimated, synthetic, "
        f"quarantined, slots, $batch FROM ({_day_sums(of_days)})",
        within | {"batch": batch},
    )
