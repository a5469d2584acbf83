"""Writing a checked chunk: ledger rules, revisions, newest values and day sums, by statements in the engine.

`day_sum.slots` has one bit for each period of the day that is stored. So a chunk whose bits are all free is
known to be new and appended without looking at the readings; only days where a bit is taken are compared.
"""

from datetime import date, datetime, timedelta

import duckdb

from dafeng.metering.receipt import Counts
from dafeng.metering.sql import LOCAL_DAY, first_row
from dafeng.metering.store import BEIJING, FLAG_QUARANTINED, ORIGINS

_GOOD = f"(flags & {FLAG_QUARANTINED}) = 0"
_ESTIMATED, _SYNTHETIC = ORIGINS.index("estimated"), ORIGINS.index("synthetic")
_EXPECTED = "CASE WHEN period BETWEEN 1 AND 1440 THEN 1440 // period WHEN period = 43200 THEN 1 END"
DAY_AGGREGATES = f"""
  CAST(count(*) FILTER (good) AS INTEGER) AS count, {_EXPECTED} AS expected,
  CASE WHEN period > 0 THEN sum(value) FILTER (good) END AS value,
  min(value) FILTER (good) AS low, max(value) FILTER (good) AS high,
  CAST(count(*) FILTER (good AND origin = {_ESTIMATED}) AS INTEGER) AS estimated,
  CAST(count(*) FILTER (good AND origin = {_SYNTHETIC}) AS INTEGER) AS synthetic,
  CAST(count(*) FILTER (NOT good) AS INTEGER) AS quarantined"""
"""A day of readings, of which `good` says whether they count."""

_SLOT = """CASE WHEN period BETWEEN 1 AND 1440
  THEN CAST(((epoch_us(start) + 28800000000) % 86400000000) // (period * 60000000::BIGINT) AS INTEGER) ELSE 0 END"""


def apply(connection: duckdb.DuckDBPyConnection, batch: int) -> Counts:
    """Store the rows of `stage` that have no reason against them, as part of `batch`. Call inside a transaction."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE touched AS
        SELECT s.*, d.slots IS NOT NULL AS stored,
          s.period = 0 OR s.rows <> bit_count(s.slots) OR coalesce((s.slots & d.slots) <> 0, false) AS clash
        FROM (SELECT point, period, day, {DAY_AGGREGATES}, bit_or(1::HUGEINT << slot) AS slots, count(*) AS rows,
                min(start) AS first, max(start) AS last
              FROM (SELECT *, {_GOOD} AS good FROM stage WHERE reason IS NULL) GROUP BY point, period, day) s
        LEFT JOIN day_sum d USING (point, period, day)""")
    rows, clashing, to_remake, clashing_rows, doubled, first, last = first_row(
        connection,
        "SELECT coalesce(sum(rows), 0), count(*) FILTER (clash), count(*) FILTER (stored OR clash), "
        "coalesce(sum(rows) FILTER (clash), 0), count(*) FILTER (period = 0 OR rows <> bit_count(slots)), "
        "min(first) FILTER (clash), max(last) FILTER (clash) FROM touched",
    )
    if not rows:
        return Counts()
    fresh = "reason IS NULL"
    counts = Counts(new=int(rows))
    if clashing:
        fresh += " AND NOT EXISTS (SELECT 1 FROM touched t WHERE t.clash AND t.point = s.point" \
                 " AND t.period = s.period AND t.day = s.day)"  # fmt: skip
        counts = Counts(new=int(rows - clashing_rows)) + _apply_clashes(
            connection, batch, _between(first, last), bool(doubled)
        )
    if rows > clashing_rows:
        connection.execute(
            f"INSERT INTO reading SELECT point, period, start, value, origin, flags, version, {batch} "
            f"FROM stage s WHERE {fresh}"
        )
    _renew_latest(connection, batch, fresh, bool(clashing))
    _renew_day_sums(connection, batch, bool(to_remake))
    return counts


def _between(first: datetime, last: datetime) -> str:
    """Bounds of a scan as literals: the engine skips by them, and not by bounds it has to compute."""
    return f"start >= TIMESTAMP '{first}' AND start <= TIMESTAMP '{last}'"


_PLACE = """row_number() OVER same_key AS place, first_value(s.value) OVER same_key AS winner"""
_SAME_KEY = "WINDOW same_key AS (PARTITION BY s.point, s.period, s.start ORDER BY s.version DESC, s.row DESC)"


