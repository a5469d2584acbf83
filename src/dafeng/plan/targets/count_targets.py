"""Quantities that a verb of making ties to a thing: 建成高标准农田265万亩, 培育150家龙头企业."""

import re
from dataclasses import replace

from dafeng.plan.targets.clause_state import COUNTS, LEVEL, State, Tie, base_unit
from dafeng.plan.targets.indicators import looks_like_indicator
from dafeng.plan.targets.quantities import Quantity
from dafeng.plan.targets.subjects import clean_subject

_MAKE = (
    "净增|累计净增|年处理|举办|引育|引培|外购|开行|发行|累计建成投用|累计建成|制修订|制定|修订|编制|出台|研制|攻克|配建|建造|栽植|植树|开工|招引|授牌|改造提升|提升改造|提质改造|建成投运|建成投产|建成(?!区)|建设|培育|创建|打造|累计完成|完成|新建成|新改扩建|新改建|新建|改扩建|建立|累计新增|新增|累计推广|推广应用|推广|实施|累计改造|改造|淘汰|形成|争创|认定|"
    "遴选发布|引进培育|培养|(?<!增殖)放流|征集|命名|发布|遴选|选择|选取|布局|组建|累计|引进|发展|治理|修复|营造(?!林)|创成|推进|开展|启动|储备(?!林|库)|拥有|配置|更新|替换|投放|退出|压减|削减|减少|关停|创新发展|扶持|支持|评选|获评|入选|力争|争取|安排|投运|建有|打响|落地|设立|开发|种植|抚育|新增加|孵化|聚集|集聚|谋划|申报|推出|构建|投资|利用|消纳|减排(?!项目|工程|任务)|吸收|替代|节约|具备|累计实现|实现|达到|保有(?!量)|扩大|落实|回收|拆除|整治|培训|覆盖|铺设|敷设|布设|配备|续建|扩建|改建"
)
_MAKE_LAST = re.compile(rf"(?P<verb>{_MAKE})(?!的)")
_IN_A_NAME = re.compile(
    r"(?:基地|园区|中心|平台|示范[区县市镇村]|产业园|能力|设施|林|库|站|厂|线|项目库)(?:面积|数量|规模)?$"
)
_ADVERBS = "新并再要将应共计划争保快极动持励底前内年间式能步续面,、"
_MAKE_FIRST = re.compile(
    rf"[、,和并且再共]*(?:全市|全省|力争|争取|确保|累计|计划|预计|每年|年均|重点|新|要|将|应|同时|积极|加快|推动|支持|鼓励)*(?P<verb>{_MAKE})(?!的)"
)
_MAKE_END = re.compile(
    rf"(?P<verb>{_MAKE})(?:全[市省县区州国]|全部|城区)?(?:对|约|近|超过|不少于|不低于|至少|各)?$"
)
_COUNT_NOUN = re.compile(
    r"^(?:的)?(?:(?:[^,;。、0-9的]{2,12}(?:强|大|高|好|优|足|广|深|厚|佳|先进|突出|明显|雄厚|完善)、)*[^,;。、0-9的]{2,12}(?:强|大|高|好|优|足|广|深|厚|佳|先进|突出|明显|雄厚|完善)的)?(?:[^,;。、0-9]{2,10}\d[\d.]*[万亿千百]?[^\d,;。、的]{1,6}(?:以上|以下|左右)?的)?(?P<noun>(?:县|市|区|镇|乡|村|街道)(?=[、,和])|(?:\d+(?:万千瓦|千伏|蒸吨|吨)级?(?:及?以[上下])?)?(?:[^,;。0-9的]{2,20}的)?(?:[^,;。、0-9()]|\([^()]{1,20}\)){2,40}?)(?=$|[,;。、]|和\d|及\d|以及)"
)
_IN_PLACES = re.compile(
    r"^[^,;。、0-9的]{2,14}?(?P<verb>开展|实施|推行|建设|创建)[^,;。、0-9]{0,24}?(?:试点|示范|改造|工程|建设)(?=$|[,;。])"
)
_ON_THINGS = re.compile(
    r"^[^,;。、0-9的]{2,16}?(?:改造|转型|升级|提升|诊断|审核|建设|整治|退出|搬迁|入园|上云)(?=$|[,;。])"
)
"""推动80家重点企业节能改造: the work on a number of things."""
_TAKE_PART = re.compile(
    r"^[^,;。、0-9的]{2,12}?(?P<verb>参与|参加|加入|接入|纳入)[^,;。、0-9]{2,16}(?=$|[,;。])"
)
_URGED = re.compile(r"(?:在|支持|推动|推进|组织|引导|指导|开展|完成|实施|启动|对|为)$")
_NOT_COUNTED = ("%", "百分点", "层", "米", "天", "小时", "分钟", "倍", "")
_ADDS = re.compile(r"(?:新增|净增)(?:落实|建成|投产|并网|装机|布局)?$")
_THRESHOLD = re.compile(r"^(?:的)?(?:及|\(不?含(?:\)|本))|^(?:的)?[^,;。]{0,12}(?:以上|以下)的")
_BUILT = re.compile(r"建成|新建|改造|推广|完成|培育|创建|淘汰|新增|替代|投放|实施")
_MEASURED = re.compile(r"吨|千瓦|立方米|平方|焦")
_REDUCED = ("压减", "削减", "减少")
_SIZES = ("超", "大于", "超过", "小于", "高于", "低于", "少于", "多于", "不超过", "不低于", "不小于")
_WORKS = ("改造", "治理", "修复", "整治", "推广", "种植", "覆盖", "抚育")
_NOUNS = ("改造提升", "提升改造", "改造", "治理", "修复", "建设", "替代", "抚育")
_OF_CHANGE = ("新增", "累计新增", "减排", "吸收", "替代", "消纳", "节约")


