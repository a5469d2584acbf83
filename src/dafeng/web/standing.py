"""What a unit and the office look at: newest readings, coverage, colours, warnings."""

from datetime import date, timedelta
from typing import Any

from dafeng.metering import MIN_COVERAGE, By, Period, Question, Store, open_warnings, rollup

Row = dict[str, Any]
JUDGED_DAYS = 30
"""Days over which coverage is shown, up to and with the last stored one."""

_LATEST = """
SELECT p.owner AS unit, p.id AS point, coalesce(p.name_zh, '') AS name_zh, p.medium, p.unit AS measured_in,
  CAST(l.start + INTERVAL 8 HOUR AS VARCHAR) AS start, l.value, l.origin, coalesce((l.flags & 64) = 64, false) AS quarantined
FROM point p LEFT JOIN latest l ON l.point = p.number AND l.period = CASE WHEN p.kind = 'register' THEN 0 ELSE p.period END
WHERE p.kind IN ('interval', 'register') AND ($unit IS NULL OR p.owner = $unit)
ORDER BY p.owner, p.number LIMIT 20000"""
_ORIGINS = ("auto", "hand", "estimated", "corrected", "synthetic")

_POINTS = """
SELECT p.owner, count(*) AS points, bool_or(p.synthetic) AS synthetic, coalesce(min(p.county), '') AS county,
  coalesce(min(p.sector), '') AS sector, CAST(max(l.start) + INTERVAL 8 HOUR AS VARCHAR) AS last
FROM point p LEFT JOIN latest l ON l.point = p.number
WHERE p.kind IN ('interval', 'register') AND ($unit IS NULL OR p.owner = $unit) GROUP BY p.owner ORDER BY p.owner"""

_VERDICTS = """
SELECT subject, level, CAST(made + INTERVAL 8 HOUR AS DATE) AS made, inputs->>'until' AS until FROM verdict
WHERE kind = 'budget' AND ($subject IS NULL OR subject = $subject)
QUALIFY row_number() OVER (PARTITION BY subject, inputs->>'budget' ORDER BY id DESC) = 1"""
_WORST = ("red", "orange", "yellow", "grey", "green")


def latest(store: Store, unit: str | None) -> list[Row]:
    """The newest reading of each metered point, null where there is none."""
    rows = store.rows(_LATEST, {"unit": unit})
    return [row | {"origin": None if row["origin"] is None else _ORIGINS[row["origin"]]} for row in rows]


def warnings_of(store: Store, unit: str | None) -> list[Row]:
    """Warnings that nobody has released, worst first; of one unit only its own."""
    return [row for row in open_warnings(store) if unit is None or row["subject"] == f"unit:{unit}"]


def judged_days(store: Store) -> tuple[date, date] | None:
    """The days [first, last) over which coverage is shown; None where nothing is stored."""
    stored = store.rows("SELECT min(day) AS first, max(day) AS last FROM day_sum")[0]
    if stored["last"] is None:
        return None
    end = stored["last"] + timedelta(days=1)
    return max(stored["first"], end - timedelta(days=JUDGED_DAYS)), end


def standing(store: Store, unit: str | None) -> dict[str, Any]:
    """Each unit with the coverage of its counted points and its colour.

    Grey below 90 % coverage or without a verdict: no green by default. Otherwise the worst of the last verdicts
    on its budgets, as `dafeng metering warn` recorded them.
    """
    days = judged_days(store)
    sums: dict[str, Row] = {}
    if days is not None:
        for row in rollup(store, Question(By.UNIT, Period.YEAR, *days, unit=unit)):
            sums[row["group"]] = _added(sums.get(row["group"]), row)
    verdicts: dict[str, list[Row]] = {}
    for row in store.rows(_VERDICTS, {"subject": None if unit is None else f"unit:{unit}"}):
        verdicts.setdefault(row["subject"], []).append(row)
    warned: dict[str, int] = {}
    for row in warnings_of(store, unit):
        warned[row["subject"]] = warned.get(row["subject"], 0) + 1
    names = {row["id"]: row["name_zh"] or row["id"] for row in store.registry().tables["units"]}
    units = []
    for row in store.rows(_POINTS, {"unit": unit}):
        subject = f"unit:{row['owner']}"
        counted = sums.get(row["owner"], {"readings": 0, "expected": 0, "quarantined": 0})
        coverage = counted["readings"] / counted["expected"] if counted["expected"] else None
        units.append(
            {
                "unit": row["owner"], "name_zh": names.get(row["owner"], row["owner"]), "county": row["county"],
                "sector": row["sector"], "points": row["points"], "readings": counted["readings"],
                "expected": counted["expected"], "coverage": coverage, "quarantined": counted["quarantined"],
                "synthetic": bool(row["synthetic"]), "last": row["last"], "open_warnings": warned.get(subject, 0),
            } | _level(coverage, verdicts.get(subject, []))
        )  # fmt: skip
    return {"begin": str(days[0]) if days else None, "end": str(days[1]) if days else None, "units": units}


def _added(before: Row | None, row: Row) -> Row:
    parts = ("readings", "expected", "quarantined")
    return {part: row[part] + (before[part] if before else 0) for part in parts}


def _level(coverage: float | None, verdicts: list[Row]) -> Row:
    judged = max((str(row["until"] or row["made"]) for row in verdicts), default=None)
    if coverage is None or coverage < MIN_COVERAGE:
        share = "0 %" if coverage is None else f"{coverage:.0%}"
        zh, en = (
            f"数据完整率 {share}，低于 {MIN_COVERAGE:.0%}",
            f"coverage {share} is below {MIN_COVERAGE:.0%}",
        )
        return {"level": "grey", "reason_zh": zh, "reason_en": en, "judged_on": judged}
    if not verdicts:
        zh, en = "尚无预算判定", "no budget has been judged"
        return {"level": "grey", "reason_zh": zh, "reason_en": en, "judged_on": None}
    level = min((row["level"] for row in verdicts), key=_WORST.index)
    return {"level": level, "reason_zh": "", "reason_en": "", "judged_on": judged}
