"""Quantities that a verb of making ties to a thing: 建成高标准农田265万亩, 培育150家龙头企业."""

import re
from dataclasses import replace

from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.clause_state import COUNTS, LEVEL, State, Tie, base_unit
from dafeng.plan.targets.indicators import looks_like_indicator
from dafeng.plan.targets.quantities import Quantity
from dafeng.plan.targets.subjects import clean_subject

_WHOLE_PLACE = pattern("counts.whole_place")
_WORK_IN_FRONT = pattern("counts.work_in_front")
_PLACE_IN_FRONT = pattern("counts.place_in_front")
_JOINTS_IN_FRONT = pattern("counts.joints_in_front")
_MAKE_LAST = pattern("counts.make_last")
_IN_A_NAME = pattern("counts.in_a_name")
_ADVERBS = "新并再要将应共计划争保快极动持励底前内年间式能步续面,、"
_MAKE_FIRST = pattern("counts.make_first")
_MAKE_END = pattern("counts.make_end")
_COUNT_NOUN = pattern("counts.count_noun")
_IN_PLACES = pattern("counts.in_places")
_ON_THINGS = pattern("counts.on_things")
"""推动80家重点企业节能改造: the work on a number of things."""
_TAKE_PART = pattern("counts.take_part")
_URGED = pattern("counts.urged")
_NOT_COUNTED = ("%", "百分点", "层", "米", "天", "小时", "分钟", "倍", "")
_SIZE = pattern("counts.size")
_BEGINS = pattern("counts.begins")
_OF_SIZE = pattern("counts.of_size")
"""设立总规模不低于20亿元的发展基金: the thing made stands behind its size."""
_ADDS = pattern("counts.adds")
_THRESHOLD = pattern("counts.threshold")
_BUILT = pattern("counts.built")
_MEASURED = pattern("counts.measured")
_REDUCED = ("压减", "削减", "减少")
_SIZES = ("超", "大于", "超过", "小于", "高于", "低于", "少于", "多于", "不超过", "不低于", "不小于")
_WORKS = ("改造", "治理", "修复", "整治", "推广", "种植", "覆盖", "抚育")
_NOUNS = ("改造提升", "提升改造", "改造", "治理", "修复", "建设", "替代", "抚育")
_OF_CHANGE = ("增殖放流", "新增", "累计新增", "减排", "吸收", "替代", "消纳", "节约")


_PUT_INTO_USE = pattern("counts.put_into_use")
_POWER = pattern("counts.power")
_WORK_NOUN = pattern("counts.work_noun")
_AT_LEAST = pattern("counts.at_least")


