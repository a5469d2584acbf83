"""One chunk of a batch, checked row by row in the engine: typed, snapped to its period, or refused with a reason.

The chunk is an Arrow table with `row`, `point`, `start`, `value` and optionally `period`, `unit`, `origin`,
`version`; cells are text (CSV, JSON, XLSX) or typed (Parquet). A time without an offset is Beijing time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from dafeng.evidence import DafengError, Problem
from dafeng.metering.sql import first_row
from dafeng.metering.store import FLAG_NEGATIVE, FLAG_QUARANTINED, FLAG_RANGE, FLAG_SNAPPED, ORIGINS
from dafeng.units import factor

CLOCK_AHEAD = timedelta(hours=1)
"""A period may begin this much after the moment of receipt."""

REASONS: dict[str, tuple[str, str]] = {
    "point": ("an id of a metering point of this sender", "see the registry; new points come in by init"),
    "virtual": ("a metered point", "a virtual point is computed from others"),
    "retired": ("a point of the newest registry", "enter the point in the registry again"),
    "start": ("a time as 2025-01-31T00:15:00+08:00", "the beginning of the period"),
    "value": ("a finite number", "leave out a reading that is missing; do not send zero for it"),
    "period": ("the period of the point, day or month", "15, 30, 60, day, month or register"),
    "unit": ("a unit of the kind of the point's unit", "send the unit of the registry"),
    "grid": (
        "a start within 60 s of a period's beginning (a day for months)",
        "label readings with the start",
    ),
    "future": ("a time that has begun", "set the clock of the sender"),
    "age": ("a reading younger than the door allows", "bring history in by file"),
    "validity": ("a time at which the point is metered", "see valid_from and valid_to of the point"),
    "origin": (f"one of {', '.join(ORIGINS)}", "leave the column out for automatic readings"),
    "synthetic": ("synthetic as origin at a point that is made by simulation", "declare it"),
    "version": ("a whole number not below zero", "leave the column out to let the later batch win"),
    "closed": ("a month that is open", "re-open the month first"),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the door allows: `owners` limits a key to its units; `max_age` bounds late readings."""

    received: datetime
    owners: frozenset[str] | None = None
    max_age: timedelta | None = None


def stage(connection: duckdb.DuckDBPyConnection, chunk: Any, rules: Rules) -> None:
    """Check `chunk` into the temporary table `stage`; `reason` is null for rows that can be stored."""
    connection.register("chunk", chunk)
    connection.execute(_staging_sql(connection, chunk, rules))


def refused(connection: duckdb.DuckDBPyConnection, chunk: Any, limit: int) -> tuple[int, list[Problem]]:
    """How many rows of `chunk`, the one just staged, are refused, and the first of them."""
    count = int(first_row(connection, "SELECT count(*) FROM stage WHERE reason IS NOT NULL")[0])
    if not count:
        return 0, []
    cells = " ".join(
        f"WHEN reason IN ({', '.join(repr(name) for name in [*_reasons_about(column)])}) THEN CAST(c.{column} AS VARCHAR)"
        for column in chunk.schema.names
        if column != "row"
    )
    rows = connection.execute(
        f"SELECT row, reason, CASE {cells} END FROM (SELECT row, reason FROM stage WHERE reason IS NOT NULL "
        "ORDER BY row LIMIT ?) JOIN chunk c USING (row) ORDER BY row",
        [limit],
    ).fetchall()
    return count, [_problem(number, reason, found) for number, reason, found in rows]


_ABOUT = {
    "virtual": "point", "retired": "point", "grid": "start", "future": "start", "age": "start",
    "validity": "start", "synthetic": "origin", "closed": "start",
}  # fmt: skip


def _reasons_about(column: str) -> list[str]:
    return [reason for reason in REASONS if _ABOUT.get(reason, reason) == column] or [column]


def _problem(number: int, reason: str, found: str | None) -> Problem:
    expected, mend = REASONS[reason]
    column = _ABOUT.get(reason, reason)
    return Problem(f"row {number}:{column}", (found or "nothing")[:200], expected, mend)


