"""Small doors to the engine."""

from typing import Any

import duckdb


def first_row(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Any = None) -> tuple[Any, ...]:
    """The first row of a query that gives at least one. The result is read to its end, which frees the connection."""
    return tuple(connection.execute(sql, parameters).fetchall()[0])
