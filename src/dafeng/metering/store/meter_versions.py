"""Versions of points that are read by registers: one meter goes on over a change of owner, period or unit.

Registers of one medium are put into the unit of the first version of their segment, so that the rise over a change
is counted once; each period then has the unit of the version in which it begins.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from dafeng.metering.store.register_energy import MeterHistory
from dafeng.metering.store.sql import midnight_of
from dafeng.tables import Row

_EARLY, _LATE = -1e12, 1e12


@dataclass(frozen=True, slots=True)
class MeterVersion:
    """Version of a point read by registers, from `begin` to `until` [s since 1970 UTC]; `scale` leads from its unit
    to that of the first version of its segment.
    """

    number: int
    id: str
    medium: str
    to_medium: float
    period: int
    rated_max: float | None
    begin: float
    until: float
    scale: float = 1.0


_VERSIONS = f"""
SELECT number, id, medium, to_medium, period, rated_max, epoch({midnight_of("since")}) FROM point
WHERE id IN (SELECT id FROM point WHERE number IN (SELECT unnest($1))) ORDER BY id, since NULLS FIRST"""


def registered_meters(
    connection: duckdb.DuckDBPyConnection, points: Sequence[int]
) -> list[list[MeterVersion]]:
    """Return the versions of each of `points` (numbers of any version), in the order of their days."""
    rows = connection.execute(_VERSIONS, [list(points)]).fetchall()
    found = []
    for _, group in itertools.groupby(rows, key=lambda row: row[1]):
        own = list(group)
        ends = [row[6] for row in own[1:]] + [_LATE]
        begins = [_EARLY] + [row[6] for row in own[1:]]
        found.append(
            [
                MeterVersion(row[0], row[1], row[2], row[3], row[4], row[5], begin, end)
                for row, begin, end in zip(own, begins, ends, strict=True)
            ]
        )
    return found


def segments(
    versions: Sequence[MeterVersion], readings: list[Any]
) -> Iterator[tuple[list[MeterVersion], list[Any]]]:
    """Yield the runs of versions that meter one medium, in the unit of the first, with their readings.

    A reading at the very change of medium belongs to the new one; what rises over it belongs to neither.
    """
    for _, group in itertools.groupby(versions, key=lambda version: version.medium):
        run = list(group)
        scaled = [replace(version, scale=version.to_medium / run[0].to_medium) for version in run]
        own = [reading for reading in readings if run[0].begin <= reading[1] < run[-1].until]
        if own:
            yield scaled, own


def scale_at(versions: Sequence[MeterVersion], at: float) -> float:
    """Return the scale of the version in force at `at`."""
    for version in reversed(versions):
        if at >= version.begin:
            return version.scale
    return versions[0].scale


def in_first_unit(history: MeterHistory, versions: Sequence[MeterVersion]) -> MeterHistory:
    """Return the registers of meters and events in the unit of the first version of the segment."""
    if all(version.scale == 1.0 for version in versions):
        return history

    def scaled(row: Row, at: float | None, *columns: str) -> Row:
        factor = scale_at(versions, at if at is not None else _LATE)
        return row | {name: row[name] * factor for name in columns if row[name] is not None}

    meters = []
    for meter in history.meters:
        row = scaled(meter, meter["from"], "register_start", "register_max")
        before_end = None if meter["to"] is None else meter["to"] - 1.0
        meters.append(scaled(row, before_end, "register_end"))
    events = tuple(scaled(event, event["at_s"] - 1.0, "register") for event in history.events)
    return MeterHistory(tuple(meters), events)
