"""Cycle of follow-up (调度): ask every body for its reply, hand out the table and the circular on overdue replies."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dafeng.assessment.duties import follow_up, request_replies
from dafeng.evidence import DafengError
from dafeng.web.office.evaluation.papers import paper_file, written
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.duties import FOLLOW_UP, suggestions
from dafeng.web.office.records.store import records
from dafeng.web.office.results.cases import current_case
from dafeng.web.office.words import both, chinese_day, say

PAPERS = ("table", "circular")


@require_POST
@needs("office.follow_up")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the bodies of the chosen tasks, or of all, for their progress; asked again, nobody is asked twice."""
    plan = current_case().plan
    if plan is None:
        raise Http404
    period, due = (request.POST.get(name, "").strip()[:20] for name in ("period", "due"))
    try:
        day = date.fromisoformat(due)
    except ValueError:
        raise DafengError.at(both("problem.day_due"), due or both("problem.nothing"), "2026-07-15") from None
    found = request_replies(
        records(), actor_of(request), plan, period, day, [one for one in request.POST.getlist("task") if one]
    )
    request.audited = f"asked {found.entered} bodies for {period}"
    messages.success(request, say("asked", entered=found.entered, there=found.there))
    return redirect(f"/tasks/?period={period}")


@require_safe
@needs("office.read_records")
def paper(request: HttpRequest, period: str, kind: str) -> HttpResponse:
    """Hand out the table of follow-up or the circular on overdue replies of a period."""
    from dafeng.report import follow_up_circular, follow_up_table

    store, actor, today = records(), actor_of(request), timezone.localdate()
    if kind not in PAPERS or not actor.roles(FOLLOW_UP):
        raise Http404
    lines = follow_up(store, actor, period, today, suggestions())
    if not lines:
        raise Http404
    write = follow_up_table if kind == "table" else follow_up_circular
    city = current_case().city
    document = write(lines, city.name_zh, period, chinese_day(today)).marked(city.synthetic)
    return paper_file(written(document.save), say(f"follow_up_file.{kind}", period=period), "docx")
