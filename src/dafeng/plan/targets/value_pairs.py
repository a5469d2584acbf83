"""Several numbers in a row: the bound and unit that they share, and the subject and year of each."""

from dataclasses import replace

from dafeng.plan.targets.clause_state import base_unit
from dafeng.plan.targets.periods import When
from dafeng.plan.targets.quantities import Quantity

SCALES = frozenset(("万", "亿", "千", "百", "万亿"))


def one_unit(group: list[Quantity]) -> list[Quantity]:
    """Give all values the unit of the last one: 230万、430万千瓦."""
    of_last = base_unit(group[-1].unit)
    if of_last in ("", "%") or of_last in SCALES:
        return group
    return [replace(one, unit=one.unit + of_last) if one.unit in SCALES else one for one in group]


def one_bound(group: list[Quantity]) -> list[Quantity]:
    """Give all values the bound in front: 分别不低于20%、35%."""
    first = group[0]
    if not first.prefix or first.suffix:
        return group
    return [
        first,
        *(one if one.bound else replace(one, bound=first.bound, prefix=first.prefix) for one in group[1:]),
    ]


Pair = tuple[str, Quantity, int | None, str | None]


def pairs(subjects: list[str], group: list[Quantity], when: When) -> list[Pair]:
    """Pair each value with its subject, and with its year or period."""
    times: list[tuple[int | None, str | None]] = [(year, None) for year in when.years]
    times = times or [(None, period) for period in when.periods] or [(None, None)]
    whole = "、".join(subjects)
    if len(group) == 1:
        return [(subject, group[0], *time) for subject in subjects for time in times]
    if len(group) == len(times):
        return [(whole, quantity, *time) for quantity, time in zip(group, times, strict=True)]
    if len(group) == len(subjects):
        return [(subject, quantity, *times[-1]) for subject, quantity in zip(subjects, group, strict=True)]
    if len(group) == len(subjects) * len(times):
        places = [(subject, time) for subject in subjects for time in times]
        return [(subject, quantity, *time) for quantity, (subject, time) in zip(group, places, strict=True)]
    return [(whole, quantity, *times[-1]) for quantity in group]
