"""Deduplication rule of the ledger: each reading sent is new, the same, replaces what is stored, or is older
than that.

The order is the ledger's: a later batch supersedes, whatever the clock of the server shows. Where the sender
numbers both the stored reading and the one sent, the higher version supersedes instead, and a tie keeps what
is stored. A reading without a version that supersedes a numbered one takes over its version: a lower one that
comes later is older still. Two values for one period in one batch, between which no version decides, are both refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dafeng.metering.receipt import Counts
from dafeng.metering.store.reading_columns import Readings
from dafeng.metering.store.sql import constant, run
from dafeng.metering.store.store import FLAG_IMPLAUSIBLE, FLAG_RELEASED, FLAG_SPREAD, FLAG_VERSIONED

WITHIN = "reading.start >= $first AND reading.start <= $last"
"""As parameters: the engine skips what is stored by given bounds, and not by bounds that it has to
compute."""

_BLOCK = 200_000
"""So few readings are in one or two blocks of the engine in any order."""

_NEW, _SAME, _REPLACED, _OLDER, _CONFLICT = range(5)


@dataclass(frozen=True, eq=False)
class Compared:
    """Readings with the outcome of the comparison for each.

    The third field is the place in `old` of the reading stored for the same period, -1 where there is none;
    `lost` are those that give way to another of the same chunk; `raised` are places of the same as stored
    under a higher version.
    """

    readings: Readings
    status: NDArray[np.int8]
    beside: NDArray[np.int64]
    lost: NDArray[np.bool_]
    raised: NDArray[np.intp]
    old: Mapping[str, NDArray[Any]]

    @property
    def counts(self) -> Counts:
        return Counts(*(int(np.count_nonzero(self.status == one)) for one in range(4)))

    @property
    def conflicts(self) -> NDArray[np.intp]:
        """Return the places of the readings that contradict another of their batch."""
        return np.flatnonzero(self.status == _CONFLICT)

    @property
    def raises(self) -> pa.Table:
        """Return the `id` in the table of those stored that the sender has confirmed under a higher
        `version`.
        """
        return pa.table(
            {"id": self.old["id"][self.beside[self.raised]], "version": self.readings.version[self.raised]}
        )

    @property
    def is_new(self) -> NDArray[np.bool_]:
        return np.equal(self.status, _NEW)

    @cached_property
    def kept(self) -> NDArray[np.intp]:
        """Return the places of the readings that are to be stored; many of them by start, so that the
        engine can skip by it.
        """
        places = np.flatnonzero((self.status == _NEW) | (self.status == _REPLACED))
        if len(places) <= _BLOCK:
            return places
        return places[np.argsort(self.readings.start[places], kind="stable")]

    @cached_property
    def superseded(self) -> dict[str, NDArray[Any]]:
        """Return those stored until now that are replaced, with their `id` in the table."""
        places = self.beside[self.status == _REPLACED]
        return {name: column[places] for name, column in self.old.items()}

    def revisions(self, batch: int) -> pa.Table:
        """Return what is not, or no longer, the reading of its period, as rows of `revision`."""
        older = np.flatnonzero(self.status == _OLDER)
        sent = self.readings.at(older)
        gave_way_to = pa.array(
            np.append(self.old["batch"], 0)[self.beside[older]], pa.int32(), mask=self.lost[older]
        )
        mine = sent.table(batch=np.full(len(sent), batch, np.int32), by_batch=gave_way_to)
        replaced = np.flatnonzero(self.status == _REPLACED)
        count = len(replaced)
        key = {name: getattr(self.readings, name)[replaced] for name in ("point", "period")}
        start = self.readings.start[replaced].view("datetime64[us]")
        gone = pa.table(self.superseded | key | {"start": start, "by_batch": np.full(count, batch, np.int32)})
        reasons = [constant("older", len(older)), constant("replaced", count)]
        both = [
            part.select(_REVISION).append_column("reason", reason)
            for part, reason in zip((mine, gone), reasons, strict=True)
        ]
        return pa.concat_tables(both)


_REVISION = ["point", "period", "start", "value", "origin", "flags", "version", "batch", "by_batch"]


def compare(connection: duckdb.DuckDBPyConnection, readings: Readings, batch: int | None) -> Compared:
    """Compare `readings`, of `batch`, with each other and with those stored.

    Without a batch they are made from registers: these contradict nobody, and are made again where they cover
    more or less, or are judged otherwise.
    """
    keys = _Keys.of(readings)
    winner = _winners(readings, keys)
    lost = winner != np.arange(len(readings))
    old = _stored(connection, readings, keys)
    beside = np.full(len(readings), -1)
    beside[winner[old["place"]]] = np.arange(len(old["place"]))
    status = np.where(beside < 0, _NEW, _OLDER).astype(np.int8)
    there = np.flatnonzero(beside >= 0)
    before = {name: old[name][beside[there]] for name in ("value", "origin", "version", "flags", "batch")}
    same = (readings.value[there] == before["value"]) & (readings.origin[there] == before["origin"])
    numbered = readings.flags[there] & FLAG_VERSIONED != 0
    both = numbered & (before["flags"] & FLAG_VERSIONED != 0)
    higher = readings.version[there] > before["version"]
    decided = np.where(~both | higher, _REPLACED, _OLDER)
    if batch is None:
        other = readings.flags[there] ^ before["flags"]
        judged = np.where(before["flags"] & FLAG_RELEASED != 0, 0, FLAG_IMPLAUSIBLE)  # a person's word stays
        same &= other & (FLAG_SPREAD | judged) == 0
    else:  # an earlier part of this very batch says another value
        decided[(before["batch"] == batch) & ~both] = _CONFLICT
    status[there] = np.where(same, _SAME, decided)
    raised = there[same & numbered & (~both | higher)]
    if lost.any():
        as_winner = readings.value == readings.value[winner]
        status = np.where(lost, np.where(as_winner, _SAME, _OLDER), status).astype(np.int8)
        status[_in_conflict(readings, winner, as_winner)] = _CONFLICT
        raised = raised[status[raised] == _SAME]
    inherits = ~numbered & (before["flags"] & FLAG_VERSIONED != 0) & (status[there] == _REPLACED)
    readings = _with_versions(readings, there[inherits], before["version"][inherits])
    return Compared(readings, status, beside, lost, raised, old)


def _with_versions(readings: Readings, places: NDArray[np.intp], versions: NDArray[np.int64]) -> Readings:
    """Return `readings`, those at `places` under the highest version that the sender has given for their period."""
    if not places.size:
        return readings
    version, flags = readings.version.copy(), readings.flags.copy()
    version[places] = versions
    flags[places] |= FLAG_VERSIONED
    return replace(readings, version=version, flags=flags)


def _in_conflict(
    readings: Readings, winner: NDArray[np.intp], as_winner: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Readings of periods for which the batch has two values, and no version which of them is the later."""
    numbered = readings.flags & FLAG_VERSIONED != 0
    decided = numbered & numbered[winner] & (readings.version != readings.version[winner])
    torn = np.zeros(len(readings), bool)
    torn[winner[~as_winner & ~decided]] = True
    return torn[winner]


