"""Cells that help a draft most, entered in the office: judged by unit and plausibility, kept as the city's own data in the next release."""

from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dafeng.case import find_unit, is_indexed, judged_cells, own_cells, own_share
from dafeng.evidence import DafengError, Problem, Text
from dafeng.web.office.jobs import queue
from dafeng.web.office.people.rights import SIGNED_IN, acting_person, needs
from dafeng.web.office.results.cases import case_named, case_of_office, case_stamp, current_case
from dafeng.web.office.typed import typed_text
from dafeng.web.office.words import both, language, say

ENTER = "office.send_records"
LIMIT = 200
"""Most characters of a value, unit, year or source."""


@require_safe
@needs(SIGNED_IN)
def own_data(request: HttpRequest) -> HttpResponse:
    """Show what the city has of the cells, who holds the others, and how wide the account is for want of them."""
    return _page(request)


@require_POST
@needs(ENTER)
def enter_own_data(request: HttpRequest) -> HttpResponse:
    """Judge the cells that are filled in and enter them as a job: a release that another person adopts."""
    case = current_case()
    if not is_indexed(case):
        raise DafengError.at(case_of_office(), both("problem.no_draft"), both("problem.a_drafted_case"))
    given, problems = judged_cells(case, _filled(request))
    if problems or not given:
        return _page(request, problems)
    rows = [
        {"id": one.id, "value": one.value, "year": one.year, "unit": one.unit, "source": one.source}
        for one in given
    ]
    job = queue.enqueue(request, "own_data", {"case": case_of_office(), "cells": rows}, ready=True)
    messages.success(request, say("own_data_entered", count=len(rows)))
    return redirect(f"/jobs/{job.id}/")


def _filled(request: HttpRequest) -> list[dict[str, str]]:
    names = ("value", "unit", "year", "source")
    rows = [
        {"id": one.id}
        | {
            name: typed_text(request, f"{one.id}.{name}", LIMIT, Text(one.name_zh, one.name_en))
            for name in names
        }
        for one in own_cells(find_unit(current_case().city.code))
    ]
    return [row for row in rows if row["value"]]


def _page(request: HttpRequest, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    case, spoken = current_case(), language()
    shown: dict[str, Any] = {
        "city": case.city,
        "drafted": is_indexed(case),
        "enters": acting_person(request).has_perm(ENTER),
    }
    if shown["drafted"]:
        wrong = {one.where.partition(".")[0]: _said(one, spoken.value) for one in problems}
        typed = {name: value for name, value in request.POST.items() if "." in name}
        shown["cells"] = [
            {
                "state": one, "wrong": wrong.get(one.id, ""), "value": typed.get(f"{one.id}.value", ""), "unit": typed.get(f"{one.id}.unit", one.unit),
                "year": typed.get(f"{one.id}.year", one.year or case.city.base_year), "source": typed.get(f"{one.id}.source", ""),
            }
            for one in own_cells(find_unit(case.city.code), case)
        ]  # fmt: skip
        shown |= {
            "problems": len(problems),
            "share": f"{own_share(case):.0%}",
            "base": case.city.base_year,
        } | _account(*case_stamp())
    return render(request, "results/own_data.html", shown, status=422 if problems else 200)


def _said(problem: Problem, spoken: str) -> str:
    """Return the sentence of a problem without its place: the row is the place."""
    return problem.sentence(spoken).removeprefix(problem.where).lstrip("：: ")


@lru_cache(maxsize=4)
def _account(name: str, root: str, stamp: float) -> dict[str, Any]:  # noqa: ARG001 - part of the key
    """Return the range of the base year and how much of it has which grade."""
    from dafeng import inventory as inventories
    from dafeng.report import emissions

    case = case_named(name)
    account = inventories.build(case)
    total = account.totals(case.city.headline_account, [case.city.base_year])[0]
    spoken = language()
    return {
        "account": case.city.headline_account,
        "level": emissions(total.value_t / 1e6, spoken), "between": f"{emissions(total.low_t / 1e6, spoken)} – {emissions(total.high_t / 1e6, spoken)}",
        "grades": [(grade, f"{part:.0%}") for grade, part in inventories.grade_shares(account, case.city.headline_account)],
    }  # fmt: skip
