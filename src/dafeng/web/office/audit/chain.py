"""Chained log: append one event, verify all."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from dafeng.evidence import Problem
from dafeng.web.office.audit.models import AuditEvent
from dafeng.web.office.words import both

FIRST = "0" * 64
MOST_TURNS = 100
SEALED = ("id", "at", "name", "behalf", "address", "act", "target", "status", "request", "detail", "previous")


def seal_of(event: AuditEvent) -> str:
    """Return the SHA-256 over the seal before and all content of the row."""
    moment: datetime = event.at.astimezone(UTC)
    values = (moment.isoformat(timespec="microseconds") if name == "at" else str(getattr(event, name)) for name in SEALED)  # fmt: skip
    return hashlib.sha256("\x1f".join(values).encode()).hexdigest()


def append(
    act: str, target: str, status: int, *, person: object = None, name: str = "", behalf: str = "", address: str = "",
    request: str = "", detail: str = "",
) -> AuditEvent:  # fmt: skip
    """Append an event.

    On SQLite the transaction holds the write lock, so that the chain has one order; on PostgreSQL the number of the
    event is taken once, and who comes second begins again.
    """
    event = AuditEvent(
        at=timezone.now(), person=person, name=plain(name, 150), behalf=plain(behalf, 150), address=plain(address, 64),
        act=plain(act, 60), target=plain(target, 300), status=status, request=plain(request, 40), detail=plain(detail, 500),
    )  # fmt: skip
    for turn in range(MOST_TURNS):
        try:
            with transaction.atomic():
                return _sealed(event)
        except IntegrityError:
            if turn == MOST_TURNS - 1:
                raise
    raise AssertionError


def _sealed(event: AuditEvent) -> AuditEvent:
    last: AuditEvent | None = AuditEvent.objects.order_by("-id").first()
    event.id, event.previous = (last.id + 1, last.seal) if last is not None else (1, FIRST)
    event.seal = seal_of(event)
    event.save(force_insert=True)
    return event


def verify_audit(database: str = "default") -> Iterator[Problem]:
    """Yield every row whose seal does not fit; nothing where the log is as it was written."""
    seal, number = FIRST, 0
    for event in AuditEvent.objects.using(database).order_by("id").iterator():
        number += 1
        if event.id != number or event.previous != seal or event.seal != seal_of(event):
            yield Problem(
                both("problem.audit_event", event=event.id),
                both("problem.changed_added_or_taken_away"),
                both("problem.the_row_as_it_was_sealed"),
                both("problem.restore_it_from_a_backup"),
            )
            number = event.id
        seal = event.seal


def plain(text: object, length: int) -> str:
    """Replace characters that databases refuse: NUL (PostgreSQL) and lone surrogates (also SQLite)."""
    return str(text).replace("\0", "␀").encode("utf-8", "replace").decode()[:length]
