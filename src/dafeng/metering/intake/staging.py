"""Staging of one chunk of a batch, checked row by row: typed, snapped to its period, and stored or refused
for every reason there is.

The chunk is an Arrow table with `row`, `point`, `start`, `value` and optionally `period`, `unit`, `origin`,
`version`; cells are text (CSV, JSON, XLSX) or typed (Parquet). A time without an offset is Beijing time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dafeng.evidence import UTC8_US
from dafeng.metering.intake.cell_parsing import (
    BAD,
    EMPTY,
    NEVER,
    UNKNOWN,
    Wholes,
    Words,
    coded,
    moments,
    numbers,
    scales,
    wholes,
    without_unit,
    words,
)  # fmt: skip
from dafeng.metering.intake.period_labels import (
    dates_alone,
    ends_of,
    has_label_of_end,
    is_otherwise_long,
    other_zone,
    until_of,
)
from dafeng.metering.intake.rejected_rows import Refusal, Refusals, refuse_second_heading
from dafeng.metering.store.company import LEAST_COMPANY, leaps
from dafeng.metering.store.point_cache import ALWAYS, Known, Points
from dafeng.metering.store.reading_columns import (
    DAY_US,
    MINUTE_US,
    MONTH,
    Periods,
    Readings,
    days_and_slots,
    microseconds,
    uniform,
    version_at,
)  # fmt: skip
from dafeng.metering.store.store import (
    FLAG_IMPLAUSIBLE,
    FLAG_NEGATIVE,
    FLAG_QUARANTINED,
    FLAG_RANGE,
    FLAG_SENDER,
    FLAG_SNAPPED,
    FLAG_UNIT,
    FLAG_VERSIONED,
    ORIGINS,
)

CLOCK_AHEAD = timedelta(hours=1)
"""A period may begin this much after the moment of receipt."""

_SYNTHETIC = ORIGINS.index("synthetic")


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of an interface: `owners` limits a key to its units; `max_age` bounds late readings; nothing begins after
    `now`, the ledger's own time, which may be later than the machine's at which it was `received`; `contested` are
    periods for which the batch has two values.
    """

    received: datetime
    now: datetime
    owners: frozenset[str] | None = None
    max_age: timedelta | None = None
    contested: Periods | None = None


@dataclass(frozen=True, eq=False)
class Staged:
    """Staged readings of a chunk, piece by piece: readings that can be stored, and the rows that cannot."""

    readings: tuple[Readings, ...]
    refusals: tuple[Refusals, ...]

    @property
    def refused(self) -> int:
        return sum(part.count for part in self.refusals)

    @property
    def quarantined(self) -> int:
        return sum(int(np.count_nonzero(part.flags & FLAG_QUARANTINED)) for part in self.readings)

    @property
    def synthetic(self) -> int:
        return sum(int(np.count_nonzero(part.origin == _SYNTHETIC)) for part in self.readings)

    def conflicts(self, places: NDArray[np.intp], limit: int) -> list[Refusal]:
        """Return the refusals of the first `limit` readings at `places`, which contradict another of
        their batch.
        """
        found: list[Refusal] = []
        begin = 0
        for readings, part in zip(self.readings, self.refusals, strict=True):
            inside = places[(places >= begin) & (places < begin + len(readings))] - begin
            against = np.zeros(len(part.rows), bool)
            against[np.flatnonzero(~part.rows)[inside]] = True
            found += replace(part, against={"conflict": against}, rows=against).listed(limit - len(found))
            begin += len(readings)
        return found[:limit]

    def listed(self, limit: int) -> list[Refusal]:
        """List every reason against the first `limit` refused rows."""
        found: list[Refusal] = []
        for part in self.refusals:
            rows = min(part.count, limit)
            found += part.listed(rows)
            limit -= rows
        return found


PIECE = 1 << 17
"""Rows checked at once: columns of so many stay in the caches and in memory that is in use already."""


