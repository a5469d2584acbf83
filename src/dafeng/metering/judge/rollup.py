"""Aggregation of energy, coal equivalent and CO2 by period and group, written once in Ibis for every engine.

Missing stays missing: each sum states how many of the expected readings it rests on, which part of them is
estimated or synthetic, and is grey below 90 % coverage. Coverage is of the time that is metered, over all points of
the group: a statement of a month weighs as much as the readings of its days. Only counted points enter: those without a parent
that take in or give away energy.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir

from dafeng.evidence import UTC8_HOURS, DafengError, midnight
from dafeng.metering.judge.coverage import (
    MIN_COVERAGE,
    alike_points,
    bucket_of,
    expected_readings,
    minutes_of,
    valid_days,
    whole_sum,
)
from dafeng.metering.judge.question import FINE, By, Period, Question, Sums
from dafeng.metering.judge.stored_tables import table
from dafeng.metering.store.reading_columns import MONTH
from dafeng.metering.store.store import FLAG_SPREAD, ORIGINS, Store

_GROUP = {By.POINT: "id", By.UNIT: "owner", By.MEDIUM: "medium", By.SECTOR: "sector", By.COUNTY: "county"}
_QUANTITIES = ("tce", "tce_equivalent", "tco2")
_SCOPES = (1, 2)
_COUNTS = {
    "readings": "count",
    "estimated": "estimated",
    "synthetic": "synthetic",
    "quarantined": "quarantined",
    "spread": "spread",
}

Cuts = tuple[date, ...]
"""Days on which factors change."""


def _local(moment: Any) -> Any:
    """Convert moments in UTC to Beijing time."""
    return moment + ibis.interval(hours=UTC8_HOURS)


def points_of(question: Question) -> ir.Table:
    """Return the points of the sum: the readings of `number`, times `weight`, at the rates of `rated`,
    into `group`.
    """
    points = table("point")
    if question.by is not By.POINT:
        points = points.filter(points.counted)
    if question.unit is not None:
        points = points.filter(points.owner == question.unit)
    for column, values in question.within:
        points = points.filter(points[column].isin(values))
    if question.periods != (1, MONTH):
        points = points.filter(points.period.between(*question.periods))
    points = points.select(
        "number", "medium", "to_medium", "sign", "kind", "tariff", group=_group(points, question),
        own=points.period,
        first_day=_local(points.valid_from).date(),
        last_day=_local(points.valid_to).date(),
    )  # fmt: skip
    metered = points.filter(points.kind.isin(["interval", "register"]))
    metered = metered.mutate(
        rated=metered.number, weight=metered.sign, formula=ibis.literal(1, "int32")
    ).drop("kind", "sign")
    if question.by is not By.POINT:
        return metered
    terms = table("term").rename(term_sign="sign")
    virtual = points.filter(points.kind == "virtual").join(terms, points.number == terms.virtual)
    virtual = virtual.mutate(  # within the days of the versions that the term is of
        first_day=ibis.greatest(virtual.first_day, virtual.since.fill_null(virtual.first_day)),
        last_day=ibis.ifelse(
            virtual.until.isnull(),
            virtual.last_day,
            ibis.least(virtual.until, virtual.last_day.fill_null(virtual.until)),
        ),
        rated=virtual.number,
        weight=(virtual.sign * virtual.term_sign).cast("int32"),
        formula=virtual.term_sign,
    )
    virtual = virtual.drop("number", "kind", "sign", "virtual", "term_sign", "since", "until").rename(
        number="part"
    )
    return metered.union(virtual.select(*metered.columns))


def _group(points: ir.Table, question: Question) -> Any:
    if question.by is By.CITY:
        return ibis.literal("city")
    return points.number.cast("string") if question.versions else points[_GROUP[question.by]]


def _with_rates(sums: ir.Table, question: Question) -> ir.Table:
    """Add tce, tce_equivalent, tco2 to rows of (rated, day, value …), null where no factor of the date
    is available.
    """
    rates = table("rate")
    rates = rates.filter((rates.since < question.last) & (rates.until > question.first))
    rates = rates.select(
        "since", "until", "scope", rate_point=rates.point, **{f"{n}_rate": rates[n] for n in _QUANTITIES}
    )
    joined = sums.left_join(
        rates, [sums.rated == rates.rate_point, sums.day >= rates.since, sums.day < rates.until]
    )
    # a rate carries the sign of its own point, the weight of a term only that of the formula
    return joined.mutate(
        **{name: joined.value * joined.formula * joined[f"{name}_rate"] for name in _QUANTITIES}
    )


def _totals(rows: ir.Table, keys: list[str], question: Question, length: int | None) -> ir.Table:
    measures: dict[str, Any] = {
        "quantity": (rows.value * rows.to_medium * rows.weight).sum(),
        "medium": rows.medium.min(), "other_medium": rows.medium.max(),
        "as_of_batch": rows.batch.max(),
    }  # fmt: skip
    for name, column in _COUNTS.items():
        measures[name] = whole_sum(rows[column])
    if length is None:
        measures["read_minutes"] = whole_sum(minutes_of(rows, rows["count"], question))
        measures["covered_minutes"] = whole_sum(minutes_of(rows, rows["count"] - rows.spread, question))
    for name in _QUANTITIES:  # NE where a part has no factor
        missing = (rows[name].isnull() & rows.value.notnull()).any()
        measures[name] = ibis.ifelse(missing, None, rows[name].sum())
    for scope in _SCOPES:
        measures[f"tco2_scope{scope}"] = ibis.ifelse(rows.scope == scope, rows.tco2, 0.0).sum()
    return rows.group_by(keys).aggregate(**measures)


def cuts_before(day: Any, cuts: Sequence[date]) -> Any:
    """Count the `cuts` that lie at or before each day."""
    count: Any = ibis.literal(0)
    for cut in cuts:
        count = count + (day >= ibis.literal(cut)).cast("int32")
    return count


def _condensed(days: ir.Table, question: Question, cuts: Cuts, length: int | None) -> ir.Table:
    """Day sums put together as far as they share bucket and factors: some thousand rows for a year instead of
    a million.

    `day` is the first of those put together, `turn` the number of their month or year.
    """
    # numbers of months and years are told from a day in half the time of cutting it
    turn = days.day.year() if question.period is Period.YEAR else days.day.year() * 12 + days.day.month()
    days = days.mutate(turn=turn, cut=cuts_before(days.day, cuts))
    more = {}
    if (
        question.last.day != 1 and length is None
    ):  # statements of a month of which only the beginning is asked
        late = (days.period == MONTH) & (days.day == ibis.literal(question.last.replace(day=1)))
        more["unfinished"] = ibis.ifelse(late, days["count"], 0).sum()
    return days.group_by(["point", "period", "turn", *(["cut"] if cuts else [])]).aggregate(
        day=days.day.min(), count=days["count"].sum(), value=days.value.sum(), estimated=days.estimated.sum(),
        synthetic=days.synthetic.sum(), quarantined=days.quarantined.sum(), spread=days.spread.sum(), batch=days.batch.max(),
        **more,
    )  # fmt: skip


def cuts_sql(question: Question) -> str:
    """Return SQL for the days within a question's span on which a factor changes, `since`, in no order, for any engine."""
    within = f"since > '{question.first}' AND since < '{question.last}'"
    return f"SELECT DISTINCT since, 0 AS period FROM rate WHERE {within}"


