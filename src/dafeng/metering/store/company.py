"""Plausibility of a point that neither a rated maximum nor a history bounds: its readings are judged by each other.

Those of one file are, and as long as a point has few also all that are stored: the outcome does not depend on how
they were divided into batches. What stands alone at first and goes on, or comes again, is released by itself.
"""

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dafeng.evidence import midnight
from dafeng.metering.store.day_sums import remake
from dafeng.metering.store.point_cache import LEAST_HISTORY
from dafeng.metering.store.reading_columns import Readings, joined
from dafeng.metering.store.sql import LOCAL_DAY, first_row, run
from dafeng.metering.store.store import (
    FLAG_IMPLAUSIBLE,
    FLAG_NEGATIVE,
    FLAG_QUARANTINED,
    FLAG_RELEASED,
    FLAG_SENDER,
)
from dafeng.metering.store.upsert import forget_latest

LEAST_COMPANY = 8
"""Amounts above zero that must lie side by side before one of them is judged by the others, where there is no
history."""

COMPANY_MAGNITUDE = 100.0
"""Without history a value above so many times the upper quartile of its company is held back: a unit (Wh, MWh: 1,000)
or digits. Wider than `MAGNITUDE`: a few hours may be those before work begins."""


def company_maxima(group: NDArray[np.integer], value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the largest plausible value at each place by the others of its `group`, which lie in one file.

    Parameters
    ----------
    group, value
        Group and amount at each place; amounts that are not above zero are nobody's company.

    Returns
    -------
    NDArray
        `COMPANY_MAGNITUDE` times the upper quartile of the group, infinite with fewer than `LEAST_COMPANY`, and where no
        value of the group is above it. The quartile is robust against spikes in a quarter of the values.
    """
    most = np.full(len(value), np.inf)
    above = np.flatnonzero(value > 0)
    if len(above) < LEAST_COMPANY:
        return most
    above = above[_has_another_magnitude(group[above], value[above])[group[above]]]
    if not above.size:
        return most
    order = above[np.lexsort((value[above], group[above]))]
    _, begin, which, count = np.unique(
        group[order], return_index=True, return_inverse=True, return_counts=True
    )
    usual = value[order[begin + 3 * (count - 1) // 4]]
    most[order] = (COMPANY_MAGNITUDE * usual)[which]
    return most


def _has_another_magnitude(group: NDArray[np.integer], value: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the largest value of each group may be above `COMPANY_MAGNITUDE` times its upper quartile: so few others come
    near a hundredth of it. Counting is many times faster than sorting, and nearly no group has one.
    """
    count = np.bincount(group)
    largest = np.zeros(len(count))
    np.maximum.at(largest, group, value)
    near = np.bincount(group[value * COMPANY_MAGNITUDE > largest[group] * _ROUNDED], minlength=len(count))
    return (count >= LEAST_COMPANY) & (near <= count - 1 - 3 * (count - 1) // 4)


_ROUNDED = 1 + 1e-9


THOUSANDFOLD = 300.0, 3000.0
"""Levels so many times apart differ by a unit (Wh, kWh, MWh) rather than by what is used."""


def leaps(
    group: NDArray[np.integer], start: NDArray[np.int64], value: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which values are of another magnitude than those of their `group`.

    Parameters
    ----------
    group, start, value
        Group, time in any unit, and amount at each place.

    Returns
    -------
    NDArray
        True above `company_maxima`, and from the time on at which all values are `THOUSANDFOLD` those before, of which
        there are at least `LEAST_COMPANY`: a point that goes on in another unit. Where the old level comes back it is
        operation, and only the quartile counts. Never true for the first of a group.
    """
    wrong = value > company_maxima(group, value)
    above = np.flatnonzero(value > 0)
    if len(above) > LEAST_COMPANY:
        order = above[np.lexsort((start[above], group[above]))]
        for own in _apart(group[order], np.log(value[order])):
            run = order[own]
            level = float(
                np.median(value[run]) / np.median(value[order[own.start - LEAST_COMPANY : own.start]])
            )
            if THOUSANDFOLD[0] <= level <= THOUSANDFOLD[1]:
                wrong[run] = True
    first = np.full(int(group.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, group, start)
    late: NDArray[np.bool_] = start > first[group]
    return wrong & late


def _apart(group: NDArray[np.integer], level: NDArray[np.float64]) -> list[slice]:
    """The values of each group, in the order of time, from where on all are `COMPANY_MAGNITUDE` times those before.

    `level` is the logarithm of the values. Levels are shifted by group, so that the largest until now and the smallest
    from here on never reach over groups.
    """
    _, begin, which, count = np.unique(group, return_inverse=True, return_index=True, return_counts=True)
    shift = which * (np.ptp(level) + 1.0)
    highest = np.maximum.accumulate(level + shift) - shift
    lowest = np.minimum.accumulate((level + shift)[::-1])[::-1] - shift
    ahead = np.arange(len(level)) - begin[which]
    parts = np.flatnonzero(
        (ahead[1:] >= LEAST_COMPANY) & (lowest[1:] - highest[:-1] > np.log(COMPANY_MAGNITUDE))
    ) + 1  # fmt: skip
    ends = (begin + count)[which[parts]]
    return [slice(part, end) for part, end in zip(parts.tolist(), ends.tolist(), strict=True)]


def hold_leaps(
    connection: duckdb.DuckDBPyConnection, batch: int, parts: Sequence[Readings], unbounded: NDArray[np.int32]
) -> int:
    """Judge the points of `parts` anew that are `unbounded` and have few readings, by all that are stored of them.

    Readings of closed months stay as they are, and so does what a person has released. Call after they are stored.

    Returns
    -------
    How many are held back now that were not.
    """
    sent = (
        [part.at((part.period > 0) & np.isin(part.point, unbounded)) for part in parts]
        if unbounded.size
        else []
    )
    points = np.unique(joined(sent).point) if any(map(len, sent)) else np.empty(0, np.int32)
    if not points.size:
        return 0
    table = pa.table({"point": points})
    first, last = first_row(connection, f"SELECT min(first), max(last) FROM ({_FEW})", None, table)
    if first is None:
        return 0
    span = {"first": midnight(first), "last": midnight(last)}
    stored = {
        name: np.asarray(column)
        for name, column in run(connection, _STORED, span, table).fetchnumpy().items()
    }
    start = stored["start"].astype("datetime64[us]").astype(np.int64)
    flags = stored["flags"].astype(np.int64)
    wrong = leaps(np.searchsorted(points, stored["point"]), start, stored["value"])
    before = flags & FLAG_IMPLAUSIBLE != 0
    changed = np.flatnonzero((wrong != before) & (flags & FLAG_RELEASED == 0))
    if not changed.size:
        return 0
    _judge_otherwise(
        connection, batch, {name: column[changed] for name, column in stored.items()}, wrong[changed]
    )
    return int(np.count_nonzero(wrong[changed]))


def _judge_otherwise(
    connection: duckdb.DuckDBPyConnection, batch: int, stored: dict[str, Any], wrong: NDArray[np.bool_]
) -> None:
    """Hold back those of `stored` that are `wrong`, and release the others; as they were, they are kept as revisions."""
    flags = stored["flags"].astype(np.int64)
    bits = FLAG_IMPLAUSIBLE | FLAG_QUARANTINED
    renewed = pa.table(stored | {"flags": np.where(wrong, flags | bits, flags & ~bits)})
    number = {"batch": batch}
    run(
        connection,
        "INSERT INTO revision SELECT r.*, $batch, 'withdrawn' FROM reading r JOIN sent ON r.rowid = sent.id WHERE r.batch <> $batch",
        number,
        renewed,
    )
    run(
        connection,
        "UPDATE reading SET flags = sent.flags, batch = $batch FROM sent WHERE reading.rowid = sent.id",
        number,
        renewed,
    )
    days = f"SELECT DISTINCT point, period, {LOCAL_DAY} AS day FROM sent"
    run(connection, f"CREATE OR REPLACE TEMP TABLE judged AS {days}", None, renewed)
    remake(connection, batch, "SELECT point, period, day FROM judged")
    forget_latest(
        connection, "SELECT point, period, start FROM latest SEMI JOIN judged USING (point, period)"
    )


_FEW = f"""
SELECT d.point, d.period, min(d.day) AS first, max(d.day) + 1 AS last
FROM day_sum d JOIN point p ON p.number = d.point AND p.period = d.period
WHERE d.point IN (SELECT point FROM sent) AND p.kind = 'interval' AND p.period <= 1440
GROUP BY d.point, d.period HAVING coalesce(sum(d.count) FILTER (d.high > 0), 0) < {LEAST_HISTORY}"""
_STORED = f"""
SELECT r.rowid AS id, r.point, r.period, r.start, r.value, r.flags FROM reading r JOIN ({_FEW}) f USING (point, period)
WHERE r.start >= $first AND r.start < $last AND (r.flags & {FLAG_NEGATIVE | FLAG_SENDER}) = 0
QUALIFY r.value > 0 OR r.start = min(r.start) OVER (PARTITION BY r.point)"""
