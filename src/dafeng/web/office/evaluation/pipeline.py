"""Page of the pipeline of two-high projects: proposed, under construction, existing, with reviews, approvals and holds."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dafeng.assessment.records import last_warnings
from dafeng.registers import Definition, Filter, count, find
from dafeng.web.office.evaluation.warnings import PROJECTS, WARNINGS
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.store import records
from dafeng.web.office.records.table import visible
from dafeng.web.office.records.views import READ
from dafeng.web.office.words import code_name, plain

STAGES = ("proposed", "building", "existing")
SHOWN = 200
APPROVALS = ("approval_number", "review_number", "eia_number")
LENDERS = ("name", "county", "stage", "two_high_class", "level_now", "approval_number", "review_number", "eia_number", "problems", "disposal", "hold")  # fmt: skip
"""Columns of the lenders' view: what decides whether a project may be financed; no energy, no cost."""


@require_safe
@needs(READ)
def pipeline(request: HttpRequest) -> HttpResponse:
    """Show the projects by stage, or the lenders' view: what stands against financing each."""
    store, actor = records(), actor_of(request)
    if not actor.roles(PROJECTS):
        raise Http404
    definition, names = store.book.latest(PROJECTS), place_names()
    county = request.GET.get("county", "").strip()
    chosen = [Filter("county", "=", county)] if county in names else []
    shown = {one.id for one in visible(definition, actor)}
    red = {row["county"] for row in last_warnings(store, actor) if row["colour"] == "red" and row["state"] == "issued"} if actor.roles(WARNINGS) else set()  # fmt: skip
    groups = []
    for stage in STAGES:
        filters = [*chosen, Filter("stage", "=", stage)]
        rows = find(store, actor, PROJECTS, filters=filters, limit=SHOWN).rows
        listed = [_project(row, definition, names, shown, red) for row in rows]
        groups.append((stage, _name(definition, "stage", stage), count(store, actor, PROJECTS, filters=filters), listed))  # fmt: skip
    lenders = request.GET.get("view") == "lenders"
    return render(request, "evaluation/lenders.html" if lenders else "evaluation/pipeline.html", {
        "groups": groups, "places": sorted(names.items()), "county": county, "red": sorted(names.get(one, one) for one in red), "definition": definition,
        "states": {one.id: plain(one.zh, one.en) for one in definition.life_cycle.states},
    })  # fmt: skip


def _name(definition: Definition, field: str, code: object) -> str:
    """Return the name of a code of a choice; several codes are separated by `;`."""
    codes = next(one.codes for one in definition.fields if one.id == field)
    parts = [part.strip() for part in str(code or "").split(";") if part.strip()]
    return plain("、", ", ").join(code_name(codes.get(part, part)) for part in parts)


def _project(row: dict[str, Any], definition: Definition, names: dict[str, str], shown: set[str], red: set[str]) -> dict[str, Any]:  # fmt: skip
    """Return a project as the page shows it: nothing that the person may not see, and what is open for the next stage."""
    seen = {name: value for name, value in row.items() if name in shown or name in {"id", "state"}}
    named = {name: _name(definition, name, seen.get(name)) for name in ("two_high_class", "level_now", "disposal", "problems", "hold", "approval_kind")}  # fmt: skip
    return seen | {
        "named": named, "place": names.get(row["county"], row["county"]), "red": row["county"] in red and not seen.get("hold_exempt"),
        "lacks": [one for one in definition.fields if one.id in APPROVALS and one.id in shown and not row.get(one.id)],
        "financed": not (seen.get("problems") or seen.get("hold") or (row["county"] in red and row["stage"] != "existing") or any(not row.get(one) for one in APPROVALS)),
    }  # fmt: skip
