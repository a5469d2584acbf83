"""Ranges of measures' effects relative to the stated effect: low and high of measures.csv, else a width by
grade.
"""

from functools import cache

import numpy as np
import pandas as pd

from dafeng.evidence import Problems, Text, packaged_rows
from dafeng.pathway.compile.table_rows import converted
from dafeng.pathway.engine.base import SECTOR_OF
from dafeng.pathway.engine.model import ParameterKind

# parameters of no branch that are not of the power system
SECTOR_OF_PARAMETER = {
    "freight_share": "transport", "bus_share": "transport", "water_share": "transport", "eaf_share": "industry",
    "crude_t": "industry", "crude_capacity_t": "industry",
}  # fmt: skip
INDUSTRY_WIDE = frozenset({"industry", "two_high"})


@cache
def grade_widths() -> dict[str, tuple[float, float]]:
    """Return the 5 and 95 % end of the effect less the stated effect, over it, by grade (effect_grades.csv)."""
    rows = packaged_rows("dafeng.pathway", "effect_grades.csv")
    return {row["grade"]: (float(row["low"]), float(row["high"])) for row in rows}


def sector_of(parameter: str) -> str:
    """Return the plan's sector that a parameter belongs to; `energy` for those of the power system."""
    segment = parameter.partition(".")[2]
    if segment in INDUSTRY_WIDE:
        return "industry"
    return SECTOR_OF.get(segment) or SECTOR_OF_PARAMETER.get(parameter, "energy")


def stated_range(
    where: str,
    rows: pd.DataFrame,
    kind: ParameterKind,
    neutral: float,
    values: np.ndarray,
    problems: Problems,
) -> tuple[float, float] | None:
    """Return the range of a measure's effect on one parameter over its stated effect less 1, at the last knot
    that has a range.

    None where the table gives none. A problem where a range excludes its median, or where the effect is zero.
    """
    if "low" not in rows or "high" not in rows or (rows["low"].isna().all() and rows["high"].isna().all()):
        return None
    low, high = (converted(where, rows, name, kind, problems) for name in ("low", "high"))
    given = np.flatnonzero(np.isfinite(low) | np.isfinite(high))
    k = int(given[-1])
    effect = values[k] - neutral
    ends = sorted(((low[k] - neutral), (high[k] - neutral)), key=lambda end: end * np.sign(effect or 1.0))
    inside = np.isfinite(ends).all() and low[k] <= values[k] <= high[k] and effect != 0.0
    if not inside:
        problems.add(
            f"{where}:low", f"{low[k]:g} – {values[k]:g} – {high[k]:g}",
            Text("low ≤ value ≤ high，且 value 有作用", "low <= value <= high, and a value that has an effect"),
            Text("value 是中位数；更正区间或把两格都留空（按质量等级取宽度）",
                 "the value is the median: correct the range, or leave both cells empty (the grade decides)"),
        )  # fmt: skip
        return None
    return float(ends[0] / effect - 1.0), float(ends[1] / effect - 1.0)
