"""Parts of a scope: amount, share, rank and change of each county, sector, unit, medium or point."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dafeng.evidence import DafengError
from dafeng.metering.drill.like_with_like import Bucket, change, no_change
from dafeng.metering.drill.merging import merged
from dafeng.metering.drill.scope import (
    MEASURES,
    PARTS,
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
Buckets = dict[str, Row]
"""Label of a bucket → its sum."""


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
    groups = _groups(store, scope, by, spans, metered(points).statements)
    counted = {row[_GROUP[by]] for row in points if row["counted"]}
    rows: list[Row] = []
    apart: list[Row] = []
    for group in sorted(groups):
        members = metered(row for row in points if row[_GROUP[by]] == group)
        row: Row = {"group": group} | _row(*groups[group], spans, members, measure)
        if by is By.POINT:
            row |= next(
                {name: one[name] for name in ("name_zh", "use")} for one in points if one["id"] == group
            )
        (rows if group in counted else apart).append(row)
    inside = [found for group, found in groups.items() if group in counted or scope.point is not None]
    total = _row(*_together(inside), spans, metered(own), measure)
    for row in rows:
        row["share"] = _share(row, total, measure)
    _rank(rows, measure)
    return {
        "from": str(first), "to": str(last), "parts": parts, "measure": measure, "grain": str(spans.grain),
        "spans": {name: None if span is None else [str(day) for day in span] for name, span in (("before", spans.before), ("year_before", spans.year_before))},
        "total": total, "rows": rows, "apart": apart, "statements": metered(own).statements,
        "points": sorted({row["id"] for row in points}) if scope.unit is not None else [],
    }  # fmt: skip


def _groups(store: Sums, scope: Scope, by: By, spans: Spans, statements: bool) -> dict[str, tuple[Row, Buckets]]:  # fmt: skip
    """Return for each group its sum over the span, and its buckets of all the spans by their labels."""
    found = sums_of(store, scope, by, spans.grain, (spans.before[0], spans.this[1]))
    if spans.year_before is not None:
        for group, rows in sums_of(store, scope, by, spans.grain, spans.year_before).items():
            found[group] = rows | found.get(group, {})
    labels = [label for label, _ in buckets_of(spans.this, spans.grain)]
    whole = {group: merged(rows[label] for label in labels if label in rows) for group, rows in found.items()}
    if (
        statements and spans.grain is Period.DAY
    ):  # a statement weighs as much as the month, not as its first day
        for group, rows in sums_of(store, scope, by, Period.YEAR, spans.this).items():
            whole[group] = merged(rows.values())
    return {group: (whole[group], rows) for group, rows in found.items() if whole[group]["expected"] or whole[group]["readings"]}  # fmt: skip


def _together(groups: Sequence[tuple[Row, Buckets]]) -> tuple[Row, Buckets]:
    """Return the sum of groups, over the span and in each bucket."""
    labels = {label for _, rows in groups for label in rows}
    buckets = {label: merged(rows[label] for _, rows in groups if label in rows) for label in labels}
    return merged(whole for whole, _ in groups), buckets


def _row(total: Row, buckets: Buckets, spans: Spans, points: Metered, measure: str) -> Row:
    row = {name: total[name] for name in _SHOWN}
    for name, span in (("before", spans.before), ("year_before", spans.year_before)):
        if span is None:
            row[name] = no_change("too_long")
            continue
        now, then = (_buckets(one, spans.grain, buckets) for one in (spans.this, span))
        there = [points.over(one) for one in (spans.this, span)]
        same = there[0] == there[1] and all(throughout for _, throughout in there[0])
        row[name] = change(now, then, measure, same_points=same, statements=points.statements, whole_months=bool(spans.months))  # fmt: skip
    return row


def _buckets(span: Span, grain: Period, rows: Buckets) -> list[Bucket]:
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
