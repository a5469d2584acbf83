"""Data quality of the readings: flags next to the values, quarantine with release, a score per unit.

Checks never change a value. Range and negative readings wait in quarantine since they came in; the others are
detected here over a span of days. Thresholds follow the upload rules of the key-user platforms where one is
available (90 % completeness; day against month within 5 %); the rest are stated constants.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from dafeng.evidence import DafengError, utc_now
from dafeng.metering.dated_points import points_on
from dafeng.metering.store.cumulative_meters import derive_points
from dafeng.metering.store.day_sums import remake
from dafeng.metering.store.plausibility import OTHER_MAGNITUDE, RISEN, UNIT_CHANGED
from dafeng.metering.store.point_cache import RELEASED_MAGNITUDE
from dafeng.metering.store.sql import LOCAL_DAY, day_end_of, first_row, local, local_date, midnight_of
from dafeng.metering.store.store import (
    FLAG_IMPLAUSIBLE,
    FLAG_NEGATIVE,
    FLAG_QUARANTINED,
    FLAG_RANGE,
    FLAG_RELEASED,
    FLAG_SENDER,
    Store,
)

FROZEN_PERIODS = 12
"""Equal values other than zero in so many periods in a row are a frozen meter."""

JUMP_FACTOR = 10.0
"""A step above so many times the usual one (1.4826 × median absolute step) and half the usual level is
a jump."""

LOW_FACTOR = 100.0
"""A day whose largest value is so many times below that of other days (90th percentile) may be in another unit; it counts."""

BALANCE_TOLERANCE = 0.05
"""Children above the parent by more than this share of it; also days against their month."""


@dataclass(frozen=True, slots=True)
class Span:
    """Span of days [first, last). Raises: DafengError where it is empty."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last <= self.first:
            raise DafengError.at("--to", str(self.last), f"a day after {self.first}")


_SPAN = f"start >= {midnight_of('$first::DATE')} AND start < {midnight_of('$last::DATE')}"
_VALUES = (
    f"(SELECT * FROM readings WHERE {_SPAN} AND period BETWEEN 1 AND 60 AND (flags & {FLAG_QUARANTINED}) = 0)"
)

