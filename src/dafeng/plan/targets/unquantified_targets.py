"""Targets without a figure.

They are left to an upper level, whole coverage, peak and neutrality, better than a benchmark.
"""

import re
from collections.abc import Iterator

from dafeng.plan.model import Comparator
from dafeng.plan.targets.clause_state import COUNTS, Issuer, Statement
from dafeng.plan.targets.clauses import Clause
from dafeng.plan.targets.indicators import looks_like_indicator, split_indicators
from dafeng.plan.targets.peaks import milestones
from dafeng.plan.targets.periods import When
from dafeng.plan.targets.quantities import Quantity
from dafeng.plan.targets.subjects import clean_object, clean_subject, lent_by_pollutant, scope_of

_UPPER = r"(?:国家和省|国家、省|省、市|省上|省里|省委|市上|州上|市里|国省|全省|全国|省和国家|国家|党中央|省委、省政府|省委省政府|省政府|省级|市级|市政府|州级|州政府|自治区|自治州|上级|上一级|省|市|州)"
_FIXED = r"(?:分解下达|下达|确定|分解|规定|核定|批复|安排|考核|分配|明确|要求|控制|制定)"
_GOAL = r"(?:任务数|指标值|考核目标|目标值|目标任务|目标要求|目标|指标|任务|要求|控制数|范围|水平|限值)"
_DEFERRED = re.compile(
    rf"(?:确保|力争|争取|全面|如期|顺利|圆满|按期|按时|均|都)*(?:完成|达到|落实|实现|满足|控制在|不低于|达成|执行|按照?|符合|严格控制在|控制到|降到|达标)[^,;。]{{0,4}}?{_UPPER}(?:级)?(?:政府|层面|有关)?(?:统一|最终|正式)?"
    rf"(?:{_FIXED}[^,;。]{{0,12}}?{_GOAL}|{_FIXED}(?:数|值)|定?的?(?:考核)?(?:目标任务|目标要求|目标值|目标|指标|任务|要求)(?=$|[,;。、]))(?:以内|之内|值|任务|内)?"
    rf"|以{_UPPER}(?:级)?(?:政府)?{_FIXED}[^,;。]{{0,10}}为准"
)
_BY_HOW_MUCH = re.compile(
    r"(?<=.{4})(?:累计|年均)?(?:(?:下降|降低|削减|减少|提高|提升|增长)(?:率|幅度|比例)?|降幅|增幅)?(?:确保|力争|均|都|全面)*$"
)
_ALL_COVER = re.compile(
    r"(?:实现|推进|推动|达到|基本实现|力争早日实现|力争|重点推进|稳步推进|逐步实现|完成|做到|确保)*(?P<all>全覆盖|全部覆盖|应收尽收全覆盖|100%覆盖|“?动态清零”?|全域覆盖)"
)
_ALL_STATE = re.compile(
    r"(?P<lead>力争|确保|争取|必须|要|应|均|都|总体|年底前|底前)*(?P<all>"
    r"全面(?:按照?|执行|实施|实现|完成|建成|推行|推广|覆盖|淘汰|消除|达到|普及|禁止|停止|改造|建立|取消|启用|禁用|满足|开展|达标|落实到位|使用|采用|应用|更换|更新|替换|纳入|禁售|配备)"
    r"|全部(?:实施|实现|完成|建成|达到|淘汰|退出|纳入|执行|改造|采用|使用|关停|更新|替换|覆盖|消除|接入|配建|安装|拆除|关闭|清零|为|达标|配套|取消|开展|建立|更换|落实)"
    r"|全部[^,;。、的0-9]{2,6}化$|全部[^,;。、的0-9]{2,4}(?:退出|淘汰|完成|更新|改造|达标|投产)|全面[^,;。、的0-9]{2,8}化$|基本(?:清零|完成|建成|淘汰|消除|实现|健全|建立|形成|普及|退出|达到)"
    r"|(?:均|都)(?:达到|实现|完成|建成|实施)"
    r"|实现全(?:面|部)[^,;。]{0,10})"
)
_NEEDS_SUBJECT = re.compile(r"全面(?:实施|执行|推行|建立)(?P<object>[^,;。]{2,24}(?:制度|标准))$")
_BETTER = re.compile(
    r"(?P<verb>达到或优于|优于|好于|低于|高于|不低于|不高于|达到或超过|超过|大于|快于|保持在|达到|降至|提高到|提升到|提升至)(?P<benchmark>(?:国家|全省|全国|全市|省级|省|国际|各项贷款|同期|规模以上工业|规上工业|行业|本行业|全社会|地区生产总值|GDP|经济)[^,;。的]{0,10}?(?:下降幅度|降幅|增速|增幅|增长幅度|基准值|平均水平|平均值|平均增速|平均增幅|基准水平|标杆水平|标准值|先进值|平均|限定值|准入值|基准|标准))(?P<rest>.?)"
)
_QUALITATIVE = re.compile(
    r"(?:体系|格局|机制|方式|理念|模式|框架|基础|局面|氛围|能力|环境|国家|都市|省份|社会|现代化|转型|变革)(?:更加|进一步|总体|初步)?$"
)


