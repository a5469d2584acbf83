"""Copy of a store while it is owned: checkpoint, then the file and its closed months, with no write between."""

import subprocess
import sys
from pathlib import Path

import duckdb

from dafeng.evidence import DafengError, Text
from dafeng.metering.store.store import Store

_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"


def back_up(store: Store, to: Path) -> list[str]:
    """Copy the store to the file `to`, and its closed months next to it; return the names of the copies.

    The copying runs in a process of its own: a file that is opened and closed again in the owner's process would
    release the lock by which the owner holds the store (POSIX record locks belong to the process).

    Raises
    ------
    DafengError
        Where `to` is taken or cannot be written.
    """
    if to.exists() or not to.parent.is_dir():
        raise DafengError.at(
            str(to),
            Text("文件已存在或文件夹不存在", "a file that is there, or no folder"),
            Text("新文件", "a new file"),
        )
    with store.standing() as months:
        pairs = [(store.path, to), *((month, to.with_name(month.name.replace(store.path.name, to.name, 1))) for month in months)]  # fmt: skip
        for source, target in pairs:
            done = subprocess.run([sys.executable, "-c", _COPY, str(source), str(target)], capture_output=True, text=True)  # fmt: skip
            if done.returncode:
                raise DafengError.at(
                    str(target),
                    done.stderr.strip().splitlines()[-1],
                    Text("有空间的文件夹", "a folder with room"),
                )
            target.chmod(0o600)
    with duckdb.connect(str(to), read_only=True) as copy:
        copy.execute("SELECT version FROM store")
    return [target.name for _, target in pairs]
