"""From register readings to energy per period: differences, with every break an explicit event.

The energy between two register readings is the rise times the ratio of the meter. A changed meter continues
with its own start register, a changed ratio counts from the register at the change, a turned-over register
adds its maximum. Without such an event a falling register is a gap: missing, flagged, never guessed. A rise
over several periods is spread evenly and marked estimated.
"""

import itertools
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dafeng.evidence import UTC8_HOURS, UTC8_SECONDS
from dafeng.metering.master_data import Registry, registry_from_rows
from dafeng.metering.store.day_sums import remake
from dafeng.metering.store.reading_columns import Readings, days_and_slots, moment, version_at
from dafeng.metering.store.sql import LOCAL_DAY, first_row
from dafeng.metering.store.store import FLAG_QUARANTINED, FLAG_RANGE, ORIGINS
from dafeng.metering.store.upsert import apply, forget_latest
from dafeng.metering.tables import Row

TOLERANCE = 60.0
"""A register read within so many seconds of a period's boundary counts as read on it."""

LOOK_BACK = timedelta(days=400)
"""How far the neighbouring register reading is searched."""

_SYNTHETIC, _ESTIMATED = ORIGINS.index("synthetic"), ORIGINS.index("estimated")


@dataclass(frozen=True)
class MeterHistory:
    """Meters and events of one point in time order; times are epoch seconds."""

    meters: tuple[Row, ...]
    events: tuple[Row, ...]

    def meter_at(self, at: float) -> Row | None:
        """The meter mounted at `at`; a reading at the very change belongs to the new meter."""
        for meter in reversed(self.meters):
            if meter["from"] <= at and (meter["to"] is None or at < meter["to"]):
                return meter
        return None

    def ratio_at(self, at: float, meter: Row) -> float:
        """The ratio after all changes on this meter up to and with `at`."""
        ratio = float(meter["ratio"])
        for event in self.events:
            if event["kind"] == "ratio" and meter["from"] <= event["at_s"] <= at and event["ratio"]:
                ratio = float(event["ratio"])
        return ratio


@dataclass(frozen=True, slots=True)
class _Reading:
    at: float
    register: float


def rise(before: _Reading, after: _Reading, history: MeterHistory) -> list[tuple[float, float, float]]:
    """Energy between two register readings as pieces (from, to, energy); energy is NaN where it cannot be known."""
    first, last = history.meter_at(before.at), history.meter_at(after.at)
    if first is None or last is None:
        return [(before.at, after.at, np.nan)]
    if first is last:
        return _same_meter(before, after, first, history)
    changes = [meter for meter in history.meters if first["from"] <= meter["from"] <= last["from"]]
    pieces, start = [], before
    for old, new in itertools.pairwise(changes):
        if old["register_end"] is None or new["register_start"] is None or old["to"] != new["from"]:
            return [(before.at, after.at, np.nan)]
        pieces += _same_meter(start, _Reading(old["to"], float(old["register_end"])), old, history)
        start = _Reading(new["from"], float(new["register_start"]))
    return pieces + _same_meter(start, after, last, history)


def _same_meter(
    before: _Reading, after: _Reading, meter: Row, history: MeterHistory
) -> list[tuple[float, float, float]]:
    inside = [event for event in history.events if before.at < event["at_s"] <= after.at]
    if any(event["kind"] == "ratio" and event["register"] is None for event in inside):
        return [(before.at, after.at, np.nan)]
    pieces, start, turned = [], before, 0
    for event in inside:
        if event["kind"] == "rollover":
            turned += 1
            continue
        stop = _Reading(event["at_s"], float(event["register"]))
        pieces.append(_piece(start, stop, meter, history, turned))
        start, turned = stop, 0
    if after.at > start.at:
        pieces.append(_piece(start, after, meter, history, turned))
    return pieces


def _piece(
    start: _Reading, stop: _Reading, meter: Row, history: MeterHistory, turned: int
) -> tuple[float, float, float]:
    if turned and meter["register_max"] is None:
        return (start.at, stop.at, np.nan)
    difference = stop.register - start.register + turned * float(meter["register_max"] or 0)
    energy = difference * history.ratio_at(start.at, meter) if difference >= 0 else np.nan
    return (start.at, stop.at, energy)


def spread(
    times: NDArray[np.float64], registers: NDArray[np.float64], period: int, history: MeterHistory
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_], list[tuple[float, float]]]:
    """Energy per period from register readings of one point.

    `times` are epoch seconds rising, `period` is in minutes. Returns starts [epoch seconds], energies,
    whether each is estimated, and the spans that cannot be known. A period is measured where both of its
    ends were read, estimated where the rise of a longer span was spread over it.
    """
    step = period * 60
    nearest = np.round((times + UTC8_SECONDS) / step) * step - UTC8_SECONDS
    times = np.where(np.abs(nearest - times) <= TOLERANCE, nearest, times)
    keep = np.append(np.diff(times) > 0, True)
    times, registers = times[keep], registers[keep]
    pieces: list[tuple[float, float, float]] = []
    for index in range(len(times) - 1):
        before, after = (_Reading(float(times[i]), float(registers[i])) for i in (index, index + 1))
        pieces += rise(before, after, history)
    read = set(times.tolist())
    starts: list[int] = []
    energies: list[float] = []
    estimated: list[bool] = []
    gaps = [(start, stop) for start, stop, energy in pieces if np.isnan(energy)]
    for run in _runs(pieces):
        knots = np.array([run[0][0], *(stop for _, stop, _ in run)])
        total = np.concatenate([[0.0], np.cumsum([energy for _, _, energy in run])])
        first = int(np.ceil((knots[0] + UTC8_SECONDS) / step)) * step - UTC8_SECONDS
        edges = np.arange(first, knots[-1] + 0.5, step)
        if len(edges) < 2:
            continue
        at_edges = np.interp(edges, knots, total)
        starts += edges[:-1].astype(np.int64).tolist()
        energies += np.diff(at_edges).tolist()
        on_knot = [edge in read for edge in edges.tolist()]
        estimated += [not (left and right) for left, right in itertools.pairwise(on_knot)]
    return np.array(starts, np.int64), np.array(energies), np.array(estimated, bool), gaps


