"""Tables of the office's database: made for a new one, migrated on request with a copy before."""

import secrets
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from dafeng.evidence import DafengError
from dafeng.registers import create_schema
from dafeng.web.office.people.acts import office
from dafeng.web.office.people.setup import TOKEN
from dafeng.web.office.postgresql import OFFICE, dump
from dafeng.web.office.words import both

BEGUN = "upgrade.begun"
"""File of the workspace while migrations are applied."""


def migrate(*, upgrade: bool) -> list[str]:
    """Apply the migrations that wait; return their names.

    Those that broke off go on at the next start: they were permitted, and each is one transaction.

    Raises
    ------
    DafengError
        Where an existing database has some and `upgrade` is not given, or it cannot be migrated.
    """
    database = settings.CONFIGURATION.database
    if database:
        create_schema(database, OFFICE)
    try:
        executor = MigrationExecutor(connection)
        plan = [
            f"{one.app_label}.{one.name}"
            for one, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())
        ]
        is_new = not executor.loader.applied_migrations
        begun = settings.WORKSPACE.root / BEGUN
        if plan and not is_new and not upgrade and not begun.exists():
            raise DafengError.at(
                str(settings.WORKSPACE.office), both("problem.migrations_wait", count=len(plan)),
                both("problem.a_database_of_this_version"), "dafeng serve --upgrade",
            )  # fmt: skip
        if plan and not is_new and not begun.exists():
            _keep_copy()
        if plan:
            begun.touch(mode=0o600)
            call_command("migrate", verbosity=0, interactive=False)
        begun.unlink(missing_ok=True)
    except (DatabaseError, sqlite3.Error) as error:
        raise DafengError.at(
            str(settings.WORKSPACE.office), str(error)[:200], both("problem.a_database_that_can_be_written_to"),
        ) from error  # fmt: skip
    for file in settings.WORKSPACE.root.glob("office.sqlite*"):
        file.chmod(0o600)
    return plan


def _keep_copy() -> None:
    """Copy the database beside itself before it is migrated: a migration that breaks off is undone by it."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    if settings.CONFIGURATION.database:
        dump(
            settings.CONFIGURATION.database,
            settings.WORKSPACE.backups / f"database-before-upgrade-{stamp}.dump",
        )
        return
    target = settings.WORKSPACE.backups / f"office-before-upgrade-{stamp}.sqlite"
    with (
        closing(sqlite3.connect(settings.WORKSPACE.office)) as one,
        closing(sqlite3.connect(target)) as other,
    ):
        one.backup(other)
    shutil.copystat(settings.WORKSPACE.office, target)


def first_token() -> str:
    """Return the one-time token of the first run, made anew at each start; "" once the office is set up."""
    path = settings.WORKSPACE.keys / TOKEN
    path.unlink(missing_ok=True)
    if office() is not None:
        return ""
    token = secrets.token_urlsafe(18)
    path.touch(mode=0o600)
    path.write_text(token, encoding="ascii")
    return token
