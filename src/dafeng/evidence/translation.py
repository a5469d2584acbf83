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
_ERRNO = re.compile(r"\[Errno -?\d+\] ([^:]+)(?:: .*)?", re.DOTALL)
"""Error of the operating system as Python writes it; the file that follows is the place of the problem."""


@cache
def _translations(prefix: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """Return the plain texts, and the templates with what is written before their first field."""
    plain: dict[str, str] = {}
    templates: list[tuple[str, str, str]] = []
    for zh, en in _rows(prefix):
        if "{" in en:
            templates.append((next(iter(Formatter().parse(en)))[0], en, zh))
        else:
            plain.setdefault(en, zh)
    # the template that says most of a text itself first: "a unit of {}" leaves half a sentence of English
    templates.sort(key=lambda row: -_said(row[1]))
    return plain, templates


def _said(template: str) -> int:
    """Return how many characters of a text the template says itself."""
    return sum(len(literal) for literal, *_ in Formatter().parse(template))


def _rows(prefix: str) -> Iterator[tuple[str, str]]:
    """Return the rows of all rooms: a plain text does not identify the room that wrote it."""
    for room in sorted(files("dafeng").iterdir(), key=lambda entry: entry.name):
        if room.is_dir() and (room / FILE).is_file():
            for row in packaged_rows(f"dafeng.{room.name}", FILE):
                if row["id"].startswith(prefix):
                    yield row["zh"], row["en"]


@lru_cache(maxsize=4096)
def _pattern(en: str) -> re.Pattern[str]:
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
    return re.compile("".join(parts), re.DOTALL)


@lru_cache(maxsize=4096)
def chinese(text: str, prefix: str = PROBLEM) -> str:
    """Return the Chinese of a text of a problem; the text itself where no catalogue has it."""
    if isinstance(text, Text):
        return text.zh
    plain, templates = _translations(prefix)
    # what the operating system says begins with a capital letter or, in the middle of a sentence, with a small one
    for same in (text, text[:1].upper() + text[1:]):
        if same in plain:
            return plain[same]
    refused = _ERRNO.fullmatch(text)
    if refused:
        return chinese(refused[1], prefix)
    for beginning, en, zh in templates:
        # to compile the patterns of all rooms takes longer than most commands
        match = _pattern(en).fullmatch(text) if text.startswith(beginning) else None
        if match:
            named = match.groupdict()
            return zh.format(**named) if named else zh.format(*match.groups())
    return text
