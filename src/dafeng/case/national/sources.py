"""Sources of the national index as rows of sources.csv."""

from pathlib import Path

from dafeng.case.model import Case
from dafeng.evidence import DafengError, Text, packaged_rows

PLAN_SOURCE = "national-plan"
"""Id in sources.csv of the plan that a draft inherits where its province has none in the package."""
PROVINCE_PLAN_SOURCE = "provincial-plan"
"""Id in sources.csv of the plan of the province that a draft inherits."""
ISSUED_PLAN = "issued-plan"
"""Id in sources.csv of the place's own plan."""
INHERITED_PLANS = PLAN_SOURCE, PROVINCE_PLAN_SOURCE
"""Sources of plans that are not the unit's own."""
SHARES_SOURCE = "shares-2020"
"""Id in sources.csv of drafted shares: those of one place err together, as their spread is measured on its total."""
ESTIMATED_ENERGY = "structure-2020"
"""Id in sources.csv of the energy of a province as estimated from its official totals: no measured inventory."""
INDEX_SOURCE = ESTIMATED_ENERGY, SHARES_SOURCE
"""Ids of which a case drafted from the index has one."""

DEFAULTS = {
    "national-default": ("全国默认值", "national defaults"), "province-trend": ("本省趋势", "trends of the province"),
    "national-plan": ("国家方案(继承)", "the national plan (inherited)"),
    "provincial-plan": ("本省方案(继承)", "the plan of the province (inherited)"), "typical-effects": ("典型效果库", "typical effects"),
}  # fmt: skip
"""Sources whose rows are not data of the place, with the names that they are shown under."""


def citation(id_: str) -> dict[str, str]:
    """Return the row of sources.csv of a source of the index.

    Parameters
    ----------
    id_
        Id of the source.
    """
    return dict(next(row for row in packaged_rows("dafeng.case", "national/sources.csv") if row["id"] == id_))


def is_indexed(case: Case) -> bool:
    """Return whether a case was drafted from the national index.

    Parameters
    ----------
    case
        Loaded case.
    """
    return any(id_ in case.sources for id_ in INDEX_SOURCE)


def require_indexed(case: Case, folder: Path) -> None:
    """Require that a case was drafted from the national index.

    Parameters
    ----------
    case
        Loaded case.
    folder
        Where it was loaded from, as the user wrote it.

    Raises
    ------
    DafengError
        Where it was not.
    """
    if not is_indexed(case):
        raise DafengError.at(
            str(folder),
            Text("不是由全国索引起草的案例", "a case not drafted from the index"),
            "dafeng case new CODE",
        )
