"""Places of China by GB/T 2260 code: recognition in a title, and membership in a bundled case.

Codes and names of provinces, prefectures and counties: china-division 2.7.0 (MIT), from the statistical
codes of 2023.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from dafeng.case.city import City
from dafeng.case.folder import DRAFTS, bundled, locate
from dafeng.evidence import Text, packaged_rows

PROVINCE, PREFECTURE = 2, 4
"""Digits of a code that name the province, and the prefecture."""


@dataclass(frozen=True, slots=True)
class Place:
    """Place with its six-digit code."""

    code: str
    name_zh: str


@cache
def places() -> Mapping[str, str]:
    """Return the names by code."""
    return {row["code"]: row["name_zh"] for row in packaged_rows("dafeng.case", "places.csv")}


def is_synthetic_place(code: str) -> bool:
    """Check whether a code is of an invented place: GB/T 2260 assigns no province 99.

    >>> is_synthetic_place("990101"), is_synthetic_place("360402")
    (True, False)
    """
    return code.startswith("99")


def place_names(city: City | None = None) -> dict[str, Text]:
    """Return the names for people by code: those of a city and its counties come before the packaged ones.

    Parameters
    ----------
    city
        City of a case; without one the packaged names alone, which are Chinese.
    """
    names = {code: Text(name, name) for code, name in places().items()}
    return names if city is None else names | names_within(city)


def names_within(city: City) -> dict[str, Text]:
    """Return the names of a city and of its counties by code, the city first."""
    parts = {part.code: Text(part.name_zh, part.name_en or part.name_zh) for part in city.counties}
    return {city.code: Text(city.name_zh, city.name_en or city.name_zh)} | parts


def place_in(text: str) -> Place | None:
    """Return the smallest place that `text` names; None where it names none, or several of a size.

    >>> place_in("江西省九江市碳达峰实施方案")
    Place(code='360400', name_zh='九江市')
    >>> place_in("关于印发南昌市东湖区碳达峰工作方案的通知").code, place_in("工业领域碳达峰实施方案")
    ('360102', None)
    """
    named = [Place(code, name) for code, name in places().items() if name in text]
    # 市中区 inside 九江市中区 and 城区 inside 东城区: a longer name that covers a shorter one is meant
    named = [
        place
        for place in named
        if not any(place.name_zh in o.name_zh and place.name_zh != o.name_zh for o in named)
    ]
    for size in (6, PREFECTURE, PROVINCE):
        found = [place for place in named if _size(place.code) == size]
        around = {place: sum(_holds(other.code, place.code) for other in named) for place in found}
        best = [place for place in found if around[place] == max(around.values())]
        if found:
            return best[0] if len(best) == 1 else None
    return None


def parent_of(code: str) -> str | None:
    """Return the bundled case, no draft, that counts `code` among its parts; None where there is none.

    >>> parent_of("360100"), parent_of("360425"), parent_of("440300")
    ('regions/360000', 'jiujiang', None)
    """
    for name in bundled():
        if name.startswith(DRAFTS):
            continue
        text = (locate(name).path / "city.yaml").read_text(encoding="utf-8")
        if any(part["code"] == code for part in yaml.safe_load(text).get("counties", ())):
            return name
    return None


def _size(code: str) -> int:
    """How many leading digits say the place: 2 a province, 4 a prefecture, 6 a county."""
    return PROVINCE if code.endswith("0000") else PREFECTURE if code.endswith("00") else 6


def _holds(outer: str, inner: str) -> bool:
    return outer != inner and inner.startswith(outer[: _size(outer)]) and _size(outer) < _size(inner)
