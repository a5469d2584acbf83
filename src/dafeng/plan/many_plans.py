"""Comparison of many plans in one matrix indicator × plan.

It holds who asks most, amounts as shares of the upper plan, the cascade, and what is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dafeng.evidence import DafengError
from dafeng.plan.comparing import normal_name
from dafeng.plan.model import Comparator, Plan, Sense, Target
from dafeng.plan.targets.peaks import issuer_of
from dafeng.units import convert

_RANK = {"nation": 0, "unknown": 0, "province": 1, "city": 2}
"""Rank of a level; a title without any place is that of a national plan."""
_ASKED = {
    "=": "", ">=": "≥", "<=": "≤", "~": "约", "..": "", "+": "提高", "-": "下降", "all": "全面", "deferred": "上级下达",
    "better_than": "优于",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """Indicator and year: the target of each plan (None where it has none) in the order of the plans.

    `strictest` are the numbers of the plans that ask most, empty where the values cannot be ordered; `shares`
    what each amount is of the upper plan's; `unit` is that of `values`.
    """

    indicator: str
    when: str
    unit: str
    targets: tuple[Target | None, ...]
    values: tuple[float | None, ...]
    strictest: tuple[int, ...]
    shares: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Cascade:
    """Cascade check: whether the amounts of the lower plans add up to the upper one's.

    `verdict`: reached, short, over (of a ceiling), incomplete where some lower plan gives no amount.
    """

    indicator: str
    when: str
    unit: str
    upper: float
    total: float
    without: tuple[str, ...]
    verdict: str


@dataclass(frozen=True, slots=True)
class Omission:
    """Indicator of the upper plan that a lower plan does not name for any year."""

    plan: str
    indicator: str
    upper: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Result of a comparison: names of the plans, rows, cascades, omissions.

    `upper` is the number of the upper plan, None where no plan is above the others.
    """

    names: tuple[str, ...]
    upper: int | None
    rows: tuple[Row, ...]
    cascades: tuple[Cascade, ...]
    omissions: tuple[Omission, ...]

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return {
            "plans": list(self.names), "upper": self.upper,
            "rows": [
                {
                    "indicator": row.indicator, "when": row.when, "unit": row.unit, "values": list(row.values), "strictest": list(row.strictest),
                    "shares": list(row.shares), "asked": [asked(target) for target in row.targets],
                }
                for row in self.rows
            ],
            "cascades": [
                {
                    "indicator": one.indicator, "when": one.when, "unit": one.unit, "upper": one.upper, "total": one.total,
                    "without": list(one.without), "verdict": one.verdict,
                }
                for one in self.cascades
            ],
            "omissions": [{"plan": one.plan, "indicator": one.indicator, "upper": one.upper} for one in self.omissions],
        }  # fmt: skip


def asked(target: Target | None) -> str:
    """Format what a target asks, for a cell: ≥57.2%, 下降14%, 上级下达; empty where there is none."""
    if target is None:
        return ""
    if target.comparator is Comparator.MILESTONE:
        return f"{target.year}年" if target.year else target.period or ""
    high = f"—{target.value_high:g}" if target.value_high is not None else ""
    figure = "" if target.value is None else f"{target.value:g}{high}{target.unit or ''}"
    return f"{'力争' if '力争' in target.modality else ''}{_ASKED[target.comparator.value]}{figure or (target.benchmark or '')}"


def compare(plans: Sequence[Plan], names: Sequence[str] = ()) -> Comparison:
    """Compare the targets of two and more plans.

    Parameters
    ----------
    plans
        In the order of the columns. Where one is of a higher level than all others, it is the upper plan.
    names
        Headings of the columns; without them the titles.

    Raises
    ------
    DafengError
        For fewer than two plans.
    """
    if len(plans) < 2:
        raise DafengError.at("plans", f"{len(plans)} plans", "two plans or more")
    shown = tuple(names) or tuple(plan.title for plan in plans)
    upper = _upper(plans)
    rows = tuple(_rows(plans, upper))
    lower = _next_level(plans, upper)
    cascades = tuple(c for row in rows if (c := _cascade(row, upper, lower, shown)) is not None)
    return Comparison(shown, upper, rows, cascades, tuple(_omissions(plans, upper, shown)))


def _ranks(plans: Sequence[Plan]) -> list[int]:
    """Return the rank of each plan's place: nation 0, province 1, city 2, what is below a city 3."""
    ranks = [_RANK[issuer_of(plan.title, plan.issuer).level] for plan in plans]
    return [
        rank + _below_city(plan) if rank == _RANK["city"] else rank
        for rank, plan in zip(ranks, plans, strict=True)
    ]


def _upper(plans: Sequence[Plan]) -> int | None:
    ranks = _ranks(plans)
    best = min(ranks)
    return ranks.index(best) if ranks.count(best) == 1 else None