def statements(clause: Clause, when: When, inherited: tuple[str, ...], issuer: Issuer) -> list[Statement]:
    """Return all figureless promises of a clause."""
    text = clause.text
    found = [
        *(list(_deferred_object(clause, text)) or _deferred(clause, text, when, inherited)),
        *_better(clause, text),
        *_not_above_a_year(clause, text, inherited),
    ]
    if not found:
        found += [*milestones(clause, text, when, issuer)]
        if not found:
            figureless = (_coverage, _to_the_full, _all_of, _states, _work_done)
            found += [said for read in figureless for said in read(clause, text, when)][:1]
    return found


def _before(clause: Clause, offset: int) -> str:
    return clause.without_times(clause.start, clause.start + offset)


def _deferred(clause: Clause, text: str, when: When, inherited: tuple[str, ...]) -> Iterator[Statement]:
    match = _DEFERRED.search(text)
    if not match:
        return
    subject = clean_subject(_before(clause, match.start()))
    subject = re.sub(r"(?:等)?(?:约束性|控制)?(?:指标|目标)$", "", subject) if len(subject) > 6 else subject
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


_OF_WORK = re.compile(r"[一-鿿]{2}(?:治理|整治|改造|绿化|修复|回收)$")


_OWN_OBJECT = re.compile(
    rf"(?:完成|达到|落实|实现){_UPPER}(?:级|政府)?(?:下达|确定|分解|核定)(?:给?我[省市区县]|本[省市])?的(?P<what>[^,;。、的]{{3,18}}?)(?:控制|约束性)?(?:目标任务|目标|指标|任务|要求)"
)
_OBJECT_FIRST = re.compile(
    rf"^(?:确保|力争)?{_UPPER}(?:级|政府)?(?:下达|确定|分解|核定)(?:给)?(?:我[省市区县]|本[省市])?的(?P<what>[^,;。、的]{{3,18}}?)(?:控制|约束性)?(?:目标任务|目标|指标|任务|要求)(?:全面|如期|顺利|圆满|按期)*(?:完成|实现|落实)"
)


def _deferred_object(clause: Clause, text: str) -> Iterator[Statement]:
    """Read what is left to the upper level behind the verb: 确保完成国家下达的煤炭消费控制目标."""
    match = _OWN_OBJECT.search(text) or _OBJECT_FIRST.match(_before(clause, len(text)).lstrip(","))
    if not match:
        return
    what = re.sub(r"(?:下降|降低|提升|提高)(?:率|幅度)?$", "", match.group("what"))
    names = split_indicators(what, "、|以及|和|及|与")
    if all(looks_like_indicator(name) for name in names) and not re.search(
        "双控|节能降碳", match.group("what")
    ):
        yield Statement(
            clause.start + match.start(), clause.start + match.end(), Comparator.DEFERRED, tuple(names), match.group()[:20], confidence=0.7, rule="deferred_object"
        )  # fmt: skip


def _better(clause: Clause, text: str) -> Iterator[Statement]:
    match = _BETTER.search(text)
    if not match or match.group("rest") not in ("", ",", "。", "、", ";", "以", "水"):
        return
    subject = clean_subject(_before(clause, match.start()))
    if subject and looks_like_indicator(subject) and not subject.startswith("对"):
        yield Statement(
            clause.start + match.start(), clause.start + match.end("benchmark"), Comparator.BETTER_THAN, (subject,),
            match.group("verb"), benchmark=match.group("benchmark"), confidence=0.9, rule="benchmark",
        )  # fmt: skip


_AS_IN = re.compile(
    r"(?P<verb>不超过|不高于|控制在|保持在?|稳定在|维持在|低于|不低于|降至|降到|回落到|恢复到|与)(?P<benchmark>20\d\d年(?:的)?(?:(?:同期|实际|消费|排放|总体)?水平|(?=(?:基本)?持平)|(?=$)))(?:(?:基本)?持平)?(?:以内|以下|左右|不下降|不降低|不增加|不上升)?$"
)


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


def _coverage(clause: Clause, text: str, when: When) -> Iterator[Statement]:
    match = _ALL_COVER.search(text)
    if not match:
        return
    subject = clean_subject(_before(clause, match.start()))
    subject = re.sub(r"^(?:加快|推进|推动|完善|健全|加强|建立|建设|对(?=.{6}))+", "", subject) or subject
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


_TO_THE_FULL = re.compile(
    r"(?:力争|基本|全面|逐步|推动|推进|确保|做到|实现|达到|早日)*(?P<all>[应能宜](?P<verb>[一-鿿]{1,2})尽(?P=verb)|“?零(?:填埋|直排|排放|弃风弃光|弃水|弃风|弃光|散煤|新增|倾倒|入河|出境|焚烧|浪费)”?)(?=$|[,;。、)”])"
)


