"""Cell parsing: text → value of its kind, or the expected content and the correction.

The same parsers serve a table of a million rows (`checking`), a row of a form or a register (`rows`) and a
single cell. Nothing is guessed: a cell that could be read in two ways is refused, and the refusal leads to
the cure.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from dafeng.evidence import NotationKey, Text
from dafeng.tables.columns import KIND_TEXT, LISTS, NUMERIC, WHOLE, Column, Kind, words
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
_LOOKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"#(REF|DIV/0|N/A|VALUE|NAME\?|NULL|NUM)!?.*", re.I), "formula"),
    (re.compile(r"[+-]?(nan|null|none|n/a|na|-+|—+|…+|\.\.+|缺|无)", re.I), "no_number"),
    (re.compile(r"[+-]?(inf|infinity|∞)", re.I), "infinite"),
    (re.compile(r"\d{4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?|月)?.*|\d{1,2}月\d{1,2}日|\d{1,2}-[A-Z][a-z]{2}.*"), "date"),
    (re.compile(r"[+-]?\d{1,3}([,，]\d{3})+(\.\d+)?"), "thousands"),
    (re.compile(r"[+-]?[\d.,]+\s*[%％‰]"), "percent_sign"),
    (re.compile(r"[+-]?\d+,\d+"), "decimal_comma"),
    (re.compile(r"[+-]?\d[\d.,]*\s*[^\W\d_][^\d]*"), "with_unit"),
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
    """Fault of a cell: expected content, and the correction ("" where the expected content suffices)."""

    expected: str
    mend: str = ""

    def of(self, text: str) -> tuple[str, str, str]:
        """Return the three parts of a problem with `text`, which is truncated where it is long."""
        if text == "":
            return words("empty_cell"), self.expected, self.mend
        return repr(text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "…"), self.expected, self.mend


def parse_cell(column: Column, text: str) -> tuple[Any, Fault | None]:
    """Parse one cell.

    Parameters
    ----------
    column
        The column that the cell is in.
    text
        The cell as text, blanks around it cut off (see `tidy`); "" is an empty cell.

    Returns
    -------
    value, fault
        `fault` is None where the cell fits. The value is None for an empty cell and one that does not fit,
        else by kind: `year`, `integer` → int; `number` → float; `ids`, `choices`, `shares` → tuple; `flag` →
        bool; `date` → date; `time` → datetime (Beijing time, no zone); `point` → (longitude, latitude); every
        other kind → str (`month` as 2025-01, `quarter` as 2025Q1). A notation key → `NotationKey`, an
        expression → its text.

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


def nearest(word: str, among: Iterable[str]) -> str:
    """Return `did you mean …?` where one of `among` is near, else nothing.

    Parameters
    ----------
    word
        Word as typed.
    among
        Words that exist.

    Returns
    -------
    Question in both languages, or "".
    """
    folded = {w.casefold().replace(" ", "_"): w for w in among}
    near = get_close_matches(word.strip().casefold().replace(" ", "_"), folded, 1, 0.6)
    return words("did_you_mean", word=folded[near[0]]) if near else ""


def choice_id(column: Column, text: str) -> str:
    """Return the id of a choice given by id or by Chinese name; any other text as it is.

    Parameters
    ----------
    column
        Column with choices.
    text
        Cell as typed.

    Returns
    -------
    Id of the choice, or `text`.
    """
    names = dict(zip(column.choice_names, column.choices, strict=False))
    return text if text in column.choices else names.get(text, text)


def expected_kind(column: Column) -> Text:
    """Return the expected content of a cell of `column`, in Chinese and English.

    Parameters
    ----------
    column
        Column of a table.

    Returns
    -------
    Kind of content in both languages.
    """
    zh, en = KIND_TEXT[column.kind]
    en = _ARTICLE.get(column.kind, f"{'an' if en[0] in 'aeio' else 'a'} {en}")
    kind = Text(zh, en)
    return words("key_or", kind=kind) if column.keys else kind


