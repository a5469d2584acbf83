"""Versions of points that are read by registers: one meter goes on over a change of owner, period or unit.

Registers of one medium are put into the unit of the first version of their segment, so that the rise over a change
is counted once; each period then has the unit of the version in which it begins. Registers are judged by those
around them.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from dafeng.evidence import midnight
from dafeng.metering.store.closed_months import next_month
from dafeng.metering.store.plausibility import LONGEST_RUN, NEIGHBOURS
from dafeng.metering.store.reading_columns import microseconds
from dafeng.metering.store.register_energy import MeterHistory
from dafeng.metering.store.sql import midnight_of
from dafeng.tables import Row

LOOK_BACK = timedelta(days=400)
"""How far the neighbouring register reading is searched."""

_EARLY, _LATE = -1e12, 1e12


@dataclass(frozen=True, slots=True)
class MeterVersion:
    """Version of a point read by registers, from `begin` to `until` [s since 1970 UTC]; `scale` leads from its unit
    to that of the first version of its segment.
    """

    number: int
    id: str
    medium: str
    to_medium: float
    period: int
    rated_max: float | None
    begin: float
    until: float
    scale: float = 1.0


_VERSIONS = f"""
SELECT number, id, medium, to_medium, period, rated_max, epoch({midnight_of("since")}) FROM point
WHERE id IN (SELECT id FROM point WHERE number IN (SELECT unnest($1))) ORDER BY id, since NULLS FIRST"""


def registered_meters(
    connection: duckdb.DuckDBPyConnection, points: Sequence[int]
) -> list[list[MeterVersion]]:
    """Return the versions of each of `points` (numbers of any version), in the order of their days."""
    rows = connection.execute(_VERSIONS, [list(points)]).fetchall()
    found = []
    for _, group in itertools.groupby(rows, key=lambda row: row[1]):
        own = list(group)
        ends = [row[6] for row in own[1:]] + [_LATE]
        begins = [_EARLY] + [row[6] for row in own[1:]]
        found.append(
            [
                MeterVersion(row[0], row[1], row[2], row[3], row[4], row[5], begin, end)
                for row, begin, end in zip(own, begins, ends, strict=True)
            ]
        )
    return found


def segments(
    versions: Sequence[MeterVersion], readings: list[Any]
) -> Iterator[tuple[list[MeterVersion], list[Any]]]:
    """Yield the runs of versions that meter one medium, in the unit of the first, with their readings.

    A reading at the very change of medium belongs to the new one; what rises over it belongs to neither.
    """
    for _, group in itertools.groupby(versions, key=lambda version: version.medium):
        run = list(group)
        scaled = [replace(version, scale=version.to_medium / run[0].to_medium) for version in run]
        own = [reading for reading in readings if run[0].begin <= reading[1] < run[-1].until]
        if own:
            yield scaled, own


def scale_at(versions: Sequence[MeterVersion], at: float) -> float:
    """Return the scale of the version in force at `at`."""
    for version in reversed(versions):
        if at >= version.begin:
            return version.scale
    return versions[0].scale


def in_first_unit(history: MeterHistory, versions: Sequence[MeterVersion]) -> MeterHistory:
    """Return the registers of meters and events in the unit of the first version of the segment."""
    if all(version.scale == 1.0 for version in versions):
        return history

    def scaled(row: Row, at: float | None, *columns: str) -> Row:
        factor = scale_at(versions, at if at is not None else _LATE)
        return row | {name: row[name] * factor for name in columns if row[name] is not None}

    meters = []
    for meter in history.meters:
        row = scaled(meter, meter["from"], "register_start", "register_max")
        before_end = None if meter["to"] is None else meter["to"] - 1.0
        meters.append(scaled(row, before_end, "register_end"))
    events = tuple(scaled(event, event["at_s"] - 1.0, "register") for event in history.events)
    return MeterHistory(tuple(meters), events)


def registers_around(
    connection: duckdb.DuckDBPyConnection, meters: list[list[MeterVersion]], first: datetime, last: datetime,
    closed: list[date], bounds: dict[int, float],
) -> tuple[dict[str, list[Any]], dict[str, float]]:  # fmt: skip
    """Return the registers that each point is judged by, and the time from which its periods are made again, both
    by id.

    Two before and after do for a meter that rises and whose history is known; where it fell, or nothing bounds its
    rises, a run of registers is looked at.
    """
    numbers = {meter[0].id: [version.number for version in meter] for meter in meters}
    every = [number for own in numbers.values() for number in own]
    near = _by_point(_neighbours(connection, every, first, last, closed, 2))
    unbounded = {
        meter[0].id
        for meter in meters
        if any(not version.rated_max and version.number not in bounds for version in meter)
    }
    wide = [
        number
        for id_, own in numbers.items()
        if id_ in unbounded or _falls(near.get(id_, []))
        for number in own
    ]
    begins = {id_: rows[0][1] for id_, rows in near.items()}
    if wide:
        near |= _by_point(_neighbours(connection, wide, first, last, closed, _RUN))
    for id_ in unbounded & set(near):  # all that there is, judged by each other whatever came first
        if sum(row[1] < microseconds(first) / 1e6 for row in near[id_]) < _RUN:
            begins[id_] = near[id_][0][1]
    return near, begins


def _by_point(rows: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row[4], []).append(row)
    return found


def _falls(readings: list[Any]) -> bool:
    """Whether the meter fell within `readings`, or among the registers in a row before them."""
    return any(row[5] for row in readings[:1]) or any(
        after[2] < before[2] for before, after in itertools.pairwise(readings)
    )


def _neighbours(
    connection: duckdb.DuckDBPyConnection, points: list[int], first: datetime, last: datetime, closed: list[date], count: int
) -> list[Any]:  # fmt: skip
    """The registers of `points` from `first` to `last` and the nearest before and after, `count` of each that are
    not held back, those of closed months too.

    Files of closed months are read only where one lies within the result: the nearest register may be in it.
    """
    values = [first, last, LOOK_BACK, points, count]
    rows = connection.execute(_NEAR.format(readings="reading"), values).fetchall()
    if not closed:
        return rows
    ends = connection.execute(_ENDS, values).fetchall()[0]
    low, high = ends[0] or first - LOOK_BACK, ends[1] or last + LOOK_BACK
    if any(midnight(month) < high and midnight(next_month(month)) > low for month in closed):
        rows = connection.execute(_NEAR.format(readings="readings"), values).fetchall()
    return rows


_RUN = LONGEST_RUN + 2 + NEIGHBOURS
"""A run that is misread, the register before it with its neighbours, and one more."""

_CLOSE_BY = f"""
    WITH touched AS (SELECT number, id FROM point WHERE number IN (SELECT unnest($4))),
    near AS (SELECT r.point, t.id, r.start, r.value, r.origin, r.flags
             FROM {{readings}} r JOIN touched t ON t.number = r.point
             WHERE r.period = 0 AND r.start BETWEEN $1::TIMESTAMP - $3::INTERVAL AND $2::TIMESTAMP + $3::INTERVAL
               AND ((r.flags & 64) = 0 OR (r.flags & 8) <> 0)),
    bounds AS (SELECT id, list_max(arg_max(value, start, {_RUN}) FILTER (start < $1 AND (flags & 64) = 0))
                 > arg_max(value, start) FILTER (start < $1 AND (flags & 64) = 0) AS fell,
                 list_min(max(start, $5) FILTER (start < $1 AND (flags & 64) = 0)) AS low,
                 list_max(min(start, $5) FILTER (start > $2 AND (flags & 64) = 0)) AS high
               FROM near GROUP BY id)
"""
_NEAR = (
    _CLOSE_BY
    + """
    SELECT n.point, epoch(n.start), n.value, n.origin, n.id, b.fell, NULL, n.flags
    FROM near n JOIN bounds b USING (id)
    WHERE n.start >= coalesce(b.low, $1) AND n.start <= coalesce(b.high, $2) ORDER BY n.id, n.start"""
)
_ENDS = (
    _CLOSE_BY.format(readings="reading")
    + """
    SELECT CASE WHEN count(low) = (SELECT count(DISTINCT id) FROM touched) THEN min(low) END,
      CASE WHEN count(high) = (SELECT count(DISTINCT id) FROM touched) THEN max(high) END
    FROM bounds"""
)
"""The earliest of the registers before and the latest of those after, none where a point has none
in the open months."""
