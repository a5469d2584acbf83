"""Acts on people: invite, give and end roles, delegate, end sessions, hand over. Each is one transaction."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from dafeng.evidence import DafengError
from dafeng.web.office.people.models import (
    ROLES,
    Assignment,
    Delegation,
    Invitation,
    Office,
    OpenSession,
    Organisation,
    Person,
)
from dafeng.web.office.words import both

INVITATION_DAYS = 7
LONGEST_DELEGATION = 92
"""Days of a delegation at most: a quarter; for longer a role is given."""


def office() -> Office | None:
    """Return the office of this workspace; None before it is set up."""
    found: Office | None = Office.objects.first()
    return found


def names_of(usernames: Iterable[str]) -> dict[str, str]:
    """Return the names of persons by the names that they sign in with; of others, as an example's, there is none."""
    return dict(Person.objects.filter(username__in=list(usernames)).values_list("username", "name"))


def digest_of(token: str) -> str:
    """Return the SHA-256 of a token of 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(
    username: str, name: str, organisation: Organisation | None, by: Person | None
) -> tuple[Person, str]:
    """Create a person without a password and the token of the invitation, which is shown once.

    Raises
    ------
    DafengError
        Where the name to sign in with is taken.
    """
    if Person.objects.filter(username__iexact=username).exists():
        raise DafengError.at(both("problem.user_name"), username, both("problem.a_name_that_is_not_taken"))
    person = Person(username=username, name=name, organisation=organisation)
    person.set_unusable_password()
    person.save()
    return person, new_invitation(person, by)


def new_invitation(person: Person, by: Person | None) -> str:
    """Return the token of a new invitation; earlier ones end."""
    Invitation.objects.filter(person=person, used=None).update(expires=timezone.now())
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(
        person=person, digest=digest_of(token), made_by=by, expires=timezone.now() + timedelta(days=INVITATION_DAYS)
    )  # fmt: skip
    return token


def invitation_of(token: str) -> Invitation | None:
    """Return the invitation of a token, where it is neither used nor expired."""
    found: Invitation | None = (
        Invitation.objects.filter(digest=digest_of(token), used=None, expires__gt=timezone.now(), person__is_active=True)
        .select_related("person").first()
    )  # fmt: skip
    return found


@transaction.atomic
def accept_invitation(invitation: Invitation, password: str) -> None:
    """Set the password of an invited person; the link is used up."""
    if not Invitation.objects.filter(id=invitation.id, used=None).update(used=timezone.now()):
        raise DafengError.at(
            both("problem.invitation"), both("problem.used"), both("problem.one_that_is_not_used")
        )
    set_password(invitation.person, password)


def set_password(person: Person, password: str) -> None:
    """Set a password and end all sessions that the person has."""
    person.set_password(password)
    person.password_changed = timezone.now()
    person.save(update_fields=["password", "password_changed"])
    end_sessions(person)


@transaction.atomic
def assign(
    person: Person, role: str, *, by: Person | None, region: str = "", organisation: Organisation | None = None,
    registers: str = "*", last_day: date | None = None,
) -> Assignment:  # fmt: skip
    """Give a role over an object.

    Raises
    ------
    DafengError
        For an unknown role, a role given to oneself, or one over nothing.
    """
    if role not in ROLES:
        raise DafengError.at(both("problem.role"), role, ", ".join(ROLES))
    if by is not None and by.pk == person.pk:
        raise DafengError.at(
            both("problem.role"), both("problem.given_to_oneself"), both("problem.another_administrator_who_gives_it"),
        )  # fmt: skip
    if role != "administrator" and not region and organisation is None:
        raise DafengError.at(
            both("problem.scope"), both("problem.nothing"), both("problem.a_region_or_an_organisation")
        )
    made: Assignment = Assignment.objects.create(
        person=person, role=role, region=region, organisation=organisation, registers=registers or "*", given_by=by,
        valid_to=None if last_day is None else last_day + timedelta(days=1),
    )  # fmt: skip
    return made


def end_assignment(assignment: Assignment, by: Person) -> None:
    """End a role at once. Raises: DafengError for the last administrator."""
    if assignment.role == "administrator":
        others = Assignment.on().filter(role="administrator", person__is_active=True)
        if not others.exclude(id=assignment.id).exists():
            raise DafengError.at(
                both("problem.role"), both("problem.the_last_administrator"), both("problem.another_administrator_first"),
            )  # fmt: skip
    assignment.valid_to, assignment.ended_by = timezone.localdate(), by
    assignment.save(update_fields=["valid_to", "ended_by"])


def delegate(giver: Person, receiver: Person, last_day: date, reason: str) -> Delegation:
    """Let another person act for oneself until a day.

    Raises
    ------
    DafengError
        For oneself, a day in the past or more than a quarter ahead, or without a reason.
    """
    today = timezone.localdate()
    latest = today + timedelta(days=LONGEST_DELEGATION)
    if receiver.pk == giver.pk or not receiver.is_active:
        raise DafengError.at(both("problem.receiver"), receiver.name, both("problem.another_active_person"))  # fmt: skip
    if not today <= last_day <= latest:
        raise DafengError.at(both("problem.last_day"), str(last_day), f"{today} – {latest}")
    if not reason.strip():
        raise DafengError.at(both("problem.reason"), both("problem.nothing"), both("problem.a_reason"))
    made: Delegation = Delegation.objects.create(giver=giver, receiver=receiver, last_day=last_day, reason=reason.strip()[:300])  # fmt: skip
    return made


def end_delegation(delegation: Delegation) -> None:
    Delegation.objects.filter(id=delegation.id, ended=None).update(ended=timezone.now())


def end_sessions(person: Person, key: str | None = None) -> int:
    """End one session of a person, or all; return how many."""
    chosen = OpenSession.objects.filter(person=person)
    if key is not None:
        chosen = chosen.filter(key=key)
    keys = list(chosen.values_list("key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    chosen.delete()
    return len(keys)


@transaction.atomic
def hand_over(person: Person, successor: Person | None, by: Person) -> int:
    """Close the account of a person who leaves; roles pass to the successor, sessions and delegations end.

    Returns
    -------
    int
        Roles that passed.

    Raises
    ------
    DafengError
        For oneself, a successor who is the same person or has left, or the last administrator without one.
    """
    if by.pk == person.pk or (
        successor is not None and (successor.pk == person.pk or not successor.is_active)
    ):
        raise DafengError.at(both("problem.hand_over"), person.name, both("problem.another_active_person"))  # fmt: skip
    held = list(Assignment.on().filter(person=person))
    for one in held:
        if successor is not None:
            Assignment.objects.create(
                person=successor, role=one.role, region=one.region, organisation=one.organisation,
                registers=one.registers, given_by=by, valid_to=one.valid_to,
            )  # fmt: skip
        end_assignment(one, by)
    now = timezone.now()
    Delegation.objects.filter(giver=person, ended=None).update(ended=now)
    Delegation.objects.filter(receiver=person, ended=None).update(ended=now)
    Invitation.objects.filter(person=person, used=None).update(expires=now)
    end_sessions(person)
    person.is_active, person.left = False, timezone.localdate()
    person.set_unusable_password()
    person.save(update_fields=["is_active", "left", "password"])
    return len(held) if successor is not None else 0
