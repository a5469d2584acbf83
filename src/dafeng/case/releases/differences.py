"""Differences between two releases of a case: files, rows and cells, by key."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from dafeng.case.loading import load
from dafeng.case.model import Case
from dafeng.case.schemas import TABLES
from dafeng.tables import cell_text


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference between releases.

    A row that was added or taken away has no column; a file that is no table has no key.
    """

    table: str
    kind: Literal["added", "removed", "changed", "file"]
    key: str
    column: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class CaseDiff:
    """Set of all differences from `first` to `second`, both named by their hashes."""

    first: str
    second: str
    differences: tuple[Difference, ...]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of rows added and removed and of cells changed, by table."""
        found: dict[str, Counter[str]] = {}
        for one in self.differences:
            found.setdefault(one.table, Counter())[one.kind] += 1
        return {table: dict(counter) for table, counter in found.items()}

    def as_dict(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "second": self.second,
            "counts": self.counts,
            "differences": [asdict(one) for one in self.differences],
        }


def difference(first: str | Path, second: str | Path) -> CaseDiff:
    """Compare two releases of a case.

    Parameters
    ----------
    first : str or Path
        Earlier release.
    second : str or Path
        Later release.

    Returns
    -------
    CaseDiff
        Rows are matched by the key of their table, so that order does not matter.

    Raises
    ------
    DafengError
        Where one of them does not load.
    """
    one, other = load(first), load(second)
    found = [difference for table in TABLES for difference in _table(table, one, other)]
    tables = {table.file for table in TABLES.values()}
    others = sorted({*one.hashes, *other.hashes} - tables)
    found += [
        Difference(name, "file", "", "", one.hashes.get(name, "")[:12], other.hashes.get(name, "")[:12])
        for name in others if one.hashes.get(name) != other.hashes.get(name)
    ]  # fmt: skip
    return CaseDiff(one.release, other.release, tuple(found))


def _table(table: str, one: Case, other: Case) -> Iterator[Difference]:
    before, after = _rows(table, one), _rows(table, other)
    for key in sorted({*before, *after}):
        if key not in before:
            yield Difference(table, "added", key, after=_shown(after[key]))
        elif key not in after:
            yield Difference(table, "removed", key, before=_shown(before[key]))
        else:
            for column in dict.fromkeys((*before[key], *after[key])):
                was, now = before[key].get(column, ""), after[key].get(column, "")
                if was != now:
                    yield Difference(table, "changed", key, column, was, now)


def _rows(table: str, case: Case) -> dict[str, dict[str, str]]:
    frame, schema = case.table(table), TABLES[table]
    found: dict[str, dict[str, str]] = {}
    for record in frame.to_dict("records"):
        cells = {
            str(name): "" if value is None or value != value else cell_text(value)
            for name, value in record.items()
        }
        key = ";".join(f"{name}={cells.get(name, '')}" for name in schema.key)
        while key in found:
            key += "'"
        found[key] = cells
    return found


def _shown(cells: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cells.items() if value)
