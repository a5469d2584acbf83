"""Step 3: who answers for what — lists of bodies in every style of the genre, in the order of the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dafeng.plan.directory import is_body, lacks_prefix, level_prefix
from dafeng.plan.model import DutyStyle

_CLOSING = re.compile(
    r"(?:(?:等)?(?:部门|单位|有关部门|市级部门)?)?[,、]?(?:根据|依据|依|按照|按)?(?:各自)?(?:职责|职能|职责和)?(?:分工)?(?:共同)?(?:协同)?(?:分别)?(?:抓好)?(?:负责|落实|推进|组织实施|实施|参与|配合)(?:落实|实施|推进)?$"
)
_BY_DUTY = re.compile(
    r"(?:根据|依据|依|按照|按)(?:各自)?(?:职责|职能)(?:和)?(?:分工)?(?:负责|落实|抓好落实|组织实施|推进|实施|共同推进)?(?:落实|实施)?$"
)
_IS_LIST = re.compile(r"(?:负责|牵头|配合|参与|分工|落实|按职责分工|推进|实施|参加|协助|协同)[。;]?$")
_LABEL_WORDS = r"(?:(?:市级|市直|省级|主要|具体)?(?:责任|牵头|配合|参与|主办|承办|协办|实施|主管|协作|协同|参加|落实|主责|负责)(?:责任)?(?:单位|部门|主体|处室|科室)|牵头|配合|责任分工)"
_LABEL = re.compile(rf"{_LABEL_WORDS}[::]")
_LEAD_LABEL = re.compile(r"(?:牵头|主办|主管|主责)")
_SUPPORT_LABEL = re.compile(r"(?:配合|参与|协办|协作|参加|协同)")
_FIRST_LEADS = re.compile(
    r"(?:排(?:在|名|序)?(?:在)?|列(?:在)?|居)?(?:第一(?:个|位|的|名)*|首位|首个)(?:的)?(?:单位|部门|责任单位)?(?:的)?为(?:总)?牵头(?:单位|部门|责任单位)?"
)
_NOTE = re.compile(rf"\((?:[^()]{{0,12}}{_FIRST_LEADS.pattern}[^()]{{0,20}})\)|[,、;]?(?:下同|以下均同)")
_LEAD_MARK = re.compile(r"(?:等)?(?:共同|联合|负责)?牵头(?:负责|组织|落实)?")
_SUPPORT_MARK = re.compile(
    r"(?:等)?(?:按(?:照)?(?:各自)?职责(?:分工)?)?(?:等)?(?:协同)?(?:配合|参与|参加|协助)(?:落实|实施)?"
)
_SPLIT_AND = re.compile(r"(?<=[局委厅办门府司位会部团心区县])(?:以及|及|和|与)(?=[各有市省县区相国驻中])")
_ETC = re.compile(r"(?:等(?:市级|市直|省级|省直|有关|相关)*(?:部门|单位|部委|有关部门|有关单位)?)$")
_MAX_LIST = 1500
_BLANKET = re.compile(
    r"[^。\n]{0,20}(?:各(?:县|区|市|设区|地)[^。,;\n]{0,24}(?:人民政府|政府|管委会)[^。\n]{0,20}(?:均|都)?(?:为|是|作为)[^。\n]{0,12}责任(?:单位|主体)[^。\n]{0,30}|责任单位均(?:含|包括)[^。\n]{2,60})"
)


@dataclass(frozen=True, slots=True)
class DutyList:
    """One list as it stands at `start:end` of the text."""

    start: int
    end: int
    departments: tuple[str, ...]
    lead: tuple[str, ...]
    style: DutyStyle
    open_ended: bool
    own_paragraph: bool
    confidence: float


def find_duties(text: str, start: int, end: int) -> list[DutyList]:
    """All duty lists of `text[start:end]`, in order. Linear in the length of the text."""
    found = list(_in_brackets(text, start, end))
    found += _labelled(text, start, end, found)
    found += _blanket(text, start, end)
    found.sort(key=lambda item: item.start)
    return _first_leads(text, start, end, found)


def _in_brackets(text: str, start: int, end: int) -> Iterator[DutyList]:
    for opened, closed in bracket_pairs(text, start, end):
        inside = text[opened + 1 : closed]
        if not 4 <= len(inside) <= _MAX_LIST or not (_IS_LIST.search(inside) or _LABEL.match(inside)):
            continue
        parsed = parse_list(inside)
        if parsed is None:
            continue
        departments, lead, style, open_ended, confidence = parsed
        alone = text[opened - 1 : opened] in ("\n", "") if opened else True
        alone = alone and text[closed + 1 : closed + 2] in ("\n", "")
        yield DutyList(opened, closed + 1, departments, lead, style, open_ended, alone, confidence)


def bracket_pairs(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Outermost round or square bracket pairs, by opening; brackets do not reach over a paragraph's end."""
    pairs: list[tuple[int, int]] = []
    stack: list[int] = []
    for match in re.compile(r"[()\[\]【】\n]").finditer(text, start, end):
        character = match.group()
        if character == "\n":
            stack.clear()
        elif character in "([【":
            stack.append(match.start())
        elif stack:
            opened = stack.pop()
            if not stack:
                pairs.append((opened, match.start()))
            elif _IS_LIST.search(text[match.start() - 6 : match.start()]):
                pairs.append((opened, match.start()))
                stack.clear()
    return pairs


