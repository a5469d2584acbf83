"""Energy per period from the registers of one meter: differences times the ratio, every break an explicit
event.

The energy between two register readings is the rise times the ratio of the meter. A changed meter continues
with its own start register, a changed ratio counts from the register at the change, a turned-over register
adds its maximum. Without such an event a falling register is a gap: missing, flagged, never guessed. A rise
over several periods is spread evenly and marked estimated.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import UTC8_SECONDS
from dafeng.tables import Row

TOLERANCE = 60.0
"""A register read within so many seconds of a period's boundary counts as read on it."""


@dataclass(frozen=True)
class MeterHistory:
    """History of meters and events of one point in time order; times are epoch seconds."""

    meters: tuple[Row, ...]
    events: tuple[Row, ...]

    def meter_at(self, at: float) -> Row | None:
        """Return the meter mounted at `at`; a reading at the very change belongs to the new meter."""
        for meter in reversed(self.meters):
            if meter["from"] <= at and (meter["to"] is None or at < meter["to"]):
                return meter
        return None

    def changes_within(self, first: float, last: float) -> bool:
        """Check whether a meter is changed or an event lies after `first`, up to and with `last`."""
        times = [event["at_s"] for event in self.events] + [
            meter[end] for meter in self.meters for end in ("from", "to") if meter[end] is not None
        ]
        return any(first < at <= last for at in times)

    def ratio_at(self, at: float, meter: Row) -> float:
        """Return the ratio after all changes on this meter up to and with `at`."""
        ratio = float(meter["ratio"])
        for event in self.events:
            if event["kind"] == "ratio" and meter["from"] <= event["at_s"] <= at and event["ratio"]:
                ratio = float(event["ratio"])
        return ratio


@dataclass(frozen=True, slots=True)
class _Reading:
    at: float
    register: float


def rise(before: _Reading, after: _Reading, history: MeterHistory) -> list[tuple[float, float, float]]:
    """Compute energy between two register readings as pieces (from, to, energy); energy is NaN where it
    is indeterminate.
    """
    first, last = history.meter_at(before.at), history.meter_at(after.at)
    if first is None or last is None:
        return [(before.at, after.at, np.nan)]
    if first is last:
        return _same_meter(before, after, first, history)
    changes = [meter for meter in history.meters if first["from"] <= meter["from"] <= last["from"]]
    pieces, start = [], before
    for old, new in itertools.pairwise(changes):
        if old["register_end"] is None or new["register_start"] is None or old["to"] != new["from"]:
            return [(before.at, after.at, np.nan)]
        pieces += _same_meter(start, _Reading(old["to"], float(old["register_end"])), old, history)
        start = _Reading(new["from"], float(new["register_start"]))
    return pieces + _same_meter(start, after, last, history)


def _same_meter(
    before: _Reading, after: _Reading, meter: Row, history: MeterHistory
) -> list[tuple[float, float, float]]:
    inside = [event for event in history.events if before.at < event["at_s"] <= after.at]
    if any(event["kind"] == "ratio" and event["register"] is None for event in inside):
        return [(before.at, after.at, np.nan)]
    pieces, start, turned = [], before, 0
    for event in inside:
        if event["kind"] == "rollover":
            turned += 1
            continue
        stop = _Reading(event["at_s"], float(event["register"]))
        pieces.append(_piece(start, stop, meter, history, turned))
        start, turned = stop, 0
    if after.at > start.at:
        pieces.append(_piece(start, after, meter, history, turned))
    return pieces


def _piece(
    start: _Reading, stop: _Reading, meter: Row, history: MeterHistory, turned: int
) -> tuple[float, float, float]:
    if turned and meter["register_max"] is None:
        return (start.at, stop.at, np.nan)
    difference = stop.register - start.register + turned * float(meter["register_max"] or 0)
    energy = difference * history.ratio_at(start.at, meter) if difference >= 0 else np.nan
    return (start.at, stop.at, energy)