def by_days(question: Question, cuts: Cuts, *, length: int | None = None) -> ir.Table:
    """Return sums by day, month or year from the day sums: for screens, in milliseconds."""
    points, days = points_of(question), table("day_sum")
    days = days.filter((days.day >= question.first) & (days.day < question.last))
    if question.period is not Period.DAY:
        days = _condensed(days, question, cuts, length)
    rows = days.join(points, [days.point == points.number, days.period == points.own])
    totals = _totals(
        _with_rates(rows, question).mutate(bucket=lambda t: bucket_of(t.day, question.period)),
        ["group", "bucket"],
        question,
        length,
    )
    return _joined(expected_readings(question, points, length=length), totals)


def good_readings(question: Question, dialect: str) -> ir.Table:
    """Select readings of the question's span that are not in quarantine, with their `local` time and
    `day` at UTC+8.
    """
    readings = table("readings")
    if (
        dialect == "duckdb"
    ):  # it skips by bounds of `start`; other engines read a moment without zone in their own
        begin, end = midnight(question.first), midnight(question.last)
        readings = readings.filter(readings.start >= ibis.literal(begin), readings.start < ibis.literal(end))
    readings = readings.mutate(local=_local(readings.start))
    readings = readings.mutate(day=readings.local.date())
    within = (readings.day >= question.first) & (readings.day < question.last)
    return readings.filter(within & ((readings.flags & 64) == 0))