_AT_LEAST = re.compile(rf"(?:至少|不少于)(?:{_MAKE})[^,;。]*$")


def by_making(left: str, right: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    """Read quantities that a verb of making ties to a thing, and further items of such a list.

    建成高标准农田265万亩, 培育150家龙头企业; 至少打造1个 is a floor.
    """
    if open_right and _PER_HEAD.match(clean_subject(left)):
        return Tie(clean_subject(left), verb="达到", confidence=0.9, rule="per_head")
    found = _made(left, right, open_right, quantity, state)
    if found is not None and _AT_LEAST.search(left):
        return replace(found, floor=True)
    return found


def _made(left: str, right: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    if quantity.unit in _NOT_COUNTED and quantity.value < 1000:
        return None
    of_size = quantity.prefix in _SIZES and right.startswith("的")
    if of_size or quantity.suffix in ("及以上", "及以下") or _THRESHOLD.match(right):
        return None
    noun = None if open_right else _COUNT_NOUN.match(right)
    sure = 1.0 if state.when.known else (0.8 if quantity.bound else 0.6)
    ends = _MAKE_END.search(left)
    bounded = quantity.suffix in ("以上", "以下") and quantity.unit[-1:] not in COUNTS
    if ends and noun and (not bounded or _ADDS.search(left)):
        return _counted(right, noun, ends.group("verb"), sure)
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
        name = re.sub(r"^.{0,8}?(?:开展|实施|推进|启动)(?=.{3})", "", name)
        return Tie(
            clean_subject(name), making=True, verb=ends.group("verb"), confidence=sure, rule="making_after"
        )
    verb = _making_verb(left) if open_right else None
    if verb is not None:
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


def _of_verb(left: str, verb: "re.Match[str]", quantity: Quantity, sure: float) -> Tie:
    """Return the tie of a verb of making with its object behind: 建成高标准农田265万亩."""
    name, before, rest = verb.group("verb"), left[: verb.start()], left[verb.end() :]
    measured = looks_like_indicator(clean_subject(rest)) or _MEASURED.search(quantity.unit)
    if name in _REDUCED and measured:
        return Tie(rest, change="-", verb=name, confidence=sure, rule="reduced")
    named = ""
    if before and name in ("新增", "累计新增"):
        named = re.sub(r"^(?:全[省市县区州]|[本我][省市县区])", "", clean_subject(before))
    of_name = name in _OF_CHANGE or (_HEAD_ONLY.fullmatch(rest) and name in _WORKS)
    subject = named + (name if of_name else "") + rest
    if before and name == "覆盖":
        subject = clean_subject(before) + name + rest
    if before and name == "形成":
        subject = clean_subject(before) + subject
    return Tie(subject, making=True, verb=name, confidence=sure, rule="making")


_AGAIN = re.compile(rf"(?:每年|年均|平均每年|累计|力争|再)*(?P<verb>{_MAKE}|投产|并网|投用|在建)")
_SPENT = "淘汰|更新|改造|推广|退出|拆除|关停|替换|治理|修复|完成|建成|新增|新建|创建|打造"
"""Verbs whose number may come in a later clause than their object."""
_WORK_ON = re.compile(
    r"(?:积极|大力|加快|稳步|有序|持续|深入|全面|继续)*(?:推动|推进|加快|开展|支持|加强)(?:全[市省县区]|各地)?(?P<object>[^,;。、:0-9]{3,20}?(?:(?:改造|治理|修复|整治|更新)$|(?=建设|创建|培育|推广)))(?:建设|创建|培育|推广)?"
)
_ACTS = re.compile(
    rf"(?:积极|大力|加快|稳步|有序|持续|深入|全面|继续|推动|推进|支持|鼓励|加大|力度)*(?:{_SPENT}|发展|应用|普及|推行|布局)(?P<object>[^,;。、:0-9]{{3,24}})"
)


_EACH_PLACE = re.compile(r"^每个?(?:县|市|区|州|乡|镇|村|街道|社区|园区|行政村|自然村|建制)[^,;。\d]{0,5}$")


def acted_on(words: str) -> str:
    """Return what a clause without a number acts on, empty where it acts on nothing."""
    found = _ACTS.fullmatch(words.strip()) or _WORK_ON.fullmatch(words.strip())
    return found.group("object") if found else ""


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
    bare = _EACH_PLACE.sub("", re.sub(r"^[、和及以并且]+", "", left))
    if state.making and not bare and noun:
        return _counted(noun.string, noun, state.verb, min(0.9, sure))
    bounded = quantity.prefix and looks_like_indicator(bare)
    again = _AGAIN.fullmatch(bare)
    goes_on = again and again.group("verb") in _SPENT.split("|") and (state.object or state.making)
    if not open_right or len(bare) < 2 or (LEVEL.search(left) and not goes_on) or bounded:
        return None
    if again and state.object and again.group("verb") in _SPENT.split("|") and not state.making:
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


_OF_LEVELS = re.compile(
    r"(?P<level>(?:国家|省|市|县|区)级)(?:(?:、|和|及|以及|,)(?:\d+(?:[-—~至]+\d+)?|[一二三四五六七八九十两]+)[个家](?:以上|左右)?(?:国家|省|市|县|区)级)+(?P<noun>[^,;。、0-9]{2,20})"
)


_THEN = re.compile(
    r"(?<=[业区园地厂司构目位校村])(?:积极|率先|先行|深入)?(?:开展|实施|推进|进行|参与|组织)[^,;。、]{2,}$"
)
"""选择8家龙头企业开展创建: what the things shall do is no part of their name."""


def _counted(right: str, noun: "re.Match[str]", verb: str, confidence: float) -> Tie:
    """Return the thing counted; 1个国家级、3个省级示范社区 counts 国家级示范社区 first."""
    levels = _OF_LEVELS.match(right)
    name = levels.group("level") + levels.group("noun") if levels else noun.group("noun")
    name = _THEN.sub("", name) or name
    used = levels.end("level") if levels else noun.end()
    return Tie(name, making=True, verb=verb, confidence=confidence, used=used, rule="counted")


_PER_HEAD = re.compile(
    r"(?:每[万千百]?[一-鿿]{1,3}|人均|户均|村均)(?:拥有|配备|配置|设置|设有|安排|建有|覆盖|享有)"
)


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
    if found is None or len(left) - found.end() < 2:
        return None
    return None if found.start() and _HEAD_ONLY.fullmatch(clean_subject(left[found.end() :])) else found


_HEAD_ONLY = re.compile(r"(?:能力|规模|容量|面积|数量|总量|产能|比例|水平|强度|效率|里程)[总约]?")
"""储备能力, 改造面积: what looks like a verb is part of the name."""
