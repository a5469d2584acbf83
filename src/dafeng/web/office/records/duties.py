"""Pages of tasks and of one's own work."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dafeng.assessment.duties import duty_lines, follow_up, last_round, stale_tasks, suggested_status
from dafeng.web.office.jobs.models import ENDED
from dafeng.web.office.jobs.views import visible_jobs
from dafeng.web.office.people.models import Delegation
from dafeng.web.office.people.rights import SIGNED_IN, acting_person, actor_of, needs
from dafeng.web.office.records.pending import pending
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.store import records
from dafeng.web.office.results.cases import current_case, observed_verdicts
from dafeng.web.office.words import plain

FOLLOW_UP = "task_follow_up"


@require_safe
@needs(SIGNED_IN)
def tasks(request: HttpRequest) -> HttpResponse:
    """Show the tasks of the plan with their bodies, and the replies of a period."""
    plan, store, actor = current_case().plan, records(), actor_of(request)
    if plan is None:
        return render(request, "records/tasks.html", {"tasks": [], "lines": []})
    body = request.GET.get("body", "")
    by_task = by_locator((line.task, line) for line in duty_lines(plan))
    listed = [(task, by_task.get(task.locator, [])) for task in plan.tasks]
    if body:
        listed = [(task, lines) for task, lines in listed if any(line.body == body for line in lines)]
    reads = bool(actor.roles(FOLLOW_UP))
    period, today = request.GET.get("period", "").strip(), timezone.localdate()
    last = period or (last_round(store, actor) if reads else "")
    answered = follow_up(store, actor, last, today, suggestions()) if reads and last else []
    return render(request, "records/tasks.html", {
        "tasks": listed, "bodies": sorted({line.body for lines in by_task.values() for line in lines}), "body": body, "period": period,
        "lines": answered if period else [], "answered": by_locator((one.task, one) for one in answered), "last": last,
        "states": {one.id: plain(one.zh, one.en) for one in store.book.latest(FOLLOW_UP).life_cycle.states},
        "judged": by_locator((one.target.locator, (number, one)) for number, one in enumerate(observed_verdicts(), start=1)), "asks": acting_person(request).has_perm("office.follow_up"),
        "stale": set(stale_tasks(store, actor, plan, today)) if reads else set(), "reads": reads,
    })  # fmt: skip


def by_locator(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """Return what belongs to each task, in order."""
    found: dict[str, list[Any]] = {}
    for locator, one in pairs:
        found.setdefault(locator, []).append(one)
    return found


def suggestions() -> dict[str, str]:
    """Return the status that the verdicts on observations suggest for each task."""
    return suggested_status((one.target.locator, str(one.status)) for one in observed_verdicts())


@require_safe
@needs(SIGNED_IN)
def my_work(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person: acts on records, returns that are due, replies, jobs, delegations."""
    found = pending(actor_of(request))
    names = place_names()
    return render(request, "records/work.html", {
        "waiting": found.waiting, "overdue": [(one, period, [names.get(line.region, line.region) for line in late], late[0].due) for one, period, late in found.overdue],
        "arrived": [(one, line, names.get(line.region, line.region)) for one, line in found.arrived], "contested": found.contested, "registry": found.registry,
        "jobs": [job for job in visible_jobs(request).filter(made_by=request.user)[:5] if job.state not in ENDED or job.ended >= timezone.now() - timedelta(days=1)],
        "received": Delegation.open().filter(receiver=request.user).select_related("giver"), "roles": bool(actor_of(request).grants), "manages": acting_person(request).has_perm("office.manage"),
    })  # fmt: skip
