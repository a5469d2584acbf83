"""Targets without a figure.

They are left to an upper level, whole coverage, peak and neutrality, better than a benchmark.
"""

import re
from collections.abc import Iterator

from dafeng.plan.model import Comparator
from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.clause_state import COUNTS, Issuer, Statement
from dafeng.plan.targets.clauses import Clause
from dafeng.plan.targets.indicators import looks_like_indicator, split_indicators
from dafeng.plan.targets.peaks import milestones
from dafeng.plan.targets.periods import When
from dafeng.plan.targets.quantities import Quantity
from dafeng.plan.targets.subjects import clean_object, clean_subject, lent_by_pollutant, scope_of

_CHANGE_LAST = pattern("aims.change_last")
_AIM_LAST = pattern("aims.aim_last")
_URGED_IN_FRONT = pattern("aims.urged_in_front")
_ALL_IN_FRONT = pattern("aims.all_in_front")
_DUAL_CONTROL = pattern("aims.dual_control")
_BASICALLY = pattern("aims.basically")
_PROMISES = pattern("aims.promises")
_DOERS = pattern("aims.doers")
_FACILITIES = pattern("aims.facilities")
_DEFERRED = pattern("aims.deferred")
_BY_HOW_MUCH = pattern("aims.by_how_much")
_ALL_COVER = pattern("aims.all_cover")
_ALL_STATE = pattern("aims.all_state")
_NEEDS_SUBJECT = pattern("aims.needs_subject")
_BETTER = pattern("aims.better")
_QUALITATIVE = pattern("aims.qualitative")


def statements(clause: Clause, when: When, inherited: tuple[str, ...], issuer: Issuer) -> list[Statement]:
    """Return all figureless promises of a clause."""
    text = clause.text
    found = [
        *(list(_deferred_object(clause, text)) or _deferred(clause, text, when, inherited)),
        *_better(clause, text, inherited),
        *_not_above_a_year(clause, text, inherited),
    ]
    if not found:
        found += [*milestones(clause, text, when, issuer)]
        if not found:
            found += [*_coverage(clause, text, when, inherited)]
        if not found:
            figureless = (_to_the_full, _all_of, _states, _work_done)
            found += [said for read in figureless for said in read(clause, text, when)][:1]
    return found


def _before(clause: Clause, offset: int) -> str:
    return clause.without_times(clause.start, clause.start + offset)


def _deferred(clause: Clause, text: str, when: When, inherited: tuple[str, ...]) -> Iterator[Statement]:
    match = _DEFERRED.search(text)
    if not match:
        return
    subject = clean_subject(_before(clause, match.start()))
    subject = _AIM_LAST.sub("", subject) if len(subject) > 6 else subject
    subject = _BY_HOW_MUCH.sub("", subject)
    if not subject:
        subjects: tuple[str, ...] = inherited
    else:
        subjects = tuple(split_indicators(subject, "、|以及|和|及|与"))
    if not subjects or not (when.known or any(looks_like_indicator(s) for s in subjects)):
        return
    if len(subjects) == 1 and "、" in subject:
        subjects = tuple(lent_by_pollutant(re.split("、|和|及|与", subject))) or subjects
    of_work = when.known and _OF_WORK.search(subject)
    if not any(looks_like_indicator(s) for s in subjects) and (subject or not inherited) and not of_work:
        return
    confidence = 1.0 if all(looks_like_indicator(s) for s in subjects) else 0.6
    yield Statement(
        clause.start + match.start(), clause.start + match.end(), Comparator.DEFERRED, subjects, match.group()[:20], confidence=confidence, rule="deferred"
    )  # fmt: skip


_OF_WORK = pattern("aims.of_work")


_OWN_OBJECT = pattern("aims.own_object")
_OBJECT_FIRST = pattern("aims.object_first")


