"""Parts of a scope: amount, share, rank and change of each county, sector, unit, medium or point."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dafeng.evidence import DafengError
from dafeng.metering.drill.like_with_like import Bucket, Statements, change, no_change
from dafeng.metering.drill.merging import merged
from dafeng.metering.drill.scope import (
    ALL,
    FINE,
    MEASURES,
    PARTS,
    STATEMENTS,
    Metered,
    Row,
    Scope,
    Span,
    Spans,
    buckets_of,
    metered,
    points_within,
    spans_of,
    sums_of,
)
from dafeng.metering.judge.question import By, Period, Sums

_GROUP = {By.COUNTY: "county", By.SECTOR: "sector", By.UNIT: "owner", By.MEDIUM: "medium", By.POINT: "id"}
_SHOWN = (
    "tce", "tco2", "quantity", "medium", "coverage", "state", "origin", "readings", "expected", "estimated", "synthetic", "quarantined",
    "as_of_batch",
)  # fmt: skip


def breakdown(store: Sums, scope: Scope, first: date, last: date, *, parts: str, measure: str) -> dict[str, Any]:  # fmt: skip
    """Divide the use of a scope over [first, last).

    Parameters
    ----------
    store
        Store of readings.
    scope
        Points.
    first, last
        First day and day after the last, see `spans_of`.
    parts
        county, sector, unit, medium or point.
    measure
        tce, tco2 or quantity (of one medium): what share, rank and change are of.

    Returns
    -------
    `total` and `rows`, one for each part: sums, `share` of the total [1], `rank` among the parts that are at least 90 % covered (equal
    amounts share one), `before` and `year_before` as `change` returns them; `apart`: sub-meters and formulas of a unit, which are
    part of what is counted and enter no sum; `points`: ids of the points of a unit.

    Raises
    ------
    DafengError
        For an unknown part or measure, or a span as `spans_of`.
    """
    if parts not in PARTS or measure not in MEASURES:
        raise DafengError.at("drill", f"{parts}, {measure}", f"{', '.join(PARTS)}; {', '.join(MEASURES)}")
    spans, by = spans_of(first, last), PARTS[parts]
    points = points_within(store, scope, by)
    own = points if scope.point is not None else [row for row in points if row["counted"]]
    groups = _groups(store, scope, by, spans, metered(points))
    counted = {row[_GROUP[by]] for row in points if row["counted"]}
    rows: list[Row] = []
    apart: list[Row] = []
    for group in sorted(groups):
        members = metered(row for row in points if row[_GROUP[by]] == group)
        row: Row = {"group": group} | _row(groups[group], spans, members, measure)
        if by is By.POINT:
            row |= next(
                {name: one[name] for name in ("name_zh", "use")} for one in points if one["id"] == group
            )
        (rows if group in counted else apart).append(row)
    inside = [found for group, found in groups.items() if group in counted or scope.point is not None]
    total = _row(_together(inside), spans, metered(own), measure)
    for row in rows:
        row["share"] = _share(row, total, measure)
    _rank(rows, measure)
    return {
        "from": str(first), "to": str(last), "parts": parts, "measure": measure, "grain": str(spans.grain),
        "spans": {name: None if span is None else [str(day) for day in span] for name, span in (("before", spans.before), ("year_before", spans.year_before))},
        "total": total, "rows": rows, "apart": apart, "statements": metered(own).statements,
        "points": sorted({row["id"] for row in points}) if scope.unit is not None else [],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Sums of a group: over the span; in each bucket of all spans by its label; of statements beside them in each span."""

    whole: Row
    buckets: dict[str, Row]
    beside: dict[Span, Row]