# -- texts ------------------------------------------------------------------------------------------------------


def text_fault(column: Column, text: str) -> Fault | None:
    """Return the fault of `text` in a column that is not numeric, None where it fits."""
    if text == "":
        expected = _one_of(column) if column.choices else expected_kind(column)
        return Fault(expected, words("fill")) if column.required else None
    if not text.isprintable() and (column.kind is not Kind.TEXT or _hidden(text)):
        return Fault(words("control", kind=expected_kind(column)), words("control_mend"))
    if (column.kind is not Kind.TEXT or column.required) and text != text.strip(BLANKS):
        return Fault(
            words("blanks", kind=expected_kind(column)), words("write", text=repr(text.strip(BLANKS)))
        )
    if column.choices:
        return _choice_fault(column, text)
    if column.kind is Kind.UNIT and not is_unit(text):
        return Fault(words("unit"), words("unit_mend"))
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


def _one_of(column: Column) -> Text:
    return words("one_of", choices=Text(_some(column.choice_names or column.choices), _some(column.choices)))


def _some(choices: tuple[str, ...]) -> str:
    return ", ".join(choices[:12]) + (" …" if len(choices) > 12 else "")


def _cure(kind: Kind, text: str) -> str:
    """Return the correction, where the same letters in another form would fit."""
    half = text.translate(_HALF_WIDTH).strip().upper()
    if half == text:
        return ""
    if kind is Kind.CREDIT_CODE:
        return words("write", text=half) if credit_code_is_valid(half) else ""
    pattern = _PATTERNS.get(kind)
    return words("write", text=half) if pattern is not None and pattern.fullmatch(half) else ""


def _hidden(text: str) -> bool:
    """Check whether a text holds control characters other than line ends and tabs."""
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
    """Return the fault of `number` in its column: not finite, not whole, out of bounds."""
    if not math.isfinite(number):
        return Fault(words("finite"), words("infinite_mend"))
    if column.kind in WHOLE and number != int(number):
        return Fault(expected_kind(column))
    low = -math.inf if column.low is None else column.low
    high = math.inf if column.high is None else column.high
    if not low <= number <= high or (column.above is not None and number <= column.above):
        percent = column.low == 0 and column.high == 1 and 1 < number <= 100
        return Fault(bounds_text(column), words("percent", number=f"{number / 100:g}") if percent else "")
    return None


def bounds_text(column: Column) -> str:
    """Return the bounds of a numeric column in Chinese and English; "" where it has none.

    Parameters
    ----------
    column
        Column with low, high and above, each None where it is open.

    Returns
    -------
    Bounds in both languages, such as "0 至 1 · 0 to 1".
    """
    low, high, above = (
        "" if bound is None else f"{bound:g}" for bound in (column.low, column.high, column.above)
    )
    if above:
        return words("above_to", above=above, high=high) if high else words("above", above=above)
    if low and high:
        return words("between", low=low, high=high)
    return words("at_least", low=low) if low else words("at_most", high=high) if high else ""


def not_a_number(column: Column, word: str) -> Fault | None:
    """Return the fault of a text in a numeric column; None for an empty cell that may be empty."""
    expected = expected_kind(column)
    if word == "":
        mend = words("fill_or_key" if column.keys else "fill")
        return Fault(expected, mend) if column.required else None
    half = word.translate(_HALF_WIDTH).strip()
    if half != word and PLAIN_NUMBER.fullmatch(half):
        return Fault(expected, words("full_width", number=half))
    key = word.strip(BLANKS).upper()
    if key in _KEYS:
        mend = words("key_form", key=key) if column.keys else words("no_key")
        return Fault(expected, mend)
    for pattern, what in _LOOKS:
        if pattern.fullmatch(word):
            return Fault(words("not", kind=expected, what=words(what)), words(f"{what}_mend"))
    return Fault(expected, words("in_number_column"))