def _labelled(text: str, start: int, end: int, brackets: list[DutyList]) -> list[DutyList]:
    """责任单位:… up to the end of its paragraph (or the next full stop); further labels join the list."""
    lists: list[DutyList] = []
    taken = [(item.start, item.end) for item in brackets]
    position = start
    pattern = re.compile(rf"(?:(?<=[\n。;)】])|^){_LABEL.pattern}")
    t = 0
    while match := pattern.search(text, position, end):
        while t < len(taken) and taken[t][1] <= match.start():
            t += 1
        if t < len(taken) and taken[t][0] <= match.start():
            position = taken[t][1]
            continue
        stop = _paragraph_end(text, match.end(), end)
        while (
            (more := _LABEL.match(text, stop + 1, end))
            and _SUPPORT_LABEL.match(more.group())
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


def _paragraph_end(text: str, start: int, end: int) -> int:
    stops = [
        p
        for mark in ("\n", "。", "】", "完成时")
        if (p := text.find(mark, start, min(end, start + _MAX_LIST))) >= 0
    ]
    return min(stops, default=min(end, start + _MAX_LIST))


def _blanket(text: str, start: int, end: int) -> Iterator[DutyList]:
    for match in _BLANKET.finditer(text, start, end):
        named = re.search(r"各[^。,;\n]{1,30}?(?:人民政府|政府|管委会)", match.group())
        if named:
            yield DutyList(
                match.start(), match.end(), (named.group(),), (), DutyStyle.BLANKET, False, False, 0.6
            )


Parsed = tuple[tuple[str, ...], tuple[str, ...], DutyStyle, bool, float]


def parse_list(inside: str) -> Parsed | None:
    """Read one list: (departments, lead, style, open-ended, confidence); None where it names no bodies."""
    inside = _NOTE.sub("", inside.strip()).rstrip("。;,")
    segments: list[tuple[str, bool]] = []
    labels = list(_LABEL.finditer(inside))
    if labels:
        for i, label in enumerate(labels):
            stop = labels[i + 1].start() if i + 1 < len(labels) else len(inside)
            segments.append(
                (inside[label.end() : stop].strip(";,。\n"), bool(_LEAD_LABEL.search(label.group())))
            )
        marked = any(_LEAD_LABEL.search(label.group()) for label in labels)
        style = DutyStyle.LEAD_SUPPORT if marked else DutyStyle.LABELLED
        if not marked and "牵头" in inside:
            style = DutyStyle.LEAD_SUPPORT
            segments = [part for text, _ in segments for part in _by_marks(text)]
    elif "牵头" in inside:
        segments, style = _by_marks(inside), DutyStyle.LEAD_SUPPORT
    else:
        segments = [(inside, False)]
        style = (
            DutyStyle.BY_DUTY if _BY_DUTY.search(inside) or "职责" in inside[-12:] else DutyStyle.RESPONSIBLE
        )
    names: list[str] = []
    lead: list[str] = []
    open_ended = False
    doubtful = 0
    prefix = ""
    for segment, leads in segments:
        pieces, is_open = split_bodies(segment)
        open_ended |= is_open
        for piece in pieces:
            name, prefix = _with_prefix(piece, prefix)
            doubtful += not is_body(name)
            if name not in names:
                names.append(name)
            if leads and name not in lead:
                lead.append(name)
    if not names or doubtful > len(names) / 3:
        return None
    return tuple(names), tuple(lead), style, open_ended, 1.0 if not doubtful else 0.6


def _by_marks(text: str) -> list[tuple[str, bool]]:
    """Cut 甲、乙牵头,丙配合 into (names, leads)."""
    segments: list[tuple[str, bool]] = []
    position = 0
    for match in _LEAD_MARK.finditer(text):
        left = text[position : match.start()]
        left = re.sub(r"^[,;、。]?由?", "", left)
        before, comma, last = left.rpartition(",") if "," in left else left.rpartition(";")
        if comma and before:
            segments.append((before, False))
        segments.append((last, True))
        position = match.end()
    rest = re.sub(r"^[,;、。](?:会同)?|^会同", "", text[position:])
    if rest:
        segments.append((rest, False))
    return [(part, leads) for part, leads in segments if part.strip(",;、。")]


def split_bodies(segment: str) -> tuple[list[str], bool]:
    """The names in 甲、乙和丙等按职责分工负责 and whether the list is open (等)."""
    body = segment.strip(",;、。 \n")
    open_ended = False
    for pattern in (_BY_DUTY, _SUPPORT_MARK, _CLOSING):
        match = pattern.search(body)
        if match and match.end() == len(body) and match.start() > 0:
            open_ended |= "等" in match.group()[:6]
            body = body[: match.start()].rstrip(",、")
    names: list[str] = []
    for chunk in _joined_areas(_chunks(body)):
        for piece in _SPLIT_AND.split(chunk):
            name = re.sub(r"^(?:由|会同|以及|及|和|牵头|联合)", "", piece.strip("。 \n"))
            closing = _BY_DUTY.search(name)
            if closing and closing.start() > 1:
                name = name[: closing.start()]
            etc = _ETC.search(name)
            if etc:
                open_ended, name = True, name[: etc.start()]
            if "等" in name[1:] and (inner := re.match(r"(.{2,}?(?:局|委|厅|公司|办|部))等", name)):
                open_ended, name = True, inner.group(1)
            if name and name not in ("部门", "单位", "有关部门负责"):
                names.append(name)
    return names, open_ended


def _joined_areas(chunks: Iterator[str]) -> Iterator[str]:
    """有关市、县(区)人民政府 is one body, not two."""
    waiting = ""
    for chunk in chunks:
        chunk = waiting + chunk
        waiting = ""
        if re.fullmatch(r"(?:各|有关|相关|所有)?(?:设区)?(?:的)?[市县区州盟旗](?:、[市县区州盟旗])*", chunk):
            waiting = chunk + "、"
            continue
        yield chunk
    if waiting:
        yield waiting.rstrip("、")


def _chunks(body: str) -> Iterator[str]:
    """Split at 、,; outside brackets."""
    depth, start = 0, 0
    for i, character in enumerate(body):
        if character in "(〔[":
            depth += 1
        elif character in ")〕]":
            depth = max(0, depth - 1)
        elif character in "、,;/ " and not depth:
            yield body[start:i]
            start = i + 1
    yield body[start:]


def _with_prefix(name: str, prefix: str) -> tuple[str, str]:
    """Give 工业和信息化局 the level of the name before it: 市科技局、工业和信息化局."""
    own = level_prefix(name)
    if own:
        return name, own
    if prefix and lacks_prefix(name):
        return prefix + name, prefix
    return name, prefix


def _first_leads(text: str, start: int, end: int, found: list[DutyList]) -> list[DutyList]:
    """Where the text itself says that the first name leads, from there on or (said in front) throughout."""
    match = _FIRST_LEADS.search(text, start, end)
    if not match or not found:
        return found
    result: list[DutyList] = []
    everywhere = match.start() < found[0].start
    following = re.search(
        r"下同|以下", text[match.start() - 10 if match.start() > 10 else 0 : match.end() + 12]
    )
    for item in found:
        holds = everywhere or (item.end >= match.end() and (bool(following) or item.start <= match.start()))
        if holds and not item.lead and item.style is not DutyStyle.BLANKET:
            item = DutyList(
                item.start, item.end, item.departments, item.departments[:1], DutyStyle.FIRST_LEADS,
                item.open_ended, item.own_paragraph, item.confidence,
            )  # fmt: skip
        result.append(item)
    return result