def _next_level(plans: Sequence[Plan], upper: int | None) -> list[int]:
    """Return the plans right below the upper one: a province and its city are not added up."""
    ranks = _ranks(plans)
    below = min((rank for i, rank in enumerate(ranks) if i != upper), default=0)
    return [i for i, rank in enumerate(ranks) if i != upper and rank == below]


def _below_city(plan: Plan) -> int:
    """Return 1 for a county, a district, a park or a town; 0 for a city and what is above it."""
    words = f"{plan.issuer or ''}{plan.title}"
    return int(
        not any(level in words for level in ("市", "州", "盟", "省", "自治区"))
        or any(mark in words for mark in ("县", "园区", "开发区", "镇"))
    )


def _rows(plans: Sequence[Plan], upper: int | None) -> list[Row]:
    found: dict[tuple[str, str, str, int | None], list[Target | None]] = {}
    for i, plan in enumerate(plans):
        for target in plan.targets:
            if target.stretch:
                continue
            change = target.comparator.value if target.comparator.is_change else ""
            peaks = target.comparator is Comparator.MILESTONE
            when = "" if peaks else str(target.year or target.period or "")
            key = (normal_name(target.indicator), when, change, target.baseline_year if change else None)
            cells = found.setdefault(key, [None] * len(plans))
            cells[i] = cells[i] or target
    rows = [_row(cells, when, upper) for (_, when, _, _), cells in found.items()]
    return sorted(rows, key=lambda row: -sum(target is not None for target in row.targets))


def _row(cells: list[Target | None], when: str, upper: int | None) -> Row:
    first = next(
        target for target in ([cells[upper]] if upper is not None else []) + cells if target is not None
    )
    unit = first.unit or ""
    values = tuple(_value(target, unit) for target in cells)
    above = values[upper] if upper is not None else None
    shares = tuple(
        value / above if value is not None and above and i != upper and _is_amount(first) else None
        for i, value in enumerate(values)
    )
    return Row(first.indicator, when, unit, tuple(cells), values, _strictest(first, values), shares)


def _value(target: Target | None, unit: str) -> float | None:
    """Return the value in the unit of the row; of a peak its year.

    None where there is none or the units measure different things.
    """
    if target is not None and target.comparator is Comparator.MILESTONE:
        return float(target.year) if target.year else None
    if target is None or target.value is None:
        return None
    if target.unit == unit or {target.unit, unit} == {"%", "百分点"}:
        return target.value
    try:
        return float(convert(target.value, target.unit or "", unit)) if target.unit and unit else None
    except DafengError:
        return None


def _is_amount(target: Target) -> bool:
    """Check whether values of parts add up to that of the whole.

    No share, no rate, no change in percent and no average does.
    """
    unit = target.unit or ""
    return (
        bool(unit)
        and unit not in ("%", "‰", "百分点", "倍")
        and "/" not in unit
        and "人均" not in target.indicator
    )


def _strictest(first: Target, values: tuple[float | None, ...]) -> tuple[int, ...]:
    """Return the numbers of the plans that ask most; amounts of different places are not ordered."""
    present = [value for value in values if value is not None]
    sense = Sense.BETTER_UP if first.comparator.is_change else first.sense
    if len(present) < 2 or sense is Sense.MATCH or _is_amount(first):
        return ()
    best = max(present) if sense is Sense.BETTER_UP else min(present)
    return () if min(present) == max(present) else tuple(i for i, value in enumerate(values) if value == best)


def _cascade(row: Row, upper: int | None, lower: list[int], names: tuple[str, ...]) -> Cascade | None:
    """Compare the amounts of two and more lower plans with the upper one's."""
    target = row.targets[upper] if upper is not None else None
    above = row.values[upper] if upper is not None else None
    parts = [value for i in lower if (value := row.values[i]) is not None]
    if target is None or above is None or len(lower) < 2 or not parts or not _is_amount(target):
        return None
    without = tuple(names[i] for i in lower if row.values[i] is None)
    total = sum(parts)
    ceiling = target.comparator is Comparator.AT_MOST or target.sense is Sense.BETTER_DOWN
    verdict = (
        ("over" if total > above * 1.000001 else "reached")
        if ceiling
        else ("reached" if total >= above * 0.999999 else "short")
    )
    if without and verdict in (("reached",) if ceiling else ("short",)):
        verdict = "incomplete"
    return Cascade(row.indicator, row.when, row.unit, above, total, without, verdict)


def _omissions(plans: Sequence[Plan], upper: int | None, names: tuple[str, ...]) -> list[Omission]:
    if upper is None:
        return []
    result: list[Omission] = []
    for i, plan in enumerate(plans):
        named = {normal_name(target.indicator) for target in plan.targets}
        seen: set[str] = set()
        for target in plans[upper].targets if i != upper else ():
            name = normal_name(target.indicator)
            if name not in named and name not in seen:
                seen.add(name)
                when = f"({target.year or target.period})" if target.year or target.period else ""
                result.append(Omission(names[i], target.indicator, asked(target) + when))
    return result
