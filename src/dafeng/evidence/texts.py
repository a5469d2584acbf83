"""Bilingual text, which passes through problems and findings as a plain string does."""

from typing import Any


class Text(str):
    """Text in Chinese and in English. Where a plain string is wanted it is both, Chinese first.

    >>> given = Text("一个整数", "a whole number")
    >>> given.zh, given.en, str(given)
    ('一个整数', 'a whole number', '一个整数 · a whole number')
    """

    zh: str
    en: str

    def __new__(cls, zh: str, en: str) -> "Text":
        text = super().__new__(cls, zh if zh == en else f"{zh} · {en}")
        text.zh, text.en = str(zh), str(en)
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.zh, self.en)


def in_language(value: object, language: str) -> object:
    """Return the `zh` or `en` side of a `Text`; any other value as it is."""
    return getattr(value, language) if isinstance(value, Text) else value
