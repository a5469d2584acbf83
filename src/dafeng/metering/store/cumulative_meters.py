"""Cumulative meters in the store: the periods that a register touches are recomputed from its neighbours, in
open months only.

A closed month is never written: energy that belongs into one is flagged, and made when the month is opened
again.
"""

import json
import math
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dafeng.evidence import UTC8_SECONDS, day_of, midnight
from dafeng.metering.master_data import Registry, registry_from_rows
from dafeng.metering.store.day_sums import remake
from dafeng.metering.store.learnt import learnt_maxima
from dafeng.metering.store.plausibility import FALLEN, hold_back, let_go
from dafeng.metering.store.reading_columns import Readings, days_and_slots, moment, version_at
from dafeng.metering.store.register_energy import MeterHistory, misread, spread
from dafeng.metering.store.sql import LOCAL_DAY, first_row
from dafeng.metering.store.store import (
    FLAG_IMPLAUSIBLE,
    FLAG_QUARANTINED,
    FLAG_RANGE,
    FLAG_RELEASED,
    FLAG_SPREAD,
    ORIGINS,
)
from dafeng.metering.store.upsert import apply_made, forget_latest

LOOK_BACK = timedelta(days=400)
"""How far the neighbouring register reading is searched."""

_SYNTHETIC, _ESTIMATED = ORIGINS.index("synthetic"), ORIGINS.index("estimated")


def derive(connection: duckdb.DuckDBPyConnection, batch: int, received: datetime, registers: Readings) -> int:
    """Recompute the periods that `registers`, readings of this batch, touch. Returns how many changed."""
    return derive_points(connection, batch, received, np.unique(registers.point).tolist(), *registers.span)


def derive_points(
    connection: duckdb.DuckDBPyConnection, batch: int, received: datetime, points: list[int], first: datetime,
    last: datetime,
) -> int:  # fmt: skip
    """Recompute the periods of `points` that registers read from `first` to `last` touch."""
    closed = closed_months(connection)
    rows = _neighbours(connection, points, first, last, closed)
    registry = _newest_registry(connection)
    made: list[_Made] = []
    gaps: list[tuple[int, int, datetime, datetime]] = []
    doubted: list[tuple[int, datetime]] = []
    freed: list[tuple[int, datetime]] = []
    bounds = learnt_maxima(connection, [row[0] for row in rows if not row[6]])
    by_point: dict[int, list[Any]] = {}
    for row in rows:
        by_point.setdefault(row[0], []).append(row)
    _forget_gaps(connection, by_point)
    for number, readings in by_point.items():
        _, _, _, _, name, period, rated_max, _ = readings[0]
        times, values = (np.array([reading[column] for reading in readings], float) for column in (1, 2))
        synthetic = any(reading[3] == _SYNTHETIC for reading in readings)
        history = _history(registry, name)
        wrong = _misread(readings, times, values, history, closed)
        held = np.flatnonzero([reading[7] & FLAG_IMPLAUSIBLE for reading in readings]).tolist()
        freed += [(number, _utc(times[place])) for place in held if place not in wrong]
        doubted += [(number, _utc(times[place])) for place in wrong]
        times, values = np.delete(times, wrong), np.delete(values, wrong)
        starts, energies, estimated, far, unknown = spread(times, values, period, history)
        limit, beyond = rated_max, FLAG_RANGE
        if not rated_max:
            limit, beyond = bounds.get(number, np.inf), FLAG_IMPLAUSIBLE
        limit *= period / 60
        columns = (starts.tolist(), energies.tolist(), estimated.tolist(), far.tolist())
        for start, energy, guess, apart in zip(*columns, strict=True):
            origin = _SYNTHETIC if synthetic else _ESTIMATED if guess else 0
            flags = (beyond | FLAG_QUARANTINED if energy > limit else 0) | (FLAG_SPREAD if apart else 0)
            made.append((number, period, _utc(start), energy, origin, flags))
        gaps += [(number, period, _utc(start), _utc(stop)) for start, stop in unknown]
    let_go(connection, freed, batch)
    hold_back(connection, doubted, batch, received)
    if gaps:
        _withdraw(connection, gaps, batch, received)
    if closed:
        made = _kept_out(connection, made, closed, received)
    return _apply_made(connection, made, batch, version_at(received))