def _runs(pieces: list[tuple[float, float, float]]) -> list[list[tuple[float, float, float]]]:
    runs: list[list[tuple[float, float, float]]] = [[]]
    for piece in pieces:
        if np.isnan(piece[2]):
            runs.append([])
        else:
            runs[-1].append(piece)
    return [run for run in runs if run]


def derive(connection: duckdb.DuckDBPyConnection, batch: int, received: datetime, registers: Readings) -> int:
    """Make the periods again that `registers`, readings of this batch, touch. Returns how many changed."""
    return _derive(connection, batch, received, np.unique(registers.point).tolist(), *registers.span)


def _derive(
    connection: duckdb.DuckDBPyConnection, batch: int, received: datetime, points: list[int], first: datetime,
    last: datetime,
) -> int:  # fmt: skip
    """Make the periods of `points` again that registers read from `first` to `last` touch."""
    rows = connection.execute(
        """
        WITH touched AS (SELECT unnest($4) AS point),
        near AS (SELECT r.point, r.start, r.value, r.origin FROM reading r SEMI JOIN touched USING (point)
                 WHERE r.period = 0 AND r.start BETWEEN $1::TIMESTAMP - $3::INTERVAL AND $2::TIMESTAMP + $3::INTERVAL
                   AND (r.flags & 64) = 0),
        bounds AS (SELECT point, max(start) FILTER (start < $1) AS low, min(start) FILTER (start > $2) AS high
                   FROM near GROUP BY point)
        SELECT n.point, epoch(n.start), n.value, n.origin, p.id, p.period, p.rated_max
        FROM near n JOIN bounds b USING (point) JOIN point p ON p.number = n.point
        WHERE n.start >= coalesce(b.low, $1) AND n.start <= coalesce(b.high, $2) ORDER BY n.point, n.start""",
        [first, last, LOOK_BACK, points],
    ).fetchall()
    registry = _newest_registry(connection)
    made: list[tuple[int, int, datetime, float, int, int]] = []
    gaps: list[tuple[int, int, datetime, datetime]] = []
    by_point: dict[int, list[Any]] = {}
    for row in rows:
        by_point.setdefault(row[0], []).append(row)
    _forget_gaps(connection, by_point)
    for number, readings in by_point.items():
        _, _, _, _, name, period, rated_max = readings[0]
        times, values = (np.array([reading[column] for reading in readings], float) for column in (1, 2))
        synthetic = any(reading[3] == _SYNTHETIC for reading in readings)
        starts, energies, estimated, unknown = spread(times, values, period, _history(registry, name))
        limit = rated_max * period / 60 if rated_max else np.inf
        for start, energy, guess in zip(starts.tolist(), energies.tolist(), estimated.tolist(), strict=True):
            origin = _SYNTHETIC if synthetic else _ESTIMATED if guess else 0
            flags = FLAG_RANGE | FLAG_QUARANTINED if energy > limit else 0
            made.append((number, period, _utc(start), energy, origin, flags))
        gaps += [(number, period, _utc(start), _utc(stop)) for start, stop in unknown]
    if gaps:
        _withdraw(connection, gaps, batch, received)
    return _apply_made(connection, made, batch, version_at(received))


def _forget_gaps(connection: duckdb.DuckDBPyConnection, by_point: dict[int, list[Any]]) -> None:
    """Take back the flags of gaps within the spans that are made again; those that remain are found again."""
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
    """Make the periods again of points whose meters or events `after` tells otherwise. Returns how many changed.

    A change that becomes known late mends what was a gap; closed months stay as they are.
    """
    changed = changed_registers(before, after)
    if not changed:
        return 0
    points, first, last = first_row(
        connection,
        "SELECT list(DISTINCT point), min(start), max(start) FROM reading WHERE period = 0 AND point IN "
        "(SELECT number FROM point WHERE id IN (SELECT unnest($1))) AND start >= coalesce((SELECT max(month) "
        f"+ INTERVAL 1 MONTH - INTERVAL {UTC8_HOURS} HOUR FROM archive WHERE reopened IS NULL), TIMESTAMP '1990-01-01')",
        [changed],
    )
    return 0 if first is None else _derive(connection, batch, received, points, first, last)


def changed_registers(before: Registry, after: Registry) -> list[str]:
    """The points read by registers whose meters or events the two tell otherwise."""
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
            "INSERT INTO flag SELECT $1, $2, $3, $4, 'register', NULL, NULL, $5 WHERE NOT EXISTS (SELECT 1 FROM flag "
            "WHERE point = $1 AND period = $2 AND start = $3 AND until = $4 AND kind = 'register')",
            [point, period, start, stop, found],
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
    made: list[tuple[int, int, datetime, float, int, int]],
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
    counts = apply(connection, batch, [readings])
    return counts.new + counts.replaced
