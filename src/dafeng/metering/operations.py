"""Operations on a store, by name: the same verbs for the command line and for the server that owns it.

A verb is a function of a store and plain values, and answers with plain values.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from dafeng.evidence import DafengError
from dafeng.metering.backup import back_up
from dafeng.metering.drill import Scope, breakdown, course, flows, hours
from dafeng.metering.intake.adapters_yaml import load_adapter
from dafeng.metering.intake.dead_letters import count_dead_letters, dead_letters
from dafeng.metering.intake.ingest import Acceptance, Sending, enter_registry, ingest_file
from dafeng.metering.judge.budgets import judge_budgets, rules_out_of_force
from dafeng.metering.judge.comparison import compare_spans
from dafeng.metering.judge.costs import costs
from dafeng.metering.judge.data_quality import Span, check_readings, flags, release, scores
from dafeng.metering.judge.nowcast import nowcast
from dafeng.metering.judge.prefill import prefill
from dafeng.metering.judge.published_sums import publish_month, published_month
from dafeng.metering.judge.question import By, Period, Question, Sums
from dafeng.metering.judge.quotas import judge_buildings, judge_products, kept_verdict, notice_of, publishable
from dafeng.metering.judge.reproduction import reproduce
from dafeng.metering.judge.rollup import rollup
from dafeng.metering.judge.unit_status import latest_readings, stored_receipt, unit_status, warnings_of
from dafeng.metering.judge.upload_package import package_rows
from dafeng.metering.judge.warnings import act, open_warnings, record
from dafeng.metering.metered_place import place_of
from dafeng.metering.registry_proposals import (
    enter_proposal,
    registry_of_unit,
    weigh_proposal,
    write_registry,
)
from dafeng.metering.store.archive import close_month, reopen_month
from dafeng.metering.store.registry_changes import registry_changes
from dafeng.metering.store.store import Store

Answer = dict[str, Any]


def status(store: Store) -> Answer:
    """Return the number of readings, their time range, and how current and how complete each unit is."""
    totals = store.rows("""
        SELECT (SELECT count(DISTINCT id) FROM point WHERE kind <> 'retired') AS points,
          (SELECT coalesce(sum(count + quarantined), 0) FROM day_sum) AS readings,
          (SELECT coalesce(sum(quarantined), 0) FROM day_sum) AS quarantined,
          (SELECT coalesce(sum(estimated), 0) FROM day_sum) AS estimated,
          (SELECT coalesce(sum(synthetic), 0) FROM day_sum) AS synthetic,
          (SELECT count(*) FROM revision) AS revisions,
          (SELECT count(*) FROM batch WHERE status <> 'refused') AS batches,
          (SELECT count(*) FROM batch WHERE status = 'refused') AS refused_batches,
          (SELECT CAST(min(day) AS VARCHAR) FROM day_sum) AS first_day,
          (SELECT CAST(max(day) AS VARCHAR) FROM day_sum) AS last_day,
          (SELECT count(*) FROM archive WHERE reopened IS NULL) AS closed_months""")[0]
    answer = {name: int(value) if isinstance(value, int | float) else value for name, value in totals.items()}
    answer["origin"] = _origin(answer["readings"] - answer["quarantined"], answer["synthetic"])
    return answer | {"store": str(store.path), "bytes": store.path.stat().st_size}


def _origin(readings: int, synthetic: int) -> str:
    if not readings:
        return "none"
    return "synthetic" if synthetic == readings else "mixed" if synthetic else "measured"


def units(store: Store) -> Answer:
    """Return each unit with coverage, colour and newest reading."""
    return unit_status(store, None)


def unit_warnings(store: Store, unit: str) -> Answer:
    """Return the open warnings of a unit with statistic, bounds and consequence, and its newest readings."""
    return {"warnings": warnings_of(store, unit), "latest": latest_readings(store, unit)}


def compare(store: Store, unit: str, first: str, last: str) -> Answer:
    """Compare the use of a unit over [first, last) with the span before and the year before."""
    return {
        "unit": unit,
        "from": first,
        "to": last,
        "spans": compare_spans(store, unit, day_of(first), day_of(last)),
    }


def backup(store: Store, to: str) -> Answer:
    """Copy the store and its closed months to a new file while it is owned."""
    return {"files": back_up(store, Path(to))}


def enter(store: Store, case: str, *, approve: str | None = None) -> Answer:
    """Store the registry of `case` as the newest; points that it no longer names are retired. `changes` are
    shown.

    `derived` counts periods recomputed because meters or events became available.
    """
    before, registry = store.registry(), place_of(case).registry()
    version, derived = enter_registry(store, registry, approve=approve)
    changes = [change.as_dict() for change in registry_changes(before, registry)]
    points = store.rows("SELECT count(DISTINCT id) AS n FROM point WHERE kind <> 'retired'")[0]["n"]
    notices = rules_out_of_force(registry)
    return {"registry": version, "points": points, "derived": derived, "changes": changes, "notices": notices}


def ingest(
    store: Store, file: str, *, key: str | None = None, partial: bool = False, adapter: str | None = None,
    owners: list[str] | None = None,
) -> Answer:  # fmt: skip
    """Ingest the readings of `file`, by the mapping `adapter` where one is named; answers with the
    receipt. `owners` limits them to points of these units.
    """
    path = Path(file)
    acceptance = Acceptance.PARTIAL if partial else Acceptance.WHOLE
    limits = None if owners is None else frozenset(owners)
    sending = Sending(f"file:{path.name}", key, acceptance, owners=limits)
    if adapter is None:
        return ingest_file(store, path, sending).as_dict()
    chosen = load_adapter(adapter)
    return ingest_file(store, path, sending, chosen).as_dict() | {"adapter": chosen.as_dict()}


def receipt(store: Store, batch: int) -> Answer:
    """Return the stored receipt of a batch, with the cells of its refused rows.

    Raises: DafengError for an unknown number.
    """
    return stored_receipt(store, batch)


def letters(store: Store, limit: int = 100) -> Answer:
    """List the dead letters: messages of inlets that no batch could be made of."""
    return {"count": count_dead_letters(store), "letters": dead_letters(store, limit)}


def day_of(text: str) -> date:
    """Parse a date. Raises: DafengError where `text` is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DafengError.at("day", text, "a date as 2025-01-31") from error


