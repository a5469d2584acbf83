"""Backup of a workspace at one point while it serves, its verification and its restoration.

Both SQLite stores are copied by SQLite's own backup while their write locks are held, and the ledger is copied by
its owner meanwhile: no write falls between the copies. Evidence is kept by hash and never changes.
"""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from dafeng import __version__
from dafeng.evidence import DafengError, Problem
from dafeng.metering import Store, StoreOwnedError, ask_owner, operate
from dafeng.registers import open_workspace, verify_chain
from dafeng.web.office.audit.chain import verify_audit
from dafeng.web.office.operations.encryption import SUFFIX, encrypt_folder, read_recipient
from dafeng.web.office.people.acts import office
from dafeng.web.office.postgresql import check_dump, dump, load
from dafeng.web.office.records.store import records
from dafeng.web.office.words import both
from dafeng.web.office.workspace import Workspace

MANIFEST, DUMP = "manifest.json", "database.dump"
TREES = ("evidence", "results", "releases", "keys", "registers", "incoming", "published")
CHUNK = 1 << 20


def back_up(target: Path | None = None, recipient: str = "") -> Path:
    """Copy the whole workspace at one point; return the folder of the backup, or its one encrypted file.

    Parameters
    ----------
    recipient
        To whom it is encrypted; "" takes the setting `backup_recipient`, and without one it is not.

    Raises
    ------
    DafengError
        Where the folder is taken, or the disk is full.
    """
    space: Workspace = settings.WORKSPACE
    moment = datetime.now(UTC)
    folder = target or space.backups / moment.strftime("%Y%m%dT%H%M%SZ")
    receiver = recipient or settings.CONFIGURATION.backup_recipient
    if receiver:
        read_recipient(receiver)
        folder = folder.with_name(f"{folder.name.removesuffix(SUFFIX)}{SUFFIX}")
    # what is encrypted is gathered where the stores are, never beside the file that leaves
    part = (space.backups if receiver else folder.parent) / f".{folder.name}.folder.part"
    if folder.exists():
        raise DafengError.at(str(folder), both("problem.something_there"), both("problem.a_new_folder"))
    shutil.rmtree(part, ignore_errors=True)
    try:
        _fill(part, moment)
        if receiver:
            encrypt_folder(part, folder, receiver)
            shutil.rmtree(part)
        else:
            part.rename(folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise DafengError.at(
            str(folder), error.strerror or str(error), both("problem.a_folder_with_room_that_can_be"),
        ) from error  # fmt: skip
    return folder


def _fill(part: Path, moment: datetime) -> None:
    """Copy stores, files and settings into a folder, and list them with their hashes."""
    space: Workspace = settings.WORKSPACE
    part.mkdir(parents=True, mode=0o700)
    with _frozen():
        _copy_databases(space, part)
        if space.ledger.exists():
            _copy_ledger(space.ledger, part / space.ledger.name)
    for name in TREES:
        if (space.root / name).is_dir():
            shutil.copytree(space.root / name, part / name, ignore=shutil.ignore_patterns(".*", "*.part", "*.sqlite3-wal", "*.sqlite3-shm"))  # fmt: skip
    for file in space.keys.glob("*.sqlite3"):
        _copy_sqlite(file, part / "keys" / file.name)
    if space.settings.exists():
        shutil.copy2(space.settings, part / space.settings.name)
    files = {str(path.relative_to(part)): _hash(path) for path in sorted(part.rglob("*")) if path.is_file()}
    manifest = {"schema_version": "1", "dafeng": __version__, "at": moment.isoformat(timespec="seconds"), "files": files}  # fmt: skip
    (part / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")


@contextmanager
def _frozen() -> Iterator[None]:
    """Hold the write locks of office and records: readers go on, writers wait."""
    with transaction.atomic():
        if office() is None:
            yield
            return
        with records().writing():
            yield


def _copy_databases(space: Workspace, part: Path) -> None:
    """Copy office and records: two files of SQLite, or one dump of PostgreSQL."""
    database = settings.CONFIGURATION.database
    if database:
        dump(database, part / DUMP)
        return
    _copy_sqlite(space.office, part / space.office.name)
    if space.records.exists():
        _copy_sqlite(space.records, part / space.records.name)


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
    target.chmod(0o600)


def _copy_ledger(source: Path, target: Path) -> None:
    """Let the owner of the ledger copy it; without an owner it is opened here."""
    try:
        with Store(source) as store:
            operate(store, "backup", {"to": str(target)})
    except StoreOwnedError as error:
        if error.owner is None:
            raise
        ask_owner(error.owner, "backup", {"to": str(target)})
    target.chmod(0o600)


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a backup. Raises: DafengError where there is none."""
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError) as error:
        raise DafengError.at(
            str(folder), both("problem.no_manifest"), both("problem.a_folder_of_dafeng_backup"),
        ) from error  # fmt: skip


def verify_backup(folder: Path) -> list[Problem]:
    """Return what is wrong with a backup: files missing, changed or added, seals that do not fit."""
    manifest, problems = read_manifest(folder), []
    there = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST}  # fmt: skip
    for name, digest in manifest["files"].items():
        if name not in there:
            problems.append(Problem(name, both("problem.missing"), both("problem.the_file_as_it_was_backed_up"), ""))  # fmt: skip
        elif _hash(there[name]) != digest:
            problems.append(Problem(name, both("problem.changed"), both("problem.the_file_as_it_was_backed_up"), ""))  # fmt: skip
    problems += [
        Problem(name, both("problem.added"), both("problem.no_file_beyond_the_backup"), "") for name in there if name not in manifest["files"]
    ]  # fmt: skip
    if not problems and DUMP in there:
        fault = check_dump(folder / DUMP)
        problems += [Problem(DUMP, fault, both("problem.the_file_as_it_was_backed_up"), "")] if fault else []
    return problems or verify_stores(folder)


def verify_stores(folder: Path) -> list[Problem]:
    """Return what does not fit in a folder: rows of the sealed logs by their seals, evidence by its hash.

    Files of SQLite are read from a copy; on PostgreSQL the database of the workspace is read, not a dump.
    """
    if folder == settings.WORKSPACE.root and settings.CONFIGURATION.database:
        sealed = _verify_database()
    else:
        sealed = [] if (folder / DUMP).exists() else _verify_files(folder)
    evidence = [
        path for path in (folder / "evidence").rglob("*") if path.is_file() and not path.name.startswith(".")
    ]
    return sealed + [
        Problem(str(path.relative_to(folder)), both("problem.content_that_does_not_fit_its_name"), both("problem.the_file_as_it_was_attached"), "")
        for path in evidence if _hash(path) != path.name
    ]  # fmt: skip


def _verify_database() -> list[Problem]:
    return [*verify_audit(), *(verify_chain(records()) if office() is not None else [])]


def _verify_files(folder: Path) -> list[Problem]:
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary)
        for name in ("office.sqlite", "records.sqlite"):
            if (folder / name).exists():
                _copy_sqlite(folder / name, copy / name)
        connections.databases["verified"] = dict(connections.databases["default"]) | {"NAME": str(copy / "office.sqlite")}  # fmt: skip
        try:
            problems = list(verify_audit("verified"))
            if (copy / "records.sqlite").exists():
                store = open_workspace(copy)
                problems += verify_chain(store)
                store.close()
        finally:
            connections["verified"].close()
            del connections["verified"]
            del connections.databases["verified"]
    return problems


def restore(folder: Path, target: Path) -> None:
    """Restore a verified backup into a new workspace.

    Raises
    ------
    DafengError
        Where the backup has problems, or the folder holds a workspace.
    """
    problems = verify_backup(folder)
    if problems:
        raise DafengError(problems)
    if target.exists() and any(target.iterdir()):
        raise DafengError.at(
            str(target), both("problem.a_folder_that_is_not_empty"), both("problem.a_new_or_empty_folder"),
            both("problem.move_the_old_workspace_away_first"),
        )  # fmt: skip
    database = settings.CONFIGURATION.database
    if (folder / DUMP).exists() and not database:
        raise DafengError.at("DAFENG_OFFICE_DATABASE", both("problem.nothing"), both("problem.an_empty_database"), "export DAFENG_OFFICE_DATABASE=postgresql://…")  # fmt: skip
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(folder, part, ignore=shutil.ignore_patterns(MANIFEST, DUMP))
    if (folder / DUMP).exists():
        try:
            load(database, folder / DUMP)
        except DafengError:
            shutil.rmtree(part)
            raise
    if target.exists():
        target.rmdir()
    part.rename(target)
    target.chmod(0o700)
