"""Owner process of a store: its address and token, next to the file."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from dafeng.evidence import DafengError


@dataclass(frozen=True, slots=True)
class Owner:
    """Process that holds a store open: who to ask instead of opening the file."""

    pid: int
    url: str
    token: str

    def is_alive(self) -> bool:
        """Check whether the process is still running; one that was killed leaves its record behind.

        Elsewhere than on POSIX signal 0 is no question (on Windows it is Ctrl-C for the process): there the owner
        counts as running, and its address answers or does not.
        """
        if not _SIGNAL_0_ASKS:
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


_SIGNAL_0_ASKS = os.name == "posix"


class StoreOwnedError(DafengError):
    """Error for a file that is open in another process; `owner` states where to ask, where that process
    is a server.
    """

    owner: Owner | None = None


def owner_file(path: Path) -> Path:
    """Return the path of the file that names the owner of a store.

    Parameters
    ----------
    path
        Path of the store.

    Returns
    -------
    Path of the file next to it.
    """
    return path.with_name(path.name + ".owner")


def write_owner(path: Path, url: str, token: str) -> None:
    """Write, readable by this user only, where to ask while this process owns the store.

    Parameters
    ----------
    path
        Path of the store.
    url
        Address on loopback.
    token
        Secret of this process.
    """
    file = owner_file(path)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump({"pid": os.getpid(), "url": url, "token": token}, stream)


def read_owner(path: Path) -> Owner | None:
    """Return the recorded owner of `path`; None where there is none.

    Parameters
    ----------
    path
        Path of the store.

    Returns
    -------
    Address and token, or None.
    """
    try:
        found = json.loads(owner_file(path).read_text(encoding="utf-8"))
        return Owner(found["pid"], found["url"], found["token"])
    except (OSError, ValueError, KeyError):
        return None
