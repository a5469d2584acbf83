"""Cache of what readings are judged by, read from the store once and kept while nothing but readings is
written: points, and the largest
plausible amount of each, learnt from its own history by robust statistics.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import duckdb
import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import midnight, utc_now
from dafeng.metering.store.reading_columns import microseconds
from dafeng.metering.store.sql import LOCAL_DAY, first_row

ALWAYS = np.iinfo(np.int64).max
"""A moment after all others [µs]."""


@dataclass(frozen=True, eq=False)
class Points:
    """The metering points side by side. The last place of every column is no point: what an unknown id leads
    to.

    `own` is the period in minutes, 0 for registers; `valid_from` and `valid_to` are in µs since 1970 UTC;
    `most` is the rated maximum per hour, or where none is given what the point's history allows
    (`is_learnt`), else infinite; `unit` is a place in `units`. An id leads to the first version of its point; from
    `until` [µs] on the one at `following` is in force.
    """

    place: Mapping[str, int]
    number: NDArray[np.int32]
    own: NDArray[np.int32]
    is_virtual: NDArray[np.bool_]
    is_retired: NDArray[np.bool_]
    is_synthetic: NDArray[np.bool_]
    most: NDArray[np.float64]
    valid_from: NDArray[np.int64]
    valid_to: NDArray[np.int64]
    owner: NDArray[np.object_]
    is_learnt: NDArray[np.bool_]
    unit: NDArray[np.int64]
    units: tuple[str, ...]
    following: NDArray[np.int64]
    until: NDArray[np.int64]

    @cached_property
    def has_versions(self) -> bool:
        """Check whether any point has more than one version."""
        return bool(np.any(self.until != ALWAYS))


@dataclass(eq=False)
class Known:
    """Points, closed months (months since 1970) and the number of the newest batch; `unbounded` are numbers of points, rising,
    that neither a rated maximum nor a history bounds.
    """

    points: Points
    closed: NDArray[np.int64]
    last_batch: int
    day: date
    unbounded: NDArray[np.int32]
    missing: NDArray[np.int64]

    def is_out_of_date(self) -> bool:
        """Check whether bounds are to be learnt again: on a new day, and where a point without one may have a history
        by now.
        """
        return self.day != utc_now().date() or bool(np.any(self.missing <= 0))

    def note(self, points: NDArray[np.int32]) -> None:
        """Note that good readings above zero of `points` (numbers) were stored: these have fewer `missing` for a history."""
        if self.unbounded.size:
            place = np.searchsorted(self.unbounded, points).clip(max=len(self.unbounded) - 1)
            np.subtract.at(self.missing, place[self.unbounded[place] == points], 1)

    def widen(self, points: NDArray[np.int32], factor: float) -> None:
        """Multiply the bounds of `points` that were learnt from the batch which is being stored; the next one learns anew."""
        self.points.most[np.isin(self.points.number, points) & self.points.is_learnt] *= factor
        self.day = date.min


_POINTS = f"""
SELECT id, number, CASE WHEN kind = 'register' THEN 0 ELSE period END AS own, kind = 'virtual' AS is_virtual,
  kind = 'retired' AS is_retired, coalesce(synthetic, false) AS is_synthetic,
  coalesce(rated_max, 'inf'::DOUBLE) AS most, coalesce(epoch_us(valid_from), {-ALWAYS}) AS valid_from,
  coalesce(epoch_us(valid_to), {ALWAYS}) AS valid_to, owner, unit, since
