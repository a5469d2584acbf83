"""Cells: text → value of its kind, or what was expected instead and how to mend it.

The same parsers serve a table of a million rows (`checking`), a row of a form or a register (`rows`) and a single
cell. Nothing is guessed: a cell that could be read in two ways is refused, and the refusal leads to the cure.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from dafeng.evidence import NotationKey
from dafeng.tables.columns import KIND_TEXT, LISTS, NUMERIC, WHOLE, Column, Kind
from dafeng.tables.values import BLANKS, PLAIN_NUMBER, VALUES, credit_code_is_valid, parts_of
from dafeng.units import is_unit

_KEYS = frozenset(NotationKey)
_LONGEST = 60
_EXPRESSION = ("=", "＝")
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0x2212: "-",
    0x2013: "-",
}
_LOOKS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"#(REF|DIV/0|N/A|VALUE|NAME\?|NULL|NUM)!?.*", re.I), "a broken Excel formula", "mend the formula, or write NE"),
    (re.compile(r"[+-]?(nan|null|none|n/a|na|-+|—+|…+|\.\.+|缺|无)", re.I), "no number", "write NE where it is unknown, NO where it does not occur"),
    (re.compile(r"[+-]?(inf|infinity|∞)", re.I), "an infinite one", "write the number, or NE"),
    (re.compile(r"\d{4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?|月)?.*|\d{1,2}月\d{1,2}日|\d{1,2}-[A-Z][a-z]{2}.*"), "a date", "Excel made it a date: format the cell as a number and type it again"),
    (re.compile(r"[+-]?\d{1,3}([,，]\d{3})+(\.\d+)?"), "thousands separators", "write it without separators"),
    (re.compile(r"[+-]?[\d.,]+\s*[%％‰]"), "a percent sign", "write the number alone, its unit in the unit column (a share as a fraction)"),
    (re.compile(r"[+-]?\d+,\d+"), "a decimal comma", "write a decimal point"),
)  # fmt: skip
_PATTERNS = {
    Kind.ID: re.compile(r"\S+"),
    Kind.KEY: re.compile(r"[^\s;+,\"'\\/]{1,64}"),
    Kind.LOCATOR: re.compile(
        r"[一二三四五六七八九十百]+(([(（][一二三四五六七八九十百]+[)）])(\d+(\.\d+)*)?)?"
    ),
    Kind.REGION: re.compile(r"CN|\d{6}(\d{3}(\d{3})?)?", re.ASCII),
    Kind.COUNTY: re.compile(r"\d{6}", re.ASCII),
    Kind.CLOCK: re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII),
    Kind.INDUSTRY: re.compile(r"[A-T]?\d{2,4}", re.ASCII),
    Kind.DOCUMENT: re.compile(
        r"\S+[〔\[(（]\d{4}[〕\])）](第)?\d+号|\S+\d{4}年第\d+号(令|公告)?|第\d+号(令|公告)?"
    ),
    Kind.FORMULA: re.compile(r"[+-]?\s*[^\s+-][^\s]*(\s+[+-]\s+[^\s]+)*"),
}
_ARTICLE = {Kind.ID: "an id without blanks", Kind.LOCATOR: "a locator such as 三(一)2", Kind.REGION: "a GB/T 2260 code of six digits, or CN"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell does not fit its column: what was expected, and how to mend it ("" where that says it)."""

    expected: str
    mend: str = ""

    def of(self, text: str) -> tuple[str, str, str]:
        """Return found, expected and mend of a problem with `text`, which is cut where it is long."""
        if text == "":
            return "an empty cell", self.expected, self.mend
        return repr(text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "…"), self.expected, self.mend


def parse_cell(column: Column, text: str) -> tuple[Any, Fault | None]:
    """Read one cell.

    Parameters
    ----------
    column
        The column that the cell is in.
    text
        The cell as text, blanks around it cut off (see `tidy`); "" is an empty cell.

    Returns
    -------
    value, fault
        `fault` is None where the cell fits. The value is None for an empty cell and one that does not fit, else by
        kind: `year`, `integer` → int; `number` → float; `ids`, `choices`, `shares` → tuple; `flag` → bool;
        `date` → date; `time` → datetime (Beijing time, no zone); `point` → (longitude, latitude); every other kind
        → str (`month` as 2025-01, `quarter` as 2025Q1). A notation key → `NotationKey`, an expression → its text.

    Examples
    --------
    >>> day = Column("start", Kind.DATE, "开工日期", "start")
    >>> parse_cell(day, "2025/1/31")
    (datetime.date(2025, 1, 31), None)
    >>> parse_cell(day, "31.1.2025")
    (None, Fault(expected='日期,如 2025-01-31 · a date as 2025-01-31', mend=''))
    """
    if column.kind in NUMERIC:
        return _number(column, text)
    fault = text_fault(column, text)
    if fault is not None or text == "":
        return None, fault
    if column.choice_names and column.kind in (Kind.CHOICE, Kind.CHOICES):
        text = ";".join(choice_id(column, part) for part in parts_of(text))
    read = VALUES.get(column.kind)
    return (text if read is None else read(text)), None


def nearest(word: str, words: Iterable[str]) -> str:
    """Return `did you mean …?` where one of `words` is near, else nothing."""
    folded = {w.casefold().replace(" ", "_"): w for w in words}
    near = get_close_matches(word.strip().casefold().replace(" ", "_"), folded, 1, 0.6)
    return f"did you mean {folded[near[0]]}?" if near else ""


def choice_id(column: Column, text: str) -> str:
    """Return the id of a choice given by id or by Chinese name; any other text as it is."""
    names = dict(zip(column.choice_names, column.choices, strict=False))
    return text if text in column.choices else names.get(text, text)


