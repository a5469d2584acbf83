"""Step 2: the outline — chapters, sections, tasks — from numbered headings, also in run-on text.

A heading is believed where its number continues its row (or starts one), so that 1. in a sentence or (一) in a
quotation is none. Ranks follow the rules for official documents: 第一章, 第一节, 一、, 第一条, 行动一:, (一), 1., ①. The
last is a heading only where a line of its own begins like a title; elsewhere it numbers a sentence, as (1)
does.
"""

import re
from dataclasses import dataclass, replace
from enum import IntEnum

from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.text import NormalText

_ABOUT_THE_PLAN = pattern("outline.about_the_plan")


class Rank(IntEnum):
    """Kind of heading, highest first."""

    CHAPTER = 0
    SECTION = 1
    MAJOR = 2
    BOX = 3
    ARTICLE = 4
    ACTION = 5
    MIDDLE = 6
    MINOR = 7
    CIRCLE = 8


@dataclass(frozen=True, slots=True)
class Node:
    """Heading: its marker at `start`, its own text up to `own_end`, all that is under it up to `end`.

    `time` are words in front of the title that only give its time: 到2025年.
    """

    rank: Rank
    number: int
    locator: str
    title: str
    start: int
    title_end: int
    own_end: int
    end: int
    parent: int | None
    leaf: bool = True
    regular: bool = True
    time: str = ""


_NUMERALS = "一二三四五六七八九十"
_MARKER = pattern("outline.marker")
_RANKS = {
    "chapter": Rank.CHAPTER,
    "section": Rank.SECTION,
    "major": Rank.MAJOR,
    "box": Rank.BOX,
    "article": Rank.ARTICLE,
    "action": Rank.ACTION,
    "middle": Rank.MIDDLE,
    "ring": Rank.MIDDLE,
    "minor": Rank.MINOR,
    "dotted": Rank.MINOR,
    "circle": Rank.CIRCLE,
}
_SIGNS = ("①②③④⑤⑥⑦⑧⑨⑩", "㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩", "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛")
_BY_LINE_ONLY = (Rank.CHAPTER, Rank.SECTION, Rank.BOX, Rank.ARTICLE, Rank.ACTION, Rank.CIRCLE)
_ENDS_SENTENCE = "。!?;)”:】"
_LONGEST_TITLE = 45
_LAST_OF_EXCERPT = 40
"""The highest number with which the first heading of a kind may begin: an excerpt starts in the middle."""
_GENERAL = pattern("outline.general")


def number_of(numeral: str) -> int:
    """Parse a number: 一 → 1, 二十五 → 25, 12 → 12; 0 for characters that make no number (一三, 十十)."""
    for signs in _SIGNS:
        if numeral in signs:
            return signs.index(numeral) + 1
    if numeral.isdecimal():
        return int(numeral)
    if not re.fullmatch(r"[一二三四五六七八九]?十?[一二三四五六七八九]?", numeral) or re.fullmatch(
        r"[^十]{2}", numeral
    ):
        return 0
    tens, _, ones = numeral.rpartition("十") if "十" in numeral else ("", "", numeral)
    value = _NUMERALS.index(ones) + 1 if ones else 0
    if "十" in numeral:
        value += 10 * (_NUMERALS.index(tens) + 1 if tens else 1)
    return value


@dataclass(slots=True)
class _Found:
    rank: Rank
    number: int
    start: int
    marker_end: int
    marker: str
    parent: int | None
    regular: bool


