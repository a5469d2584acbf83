"""Energy and its cost by time-of-use band, from the readings of an hour or less of each unit.

A reading belongs to the bands in which its period lies; where it lies in two it is split by minutes, as at
constant power. What no tariff covers has no band, and what has no price costs NE, never zero.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from dafeng.evidence import DafengError
from dafeng.metering.judge.coverage import expected_readings, whole_sum
from dafeng.metering.judge.question import By, Period, Question
from dafeng.metering.judge.rollup import cuts_before, good_readings, points_of
from dafeng.metering.master_data import media
from dafeng.metering.store.sql import named_rows, run
from dafeng.metering.store.store import FLAG_SPREAD, ORIGINS, Store
from dafeng.metering.tariffs import BANDS, NO_BAND, Clock, clock_of
from dafeng.rules import MINUTES, turns
from dafeng.tables import Row

LONGEST = 60
"""Readings of longer periods [min] are of no band."""

_BREAK = "\t"


def by_minute(
    question: Question, metered: Sequence[str], cuts: Sequence[date], dialect: str = "duckdb"
) -> ir.Table:
    """Return quantities of the media `metered` by unit, month, minute of the day at which the period begins,
    and its length.

    `turn` counts the `cuts` that lie at or before the day.
    """
    points, readings = _points(question, metered), good_readings(question, dialect)
    readings = readings.mutate(
        turn=cuts_before(readings.day, cuts),
        month=readings.day.truncate("M"),
        minute=readings.local.hour() * 60 + readings.local.minute(),
    )
    rows = readings.join(points, [readings.point == points.number, readings.period == points.own])
    rows = rows.mutate(plan=rows.tariff.fill_null(""))
    return rows.group_by(["group", "medium", "plan", "month", "turn", "minute", "own"]).aggregate(
        quantity=(rows.value * rows.to_medium * rows.weight).sum(), readings=rows.count(),
        synthetic=(rows.origin == ORIGINS.index("synthetic")).cast("int32").sum(),
        covered_minutes=whole_sum(ibis.ifelse((rows.flags & FLAG_SPREAD) == 0, rows.own, 0)),
    )  # fmt: skip


def expected_by_month(question: Question, metered: Sequence[str]) -> ir.Table:
    """Count the expected readings of each unit and medium in each month, and their time."""
    points = _points(question, metered)
    return expected_readings(question, points.mutate(group=points.group.concat(_BREAK, points.medium)))


def _points(question: Question, metered: Sequence[str]) -> ir.Table:
    points = points_of(question)
    return points.filter(points.medium.isin(list(metered)), points.own > 0, points.own <= LONGEST)


def costs(store: Store, first: date, last: date, unit: str | None = None) -> list[dict[str, Any]]:
    """Return quantity and cost by unit, month, medium and band over [first, last).

    `band` is None where no tariff covers the time; `cost_yuan` is None (NE) where any part has no price;
    `coverage` is the share of the metered time of the unit's medium in the month; energy that a register
    spreads over more than a day counts and covers nothing.

    Parameters
    ----------
    store
        Open store of readings.
    first
        First day.
    last
        Day after the last.
    unit
        Unit, or None for all.

    Returns
    -------
    Rows of quantity, cost [yuan] and coverage [1].

    Raises
    ------
    DafengError
        Where the registry has no tariffs.
    """
    tariffs = store.registry().tables["tariffs"]
    if not tariffs:
        raise DafengError.at(
            "tariffs", "no tariff in the registry", "rows in metering/tariffs.csv", "enter them by init"
        )
    metered, cuts = sorted({row["medium"] for row in tariffs}), turns(tariffs)
    question = Question(By.UNIT, Period.MONTH, first, last, unit)
    expected = {
        (*row["group"].split(_BREAK), str(row["bucket"])[:7]): row
        for row in store.rows(_sql(expected_by_month(question, metered)))
    }
    with store.reading() as connection:
        connection.execute(
            "CREATE TEMP TABLE minute_sum AS SELECT * REPLACE (CAST(month AS DATE) AS month) "
            f"FROM ({_sql(by_minute(question, metered, cuts))})"
        )
        spans = connection.execute(
            "SELECT DISTINCT medium, plan, month, turn FROM minute_sum ORDER BY ALL"
        ).fetchall()
        rows = named_rows(run(connection, _BY_BAND, sent=_shares(tariffs, spans, (first, *cuts))))
    return [_answer(row, expected.get((row["unit"], row["medium"], row["month"]), {})) for row in rows]


_BY_BAND = """
WITH told AS (
  SELECT "group" AS unit, medium, month, sum(readings) AS readings, sum(synthetic) AS synthetic,
    sum(covered_minutes) AS covered_minutes
  FROM minute_sum GROUP BY ALL)
