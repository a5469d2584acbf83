"""Attachment of a quantity to its words: by a verb of level, of change, of making, or by its bound alone."""

import re
from dataclasses import replace

from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.clause_state import COUNTS, LEVEL, Issuer, State, Tie, base_unit
from dafeng.plan.targets.count_targets import by_making, is_making, is_urged
from dafeng.plan.targets.indicators import looks_like_indicator
from dafeng.plan.targets.quantities import Quantity
from dafeng.plan.targets.subject_inheritance import measured_alike
from dafeng.plan.targets.subjects import clean_subject

_REACHED = pattern("figures.reached")
_KEPT_OR_REACHED = pattern("figures.kept_or_reached")
_KEPT_LAST = pattern("figures.kept_last")
_OF_THE_NATION = pattern("figures.of_the_nation")
_SAVING_BEHIND = pattern("figures.saving_behind")
_LEVEL_HAS = pattern("figures.level_has")
_LEVEL_MAKES = pattern("figures.level_makes")
_CAPS = pattern("figures.caps")
_CHANGE = pattern("figures.change")
_FALLS = (
    "下降",
    "降低",
    "减少",
    "削减",
    "压减",
    "减排",
    "缩减",
    "压缩",
    "节约",
    "减量",
    "降幅",
    "回落",
    "递减",
    "减低",
    "净减",
    "净减少",
    "降",
)
_OPEN_RIGHT = pattern("figures.open_right")
_ATTRIBUTE = pattern("figures.attribute")
_PERIODIC = pattern("figures.periodic")


def tie(left: str, right: str, quantity: Quantity, state: State) -> Tie | None:
    """Return what ties a quantity to the words on its `left` and `right`; None where nothing does."""
    if _is_threshold(right, quantity) or _is_limit(right, quantity) or _GRADE_OF_A_SHARE.match(right):
        return None
    open_right = bool(_OPEN_RIGHT.match(right))
    found = (
        _by_itself(left, quantity, state)
        if quantity.is_change
        else (
            _of_breakdown(left, quantity, state)
            or _by_change(left, open_right, quantity, state)
            or (_again(left, right, open_right, quantity, state) if state.change else None)
            or _by_level(left, right, open_right, quantity, state)
            or _again(left, right, open_right, quantity, state)
            or by_making(left, right, open_right, quantity, state)
            or _by_bound(left, open_right, quantity, state)
            or _by_share(left, right, quantity, state)
        )
    )
    if found is None:
        return None
    cumulative = "累计" in left
    goes_on = state.annual and found.rule in _GOES_ON_WITH and not cumulative
    return replace(found, annual=goes_on or bool(_PERIODIC.search(left)), cumulative=cumulative)


_GOES_ON_WITH = {"further", "further_count", "part", "breakdown", "listed", "listed_count"}
"""Rules of what goes on with the amount before: 每年完成绿化20万亩,其中造林6万亩 are both of a year."""


_THRESHOLD = pattern("figures.threshold")
_OPEN_CLASS = ("以上", "以下", "及以上", "及以下")


def _is_threshold(right: str, quantity: Quantity) -> bool:
    """Check whether the number defines who is concerned: 年综合能耗1万吨标准煤以上或排放量2.6万吨以上企业."""
    if quantity.suffix not in _OPEN_CLASS or quantity.unit[-1:] in COUNTS or quantity.is_share:
        return False
    return bool(_THRESHOLD.match(right))


_GRADE_OF_A_SHARE = pattern("figures.grade_of_a_share")
"""节能率达到72%以上的居住建筑占新建居住建筑的40%: the first number says of which buildings."""
_TIME_UNITS = ("天", "小时", "分钟")
_LIMIT = pattern("figures.limit")


def _is_limit(right: str, quantity: Quantity) -> bool:
    """Check whether the number is the time that a step of procedure may take, no promise: 30天内办结."""
    return quantity.unit in _TIME_UNITS and bool(_LIMIT.match(right))


def _by_itself(left: str, quantity: Quantity, state: State) -> Tie | None:
    """Tie 翻一番; 零增长 and 减半 only where a year or a base year makes it a promise."""
    kept = _KEPT_OR_REACHED.search(left) and looks_like_indicator(clean_subject(_KEPT_LAST.sub("", left)))
    if (quantity.value == 0 or quantity.halves) and not (state.when.known or state.baseline or kept):
        return None
    subject = _REACHED.sub("", left.lstrip("、,"))
    if quantity.halves:
        return Tie(subject, change="-", verb="减半", rule="doubling")
    return Tie(subject, change="+", verb="增长", rule="doubling")


