"""Step 3: duties — lists of responsible bodies in every style of the genre, in the order of the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dafeng.plan.model import DutyStyle
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.bodies import is_certain_body, level_prefix
from dafeng.plan.structure.body_lists import (
    FIRST_LEADS,
    IS_LIST,
    LABEL,
    LEAD_LABEL,
    Parsed,
    limit_of,
    named,
    parse_list,
    split_bodies,
    without_notes,
)
from dafeng.plan.structure.lines import HEADING_START

_INCLUDES = pattern("duties.includes")
_HOLDS_ON = pattern("duties.holds_on")
_EACH_GOVERNMENT = pattern("duties.each_government")
_ANY_BODY = pattern("duties.any_body")
_BRACKET = re.compile(r"[()\[\]【】〔〕\n]")
_LABEL_AT_START = pattern("duties.label_at_start")
_OPENING = pattern("duties.opening")
_PROSE_MARK = pattern("duties.prose_mark")
_SUPPORT_LABEL = pattern("duties.support_label")
_MAX_LIST = 1500
_LONGEST_HEADING = 45
_BLANKET = pattern("duties.blanket")


@dataclass(frozen=True, slots=True)
class DutyList:
    """List of bodies at `start:end` of the text."""

    start: int
    end: int
    departments: tuple[str, ...]
    lead: tuple[str, ...]
    style: DutyStyle
    open_ended: bool
    own_paragraph: bool
    confidence: float
    deadline: str | None = None
    """Time limit that the list itself states."""


def find_duties(text: str, start: int, end: int) -> list[DutyList]:
    """Return all duty lists of `text[start:end]`, in order. Linear in the length of the text."""
    found = list(_in_brackets(text, start, end))
    found += _labelled(text, start, end, found)
    found += _blanket(text, start, end)
    found += find_in_prose(text, start, end, [(item.start, item.end) for item in found])
    found.sort(key=lambda item: (item.start, -item.end))
    apart: list[DutyList] = []
    for item in found:
        if not apart or item.start >= apart[-1].end:
            apart.append(item)
    return _first_leads(text, start, end, apart)


def _in_brackets(text: str, start: int, end: int) -> Iterator[DutyList]:
    for opened, closed in bracket_pairs(text, start, end):
        inside = text[opened + 1 : closed]
        if not 4 <= len(inside) <= _MAX_LIST:
            continue
        said = LABEL.match(inside) or IS_LIST.search(without_notes(inside))
        parsed = parse_list(inside) if said else _bare_list(text, opened, closed)
        if parsed is None:
            continue
        departments, lead, style, open_ended, confidence = parsed
        alone = text[opened - 1 : opened] in ("\n", "") if opened else True
        alone = alone and text[closed + 1 : closed + 2] in ("\n", "")
        limit = limit_of(inside)
        yield DutyList(opened, closed + 1, departments, lead, style, open_ended, alone, confidence, limit)


def _bare_list(text: str, opened: int, closed: int) -> Parsed | None:
    """Read (市工信局,市发改委,各县区政府) behind a finished sentence or a heading: bodies, and nothing but bodies."""
    ends_line = text[closed + 1 : closed + 2] in ("", "\n")
    if text[opened - 1 : opened] not in ("。", ";", "\n"):
        line = text.rfind("\n", 0, opened) + 1
        if not (ends_line and opened - line < _LONGEST_HEADING and HEADING_START.match(text, line)):
            return None
    elif not ends_line and text[closed + 1] != "。" and text[opened - 1] == "\n":
        return None
    if _INCLUDES.match(text[opened + 1 : closed]):
        return None
    parsed = parse_list(text[opened + 1 : closed])
    if parsed is None or not is_certain_body(parsed[0][0]):
        return None
    if len(parsed[0]) == 1 and not level_prefix(parsed[0][0]):
        return None
    if not all(is_certain_body(name) or _ANY_BODY.match(name) for name in parsed[0]):
        return None
    return (*parsed[:4], 0.8)


def bracket_pairs(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return outermost round or square bracket pairs, by opening.

    Brackets do not reach over a paragraph's end.
    """
    pairs: list[tuple[int, int]] = []
    stack: list[int] = []
    for match in _BRACKET.finditer(text, start, end):
        character = match.group()
        if character == "\n":
            stack.clear()
        elif character in "([【〔":
            stack.append(match.start())
        elif stack:
            opened = stack.pop()
            if not stack:
                pairs.append((opened, match.start()))
            elif match.start() - opened > 5 and IS_LIST.search(text[match.start() - 6 : match.start()]):
                pairs.append((opened, match.start()))
                stack.clear()
    return pairs


def _labelled(text: str, start: int, end: int, brackets: list[DutyList]) -> list[DutyList]:
    """Read 责任单位:… up to the end of its paragraph (or the next full stop); further labels join the list."""
    lists: list[DutyList] = []
    taken = [(item.start, item.end) for item in brackets]
    position = start
    t = 0
    while match := _LABEL_AT_START.search(text, position, end):
        while t < len(taken) and taken[t][1] <= match.start():
            t += 1
        if t < len(taken) and taken[t][0] <= match.start():
            position = taken[t][1]
            continue
        stop = _paragraph_end(text, match.end(), end)
        leads = bool(LEAD_LABEL.search(match.group()))
        while (
            (more := LABEL.match(text, stop + 1, end))
            and (_SUPPORT_LABEL.match(more.group()) or (leads and not LEAD_LABEL.search(more.group())))
            and text[stop : stop + 1] in "\n。;"
        ):
            stop = _paragraph_end(text, more.end(), end)
        parsed = parse_list(text[match.start() : stop])
        position = max(stop, match.end())
        if parsed is None:
            continue
        departments, lead, style, open_ended, confidence = parsed
        alone = match.start() == 0 or text[match.start() - 1] == "\n"
        lists.append(DutyList(match.start(), stop, departments, lead, style, open_ended, alone, confidence))
    return lists


