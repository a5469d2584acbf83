"""Early warnings in the record store: issued, lifted, and their consequence for the projects of the county (缓批限批)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from dafeng.assessment.early_warning.judging import EarlyWarning
from dafeng.assessment.early_warning.periods import last_day
from dafeng.assessment.early_warning.rules import CONSEQUENCES
from dafeng.assessment.records.listing import records_of
from dafeng.evidence import DafengError, Problem, Problems, Text, chinese
from dafeng.registers import Actor, Done, Store, act, change, enter, place_problem, read, within

REGISTER = "early_warnings"
PROJECTS = {"two_high_projects": ("listed", "classified"), "energy_reviews": ("received", "returned")}
"""Registers of projects → states in which a project waits for its review."""
HOLDING = ("limit", "suspend")


@dataclass(frozen=True, slots=True)
class Issue:
    """Outcome of issuing warnings: records entered, lifted, projects held and released, those that were not held."""

    entered: tuple[int, ...]
    lifted: tuple[int, ...]
    held: tuple[str, ...]
    released: tuple[str, ...]
    problems: tuple[Problem, ...]


def colours_before(store: Store, actor: Actor, rule_set: str) -> dict[tuple[str, str, str], str]:
    """Return the colours of earlier periods: (county, basis, period) → colour, lifted ones included."""
    rows = [row for row in records_of(store, actor, REGISTER) if row["rule_set"] == rule_set]
    return {(row["county"], row["basis"], row["round"]): row["colour"] for row in rows}


def warnings_of(store: Store, actor: Actor, period: str) -> list[dict[str, Any]]:
    """Return the records of the warnings of a period.

    Raises
    ------
    DafengError
        Where the period has none.
    """
    rows = [row for row in records_of(store, actor, REGISTER) if row["round"] == period]
    if not rows:
        raise DafengError.at(
            f"{REGISTER}:{period}",
            Text("没有预警", "no warnings"),
            Text("已发布预警的期次", "a period whose warnings were issued"),
            "dafeng assess warn issue",
        )
    return rows


def last_warnings(store: Store, actor: Actor) -> list[dict[str, Any]]:
    """Return the records of the period of each rule set that was issued last; empty where none was issued."""
    rows = sorted(records_of(store, actor, REGISTER), key=lambda row: (_ended(str(row["round"])), row["id"]))
    last = {row["rule_set"]: row["round"] for row in rows}
    return [row for row in rows if row["round"] == last[row["rule_set"]]]


def _ended(period: str) -> date:
    """Return the last day of a period; a record typed in with another text comes before all that were issued."""
    try:
        return last_day(period)
    except DafengError:
        return date.min


def issue_warnings(store: Store, actor: Actor, warnings: Iterable[EarlyWarning]) -> Issue:
    """Issue warnings, lift those of earlier periods that they end, and hold or release the projects of the counties.

    Issued again, a warning of the same county, rule set, period and basis is left alone.

    Parameters
    ----------
    store, actor
        Record store, and who issues.
    warnings : iterable of EarlyWarning

    Raises
    ------
    DafengError
        For a missing right; for counties of another place, or that did not exist on the last day of the
        period, all at once: nothing is then issued.
    """
    actor.must("review", REGISTER, store.scope)
    listed = list(warnings)
    _check_places(store, listed)
    rows = records_of(store, actor, REGISTER)
    there = {(row["rule_set"], row["county"], row["round"], row["basis"]) for row in rows}
    entered, lifted = [], []
    for one in listed:
        if (one.rule_set, one.county, one.period, one.basis) in there:
            continue
        entered.append(enter(store, actor, REGISTER, _cells(one)).id)
        if one.colour == "grey":
            continue  # what cannot be judged ends no warning
        for row in rows:
            same = (row["rule_set"], row["county"], row["basis"]) == (one.rule_set, one.county, one.basis)
            if same and row["state"] == "issued" and row["round"] < one.period:
                reason = f"{one.period}: {one.colour} ({REGISTER}:{entered[-1]})"
                act(
                    store, actor, REGISTER, int(row["id"]), "lift", version=int(row["version"]), reason=reason
                )
                lifted.append(int(row["id"]))
    held, released, problems = apply_consequences(store, actor)
    return Issue(tuple(entered), tuple(lifted), tuple(held), tuple(released), tuple(problems))


def _check_places(store: Store, warnings: Iterable[EarlyWarning]) -> None:
    problems = Problems()
    for county, period in sorted({(one.county, one.period) for one in warnings}):
        place = f"{REGISTER}:{county}:{period}"
        if not within(store.scope, county):
            problems.add(place, county, Text(f"{store.scope}范围内的地区", f"a place within {store.scope}"), Text("更正代码", "correct the code"))  # fmt: skip
            continue
        gone = place_problem(store.book.counties, store.scope, county, last_day(period).isoformat())
        if gone is not None:
            problems.add(place, *gone)
    problems.raise_if_any()


def lift_warning(store: Store, actor: Actor, warning_id: int, reason: str) -> tuple[Done, list[str]]:
    """Lift a warning with a reason; return the act and the projects that are released by it.

    Raises
    ------
    DafengError
        Without a reason, for a warning that is lifted already, a missing right.
    """
    row = read(store, actor, REGISTER, warning_id)
    done = act(store, actor, REGISTER, warning_id, "lift", version=row["version"], reason=reason)
    return done, apply_consequences(store, actor)[1]


def apply_consequences(store: Store, actor: Actor) -> tuple[list[str], list[str], list[Problem]]:
    """Hold the projects of counties whose warning in force asks for it, and release those that no warning holds.

    Only observed warnings hold projects: a forecast warns, and does not stop anybody. A project whose exemption
    (field `hold_exempt`) is filled in is not held.

    Returns
    -------
    list of str, list of str, list of Problem
        Projects held, released, and those that could not be changed.
    """
    demanded = _demanded(store, actor)
    held: list[str] = []
    released: list[str] = []
    problems: list[Problem] = []
    for register, states in PROJECTS.items():
        for row in records_of(store, actor, register):
            wanted, warning = demanded.get(row["county"], ("", 0))
            waits = row["state"] in states and (register != "two_high_projects" or row["stage"] == "proposed")
            if not waits or row["hold_exempt"]:
                wanted = ""
            if wanted == (row["hold"] or ""):
                continue
            reason = f"{REGISTER}:{warning}" if wanted else "lifted"
            try:
                change(
                    store,
                    actor,
                    register,
                    int(row["id"]),
                    {"hold": wanted},
                    version=int(row["version"]),
                    reason=reason,
                )
            except DafengError as error:
                problems += error.problems
                continue
            (held if wanted else released).append(f"{register}:{row['id']}")
    return held, released, problems


def _demanded(store: Store, actor: Actor) -> dict[str, tuple[str, int]]:
    """Return the heaviest consequence of each county that holds projects, with its warning."""
    found: dict[str, tuple[str, int]] = {}
    for row in records_of(store, actor, REGISTER):
        if row["state"] != "issued" or row["basis"] != "observed" or row["consequence"] not in HOLDING:
            continue
        known = found.get(row["county"], ("none", 0))
        if CONSEQUENCES.index(row["consequence"]) > CONSEQUENCES.index(known[0]):
            found[row["county"]] = (row["consequence"], int(row["id"]))
    return found


def _cells(one: EarlyWarning) -> dict[str, Any]:
    return {
        "rule_set": one.rule_set, "county": one.county, "round": one.period, "basis": one.basis, "colour": one.colour,
        "inputs": json.dumps({**one.inputs, "reds_in_a_row": one.reds}, ensure_ascii=False, sort_keys=True), "rule_digest": one.digest,
        "reason": one.consequence_zh or chinese(one.reason), "reason_en": one.consequence_en or one.reason,
        "confirmed": "是" if one.confirmed else "否", "consequence": one.consequence,
        "exemption": str(Text(one.exemption_zh, one.exemption_en)) if one.exemption_zh else "",
    }  # fmt: skip
