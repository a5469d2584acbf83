"""Assignment of the value of a tie to a subject: its own, the one before, a part or a share of that one."""

import re

from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.clause_state import State, Tie, base_unit
from dafeng.plan.targets.clauses import Clause
from dafeng.plan.targets.indicators import looks_like_indicator, split_indicators
from dafeng.plan.targets.quantities import Quantity
from dafeng.plan.targets.subjects import clean_object, clean_subject, split_subjects

_ADDED_OR_PLACE = pattern("names.added_or_place")
_WHOLE_PLACE = pattern("names.whole_place")
_OF_WHICH_IN_FRONT = pattern("names.of_which_in_front")
_SHARE_IN_FRONT = pattern("names.share_in_front")
_EACH_LAST = pattern("names.each_last")
_ONLY_AREA = pattern("names.only_area")
_URGES = pattern("names.urges")
_LOOK_BACK = 60


def with_object(clause: Clause, subject: str) -> str:
    """Complete the subject with the object before: 推进既有建筑节能改造,…改造面积达到80万平方米: 既有建筑节能改造面积."""
    area = _ONLY_AREA.fullmatch(subject)
    if not area:
        return subject
    before = re.split(r"[。\n]", clause.whole[max(0, clause.start - _LOOK_BACK) : clause.start])[-1]
    things = re.findall(rf"([一-鿿、]{{2,24}}){area.group(1)}(?!面积)", before)
    name = _URGES.sub("", things[-1]).strip("、的") if things else ""
    return name + subject if len(name) >= 2 else subject


_FROM_WORDS = pattern("names.from_words")


def from_value(clause: Clause, quantity: Quantity) -> float | None:
    """Return the start value in the same unit: the 15 in 由2020年的15%提高到20%."""
    for one in clause.quantities:
        before = one.end <= quantity.outer_start and one.unit == quantity.unit
        if before and _FROM_WORDS.search(clause.cut(one.outer_start - 12, one.outer_start)):
            return one.value
    return None


_OPEN = frozenset(
    (
        "",
        "占比",
        "比重",
        "比例",
        "数量",
        "规模",
        "总量",
        "年利用量",
        "总数",
        "这一比例",
        "该比例",
        "再新增",
        "新增",
        "装机",
    )
)


def measured_alike(quantity: Quantity, state: State) -> bool:
    """Check for a share behind a share, or a ratio without unit behind one."""
    return (quantity.is_share and state.unit == "%") or (not quantity.unit and state.unit == "1")


def is_part(clause: Clause, tie: Tie, state: State, quantity: Quantity) -> bool:
    """Check for the same indicator for a part of its scope: …占比达到50%,其中中心城区达到70%."""
    of_part = (
        tie.part
        or bool(_OF_WHICH.match(tie.subject))
        or clause.whole[max(0, clause.start - 3) : clause.start] == "其中,"
        or bool(_AREA_ONLY.fullmatch(clean_subject(tie.subject)))
        or (state.of_part and state.joined)
    )
    subject, whole = clean_subject(tie.subject), state.subjects[-1] if state.subjects else ""
    alike = (
        state.joined
        and _KIND < len(subject) <= _SHORT
        and 0 <= whole.find(subject[-_KIND:]) < len(whole) - _KIND
    )
    compound = (
        "/" in quantity.unit and state.unit in ("", base_unit(quantity.unit)) and 0 < len(subject) <= _SHORT
    )
    of_part = (
        of_part
        or alike
        or compound
        or (bool(tie.change) and tie.change == state.change and state.unit == "%")
    )
    of_part = of_part and looks_like_indicator(whole) and not looks_like_indicator(subject)
    same = measured_alike(quantity, state) or compound
    return of_part and bool(state.subjects) and same and not tie.making


_WHOSE = pattern("names.whose")
"""Words of an indicator that say whose it is: another part takes their place."""
_PER = pattern("names.per")
_SHORT = 8
_KIND = 2
"""Characters of the word of kind that part and whole share: 公共建筑, 城镇新建居住建筑|平均能效."""


def names_of_parts(part: str, whole: str, values: int) -> list[str]:
    """Name an indicator for parts of its scope: 钢铁、建材行业 of 规模以上工业单位增加值能耗 → 钢铁行业单位增加值能耗, ….

    A part without words has the name of the whole.
    """
    parts = [one for one in re.split("、|和|及", part) if one] if values > 1 else [part]
    parts = parts if len(parts) == values else [part]
    kind = parts[-1][-_KIND:]
    if len(kind) == _KIND and len(parts) > 1 and not any(one.endswith(kind) for one in parts[:-1]):
        parts = [*(one + kind for one in parts[:-1]), parts[-1]]
    return [_name_of_part(_OF_WHICH_IN_FRONT.sub("", one), whole) for one in parts]


