"""Properties of an indicator: the side on which success lies, and the units it can have."""

import re
from functools import lru_cache

from dafeng.evidence import packaged_rows
from dafeng.factors import indicator_named
from dafeng.plan.model import Comparator, Sense
from dafeng.plan.patterns.table import pattern
from dafeng.units import is_unit, kind

INDICATOR_END = pattern("names.indicator_end")


@lru_cache(maxsize=1)
def _rows() -> tuple[tuple[re.Pattern[str], Sense], ...]:
    return tuple(
        (re.compile(row["pattern"]), Sense(row["sense"]))
        for row in packaged_rows("dafeng.plan", "indicators.csv")
    )


def sense_of(indicator: str, comparator: Comparator) -> Sense:
    """Return on which side of the value success lies.

    `-` and `+` state a change: a deeper fall (a larger rise) is better wherever the fall (rise) is the aim.
    """
    if comparator in (Comparator.FALL, Comparator.RISE, Comparator.ALL):
        return Sense.BETTER_DOWN if comparator is Comparator.FALL else Sense.BETTER_UP
    if comparator is Comparator.AT_MOST:
        return Sense.BETTER_DOWN
    if comparator is Comparator.AT_LEAST:
        return Sense.BETTER_UP
    if comparator is Comparator.MILESTONE:
        return Sense.BETTER_DOWN
    listed = indicator_named(indicator)
    if listed is not None and listed.sense != Sense.MATCH:
        return Sense(listed.sense)
    for shape, sense in _rows():  # names that no table lists: by what they are made of
        if shape.search(indicator):
            return sense
    return Sense.MATCH


@lru_cache(maxsize=1)
def _kinds() -> tuple[tuple[re.Pattern[str], frozenset[str] | None], ...]:
    """Read the rows of unit_kinds.csv: the names of an indicator and the kinds of its units.

    None for any kind.
    """
    return tuple(
        (
            re.compile(row["pattern"]),
            None if row["units"] == "*" else frozenset(kind(unit) for unit in row["units"].split("|")),
        )
        for row in packaged_rows("dafeng.plan", "unit_kinds.csv")
    )


def unit_fits(indicator: str, unit: str | None, *, change: bool = False) -> bool:
    """Check whether a unit fits an indicator.

    False where a rate is in units of mass, power, area …, an installed power in percent, an amount of energy
    in 万千瓦. A change may be stated in percent whatever it is a change of. A unit that is not listed fits.
    """
    if not unit or not is_unit(unit) or (change and kind(unit) == kind("%")):
        return True
    name = re.sub(r"\([^()]*\)$", "", indicator)
    for shape, kinds in _kinds():
        if shape.search(name):
            return kinds is None or kind(unit) in kinds or "/" in unit
    return True


def looks_like_indicator(text: str) -> bool:
    """Check whether the words end like the name of something that is measured."""
    return bool(INDICATOR_END.search(re.sub(r"\([^()]*\)$", "", text)))


_OF_WHAT = pattern("names.of_what")
_PER_WHAT = pattern("names.per_what")


_ONE_RATE = pattern("names.one_rate")
"""甲产能和乙达到标杆水平的比例 is one rate over both."""


def split_indicators(subject: str, joints: str = "以及|和|及|与") -> list[str]:
    """Split joined indicators: 单位生产总值能耗和二氧化碳排放 → two, both 单位生产总值.

    A part that is no indicator stays with the next.
    """
    if not re.search(joints, subject) or "总量和强度“双控”" in subject or _ONE_RATE.search(subject):
        return [subject]
    pieces = re.split(f"({joints})", subject)
    result: list[str] = []
    waiting = ""
    for i in range(0, len(pieces), 2):
        piece = waiting + pieces[i]
        joint = pieces[i + 1] if i + 1 < len(pieces) else ""
        if joint and not looks_like_indicator(piece):
            waiting = piece + joint
            continue
        waiting = ""
        result.append(piece)
    if result[-1] == "强度" and result[0].endswith("总量"):
        result[-1] = result[0].removesuffix("总量") + "强度"
    return lend_denominator(result) if all(looks_like_indicator(piece) for piece in result) else [subject]


def lend_denominator(names: list[str]) -> list[str]:
    """Copy the denominator to later indicators: 单位生产总值能耗, 二氧化碳排放 → the second is 单位生产总值 as well."""
    common = _OF_WHAT.match(names[0])
    if not common:
        return names
    return [names[0], *(common.group() + name if _PER_WHAT.match(name) else name for name in names[1:])]