def stage(connection: duckdb.DuckDBPyConnection, chunk: pa.Table, rules: Rules, known: Known) -> Staged:
    """Check `chunk`. The connection reads what is not written plainly."""
    batches = chunk.to_batches(PIECE)
    if len(batches) > 2 + 2 * chunk.num_rows // PIECE:  # put small ones together
        batches = chunk.combine_chunks().to_batches(PIECE)
    pieces = [pa.Table.from_batches([batch]) for batch in batches] or [chunk]
    checked = [_checked(connection, piece, rules, known) for piece in pieces]
    staged = Staged(*zip(*checked, strict=True))
    if known.unbounded.size:
        _hold_leaps(staged.readings, known)
    return staged


def _checked(
    connection: duckdb.DuckDBPyConnection, piece: pa.Table, rules: Rules, known: Known
) -> tuple[Readings, Refusals]:
    rows = _Rows.read(connection, piece, known.points)
    against = _reasons(rows, rules, known)
    unlike = against["point"] & against["start"] & against["value"]
    if unlike.any():
        refuse_second_heading(piece, unlike)
    wrong = np.zeros(piece.num_rows, bool)
    for stands in against.values():
        wrong |= stands
    return rows.readings(~wrong, rules), Refusals(piece, against, wrong)


@dataclass(frozen=True, eq=False)
class _Rows:
    """The columns of a chunk with their types; `place` leads to the point, `label` and `start` are in µs
    since 1970 UTC, `value` is what was `sent` by its `scale` in the unit of the point.
    """

    points: Points
    place: NDArray[np.int64]
    period: NDArray[np.int32]
    label: NDArray[np.int64]
    start: NDArray[np.int64]
    sent: NDArray[np.float64]
    scale: NDArray[np.float64] | None
    value: NDArray[np.float64]
    origin: NDArray[np.int64] | None
    version: Wholes | None
    quality: NDArray[np.int64] | None
    stated: NDArray[np.bool_]
    blank: NDArray[np.bool_] | None
    end: NDArray[np.int64] | None
    dated: NDArray[np.bool_] | None
    zone: NDArray[np.bool_] | None
    ended: NDArray[np.bool_] | None

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, chunk: pa.Table, points: Points) -> "_Rows":
        def texts(name: str) -> Words | None:
            return words(connection, chunk.column(name)) if name in chunk.column_names else None

        quality = texts("quality")
        names = words(connection, chunk.column("point"))
        place = names.coded(map(points.place.get, names.texts, repeat(len(points.number) - 1)))
        said = texts("period")
        code = None if said is None else coded(said, "period")
        period, label, start = _times(connection, chunk, points.own[place], code)
        if points.has_versions:
            place = _in_force(points, place, np.where(label == NEVER, ALWAYS - 1, start))
            period, label, start = _times(connection, chunk, points.own[place], code)
        sent, unit, origin = numbers(connection, chunk.column("value")), texts("unit"), texts("origin")
        scale = None if unit is None else scales(unit, points.units, points.unit[place])
        return cls(
            points, place, period, label, start, sent, scale, sent if scale is None else sent * scale,
            None if origin is None else coded(origin, "origin"),
            wholes(connection, chunk.column("version")) if "version" in chunk.column_names else None,
            None if quality is None else coded(quality, "quality"),
            np.zeros(0, bool) if unit is None else unit.coded(map(bool, unit.texts)).astype(bool),
            None if unit is None or scale is None else without_unit(chunk.column("unit"), unit, place, scale),
            ends_of(connection, chunk, period), dates_alone(connection, chunk), other_zone(connection, chunk),
            has_label_of_end(connection, chunk, period, label - start),
        )  # fmt: skip

    def readings(self, kept: NDArray[np.bool_], rules: Rules) -> Readings:
        """Return the rows that are `kept` as readings of the store."""
        which: Any = slice(None) if kept.all() else kept
        place, period, start, value = (
            one[which] for one in (self.place, self.period, self.start, self.value)
        )
        origin = np.zeros(len(place), np.uint8)
        if self.origin is not None:
            origin[:] = np.maximum(self.origin[which], 0)
        origin[self.points.is_synthetic[place]] = _SYNTHETIC
        version = np.full(len(place), version_at(rules.received))
        learnt = self.points.is_learnt[place] if self.points.is_learnt.any() else None
        flags = _flags(value, self.points.most[place], learnt, period, self.label[which] != start)
        if self.version is not None:
            given = self.version.given[which]
            version = np.where(given, self.version.values[which], version)
            flags[given] |= FLAG_VERSIONED
        if self.scale is not None:
            flags[self.stated[which]] |= FLAG_UNIT
        if self.quality is not None:
            flags[self.quality[which] == BAD] |= FLAG_SENDER | FLAG_QUARANTINED
        return Readings(
            self.points.number[place], period, start, *days_and_slots(start, period), value, origin,
            flags, version,
        )  # fmt: skip


