"""How a quantity hangs on its words: by a verb of level, of change, of making, or by its bound alone."""

import re
from dataclasses import dataclass, field, replace

from dafeng.plan.indicators import looks_like_indicator
from dafeng.plan.periods import When
from dafeng.plan.quantities import Quantity
from dafeng.plan.subjects import clean_subject

_ADVERB = r"(?:力争|争取|确保|基本|总体|全部|均|都|分别|各|稳步|逐步|进一步|有望|预计|原则上|应|要|须|将|努力|年|尽快|率先|提前|累计|总|合计|平均|年均|全面|最高|一般|大致|已|可|(?<![产效性功电节])能|需|不断|持续|每年|也)*"
_LEVEL = re.compile(
    _ADVERB
    + r"(?:达到或超过|达到|达至|达|(?:提高|提升|增加|增长|上升|扩大|扩展|发展|拓展|推进|降低|下降|减少|压减|压缩|削减|缩减|控制|降|增|升|减|提)(?:到|至|为)|"
    r"控制在|控制|稳定在|稳定|保持在|保持|维持在|维持|占到|占|为|实现|完成|突破|超过|形成|具备|拥有|不低于|约|有)$"
)
_CHANGE = re.compile(
    r"(?P<adverb>(?:力争|争取|确保|分别|各|累计|年均|平均|总体|整体|进一步|共|逐步|持续|平均每年|每年|同比|再|应|要|将|约|实现|均|都|合计|总共)*)"
    r"(?P<verb>下降|降低|减少|削减|压减|减排|缩减|压缩|节约|减量|降幅|回落|增长|提高|提升|增加|上升|扩大|递增|递减|减低|增幅|增速)(?:了|幅度|率)?(?:达到|达|约|为|超过|控制在|保持在|稳定在)?$"
)
_FALLS = (
    "下降",
    "降低",
    "减少",
    "削减",
    "压减",
    "减排",
    "缩减",
    "压缩",
    "节约",
    "减量",
    "降幅",
    "回落",
    "递减",
    "减低",
)
_MAKE = (
    "累计建成投用|累计建成|建成投运|建成投产|建成(?!区)|建设|培育|创建|打造|累计完成|完成|新建成|新改扩建|新改建|新建|改扩建|建立|累计新增|新增|累计推广|推广应用|推广|实施|累计改造|改造|淘汰|形成|争创|认定|"
    "遴选|选择|选取|布局|组建|累计|引进|发展|治理|修复|营造|创成|推进|开展|启动|储备|拥有|配置|更新|替换|投放|退出|压减|削减|减少|关停|创新发展|扶持|支持|评选|获评|入选|力争|争取|安排|投运|建有|打响|落地|设立|开发|种植|抚育|新增加|孵化|聚集|集聚|谋划|申报|推出|构建|投资|利用|消纳|减排|替代|节约|具备|累计实现|实现|达到|保有|扩大|落实|回收|拆除|整治|培训|覆盖|铺设|敷设|布设|配备|续建|扩建|改建"
)
_MAKE_LAST = re.compile(rf"(?P<verb>{_MAKE})(?!的)")
_MAKE_FIRST = re.compile(
    rf"[、,和并且再共]*(?:全市|全省|力争|争取|确保|累计|计划|预计|每年|年均|重点|新|要|将|应|同时|积极|加快|推动|支持|鼓励)*(?P<verb>{_MAKE})(?!的)"
)
_MAKE_END = re.compile(rf"(?P<verb>{_MAKE})(?:对|约|近|超过|不少于|不低于|至少|各)?$")
_OPEN_RIGHT = re.compile(
    r"$|[、,;。:()\n”]|(?:和|并|且|及|以及|或|，|其中|同时|力争|争取)|(?:的)?(?:节能)?(?:目标|要求|水平|任务|标准)(?:要求|任务)?(?:$|[,;。、])"
)
_ATTRIBUTE = re.compile(r"^的(?P<noun>[^,;。、()]{2,30})(?:$|[,;。、(])")
_COUNT_NOUN = re.compile(
    r"^(?:的)?(?P<noun>(?:[^,;。0-9的]{2,20}的)?[^,;。、0-9]{2,40}?(?:\([^()]{1,20}\))?)(?=$|[,;。、]|和\d|及\d|以及)"
)
_PERIODIC = re.compile(r"年均|平均每年|每年|年度均")


