"""Peak and neutrality: 2030年前碳达峰, 2060年前碳中和, “十五五”期间工业领域达峰; ground laid for a peak is none."""

import re
from collections.abc import Iterator

from dafeng.plan.model import Comparator
from dafeng.plan.targets.clause_state import Statement
from dafeng.plan.targets.clauses import Clause
from dafeng.plan.targets.periods import When
from dafeng.plan.targets.subjects import clean_subject

_PEAK = re.compile(
    r"(?P<what>碳达峰|达峰|达到峰值|达到峰值水平|碳排放峰值|碳中和|净零排放)(?P<next>行动|实施方案|方案|工作|试点|领域|“|1\+N|政策|重大|任务|进程|碳中和|、碳中和|和碳中和|的重大|专项|科技|大数据|路径|支撑|要求|先行|标准|园区|城市|示范)?"
)
_GROUND = re.compile(r"打下|奠定|打牢|创造|提供|夯实|筑牢|赢得|积蓄")
"""为如期达峰打下基础 prepares for a peak and promises none."""


def milestones(clause: Clause, text: str, when: When) -> Iterator[Statement]:
    for match in _PEAK.finditer(text):
        if match.group("next"):
            continue
        times = [
            m
            for m in clause.times
            if m.baseline is None and m.when.years and m.start < clause.start + match.start()
        ]
        year = times[-1].when.years[-1] if times else when.years[-1] if when.years else None
        here = times[-1].start if times else clause.start
        between = clause.whole[times[-1].end if times else here : clause.start + match.start()]
        if year is None and _within(match, text, when):
            yield Statement(
                clause.start + match.start(), clause.start + match.end("what"), Comparator.MILESTONE,
                (_what_peaks(clause, match),), "", confidence=0.8,
            )  # fmt: skip
        if year is None or (len(between) > 30 and "峰" in match.group("what")):
            continue
        if not times and (
            _GROUND.search(text[match.end() :]) or re.search(r"为[^,]*$", text[: match.start()])
        ):
            continue
        if not times and re.search(r"率先|早日|提前|陆续|逐步", text[: match.start()]):
            continue
        if not times and not _reaches(match.group("what"), year, text[: match.start()], text[match.end() :]):
            continue
        name = _what_peaks(clause, match)
        yield Statement(
            _not_over(clause, here, clause.start + match.start()), clause.start + match.end("what"), Comparator.MILESTONE, (name,),
            "前" if (times[-1].when.before if times else when.before) else "", years=(year,), confidence=0.9,
        )  # fmt: skip


def _within(match: "re.Match[str]", text: str, when: When) -> bool:
    """“十五五”期间,工业领域碳排放达峰: a period instead of a year, the peak at the end of its clause."""
    ends = text[match.end() :] in ("", "目标")
    wish = re.search(r"率先|早日|提前|陆续|逐步|推动|努力|为", text[: match.start()])
    return bool(when.periods) and not when.years and ends and not wish and "峰" in match.group("what")


def _what_peaks(clause: Clause, match: "re.Match[str]") -> str:
    """碳中和, 工业领域达峰, or 二氧化碳排放达峰 where no part of the whole is named."""
    what = match.group("what")
    if what in ("碳中和", "净零排放"):
        return what
    before = clause.without_times(clause.start, clause.start + match.start())
    subject = clean_subject(_BEFORE_PEAK.sub("", before))
    named = subject and len(subject) <= 20 and not re.search(r"\d", subject)
    if named and _PARTS.search(subject):
        return subject + ("" if subject.endswith("达峰") else "达峰")
    return "二氧化碳排放达峰"


_BEFORE_PEAK = re.compile(
    r"(?:实现|达到|如期|顺利|率先|的|愿景|与全国同步|二氧化碳排放|碳排放|确保|努力|为|力争|争取)+$"
)
_PARTS = re.compile(r"领域|行业|消费|产业|排放|企业|部门|钢铁|电力|建材|石油|煤炭")


def _reaches(what: str, year: int, before: str, after: str) -> bool:
    """到2060年,…,顺利实现碳中和: without a year of its own only with a verb right before it."""
    if what in ("碳中和", "净零排放"):
        reached = re.search(r"(?:实现|达到)$", before) or re.match(r"目标(?:顺利|如期|全面)*实现$", after)
        return year >= 2040 and bool(reached)
    if what != "碳达峰":
        return True
    return (
        year > 2025 and after in ("", "目标") and bool(re.search(r"(?<!为)(?:如期|顺利|确保|^)实现$", before))
    )


def _not_over(clause: Clause, start: int, end: int) -> int:
    """`start`, or behind the last number between it and `end`: a milestone does not swallow a figure."""
    return max([start, *(q.outer_end for q in clause.quantities if start <= q.start < end)])
