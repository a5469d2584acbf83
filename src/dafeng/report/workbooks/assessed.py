"""Tables of the assessment in `results.xlsx`: dual control by year, its aims, carbon budgets, lights of counties."""

from dafeng.report.summary import Summary
from dafeng.report.workbooks.sheets import Cell, Sheet

YEARS = (
    "quantity", "from_year", "to_year", "year", "basis", "amount_low", "amount_median", "amount_high", "deducted",
    "intensity_median", "per_head_median", "done", "line", "annual", "required",
)  # fmt: skip
AIMS = (
    "quantity", "name_zh", "level", "binding", "bound", "from_year", "to_year", "aim", "reached", "odds_plan",
    "odds_plan-expected", "odds_policy-carried-on", "short", "document", "issued", "grade",
)  # fmt: skip
BUDGETS = ("level", "node", "name", "year", "coverage", "assigned", "used", "ets", "committed", "left", "unknown", "document")  # fmt: skip
LIGHTS = ("county", "name_zh", "period", "basis", "colour", "consequence", "in_force", "record")


def sheets(summary: Summary) -> list[Sheet]:
    """Return the tables of the assessment; none where a run has no assessment."""
    found = summary.assessment
    if found is None:
        return []
    years: list[list[Cell]] = [
        [
            path.quantity, path.from_year, path.to_year, row.year, row.basis, row.amount.low, row.amount.median,
            row.amount.high, row.deducted, None if row.intensity is None else row.intensity.median,
            None if row.per_head is None else row.per_head.median, row.done, row.line, row.annual, row.required,
        ]
        for path in found.dual_control for row in path.years
    ]  # fmt: skip
    aims: list[list[Cell]] = [
        [
            path.quantity, one.name_zh, one.level, one.binding, one.bound, one.from_year, one.to_year,
            f"{one.aim:.4g}", one.reached, *(one.odds.get(name) for name in ("plan", "plan-expected", "policy-carried-on")),
            one.short, one.document, one.issued, one.grade,
        ]
        for path in found.dual_control for one in path.aims
    ]  # fmt: skip
    return [
        Sheet("dual_control", YEARS, years),
        Sheet("control_aims", AIMS, aims),
        Sheet("budgets", BUDGETS, [[getattr(one, name) for name in BUDGETS] for one in found.budgets]),
        Sheet("lights", LIGHTS, [[getattr(one, name) for name in LIGHTS] for one in found.lights]),
    ]
