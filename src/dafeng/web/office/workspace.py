"""Workspace: the folder of an office with its stores, evidence, results and keys."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from dafeng.evidence import DafengError
from dafeng.web.office.words import both

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
FOLDERS = ("releases", "evidence", "results", "keys", "incoming", "published", "backups")


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths of a workspace; every one lies below `root`."""

    root: Path

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def results(self) -> Path:
        return self.root / "results"

    @property
    def evidence(self) -> Path:
        return self.root / "evidence"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def incoming(self) -> Path:
        """Files that people uploaded and a job reads."""
        return self.root / "incoming"

    @property
    def published(self) -> Path:
        """Lists that an owner of a register published."""
        return self.root / "published"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def office(self) -> Path:
        return self.root / "office.sqlite"

    @property
    def records(self) -> Path:
        return self.root / "records.sqlite"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.duckdb"

    @property
    def settings(self) -> Path:
        return self.root / "office.toml"

    def prepare(self) -> None:
        """Create the folders that are missing, readable by this user only.

        Raises
        ------
        DafengError
            Where the folder is a file or cannot be written to.
        """
        try:
            if not self.root.exists():
                self.root.mkdir(parents=True, mode=PRIVATE_FOLDER)
            for name in FOLDERS:
                (self.root / name).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            if not self.office.exists():
                self.office.touch(mode=PRIVATE_FILE)
        except OSError as error:
            raise DafengError.at(
                str(self.root), error.strerror or str(error), both("problem.a_folder_that_can_be_written_to"),
                both("problem.choose_another_workspace"),
            ) from error  # fmt: skip

    def secret(self, name: str) -> str:
        """Return the secret `keys/name`, made at the first call and readable by this user only."""
        path = self.keys / name
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        return path.read_text(encoding="ascii").strip()

    def given_secret(self, name: str, variable: str) -> str:
        """Return a secret that others made: from the environment, or from `keys/name`; "" where there is none."""
        path = self.keys / name
        kept = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
        return os.environ.get(variable, kept)
