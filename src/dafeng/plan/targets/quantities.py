"""Step 4: numbers with their unit and their bound — 42%左右, 不低于300万千瓦, 10%—15%, 三分之一, 两个.

Years, dates, document numbers, names (5G, 1+N) and list numbers are no quantities.
"""

import re
from dataclasses import dataclass
from typing import Literal

from dafeng.plan.patterns.table import pattern

_TO = pattern("figures.to")
Bound = Literal[">=", "<=", "~"]

_QUANTITY = pattern("figures.quantity")
_BOUNDS: dict[str, Bound] = {
    **dict.fromkeys(("不低于", "不少于", "不小于", "不得低于", "不得少于", "不应低于", "至少", "高于", "大于", "多于", "超过", "突破", "达到或超过", "≥", ">", "超", "以上", "及以上"), ">="),
    **dict.fromkeys(("不高于", "不超过", "不大于", "不多于", "不得超过", "不得高于", "不应大于", "不应超过", "不突破", "不得突破", "不超出", "不得超出", "低于", "小于", "少于", "≤", "<", "以下", "及以下", "以内", "及以内", "之内"), "<="),
    **dict.fromkeys(("约为", "约", "大约", "大概", "近", "接近", "左右", "上下"), "~"),
}  # fmt: skip
_NAME_BEFORE = pattern("figures.name_before")
_NAME_AFTER = pattern("figures.name_after")
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True, slots=True)
class Quantity:
    """Number in the text. `start:end` is number and unit, `outer_start:outer_end` with its bound words.

    `is_change`: the words themselves state a change — 翻一番 is +100 %, 零增长 is +0 %, 减半 is −50 %.
    """

    start: int
    end: int
    outer_start: int
    outer_end: int
    value: float
    value_high: float | None
    unit: str
    bound: Bound | None
    suffix: str
    prefix: str
    is_change: bool = False
    halves: bool = False
    """减半: the change is a fall."""

    @property
    def is_share(self) -> bool:
        return self.unit == "%"


_KILOWATT = pattern("figures.kilowatt")
_SMALL_DIGITS = str.maketrans("²³₂", "232")
SPELT = {
    "个百分点": "百分点", "度电": "千瓦时", "万度": "万千瓦时", "亿度": "亿千瓦时", "亿度电": "亿千瓦时", "万度电": "万千瓦时",
    "万方": "万立方米", "亿方": "亿立方米", "万立方": "万立方米", "亿立方": "亿立方米", "立方": "立方米",
    "平米": "平方米", "万平米": "万平方米", "亿平米": "亿平方米", "平方": "平方米", "万平方": "万平方米", "亿平方": "亿平方米",
    "亿元人民币": "亿元", "万元人民币": "万元", "元人民币": "元",
}  # fmt: skip
"""Ways to write a unit, each with the one that a target has."""


def find_quantities(text: str, start: int = 0, end: int | None = None) -> list[Quantity]:
    """Return all quantities of `text[start:end]`, in order."""
    found: list[Quantity] = []
    for match in _QUANTITY.finditer(text, start, len(text) if end is None else end):
        quantity = _quantity(text, match)
        if quantity is not None:
            found.append(quantity)
    return found


_LISTED = pattern("figures.listed")
"""分别为300、150、30万千瓦: what the last one is measured in, behind the first."""


def _quantity(text: str, match: "re.Match[str]") -> Quantity | None:
    prefix, suffix = match.group("prefix") or "", (match.group("suffix") or "").removeprefix("(含)")
    start = match.end("prefix") if prefix else match.start()
    read = _in_digits(text, match, start) if match.group("low") else _in_words(text, match, start)
    if read is None:
        return None
    low, high, unit = read
    if high is not None and high <= low:
        return None
    end = match.start("suffix") if match.group("suffix") else match.end()
    unit = SPELT.get(unit, unit.replace("标煤", "标准煤").translate(_SMALL_DIGITS))
    unit = _KILOWATT.sub("kW", unit)
    return Quantity(
        start, end, match.start(), match.end(), low, high, unit,
        "<=" if match.group("none") == "负增长" else _bound(prefix, suffix),
        suffix, prefix, match.group("fold") is not None or bool(match.group("none") or match.group("halved")),
        bool(match.group("halved")),
    )  # fmt: skip


def _in_digits(text: str, match: "re.Match[str]", start: int) -> tuple[float, float | None, str] | None:
    if _NAME_BEFORE.search(text[max(0, start - 3) : start]):
        return None
    if match.group("ratio"):
        whole = float(match.group("ratio"))
        return (float(match.group("low").replace(",", "")) / whole, None, "") if whole else None
    unit = match.group("highunit") or match.group("lowunit") or ""
    end = match.end("highunit") if match.group("high") else match.end("lowunit")
    after = text[end : end + 4]
    if not unit and after[:1] in ("、", "和", "及") and "分别" in text[max(0, start - 40) : start]:
        listed = _LISTED.match(text, end)
        unit = listed.group("unit") if listed else ""
    bounded = match.group("suffix") or match.group("prefix") or _bare_value(text, match, after)
    if not unit and (_NAME_AFTER.match(after) or not bounded):
        return None
    if (
        after[:1] == "级"
        or unit in ("百", "千")
        or (unit[-1:] in ("万", "亿") and after[:1] in ("吨", "千", "瓦"))
    ):
        return None
    times = float(match.group("times") or 1)
    """2×100万千瓦: two units of that size."""
    low = times * float(match.group("low").replace(",", ""))
    if not match.group("high"):
        return low, None, unit
    high = times * float(match.group("high").replace(",", ""))
    low, high = _same_scale(low, match.group("lowunit") or "", high, unit)
    return low, high, unit


