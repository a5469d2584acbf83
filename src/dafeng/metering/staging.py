"""One chunk of a batch, checked row by row in the engine: typed, snapped to its period, or refused with a reason.

The chunk is an Arrow table with `row`, `point`, `start`, `value` and optionally `period`, `unit`, `origin`,
`version`; cells are text (CSV, JSON, XLSX) or typed (Parquet). A time without an offset is Beijing time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from dafeng.evidence import DafengError, Problem
from dafeng.metering.applying import Span
from dafeng.metering.readying import UNKNOWN, ready
from dafeng.metering.sql import LOCAL_DAY, first_row, run
from dafeng.metering.store import FLAG_NEGATIVE, FLAG_QUARANTINED, FLAG_RANGE, FLAG_SNAPPED, ORIGINS
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


@dataclass(frozen=True, slots=True)
class Staged:
    """What the chunk in `stage` holds: how many rows are refused, and of the others how many wait in quarantine and
    are synthetic; the span of those others, and of the registers among them."""

    refused: int
    quarantined: int
    synthetic: int
    span: Span
    registers: Span


def stage(connection: duckdb.DuckDBPyConnection, chunk: Any, rules: Rules) -> Staged:
    """Check `chunk` into the temporary table `stage`; `reason` is null for rows that can be stored.

    Times are read in the usual forms first; where that fails for a row, in all forms.
    """
    connection.register("chunk", ready(chunk))
    received = _milliseconds(rules.received)
    for usual in (True, False):
        run(
            connection,
            _staging_sql(connection, chunk, rules, usual),
            _moments(rules) | {"received": received},
        )
        unread, refused_rows, quarantined, synthetic, *spans = first_row(
            connection,
            "SELECT count(*) FILTER (reason = 'start'), count(reason), count(*) FILTER (flags >= 64), "
            f"count(*) FILTER (reason IS NULL AND origin = {ORIGINS.index('synthetic')}), "
            f"{_span('reason IS NULL')}, {_span('reason IS NULL AND period = 0')} FROM stage",
        )
        if not unread:
            break
    return Staged(refused_rows, quarantined, synthetic, Span(*spans[:3]), Span(*spans[3:]))


def _span(which: str) -> str:
    return f"count(*) FILTER ({which}), min(start) FILTER ({which}), max(start) FILTER ({which})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against a row, and its cells as they came, to be handed back for correction.

    `cells` has also the `row` and the `column` that the reason is about.
    """

    problem: Problem
    cells: dict[str, str]