def _misread(
    readings: list[Any], times: NDArray[np.float64], values: NDArray[np.float64], history: MeterHistory, closed: list[date]
) -> list[int]:  # fmt: skip
    """The places of misread registers that no person has released, in open months."""
    return [
        place
        for place in misread(times, values, history)
        if not readings[place][7] & FLAG_RELEASED and day_of(_utc(times[place])).replace(day=1) not in closed
    ]


def closed_months(connection: duckdb.DuckDBPyConnection) -> list[date]:
    """Return the first days of the closed months."""
    rows = connection.execute(
        "SELECT DISTINCT month FROM archive WHERE reopened IS NULL ORDER BY month"
    ).fetchall()
    return [month for (month,) in rows]


def _neighbours(
    connection: duckdb.DuckDBPyConnection, points: list[int], first: datetime, last: datetime, closed: list[date]
) -> list[Any]:  # fmt: skip
    """The registers of `points` from `first` to `last` and the nearest before and after, those of closed
    months too.

    Files of closed months are read only where one lies within the result: the nearest register may be in it.
    """
    values = [first, last, LOOK_BACK, points]
    rows = connection.execute(_NEAR.format(readings="reading"), values).fetchall()
    if not closed:
        return rows
    ends = connection.execute(_ENDS, values).fetchall()[0]
    low, high = ends[0] or first - LOOK_BACK, ends[1] or last + LOOK_BACK
    if any(midnight(month) < high and midnight(_next_month(month)) > low for month in closed):
        rows = connection.execute(_NEAR.format(readings="readings"), values).fetchall()
    return rows


_CLOSE_BY = """
    WITH touched AS (SELECT unnest($4) AS point),
    near AS (SELECT r.point, r.start, r.value, r.origin, r.flags FROM {readings} r SEMI JOIN touched USING (point)
             WHERE r.period = 0 AND r.start BETWEEN $1::TIMESTAMP - $3::INTERVAL AND $2::TIMESTAMP + $3::INTERVAL
               AND ((r.flags & 64) = 0 OR (r.flags & 8) <> 0)),
    bounds AS (SELECT point, list_min(max(start, 2) FILTER (start < $1)) AS low,
                 list_max(min(start, 2) FILTER (start > $2)) AS high
               FROM near GROUP BY point)
"""
_NEAR = (
    _CLOSE_BY
    + """
    SELECT n.point, epoch(n.start), n.value, n.origin, p.id, p.period, p.rated_max, n.flags
    FROM near n JOIN bounds b USING (point) JOIN point p ON p.number = n.point
    WHERE n.start >= coalesce(b.low, $1) AND n.start <= coalesce(b.high, $2) ORDER BY n.point, n.start"""
)
_ENDS = (
    _CLOSE_BY.format(readings="reading")
    + """
    SELECT CASE WHEN count(low) = len($4) THEN min(low) END, CASE WHEN count(high) = len($4) THEN max(high) END
    FROM bounds"""
)
"""The earliest of the two registers before and the latest of the two after, none where a point has none
in the open months."""


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


_Made = tuple[int, int, datetime, float, int, int]


