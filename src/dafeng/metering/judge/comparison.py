"""Use of a unit in a span beside the span before (环比) and the same span a year before (同比), by medium."""

from datetime import date, timedelta
from typing import Any

from dafeng.evidence import DafengError, Text
from dafeng.metering.judge.coverage import MIN_COVERAGE, covered_share
from dafeng.metering.judge.question import By, Period, Question, Sums
from dafeng.metering.judge.rollup import rollup

LONGEST_DAYS = 366


def compare_spans(store: Sums, unit: str, first: date, last: date) -> list[dict[str, Any]]:
    """Compare the sums of a unit over [first, last) with those of the span before and of the year before.

    Parameters
    ----------
    store
        Open store of readings.
    unit
        Id of the unit.
    first, last
        First day and day after the last, at most 366 days.

    Returns
    -------
    list of dict
        One row for each medium and span that has readings: `span` (this, before, year_before), `from`, `to`, `medium`,
        `quantity` [unit of the medium], `tce` [tce] and `tco2` [t] (None where a factor is missing), `coverage`, and
        `change`, the quantity of this span relative to that one (None without both or where either is not whole).

    Raises
    ------
    DafengError
        For an empty span, or one of more than 366 days.
    """
    days = (last - first).days
    if not 0 < days <= LONGEST_DAYS:
        raise DafengError.at(
            Text("时段", "span"), f"{first} – {last}", f"1 to {LONGEST_DAYS} days", "choose a shorter span"
        )  # fmt: skip
    spans = {"this": first, "before": first - timedelta(days=days), "year_before": year_before(first)}
    found = [
        {"span": span, "from": str(begin), "to": str(begin + timedelta(days=days))} | row
        for span, begin in spans.items()
        for row in _by_medium(store, unit, begin, begin + timedelta(days=days))
    ]
    now = {row["medium"]: row for row in found if row["span"] == "this"}
    return [row | {"change": _change(now.get(row["medium"]), row)} for row in found]


def year_before(day: date) -> date:
    """Return the day of the year before; 28 February for a leap day."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _by_medium(store: Sums, unit: str, first: date, last: date) -> list[dict[str, Any]]:
    rows = rollup(store, Question(By.MEDIUM, Period.DAY, first, last, unit=unit))
    media: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["readings"]:
            media.setdefault(row["medium"], []).append(row)
    return [
        {"medium": medium} | {name: _sum(days, name) for name in ("quantity", "tce", "tco2")} | {
            "coverage": covered_share([row for row in rows if row["group"] == medium]),
            "synthetic": any(row["synthetic"] for row in days),
        }
        for medium, days in sorted(media.items())
    ]  # fmt: skip


def _sum(rows: list[dict[str, Any]], name: str) -> float | None:
    """Return a sum; None (NE) where a day has readings and no value."""
    values = [row[name] for row in rows]
    return None if any(value is None for value in values) else float(sum(values))


def _change(now: dict[str, Any] | None, then: dict[str, Any]) -> float | None:
    """Return the relative change; None where one of the spans has gaps: it would compare unlike with like."""
    if now is None or now is then or not then["quantity"] or now["quantity"] is None:
        return None
    whole = all(row["coverage"] is not None and row["coverage"] >= MIN_COVERAGE for row in (now, then))
    return float(now["quantity"] / then["quantity"] - 1) if whole else None
