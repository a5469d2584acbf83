"""Promise in one cell of an indicator table: 38, ≥93, [16.0], 93以上, 比2005年下降65, 100%, 完成省下达目标, —."""

import re

from dafeng.plan.model import Comparator, Target
from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.indicators import sense_of
from dafeng.plan.targets.quantities import SPELT, find_quantities
from dafeng.units import is_unit

_AT_LEAST = pattern("tables.at_least")
_AT_MOST = pattern("tables.at_most")
_ABOUT = pattern("tables.about")
_LEFT_OPEN = pattern("tables.left_open")
_BASE_IN_CELL = pattern("tables.base_in_cell")
UNIT_IN_NAME = pattern("tables.unit_in_name")
UNIT_LIKE = pattern("tables.unit_like")
EMPTY = frozenset(("", "/", "-", "—", "——", "--", "…", "*", "无"))
VALUE = pattern("tables.value")
_DEFERRED = pattern("tables.deferred_cell")
_ALL = pattern("tables.all_cell")
_FALL = pattern("tables.fall_cell")
_FALL_BY_NAME = pattern("tables.fall_by_name")
_RISE = pattern("tables.rise_cell")
_RISE_BY_NAME = pattern("tables.rise_by_name")


def name_and_unit(name: str) -> tuple[str, str | None]:
    """Split name and unit: 光伏装机(万千瓦) → 光伏装机, 万千瓦; brackets that hold no unit stay with the name."""
    match = UNIT_IN_NAME.search(name)
    if match and _is_unit(match.group(1)):
        return name[: match.start()], match.group(1)
    return name, None


def _is_unit(text: str) -> bool:
    if not UNIT_LIKE.search(text):
        return False
    return is_unit(text) or not re.search(r"[一-鿿]{5,}", text)


def is_value(text: str) -> bool:
    """Check whether a cell holds a value or leaves it to an upper level: no cell of a header does."""
    return bool(VALUE.match(text) or _LEFT_OPEN.search(text))


def number_in(text: str) -> float | None:
    """Parse the number of a cell of the present state."""
    match = VALUE.match(text)
    return float(match.group("number").replace(",", "")) if match else None


def read_cell(text: str, indicator: str, unit: str | None, *, is_sum: bool = False) -> Target | None:
    """Read the promise of a cell in a column of a year (`is_sum`: of a period).

    None where it promises nothing.
    """
    if text in EMPTY:
        return None
    match = VALUE.match(text)
    if match is None:
        return _in_words(text, indicator, unit)
    words = (match.group("before") or "") + (match.group("after") or "")
    before = text[: match.start("number")]
    comparator = _comparator(before, words, indicator)
    high = float(match.group("high")) if match.group("high") else None
    if high is not None and high <= float(match.group("number").replace(",", "")):
        return None
    changes = comparator.is_change
    bound = _bound(before + words) if changes else None
    if high is not None and not changes:
        comparator = Comparator.RANGE
    base = _BASE_IN_CELL.search(before)
    own = "%" if match.group("percent") else (match.group("unit") or unit or "")
    own = SPELT.get(own, own)
    return Target(
        locator="", indicator=indicator, comparator=comparator, sense=sense_of(indicator, comparator),
        value=float(match.group("number").replace(",", "")), value_high=high, unit=own or None,
        cumulative=is_sum or "[" in text or "累计" in text, modality=before.strip("[") + (match.group("after") or ""),
        annual_average="年均" in text or "年均" in indicator, confidence=0.95, bound=bound, rule="table",
        baseline_year=int(base.group(1)) if base else None,
    )  # fmt: skip


def _comparator(before: str, words: str, indicator: str) -> Comparator:
    if _FALL.search(before) or _FALL_BY_NAME.search(indicator):
        return Comparator.FALL
    if _RISE.search(before):
        return Comparator.RISE
    bound = _bound(before + words)
    if bound is not None:
        return Comparator(bound)
    return Comparator.RISE if _RISE_BY_NAME.search(indicator) else Comparator.EQUAL


def _bound(words: str) -> str | None:
    if _AT_LEAST.search(words):
        return ">="
    if _AT_MOST.search(words):
        return "<="
    return "~" if _ABOUT.search(words) else None


def _in_words(text: str, indicator: str, unit: str | None) -> Target | None:
    if _ALL.match(text):
        return Target(
            locator="", indicator=indicator, comparator=Comparator.ALL, sense=sense_of(indicator, Comparator.ALL),
            modality=text[:20], confidence=0.9, rule="table_words",
        )  # fmt: skip
    if _DEFERRED.search(text):
        return Target(
            locator="", indicator=indicator, comparator=Comparator.DEFERRED, sense=sense_of(indicator, Comparator.DEFERRED),
            modality=text[:20], confidence=0.9, rule="table_words",
        )  # fmt: skip
    found = find_quantities(text)
    if len(found) != 1 or len(text) > 24 or found[0].value_high is not None:
        return None
    one = found[0]
    bare = text[: one.start] + f"{one.value:g}" + one.suffix
    told = read_cell(bare, indicator, one.unit or unit) if VALUE.match(bare) else None
    return None if told is None else told.model_copy(update={"confidence": 0.8, "rule": "table_words"})
