"""Course of a scope over days, months or years, each beside the one before and the same one a year before; hours of days."""

from datetime import date, timedelta
from typing import Any

from dafeng.evidence import DafengError, Text
from dafeng.metering.drill.like_with_like import Bucket, change, no_change
from dafeng.metering.drill.merging import merged
from dafeng.metering.drill.scope import (
    ALL,
    FINE,
    LONGEST_DAYS,
    MEASURES,
    SHORT_DAYS,
    STATEMENTS,
    Metered,
    Row,
    Scope,
    Span,
    buckets_of,
    metered,
    months_later,
    points_within,
    spans_of,
    sums_of,
)
from dafeng.metering.judge.comparison import year_before
from dafeng.metering.judge.question import By, Period, Question, Sums
from dafeng.metering.judge.rollup import rollup
from dafeng.metering.store.reading_columns import MONTH

HOURS = 24
_SHOWN = ("tce", "tco2", "quantity", "medium", "coverage", "state", "origin", "readings", "expected", "as_of_batch")  # fmt: skip


def course(store: Sums, scope: Scope, first: date, last: date, *, period: str, measure: str) -> dict[str, Any]:  # fmt: skip
    """Return the use of a scope by day, month or year over [first, last).

    Parameters
    ----------
    store
        Store of readings.
    scope
        Points.
    first, last
        First day and day after the last, see `spans_of`; by day at most 366 days.
    period
        day, month or year.
    measure
        tce, tco2 or quantity: what is compared.

    Returns
    -------
    `rows`, one for each bucket: `bucket`, sums, `before` and `year_before` as `change` returns them. A bucket that the span cuts is
    not compared. Days are of points that are read within a month; the sum of the statements of a month stands `beside` them, None where
    there are none, or nothing else.

    Raises
    ------
    DafengError
        For an unknown period or measure, or a span as `spans_of`.
    """
    if period not in (Period.DAY, Period.MONTH, Period.YEAR) or measure not in MEASURES:
        raise DafengError.at("drill", f"{period}, {measure}", f"day, month, year; {', '.join(MEASURES)}")
    spans_of(first, last)
    length = Period(period)
    if length is Period.DAY and (last - first).days > LONGEST_DAYS:
        raise DafengError.at(
            Text("时段", "span"), f"{first} – {last - timedelta(days=1)}", f"at most {LONGEST_DAYS} days by day",
            "choose months or years",
        )  # fmt: skip
    points = points_within(store, scope, scope.whole)
    there = metered([row for row in points if row["counted"] or scope.point is not None])
    split = length is Period.DAY and there.statements and there.fine
    periods = FINE if split else ALL
    if split:
        there = metered([row for row in points if row["period"] != MONTH and (row["counted"] or scope.point is not None)])  # fmt: skip
    begin = _before(first, length)
    # a label that two spans share is that of the later one, except where the question cuts it: then it is not compared
    sums: dict[str, Row] = {}
    whole = first == _start(first, length)
    for span in (
        (year_before(begin), year_before(last)),
        *([(begin, last)] if whole else [(begin, first), (first, last)]),
    ):
        sums |= _summed(store, scope, length, span, periods)
    rows = []
    for label, span in buckets_of((first, last), length):
        own = sums.get(label) or merged([])
        row = {"bucket": label} | {name: own[name] for name in _SHOWN}
        for name, other in (
            ("before", _before(span[0], length)),
            ("year_before", year_before(_start(span[0], length))),
        ):
            row[name] = _compared(sums, span, (other, first), length, there, measure)
        rows.append(row)
    beside = _summed(store, scope, Period.YEAR, (first, last), STATEMENTS) if split else {}
    left_out = {name: merged(beside.values())[name] for name in _SHOWN} if split else None
    return {"from": str(first), "to": str(last), "period": period, "measure": measure, "rows": rows, "beside": left_out}  # fmt: skip