FROM point UNION ALL
SELECT NULL, -1, 0, false, false, false, 'inf'::DOUBLE, {-ALWAYS}, {ALWAYS}, NULL, NULL, NULL ORDER BY number = -1, number"""


def read_known(connection: duckdb.DuckDBPyConnection, learnt: Mapping[int, float] | None = None) -> Known:
    """Read the current points, closed months and newest batch of the store; `learnt` are the largest plausible amounts
    where their history is elsewhere.
    """
    table = connection.sql(_POINTS).to_arrow_table()
    columns = {
        name: table.column(name).to_numpy().copy()
        for name in table.column_names
        if name not in {"id", "since"}
    }
    columns |= {
        "number": columns["number"].astype(np.int32),
        "own": np.nan_to_num(columns["own"]).astype(np.int32),
    }
    if learnt is None:
        learnt = learnt_maxima(connection, columns["number"][np.isinf(columns["most"])].tolist())
    columns["is_learnt"] = (
        np.isin(columns["number"], list(learnt)) if learnt else np.zeros(len(columns["number"]), bool)
    )
    for place in np.flatnonzero(columns["is_learnt"]).tolist():
        columns["most"][place] = learnt[int(columns["number"][place])]
    unbounded = np.sort(columns["number"][np.isinf(columns["most"]) & (columns["number"] >= 0)])
    units, columns["unit"] = np.unique(columns["unit"].astype(str), return_inverse=True)
    ids = table.column("id").to_pylist()[:-1]
    first, following, until = _chained(ids, table.column("since").to_pylist())
    closed = connection.execute("SELECT DISTINCT month FROM archive WHERE reopened IS NULL").fetchnumpy()[
        "month"
    ]
    last = first_row(connection, "SELECT coalesce(max(id), 0) FROM batch")[0]
    return Known(
        Points(first, **columns, units=tuple(units.tolist()), following=following, until=until),
        np.asarray(closed, "datetime64[M]").astype(np.int64), int(last), utc_now().date(), unbounded, _missing(connection, unbounded),
    )  # fmt: skip


def _missing(connection: duckdb.DuckDBPyConnection, unbounded: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many readings above zero each point lacks at most for a history; all of them where what it has bounds nothing."""
    missing = np.full(len(unbounded), LEAST_HISTORY)
    if unbounded.size:
        stored = connection.execute(_COUNTED, [unbounded.tolist()]).fetchnumpy()
        left = LEAST_HISTORY - np.asarray(stored["count"], np.int64)
        missing[np.searchsorted(unbounded, np.asarray(stored["point"]))] = np.where(
            left > 0, left, LEAST_HISTORY
        )
    return missing


def _chained(
    ids: list[str], since: list[date | None]
) -> tuple[dict[str, int], NDArray[np.int64], NDArray[np.int64]]:
    """The place of the first version of each id, the place of the version that follows each, and when it does."""
    following, until = np.arange(len(ids) + 1), np.full(len(ids) + 1, ALWAYS)
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for place in sorted(range(len(ids)), key=lambda place: since[place] or date.min):
        day = since[place]
        if ids[place] in last and day is not None:
            following[last[ids[place]]] = place
            until[last[ids[place]]] = microseconds(midnight(day))
        first.setdefault(ids[place], place)
        last[ids[place]] = place
    return first, following, until


LEAST_HISTORY = 48
"""Readings that a point must have before its history bounds anything: a first value is never doubted."""

RELEASED_MAGNITUDE = 2.0
"""What a person has released on two days makes so many times it plausible."""

HISTORY_DAYS = 400
"""Newest days that count as history: a year, so that a season is not new."""

MAGNITUDE = 10.0
"""A value above so many times the 90th percentile of the daily maxima is another magnitude: digits, units, a
reset. The percentile is robust against a tenth of days with spikes, and follows a plant that grows."""


def learnt_maxima(connection: duckdb.DuckDBPyConnection, points: Sequence[int]) -> dict[int, float]:
    """Return the largest plausible amount per hour of each of `points`, learnt from its day sums; none
    without history.
    """
    if not points:
        return {}
    rows = connection.execute(_LEARNT, [sorted(set(points))]).fetchall()
    return dict(rows)


_OPERATING = f"""
    FROM day_sum d JOIN point p ON p.number = d.point AND p.period = d.period
    WHERE d.point IN (SELECT unnest($1)) AND d.period BETWEEN 1 AND 1440 AND d.high > 0
      AND d.day >= (SELECT max(day) FROM day_sum) - {HISTORY_DAYS}
    GROUP BY d.point, d.period"""
"""Days on which something was used: a point that stands still most of the time is bounded by the others."""

_COUNTED = f"SELECT d.point, CAST(sum(d.count) AS BIGINT) AS count {_OPERATING}"

_CONFIRMED = f"""
    SELECT point, period, list_reverse_sort(list(high))[2] AS high FROM (
      SELECT point, period, {LOCAL_DAY} AS day, max(value) AS high FROM release
      JOIN readings USING (point, period, start) JOIN point p ON p.number = point
      WHERE point IN (SELECT unnest($1)) AND p.kind = 'interval' AND (flags & 128) <> 0
      GROUP BY ALL) GROUP BY point, period"""
"""What a person has released on two days at least: the second largest of the days."""

_LEARNT = f"""
    WITH own AS (SELECT d.point, d.period, {MAGNITUDE} * quantile_cont(d.high, 0.9) AS most {_OPERATING}
      HAVING sum(d.count) >= {LEAST_HISTORY})
    SELECT point, greatest(most, coalesce({RELEASED_MAGNITUDE} * c.high, 0)) * 60 / period
    FROM own LEFT JOIN ({_CONFIRMED}) c USING (point, period)"""
