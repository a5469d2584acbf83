"""Readings side by side, as the store keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dafeng.evidence import UTC8_US

MINUTE_US = 60_000_000
MONTH = 43200
"""Minutes by which the period of a monthly statement is named, whatever its length."""

DAY_US = 1440 * MINUTE_US


@dataclass(frozen=True, eq=False, slots=True)
class Readings:
    """Columns of equal length: number of the point, period [min], start [µs since 1970 UTC], day at UTC+8
    [days since 1970], slot of the day, value in the unit of the point, code of the origin, flags, version.
    """

    point: NDArray[np.int32]
    period: NDArray[np.int32]
    start: NDArray[np.int64]
    day: NDArray[np.int32]
    slot: NDArray[np.int32]
    value: NDArray[np.float64]
    origin: NDArray[np.uint8]
    flags: NDArray[np.uint16]
    version: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.point)

    def at(self, which: Any) -> "Readings":
        """Select those at the places, or with the mask, `which`."""
        return Readings(*(getattr(self, field.name)[which] for field in fields(self)))

    def table(self, **more: Any) -> pa.Table:
        """Return the columns, and `more`, for the engine."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        columns |= {"start": self.start.view("datetime64[us]"), "day": pa.array(self.day).cast(pa.date32())}
        return pa.table(columns | more)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Return when the first and the last begin, in UTC."""
        return moment(int(self.start.min())), moment(int(self.start.max()))


@dataclass(frozen=True, eq=False, slots=True)
class Periods:
    """Set of periods: of each the place of its point and length in `series`, and of its start in `starts`, as one number."""

    series: NDArray[np.int64]
    starts: NDArray[np.int64]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, readings: Readings) -> "Periods":
        """Return the periods of `readings`."""
        series, place = np.unique(_series(readings.point, readings.period), return_inverse=True)
        starts, at = np.unique(readings.start, return_inverse=True)
        return cls(series, starts, np.unique(place * len(starts) + at))

    def hold(
        self, point: NDArray[np.int32], period: NDArray[np.int32], start: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Check which of the periods given are in the set."""
        own = _series(point, period)
        place, at = np.searchsorted(self.series, own), np.searchsorted(self.starts, start)
        near = np.minimum(place, len(self.series) - 1), np.minimum(at, len(self.starts) - 1)
        there: NDArray[np.bool_] = (self.series[near[0]] == own) & (self.starts[near[1]] == start)
        return there & np.isin(near[0] * len(self.starts) + near[1], self.numbers)


def _series(point: NDArray[np.int32], period: NDArray[np.int32]) -> NDArray[np.int64]:
    return point.astype(np.int64) * (MONTH + 1) + period


def joined(parts: Sequence[Readings]) -> Readings:
    """Concatenate all of `parts`, at least one, in their order."""
    if len(parts) == 1:
        return parts[0]
    return Readings(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Readings))
    )


def moment(microseconds: int) -> datetime:
    """Convert a time in µs since 1970 UTC to that of the engine."""
    return datetime(1970, 1, 1) + timedelta(microseconds=microseconds)  # noqa: DTZ001 - the store's UTC


def microseconds(at: datetime) -> int:
    """Convert a time of the engine to µs since 1970 UTC, the reverse of `moment`."""
    return (at - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001 - the store's UTC


def version_at(received: datetime) -> int:
    """Return the version of readings whose sender gives none: the milliseconds of their receipt."""
    return microseconds(received) // 1000


def days_and_slots(
    start: NDArray[np.int64], period: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Compute the day at UTC+8 of each [days since 1970], and which period of it; 0 for registers and
    months.
    """
    period = uniform(period)
    local = start + UTC8_US
    day = local // DAY_US
    in_day = (period >= 1) & (period <= 1440)
    slot = (local - day * DAY_US) // (np.where(in_day, period, 1440).astype(np.int64) * MINUTE_US)
    return day.astype(np.int32), np.where(in_day, slot, 0).astype(np.int32)


def uniform(column: NDArray[Any]) -> NDArray[Any]:
    """Return one number where all are the same: it is spread over rows, and dividing by one is many
    times faster.
    """
    return column[:1] if len(column) and np.all(column == column[0]) else column
