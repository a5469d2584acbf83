"""Yearly budgets of energy and carbon: what is used, what the year will come to, and the level of warning."""

import math
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dafeng.metering.judge.coverage import MIN_COVERAGE, covered_share
from dafeng.metering.judge.question import By, Period, Question, Sums
from dafeng.metering.judge.rollup import refuse_synthetic, rollup
from dafeng.metering.judge.rule_rows import packaged_rules
from dafeng.metering.master_data import Registry
from dafeng.rules import Verdict, digest, holds, judge, rule_set, valid_rows
from dafeng.tables import Row
from dafeng.units import factor

CONFIDENCE = 0.9
_COLUMN = {"coal_equivalent_calorific": "tce", "coal_equivalent_equivalent": "tce_equivalent", "co2": "tco2"}
_UNIT = {"tce": "tce", "tce_equivalent": "tce", "tco2": "tCO2"}
_BY = {"unit": By.UNIT, "county": By.COUNTY, "city": By.CITY}


@dataclass(frozen=True, slots=True)
class Forecast:
    """Forecast of use to the end of the year; `low` and `high` bound it with 90 % confidence, None
    below three whole months.
    """

    used: float
    share: float
    total: float
    low: float | None
    high: float | None


def month_shares(profile: tuple[float, ...] | None, year: int) -> list[float]:
    """Compute the twelve month shares of the year: as given, or even by days."""
    if profile is not None:
        return list(profile)
    days = [monthrange(year, month)[1] for month in range(1, 13)]
    return [count / sum(days) for count in days]


def share_until(shares: list[float], day: date) -> float:
    """Compute the share of the yearly budget up to and with `day`, even within a month."""
    return sum(shares[: day.month - 1]) + shares[day.month - 1] * day.day / monthrange(day.year, day.month)[1]


def forecast(monthly: list[float], shares: list[float], day: date) -> Forecast:
    """Forecast the year total from the use of the months up to `day` (the last may be a part).

    The use of a month is its share times a ratio; the ratios of the whole months so far are taken as
    independent draws of one distribution. The rest of the year is expected at their mean ratio; the interval
    is the prediction interval of a weighted sum of future draws with Student's t (n - 1 degrees of freedom):
    variance s² (Σ w² + (Σ w)²/n), w being the shares still to come.
    """
    from scipy.stats import t

    used, share = sum(monthly), share_until(shares, day)
    total = used / share
    whole = day.month if day.day == monthrange(day.year, day.month)[1] else day.month - 1
    if whole < 3:
        return Forecast(used, share, total, None, None)
    ratios = [monthly[index] / shares[index] for index in range(whole)]
    mean = sum(ratios) / whole
    deviation = math.sqrt(sum((ratio - mean) ** 2 for ratio in ratios) / (whole - 1))
    rest = [*shares[whole:]]
    if whole < day.month:
        rest[0] *= 1 - day.day / monthrange(day.year, day.month)[1]
    total = used + mean * sum(rest)
    spread = deviation * math.sqrt(sum(weight**2 for weight in rest) + sum(rest) ** 2 / whole)
    half = float(t.ppf(0.5 + CONFIDENCE / 2, whole - 1)) * spread
    return Forecast(used, share, total, max(total - half, used), total + half)


def judge_budgets(store: Sums, on: date) -> list[Verdict]:
    """Evaluate every budget of the registry for the year of `on`, on readings up to and with that day.

    Raises: DafengError for a city budget that would rest on synthetic readings.
    """
    registry = store.registry()
    rules = [*packaged_rules(), *registry.tables["rules"]]
    return [
        _judge_budget(store, budget, rules, on)
        for budget in registry.tables["budgets"]
        if budget["year"] == on.year
    ]


