"""Message catalogue: every text shown to users, by id, in Chinese and English.

Catalogues are CSV files `messages.csv` (`id,zh,en`) in the package of the room that shows the text; fields
are filled with `str.format`. Rows whose id begins with `problem.` also translate: a plain English text of a
`Problem` that equals the English of such a row is shown in Chinese too.
"""

from enum import StrEnum
from functools import cache

from dafeng.evidence.errors import DafengError
from dafeng.evidence.packaged import packaged_rows
from dafeng.evidence.texts import Text, in_language
from dafeng.evidence.translation import FILE


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


class Catalogue:
    """Texts by id. Raises: DafengError for an unknown id, an empty text, or an id given twice."""

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
    """Return the catalogue of a room, read at the first call.

    Example: `catalogue("dafeng.case").both("problem.empty")`.
    """
    return Catalogue.read(package)