def _summed(store: Sums, scope: Scope, period: Period, span: Span, periods: tuple[int, int]) -> dict[str, Row]:  # fmt: skip
    found: dict[str, list[Row]] = {}
    for rows in sums_of(store, scope, scope.whole, period, span, periods).values():
        for label, row in rows.items():
            found.setdefault(label, []).append(row)
    return {label: merged(rows) for label, rows in found.items()}


def _before(day: date, period: Period) -> date:
    """Return the first day of the bucket before the one of `day`."""
    if period is Period.DAY:
        return day - timedelta(days=1)
    return months_later(day, -1) if period is Period.MONTH else date(day.year - 1, 1, 1)


def _compared(sums: dict[str, Row], span: Span, other: Span, period: Period, points: Metered, measure: str) -> dict[str, Any]:  # fmt: skip
    """Compare a bucket with the one that begins on the first of `other`; the second of it is the first day of the question."""
    begin, first = other
    ((label, then),) = buckets_of((begin, _after(begin, period)), period)
    if span != (_start(span[0], period), _after(span[0], period)) or then[0] < first < then[1]:
        return no_change("cut")
    there = [points.over(one) for one in (span, then)]
    same = there[0] == there[1] and all(throughout for _, throughout in there[0])
    now, earlier = (
        Bucket(sums.get(name), (days[1] - days[0]).days)
        for name, days in ((buckets_of(span, period)[0][0], span), (label, then))
    )
    if points.statements and period is Period.DAY:
        return no_change("statements")
    return change([now], [earlier], measure, same_points=same)


def _start(day: date, period: Period) -> date:
    """Return the first day of the bucket of a day."""
    if period is Period.DAY:
        return day
    return day.replace(day=1) if period is Period.MONTH else date(day.year, 1, 1)


def _after(begin: date, period: Period) -> date:
    """Return the day after a bucket that begins in the month or year of a day."""
    if period is Period.DAY:
        return begin + timedelta(days=1)
    return months_later(begin, 1) if period is Period.MONTH else date(begin.year + 1, 1, 1)


def hours(store: Sums, scope: Scope, first: date, last: date) -> dict[str, Any]:
    """Return the use of a scope in each hour of [first, last), of one medium.

    Parameters
    ----------
    store
        Store of readings.
    scope
        Points, of one medium (or one point).
    first, last
        First day and day after the last, at most 62 days.

    Returns
    -------
    `days`: for each day its 24 hours at UTC+8, in the unit of the `medium` (of electricity kWh in an hour, which is the mean power in
    kW), None where less than 90 % of what is due was read; `coverage` over all hours.

    Raises
    ------
    DafengError
        For a reversed span or one of more than 62 days, or a scope of no single medium.
    """
    spans_of(first, last)
    if (last - first).days > SHORT_DAYS:
        raise DafengError.at(
            Text("时段", "span"), f"{first} – {last - timedelta(days=1)}", f"at most {SHORT_DAYS} days by hour",
            "choose a shorter span",
        )  # fmt: skip
    if scope.point is None and scope.medium is None:
        raise DafengError.at(
            Text("能源品种", "medium"), "no medium", "one medium", "amounts of several media cannot be added"
        )  # fmt: skip
    by = By.POINT if scope.point is not None else By.MEDIUM
    rows = rollup(store, Question(by, Period.HOUR, first, last, within=scope.within))
    found: dict[str, list[float | None]] = {
        str(first + timedelta(days=day)): [None] * HOURS for day in range((last - first).days)
    }
    for row in rows:
        day, hour = row["bucket"].split(" ")
        if row["state"] == "counted":
            found[day][int(hour[:2])] = row["quantity"]
    whole = merged(rows)
    return {
        "from": str(first), "to": str(last), "medium": whole["medium"], "coverage": whole["coverage"], "origin": whole["origin"], "as_of_batch": whole["as_of_batch"],
        "days": [{"day": day, "hours": values} for day, values in found.items()],
    }  # fmt: skip
