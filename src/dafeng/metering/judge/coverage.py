"""Coverage of sums: the share of the metered time, over all points of a group, that readings stand for."""

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from dafeng.metering.judge.question import Period, Question
from dafeng.metering.judge.stored_tables import table
from dafeng.metering.store.reading_columns import MONTH

MIN_COVERAGE = 0.9
"""Below this share of expected readings a sum is grey (upload rule of the key-user platforms)."""

MINUTES = ("read_minutes", "covered_minutes", "expected_minutes")
"""Time of the readings, of those that are not spread over a long gap, and of all that are expected, over the points."""


def covered_share(rows: Sequence[dict[str, Any]], part: str = "covered_minutes") -> float | None:
    """Return the share of the expected time that `rows` of sums cover or, with `read_minutes`, have readings of; None where
    none is expected.
    """
    there, expected = (sum(row[name] for row in rows) for name in (part, "expected_minutes"))
    return there / expected if expected else None


def bucket_of(day: ir.DateValue, period: Period) -> ir.Value:
    """Return the day, or the first day of the month or year."""
    return day if period is Period.DAY else day.truncate("M" if period is Period.MONTH else "Y")


def whole_sum(counts: Any) -> Any:
    """The sum of whole numbers in 64 bits, exact up to 2^53: the 128 bits of the engine take four times as
    long to hand over.
    """
    return counts.cast("float64").sum().cast("int64")


def valid_days(grid: ir.Table) -> Any:
    """Return whether a point is metered on a day."""
    return (grid.day >= grid.first_day) & (grid.last_day.isnull() | (grid.day < grid.last_day))


def alike_points(points: ir.Table) -> ir.Table:
    """How many points of a group have the same period and days: what is expected is counted once for
    all of them.
    """
    return points.group_by(["group", "own", "first_day", "last_day"]).aggregate(alike=points.count())


def minutes_of(rows: ir.Table, count: Any, question: Question) -> Any:
    """The time that readings stand for; of the statement of a month as far as the month lies within the question."""
    if question.period is Period.DAY:
        return count * ibis.least(rows.own, 1440)
    minutes = count * rows.own
    if "unfinished" in rows.columns:
        begun = (question.last - question.last.replace(day=1)).days * 1440
        minutes = minutes - ibis.least(rows.unfinished, count) * (MONTH - begun)
    return minutes


def expected_readings(question: Question, points: ir.Table, *, length: int | None = None) -> ir.Table:
    """Count the expected readings of each group in each bucket and, unless all points have one period of `length` minutes, their
    time.
    """
    calendar = table("calendar")
    days = calendar.filter((calendar.day >= question.first) & (calendar.day < question.last)).select("day")
    if question.period is Period.DAY:
        grid = days.cross_join(alike_points(points))
        grid = grid.filter(valid_days(grid)).mutate(
            bucket=grid.day, days=1, firsts=_number(grid.day.day() == 1), part=1440
        )
    else:  # by months, of which there are few
        months = days.group_by(year=days.day.year(), month=days.day.month())
        months = months.aggregate(begin=days.day.min(), end=days.day.max() + ibis.interval(days=1))
        grid = months.cross_join(alike_points(points))
        begin = ibis.greatest(grid.begin, grid.first_day)
        end = ibis.least(grid.end, grid.last_day.fill_null(grid.end))
        grid = grid.mutate(
            bucket=bucket_of(grid.begin, question.period), days=ibis.greatest(end.delta(begin, unit="day"), 0),
            firsts=_number((grid.begin.day() == 1) & (grid.begin == begin) & (begin < end)),
            part=ibis.ifelse(grid.end.day() == 1, MONTH, grid.end.delta(grid.begin, unit="day") * 1440),
        )  # fmt: skip
    if length:
        return grid.group_by(["group", "bucket"]).aggregate(
            expected=whole_sum(grid.days * (1440 // length) * grid.alike)
        )
    # a point with monthly readings has one in a month, on its first day
    a_day = 1440 // ibis.ifelse(grid.own == 0, 15, grid.own)
    readings = ibis.ifelse(grid.own == MONTH, grid.firsts, grid.days * a_day)
    part = ibis.ifelse(grid.own == MONTH, grid.part, grid.own)
    return grid.group_by(["group", "bucket"]).aggregate(
        expected=whole_sum(readings * grid.alike), expected_minutes=whole_sum(readings * grid.alike * part)
    )


def _number(told: Any) -> Any:
    return ibis.ifelse(told, 1, 0)