_FIND = {
    "range": f"""
        SELECT r.point, r.period, r.start, r.start + to_minutes(r.period), 'range', r.value,
          p.rated_max * r.period / 60 FROM readings r JOIN point p ON p.number = r.point
        WHERE {_SPAN} AND (r.flags & 1) = 1""",
    "implausible": f"""
        WITH usual AS (SELECT point, period, median(value) AS level FROM {_VALUES} WHERE value > 0 GROUP BY ALL)
        SELECT point, period, start, start + to_minutes(period), 'implausible', value, level FROM readings
        LEFT JOIN usual USING (point, period)
        WHERE {_SPAN} AND (flags & {FLAG_IMPLAUSIBLE}) <> 0 AND period > 0""",
    "sender": f"""
        SELECT point, period, start, start + to_minutes(period), 'sender', value, NULL FROM readings
        WHERE {_SPAN} AND (flags & {FLAG_SENDER}) <> 0""",
    "negative": f"""
        SELECT point, period, start, start + to_minutes(period), 'negative', value, 0 FROM readings
        WHERE {_SPAN} AND (flags & 2) = 2""",
    "validity": f"""
        SELECT r.point, r.period, r.start, r.start + to_minutes(r.period), 'validity', r.value, NULL
        FROM readings r JOIN point p ON p.number = r.point
        WHERE {_SPAN} AND (r.flags & {FLAG_QUARANTINED}) <> 0 AND (r.start < p.valid_from OR r.start >= p.valid_to)""",
    "jump": f"""
        WITH steps AS (
          SELECT point, period, start, value,
            abs(value - lag(value) OVER (PARTITION BY point, period ORDER BY start)) AS step FROM {_VALUES}),
        usual AS (SELECT point, period, median(step) AS step, median(value) AS level FROM steps GROUP BY ALL)
        SELECT s.point, s.period, s.start, s.start + to_minutes(s.period), 'jump', s.value, u.level
        FROM steps s JOIN usual u USING (point, period)
        WHERE s.step > {JUMP_FACTOR} * 1.4826 * u.step AND s.step > 0.5 * u.level AND s.value > u.level""",
    "low": f"""
        WITH days AS (SELECT point, period, {LOCAL_DAY} AS day, max(value) AS high FROM {_VALUES} GROUP BY ALL),
        usual AS (SELECT point, period, quantile_cont(high, 0.9) AS high FROM days GROUP BY ALL)
        SELECT d.point, d.period, {midnight_of("d.day")}, {day_end_of("d.day")}, 'low', d.high, u.high
        FROM days d JOIN usual u USING (point, period) WHERE d.high > 0 AND {LOW_FACTOR} * d.high < u.high""",
    "frozen": f"""
        WITH runs AS (
          SELECT *, row_number() OVER (PARTITION BY point, period ORDER BY start)
            - row_number() OVER (PARTITION BY point, period, value ORDER BY start) AS run FROM {_VALUES} WHERE value <> 0)
        SELECT point, period, min(start), max(start) + to_minutes(period), 'frozen', value, NULL FROM runs
        GROUP BY point, period, value, run HAVING count(*) >= {FROZEN_PERIODS}""",
    "gap": f"""
        SELECT p.number, p.period, {midnight_of("c.day")}, {day_end_of("c.day")}, 'gap',
          coalesce(d.count, 0), 1440 // p.period
        FROM calendar c CROSS JOIN point p
        LEFT JOIN day_sum d ON d.point = p.number AND d.period = p.period AND d.day = c.day
        WHERE c.day >= $first::DATE AND c.day < $last::DATE AND p.period <= 1440 AND p.kind IN ('interval', 'register')
          AND c.day >= {local_date("p.valid_from")}
          AND (p.valid_to IS NULL OR c.day < {local_date("p.valid_to")})
          AND coalesce(d.count, 0) < 1440 // p.period""",
    "balance": f"""
        WITH days AS (SELECT d.*, p.id, p.parent FROM day_sum d JOIN point p ON p.number = d.point
                      WHERE d.period = p.period AND d.day >= $first::DATE AND d.day < $last::DATE),
        below AS (SELECT parent, day, sum(value) AS value FROM days WHERE parent IS NOT NULL GROUP BY ALL)
        SELECT d.point, d.period, {midnight_of("d.day")}, {day_end_of("d.day")}, 'balance', b.value, d.value
        FROM below b JOIN days d ON d.id = b.parent AND d.day = b.day
        WHERE d.count = d.expected AND b.value > d.value * (1 + {BALANCE_TOLERANCE})""",
    "statement": f"""
        WITH own AS (SELECT d.point, date_trunc('month', d.day) AS month, d.day, d.value, d.count, d.expected
                     FROM day_sum d JOIN point p ON p.number = d.point
                     WHERE d.period = p.period AND p.period < 1440),
        months AS (SELECT point, month, sum(value) AS value, count(*) AS days, bool_and(count = expected) AS whole
                   FROM own GROUP BY ALL),
        said AS (SELECT * FROM day_sum WHERE period IN (1440, 43200) AND day >= $first::DATE AND day < $last::DATE)
        SELECT s.point, s.period, {midnight_of("s.day")}, {day_end_of("s.day")}, 'statement', s.value, o.value
        FROM said s JOIN own o ON o.point = s.point AND o.day = s.day
        WHERE s.period = 1440 AND o.count = o.expected AND abs(s.value - o.value) > {BALANCE_TOLERANCE} * abs(s.value)
        UNION ALL
        SELECT s.point, s.period, {midnight_of("s.day")}, {day_end_of("s.day")}, 'statement', s.value, m.value
        FROM said s JOIN months m ON m.point = s.point AND m.month = s.day
        WHERE s.period = 43200 AND m.whole AND m.days = day(last_day(s.day))
          AND abs(s.value - m.value) > {BALANCE_TOLERANCE} * abs(s.value)""",
}


