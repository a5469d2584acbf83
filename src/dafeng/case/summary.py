"""Summary of the content of a case."""

from pathlib import Path
from typing import Any

import pandas as pd

from dafeng.case.loading import load
from dafeng.case.schemas import TABLES


def summarise(name_or_path: str | Path) -> dict[str, Any]:
    """Return the summary of a case.

    Name, release, and for each table: rows, years, grades, cells with a notation key, whence inherited.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a bundled case, or a folder.

    Raises
    ------
    DafengError
        Where the case does not load.
    """
    case = load(name_or_path)
    tables = [_table(name, case.effective(name)) for name in TABLES]
    return {
        "name": case.name, "name_zh": case.city.name_zh, "name_en": case.city.name_en, "code": case.city.code,
        "parent": case.parent.name if case.parent else None, "plan": case.plan.title if case.plan else None,
        "release": case.release, "tables": [table for table in tables if table["rows"]],
        "scenarios": list(case.scenarios), "findings": [finding.as_dict() for finding in case.findings],
    }  # fmt: skip


def _table(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    years = frame["year"].dropna() if "year" in frame else pd.Series(dtype="float64")
    grades = frame["grade"].value_counts().sort_index() if "grade" in frame else pd.Series(dtype="int64")
    companions = [column.key_name for column in TABLES[name].columns if column.keys]
    keys = sum([int(frame[column].ne("").sum()) for column in companions])
    return {
        "name": name, "title_zh": TABLES[name].title_zh, "rows": len(frame),
        "years": [int(years.min()), int(years.max())] if len(years) else None,
        "grades": {str(grade): int(count) for grade, count in grades.items()}, "keys": keys,
        "inherited_from": str(frame["inherited_from"].iloc[0]) if len(frame) else "",
    }  # fmt: skip