@dataclass(slots=True)
class State:
    """What a clause may take over from the clauses before it."""

    when: When = field(default_factory=When)
    baseline: int | None = None
    subjects: tuple[str, ...] = ()
    verb: str = ""
    making: bool = False
    change: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Tie:
    """How a quantity hangs on its words: `subject` before cleaning, and the comparator that the verb asks for."""

    subject: str
    change: str = ""
    cap: bool = False
    making: bool = False
    verb: str = ""
    confidence: float = 1.0
    annual: bool = False
    cumulative: bool = False
    used: int = 0
    """Characters on the right that the subject was taken from."""


def base_unit(unit: str) -> str:
    """Without its multiplier: 亿千瓦 and 万千瓦 measure the same; so do % and 百分点."""
    return "%" if unit == "百分点" else re.sub(r"^(?:万亿|[十百千]?万|亿)(?=.)", "", unit)


def tie(left: str, right: str, quantity: Quantity, state: State) -> Tie | None:
    """What ties a quantity to the words on its `left` and `right`; None where nothing does."""
    open_right = bool(_OPEN_RIGHT.match(right))
    found = (
        _by_itself(left, quantity, state)
        if quantity.is_change
        else (
            _by_change(left, open_right, quantity, state)
            or _by_level(left, right, open_right)
            or _by_making(left, right, open_right, quantity, state)
            or _by_bound(left, right, open_right, quantity, state)
        )
    )
    if found is None:
        return None
    return replace(found, annual=bool(_PERIODIC.search(left)), cumulative="累计" in left)


def _by_itself(left: str, quantity: Quantity, state: State) -> Tie | None:
    """翻一番; 零增长 only where a year or a base year makes it a promise."""
    if quantity.value == 0 and not (state.when.known or state.baseline):
        return None
    return Tie(re.sub(r"(?:实现|达到|基本|保持)+$", "", left), change="+", verb="增长")


_COUNTED_CHANGES = ("减少", "减排", "节约", "压减", "增加", "削减", "扩大")