def year_of(year: int) -> int:
    """Check a year. Raises: DafengError for one in which nobody meters."""
    if not 1990 <= year < 2090:
        raise DafengError.at("year", str(year), "a year from 1990 to 2089")
    return year


def sums(
    store: Store,
    by: str,
    period: str,
    first: str | None = None,
    last: str | None = None,
    unit: str | None = None,
) -> Answer:
    """Return sums by group and period over [first, last); without dates over all that is stored."""
    begin, end = _span(store, first, last)
    _check_unit(store, unit)
    question = question_of(by, period, begin, end, unit)
    return summed(question, rollup(store, question))


def question_of(by: str, period: str, first: date, last: date, unit: str | None) -> Question:
    """Build the query of a sum. Raises: DafengError for an unknown group or period."""
    try:
        return Question(By(by), Period(period), first, last, unit)
    except ValueError as error:
        raise DafengError.at("rollup", f"{by}, {period}", f"{', '.join(By)}; {', '.join(Period)}") from error


def summed(question: Question, rows: list[dict[str, Any]]) -> Answer:
    """Return the answer to a question of sums."""
    span = {"from": str(question.first), "to": str(question.last)}
    return {"by": str(question.by), "period": str(question.period), **span, "rows": rows}


def _span(store: Store, first: str | None, last: str | None) -> tuple[date, date]:
    stored = store.rows("SELECT min(day) AS first, max(day) AS last FROM day_sum")[0]
    if stored["first"] is None and (first is None or last is None):
        raise DafengError.at(str(store.path), "no readings", "readings, or both --from and --to")
    begin = day_of(first) if first else stored["first"]
    return begin, day_of(last) if last else stored["last"] + timedelta(days=1)


