"""Worker: takes one job at a time, executes it in a process of its own, cancels and times out."""

import subprocess
import sys
import time
from threading import Event

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from dafeng.web.office.jobs.models import CANCELLED, FAILED, RUNNING, Job
from dafeng.web.office.jobs.queue import give_back, take

LOOK_EVERY = 0.5
LONGEST = 6 * 3600.0
"""Seconds after which a job is ended: a run takes minutes."""
REMIND_EVERY = 900.0

_looked = float("-inf")


def work(stop: Event) -> None:
    """Take jobs until `stop`; what a killed worker left is queued again at the start."""
    give_back()
    alive = settings.WORKSPACE.root / "worker.alive"
    while not stop.is_set():
        close_old_connections()
        alive.touch(mode=0o600)
        remind_daily()
        job = take()
        if job is None:
            stop.wait(LOOK_EVERY)
        else:
            execute(job, stop)


def remind_daily() -> None:
    """Send the reminders of the day from their hour on, and again each quarter of an hour what could not be sent."""
    global _looked
    now = timezone.localtime()
    if now.hour < settings.CONFIGURATION.notify_hour or time.monotonic() - _looked < REMIND_EVERY:
        return
    from dafeng.web.office.records.reminding import is_on, remind

    _looked = time.monotonic()
    if is_on():
        remind(now.date())


def execute(job: Job, stop: Event) -> None:
    """Execute a job in a process of its own, ended where the job is cancelled, runs too long or the worker stops."""
    process = subprocess.Popen([sys.executable, "-m", "dafeng.web.office", "perform_job", str(job.id)])
    begun = timezone.now()
    while process.poll() is None:
        stop.wait(LOOK_EVERY)
        (settings.WORKSPACE.root / "worker.alive").touch(mode=0o600)
        row: Job = Job.objects.get(id=job.id)
        late = (timezone.now() - begun).total_seconds() > LONGEST
        if not (row.cancel or late or stop.is_set()):
            continue
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if row.cancel or late:
            Job.objects.filter(id=job.id, state=RUNNING).update(state=CANCELLED if row.cancel else FAILED, ended=timezone.now())  # fmt: skip
        else:
            give_back()
        return
    # a process that was killed wrote no outcome
    if Job.objects.filter(id=job.id, state=RUNNING).exists():
        give_back()