def _by_change(left: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    """比2020年下降13.5%: the value is the change."""
    change = _CHANGE.search(left)
    if not change or not open_right or quantity.prefix == "低于":
        return None
    verb, subject = change.group("verb"), left[: change.start()]
    if verb in _COUNTED_CHANGES and not clean_subject(subject) and not state.subjects:
        return None
    return Tie(subject, change="-" if verb in _FALLS else "+", verb=verb)


_SHARE_OF = re.compile(r"(?:达到|达|占到|占)(?P<of>[^,;。0-9]{2,24})的$")
_DONE_BY_SHARE = re.compile(
    r"^(?:建成|达到|完成|实现|执行|配套|配建|开展|推行|纳入|采用|实行|改造|使用|安装|落实)[^,;。]{2,30}"
)


def _by_level(left: str, right: str, open_right: bool) -> Tie | None:
    """达到42%, 控制在10亿吨, 具备5%左右的尖峰负荷响应能力, 达到总量的20%."""
    share = _SHARE_OF.search(left)
    if share and open_right and clean_subject(left[: share.start()]):
        return Tie(f"{clean_subject(left[: share.start()])}占{share.group('of')}比例", verb="达到")
    level = _LEVEL.search(left)
    if not level:
        return None
    attribute = _ATTRIBUTE.match(right)
    subject = left[: level.start()]
    if attribute and re.search(r"(?:具备|形成|达到|拥有|实现|建成|保持|有)$", level.group()):
        return Tie(clean_subject(subject) + attribute.group("noun"), verb=level.group())
    makes = re.search(r"(?:完成|实现|形成|拥有|具备)$", level.group()) and not clean_subject(subject)
    if not open_right or makes:
        return None
    cap = bool(re.search(r"控制(?:在|到|至)?$", level.group()))
    return Tie(subject, cap=cap, verb=level.group())


def _by_bound(left: str, right: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    """比例不低于70%; 装机容量4000万千瓦; 60%的社区达到要求."""
    subject = clean_subject(left)
    known = looks_like_indicator(subject) if subject else bool(quantity.prefix and state.subjects)
    if open_right and quantity.bound and known:
        return Tie(subject, verb=quantity.prefix or quantity.suffix, confidence=0.9)
    if open_right and quantity.is_share and quantity.prefix and state.unit == "%" and len(subject) >= 3:
        return Tie(subject, verb=quantity.prefix, confidence=0.7)
    if open_right and looks_like_indicator(subject) and (state.when.known or quantity.bound):
        return Tie(left, confidence=0.8)
    if open_right and left.startswith("其中") and subject and state.unit == base_unit(quantity.unit):
        return Tie(left, confidence=0.8)
    done = _DONE_BY_SHARE.match(right)
    if quantity.is_share and len(subject) >= 3 and done and (state.when.known or quantity.value >= 100):
        return Tie(subject + done.group(), confidence=0.8)
    if quantity.is_share and not subject and state.when.known and re.match(r"^(?:的)?[^,;。、]{4,}", right):
        return Tie(re.sub(r"^的", "", re.split(r"[,;。]", right)[0]), confidence=0.7)
    return None


_NOT_COUNTED = ("%", "百分点", "层", "米", "天", "小时", "分钟", "倍", "")
_THRESHOLD = re.compile(r"^(?:的)?(?:及|\()|^(?:的)?[^,;。]{0,12}(?:以上|以下)的")
_BUILT = re.compile(r"建成|新建|改造|推广|完成|培育|创建|淘汰|新增|替代|投放|实施")
_MEASURED = re.compile(r"吨|千瓦|立方米|平方|焦")
_REDUCED = ("压减", "削减", "减少")
_OF_CHANGE = ("新增", "累计新增", "减排", "替代", "消纳", "节约")


def _by_making(left: str, right: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    """建成高标准农田265万亩, 培育150家龙头企业, and further items of such a list."""
    if quantity.unit in _NOT_COUNTED and quantity.value < 1000:
        return None
    if quantity.suffix in ("及以上", "及以下") or _THRESHOLD.match(right):
        return None
    noun = None if open_right else _COUNT_NOUN.match(right)
    sure = 1.0 if state.when.known else (0.8 if quantity.bound else 0.6)
    ends = _MAKE_END.search(left)
    if ends and noun and quantity.suffix not in ("以上", "以下"):
        return _counted(right, noun, ends.group("verb"), sure)
    if (
        ends
        and open_right
        and len(clean_subject(left[: ends.start()])) >= 3
        and _BUILT.search(ends.group("verb"))
    ):
        return Tie(clean_subject(left[: ends.start()]), making=True, verb=ends.group("verb"), confidence=sure)
    verb = _making_verb(left) if open_right else None
    if verb is not None:
        name = verb.group("verb")
        measured = looks_like_indicator(clean_subject(left[verb.end() :])) or _MEASURED.search(quantity.unit)
        if name in _REDUCED and measured:
            return Tie(left[verb.end() :], change="-", verb=name, confidence=sure)
        subject = (name if name in _OF_CHANGE else "") + left[verb.end() :]
        return Tie(subject, making=True, verb=name, confidence=sure)
    bare = re.sub(r"^[、和及以并且]+", "", left)
    if state.making and not bare and noun:
        return _counted(right, noun, state.verb, min(0.9, sure))
    if state.making and open_right and len(bare) >= 2 and not _LEVEL.search(left):
        return Tie(bare, making=True, verb=state.verb, confidence=min(0.9, sure))
    return None


_OF_LEVELS = re.compile(
    r"(?P<level>(?:国家|省|市|县|区)级)(?:(?:、|和)(?:\d+|[一二三四五六七八九十两]+)个(?:国家|省|市|县|区)级)+(?P<noun>[^,;。、0-9]{2,20})"
)


def _counted(right: str, noun: "re.Match[str]", verb: str, confidence: float) -> Tie:
    """The thing counted; 1个国家级、3个省级示范社区 counts 国家级示范社区 first."""
    levels = _OF_LEVELS.match(right)
    name = levels.group("level") + levels.group("noun") if levels else noun.group("noun")
    used = levels.end("level") if levels else noun.end()
    return Tie(name, making=True, verb=verb, confidence=confidence, used=used)


def _making_verb(left: str) -> "re.Match[str] | None":
    """The verb that opens the clause, else the last one with words behind it."""
    found = _MAKE_FIRST.match(left)
    if found is None:
        for match in _MAKE_LAST.finditer(left):
            found = match if len(left) - match.end() >= 2 else found
    return found if found is not None and len(left) - found.end() >= 2 else None
