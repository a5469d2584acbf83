"""Parser of one list of bodies: names in order, lead, whether it is open — from its words alone."""

import re
from collections.abc import Iterator

from dafeng.plan.model import DutyStyle
from dafeng.plan.structure.bodies import is_body, is_prose, lacks_prefix, level_prefix, place_prefix

_CLOSING = re.compile(
    r"(?:(?:等)?(?:部门|单位|有关部门|市级部门)?)?[,、]?(?:根据|依据|依|按照|按)?(?:各自)?(?:职责|职能|职责和)?(?:分工)?(?:共同|协同|分别|抓好|具体|结合实际|认真|做好|积极|密切|组织|予以|给予)*(?:负责|落实|推进|组织实施|实施|参与|配合|协助|支持|指导)(?:工作|落实|实施|推进)?$"
)
_BY_DUTY = re.compile(
    r"(?:(?:根据|依据|依|按照|按)(?:各自)?(?:职责|职能)(?:和)?(?:分工)?|(?:按照?)?分工)(?:负责|落实|抓好落实|组织实施|推进|实施|共同推进)?(?:落实|实施)?$"
)
IS_LIST = re.compile(r"(?:负责|牵头|配合|参与|分工|落实|按职责分工|推进|实施|参加|协助|协同)[。;]?$")
_LABEL_UNITS = (
    r"(?:[省市县区州]级|[省市县区]直|主要|具体)?(?:责任|牵头|配合|参与|主办|承办|协办|实施|主管|协作|协同|参加|落实|主责|负责)(?:责任)?"
    r"(?:单位|部门|主体|处室|科室)(?:[/、及和与](?:单位|部门|责任人|个人))?(?:\([^():]{1,8}\))?"
)
LABEL = re.compile(
    rf"(?:{_LABEL_UNITS}|牵头|配合|责任分工):|[\[【〔(]{_LABEL_UNITS}[\]】〕)]:?"
    r"|(?:责任|牵头|配合)(?:单位|部门)(?=[省市县区州盟旗各][一-鿿]{1,9}[局委厅办府])"
)
LEAD_LABEL = re.compile(r"(?:牵头|主办|主管|主责)")
FIRST_LEADS = re.compile(
    r"(?:排(?:在|名|序)?(?:在)?|列(?:在)?|居)?(?:第一(?:个|位|的|名)*|首位|首个)(?:的)?(?:单位|部门|责任单位)?(?:的)?为(?:总)?牵头(?:单位|部门|责任单位)?"
)
_NOTE = re.compile(
    rf"\((?:[^()]{{0,12}}{FIRST_LEADS.pattern}[^()]{{0,20}})\)|[,、;。](?:其中)?[^,、;。()]{{0,8}}{FIRST_LEADS.pattern}[^,;。()]{{0,12}}$|[,、;]?(?:下同|以下均同)"
    r"|[,、;。](?:以下|下列|后文)[^。;]{2,60}$"
    r"|[,、;。(]?(?:未|没有|如无|若无)(?:明确|注明|标注|标明|列明|指定)(?:的)?(?:牵头|责任|配合)[^。]{0,80}$"
    r"|[,、;。(]?(?:逗号|分号|顿号)(?:之?前)(?:的)?(?:单位|部门)?为牵头[^。]{0,30}$"
)
_TIME_LIMIT = re.compile(r"[,;。、]?(?:完成)?(?:时限|时间|期限)(?:要求)?:?[^,;。()]{2,20}$")
_LEAD_NOTE = re.compile(r"\((?:总?牵头(?:单位|部门)?|主办(?:单位)?|主责)\)|[*★▲※]")
_LEAD_MARK = re.compile(r"(?:等)?(?:共同|联合|负责)?牵头(?:负责|组织|落实|推进|实施|抓好)*")
_SUPPORT_MARK = re.compile(
    r"(?:等)?(?:按(?:照)?(?:各自)?职责(?:分工)?)?(?:等)?(?:协同)?(?:配合|参与|参加|协助)(?:落实|实施)?"
)
_SPLIT_AND = re.compile(
    r"(?<=[局委厅办部署院府会司心])(?:会同|联合|以及|及|和|与)(?!(?:人民)?政府|管委会|管理委员会|(?:其)?(?:所属|下属))(?=[一-鿿]{2})"
    r"|(?<=[门位团区县州市道])(?:会同|联合|以及|及|和|与)(?=[各有市省县区相国驻中])"
)
_ETC = re.compile(r"(?<![高中初同])等(?:[一-鿿]{0,6}(?:部门|单位|部委|企业|机构))?$")
_LEAD_IN = re.compile(
    r"^(?:(?:以上|上述|该|本|此)?(?:项|各项)?(?:工作|任务|内容|措施)?(?:均|统一)?由|会同|以及|及|和|牵头|联合)"
)
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
    """Split the names in 甲、乙和丙等按职责分工负责 and detect whether the list is open (等)."""
    body = segment.strip(",;、。 \n")
    open_ended = False
    for pattern in (_BY_DUTY, _SUPPORT_MARK, _CLOSING):
        match = pattern.search(body)
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
    if etc := _ETC.search(name):
        return name[: etc.start()], True
    if "等" in name[1:] and (inner := re.match(r"(.{2,}?(?:局|委|厅|公司|办|部))等", name)):
        return inner.group(1), True
    return name, False


def _join_places(names: list[str]) -> None:
    """Join the places before the last name to it: 广州、深圳等市人民政府 is one body."""
    while (
        len(names) > 1
        and len(names[-2]) <= 4
        and not re.search(r"^[省市县区各]|[局委厅办部联会府司行团]$", names[-2])
    ):
        names[-2:] = [f"{names[-2]}、{names[-1]}"]


_RUN_TOGETHER = re.compile(
    r"(?<=[局委厅])(?=(?:市|省|县|区|州|各|国网|国家|中国|中石[油化]|人民银行|人行)(?!委|政府)[一-鿿]{1,12}?(?:局|委|厅|办|公司|政府|中心|行))"
)


def _parted(chunks: Iterator[str]) -> Iterator[str]:
    """Split names that white space alone parted: 市发改委市财政局市林业局."""
    for chunk in chunks:
        yield from _RUN_TOGETHER.split(chunk) if len(chunk) > 10 else (chunk,)


_AREA = re.compile(
    r"(?:各|有关|相关|所有)(?:设区)?(?:的)?(?:自治)?[市县区州盟旗镇](?:[、和](?:自治)?[市县区州盟旗])*|各盟(?:行政公署|行署)|各(?:地区|地)行署"
    r"|各?[市县区州盟旗]|各省(?:、自治区)?"
)
_SHARED_KIND = re.compile(
    r"[一-鿿]{2,5}等\d{0,2}个?(?:[市县区州镇]|地)(?:[、(]?[市县区)])*(?:人民)?(?:政府|管委会)?$"
)
_MORE_AREA = re.compile(
    r"直辖市|(?:自治)?[市县区州盟旗](?=$|[(〔、和人政管行级的])|(?:街道|乡)(?:办事处)?$|自治[县州旗]"
)


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
        if _AREA.fullmatch(chunk) or re.fullmatch(r"各乡镇|各镇", chunk):
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


_PARTY_BODY = re.compile(r"(?:组织部|宣传部|统战部|政法委|编办|网信办|党校|社会工作部|军民融合办)$")


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
