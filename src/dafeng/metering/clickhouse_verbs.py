"""Verbs of a province on ClickHouse beside ingest and sums: quality, release, warnings, verdicts.

Sums are asked of the cluster. What needs single readings is read county by county into the working store, where the
embedded verbs run; memory is bounded by the largest county.
"""

from datetime import date, datetime, timedelta
from typing import Any

from dafeng.evidence import DafengError, midnight, utc_now
from dafeng.metering.clickhouse import Cluster, clear, sum_all
from dafeng.metering.judge.budgets import judge_budgets
from dafeng.metering.judge.data_quality import KINDS, Span, check_readings, flags, release, scores
from dafeng.metering.judge.quotas import judge_buildings, judge_products, kept_verdict
from dafeng.metering.judge.warnings import act, open_warnings, record
from dafeng.metering.store.cumulative_meters import derive_points
from dafeng.metering.store.meter_versions import LOOK_BACK
from dafeng.metering.store.plausibility import MISREAD
from dafeng.metering.store.sql import run
from dafeng.metering.store.store import FLAG_IMPLAUSIBLE, FLAG_QUARANTINED, Store
from dafeng.rules import Verdict

MOST_FLAGS = 1000
"""So many flags are listed; all are counted."""


def warn(cluster: Cluster, on: date) -> list[dict[str, Any]]:
    """Evaluate every budget on a day and issue warnings; returns the verdicts."""
    return _recorded(cluster, judge_budgets(cluster, on))


def judge_year(cluster: Cluster, year: int) -> dict[str, Any]:
    """Compare buildings with quotas and products with their levels in a year; every verdict is kept."""
    buildings, products = judge_buildings(cluster, year), judge_products(cluster, year)
    rows = [*buildings, *products]
    for row, kept in zip(rows, _recorded(cluster, [kept_verdict(row, year) for row in rows]), strict=True):
        row |= {"verdict": kept["id"], "rule_digest": kept["rule_digest"]}
        row.pop("quota_row", None)
    return {"year": year, "buildings": buildings, "products": products}


def _recorded(cluster: Cluster, verdicts: list[Verdict]) -> list[dict[str, Any]]:
    """Record verdicts under the registry and the newest batch of the cluster."""
    with cluster.working_store() as store:
        _load_warnings(cluster, store)
        before = store.rows("SELECT coalesce(max(id), 0) AS id FROM verdict")[0]["id"]
        kept = record(store, verdicts)
        then = cluster.rows(
            "SELECT max(version) AS registry, (SELECT max(id) FROM batch) AS batch FROM registry"
        )[0]
        with store.transaction() as connection:
            connection.execute(
                "UPDATE verdict SET registry = ?, as_of_batch = ? WHERE id > ?",
                [then["registry"], then["batch"] or 0, before],
            )
        cluster.append("verdict", store, f"SELECT * FROM verdict WHERE id > {int(before)}")
        cluster.append("warning_event", store, f"SELECT * FROM warning_event WHERE warning > {int(before)}")
    return kept


def _load_warnings(cluster: Cluster, store: Store) -> None:
    """The newest verdict, and those that are warnings, with their events."""
    cluster.insert_into(
        store, "verdict",
        "SELECT * FROM verdict FINAL WHERE id IN (SELECT warning FROM warning_event) OR id = (SELECT max(id) FROM verdict)",
    )  # fmt: skip
    cluster.insert_into(store, "warning_event", "SELECT * FROM warning_event FINAL")


def open_ones(cluster: Cluster) -> list[dict[str, Any]]:
    """Return the warnings that nobody has released, worst first."""
    with cluster.working_store() as store:
        _load_warnings(cluster, store)
        return open_warnings(store)


def handle(cluster: Cluster, warning: int, action: str, *, person: str, note: str) -> dict[str, Any]:
    """Acknowledge or release a warning. Raises: DafengError as `act`."""
    with cluster.working_store() as store:
        _load_warnings(cluster, store)
        there = store.rows("SELECT count(*) AS n FROM warning_event")[0]["n"]
        answer = act(store, warning, action, person=person, note=note)
        cluster.append("warning_event", store, f"SELECT * FROM warning_event LIMIT 1 OFFSET {int(there)}")
    return answer