def _stored(
    connection: duckdb.DuckDBPyConnection, readings: Readings, keys: "_Keys | None"
) -> dict[str, Any]:
    """Columns of those stored for the same periods, with their `id` in the table and the `place` of the
    reading sent.
    """
    first, last = readings.span
    within = {"first": first, "last": last}
    if keys is not None and last - first <= _ROUND:
        most = _MANY * len(readings) + _FEW
        there = run(connection, f"SELECT * FROM {_THERE} LIMIT $most", within | {"most": most}).fetchnumpy()
        if len(there["id"]) < most:
            return keys.matched(there)
    sent = readings.table(place=np.arange(len(readings), dtype=np.int64)).select(_KEY)
    return run(connection, _JOINED, within, sent).fetchnumpy()


_ROUND, _MANY, _FEW = timedelta(hours=1), 20, 4000
"""In a short span little is stored that was not sent: reading all of it, if it is not too many times more,
costs less than a join in the engine."""

_KEY = ["place", "point", "period", "start"]
_THERE = f"(SELECT rowid AS id, * FROM reading WHERE {WITHIN})"
_JOINED = f"""
SELECT s.place, r.id, r.value, r.origin, r.flags, r.version, r.batch FROM sent s JOIN {_THERE} r
ON r.point = s.point AND r.period = s.period AND r.start = s.start"""


def _winners(readings: Readings, keys: "_Keys | None") -> NDArray[np.intp]:
    """The place of the reading to which each gives way, its own as a rule: of those for one period the
    highest version wins, then the last.
    """
    count = len(readings)
    if keys is not None and keys.differ:
        return np.arange(count)
    order = np.lexsort((np.arange(count), readings.version, readings.start, readings.period, readings.point))
    ahead, behind = order[1:], order[:-1]
    last = np.ones(count, bool)  # of its period, in `order`
    last[:-1] = (
        (readings.point[ahead] != readings.point[behind])
        | (readings.period[ahead] != readings.period[behind])
        | (readings.start[ahead] != readings.start[behind])
    )
    ends = np.flatnonzero(last)
    winner = np.empty(count, np.intp)
    winner[order] = order[ends[np.searchsorted(ends, np.arange(count))]]
    return winner


@dataclass(frozen=True, eq=False)
class _Keys:
    """One number for point, period and start of each reading, in order, and the places they have in it."""

    ordered: NDArray[np.int64]
    order: NDArray[np.intp]
    begin: int
    span: int

    @classmethod
    def of(cls, readings: Readings) -> "_Keys | None":
        """Build the keys, None where the three do not fit into one number."""
        begin, end = int(readings.start.min()), int(readings.start.max())
        if (int(readings.point.max()) + 1) * _PERIODS * (end - begin + 1) >= 1 << 63:
            return None
        keys = _number(readings.point, readings.period, readings.start, begin, end - begin + 1)
        order = np.argsort(keys)
        return cls(keys[order], order, begin, end - begin + 1)

    @property
    def differ(self) -> bool:
        return bool(np.all(self.ordered[:-1] < self.ordered[1:]))

    def matched(self, stored: dict[str, Any]) -> dict[str, Any]:
        """Return those of `stored` that have one of the keys, with the `place` of the first that has it."""
        start = stored["start"].astype(np.int64)
        keys = _number(stored["point"], stored["period"], start, self.begin, self.span)
        found = np.minimum(np.searchsorted(self.ordered, keys), len(self.ordered) - 1)
        hits = np.flatnonzero(self.ordered[found] == keys)
        return {name: column[hits] for name, column in stored.items()} | {"place": self.order[found[hits]]}


_PERIODS = 61
"""The minutes of all periods leave different remainders."""


def _number(
    point: NDArray[np.int32], period: NDArray[np.int32], start: NDArray[np.int64], begin: int, span: int
) -> NDArray[np.int64]:
    series = point.astype(np.int64) * _PERIODS + period % _PERIODS
    number: NDArray[np.int64] = series * span + (start - begin)
    return number
