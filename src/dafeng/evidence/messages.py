"""The message catalogue: every text that people see, by id, in Chinese and English.

Catalogues are CSV files `messages.csv` (`id,zh,en`) in the package of the room that shows the text; fields are
filled with `str.format`. Rows whose id begins with `problem.` also translate: a plain English text of a `Problem`
that equals the English of such a row is shown in Chinese too.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter

from dafeng.evidence.errors import DafengError
from dafeng.evidence.packaged import packaged_rows
from dafeng.evidence.texts import Text, in_language

FILE = "messages.csv"
PROBLEM = "problem."


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


class Catalogue:
    """Look up texts by id. Raises: DafengError for an unknown id, an empty text, or an id given twice."""

    def __init__(self, texts: dict[str, tuple[str, str]], name: str = "messages") -> None:
        self._texts = texts
        self._name = name

    @classmethod
    def read(cls, package: str, file: str = FILE) -> "Catalogue":
        """Read the catalogue `file` of `package`."""
        texts: dict[str, tuple[str, str]] = {}
        name = f"{package}/{file}"
        for number, row in enumerate(packaged_rows(package, file), start=2):
            if row["id"] in texts or not row["zh"] or not row["en"]:
                raise DafengError.at(f"{name}:{number}", row["id"], "a new id with a zh and an en text")
            texts[row["id"]] = (row["zh"], row["en"])
        return cls(texts, name)

    def text(self, id: str, language: Language = Language.ZH, **fields: object) -> str:  # noqa: A002 - the column's name
        """Return the text `id` in one language, with its fields filled in that language."""
        return self.template(id, language).format(
            **{name: in_language(value, language) for name, value in fields.items()}
        )

    def both(self, id: str, **fields: object) -> Text:  # noqa: A002
        """Return the text `id` in both languages, for problems, findings and help."""
        return Text(self.text(id, Language.ZH, **fields), self.text(id, Language.EN, **fields))

    def ids(self) -> list[str]:
        """Return every id, in the order of the file."""
        return list(self._texts)

    def __contains__(self, id: object) -> bool:  # noqa: A002
        return id in self._texts

    def template(self, id: str, language: Language) -> str:  # noqa: A002
        """Return the text `id` with its fields not yet filled."""
        if id not in self._texts:
            raise DafengError.at(self._name, id, "the id of a message")
        return self._texts[id][0 if language is Language.ZH else 1]


@cache
def catalogue(package: str) -> Catalogue:
    """Return the catalogue of a room, read at the first call: `catalogue("dafeng.case").both("problem.empty")`."""
    return Catalogue.read(package)


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
    """Rows of all rooms: a plain text does not say which room wrote it."""
    for room in sorted(files("dafeng").iterdir(), key=lambda entry: entry.name):
        if room.is_dir() and (room / FILE).is_file():
            table = catalogue(f"dafeng.{room.name}")
            for id_ in table.ids():
                if id_.startswith(prefix):
                    yield table.template(id_, Language.ZH), table.template(id_, Language.EN)


def _pattern(en: str) -> str:
    """The template as an expression with one group a field; a field named twice must be the same text."""
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
