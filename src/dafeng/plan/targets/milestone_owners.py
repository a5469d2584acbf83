"""Ownership of a peak or neutrality: the plan's own, or of the nation, another level, a firm, a foreign country.

The nearest actor of the sentence in front of the milestone owns it: 国家提出…,全市力争… is the city's. Words that are
neither the place of the plan nor a sector name another actor, so that an unfamiliar name gives no promise.
"""

import re

from dafeng.plan.targets.clause_state import Issuer

_FARTHEST = 300
"""Characters in front of a milestone in which its actor is looked for: keeps the search linear."""
_YEARS = re.compile(
    r"(?:到|至|在|于|力争|争取)?20\d\d年?(?:[-—~至到、和]20\d\d年)?(?:之?前|前后|左右|底前|年?底|末|以前)?|[“\"]?十[四五六七]五[”\"]?(?:期间|时期|规划)?(?:初期|中期|后期|期末|末)?"
)
_STATED = re.compile(
    r"提出|宣布|承诺|指出|强调|要求|明确|号召|倡议|部署|决策|决定|规定|确定|自主贡献|战略|峰会|大会|通知|印发|讲话"
)
_NATION = r"国家|我国|全国|中国|党中央|中央|国务院|总书记|习近平|联合国|全球|世界|国际|各国|欧盟|美国|英国|德国|法国|日本|韩国|印度|发达国家|经济体|人类|大国"
_UPPER = r"上级|全省|我省|本省|省委|省政府|省人民政府|省第|省[级定里]|自治区党委|自治区(?:人民)?政府|省(?:发展改革委|生态环境厅)"
_OTHERS = re.compile(rf"{_NATION}|{_UPPER}")
_NATION_ONLY = re.compile(_NATION)
_NOT_ACTING = re.compile(
    r"(?:贯彻|落实|学习)[^,;]*|(?:在|居|位居|走在|领跑|领先)(?:全国|全省|全球|世界|国内)[^,;]{0,6}?(?:率先|前列|领先|先行|首位)?|(?:与|同|跟|和|早于|先于|不晚于|快于|优于|领先|高于|提前)(?:于)?(?:国家|全国|全省|我省|全区|全市|省)(?:平均|整体|总体)?(?:目标|水平|时间)?(?:一道|一起|同步|同期)?|按照?[^,;]{0,14}?(?:要求|部署|安排)|(?:国家|省|上级)(?:级)?(?:和省)?(?:下达|确定|分解)[^,;]{0,10}"
)
"""Phrases with a nation or a province that does not act: 在全国率先, 与全省同步, 按照国家要求."""
_URGED = re.compile(
    r"^(?:积极|大力|加快|重点)?(?:支持|鼓励|引导|推动|指导|督促|帮助|推进)[^,;]*?(?:[市县区州盟]|地区|地方|城市|企业|集团|公司|单位|园区|基地)[^,;]*?(?:达峰|中和|先行|率先)"
)
_PEAK = re.compile(r"碳?达峰|(?:达到)?峰值|碳中和|净零排放")
_ADVERB = re.compile(
    r"如期|为|务必|一定|坚决|严格|原则上|有条件|顺利|率先|提前|力争|争取|确保|努力|尽早|尽快|早日|全面|基本|总体|整体|稳步|有序|有力|高质量|持续|逐步|推动|推进|促进|实现|达到|达成|完成|做到|提出|明确|承诺|采取|要|将|应|须|必须|的|并|且|在|于|到|至|与|和|及|以及|、|“|”|\"|"
    r"同步|一道|目标|愿景|任务|工作|全部|全社会|区域|地区|总体上|我们|本规划|本方案|规划期内|期间|时期|之前|底前|左右|前后|此基础上|下|中|再|也|均|都|各|分别|总量|强度|净|增长|温室气体|能源活动|全领域|分领域|分行业|同时|其中|进而|最终|最迟|不迟|晚|使|让|有望|预计|规划|计划|是"
)
_SECTORS = re.compile(
    r"二氧化碳|碳排放|排放|能源|煤炭|石油|天然气|油品|化石|用能|消费|电力|发电|火电|煤电|热力|供热|工业|制造业|钢铁|冶金|建材|水泥|玻璃|陶瓷|石化|炼化|化工|有色|金属|电解铝|铝|造纸|纺织|焦化|建筑|城乡建设|城镇|居民|生活|公共机构|商业|服务业|交通|运输|物流|民航|航运|陆路|水上|海上|内河|公路|铁路|水路|农业|农村|林业|数据中心|废弃物|重点|主要|高耗能|传统|等|其他|非|与|及|业|行业|领域|部门|产业|板块|环节|终端|碳|量"
)
_SECTOR_NOUN = re.compile(
    r"行业|领域|部门|产业|消费|排放|用能|[钢工农]业|建材|石化|化工|有色|电力|交通|建筑|城乡建设|水泥|钢铁|煤炭|石油|数据中心"
)
_OWN_WORDS = {
    "province": r"全省|我省|本省|省域|全区|我区|本区|自治区",
    "city": r"全市|我市|本市|市域|全州|全盟|我州|我盟|本州|本盟|全地区|全域",
    "county": r"全县|我县|本县|全区|我区|本区|全旗|我旗|本旗|全镇|全域|区域|园区|全园|高新区|经开区|开发区|新区",
    "nation": r"全国|我国|中国|国家",
    "unknown": r"全[市县省州盟旗区]|我[市县省州盟旗区]|本[市县省州盟旗区]|市域|省域|全域",
}
_QUOTES = re.compile(
    r"(?:紧扣|围绕|锚定|聚焦|瞄准|面向|面对|立足|着眼|紧盯|响应|服务|对标|对照|落实|按照|根据|贯彻|距离?|坚持|朝着|向着|助力|支撑|衔接|统筹|把握|(?:^|[,;])以|把|将|(?:^|[,;])为)[^,;。]{0,40}$"
)
_GUIDES = re.compile(
    r"[^,;。]{0,24}?(?:为(?:引领|导向|牵引|统领|目标|总抓手|契机|指引|总目标|主线|方向)|背景下|约束下|要求|引领下|硬约束|关键期|窗口期|(?:仅|只)有|重大意义|倒逼)"
)
_IS_WHAT = re.compile(
    r"(?:[”)]?(?:目标|愿景)?)?,?(?:这)?(?:是(?:党中央|中央|国家|我国|一场|以习近平|贯彻|推动|实现|着力|重大|立足)|事关|关乎|意味着|具有|需要我)"
)


