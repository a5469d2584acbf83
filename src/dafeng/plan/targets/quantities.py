"""Step 4: numbers with their unit and their bound — 42%左右, 不低于300万千瓦, 10%—15%, 三分之一, 两个.

Years, dates, document numbers, names (5G, 1+N) and list numbers are no quantities.
"""

import re
from dataclasses import dataclass
from typing import Literal

Bound = Literal[">=", "<=", "~"]

_BASE = (
    "吨标准煤|吨标煤|吨油当量|吨二氧化碳当量|吨二氧化碳|千伏安|兆伏安|伏安|克二氧化碳当量|克二氧化碳|千克二氧化碳|吨CO2e?|吨碳|吨公里|人公里|车公里|吨|千瓦时|千瓦小时|千瓦|兆瓦时|兆瓦|吉瓦时|吉瓦|度电|度|"
    "立方米|平方公里|平方千米|平方米|平米|立方(?![米分厘])|平方(?![米公千根分厘])|公里|千米|米|公顷|亩|株|元人民币|元|美元|人次|人|户|辆|艘|架|台套|台|套|座|个百分点|百分点|"
    "个|家次|家|场次|项|处|条|所|件|只|头|标准箱|标箱|重量箱|TEU|蒸吨|吉焦|太焦|千焦|焦|摄氏度|℃|倍|天|小时|分钟|%|‰|微克|毫克|千克标准煤|克标准煤|千克标煤|克标煤|"
    "公斤|千克|克|斤|升|名|支|层|起|村|间|片|张|床|枪|根|桩|企业|项目|种|标台|尾|羽|箱|盏|栋|幢|册|眼|株丛|丛|穴|泊位|车位|床位|班次|列|口(?=$|[,;。、以])|方(?![面案式法向位针])|"
    "(?:kgCO2e?|tCO2e?|kgce|gce|tce|MWh|MWp|MW|GWh|GWp|GW|k[Ww]h|KWh|[kK][wW]|TWh|GJ|TJ|MJ|㎡|Nm[3³]|hm[2²]|km[2²]|m[2²]|m[3³]|km|kgCO₂e?|tCO₂e?|μg|µg|ug|mg|kg|ha|t|g|L|MVA|kVA|hm²|km²)(?![A-Za-z])"
)
_UNIT = rf"(?:万亿|百万|千万|十万|亿万|万|亿|千|百)?(?:{_BASE})(?:[/·](?:每)?(?:万|亿|千|百)?(?:标准)?(?:{_BASE}|(?:a|h|d|s)(?![A-Za-z])|年|日|月|秒|小时|平方|百?万元|工业增加值|\((?:平方米|立方米|公里|人|吨|万元)·(?:年|日|天|月|a)\)))*"
_SCALE = r"(?:万亿|亿|万|千|百)(?=$|[,。;、)余多]|左右|以上|以内|以下|的|上下)"
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_PREFIX = r"(?:不得突破|不突破|不超出|不得超出|不低于|不少于|不小于|不得低于|不得少于|至少|高于|大于|多于|超过|突破|达到或超过|≥|>|不高于|不超过|不大于|不多于|不得超过|不得高于|不应大于|不应低于|不应超过|低于|小于|少于|≤|<|约为|约|大约|大概|近|接近|超)"
_SUFFIX = r"(?:\(含\))?(?:及以上|以上|及以下|以下|及以内|以内|之内|左右|上下)"
_DASH = r"(?:—{1,2}|-|~|至|到)"
_CLASSIFIER = r"(?:个|家|座|项|处|条|所|艘|台|套|辆|户|名)"
_MEASURE = (
    r"(?:[万亿](?:千瓦时|千瓦|吨标准煤|吨|亩|立方米|平方米|元|辆|个|户)|个百分点|公里|亩|吨|千瓦)(?![级时])"
)
_TENTHS_AFTER = r"(?![果就员功立本为长熟品效分套型都千人员])"
_QUANTITY = re.compile(
    rf"(?P<prefix>{_PREFIX})?(?:"
    rf"(?P<over>[1-9])/(?P<under>[2-9])(?![\d/年月%])|(?P<low>{_NUMBER})(?::(?P<ratio>\d{{1,3}})(?![\d:])|(?P<lowunit>{_UNIT}|{_SCALE}|[万亿](?={_DASH}\d)|)(?:{_DASH}(?P<high>{_NUMBER})(?P<highunit>{_UNIT}|{_SCALE}|))?)"
    rf"|百分之(?P<percent>[零〇一二三四五六七八九十百点两]{{1,8}}|{_NUMBER})"
    rf"|(?P<denominator>[二三四五六七八九十])分之(?P<numerator>[一二三四五六七八九])|(?P<half>一半|半数)"
    rf"|(?P<tenths>[一二三四五六七八九])成(?P<halftenth>半)?{_TENTHS_AFTER}"
    rf"|(?:实现|基本)?翻(?P<fold>[一两二三]?)(?:番|(?<=翻)倍(?=$|[,;。、\n]|以上|左右))|(?P<none>零增长|负增长)"
    rf"|(?P<numeral>[一两二三四五六七八九][一二三四五六七八九十百千零两]{{0,6}}|十[一二三四五六七八九]?)(?P<measure>{_MEASURE})"
    rf"|(?P<chinese>[两二三四五六七八九十百千]{{1,5}})(?P<classifier>{_CLASSIFIER})(?![五月层方维环领阶关专体年角])"
    rf")(?:余|多)?(?P<suffix>{_SUFFIX})?(?:个)?"
)
_BOUNDS: dict[str, Bound] = {
    **dict.fromkeys(("不低于", "不少于", "不小于", "不得低于", "不得少于", "不应低于", "至少", "高于", "大于", "多于", "超过", "突破", "达到或超过", "≥", ">", "超", "以上", "及以上"), ">="),
    **dict.fromkeys(("不高于", "不超过", "不大于", "不多于", "不得超过", "不得高于", "不应大于", "不应超过", "不突破", "不得突破", "不超出", "不得超出", "低于", "小于", "少于", "≤", "<", "以下", "及以下", "以内", "及以内", "之内"), "<="),
    **dict.fromkeys(("约为", "约", "大约", "大概", "近", "接近", "左右", "上下"), "~"),
}  # fmt: skip
_NAME_BEFORE = re.compile(r"[A-Za-z〔\[.\d+]$|(?<![瓦时吨米里元个亩Wh])/$|第$|国六|PM$|CO$|[A-Z]{1,3}-$")
_NAME_AFTER = re.compile(
    r"[A-WYZa-z]|\+[A-Z\d]|[〕\]号]|年|月|日|级|号|届|章|节|世纪|分位|条例|[一二三四五六七八九十]?大(?!型)"
)
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True, slots=True)
class Quantity:
    """Number in the text. `start:end` is number and unit, `outer_start:outer_end` with its bound words.

    `is_change`: the words themselves state a change — 翻一番 is +100 %, 零增长 is +0 %.
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

    @property
    def is_share(self) -> bool:
        return self.unit == "%"


_KILOWATT = re.compile(r"[kK][wW](?=h|$|/)")
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


_LISTED = re.compile(rf"(?:[、和及]{_NUMBER})*?[、和及]{_NUMBER}(?P<unit>{_UNIT})")
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
        suffix, prefix, match.group("fold") is not None or bool(match.group("none")),
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
    low = float(match.group("low").replace(",", ""))
    if not match.group("high"):
        return low, None, unit
    high = float(match.group("high").replace(",", ""))
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
    if match.group("half"):
        return 50.0, None, "%"
    before = text[max(0, start - 1) : start]
    if before in _ORDINAL or (
        before == "“"
        and text[match.end("classifier") : match.end("classifier") + 1] in ("”", "“", "关", "一")
    ):
        return None
    return chinese_number(match.group("chinese")), None, match.group("classifier")


_BEFORE_TENTHS = re.compile(r"(?:达到|提高到|提升至|提高至|提升到|降至|降到|超|近|约|占|为|于|在|过|达|至)$")


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


def _counted_in_words(text: str, match: "re.Match[str]") -> tuple[float, float | None, str] | None:
    """Read numbers in words: 二十万亩 → 20 万亩, 三千万千瓦 → 3000 万千瓦; a single 一 is no number (一亩三分地)."""
    if text[max(0, match.start("numeral") - 1) : match.start("numeral")] in _ORDINAL:
        return None
    numeral, unit = match.group("numeral"), match.group("measure")
    if numeral == "一" and unit[0] not in "万亿个":
        return None
    return chinese_number(numeral), None, unit


_ORDINAL = frozenset("第这那一几数上下前后全各")


def _bare_value(text: str, match: "re.Match[str]", after: str) -> bool:
    """Read a ratio without unit: PUE降至1.25, 比值控制在0.6—0.8."""
    number = match.group("low") + (match.group("high") or "")
    before = text[max(0, match.start() - 3) : match.start()]
    return (
        "." in number
        and after[:1] in ("", ",", "。", ";", "、", "\n")
        and bool(re.search(r"(?:到|至|在|达|为)$", before))
    )


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
