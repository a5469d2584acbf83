"""Bodies of government: one id for every spelling, with the time in which a name was valid.

The table `bodies.csv` knows the functional part of a name (发改委, 生态环境局 …); place and level stay as the
text writes them. Other cities and provinces need no rows of their own.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from dafeng.evidence import packaged_rows
from dafeng.plan.patterns.table import pattern

_BODY_KIND = pattern("duties.body_kind")
_KIND_OR_OFFICE = pattern("duties.kind_or_office")
LEVELS = "省市县区州盟旗"
_PREFIX = pattern("duties.prefix")
_FREE = pattern("duties.free")
_SUFFIX = pattern("duties.suffix")


@dataclass(frozen=True, slots=True)
class Body:
    """Kind of government body; `aliases` are all spellings of its functional part."""

    id: str
    name: str
    aliases: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    successor: str | None


@lru_cache(maxsize=1)
def bodies() -> tuple[Body, ...]:
    """Return all rows of `bodies.csv`."""
    return tuple(
        Body(
            row["id"],
            row["name"],
            (row["name"], *(a for a in row["aliases"].split(";") if a)),
            date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["successor"] or None,
        )
        for row in packaged_rows("dafeng.plan", "bodies.csv")
    )


@lru_cache(maxsize=1)
def _by_alias() -> dict[str, Body]:
    return {alias: body for body in bodies() for alias in body.aliases}


@lru_cache(maxsize=1)
def _stems() -> re.Pattern[str]:
    stems = {_KIND_OR_OFFICE.sub("", alias) for body in bodies() for alias in body.aliases}
    ordered = sorted((re.escape(stem) for stem in stems if len(stem) > 1), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(ordered)})")


def level_prefix(name: str) -> str:
    """Return the level (省, 市, 自治区 …) in front of a functional name; empty where there is none."""
    match = _PREFIX.match(name)
    return match.group() if match else ""


_PLACE_PREFIX = pattern("duties.place_prefix")


def place_prefix(name: str) -> str:
    """Return the place in front of a functional name: 九江市 of 九江市发改委; empty where there is none."""
    match = _PLACE_PREFIX.match(name)
    return match.group() if match and _stems().match(name[match.end() :]) else ""


def functional_part(name: str) -> str:
    """Return the functional part: 市发展改革委 → 发展改革委; the name itself where no level precedes it."""
    core = name[len(level_prefix(name)) :]
    stem = _stems().search(core)
    return core[stem.start() :] if stem and stem.start() <= 6 else core


def identify(name: str) -> Body | None:
    """Return the kind of body that `name` is; None where the directory does not list it.

    Parameters
    ----------
    name
        Name of a body as a text writes it.
    """
    core = functional_part(name)
    table = _by_alias()
    for ending in ("", *("局", "厅", "委", "委员会", "部", "办")):
        if core + ending in table:
            return table[core + ending]
    stripped = _BODY_KIND.sub("", core)
    for ending in ("局", "委", "办"):
        if stripped + ending in table:
            return table[stripped + ending]
    return None


def same_body(a: str, b: str) -> bool:
    """Check whether two spellings mean one body (same place and level, one of them an alias of the other).

    Parameters
    ----------
    a, b
        Spellings of names.
    """
    if a == b:
        return True
    first, second = identify(a), identify(b)
    if first is None or second is None or level_prefix(a) != level_prefix(b):
        return False
    return first.id == second.id or first.successor == second.id or second.successor == first.id


def successor_of(name: str, on: date) -> Body | None:
    """Return the body that has taken over from `name` by a day; None where the name is still valid.

    Parameters
    ----------
    name
        Name of a body as a text writes it.
    on
        The day.
    """
    body = identify(name)
    changed = False
    while body is not None and body.valid_to is not None and body.valid_to < on and body.successor:
        body = next((row for row in bodies() if row.id == (body.successor if body else "")), None)
        changed = True
    return body if changed else None


def is_body(name: str) -> bool:
    """Check whether a string looks like the name of a body at all."""
    return 2 <= len(name) <= 40 and bool(
        _SUFFIX.search(name) or _stems().match(name[1:]) or _stems().match(name)
    )


_STRONG = pattern("duties.strong")
_ACTION = pattern("duties.action")


def is_certain_body(name: str) -> bool:
    """Check whether a string is the name of a body and nothing else.

    Used where only the words themselves mark a list.
    """
    whole = name.count("(") == name.count(")")
    return 2 < len(name) <= 24 and whole and bool(_STRONG.search(name)) and not _ACTION.search(name)


def is_prose(name: str) -> bool:
    """Check whether a string states what to do rather than who does it."""
    return len(name) > 16 or bool(_ACTION.search(name))


def lacks_prefix(name: str) -> bool:
    """Check whether `name` is a functional name whose place or level was left out (科技局)."""
    return not level_prefix(name) and not _FREE.match(name) and bool(_stems().match(name))
