"""Peak and neutrality as dated promises of the plan itself.

2030年前碳达峰, 2060年前碳中和, “十五五”期间工业领域达峰 are promises. 达峰后稳中有降 carries no date of a peak; the goals of
the nation or of the level above are quoted; “碳中和”工厂 and the peak of one firm are no milestone of the plan.
"""

import re
from collections.abc import Iterator

from dafeng.plan.model import Comparator
from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.clause_state import Issuer, Statement
from dafeng.plan.targets.clauses import Clause
from dafeng.plan.targets.milestone_owners import owns
from dafeng.plan.targets.periods import TimeMark, When
from dafeng.plan.targets.subjects import clean_subject

_OF_CITY = pattern("milestones.of_city")
_OF_PROVINCE = pattern("milestones.of_province")
_NO_CITY = pattern("milestones.no_city")
_PARK = pattern("milestones.park")
_GIVES = pattern("milestones.gives")
_STRIVES = pattern("milestones.strives")
_FOR_IT = pattern("milestones.for_it")
_SECTOR_LAST = pattern("milestones.sector_last")
_SECTOR_WORD = pattern("milestones.sector_word")
_PEAK = pattern("milestones.peak")
_DONE = pattern("milestones.done")
_DONE_IN_FRONT = pattern("milestones.done_in_front")
_DONE_AT_END = pattern("milestones.done_at_end")
_GOES_ON = pattern("milestones.goes_on")
"""What may follow a promised peak: the end of its clause, its own verb, a further date.

Anything else makes it an attribute.
"""
_NEUTRAL = ("碳中和", "净零排放")
_EARLIEST_NEUTRAL = 2040
"""No region of the nation plans to be neutral before; an earlier year belongs to a firm, a fair, a site."""
_LATEST_PEAK = 2030
"""The year of the national peak; a later one is a promise only where the text writes it right by the peak."""
_GROUND = pattern("milestones.ground")
"""为如期达峰打下基础 prepares for a peak and promises none."""
_WISH = pattern("milestones.wish")
_ONE_OF_MANY = pattern("milestones.one_of_many")
"""One thing of many: its peak or neutrality is no milestone of the plan."""
_BEFORE_PEAK = pattern("milestones.before_peak")
_PARTS = pattern("milestones.parts")


_OF_NATION = pattern("milestones.of_nation")


def issuer_of(title: str, issuer: str | None) -> Issuer:
    """Return the level of the body that issues a plan, from its title and its name."""
    words = f"{issuer or ''}{title}"
    if _OF_CITY.search(_NO_CITY.sub("", words)):
        return Issuer("city", title)
    if _OF_PROVINCE.search(words):
        return Issuer("province", title)
    if _OF_NATION.search(words):
        return Issuer("nation", title)
    return Issuer("unknown", title)


def milestones(clause: Clause, text: str, when: When, issuer: Issuer) -> Iterator[Statement]:
    """Return the promised peaks and neutralities of a clause whose inherited time is `when`."""
    for match in _PEAK.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        if not (_GOES_ON.match(after) or _dated_then_falls(clause, match, after)) or _is_quoted(
            clause, match, after, issuer
        ):
            continue
        at = clause.start + match.start()
        own = [m for m in clause.times if m.baseline is None and m.when.years and m.start < at]
        own = own or _dated_behind(clause, clause.start + match.end())
        what = match.group("what")
        if not own and not when.years:
            if _within(what, before, after, when):
                yield Statement(
                    at, clause.start + match.end("what"), Comparator.MILESTONE, (_what_peaks(clause, match),), "",
                    confidence=0.8, rule="milestone_period",
                )  # fmt: skip
            continue
        year = _year(what, own, when, clause.whole[own[-1].end if own else at : at])
        if year is None or not (own or _reaches(what, year, before, after)):
            continue
        here = min(own[-1].start, at) if own else clause.start
        is_before = own[-1].when.before if own else when.before
        rule = "milestone_dated" if own else "milestone_reached"
        yield Statement(
            _not_over(clause, here, at), clause.start + match.end("what"), Comparator.MILESTONE, (_what_peaks(clause, match),),
            "前" if is_before else "", years=(year,), confidence=0.9, rule=rule,
        )  # fmt: skip


