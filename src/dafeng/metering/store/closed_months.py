"""Closed months: such a month keeps its readings, its sums and what they mean, whatever register or registry is entered.

On closing, the sums of the month are kept as text with their hash. A registry that would give a closed month another
meaning is refused, also where somebody approves it: the month has to be opened again first, with a reason.
"""

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import duckdb

from dafeng.evidence import DafengError, Problem, day_of
from dafeng.metering.store.rehoming import MOVING
from dafeng.metering.store.sql import local_date

_CLOSED = "(SELECT DISTINCT month, CAST(month + INTERVAL 1 MONTH AS DATE) AS following FROM archive WHERE reopened IS NULL)"
_READ = f"""
CREATE OR REPLACE TEMP TABLE closed_point AS
SELECT DISTINCT d.point AS number, c.month, c.following
FROM day_sum d JOIN {_CLOSED} c ON d.day >= c.month AND d.day < c.following"""

MEANING = (
    "object",
    "owner",
    "medium",
    "use",
    "unit",
    "to_medium",
    "sign",
    "period",
    "kind",
    "parent",
    "county",
    "sector",
)
"""The columns of a stored point that define what its readings are of, in which unit, and into which sums they go."""


def refuse_rewriting_published(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse the registry that was just written where it changes what a closed month says.

    Call after `remember` and `prepare`. Raises: DafengError with each point, column and month.
    """
    if not connection.execute(f"SELECT 1 FROM {_CLOSED} LIMIT 1").fetchall():
        return
    connection.execute(_READ)
    found: dict[tuple[str, str], set[date]] = {}
    for id_, column, month in (
        *_other_meaning(connection), *_moved(connection), *_other_rates(connection), *_other_terms(connection),
        *_other_days(connection),
    ):  # fmt: skip
        found.setdefault((id_, column), set()).add(month)
    problems = [
        Problem(
            f"points:{id_}:{column}", f"another meaning of {', '.join(f'{month:%Y-%m}' for month in sorted(months)[:6])}, which is closed",
            f"a change that begins after {max(months):%Y-%m}",
            "give the change a later valid_from, or reopen the month with its reason first (archive --reopen)",
        )
        for (id_, column), months in sorted(found.items())
    ]  # fmt: skip
    if problems:
        raise DafengError(problems)


_Found = Iterator[tuple[str, str, date]]


def _other_meaning(connection: duckdb.DuckDBPyConnection) -> _Found:
    columns = ", ".join(f"b.{name} IS DISTINCT FROM a.{name} AS {name}" for name in MEANING)
    rows = connection.execute(
        f"SELECT b.id, c.month, {columns} FROM closed_point c JOIN point_before b USING (number) JOIN point a USING (number) "
        "WHERE b.kind <> 'retired'"
    ).fetchall()
    for id_, month, *differs in rows:
        for name, is_other in zip(MEANING, differs, strict=True):
            if is_other:
                yield id_, name, month


def _moved(connection: duckdb.DuckDBPyConnection) -> _Found:
    rows = connection.execute(
        f"SELECT DISTINCT m.id, c.month FROM ({MOVING.format(readings='readings')}) m JOIN {_CLOSED} c "
        f"ON {local_date('m.start')} >= c.month AND {local_date('m.start')} < c.following"
    ).fetchall()
    for id_, month in rows:
        yield id_, "valid_from", month


_SPANS = """
SELECT r.point, c.month, greatest(r.since, c.month) AS begin, least(r.until, c.following) AS stop, r.tce, r.tce_equivalent,
  r.tco2, r.scope
FROM {rates} r JOIN closed_point c ON c.number = r.point AND r.since < c.following AND r.until > c.month"""


def _other_rates(connection: duckdb.DuckDBPyConnection) -> _Found:
    """Points whose coal equivalent or CO2 of a closed month would be another, by a factor of the registry or
    the package.
    """
    rows = connection.execute(f"""
        WITH b AS ({_SPANS.format(rates="rate_before")}), a AS ({_SPANS.format(rates="rate")}),
        alike AS (SELECT b.point, b.month, sum(greatest(least(a.stop, b.stop) - greatest(a.begin, b.begin), 0)) AS days
          FROM b JOIN a USING (point, month) WHERE (a.tce, a.tce_equivalent, a.tco2, a.scope) IS NOT DISTINCT FROM
            (b.tce, b.tce_equivalent, b.tco2, b.scope) GROUP BY ALL),
        every AS (SELECT point, month, max(days) AS days FROM (
          SELECT point, month, sum(stop - begin) AS days FROM b GROUP BY ALL UNION ALL
          SELECT point, month, sum(stop - begin) AS days FROM a GROUP BY ALL) GROUP BY ALL)
        SELECT p.id, e.month FROM every e LEFT JOIN alike USING (point, month) JOIN point p ON p.number = e.point
        WHERE e.days <> coalesce(alike.days, 0) AND p.kind <> 'retired'""").fetchall()
    for id_, month in rows:
        yield id_, "factors", month


_TERMS = """
SELECT p.id, t.part, t.sign, c.month, greatest(coalesce(t.since, c.month), c.month) AS begin,
  least(coalesce(t.until, c.following), c.following) AS stop
FROM {terms} t JOIN {points} p ON p.number = t.virtual JOIN closed_point c ON c.number = t.part
WHERE greatest(coalesce(t.since, c.month), c.month) < least(coalesce(t.until, c.following), c.following)"""


def _other_terms(connection: duckdb.DuckDBPyConnection) -> _Found:
    before = _TERMS.format(terms="term_before", points="point_before")
    after = _TERMS.format(terms="term", points="point")
    known = "SELECT id FROM point_before WHERE kind <> 'retired'"
    rows = connection.execute(
        f"SELECT DISTINCT id, month FROM (({before} EXCEPT {after}) UNION ({after} EXCEPT {before})) WHERE id IN ({known})"
    ).fetchall()
    for id_, month in rows:
        yield id_, "formula", month


def _other_days(connection: duckdb.DuckDBPyConnection) -> _Found:
    """Points of which another number of days would be expected in a closed month."""

    def span(point: str) -> str:
        begin = f"greatest(coalesce({local_date(f'{point}.valid_from')}, c.month), c.month)"
        return f"greatest(least(coalesce({local_date(f'{point}.valid_to')}, c.following), c.following) - {begin}, 0)"

    rows = connection.execute(
        f"SELECT b.id, c.month FROM point_before b JOIN point a USING (number) CROSS JOIN {_CLOSED} c "
        f"WHERE a.kind <> 'retired' AND b.kind <> 'retired' AND {span('a')} <> {span('b')}"
    ).fetchall()
    for id_, month in rows:
        yield id_, "valid_from, valid_to", month


def closed_months(connection: duckdb.DuckDBPyConnection) -> list[date]:
    """Return the first days of the closed months."""
    rows = connection.execute(
        "SELECT DISTINCT month FROM archive WHERE reopened IS NULL ORDER BY month"
    ).fetchall()
    return [month for (month,) in rows]


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


Made = tuple[int, int, datetime, float, int, int]


def kept_out(
    connection: duckdb.DuckDBPyConnection, made: list[Made], closed: list[date], found: datetime
) -> list[Made]:
    """The intervals of open months; those of closed ones are never written, but flagged where they differ
    from the stored.

    A flag `closed` has the energy that would be right as value and the stored one as what was expected; it is
    taken back when the month is opened again, and its intervals are made then.
    """
    months = frozenset(closed)
    outside: dict[tuple[int, int, date], list[Made]] = {}
    for one in made:
        month = day_of(one[2]).replace(day=1)
        if month in months:
            outside.setdefault((one[0], one[1], month), []).append(one)
    for (point, period, _), ones in outside.items():
        starts = [one[2] for one in ones]
        connection.execute(
            "DELETE FROM flag WHERE kind = 'closed' AND point = $1 AND period = $2 AND start >= $3 AND until <= $4",
            [point, period, min(starts), max(starts) + timedelta(minutes=period)],
        )
        rows = connection.execute(
            "SELECT start, value FROM readings WHERE point = $1 AND period = $2 AND start IN (SELECT unnest($3))",
            [point, period, starts],
        ).fetchall()
        stored = dict(rows)
        other = [one for one in ones if one[2] not in stored or not _alike(one[3], stored[one[2]])]
        if other:
            span = [
                point,
                period,
                min(one[2] for one in other),
                max(one[2] for one in other) + timedelta(minutes=period),
            ]
            energy, there = (
                math.fsum(parts)
                for parts in ([one[3] for one in other], [stored.get(one[2], 0.0) for one in other])
            )
            connection.execute(
                "INSERT INTO flag (point, period, start, until, kind, value, expected, found) "
                "VALUES ($1, $2, $3, $4, 'closed', $5, $6, $7)",
                [*span, energy, there, found],
            )
    return [one for one in made if day_of(one[2]).replace(day=1) not in months]


def _alike(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
