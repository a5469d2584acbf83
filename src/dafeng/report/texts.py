"""Texts of the catalogue of this room, in one language or in both."""

from functools import cache

from dafeng.evidence import Catalogue, Language, Text, catalogue

LANGUAGES = (Language.ZH, Language.EN)


def _catalogue() -> Catalogue:
    return catalogue("dafeng.report")


@cache
def _ids() -> frozenset[str]:
    return frozenset(_catalogue().ids())


def text(id: str, language: Language, **fields: object) -> str:  # noqa: A002 - the column's name
    """Return the message `id`.

    Parameters
    ----------
    id
        Id of the message.
    language
        Chinese or English.
    fields
        What the message is filled with.

    Returns
    -------
    Message.

    Raises
    ------
    DafengError
        For an unknown id.
    """
    return _catalogue().text(id, language, **fields)


def both(id: str, **fields: object) -> Text:  # noqa: A002
    """Return the message `id` in both languages."""
    return _catalogue().both(id, **fields)


def name(kind: str, id: str, language: Language) -> str:  # noqa: A002
    """Return the name of a branch, sector, fuel …; the id itself where the catalogue has none.

    Parameters
    ----------
    kind
        Kind of the id: branch, sector, fuel and others.
    id
        Id of the tables.
    language
        Chinese or English.

    Returns
    -------
    Name to show.
    """
    key = f"{kind}.{id}"
    return text(key, language) if key in _ids() else id
