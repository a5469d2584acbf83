"""Dated code tables.

They hold thresholds, coefficients and directories by place and date, with source and trust mark.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache

from dafeng.evidence import DafengError, Text, packaged_rows
from dafeng.rules import NATION, rows_at


@dataclass(frozen=True, slots=True)
class CodeRow:
    """Row of a code table, in force from `valid_from` at `place` ("" everywhere).

    Trust R or A is not confirmed.
    """

    table: str
    key: str
    valid_from: str
    valid_to: str
    place: str
    value: float
    unit: str
    trust: str
    source: str
    note: str

    @property
    def confirmed(self) -> bool:
        return self.trust in ("S", "P")

    def as_dict(self) -> dict[str, object]:
        return asdict(self) | {"confirmed": self.confirmed}


@cache
def code_rows() -> tuple[CodeRow, ...]:
    """Return every row of the packaged code tables."""
    rows = packaged_rows("dafeng.registers.definition", "code_tables.csv")
    return tuple(CodeRow(**{**row, "value": float(row["value"])}) for row in rows)  # type: ignore[arg-type]


def code_row(table: str, key: str, day: str, place: str = "") -> CodeRow | None:
    """Look up the row of `table` for `key` in force on `day`, of the nearest place around `place`.

    It is None without a match. A row is no longer in force on its `valid_to`; of several rows of one place
    the latest counts.

    Parameters
    ----------
    table
        Id of the code table.
    key
        Code to look up.
    day
        Day as YYYY-MM-DD.
    place
        Code of a place (GB/T 2260).

    Returns
    -------
    Row with its dates, source and note, or None.

    Examples
    --------
    >>> code_row("two_high_threshold", "all", "2029-09-30", "320500").note
    '江苏:46个主要产品目录(转述)'
    >>> code_row("two_high_threshold", "all", "2029-10-01", "320500") is None
    True
    """
    rows = [asdict(row) for row in code_rows() if row.table == table and row.key == key]
    found = rows_at(rows, place or NATION, day, "place").rows
    return CodeRow(**max(found, key=lambda row: row["valid_from"])) if found else None


def codes_in_force(day: str, place: str = "", table: str = "") -> list[CodeRow]:
    """List the rows in force on `day` at `place`, of one table or of all.

    Parameters
    ----------
    day
        Day as YYYY-MM-DD.
    place
        Code of a place (GB/T 2260); without, the nation.
    table
        Id of a code table.

    Returns
    -------
    One row a table and key, in the order of the tables.

    Raises
    ------
    DafengError
        For an unknown table, or a day that is none.
    """
    tables = list(dict.fromkeys(row.table for row in code_rows()))
    if table and table not in tables:
        raise DafengError.at("codes", table, f"one of {', '.join(tables)}")
    try:
        date.fromisoformat(day)
    except ValueError:
        expected = Text("2026-03-31 格式的日期", "a day as 2026-03-31")
        raise DafengError.at(
            "day", day, expected, Text("写作 --day 2026-03-31", "write it as --day 2026-03-31")
        ) from None
    keys = dict.fromkeys((row.table, row.key) for row in code_rows() if row.table == table or not table)
    found = (code_row(*key, day, place) for key in keys)
    return [row for row in found if row is not None]


def look_up(table: str, keys: Sequence[str], day: str, place: str) -> float | None:
    """Look up a value for expressions: `lookup('coal_equivalent', 'gas')`; None where no row is in force."""
    row = code_row(table, ":".join(keys), day, place)
    return row.value if row is not None else None


def unit_of_table(named: str) -> str:
    """Return the unit of `table:key`.

    Raises
    ------
    DafengError
        For a table or a key that does not exist.
    """
    table, _, key = named.partition(":")
    rows = [row for row in code_rows() if row.table == table and (not key or row.key == key)]
    if not rows:
        listed = ", ".join(sorted({f"{row.table}:{row.key}" for row in code_rows()}))
        raise DafengError.at(
            "lookup", named, f"one of {listed}", "add the row to the code tables, with its source"
        )
    return rows[0].unit
