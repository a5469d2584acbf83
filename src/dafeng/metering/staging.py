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
from dafeng.metering.tables import packaged
from dafeng.units import factor

CLOCK_AHEAD = timedelta(hours=1)
"""A period may begin this much after the moment of receipt."""

REASONS: dict[str, tuple[str, str]] = {
    "point": ("an id of a metering point of this sender", "see the registry; new points come in by init"),
    "virtual": ("a metered point", "a virtual point is computed from others"),
    "retired": ("a point of the newest registry", "enter the point in the registry again"),
    "start": ("a time as 2025-01-31T00:15:00+08:00", "the beginning of the period"),
    "value": (
        "a finite number",
        "write 1234.5 without separators or units; leave a missing reading out and send no zero for it",
    ),
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against a row, and its cells as they came, to be handed back for correction.

    `cells` has also the `row` and the `column` that the reason is about.
    """

    problem: Problem
    cells: dict[str, str]


def refused(
    connection: duckdb.DuckDBPyConnection, chunk: Any, rules: Rules, limit: int
) -> tuple[int, list[Refusal]]:
    """How many rows of `chunk`, the one just staged, are refused, and every reason against the first of them."""
    count = int(first_row(connection, "SELECT count(*) FROM stage WHERE reason IS NOT NULL")[0])
    if not count:
        return 0, []
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE refused_row AS SELECT c.* FROM chunk c SEMI JOIN "
        "(SELECT row FROM stage WHERE reason IS NOT NULL ORDER BY row LIMIT ?) USING (row)",
        [limit],
    )
    names = [name for name in chunk.schema.names if name != "row"]
    reasons = _every_reason(_conditions(connection, rules, "version" in names))
    texts = ", ".join(f"left(coalesce(CAST(r.{name} AS VARCHAR), ''), 200) AS {name}" for name in names)
    rows = connection.execute(
        f"{_snapped_sql(connection, chunk, rules, 'refused_row')} SELECT row, j.reasons, {texts} FROM "
        f"(SELECT row, {reasons} AS reasons FROM snapped t) j JOIN refused_row r USING (row) ORDER BY row"
    ).fetchall()
    refusals = []
    for number, told, *found in rows:
        cells = {"row": str(number)} | dict(zip(names, found, strict=True))
        for reason in told:
            problem = _problem(number, reason, cells)
            refusals.append(Refusal(problem, cells | {"column": _ABOUT.get(reason, reason)}))
    return count, refusals


_ABOUT = {
    "virtual": "point", "retired": "point", "grid": "start", "future": "start", "age": "start",
    "validity": "start", "synthetic": "origin", "closed": "start",
}  # fmt: skip


def _problem(number: int, reason: str, cells: dict[str, str]) -> Problem:
    expected, mend = REASONS[reason]
    column = _ABOUT.get(reason, reason)
    return Problem(f"row {number}:{column}", cells.get(column) or "nothing", expected, mend)


def _conditions(connection: duckdb.DuckDBPyConnection, rules: Rules, versioned: bool) -> dict[str, str]:
    """Reason → when a row of `snapped` is refused for it; the first that holds is told first."""
    ahead = (rules.received + CLOCK_AHEAD).isoformat(sep=" ")
    oldest = (rules.received - rules.max_age).isoformat(sep=" ") if rules.max_age else "-infinity"
    synthetic = ORIGINS.index("synthetic")
    return {
        "point": "unknown",
        "virtual": "kind = 'virtual'",
        "retired": "kind = 'retired'",
        "start": "label IS NULL OR NOT isfinite(label)",
        "unit": "no_unit",
        "value": "number IS NULL OR NOT isfinite(number) OR NOT isfinite(value)",
        "period": "period IS NULL OR NOT (period = own OR (period IN (1440, 43200) AND own < period))",
        "grid": "abs(epoch_us(label) - epoch_us(start)) > CASE WHEN period = 43200 THEN 86400000000 ELSE 60000000 END",
        "future": f"start > TIMESTAMP '{ahead}'",
        "age": f"start < TIMESTAMP '{oldest}'",
        "validity": "start < valid_from OR start >= coalesce(valid_to, TIMESTAMP 'infinity')",
        "origin": "has_origin AND origin_given IS NULL",
        "synthetic": f"synthetic AND has_origin AND origin_given <> {synthetic}",
        **({"version": "has_version AND coalesce(t.version, -1) < 0"} if versioned else {}),
        **_closed(connection),
    }


_OF_ANY_POINT = frozenset({"point", "start", "value"})
"""What can be said of a row whose point is not known."""

_SNAPPED = frozenset({"grid", "future", "age", "validity", "closed"})
"""What can be said of a start only where the period fits the point."""


def _first_reason(conditions: dict[str, str]) -> str:
    return "CASE " + " ".join(f"WHEN {when} THEN '{name}'" for name, when in conditions.items()) + " END"


def _every_reason(conditions: dict[str, str]) -> str:
    told = []
    for name, when in conditions.items():
        known = "true" if name in _OF_ANY_POINT else "NOT unknown"
        if name in _SNAPPED:
            known += f" AND NOT ({conditions['period']})"
        told.append(f"CASE WHEN {known} AND ({when}) THEN '{name}' END")
    return f"list_filter([{', '.join(told)}], lambda one: one IS NOT NULL)"


def _snapped_sql(
    connection: duckdb.DuckDBPyConnection, chunk: Any, rules: Rules, source: str = "chunk"
) -> str:
    """The rows of `source`, which has the columns of `chunk`, with their types and snapped to their periods."""
    import pyarrow as pa

    kinds = {field.name: field.type for field in chunk.schema}

    def text(name: str) -> str:
        return f"trim(CAST(c.{name} AS VARCHAR))" if name in kinds else "CAST(NULL AS VARCHAR)"

    period = (
        f"CASE WHEN coalesce({text('period')}, '') = '' THEN p.own ELSE coalesce(TRY_CAST({text('period')} AS INTEGER), "
        f"CASE lower({text('period')}) {_codes('period')} END, -1) END"
        if "period" in kinds
        else "p.own"
    )
    if pa.types.is_timestamp(kinds["start"]):
        zone = kinds["start"].tz
        at = "(c.start AT TIME ZONE 'UTC')" if zone else "CAST(c.start AS TIMESTAMP) - INTERVAL 8 HOUR"
    else:
        at = _TIME.format(text=text("start"), period=period)
    value = (
        "CAST(c.value AS DOUBLE)"
        if pa.types.is_floating(kinds["value"])
        else f"TRY_CAST({text('value')} AS DOUBLE)"
    )
    scale = _unit_scale(connection) if "unit" in kinds else "1.0"
    version = (
        f"TRY_CAST({text('version')} AS BIGINT)" if "version" in kinds else f"{_milliseconds(rules.received)}"
    )
    versioned = f"coalesce({text('version')}, '') <> ''" if "version" in kinds else "false"
    origin = f"CASE lower({text('origin')}) {_codes('origin')} END" if "origin" in kinds else "NULL"
    given = f"coalesce({text('origin')}, '') <> ''" if "origin" in kinds else "false"
    owner = "p.number IS NULL"
    if rules.owners is not None:
        names = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(rules.owners)) or "NULL"
        owner += f" OR coalesce(p.owner NOT IN ({names}), true)"
    return f"""
    WITH typed AS (
      SELECT c.row, p.number AS point, p.kind, p.owner, p.rated_max, p.valid_from, p.valid_to, p.own,
        p.synthetic, {period} AS period, {at} AS label, {value} AS number, {value} * {scale} AS value, {origin} AS origin_given,
        {given} AS has_origin, {version} AS version, ({owner}) AS unknown, {versioned} AS has_version, {scale} IS NULL AS no_unit
      FROM {source} c LEFT JOIN (
        SELECT *, CASE WHEN kind = 'register' THEN 0 ELSE period END AS own FROM point) p
        ON p.id = {"c.point" if pa.types.is_dictionary(kinds["point"]) else text("point")}),
    snapped AS (
      SELECT *, epoch_us(label) + 28800000000 AS local_us,
        CASE WHEN period = 0 THEN label
          WHEN period = 43200 THEN date_trunc('month', label + INTERVAL 368 HOUR) - INTERVAL 8 HOUR
          WHEN period > 0 THEN make_timestamp(
            ((epoch_us(label) + 28800000000 + period * 30000000::BIGINT) // (period * 60000000::BIGINT)) * (period * 60000000::BIGINT)
            - 28800000000) END AS start
      FROM typed)"""


def _staging_sql(connection: duckdb.DuckDBPyConnection, chunk: Any, rules: Rules) -> str:
    reason = _first_reason(_conditions(connection, rules, "version" in chunk.schema.names))
    return f"""
    CREATE OR REPLACE TEMP TABLE stage AS
    {_snapped_sql(connection, chunk, rules)},
    judged AS (SELECT *, {reason} AS reason FROM snapped t)
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
      coalesce(version, {_milliseconds(rules.received)}) AS version, reason
    FROM judged"""


_TIME = r"""(coalesce(TRY_CAST({text} AS TIMESTAMPTZ), CASE
  WHEN regexp_full_match({text}, '[0-9]{{13}}') THEN to_timestamp(CAST({text} AS BIGINT) / 1000)
  WHEN regexp_full_match({text}, '[0-9]{{10}}') THEN to_timestamp(CAST({text} AS BIGINT))
  WHEN regexp_full_match({text}, '[0-9]{{14}}') THEN CAST(try_strptime({text}, '%Y%m%d%H%M%S') AS TIMESTAMPTZ)
  WHEN regexp_full_match({text}, '[0-9]{{12}}') THEN CAST(try_strptime({text}, '%Y%m%d%H%M') AS TIMESTAMPTZ)
  WHEN regexp_full_match({text}, '[0-9]{{8}}') THEN CAST(try_strptime({text}, '%Y%m%d') AS TIMESTAMPTZ)
  WHEN regexp_full_match({text}, '[0-9]{{4}}[-/.年][0-9]{{1,2}}月?') THEN CASE WHEN {period} = 43200
    THEN TRY_CAST(regexp_replace(regexp_replace({text}, '[/.年]', '-'), '月', '') || '-01' AS TIMESTAMPTZ) END
  ELSE TRY_CAST(regexp_replace(regexp_replace(regexp_replace({text},
    '^([0-9]{{4}})[.年]([0-9]{{1,2}})[.月]([0-9]{{1,2}})日?\s*', '\1-\2-\3 '),
    '[时点分]([0-9])', ':\1', 'g'), '[时点分秒]$', '') AS TIMESTAMPTZ) END) AT TIME ZONE 'UTC')"""
"""A time as text. After ISO 8601 with and without an offset come the forms of other systems: epoch milliseconds and
seconds, digits without separators, a month alone, and 2025年1月31日 0时15分."""


def _codes(column: str) -> str:
    """The branches of a CASE from lower-case text to the code in the store: minutes, or the place of an origin."""
    known = {name: str(code) for code, name in enumerate(ORIGINS)} if column == "origin" else {}
    for row in packaged("codes"):
        if row["column"] == column:
            known[row["text"]] = known[row["code"]] if column == "origin" else row["code"]
    return " ".join(f"WHEN '{text}' THEN {code}" for text, code in known.items())


def _milliseconds(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1)).total_seconds() * 1000)  # noqa: DTZ001 - both in UTC


def _closed(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    months = connection.execute(
        "SELECT DISTINCT month FROM archive a WHERE reopened IS NULL ORDER BY month"
    ).fetchall()
    listed = ", ".join(f"DATE '{month[0]}'" for month in months)
    return {"closed": f"date_trunc('month', start + INTERVAL 8 HOUR) IN ({listed})"} if months else {}


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
