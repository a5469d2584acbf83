"""Open duties of bodies and persons that are no longer in office."""

from collections.abc import Iterable, Mapping
from datetime import date

from dafeng.assessment.duties.follow_up import OPEN, REGISTER, FollowUp
from dafeng.case import Case
from dafeng.evidence import Problem, Text
from dafeng.rules import in_force

Office = Mapping[str, tuple[date | None, date | None]]
"""Name → first day in office and the day after the last (None: open)."""


def left_with_open_duties(lines: Iterable[FollowUp], office: Office, on: date) -> list[Problem]:
    """List open requests whose body or person is not in office on a day; others are not in `office` at all.

    Parameters
    ----------
    lines : iterable of FollowUp
    office : mapping
        As `in_office` reads it from the organisations of a case.
    on : date
    """
    problems = []
    for line in lines:
        first, end = office.get(line.body, (None, None))
        if line.state not in OPEN or in_force(first, end, on):
            continue
        until = Text(
            f"{line.body}(任期{first or '…'}至{end or '…'}前)",
            f"{line.body}, in office {first or '…'} to before {end or '…'}",
        )
        expected = Text(f"{on}在任的责任单位或责任人", f"a body or person in office on {on}")
        mend = Text("取消后向继任者下达", "cancel the request, and ask the successor")
        problems.append(Problem(f"{REGISTER}:{line.id}:body", until, expected, mend))
    return problems


def in_office(case: Case) -> Office:
    """Return the days in office of the bodies and persons of organisations.csv, by name and alias."""
    found: dict[str, tuple[date | None, date | None]] = {}
    for row in case.effective("organisations").to_dict("records"):
        days = _day(row["valid_from"], 0), _day(row["valid_to"], 1)
        for name in (row["name_zh"], *str(row["aliases"] or "").split(";")):
            if str(name).strip():
                found[str(name).strip()] = days
    return found


def _day(cell: object, later: int) -> date | None:
    """Return the day that a cell names; a year alone is its first day, `later` years on."""
    text = "" if cell is None or cell != cell else str(cell).strip()
    if len(text) < len("2026-01-01"):
        return date(int(text[:4]) + later, 1, 1) if text[:4].isdigit() else None
    return date.fromisoformat(text[:10])