def drill(
    store: Store, what: str, first: str, last: str, *, parts: str = "county", period: str = "day", measure: str = "tce", county: str | None = None,
    sector: str | None = None, unit: str | None = None, point: str | None = None, medium: str | None = None, owners: list[str] | None = None,
) -> Answer:  # fmt: skip
    """Return the parts, course, hours or flows of a scope (county, sector, unit, point, medium, owners) over [first, last)."""
    within = Scope(county, sector, unit, point, medium, None if owners is None else tuple(owners))
    begin, end = day_of(first), day_of(last)
    if what == "parts":
        return breakdown(store, within, begin, end, parts=parts, measure=measure)
    if what == "course":
        return course(store, within, begin, end, period=period, measure=measure)
    if what == "hours":
        return hours(store, within, begin, end)
    if what == "flows":
        return flows(store, within, begin, end, measure=measure)
    raise DafengError.at("drill", what, "parts, course, hours, flows")


def _check_unit(store: Store, unit: str | None) -> None:
    """Check that a unit has points: of a mistyped one nothing is missing and nothing is wrong. Raises: DafengError."""
    if unit is not None and not store.rows("SELECT 1 FROM point WHERE owner = ? LIMIT 1", [unit]):
        raise DafengError.at("--unit", unit, "a unit of the registry with points")


def by_band(
    store: Store, first: str | None = None, last: str | None = None, unit: str | None = None
) -> Answer:
    """Return quantity and cost by unit, month and band of the time-of-use tariffs over [first, last)."""
    begin, end = _span(store, first, last)
    _check_unit(store, unit)
    lines = costs(store, begin, end, unit)
    origin = _origin(sum(line["readings"] for line in lines), sum(line["synthetic"] for line in lines))
    return {"from": str(begin), "to": str(end), "origin": origin, "costs": lines}


def quality(
    store: Store, first: str | None = None, last: str | None = None, unit: str | None = None
) -> Answer:
    """Check the readings of a span of days anew: flags by kind, the flags themselves, and the score of
    each unit.
    """
    begin, end = _span(store, first, last)
    _check_unit(store, unit)
    span = Span(begin, end)
    counts = check_readings(store, span)
    return {
        "from": str(begin), "to": str(end), **counts, "scores": scores(store, span, unit=unit),
        "flags": flags(store, span, unit=unit),
    }  # fmt: skip


def let_go(store: Store, point: str, start: str, person: str, reason: str) -> Answer:
    """Release a reading from quarantine."""
    return release(store, point, start, person=person, reason=reason)


def warn(store: Store, on: str | None = None) -> Answer:
    """Evaluate every budget on a day (default: the last stored) and issue warnings; open ones are listed."""
    stored = store.rows("SELECT max(day) AS last FROM day_sum")[0]["last"]
    if on is None and stored is None:
        raise DafengError.at(str(store.path), "no readings", "readings, or --on")
    day = day_of(on) if on else stored
    verdicts = record(store, judge_budgets(store, day))
    return {"on": str(day), "verdicts": verdicts, "open": open_warnings(store)}


def handle(store: Store, warning: int, action: str, person: str, note: str = "") -> Answer:
    """Acknowledge or release a warning."""
    return act(store, warning, action, person=person, note=note)


def judge_year(store: Store, year: int) -> Answer:
    """Compare buildings with quotas and products with their levels in a year; every verdict is kept."""
    buildings, products = judge_buildings(store, year_of(year)), judge_products(store, year)
    verdicts = [kept_verdict(row, year) for row in [*buildings, *products]]
    for row, kept in zip([*buildings, *products], record(store, verdicts), strict=True):
        row |= {"verdict": kept["id"], "rule_digest": kept["rule_digest"]}
        row.pop("quota_row", None)
    return {"year": year, "buildings": buildings, "products": products}