def read_outline(normal: NormalText, start: int, end: int) -> list[Node]:
    """Read the headings of `normal.text[start:end]` in order. Linear in the length of the text."""
    found: list[_Found] = []
    counters: dict[Rank, int] = {}
    outer: dict[Rank, int] = {}
    last: dict[Rank, int] = {}
    in_box = False
    tables = [(normal.position(table.start), normal.position(table.end)) for table in normal.source.tables]
    text = normal.text
    for match in _MARKER.finditer(text, start, end):
        group = match.lastgroup or "minor"
        rank = _RANKS[group]
        number = number_of(match.group(group))
        position = match.start()
        if number == 0:
            continue
        if any(a <= position < b for a, b in tables):
            continue
        starts_paragraph = position == start or text[position - 1] == "\n"
        if not starts_paragraph and not _may_run_on(text, position, rank, found):
            continue
        if (
            in_box
            and rank > Rank.BOX
            and number == outer.get(rank, -1) + 1
            and number != counters.get(rank, 0) + 1
        ):
            counters, in_box = dict(outer), False
        verdict = _continues(rank, number, counters, last, starts_paragraph)
        if verdict is None:
            continue
        if rank is Rank.BOX:
            outer = dict(counters) if not in_box else outer
        in_box = rank is Rank.BOX or (in_box and rank > Rank.BOX)
        counters = {key: value for key, value in counters.items() if key < rank}
        if rank is Rank.BOX and outer:
            counters |= {key: value for key, value in outer.items() if key < Rank.BOX}
        counters[rank] = last[rank] = number
        parent = _parent(found, rank, in_box)
        found.append(_Found(rank, number, position, match.end(), match.group(), parent, verdict))
    return _nodes(normal, _without_contents(found), end)


def _may_run_on(text: str, position: int, rank: Rank, found: list[_Found]) -> bool:
    """Check whether a heading is allowed here in the middle of a paragraph."""
    if rank in _BY_LINE_ONLY:
        return False
    if text[position - 1] in _ENDS_SENTENCE:
        return rank is not Rank.MINOR or text[position - 1] not in ";:"
    if not found or found[-1].rank >= rank:
        return False
    between = text[found[-1].marker_end : position]
    return 2 <= len(between) <= 30 and not re.search(r"[,。;:\n]", between)


def _continues(
    rank: Rank, number: int, counters: dict[Rank, int], last: dict[Rank, int], paragraph: bool
) -> bool | None:
    """Return True: next in its row; False: out of row, but clearly a heading; None: no heading."""
    here = counters.get(rank)
    if here is None:
        if number in (1, last.get(rank, 0) + 1):
            return True
    elif number == here + 1:
        return True
    if not paragraph or rank is Rank.BOX:
        return True if rank is Rank.BOX and paragraph else None
    if rank in (Rank.MAJOR, Rank.CHAPTER, Rank.SECTION):
        return False if number == 1 or (here or 0) < number <= (here or 0) + 3 else None
    before = last.get(rank) if here is None else here
    if before is None:
        return False if rank in (Rank.MIDDLE, Rank.MINOR) and number <= _LAST_OF_EXCERPT else None
    return False if before < number <= before + 3 else None


def _parent(found: list[_Found], rank: Rank, in_box: bool) -> int | None:
    index = len(found) - 1 if found else None
    while index is not None:
        if found[index].rank < rank and (in_box or found[index].rank is not Rank.BOX):
            return index
        index = found[index].parent
    return None


def _without_contents(found: list[_Found]) -> list[_Found]:
    """Leave out a table of contents: a first row of headings that has no text and comes again."""
    tops = [i for i, item in enumerate(found) if item.parent is None and item.number == 1]
    if len(tops) < 2:
        return found
    cut = tops[1]
    length = found[cut].start - found[0].start
    if cut < 2 or length > 45 * cut:
        return found
    kept = [replace_parent(item, cut) for item in found[cut:]]
    kept[0].regular = True
    return kept


def replace_parent(item: _Found, shift: int) -> _Found:
    """Shift the parent of a heading after `shift` headings before it were left out."""
    item.parent = None if item.parent is None or item.parent < shift else item.parent - shift
    return item


def _nodes(normal: NormalText, found: list[_Found], end: int) -> list[Node]:
    nodes: list[Node] = []
    used: dict[str, int] = {}
    open_ends: list[int] = [end] * len(found)
    stack: list[int] = []
    for i, item in enumerate(found):
        while stack and found[stack[-1]].rank >= item.rank:
            open_ends[stack.pop()] = item.start
        stack.append(i)
    for i, item in enumerate(found):
        own_end = found[i + 1].start if i + 1 < len(found) else end
        title, title_end, time = _title(normal, item, own_end)
        locator = _locator(nodes, item)
        used[locator] = used.get(locator, 0) + 1
        if used[locator] > 1:
            locator = f"{locator}*{used[locator]}"
        nodes.append(
            Node(
                item.rank,
                item.number,
                locator,
                title,
                item.start,
                title_end,
                own_end,
                open_ends[i],
                item.parent,
                regular=item.regular,
                time=time,
            )
        )
    parents = {node.parent for node in nodes if node.rank is not Rank.BOX}
    return [replace(node, leaf=i not in parents) for i, node in enumerate(nodes)]


