"""Rows of a user's own data in the tables of a drafted folder, with their source."""

import csv
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, write_atomically


@contextmanager
def rewritten(folder: Path, *names: str) -> Iterator[Path]:
    """Yield a copy of a folder of a case to change; its tables `names` take their places when the block ends without an error;
    one that the block removed is removed.

    Parameters
    ----------
    folder
        Folder of a case.
    names
        Tables that may be changed, in the order in which they take their places: a break in between leaves a folder
        that loads where a table comes after those that it refers to.

    Raises
    ------
    DafengError
        Where the copy cannot be made.
    """
    try:
        staged = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise DafengError.at(
            str(folder.parent), error.strerror or str(error), "a folder that can be written to"
        ) from error
    try:
        shutil.copytree(folder, staged, dirs_exist_ok=True)
        yield staged
        for name in names:
            if (staged / name).is_file():
                (staged / name).replace(folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def read_rows(file: Path) -> list[dict[str, str]]:
    """Read the rows of a table of a folder as texts.

    Parameters
    ----------
    file
        CSV file with a header, in UTF-8 with or without a mark.
    """
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def replace_rows(file: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a table of a folder anew, whole or not at all; cells of other columns are left out.

    Parameters
    ----------
    file
        CSV file.
    columns
        Its header.
    rows
        Its rows.
    """
    with write_atomically(file) as temporary, temporary.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(columns), lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def replace_source(folder: Path, source: str, citation: str, terms: str) -> None:
    """Cite a source in the folder's sources.csv, in place of an earlier citation of the same id.

    Parameters
    ----------
    folder
        Folder of a case.
    source
        Id of the source.
    citation, terms
        What is cited, and what may be done with it.
    """
    rows = [row for row in read_rows(folder / "sources.csv") if row["id"] != source]
    blank = dict.fromkeys(rows[0], "")
    rows.append(blank | {"id": source, "citation": citation, "terms": terms})
    replace_rows(folder / "sources.csv", blank, rows)
