"""Encryption of a backup as one file in the format age (X25519, ChaCha20-Poly1305), which `age` itself also reads.

The office needs the public recipient alone; the identity that decrypts is kept elsewhere.
"""

import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

import pyrage

from dafeng.evidence import DafengError
from dafeng.web.office.words import both
from dafeng.web.office.workspace import PRIVATE_FILE

SUFFIX = ".age"
IDENTITY = "DAFENG_BACKUP_IDENTITY"
"""Environment variable with the identity itself; instead a file may be named."""


def new_identity(file: Path) -> str:
    """Write a new identity into a file of this user only; return its recipient.

    Raises
    ------
    DafengError
        Where there is a file already.
    """
    identity = pyrage.x25519.Identity.generate()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except OSError as error:
        raise DafengError.at(str(file), error.strerror or str(error), both("problem.a_new_file")) from error
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(f"# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public())


def read_recipient(text: str) -> pyrage.x25519.Recipient:
    """Return a recipient. Raises: DafengError for a text that is none."""
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as error:
        raise DafengError.at("recipient", text[:80], both("problem.a_recipient"), "dafeng backup --new-key FILE") from error  # fmt: skip


def _read_identity(file: Path | None) -> pyrage.x25519.Identity:
    text = os.environ.get(IDENTITY, "")
    try:
        if file is not None:
            text = file.read_text(encoding="ascii")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        return pyrage.x25519.Identity.from_str(lines[0].strip())
    except (OSError, UnicodeDecodeError, IndexError, pyrage.IdentityError) as error:
        where = str(file) if file is not None else IDENTITY
        raise DafengError.at(where, both("problem.no_identity"), both("problem.an_identity_of_age"), "--identity FILE") from error  # fmt: skip


def encrypt_folder(folder: Path, target: Path, recipient: str) -> None:
    """Encrypt a folder into one file, as a stream; the folder is left as it is.

    Raises
    ------
    OSError
        Where the disk is full.
    """
    receiver = read_recipient(recipient)
    part = target.with_name(f".{target.name}.part")
    reading, writing = os.pipe()
    faults: list[OSError] = []

    def pack() -> None:
        try:
            with os.fdopen(writing, "wb") as stream, tarfile.open(fileobj=stream, mode="w|") as tar:
                tar.add(folder, arcname=".")
        except OSError as error:  # also where the other end is gone
            faults.append(error)

    thread = Thread(target=pack)
    thread.start()
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        with os.fdopen(reading, "rb") as source, os.fdopen(handle, "wb") as out:
            pyrage.encrypt_io(source, out, [receiver])
        thread.join()
        if faults:
            raise faults[0]
        part.rename(target)
    except (OSError, pyrage.EncryptError) as error:
        thread.join()
        part.unlink(missing_ok=True)
        raise error if isinstance(error, OSError) else OSError(str(error)) from error


def _unpack(source: IO[bytes], folder: Path, faults: list[Exception]) -> None:
    try:
        with source, tarfile.open(fileobj=source, mode="r|") as tar:
            tar.extractall(folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        faults.append(error)


@contextmanager
def opened(backup: Path, identity: Path | None, beside: Path | None = None) -> Iterator[Path]:
    """Yield the folder of a backup: itself, or the decrypted content of an encrypted one while it is used.

    Raises
    ------
    DafengError
        Without the identity that it was encrypted to, or where the file was changed.
    """
    if backup.suffix != SUFFIX or not backup.is_file():
        yield backup
        return
    key, faults = _read_identity(identity), []  # type: tuple[pyrage.x25519.Identity, list[Exception]]
    folder = Path(tempfile.mkdtemp(prefix=".dafeng-", dir=beside))
    try:
        reading, writing = os.pipe()
        thread = Thread(target=_unpack, args=(os.fdopen(reading, "rb"), folder, faults))
        thread.start()
        try:
            with backup.open("rb") as source, os.fdopen(writing, "wb") as out:
                pyrage.decrypt_io(source, out, [key])
        except (pyrage.DecryptError, OSError) as error:
            faults.insert(0, error)
        thread.join()
        if faults:
            raise DafengError.at(
                str(backup), str(faults[0])[:200], both("problem.a_whole_backup_and_its_identity"), "--identity FILE",
            ) from faults[0]  # fmt: skip
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
