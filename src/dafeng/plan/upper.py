"""Comparison of a plan with the plan above it: weaker promises, later ones, fixed values left open."""

from collections.abc import Iterator

from dafeng.evidence import Severity
from dafeng.plan.comparing import Difference, DifferenceKind, diff
from dafeng.plan.model import Comparator, Plan, PlanFinding, Sense, Target


def beside_upper(plan: Plan, upper: Plan) -> Plan:
    """Return `plan` with a finding for every target that differs from the one of the upper level's plan.

    A weaker or later promise is a conflict; another value without a defined direction is doubtful; a value
    that the upper plan fixes and this one leaves open is a note. Stricter promises are none.

    Parameters
    ----------
    plan
        The plan of the lower level.
    upper
        The plan of the upper level.
    """
    return plan.model_copy(update={"findings": (*plan.findings, *_findings(plan, upper))})


def _findings(plan: Plan, upper: Plan) -> Iterator[PlanFinding]:
    title = upper.title or "上级方案"
    for line in diff(plan, upper):
        if line.first is None or line.second is None:
            continue
        severity = _severity(line, line.first, line.second)
        if severity is None:
            continue
        ours, theirs = _asked(line.first), _asked(line.second)
        yield PlanFinding(
            code="conflict_with_upper" if severity is Severity.CONFLICT else "differs_from_upper",
            severity=severity, locator=line.first.locator, span=line.first.span,
            zh=f"“{line.indicator}”本方案为{ours},《{title}》{line.second.locator}为{theirs}",
            en=f"{line.indicator}: {ours} here, {theirs} in the upper plan ({line.second.locator})",
        )  # fmt: skip


def _severity(line: Difference, ours: Target, theirs: Target) -> Severity | None:
    if line.kind is DifferenceKind.DEFERRED:
        return Severity.NOTE if ours.comparator is Comparator.DEFERRED else None
    if line.kind is DifferenceKind.YEAR:
        if ours.year is None or theirs.year is None:
            return Severity.NOTE
        same = ours.comparator is Comparator.MILESTONE and theirs.comparator is Comparator.MILESTONE
        return Severity.CONFLICT if same and ours.year > theirs.year else None
    if line.kind is DifferenceKind.VALUE:
        return _of_values(ours, theirs)
    return None


def _of_values(ours: Target, theirs: Target) -> Severity | None:
    """Check whether targets can be compared across levels.

    Shares and rates can; amounts of a province and of a city cannot.
    """
    if (
        ours.unit != theirs.unit
        or ours.unit not in ("%", "百分点")
        or ours.value is None
        or theirs.value is None
    ):
        return None
    sense = ours.sense if ours.sense is not Sense.MATCH else theirs.sense
    if sense is Sense.MATCH:
        return Severity.WARNING
    gap = ours.value - theirs.value
    weaker = gap < 0 if sense is Sense.BETTER_UP or ours.comparator is Comparator.FALL else gap > 0
    return Severity.CONFLICT if weaker else None


def _asked(target: Target) -> str:
    if target.comparator is Comparator.DEFERRED:
        asked = "由上级下达"
    elif target.value is None:
        asked = target.comparator.value
    else:
        asked = f"{target.comparator.value}{target.value:g}{target.unit or ''}"
    return f"{asked}({target.year or target.period or '未写明年份'})"
