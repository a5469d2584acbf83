"""Parser of one list of bodies: names in order, lead, whether it is open — from its words alone."""

from collections.abc import Iterator

from dafeng.plan.model import DutyStyle
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.bodies import is_body, is_prose, lacks_prefix, level_prefix, place_prefix

_JOINT_BEFORE = pattern("duties.joint_before")
_BY_BEFORE = pattern("duties.by_before")
_BODY_THEN_ETC = pattern("duties.body_then_etc")
_WHOLE_BODY = pattern("duties.whole_body")
_TOWNS = pattern("duties.towns")
_CLOSING = pattern("duties.closing")
_BY_DUTY = pattern("duties.by_duty")
IS_LIST = pattern("duties.is_list")
LABEL = pattern("duties.label")
LEAD_LABEL = pattern("duties.lead_label")
FIRST_LEADS = pattern("duties.first_leads")
_NOTE = pattern("duties.note")
_TIME_LIMIT = pattern("duties.time_limit")
_LIMIT_LABEL = pattern("duties.limit_label")
_LEAD_NOTE = pattern("duties.lead_note")
_LEAD_MARK = pattern("duties.lead_mark")
_SUPPORT_MARK = pattern("duties.support_mark")
_SPLIT_AND = pattern("duties.split_and")
_ETC = pattern("duties.etc")
_LEAD_IN = pattern("duties.lead_in")
_NOBODY = frozenset(("企业", "单位", "个人", "政府", "部门", "园区", "学校", "机构"))

Parsed = tuple[tuple[str, ...], tuple[str, ...], DutyStyle, bool, float]


def parse_list(inside: str) -> Parsed | None:
    """Read one list: (departments, lead, style, open-ended, confidence); None where it names no bodies."""
    inside = without_notes(inside)
    segments: list[tuple[str, bool]] = []
    labels = list(LABEL.finditer(inside))
    if labels:
        for i, label in enumerate(labels):
            stop = labels[i + 1].start() if i + 1 < len(labels) else len(inside)
            segments.append(
                (inside[label.end() : stop].strip(";,。\n"), bool(LEAD_LABEL.search(label.group())))
            )
        marked = any(LEAD_LABEL.search(label.group()) for label in labels)
        style = DutyStyle.LEAD_SUPPORT if marked else DutyStyle.LABELLED
        if not marked and ("牵头" in inside or _LEAD_NOTE.search(inside)):
            style = DutyStyle.LEAD_SUPPORT
            segments = [
                part
                for text, _ in segments
                for part in (_by_notes(text) if _LEAD_NOTE.search(text) else _by_marks(text))
            ]
    elif _LEAD_NOTE.search(inside):
        segments, style = _by_notes(inside), DutyStyle.LEAD_SUPPORT
    elif "牵头" in inside:
        segments, style = _by_marks(inside), DutyStyle.LEAD_SUPPORT
    else:
        segments = [(inside, False)]
        style = DutyStyle.BY_DUTY if _BY_DUTY.search(inside) or "职责" in inside else DutyStyle.RESPONSIBLE
    departments, lead, open_ended, doubtful, _ = named(segments)
    if not departments or doubtful == len(departments):
        return None
    if doubtful > len(departments) / 3 and any(map(is_prose, departments)):
        return None
    return departments, lead, style, open_ended, 1.0 if not doubtful else 0.6


def named(
    segments: list[tuple[str, bool]],
) -> tuple[tuple[str, ...], tuple[str, ...], bool, int, int]:
    """Return (bodies, leading ones, open-ended, doubtful names, names) of all segments, in order."""
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
            doubtful += not is_body(name) or "由" in name[1:] or name in _NOBODY
            if name not in names:
                names.append(name)
            if leads and name not in lead:
                lead.append(name)
    return tuple(names), tuple(lead), open_ended, doubtful, len(names)


def without_notes(inside: str) -> str:
    """Strip the list of time limits, remarks on who leads and further sentences."""
    inside = _NOTE.sub("", _NOTE.sub("", inside.strip()).rstrip("。;,")).rstrip("。;,")
    inside = _TIME_LIMIT.sub("", inside)
    first, stop, rest = inside.partition("。")
    if stop and LABEL.match(first) and not LABEL.search(rest):
        return first
    return first if stop and (IS_LIST.search(first) or _LEAD_NOTE.search(first)) else inside


def limit_of(inside: str) -> str | None:
    """Return the time limit that a list states behind its bodies: 完成时限:2025年底, 2025年底前完成, 持续推进."""
    found = _TIME_LIMIT.search(_NOTE.sub("", inside.strip()).rstrip("。;,"))
    words = _LIMIT_LABEL.sub("", found.group()) if found else ""
    return words or None