def owns(text: str, at: int, end: int, issuer: Issuer) -> bool:
    """Check whether the milestone `text[at:end]` is the plan's own promise.

    Parameters
    ----------
    text : str
        Normalised text of the plan.
    at, end : int
        Character offsets of the words of the milestone.
    issuer : Issuer
        Level and title of the plan: decide which places are its own.
    """
    start = _sentence_start(text, at)
    stop = _sentence_end(text, end)
    if _IS_WHAT.match(text, end, stop):
        return False
    own = not _announced_before(text, start, issuer)
    clauses = re.split(r"[,;:]", text[start:at])
    for clause in clauses[:-1]:
        own = _after(clause, own, issuer)
    return _in_its_clause(clauses[-1], text[end:stop], own, issuer)


def _sentence_start(text: str, at: int) -> int:
    begin = max(0, at - _FARTHEST)
    return max(begin, *(text.rfind(mark, begin, at) + 1 for mark in "。\n"))


def _sentence_end(text: str, end: int) -> int:
    stops = [p for mark in "。\n" if (p := text.find(mark, end, end + _FARTHEST)) >= 0]
    return min(stops, default=min(len(text), end + _FARTHEST))


def _announced_before(text: str, start: int, issuer: Issuer) -> bool:
    """Check whether the sentence in front announces another's: 我国向国际社会作出庄严承诺。2030年前…"""
    if issuer.level == "nation" or text[start - 1 : start] != "。":
        return False
    before = text[_sentence_start(text, start - 1) : start - 1]
    return bool(re.search(r"(?:承诺|宣布|宣示|指出|强调)$", before) and _OTHERS.search(before))


def _after(clause: str, own: bool, issuer: Issuer) -> bool:
    """Return whether the milestone is still the plan's own behind a clause in front of it."""
    words = _NOT_ACTING.sub("", _YEARS.sub("", clause))
    if _URGED.search(words):
        return False
    if _PEAK.search(words) and re.search(r"20\d\d", clause):
        return _is_own_subject(_PEAK.split(words)[0], own, issuer)
    if _own_words(issuer).search(words):
        return True
    if _others(issuer).search(words) and (_STATED.search(words) or _PEAK.search(words)):
        return False
    return own


