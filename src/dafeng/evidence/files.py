"""Atomic file writing: a file is either complete or absent."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dafeng.evidence.errors import DafengError


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Yield a temporary path next to `path`; move it into place when the block ends without an error.

    Parameters
    ----------
    path
        File to write.

    Yields
    ------
    Path of the temporary file in the same folder.

    Raises
    ------
    DafengError
        Where the folder cannot be written to. Whatever else goes wrong inside the block, `path` keeps its
        former content.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    except OSError as error:
        raise DafengError.at(
            str(path), error.strerror or str(error), "a folder that can be written to", "choose another --out"
        ) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files private; results are for sharing, as far as the user's umask allows
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