def _dated_behind(clause: Clause, end: int) -> list[TimeMark]:
    """Return the year right behind a milestone that its verb follows: 碳达峰目标于2030年前顺利实现."""
    marks = [mark for mark in clause.times if mark.baseline is None and 0 <= mark.start - end <= _NEAR]
    return [mark for mark in marks if mark.when.years and _DONE.match(clause.whole, mark.end)]


_NEAR = 2
"""Characters between a milestone and the year behind it: 于, 将于, 力争."""
_THEN = pattern("milestones.then")
_THEN_FALLS = pattern("milestones.then_falls")


def _dated_then_falls(clause: Clause, match: "re.Match[str]", after: str) -> bool:
    """Check for a peak dated in front of it whose fall follows: 在2030年前达到峰值后实现稳中有降, 2030年如期实现碳达峰后,…"""
    at = clause.start + match.start()
    dated = [mark for mark in clause.times if mark.when.before and 0 <= at - mark.end <= 2]
    if _THEN.match(after) and _DONE_IN_FRONT.search(clause.whole[clause.start : at]):
        return any(mark.when.years and mark.start < at for mark in clause.times)
    return bool(dated) and _THEN_FALLS.match(after) is not None


def _year(what: str, own: list[TimeMark], when: When, between: str) -> int | None:
    """Return the year of a milestone; None where no year can be its."""
    year = (own[-1].when if own else when).years[-1]
    if what in _NEUTRAL:
        return year if year >= _EARLIEST_NEUTRAL else None
    if own and len(between) > 30:
        return None
    if year > _LATEST_PEAK and not (own and own[-1].when.before):
        return None
    return year


def _is_quoted(clause: Clause, match: "re.Match[str]", after: str, issuer: Issuer) -> bool:
    """Check whether the milestone is another's: of the nation, of the level above, of one firm or site."""
    subject = _BEFORE_PEAK.sub("", clause.without_times(clause.start, clause.start + match.start()))
    one = _ONE_OF_MANY.search(subject)
    own_park = one and one.group() in ("园区", "开发区") and _PARK.search(issuer.title)
    if one and not own_park and one.group() not in issuer.title and not _SECTOR_WORD.search(subject):
        return True
    if _GIVES.match(after) or (_GROUND.search(after) and not clause.times):
        return True
    at = clause.start + match.start()
    return not owns(clause.whole, at, clause.start + match.end(), issuer)


def _within(what: str, before: str, after: str, when: When) -> bool:
    """Check for a period instead of a year, the peak at the end of its clause: “十五五”期间,工业领域碳排放达峰."""
    wish = _WISH.search(before) or _STRIVES.search(before)
    return bool(when.periods) and not after and not wish and "峰" in what


def _what_peaks(clause: Clause, match: "re.Match[str]") -> str:
    """Return 碳中和, 工业领域达峰, or 二氧化碳排放达峰 where no part of the whole is named.

    碳达峰目标…实现 as written.
    """
    what = match.group("what")
    if what in _NEUTRAL:
        return what
    before = clause.without_times(clause.start, clause.start + match.start())
    subject = clean_subject(_BEFORE_PEAK.sub("", before))
    named = subject and len(subject) <= 20 and not re.search(r"\d", subject)
    if named and _PARTS.search(subject):
        return subject + ("" if subject.endswith("达峰") else "达峰")
    after = clause.whole[clause.start + match.end() : clause.end]
    return "碳达峰" if what == "碳达峰" and _DONE.match(after) else "二氧化碳排放达峰"


def _reaches(what: str, year: int, before: str, after: str) -> bool:
    """Check a milestone without a year of its own: only with a verb right before or behind it
    (到2060年,…,顺利实现碳中和).
    """
    if _WISH.search(before) or _GROUND.search(after) or _FOR_IT.search(before):
        return False
    done = bool(_DONE_IN_FRONT.search(before)) or bool(_DONE_AT_END.match(after))
    if what != "碳达峰" and what not in _NEUTRAL:
        return True
    sector = not after and _SECTOR_LAST.search(before)
    return year > 2025 and (done or bool(sector))


def _not_over(clause: Clause, start: int, end: int) -> int:
    """Return `start`, or behind the last number between it and `end`: a milestone swallows no figure."""
    return max([start, *(q.outer_end for q in clause.quantities if start <= q.start < end)])