def by_slots(question: Question, dialect: str, *, length: int | None = None) -> ir.Table:
    """Return sums by 15 minutes or hour, from the readings."""
    minutes, points, readings = FINE[question.period], points_of(question), good_readings(question, dialect)
    points = points.filter(points.own <= minutes)
    readings = readings.mutate(
        slot=((readings.local.hour() * 60 + readings.local.minute()) // minutes).cast("int32"), count=1,
        estimated=(readings.origin == ORIGINS.index("estimated")).cast("int32"),
        synthetic=(readings.origin == ORIGINS.index("synthetic")).cast("int32"), quarantined=0,
        spread=((readings.flags & FLAG_SPREAD) != 0).cast("int32"),
    )  # fmt: skip
    rows = readings.join(points, [readings.point == points.number, readings.period == points.own])
    totals = _totals(_with_rates(rows, question), ["group", "day", "slot"], question, length)
    calendar = table("calendar")
    days = calendar.filter((calendar.day >= question.first) & (calendar.day < question.last)).select("day")
    slots = table("calendar").filter(lambda t: t.number < 1440 // minutes).select(slot=lambda t: t.number)
    grid = days.cross_join(alike_points(points))
    grid = (
        grid.filter(valid_days(grid))
        .group_by(["group", "day"])
        .aggregate(
            expected=lambda t: whole_sum(minutes // t.own * t.alike),
            **(
                {"expected_minutes": lambda t: whole_sum(minutes // t.own * t.alike * t.own)}
                if length is None
                else {}
            ),
        )
    )
    return _joined(grid.cross_join(slots), totals)


_EXPECTED = ("expected", "expected_minutes")


def _joined(expected: ir.Table, totals: ir.Table) -> ir.Table:
    keys = [name for name in ("group", "bucket", "day", "slot") if name in expected.columns]
    sums = [name for name in _EXPECTED if name in expected.columns]
    joined = expected.left_join(totals, keys)
    return joined.select(*keys, *sums, *[name for name in totals.columns if name not in keys]).order_by(keys)


@lru_cache(maxsize=256)
def compiled(
    question: Question, dialect: str = "duckdb", cuts: Cuts = (), *, length: int | None = None
) -> str:
    """Compile the statement of a question for an engine; `cuts` are the answer to `cuts_sql`. Where all points have one
    period, its `length` in minutes, their time is told from the number of readings.
    """
    if question.period in FINE:
        expression = by_slots(question, dialect, length=length)
    else:
        expression = by_days(question, cuts, length=length)
    return str(ibis.to_sql(expression, dialect=dialect))


def rollup(store: Sums, question: Question) -> list[dict[str, Any]]:
    """Return sums by group and bucket, one row each, empty buckets too.

    `quantity` is in the medium's unit where all points of the group share a medium, else it is None;
    tce, tce_equivalent and tco2 are None where a reading has no factor of its date and kind (NE). `state` is
    grey below 90 % coverage.

    Raises
    ------
    DafengError
        For a city sum that would rest on synthetic readings.
    """
    told = store.rows(f"{_PERIODS} UNION ALL {cuts_sql(question)}")
    cuts = tuple(sorted(row["since"] for row in told if not row["period"]))
    periods = [row["period"] for row in told if row["period"]]
    length = periods[0] if len(periods) == 1 and 0 < periods[0] <= 1440 else None
    statement = compiled(question, store.dialect, cuts, length=length)
    return answers(store.rows(statement), question, length)


_PERIODS = (
    "SELECT DISTINCT CAST('1970-01-01' AS DATE) AS since, CASE WHEN period > 0 THEN period ELSE -1 END AS period "
    "FROM point WHERE kind IN ('interval', 'register')"
)


def answer_size(
    store: Store, by: By, period: Period, first: str | None, last: str | None, unit: str | None
) -> tuple[int, int, float]:
    """Return groups, days and sums of an answer before it is computed; days are text, open ends those
    that are stored.
    """
    column = "1" if by is By.CITY else _GROUP[by]
    found = store.rows(
        f"SELECT count(DISTINCT {column}) AS groups, "
        "date_diff('day', coalesce(TRY_CAST($first AS DATE), (SELECT min(day) FROM day_sum)), "
        "coalesce(TRY_CAST($last AS DATE), (SELECT max(day) FROM day_sum) + INTERVAL 1 DAY)) AS days "
        "FROM point WHERE $unit IS NULL OR owner = $unit",
        {"unit": unit, "first": first, "last": last},
    )[0]
    groups, days = int(found["groups"]), int(found["days"] or 0)
    return groups, days, groups * days * _PER_DAY[period]


_PER_DAY = {
    Period.QUARTER: 96.0, Period.HOUR: 24.0, Period.DAY: 1.0, Period.MONTH: 1 / 28, Period.YEAR: 1 / 365,
}  # fmt: skip


def answers(
    found: list[dict[str, Any]], question: Question, length: int | None = None
) -> list[dict[str, Any]]:
    """Convert the result of an engine to rows for people; `length` is the period of all points, None where they have
    several. Raises: DafengError as `rollup`.
    """
    rows = [_answer(row, question, length) for row in found]
    if question.by is By.CITY:
        refuse_synthetic(rows)
    return rows


def refuse_synthetic(rows: list[dict[str, Any]]) -> None:
    """Check that no row of `rows` rests on synthetic readings. Raises: DafengError where any does."""
    tainted = [row["bucket"] for row in rows if row["synthetic"]]
    if tainted:
        raise DafengError.at(
            "city", f"synthetic readings in {', '.join(tainted[:3])}", "measured readings only",
            "simulated data are for trials; keep them in a store of their own",
        )  # fmt: skip


def _answer(row: dict[str, Any], question: Question, length: int | None) -> dict[str, Any]:
    readings, expected = row["readings"] or 0, row["expected"] or 0
    covered = readings - (row["spread"] or 0)
    if length:
        read_minutes, covered_minutes = readings * length, covered * length
    else:
        read_minutes, covered_minutes = row["read_minutes"] or 0, row["covered_minutes"] or 0
    expected_minutes = expected * length if length else row["expected_minutes"] or 0
    coverage = covered_minutes / expected_minutes if expected_minutes else None
    synthetic = row["synthetic"] or 0
    one_medium = readings > 0 and row["medium"] == row["other_medium"]
    known_co2 = readings > 0 and row["tco2"] is not None
    return {
        "group": row["group"], "bucket": _label(row, question),
        "medium": row["medium"] if one_medium else None,
        "quantity": row["quantity"] if one_medium else None,
        "tce": row["tce"] if readings else None,
        "tce_equivalent": row["tce_equivalent"] if readings else None,
        "tco2": row["tco2"] if readings else None,
        "tco2_scope1": row["tco2_scope1"] if known_co2 else None,
        "tco2_scope2": row["tco2_scope2"] if known_co2 else None,
        "readings": readings, "covered": covered, "expected": expected, "coverage": coverage,
        "read_minutes": read_minutes, "covered_minutes": covered_minutes, "expected_minutes": expected_minutes,
        "estimated": row["estimated"] or 0, "synthetic": synthetic, "quarantined": row["quarantined"] or 0,
        "origin": "synthetic" if synthetic and synthetic == readings else "mixed" if synthetic
        else "measured" if readings else "none",
        "state": "grey" if coverage is None or coverage < MIN_COVERAGE else "counted",
        "as_of_batch": row["as_of_batch"],
    }  # fmt: skip


_LABEL = {Period.DAY: 10, Period.MONTH: 7, Period.YEAR: 4}


def _label(row: dict[str, Any], question: Question) -> str:
    if question.period in FINE:
        minutes = row["slot"] * FINE[question.period]
        return f"{row['day']} {minutes // 60:02}:{minutes % 60:02}"
    return str(row["bucket"])[: _LABEL[question.period]]
