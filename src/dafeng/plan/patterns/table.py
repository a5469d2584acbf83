"""Table of patterns: what each is for, words that it takes and words that it must leave.

`pattern("milestones.then_falls")` names a row of `milestones.csv`. Its file is read and its pattern compiled at the
first use, so that importing the reader costs nothing. `(?&milestones.nation)` within a pattern stands for the pattern of that
row, inserted as it is written: a list of words exists once.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from dafeng.evidence import packaged_rows

THEMES = ("outline", "duties", "dates", "figures", "counts", "names", "aims", "milestones", "tables")
"""Files of the table, without ending."""
USES = ("search", "match", "fullmatch", "part")
"""How a pattern is tried on a text; `part`: only within other patterns."""
_REFERENCE = re.compile(r"\(\?&(?P<id>[a-z_]+\.[a-z_]+)\)")
_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split", "pattern")


@dataclass(frozen=True, slots=True)
class PatternRow:
    """Row of a table of patterns.

    `use` is the method by which its examples are tried; `examples` are taken, `counters` are not.
    """

    id: str
    use: str
    written: str
    zh: str
    en: str
    examples: tuple[str, ...]
    counters: tuple[str, ...]


@cache
def rows(theme: str) -> dict[str, PatternRow]:
    """Return the rows of a theme by id, in the order of its file.

    Parameters
    ----------
    theme
        One of `THEMES`.
    """
    return {
        f"{theme}.{row['id']}": PatternRow(
            f"{theme}.{row['id']}",
            row["use"],
            row["pattern"],
            row["zh"],
            row["en"],
            _texts(row["examples"]),
            _texts(row["counters"]),
        )
        for row in packaged_rows("dafeng.plan", f"patterns/{theme}.csv")
    }


def _texts(cell: str) -> tuple[str, ...]:
    return tuple(text.replace("\\n", "\n") for text in cell.split(" | ") if text)


@cache
def written_out(id_: str) -> str:
    """Return the regular expression of a row with its references replaced by what they stand for.

    Raises
    ------
    KeyError
        Where no row has that id: a defect of the package.
    """
    written = rows(id_.split(".")[0])[id_].written
    return _REFERENCE.sub(lambda match: written_out(match.group("id")), written)


class _AtFirstUse:
    """Stands for a compiled pattern until it is first used; then its methods are the pattern's own."""

    def __init__(self, id_: str) -> None:
        self._id = id_

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        compiled = re.compile(written_out(self._id))
        self.__dict__.update({method: getattr(compiled, method) for method in _METHODS})
        return getattr(compiled, name)


def pattern(id_: str) -> "re.Pattern[str]":
    """Return the pattern of a row, compiled at its first use.

    Parameters
    ----------
    id_
        Theme and id of the row, as `milestones.then_falls`.
    """
    return cast("re.Pattern[str]", _AtFirstUse(id_))
