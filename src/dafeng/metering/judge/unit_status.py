"""Status of each unit for screens: newest readings, coverage of the last days by the calendar, colour of its
verdicts.

Coverage is judged over the days before today, not over the last days that are stored: where readings ended,
coverage falls, and the colour turns grey. A verdict speaks for its day; one that is older than `VERDICT_DAYS`
colours nothing.
"""

import json
from datetime import date, timedelta
from typing import Any

from dafeng.evidence import DafengError, today
from dafeng.metering.judge.coverage import MIN_COVERAGE, MINUTES, covered_share
from dafeng.metering.judge.question import By, Period, Question
from dafeng.metering.judge.rollup import rollup
from dafeng.metering.judge.warnings import open_warnings
from dafeng.metering.store.reading_columns import MONTH
from dafeng.metering.store.sql import local, local_date
from dafeng.metering.store.store import FLAG_QUARANTINED, ORIGINS, Store
from dafeng.tables import Row

JUDGED_DAYS = 30
"""Days over which coverage is judged, up to and with yesterday."""

VERDICT_DAYS = 45
"""Days for which a verdict colours its unit: budgets are judged by month, and a month is judged when it
is complete."""

STATEMENT_DAYS = 20
"""Days that a monthly statement may take after its month."""

COLOURS = ("red", "orange", "yellow", "grey", "green")
"""From the worst to the best."""

_METERED = "p.kind IN ('interval', 'register')"

_LATEST = f"""
SELECT p.owner AS unit, p.id AS point, coalesce(p.name_zh, '') AS name_zh, p.medium, p.unit AS measured_in,
  CAST({local("l.start")} AS VARCHAR) AS start, l.value, l.origin,
  coalesce((l.flags & {FLAG_QUARANTINED}) <> 0, false) AS quarantined
FROM point p LEFT JOIN latest l ON l.point = p.number AND l.period = CASE WHEN p.kind = 'register' THEN 0 ELSE p.period END
WHERE {_METERED} AND ($unit IS NULL OR p.owner = $unit)
QUALIFY row_number() OVER (PARTITION BY p.id ORDER BY l.start DESC NULLS LAST, p.since DESC NULLS LAST) = 1
ORDER BY p.owner, p.number LIMIT 20000"""

_POINTS = f"""
SELECT p.owner, count(DISTINCT p.id) AS points, bool_or(p.synthetic) AS synthetic, coalesce(min(p.county), '') AS county,
  coalesce(min(p.sector), '') AS sector, CAST({local("max(l.start)")} AS VARCHAR) AS last
FROM point p LEFT JOIN latest l ON l.point = p.number
WHERE {_METERED} AND ($unit IS NULL OR p.owner = $unit) GROUP BY p.owner ORDER BY p.owner"""

_VERDICTS = f"""
SELECT subject, level, rule, confirmed, inputs, CAST({local_date("made")} AS VARCHAR) AS made, inputs->>'until' AS until
FROM verdict WHERE kind = 'budget' AND ($subject IS NULL OR subject = $subject)
QUALIFY row_number() OVER (PARTITION BY subject, inputs->>'budget' ORDER BY id DESC) = 1
ORDER BY subject, inputs->>'budget'"""


def latest_readings(store: Store, unit: str | None) -> list[Row]:
    """Return the newest reading of each metered point, null where there is none; times in Beijing time.

    Parameters
    ----------
    store
        Open store of readings.
    unit
        Unit, or None for all.

    Returns
    -------
    Rows, one a point.
    """
    rows = store.rows(_LATEST, {"unit": unit})
    return [row | {"origin": None if row["origin"] is None else ORIGINS[row["origin"]]} for row in rows]


def newest_reading(store: Store) -> float | None:
    """Return when the newest reading begins [s since 1970 UTC], None where nothing is stored.

    Parameters
    ----------
    store
        Open store of readings.

    Returns
    -------
    Seconds since 1970 UTC, or None.
    """
    newest: float | None = store.rows("SELECT epoch(max(start)) AS newest FROM latest")[0]["newest"]
    return newest


def has_unit(store: Store, unit: str) -> bool:
    """Check whether the registry has a point of `unit`.

    Parameters
    ----------
    store
        Open store of readings.
    unit
        Id of the unit.

    Returns
    -------
    True where it has a point.
    """
    return bool(store.rows("SELECT 1 FROM point WHERE owner = ? LIMIT 1", [unit]))


def warnings_of(store: Store, unit: str | None) -> list[Row]:
    """Return the warnings that nobody has released, worst first; of one unit only its own.

    Parameters
    ----------
    store
        Open store of readings.
    unit
        Unit, or None for all.

    Returns
    -------
    Warnings with rule, subject and level.
    """
    return [row for row in open_warnings(store) if unit is None or row["subject"] == f"unit:{unit}"]


def budget_verdicts(store: Store, unit: str | None) -> list[Row]:
    """Return the last verdict on each budget: `subject`, `level`, `rule`, `confirmed`, `inputs`, `until`.

    `until` is the day up to and with which the readings were judged.

    Parameters
    ----------
    store
        Open store of readings.
    unit
        Unit, or None for all.

    Returns
    -------
    Verdicts, one a budget.
    """
    rows = store.rows(_VERDICTS, {"subject": None if unit is None else f"unit:{unit}"})
    return [row | {"inputs": json.loads(row["inputs"]), "until": row["until"] or row["made"]} for row in rows]


def judged_days(store: Store, on: date | None = None) -> tuple[date, date] | None:
    """Return the days [first, last) over which coverage is judged on the day `on` (today).

    They end yesterday, whatever is stored, and begin `JUDGED_DAYS` before, not before the first stored day.
    None where no stored day is over.

    Parameters
    ----------
    store
        Open store of readings.
    on
        Day of the question; today without.

    Returns
    -------
    First day and day after the last, or None.
    """
    end = on or today()
    first = store.rows("SELECT min(day) AS first FROM day_sum")[0]["first"]
    if first is None or first >= end:
        return None
    return max(first, end - timedelta(days=JUDGED_DAYS)), end


