"""Archive of closed months in Parquet, one file per version next to the store, behind the same view as the
open ones.

A closed month takes no reading until it is opened again, with a reason that is kept. Day sums, revisions and
batches stay in the store for ever.
"""

import calendar
import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dafeng.evidence import DafengError, midnight, utc_now, write_atomically
from dafeng.metering.receipt import Receipt
from dafeng.metering.store.batches import next_batch, record
from dafeng.metering.store.cumulative_meters import derive_reopened
from dafeng.metering.store.sql import first_row, midnight_of
from dafeng.metering.store.store import Store

_MONTH = f"start >= {midnight_of('$1::DATE')} AND start < {midnight_of('$2::DATE')}"


def month_bounds(month: str) -> list[date]:
    """Parse a month as its first day and the first day of the next. Raises: DafengError for anything else."""
    try:
        first = date.fromisoformat(f"{month}-01")
        days = calendar.monthrange(first.year, first.month)[1]
        return [first, date.fromordinal(first.toordinal() + days)]
    except ValueError as error:
        raise DafengError.at("--month", month, "a month as 2025-01") from error


Publish = Callable[[duckdb.DuckDBPyConnection, date, date, int], str]
"""Keeps the sums of the days [first, last) under a version within the transaction; returns their hash."""


def close_month(store: Store, month: str, publish: Publish) -> dict[str, Any]:
    """Move the readings of `month` (2025-01) to a Parquet file, and keep its sums as they are published.

    Raises: DafengError where it is closed or empty.
    """
    bounds = month_bounds(month)
    with store.transaction() as connection:
        version = int(
            first_row(
                connection, "SELECT coalesce(max(version), 0) + 1 FROM archive WHERE month = ?", bounds[:1]
            )[0]
        )
        if connection.execute(
            "SELECT 1 FROM archive WHERE month = ? AND reopened IS NULL", bounds[:1]
        ).fetchall():
            raise DafengError.at("--month", month, "an open month")
        rows = int(first_row(connection, f"SELECT count(*) FROM reading WHERE {_MONTH}", bounds)[0])
        if not rows:
            raise DafengError.at("--month", month, "a month with readings")
        published = publish(connection, bounds[0], bounds[1], version)
        name = f"{store.path.name}.{month}.v{version}.parquet"
        file = store.path.with_name(name)
        with write_atomically(file) as temporary:
            target = str(temporary).replace("'", "''")
            connection.execute(
                f"COPY (SELECT * FROM reading WHERE {_MONTH} ORDER BY point, period, start) TO '{target}' "
                "(FORMAT PARQUET, COMPRESSION ZSTD)",
                bounds,
            )
        file.chmod(0o600)
        digest = _hash_of(file)
        connection.execute(
            "INSERT INTO archive VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)",
            [bounds[0], version, name, rows, digest, utc_now()],
        )
        connection.execute(f"DELETE FROM reading WHERE {_MONTH}", bounds)
        store.renew_view(connection)
    return {
        "month": month,
        "version": version,
        "file": name,
        "readings": rows,
        "sha256": digest,
        "published": published,
    }


def reopen_month(store: Store, month: str, *, reason: str) -> dict[str, Any]:
    """Reopen a closed month, for late readings or corrections; the reason is kept.

    Raises: DafengError where it is not closed, its file is not as it was, or no reason is given.
    """
    bounds = month_bounds(month)
    if not reason.strip():
        raise DafengError.at("--reason", "nothing", "why the month is opened again")
    with store.transaction() as connection:
        found = connection.execute(
            "SELECT file, digest, readings FROM archive WHERE month = ? AND reopened IS NULL", bounds[:1]
        ).fetchall()
        if not found:
            raise DafengError.at("--month", month, "a closed month")
        name, digest, rows = found[0]
        file = store.path.with_name(name)
        if not file.is_file() or _hash_of(file) != digest:
            raise DafengError.at(
                str(file), "a file that is not as it was written", f"sha256 {digest}", "restore it"
            )
        connection.execute("INSERT INTO reading SELECT * FROM read_parquet(?)", [str(file)])
        connection.execute(
            "UPDATE archive SET reopened = ?, reason = ? WHERE month = ? AND reopened IS NULL",
            [utc_now(), reason, bounds[0]],
        )
        store.renew_view(connection)
        begin, end = midnight(bounds[0]), midnight(bounds[1])
        number, now = next_batch(connection), utc_now()
        derived = derive_reopened(connection, number, now, begin, end)
        if derived:
            key = f"reopened:{name}"
            record(
                connection, Receipt(number, key, "archive", "accepted", now, derived=derived, digest=digest)
            )
    return {"month": month, "readings": rows, "reason": reason, "derived": derived}


def _hash_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
