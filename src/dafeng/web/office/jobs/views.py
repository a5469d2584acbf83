"""Pages of jobs: list, one with its progress, new run and paper, cancel, again."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dafeng.evidence import DafengError
from dafeng.web.office.jobs import queue
from dafeng.web.office.jobs.kinds import KINDS, SAMPLES
from dafeng.web.office.jobs.models import ENDED, Job
from dafeng.web.office.people.acts import office
from dafeng.web.office.people.rights import SIGNED_IN, acting_person, needs
from dafeng.web.office.words import both, language

SHOWN = 100
PAPERS = ("yearly", "one_page")


def visible_jobs(request: HttpRequest) -> Any:
    """Return one's own jobs, all for who administers."""
    jobs = Job.objects.select_related("made_by")
    return jobs if acting_person(request).has_perm("office.operate") else jobs.filter(made_by=request.user)


@require_safe
@needs(SIGNED_IN)
def jobs(request: HttpRequest) -> HttpResponse:
    """List jobs, newest first, and the forms of new ones."""
    results = sorted(path.parent.name for path in settings.WORKSPACE.results.glob("*/summary.json"))
    return render(request, "jobs/jobs.html", {
        "jobs": visible_jobs(request)[:SHOWN], "results": results, "papers": PAPERS, "samples": SAMPLES, "ended": ENDED,
        "may_run": acting_person(request).has_perm("office.run"),
    })  # fmt: skip


@require_safe
@needs(SIGNED_IN)
def job(request: HttpRequest, number: int) -> HttpResponse:
    """Show one job with progress and outcome; asked by htmx, the part that changes."""
    found = get_object_or_404(visible_jobs(request), id=number)
    part = "jobs/progress.html" if request.htmx else "jobs/job.html"
    problems = found.outcome.get(f"problems_{language().value}", [])
    return render(request, part, {"job": found, "problems": problems, "ended": found.state in ENDED})


@require_POST
@needs("office.run")
def new_run(request: HttpRequest) -> HttpResponse:
    """Enter a run of the office's case."""
    samples = request.POST.get("samples", str(SAMPLES))
    if not samples.isdigit() or not 256 <= int(samples) <= 65_536:
        raise DafengError.at(both("problem.samples"), samples, "256 – 65536")
    place = office()
    found = queue.enqueue(request, "run", {"case": place.case if place else "", "samples": int(samples)}, ready=True)  # fmt: skip
    return redirect(f"/jobs/{found.id}/")


@require_POST
@needs("office.run")
def new_paper(request: HttpRequest) -> HttpResponse:
    """Enter a paper from a run."""
    results, paper = request.POST.get("results", ""), request.POST.get("paper", "")
    known = {path.parent.name for path in settings.WORKSPACE.results.glob("*/summary.json")}
    if results not in known or paper not in PAPERS:
        raise DafengError.at(both("problem.results"), results, both("problem.results_that_are_there"))
    given = {"results": results, "paper": paper, "day": timezone.localdate().isoformat()}
    found = queue.enqueue(request, "paper", given, ready=True)
    return redirect(f"/jobs/{found.id}/")


@require_POST
@needs(SIGNED_IN)
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Cancel a job."""
    queue.cancel(get_object_or_404(visible_jobs(request), id=number))
    return redirect(f"/jobs/{number}/")


@require_POST
@needs(SIGNED_IN)
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Queue an ended job again; it still runs with the rights of who entered it."""
    found = get_object_or_404(visible_jobs(request), id=number)
    if not acting_person(request).has_perm(KINDS[found.kind].permission):
        raise PermissionDenied
    queue.again(found)
    return redirect(f"/jobs/{number}/")