def _deferred_object(clause: Clause, text: str) -> Iterator[Statement]:
    """Read what is left to the upper level behind the verb: 确保完成国家下达的煤炭消费控制目标."""
    match = _OWN_OBJECT.search(text) or _OBJECT_FIRST.match(_before(clause, len(text)).lstrip(","))
    if not match:
        return
    what = _CHANGE_LAST.sub("", match.group("what"))
    names = split_indicators(what, "、|以及|和|及|与")
    if all(looks_like_indicator(name) for name in names) and not _DUAL_CONTROL.search(match.group("what")):
        yield Statement(
            clause.start + match.start(), clause.start + match.end(), Comparator.DEFERRED, tuple(names), match.group()[:20], confidence=0.7, rule="deferred_object"
        )  # fmt: skip


def _better(clause: Clause, text: str, inherited: tuple[str, ...]) -> Iterator[Statement]:
    match = _BETTER.search(text)
    rest = match.group("rest") if match else ""
    if not match or not (rest.isdigit() or rest in ("", ",", "。", "、", ";", "以", "水")):
        return
    subject = clean_subject(_before(clause, match.start())) or (
        inherited[-1] if inherited and rest.isdigit() else ""
    )
    if subject and looks_like_indicator(subject) and not subject.startswith("对"):
        yield Statement(
            clause.start + match.start(), clause.end if rest.isdigit() else clause.start + match.end("benchmark"),
            Comparator.BETTER_THAN, (subject,), match.group("verb"), benchmark=match.group("benchmark"),
            confidence=0.9, rule="benchmark",
        )  # fmt: skip


_AS_IN = pattern("aims.as_in")


def _not_above_a_year(clause: Clause, text: str, inherited: tuple[str, ...]) -> Iterator[Statement]:
    """Read 煤炭消费总量不超过2020年水平: the value of that year is the bar."""
    match = _AS_IN.search(text)
    if not match:
        return
    subject = clean_subject(_before(clause, match.start()))
    subjects = tuple(split_indicators(subject, "、|以及|和|及|与")) if looks_like_indicator(subject) else ()
    for one in subjects or (inherited if not subject else ()):
        yield Statement(
            clause.start + match.start(), clause.start + match.end("benchmark"), Comparator.BETTER_THAN, (one,),
            match.group("verb"), benchmark=match.group("benchmark"), confidence=0.9, rule="benchmark_year",
        )  # fmt: skip


def _coverage(clause: Clause, text: str, when: When, inherited: tuple[str, ...]) -> Iterator[Statement]:
    match = _ALL_COVER.search(text)
    if not match:
        return
    subject = clean_subject(_before(clause, match.start()))
    subject = _URGED_IN_FRONT.sub("", subject) or subject
    if not subject and inherited and inherited[-1].endswith("覆盖率"):
        subject = inherited[-1].removesuffix("率")
    if len(subject) < 2:
        return
    counted = [
        q.start for q in clause.quantities if q.unit[-1:] in COUNTS and q.end < clause.start + match.start()
    ]
    whole = [
        q.start
        for q in clause.quantities
        if q.is_share and 0 <= clause.start + match.start() - q.outer_end <= 1
    ]
    yield Statement(
        min(counted + whole, default=clause.start + match.start()), clause.start + match.end(), Comparator.ALL, (subject + ("" if subject.endswith("覆盖") else "覆盖"),),
        match.group()[:12], confidence=1.0 if when.known else 0.8, rule="coverage",
    )  # fmt: skip


def _is_threshold(clause: Clause, quantity: Quantity) -> bool:
    """Check whether the number defines which things are meant: 35蒸吨/小时以下燃煤锅炉."""
    after = clause.whole[quantity.outer_end : min(quantity.outer_end + 1, clause.end)]
    return quantity.suffix in ("以上", "以下", "及以上", "及以下") and after not in ("", "、", "(", "的")


_TO_THE_FULL = pattern("aims.to_the_full")


def _to_the_full(clause: Clause, text: str, when: When) -> Iterator[Statement]:
    """Read the whole in other words: 公共机构屋顶光伏应装尽装, 生活垃圾“零填埋”."""
    match = _TO_THE_FULL.search(text)
    if not match or not (when.known or _PROMISES.search(match.group())):
        return
    raw = match.group("all").strip("“”")
    subject = clean_subject(_before(clause, match.start()))
    if len(subject) < 2 or (raw.startswith("零") and "净零" in text):
        return
    name = subject + raw if raw.startswith(("零", "全")) else subject
    yield Statement(
        clause.start + match.start(), clause.start + match.end(), Comparator.ALL, (name,), match.group()[:12],
        confidence=0.9 if when.known else 0.7, rule="to_the_full",
    )  # fmt: skip


