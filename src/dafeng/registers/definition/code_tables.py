"""Dated code tables: thresholds, coefficients and directories by place and date, with source and trust."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dafeng.evidence import DafengError


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One value of a code table, in force from `valid_from` at `place` ("" everywhere). Trust R or A is not confirmed."""

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


@cache
def code_rows() -> tuple[CodeRow, ...]:
    """Every row of the packaged code tables."""
    lines = (
        (files("dafeng.registers.definition") / "code_tables.csv").read_text(encoding="utf-8").splitlines()
    )
    return tuple(CodeRow(**{**row, "value": float(row["value"])}) for row in csv.DictReader(lines))  # type: ignore[arg-type]


def code_row(table: str, key: str, day: str, place: str = "") -> CodeRow | None:
    """The row of `table` for `key` in force on `day`, of the smallest place that holds `place`; None where there is none.

    >>> code_row("two_high_threshold", "all", "2025-01-01", "320500").note
    '江苏:46个主要产品目录'
    >>> code_row("two_high_threshold", "all", "2030-01-01", "320500") is None
    True
    """
    found = [
        row for row in code_rows()
        if row.table == table and row.key == key and row.valid_from <= day <= (row.valid_to or "9999")
        and (not row.place or place.startswith(row.place.rstrip("0")))
    ]  # fmt: skip
    return max(found, key=lambda row: (len(row.place.rstrip("0")), row.valid_from), default=None)


def look_up(table: str, keys: Sequence[str], day: str, place: str) -> float | None:
    """The value for expressions: `lookup('coal_equivalent', 'gas')`; None where no row is in force."""
    row = code_row(table, ":".join(keys), day, place)
    return row.value if row is not None else None


def unit_of_table(named: str) -> str:
    """Unit of `table:key`.

    Raises: DafengError for a table or a key that there is not.
    """
    table, _, key = named.partition(":")
    rows = [row for row in code_rows() if row.table == table and (not key or row.key == key)]
    if not rows:
        listed = ", ".join(sorted({f"{row.table}:{row.key}" for row in code_rows()}))
        raise DafengError.at(
            "lookup", named, f"one of {listed}", "add the row to the code tables, with its source"
        )
    return rows[0].unit