def _staging_sql(connection: duckdb.DuckDBPyConnection, chunk: Any, rules: Rules) -> str:
    import pyarrow as pa

    kinds = {field.name: field.type for field in chunk.schema}

    def text(name: str) -> str:
        return f"trim(CAST(c.{name} AS VARCHAR))" if name in kinds else "CAST(NULL AS VARCHAR)"

    if pa.types.is_timestamp(kinds["start"]):
        zone = kinds["start"].tz
        at = "(c.start AT TIME ZONE 'UTC')" if zone else "CAST(c.start AS TIMESTAMP) - INTERVAL 8 HOUR"
    else:
        at = f"(TRY_CAST({text('start')} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
    value = (
        "CAST(c.value AS DOUBLE)"
        if pa.types.is_floating(kinds["value"])
        else f"TRY_CAST({text('value')} AS DOUBLE)"
    )
    scale = _unit_scale(connection) if "unit" in kinds else "1.0"
    received_ms = int((rules.received - datetime(1970, 1, 1)).total_seconds() * 1000)  # noqa: DTZ001 - both in UTC
    version = f"TRY_CAST({text('version')} AS BIGINT)" if "version" in kinds else f"{received_ms}"
    version_bad = "has_version AND coalesce(t.version, -1) < 0" if "version" in kinds else "false"
    versioned = f"coalesce({text('version')}, '') <> ''" if "version" in kinds else "false"
    codes = " ".join(f"WHEN '{name}' THEN {code}" for code, name in enumerate(ORIGINS))
    origin = f"CASE lower({text('origin')}) {codes} END" if "origin" in kinds else "NULL"
    given = f"coalesce({text('origin')}, '') <> ''" if "origin" in kinds else "false"
    period = (
        f"CASE WHEN coalesce({text('period')}, '') = '' THEN p.own WHEN {text('period')} = 'register' THEN 0 "
        f"WHEN {text('period')} = 'day' THEN 1440 WHEN {text('period')} = 'month' THEN 43200 "
        f"ELSE coalesce(TRY_CAST({text('period')} AS INTEGER), -1) END"
        if "period" in kinds
        else "p.own"
    )
    owner = "p.number IS NULL"
    if rules.owners is not None:
        names = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(rules.owners)) or "NULL"
        owner += f" OR coalesce(p.owner NOT IN ({names}), true)"
    ahead = (rules.received + CLOCK_AHEAD).isoformat(sep=" ")
    oldest = (rules.received - rules.max_age).isoformat(sep=" ") if rules.max_age else "-infinity"
    return f"""
    CREATE OR REPLACE TEMP TABLE stage AS
    WITH typed AS (
      SELECT c.row, p.number AS point, p.kind, p.owner, p.rated_max, p.valid_from, p.valid_to, p.own,
        p.synthetic, {period} AS period, {at} AS label, {value} * {scale} AS value, {origin} AS origin_given,
        {given} AS has_origin, {version} AS version, ({owner}) AS unknown, {versioned} AS has_version, {scale} IS NULL AS no_unit
      FROM chunk c LEFT JOIN (
        SELECT *, CASE WHEN kind = 'register' THEN 0 ELSE period END AS own FROM point) p
        ON p.id = {"c.point" if pa.types.is_dictionary(kinds["point"]) else text("point")}),
    snapped AS (
      SELECT *, epoch_us(label) + 28800000000 AS local_us,
        CASE WHEN period = 0 THEN label
          WHEN period = 43200 THEN date_trunc('month', label + INTERVAL 368 HOUR) - INTERVAL 8 HOUR
          WHEN period > 0 THEN make_timestamp(
            ((epoch_us(label) + 28800000000 + period * 30000000::BIGINT) // (period * 60000000::BIGINT)) * (period * 60000000::BIGINT)
            - 28800000000) END AS start
      FROM typed),
    judged AS (
      SELECT *, CASE
        WHEN unknown THEN 'point'
        WHEN kind = 'virtual' THEN 'virtual'
        WHEN kind = 'retired' THEN 'retired'
        WHEN label IS NULL OR NOT isfinite(label) THEN 'start'
        WHEN no_unit THEN 'unit'
        WHEN value IS NULL OR NOT isfinite(value) THEN 'value'
        WHEN period IS NULL OR NOT (period = own OR (period IN (1440, 43200) AND own < period)) THEN 'period'
        WHEN abs(epoch_us(label) - epoch_us(start)) > CASE WHEN period = 43200 THEN 86400000000 ELSE 60000000 END
          THEN 'grid'
        WHEN start > TIMESTAMP '{ahead}' THEN 'future'
        WHEN start < TIMESTAMP '{oldest}' THEN 'age'
        WHEN start < valid_from OR start >= coalesce(valid_to, TIMESTAMP 'infinity') THEN 'validity'
        WHEN has_origin AND origin_given IS NULL THEN 'origin'
        WHEN synthetic AND has_origin AND origin_given <> {ORIGINS.index("synthetic")} THEN 'synthetic'
        WHEN {version_bad} THEN 'version'
        {_closed(connection)}
        END AS reason
      FROM snapped t)
    SELECT row, point, period, start, CAST(start + INTERVAL 8 HOUR AS DATE) AS day,
      CASE WHEN period BETWEEN 1 AND 1440
        THEN CAST(((epoch_us(start) + 28800000000) % 86400000000) // (period * 60000000::BIGINT) AS INTEGER) ELSE 0 END AS slot,
      value,
      CAST(CASE WHEN synthetic THEN {ORIGINS.index("synthetic")} ELSE coalesce(origin_given, 0) END AS UTINYINT) AS origin,
      CAST(CASE WHEN reason IS NOT NULL THEN 0
        WHEN value < 0 THEN {FLAG_NEGATIVE | FLAG_QUARANTINED}
        WHEN period > 0 AND value > rated_max * (CASE WHEN period = 43200 THEN 744 ELSE period / 60 END)
          THEN {FLAG_RANGE | FLAG_QUARANTINED}
        WHEN label <> start THEN {FLAG_SNAPPED} ELSE 0 END AS USMALLINT) AS flags,
      coalesce(version, {received_ms}) AS version, reason
    FROM judged"""


