"""Saved views, comments, proposals, changes of the metering registry, and reminders."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """Query of a register's table, or of the what-if page, under a name; each person has its own."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="views")
    register = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "register", "name"], name="one_view_of_a_name")
        ]


class Comment(models.Model):
    """Note on a record for those who see its history; neither changed nor deleted."""

    register = models.CharField(max_length=60)
    record = models.PositiveBigIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    text = models.CharField(max_length=2000)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["register", "record"])]


class Proposal(models.Model):
    """Proposed cell of a case table, with its reason; another person accepts it, the next release takes it in."""

    OPEN, ACCEPTED, REFUSED, RELEASED = "open", "accepted", "refused", "released"

    table = models.CharField(max_length=60)
    key = models.CharField(max_length=300)
    column = models.CharField(max_length=60)
    value = models.CharField(max_length=300)
    reason = models.CharField(max_length=500)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    behalf = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=12, default=OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    release = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]


class RegistryChange(models.Model):
    """Proposed rows of the metering registry of a unit, with the lines they change; another person enters or refuses them.

    `rows` are the cells of a table of the registry (`changes` or `events`), `lines` what they change as it was seen last;
    `version` is the registry that they made.
    """

    OPEN, ACCEPTED, REFUSED = "open", "accepted", "refused"

    unit = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    county = models.CharField(max_length=6, blank=True)
    table = models.CharField(max_length=20)
    rows = models.JSONField()
    lines = models.JSONField()
    reason = models.CharField(max_length=500)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    behalf = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=12, default=OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["unit", "state"])]


class Reminder(models.Model):
    """Reminder of a day to a person by one way; `sent` is empty where it could not be sent yet."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    way = models.CharField(max_length=8)
    sent = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "day", "way"], name="one_reminder_a_day")
        ]
