"""Factor tables of the package as published: every row, every column, nothing filled in."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import pandas as pd

from dafeng.evidence import DafengError, Grade, packaged_rows

NUMERIC = frozenset(
    {
        *("value", "unc_low", "unc_high", "constraint_value", "guide_value"),
        *("ncv", "carbon_content_tC_per_TJ", "oxidation", "ef_tCO2_per_TJ", "ef_phys", "tce_coef"),
        *("ef", "n", "n_within_0p2pct", "share_within"),
    }
)


def table_names() -> list[str]:
    """Return the names of the factor tables."""
    folder = files("dafeng.factors") / "data"
    return sorted(entry.name[:-4] for entry in folder.iterdir() if entry.name.endswith(".csv"))


def rows(name: str) -> Sequence[Mapping[str, str]]:
    """Return the rows of the table `name` as text.

    Raises: DafengError for a table that does not exist.
    """
    if name not in table_names():
        raise DafengError.at("factors", f"table {name}", f"one of {', '.join(table_names())}")
    return packaged_rows("dafeng.factors", f"data/{name}.csv")


def table(name: str) -> pd.DataFrame:
    """Return the factor table `name` as a typed data frame.

    Columns of `NUMERIC` are float64 (blank is NaN), all others text (blank is "").

    Nothing is left out and nothing is filled: `candidate_value` stays text next to a blank `value`, and
    `status` gives the reliability of a row (see `statuses`).

    Parameters
    ----------
    name
        Id of the table, the file's name without .csv.

    Returns
    -------
    Rows of the table, in their order.

    Raises
    ------
    DafengError
        For a table that does not exist.
    """
    frame = pd.DataFrame(rows(name), dtype=object)
    for column in NUMERIC.intersection(frame.columns):
        frame[column] = pd.to_numeric(frame[column], errors="raise").astype("float64")
    return frame


@cache
def statuses() -> pd.DataFrame:
    """Return the definitions of the statuses: index status; rank, usable, warn, grade, name_zh, name_en."""
    frame = pd.DataFrame(rows("statuses")).set_index("status")
    frame["rank"] = frame["rank"].astype(int)
    for column in ("usable", "warn"):
        frame[column] = frame[column] == "1"
    return frame


def grade(status: str) -> Grade:
    """Return the data quality grade of a row with `status`.

    Parameters
    ----------
    status
        Reliability of a row, as in statuses.csv.

    Returns
    -------
    Grade A–E.

    Raises
    ------
    DafengError
        For a status that does not exist.
    """
    if status not in statuses().index:
        raise DafengError.at(
            "factors", f"status {status!r}", f"one of {', '.join(map(str, statuses().index))}"
        )
    return Grade(str(statuses().loc[status, "grade"]))


def usable(status: str) -> bool:
    """Check whether a row with `status` may be used without explicit consent of the user.

    Parameters
    ----------
    status
        Reliability of a row, as in statuses.csv.

    Returns
    -------
    True where no consent is needed.
    """
    if status not in _usable():
        grade(status)
    return _usable()[status]


@cache
def _usable() -> dict[str, bool]:
    return {str(status): bool(flag) for status, flag in statuses()["usable"].items()}
