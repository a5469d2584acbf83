"""Issued values of targets: one value of one quantity for one node and year in one document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dafeng.evidence import Problem, Text
from dafeng.units import is_unit

LEVELS = ("city", "sector", "county", "key_unit")
Validity = Mapping[str, tuple[str, str]]
"""Node → first day and day after the last ("" open), for nodes that do not hold for ever."""


@dataclass(frozen=True, slots=True)
class Issued:
    """Value that a document issues to a node.

    `level` is city, sector, county or key_unit; `bound` floor or stretch; `modality` binding or expected;
    `sense` down (a cap) or up (a floor); `kind` amount (the parts add up) or rate (they do not); `coverage`
    whole or without_ets. `record` is its record in the register `issued_targets`.
    """

    quantity: str
    level: str
    node: str
    name: str
    year: int
    value: float
    unit: str
    document: str
    issued_on: date | None
    parent: str = ""
    bound: str = "floor"
    modality: str = "binding"
    sense: str = "down"
    kind: str = "amount"
    coverage: str = "whole"
    supersedes: str = ""
    record: int | None = None

    @property
    def place(self) -> str:
        """Return the place of the value in an error: its record, else quantity, node and year."""
        return f"issued_targets:{self.record}" if self.record else f"{self.quantity}:{self.node}:{self.year}"

    @property
    def family(self) -> tuple[str, int, str, str]:
        """Return what the values of one tree share: quantity, year, bound, coverage."""
        return self.quantity, self.year, self.bound, self.coverage


def issued_of_records(rows: Iterable[Mapping[str, Any]]) -> list[Issued]:
    """Convert records of the register `issued_targets`; drafts and revoked ones are left out."""
    return [
        Issued(
            row["quantity"], row["level"], row["node"], row["name"], int(row["year"]), float(row["value"]), row["unit"], row["document"],
            date.fromisoformat(row["issued_on"]), row["parent"] or "", row["bound"], row["modality"], row["sense"], row["kind"],
            row["coverage"] or "whole", row["supersedes"] or "", int(row["id"]),
        )
        for row in rows if row["state"] == "issued"
    ]  # fmt: skip


def usable(rows: Iterable[Issued], validity: Validity | None = None) -> tuple[list[Issued], list[Problem]]:
    """Separate the values that can be used from those that are refused, each with its problem.

    Refused are: an unknown unit, a county outside its dates, a document that supersedes a younger one or one
    that is not there, two documents of one day that do not name which supersedes the other.
    """
    listed = list(rows)
    problems: dict[Issued, Problem] = {}
    for row in listed:
        problem = (
            _unit_problem(row) or _date_problem(row, validity or {}) or _supersession_problem(row, listed)
        )
        if problem is not None:
            problems[row] = problem
    for row in listed:
        if row not in problems and (twin := _twin(row, [one for one in listed if one not in problems])):
            problems[row] = twin
    return [row for row in listed if row not in problems], list(problems.values())


def _unit_problem(row: Issued) -> Problem | None:
    if is_unit(row.unit):
        return None
    return Problem(
        f"{row.place}:unit", row.unit, Text("docs/units.md 中的单位", "a unit of docs/units.md"), Text("更正单位", "correct the unit")
    )  # fmt: skip


def _date_problem(row: Issued, validity: Validity) -> Problem | None:
    first, end = validity.get(row.node, ("", ""))
    if (not first or int(first[:4]) <= row.year) and (not end or row.year < int(end[:4])):
        return None
    return Problem(
        f"{row.place}:year",
        str(row.year),
        Text(f"{row.name}存续的年份({first or '…'}至{end or '…'}前)", f"a year in which {row.name} exists ({first or '…'} to before {end or '…'})"),
        Text("改为当年存续的县区", "choose the county that exists in that year"),
    )  # fmt: skip


def _supersession_problem(row: Issued, rows: list[Issued]) -> Problem | None:
    if not row.supersedes:
        return None
    older = [
        one
        for one in rows
        if one.node == row.node and one.family == row.family and one.document == row.supersedes
    ]
    if not older:
        return Problem(
            f"{row.place}:supersedes",
            row.supersedes,
            Text("已登记的同一目标的文件", "a document registered for the same target"),
            Text("登记被替代的文件,或更正文号", "register the superseded document, or correct its number"),
        )
    if row.issued_on is None or older[0].issued_on is None or row.issued_on >= older[0].issued_on:
        return None
    return Problem(
        f"{row.place}:issued_on",
        str(row.issued_on),
        Text(f"不早于被替代文件的{older[0].issued_on}", f"not before {older[0].issued_on}, the day of the superseded document"),
        Text("更正下达日期或替代关系", "correct the day, or which document supersedes which"),
    )  # fmt: skip


def _twin(row: Issued, rows: list[Issued]) -> Problem | None:
    twins = [
        one for one in rows
        if one is not row and one.node == row.node and one.family == row.family and one.issued_on == row.issued_on
        and one.supersedes != row.document and row.supersedes != one.document
    ]  # fmt: skip
    if not twins:
        return None
    return Problem(
        f"{row.place}:document",
        Text(
            f"{row.document}与{twins[0].document}同日下达",
            f"{row.document} and {twins[0].document} of one day",
        ),
        Text("写明哪一份替代另一份", "which of them supersedes the other"),
        Text("填写替代文件", "fill in the document superseded"),
    )
