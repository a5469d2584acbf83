"""Reminders: once a day each person hears what waits, by e-mail and by a hook for text messages. Numbers only, no content."""

import json
import logging
import urllib.request
from collections.abc import Mapping
from datetime import date

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone, translation

from dafeng.web.office.desk.models import Reminder
from dafeng.web.office.people.models import Person
from dafeng.web.office.people.rights import actor_for
from dafeng.web.office.records.pending import pending
from dafeng.web.office.words import say

PATIENCE = 10.0
"""Seconds that a hook may take to answer."""

_log = logging.getLogger("dafeng.office")


def is_on() -> bool:
    """Return whether a server of mail or a hook is set."""
    return bool(settings.CONFIGURATION.mail_host or settings.CONFIGURATION.notify_hook)


def remind(today: date | None = None) -> int:
    """Remind everybody for whom something waits and who was not reminded today; return how many were.

    A reminder that could not be sent is tried again with the next call; nobody is reminded twice a day by one way.
    """
    day, sent = today or timezone.localdate(), 0
    for person in Person.objects.filter(is_active=True).order_by("id"):
        ways = _ways(person, day)
        if not ways:
            continue
        numbers = {kind: number for kind, number in pending(actor_for(person)).numbers.items() if number}
        if numbers:
            sent += bool([way for way in ways if _by(way, person, numbers, day)])
    return sent


def _ways(person: Person, day: date) -> list[str]:
    """Return the ways by which a person has not been reminded on a day."""
    there = {
        "mail": settings.CONFIGURATION.mail_host and person.email,
        "hook": settings.CONFIGURATION.notify_hook,
    }
    done = set(Reminder.objects.filter(person=person, day=day, sent__isnull=False).values_list("way", flat=True))  # fmt: skip
    return [way for way, address in there.items() if address and way not in done]


def _by(way: str, person: Person, numbers: Mapping[str, int], day: date) -> bool:
    """Send one reminder by one way where it was not sent today."""
    entry, _ = Reminder.objects.get_or_create(person=person, day=day, way=way)
    with translation.override("zh-hans"):
        lines = [say(f"reminder.{kind}", number=number) for kind, number in numbers.items()]
        subject = say("reminder.subject", number=sum(numbers.values()))
        address = _address()
        body = "\n".join([say("reminder.greeting", name=person.name), *lines, address, say("reminder.end")])
    try:
        if way == "mail":
            send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [person.email])
        else:
            _call({"person": person.username, "name": person.name, "day": day.isoformat(), "subject": subject, "lines": lines, "numbers": dict(numbers), "address": address})  # fmt: skip
    except OSError as error:  # also what smtplib and urllib raise
        _log.warning("reminder of %s by %s: %s", person.username, way, type(error).__name__)
        return False
    Reminder.objects.filter(pk=entry.pk).update(sent=timezone.now())
    return True


def _address() -> str:
    outer = settings.CONFIGURATION.origins or tuple(f"http://{one}" for one in settings.CONFIGURATION.hosts)
    return f"{outer[0]}/" if outer else ""


def _call(content: Mapping[str, object]) -> None:
    """Post a reminder as JSON to the hook, which the office's own gateway of messages answers."""
    request = urllib.request.Request(
        settings.CONFIGURATION.notify_hook,
        json.dumps(content, ensure_ascii=False).encode(),
        {"Content-Type": "application/json; charset=utf-8"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE):
        return