def by_making(left: str, right: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    """Read quantities that a verb of making ties to a thing, and further items of such a list.

    建成高标准农田265万亩, 培育150家龙头企业; 至少打造1个 is a floor.
    """
    if open_right and _PER_HEAD.match(clean_subject(left)):
        return Tie(clean_subject(left), verb="达到", confidence=0.9, rule="per_head")
    found = _put_into_use(left, right, open_right, quantity, state) or _made(
        left, right, open_right, quantity, state
    )
    if found is not None and _AT_LEAST.search(left):
        return replace(found, floor=True)
    return found


def _put_into_use(left: str, right: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    """Read a named plant with its size in front of what it is: 建成投产江川电厂三期2×100万千瓦煤电机组."""
    work, noun = _PUT_INTO_USE.match(left), None if open_right else _COUNT_NOUN.match(right)
    if not (work and noun and state.when.known and _POWER.search(quantity.unit)):
        return None
    if not _WORK_NOUN.search(noun.group("noun")):
        return None
    name = work.group("work") + noun.group("noun")
    return Tie(name, making=True, verb="建成", confidence=0.8, used=noun.end("noun"), rule="counted")


def _made(left: str, right: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    if quantity.unit in _NOT_COUNTED and quantity.value < 1000:
        return None
    of_size = quantity.prefix in _SIZES and right.startswith("的") and not _SIZE.search(left)
    if of_size or quantity.suffix in ("及以上", "及以下") or _THRESHOLD.match(right):
        return None
    noun = None if open_right else _COUNT_NOUN.match(right)
    sure = 1.0 if state.when.known else (0.8 if quantity.bound else 0.6)
    sized = _OF_SIZE.match(right) if _SIZE.search(left) and _BEGINS.match(left) else None
    if sized:
        return Tie(
            sized.group("noun"),
            making=True,
            verb="建设",
            confidence=min(0.8, sure),
            used=sized.end(),
            rule="counted",
        )
    ends = _MAKE_END.search(left)
    bounded = quantity.suffix in ("以上", "以下") and quantity.unit[-1:] not in COUNTS
    over_places = ends and ends.group("verb") == "覆盖" and "的" in right
    if ends and noun and not over_places and (not bounded or _ADDS.search(left)):
        return None if _POINTS.search(noun.group("noun")) else _counted(right, noun, ends.group("verb"), sure)
    first = _MAKE_FIRST.match(left)
    if ends and open_right and first and first.end() < ends.start() and ends.group("verb") in _NOUNS:
        return Tie(
            left[first.end() :], making=True, verb=first.group("verb"), confidence=sure, rule="making_noun"
        )
    if (
        ends
        and open_right
        and len(clean_subject(left[: ends.start()])) >= 3
        and _BUILT.search(ends.group("verb"))
    ):
        name = left[: ends.end() if ends.group("verb") in _NOUNS else ends.start()]
        name = _WORK_IN_FRONT.sub("", name)
        return Tie(
            clean_subject(name), making=True, verb=ends.group("verb"), confidence=sure, rule="making_after"
        )
    later = _AHEAD_NOUN.match(right) if ends and quantity.unit[-1:] in COUNTS else None
    if later and not clean_subject(left[: ends.start()] if ends else ""):
        return Tie(later.group("noun"), making=True, verb="建成", confidence=min(0.8, sure), rule="counted")
    verb = _making_verb(left) if open_right else None
    short = verb is not None and len(left) - verb.end() <= _SHORT_END
    if verb is not None and not ((quantity.prefix or short) and _is_within_a_name(left, verb)):
        return _of_verb(left, verb, quantity, sure)
    there = _IN_PLACES.match(right) or _ON_THINGS.match(right) or _TAKE_PART.match(right)
    if there and _URGED.search(left) and quantity.unit[-1:] in COUNTS:
        return Tie(
            there.group(),
            making=True,
            verb=there.groupdict().get("verb") or "实施",
            confidence=min(0.8, sure),
            rule="in_places",
        )
    return _further(left, open_right, noun, quantity, state, sure)


_SHORT_END = 3
"""Characters behind a verb that are only the end of a name: 规范回收|拆解量."""


def _is_within_a_name(left: str, verb: "re.Match[str]") -> bool:
    """Check whether a verb is part of the name of an indicator: 政府储备煤炭能力."""
    alone = verb.start() == 0 or left[verb.start() - 1] in _ADVERBS or verb.group("verb") in _OF_CHANGE
    return not alone and looks_like_indicator(clean_subject(left))


_BARE = 3
"""Characters in front of 累计 that name what it adds up: 绿色保险累计承保200亿元."""


def _of_verb(left: str, verb: "re.Match[str]", quantity: Quantity, sure: float) -> Tie:
    """Return the tie of a verb of making with its object behind: 建成高标准农田265万亩."""
    name, before, rest = verb.group("verb"), left[: verb.start()], left[verb.end() :]
    measured = looks_like_indicator(clean_subject(rest)) or _MEASURED.search(quantity.unit)
    if name in _REDUCED and measured:
        return Tie(rest, change="-", verb=name, confidence=sure, rule="reduced")
    named = ""
    if before and name in ("新增", "累计新增"):
        named = _PLACE_IN_FRONT.sub("", clean_subject(before))
    of_name = name in _OF_CHANGE or (_HEAD_ONLY.fullmatch(rest) and name in _WORKS)
    subject = named + (name if of_name else "") + rest
    if _NUMBER_ONLY.match(rest):  # 组织培训不少于10场、2000人次: the verb names what both count
        subject = name
    if name == "累计" and len(_WHOLE_PLACE.sub("", clean_subject(before))) > _BARE:
        subject = clean_subject(before) + rest
    if before and name == "覆盖":
        subject = clean_subject(before) + name + rest
    if before and name == "形成":
        subject = clean_subject(before) + subject
    return Tie(subject, making=True, verb=name, confidence=sure, rule="making")


_AGAIN = pattern("counts.again")
_SPENT = pattern("counts.spent")
"""Verbs whose number may come in a later clause than their object."""
_WORK_ON = pattern("counts.work_on")
_ACTS = pattern("counts.acts")


_EACH_PLACE = pattern("counts.each_place")


def acted_on(words: str) -> str:
    """Return what a clause without a number acts on, empty where it acts on nothing."""
    found = _ACTS.fullmatch(words.strip()) or _WORK_ON.fullmatch(words.strip())
    return found.group("object") if found else ""


def is_urged(words: str) -> bool:
    """Check whether the words only urge: 推动, 支持."""
    return len(words) <= _LONGEST_URGE and _URGED.search(words) is not None


_LONGEST_URGE = 4


def is_making(words: str) -> bool:
    """Check whether the words are nothing but verbs of making: 每年实施."""
    return _AGAIN.fullmatch(words) is not None


def _further(
    left: str,
    open_right: bool,
    noun: "re.Match[str] | None",
    quantity: Quantity,
    state: State,
    sure: float,
) -> Tie | None:
    """Read the second and later items of a list: …、换电站60座, and 5个园区 behind 选择15个县."""
    bare = _EACH_PLACE.sub("", _JOINTS_IN_FRONT.sub("", left))
    if state.making and not bare and noun:
        return _counted(noun.string, noun, state.verb, min(0.9, sure))
    bounded = quantity.prefix and looks_like_indicator(bare)
    again = _AGAIN.fullmatch(bare)
    goes_on = again and _SPENT.fullmatch(again.group("verb")) and (state.object or state.making)
    if not open_right or len(bare) < 2 or (LEVEL.search(left) and not goes_on) or bounded:
        return None
    if again and state.object and _SPENT.fullmatch(again.group("verb")) and not state.making:
        return Tie(
            state.object, making=True, verb=again.group("verb"), confidence=min(0.8, sure), rule="further"
        )
    if again and state.subjects:
        same = state.unit in ("", base_unit(quantity.unit))
        return Tie("", verb=again.group("verb"), confidence=min(0.9, sure), rule="further") if same else None
    if state.making:
        return Tie(bare, making=True, verb=state.verb, confidence=min(0.9, sure), rule="further")
    counts = state.made and quantity.unit[-1:] in COUNTS and len(bare) <= 16
    if counts and not looks_like_indicator(bare):
        return Tie(bare, making=True, verb=state.verb, confidence=min(0.7, sure), rule="further_count")
    return None


_OF_LEVELS = pattern("counts.of_levels")


_THEN = pattern("counts.then")
"""选择8家龙头企业开展创建: what the things shall do is no part of their name."""


_OF_SIZES = pattern("counts.of_sizes")
"""5座220千伏、18座110千伏变电站."""


_AHEAD_NOUN = pattern("counts.ahead_noun")
"""2024年建成3个、2025年建成5个试点: the thing stands behind the last number."""
_OF_WORKS = pattern("counts.of_works")
"""12座污水处理厂、35座泵站节能改造: the work is on both."""


def _counted(right: str, noun: "re.Match[str]", verb: str, confidence: float) -> Tie:
    """Return the thing counted; 1个国家级、3个省级示范社区 counts 国家级示范社区 first."""
    levels = _OF_LEVELS.match(right) or _OF_SIZES.match(right)
    name = levels.group("level") + levels.group("noun") if levels else noun.group("noun")
    works = _OF_WORKS.match(right)
    name = works.group("what") + works.group("work") if works else _THEN.sub("", name) or name
    used = levels.end("level") if levels else noun.end()
    return Tie(name, making=True, verb=verb, confidence=confidence, used=used, rule="counted")


_NUMBER_ONLY = pattern("counts.number_only")
_POINTS = pattern("counts.points")
_PER_HEAD = pattern("counts.per_head")


def _making_verb(left: str) -> "re.Match[str] | None":
    """Return the verb that opens the clause, else the last one with words behind it."""
    found = _MAKE_FIRST.match(left)
    if found is None:
        for match in _MAKE_LAST.finditer(left):
            within = match.start() and left[match.start() - 1] not in _ADVERBS
            rest = left[match.end() :]
            if within and (rest in _NOUNS or (len(rest) <= 4 and _IN_A_NAME.fullmatch(rest))):
                continue
            found = match if len(left) - match.end() >= 2 else found
    if found is None or len(left) - found.end() < 2 or left[found.end() :] in ("每年", "年均", "累计"):
        return None
    return None if found.start() and _HEAD_ONLY.fullmatch(clean_subject(left[found.end() :])) else found


_HEAD_ONLY = pattern("counts.head_only")
"""储备能力, 改造面积: what looks like a verb is part of the name."""
