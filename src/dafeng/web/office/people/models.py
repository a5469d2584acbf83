"""Organisations, persons, roles by object, delegations, invitations and open sessions."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

ROLES = ("administrator", "owner", "reviewer", "reporter", "auditor", "reader")
"""Role `administrator` manages people and operations of the office; the others are those of the registers."""

PRIVILEGED = frozenset({"administrator", "owner", "reviewer"})


class Valid(models.Model):
    """Row that holds from a day until the day before another."""

    valid_from = models.DateField(default=timezone.localdate)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def on(cls, day: object = None) -> "QuerySet[Valid]":
        """Return the rows that hold on a day, today by default."""
        when = day or timezone.localdate()
        return cls._default_manager.filter(Q(valid_to=None) | Q(valid_to__gt=when), valid_from__lte=when)


class Office(models.Model):
    """The one office of a workspace: its place and case."""

    place = models.CharField(max_length=6)
    case = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    synthetic = models.BooleanField(default=False)
    made = models.DateTimeField(auto_now_add=True)


class Organisation(Valid):
    """Body of the plan, or another, with its level; `region` is the place that it is responsible for."""

    code = models.SlugField(max_length=60, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    level = models.CharField(max_length=20, blank=True)
    region = models.CharField(max_length=6, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def subtree(self) -> list["Organisation"]:
        """Return this organisation and all below it."""
        found, waiting = [], [self]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.append(one)
                waiting += list(one.parts.all())
        return found


class Person(AbstractUser):
    """Person who signs in."""

    first_name = None
    last_name = None
    name = models.CharField(max_length=80)
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="people")  # fmt: skip
    left = models.DateField(null=True, blank=True)
    password_changed = models.DateTimeField(null=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def get_full_name(self) -> str:
        return str(self.name)

    def get_short_name(self) -> str:
        return str(self.name)


class Assignment(Valid):
    """Role of a person over an object: the registers and places in the subtree of an organisation or region."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=20)
    region = models.CharField(max_length=6, blank=True)
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT)
    registers = models.CharField(max_length=1000, default="*")
    given_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(auto_now_add=True)
    ended_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]


class Delegation(models.Model):
    """A person acts for another until a day, with the rights of the other and both names in the log."""

    giver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegations_given")
    receiver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegations_received")
    valid_from = models.DateField(default=timezone.localdate)
    last_day = models.DateField()
    reason = models.CharField(max_length=300)
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    @classmethod
    def open(cls) -> "QuerySet[Delegation]":
        """Return the delegations that hold today, of people who have not left."""
        today = timezone.localdate()
        return cls.objects.filter(
            ended=None, valid_from__lte=today, last_day__gte=today, giver__is_active=True, receiver__is_active=True
        )  # fmt: skip


class Invitation(models.Model):
    """One-time link by which an invited person sets a password; only its SHA-256 is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)


class OpenSession(models.Model):
    """Session of a person, which the person or an administrator can end."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sessions")
    key = models.CharField(max_length=64, unique=True)
    begun = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=64)
    agent = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar[list[str]] = ["-last_seen"]
