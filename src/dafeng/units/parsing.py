"""Unit parser for Chinese statistics — `万吨标准煤`, `亿千瓦时`, `10^8 m3`, `吨/万元` — as pint units."""

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

import pint

from dafeng.evidence import DafengError, packaged_rows

Quantity: TypeAlias = Any
"""A pint quantity (its generic type does not survive strict checking)."""

_PACKAGE = "dafeng.units"
_MULTIPLIERS = {
    "十": 1e1,
    "百": 1e2,
    "千": 1e3,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "万亿": 1e12,
}
_READ_AS_NUMBER = frozenset({"nan", "inf", "infinity", "e"})
"""Words that pint takes for numbers, not for names of units."""
_POWER_OF_TEN = re.compile(r"10(?:\^|\*\*)(\d{1,2})(?!\d)\s*")
_ENGLISH_MULTIPLIER = re.compile(
    r"^(?:(1(?:[ ,]?0)+)(?![\d^])\s*)?(?:(thousand|million|billion)\b\s*)?", re.IGNORECASE
)
"""The yearbook's English: 10 000 tons, 100 million kWh, 10 billion kJ."""
_ENGLISH = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
_SUPERSCRIPT = re.compile("10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_CHINESE_MULTIPLIER = re.compile("^(万亿|百万|千万|十万|十|百|千|万|亿)")
_BLANK_WITHIN = re.compile(r"(?<=[一-鿿])\s+(?=[一-鿿])")
_DOTS = str.maketrans("⋅•", "··")


@lru_cache(maxsize=1)
def registry() -> "pint.UnitRegistry[Any]":
    """Return the one unit registry, made from `definitions.txt` alone: only units listed there exist."""
    made: pint.UnitRegistry[Any] = pint.UnitRegistry(
        None, on_redefinition="raise", autoconvert_to_preferred=False
    )
    lines = (files(_PACKAGE) / "definitions.txt").read_text(encoding="utf-8").splitlines()
    made.load_definitions(lines)
    return made


@lru_cache(maxsize=1)
def aliases() -> dict[str, str]:
    """Return the aliases, printed unit → pint expression, from `aliases.csv`."""
    return {row["alias"]: row["expression"] for row in packaged_rows(_PACKAGE, "aliases.csv")}


@lru_cache(maxsize=4096)
def quantity(unit: str) -> Quantity:
    """Return one `unit` as a pint quantity.

    A product is written with `·` or a blank, a quotient with `/`; everything after the first `/` divides.

    Raises: DafengError for an unknown unit, or none at all.
    """
    text = _SUPERSCRIPT.sub(lambda m: f"10^{m[1].translate(_RAISED)}", unit)
    text = unicodedata.normalize("NFKC", text).translate(_DOTS).strip()
    text = _BLANK_WITHIN.sub("", text)
    if not text:
        raise DafengError.at("unit", "nothing", "a unit", "write 1 for a number without unit")
    numerator, *denominators = text.split("/")
    result = _product(numerator, unit)
    for part in denominators:
        result = result / _product(part.strip().removeprefix("(").removesuffix(")"), unit)
    return result


def _product(text: str, whole: str) -> Quantity:
    if text.strip() in aliases():
        return _factor(text.strip(), whole)
    power = _POWER_OF_TEN.match(text.strip())
    scale = 1.0
    if power:
        scale = 10.0 ** int(power.group(1))
        text = text.strip()[power.end() :]
    else:
        scale, text = _english_multiplier(text.strip())
    if text in aliases():
        return scale * _factor(text, whole)
    result = scale * registry().Quantity(1.0)
    for factor in re.split(r"[·*\s]+", text.strip()):
        result = result * _factor(factor, whole)
    return result


def _english_multiplier(text: str) -> tuple[float, str]:
    """Return a multiplier in figures or English words, and the unit behind it.

    1 where there is neither or no unit.
    """
    found = _ENGLISH_MULTIPLIER.match(text)
    if found is None or found.end() in (0, len(text)):
        return 1.0, text
    figures = float(re.sub("[ ,]", "", found[1])) if found[1] else 1.0
    return figures * _ENGLISH.get((found[2] or "").lower(), 1.0), text[found.end() :]


def _factor(text: str, whole: str) -> Quantity:
    ureg = registry()
    if text in aliases():
        return ureg.Quantity(1.0, "") * ureg.parse_expression(aliases()[text])
    multiplier = _CHINESE_MULTIPLIER.match(text)
    if multiplier and len(text) > multiplier.end():
        return _MULTIPLIERS[multiplier.group()] * _factor(text[multiplier.end() :], whole)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text) and text.lower() not in _READ_AS_NUMBER and text in ureg:
        return ureg.Quantity(1.0, text)
    raise DafengError.at(
        "unit",
        repr(whole),
        "a unit of the list in docs/units.md",
        "check the spelling, or add the unit to units/aliases.csv",
    )
