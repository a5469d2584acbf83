"""Cycle of a release: proposals with a reason, decided by another person; the release as a job; its adoption by another person."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from dafeng.case import TABLES
from dafeng.evidence import DafengError
from dafeng.web.office.desk.models import Proposal
from dafeng.web.office.jobs import queue
from dafeng.web.office.jobs.kinds import RELEASING
from dafeng.web.office.jobs.models import DONE, Job
from dafeng.web.office.people.acts import office
from dafeng.web.office.people.rights import giver_of, needs, require_another
from dafeng.web.office.results.cases import current_case, doubts_of
from dafeng.web.office.words import both, plain, say

PROPOSE, RELEASE, DECIDE = "office.send_records", "office.follow_up", "office.decide"
FIRST_YEAR, LAST_YEAR = 2000, 2060


@require_POST
@needs(PROPOSE)
def propose(request: HttpRequest) -> HttpResponse:
    """Propose another value for a cell of a case table."""
    given = {
        name: request.POST.get(name, "").strip() for name in ("table", "key", "column", "value", "reason")
    }
    if given["table"] not in TABLES or given["column"] not in TABLES[given["table"]].named:
        raise DafengError.at(both("problem.cell"), f"{given['table']}.{given['column']}"[:100], both("problem.a_table_and_a_column_of_the_case"))  # fmt: skip
    names = {"key": both("problem.key"), "value": both("problem.value"), "reason": both("problem.reason")}
    for name, where in names.items():
        limit = Proposal._meta.get_field(name).max_length
        if not given[name] or len(given[name]) > limit:
            raise DafengError.at(where, given[name][:40] or both("problem.nothing"), both("problem.a_text_of_at_most_n", count=limit))  # fmt: skip
    doubts = doubts_of(given)
    Proposal.objects.create(person=request.user, behalf=giver_of(request), **given)
    messages.success(request, say("proposed"))
    for one in doubts:
        messages.warning(request, say("proposal_doubtful", text=plain(one.zh, one.en)))
    return redirect("/releases/#proposals")


@require_POST
@needs(DECIDE)
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Accept or refuse a proposal of another person."""
    found = get_object_or_404(Proposal, id=number, state=Proposal.OPEN)
    answer = request.POST.get("answer", "")
    if answer not in {Proposal.ACCEPTED, Proposal.REFUSED}:
        raise Http404
    require_another(request, found.person_id, found.behalf_id)
    Proposal.objects.filter(id=number, state=Proposal.OPEN).update(state=answer, decided_by=request.user)
    messages.success(request, say(f"proposal_state.{answer}"))
    return redirect("/releases/#proposals")


@require_POST
@needs(RELEASE)
def new_release(request: HttpRequest) -> HttpResponse:
    """Enter the next release: approved records of the years and accepted proposals."""
    place, year = office(), str(current_case().city.as_of)
    years = [request.POST.get(name, "") or year for name in ("first", "last")]
    if not all(text.isascii() and text.isdigit() for text in years) or not FIRST_YEAR <= int(years[0]) <= int(years[1]) <= LAST_YEAR:  # fmt: skip
        raise DafengError.at(both("problem.years"), " – ".join(years)[:40], f"{FIRST_YEAR} – {LAST_YEAR}")
    given = {"case": place.case if place else "", "first": int(years[0]), "last": int(years[1])}
    job = queue.enqueue(request, "release", given, ready=True)
    return redirect(f"/jobs/{job.id}/")


@require_POST
@needs(DECIDE)
def adopt(request: HttpRequest) -> HttpResponse:
    """Adopt a release that another person made: pages, targets and runs then work with it."""
    name, place = request.POST.get("name", ""), office()
    job = Job.objects.filter(kind__in=RELEASING, state=DONE, outcome__release=name).first()
    if place is None or job is None or not (settings.WORKSPACE.releases / name / "city.yaml").is_file():
        raise Http404
    require_another(request, job.made_by_id, job.behalf_id)
    place.case = name
    place.save(update_fields=["case"])
    Proposal.objects.filter(state=Proposal.ACCEPTED, at__lte=job.begun or timezone.now()).update(state=Proposal.RELEASED, release=name)  # fmt: skip
    request.audited = f"adopted {name}"
    messages.success(request, say("release_adopted", name=name))
    return redirect("/releases/")
