"""Reading the raw tables and writing the package's: CSV in, CSV out, the same bytes every time.

Two mends are made on the way, both stated in docs/data.md: a row in which an unquoted comma has split the
text "recalled, not seen; …" into two cells is put together again, and references to a private index of
public files are worded so that a reader can understand them.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

Row = dict[str, str]

_WORDING = [
    (re.compile(r"\bNOT found in a stored copy"), "not found in any public copy that was searched"),
    (re.compile(r"\bthe stored web had no copy of the tables"), "no public copy of the tables was found"),
    (
        re.compile(r"\b(?:stored file|file index|read_file|find_string|stored) ids? (?=\d)"),
        "public copy no. ",
    ),
    (re.compile(r"\bgithub \(public copy"), "public file (copy"),
    (re.compile(r"\bread in stored pages"), "read in public copies"),
    (re.compile(r" \(find_string [^)]*\)"), ""),
    (re.compile(r"\bstored copy\b"), "public copy"),
]


def reworded(text: str) -> str:
    """`text` without words that only make sense to whoever collected the raw tables."""
    for pattern, replacement in _WORDING:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


def read_rows(path: Path) -> list[Row]:
    """All rows of a raw CSV as text. Raises ValueError for a row that cannot be brought to the header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *lines = csv.reader(file)
    rows = []
    for number, cells in enumerate(lines, start=2):
        if len(cells) == len(header) + 1 and "recalled" in cells:
            split = cells.index("recalled")
            cells = [*cells[:split], f"{cells[split]},{cells[split + 1]}", *cells[split + 2 :]]
        if len(cells) != len(header):
            raise ValueError(f"{path}:{number}: {len(cells)} cells, the header has {len(header)}")
        rows.append({name: reworded(cell) for name, cell in zip(header, cells, strict=True)})
    return rows


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> int:
    """Write `rows` (their order is kept) and return how many there were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="raise", restval="")
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def number(value: float, digits: int = 10) -> str:
    """`value` as the shortest text with at most `digits` significant digits."""
    text = f"{value:.{digits}g}"
    return text if "e" not in text else repr(float(text))
