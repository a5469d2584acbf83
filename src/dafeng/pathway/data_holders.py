"""Data that would narrow the results, and the body that holds each: by its role, or as the case names it."""

import re

from dafeng.case import Case
from dafeng.evidence import packaged_rows

_GRID = re.compile(r"(?:国网|南方电网|南网|蒙西电网|内蒙古电力)|供电(?:公司|局)|电力公司|电网")
"""Names of the grid company of a place."""
_GRID_BY_ROLE = ("电网企业", "the grid company")
_MUNICIPALITIES = ("北京", "天津", "上海", "重庆")


def requested_rows(case: Case) -> list[dict[str, str]]:
    """Return the rows of data_requests.csv with the names of the place of a case.

    Parameters
    ----------
    case : Case
        Gives the name of the place and, where organisations.csv has it, its grid company.
    """
    grid = _grid(case)
    city = case.city
    upper = "市" if city.name_zh.startswith(_MUNICIPALITIES) else "省"
    return [
        {
            key: value.replace("{grid}", grid[key.endswith("_en")])
            .replace("{city}", city.name_en if key.endswith("_en") else city.name_zh)
            .replace("{upper}", upper)
            for key, value in row.items()
        }
        for row in packaged_rows("dafeng.pathway", "data_requests.csv")
    ]


def _grid(case: Case) -> tuple[str, str]:
    """Return the grid company in Chinese and English, by its role where the case names none."""
    table = case.table("organisations")
    if table is None or table.empty:
        return _GRID_BY_ROLE
    for row in table.to_dict("records"):
        if _GRID.search(str(row["name_zh"])):
            return str(row["name_zh"]), str(row["name_en"])
    return _GRID_BY_ROLE