def _by_notes(text: str) -> list[tuple[str, bool]]:
    """Return (name, leads) one by one: 市发改局(牵头)、市财政局 or 市发改局*、市财政局."""
    return [
        (_LEAD_NOTE.sub("", chunk), bool(_LEAD_NOTE.search(chunk)))
        for chunk in _chunks(text)
        if _LEAD_NOTE.sub("", chunk).strip("。 \n")
    ]


def _by_marks(text: str) -> list[tuple[str, bool]]:
    """Cut 甲、乙牵头,丙配合 into (names, leads)."""
    segments: list[tuple[str, bool]] = []
    position = 0
    for match in _LEAD_MARK.finditer(text):
        left = text[position : match.start()]
        left = _BY_BEFORE.sub("", left)
        before, comma, last = left.rpartition(",") if "," in left else left.rpartition(";")
        if comma and before:
            segments.append((before, False))
        segments.append((last, True))
        position = match.end()
    rest = _JOINT_BEFORE.sub("", text[position:])
    if rest:
        segments.append((rest, False))
    return [(part, leads) for part, leads in segments if part.strip(",;、。")]


def split_bodies(segment: str) -> tuple[list[str], bool]:
    """Split the names in 甲、乙和丙等按职责分工负责 and detect whether the list is open (等)."""
    body = segment.strip(",;、。 \n")
    open_ended = False
    for ending in (_BY_DUTY, _SUPPORT_MARK, _CLOSING):
        match = ending.search(body)
        if match and match.end() == len(body) and match.start() > 0:
            open_ended |= "等" in match.group()[:6]
            body = body[: match.start()].rstrip(",、")
    names: list[str] = []
    for chunk in _joined_areas(_parted(_chunks(body))):
        for piece in _SPLIT_AND.split(chunk):
            name, etc = _one_name(piece)
            open_ended |= etc
            if name and name not in ("部门", "单位", "有关部门负责"):
                names.append(name)
            if _SHARED_KIND.match(piece):
                _join_places(names)
    return names, open_ended


def _one_name(piece: str) -> tuple[str, bool]:
    """Return (the name in a piece of a list, whether 等 follows it)."""
    name = _LEAD_IN.sub("", piece.strip("。 \n"))
    closing = _BY_DUTY.search(name)
    if closing and closing.start() > 1:
        name = name[: closing.start()]
    support = _SUPPORT_MARK.search(name)
    if support and support.start() > 1 and support.end() == len(name):
        name = name[: support.start()]
    if etc := _ETC.search(name):
        return name[: etc.start()], True
    if "等" in name[1:] and (inner := _BODY_THEN_ETC.match(name)):
        return inner.group(1), True
    return name, False


def _join_places(names: list[str]) -> None:
    """Join the places before the last name to it: 广州、深圳等市人民政府 is one body."""
    while len(names) > 1 and len(names[-2]) <= 4 and not _WHOLE_BODY.search(names[-2]):
        names[-2:] = [f"{names[-2]}、{names[-1]}"]


_RUN_TOGETHER = pattern("duties.run_together")


def _parted(chunks: Iterator[str]) -> Iterator[str]:
    """Split names that white space alone parted: 市发改委市财政局市林业局."""
    for chunk in chunks:
        yield from _RUN_TOGETHER.split(chunk) if len(chunk) > 10 else (chunk,)


_AREA = pattern("duties.area")
_SHARED_KIND = pattern("duties.shared_kind")
_MORE_AREA = pattern("duties.more_area")


def _joined_areas(chunks: Iterator[str]) -> Iterator[str]:
    """Join areas that are one body, not two: 有关市、县(区)人民政府."""
    waiting = ""
    for chunk in chunks:
        more = chunk in ("政府", "人民政府") if waiting.endswith("党委") else _MORE_AREA.match(chunk)
        if waiting and not more:
            yield waiting
            waiting = ""
        chunk = f"{waiting}、{chunk}" if waiting else chunk
        waiting = ""
        if chunk.endswith("党委"):
            waiting = chunk
            continue
        if _AREA.fullmatch(chunk) or _TOWNS.fullmatch(chunk):
            waiting = chunk
            continue
        yield chunk
    if waiting:
        yield waiting


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


_PARTY_BODY = pattern("duties.party_body")


def _with_prefix(name: str, prefix: str) -> tuple[str, str]:
    """Give 工业和信息化局 the level of the name before it: 市科技局、工业和信息化局."""
    own = level_prefix(name) or place_prefix(name)
    if own:
        return name, own
    if prefix and _PARTY_BODY.match(name):
        return prefix + ("党委" if prefix.endswith("自治区") else "委") + name, prefix
    if prefix and lacks_prefix(name):
        return prefix + name, prefix
    return name, prefix
