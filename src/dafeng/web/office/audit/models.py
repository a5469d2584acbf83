"""Rows of the audit log."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """One act: who, for whom, from where, what, with which outcome; `seal` covers the row and the seal before it."""

    at = models.DateTimeField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=150)
    behalf = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=64)
    act = models.CharField(max_length=60)
    target = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField()
    request = models.CharField(max_length=40)
    detail = models.CharField(max_length=500, blank=True)
    previous = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["at"]), models.Index(fields=["name"])]
