"""Cumulative meters in the store: the periods that a register touches are recomputed from its neighbours, in
open months only.

A closed month is never written: energy that belongs into one is flagged, and made when the month is opened
again.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dafeng.evidence import UTC8_SECONDS, day_of
from dafeng.metering.dated_points import versions_of
from dafeng.metering.master_data import Registry, registry_from_rows
from dafeng.metering.store.closed_months import Made, closed_months, kept_out
from dafeng.metering.store.company import COMPANY_MAGNITUDE, LEAST_COMPANY, company_maxima
from dafeng.metering.store.day_sums import remake
from dafeng.metering.store.meter_versions import (
    MeterVersion,
    in_first_unit,
    registered_meters,
    registers_around,
    scale_at,
    segments,
)
from dafeng.metering.store.plausibility import FALLEN, UNIT_CHANGED, hold_back, let_go, misread, unit_change
from dafeng.metering.store.point_cache import learnt_maxima
from dafeng.metering.store.reading_columns import Readings, days_and_slots, moment, version_at
from dafeng.metering.store.register_energy import MeterHistory, rates, spread
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

_SYNTHETIC, _ESTIMATED = ORIGINS.index("synthetic"), ORIGINS.index("estimated")


def derive(connection: duckdb.DuckDBPyConnection, batch: int, received: datetime, registers: Readings) -> int:
    """Recompute the periods that `registers`, readings of this batch, touch. Returns how many changed."""
    return derive_points(connection, batch, received, np.unique(registers.point).tolist(), *registers.span)


def derive_points(
    connection: duckdb.DuckDBPyConnection, batch: int, received: datetime, points: list[int], first: datetime,
    last: datetime,
) -> int:  # fmt: skip
    """Recompute the periods of `points` that registers read from `first` to `last` touch, over all versions of
    the points.
    """
    closed = closed_months(connection)
    meters = registered_meters(connection, points)
    bounds = learnt_maxima(
        connection, [version.number for meter in meters for version in meter if not version.rated_max]
    )
    by_point, begins = registers_around(connection, meters, first, last, closed, bounds)
    found = _Derived()
    registry = _newest_registry(connection)
    for meter in meters:
        readings = by_point.get(meter[0].id, [])
        if readings:
            begin, history = begins[meter[0].id], _history(registry, meter[0].id)
            for segment, own in segments(meter, readings):
                begin = min(begin, _derive_segment(segment, own, begin, history, closed, bounds, found))
            _forget_gaps(connection, [version.number for version in meter], begin, readings[-1][1])
    let_go(connection, found.freed, batch)
    hold_back(connection, found.doubted, batch, received)
    if found.gaps:
        _withdraw(connection, found.gaps, batch, received)
    made = found.made
    if closed:
        made = kept_out(connection, made, closed, received)
    return _apply_made(connection, made, batch, version_at(received))


@dataclass
class _Derived:
    """Intervals derived from registers, spans without a value, and registers to quarantine or to release."""

    made: list[Made] = field(default_factory=list)
    gaps: list[tuple[int, int, datetime, datetime, str]] = field(default_factory=list)
    doubted: list[tuple[int, datetime]] = field(default_factory=list)
    freed: list[tuple[int, datetime]] = field(default_factory=list)


def _derive_segment(
    versions: list[MeterVersion], readings: list[Any], begin: float, history: MeterHistory, closed: list[date],
    bounds: dict[int, float], found: _Derived,
) -> float:  # fmt: skip
    """Compute the periods of versions that meter one medium, each in its own unit and period, from `begin` on or
    from the register before the first one whose quarantine changes. Returns that time.
    """
    times = np.array([reading[1] for reading in readings], float)
    values = np.array([reading[2] * scale_at(versions, reading[1]) for reading in readings], float)
    history = in_first_unit(history, versions)
    synthetic = any(reading[3] == _SYNTHETIC for reading in readings)
    wrong = _misread(readings, times, values, history, closed)
    held = np.flatnonzero([reading[7] & FLAG_IMPLAUSIBLE for reading in readings]).tolist()
    found.freed += [(readings[place][0], _utc(times[place])) for place in held if place not in wrong]
    found.doubted += [(readings[place][0], _utc(times[place])) for place in wrong if place not in held]
    changed = set(wrong) ^ set(held)
    before = [place for place in range(min(changed)) if place not in wrong] if changed else []
    begin = min(begin, times[before[-1]] if before else begin)
    times, values = np.delete(times, wrong), np.delete(values, wrong)
    usual = (
        rates(times, values, history) if any(_is_unbounded(version, bounds) for version in versions) else None
    )
    change = unit_change(values)
    changed_at = None if change is None else times[change]
    times, values = times[times >= begin], values[times >= begin]
    for version in versions:
        starts, energies, estimated, far, unknown = spread(times, values, version.period, history)
        inside = (starts >= version.begin) & (starts < version.until)
        limit, beyond = version.rated_max, FLAG_RANGE
        if not limit:
            limit, beyond = bounds.get(version.number, np.inf), FLAG_IMPLAUSIBLE
        if usual is not None and _is_unbounded(version, bounds):
            limit = _most_in_company(usual, change) / version.scale
        limit *= version.period / 60
        columns = (starts[inside].tolist(), (energies[inside] / version.scale).tolist(), estimated[inside].tolist(),
                   far[inside].tolist())  # fmt: skip
        for start, energy, guess, apart in zip(*columns, strict=True):
            origin = _SYNTHETIC if synthetic else _ESTIMATED if guess else 0
            flags = (beyond | FLAG_QUARANTINED if energy > limit else 0) | (FLAG_SPREAD if apart else 0)
            found.made.append((version.number, version.period, _utc(start), energy, origin, flags))
        for start, stop in unknown:
            since, end = max(start, version.begin), min(stop, version.until)
            if since < end:
                why = UNIT_CHANGED if start == changed_at else FALLEN
                found.gaps.append((version.number, version.period, _utc(since), _utc(end), why))
    return begin


def _is_unbounded(version: MeterVersion, bounds: dict[int, float]) -> bool:
    """Whether neither a rated maximum nor a history bounds the rises of a day or less."""
    return not version.rated_max and version.number not in bounds and version.period <= 1440


def _most_in_company(usual: NDArray[np.float64], change: int | None) -> float:
    """The largest plausible energy per hour beside the rises around it; `usual` are those of the registers, `change` is
    the place of the one before the unit changes.

    A leap of a register never counts unseen, for what it adds stays in every sum: where there are too few for a
    quartile, the others of at least three are all a hundredth of it. From a change of the unit on, the rises are judged
    by those before it.
    """
    before = usual[:change]
    rising = np.sort(before[before > 0])
    if change is not None and len(rising) < LEAST_COMPANY:
        return (
            float(COMPANY_MAGNITUDE * rising[-1]) if len(rising) else float(np.nextafter(usual[change], 0.0))
        )
    if LEAST_RISES <= len(rising) < LEAST_COMPANY:
        return float(COMPANY_MAGNITUDE * rising[-2])
    most = company_maxima(np.zeros(len(before), np.int64), before)
    if change is not None:
        return float(COMPANY_MAGNITUDE * rising[3 * (len(rising) - 1) // 4])
    return float(np.min(most, initial=np.inf))


LEAST_RISES = 3
"""Rises of a register that must lie side by side before the largest is judged by the others."""


def _misread(
    readings: list[Any], times: NDArray[np.float64], values: NDArray[np.float64], history: MeterHistory, closed: list[date]
) -> list[int]:  # fmt: skip
    """The places of misread registers that no person has released; in closed months those held back before."""
    return [
        place
        for place in misread(times, values, history)
        if not readings[place][7] & FLAG_RELEASED
        and (readings[place][7] & FLAG_QUARANTINED or day_of(_utc(times[place])).replace(day=1) not in closed)
    ]


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


def _forget_gaps(connection: duckdb.DuckDBPyConnection, numbers: list[int], begin: float, end: float) -> None:
    """Take back the flags of gaps within the span that is recomputed; those that remain are detected again."""
    connection.execute(
        "DELETE FROM flag WHERE kind = 'register' AND point IN (SELECT unnest($1)) AND start >= $2 AND until <= $3",
        [numbers, _utc(begin), _utc(end)],
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
    """Return the points read by registers whose meters, events, unit, period or changes differ between the two."""
    old, new = _versions(before), _versions(after)
    return [
        row["id"]
        for row in after.tables["points"]
        if row["kind"] == "register"
        and (_mounted(before, row["id"]), old.get(row["id"])) != (_mounted(after, row["id"]), new[row["id"]])
    ]


def _versions(registry: Registry) -> dict[str, list[Any]]:
    """What the intervals of each point depend on, from each of its days on."""
    found: dict[str, list[Any]] = {}
    for version in versions_of(registry.tables):
        row = version.row
        found.setdefault(version.id, []).append((version.since, row["medium"], row["unit"], row["period"]))
    return found


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
    gaps: list[tuple[int, int, datetime, datetime, str]],
    batch: int,
    found: datetime,
) -> None:
    """Flag the spans, and take back periods made earlier that a corrected register has made unknowable."""
    for point, period, start, stop, why in gaps:
        connection.execute(
            "INSERT INTO flag (point, period, start, until, kind, value, expected, found, proposal) "
            "SELECT $1, $2, $3, $4, 'register', NULL, NULL, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM flag "
            "WHERE point = $1 AND period = $2 AND start = $3 AND until = $4 AND kind = 'register')",
            [point, period, start, stop, found, why],
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
    made: list[Made],
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