def release_reading(cluster: Cluster, point: str, start: str, *, person: str, reason: str) -> dict[str, Any]:
    """Release a quarantined reading. Raises: DafengError as `release`."""
    with cluster.working_store() as store:
        own = store.rows("SELECT number, kind FROM point WHERE id = ?", [point])
        at = store.rows("SELECT try_cast(? AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS at", [start])[0]["at"]
        if not own or at is None:
            raise DafengError.at(f"{point} {start}", "no reading in quarantine", "one that waits (see flags)")
        reach = LOOK_BACK if own[0]["kind"] == "register" else timedelta(days=1)
        cluster.insert_into(store, "batch", "SELECT id, key, sender, digest, received, status, receipt FROM batch "
                            "WHERE id = (SELECT max(id) FROM batch)")  # fmt: skip
        cluster.load(store, {row["number"] for row in own}, at - reach, at + reach)
        before = sum_all(store)
        answer = release(store, point, start, person=person, reason=reason)
        cluster.push(store, store.rows("SELECT max(id) AS id FROM batch")[0]["id"], before, receipt=False)
        cluster.append("release", store, "SELECT * FROM release")
    return answer


def quality(cluster: Cluster, span: Span, unit: str | None) -> dict[str, Any]:
    """Check the readings of a span county by county: flags by kind, the newest flags, the score of each unit."""
    counts = dict.fromkeys(KINDS, 0)
    found: list[dict[str, Any]] = []
    scored: list[dict[str, Any]] = []
    with cluster.working_store() as store:
        counties = store.rows(
            "SELECT county, list(DISTINCT owner) AS owners FROM point WHERE kind <> 'retired' AND ($1 IS NULL OR owner = $1) "
            "GROUP BY county ORDER BY county",
            [unit],
        )
        with store.transaction() as connection:
            connection.execute("CREATE OR REPLACE TEMP TABLE all_point AS SELECT * FROM point")
        try:
            for row in counties:
                _load_county(cluster, store, row["county"], span, unit)
                for kind, number in check_readings(store, span).items():
                    counts[kind] += number
                scored += scores(store, span)
                found += flags(store, span, limit=MOST_FLAGS)
        finally:
            with store.transaction() as connection:
                connection.execute("DELETE FROM point")
                connection.execute("INSERT INTO point SELECT * FROM all_point")
    found.sort(key=lambda flag: [str(flag[name]) for name in ("point", "kind", "until", "unit")])
    found.sort(key=lambda flag: str(flag["start"]), reverse=True)
    return {
        "from": str(span.first), "to": str(span.last), **counts, "scores": sorted(scored, key=lambda one: str(one["unit"])),
        "flags": found[:MOST_FLAGS],
    }  # fmt: skip


def _load_county(cluster: Cluster, store: Store, county: str, span: Span, unit: str | None) -> None:
    """Whole months around the span: statements of months are compared with their readings."""
    clear(store)
    with store.transaction() as connection:
        connection.execute("DELETE FROM point")
        connection.execute(
            "INSERT INTO point SELECT * FROM all_point WHERE county = $1 AND ($2 IS NULL OR owner = $2)",
            [county, unit],
        )
    numbers = {row["number"] for row in store.rows("SELECT number FROM point")}
    first = span.first.replace(day=1)
    last = (span.last.replace(day=1) + timedelta(days=32)).replace(day=1)
    begin, end = midnight(first), midnight(last)
    registers = {row["number"] for row in store.rows("SELECT number FROM point WHERE kind = 'register'")}
    cluster.load(store, numbers - registers, begin, end)
    cluster.load(store, registers, begin - LOOK_BACK, end + LOOK_BACK)
    sum_all(store)
    _flag_registers(store, registers, begin, end)
    which = ", ".join(map(str, sorted(numbers)))
    within = f"point IN ({which}) AND start >= '{_text(begin)}' AND start < '{_text(end)}'"
    cluster.insert_into(
        store, "batch",
        "SELECT id, '' AS key, '' AS sender, '' AS digest, received, status, '' AS receipt FROM batch "
        f"WHERE id IN (SELECT DISTINCT batch FROM readings WHERE {within})",
    )  # fmt: skip


def _flag_registers(store: Store, registers: set[int], begin: datetime, end: datetime) -> None:
    """Flag misread and falling registers as they are when they come in: the cluster keeps readings, no flags. What else is
    derived in doing so is undone.
    """
    if not registers:
        return
    with store.reading() as connection:
        connection.begin()
        derive_points(connection, 0, utc_now(), sorted(registers), begin, end)
        found = connection.sql("SELECT * FROM flag WHERE kind = 'register'").to_arrow_table()
        connection.rollback()
    with store.transaction() as connection:
        run(connection, "INSERT INTO flag SELECT * FROM sent", sent=found)
        connection.execute(
            "INSERT INTO flag SELECT point, 0, start, start, 'misread', value, NULL, $1, $2 FROM reading "
            "WHERE period = 0 AND (flags & $3) = $3 AND start >= $4 AND start < $5",
            [utc_now(), MISREAD, FLAG_IMPLAUSIBLE | FLAG_QUARANTINED, begin, end],
        )


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
