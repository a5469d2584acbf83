"""Findings on targets: two values for an indicator, no year, an unfit unit, a share above 100 %."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dafeng.evidence import DafengError, Severity
from dafeng.plan.comparing import normal_name
from dafeng.plan.model import Comparator, PlanFinding, Target
from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.indicators import looks_like_indicator, unit_fits
from dafeng.units import convert

_SHARE_NAME = pattern("aims.share_name")
_WHOLE = pattern("aims.whole")
_TOO_GENERAL = frozenset(
    ("面积", "数量", "增幅", "比例", "占比", "规模", "产值", "产量", "产能", "能力", "投资")
)
_IN_A_ROW = 16


def find_target_findings(targets: Sequence[Target]) -> Iterator[PlanFinding]:
    """Return all findings that the targets alone show."""
    yield from _two_values(targets)
    yield from _no_year(targets)
    yield from _units(targets)


def _two_values(targets: Sequence[Target]) -> Iterator[PlanFinding]:
    groups: dict[tuple[object, ...], list[Target]] = defaultdict(list)
    for target in targets:
        if _can_contradict(target):
            scope = _WHOLE.sub("", target.scope or "") or None
            change = target.comparator.value if target.comparator.is_change else ""
            of_change = (change, target.baseline_year if change else None, target.annual_average)
            name = normal_name(target.indicator)
            groups[name, scope, target.year, target.period, *of_change].append(target)
    for items in groups.values():
        yield from _contradiction(items)


def _can_contradict(target: Target) -> bool:
    dated = target.year is not None or target.period is not None
    named = looks_like_indicator(target.indicator) and target.indicator not in _TOO_GENERAL
    return target.value is not None and not target.stretch and dated and named


def _contradiction(items: list[Target]) -> Iterator[PlanFinding]:
    """Report a finding where the last value differs from an earlier one, in whatever unit each is written."""
    first = items[0]
    for other in items[1:]:
        if _near(first, other) or _same_value(first, other) is not False:
            continue
        values = [one for one in items if _same_value(one, first) is not None]
        shown = "、".join(dict.fromkeys(_value(one) for one in values))
        places = "、".join(dict.fromkeys(one.locator for one in values))
        when = first.year or first.period
        yield PlanFinding(
            code="two_values", severity=Severity.CONFLICT, locator=other.locator, span=other.span,
            zh=f"同一指标“{first.indicator}”({when})有不同数值:{shown}(见{places})",
            en=f"one indicator, several values: {first.indicator} ({when}): {shown} (at {places})",
        )  # fmt: skip
        return


def _value(target: Target) -> str:
    high = f"—{target.value_high:g}" if target.value_high is not None else ""
    return f"{target.value:g}{high}{target.unit or ''}"


def _near(one: Target, other: Target) -> bool:
    """Check for values in a row: parts of a list whose names were not separated, no contradiction."""
    if one.span is None or other.span is None:
        return False
    return one.locator == other.locator and abs(one.span.start - other.span.start) < _IN_A_ROW


def _same_value(one: Target, other: Target) -> bool | None:
    """Compare two values; None where they cannot be compared."""
    if one.value is None or other.value is None:
        return None
    value = other.value
    if one.unit != other.unit:
        if not one.unit or not other.unit:
            return None
        try:
            value = convert(other.value, other.unit, one.unit)
        except DafengError:
            return None
    equal = abs(one.value - value) <= 1e-6 * max(abs(one.value), abs(value))
    return equal and (one.value_high is None) == (other.value_high is None)


def _no_year(targets: Sequence[Target]) -> Iterator[PlanFinding]:
    for target in targets:
        if target.year is None and target.period is None:
            yield PlanFinding(
                code="no_year", severity=Severity.NOTE, locator=target.locator, span=target.span,
                zh=f"目标“{target.indicator}”没有写明年份", en=f"no year is given for {target.indicator}",
            )  # fmt: skip


def _units(targets: Sequence[Target]) -> Iterator[PlanFinding]:
    for target in targets:
        if target.value is None:
            continue
        change = target.comparator.is_change
        if not unit_fits(target.indicator, target.unit, change=change):
            yield PlanFinding(
                code="unit_misfit", locator=target.locator, span=target.span,
                zh=f"“{target.indicator}”的单位“{target.unit}”与指标不符", en=f"unit {target.unit} does not fit {target.indicator}",
            )  # fmt: skip
        elif (
            target.unit == "%"
            and target.value > 100
            and target.comparator is not Comparator.RISE
            and _SHARE_NAME.search(target.indicator)
        ):
            yield PlanFinding(
                code="share_over_100", locator=target.locator, span=target.span,
                zh=f"“{target.indicator}”超过100%:{target.value:g}%", en=f"{target.indicator} above 100 %: {target.value:g}",
            )  # fmt: skip