def _closed(connection: duckdb.DuckDBPyConnection) -> str:
    months = connection.execute(
        "SELECT DISTINCT month FROM archive a WHERE reopened IS NULL ORDER BY month"
    ).fetchall()
    if not months:
        return ""
    listed = ", ".join(f"DATE '{month[0]}'" for month in months)
    return f"WHEN date_trunc('month', start + INTERVAL 8 HOUR) IN ({listed}) THEN 'closed'"


def _unit_scale(connection: duckdb.DuckDBPyConnection) -> str:
    """Factor from the sender's unit to the point's, null where the two are of different kinds."""
    pairs = connection.execute(
        "SELECT DISTINCT trim(CAST(c.unit AS VARCHAR)), p.unit FROM chunk c JOIN point p "
        "ON p.id = trim(CAST(c.point AS VARCHAR)) WHERE trim(CAST(c.unit AS VARCHAR)) <> p.unit"
    ).fetchall()
    cases = ["WHEN coalesce(trim(CAST(c.unit AS VARCHAR)), '') IN ('', p.unit) THEN 1.0"]
    for sent, own in pairs:
        if not sent:
            continue
        try:
            scale = factor(sent, own)
        except DafengError:
            continue
        quoted = [name.replace("'", "''") for name in (sent, own)]
        cases.append(
            f"WHEN trim(CAST(c.unit AS VARCHAR)) = '{quoted[0]}' AND p.unit = '{quoted[1]}' THEN {scale!r}"
        )
    return f"(CASE {' '.join(cases)} END)"
