"""Scope and spans of a drill-down: which points, which days, and the days that they are compared with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dafeng.evidence import DafengError, Text
from dafeng.metering.judge.comparison import year_before
from dafeng.metering.judge.question import By, Period, Question, Sums
from dafeng.metering.judge.rollup import rollup
from dafeng.metering.store.reading_columns import MONTH
from dafeng.metering.store.sql import local_date

Row = dict[str, Any]
Span = tuple[date, date]

MEASURES = ("tce", "tco2", "quantity")
"""What is summed: coal equivalent [tce], CO2 [t], or the amount in the unit of the one medium."""

SHORT_DAYS, LONGEST_DAYS, LONGEST_MONTHS = 62, 366, 120
"""Days up to which days are compared one by one; days of any span; months of a span of whole months."""

PARTS = {"county": By.COUNTY, "sector": By.SECTOR, "unit": By.UNIT, "medium": By.MEDIUM, "point": By.POINT}
"""Levels into which a scope is divided."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Points of a drill-down: those within each part that is given; `owners` are the units that the reader may see."""

    county: str | None = None
    sector: str | None = None
    unit: str | None = None
    point: str | None = None
    medium: str | None = None
    owners: tuple[str, ...] | None = None

    @property
    def within(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the filters of a question."""
        given = (
            ("county", self.county), ("sector", self.sector), ("owner", self.unit), ("id", self.point), ("medium", self.medium),
        )  # fmt: skip
        filters = tuple((column, (value,)) for column, value in given if value is not None)
        return filters if self.owners is None else (*filters, ("owner", self.owners))

    def holds(self, point: Row) -> bool:
        """Return whether a row of the points is within the scope."""
        return all(point[column] in values for column, values in self.within)

    @property
    def whole(self) -> By:
        """Return the grouping of which the sums of the scope are made: the point, else the few media."""
        return By.POINT if self.point is not None else By.MEDIUM


@dataclass(frozen=True, slots=True)
class Spans:
    """Days [first, last) with the span before and the same span a year before, and the length of bucket in which
    they are compared; `months` is the number of whole months, 0 where the span is not of whole months.
    """

    this: Span
    before: Span
    year_before: Span | None
    grain: Period
    months: int


def spans_of(first: date, last: date) -> Spans:
    """Return the spans of a question.

    Parameters
    ----------
    first, last
        First day and day after the last.

    Returns
    -------
    Of whole months as many months before, otherwise as many days; a span of more than a year has no year before.

    Raises
    ------
    DafengError
        Where the days are reversed, or more than 366 without being at most 120 whole months.
    """
    days = (last - first).days
    if days <= 0:
        raise DafengError.at(
            Text("时段", "span"), f"{first} – {last - timedelta(days=1)}", "a last day not before the first", "exchange the two days",
        )  # fmt: skip
    months = whole_months(first, last)
    if days > LONGEST_DAYS and not 0 < months <= LONGEST_MONTHS:
        raise DafengError.at(
            Text("时段", "span"), f"{first} – {last - timedelta(days=1)}",
            f"at most {LONGEST_DAYS} days, or at most {LONGEST_MONTHS} whole months",
            "choose a shorter span",
        )  # fmt: skip
    begin = months_later(first, -months) if months else first - timedelta(days=days)
    earlier = None
    if days <= LONGEST_DAYS:
        start = year_before(first)
        earlier = (start, year_before(last) if months else start + timedelta(days=days))
    grain = Period.MONTH if months and days > SHORT_DAYS else Period.DAY
    return Spans((first, last), (begin, first), earlier, grain, months)


def whole_months(first: date, last: date) -> int:
    """Return the number of months of [first, last); 0 where it is not of whole months."""
    if first.day != 1 or last.day != 1:
        return 0
    return (last.year - first.year) * 12 + last.month - first.month


def months_later(day: date, months: int) -> date:
    """Return the first of a month some months later or, below zero, earlier."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def buckets_of(span: Span, period: Period) -> list[tuple[str, Span]]:
    """Return label and days of each bucket of a span, as the sums name it, those at the ends cut by the span."""
    first, last = span
    found, begin = [], first
    while begin < last:
        if period is Period.DAY:
            end = begin + timedelta(days=1)
        elif period is Period.MONTH:
            end = months_later(begin, 1)
        else:
            end = date(begin.year + 1, 1, 1)
        label = str(begin)[: {Period.DAY: 10, Period.MONTH: 7}.get(period, 4)]
        found.append((label, (begin, min(end, last))))
        begin = end
    return found


ALL, FINE, STATEMENTS = (1, MONTH), (1, MONTH - 1), (MONTH, MONTH)
"""Periods of points: all, those read within a month, statements of a month."""


def sums_of(store: Sums, scope: Scope, by: By, period: Period, span: Span, periods: tuple[int, int] = ALL) -> dict[str, dict[str, Row]]:  # fmt: skip
    """Return the sums of a scope: group → bucket → row."""
    found: dict[str, dict[str, Row]] = {}
    for row in rollup(store, Question(by, period, *span, periods=periods, within=scope.within)):
        found.setdefault(row["group"], {})[row["bucket"]] = row
    return found


def points_within(store: Sums, scope: Scope, by: By) -> list[Row]:
    """Return the points of a scope with their days: only counted ones, except where each point is asked for."""
    rows = store.rows(
        "SELECT id, coalesce(name_zh, '') AS name_zh, use, owner, county, sector, medium, sign, period, kind, counted, "
        f'{local_date("valid_from")} AS "from", {local_date("valid_to")} AS "to" FROM point '
        "WHERE kind IN ('interval', 'register', 'virtual') ORDER BY number"
    )
    return [row for row in rows if scope.holds(row) and (row["counted"] or by is By.POINT)]


@dataclass(frozen=True, slots=True)
class Metered:
    """Points of a group: id → first and last day over all its versions; whether points read within a month, and whether
    statements of a month are among them.
    """

    days: dict[str, tuple[date, date | None]]
    fine: bool
    statements: bool

    def over(self, span: Span) -> frozenset[tuple[str, bool]]:
        """Return the points that are metered in a span, each with whether it is so throughout."""
        return frozenset(
            (id_, begin <= span[0] and (end is None or end >= span[1]))
            for id_, (begin, end) in self.days.items()
            if begin < span[1] and (end is None or end > span[0])
        )


def metered(points: Iterable[Row]) -> Metered:
    """Return the days of points, the versions of each put together."""
    days: dict[str, tuple[date, date | None]] = {}
    lengths = set()
    for row in points:
        lengths.add(row["period"] == MONTH)
        begin, end = days.get(row["id"], (row["from"], row["to"]))
        ends = None if end is None or row["to"] is None else max(end, row["to"])
        days[row["id"]] = (min(begin, row["from"]), ends)
    return Metered(days, False in lengths, True in lengths)
