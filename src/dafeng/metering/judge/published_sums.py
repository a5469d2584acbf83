"""Published sums of a month: kept as text with their hash when the month is closed, and returned byte for byte."""

import hashlib
import json
from datetime import date
from typing import Any

import duckdb

from dafeng.evidence import DafengError
from dafeng.metering.judge.question import By, Period, Question
from dafeng.metering.judge.rollup import answers, compiled, cuts_sql
from dafeng.metering.store.archive import month_bounds
from dafeng.metering.store.sql import first_row, named_rows
from dafeng.metering.store.store import Store

_GROUPS = (By.POINT, By.UNIT, By.MEDIUM, By.SECTOR, By.COUNTY)


def sums_of_month(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> str:
    """Return the sums of the days [first, last) by point, unit, medium, sector and county as JSON text."""
    found: dict[str, Any] = {"month": f"{first:%Y-%m}"}
    for by in _GROUPS:
        question = Question(by, Period.MONTH, first, last)
        cuts = tuple(sorted(row[0] for row in connection.execute(cuts_sql(question)).fetchall()))
        found[str(by)] = answers(named_rows(connection.execute(compiled(question, cuts=cuts))), question)
    return json.dumps(found, ensure_ascii=False, default=str, sort_keys=True)


def publish_month(connection: duckdb.DuckDBPyConnection, first: date, last: date, version: int) -> str:
    """Keep the sums of a month that is being closed; inside its transaction. Returns their hash."""
    text = sums_of_month(connection, first, last)
    digest = hashlib.sha256(text.encode()).hexdigest()
    registry = first_row(connection, "SELECT max(version) FROM registry")[0]
    batch = first_row(connection, "SELECT coalesce(max(id), 0) FROM batch")[0]
    connection.execute(
        "INSERT INTO published VALUES (?, ?, ?, ?, now() AT TIME ZONE 'UTC', ?, ?)",
        [first, version, registry, batch, digest, text],
    )
    return digest


def published_month(store: Store, month: str) -> dict[str, Any]:
    """Return the sums of a month as they were when it was closed last, with registry, batch and hash.

    Raises: DafengError where the month was never closed, or the text is not as it was written.
    """
    first = month_bounds(month)[0]
    rows = store.rows(
        "SELECT version, registry, batch, CAST(made AS VARCHAR) || 'Z' AS made, digest, sums FROM published "
        "WHERE month = ? ORDER BY version DESC LIMIT 1",
        [first],
    )
    if not rows:
        raise DafengError.at(
            "--month", month, "a month that was closed", "dafeng metering archive --month closes it"
        )
    row = rows[0]
    if hashlib.sha256(row["sums"].encode()).hexdigest() != row["digest"]:
        raise DafengError.at(
            str(store.path), f"sums of {month} that are not as they were written", row["digest"]
        )
    return {
        "month": month,
        **{name: row[name] for name in ("version", "registry", "batch", "made", "digest", "sums")},
    }