def _to_the_full(clause: Clause, text: str, when: When) -> Iterator[Statement]:
    """Read the whole in other words: 公共机构屋顶光伏应装尽装, 生活垃圾“零填埋”."""
    match = _TO_THE_FULL.search(text)
    if not match or not (when.known or re.search("力争|确保|实现|做到|基本", match.group())):
        return
    raw = match.group("all").strip("“”")
    subject = clean_subject(_before(clause, match.start()))
    if len(subject) < 2 or (raw.startswith("零") and "净零" in text):
        return
    name = subject + raw if raw.startswith("零") else subject
    yield Statement(
        clause.start + match.start(), clause.start + match.end(), Comparator.ALL, (name,), match.group()[:12],
        confidence=0.9 if when.known else 0.7, rule="to_the_full",
    )  # fmt: skip


_ALL_OF = re.compile(
    r"(?:全部|所有)(?P<who>[^,;。、0-9()]{1,14}?(?:\([^()]{1,8}\))?)(?:均|都|要|应|须)*(?:完成|实现|建成|达到|纳入|开展|采用|使用)(?P<what>[^,;。0-9]{2,20})$"
)


_WORK_ON_ALL = re.compile(
    r"^.{0,6}?(?:完成|实现)(?:对|全[市省县区])*(?:全部|所有)(?P<who>[^,;。0-9]{2,16})(?:改造|整治|治理|建设|淘汰|退出|关停|更新|清零|达标)$"
)
"""2027年底前,完成所有工业园区污水管网排查整治."""


def _all_of(clause: Clause, text: str, when: When) -> Iterator[Statement]:
    """Read 到2027年,全部省级开发区完成循环化改造."""
    match = _ALL_OF.search(text)
    before = clean_subject(_before(clause, match.start())) if match else ""
    alone = match and (not before or scope_of(before) == before)
    whole = None if match else _WORK_ON_ALL.search(text)
    match = match or whole
    if match and (alone or whole) and when.years and not clause.quantities:
        name = text[match.start("who") : match.end()]
        yield Statement(
            clause.start + match.start(),
            clause.end,
            Comparator.ALL,
            (name,),
            "全部",
            confidence=0.8,
            rule="all_of",
        )


_WORK_DONE = re.compile(
    r"^.{0,4}?(?P<all>基本完成|完成|基本实现|实现)(?P<what>[^,;。]{4,40}?(?:淘汰|退出|关停|清零|超低排放|新能源化|电动化|清洁化|搬迁入园))$"
)
"""2024年底前,完成35蒸吨/小时及以下燃煤锅炉淘汰."""


def _work_done(clause: Clause, text: str, when: When) -> Iterator[Statement]:
    """Read work that ends with a date: what is named is done with as a whole."""
    words = _before(clause, len(text)).lstrip(",")
    match = _WORK_DONE.match(words)
    if not match or not when.years or any(not _is_threshold(clause, q) for q in clause.quantities):
        return
    what = clean_object(re.sub(r"^(?:全部|对)", "", match.group("what")))
    yield Statement(
        clause.end - len(match.group("what")), clause.end, Comparator.ALL, (what,), match.group("all"),
        confidence=0.7, rule="work_done",
    )  # fmt: skip


_ENDED = re.compile(r"(?:禁止|停止|取消|禁用|淘汰|消除|退出|关停)$")
"""Without the verb the promise would be turned round: 全面禁止销售燃油汽车."""


_KEPT = re.compile(r"使用|采用|安装|配建|纳入|接入|更换|配备|配套|应用")
"""Verbs that a name needs: 公交车全部使用新能源汽车 is 公交车使用新能源汽车."""


_SLOGAN = re.compile(
    r"(?:目标|愿景|蓝图|使命|任务|远景|美丽[一-鿿]{2,6}(?:建设)?|现代化[一-鿿]{0,8}|新格局|良性循环|根本好转|高质量发展|新篇章)(?:基本)?$"
)
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
        if (
            not needs
            or len(subject) < 4
            or not re.search(r"机构|企业|建筑|园区|单位|城市|项目|车辆|住宅", subject)
        ):
            return
        name, confidence = f"{subject}{needs.group(0)[2:]}", 0.7
    else:
        if raw.endswith(("在", "从")) or len(subject + rest) < 4 or _SLOGAN.search(subject + rest):
            return
        if re.match(r"基本|全面(?:实现|建成|建立|达到|推行|普及|落实)", match.group("all")) and (
            _QUALITATIVE.search(rest or subject)
            and not re.search(r"闭环|管网|网络|设施|分类", subject + rest)
        ):
            return
        verb = becomes[2:] if _KEPT.fullmatch(becomes[2:]) and subject and rest else ""
        name, confidence = subject + verb + rest, 0.8
    yield Statement(
        clause.start + match.start(), clause.end, Comparator.ALL, (name[:60],), match.group()[:10], confidence=confidence, rule="state"
    )  # fmt: skip
