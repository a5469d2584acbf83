"""Batches: their numbers, receipts and time, in the order of the ledger."""

import time
from datetime import datetime, timedelta

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


class LedgerClock:
    """Time of the ledger: that of the machine, going on evenly where the machine's is set back.

    A machine whose clock falls behind what the ledger has received would refuse every reading of now as one of the
    future, and what a broker delivers once would be lost.

    Parameters
    ----------
    newest
        Moment of the newest batch [UTC without zone].
    """

    def __init__(self, newest: datetime | None) -> None:
        self._newest, self._at = newest, time.monotonic()

    def moment(self, now: datetime) -> datetime:
        """Return the later one of the machine's moment `now` and the ledger's own."""
        at = time.monotonic()
        if self._newest is not None:
            now = max(now, self._newest + timedelta(seconds=at - self._at))
        self._newest, self._at = now, at
        return now


def clock_of(connection: duckdb.DuckDBPyConnection) -> LedgerClock:
    """Return the clock of a ledger that is being opened."""
    return LedgerClock(first_row(connection, "SELECT max(received) FROM batch")[0])
