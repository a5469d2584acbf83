"""Step 6: named projects, parks, sites, platforms and pilots, with the task that names them."""

import re

from dafeng.plan.model import Name, NameKind
from dafeng.plan.structure.head import Head
from dafeng.plan.structure.outline import Node, node_at
from dafeng.plan.structure.text import NormalText

_KINDS: tuple[tuple[NameKind, str], ...] = (
    (NameKind.PLATFORM, "(?:信息|服务|管理|监测|管控|交易|创新|大数据|云|数字化|一体化|调度|监管|对接)[^、,。;]{0,6}平台|平台"),
    (NameKind.SYSTEM, "(?:监测|管理|信息|预警|核算|管控|信息管理|在线监测|调度|追溯|智慧能源管理|交易)系统|数据中心|台账|信息库|数据库|项目库|能源互联网|管理中心|运营中心|交易中心"),
    (NameKind.PARK, "经济技术开发区|高新技术产业开发区|经开区|高新区|开发区|工业园区|产业园区|产业园|工业园|科技园|物流园|科技城|新区|自贸试验区|保税区|示范园区|园区"),
    (NameKind.BASE, "产业基地|示范基地|生产基地|储备基地|基地"),
    (NameKind.PILOT, "试点示范|示范区|先行区|试验区|示范城市|示范县|示范镇|试点"),
    (NameKind.PROJECT, "抽水蓄能电站|抽水蓄能项目|核电项目|储能项目|储能电站|光伏发电项目|光伏电站|风电项目|风电场|发电厂|电厂|电站|煤电机组|发电项目|输变电工程|直流工程|特高压[^、,。;]{0,4}|储备工程|管网[一二三四]期工程|联网工程|专用线|铁路|工程|项目"),
    (NameKind.SITE, "港区|作业区|码头|机场|厂址|港|枢纽|填埋场|处理厂|水电站|林场|矿山"),
    (NameKind.COMPANY, "有限责任公司|股份有限公司|有限公司|集团公司|集团|公司"),
    (NameKind.SITE, "研究院|实验室|研究中心|创新中心|综合体"),
)  # fmt: skip
_ANY = re.compile("(?:" + "|".join(f"(?P<k{i}>{pattern})" for i, (_, pattern) in enumerate(_KINDS)) + ")")
_STOP = re.compile(r"[。,;:!?、\n《》()“”]")
_VERBS = re.compile(
    r"^.*(?:推进|加快|建设|推动|支持|开展|实施|完善|构建|打造|依托|发挥|建成|培育|加强|探索|鼓励|引导|发展|创建|提升|建立|促进|落实|搭建|整合|规划|稳步|做好|保障|围绕|聚焦|以|在|对|将|把|等|及|和|与|为|的|到|推广|布局|引进|深化|重点|积极|全面|利用|应用|纳入|形成|统筹|启动|健全|优化|扩大|加大|强化|组建|参与|拓展|提高|是|有|开发|巩固|争创|逐步|科学|主要|深入|坚决|严格|持续|申报|争取|谋划|应用|采用|聚集|相关|超过|上市|实行|谋划|配置|选择|鼓励|健全|简称|一批|一体化推进|对接|编制|出台|完成|新建|改造|关闭|了)"
)
_PLACE = re.compile(
    r"[一-鿿]{1,4}(?:省|市|县|区|州|镇|乡|港|湖|江|河|山|岛|湾|旗)(?!级)|北京|天津|上海|重庆|长江|黄河|珠江|京津冀|粤港澳|长三角|大湾区|环[一-鿿]{1,3}湖|中国|国能|国家电投|华能|华电|大唐|中广核|中核|三峡|国网|南网|中石[化油]|神华|宝武|[一-鿿]{2,4}(?=(?:电厂|经开区|高新区|港区|核电|风电|二期|三期|一期))"
)
_NO_PLACE = re.compile(
    r"(?:.{0,2}(?:智慧|试点|示范|典型|性的|重点|中小|大中|特大|超大|中心|低碳|绿色|海绵|无废|等|对|和|各|大|新型))?城市|.{0,3}(?:园区|地区|社区|市区|城区|上市|超市|区域市?|山区|景区|矿区|街区"
    r"|辖区|片区|小区|核心港|留矿山)|[全本我该各某发挥]*[省市县区州]|港|海上|高山|沿江|沿海|海洋|乡镇|村镇|城镇|.{0,3}(?:等|和|的|技术开发区)"
)
_GENERIC = re.compile(
    r"^(?:一批|一些|各类|多个|若干|相关|新型|重大|重点|示范|工业|产业|高新|省级|国家级|市级|区域|大型|中小|绿色|低碳|零碳|近零碳|智慧|特色|既有|现有|老旧|新建|有条件|符合条件|具备条件|其他|拟建|在建|存量|该|本|此|两高|高耗能|高排放|试点|循环化|化工|农村|城市|城镇|公共|基础设施|物流|能源|生态|综合|数字|先进|建筑|交通|节能|技术|科技|创新|服务|分布式|光伏|风电|储能|新能源|清洁|电力|煤电|水电|核电|氢能|抽水蓄能|充电|装配式|林业|农业|碳汇|减排|改造|保护|修复|治理|更新|提升)*$"
)
_SYSTEM_KINDS = (NameKind.PLATFORM, NameKind.SYSTEM)
_LONGEST = 36


