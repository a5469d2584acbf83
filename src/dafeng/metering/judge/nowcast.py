"""Nowcast of this year's monthly CO2 from meters, long before its inventory: calibrated to the last one.

The meters cover a part of a place. In the base year that part is determined: inventory over metered CO2. The
same ratio carries the metered CO2 of later months to the whole; it holds as long as what is not metered moves
with what is.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dafeng.evidence import DafengError, NotationKey
from dafeng.metering.judge.coverage import MIN_COVERAGE
from dafeng.metering.judge.rollup import refuse_synthetic


def nowcast(
    months: Sequence[Mapping[str, Any]], *, base_year: int, inventory_t: float | None
) -> list[dict[str, Any]]:
    """Estimate CO2 by month after `base_year`, in t, from city rollup rows by month (`bucket` as 2025-01,
    `tco2`).

    Each row has `value` or the key NE with its reason: no readings, coverage below 90 %, or a base year that
    is not whole.

    Raises: DafengError for synthetic readings, or an inventory total that is not above zero.
    """
    if inventory_t is not None and not 0 < inventory_t < math.inf:
        raise DafengError.at("inventory", str(inventory_t), "a total above zero in t")
    refuse_synthetic([dict(row) for row in months])
    base = [row for row in months if row["bucket"][:4] == str(base_year)]
    later = [row for row in months if row["bucket"][:4] > str(base_year)]
    why = _why_not(base, inventory_t)
    if why or inventory_t is None:
        return [_missing(row["bucket"], why) for row in later] or [_missing("", why or "no readings")]
    ratio = inventory_t / math.fsum(row["tco2"] for row in base)
    answers = []
    for row in later:
        problem = _unusable(row)
        if problem:
            answers.append(_missing(row["bucket"], problem))
        else:
            answers.append(
                {
                    "month": row["bucket"],
                    "value": ratio * row["tco2"],
                    "key": None,
                    "reason": "",
                    "ratio": ratio,
                }
            )
    return answers or [_missing("", "no readings after the base year")]


def _why_not(base: Sequence[Mapping[str, Any]], inventory_t: float | None) -> str:
    if not any(row["readings"] for row in base):
        return "no readings"
    if inventory_t is None:
        return "no inventory of the base year"
    if len(base) < 12 or any(_unusable(row) for row in base):
        return "the base year is not whole: twelve months with 90 % coverage are needed"
    return ""


def _unusable(row: Mapping[str, Any]) -> str:
    if not row["readings"]:
        return "no readings"
    if row["tco2"] is None:
        return "a reading without factor"
    return "coverage below 90 %" if (row["coverage"] or 0) < MIN_COVERAGE else ""


def _missing(month: str, reason: str) -> dict[str, Any]:
    return {"month": month, "value": None, "key": NotationKey.NE.value, "reason": reason, "ratio": None}