def expected_kind(column: Column) -> str:
    """Return what a cell of `column` holds, in Chinese and English."""
    zh, en = KIND_TEXT[column.kind]
    en = _ARTICLE.get(column.kind, f"{'an' if en[0] in 'aeio' else 'a'} {en}")
    if column.keys:
        return f"{zh}或 NO、NE、IE、C · {en}, or a notation key NO, NE, IE, C"
    return f"{zh} · {en}"


# -- texts ------------------------------------------------------------------------------------------------------


def text_fault(column: Column, text: str) -> Fault | None:
    """Return why `text` does not fit a column that is not numeric, None where it does."""
    if text == "":
        expected = _one_of(column) if column.choices else expected_kind(column)
        return Fault(expected, "fill it") if column.required else None
    if not text.isprintable() and (column.kind is not Kind.TEXT or _hidden(text)):
        expected = f"{expected_kind(column)} without control characters"
        return Fault(expected, "type it again: it was copied with invisible characters")
    if (column.kind is not Kind.TEXT or column.required) and text != text.strip(BLANKS):
        return Fault(f"{expected_kind(column)} without blanks around it", f"write {text.strip(BLANKS)!r}")
    if column.choices:
        return _choice_fault(column, text)
    if column.kind is Kind.UNIT and not is_unit(text):
        return Fault(
            "计量单位(见 docs/units.md) · a unit that dafeng knows (docs/units.md)",
            "check the spelling; 1 for a number without unit",
        )
    pattern = _PATTERNS.get(column.kind)
    if pattern is not None:
        return None if pattern.fullmatch(text) else Fault(expected_kind(column), _cure(column.kind, text))
    read = VALUES.get(column.kind)
    if read is None:
        return None
    try:
        read(text)
    except ValueError:
        return Fault(expected_kind(column), _cure(column.kind, text))
    return None


def _choice_fault(column: Column, text: str) -> Fault | None:
    several = column.kind in LISTS
    for part in parts_of(text) if several else [text]:
        if choice_id(column, part) not in column.choices:
            return Fault(_one_of(column), nearest(part, (*column.choices, *column.choice_names)))
    return None


def _one_of(column: Column) -> str:
    listed = ", ".join(column.choices[:12]) + (" …" if len(column.choices) > 12 else "")
    return f"one of {listed}"


def _cure(kind: Kind, text: str) -> str:
    """What to write instead, where the same letters in another form would fit."""
    half = text.translate(_HALF_WIDTH).strip().upper()
    if half == text:
        return ""
    if kind is Kind.CREDIT_CODE:
        return f"write {half}" if credit_code_is_valid(half) else ""
    pattern = _PATTERNS.get(kind)
    return f"write {half}" if pattern is not None and pattern.fullmatch(half) else ""


def _hidden(text: str) -> bool:
    """Whether a text holds control characters other than line ends and tabs."""
    return any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text) or "\x7f" in text


# -- numbers ----------------------------------------------------------------------------------------------------


def _number(column: Column, text: str) -> tuple[Any, Fault | None]:
    word = text.strip(" ")
    if PLAIN_NUMBER.fullmatch(word):
        number = float(word)
        fault = number_fault(column, number)
        return (None if fault else int(number) if column.kind in WHOLE else number), fault
    if column.keys and word in _KEYS:
        return NotationKey(word), None
    if column.expressions and word.startswith(_EXPRESSION):
        return word, None
    return None, not_a_number(column, word)


def number_fault(column: Column, number: float) -> Fault | None:
    """Return why `number` does not fit its column: not finite, not whole, out of bounds."""
    if not math.isfinite(number):
        return Fault("有限的数值 · a finite number", "write the number, or NE")
    if column.kind in WHOLE and number != int(number):
        return Fault(expected_kind(column))
    low = -math.inf if column.low is None else column.low
    high = math.inf if column.high is None else column.high
    if not low <= number <= high or (column.above is not None and number <= column.above):
        percent = column.low == 0 and column.high == 1 and 1 < number <= 100
        return Fault(bounds_text(column), f"write {number / 100:g} if percent is meant" if percent else "")
    return None


def bounds_text(column: Column) -> str:
    """Return the bounds of a numeric column in Chinese and English; "" where it has none."""
    zh, en = [], []
    if column.above is not None:
        zh, en = [f"大于{column.above:g}"], [f"above {column.above:g}"]
    if column.low is not None and column.high is not None:
        return f"{column.low:g} 至 {column.high:g} · {column.low:g} to {column.high:g}"
    if column.low is not None:
        zh, en = [*zh, f"不小于{column.low:g}"], [*en, f"at least {column.low:g}"]
    if column.high is not None:
        zh, en = [*zh, f"不大于{column.high:g}"], [*en, f"at most {column.high:g}"]
    return f"{'且'.join(zh)} · {' and '.join(en)}" if zh else ""


def not_a_number(column: Column, word: str) -> Fault | None:
    """Return what is wrong with a text in a numeric column; None for an empty cell that may be empty."""
    expected = expected_kind(column)
    if word == "":
        mend = "fill it" + (", or write NE" if column.keys else "")
        return Fault(expected, mend) if column.required else None
    half = word.translate(_HALF_WIDTH).strip()
    if half != word and PLAIN_NUMBER.fullmatch(half):
        return Fault(expected, f"full-width digits: write {half}")
    key = word.strip(BLANKS).upper()
    if key in _KEYS:
        mend = f"write {key} in capitals, without blanks" if column.keys else "no key here"
        return Fault(expected, mend)
    for pattern, what, mend in _LOOKS:
        if pattern.fullmatch(word):
            return Fault(f"{expected}, not {what}", mend)
    return Fault(expected, "text in a number column: move it to note")
