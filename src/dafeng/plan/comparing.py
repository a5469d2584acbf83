"""Comparison of two plans: a city's with its province's — same indicator, other value, year or strictness."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache

from dafeng.evidence import DafengError
from dafeng.factors import indicators, same_terms
from dafeng.plan.model import Comparator, Plan, Target
from dafeng.units import convert


class DifferenceKind(StrEnum):
    """Kind of a difference; `conflict` is a weaker promise than the other's for the same share and year."""

    VALUE = "value"
    YEAR = "year"
    STRICTNESS = "strictness"
    DEFERRED = "deferred"
    SAME = "same"
    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference of two plans; `first` and `second` are the targets, None where a plan has none."""

    kind: DifferenceKind
    indicator: str
    first: Target | None
    second: Target | None
    zh: str

    def as_dict(self) -> dict[str, object]:
        data = asdict(self)
        for side, target in (("first", self.first), ("second", self.second)):
            data[side] = target.model_dump(mode="json", by_alias=True) if target else None
        return {**data, "kind": self.kind.value}


_SYNONYMS = (
    (r"^(?:全(?:省|市|国|县|区)|我[省市县]|本市|[一-鿿]{2,3}[省市])", ""),
    (r"地区生产总值|国内生产总值|生产总值|GDP", "GDP"),
    (r"能源消费强度|能源消耗强度|能源强度|能源消耗|能源消费(?!比重|占比|总量)|综合能耗", "能耗"),
    (r"二氧化碳排放强度|二氧化碳排放量?|碳排放强度|碳排放", "碳排放"),
    (r"占(?:一次)?能源消费(?:总量)?(?:的)?(?:比重|比例)|消费(?:的)?(?:比重|占比|比例)", "占比"),
    (r"比重|比例", "占比"),
    (r"^(?:每)?万元(?=GDP|工业增加值|增加值|产值)", "单位"),
    (
        r"风(?:电|力发电)?(?:[、和及与]|以及)?(?:光伏|太阳能|光)(?:发电)?|(?:光伏|太阳能)(?:发电)?[、和及与]风(?:电|力发电)",
        "风光",
    ),
    (r"(?:发电)?总?装机总?(?:容量|规模)?", "装机"),
    (r"资源化利用率|资源化率", "资源化率"),
    (r"的|国内|主要|年(?=综合)|下降率?|降低率?|率先", ""),
    (r"废[一-鿿、]*等?(?=\d种)", ""),
)


def _wording(indicator: str) -> str:
    """Return the indicator without area words and in one wording."""
    name = same_terms(indicator)
    for pattern, replacement in _SYNONYMS:
        name = re.sub(pattern, replacement, name)
    return name


@cache
def _table() -> dict[str, str]:
    """Map the wording of every name and synonym of the indicator table to its id.

    A wording of two indicators has none.
    """
    names: dict[str, set[str]] = {}
    for one in indicators().values():
        for name in (one.zh, *one.synonyms):
            names.setdefault(_wording(name), set()).add(one.id)
    return {name: next(iter(ids)) for name, ids in names.items() if len(ids) == 1}


def normal_name(indicator: str) -> str:
    """Return the id of the indicator in the table of factors, else its name in one wording.

    Names of two plans for the same indicator thereby match.
    """
    name = _wording(indicator)
    return _table().get(name, name)


def diff(first: Plan, second: Plan) -> list[Difference]:
    """Compare the targets of two plans.

    They are matched by indicator, then by year (a year that one lacks is a difference).

    Parameters
    ----------
    first, second
        The plans.
    """
    others: dict[str, list[Target]] = {}
    for target in second.targets:
        others.setdefault(normal_name(target.indicator), []).append(target)
    result: list[Difference] = []
    used: set[int] = set()
    unmatched: list[Target] = []
    for target in first.targets:
        candidates = [one for one in others.get(normal_name(target.indicator), []) if id(one) not in used]
        same = [
            one
            for one in candidates
            if (one.year, one.period, one.stretch) == (target.year, target.period, target.stretch)
        ]
        if not same:
            unmatched.append(target)
            continue
        used.add(id(same[0]))
        result += _compare(target, same[0])
    for target in unmatched:
        candidates = [one for one in others.get(normal_name(target.indicator), []) if id(one) not in used]
        if candidates:
            used.add(id(candidates[0]))
            text = f"年份不同:{_when(target)} / {_when(candidates[0])}"
            result.append(Difference(DifferenceKind.YEAR, target.indicator, target, candidates[0], text))
        else:
            result.append(Difference(DifferenceKind.ONLY_FIRST, target.indicator, target, None, "仅第一份有"))
    for target in second.targets:
        if id(target) not in used:
            result.append(
                Difference(DifferenceKind.ONLY_SECOND, target.indicator, None, target, "仅第二份有")
            )
    return result


def _when(target: Target) -> str:
    return str(target.year or target.period or "未写明")


def _compare(a: Target, b: Target) -> Iterator[Difference]:
    deferred = Comparator.DEFERRED
    if (a.comparator is deferred) != (b.comparator is deferred):
        who = "第一份由上级下达,第二份有数值" if a.comparator is deferred else "第一份有数值,第二份由上级下达"
        yield Difference(DifferenceKind.DEFERRED, a.indicator, a, b, who)
        return
    differs = False
    if a.value is not None and b.value is not None and not _equal(a, b):
        differs = True
        yield Difference(
            DifferenceKind.VALUE,
            a.indicator,
            a,
            b,
            f"数值不同:{a.value:g}{a.unit or ''} / {b.value:g}{b.unit or ''}",
        )
    if (
        a.comparator is not b.comparator
        or a.bound != b.bound
        or ("力争" in a.modality) != ("力争" in b.modality)
    ):
        differs = True
        text = f"要求不同:{_strictness(a)} / {_strictness(b)}{_looser(a, b)}"
        yield Difference(DifferenceKind.STRICTNESS, a.indicator, a, b, text)
    if not differs:
        yield Difference(DifferenceKind.SAME, a.indicator, a, b, "一致")


_WORDS = {
    Comparator.EQUAL: "达到", Comparator.AT_LEAST: "以上", Comparator.AT_MOST: "以内", Comparator.ABOUT: "左右", Comparator.RANGE: "区间",
    Comparator.RISE: "提高", Comparator.FALL: "下降", Comparator.ALL: "全部", Comparator.BETTER_THAN: "优于",
}  # fmt: skip


def _strictness(target: Target) -> str:
    """Return what is asked of the value, in words: 力争达到, 下降左右."""
    words = _WORDS.get(target.comparator, "") + {">=": "以上", "<=": "以内", "~": "左右"}.get(
        target.bound or "", ""
    )
    return ("力争" if "力争" in target.modality else "") + words


def _looser(a: Target, b: Target) -> str:
    """Return which of two promises binds less, where their wording determines it."""
    first, second = (
        (0 if "力争" in one.modality else 2) + (0 if Comparator.ABOUT in (one.comparator, one.bound) else 1)
        for one in (a, b)
    )
    return "" if first == second else "(第一份较宽)" if first < second else "(第二份较宽)"


def _equal(a: Target, b: Target) -> bool:
    if a.value is None or b.value is None:
        return a.value == b.value
    if a.unit == b.unit or not a.unit or not b.unit:
        return abs(a.value - b.value) <= 1e-9 * max(1.0, abs(a.value))
    try:
        other = convert(b.value, b.unit, a.unit)
    except DafengError:
        return False
    return abs(a.value - other) <= 1e-9 * max(1.0, abs(a.value))
