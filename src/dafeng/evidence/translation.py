"""Chinese translation of the plain English texts of problems, from catalogue rows `problem.…`.

This module is imported by the errors, which show both languages, and raises none of them.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter

from dafeng.evidence.packaged import packaged_rows
from dafeng.evidence.texts import Text

FILE = "messages.csv"
PROBLEM = "problem."


@cache
def _translations(prefix: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    plain: dict[str, str] = {}
    patterns: list[tuple[re.Pattern[str], str]] = []
    for zh, en in _rows(prefix):
        if "{" in en:
            patterns.append((re.compile(_pattern(en), re.DOTALL), zh))
        else:
            plain.setdefault(en, zh)
    return plain, patterns


def _rows(prefix: str) -> Iterator[tuple[str, str]]:
    """Return the rows of all rooms: a plain text does not identify the room that wrote it."""
    for room in sorted(files("dafeng").iterdir(), key=lambda entry: entry.name):
        if room.is_dir() and (room / FILE).is_file():
            for row in packaged_rows(f"dafeng.{room.name}", FILE):
                if row["id"].startswith(prefix):
                    yield row["zh"], row["en"]


def _pattern(en: str) -> str:
    """Return the template as a regular expression with one group a field.

    A field named twice must be the same text.
    """
    seen: set[str] = set()
    parts: list[str] = []
    pieces = list(Formatter().parse(en))
    # "no {}" takes a name, not a sentence: half a sentence in Chinese helps nobody
    anything = ".*?" if sum(len(literal.split()) for literal, *_ in pieces) > 1 else r"\S*?"
    for literal, field, _, _ in pieces:
        parts.append(re.escape(literal))
        if field is None:
            continue
        if field in seen:
            parts.append(f"(?P={field})")
        else:
            parts.append(f"(?P<{field}>{anything})" if field else f"({anything})")
        seen |= {field} - {""}
    return "".join(parts)


@lru_cache(maxsize=4096)
def chinese(text: str, prefix: str = PROBLEM) -> str:
    """Return the Chinese of a text of a problem; the text itself where no catalogue has it."""
    if isinstance(text, Text):
        return text.zh
    plain, patterns = _translations(prefix)
    if text in plain:
        return plain[text]
    for pattern, zh in patterns:
        match = pattern.fullmatch(text)
        if match:
            named = match.groupdict()
            return zh.format(**named) if named else zh.format(*match.groups())
    return text
