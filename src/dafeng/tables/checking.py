"""One raw table against its schema: typed columns, and every cell that does not fit.

Vectorised: a cell is only looked at in Python where it is distinct and wrong, so that a table of a million
rows takes seconds. Of one kind of problem in one column the first are listed and the others counted.
"""

import difflib
import re
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import NotationKey, Problems
from dafeng.tables.columns import KIND_TEXT, NUMERIC, PATTERNS, Column, Kind, Table
from dafeng.tables.reading import SHOWN, RawTable
from dafeng.units import is_unit

_KEYS = frozenset(NotationKey)
_BLANKS = " \t\u3000\u00a0\u200b\ufeff\r\n"
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LOOKS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"#(REF|DIV/0|N/A|VALUE|NAME\?|NULL|NUM)!?.*", re.I), "a broken Excel formula", "mend the formula, or write NE"),
    (re.compile(r"[+-]?(nan|null|none|n/a|na|-+|—+|…+|\.\.+|缺|无)", re.I), "no number", "write NE where it is unknown, NO where it does not occur"),
    (re.compile(r"[+-]?(inf|infinity|∞)", re.I), "an infinite one", "write the number, or NE"),
    (re.compile(r"\d{4}[-/.年]\d{1,2}([-/.月]\d{1,2}日?|月)?.*|\d{1,2}月\d{1,2}日|\d{1,2}-[A-Z][a-z]{2}.*"), "a date", "Excel made it a date: format the cell as a number and type it again"),
    (re.compile(r"[+-]?\d{1,3}([,，]\d{3})+(\.\d+)?"), "thousands separators", "write it without separators"),
    (re.compile(r"[+-]?[\d.,]+\s*[%％‰]"), "a percent sign", "write the number alone, its unit in the unit column (a share as a fraction)"),
    (re.compile(r"[+-]?\d+,\d+"), "a decimal comma", "write a decimal point"),
)  # fmt: skip


def check_table(table: Table, raw: RawTable, problems: Problems) -> pd.DataFrame:
    """The typed rows of `raw`; whatever does not fit `table` is added to `problems`.

    Text columns hold str ("" for an empty cell), required years int64, other numbers float64. A number
    column that may hold notation keys has a companion `<name>_key` ("" where the number stands).
    """
    if not _header_fits(table, raw, problems):
        return empty_frame(table)
    if len(raw.cells) == 0:
        problems.add(
            raw.place(1, ""), "no rows below the header", "at least one row", "fill the table or delete it"
        )
        return empty_frame(table)
    position = {name: number for number, name in reversed(list(enumerate(raw.header)))}
    typed: dict[str, pd.Series] = {}
    for column in table.columns:
        if column.name in position:
            cells = raw.cells[raw.cells.columns[position[column.name]]]
            typed.update(_check_column(column, cells, raw, problems))
        else:
            typed.update(_absent(column, raw.cells.index))
    frame = pd.DataFrame(typed)
    _check_key(table, frame, raw, problems)
    return frame


def empty_frame(table: Table) -> pd.DataFrame:
    """A typed table without rows."""
    typed: dict[str, pd.Series] = {}
    for column in table.columns:
        typed.update(_absent(column, pd.RangeIndex(2, 2)))
    return pd.DataFrame(typed)


def report(
    problems: Problems, rows: Iterable[int], count: int, where: Callable[[int], str],
    describe: Callable[[int], tuple[str, str, str]], kind: str,
) -> None:  # fmt: skip
    """Add the first problems of one kind, and one that counts the others."""
    last = ""
    for number, row in enumerate(rows):
        if number == SHOWN:
            break
        found, expected, mend = describe(row)
        problems.add(where(row), found, expected, mend)
        last = where(row)
    if count > SHOWN:
        problems.add(last, f"{count - SHOWN} more rows: {kind}", "none", f"only the first {SHOWN} are listed")


def nearest(word: str, words: Iterable[str]) -> str:
    """`did you mean …?` where one of `words` is near, else nothing."""
    listed = list(words)
    folded = {w.casefold().replace(" ", "_"): w for w in listed}
    near = difflib.get_close_matches(word.strip().casefold().replace(" ", "_"), folded, 1, 0.6)
    return f"did you mean {folded[near[0]]}?" if near else ""


