"""Energy use of a unit for its page: days as bars, months as figures, budgets with their forecasts."""

from datetime import date, timedelta
from typing import Any

from dafeng.metering import By, Period, Question, Store, budget_verdicts, costs, media, rollup

Row = dict[str, Any]
BAR_HEIGHT = 100


def bars(days: list[Row]) -> Row | None:
    """Return sums by day as bars of a picture that is as many units wide as there are days.

    They show coal equivalent; None where no day has any (nothing read, or a factor is missing).
    """
    known = [row["tce"] for row in days if row["tce"] is not None]
    highest = max(known, default=0.0)
    if highest <= 0:
        return None
    drawn = [
        {
            "x": place, "y": round(BAR_HEIGHT * (1 - row["tce"] / highest), 2), "height": round(BAR_HEIGHT * row["tce"] / highest, 2),
            "kind": "bar_part" if row["state"] == "grey" else "bar_full", "title": f"{row['bucket']} {row['tce']:,.2f} tce",
        }
        for place, row in enumerate(days)
        if row["tce"] is not None and row["tce"] > 0
    ]  # fmt: skip
    return {"bars": drawn, "width": len(days), "height": BAR_HEIGHT, "highest": f"{highest:,.2f}",
            "first": days[0]["bucket"], "last": days[-1]["bucket"]}  # fmt: skip


def months(store: Store, unit: str, end: date) -> list[Row]:
    """Return the monthly sums of the year of the day before `end`, newest first, as texts.

    NE where a factor is missing.
    """
    last = end - timedelta(days=1)
    rows = rollup(store, Question(By.UNIT, Period.MONTH, date(last.year, 1, 1), end, unit=unit))
    return [
        {
            "month": row["bucket"], "amount": _amount(row), "tce": _text(row["tce"]), "tce_equivalent": _text(row["tce_equivalent"]),
            "tco2": _text(row["tco2"]), "coverage": row["coverage"], "grey": row["state"] == "grey",
            "synthetic": bool(row["synthetic"]), "estimated": row["estimated"],
        }
        for row in reversed(rows)
        if row["readings"]
    ]  # fmt: skip


def bands(store: Store, unit: str, end: date) -> list[Row]:
    """Return use and cost by tariff band of the month of the day before `end`; empty without tariffs."""
    if not store.registry().tables["tariffs"]:
        return []
    last = end - timedelta(days=1)
    return [
        {
            "month": row["month"], "medium": row["medium"], "band": f"band_{row['band'] or 'none'}",
            "amount": _amount(row), "cost": _text(row["cost_yuan"]),
            "synthetic": bool(row["synthetic"]),
        }
        for row in costs(store, last.replace(day=1), end, unit)
    ]  # fmt: skip


def _text(value: float | None) -> str:
    return "NE" if value is None else f"{value:,.2f}"


def _amount(row: Row) -> str:
    return "–" if row["quantity"] is None else f"{row['quantity']:,.0f} {media()[row['medium']]['unit']}"


def budgets(store: Store, unit: str) -> list[Row]:
    """Return the last verdict on each budget of the unit, its figures as texts."""
    return [_budget(row, row["inputs"]) for row in budget_verdicts(store, unit)]


def _budget(row: Row, inputs: Row) -> Row:
    texts = {
        name: "–" if inputs.get(name) is None else f"{inputs[name]:,.1f}"
        for name in ("used", "progress_budget", "allowed", "forecast", "forecast_low", "forecast_high")
    }
    return {
        "level": row["level"], "rule": row["rule"], "confirmed": row["confirmed"], "unit": inputs.get("unit", ""),
        "until": row["until"], "budget": inputs.get("budget", ""), **texts,
    }  # fmt: skip