def _kept_out(
    connection: duckdb.DuckDBPyConnection, made: list[_Made], closed: list[date], found: datetime
) -> list[_Made]:
    """The intervals of open months; those of closed ones are never written, but flagged where they differ
    from the stored.

    A flag `closed` has the energy that would be right as value and the stored one as what was expected; it is
    taken back when the month is opened again, and its intervals are made then.
    """
    months = frozenset(closed)
    outside: dict[tuple[int, int, date], list[_Made]] = {}
    for one in made:
        month = day_of(one[2]).replace(day=1)
        if month in months:
            outside.setdefault((one[0], one[1], month), []).append(one)
    for (point, period, _), ones in outside.items():
        starts = [one[2] for one in ones]
        connection.execute(
            "DELETE FROM flag WHERE kind = 'closed' AND point = $1 AND period = $2 AND start >= $3 AND until <= $4",
            [point, period, min(starts), max(starts) + timedelta(minutes=period)],
        )
        rows = connection.execute(
            "SELECT start, value FROM readings WHERE point = $1 AND period = $2 AND start IN (SELECT unnest($3))",
            [point, period, starts],
        ).fetchall()
        stored = dict(rows)
        other = [one for one in ones if one[2] not in stored or not _alike(one[3], stored[one[2]])]
        if other:
            span = [
                point,
                period,
                min(one[2] for one in other),
                max(one[2] for one in other) + timedelta(minutes=period),
            ]
            energy, there = (
                math.fsum(parts)
                for parts in ([one[3] for one in other], [stored.get(one[2], 0.0) for one in other])
            )
            connection.execute(
                "INSERT INTO flag (point, period, start, until, kind, value, expected, found) "
                "VALUES ($1, $2, $3, $4, 'closed', $5, $6, $7)",
                [*span, energy, there, found],
            )
    return [one for one in made if day_of(one[2]).replace(day=1) not in months]


