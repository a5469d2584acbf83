"""Step 6: named projects, parks, sites, platforms and pilots, with the task that names them."""

import re

from dafeng.plan.model import Name, NameKind
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.head import Head
from dafeng.plan.structure.outline import Node, node_at
from dafeng.plan.structure.text import NormalText

_PLACE_OF_TITLE = pattern("outline.place_of_title")
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
_VERBS = pattern("outline.verbs")
_PLACE = pattern("outline.place")
_NO_PLACE = pattern("outline.no_place")
_GENERIC = pattern("outline.generic")
_SYSTEM_KINDS = (NameKind.PLATFORM, NameKind.SYSTEM)
_LONGEST = 36


def find_names(normal: NormalText, nodes: list[Node], skip: list[tuple[int, int]], head: Head) -> list[Name]:
    """Extract the named things of the body, once a task.

    A generic noun (各类项目) is none; a platform or system always is one.
    """
    text = normal.text
    place = _PLACE_OF_TITLE.match(head.title)
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
