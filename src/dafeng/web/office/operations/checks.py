"""Diagnosis of a workspace: disk, databases, registers, worker, ledger, keys, backups, clock, file modes."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from sqlalchemy.exc import SQLAlchemyError

from dafeng.evidence import DafengError, Text
from dafeng.metering import ask_owner
from dafeng.registers import count, owner
from dafeng.web.office.audit.models import AuditEvent
from dafeng.web.office.jobs.models import QUEUED, Job
from dafeng.web.office.people.acts import office
from dafeng.web.office.records.store import records
from dafeng.web.office.results.metered_units import ledger_owner
from dafeng.web.office.words import texts

LEAST_FREE = 1 << 30
READY_FREE = 256 << 20
WORKER_SILENT = 30.0
BACKUP_DAYS = 7
READING_DAYS = 2
ALIVE = "worker.alive"
"""File of the workspace that the worker touches each time it looks for work."""


@dataclass(frozen=True, slots=True)
class Check:
    """Result of one check: `state` is ok, warn or fail; the text of the catalogue is `check.<id>.<state>`."""

    id: str
    state: str
    values: dict[str, object]

    @property
    def text(self) -> Text:
        return texts().both(f"check.{self.id}.{self.state}", **self.values)


def disk() -> Check:
    free = shutil.disk_usage(settings.WORKSPACE.root).free
    state = "ok" if free >= LEAST_FREE else "warn" if free >= READY_FREE else "fail"
    return Check("disk", state, {"free": f"{free / (1 << 30):.1f}"})


def database() -> Check:
    """Check that the office's database answers and has no migration open."""
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        return Check("database", "fail", {"reason": str(error)[:200]})
    return Check("database", "fail" if waiting else "ok", {"reason": f"migrate: {waiting}"})


def record_store() -> Check:
    """Check that the store of the registers is there and answers."""
    try:
        if office() is None:
            return Check("records", "ok", {"reason": "–"})
        store = records()
        count(store, owner("doctor"), next(iter(store.book.editions)))
    except (DafengError, DatabaseError, SQLAlchemyError) as error:
        return Check("records", "fail", {"reason": " ".join(str(error).split())[:200]})
    return Check("records", "ok", {"reason": "–"})


def worker() -> Check:
    """Check that the worker looked for work within the last half minute."""
    path = settings.WORKSPACE.root / ALIVE
    waiting = Job.objects.filter(state=QUEUED).count()
    alive = path.is_file() and time.time() - path.stat().st_mtime < WORKER_SILENT
    return Check("worker", "ok" if alive else "fail", {"waiting": waiting})


def ledger() -> Check:
    """Check that the owner of the readings answers, and how old the newest reading is."""
    if not settings.WORKSPACE.ledger.exists():
        return Check("ledger", "ok", {"last": "–"})
    owner = ledger_owner()
    if owner is None:
        return Check("ledger", "fail", {"last": "–"})
    try:
        last = ask_owner(owner, "status", {})["last_day"]
    except DafengError as error:
        return Check("ledger", "fail", {"last": str(error)[:100]})
    limit = (timezone.localdate() - timedelta(days=READING_DAYS)).isoformat()
    return Check("ledger", "warn" if last is None or last < limit else "ok", {"last": last or "–"})


def backups() -> Check:
    """Check the age of the newest backup in the workspace."""
    folder = settings.WORKSPACE.backups
    listed = [*folder.glob("*/manifest.json"), *folder.glob("*.age")]
    if not listed:
        return Check("backups", "warn", {"last": "–"})
    last = max(path.stat().st_mtime for path in listed)
    old = time.time() - last > BACKUP_DAYS * 86_400
    return Check(
        "backups", "warn" if old else "ok", {"last": time.strftime("%Y-%m-%d %H:%M", time.localtime(last))}
    )


def clock() -> Check:
    """Check that the clock was not set back: no event of the log lies ahead of now."""
    last = AuditEvent.objects.order_by("-at").first()
    ahead = last is not None and last.at > timezone.now() + timedelta(minutes=1)
    return Check(
        "clock", "fail" if ahead else "ok", {"last": last.at.isoformat(timespec="seconds") if last else "–"}
    )


def modes() -> Check:
    """Check that secrets and stores are files of this user only."""
    space = settings.WORKSPACE
    files = [*space.keys.iterdir(), space.office, space.records, space.ledger]
    open_to_others = [path.name for path in files if path.is_file() and path.stat().st_mode & 0o077]
    return Check("modes", "warn" if open_to_others else "ok", {"files": ", ".join(open_to_others) or "–"})


def keys_database() -> Check:
    """Check that the keys of senders are there where the ledger is."""
    path = settings.WORKSPACE.keys / "ledger.sqlite3"
    needed = settings.WORKSPACE.ledger.exists()
    return Check("keys", "fail" if needed and not path.is_file() else "ok", {"file": path.name})


CHECKS: tuple[Callable[[], Check], ...] = (
    disk,
    database,
    record_store,
    worker,
    ledger,
    keys_database,
    backups,
    clock,
    modes,
)
READINESS: tuple[Callable[[], Check], ...] = (database, record_store, disk, worker)


def diagnose(checks: tuple[Callable[[], Check], ...] = CHECKS) -> Iterator[Check]:
    """Yield the result of each check; one that cannot be made has failed."""
    for check in checks:
        try:
            yield check()
        except (OSError, DatabaseError) as error:
            yield Check("failed", "fail", {"name": check.__name__, "reason": str(error)[:200]})


def readiness() -> dict[str, object]:
    """Return whether the office can serve: `ready`, or the parts that fail. Strangers see no more."""
    failing = [str(one.values.get("name", one.id)) for one in diagnose(READINESS) if one.state == "fail"]
    return {"state": "failing" if failing else "ready", "failing": failing, "set_up": "database" not in failing and office() is not None}  # fmt: skip
