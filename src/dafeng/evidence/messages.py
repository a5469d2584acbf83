"""The message catalogue: every text that people see, by id, in Chinese and English.

Catalogues are CSV files (`id,zh,en`) that stand in the package beside the room that speaks; fields are
filled with `str.format`.
"""

import csv
from enum import StrEnum
from importlib.resources import files

from dafeng.evidence.errors import DafengError


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


class Catalogue:
    """Texts by id. Raises: DafengError for an unknown id, an empty text, or an id given twice."""

    def __init__(self, texts: dict[str, tuple[str, str]], name: str = "messages") -> None:
        self._texts = texts
        self._name = name

    @classmethod
    def read(cls, package: str, file: str = "messages.csv") -> "Catalogue":
        """The catalogue `file` of `package`."""
        texts: dict[str, tuple[str, str]] = {}
        name = f"{package}/{file}"
        lines = (files(package) / file).read_text(encoding="utf-8").splitlines()
        for number, row in enumerate(csv.DictReader(lines), start=2):
            if row["id"] in texts or not row["zh"] or not row["en"]:
                raise DafengError.at(f"{name}:{number}", row["id"], "a new id with a zh and an en text")
            texts[row["id"]] = (row["zh"], row["en"])
        return cls(texts, name)

    def text(self, id: str, language: Language = Language.ZH, **fields: object) -> str:  # noqa: A002 - the column's name
        if id not in self._texts:
            raise DafengError.at(self._name, id, "the id of a message")
        return self._texts[id][0 if language is Language.ZH else 1].format(**fields)

    def ids(self) -> list[str]:
        return list(self._texts)