_ALL_OF = pattern("aims.all_of")


_WORK_ON_ALL = pattern("aims.work_on_all")
"""2027年底前,完成所有工业园区污水管网排查整治."""


def _all_of(clause: Clause, text: str, when: When) -> Iterator[Statement]:
    """Read 到2027年,全部省级开发区完成循环化改造."""
    match = _ALL_OF.search(text)
    before = clean_subject(_before(clause, match.start())) if match else ""
    alone = match and (not before or scope_of(before) == before)
    whole = None if match else _WORK_ON_ALL.search(text)
    match = match or whole
    who = match.group("who") if match else ""
    undated = not when.known and alone and match is not whole and _DOERS.search(who)
    if match and (alone or whole) and (when.years or undated) and not clause.quantities:
        name = text[match.start("who") : match.end()]
        yield Statement(
            clause.start + match.start(),
            clause.end,
            Comparator.ALL,
            (name,),
            "全部",
            confidence=0.8 if when.years else 0.7,
            rule="all_of",
        )


_WORK_DONE = pattern("aims.work_done")
"""2024年底前,完成35蒸吨/小时及以下燃煤锅炉淘汰."""


def _work_done(clause: Clause, text: str, when: When) -> Iterator[Statement]:
    """Read work that ends with a date: what is named is done with as a whole."""
    words = _before(clause, len(text)).lstrip(",")
    match = _WORK_DONE.match(words)
    if not match or not when.years or any(not _is_threshold(clause, q) for q in clause.quantities):
        return
    what = clean_object(_ALL_IN_FRONT.sub("", match.group("what")))
    yield Statement(
        clause.end - len(match.group("what")), clause.end, Comparator.ALL, (what,), match.group("all"),
        confidence=0.7, rule="work_done",
    )  # fmt: skip


_ENDED = pattern("aims.ended")
"""Without the verb the promise would be turned round: 全面禁止销售燃油汽车."""


_KEPT = pattern("aims.kept")
"""Verbs that a name needs: 公交车全部使用新能源汽车 is 公交车使用新能源汽车."""


_SLOGAN = pattern("aims.slogan")
"""美丽某市建设目标基本实现 states how well, not how much."""


def _states(clause: Clause, text: str, when: When) -> Iterator[Statement]:
    match = _ALL_STATE.search(text)
    if not match or text[match.end() : match.end() + 2] in ("的基", "的前"):
        return
    if any(
        q.start > clause.start + match.start() and not _is_threshold(clause, q) for q in clause.quantities
    ):
        return
    raw = _before(clause, match.start())
    subject = clean_subject(raw)
    becomes = match.group("all")
    rest = becomes[2:] if becomes.endswith("化") else clean_object(text[match.end() :])
    rest = becomes[2:] + rest if rest.startswith("为") or _ENDED.search(becomes) else rest
    if not when.years:
        needs = _NEEDS_SUBJECT.search(text[match.start() :])
        if not needs or len(subject) < 4 or not _DOERS.search(subject):
            return
        name, confidence = f"{subject}{needs.group(0)[2:]}", 0.7
    else:
        if raw.endswith(("在", "从")) or len(subject + rest) < 4 or _SLOGAN.search(subject + rest):
            return
        if _BASICALLY.match(match.group("all")) and (
            _QUALITATIVE.search(rest or subject) and not _FACILITIES.search(subject + rest)
        ):
            return
        verb = becomes[2:] if _KEPT.fullmatch(becomes[2:]) and subject and rest else ""
        name, confidence = subject + verb + rest, 0.8
    yield Statement(
        clause.start + match.start(), clause.end, Comparator.ALL, (name[:60],), match.group()[:10], confidence=confidence, rule="state"
    )  # fmt: skip