def _in_words(text: str, match: "re.Match[str]", start: int) -> tuple[float, float | None, str] | None:
    if match.group("percent"):
        percent = match.group("percent").replace(",", "")
        return float(percent) if percent[0].isdigit() else chinese_number(percent), None, "%"
    readers = (("tenths", _tenths), ("over", _fraction), ("numeral", _counted_in_words))
    for group, read in readers:
        if match.group(group):
            return read(text, match)
    if match.group("denominator"):
        share = chinese_number(match.group("numerator")) / chinese_number(match.group("denominator"))
        return 100 * share, None, "%"
    if match.group("fold") is not None:
        if not match.group("fold"):
            return 100.0, None, "%"
        return 100.0 * (2 ** chinese_number(match.group("fold")) - 1), None, "%"
    if match.group("none"):
        return 0.0, None, "%"
    if match.group("half") or match.group("halved"):
        return 50.0, None, "%"
    before = text[max(0, start - 1) : start]
    if before in _ORDINAL or (
        before == "“"
        and text[match.end("classifier") : match.end("classifier") + 1] in ("”", "“", "关", "一")
    ):
        return None
    return chinese_number(match.group("chinese")), None, match.group("classifier")


_BEFORE_TENTHS = pattern("figures.before_tenths")


def _fraction(text: str, match: "re.Match[str]") -> tuple[float, float | None, str] | None:
    """Read a fraction, behind a verb or a bound only: 超过1/3 → 33.3 %."""
    before = text[max(0, match.start("over") - 3) : match.start("over")]
    over, under = int(match.group("over")), int(match.group("under"))
    told = match.group("prefix") or match.group("suffix") or _BEFORE_TENTHS.search(before)
    return (100.0 * over / under, None, "%") if told and over < under else None


def _tenths(text: str, match: "re.Match[str]") -> tuple[float, float | None, str] | None:
    """Read tenths where a verb or a bound shows a share: 七成 → 70 %, 八成半 → 85 % (not 三成立)."""
    before = text[max(0, match.start("tenths") - 3) : match.start("tenths")]
    if not (match.group("prefix") or match.group("suffix") or _BEFORE_TENTHS.search(before)):
        return None
    share = 10 * chinese_number(match.group("tenths")) + (5 if match.group("halftenth") else 0)
    return share, None, "%"


_GROWS = pattern("figures.grows")


def _counted_in_words(text: str, match: "re.Match[str]") -> tuple[float, float | None, str] | None:
    """Read numbers in words: 二十万亩 → 20 万亩, 三千万千瓦 → 3000 万千瓦; a single 一 is no number (一亩三分地) but in 增长一倍."""
    if text[max(0, match.start("numeral") - 1) : match.start("numeral")] in _ORDINAL:
        return None
    numeral, unit = match.group("numeral"), match.group("measure")
    rises = unit == "倍" and _GROWS.search(text[max(0, match.start("numeral") - 4) : match.start("numeral")])
    if numeral == "一" and unit[0] not in "万亿个" and not rises:
        return None
    return chinese_number(numeral), None, unit


_ORDINAL = frozenset("第这那一几数上下前后全各")


def _bare_value(text: str, match: "re.Match[str]", after: str) -> bool:
    """Read a ratio without unit: PUE降至1.25, 比值控制在0.6—0.8."""
    number = match.group("low") + (match.group("high") or "")
    before = text[max(0, match.start() - 3) : match.start()]
    return "." in number and after[:1] in ("", ",", "。", ";", "、", "\n") and bool(_TO.search(before))


def _bound(prefix: str, suffix: str) -> Bound | None:
    """Read the bound: 不低于35% and 35%以上 alike; the suffix wins (约30%以上 is a floor)."""
    return _BOUNDS.get(suffix) or _BOUNDS.get(prefix)


_SCALES = {"万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2}


def _same_scale(low: float, low_unit: str, high: float, high_unit: str) -> tuple[float, float]:
    """Convert both ends to the unit of the upper one: 8000万—1.2亿千瓦."""
    first = _SCALES.get(low_unit[:1], 1.0) if low_unit else None
    second = _SCALES.get(high_unit[:1], 1.0)
    if first is None or first == second:
        return low, high
    return low * first / second, high


def chinese_number(numeral: str) -> float:
    """Parse a Chinese number: 两 → 2, 十五 → 15, 三百二十 → 320, 十七点七 → 17.7."""
    whole, _, fraction = numeral.partition("点")
    total = 0.0
    digit: float | None = None
    for character in whole:
        if character in _TENS:
            total += (1 if digit is None else digit) * _TENS[character]
            digit = None
        else:
            digit = float(_DIGITS[character]) if digit is None else 10 * digit + _DIGITS[character]
    total += digit or 0.0
    if fraction:
        total += float("0." + "".join(str(_DIGITS.get(character, 0)) for character in fraction))
    return total
