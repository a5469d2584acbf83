"""Acts of the command line on a workspace: each configures Django for it first."""

import os
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, Problem
from dafeng.web.office.project import start
from dafeng.web.office.words import both, texts
from dafeng.web.office.workspace import Workspace


def _existing(workspace: Path) -> None:
    if not Workspace(workspace.resolve()).keys.is_dir():
        raise DafengError.at(
            str(workspace), both("problem.no_workspace"), both("problem.a_folder_made_by_dafeng_serve"),
        )  # fmt: skip
    start(workspace)


def fill_workspace(workspace: Path, *, upgrade: bool = False) -> tuple[str, str]:
    """Fill a new workspace with the example city; return the names of its people and their password."""
    from dafeng.web.office.serving import prepare_database

    space = Workspace(workspace.resolve())
    space.prepare()
    prepare_database(space, upgrade=upgrade)
    from dafeng.web.office.demo import fill_demo

    return fill_demo()


def manage(workspace: Path, arguments: list[str]) -> None:
    """Run a management command of Django."""
    space = Workspace(workspace.resolve())
    space.prepare()
    os.environ["DAFENG_WORKSPACE"] = str(space.root)
    os.environ["DJANGO_SETTINGS_MODULE"] = "dafeng.web.office.settings"
    from django.core.management import execute_from_command_line

    execute_from_command_line([texts().text("program"), *arguments])


def back_up_workspace(workspace: Path, out: Path | None, recipient: str = "") -> Path:
    """Back up a workspace at one point, encrypted to a recipient where one is given."""
    _existing(workspace)
    from dafeng.web.office.operations.backup import back_up

    return back_up(out.resolve() if out is not None else None, recipient)


def new_backup_key(file: Path) -> str:
    """Write a new identity of encrypted backups; return its recipient."""
    from dafeng.web.office.operations.encryption import new_identity

    return new_identity(file)


def verify_workspace(workspace: Path, backup: Path | None, identity: Path | None = None) -> list[Problem]:
    """Verify a backup, or the workspace itself."""
    if backup is None:
        _existing(workspace)
        from dafeng.web.office.operations.backup import verify_stores

        return verify_stores(workspace.resolve())
    start_for_backup(backup)
    from dafeng.web.office.operations.backup import verify_backup
    from dafeng.web.office.operations.encryption import opened

    with opened(backup.resolve(), identity) as folder:
        return verify_backup(folder)


def start_for_backup(backup: Path) -> None:
    """Configure Django beside a backup, without a file written into it."""
    import tempfile

    if not backup.exists():
        raise DafengError.at(str(backup), both("problem.no_folder"), both("problem.the_folder_of_a_backup"))
    start(Path(tempfile.mkdtemp(prefix="dafeng-")))


def restore_workspace(backup: Path, workspace: Path, identity: Path | None = None) -> None:
    """Restore a backup into a new workspace."""
    start_for_backup(backup)
    from dafeng.web.office.operations.backup import restore
    from dafeng.web.office.operations.encryption import opened

    target = workspace.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    with opened(backup.resolve(), identity, target.parent) as folder:
        restore(folder, target)


def diagnose_workspace(workspace: Path) -> list[dict[str, Any]]:
    """Return the checks of a workspace: id, state and text in both languages."""
    _existing(workspace)
    from dafeng.web.office.operations.checks import diagnose

    return [
        {"check": one.id, "state": one.state, "zh": one.text.zh, "en": one.text.en} for one in diagnose()
    ]  # fmt: skip
