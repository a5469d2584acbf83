"""Labels of periods beside their start: the end that a sender states, dates without a time of day, times of wide
tables that are ends.
"""

import re

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dafeng.metering.intake.cell_parsing import NEVER, UNKNOWN, moments, words
from dafeng.metering.store.reading_columns import DAY_US, MINUTE_US, MONTH


def until_of(chunk: pa.Table) -> NDArray[np.int8]:
    """Whether a time of a wide table is the end of its period (1 or 0); `UNKNOWN` for rows of other sheets."""
    found: NDArray[np.int8] = pc.fill_null(chunk.column("until").cast(pa.int8()), UNKNOWN).to_numpy()
    return found


_GIVEN_BUT_NONE = NEVER + 1


def ends_of(
    connection: duckdb.DuckDBPyConnection, chunk: pa.Table, period: NDArray[np.int32]
) -> NDArray[np.int64] | None:
    """Ends of periods as sent: `NEVER` where there is none, `_GIVEN_BUT_NONE` for a text that is no time."""
    if "end" not in chunk.column_names:
        return None
    told = words(connection, chunk.column("end"))
    empty = told.coded(not text for text in told.texts).astype(bool)
    ends = moments(connection, chunk.column("end"), period)
    return np.where(empty, NEVER, np.where(ends == NEVER, _GIVEN_BUT_NONE, ends))


_DATE = re.compile(r"[0-9]{4}([-/.年])[0-9]{1,2}[-/.月][0-9]{1,2}日?|[0-9]{8}|[0-9]{5}")


def dates_alone(connection: duckdb.DuckDBPyConnection, chunk: pa.Table) -> NDArray[np.bool_] | None:
    """Return the rows whose starts come from a column of dates where none of these has a time of day; else None."""
    column = chunk.column("start")
    if "dated" not in chunk.column_names:
        return _several_dates(connection, column)
    dated: NDArray[np.bool_] = pc.fill_null(chunk.column("dated"), False).to_numpy()
    told = words(connection, column)
    alone = told.coded(not text or bool(_DATE.fullmatch(text)) for text in told.texts).astype(bool)
    return dated if dated.any() and alone[dated].all() else None


def _several_dates(
    connection: duckdb.DuckDBPyConnection, column: pa.ChunkedArray
) -> NDArray[np.bool_] | None:
    """All rows where a column of times has nothing but dates, of more than one day; one date alone may be a midnight."""
    if (
        pa.types.is_timestamp(column.type)
        or not len(column)
        or not _DATE.fullmatch(str(column[0].as_py() or ""))
    ):
        return None
    told = words(connection, column)
    dates = {text for text in told.texts if text}
    if len(dates) < 2 or not all(map(_DATE.fullmatch, dates)):
        return None
    return np.ones(len(column), bool)


_OFFSET = re.compile(r".*(?:Z|[+-][0-9]{2}:?[0-9]{2})", re.IGNORECASE)
_BEIJING = re.compile(
    r"|(?:utc|gmt)?\+?0?8(?::?00)?|asia/(?:shanghai|chongqing|harbin)|prc|beijing.*|北京时间|东八区|中国标准时间|china standard time",
    re.IGNORECASE,
)


def other_zone(connection: duckdb.DuckDBPyConnection, chunk: pa.Table) -> NDArray[np.bool_] | None:
    """Return the rows whose column of zones names another than Beijing's beside a start without an offset; None without
    such a column.
    """
    column = chunk.column("start")
    if "zone" not in chunk.column_names or (pa.types.is_timestamp(column.type) and column.type.tz):
        return None
    zones = words(connection, chunk.column("zone"))
    other: NDArray[np.bool_] = zones.coded(
        not _BEIJING.fullmatch(text.strip()) for text in zones.texts
    ).astype(bool)
    if pa.types.is_timestamp(column.type):
        return other
    starts = words(connection, column)
    with_offset = starts.coded(bool(_OFFSET.fullmatch(text)) for text in starts.texts).astype(bool)
    found: NDArray[np.bool_] = other & ~with_offset
    return found


def is_otherwise_long(
    label: NDArray[np.int64], end: NDArray[np.int64], period: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Whether an end contradicts the period: ends may be the last second, of days and months also the last day."""
    length, day = period.astype(np.int64) * MINUTE_US, period >= 1440
    least = np.where(period == MONTH, 27 * DAY_US, length - np.where(day, DAY_US, MINUTE_US))
    most = np.where(period == MONTH, 31 * DAY_US, length) + np.where(day, 0, MINUTE_US)
    given = (end != NEVER) & (period > 0)
    taken = np.where(given & (end != _GIVEN_BUT_NONE), end - label, -1)
    wrong: NDArray[np.bool_] = given & ((taken < least) | (taken > most))
    return wrong


_END_OF_DAY = re.compile(r".*[^0-9]24(?:[:：]00(?:[:：]00)?|[时点]整?)")


_SERIAL = re.compile(r"[0-9]{5}[.][0-9]+")
_JUST_BEFORE = (-1_000, -1_000_000, -MINUTE_US)
"""0:59:59.999, 0:59:59 and 0:59 [µs before the next period]: clocks that are off are so by other amounts."""


def has_label_of_end(
    connection: duckdb.DuckDBPyConnection,
    chunk: pa.Table,
    period: NDArray[np.int32],
    moved: NDArray[np.int64],
) -> NDArray[np.bool_] | None:
    """Return the rows labelled with the end of their period: 24:00 for a day or month, or the last millisecond, second or
    minute; None where there is none. `moved` is the label after the nearest beginning [µs].
    """
    column, last = (
        chunk.column("start"),
        np.isin(moved, _JUST_BEFORE) & (period > 0) if np.any(moved < 0) else None,
    )
    if pa.types.is_timestamp(column.type):
        return last
    days = period >= 1440 if np.any(period >= 1440) else None
    if last is None and days is None:
        return None
    told = words(connection, column)
    found = np.zeros(len(period), bool)
    if last is not None:  # the days of a spreadsheet are rounded
        found |= last & told.coded(not _SERIAL.fullmatch(text) for text in told.texts).astype(bool)
    if days is not None:
        found |= days & told.coded(bool(_END_OF_DAY.fullmatch(text)) for text in told.texts).astype(bool)
    return found