_PROSE = pattern("duties.prose")
_PROSE_SUPPORT = pattern("duties.prose_support")


def find_in_prose(text: str, start: int, end: int, taken: list[tuple[int, int]]) -> list[DutyList]:
    """Read 由市发展改革委牵头,市财政局配合。 in running text: only where every name is certainly a body."""
    lists: list[DutyList] = []
    spans = sorted(taken)
    t, position = 0, start
    for mark in _PROSE_MARK.finditer(text, start, end):
        while t < len(spans) and spans[t][1] <= mark.start():
            t += 1
        if mark.start() < position or (t < len(spans) and spans[t][0] <= mark.start()):
            continue
        begin = max(text.rfind(c, max(position, mark.start() - 130), mark.start()) for c in ",。;:\n")
        match = _PROSE.match(text, begin + 1, end) if begin >= 0 else None
        if match is None or not (
            match.group("by") or "牵头" in match.group("mark") or _is_sentence(text, match)
        ):
            continue
        names, open_ended = split_bodies(match.group("names"))
        if not names or not all(is_certain_body(name) for name in names):
            continue
        leads = "牵头" in match.group("mark")
        segments = [(match.group("names"), leads)]
        stop = match.end()
        while more := _PROSE_SUPPORT.match(text, stop, end):
            others, etc = split_bodies(more.group("names"))
            if not others or not all(is_certain_body(n) or _ANY_BODY.match(n) for n in others):
                break
            segments.append((more.group("names"), False))
            open_ended, stop = open_ended or etc or "等" in more.group(), more.end()
        words = text[match.start() : stop]
        departments, lead, _, _, _ = named(segments)
        style = (
            DutyStyle.LEAD_SUPPORT
            if leads
            else DutyStyle.BY_DUTY
            if "职责" in words
            else DutyStyle.RESPONSIBLE
        )
        lists.append(
            DutyList(match.start(), stop, departments, lead, style, open_ended or "等" in words, False, 0.8)
        )
        position = stop
    return lists


def _is_sentence(text: str, match: "re.Match[str]") -> bool:
    """Check for 县发改委、县工信局按职责分工负责。 — a sentence that names bodies and states nothing else."""
    return (
        text[match.start() - 1 : match.start()] in "。;\n" and text[match.end() : match.end() + 1] in "。\n"
    )


def _paragraph_end(text: str, start: int, end: int) -> int:
    stops = [
        p
        for mark in (
            "\n",
            "。",
            "】",
            "完成时",
            "时限:",
            "时间:",
            "责任领导",
            "分管领导",
            "责任人:",
            "联系人",
        )
        if (p := text.find(mark, start, min(end, start + _MAX_LIST))) >= 0
    ]
    return min(stops, default=min(end, start + _MAX_LIST))


def _blanket(text: str, start: int, end: int) -> Iterator[DutyList]:
    for match in _BLANKET.finditer(text, start, end):
        named = _EACH_GOVERNMENT.search(match.group())
        if named:
            yield DutyList(
                match.start(), match.end(), (named.group(),), (), DutyStyle.BLANKET, False, False, 0.6
            )


_SIGN_LEADS = pattern("duties.sign_leads")
_SIGN = {"逗号": ",", "分号": ";", "第一个顿号": "、", "首个顿号": "、"}


def _first_leads(text: str, start: int, end: int, found: list[DutyList]) -> list[DutyList]:
    """Set the leads of lists where the text itself states who leads.

    It is the first name, or the names before the comma.

    The rule holds from there on or (written in front of the lists) throughout.
    """
    match = FIRST_LEADS.search(text, start, end) or _SIGN_LEADS.search(text, start, end)
    if not match or not found:
        return found
    result: list[DutyList] = []
    everywhere = match.start() < found[0].start
    following = _HOLDS_ON.search(text[max(0, match.start() - 10) : match.end() + 12])
    sign = match.groupdict().get("sign")
    for item in found:
        holds = everywhere or (item.end >= match.end() and (bool(following) or item.start <= match.start()))
        if holds and not item.lead and item.style is not DutyStyle.BLANKET:
            item = replace(item, lead=_leads_of(text, item, sign), style=DutyStyle.FIRST_LEADS)
        result.append(item)
    return result


def _leads_of(text: str, item: DutyList, sign: str | None) -> tuple[str, ...]:
    """Return the first name of a list, or all names before its first comma (or the sign that the text names)."""
    if sign is None:
        return item.departments[:1]
    words = _OPENING.sub("", text[item.start : item.end])
    before, comma, _ = words.partition(_SIGN[sign])
    names, _ = split_bodies(before) if comma else (list(item.departments[:1]), False)
    if not comma and len(item.departments) > 1:
        return ()
    return item.departments[: len(names)]
