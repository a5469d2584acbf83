"""Unit parser for Chinese statistics — `万吨标准煤`, `亿千瓦时`, `10^8 m3`, `吨/万元` — as pint units."""

import math
import re
import sys
import threading
import unicodedata
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeAlias

from dafeng.evidence import DafengError, packaged_rows

if TYPE_CHECKING:
    import pint

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
    r"^(?:(1(?:[ ,]?0)+)(?![\d^])\s*)?(?:((?:ten |hundred )?(?:thousand|million|billion))\b\s*)?",
    re.IGNORECASE,
)
"""The yearbook's English: 10 000 tons, 100 million kWh, 10 billion kJ."""
_ENGLISH = {"ten": 1e1, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_SUPERSCRIPT = re.compile("10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_CHINESE_MULTIPLIER = re.compile("^(万亿|百万|千万|十万|十|百|千|万|亿)")
_BLANK_WITHIN = re.compile(r"(?<=[一-鿿])\s+(?=[一-鿿])")
_DOTS = str.maketrans("⋅•", "··")


@lru_cache(maxsize=1)
def registry() -> "pint.UnitRegistry[Any]":
    """Return the one unit registry, made from `definitions.txt` alone: only units listed there exist."""
    made: pint.UnitRegistry[Any] = _pint().UnitRegistry(
        None, on_redefinition="raise", autoconvert_to_preferred=False
    )
    lines = (files(_PACKAGE) / "definitions.txt").read_text(encoding="utf-8").splitlines()
    made.load_definitions(lines)
    return made


def _pint() -> Any:
    """Import pint at the first unit that needs it, and without dask.

    Pint imports dask wherever it is installed, which takes half as long again as pint itself; no quantity of
    dafeng is an array of dask. Another thread could import dask meanwhile, so only a process of one thread
    leaves it out.
    """
    left_out = "dask" not in sys.modules and threading.active_count() == 1
    if left_out:
        sys.modules["dask"] = None  # type: ignore[assignment]
    try:
        return import_module("pint")
    finally:
        if left_out:
            del sys.modules["dask"]


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
    numerator, *denominators = [_product(scale, names, unit) for scale, names in _terms(unit)]
    result = numerator
    for part in denominators:
        result = result / part
    return result


def is_printed(unit: str) -> bool:
    """Check whether `unit` is made of printed units of `aliases.csv` alone.

    Such a unit is valid without pint, whose import takes longer than reading a plan.
    """
    return all(_is_printed(name) for _, names in _terms(unit) for name in names)


def _terms(unit: str) -> list[tuple[float, list[str]]]:
    """Return the scale and the names of each product of `unit`: the numerator first, then what divides it."""
    text = _SUPERSCRIPT.sub(lambda m: f"10^{m[1].translate(_RAISED)}", unit)
    text = unicodedata.normalize("NFKC", text).translate(_DOTS).strip()
    text = _BLANK_WITHIN.sub("", text)
    if not text:
        raise DafengError.at("unit", "nothing", "a unit", "write 1 for a number without unit")
    numerator, *denominators = text.split("/")
    return [
        _split(part)
        for part in (numerator, *(d.strip().removeprefix("(").removesuffix(")") for d in denominators))
    ]


def _split(product: str) -> tuple[float, list[str]]:
    text = product.strip()
    if text in aliases():
        return 1.0, [text]
    power = _POWER_OF_TEN.match(text)
    if power:
        scale, text = 10.0 ** int(power.group(1)), text[power.end() :]
    else:
        scale, text = _english_multiplier(text)
    return scale, [text] if text in aliases() else re.split(r"[·*\s]+", text.strip())


def _product(scale: float, names: list[str], whole: str) -> Quantity:
    result = scale * registry().Quantity(1.0)
    for name in names:
        result = result * _factor(name, whole)
    return result


def _english_multiplier(text: str) -> tuple[float, str]:
    """Return a multiplier in figures or English words, and the unit behind it.

    1 where there is neither or no unit.
    """
    found = _ENGLISH_MULTIPLIER.match(text)
    if found is None or found.end() in (0, len(text)):
        return 1.0, text
    figures = float(re.sub("[ ,]", "", found[1])) if found[1] else 1.0
    return math.prod([figures, *(_ENGLISH[word] for word in (found[2] or "").lower().split())]), text[
        found.end() :
    ]


def _factor(text: str, whole: str) -> Quantity:
    ureg = registry()
    if text in aliases():
        return ureg.Quantity(1.0, "") * ureg.parse_expression(aliases()[text])
    multiplier, rest = _multiplied(text)
    if multiplier:
        return _MULTIPLIERS[multiplier] * _factor(rest, whole)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text) and text.lower() not in _READ_AS_NUMBER and text in ureg:
        return ureg.Quantity(1.0, text)
    raise DafengError.at(
        "unit",
        repr(whole),
        "a unit of the list in docs/units.md",
        "check the spelling, or add the unit to units/aliases.csv",
    )


def _is_printed(name: str) -> bool:
    multiplier, rest = _multiplied(name)
    return name in aliases() or (bool(multiplier) and _is_printed(rest))


def _multiplied(text: str) -> tuple[str, str]:
    """Return the Chinese multiplier before a unit and the unit; no multiplier where no unit follows."""
    found = _CHINESE_MULTIPLIER.match(text)
    return (found.group(), text[found.end() :]) if found and len(text) > found.end() else ("", text)