def _alike(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def derive_reopened(
    connection: duckdb.DuckDBPyConnection, batch: int, received: datetime, first: datetime, last: datetime
) -> int:
    """Compute the intervals from `first` to `last` that were flagged while their month was closed.
    Returns how many changed.
    """
    flagged = connection.execute(
        "DELETE FROM flag WHERE kind = 'closed' AND start >= $1 AND start < $2 RETURNING point, start, until",
        [first, last],
    ).fetchall()
    if not flagged:
        return 0
    points = sorted({point for point, _, _ in flagged})
    begin, end = min(row[1] for row in flagged), max(row[2] for row in flagged)
    return derive_points(connection, batch, received, points, begin, end)


def _forget_gaps(connection: duckdb.DuckDBPyConnection, by_point: dict[int, list[Any]]) -> None:
    """Take back the flags of gaps within the spans that are recomputed; those that remain are detected
    again.
    """
    flagged = connection.execute("SELECT DISTINCT point FROM flag WHERE kind = 'register'").fetchall()
    for (point,) in flagged:
        if point in by_point:
            first, last = (_utc(by_point[point][place][1]) for place in (0, -1))
            connection.execute(
                "DELETE FROM flag WHERE kind = 'register' AND point = ? AND start >= ? AND until <= ?",
                [point, first, last],
            )


def derive_again(
    connection: duckdb.DuckDBPyConnection, before: Registry, after: Registry, batch: int, received: datetime
) -> int:
    """Recompute the periods of points whose meters or events `after` changes. Returns how many changed.

    A change that becomes available late mends what was a gap; closed months stay as they are, and are
    flagged.
    """
    changed = changed_registers(before, after)
    if not changed:
        return 0
    points, first, last = first_row(
        connection,
        "SELECT list(DISTINCT point), min(start), max(start) FROM readings WHERE period = 0 AND point IN "
        "(SELECT number FROM point WHERE id IN (SELECT unnest($1)))",
        [changed],
    )
    return 0 if first is None else derive_points(connection, batch, received, points, first, last)


def changed_registers(before: Registry, after: Registry) -> list[str]:
    """Return the points read by registers whose meters or events differ between the two."""
    return [
        row["id"]
        for row in after.tables["points"]
        if row["kind"] == "register" and _mounted(before, row["id"]) != _mounted(after, row["id"])
    ]


def _mounted(registry: Registry, point: str) -> list[dict[str, Any]]:
    rows = [
        {name: value for name, value in row.items() if name != "_row"}
        for table in ("meters", "events")
        for row in registry.tables[table]
        if row["point"] == point
    ]
    return sorted(rows, key=lambda row: str(row["id"]))


def _utc(seconds: float) -> datetime:
    return datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001 - the store's UTC


def _newest_registry(connection: duckdb.DuckDBPyConnection) -> Registry:
    return _parsed(first_row(connection, "SELECT tables FROM registry ORDER BY version DESC LIMIT 1")[0])


@lru_cache(maxsize=2)
def _parsed(text: str) -> Registry:
    return registry_from_rows(json.loads(text), "registry")


def _history(registry: Registry, point: str) -> MeterHistory:
    """The meters and events of `point`; their times are Beijing time in the registry, epoch seconds here."""

    def seconds(at: datetime | None) -> float | None:
        return None if at is None else (at - datetime(1970, 1, 1)).total_seconds() - UTC8_SECONDS  # noqa: DTZ001

    meters = [dict(row, **{"from": seconds(row["valid_from"]), "to": seconds(row["valid_to"])})
              for row in registry.tables["meters"] if row["point"] == point]  # fmt: skip
    events = [
        dict(row, at_s=seconds(row["at"])) for row in registry.tables["events"] if row["point"] == point
    ]
    return MeterHistory(
        tuple(sorted(meters, key=lambda row: row["from"])), tuple(sorted(events, key=lambda row: row["at_s"]))
    )


def _withdraw(
    connection: duckdb.DuckDBPyConnection,
    gaps: list[tuple[int, int, datetime, datetime]],
    batch: int,
    found: datetime,
) -> None:
    """Flag the spans, and take back periods made earlier that a corrected register has made unknowable."""
    for point, period, start, stop in gaps:
        connection.execute(
            "INSERT INTO flag (point, period, start, until, kind, value, expected, found, proposal) "
            "SELECT $1, $2, $3, $4, 'register', NULL, NULL, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM flag "
            "WHERE point = $1 AND period = $2 AND start = $3 AND until = $4 AND kind = 'register')",
            [point, period, start, stop, found, FALLEN],
        )
        where = "point = $1 AND period = $2 AND start > $3::TIMESTAMP - to_minutes($2) AND start < $4"
        values = [point, period, start, stop]
        connection.execute(
            f"INSERT INTO revision SELECT *, {batch}, 'withdrawn' FROM reading WHERE {where}", values
        )
        days = connection.execute(
            f"SELECT DISTINCT {LOCAL_DAY} FROM reading WHERE {where}", values
        ).fetchall()
        connection.execute(f"DELETE FROM reading WHERE {where}", values)
        forget_latest(connection, f"SELECT point, period, start FROM latest WHERE {where}", values)
        for (day,) in days:
            remake(connection, batch, f"SELECT {point} AS point, {period} AS period, DATE '{day}' AS day")


def _apply_made(
    connection: duckdb.DuckDBPyConnection,
    made: list[_Made],
    batch: int,
    version: int,
) -> int:
    if not made:
        return 0
    point, period, start, value, origin, flags = (np.array(column) for column in zip(*made, strict=True))
    start = start.astype("datetime64[us]").astype(np.int64)
    first, last = moment(int(start.min())), moment(int(start.max()))
    # what is made now rests on all registers stored: it supersedes, also after this machine's clock was set back
    period = period.astype(np.int32)
    stored = first_row(
        connection,
        "SELECT max(version) FROM reading SEMI JOIN sent USING (point, period) WHERE start >= $1 AND start <= $2",
        [first, last],
        pa.table({"point": point.astype(np.int32), "period": period}),
    )[0]
    version = max(version, int(stored) + 1 if stored is not None else version)
    readings = Readings(
        point.astype(np.int32), period, start, *days_and_slots(start, period), value, origin.astype(np.uint8),
        flags.astype(np.uint16), np.full(len(point), version, np.int64),
    )  # fmt: skip
    counts = apply_made(connection, batch, readings)
    return counts.new + counts.replaced