_THOUSAND = "greatest(f.value / f.expected, f.expected / f.value) BETWEEN 300 AND 3000"
_PROPOSAL = f"""CASE WHEN f.kind NOT IN ('implausible', 'low') THEN NULL
  WHEN f.value > 0 AND f.expected > 0 AND {_THOUSAND} THEN '{UNIT_CHANGED}'
  WHEN p.kind = 'register' AND f.kind = 'implausible' THEN '{RISEN}' ELSE '{OTHER_MAGNITUDE}' END"""

# the last three are flagged as they come in
KINDS = (*_FIND, "register", "closed", "misread")


def check_readings(store: Store, span: Span) -> dict[str, int]:
    """Check the readings of `span` anew; the flags of the span are replaced. Returns flags by kind.

    Parameters
    ----------
    store
        Open store of readings.
    span
        Days to check.

    Returns
    -------
    Number of flags by kind.
    """
    values = {"first": span.first, "last": span.last}
    with store.transaction() as connection:
        connection.execute(
            f"DELETE FROM flag WHERE {_SPAN} AND kind NOT IN ('register', 'closed', 'misread')", values
        )
        for query in _FIND.values():
            connection.execute(
                "INSERT INTO flag (point, period, start, until, kind, value, expected, found, proposal) SELECT f.*, $now, "
                f"{_PROPOSAL} FROM ({query}) f (point, period, start, until, kind, value, expected) JOIN point p ON number = point",
                values | {"now": utc_now()},
            )
        found = connection.execute(
            f"SELECT kind, count(*) FROM flag WHERE {_SPAN} GROUP BY kind", values
        ).fetchall()
    return {kind: dict(found).get(kind, 0) for kind in KINDS}


def flags(store: Store, span: Span, *, unit: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
    """Return the flags of a span, newest first, those of one moment by point and kind; times in Beijing time.

    Parameters
    ----------
    store
        Open store of readings.
    span
        Days of the readings.
    unit
        Unit, or None for all.
    limit
        Greatest number returned.

    Returns
    -------
    Flags with point, time and kind.
    """
    return store.rows(
        f"SELECT p.owner AS unit, p.id AS point, f.kind, CAST({local('f.start')} AS VARCHAR) AS start, "
        f"CAST({local('f.until')} AS VARCHAR) AS until, f.value, f.expected, coalesce(f.proposal, '') AS proposal FROM flag f "
        f"JOIN point p ON p.number = f.point WHERE {_SPAN} AND ($unit IS NULL OR p.owner = $unit) "
        "ORDER BY f.start DESC, p.id, f.kind, f.until, p.owner, f.period LIMIT $limit",
        {"first": span.first, "last": span.last, "unit": unit, "limit": limit},
    )


def release(store: Store, point: str, start: str, *, person: str, reason: str) -> dict[str, Any]:
    """Release a quarantined reading under the responsibility of a person.

    Where readings of several periods that begin then wait (a day's statement and a reading of 15 minutes),
    the shortest one is released; the answer states its period. A person who releases an amount unlike the history of
    its point answers for the magnitude: `others` counts those that waited for this reason on the same day, up to twice
    as large, which are released with it.

    Parameters
    ----------
    start
        Beijing time as 2025-01-31 00:15.

    Raises
    ------
    DafengError
        Where no such reading waits, or person or reason is missing.
    """
    if not person.strip() or not reason.strip():
        raise DafengError.at("release", f"person {person!r}, reason {reason!r}", "who releases it and why")
    where = "point = $1 AND start = $2 AND (flags & 64) = 64"
    with store.transaction() as connection:
        found = connection.execute(
            f"SELECT number, moment, kind FROM (SELECT *, try_cast($2 AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS moment FROM point) "
            f"WHERE id = $1 ORDER BY coalesce({midnight_of('since')} > moment, false), since DESC NULLS LAST LIMIT 1",
            [point, start],
        ).fetchall()
        number, moment, kind = found[0] if found else (None, None, None)
        rows = connection.execute(
            f"SELECT period, value FROM reading WHERE {where} ORDER BY period", [number, moment]
        ).fetchall()
        if not rows:
            raise DafengError.at(f"{point} {start}", "no reading in quarantine", "one that waits (see flags)")
        period, value = rows[0]
        batch = first_row(connection, "SELECT max(id) FROM batch")[0]
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE freed AS SELECT * FROM reading WHERE {where} AND period = $3 OR {_LIKEWISE}",
            [number, moment, period, value, kind == "interval"],
        )
        connection.execute("INSERT INTO revision SELECT *, NULL, 'released' FROM freed")
        connection.execute(
            f"UPDATE reading SET flags = (reading.flags & {0xFFFF - FLAG_QUARANTINED}) | {FLAG_RELEASED} FROM freed f "
            "WHERE reading.point = f.point AND reading.period = f.period AND reading.start = f.start"
        )
        connection.execute(
            "INSERT INTO release SELECT point, period, start, $1, $2, $3 FROM freed",
            [person, reason, utc_now()],
        )
        remake(connection, batch, f"SELECT DISTINCT point, period, {LOCAL_DAY} AS day FROM freed")
        connection.execute(_NEWEST_FREED)
        (others,) = first_row(connection, "SELECT count(*) - 1 FROM freed")
        if period == 0:  # the person answers for the register: its periods are made again with it
            connection.execute(
                "DELETE FROM flag WHERE kind = 'misread' AND point = $1 AND start = $2", [number, moment]
            )
            derive_points(connection, batch, utc_now(), [number], moment, moment)
    return {
        "point": point, "start": start, "period": period, "value": value, "others": others, "person": person, "reason": reason,
    }  # fmt: skip


