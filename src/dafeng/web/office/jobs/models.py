"""Jobs: runs, imports and papers."""

from typing import ClassVar

from django.conf import settings
from django.db import models

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
ENDED = (DONE, FAILED, CANCELLED)


class Job(models.Model):
    """One piece of work for the worker: what, by whom, how far, and what came of it."""

    kind = models.CharField(max_length=20)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default=QUEUED)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs")
    behalf = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made = models.DateTimeField(auto_now_add=True)
    begun = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    seen = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    share = models.FloatField(default=0.0)
    step = models.CharField(max_length=200, blank=True)
    cancel = models.BooleanField(default=False)
    outcome = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "id"])]