def _in_its_clause(before: str, after: str, own: bool, issuer: Issuer) -> bool:
    """Check the words of its own clause in front of the milestone."""
    bare = _YEARS.sub("", before)
    step = _NOT_ACTING.search(bare)
    words = _NOT_ACTING.sub("", bare)
    if (
        not step
        and _QUOTES.search(bare)
        and (_GUIDES.match(after) or not re.search(r"实现|达到|达成|完成", bare))
    ):
        return False
    if _URGED.search(bare + "达峰"):
        return False
    mine = _own_words(issuer)
    at_last = [match.end() for match in mine.finditer(words)]
    others = [match.end() for match in _others(issuer).finditer(words)]
    if others and max(others) > max(at_last, default=-1):
        return False
    return _is_own_subject(words, own, issuer)


def _is_own_subject(words: str, own: bool, issuer: Issuer) -> bool:
    """Check that a subject names the place of the plan or a sector; without a subject the sentence decides."""
    figure, _, behind = words.rpartition("并")
    words = behind if re.search(r"\d", figure) else words
    mine = _own_words(issuer)
    named_here = mine.search(words)
    rest = mine.sub("", re.sub(r"\([^()]*\)", "", words))
    rest = _ADVERB.sub("", rest)
    if not rest:
        return own or named_here is not None
    left = _SECTORS.sub("", rest)
    return not left and (own or named_here is not None) and bool(_SECTOR_NOUN.search(rest))


def _level(issuer: Issuer) -> str:
    """Return the level of a plan; its title separates a district, county or park from its city."""
    if issuer.level != "city":
        return issuer.level
    title = re.sub(r"城乡|乡村|城镇|小镇|县域|市场|县城|都市", "", issuer.title.split("关于")[0])
    names = re.findall(r"[一-鿿]+?(?:自治县|自治旗|[市县州盟旗]|(?<![治地社小城辖景校])区|镇|乡|街道)", title)
    return "county" if names and names[-1][-1] in "县区旗镇乡道" else "city"


def _own_words(issuer: Issuer) -> "re.Pattern[str]":
    """Return the words that name the place of the plan."""
    level = _level(issuer)
    place = re.match(
        r"(?:[一-鿿]{2,8}?(?:省|自治区))?(?P<name>[一-鿿]{2,12}?(?:自治[州县旗]|[省市县区州盟旗镇乡]))",
        issuer.title,
    )
    words = [_OWN_WORDS[level]]
    if place and level not in ("nation", "unknown"):
        name = re.escape(place.group("name"))
        words.append(f"{name}|{name[:-1]}" if len(name) > 2 else name)
        if level == "county":
            inner = issuer.title[place.end() :]
            below = re.match(r"[一-鿿]{2,12}?(?:自治[县旗]|[县区旗镇乡])", inner)
            words = [_OWN_WORDS[level], re.escape(below.group() if below else place.group("name"))]
    return re.compile("|".join(words))


def _others(issuer: Issuer) -> "re.Pattern[str]":
    """Return the words of other levels: none above the nation."""
    level = _level(issuer)
    if level == "nation":
        return re.compile(r"(?!)")
    if level in ("province", "unknown"):
        return _NATION_ONLY
    return (
        re.compile(rf"{_OTHERS.pattern}|全市|我市|[一-鿿]{{2}}省")
        if level == "county"
        else re.compile(rf"{_OTHERS.pattern}|[一-鿿]{{2}}省")
    )


_OF_UPPER = {
    "city": re.compile(
        r"[^,;]{0,14}?(?:全省|我省|全国|我国)(?!首|一流|领先|平均|重要|前列|最|性|率先|推广|示范)"
    ),
    "province": re.compile(
        r"[^,;]{0,14}?(?:全国|我国)(?!首|一流|领先|平均|重要|前列|最|性|率先|推广|示范|统一|碳)"
    ),
}


def is_of_another(words: str, issuer: Issuer) -> bool:
    """Check whether the words in front of a value say whose it is, and that is a level above: 全省装机达到6500万千瓦.

    A share of the province (占全省比重) is the plan's own.
    """
    pattern = _OF_UPPER.get(issuer.level)
    found = pattern.match(words) if pattern else None
    return found is not None and not re.search(r"[占居列在较比于与]", found.group())
