"""One sum of several: rows of a rollup put together, missing factors and media included."""

from collections.abc import Iterable

from dafeng.metering.drill.scope import Row
from dafeng.metering.judge.coverage import MIN_COVERAGE, MINUTES, covered_share

_COUNTS = ("readings", "covered", "expected", "estimated", "synthetic", "quarantined", *MINUTES)
_AMOUNTS = ("tce", "tco2")


def merged(rows: Iterable[Row]) -> Row:
    """Return the sum of rows of a rollup.

    Parameters
    ----------
    rows
        Rows of groups that have no point in common, or of buckets that have no day in common.

    Returns
    -------
    Row with `tce` [tce], `tco2` [t] (None where a part with readings has no factor), `quantity` in the unit of `medium` (None of
    several media), counts, `coverage`, `state`, `origin`, `as_of_batch`.
    """
    parts = list(rows)
    read = [row for row in parts if row["readings"]]
    total: Row = {name: sum(row[name] for row in parts) for name in _COUNTS}
    for name in _AMOUNTS:
        known = read and all(row[name] is not None for row in read)
        total[name] = float(sum(row[name] for row in read)) if known else None
    media = {row["medium"] for row in read}
    total["medium"] = media.pop() if len(media) == 1 else None
    total["quantity"] = float(sum(row["quantity"] for row in read)) if total["medium"] is not None else None
    coverage = covered_share(parts)
    synthetic = total["synthetic"]
    return total | {
        "coverage": coverage, "state": "grey" if coverage is None or coverage < MIN_COVERAGE else "counted",
        "origin": "none" if not total["readings"] else "measured" if not synthetic else "synthetic" if synthetic == total["readings"] else "mixed",
        "as_of_batch": max((row["as_of_batch"] for row in read), default=None),
    }  # fmt: skip
