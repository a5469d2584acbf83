"""Sentences of a verdict, in Chinese and English at once."""

from dataclasses import dataclass

from dafeng.evidence import Catalogue, Language, catalogue
from dafeng.plan import Comparator, Sense, Target


@dataclass(frozen=True, slots=True)
class Reason:
    """Reason of a verdict in both languages; `+` joins two, None adds nothing."""

    zh: str
    en: str

    def __add__(self, other: "Reason | None") -> "Reason":
        return self if other is None else Reason(f"{self.zh}{other.zh}", f"{self.en} {other.en}")


def _catalogue() -> Catalogue:
    return catalogue("dafeng.assessment")


def both(id: str, **fields: object) -> Reason:  # noqa: A002 - the column's name
    """Return the message `id` in both languages; a field that is a `Reason` fills each with its own."""

    def text(language: Language) -> str:
        own = {
            name: (value.zh if language is Language.ZH else value.en) if isinstance(value, Reason) else value
            for name, value in fields.items()
        }
        return _catalogue().text(id, language, **own)

    return Reason(text(Language.ZH), text(Language.EN))


PUBLISHED_DECIMALS = 4
"""Most decimals of a published value; more come from a division."""


def amount(value: float, unit: str = "") -> str:
    """Format a value with its unit: a published one whole, a computed one rounded, never to a rounder number.

    >>> amount(9079.6, "万立方米"), amount(17.7, "%"), amount(83.88888889, "%")
    ('9,079.6 万立方米', '17.7%', '83.89%')
    >>> amount(94.9999999, "%"), amount(0.4123456, "tce/万元")
    ('94.9999999%', '0.412 tce/万元')
    """
    text = f"{_rounded(value):,.10g}"
    return f"{text}%" if unit == "%" else f"{text} {unit}".rstrip()


def _rounded(value: float) -> float:
    """Round a value of more than four decimals to two, or three digits; a bound beside it must stay apart."""
    whole = float(f"{value:.10g}")
    if round(whole, PUBLISHED_DECIMALS) == whole:
        return whole
    for digits in (2, PUBLISHED_DECIMALS):
        near = round(whole, digits) if abs(whole) >= 1 else float(f"{whole:.{digits + 1}g}")
        coarse = round(whole, 1) if abs(whole) >= 1 else float(f"{whole:.{digits}g}")
        if near != coarse:
            return near
    return whole


def rough(value: float, unit: str = "") -> str:
    """Format a modelled `value` with three significant digits and its unit."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{text}%" if unit == "%" else f"{text} {unit}".rstrip()


def percent(probability: float) -> str:
    """Format a probability from samples: whole per cent, and never certain."""
    if probability < 0.01:
        return "<1%"
    return ">99%" if probability > 0.99 else f"{probability:.0%}"


def wanted(target: Target) -> Reason:
    """Return the requirement of the target in words."""
    unit = target.unit or ""
    value = amount(float(target.value or 0.0), unit)
    comparator, sense = target.comparator, target.sense
    if comparator is Comparator.RANGE:
        return both("wanted_range", low=value, value=amount(float(target.value_high or 0.0), unit))
    if comparator.is_change:
        return both("wanted_rise" if comparator is Comparator.RISE else "wanted_fall", value=value)
    if comparator is Comparator.AT_LEAST or (comparator is Comparator.EQUAL and sense is Sense.BETTER_UP):
        return both("wanted_at_least", value=value)
    if comparator is Comparator.AT_MOST or (comparator is Comparator.EQUAL and sense is Sense.BETTER_DOWN):
        return both("wanted_at_most", value=value)
    if comparator is Comparator.ABOUT:
        suffix = {Sense.BETTER_UP: "_up", Sense.BETTER_DOWN: "_down", Sense.MATCH: ""}[sense]
        return both(f"wanted_about{suffix}", value=value)
    return both("wanted_match", value=value)