def _name_of_part(part: str, whole: str) -> str:
    at = whole.find(part[-_KIND:]) if len(part) > _KIND else -1
    if not part or part in whole:
        return whole
    scope = _WHOSE.match(whole)
    if at >= 0 and at + _KIND < len(whole) and not _PER.match(whole) and not scope:
        return part + whole[at + _KIND :]
    whole = whole.removeprefix("新建") if part.startswith(("存量", "既有", "现有")) else whole
    return part + (whole[scope.end() :] if scope else whole)


_AREA_ONLY = pattern("names.area_only")
"""清洁取暖率达到95%,城区达到100%: a bare kind of area is a part of the scope."""
_OF_WHICH = pattern("names.of_which")


def is_share_of_subject(subject: str, state: State, quantity: Quantity) -> bool:
    """Check for the share of what has just been counted: 装机达到6600万千瓦,占比达到34%."""
    return (
        subject in ("占比", "比重", "比例") and quantity.is_share and bool(state.unit) and state.unit != "%"
    )


def is_open(subject: str) -> bool:
    """Check whether the words leave the subject to the clause before: 到2030年占比达到40%."""
    return subject in _OPEN or bool(_OWN_PLACE.fullmatch(subject))


_OWN_PLACE = pattern("names.own_place")
"""全省装机达到6500万千瓦,我市达到800万千瓦: the place alone leaves the subject to the clause before."""
_PLACES = frozenset("县市区镇乡村")
_LEVEL_ONLY = pattern("names.level_only")
_OWN_LEVEL = pattern("names.own_level")
_HEAD_ONLY = pattern("names.head_only")
_HEAD_BEHIND = pattern("names.head_behind")


_TOTAL = pattern("names.total")
"""光伏基地4个、总规模420万千瓦: the total of what was just counted."""


def _with_middle(name: str, whole: str) -> str:
    """Put in what a name leaves out: 水泥行业完成率 behind 钢铁行业超低排放改造完成率."""
    length = next((n for n in range(5, 1, -1) if len(name) > n + _KIND and whole.endswith(name[-n:])), 0)
    kind = name[-length - _KIND : -length] if length else ""
    at = whole.find(kind) if kind else -1
    middle = whole[at + _KIND : -length] if at > 0 else ""
    return name[:-length] + middle + name[-length:] if len(middle) >= _KIND else name


def _completed(name: str, state: State) -> str:
    """Complete a name from the one before: 国家级 behind 绿色工厂 is 国家级绿色工厂; 产值 behind 新能源汽车产量 is 新能源汽车产值."""
    last = state.subjects[-1] if state.subjects else state.object if name.startswith("占") else ""
    if not last or len(last) > 24:
        return name
    if _SHARE_IN_FRONT.match(name) and not looks_like_indicator(last + "无"):
        return _WHOLE_PLACE.sub("", last) + name
    if _TOTAL.fullmatch(name) and state.joined and not looks_like_indicator(last):
        return last + name
    if _LEVEL_ONLY.fullmatch(name):
        return name + _OWN_LEVEL.sub("", _ADDED_OR_PLACE.sub("", last))
    stem = _HEAD_BEHIND.sub("", last)
    return stem + name if _HEAD_ONLY.fullmatch(name) and 2 <= len(stem) < len(last) else name


def subjects_of(
    tie: Tie, state: State, group: list[Quantity], respectively: bool, each: bool = False
) -> list[str]:
    """Return the indicators that the words of a tie name, else those of the clause before.

    `each`: 均, the one value is of all that are named.
    """
    values = len(group)
    if tie.making:
        subject = clean_object(tie.subject)
        subject = _completed(subject, state)
        return [subject] if len(subject) >= 2 or subject in _PLACES else []
    subject = clean_subject(tie.subject)
    subject = _completed(subject, state) if values == 1 else subject
    if state.subjects and is_share_of_subject(subject, state, group[0]):
        return [one + subject for one in state.subjects]
    if is_open(subject) and (state.subjects or not subject):
        return list(state.subjects)
    if respectively or values > 1:
        whole = state.subjects[-1] if state.subjects else ""
        return [_with_middle(one, whole) for one in split_subjects(subject, values)]
    unit = group[0].unit
    if each and "、" in subject:
        return split_indicators(subject, "、|以及|和|及|与")
    joint = not group[0].is_share and unit != "百分点" and "/" not in unit and not tie.change
    if joint and not _EACH_LAST.search(tie.subject):
        return [subject]
    return split_indicators(subject)
