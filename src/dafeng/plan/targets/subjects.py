"""Subject of a value: the words before its verb, without those that only carry the sentence."""

import re

from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.indicators import looks_like_indicator

_JOINT_WORDS = pattern("names.joint_words")
_BEFORE_NAME = pattern("names.before_name")
_BEHIND_NAME = pattern("names.behind_name")
_PER_GDP = pattern("names.per_gdp")
_YEARS_ONLY = pattern("names.years_only")
_PLACE_THEN_ADVERB = pattern("names.place_then_adverb")
_JOINTS_BEFORE = pattern("names.joints_before")
_LEAD = pattern("names.lead")
_TAIL = pattern("names.tail")
_FROM = pattern("names.from")
_WHEN_DONE = pattern("names.when_done")
"""余热供暖项目投运后每年可替代标准煤: what the project is comes before."""
_ANOTHER = pattern("names.another")
_OVER = pattern("names.over")
_AREA = pattern("names.area")
_HEAD = pattern("names.head")


def clean_subject(words: str) -> str:
    """Strip the subject: 全市非化石能源消费比重 from 确保全市非化石能源消费比重力争 (the verb is already off)."""
    subject = words.strip()
    for _ in range(4):
        before = subject
        subject = _YEARS_ONLY.sub("", subject)
        subject = _LEAD.sub("", subject)
        subject = _FROM.sub("", subject)
        subject = _ANOTHER.sub("", subject)
        subject = _WHEN_DONE.sub("", subject)
        subject = _TAIL.sub("", subject)
        subject = _OVER.sub("", subject)
        subject = _PLACE_THEN_ADVERB.sub(r"\1", subject)
        subject = subject.strip(" ,;、。:“”")
        if subject == before:
            break
    if subject.count("(") != subject.count(")"):
        subject = subject.split(")")[-1] if ")" in subject and "(" not in subject else subject.split("(")[0]
    if subject.count("“") < subject.count("”") and "“" + subject not in words:
        subject = subject.replace("”", "")
    return _quotes_closed(subject) if len(subject) > 1 else ""


def _quotes_closed(words: str) -> str:
    """Restore a quotation mark that cleaning took off: “三改联动 → “三改联动”."""
    missing = words.count("“") - words.count("”")
    return words + "”" if missing > 0 else "“" + words if missing < 0 else words


def clean_object(words: str) -> str:
    """Strip the thing that is built or counted: 高标准农田 from 高标准农田 or 的 …项目."""
    subject = _BEFORE_NAME.sub(
        "",
        words.strip(),
    )
    subject = _WHEN_DONE.sub("", _ANOTHER.sub("", subject))
    subject = _BEHIND_NAME.sub("", subject)
    subject = _JOINTS_BEFORE.sub("", subject).strip(" ,;、。:“”")
    if subject.count("(") != subject.count(")"):
        subject = subject.split("(")[0].rstrip(")")
    return _quotes_closed(subject)


def scope_of(indicator: str) -> str | None:
    """Return the scope in front of an indicator: 全市, 中心城区 …."""
    match = _AREA.match(indicator)
    return match.group() if match else None


def split_subjects(subject: str, values: int) -> list[str]:
    """Split the subjects of 甲、乙和丙…分别达到: as many as there are values, else the whole.

    A head that only the last one has is lent to the others: 营运车辆、船舶单位换算周转量碳排放强度.
    """
    parts = [part for part in _JOINT_WORDS.split(subject) if part]
    if len(parts) != values and values > 1:
        by_mark = [part for part in subject.split("、") if part]
        parts = by_mark if len(by_mark) == values else parts
    if len(parts) != values or values < 2:
        parts = [part for part in re.split(_JOINTS_OF_INDICATORS, subject) if part]
        if len(parts) != values or values < 2:
            return [subject]
    common = _PER_GDP.match(parts[0])
    if common:
        return [parts[0], *(part if "单位" in part else common.group(1) + part for part in parts[1:])]
    completed = _lent_by_etc(parts) or _lent_by_share(parts) or lent_by_pollutant(parts)
    if completed:
        return completed
    by_class = [_lent_by_class(part, parts[-1]) for part in parts[:-1]]
    if all(by_class):
        return [*(part + lent for part, lent in zip(parts[:-1], by_class, strict=True)), parts[-1]]
    by_level = [_lent_by_level(part, parts[-1]) for part in parts[:-1]]
    if all(by_level):
        return [*(part + lent for part, lent in zip(parts[:-1], by_level, strict=True)), parts[-1]]
    head = next((found for found in _HEAD.finditer(parts[-1]) if found.start() > 0), None)
    whole = any(_HEAD.search(part) or looks_like_indicator(part) for part in parts[:-1])
    head = head or _MEASURED_END.search(parts[-1])
    if head and not whole:
        lent = parts[-1][head.start() :]
        return [*(part + lent for part in parts[:-1]), parts[-1]]
    return parts