def _locator(nodes: list[Node], item: _Found) -> str:
    above = nodes[item.parent].locator if item.parent is not None else ""
    if item.rank is Rank.BOX:
        return item.marker
    if item.rank is Rank.MAJOR:
        return above + item.marker.rstrip("、.")
    if item.rank is Rank.MINOR:
        return above + str(item.number)
    if item.marker[0] in _SIGNS[1]:
        return f"{above}({_NUMERALS[item.number - 1]})"
    return above + item.marker.rstrip("、.:")


_TIME_FIRST = pattern("outline.time_first")


def _title(normal: NormalText, item: _Found, own_end: int) -> tuple[str, int, str]:
    """Return (words of the heading, their end, a time in front of them).

    The words go up to the first full stop or line end, or to where the text gives a sign.
    """
    text = normal.text
    stop = own_end
    for mark in "\n。":
        position = text.find(mark, item.marker_end, stop)
        stop = position if position >= 0 else stop
    time = _TIME_FIRST.match(text, item.marker_end, stop)
    start = time.end() if time and stop - time.end() > 3 else item.marker_end
    raw = text[start:stop]
    colon = raw.find(":")
    if 2 <= colon <= 30:
        stop = start + colon
    elif len(raw) > 30 and (re.search("[,;]", raw) or len(raw) > _LONGEST_TITLE):
        stop = start + _cut(normal, start, raw)
    return text[start:stop].strip(), stop, text[item.marker_end : start].rstrip(",")


def _cut(normal: NormalText, start: int, raw: str) -> int:
    """Return where a title ends that runs straight into its text."""
    for offset in range(3, min(len(raw), 24)):
        if normal.had_blank_before(start + offset) and not re.match(
            r"[、的和0-9A-Za-z].|.[0-9年]", raw[offset - 1 : offset + 1]
        ):
            return offset
    general = _GENERAL.match(raw)
    if general:
        return general.end()
    mark = re.search(r"(?<=..)[,;]", raw)
    return mark.start() if mark else len(raw)


def node_at(nodes: list[Node], position: int) -> Node | None:
    """Return the innermost heading whose text holds `position`; None in the preamble."""
    low, high = 0, len(nodes)
    while low < high:
        middle = (low + high) // 2
        if nodes[middle].start <= position:
            low = middle + 1
        else:
            high = middle
    return nodes[low - 1] if low else None


def is_general(nodes: list[Node], node: Node) -> bool:
    """Check whether a heading, or one above it, is about aims and principles, not about work to do."""
    current: Node | None = node
    while current is not None:
        if _GENERAL.fullmatch(current.title) or (
            current.rank <= Rank.MAJOR
            and _ABOUT_THE_PLAN.search(
                current.title,
            )
        ):
            return True
        current = nodes[current.parent] if current.parent is not None else None
    return False


def _in_box(nodes: list[Node], node: Node) -> bool:
    """Check whether a heading is a box (专栏) or inside one."""
    current: Node | None = node
    while current is not None and current.rank is not Rank.BOX:
        current = nodes[current.parent] if current.parent is not None else None
    return current is not None


_HISTORY = pattern("outline.history")


def past_spans(nodes: list[Node]) -> list[tuple[int, int]]:
    """Return the parts of the text that report the past: they contain no promise."""
    return [
        (node.start, node.end)
        for node in nodes
        if _HISTORY.search(node.title) and node.rank is not Rank.MINOR
    ]


def task_nodes(nodes: list[Node]) -> list[Node]:
    """Return the headings that are tasks: the innermost ones outside the general chapters.

    A chapter that is not divided is one only where no chapter is.
    """
    inner = [
        node for node in nodes if node.leaf and node.rank > Rank.CHAPTER and not is_general(nodes, node)
        and not _in_box(nodes, node)
    ]  # fmt: skip
    divided = [node for node in inner if node.rank is not Rank.MAJOR or node.parent is not None]
    return divided or inner
