"""Pages of early warnings: colour of each county, consequence, projects held; issued from a table, lifted with a reason; circular."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dafeng.assessment import judge_counties, read_readings, warning_rules
from dafeng.assessment.records import colours_before, issue_warnings, last_warnings, lift_warning, warnings_of
from dafeng.case import place_names as names_of_case
from dafeng.evidence import DafengError
from dafeng.registers import Actor, Filter, find, read
from dafeng.report import name
from dafeng.web.office.evaluation.papers import paper_file, written
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.sending import sent_file
from dafeng.web.office.records.store import records
from dafeng.web.office.records.views import READ, found_or_missing
from dafeng.web.office.results.cases import current_case
from dafeng.web.office.typed import typed_text
from dafeng.web.office.words import both, chinese_day, code_name, language, say, sentences

WARNINGS, PROJECTS, ISSUE = "early_warnings", "two_high_projects", "office.follow_up"
CSV = frozenset({".csv"})
CONSEQUENCES_ALONE = frozenset({"after_red"})
"""Rule sets that judge no values: what follows from a colour."""


def held_projects(actor: Actor) -> list[dict[str, Any]]:
    """Return the two-high projects whose review is held, within the rights of the actor."""
    if not actor.roles(PROJECTS):
        return []
    return list(
        find(records(), actor, PROJECTS, filters=[Filter("hold", "in", "suspend;limit")], limit=500).rows
    )


@require_safe
@needs(READ)
def warnings(request: HttpRequest) -> HttpResponse:
    """Show the warnings of a period, by default those issued last, with the projects that they hold."""
    store, actor = records(), actor_of(request)
    period = request.GET.get("period", "").strip()[:40]
    rows: list[dict[str, Any]] = []
    if actor.roles(WARNINGS):
        rows = found_or_missing(lambda: warnings_of(store, actor, period)) if period else last_warnings(store, actor)  # fmt: skip
    return _page(request, rows, period)


def worded(rows: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any], str, str]]:
    """Return each warning with the names of its county, its colour and its consequence: (county, row, colour, consequence)."""
    names, field = place_names(), {one.id: one for one in records().book.latest(WARNINGS).fields}
    return [
        (
            names.get(row["county"], row["county"]), row, code_name(field["colour"].codes.get(row["colour"], row["colour"])),
            code_name(field["consequence"].codes.get(row["consequence"], "")),
        )
        for row in rows
    ]  # fmt: skip


def _page(request: HttpRequest, rows: list[dict[str, Any]], period: str, problems: list[str] | None = None) -> HttpResponse:  # fmt: skip
    store, actor = records(), actor_of(request)
    names = place_names()
    return render(request, "evaluation/warnings.html", {
        "rows": worded(rows), "period": period, "periods": sorted({row["round"] for row in rows}), "rule_sets": [(one, name("rule_set", one, language())) for one in sorted({rule["rule_set"] for rule in warning_rules(None)} - CONSEQUENCES_ALONE)],
        "held": [(names.get(one["county"], one["county"]), one) for one in held_projects(actor)], "issues": actor.may("own", WARNINGS, store.scope),
        "lifts": actor.may("review", WARNINGS, store.scope), "problems": problems or [],
    }, status=400 if problems else 200)  # fmt: skip


@require_POST
@needs(ISSUE)
def issue(request: HttpRequest) -> HttpResponse:
    """Issue the warnings of a period from a table of values; red consequences hold projects, ended ones release them."""
    store, actor = records(), actor_of(request)
    period, rule_set = (request.POST.get(name, "").strip()[:60] for name in ("period", "rule_set"))
    try:
        if not period:
            raise DafengError.at(
                both("problem.period"), both("problem.nothing"), both("problem.month_or_quarter")
            )
        sent = sent_file(request, CSV)
        with tempfile.TemporaryDirectory(dir=settings.WORKSPACE.incoming) as folder:
            path = Path(folder) / "values.csv"
            path.write_bytes(b"".join(sent.chunks()))
            found = judge_counties(warning_rules(None), rule_set, read_readings(path), period, colours_before(store, actor, rule_set))  # fmt: skip
        done = issue_warnings(store, actor, found)
    except DafengError as error:
        return _page(request, last_warnings(store, actor), "", sentences(error))
    request.audited = f"warnings {period}: {len(done.entered)} entered, {len(done.lifted)} lifted"
    messages.success(request, say("warnings_issued", entered=len(done.entered), lifted=len(done.lifted), held=len(done.held), released=len(done.released)))  # fmt: skip
    for problem in done.problems:
        messages.warning(request, problem.sentence(request.LANGUAGE_CODE[:2]))
    return redirect(f"/warnings/?period={period}")


@require_POST
@needs(ISSUE)
def lift(request: HttpRequest, number: int) -> HttpResponse:
    """Lift a warning with a reason and release the projects that it held."""
    store, actor = records(), actor_of(request)
    row = found_or_missing(lambda: read(store, actor, WARNINGS, number))
    _, released = lift_warning(store, actor, number, typed_text(request, "reason"))
    messages.success(request, say("warning_lifted", released=len(released)))
    return redirect(f"/warnings/?period={row['round']}")


@require_safe
@needs(READ)
def circular(request: HttpRequest, period: str) -> HttpResponse:
    """Hand out the circular (通报) on the warnings of a period."""
    from dafeng.report import warning_circular

    store, actor = records(), actor_of(request)
    if not actor.roles(WARNINGS):
        raise Http404
    rows = found_or_missing(lambda: warnings_of(store, actor, period))
    city = current_case().city
    paper = warning_circular(
        rows, names_of_case(city), city.name_zh, period, chinese_day(timezone.localdate())
    )
    return paper_file(
        written(paper.marked(city.synthetic).save), say("warning_circular_file", period=period), "docx"
    )
