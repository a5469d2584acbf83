"""Day and month sums of a unit's points for another platform: what a package to a provincial platform holds.

Sums of periods that are covered below `MIN_COVERAGE` and synthetic ones are left out, and named. The names of the
platform's fields are in a mapping file; `dafeng.metering.judge.package_writing` writes it.
"""

from datetime import date, timedelta
from typing import Any

from dafeng.evidence import DafengError
from dafeng.metering.dated_points import points_on
from dafeng.metering.judge.coverage import MIN_COVERAGE
from dafeng.metering.judge.question import By, Period, Question
from dafeng.metering.judge.rollup import rollup
from dafeng.metering.store.store import Store
from dafeng.metering.tables import packaged
from dafeng.units import factor


def package_rows(store: Store, unit: str, period: str) -> dict[str, Any]:
    """Return the sums of the points of `unit` on a day (2025-01-31) or in a month (2025-01), in the units of the registry.

    Returns
    -------
    dict
        `rows` as columns of readings, and `left_out` with the coverage of what is not sent and why.

    Raises
    ------
    DafengError
        For an unknown unit, another period, and where nothing is left.
    """
    length, first, last = _span(period)
    if unit not in {row["id"] for row in store.registry().tables["units"]}:
        raise DafengError.at("unit", unit, "the id of a unit of the registry")
    canonical = {row["id"]: row["unit"] for row in packaged("media")}
    points = {
        row["id"]: row for row in points_on(store.registry().tables, last - timedelta(days=1)) if row["kind"] != "virtual"
    }  # fmt: skip
    rows, left_out = [], []
    for found in rollup(store, Question(By.POINT, length, first, last, unit)):
        point = points.get(found["group"])
        reason = _reason(found)
        if point is None:
            continue
        if reason is not None:
            left_out.append({"point": found["group"], "coverage": found["coverage"], "reason": reason})
            continue
        amount = found["quantity"] * factor(canonical[found["medium"]], point["unit"])
        rows.append({
            "point": found["group"], "start": f"{first}T00:00:00", "value": repr(float(amount)), "period": str(length),
            "unit": point["unit"], "origin": "estimated" if found["estimated"] else "auto",
        })  # fmt: skip
    if not rows:
        raise DafengError.at(
            f"{unit} {period}", "no sum that may be sent", f"coverage of {MIN_COVERAGE:.0%}, measured"
        )
    return {"unit": unit, "period": period, "rows": rows, "left_out": left_out}


def _span(period: str) -> tuple[Period, date, date]:
    try:
        if len(period) == len("2025-01"):
            first = date.fromisoformat(f"{period}-01")
            return Period.MONTH, first, (first + timedelta(days=31)).replace(day=1)
        first = date.fromisoformat(period)
        return Period.DAY, first, first + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise DafengError.at("period", period, "a day as 2025-01-31, or a month as 2025-01") from error


def _reason(found: dict[str, Any]) -> str | None:
    if found["synthetic"]:
        return "synthetic"
    if found["coverage"] is None or found["coverage"] < MIN_COVERAGE or found["quantity"] is None:
        return "coverage"
    return None
