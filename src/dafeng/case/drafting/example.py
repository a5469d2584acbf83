"""Write the one example city: 示例市, code 990100, `synthetic: true`, no real place, unit or person.

The folder `example` of the package is the whole city. A room that has records of its own for it adds files there, or a
function that the command `dafeng case example` calls after this one; nobody makes a second city.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from dafeng.evidence import DafengError


def write_example(folder: Path) -> list[Path]:
    """Write the tables of the example city into `folder`.

    Parameters
    ----------
    folder : Path
        A folder that is not there, or is empty.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    DafengError
        Where the folder holds something, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DafengError.at(
            str(folder), "a folder that holds files", "a new or empty folder", "choose another DIR"
        )
    return _copied(files("dafeng.case") / "example", folder)


def _copied(source: Traversable, target: Path) -> list[Path]:
    written: list[Path] = []
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            written += _copied(entry, target / entry.name)
        elif not entry.name.endswith((".py", ".pyc")):
            (target / entry.name).write_bytes(entry.read_bytes())
            written.append(target / entry.name)
    return written