def unit_status(store: Store, unit: str | None, on: date | None = None) -> dict[str, Any]:
    """Return each unit with the coverage of its counted points and its colour on the day `on` (today).

    Grey below 90 % coverage, without a verdict, or with one that is out of date: no green by default.
    Otherwise the worst of the last verdicts on its budgets, as `dafeng metering warn` recorded them;
    `judged_on` is the day to which they apply.

    Parameters
    ----------
    store
        Open store of readings.
    unit
        Unit, or None for all.
    on
        Day of the question; today without.

    Returns
    -------
    Units with coverage, colour and day judged.
    """
    on = on or today()
    days = judged_days(store, on)
    sums = _coverage(store, unit, days, on)
    verdicts: dict[str, list[Row]] = {}
    for row in budget_verdicts(store, unit):
        verdicts.setdefault(row["subject"], []).append(row)
    warned: dict[str, int] = {}
    for row in warnings_of(store, unit):
        warned[row["subject"]] = warned.get(row["subject"], 0) + 1
    known = store.registry().by_id("units")
    units = []
    for row in store.rows(_POINTS, {"unit": unit}):
        subject = f"unit:{row['owner']}"
        counted = sums.get(row["owner"], dict.fromkeys(_PARTS, 0))
        coverage = covered_share([counted])
        units.append(
            {
                "unit": row["owner"], "name_zh": known.get(row["owner"], {}).get("name_zh") or row["owner"],
                "credit_code": known.get(row["owner"], {}).get("credit_code"), "county": row["county"],
                "sector": row["sector"], "points": row["points"], "readings": counted["readings"],
                "expected": counted["expected"], "coverage": coverage, "quarantined": counted["quarantined"],
                "synthetic": bool(row["synthetic"]), "last": row["last"], "open_warnings": warned.get(subject, 0),
            } | _colour(coverage, row["last"], verdicts.get(subject, []), days, on)
        )  # fmt: skip
    return {"begin": str(days[0]) if days else None, "end": str(days[1]) if days else None, "units": units}


_PARTS = ("readings", "expected", "quarantined", *MINUTES)


def _coverage(
    store: Store, unit: str | None, days: tuple[date, date] | None, on: date
) -> dict[str, dict[str, int]]:
    """Readings that are there and that are expected, by unit, and their time; of monthly statements those of the last
    month that has been over for `STATEMENT_DAYS`.
    """
    if days is None:
        return {}
    due = (on - timedelta(days=STATEMENT_DAYS)).replace(day=1)
    month = (due - timedelta(days=1)).replace(day=1)
    found: dict[str, dict[str, int]] = {}
    for question in (
        Question(By.UNIT, Period.YEAR, *days, unit=unit, periods=(1, MONTH - 1)),
        Question(By.UNIT, Period.YEAR, month, due, unit=unit, periods=(MONTH, MONTH)),
    ):
        for row in rollup(store, question):
            added = found.setdefault(row["group"], dict.fromkeys(_PARTS, 0))
            for part in _PARTS:
                added[part] += row[part]
    return found


def _colour(
    coverage: float | None, last: str | None, verdicts: list[Row], days: tuple[date, date] | None, on: date
) -> Row:
    """The colour of a unit, why it is grey, and the day to which its verdicts apply."""
    judged = max((str(row["until"]) for row in verdicts), default=None)
    if days is None:
        zh, en = "尚无完整的一天", "no day is complete yet"
        return {"level": "grey", "reason_zh": zh, "reason_en": en, "judged_on": judged}
    if coverage is None or coverage < MIN_COVERAGE:
        share = "0 %" if coverage is None else f"{coverage:.0%}"
        zh, en = (
            f"数据完整率 {share}，低于 {MIN_COVERAGE:.0%}",
            f"coverage {share} is below {MIN_COVERAGE:.0%}",
        )
        if last is not None and last[:10] < str(days[0]):
            zh, en = f"{zh}；最新读数为 {last[:10]}", f"{en}; the newest reading is of {last[:10]}"
        return {"level": "grey", "reason_zh": zh, "reason_en": en, "judged_on": judged}
    if judged is None:
        zh, en = "尚无预算判定", "no budget has been judged"
        return {"level": "grey", "reason_zh": zh, "reason_en": en, "judged_on": None}
    if judged < str(on - timedelta(days=VERDICT_DAYS)):
        zh, en = (
            f"预算判定截至 {judged}，已过期",
            f"the budget was judged up to {judged}, which is out of date",
        )
        return {"level": "grey", "reason_zh": zh, "reason_en": en, "judged_on": judged}
    level = min((row["level"] for row in verdicts), key=COLOURS.index)
    return {"level": level, "reason_zh": "", "reason_en": "", "judged_on": judged}


def stored_receipt(store: Store, batch: int, sender: str | None = None) -> dict[str, Any]:
    """Return the stored receipt of a batch, with the cells of its refused rows.

    Parameters
    ----------
    batch
        Number of the batch.
    sender
        Limits it to batches of its own.

    Raises
    ------
    DafengError
        For any other number.
    """
    rows = store.rows(
        "SELECT receipt FROM batch WHERE id = $batch AND ($sender IS NULL OR sender = $sender)",
        {"batch": min(batch, 2**31 - 1), "sender": sender},
    )
    if not rows:
        raise DafengError.at("batch", str(batch), "the number of a batch")
    found: dict[str, Any] = json.loads(rows[0]["receipt"])
    return found