def _judge_budget(store: Sums, budget: Row, rules: list[Row], on: date) -> Verdict:
    column = _COLUMN[budget["quantity"]]
    allowed = budget["value"] * factor(budget["unit"], _UNIT[column])
    question = Question(_BY[budget["scope"]], Period.MONTH, date(on.year, 1, 1), on + timedelta(days=1))
    subject = "city" if budget["scope"] == "city" else budget["subject"]
    rows = [row for row in rollup(store, question) if row["group"] == subject]
    if budget["scope"] == "city":
        refuse_synthetic(rows)
    coverage = covered_share(rows, "read_minutes") or 0.0
    inputs: dict[str, Any] = {
        "budget": budget["id"], "quantity": budget["quantity"], "allowed": allowed, "unit": _UNIT[column],
        "until": str(on), "coverage": coverage, "estimated": sum(row["estimated"] for row in rows),
        "origin": _origin(rows), "budget_source": budget["source"], "budget_grade": budget["grade"],
    }  # fmt: skip
    grey = f"coverage {coverage:.0%} is below {MIN_COVERAGE:.0%}" if coverage < MIN_COVERAGE else ""
    by_month = {row["bucket"]: row[column] for row in rows}
    # a month before the metering began has no sum: what was used then is not known
    found = [by_month.get(f"{on.year}-{month:02}") for month in range(1, on.month + 1)]
    values = [value for value in found if value is not None]
    if not grey and len(values) < len(found):
        grey = f"{column} is NE: a reading has no factor of its date, or a month has no reading"
    if not grey:
        shares = month_shares(budget["profile"], on.year)
        coming = forecast(values, shares, on)
        progress = allowed * coming.share
        inputs |= {
            "used": coming.used, "progress_budget": progress, "forecast": coming.total,
            "forecast_low": coming.low, "forecast_high": coming.high,
            "relative_gap": (coming.used - progress) / progress, "forecast_gap": (coming.total - allowed) / allowed,
        }  # fmt: skip
    return judge(
        rules, budget["rule_set"], f"{budget['scope']}:{budget['subject']}", "budget", on, inputs, grey
    )


def decided_by(rules: list[Row], verdict: Row, inputs: Row) -> Row:
    """Return the statistic that decided a stored verdict, its value and bounds, and the consequence; nothing where the rule
    set is another one by now.
    """
    own = [row for row in rules if row["rule_set"] == verdict["rule"]]
    if not own or "until" not in inputs or digest(rule_set(own, verdict["rule"])) != verdict["rule_digest"]:
        return {}
    for row in valid_rows(rule_set(own, verdict["rule"]), date.fromisoformat(inputs["until"])):
        value = inputs.get(row["statistic"])
        if value is not None and holds(row, value):
            decided = {name: row[name] for name in ("statistic", "lower", "upper", "unit")}
            texts = {name: row.get(name) or "" for name in ("consequence_zh", "consequence_en")}
            return decided | {"value": value} | texts
    return {}


def rules_out_of_force(registry: Registry) -> list[dict[str, Any]]:
    """Return the budgets whose rule set has no rule in force in their year: nothing would judge them.

    Parameters
    ----------
    registry
        Checked registry.

    Returns
    -------
    Budgets with rule set and year.
    """
    rules = [*packaged_rules(), *registry.tables["rules"]]
    found = []
    for budget in registry.tables["budgets"]:
        year, name = budget["year"], budget["rule_set"]
        rows = rule_set(rules, name)
        if not any(
            (row["valid_from"] is None or row["valid_from"] <= date(year, 12, 31))
            and (row["valid_to"] is None or row["valid_to"] > date(year, 1, 1))
            for row in rows
        ):
            found.append({
                "budget": budget["id"], "year": year, "rule_set": name,
                "notice": f"{year} 年无生效的规则，预算不会被判定 · no rule of {name} is in force in {year}: the budget is not judged",
            })  # fmt: skip
    return found


def _origin(rows: list[dict[str, Any]]) -> str:
    found = {row["origin"] for row in rows} - {"none"}
    return next(iter(found)) if len(found) == 1 else "mixed" if found else "none"
