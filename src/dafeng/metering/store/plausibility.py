"""Plausibility without a rated maximum, judged by a point's own history and the registers around a reading.

Nothing is corrected: a reading that cannot be is held back with a proposed explanation until a person
releases it, or until the registry states what happened (meter change, turn-over, rated maximum).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from dafeng.metering.store.day_sums import remake
from dafeng.metering.store.register_energy import MeterHistory
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

UNIT_CHANGED = (
    "约差一千倍:计量单位变了(Wh、kWh、MWh);请更正,或在登记表 changes 中写明自哪日起改用新单位 · "
    "about a thousand times: another unit; correct it, or enter the unit with its first day in changes"
)
RISEN = (
    "表底突升:误读、换上底数更高的表,或单位改变;请更正,在登记表 meters 中补登,或确认后放行 · "
    "the register leaps: misread, a meter with a higher register, or another unit; correct it, enter it in meters, or release it"
)
OTHER_MAGNITUDE = (
    "与该测点平常的量级不同:数位、倍率或单位;请更正,或确认后放行;产能扩大的请登记额定最大值 · "
    "another magnitude than usual: digits, ratio or unit; correct or release it; enter a rated maximum where the plant has grown"
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


_UNITS = 1e3, 1e6, 1e-3, 1e-6
_LEAST_SHOWN = 1.0
_AS_BEFORE = 0.99, 1.05
"""A register shows the same in another unit: so much less by rounding, or more by what was used meanwhile."""


def unit_change(registers: NDArray[np.float64]) -> int | None:
    """Return the place of the first register after which the meter shows the same in another unit (Wh, kWh, MWh), None where
    there is none.
    """
    before, after = registers[:-1], registers[1:]
    ratio = after / np.where(before > 0, before, np.nan)
    alike = [(ratio >= unit * _AS_BEFORE[0]) & (ratio <= unit * _AS_BEFORE[1]) for unit in _UNITS]
    changes = np.flatnonzero(np.any(alike, axis=0) & (np.minimum(before, after) >= _LEAST_SHOWN))
    return int(changes[0]) if changes.size else None


LONGEST_RUN = 48
"""Registers in a row that may be misread together; a meter that shows something else for longer was changed."""

NEIGHBOURS = 5
"""Registers before and after a run whose rises show what the meter moves otherwise."""

_MAGNITUDE = 10.0
"""A run is misread where its steps are so many times all other movement: energy that was used does not vanish again."""


def misread(times: NDArray[np.float64], registers: NDArray[np.float64], history: MeterHistory) -> list[int]:
    """Return the places of registers that are misread: without them the meter goes on rising, with them it does
    not.

    Of three in a row the middle one is misread where the third is not below the first, and the middle one is
    not between them. Of more in a row those below are misread where the meter returns in one step that is more
    than twice what it moved meanwhile (1000, 0, 0, 1001), those above where it leaves and returns in steps of
    another magnitude (1000, 9000, 9000, 1001), and those on both sides, or that move meanwhile, where the return is
    near and their steps are of another magnitude than it and the rises around (1000, 9000, 0, 1001). A rise just
    before a fall to less than it began with is misread where its rate is of another magnitude than those around
    (1000, 9000, 0, 10, 20). No history is needed, and a first register is never one; where an event or a change of the
    meter lies between, the registry states what happened.
    """
    falls = np.flatnonzero(np.diff(registers) < 0) + 1
    found: list[int] = []
    before, place = 0, 1
    while len(falls) and place < len(times) - 1:
        length = _run_below_or_above(registers, before, place, falls)
        length = length or _run_of_steps(registers, before, place, falls)
        length = length or _rise_before_a_fall(times, registers, before, place, falls)
        if length and not history.changes_within(times[before], times[place + length]):
            found += range(place, place + length)
            place += length
        else:
            before, place = place, place + 1
    return found


def _run_below_or_above(
    registers: NDArray[np.float64], before: int, place: int, falls: NDArray[np.intp]
) -> int:
    """How many registers from `place` on are misread on one side, seen from the one at `before`."""
    low, this, high = registers[before], registers[place], registers[place + 1]
    if low <= high and not low <= this <= high:
        return 1
    ahead = registers[place : place + LONGEST_RUN + 1]
    if this < low:
        back = np.flatnonzero(ahead >= low)
        if not back.size:
            return 0
        run = ahead[: back[0]]
        return len(run) if ahead[len(run)] - run[-1] > 2 * np.ptp(run) else 0
    after = falls[falls > place]
    if this == low or not after.size or after[0] - place >= len(ahead):
        return 0
    run, high = ahead[: after[0] - place], registers[after[0]]
    other = _MAGNITUDE * max(float(np.ptp(run)), float(high - low))
    return len(run) if low <= high and min(this - low, run[-1] - high) > other else 0


def _run_of_steps(registers: NDArray[np.float64], before: int, place: int, falls: NDArray[np.intp]) -> int:
    """How many registers from `place` on are misread with a fall among them, all outside what the meter moved
    between the one at `before` and its return.
    """
    if not np.any((falls >= place) & (falls < place + LONGEST_RUN)):
        return 0
    low, ahead = registers[before], registers[place : place + LONGEST_RUN + 1]
    lowest = np.minimum.accumulate(ahead)
    for length in (np.flatnonzero((ahead[1:] >= low) & (lowest[:-1] < low)) + 1).tolist():
        run, high = ahead[:length], ahead[length]
        if np.any((run >= low) & (run <= high)):
            continue
        if _MAGNITUDE * (high - low) >= np.diff(np.concatenate([[low], run, [high]])).max():
            continue
        other_side = np.flatnonzero((run < low) != (run[-1] < low))
        tail = run[other_side[-1] + 1 if other_side.size else 0 :]
        step = float(np.abs(np.diff(np.append(tail, high))).max())
        at_once = abs(high - tail[-1]) > 2 * np.ptp(tail)
        if at_once or 0 < _MAGNITUDE * _largest_rise(registers, before, place + length) < step:
            return int(length)
    return 0


def _around(before: int, after: int, count: int) -> tuple[slice, slice]:
    """The places of the neighbours up to `before`, and of those from `after` on, of `count` registers."""
    return slice(max(before - NEIGHBOURS, 0), before + 1), slice(after, min(after + NEIGHBOURS + 1, count))


def _largest_rise(registers: NDArray[np.float64], before: int, after: int) -> float:
    """The largest rise among the neighbours of a run, 0 where the meter does not rise."""
    rises = [np.diff(registers[part]) for part in _around(before, after, len(registers))]
    return float(np.max(np.concatenate(rises), initial=0.0))


def _rise_before_a_fall(
    times: NDArray[np.float64], registers: NDArray[np.float64], before: int, place: int, falls: NDArray[np.intp]
) -> int:  # fmt: skip
    """How many registers from `place` to the next fall are misread: reached at a rate of another magnitude.

    Where registers further back are not at hand, as `LONGEST_RUN` and more were asked for, nothing is decided.
    """
    after = falls[falls > place]
    if registers[place] <= registers[before] or not after.size or after[0] - place > LONGEST_RUN:
        return 0
    if registers[after[0]] >= registers[before] or (before < NEIGHBOURS and len(times) > LONGEST_RUN):
        return 0
    parts = [*_around(before, int(after[0]), len(times)), slice(place, int(after[0]))]
    rates = [np.diff(registers[part]) / np.diff(times[part]) for part in parts]
    usual = float(np.max(np.concatenate(rates), initial=0.0))
    rate = (registers[place] - registers[before]) / (times[place] - times[before])
    return int(after[0]) - place if usual > 0 and rate > _MAGNITUDE * usual else 0
