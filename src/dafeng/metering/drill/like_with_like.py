"""Change against another span (同比, 环比), only between the same metering points over days that both spans cover.

With equal buckets it is Σ now / Σ then − 1. A bucket that is not covered in one span is left out of both, and where months
differ in length the mean of a day is compared: change = (Σ now / days) / (Σ then / days) − 1 over the buckets that are left.
Statements of a month are compared over whole months only, beside the days of the other points, and only where all of them are there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dafeng.metering.drill.scope import Row
from dafeng.metering.judge.coverage import MIN_COVERAGE

REASONS = (
    "none_now",
    "none_then",
    "points",
    "statements",
    "part_now",
    "part_then",
    "factor",
    "zero",
    "too_long",
    "cut",
)
"""Why there is no change: no readings; other metering points; monthly statements against a span that is not of whole months;
below 90 % covered; no factor; nothing to relate to; no such span; a bucket that the span cuts.
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Sum of a bucket and its length in days; `row` is None where nothing was metered."""

    row: Row | None
    days: int

    @property
    def covered(self) -> bool:
        """Return whether what is due is there: at least 90 %, or nothing was due."""
        return self.row is not None and (not self.row["expected"] or self.row["state"] == "counted")


def no_change(why: str) -> dict[str, Any]:
    """Return the answer of a comparison that is not made."""
    return {"change": None, "why": why, "compared": 0, "of": 0}


@dataclass(frozen=True, slots=True)
class Statements:
    """Statements of months beside the buckets of a span: their sum and the days of the span; `row` None where there are none."""

    row: Row | None
    days: int


NO_STATEMENTS = Statements(None, 1)


def change(
    now: Sequence[Bucket], then: Sequence[Bucket], measure: str, *, same_points: bool, beside: tuple[Statements, Statements] = (NO_STATEMENTS, NO_STATEMENTS),
) -> dict[str, Any]:  # fmt: skip
    """Compare two spans bucket by bucket.

    Parameters
    ----------
    now, then
        Buckets in order of time; the first stands against the first.
    measure
        Name of the sum that is compared.
    same_points
        Whether the same points are metered throughout both spans.
    beside
        Statements of months of both spans, which are no part of the buckets: all of them must be there; their mean of a day
        is added.

    Returns
    -------
    `change` [1] or None with `why` (one of `REASONS`), and how many buckets were `compared` out of how many.
    """
    refused = _refused(now, then, beside, same_points=same_points)
    if refused:
        return no_change(refused)
    left, left_then = _kept(now, then), _kept(then, now)
    for own, kept, why in ((now, left, "part_now"), (then, left_then, "part_then")):
        least = MIN_COVERAGE * len(own)
        if len(kept) < least:
            return no_change(why if sum(one.covered for one in own) < least else _other(why))
    means = [_mean(kept, measure, also) for kept, also in zip((left, left_then), beside, strict=True)]
    if means[0] is None or means[1] is None:
        return no_change("factor")
    if means[1] <= 0:
        return no_change("zero")
    return {"change": means[0] / means[1] - 1, "why": None, "compared": len(left), "of": len(now)}


def _refused(now: Sequence[Bucket], then: Sequence[Bucket], beside: tuple[Statements, Statements], *, same_points: bool) -> str:  # fmt: skip
    sides = ((now, beside[0], "now"), (then, beside[1], "then"))
    for own, also, when in sides:
        if not any(row and row["readings"] for row in (*(one.row for one in own), also.row)):
            return f"none_{when}"
    if not same_points:
        return "points"
    return next((f"part_{when}" for _, also, when in sides if also.row is not None and also.row["coverage"] != 1), "")  # fmt: skip


def _other(why: str) -> str:
    return "part_then" if why == "part_now" else "part_now"


def _kept(own: Sequence[Bucket], other: Sequence[Bucket]) -> list[Bucket]:
    """Return the buckets that are covered, and whose counterpart is, where there is one."""
    return [
        one for at, one in enumerate(own) if one.covered and (at >= len(other) or other[at].covered)
    ]  # fmt: skip


def _mean(kept: Sequence[Bucket], measure: str, beside: Statements) -> float | None:
    """Return the mean of a day; None (NE) where a bucket with readings has no value."""
    rows = [one.row for one in kept if one.row is not None and one.row["readings"]]
    also = [] if beside.row is None else [beside.row]
    if not rows + also or any(row[measure] is None for row in rows + also):
        return None
    mean = float(sum(row[measure] for row in rows)) / sum(one.days for one in kept) if rows else 0.0
    return mean + float(sum(row[measure] for row in also)) / beside.days