def again(store: Store, verdict: int) -> Answer:
    """Return a stored verdict, judged again on the readings and by the registry of then."""
    return reproduce(store, verdict)


def fill_in(store: Store, register: str, unit: str, period: str) -> Answer:
    """Return a row of a register's form from the meters of a unit, with coverage."""
    return prefill(store, register, unit, period)


def publish(store: Store, year: int) -> Answer:
    """Return the buildings that may be published, ranked. Raises: DafengError as `publishable`."""
    rows = publishable(judge_buildings(store, year_of(year)))
    return {
        "year": year,
        "buildings": [row | {"checked_by": row.pop("quota_row")["checked_by"]} for row in rows],
    }


def notice(store: Store, year: int) -> Answer:
    """Return the ranking of buildings that everybody may read, and what is withheld. Raises: DafengError as `publishable` and
    `notice_of`.
    """
    shown, withheld = notice_of(publishable(judge_buildings(store, year_of(year))))
    return {"year": year, "buildings": [row | {"quota_row": None} for row in shown], "withheld": withheld}


def archive(store: Store, month: str, reopen: bool = False, reason: str = "") -> Answer:
    """Close a month into Parquet and publish its sums, or open it again."""
    return reopen_month(store, month, reason=reason) if reopen else close_month(store, month, publish_month)


def published(store: Store, month: str) -> Answer:
    """Return the sums of a month as they were when it was closed, byte for byte."""
    return published_month(store, month)


def estimate(
    store: Sums, base_year: int, inventory_t: float | None = None, county: str | None = None
) -> Answer:
    """Estimate monthly CO2 of the city, or of one county, after the base year, or NE with its reason.

    `inventory_t` is the total of the same place in the base year. Raises: DafengError as `nowcast`.
    """
    year_of(base_year)
    last = store.rows("SELECT max(day) AS last FROM day_sum")[0]["last"] or date(base_year, 12, 31)
    question = Question(
        By.COUNTY if county else By.CITY, Period.MONTH, date(base_year, 1, 1),
        max(last, date(base_year, 1, 1)) + timedelta(days=1),
    )  # fmt: skip
    months = [row for row in rollup(store, question) if county in {None, row["group"]}]
    rows = nowcast(months, base_year=base_year, inventory_t=inventory_t)
    return {"base_year": base_year, "inventory_t": inventory_t, "county": county, "months": rows}


OPERATIONS: dict[str, Callable[..., Answer]] = {
    "status": status,
    "units": units,
    "unit_warnings": unit_warnings,
    "compare": compare,
    "backup": backup,
    "dead_letters": letters,
    "enter": enter,
    "registry_of": registry_of_unit,
    "weigh_proposal": weigh_proposal,
    "enter_proposal": enter_proposal,
    "write_registry": write_registry,
    "ingest": ingest,
    "receipt": receipt,
    "rollup": sums,
    "drill": drill,
    "costs": by_band,
    "quality": quality,
    "release": let_go,
    "warn": warn,
    "handle": handle,
    "judge": judge_year,
    "verdict": again,
    "prefill": fill_in,
    "package": package_rows,
    "publish": publish,
    "notice": notice,
    "archive": archive,
    "published": published,
    "nowcast": estimate,
}


def operate(store: Store, verb: str, values: dict[str, Any]) -> Answer:
    """Execute `verb` with `values`.

    Parameters
    ----------
    store
        Open store of readings.
    verb
        Name of the operation.
    values
        Arguments of the verb.

    Returns
    -------
    Answer of the verb.

    Raises
    ------
    DafengError
        For an unknown verb, and what the verb raises.
    """
    if verb not in OPERATIONS:
        raise DafengError.at("verb", verb, ", ".join(OPERATIONS))
    try:
        return OPERATIONS[verb](store, **values)
    except duckdb.IOException as error:
        raise store.unreadable(error) from error