LONGEST_SPREAD = 86400.0
"""A rise over more seconds than these gives no information on a single period: its energy counts, its
periods are not covered."""


def rates(
    times: NDArray[np.float64], registers: NDArray[np.float64], history: MeterHistory
) -> NDArray[np.float64]:
    """Compute the energy per hour between registers in a row, in the order of time; NaN where it is indeterminate."""
    readings = [
        _Reading(at, register) for at, register in zip(times.tolist(), registers.tolist(), strict=True)
    ]
    return np.array([
        sum(energy for _, _, energy in rise(before, after, history)) * 3600 / (after.at - before.at)
        for before, after in itertools.pairwise(readings) if after.at > before.at
    ], float)  # fmt: skip


def spread(
    times: NDArray[np.float64], registers: NDArray[np.float64], period: int, history: MeterHistory
) -> tuple[
    NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], list[tuple[float, float]]
]:
    """Compute energy per period from register readings of one point.

    `times` are epoch seconds rising, `period` is in minutes. Returns starts [epoch seconds], energies,
    whether each is estimated, whether the rise was spread over more than `LONGEST_SPREAD`, and the spans that
    are indeterminate. A period is measured where both of its ends were read, estimated where the rise of a
    longer span was spread over it.
    """
    step = period * 60
    nearest = np.round((times + UTC8_SECONDS) / step) * step - UTC8_SECONDS
    times = np.where(np.abs(nearest - times) <= TOLERANCE, nearest, times)
    keep = np.append(np.diff(times) > 0, True)
    times, registers = times[keep], registers[keep]
    pieces: list[tuple[float, float, float]] = []
    for index in range(len(times) - 1):
        before, after = (_Reading(float(times[i]), float(registers[i])) for i in (index, index + 1))
        pieces += rise(before, after, history)
    read = set(times.tolist())
    starts: list[int] = []
    energies: list[float] = []
    estimated: list[bool] = []
    far: list[bool] = []
    gaps = [(start, stop) for start, stop, energy in pieces if np.isnan(energy)]
    for run in _runs(pieces):
        knots = np.array([run[0][0], *(stop for _, stop, _ in run)])
        total = np.concatenate([[0.0], np.cumsum([energy for _, _, energy in run])])
        first = int(np.ceil((knots[0] + UTC8_SECONDS) / step)) * step - UTC8_SECONDS
        edges = np.arange(first, knots[-1] + 0.5, step)
        if len(edges) < 2:
            continue
        at_edges = np.interp(edges, knots, total)
        starts += edges[:-1].astype(np.int64).tolist()
        energies += np.diff(at_edges).tolist()
        on_knot = [edge in read for edge in edges.tolist()]
        estimated += [not (left and right) for left, right in itertools.pairwise(on_knot)]
        far += _far(knots, edges, read)
    return (
        np.array(starts, np.int64),
        np.array(energies),
        np.array(estimated, bool),
        np.array(far, bool),
        gaps,
    )


def _far(knots: NDArray[np.float64], edges: NDArray[np.float64], read: set[float]) -> list[bool]:
    """Whether the registers around each period between `edges` lie further apart than `LONGEST_SPREAD`."""
    reads = np.array([knot for knot in knots.tolist() if knot in read] or [knots[0]])
    before = reads[np.maximum(np.searchsorted(reads, edges[:-1], "right") - 1, 0)]
    after = reads[np.minimum(np.searchsorted(reads, edges[1:], "left"), len(reads) - 1)]
    apart: list[bool] = (after - before > LONGEST_SPREAD).tolist()
    return apart


def _runs(pieces: list[tuple[float, float, float]]) -> list[list[tuple[float, float, float]]]:
    runs: list[list[tuple[float, float, float]]] = [[]]
    for piece in pieces:
        if np.isnan(piece[2]):
            runs.append([])
        else:
            runs[-1].append(piece)
    return [run for run in runs if run]
