"""Largest plausible amount of each point, learnt from its own history by robust statistics."""

from collections.abc import Sequence

import duckdb

LEAST_HISTORY = 48
"""Readings that a point must have before its history bounds anything: a first value is never doubted."""

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


_LEARNT = f"""
    SELECT d.point, {MAGNITUDE} * quantile_cont(d.high, 0.9) * 60 / d.period
    FROM day_sum d JOIN point p ON p.number = d.point AND p.period = d.period
    WHERE d.point IN (SELECT unnest($1)) AND d.period BETWEEN 1 AND 1440 AND d.high IS NOT NULL
      AND d.day >= (SELECT max(day) FROM day_sum) - {HISTORY_DAYS}
    GROUP BY d.point, d.period HAVING sum(d.count) >= {LEAST_HISTORY} AND quantile_cont(d.high, 0.9) > 0"""
