"""Queue of jobs: enter, take, cancel, start again. Every step is one conditional update of a row."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from dafeng.web.office.jobs.models import CANCELLED, ENDED, FAILED, QUEUED, RUNNING, Job
from dafeng.web.office.people.rights import behalf_of
from dafeng.web.office.words import both

PREPARED = "prepared"
"""State of a job whose file is being written: no worker takes it."""
MOST_ATTEMPTS = 3


def enqueue(request: HttpRequest, kind: str, arguments: dict[str, Any], *, ready: bool = False) -> Job:
    """Enter a job of the person who asks; it runs with that person's rights, or of whom it acts for."""
    delegation = behalf_of(request)
    job: Job = Job.objects.create(
        kind=kind, arguments=arguments, made_by=request.user, state=QUEUED if ready else PREPARED,
        behalf=delegation.giver if delegation is not None else None,
    )  # fmt: skip
    return job


def enqueue_file(request: HttpRequest, kind: str, arguments: dict[str, Any], suffix: str, chunks: Iterable[bytes]) -> Job:  # fmt: skip
    """Enter a job with a file: no worker takes it before the file is whole, and its name is that of the job."""
    job = enqueue(request, kind, arguments)
    target = settings.WORKSPACE.incoming / f"job-{job.id}{suffix.lower()}"
    with target.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
    target.chmod(0o600)
    job.arguments |= {"file": target.name}
    job.state = QUEUED
    job.save(update_fields=["arguments", "state"])
    return job


def take() -> Job | None:
    """Take the oldest job that waits; no two workers take one."""
    while True:
        job: Job | None = Job.objects.filter(state=QUEUED).order_by("id").first()
        if job is None:
            return None
        now = timezone.now()
        taken = Job.objects.filter(id=job.id, state=QUEUED).update(
            state=RUNNING, begun=now, seen=now, attempts=F("attempts") + 1, share=0.0, step="", cancel=False
        )
        if taken:
            job.refresh_from_db()
            return job


def give_back() -> int:
    """Queue again the jobs of a worker that was killed; one that was tried too often has failed.

    Returns
    -------
    int
        Jobs that wait again.
    """
    left = Job.objects.filter(state=RUNNING)
    why = both("worker_interrupted")
    left.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=FAILED, ended=timezone.now(), outcome={"problems_zh": [why.zh], "problems_en": [why.en]},
    )  # fmt: skip
    return int(left.update(state=QUEUED))


def cancel(job: Job) -> None:
    """Cancel a job: one that waits at once, one that runs by its worker."""
    if not Job.objects.filter(id=job.id, state__in=(QUEUED, PREPARED)).update(state=CANCELLED, ended=timezone.now()):  # fmt: skip
        Job.objects.filter(id=job.id, state=RUNNING).update(cancel=True)


def again(job: Job) -> None:
    """Queue an ended job again."""
    Job.objects.filter(id=job.id, state__in=ENDED).update(
        state=QUEUED, ended=None, attempts=0, share=0.0, step="", outcome={}, cancel=False
    )
