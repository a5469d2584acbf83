"""The published rule sets of warnings that come with the package, as rows of `dafeng.rules`."""

from dafeng.evidence import Problems
from dafeng.metering.tables import packaged, read_rows
from dafeng.tables import Row


def packaged_rules() -> list[Row]:
    """Return the published rule sets of the package.

    Raises
    ------
    DafengError
        Where the table is not as its schema.
    """
    problems = Problems()
    rows = [dict(row, id=f"{row['rule_set']}-{row['order']}") for row in packaged("warning_rules")]
    typed = read_rows("rules", rows, "warning_rules.csv", problems)
    problems.raise_if_any()
    return typed
