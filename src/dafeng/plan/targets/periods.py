"""Years and periods: 到2025年, 2030年前, 2025年、2030年, “十四五”期间, 比2020年, 二〇三五年."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dafeng.plan.patterns.table import pattern

_COMPARES = pattern("dates.compares")
_FIVE_YEARS = {
    "十三五": (2016, 2020),
    "十四五": (2021, 2025),
    "十五五": (2026, 2030),
    "十六五": (2031, 2035),
    "十七五": (2036, 2040),
}
_YEAR = pattern("dates.year")
_BASELINE = pattern("dates.baseline")
_BASE_OF_ALL = pattern("dates.base_of_all")
"""以2020年能源消费和碳排放为基数."""
_THAT_YEAR = pattern("dates.that_year")
_PRICES = pattern("dates.prices")
_PERIOD = pattern("dates.period")
_DEADLINE = pattern("dates.deadline")
_RANGE = pattern("dates.range")
_NUMERALS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {"零": "0"}


_NAMED_AFTER = pattern("dates.named_after")


def _of_period(match: "re.Match[str]", text: str) -> bool:
    """Check for a period without 期间: “十四五”单位能耗下降15%, not the first word of a title (“十四五”规划)."""
    return bool(match.group("quoted")) and not _NAMED_AFTER.match(text[match.end() : match.end() + 40])


@dataclass(frozen=True, slots=True)
class When:
    """Time of a clause. `years` holds several for 到2025年、2030年分别达到."""

    years: tuple[int, ...] = ()
    periods: tuple[str, ...] = ()
    before: bool = False
    since: bool = False
    bare: bool = False
    """A year alone, 2022年, without 到, 前, 底, 起 or the like; or 截至2022年底."""
    until: bool = False
    """截至2024年底: a state up to then, unless words of will stand with it."""

    @property
    def known(self) -> bool:
        return bool(self.years or self.periods)


@dataclass(frozen=True, slots=True)
class TimeMark:
    """Expression of time at `start:end`; a baseline is what a change is measured from."""

    start: int
    end: int
    when: When
    baseline: int | None = None


def year_of(text: str) -> int:
    """Parse a year: 2030年 → 2030, 二〇三五年 → 2035."""
    digits = text[:4]
    return int(digits if digits.isdigit() else "".join(_NUMERALS[c] for c in digits))


def find_times(text: str, start: int, end: int) -> list[TimeMark]:
    """Return all expressions of time in `text[start:end]`, in order, none inside another."""
    marks: list[TimeMark] = []
    taken: list[tuple[int, int]] = []

    def add(mark: TimeMark) -> None:
        if not any(a < mark.end and mark.start < b for a, b in taken):
            marks.append(mark)
            taken.append((mark.start, mark.end))

    for mark in _baselines(text, start, end):
        add(mark)
    for match in _RANGE.finditer(text, start, end):
        add(TimeMark(match.start(), match.end(), When((), (f"{match.group('a')}-{match.group('b')}",))))
    for match in _deadlines(text, start, end):
        years = [year_of(match.group("first"))]
        if text[match.end() : match.end() + 1] == "的" and text[
            match.start() - 1 : match.start() + 1
        ].startswith(("由", "从")):
            add(TimeMark(match.start(), match.end() + 1, When(), baseline=years[0]))
            continue
        years += [year_of(part) for part in _YEAR.findall(match.group("rest"))]
        since = match.group("after") in ("起", "以来") or (match.group("before") or "") in ("自", "从")
        before = bool(match.group("by")) or (match.group("end") or "").endswith("前")
        told = ("before", "rest", "month", "end", "by", "after")
        until = (match.group("before") or "").startswith("截")
        bare = not any(match.group(name) for name in told) or until
        add(TimeMark(match.start(), match.end(), When(tuple(years), (), before, since, bare, until)))
    for match in _PERIOD.finditer(text, start, end):
        how = match.group("how")
        follows = text[match.end() : match.end() + 2]
        if not how and follows not in ("、“", "和“", "和十", "“十") and not _of_period(match, text):
            continue
        if how in ("末", "期末", "时期末", "末期"):
            add(TimeMark(match.start(), match.end(), When((_plan_end(match.group("plan")),))))
        else:
            add(TimeMark(match.start(), match.end(), When((), (match.group("plan"),), since=how == "以来")))
    marks.sort(key=lambda mark: mark.start)
    return _joined(text, marks)


def _deadlines(text: str, start: int, end: int) -> Iterator["re.Match[str]"]:
    """Find years that may be deadlines: prices of a year (2020年不变价) are none."""
    return (match for match in _DEADLINE.finditer(text, start, end) if not _PRICES.match(text, match.end()))


def _baselines(text: str, start: int, end: int) -> list[TimeMark]:
    """Return baselines: 比2020年, 在“十三五”末基础上, 2020年水平."""
    found: list[TimeMark] = []
    for match in _BASELINE.finditer(text, start, end):
        if match.group()[0] in "与以在" and not _COMPARES.search(match.group()):
            continue
        year = year_of(match.group("year")) if not match.group("plan") else _plan_end(match.group("plan"))
        found.append(TimeMark(match.start(), match.end(), When(), baseline=year))
    found += [
        TimeMark(match.start(), match.end(), When(), baseline=year_of(match.group("year")))
        for match in _BASE_OF_ALL.finditer(text, start, end)
    ]
    found += [
        TimeMark(match.start(), match.end(), When(), baseline=year_of(match.group()))
        for match in _THAT_YEAR.finditer(text, start, end)
    ]
    return found


def _joined(text: str, marks: list[TimeMark]) -> list[TimeMark]:
    """Join times into one expression: “十四五”、“十五五”期间 and 到2025年和2030年."""
    result: list[TimeMark] = []
    for mark in marks:
        if result and mark.baseline is None and result[-1].baseline is None:
            last = result[-1]
            between = text[last.end : mark.start]
            if between in ("、", "和", "及", "") and (between or (last.when.periods and mark.when.periods)):
                when = replace(
                    last.when,
                    years=last.when.years + mark.when.years,
                    periods=last.when.periods + mark.when.periods,
                )
                result[-1] = TimeMark(last.start, mark.end, when)
                continue
        result.append(mark)
    return result


def _plan_end(name: str) -> int:
    return _FIVE_YEARS.get(name, (0, 2020))[1] if name in _FIVE_YEARS else 2015


def period_years(period: str) -> tuple[int, int] | None:
    """Return first and last year of 十四五 or 2021-2025."""
    if period in _FIVE_YEARS:
        return _FIVE_YEARS[period]
    match = re.fullmatch(r"(20\d\d)-(20\d\d)", period)
    return (int(match.group(1)), int(match.group(2))) if match else None