def _times(
    connection: duckdb.DuckDBPyConnection,
    chunk: pa.Table,
    own: NDArray[np.int32],
    code: NDArray[np.int64] | None,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Period of each row, the time of its label and the beginning of the period; `code` is the period as sent."""
    until = until_of(chunk) if "until" in chunk.column_names else None
    if code is not None and until is not None:  # of a wide table: a register is read at each of its times
        code = np.where((own == 0) & (until != UNKNOWN), EMPTY, code)
    period = own if code is None else np.where(code == EMPTY, own, code).astype(np.int32)
    label = moments(connection, chunk.column("start"), period)
    if until is not None:  # labelled by the end of the period; a register is read at its label
        ends = (until == 1) & (period > 0) & (period <= 1440) & (label != NEVER)
        label = label - np.where(ends, period.astype(np.int64) * MINUTE_US, 0)
    return period, label, _snapped(label, period)


def _in_force(points: Points, place: NDArray[np.int64], start: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of the versions that are in force at `start`, the last ones where no time was read by the first."""
    while np.any(later := points.until[place] <= start):
        place = np.where(later, points.following[place], place)
    return place


def _snapped(label: NDArray[np.int64], period: NDArray[np.int32]) -> NDArray[np.int64]:
    """The beginning of the period that is nearest to the label; of months, the month half of which has
    begun.
    """
    period = uniform(period)
    step = np.maximum(period, 1).astype(np.int64) * MINUTE_US
    start = (label + (UTC8_US + step // 2)) // step * step - UTC8_US
    if np.any(period <= 0):
        start = np.where(period <= 0, label, start)
    if np.any(period == MONTH):
        middle = (label + (UTC8_US + 15 * DAY_US)).astype("datetime64[us]")
        month = middle.astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)
        start = np.where(period == MONTH, month - UTC8_US, start)
    return start


def _reasons(rows: _Rows, rules: Rules, known: Known) -> dict[str, NDArray[np.bool_]]:
    """Reason → the rows to which it applies.

    Of a row whose point is unknown only point, start and value are reported; of a start only where the period
    fits.
    """
    points, place, period = known.points, rows.place, rows.period
    unknown = place == len(points.number) - 1
    if rules.owners is not None:
        unknown |= ~np.isin(points.owner, list(rules.owners))[place]
    lost, own = rows.label == NEVER, points.own[place]
    misfit = (period != own) & ~(((period == 1440) | (period == MONTH)) & (own < period))
    told = {"virtual": points.is_virtual[place], "retired": points.is_retired[place], "period": misfit}
    if rows.dated is not None:
        told["dated"] = rows.dated & ~lost & (period > 0) & (period < 1440)
    if rows.zone is not None:
        told["zone"] = rows.zone
    bad_value = ~np.isfinite(rows.value)
    if rows.scale is not None:
        told["unit"] = np.isnan(rows.scale)
        if rows.blank is not None:
            told["unstated"] = rows.blank
        bad_value = ~np.isfinite(rows.sent) | (bad_value & ~told["unit"])
    if rows.origin is not None:
        told["origin"] = rows.origin == UNKNOWN
        other = (rows.origin != _SYNTHETIC) & (rows.origin != EMPTY)
        told["synthetic"] = points.is_synthetic[place] & other
    if rows.quality is not None:
        told["quality"] = rows.quality == UNKNOWN
    if rows.version is not None:
        told["version"] = rows.version.given & (rows.version.values < 0)
    told = {name: stands & ~unknown for name, stands in told.items()}
    fits = ~(unknown | lost | misfit)
    told |= {name: stands & fits for name, stands in _of_start(rows, rules, known).items()}
    return {"point": unknown, "start": lost, "value": bad_value} | told


def _of_start(rows: _Rows, rules: Rules, known: Known) -> dict[str, NDArray[np.bool_]]:
    """Possible reasons against a start."""
    points, start = known.points, rows.start
    found = {"future": start > microseconds(rules.now + CLOCK_AHEAD)}
    moved = rows.label - start
    if moved.any():
        period = uniform(rows.period)  # a day or month labelled before it begins bears the label of its end
        least = np.where(period >= 1440, 0, -MINUTE_US)
        found["grid"] = (moved < least) | (moved > np.where(period == MONTH, DAY_US, MINUTE_US))
    if rows.ended is not None:
        found["grid"] = found.get("grid", False) | rows.ended
    if rows.end is not None:
        found["end"] = is_otherwise_long(rows.label, rows.end, rows.period)
    if start.size and not (points.valid_from.max() <= start.min() and start.max() < points.valid_to.min()):
        place = rows.place
        found["validity"] = (start < points.valid_from[place]) | (start >= points.valid_to[place])
    if rules.max_age:
        found["age"] = start < microseconds(rules.received - rules.max_age)
    if rules.contested is not None:
        found["conflict"] = rules.contested.hold(points.number[rows.place], rows.period, start)
    if known.closed.size:
        months = (start + UTC8_US).astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        found["closed"] = np.isin(months, known.closed)
    return found


def _hold_leaps(parts: Sequence[Readings], known: Known) -> None:
    """Hold back values of another magnitude than the others of their point, where neither a rated maximum nor a history
    bounds it.
    """
    points = known.points
    judged = points.number[np.isinf(points.most) & (points.own > 0) & (points.own <= 1440)]
    own = np.full(int(points.number.max()) + 1, -1)
    own[points.number[:-1]] = points.own[:-1]
    which = [np.flatnonzero(np.isin(part.point, judged) & (part.period == own[part.point])) for part in parts]
    if sum(map(len, which)) < LEAST_COMPANY:
        return
    point, start, value = (
        np.concatenate([getattr(part, name)[places] for part, places in zip(parts, which, strict=True)])
        for name in ("point", "start", "value")
    )
    wrong = leaps(point, start, value)
    for part, places in zip(parts, which, strict=True):
        mine, wrong = wrong[: len(places)], wrong[len(places) :]
        part.flags[places[mine]] |= _UNLIKE_OTHERS


_UNLIKE_OTHERS = FLAG_IMPLAUSIBLE | FLAG_QUARANTINED


def _flags(
    value: NDArray[np.float64], most: NDArray[np.float64], learnt: NDArray[np.bool_] | None, period: NDArray[np.int32],
    moved: NDArray[np.bool_],
) -> NDArray[np.uint16]:  # fmt: skip
    """Flags of each value; `most` is the rated maximum per hour, or the learnt one."""
    period = uniform(period)
    flags = np.zeros(len(value), np.uint16)
    flags[moved] = FLAG_SNAPPED
    flags[(value > most * np.where(period == MONTH, 744, np.maximum(period, 1) / 60)) & (period > 0)] = (
        _BEYOND
    )
    if learnt is not None:
        flags[(flags & FLAG_RANGE != 0) & learnt] = _UNLIKE_OTHERS
    flags[value < 0] = FLAG_NEGATIVE | FLAG_QUARANTINED
    return flags


_BEYOND = FLAG_RANGE | FLAG_QUARANTINED
