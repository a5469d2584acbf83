"""Readiness: store, database of keys, disk space, workers, and age of the newest reading."""

import shutil
import time
from typing import Any

from django.db import DatabaseError

from dafeng.evidence import DafengError
from dafeng.metering import count_dead_letters, newest_reading
from dafeng.web.ledger.models import ApiKey
from dafeng.web.ledger.owned import Owned

LEAST_FREE = 256 << 20
"""Bytes that must be free on the disk of the store, for a batch and the log of the engine."""


def readiness(owned: Owned) -> dict[str, Any]:
    """Return `state` ready or failing with the parts that fail, the workers, and the age of the newest reading [s]."""
    failing: list[str] = []
    newest: float | None = None
    letters: int | None = None
    try:
        owned.store.check()
        newest, letters = newest_reading(owned.store), count_dead_letters(owned.store)
    except DafengError:
        failing.append("store")
    try:
        ApiKey.objects.exists()
    except DatabaseError:
        failing.append("keys")
    free = shutil.disk_usage(owned.store.path.resolve().parent).free
    if free < LEAST_FREE:
        failing.append("disk")
    failing += [worker.name for worker in owned.workers if worker.state == "waiting"]
    return {
        "state": "failing" if failing else "ready", "failing": failing,
        "workers": [worker.as_dict() for worker in owned.workers],
        "newest_age_seconds": None if newest is None else round(time.time() - newest),
        "free_bytes": free, "dead_letters": letters,
    }  # fmt: skip
