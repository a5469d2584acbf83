"""Flows of a scope for a Sankey diagram: county → sector → unit, or unit → medium → point; each node gives on what it takes in."""

import itertools
from datetime import date
from typing import Any

from dafeng.metering.drill.merging import merged
from dafeng.metering.drill.scope import Row, Scope, points_within, spans_of, sums_of
from dafeng.metering.judge.question import By, Period, Sums

MOST_ENDS = 12
"""Units or points drawn by name; the others of each group are one end."""
OTHERS = "others"


def flows(store: Sums, scope: Scope, first: date, last: date, *, measure: str) -> dict[str, Any]:
    """Return the flows within a scope over [first, last).

    Parameters
    ----------
    store
        Store of readings.
    scope
        Points.
    first, last
        First day and day after the last, see `spans_of`.
    measure
        tce, tco2 or quantity.

    Returns
    -------
    `layers`, names of the levels from left to right; `links`: layer, `source`, `target`, `value`; the ends beyond the `MOST_ENDS`
    largest are one end `others` of their source; `left_out`: ends that no band can show, with the value that is not above zero, or
    None where it is not estimated.

    Raises
    ------
    DafengError
        For a span as `spans_of`.
    """
    spans_of(first, last)
    by, layers = _levels(scope)
    paths = {
        row["owner" if by is By.UNIT else "id"]: tuple(row[_COLUMN[one]] for one in layers[:-1])
        for row in points_within(store, scope, by)
        if row["counted"]
    }
    ends = {
        group: merged(rows.values())
        for group, rows in sums_of(store, scope, by, Period.YEAR, (first, last)).items()
        if group in paths
    }
    shown = {group: row for group, row in ends.items() if row[measure] is not None and row[measure] > 0}
    largest = set(sorted(shown, key=lambda group: (-shown[group][measure], group))[:MOST_ENDS])
    links: dict[tuple[int, str, str], float] = {}
    for group, row in shown.items():
        path = (*paths[group], group if group in largest else OTHERS)
        for layer, (source, target) in enumerate(itertools.pairwise(path)):
            links[layer, source, target] = links.get((layer, source, target), 0.0) + row[measure]
    left_out = [{"group": group, "value": row[measure]} for group, row in ends.items() if row["readings"] and group not in shown]  # fmt: skip
    whole = merged(ends.values())
    return {
        "from": str(first), "to": str(last), "measure": measure, "layers": list(layers), "left_out": left_out, "others": len(shown) - len(largest),
        "links": [{"layer": layer, "source": source, "target": target, "value": value} for (layer, source, target), value in sorted(links.items())],
        "coverage": whole["coverage"], "origin": whole["origin"], "as_of_batch": whole["as_of_batch"],
    }  # fmt: skip


_COLUMN: Row = {"county": "county", "sector": "sector", "unit": "owner", "medium": "medium"}


def _levels(scope: Scope) -> tuple[By, tuple[str, ...]]:
    """Return what the ends are, and the levels from left to right."""
    if scope.unit is not None:
        return By.POINT, ("unit", "medium", "point")
    if scope.sector is not None:
        return By.UNIT, ("sector", "unit")
    return By.UNIT, ("sector", "unit") if scope.county is not None else ("county", "sector", "unit")
