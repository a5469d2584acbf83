"""Execution of one job in a process of its own: progress into its row, outcome or problems at the end."""

import logging
import time
from uuid import uuid4

from django.utils import timezone

from dafeng.evidence import DafengError, Task, report_progress_to
from dafeng.web.office.jobs.kinds import KINDS
from dafeng.web.office.jobs.models import DONE, FAILED, RUNNING, Job

WRITE_EVERY = 0.5
"""Seconds between two writes of the progress."""

_log = logging.getLogger("dafeng.office")


class _Bar:
    def __init__(self, sink: "RowProgress", title: str, total: float | None) -> None:
        self._sink, self._title, self._total, self._done = sink, title, total, 0.0

    def advance(self, steps: float = 1) -> None:
        self._done += steps
        self._sink.show(self._title, self._done / self._total if self._total else 0.0)

    def finish(self) -> None:
        self._sink.show(self._title, 1.0)


class RowProgress:
    """Progress sink that keeps the newest step in the row of the job."""

    def __init__(self, job: Job) -> None:
        self._job, self._written = job, 0.0

    def start(self, title: str, total: float | None) -> Task:
        self.show(title, 0.0)
        return _Bar(self, title, total)

    def show(self, title: str, share: float) -> None:
        now = time.monotonic()
        if now - self._written < WRITE_EVERY:
            return
        self._written = now
        Job.objects.filter(id=self._job.id).update(step=title[:200], share=min(max(share, 0.0), 1.0), seen=timezone.now())  # fmt: skip


def perform(job: Job) -> None:
    """Execute a job and keep its outcome; a defect is logged with a reference."""
    try:
        with report_progress_to(RowProgress(job)):
            outcome = KINDS[job.kind].work(job)
        state = DONE
    except DafengError as error:
        state = FAILED
        outcome = {
            "problems_zh": [one.sentence("zh") for one in error.problems],
            "problems_en": [one.sentence("en") for one in error.problems],
        }
    except Exception as error:  # noqa: BLE001 - the face of a job: logged with a reference
        reference = uuid4().hex[:8]
        _log.error("job %s failed, error %s", job.id, reference, exc_info=error)
        state, outcome = FAILED, {"reference": reference}
    Job.objects.filter(id=job.id, state=RUNNING).update(
        state=state, outcome=outcome, ended=timezone.now(), share=1.0 if state == DONE else 0.0
    )
