"""Location, files and release hash of a case folder."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from dafeng.evidence import DafengError
from dafeng.tables import nearest

_NAME = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
MAX_TABLE_BYTES = 2**30
DRAFTS = "drafts/"
"""Head of the names of bundled drafts: nothing is inherited from them and no row compared with theirs, so that a check costs the same however many there are."""


@dataclass(frozen=True, slots=True)
class Location:
    """Location of a case: the name it is shown under, and its folder."""

    name: str
    path: Path


def _bundled_root() -> Path:
    return Path(str(files("dafeng"))) / "cases"


def bundled() -> list[str]:
    """Return the names of the cases that come with the package."""
    root = _bundled_root()
    return sorted(path.parent.relative_to(root).as_posix() for path in root.rglob("city.yaml"))


def bundled_path(name: str) -> Path | None:
    """Return the folder of the bundled case `name`; None where there is none.

    A name cannot leave the package.

    Parameters
    ----------
    name : str
        Name of the bundled case.
    """
    if len(name) > 200 or not _NAME.fullmatch(name):
        return None
    path = _bundled_root() / name
    return path if (path / "city.yaml").is_file() else None


def locate(name_or_path: str | Path) -> Location:
    """Return the location of a bundled case by its name, else of a folder.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a bundled case, or a folder.

    Raises
    ------
    DafengError
        Where there is neither, or the folder cannot be read.
    """
    text = str(name_or_path)
    inside = bundled_path(text)
    if inside is not None:
        return Location(text, inside)
    mend = nearest(text, bundled()) or "see which cases there are: dafeng case list"
    if "\0" in text or not text.strip():
        raise DafengError.at("CASE", repr(text), "the name of a bundled case, or a folder", mend)
    path = Path(text)
    try:
        if path.is_dir():
            return Location(path.resolve().name, path.resolve())
        what = "a file" if path.exists() else "nothing there"
    except OSError as error:
        what = error.strerror or str(error)
    if path.suffix.lower() in {".xlsx", ".xls"}:
        mend = "turn the workbook into a folder first: dafeng case from-xlsx FILE DIR"
    raise DafengError.at(text[:200], what, "the name of a bundled case, or a folder", mend)


def case_files(path: Path) -> Iterator[tuple[str, Path]]:
    """Return relative name and path of every file of the release, sorted.

    Hidden and lock files are not part of it.
    """
    found = []
    for file in path.rglob("*"):
        name = file.relative_to(path).as_posix()
        hidden = any(part.startswith((".", "~$")) or part == "__pycache__" for part in name.split("/"))
        if file.is_file() and not hidden:
            found.append((name, file))
    yield from sorted(found)


def hash_files(path: Path) -> tuple[dict[str, str], str]:
    """Compute the sha256 of every file, and of their list: the release of the folder."""
    hashes = {}
    for name, file in case_files(path):
        with file.open("rb") as stream:
            hashes[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    listed = "".join(f"{digest}  {name}\n" for name, digest in hashes.items())
    return hashes, hashlib.sha256(listed.encode()).hexdigest()
