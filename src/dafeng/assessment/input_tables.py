"""Tables that a user gives to the assessment as CSV: read from a file and checked against their columns."""

from pathlib import Path

import pandas as pd

from dafeng.evidence import DafengError, Problems, Text
from dafeng.tables import Table, check_table, read_csv


def read_input_table(table: Table, path: Path, expected: Text, problems: Problems) -> pd.DataFrame:
    """Read a CSV file and check it against the columns of `table`.

    Parameters
    ----------
    table
        Columns of the table.
    path
        CSV file in UTF-8.
    expected
        What the file has to be, in words.
    problems
        Collects the bad cells; the caller raises them, with those it finds itself.

    Returns
    -------
    The checked rows.

    Raises
    ------
    DafengError
        For a file that cannot be read, and for one that is no table.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DafengError.at(str(path), str(error), expected) from error
    read = read_csv(table.name, path.name, content)
    problems.extend(read.problems)
    problems.raise_if_any()
    if read.table is None:
        raise DafengError.at(path.name, Text("没有表", "no table"), Text("一张 CSV 表", "a CSV table"))
    return check_table(table, read.table, problems)