def _apply_clashes(connection: duckdb.DuckDBPyConnection, batch: int, within: str, doubled: bool) -> Counts:
    """Compare the rows of days where a period is stored already, or given twice; the rest of them is new."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE clash AS
        WITH sent AS (
          SELECT s.point, s.period, s.start, s.value, s.origin, s.flags, s.version, s.row,
            {_PLACE if doubled else "1 AS place, s.value AS winner"}
          FROM stage s SEMI JOIN (SELECT * FROM touched WHERE clash) t USING (point, period, day)
          WHERE s.reason IS NULL {_SAME_KEY if doubled else ""})
        SELECT s.*, r.rowid AS id, r.value AS old_value, r.origin AS old_origin, r.flags AS old_flags,
          r.version AS old_version, r.batch AS old_batch,
          CASE WHEN s.place > 1 AND s.value = s.winner THEN 'same' WHEN s.place > 1 THEN 'older'
            WHEN r.rowid IS NULL THEN 'new' WHEN s.value = r.value AND s.origin = r.origin THEN 'same'
            WHEN s.version > r.version THEN 'replaced' ELSE 'older' END AS status
        FROM sent s LEFT JOIN (SELECT rowid, * FROM reading WHERE {within}) r
        ON r.point = s.point AND r.period = s.period AND r.start = s.start""")
    found = dict(connection.execute("SELECT status, count(*) FROM clash GROUP BY status").fetchall())
    if found.get("older"):
        connection.execute(
            f"INSERT INTO revision SELECT point, period, start, value, origin, flags, version, {batch}, "
            "CASE WHEN place > 1 THEN NULL ELSE old_batch END, 'older' FROM clash WHERE status = 'older'"
        )
    if found.get("replaced"):
        connection.execute(
            "INSERT INTO revision SELECT point, period, start, old_value, old_origin, old_flags, old_version, "
            f"old_batch, {batch}, 'replaced' FROM clash WHERE status = 'replaced'"
        )
        # taking out and appending is many times faster than updating five columns in place
        connection.execute(
            f"DELETE FROM reading USING clash c WHERE reading.rowid = c.id AND c.status = 'replaced' "
            f"AND {within.replace('start', 'reading.start')}"
        )
    if found.get("new") or found.get("replaced"):
        connection.execute(
            f"INSERT INTO reading SELECT point, period, start, value, origin, flags, version, {batch} "
            "FROM clash WHERE status IN ('new', 'replaced') ORDER BY start"
        )
    return Counts(found.get("new", 0), found.get("same", 0), found.get("replaced", 0), found.get("older", 0))


def _renew_latest(connection: duckdb.DuckDBPyConnection, batch: int, fresh: str, clashing: bool) -> None:
    columns = "point, period, start, value, origin, flags"
    source = f"SELECT {columns} FROM stage s WHERE {fresh} AND {_GOOD}"
    if clashing:
        source += f" UNION ALL SELECT {columns} FROM clash WHERE status IN ('new', 'replaced') AND {_GOOD}"
    connection.execute(f"""
        MERGE INTO latest l USING (
          SELECT point, period, max(start) AS start, arg_max(value, start) AS value, arg_max(origin, start) AS origin,
            arg_max(flags, start) AS flags FROM ({source}) GROUP BY point, period) s
        ON l.point = s.point AND l.period = s.period
        WHEN MATCHED AND s.start >= l.start
          THEN UPDATE SET start = s.start, value = s.value, origin = s.origin, flags = s.flags, batch = {batch}
        WHEN NOT MATCHED THEN INSERT VALUES (s.point, s.period, s.start, s.value, s.origin, s.flags, {batch})""")


def _renew_day_sums(connection: duckdb.DuckDBPyConnection, batch: int, to_remake: bool) -> None:
    """Days that were not there come from the chunk itself; all others are made again from the readings."""
    columns = "count, expected, value, low, high, estimated, synthetic, quarantined"
    connection.execute(
        f"INSERT INTO day_sum SELECT point, period, day, {columns}, slots, {batch} FROM touched "
        "WHERE NOT stored AND NOT clash"
    )
    if to_remake:
        remake(connection, "SELECT point, period, day FROM touched WHERE stored OR clash", batch)


def _beijing_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day) - BEIJING  # noqa: DTZ001 - the store's UTC


def remake(connection: duckdb.DuckDBPyConnection, days: str, batch: int) -> None:
    """Make the sums of the days that the query `days` gives (point, period, day) again from the readings."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE dirty AS {days}")
    connection.execute(
        "DELETE FROM day_sum d USING dirty t WHERE d.point = t.point AND d.period = t.period AND d.day = t.day"
    )
    first, last = first_row(connection, "SELECT min(day), max(day) FROM dirty")
    if first is None:
        return
    within = _between(_beijing_midnight(first), _beijing_midnight(last + timedelta(days=1)))
    connection.execute(f"""
        INSERT INTO day_sum
        SELECT point, period, day, {DAY_AGGREGATES}, bit_or(1::HUGEINT << {_SLOT}), {batch}
        FROM (SELECT *, {LOCAL_DAY} AS day, {_GOOD} AS good FROM reading
              WHERE {within}) r
        SEMI JOIN dirty USING (point, period, day) GROUP BY point, period, day""")