def find_names(normal: NormalText, nodes: list[Node], skip: list[tuple[int, int]], head: Head) -> list[Name]:
    """Extract the named things of the body, once a task.

    A generic noun (各类项目) is none; a platform or system always is one.
    """
    text = normal.text
    place = re.match(r"[一-鿿]{2,8}?(?:省|市|县|区|自治州|自治区)", head.title)
    own = place.group()[:-1] if place else ""
    found: dict[tuple[str, str], Name] = {}
    s = 0
    spans = sorted(skip)
    for match in _ANY.finditer(text, head.body_start, head.body_end):
        while s < len(spans) and spans[s][1] <= match.start():
            s += 1
        if s < len(spans) and spans[s][0] <= match.start():
            continue
        kind = _KINDS[int((match.lastgroup or "k0")[1:])][0]
        start = _start(text, match.start(), head.body_start)
        words = text[start : match.end()]
        head_words = words[: match.start() - start].removesuffix("等")
        words = head_words + match.group()
        places = [m.group() for m in _PLACE.finditer(head_words) if not _NO_PLACE.fullmatch(m.group())]
        node = node_at(nodes, match.start())
        if node is not None and match.start() < node.title_end:
            continue
        named = bool(places) or bool(own and own in head_words)
        if not 2 < len(words) <= _LONGEST or (not named and not _is_system(kind, head_words, match.group())):
            continue
        locator = node.locator if node else "前言"
        words = words if words.count("“") == words.count("”") else words.strip("“”")
        if words not in ("重点项目",) and (locator, words) not in found:
            found[locator, words] = Name(
                locator=locator, kind=kind, text=words, places=tuple(dict.fromkeys(places))[:4],
                span=normal.span(start, match.end()), confidence=0.8 if named else 0.6,
            )  # fmt: skip
    return _longest(list(found.values()))


def _is_system(kind: NameKind, head_words: str, noun: str) -> bool:
    """Check whether a thing without a place is one system or platform and not any.

    Its words must name its subject.
    """
    if kind not in _SYSTEM_KINDS:
        return False
    generic = len(head_words) < 2 or (bool(_GENERIC.match(head_words)) and len(head_words) < 4)
    return len(noun) >= 6 or not generic


def _longest(names: list[Name]) -> list[Name]:
    """Drop names that are only the beginning of a longer one at the same place."""
    kept: list[Name] = []
    for name in names:
        if kept and kept[-1].locator == name.locator and name.text.startswith(kept[-1].text):
            kept[-1] = name
        else:
            kept.append(name)
    return kept


def _start(text: str, end: int, floor: int) -> int:
    """Return where a name begins: behind the last punctuation mark, then behind the last verb or joint."""
    low = max(floor, end - _LONGEST)
    window = text[low:end]
    begin = 0
    for stop in _STOP.finditer(window):
        begin = stop.end()
    bracket = (
        re.search(r"[一-鿿]{2,12}\([一-鿿]{2,6}\)$", window[: max(begin, 0)])
        if begin and window[begin - 1] == ")"
        else None
    )
    if bracket:
        begin = bracket.start()
    quoted = window.rfind("“", 0, begin) if begin and window[begin - 1] == "”" else -1
    if quoted >= 0:
        return low + quoted
    verb = _VERBS.match(window[begin:].removesuffix("等"))
    return low + begin + (verb.end() if verb else 0)