_JOINTS_OF_INDICATORS = r"、(?=[^、]*(?:率|比重|占比|比例|量|强度|能耗|排放))"
_CLASSES = "车船路县市区"


_SHARE_OF = pattern("names.share_of")


def _lent_by_share(parts: list[str]) -> list[str]:
    """Lend what the last part is a share of: 天然气|石油|煤炭占能源消费总量的比重."""
    last = _SHARE_OF.fullmatch(parts[-1])
    if last is None or any("占" in part or looks_like_indicator(part) for part in parts[:-1]):
        return []
    return [*(part + last.group("lent") for part in parts[:-1]), parts[-1]]


_POLLUTANT = pattern("names.pollutant")
_POLLUTANT_OF_PLACE = pattern("names.pollutant_of_place")
_MEASURED_END = pattern("names.measured_end")
_ETC = pattern("names.etc")
_ETC_KIND = pattern("names.etc_kind")


def _lent_by_etc(parts: list[str]) -> list[str]:
    """Lend what stands behind 等: 钢铁|水泥|乙烯等行业达到标杆水平的产能比例."""
    last = _ETC.fullmatch(parts[-1])
    if last is None or any(looks_like_indicator(part) for part in parts[:-1]):
        return []
    lent = _ETC_KIND.sub("", last.group("lent"), count=1)
    return [part + lent for part in (*parts[:-1], last.group("own"))]


_POLLUTANT_FIRST = pattern("names.pollutant_first")
_POLLUTANT_LAST = pattern("names.pollutant_last")


def lent_by_pollutant(parts: list[str]) -> list[str]:
    """Lend the words behind the last or before the first of a list of pollutants: 氨氮|氮氧化物重点工程减排量."""
    last, first = _POLLUTANT_FIRST.fullmatch(parts[-1]), _POLLUTANT_LAST.fullmatch(parts[0])
    if last and all(_POLLUTANT_OF_PLACE.fullmatch(part) for part in parts[:-1]):
        return [*(part + last.group("lent") for part in parts[:-1]), parts[-1]]
    if first and all(_POLLUTANT.fullmatch(part) for part in parts[1:]):
        return [parts[0], *(first.group("lent") + part for part in parts[1:])]
    return []


_LEVEL_WORD = pattern("names.level_word")


def _lent_by_level(part: str, last: str) -> str:
    """Return the words of the last part behind its own word of level: 市, 县|污水集中收集率."""
    own = _LEVEL_WORD.match(last)
    if own is None or not _LEVEL_WORD.fullmatch(part):
        return ""
    rest = last[own.end() :]
    return rest if len(rest) >= 2 else ""


def _lent_by_class(part: str, last: str) -> str:
    """Return the words of the last part behind the word of kind that both end with: 工业锅炉, 电站锅炉|运行热效率."""
    if looks_like_indicator(part):
        return ""
    for length in range(min(len(part), 6), 0, -1):
        kind = part[-length:]
        behind = last[last.find(kind) + length :] if kind in last else ""
        if behind and (length > 1 or kind in _CLASSES):
            return behind if looks_like_indicator(behind) else ""
    return ""
