"""Dead letters: messages that no batch can be made of, kept with the reason for review by a person."""

import hashlib
from typing import Any

from dafeng.evidence import utc_now
from dafeng.metering.store.sql import first_row, local
from dafeng.metering.store.store import Store

_TEXT = 500


def keep_dead_letter(store: Store, source: str, body: bytes, reason: str) -> int:
    """Keep a message that was refused as a whole; the same one from the same source is kept once.
    Returns its number.
    """
    digest = hashlib.sha256(body).hexdigest()
    source, reason = (text.encode("utf-8", "replace").decode()[:_TEXT] for text in (source, reason))
    with store.transaction(readings_only=True) as connection:
        there = connection.execute(
            "SELECT id FROM dead_letter WHERE source = ? AND digest = ?", [source, digest]
        ).fetchall()
        if there:
            return int(there[0][0])
        number = int(first_row(connection, "SELECT coalesce(max(id), 0) + 1 FROM dead_letter")[0])
        connection.execute(
            "INSERT INTO dead_letter VALUES (?, ?, ?, ?, ?, ?)",
            [number, source, utc_now(), reason, digest, body],
        )
    return number


def count_dead_letters(store: Store) -> int:
    """Return how many dead letters are kept.

    Parameters
    ----------
    store
        Open store of readings.

    Returns
    -------
    Number of letters.
    """
    return int(store.rows("SELECT count(*) AS n FROM dead_letter")[0]["n"])


def dead_letters(store: Store, limit: int = 100) -> list[dict[str, Any]]:
    """Return the newest dead letters with the beginning of their body; times in Beijing time.

    Parameters
    ----------
    store
        Open store of readings.
    limit
        Greatest number returned.

    Returns
    -------
    Letters, newest first, with reason and inlet.
    """
    rows = store.rows(
        f"SELECT id, source, CAST({local('received')} AS VARCHAR) AS received, reason, octet_length(body) AS size, body "
        "FROM dead_letter ORDER BY id DESC LIMIT ?",
        [limit],
    )
    return [row | {"body": bytes(row["body"][:200]).decode("utf-8", "replace")} for row in rows]
