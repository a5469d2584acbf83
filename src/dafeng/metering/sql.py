"""Small doors to the engine."""

from typing import Any

import duckdb

LOCAL_DAY = "CAST(make_timestamp(epoch_us(start) + 28800000000) AS DATE)"
"""The day at UTC+8 of a `start` in UTC; over millions of rows twice as fast as adding an interval."""


def first_row(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Any = None) -> tuple[Any, ...]:
    """The first row of a query that gives at least one. The result is read to its end, which frees the connection."""
    return tuple(connection.execute(sql, parameters).fetchall()[0])
