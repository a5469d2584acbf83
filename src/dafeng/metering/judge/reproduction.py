"""Reproduction of a verdict: judged again on the readings and by the registry that it was made with.

Every verdict keeps the version of the registry and the newest batch of then. Readings that were replaced, withdrawn or
released since are taken as they were, from the revisions; the registry of then is read from the store.
"""

import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, midnight
from dafeng.metering.judge.budgets import judge_budgets
from dafeng.metering.judge.quotas import judge_buildings, judge_products, kept_verdict
from dafeng.metering.master_data import registry_from_rows
from dafeng.metering.store.day_sums import remake
from dafeng.metering.store.sql import LOCAL_DAY, midnight_of
from dafeng.metering.store.store import Store
from dafeng.rules import Verdict
from dafeng.tables import Row


def reproduce(store: Store, number: int) -> dict[str, Any]:
    """Judge a stored verdict again as of its registry and batch; `same` states whether level and inputs are equal.

    Raises: DafengError for an unknown number, or a verdict of a version that did not keep its registry yet.
    """
    rows = store.rows("SELECT *, CAST(made AS VARCHAR) || 'Z' AS made_at FROM verdict WHERE id = ?", [number])
    if not rows:
        raise DafengError.at("verdict", str(number), "the number of a verdict", "judge and warn list them")
    kept = rows[0]
    if kept["registry"] is None:
        raise DafengError.at(
            "verdict", str(number), "a verdict made since registries are kept with it", "judge again"
        )
    inputs = json.loads(kept["inputs"])
    with tempfile.TemporaryDirectory() as folder, _as_of(store, kept, inputs, Path(folder)) as then:
        again = _judged(then, kept, inputs)
    found = (
        None if again is None else json.loads(json.dumps(dict(again.inputs), ensure_ascii=False, default=str))
    )
    differs = [] if found is None else sorted(
        name for name in inputs.keys() | found.keys() if not _alike(inputs.get(name), found.get(name))
    )  # fmt: skip
    same = (
        again is not None
        and again.level == kept["level"]
        and again.rule_digest == kept["rule_digest"]
        and not differs
    )
    return {
        "verdict": number, "subject": kept["subject"], "kind": kept["kind"], "level": kept["level"], "rule": kept["rule"],
        "rule_digest": kept["rule_digest"], "source": kept["source"], "made": kept["made_at"], "registry": kept["registry"],
        "as_of_batch": kept["as_of_batch"], "inputs": inputs, "same": same, "differs": differs,
        "again": None if again is None else {"level": again.level, "rule_digest": again.rule_digest, "inputs": found},
    }  # fmt: skip


def _alike(one: Any, other: Any) -> bool:
    """Whether two inputs are equal; sums of other orders may differ in the last digits."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1e-9)
    return bool(one == other)


def _judged(then: Store, kept: Row, inputs: Row) -> Verdict | None:
    if kept["kind"] == "budget":
        verdicts = judge_budgets(then, date.fromisoformat(inputs["until"]))
        return next((one for one in verdicts if one.inputs.get("budget") == inputs["budget"]), None)
    year = int(inputs["year"])
    rows = judge_buildings(then, year) if kept["kind"] == "quota" else judge_products(then, year)
    verdicts = [kept_verdict(row, year) for row in rows]
    return next((one for one in verdicts if one.subject == kept["subject"]), None)


_THEN = """
SELECT p.id, r.point, r.period, r.start, r.value, r.origin, r.flags, r.version, r.batch FROM (
  SELECT point, period, start, value, origin, flags, version, batch FROM readings
  WHERE batch <= $batch AND start >= $first AND start < $last AND period > 0
    AND NOT EXISTS (SELECT 1 FROM release e WHERE e.point = readings.point AND e.period = readings.period
      AND e.start = readings.start AND e.happened > $made)
  UNION ALL
  SELECT point, period, start, value, origin, flags, version, batch FROM revision
  WHERE reason IN ('replaced', 'withdrawn') AND batch <= $batch AND by_batch > $batch AND start >= $first AND start < $last
    AND period > 0
  UNION ALL
  SELECT v.point, v.period, v.start, v.value, v.origin, v.flags, v.version, v.batch FROM revision v
  WHERE v.reason = 'released' AND v.batch <= $batch AND v.start >= $first AND v.start < $last AND v.period > 0
    AND EXISTS (SELECT 1 FROM release e WHERE e.point = v.point AND e.period = v.period AND e.start = v.start
      AND e.happened > $made)) r
JOIN point p ON p.number = r.point"""
"""The readings of a span as they were after a batch."""


def _as_of(store: Store, kept: Row, inputs: Row, folder: Path) -> Store:
    """Return a store of its own with the registry and the readings of the year as of the verdict."""
    first, last = _span(inputs)
    row = store.rows("SELECT * FROM registry WHERE version = ?", [kept["registry"]])[0]
    registry = registry_from_rows(json.loads(row["tables"]), row["place"], row["region"])
    values = {
        "batch": kept["as_of_batch"],
        "first": midnight(first),
        "last": midnight(last),
        "made": kept["made"],
    }
    with store.reading() as connection:
        sent = connection.sql(_THEN, params=values).to_arrow_table()
    then = Store.create(folder / "then.duckdb", registry)
    with then.transaction() as connection:
        connection.register("sent", sent)
        connection.execute(_PUT)
        connection.unregister("sent")
        remake(
            connection,
            int(kept["as_of_batch"] or 0),
            f"SELECT DISTINCT point, period, {LOCAL_DAY} AS day FROM reading",
        )
    return then


_PUT = f"""
INSERT INTO reading
SELECT p.number, s.period, s.start, s.value, s.origin, s.flags, s.version, s.batch FROM sent s JOIN (
  SELECT id, number, coalesce({midnight_of("since")}, TIMESTAMP '1900-01-01') AS begin,
    coalesce(lead({midnight_of("since")}) OVER (PARTITION BY id ORDER BY since NULLS FIRST), TIMESTAMP '9999-01-01') AS until
  FROM point) p ON p.id = s.id AND s.start >= p.begin AND s.start < p.until"""


def _span(inputs: Row) -> tuple[date, date]:
    if "until" in inputs:
        until = date.fromisoformat(inputs["until"])
        return date(until.year, 1, 1), until + timedelta(days=1)
    year = int(inputs["year"])
    return date(year, 1, 1), date(year + 1, 1, 1)
