"""Counties of a place by date: a county that was merged keeps its records and takes none of a later day."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from dafeng.case import places
from dafeng.evidence import Problems, Text

FILE = "counties.csv"
"""File beside the definitions of a workspace: code, name_zh, valid_from, valid_to, into, document."""
COLUMNS = ("code", "name_zh", "valid_from", "valid_to", "into", "document")
_LISTED_FROM = "2024-01-01"
"""Day from which the statistical codes of 2023, which are packaged, are asked for."""
_COUNTY = 6


@dataclass(frozen=True, slots=True)
class County:
    """County that exists from `valid_from` until `valid_to` (ISO days, "" open), and what it was merged `into`."""

    code: str
    name_zh: str
    valid_from: str
    valid_to: str
    into: str
    document: str

    def in_force(self, day: str) -> bool:
        return self.valid_from <= day and (not self.valid_to or day <= self.valid_to)


def read_counties(folder: Path, problems: Problems) -> tuple[County, ...]:
    """Read the counties of a workspace; each cell that does not fit is added to `problems`."""
    path = folder / FILE
    if not path.is_file():
        return ()
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    missing = [name for name in COLUMNS if rows and name not in rows[0]]
    if missing:
        problems.add(f"{FILE}:1", Text(f"没有列 {', '.join(missing)}", f"no column {', '.join(missing)}"), Text(f"列 {', '.join(COLUMNS)}", f"the columns {', '.join(COLUMNS)}"))  # fmt: skip
        return ()
    found = []
    for number, row in enumerate(rows, start=2):
        one = County(*((row[name] or "").strip() for name in COLUMNS))
        for name, code in (("code", one.code), ("into", one.into)):
            if not (code.isascii() and code.isdigit() and len(code) == _COUNTY) and (code or name == "code"):
                problems.add(f"{FILE}:{number}:{name}", code, Text("六位行政区划代码", "a code of six digits (GB/T 2260)"))  # fmt: skip
        for name, day in (("valid_from", one.valid_from), ("valid_to", one.valid_to)):
            if day and not _is_day(day):
                problems.add(
                    f"{FILE}:{number}:{name}", day, Text("形如 2025-06-30 的日期", "a day as 2025-06-30")
                )
        found.append(one)
    return tuple(found)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def counties_on(counties: tuple[County, ...], scope: str, day: str) -> list[str]:
    """Return the codes of the counties of a place on a day: those of the workspace, else the packaged ones."""
    own = [one for one in counties if one.code.startswith(stem(scope))]
    if own:
        return sorted(one.code for one in own if one.in_force(day))
    return list(_packaged(stem(scope)))


@cache
def _packaged(start: str) -> tuple[str, ...]:
    return tuple(code for code in places() if code.startswith(start) and not code.endswith("00"))


def place_problem(
    counties: tuple[County, ...], scope: str, region: str, day: str
) -> tuple[Text, Text, Text] | None:
    """Return found, expected and mend of a record of `day` in a county that did not exist then; None where it did.

    Parameters
    ----------
    counties
        Those of the workspace.
    scope
        Place of the store (GB/T 2260).
    region
        Place of the record; a township belongs to the county of its first six digits.
    day
        Day that the record is about (ISO).
    """
    code = region[:_COUNTY]
    if len(code) < _COUNTY or code.endswith("00") or not code.startswith(stem(scope)):
        return None
    known: Mapping[str, County] = {one.code: one for one in counties}
    own = [one for one in counties if one.code == code]
    if any(one.in_force(day) for one in own):
        return None
    listed = counties_on(counties, scope, day)
    if not own and (not listed or code in listed or (not known and day < _LISTED_FROM)):
        return None
    names = places()
    shown = "、".join(
        f"{one} {known[one].name_zh if one in known else names.get(one, '')}".strip() for one in listed
    )
    until = own[-1].valid_to if own else ""
    found = Text(
        f"{code}({until}已撤并)" if until else f"{code}({day}无此县区)",
        f"{code}, merged on {until}" if until else f"{code}, no county on {day}",
    )
    into = own[-1].into if own else ""
    expected = Text(
        f"{into or '现行县区之一:' + shown}", f"{into or 'one of the counties of that day: ' + shown}"
    )
    mend = Text(
        f"改为现行代码;撤并以前的记录保留原代码,撤并写入工作区 registers/{FILE}",
        f"use the code of that day; records from before a merger keep theirs; mergers are listed in registers/{FILE} of the workspace",
    )
    return found, expected, mend


def within(scope: str, region: str) -> bool:
    """Check whether a place is part of another: 990101 of 990100.

    >>> within("990100", "990101"), within("990100", "360402")
    (True, False)
    """
    return region.startswith(stem(scope))


def stem(region: str) -> str:
    """Return the common digit prefix of the subtree of a code: 990100 → 9901.

    >>> stem("360000"), stem("360400"), stem("360428"), stem("360428104")
    ('36', '3604', '360428', '360428104')
    """
    if len(region) == _COUNTY and region.endswith("0000"):
        return region[:2]
    return region[:4] if len(region) == _COUNTY and region.endswith("00") else region
