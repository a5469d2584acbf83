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
    if "dated" not in chunk.column_names:
        return None
    dated: NDArray[np.bool_] = pc.fill_null(chunk.column("dated"), False).to_numpy()
    told = words(connection, chunk.column("start"))
    alone = told.coded(not text or bool(_DATE.fullmatch(text)) for text in told.texts).astype(bool)
    return dated if dated.any() and alone[dated].all() else None


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