_LIKEWISE = f"""(point = $1 AND period = $3 AND $3 > 0 AND $5 AND value <= {RELEASED_MAGNITUDE} * $4
  AND (flags & {FLAG_IMPLAUSIBLE | FLAG_QUARANTINED | FLAG_SENDER | FLAG_NEGATIVE | FLAG_RANGE}) = {FLAG_IMPLAUSIBLE | FLAG_QUARANTINED}
  AND {LOCAL_DAY} = {local_date("$2::TIMESTAMP")})"""
"""What waits on the same day because it is unlike the history of its point, up to `RELEASED_MAGNITUDE` times the released."""

_NEWEST_FREED = """
MERGE INTO latest l USING (SELECT * FROM freed QUALIFY start = max(start) OVER ()) f
ON l.point = f.point AND l.period = f.period
WHEN MATCHED AND f.start >= l.start THEN UPDATE SET start = f.start, value = f.value, origin = f.origin, flags = f.flags,
  batch = f.batch
WHEN NOT MATCHED THEN INSERT VALUES (f.point, f.period, f.start, f.value, f.origin, f.flags, f.batch)"""


def scores(store: Store, span: Span, *, unit: str | None = None) -> list[dict[str, Any]]:
    """Return the data quality scores of each unit in `span`, parts and mean, each 0–1; run `check_readings`
    first.

    The parts are those of the quality index of online monitoring (completeness as share of the time, of which a rise spread over more
    than a day covers none, accuracy as meters within calibration, timeliness as readings within a day, validity as readings without a flag). Its weights are
    not at hand: all parts weigh the same, and the answer states so.

    Parameters
    ----------
    store
        Open store of readings.
    span
        Days of the readings.
    unit
        Unit, or None for all.

    Returns
    -------
    Rows, one a unit, each score 0–1.
    """
    rows = store.rows(
        f"""
        WITH points AS (SELECT * FROM point WHERE kind IN ('interval', 'register') AND period <= 1440
                        AND ($unit IS NULL OR owner = $unit)),
        grid AS (SELECT p.owner, 1440 * count(*) AS minutes FROM calendar c CROSS JOIN points p
                 WHERE c.day >= $first::DATE AND c.day < $last::DATE
                   AND c.day >= {local_date("p.valid_from")}
                   AND (p.valid_to IS NULL OR c.day < {local_date("p.valid_to")}) GROUP BY p.owner),
        sums AS (SELECT p.owner, sum(d.count) AS readings, sum((d.count - d.spread) * p.period) AS minutes,
                   sum(d.quarantined) AS quarantined, sum(d.estimated) AS estimated,
                   sum(d.synthetic) AS synthetic
                 FROM day_sum d JOIN points p ON p.number = d.point AND p.period = d.period
                 WHERE d.day >= $first::DATE AND d.day < $last::DATE GROUP BY p.owner),
        intime AS (SELECT p.owner, count(*) FILTER (b.received <= r.start + INTERVAL 1 DAY + to_minutes(r.period)) AS intime,
                     count(*) AS all_rows
                   FROM readings r JOIN points p ON p.number = r.point AND p.period = r.period
                   JOIN batch b ON b.id = r.batch WHERE {_SPAN} GROUP BY p.owner),
        doubted AS (SELECT p.owner, sum(CASE WHEN f.kind = 'frozen'
                      THEN datediff('minute', f.start, f.until) // f.period ELSE 1 END) AS doubted
                    FROM flag f JOIN points p ON p.number = f.point
                    WHERE {_SPAN} AND f.kind IN ('jump', 'frozen') GROUP BY p.owner)
        SELECT g.owner AS unit, coalesce(s.minutes, 0) / g.minutes AS completeness, coalesce(s.readings, 0) AS readings, coalesce(s.synthetic, 0) AS synthetic,
          coalesce(s.quarantined, 0) + coalesce(d.doubted, 0) AS doubtful, coalesce(s.estimated, 0) AS estimated,
          coalesce(t.intime, 0) AS intime, coalesce(t.all_rows, 0) AS all_rows
        FROM grid g LEFT JOIN sums s USING (owner) LEFT JOIN intime t USING (owner) LEFT JOIN doubted d USING (owner)
        ORDER BY unit""",
        {"first": span.first, "last": span.last, "unit": unit},
    )
    calibrated = _calibrated(store, span.last)
    return [_score(row, calibrated.get(row["unit"])) for row in rows]


