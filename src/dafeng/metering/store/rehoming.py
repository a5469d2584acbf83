"""Readings under the version of their point that is in force when they begin, after the registry has changed.

A change with an earlier day, which a person has approved, gives the readings from that day on another meaning: they
are moved to the number of the new version. A number that its sender stated with a unit keeps its amount. Readings
outside the days of their point are held back.
"""

from typing import Any

import duckdb

from dafeng.evidence import DafengError, Problem
from dafeng.metering.store.day_sums import GOOD, remake
from dafeng.metering.store.sql import LOCAL_DAY, local_date, midnight_of
from dafeng.metering.store.store import FLAG_QUARANTINED, FLAG_UNIT


def remember(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep points, rates and terms as they are before a registry is entered, for `rehome` and the check of
    published months.
    """
    for name in ("point", "rate", "term"):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name}_before AS SELECT * FROM {name}")


_EARLY, _LATE = "TIMESTAMP '1900-01-01'", "TIMESTAMP '9999-01-01'"
_HOME = f"""
CREATE OR REPLACE TEMP TABLE home AS
SELECT id, number, period AS own, kind, medium, to_medium, valid_from, valid_to,
  coalesce({midnight_of("since")}, {_EARLY}) AS begin,
  coalesce(lead({midnight_of("since")}) OVER (PARTITION BY id ORDER BY since NULLS FIRST), {_LATE}) AS until
FROM point p WHERE kind <> 'retired' AND id IN (SELECT id FROM point GROUP BY id HAVING count(*) > 1 UNION
  SELECT b.id FROM point_before b JOIN point a USING (number)
  WHERE (b.to_medium, b.medium, b.period, b.valid_from, b.valid_to)
    IS DISTINCT FROM (a.to_medium, a.medium, a.period, a.valid_from, a.valid_to))"""
"""Number and days of each version of the points that have several, or that differ from before."""

MOVING = f"""
SELECT r.point AS old, h.number AS new, h.id, h.kind, r.period, r.start, r.flags, r.origin, o.period AS old_own, h.own,
  CASE WHEN (r.flags & {FLAG_UNIT}) <> 0 THEN o.to_medium / h.to_medium ELSE 1 END AS scale,
  (r.flags & {FLAG_UNIT}) <> 0 AND o.medium <> h.medium AS foreign_unit
FROM {{readings}} r JOIN point_before o ON o.number = r.point
JOIN home h ON h.id = o.id AND r.start >= h.begin AND r.start < h.until
WHERE h.number <> r.point OR (h.own <> o.period AND r.period = o.period)
  OR ((r.flags & {FLAG_UNIT}) <> 0 AND o.to_medium <> h.to_medium)"""
"""Readings that belong to another version than they are stored under, or whose stored amount changes."""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Compute which readings of the open months the new registry moves. Call after the points are written."""
    connection.execute(_HOME)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE moving AS {MOVING.format(readings='reading')}")


def rehome(connection: duckdb.DuckDBPyConnection, batch: int) -> int:
    """Move readings to the versions of their points, and clear versions that are gone. Returns how many were
    moved or held back.

    Raises: DafengError where readings are of another period than the version they would belong to.
    """
    _refuse_other_periods(connection)
    days: list[str] = []
    moved = int(_count(connection, "SELECT count(*) FROM moving"))
    if moved:
        days.append(f"SELECT DISTINCT old AS point, period, {LOCAL_DAY} AS day FROM moving")
        days.append(f"SELECT DISTINCT new AS point, period, {LOCAL_DAY} AS day FROM moving")
        _move(connection, batch)
    held = _hold_outside(connection, batch)
    if held:
        days.append(f"SELECT DISTINCT point, period, {LOCAL_DAY} AS day FROM outside")
    if days:
        remake(connection, batch, " UNION ".join(days))
        _renew_latest(connection)
    connection.execute(
        "DELETE FROM point WHERE kind = 'retired' AND id IN (SELECT id FROM point WHERE kind <> 'retired')"
    )
    return moved + held


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return connection.execute(sql).fetchall()[0][0]


def _refuse_other_periods(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a version whose period the stored readings contradict: they would be in no sum."""
    found = connection.execute(
        f"SELECT id, period, own, CAST({local_date('min(start)')} AS VARCHAR), CAST({local_date('max(start)')} AS VARCHAR), "
        "bool_or(foreign_unit) FROM moving WHERE foreign_unit OR (kind <> 'register' AND period = old_own AND own <> old_own) "
        "GROUP BY ALL ORDER BY id"
    ).fetchall()
    problems = [
        Problem(
            f"points:{id_}:{'medium' if foreign else 'period'}",
            f"readings of {period} min stored from {first} to {last}" + (" with a unit of the other medium" if foreign else ""),
            f"a change from a day after {last}" if not foreign else "readings whose unit fits the medium",
            "enter the change with a later valid_from",
        )
        for id_, period, _, first, last, foreign in found
    ]  # fmt: skip
    if problems:
        raise DafengError(problems)


_COLUMNS = "point, period, start, value, origin, flags, version, batch"
_SAME = "reading.point = m.old AND reading.period = m.period AND reading.start = m.start"


def _move(connection: duckdb.DuckDBPyConnection, batch: int) -> None:
    made = "m.kind = 'register' AND m.period > 0"  # made from registers: made again under the new version
    columns = ", ".join(f"reading.{name}" for name in _COLUMNS.split(", "))
    for which, reason in ((made, "withdrawn"), (f"NOT ({made}) AND m.scale <> 1", "replaced")):
        connection.execute(
            f"INSERT INTO revision SELECT {columns}, {batch}, '{reason}' FROM reading JOIN moving m ON {_SAME} WHERE {which}"
        )
    connection.execute(f"DELETE FROM reading USING moving m WHERE {_SAME} AND {made}")
    connection.execute(
        "UPDATE reading SET point = m.new, value = reading.value * m.scale, "
        f"batch = CASE WHEN m.scale <> 1 THEN {batch} ELSE reading.batch END FROM moving m WHERE {_SAME}"
    )
    for name in ("revision", "flag", "release"):
        connection.execute(
            f"UPDATE {name} AS t SET point = h.number FROM point_before o, home h "
            "WHERE o.number = t.point AND h.id = o.id AND t.start >= h.begin AND t.start < h.until AND h.number <> t.point"
        )


def _hold_outside(connection: duckdb.DuckDBPyConnection, batch: int) -> int:
    """Hold back the readings of open months before the first or after the last day of their point."""
    ends = "o.valid_from IS DISTINCT FROM p.valid_from OR o.valid_to IS DISTINCT FROM p.valid_to"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE outside AS SELECT r.* FROM reading r JOIN point p ON p.number = r.point "
        f"WHERE p.id IN (SELECT p.id FROM point p LEFT JOIN point_before o USING (number) WHERE {ends}) "
        f"AND (r.start < p.valid_from OR r.start >= p.valid_to) AND r.period > 0 AND {GOOD}"
    )
    held = int(_count(connection, "SELECT count(*) FROM outside"))
    if held:
        connection.execute(f"INSERT INTO revision SELECT {_COLUMNS}, {batch}, 'replaced' FROM outside")
        connection.execute(
            f"UPDATE reading SET flags = reading.flags | {FLAG_QUARANTINED}, batch = {batch} FROM outside o "
            "WHERE reading.point = o.point AND reading.period = o.period AND reading.start = o.start"
        )
    return held


def _renew_latest(connection: duckdb.DuckDBPyConnection) -> None:
    numbers = "SELECT old FROM moving UNION SELECT new FROM moving UNION SELECT point FROM outside"
    connection.execute(f"DELETE FROM latest WHERE point IN ({numbers})")
    connection.execute(
        "INSERT INTO latest SELECT point, period, max(start), arg_max(value, start), arg_max(origin, start), "
        f"arg_max(flags, start), arg_max(batch, start) FROM readings WHERE point IN ({numbers}) AND {GOOD} GROUP BY point, period"
    )
