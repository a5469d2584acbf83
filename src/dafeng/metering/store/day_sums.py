"""Day sums by point, period and day at UTC+8: grown by new readings, recomputed from the stored ones
where one is corrected.
"""

from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from dafeng.evidence import midnight
from dafeng.metering.store.deduplication import WITHIN
from dafeng.metering.store.reading_columns import Readings
from dafeng.metering.store.sql import LOCAL_DAY, LOCAL_US, first_row, run
from dafeng.metering.store.store import FLAG_QUARANTINED, FLAG_SPREAD, ORIGINS

GOOD = f"(flags & {FLAG_QUARANTINED}) = 0"
"""What counts in sums and as newest value."""

_ESTIMATED, _SYNTHETIC = ORIGINS.index("estimated"), ORIGINS.index("synthetic")
_EXPECTED = "CASE WHEN period BETWEEN 1 AND 1440 THEN 1440 // period WHEN period = 43200 THEN 1 END"


def day_sums(rows: str) -> str:
    """Return sums by point, period and day of `rows`, which have the columns of a reading, its `day`
    and its `slot`.
    """
    return f"""
      SELECT point, period, day, CAST(count(good) AS INTEGER) AS count, {_EXPECTED} AS expected,
        CASE WHEN period > 0 THEN sum(good) END AS value, min(good) AS low, max(good) AS high,
        CAST(count(good) FILTER (origin = {_ESTIMATED}) AS INTEGER) AS estimated,
        CAST(count(good) FILTER (origin = {_SYNTHETIC}) AS INTEGER) AS synthetic,
        CAST(count(*) - count(good) AS INTEGER) AS quarantined, bit_or(1::HUGEINT << slot) AS slots, count(*) AS rows,
        CAST(count(good) FILTER ((flags & {FLAG_SPREAD}) <> 0) AS INTEGER) AS spread,
        max(start) FILTER (good IS NOT NULL) AS last
      FROM (SELECT point, period, day, slot, start, origin, flags, CASE WHEN {GOOD} THEN value END AS good FROM {rows})
      GROUP BY point, period, day"""


def add(connection: duckdb.DuckDBPyConnection, batch: int, sums: str, sent: pa.Table | None = None) -> None:
    """Add `sums` of readings that were not stored to the sums of their days; the query may read the
    table `sent`.
    """
    run(connection, f"""
        MERGE INTO day_sum d USING ({sums}) s ON d.point = s.point AND d.period = s.period AND d.day = s.day
        WHEN MATCHED THEN UPDATE SET {", ".join(f"{name} = {grown}" for name, grown in _GROWN.items())}, batch = $batch
        WHEN NOT MATCHED THEN INSERT VALUES (s.point, s.period, s.day, s.count, s.expected, s.value, s.low, s.high,
          s.estimated, s.synthetic, s.quarantined, s.slots, $batch, s.spread)""", {"batch": batch}, sent)  # fmt: skip


_COLUMNS = "point, period, day, count, expected, value, low, high, estimated, synthetic, quarantined, slots"
_GROWN = {
    "count": "d.count + s.count",
    "value": "CASE WHEN d.value IS NULL THEN s.value ELSE d.value + coalesce(s.value, 0) END",
    "low": "least(d.low, s.low)",
    "high": "greatest(d.high, s.high)",
    "estimated": "d.estimated + s.estimated",
    "synthetic": "d.synthetic + s.synthetic",
    "quarantined": "d.quarantined + s.quarantined",
    "slots": "d.slots | s.slots",
    "spread": "d.spread + s.spread",
}


def add_alone(connection: duckdb.DuckDBPyConnection, batch: int, sent: pa.Table) -> None:
    """Add sums as `add`, of readings that are each the only one of its day: those of `sent`, with the columns
    of `alone_sums`.

    As a rule all of these days have begun, and checking that is cheaper than asking which have not; counts
    that none of the readings adds to are left as they are.
    """
    values = {"batch": batch}
    still = [name for name in _KINDS if not sent.column(name).to_numpy().any()]
    grown = ", ".join(f"{name} = {sum_}" for name, sum_ in _GROWN.items() if name not in still)
    (begun,) = first_row(
        connection,
        f"UPDATE day_sum AS d SET {grown}, batch = $batch FROM ({_ALONE}) s "
        "WHERE d.point = s.point AND d.period = s.period AND d.day = s.day",
        values,
        sent,
    )
    if begun < sent.num_rows:
        begins = f"({_ALONE}) ANTI JOIN day_sum USING (point, period, day)"
        run(connection, f"INSERT INTO day_sum SELECT {_COLUMNS}, $batch, spread FROM {begins}", values, sent)


