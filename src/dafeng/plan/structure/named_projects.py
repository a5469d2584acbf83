"""Step 6: named projects, parks, sites, platforms and pilots, with the task that names them."""

import re

from dafeng.plan.model import Name, NameKind
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.head import Head
from dafeng.plan.structure.outline import Node, node_at
from dafeng.plan.structure.text import NormalText

_EXPLAINED_NAME = pattern("outline.explained_name")
_PLACE_OF_TITLE = pattern("outline.place_of_title")
_KINDS = (
    NameKind.PLATFORM, NameKind.SYSTEM, NameKind.PARK, NameKind.BASE, NameKind.PILOT, NameKind.PROJECT,
    NameKind.SITE, NameKind.COMPANY, NameKind.SITE,
)  # fmt: skip
"""Kind of each group of the pattern, in its order."""
_ANY = pattern("outline.named")
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
        kind = _KINDS[int((match.lastgroup or "k0")[1:])]
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
    bracket = _EXPLAINED_NAME.search(window[: max(begin, 0)]) if begin and window[begin - 1] == ")" else None
    if bracket:
        begin = bracket.start()
    quoted = window.rfind("“", 0, begin) if begin and window[begin - 1] == "”" else -1
    if quoted >= 0:
        return low + quoted
    verb = _VERBS.match(window[begin:].removesuffix("等"))
    return low + begin + (verb.end() if verb else 0)