def refused(connection: duckdb.DuckDBPyConnection, chunk: Any, rules: Rules, limit: int) -> list[Refusal]:
    """Every reason against the first `limit` refused rows of `chunk`, the one just staged."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE refused_row AS SELECT c.* FROM chunk c SEMI JOIN "
        "(SELECT row FROM stage WHERE reason IS NOT NULL ORDER BY row LIMIT ?) USING (row)",
        [limit],
    )
    names = [name for name in chunk.schema.names if name != "row"]
    reasons = _every_reason(_conditions(connection, rules, names))
    texts = ", ".join(f"left(coalesce(CAST(r.{name} AS VARCHAR), ''), 200) AS {name}" for name in names)
    rows = connection.execute(
        f"{_snapped_sql(connection, chunk, rules, source='refused_row')} SELECT row, j.reasons, {texts} FROM "
        f"(SELECT row, {reasons} AS reasons FROM snapped t) j JOIN refused_row r USING (row) ORDER BY row",
        _moments(rules),
    ).fetchall()
    refusals = []
    for number, told, *found in rows:
        cells = {"row": str(number)} | dict(zip(names, found, strict=True))
        for reason in told:
            problem = _problem(number, reason, cells)
            refusals.append(Refusal(problem, cells | {"column": _ABOUT.get(reason, reason)}))
    return refusals


_ABOUT = {
    "virtual": "point", "retired": "point", "grid": "start", "future": "start", "age": "start",
    "validity": "start", "synthetic": "origin", "closed": "start",
}  # fmt: skip


def _problem(number: int, reason: str, cells: dict[str, str]) -> Problem:
    expected, mend = REASONS[reason]
    column = _ABOUT.get(reason, reason)
    return Problem(f"row {number}:{column}", cells.get(column) or "nothing", expected, mend)


def _conditions(
    connection: duckdb.DuckDBPyConnection, rules: Rules, names: Collection[str]
) -> dict[str, str]:
    """Reason → when a row of `snapped` is refused for it; the first that holds is told first.

    What is said of columns that the chunk has not (`names` are those that it has) is left out: an engine binds each
    expression anew for every batch.
    """
    conditions = {
        "point": "unknown",
        "virtual": "kind = 'virtual'",
        "retired": "kind = 'retired'",
        "start": "label IS NULL OR NOT isfinite(label)",
    }
    if "unit" in names:
        conditions["unit"] = "no_unit"
        conditions["value"] = "number IS NULL OR NOT isfinite(number) OR NOT isfinite(value)"
    else:
        conditions["value"] = "value IS NULL OR NOT isfinite(value)"
    if "period" in names:
        conditions["period"] = "NOT (period = own OR (period IN (1440, 43200) AND own < period))"
    conditions["grid"] = (
        "abs(epoch_us(label) - epoch_us(start)) > CASE WHEN period = 43200 THEN 86400000000 ELSE 60000000 END"
    )
    conditions["future"] = "start > $ahead::TIMESTAMP"
    if rules.max_age:
        conditions["age"] = "start < $oldest::TIMESTAMP"
    conditions["validity"] = "start < valid_from OR start >= valid_to"
    if "origin" in names:
        conditions["origin"] = f"origin_code = {UNKNOWN}"
        conditions["synthetic"] = f"synthetic AND origin_code <> {ORIGINS.index('synthetic')}"
    if "version" in names:
        conditions["version"] = "has_version AND coalesce(t.version, -1) < 0"
    return conditions | _closed(connection)


def _moments(rules: Rules) -> dict[str, Any]:
    """The moments that the conditions speak of."""
    ahead = {"ahead": rules.received + CLOCK_AHEAD}
    return ahead | {"oldest": rules.received - rules.max_age} if rules.max_age else ahead


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
        if name in _SNAPPED and "period" in conditions:
            known += f" AND NOT ({conditions['period']})"
        told.append(f"CASE WHEN {known} AND ({when}) THEN '{name}' END")
    return f"list_filter([{', '.join(told)}], lambda one: one IS NOT NULL)"


def _snapped_sql(
    connection: duckdb.DuckDBPyConnection,
    chunk: Any,
    rules: Rules,
    *,
    usual: bool = False,
    source: str = "chunk",
) -> str:
    """The rows of `source`, which has the columns of `chunk`, with their types and snapped to their periods.

    With `usual`, times are read in the usual forms only.
    """
    import pyarrow as pa

    kinds = {field.name: field.type for field in chunk.schema}

    def text(name: str) -> str:
        return f"trim(CAST(c.{name} AS VARCHAR))"

    cells = {
        "row": "c.row", "point": "p.number", "kind": "p.kind", "rated_max": "p.rated_max", "valid_from": "p.valid_from",
        "valid_to": "p.valid_to", "own": "p.own", "synthetic": "p.synthetic", "period": "p.own",
    }  # fmt: skip
    if "period" in kinds:
        cells["period"] = "coalesce(c.period_code, p.own)"
    if pa.types.is_timestamp(kinds["start"]):
        cells["label"] = (
            "c.start_utc" if kinds["start"].tz else "CAST(c.start AS TIMESTAMP) - INTERVAL 8 HOUR"
        )
    else:
        at = "TRY_CAST(CAST(c.start AS VARCHAR) AS TIMESTAMPTZ)"
        if not usual:
            at = f"coalesce({at}, {_TIME.format(text=text('start'), period=cells['period'])})"
        cells["label"] = f"make_timestamp(epoch_us({at}))"  # many times faster than AT TIME ZONE 'UTC'
    typed = pa.types.is_floating(kinds["value"])
    cells["value"] = (
        "CAST(c.value AS DOUBLE)"
        if typed
        else f"coalesce(TRY_CAST(CAST(c.value AS VARCHAR) AS DOUBLE), TRY_CAST({text('value')} AS DOUBLE))"
    )
    if "unit" in kinds:
        scale = _unit_scale(connection)
        cells |= {
            "number": cells["value"],
            "value": f"{cells['value']} * {scale}",
            "no_unit": f"{scale} IS NULL",
        }
    if "version" in kinds:
        cells["version"] = f"TRY_CAST({text('version')} AS BIGINT)"
        cells["has_version"] = f"coalesce({text('version')}, '') <> ''"
    if "origin" in kinds:
        cells["origin_code"] = "c.origin_code"
    cells["unknown"] = "p.number IS NULL"
    if rules.owners is not None:
        names = ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(rules.owners)) or "NULL"
        cells["unknown"] += f" OR coalesce(p.owner NOT IN ({names}), true)"
    return f"""
    WITH typed AS (
      SELECT {", ".join(f"{cell} AS {name}" for name, cell in cells.items())}
      FROM {source} c LEFT JOIN (
        SELECT *, CASE WHEN kind = 'register' THEN 0 ELSE period END AS own FROM point) p
        ON p.id = {"c.point" if pa.types.is_string(kinds["point"]) or pa.types.is_dictionary(kinds["point"]) else text("point")}),
    snapped AS (
      SELECT *, CASE WHEN period = 0 THEN label
          WHEN period = 43200 THEN date_trunc('month', label + INTERVAL 368 HOUR) - INTERVAL 8 HOUR
          WHEN period > 0 THEN make_timestamp(
            ((epoch_us(label) + 28800000000 + period * 30000000::BIGINT) // (period * 60000000::BIGINT)) * (period * 60000000::BIGINT)
            - 28800000000) END AS start
      FROM typed)"""


def _staging_sql(connection: duckdb.DuckDBPyConnection, chunk: Any, rules: Rules, usual: bool) -> str:
    names = chunk.schema.names
    origin = "greatest(coalesce(origin_code, 0), 0)" if "origin" in names else "0"
    return f"""
    CREATE OR REPLACE TEMP TABLE stage AS
    {_snapped_sql(connection, chunk, rules, usual=usual)},
    judged AS (SELECT *, {_first_reason(_conditions(connection, rules, names))} AS reason FROM snapped t)
    SELECT row, point, period, start, {LOCAL_DAY} AS day,
      CASE WHEN period BETWEEN 1 AND 1440
        THEN CAST(((epoch_us(start) + 28800000000) % 86400000000) // (period * 60000000::BIGINT) AS INTEGER) ELSE 0 END AS slot,
      value, CAST(CASE WHEN synthetic THEN {ORIGINS.index("synthetic")} ELSE {origin} END AS UTINYINT) AS origin,
      CAST(CASE WHEN reason IS NOT NULL THEN 0
        WHEN value < 0 THEN {FLAG_NEGATIVE | FLAG_QUARANTINED}
        WHEN period > 0 AND value > rated_max * (CASE WHEN period = 43200 THEN 744 ELSE period / 60 END)
          THEN {FLAG_RANGE | FLAG_QUARANTINED}
        WHEN label <> start THEN {FLAG_SNAPPED} ELSE 0 END AS USMALLINT) AS flags,
      {"coalesce(version, $received::BIGINT)" if "version" in names else "$received::BIGINT"} AS version, reason
    FROM judged"""


_TIME = r"""CASE
  WHEN regexp_full_match({text}, '[0-9]{{13}}') THEN to_timestamp(CAST({text} AS BIGINT) / 1000)
  WHEN regexp_full_match({text}, '[0-9]{{10}}') THEN to_timestamp(CAST({text} AS BIGINT))
  WHEN regexp_full_match({text}, '[0-9]{{14}}') THEN CAST(try_strptime({text}, '%Y%m%d%H%M%S') AS TIMESTAMPTZ)
  WHEN regexp_full_match({text}, '[0-9]{{12}}') THEN CAST(try_strptime({text}, '%Y%m%d%H%M') AS TIMESTAMPTZ)
  WHEN regexp_full_match({text}, '[0-9]{{8}}') THEN CAST(try_strptime({text}, '%Y%m%d') AS TIMESTAMPTZ)
  WHEN regexp_full_match({text}, '[0-9]{{4}}[-/.年][0-9]{{1,2}}月?') THEN CASE WHEN {period} = 43200
    THEN TRY_CAST(regexp_replace(regexp_replace({text}, '[/.年]', '-'), '月', '') || '-01' AS TIMESTAMPTZ) END
  ELSE TRY_CAST(regexp_replace(regexp_replace(regexp_replace({text},
    '^([0-9]{{4}})[.年]([0-9]{{1,2}})[.月]([0-9]{{1,2}})日?\s*', '\1-\2-\3 '),
    '[时点分]([0-9])', ':\1', 'g'), '[时点分秒]$', '') AS TIMESTAMPTZ) END"""
"""Times as other systems write them: epoch milliseconds and seconds, digits without separators, a month alone, and
2025年1月31日 0时15分."""


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
