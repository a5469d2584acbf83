"""Plausibility without a rated maximum, judged by a point's own history and the registers around a reading.

Nothing is corrected: a reading that cannot be is held back with a proposed explanation until a person
releases it, or until the registry states what happened (meter change, turn-over, rated maximum).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb

from dafeng.metering.store.day_sums import remake
from dafeng.metering.store.sql import LOCAL_DAY
from dafeng.metering.store.store import FLAG_IMPLAUSIBLE, FLAG_QUARANTINED
from dafeng.metering.store.upsert import forget_latest

MISREAD = (
    "误读:前后表底相接,此数不在其间;更正此数,或确认后放行 · misread: the registers around it go on without it"
)
FALLEN = (
    "表底下降:换表、复零或表计归零(满量程翻转);请在登记表 meters 或 events 中补登 · "
    "the register falls: meter change, reset or roll-over; enter it in meters or events"
)


def hold_back(
    connection: duckdb.DuckDBPyConnection,
    registers: Sequence[tuple[int, datetime]],
    batch: int,
    found: datetime,
) -> None:
    """Quarantine misread registers (point, start), with the flag `misread` and its explanation."""
    for point, start in registers:
        values = [point, start]
        where = "point = $1 AND period = 0 AND start = $2"
        bits = FLAG_IMPLAUSIBLE | FLAG_QUARANTINED
        connection.execute(f"UPDATE reading SET flags = flags | {bits} WHERE {where}", values)
        connection.execute(f"DELETE FROM flag WHERE {where} AND kind = 'misread'", values)
        connection.execute(
            "INSERT INTO flag (point, period, start, until, kind, value, expected, found, proposal) "
            f"SELECT point, 0, start, start, 'misread', value, NULL, $3, $4 FROM reading WHERE {where}",
            [*values, found, MISREAD],
        )
        forget_latest(connection, f"SELECT point, period, start FROM latest WHERE {where}", values)
        _remake(connection, point, where, values, batch)


def let_go(
    connection: duckdb.DuckDBPyConnection, registers: Sequence[tuple[int, datetime]], batch: int
) -> None:
    """Release registers (point, start) from quarantine that fit by now: others around them, or the
    registry, were corrected.
    """
    for point, start in registers:
        values = [point, start]
        where = "point = $1 AND period = 0 AND start = $2"
        bits = 0xFFFF - FLAG_IMPLAUSIBLE - FLAG_QUARANTINED
        connection.execute(f"UPDATE reading SET flags = flags & {bits} WHERE {where}", values)
        connection.execute(f"DELETE FROM flag WHERE {where} AND kind = 'misread'", values)
        _remake(connection, point, where, values, batch)


def _remake(
    connection: duckdb.DuckDBPyConnection, point: int, where: str, values: list[Any], batch: int
) -> None:
    days = connection.execute(f"SELECT DISTINCT {LOCAL_DAY} FROM reading WHERE {where}", values).fetchall()
    for (day,) in days:
        remake(connection, batch, f"SELECT {int(point)} AS point, 0 AS period, DATE '{day}' AS day")