SELECT t.unit, strftime(t.month, '%Y-%m') AS month, t.medium, s.band, sum(m.quantity * s.share) AS quantity,
  CASE WHEN bool_and(s.price IS NOT NULL) THEN sum(m.quantity * s.price) END AS cost_yuan,
  CAST(any_value(t.readings) AS BIGINT) AS readings, CAST(any_value(t.synthetic) AS BIGINT) AS synthetic,
  CAST(any_value(t.covered_minutes) AS BIGINT) AS covered_minutes
FROM minute_sum m JOIN told t ON t.unit = m."group" AND t.medium = m.medium AND t.month = m.month
JOIN sent s ON s.medium = m.medium AND s.plan = m.plan AND s.month = m.month AND s.turn = m.turn AND s.minute = m.minute AND s.own = m.own
GROUP BY t.unit, t.month, t.medium, s.band ORDER BY t.unit, t.month, t.medium, s.band < 0, s.band"""


def _shares(
    tariffs: Sequence[Row], spans: Sequence[tuple[str, str, date, int]], starts: Sequence[date]
) -> pa.Table:
    """The share of each period of a day that lies in a band, and its part of the price, for each of `spans`
    (medium, tariff plan, month, turn), in which one clock holds.
    """
    rows: list[tuple[Any, ...]] = []
    for medium, plan, month, turn in spans:
        own = [tariff for tariff in tariffs if (tariff["medium"], tariff["plan"] or "") == (medium, plan)]
        clock = clock_of(own, month.month, max(starts[turn], month), media()[medium]["unit"])
        for period, minute in ((p, m) for p in _PERIODS for m in range(0, MINUTES, p)):
            parts = _parts(clock, slice(minute, minute + period))
            rows += [(medium, plan, month, turn, minute, period, *part) for part in parts]
    return pa.Table.from_pylist([dict(zip(_SHARES.names, row, strict=True)) for row in rows], _SHARES)


_PERIODS = (15, 30, 60)
_SHARES = pa.schema([
    ("medium", pa.string()), ("plan", pa.string()), ("month", pa.date32()), ("turn", pa.int64()), ("minute", pa.int64()), ("own", pa.int32()),
    ("band", pa.int8()), ("share", pa.float64()), ("price", pa.float64()),
])  # fmt: skip


def _parts(clock: Clock, minutes: slice) -> Iterator[tuple[int, float, float | None]]:
    """Band, share of the minutes, and what of a unit's price falls to it (None where a minute has none)."""
    bands, prices = clock.band[minutes], clock.price[minutes]
    for band in np.unique(bands).tolist():
        inside = bands == band
        price = float(prices[inside].sum() / len(bands))
        yield band, float(inside.mean()), None if np.isnan(price) else price


def _sql(expression: ir.Table) -> str:
    return str(ibis.to_sql(expression, dialect="duckdb"))


def _answer(row: Row, expected: Row) -> dict[str, Any]:
    band, minutes = row["band"], int(expected.get("expected_minutes", 0))
    return {
        **row, "band": None if band == NO_BAND else BANDS[band], "quantity_unit": media()[row["medium"]]["unit"],
        "expected": int(expected.get("expected", 0)), "expected_minutes": minutes,
        "coverage": row["covered_minutes"] / minutes if minutes else None,
    }  # fmt: skip
