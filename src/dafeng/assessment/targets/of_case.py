"""Issued values that a case holds: the targets of its plan, and the values of the upper level in answers.csv."""

from datetime import date

from dafeng.assessment.answers import answer_of, with_issued
from dafeng.assessment.judging import answers_of
from dafeng.assessment.targets.issued import Issued, Validity
from dafeng.case import Case
from dafeng.plan import Comparator, Plan, Sense, Target

_NO_FIGURE = (Comparator.ALL, Comparator.DEFERRED, Comparator.MILESTONE, Comparator.BETTER_THAN)


def issued_of_case(case: Case) -> list[Issued]:
    """Return the values of the plan's targets and those that the upper level has issued, on the node of the city.

    Targets without a year or a figure, and those to be matched exactly, have no place in the tree.

    Parameters
    ----------
    case
        Loaded case with a plan.

    Returns
    -------
    Issued values with document and date.
    """
    if case.plan is None:
        return []
    rows, found = answers_of(case), dict[Issued, None]()
    for target in case.plan.targets:
        if target.year is None:
            continue
        if target.comparator not in _NO_FIGURE:
            found.update(dict.fromkeys(_issued(case, target, _document(case.plan), None, "")))
        before = _document(case.plan)
        for row in answer_of(target, rows).issued:
            day = date.fromisoformat(row.issued_on) if len(row.issued_on) == len("2026-01-01") else None
            document = row.document or row.source or "answers.csv"
            supersedes = before if found and target.comparator not in _NO_FIGURE else ""
            found.update(dict.fromkeys(_issued(case, with_issued(target, row), document, day, supersedes)))
    return list(found)


def validity_of_case(case: Case) -> Validity:
    """Return the days between which the counties of a case exist, by the table of organisations.

    Parameters
    ----------
    case
        Loaded case.

    Returns
    -------
    First day and day after the last, by county.
    """
    table = case.table("organisations")
    bodies = [row for row in table.to_dict("records") if str(row["level"]) == "county"]
    found = {}
    for county in case.city.counties:
        for row in bodies:
            if str(row["name_zh"]).startswith(county.name_zh):
                found[county.code] = (_year(row["valid_from"]), _year(row["valid_to"]))
    return found


def _year(cell: object) -> str:
    return "" if cell is None or cell != cell or cell == "" else str(cell)[:4]


def _document(plan: Plan) -> str:
    return plan.document_number or plan.title


def _issued(case: Case, target: Target, document: str, day: date | None, supersedes: str) -> list[Issued]:
    sense = _sense(target)
    if sense is None or target.value is None or target.year is None:
        return []
    value = target.value_high if target.comparator is Comparator.RANGE and sense == "down" else target.value
    change = target.comparator.is_change or target.cumulative or target.annual_average
    unit = target.unit or "1"
    quantity = target.indicator + (f"({target.scope})" if target.scope else "")
    rate = change or unit in ("%", "1", "个百分点") or "/" in unit
    return [
        Issued(
            quantity, "city", case.city.code, case.city.name_zh, target.year, float(value or target.value), unit, document, day, "",
            "stretch" if target.stretch else "floor", target.nature or "expected", sense, "rate" if rate else "amount", "whole", supersedes,
        )
    ]  # fmt: skip


def _sense(target: Target) -> str | None:
    """Return on which side success lies: a change is met by that change or more."""
    if target.comparator in (Comparator.AT_LEAST, Comparator.RISE, Comparator.FALL):
        return "up"
    if target.comparator is Comparator.AT_MOST:
        return "down"
    return {Sense.BETTER_UP: "up", Sense.BETTER_DOWN: "down"}.get(target.sense)