def _groups(store: Sums, scope: Scope, by: By, spans: Spans, points: Metered) -> dict[str, Group]:
    """Return the sums of each group. Of days, statements of a month are no part: they stand beside them."""
    split = points.statements and spans.grain is Period.DAY
    found: dict[str, dict[str, Row]] = {}
    periods = FINE if split and points.fine else ALL
    both = (spans.before[0], spans.this[1])
    for span in (both, *([] if spans.year_before is None else [spans.year_before])):
        for group, rows in sums_of(store, scope, by, spans.grain, span, periods).items():
            found[group] = found.get(group, {}) | rows
    labels = [label for label, _ in buckets_of(spans.this, spans.grain)]
    if not split:
        whole = {
            group: merged(rows[label] for label in labels if label in rows) for group, rows in found.items()
        }
        return {group: Group(row, found[group], {}) for group, row in whole.items() if _there(row)}
    # over the span a statement weighs as much as its month
    sums = {group: merged(rows.values()) for group, rows in sums_of(store, scope, by, Period.YEAR, spans.this).items()}  # fmt: skip
    beside: dict[str, dict[Span, Row]] = {}
    for span in _all(spans):
        for group, rows in sums_of(store, scope, by, Period.MONTH, span, STATEMENTS).items():
            beside.setdefault(group, {})[span] = merged(rows.values())
    return {group: Group(row, found.get(group, {}), beside.get(group, {})) for group, row in sums.items() if _there(row)}  # fmt: skip


def _there(row: Row) -> bool:
    return bool(row["expected"] or row["readings"])


def _together(groups: Sequence[Group]) -> Group:
    """Return the sum of groups, over the span and in each bucket."""
    labels = {label for one in groups for label in one.buckets}
    spans = {span for one in groups for span in one.beside}
    return Group(
        merged(one.whole for one in groups),
        {label: merged(one.buckets[label] for one in groups if label in one.buckets) for label in labels},
        {span: merged(one.beside[span] for one in groups if span in one.beside) for span in spans},
    )


def _all(spans: Spans) -> list[Span]:
    return [span for span in (spans.this, spans.before, spans.year_before) if span is not None]


def _row(group: Group, spans: Spans, points: Metered, measure: str) -> Row:
    row = {name: group.whole[name] for name in _SHOWN}
    for name, span in (("before", spans.before), ("year_before", spans.year_before)):
        if span is None:
            row[name] = no_change("too_long")
        elif points.statements and not spans.months:
            row[name] = no_change("statements")
        else:
            row[name] = _changed(group, spans, span, points, measure)
    return row


def _changed(group: Group, spans: Spans, span: Span, points: Metered, measure: str) -> dict[str, Any]:
    sides = (spans.this, span)
    split = points.statements and spans.grain is Period.DAY
    now, then = (_buckets(one, spans.grain, group.buckets) if points.fine or not split else [] for one in sides)  # fmt: skip
    there = [points.over(one) for one in sides]
    same = there[0] == there[1] and all(throughout for _, throughout in there[0])
    beside = [Statements(group.beside.get(one) if split else None, (one[1] - one[0]).days) for one in sides]
    return change(now, then, measure, same_points=same, beside=(beside[0], beside[1]))


def _buckets(span: Span, grain: Period, rows: dict[str, Row]) -> list[Bucket]:
    return [Bucket(rows.get(label), (end - begin).days) for label, (begin, end) in buckets_of(span, grain)]


def _share(row: Row, total: Row, measure: str) -> float | None:
    """Return the share of the total; None where either is not estimated, or the total is not above zero."""
    if row[measure] is None or total[measure] is None or total[measure] <= 0:
        return None
    return float(row[measure] / total[measure])


def _rank(rows: list[Row], measure: str) -> None:
    """Rank the rows that are covered, and sort all, the largest first; equal amounts have the same rank."""
    rows.sort(key=lambda row: (row[measure] is None, -(row[measure] or 0.0), row["group"]))
    ranked = sorted((row[measure] for row in rows if _ranked(row, measure)), reverse=True)
    for row in rows:
        row["rank"] = ranked.index(row[measure]) + 1 if _ranked(row, measure) else None


def _ranked(row: Row, measure: str) -> bool:
    return row["state"] == "counted" and row[measure] is not None
