"""Batches: their numbers and receipts, in the order of the ledger."""

import duckdb

from dafeng.metering.receipt import Receipt
from dafeng.metering.store.sql import first_row, run


def next_batch(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the next batch."""
    return int(first_row(connection, "SELECT coalesce(max(id), 0) + 1 FROM batch")[0])


def record(connection: duckdb.DuckDBPyConnection, receipt: Receipt) -> None:
    """Keep the receipt of a batch."""
    run(
        connection,
        "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            receipt.batch, receipt.key, receipt.sender, receipt.digest, receipt.received, receipt.status,
            receipt.as_json(),
        ],
    )  # fmt: skip
