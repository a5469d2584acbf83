"""Dated lists: membership of an item in the list of a place on a day.

Example: the directory of two-high trades (两高目录).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dafeng.rules.judging import digest
from dafeng.rules.places import rows_at
from dafeng.rules.validity import Day


@dataclass(frozen=True, slots=True)
class Listing:
    """Result of looking an item up on a dated list.

    `listed` is None where no place of the chain has the list on that day: not listed is an answer, no list is
    none. `place` is whose list decided, `list_digest` its version, `row` the entry.
    """

    listed: bool | None
    place: str
    of_another_place: bool
    list_digest: str
    confirmed: bool
    row: Mapping[str, Any] | None = None

    @property
    def source(self) -> str:
        """Return the source of the entry; "" where there is none."""
        return str((self.row or {}).get("source") or "")


def on_list(
    rows: Iterable[Mapping[str, Any]], name: str, code: str, place: str, on: Day, *, by_prefix: bool = False
) -> Listing:
    """Look an item up on the dated list `name`.

    Parameters
    ----------
    rows
        Entries with `list`, `code`, `region`, `valid_from`, `valid_to`, `source`, `confirmed`.
    code
        The item, as a GB/T 4754 code; its section letter is left aside ("C2511" is "2511").
    place
        GB/T 2260 code of the place; the list of the nearest place that has one on that day decides as a
        whole.
    on
        The day.
    by_prefix
        Whether an entry covers the codes that begin with it ("25" covers "2511"); the longest entry counts.
    """
    at = rows_at((row for row in rows if row["list"] == name), place, on)
    if not at.rows:
        return Listing(None, "", False, "", False)
    wanted = _digits(code)
    entries = [row for row in at.rows if _covers(_digits(str(row["code"])), wanted, by_prefix)]
    best = max(entries, key=lambda row: len(_digits(str(row["code"]))), default=None)
    confirmed = bool(best["confirmed"]) if best else all(row["confirmed"] for row in at.rows)
    return Listing(best is not None, at.place, at.of_another_place, digest(at.rows), confirmed, best)


def _covers(entry: str, wanted: str, by_prefix: bool) -> bool:
    return wanted.startswith(entry) if by_prefix else wanted == entry


def _digits(code: str) -> str:
    return code[1:] if code[:1].isalpha() and code[1:].isdigit() else code