_KINDS = ("estimated", "synthetic", "quarantined", "spread")
"""Counts of a day that are not of all its readings."""


def alone_sums(readings: Readings) -> dict[str, Any]:
    """Return the further columns that the day sums of `readings` need, where each is the only one of
    its day.
    """
    period, bad = readings.period, readings.flags & FLAG_QUARANTINED != 0
    expected = np.where((period >= 1) & (period <= 1440), 1440 // np.maximum(period, 1), 1).astype(np.int32)
    return {
        "good_value": pa.array(readings.value, mask=bad),
        "expected": pa.array(expected, mask=period == 0),
        "total": pa.array(readings.value, mask=bad | (period == 0)),
        "estimated": (~bad & (readings.origin == _ESTIMATED)).astype(np.int32),
        "synthetic": (~bad & (readings.origin == _SYNTHETIC)).astype(np.int32),
        "quarantined": bad.astype(np.int32),
        "spread": (~bad & (readings.flags & FLAG_SPREAD != 0)).astype(np.int32),
    }


_ALONE = """
  SELECT point, period, day, 1 - quarantined AS count, expected, total AS value, good_value AS low, good_value AS high,
    estimated, synthetic, quarantined, 1::HUGEINT << slot AS slots, spread FROM sent"""


def correct(connection: duckdb.DuckDBPyConnection, batch: int, days: str, sent: pa.Table) -> None:
    """Recompute the sums of days (point, period, day), in which readings were replaced by others, from the
    readings.

    The query `days` reads the table `sent`.
    """
    first, last = _mark(connection, days, sent)
    if first is None or last is None:
        return
    dirty, there = first_row(
        connection,
        "SELECT (SELECT count(*) FROM dirty), count(*) FROM day_sum WHERE day BETWEEN $first AND $last",
        {"first": first, "last": last},
    )
    of_days = _of_dirty(_READINGS)
    if _MOST * dirty > there:  # choosing days after they are summed is cheaper
        of_days = f"({_READINGS})"
    run(
        connection,
        f"CREATE OR REPLACE TEMP TABLE again AS SELECT {_CORRECTED} FROM ({day_sums(of_days)})",
        _within(first, last),
    )
    run(
        connection,
        "UPDATE day_sum AS d SET count = s.count, value = s.value, low = s.low, high = s.high, estimated = s.estimated, "
        f"synthetic = s.synthetic, quarantined = s.quarantined, spread = s.spread, batch = $batch FROM {_of_dirty('SELECT * FROM again')} s "
        "WHERE d.point = s.point AND d.period = s.period AND d.day = s.day",
        {"batch": batch},
    )


_CORRECTED = "point, period, day, count, value, low, high, estimated, synthetic, quarantined, spread"


def remake(connection: duckdb.DuckDBPyConnection, batch: int, days: str) -> None:
    """Recompute sums as `correct`, of days in which readings were taken out too, which may leave none,
    or whose sums are not stored.
    """
    first, last = _mark(connection, days)
    if first is None or last is None:
        return
    run(
        connection,
        "DELETE FROM day_sum d USING dirty t WHERE d.point = t.point AND d.period = t.period AND d.day = t.day",
    )
    run(
        connection,
        f"INSERT INTO day_sum SELECT {_COLUMNS}, $batch, spread FROM ({day_sums(_of_dirty(_READINGS))})",
        _within(first, last) | {"batch": batch},
    )


_MOST = 4
"""With at least one in so many days of a span dirty, all readings of the span are summed."""


def _mark(
    connection: duckdb.DuckDBPyConnection, days: str, sent: pa.Table | None = None
) -> tuple[date | None, date | None]:
    """Write `days` into the table `dirty`; the first and the last of them."""
    run(connection, f"CREATE OR REPLACE TEMP TABLE dirty AS {days}", sent=sent)
    first, last = first_row(connection, "SELECT min(day), max(day) FROM dirty")
    return first, last


def _of_dirty(rows: str) -> str:
    return f"(SELECT * FROM ({rows}) SEMI JOIN dirty USING (point, period, day))"


def _within(first: date, last: date) -> dict[str, Any]:
    """The bounds of `WITHIN` for whole days."""
    return {"first": midnight(first), "last": midnight(last + timedelta(days=1))}


_SLOT = f"""CASE WHEN period BETWEEN 1 AND 1440
  THEN CAST(({LOCAL_US} % 86400000000) // (period * 60000000::BIGINT) AS INTEGER) ELSE 0 END"""


_READINGS = f"""
  SELECT point, period, start, value, origin, flags, {LOCAL_DAY} AS day, {_SLOT} AS slot FROM reading WHERE {WITHIN}"""