def _header_fits(table: Table, raw: RawTable, problems: Problems) -> bool:
    where = raw.place(1, "")
    known = list(table.named)
    before = len(problems)
    for name in dict.fromkeys(raw.header):
        if raw.header.count(name) > 1:
            problems.add(
                where, f"the column {name!r} {raw.header.count(name)} times", "each column once", "delete one"
            )
        if name not in table.named:
            mend = (
                nearest(name, [k for k in known if k not in raw.header]) or "delete the column, or use note"
            )
            problems.add(where, f"an unknown column {name!r}", f"columns of {table.name}", mend)
    for column in table.columns:
        if column.name not in raw.header and not column.optional:
            problems.add(
                where, f"no column {column.name}", f"the columns {', '.join(known)}", f"add {column.name}"
            )
    return len(problems) == before or bool(set(raw.header) & set(known))


def _absent(column: Column, index: pd.Index) -> dict[str, pd.Series]:
    if column.kind not in NUMERIC:
        return {column.name: pd.Series("", index=index, dtype="str")}
    whole = column.required and column.kind is not Kind.NUMBER
    value = pd.Series(0 if whole else np.nan, index=index, dtype="int64" if whole else "float64")
    made: dict[str, pd.Series] = {column.name: value}
    if column.keys:
        made[column.key_name] = pd.Series("", index=index, dtype="str")
    if column.expressions:
        made[column.expression_name] = pd.Series("", index=index, dtype="str")
    return made


def _check_column(
    column: Column, cells: pd.Series, raw: RawTable, problems: Problems
) -> dict[str, pd.Series]:
    codes, uniques = pd.factorize(cells.to_numpy(dtype=object))
    texts = np.array([str(text) for text in uniques], dtype=object)
    if column.kind in NUMERIC:
        return _check_numbers(column, cells.index, codes, texts, raw, problems)
    faults = {}
    for number, text in enumerate(texts):
        fault = _text_fault(column, text)
        if fault:
            faults[number] = fault
    _report_cells(column, cells.index, codes, texts, faults, raw, problems)
    return {column.name: pd.Series(texts[codes], index=cells.index, dtype="str")}


def _report_cells(
    column: Column, index: pd.Index, codes: NDArray[np.intp], texts: NDArray[np.object_],
    faults: dict[int, tuple[str, str]], raw: RawTable, problems: Problems,
) -> None:  # fmt: skip
    """`faults`: position in `texts` → what was expected, how to mend it."""
    if not faults:
        return
    wrong = np.flatnonzero(np.isin(codes, np.fromiter(faults, dtype=np.intp)))
    rows = index.to_numpy()
    report(
        problems, wrong[: SHOWN + 1], len(wrong), lambda at: raw.place(int(rows[at]), column.name),
        lambda at: (_shown(texts[codes[at]]), *faults[int(codes[at])]), f"{column.name} does not fit",
    )  # fmt: skip


def _shown(text: str) -> str:
    if text == "":
        return "an empty cell"
    return repr(text) if len(text) <= 60 else repr(text[:57] + "…")


def _text_fault(column: Column, text: str) -> tuple[str, str] | None:
    title = KIND_TEXT[column.kind][1]
    if text == "":
        if column.choices:
            title = f"one of {', '.join(column.choices[:12])}"
        return (title, "fill it") if column.required else None
    if not text.isprintable() and (column.kind is not Kind.TEXT or _hidden(text)):
        return f"{title} without control characters", "type it again: it was copied with invisible characters"
    if column.kind is not Kind.TEXT and text != text.strip(_BLANKS):
        return f"a {title} without blanks around it", f"write {text.strip(_BLANKS)!r}"
    if column.kind is Kind.TEXT and column.required and text != text.strip(_BLANKS):
        return "a text without blanks around it", f"write {text.strip(_BLANKS)!r}"
    if column.choices and text not in column.choices:
        listed = ", ".join(column.choices[:12]) + (" …" if len(column.choices) > 12 else "")
        return f"one of {listed}", nearest(text, column.choices)
    if column.kind is Kind.UNIT and not is_unit(text):
        return "a unit that dafeng knows (docs/units.md)", "check the spelling; 1 for a number without unit"
    pattern = PATTERNS.get(column.kind)
    if pattern and not pattern[0].fullmatch(text):
        return pattern[1], ""
    return None


def _hidden(text: str) -> bool:
    """Whether a text holds control characters other than line ends and tabs."""
    return any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text) or "\x7f" in text


