"""Watched folder: a file put there is taken like an upload, then moved to `taken` or `refused` with its
receipt.

Only plain files at the top of the folder are looked at: links, sub-folders and hidden files are left alone. A
file is taken once its size and time have stood still over two looks, so that a copy in progress is not torn.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

from dafeng.evidence import DafengError, write_atomically
from dafeng.metering.intake.adapters_yaml import Adapter, endings
from dafeng.metering.intake.decoding import kind_of
from dafeng.metering.intake.ingest import Acceptance, NoRoomError, Sending, ingest_file
from dafeng.metering.intake.workbooks import write_error_file
from dafeng.metering.receipt import Receipt
from dafeng.metering.store.store import Store

log = logging.getLogger(__name__)
Stamp = tuple[int, int]


def candidates(folder: Path, adapter: Adapter | None = None) -> dict[Path, Stamp]:
    """List files that may be taken: path → size and time of change."""
    found = {}
    for entry in os.scandir(folder):
        if entry.name.startswith((".", "~$")) or not entry.is_file(follow_symlinks=False):
            continue
        path = Path(entry.path)
        if kind_of(path) if adapter is None else path.suffix.lower() in endings(adapter):
            state = entry.stat(follow_symlinks=False)
            found[path] = (state.st_size, state.st_mtime_ns)
    return found


def take_files(
    store: Store, folder: Path, before: dict[Path, Stamp], adapter: Adapter | None = None
) -> dict[Path, Stamp]:
    """Ingest the files that have not changed since the scan `before`; returns this scan.

    Raises: OSError of the first file that could not be read or moved, after all others were taken.
    """
    now = candidates(folder, adapter)
    failed: OSError | None = None
    for path in sorted(path for path, stamp in now.items() if before.get(path) == stamp):
        try:
            _take(store, folder, _with_plain_name(path), adapter)
        except OSError as error:
            log.error("%r stays where it is: %s", path.name, error)
            failed = failed or error
        del now[path]
    if failed is not None:
        raise failed
    return now


def _with_plain_name(path: Path) -> Path:
    """Rename a file whose name is in another encoding than UTF-8: neither a store nor a log can hold it."""
    plain = os.fsencode(path.name).decode("utf-8", "replace")
    if plain == path.name:
        return path
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[
        :8
    ]  # two names may differ in such bytes alone
    return path.rename(path.with_name(f"{digest}-{plain}"))


def _take(store: Store, folder: Path, path: Path, adapter: Adapter | None) -> None:
    try:
        sending = Sending(f"folder:{path.name}", acceptance=Acceptance.PARTIAL)
        receipt = ingest_file(store, path, sending, adapter)
    except NoRoomError as error:
        log.error("%s stays where it is, there is no room: %s", path.name, error)
        return
    except DafengError as error:
        said = {"status": "refused", "problems": [problem.as_dict() for problem in error.problems]}
        _move(path, folder / "refused", said, None)
        log.warning("refused %s: %s", path.name, error)
        return
    target = folder / ("refused" if receipt.status == "refused" else "taken")
    _move(path, target, receipt.as_stored(), receipt)


def _move(path: Path, target: Path, said: dict[str, Any], receipt: Receipt | None) -> None:
    target.mkdir(exist_ok=True)
    place, number = target / path.name, 1
    stem = path.stem if len(os.fsencode(path.name)) <= MAX_NAME else path.stem[: MAX_NAME // 4]
    while place.exists():
        number += 1
        place = target / f"{stem}.{number}{path.suffix}"
    path.rename(place)
    if receipt is not None:
        with write_atomically(_beside(place, ".receipt.json")) as temporary:
            temporary.write_text(json.dumps(receipt.as_dict(), ensure_ascii=False), encoding="utf-8")
    if said["problems"]:
        write_error_file(_beside(place, ".errors.xlsx"), said)


MAX_NAME = 200
"""Bytes of the name of a file that are kept in the names of those beside it; a file system holds 255."""


def _beside(place: Path, ending: str) -> Path:
    return place.with_name(os.fsencode(place.name)[:MAX_NAME].decode("utf-8", "ignore") + ending)


def folder_worker(
    folder: Path, every_seconds: float = 2.0, adapter: Adapter | None = None
) -> Callable[[Store, Event], None]:
    """Return a worker that watches `folder` until it is stopped.

    Parameters
    ----------
    folder
        Folder that senders write into.
    every_seconds
        Pause between two looks [s].
    adapter
        Reader of another platform's message.

    Returns
    -------
    Worker (store, stop) that runs until `stop` is set.

    Raises
    ------
    DafengError
        Where it is no folder.
    """
    if not folder.is_dir():
        raise DafengError.at("--watch", str(folder), "a folder")

    def watched_folder(store: Store, stop: Event) -> None:
        seen: dict[Path, Stamp] = {}
        while not stop.wait(every_seconds):
            seen = take_files(store, folder, seen, adapter)

    return watched_folder
