"""Texts of the office: every sentence is in the catalogue `office/messages.csv`, in the language of the request."""

from datetime import date

from django.utils.functional import lazystr
from django.utils.translation import get_language

from dafeng.evidence import Catalogue, DafengError, Language, Text, catalogue
from dafeng.registers import english_name


def texts() -> Catalogue:
    return catalogue("dafeng.web.office")


def language() -> Language:
    """Return the language of the request."""
    return Language.EN if (get_language() or "").startswith("en") else Language.ZH


def say(id: str, **fields: object) -> str:  # noqa: A002 - the column's name
    """Return the text `id` in the language of the request."""
    return texts().text(id, language(), **fields)


def both(id: str, **fields: object) -> Text:  # noqa: A002
    """Return the text `id` in both languages, for problems."""
    return texts().both(id, **fields)


def chinese_day(day: date) -> str:
    """Return a day as official papers write it."""
    return texts().text("paper_day", year=day.year, month=day.month, day=day.day)


class _Later:
    """Text that is looked up when it is shown, as labels of forms are defined at import."""

    def __init__(self, id: str) -> None:  # noqa: A002
        self._id = id

    def __str__(self) -> str:
        return say(self._id)


def later(id: str) -> object:  # noqa: A002
    """Return the text `id` as it will be shown."""
    return lazystr(_Later(id))


def plain(zh: str, en: str) -> str:
    """Return a text of the data in the language of the request; the Chinese one where there is no other."""
    return en if language() is Language.EN and en else zh


def code_name(zh: str) -> str:
    """Return the name of a code or an owner of registers in the language of the request."""
    return plain(zh, english_name(zh))


def in_words(text: object) -> str:
    """Return a text with both languages in the language of the request."""
    return plain(text.zh, text.en) if isinstance(text, Text) else str(text)


def sentences(error: DafengError) -> list[str]:
    """Return the problems of a refusal as sentences."""
    return [problem.sentence(language().value) for problem in error.problems]