def _check_numbers(
    column: Column, index: pd.Index, codes: NDArray[np.intp], texts: NDArray[np.object_],
    raw: RawTable, problems: Problems,
) -> dict[str, pd.Series]:  # fmt: skip
    numbers = np.full(len(texts), np.nan)
    keys = np.full(len(texts), "", dtype=object)
    expressions = np.full(len(texts), "", dtype=object)
    faults: dict[int, tuple[str, str]] = {}
    for position, text in enumerate(texts):
        word = text.strip(" ")
        if _PLAIN_NUMBER.fullmatch(word):
            numbers[position] = float(word)
            fault = _number_fault(column, numbers[position])
        elif column.keys and word in _KEYS:
            keys[position] = word
            fault = None
        elif column.expressions and word.startswith(_EXPRESSION):
            expressions[position] = word
            fault = None
        else:
            fault = _not_a_number(column, word)
        if fault:
            faults[position] = fault
    _report_cells(column, index, codes, texts, faults, raw, problems)
    values = numbers[codes]
    if column.required and column.kind is not Kind.NUMBER:
        made = {
            column.name: pd.Series(np.where(np.abs(values) < 1e15, values, 0).astype(np.int64), index=index)
        }
    else:
        made = {column.name: pd.Series(values, index=index)}
    if column.keys:
        made[column.key_name] = pd.Series(keys[codes], index=index, dtype="str")
    if column.expressions:
        made[column.expression_name] = pd.Series(expressions[codes], index=index, dtype="str")
    return made


def _number_fault(column: Column, number: float) -> tuple[str, str] | None:
    if not np.isfinite(number):
        return "a finite number", "write the number, or NE"
    if column.kind is not Kind.NUMBER and number != int(number):
        return f"a {KIND_TEXT[column.kind][1]}", ""
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    if not low <= number <= high:
        percent = column.low == 0 and column.high == 1 and 1 < number <= 100
        return _bounds(column), f"write {number / 100:g} if percent is meant" if percent else ""
    return None


def _bounds(column: Column) -> str:
    if column.low is not None and column.high is not None:
        return f"{column.low:g} to {column.high:g}"
    return f"at least {column.low:g}" if column.low is not None else f"at most {column.high:g}"


def _not_a_number(column: Column, word: str) -> tuple[str, str] | None:
    expected = f"a {KIND_TEXT[column.kind][1]}" + (", or a notation key NO, NE, IE, C" if column.keys else "")
    if word == "":
        return (expected, "fill it" + (", or write NE" if column.keys else "")) if column.required else None
    half = word.translate(_HALF_WIDTH).strip()
    if half != word and _PLAIN_NUMBER.fullmatch(half):
        return expected, f"full-width digits: write {half}"
    if word.strip(_BLANKS).upper() in _KEYS:
        return (
            expected,
            f"write {word.strip(_BLANKS).upper()} in capitals, without blanks"
            if column.keys
            else "no key here",
        )
    for pattern, what, mend in _LOOKS:
        if pattern.fullmatch(word):
            return f"{expected}, not {what}", mend
    return expected, "text in a number column: move it to note"


_EXPRESSION = ("=", "＝")
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0x2212: "-",
    0x2013: "-",
}


def _joined(cells: pd.DataFrame, between: str) -> pd.Series:
    """Each row's cells as one text; an empty cell is an empty text."""
    return pd.Series([between.join(map(_text, row)) for row in cells.itertuples(index=False)], cells.index)


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else str(cell)  # type: ignore[call-overload]  # a cell is a scalar


def _check_key(table: Table, frame: pd.DataFrame, raw: RawTable, problems: Problems) -> None:
    """A row given twice, named with the row that it repeats."""
    key = list(table.key)
    repeated = frame.duplicated(key, keep="first").to_numpy()
    if not repeated.any():
        return
    again = frame.index[repeated]
    listed = _joined(frame.loc[again[: SHOWN + 1], key], " ")
    joined = _joined(frame[key], "\0") if len(frame) < 200_000 else None

    def describe(row: int) -> tuple[str, str, str]:
        first = "an earlier row"
        if joined is not None:
            first = f"row {joined.index[joined == joined[row]][0]}"
        return f"{listed[row]} again", f"each {' + '.join(key)} once", f"{first} has it already: delete one"

    report(problems, again, len(again), lambda row: raw.place(row, key[0]), describe, "given twice")
