"""Texts of the terminal: every sentence and heading comes from the catalogue `cli/messages.csv`.

Help and remarks have both languages, Chinese first. Headings and figures, for which 80 columns leave no
space, have one: Chinese, or English where the environment has `DAFENG_LANGUAGE=en`.
"""

import os
from datetime import date

from dafeng.evidence import Catalogue, Language, Text, catalogue

LANGUAGE = "DAFENG_LANGUAGE"


def _texts() -> Catalogue:
    return catalogue("dafeng.cli")


def language() -> Language:
    """Return the language of headings and figures."""
    return Language.EN if os.environ.get(LANGUAGE, "").lower().startswith("en") else Language.ZH


def both(id: str, **fields: object) -> Text:  # noqa: A002 - the column's name
    """Return a text in Chinese and English side by side."""
    return _texts().both(id, **fields)


def head(id: str, **fields: object) -> str:  # noqa: A002
    """Return a short heading in Chinese and English, with a space between."""
    text = both(id, **fields)
    return f"{text.zh} {text.en}"


def word(id: str, **fields: object) -> str:  # noqa: A002
    """Return a text in the language of the terminal."""
    return _texts().text(id, language(), **fields)


def plain(zh: str, en: str) -> str:
    """Return a text of the case in the language of the terminal."""
    return zh if language() is Language.ZH else en


def shown(text: str) -> str:
    """Return a text in the language of the terminal; a plain string as it is."""
    return str(getattr(text, language().value, text))


def words(*ids: str) -> tuple[str, ...]:
    """Return short texts, such as the headings of a table, in the language of the terminal."""
    return tuple(word(id_) for id_ in ids)


def help_of(command: object) -> Text | None:
    """Return the help of a command from the catalogue, by module and function; None where it has none."""
    callback = getattr(command, "callback", None)
    id_ = f"help.{getattr(callback, '__module__', '').rpartition('.')[2]}.{getattr(callback, '__name__', '')}"
    return both(id_) if id_ in _texts() else None


def chinese_day(day: date) -> str:
    """Return a date as papers print it: 2026年7月24日."""
    return _texts().text("chinese_day", Language.ZH, year=day.year, month=day.month, day=day.day)


def paper(kind: str, *parts: object) -> str:
    """Return the file name of a paper in official layout, which is in Chinese whatever the terminal."""
    return "_".join([both(f"paper_name.{kind}").zh, *map(str, parts)])