_BY_UPPER = pattern("figures.by_upper")
_ITS_AIM = pattern("figures.its_aim")


def quotes_a_level_above(left: str, right: str, issuer: Issuer) -> bool:
    """Check whether a value is quoted from a level above: 对照全省能耗强度下降14%的目标,…."""
    found = _BY_UPPER.match(left)
    if not found or not _ITS_AIM.match(right) or issuer.level == "nation":
        return False
    return issuer.level != "province" or bool(_OF_THE_NATION.search(found.group()))


_SINCE_NEW_YEAR = pattern("figures.since_new_year")
_EXTENT = pattern("figures.extent")
_COUNTED_CHANGES = ("减少", "减排", "节约", "压减", "增加", "削减", "扩大")


def _by_change(left: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    """Tie 比2020年下降13.5%: the value is the change."""
    change = _SINCE_NEW_YEAR.search(left) or _CHANGE.search(left)
    if not change or not open_right or quantity.prefix == "低于":
        return None
    verb, subject = change.group("verb"), left[: change.start()]
    of_work = verb in ("提升", "提高") and not looks_like_indicator(clean_subject(subject))
    if of_work and _EXTENT.search(quantity.unit):
        return None
    if verb in _COUNTED_CHANGES and not clean_subject(subject) and not state.subjects:
        return None
    return Tie(subject, change="-" if verb in _FALLS else "+", verb=verb, rule="change")


_ACTIVITY = pattern("figures.activity")
_AREA = pattern("figures.area_unit")
_LEVEL_AGAIN = pattern("figures.level_again")
_SHARE_OF = pattern("figures.share_of_total")
_PART_OF = pattern("figures.part_of")
_DONE_WITH = pattern("figures.done_with")
_DONE_BY_SHARE = pattern("figures.done_by_share")


def _by_level(left: str, right: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    """Tie 达到42%, 控制在10亿吨, 具备5%左右的尖峰负荷响应能力, 达到总量的20%."""
    share = _SHARE_OF.search(left)
    if share and open_right and clean_subject(left[: share.start()]):
        name = f"{clean_subject(left[: share.start()])}占{share.group('of') or share.group('load')}比例"
        return Tie(
            name,
            cap=bool(share.group("cap")),
            floor=bool(share.group("floor")),
            verb="达到",
            rule="level_share",
        )
    if share and share.group("of") and open_right and state.subjects and left.startswith("占"):
        return Tie(f"占{share.group('of')}比例", verb="占", rule="level_share")
    level = LEVEL.search(left)
    standard = _SAVING.match(right)
    if _TO_STANDARD.search(left) and standard:
        return Tie(_TO_STANDARD.sub("", left), verb="执行", used=standard.end(), rule="standard")
    if not level:
        return _of_ability(left, right, quantity)
    attribute = _ATTRIBUTE.match(right)
    subject = left[: level.start()]
    if _SAVING_BEHIND.match(right):
        return Tie(subject + "节能要求", verb=level.group(), rule="level")
    if attribute and _LEVEL_HAS.search(level.group()):
        return Tie(clean_subject(subject) + attribute.group("noun"), verb=level.group(), rule="level_noun")
    makes = _LEVEL_MAKES.search(level.group()) and not clean_subject(subject)
    if not open_right or makes:
        return None
    cap = bool(_CAPS.search(level.group()))
    return Tie(subject, cap=cap, verb=level.group(), rule="level")


_SAVING = pattern("figures.saving")
_TO_STANDARD = pattern("figures.to_standard")
_ABILITY = pattern("figures.ability")
_ABLE = pattern("figures.able")


def _of_ability(left: str, right: str, quantity: Quantity) -> Tie | None:
    """Tie 具备最大用电负荷5%以上的尖峰响应能力: what it is a share of precedes the number.

    形成燃料电池汽车500辆的推广规模 has what is counted there.
    """
    has, able = _ABILITY.search(left), _ABLE.match(right)
    if not has or not able:
        return None
    of = "" if quantity.is_share else has.group("of")
    return Tie(clean_subject(has.group("subject")) + of + able.group("noun"), verb="具备", rule="ability")


_IN_ALL = ("", "共", "共计", "合计", "总计", "总长", "总长度")
"""线路3条共计180公里: the same in another unit."""
_YEAR_BEHIND = pattern("figures.year_behind")


def _again(left: str, right: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    """Tie …90万千瓦,确保70万千瓦; 2025年的45%、2030年的38%: the subject before, another value."""
    in_all = left in _IN_ALL
    other = (
        (state.joined or (in_all and left))
        and state.making
        and in_all
        and base_unit(quantity.unit) not in state.units
    )
    if other and open_right and state.subjects:
        return Tie(state.subjects[-1], making=True, verb=state.verb, confidence=0.8, rule="again")
    same_unit = state.unit in ("", base_unit(quantity.unit) or "1")
    if not open_right or not state.subjects or not same_unit:
        return None
    timed = state.timed or bool(_YEAR_BEHIND.match(right))
    by_year = timed and left in ("", "的", "其中", "其中,", "其中:") and not right.startswith("(")
    if _LEVEL_AGAIN.fullmatch(left) or (by_year and (not state.making or state.breakdown or left)):
        return Tie("", change=state.change, verb=left.removeprefix("的") or state.verb, rule="again")
    return None


_DISTRICT = pattern("names.district")
"""新增造林10万亩(修水县4万亩、武宁县3万亩): of which district each part is."""


def _of_breakdown(left: str, quantity: Quantity, state: State) -> Tie | None:
    """Tie 油茶林12万亩(新造2万亩、低产林改造10万亩): each part under its own name."""
    subject = left.strip("、,和及;")
    if not state.breakdown or len(subject) < 2 or base_unit(quantity.unit) not in state.units:
        return None
    place = _DISTRICT.fullmatch(subject)
    if place and state.split:
        name = place.group("place")
        return Tie(
            name + state.split,
            making=state.making,
            verb=state.verb,
            confidence=0.8,
            rule="breakdown",
            scope=name,
        )
    return Tie(subject, making=state.making, verb=state.verb, confidence=0.8, rule="breakdown")


_LISTED_NAME = 14
"""Characters of the name of a listed item; a longer one is a clause of its own."""


def _by_bound(left: str, open_right: bool, quantity: Quantity, state: State) -> Tie | None:
    """Tie 比例不低于70%; 装机容量4000万千瓦; 充电桩不少于5000个."""
    if not open_right:
        return None
    subject = clean_subject(left)
    named = looks_like_indicator(subject)
    if _ACTIVITY.search(subject) and _AREA.search(quantity.unit):
        return Tie(left, confidence=0.8, rule="activity_area")
    if quantity.bound and (named if subject else quantity.prefix and state.subjects):
        return Tie(subject, verb=quantity.prefix or quantity.suffix, confidence=0.9, rule="bound")
    if quantity.bound and len(subject) >= 3 and state.when.known and base_unit(quantity.unit) in COUNTS:
        return Tie(subject, verb=quantity.prefix or quantity.suffix, confidence=0.8, rule="bound_count")
    if quantity.prefix == "突破" and len(subject) >= 4:
        return Tie(subject, verb=quantity.prefix, confidence=0.7, rule="bound_count")
    if quantity.prefix and len(subject) >= 3 and measured_alike(quantity, state):
        return Tie(subject, verb=quantity.prefix, confidence=0.7, part=True, rule="bound_share")
    whole = quantity.is_share and quantity.value == 100
    if named and (state.when.known or quantity.bound or whole or state.units):
        return Tie(left, confidence=0.8, rule="named")
    listed = _listed(subject, quantity, state)
    of_parts = left.startswith("其中") or ((state.parts or state.breakdown) and len(subject) <= 16)
    if listed is None and of_parts and subject and base_unit(quantity.unit) in state.units:
        return Tie(left, confidence=0.8, part=True, rule="part")
    return listed


_LAID_OUT = pattern("figures.laid_out")
_FACILITY = pattern("figures.facility")
_EXTENTS = ("公里", "亩", "公顷", "平方米", "平方公里")


def _listed(subject: str, quantity: Quantity, state: State) -> Tie | None:
    """Tie 废纸120万吨 behind 废钢铁500万吨、 and 加氢站30座 behind a value of another unit."""
    if state.headed and quantity.is_share and 2 <= len(subject) <= _LISTED_NAME:
        return Tie(subject + state.headed, verb="达到", confidence=0.8, rule="listed")
    short = (3 if quantity.is_share else 2) <= len(subject) <= _LISTED_NAME and not re.search(
        r"[\d“”]", subject
    )
    listed = state.joined and short and not state.change
    if listed and state.verb and base_unit(quantity.unit) == state.unit:
        return Tie(subject, verb=state.verb, confidence=0.8, rule="listed")
    if not short or len(subject) < 3 or is_making(subject) or not state.when.known:
        return None
    counts = base_unit(quantity.unit) in COUNTS
    laid_out = _LAID_OUT.search(subject) and quantity.unit.endswith(_EXTENTS)
    goes_on = listed and state.units and (counts or laid_out)
    if goes_on or (counts and _FACILITY.search(subject)):
        return Tie(subject, verb=state.verb or "达到", confidence=0.7, rule="listed_count")
    return None


_AT_RATIO = pattern("figures.at_ratio")
_BY_RATIO = pattern("figures.by_ratio")
"""新建停车场按不低于15%的车位比例配建充电设施."""
_TWO_SHARES = pattern("figures.two_shares")
"""100%的国家级园区和75%的省级园区完成循环化改造."""
_SUPPLIED = ("由", "来自", "来源于")
_WHO_ARE = pattern("figures.who_are")
"""纳入名单的企业: a group described in words is the scope of what it does."""


_COVERED = pattern("figures.covered")
"""示范工程覆盖80%以上的县城."""


def _by_share(left: str, right: str, quantity: Quantity, state: State) -> Tie | None:
    """Tie 60%的社区达到要求; 机关100%建成节约型机关: a share of things, and what shall become of them."""
    if not quantity.is_share:
        return None
    subject = "" if left.startswith("的") else clean_subject(left)
    if _DONE_WITH.search(left) and not right[:1].isalnum() and len(subject) >= 3:
        return Tie(left, confidence=0.8, rule="share_gone")
    covered = _COVERED.match(right)
    if covered and left.endswith("覆盖") and len(subject) >= 4 and state.when.known:
        return Tie(subject + covered.group("whole"), verb="覆盖", confidence=0.7, rule="share_of")
    part, done = _PART_OF.match(right), _DONE_BY_SHARE.match(right)
    if part and len(subject) <= 12 and not state.when.known and quantity.bound in (">=", None):
        return Tie(subject + part.group("whole") + part.group("done"), confidence=0.6, rule="share_undated")
    by_ratio = _BY_RATIO.match(right) if _AT_RATIO.search(left) else None
    if by_ratio:
        name = clean_subject(_AT_RATIO.sub("", left)) + by_ratio.group().removeprefix("的")
        return Tie(name, confidence=0.7, rule="share_ratio")
    supplied = done and done.group().startswith(_SUPPLIED)
    both = _both_shares(subject, right)
    if both or (not state.when.known and quantity.value < 100 and not supplied):
        return both
    if part and len(subject) <= 12:
        return Tie(subject + part.group("whole") + part.group("done"), confidence=0.8, rule="share_of")
    if done and len(subject) >= 3 and _WHO_ARE.search(subject):
        return Tie(done.group(), confidence=0.8, rule="share_verb", scope=subject)
    if done and len(subject) >= 3:
        return Tie(subject + done.group(), confidence=0.8, rule="share_verb")
    return _ahead(right) if not subject and state.when.known else None


def _both_shares(subject: str, right: str) -> Tie | None:
    """Tie the first of two shares of one deed: 80%的县和60%的乡镇完成改造."""
    both = _TWO_SHARES.match(right) if not subject or is_urged(subject) else None
    return Tie(both.group("who") + both.group("done"), confidence=0.8, rule="share_of") if both else None


def _ahead(right: str) -> Tie | None:
    """Tie a share in front of its group: 70%的港口岸线智能运行."""
    if re.match(r"^(?:的)?[^,;。、(]{4,}", right):
        return Tie(re.sub(r"^的", "", re.split(r"[,;。]", right)[0]), confidence=0.7, rule="share_ahead")
    return None
