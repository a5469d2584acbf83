"""Packaged tables: one reader for all of them."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def packaged_rows(package: str, path: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of a CSV file of the package, as text; read once, and never changed.

    Parameters
    ----------
    package
        Name of the room, as "dafeng.units".
    path
        File within it, with / between folders, as "data/power.csv".

    Raises
    ------
    ValueError
        A defect of the package: a row with more or fewer cells than the header has: a comma in a text that is
        not quoted.
    """
    root, *rooms = package.split(".")  # asking for the files of a room itself would import it
    place = files(root).joinpath(*rooms, *path.split("/"))
    reader = csv.reader(place.read_text(encoding="utf-8").splitlines())
    header = next(reader, [])
    rows = []
    for cells in reader:
        if not cells:
            continue
        if len(cells) != len(header):
            found, expected = "another number of cells", "as many cells as the header has"
            raise ValueError(f"{package}/{path}:{reader.line_num}: {found}; expected {expected}")
        rows.append(MappingProxyType(dict(zip(header, cells, strict=True))))
    return tuple(rows)