def _calibrated(store: Store, day: date) -> dict[str, float]:
    """Share of each unit's mounted meters that were within calibration on `day`; units without a date
    are left out.
    """
    registry = store.registry()
    points = {row["id"]: row for row in points_on(registry.tables, day)}
    objects = registry.by_id("objects")
    found: dict[str, list[bool]] = {}
    for meter in registry.tables["meters"]:
        if meter["valid_to"] is None and meter["calibration_due"] is not None:
            owner = objects[points[meter["point"]]["object"]]["owner"]
            found.setdefault(owner, []).append(meter["calibration_due"] >= day)
    return {owner: sum(states) / len(states) for owner, states in found.items()}


def _score(row: dict[str, Any], calibrated: float | None) -> dict[str, Any]:
    readings = int(row["readings"])
    parts = {
        "completeness": min(float(row["completeness"]), 1.0),
        "validity": max(0.0, 1 - int(row["doubtful"]) / (readings + int(row["doubtful"])))
        if readings
        else None,
        "timeliness": int(row["intime"]) / int(row["all_rows"]) if row["all_rows"] else None,
        "accuracy": calibrated,
    }
    known = [part for part in parts.values() if part is not None]
    return {
        "unit": row["unit"], **parts, "score": sum(known) / len(known) if known else None,
        "estimated_share": int(row["estimated"]) / readings if readings else None, "weights": "equal",
        "origin": "none" if not readings else "synthetic" if row["synthetic"] == readings
        else "mixed" if row["synthetic"] else "measured",
    }  # fmt: skip
