"""Validation of a raw table against its schema: typed columns, and every cell that does not fit.

Vectorised: a cell is only looked at in Python where it is distinct and wrong, so that a table of a million
rows takes seconds. Of one kind of problem in one column the first are listed and the others counted.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from dafeng.evidence import NotationKey, Problems, Text, chinese
from dafeng.tables.cells import Fault, choice_id, number_fault, parse_cell, text_fault
from dafeng.tables.columns import LISTS, NUMERIC, WHOLE, Column, Kind, Table, words
from dafeng.tables.reading import SHOWN, RawTable
from dafeng.tables.rows import check_header
from dafeng.tables.values import plain_number

Values = NDArray[Any] | ExtensionArray
"""Values of a column, in the order of the rows."""

FAULT = "fault."
"""Prefix of the catalogue rows that name what is wrong with the rows counted."""
_TYPED = {Kind.DATE: "datetime64[s]", Kind.TIME: "datetime64[s]", Kind.FLAG: "boolean"}
"""Kinds that a typed table holds as something else than text or numbers → their dtype; an empty cell is
missing."""


def check_table(table: Table, raw: RawTable, problems: Problems) -> pd.DataFrame:
    """Convert `raw` to typed rows; whatever does not fit `table` is added to `problems`.

    Columns of texts, ids and lists hold str ("" for an empty cell), required years int64, other numbers
    float64, dates and times datetime64[s], flags boolean. A number column that may hold notation keys has a
    companion `<name>_key` ("" where there is a number), one that may hold expressions `<name>_expression`.

    Parameters
    ----------
    table
        Table with its columns and key.
    raw
        Cells as text, header apart.
    problems
        List that the problems are added to.

    Returns
    -------
    Typed rows, indexed by the row of the file (the header is row 1).
    """
    if not check_header(table, raw.header, raw.place(1, ""), problems):
        return empty_frame(table)
    if len(raw.cells) == 0:
        problems.add(raw.place(1, ""), words("no_rows"), words("one_row"), words("fill_table"))
        return empty_frame(table)
    position = {name: number for number, name in reversed(list(enumerate(raw.header)))}
    typed: dict[str, Values] = {}
    for column in table.columns:
        if column.name in position:
            cells = raw.cells[raw.cells.columns[position[column.name]]]
            typed.update(_check_column(column, cells, raw, problems))
        else:
            typed.update(_absent(column, raw.cells.index))
    frame = pd.DataFrame(typed, index=raw.cells.index)
    _check_key(table, frame, raw, problems)
    return frame


def empty_frame(table: Table) -> pd.DataFrame:
    """Return a typed table without rows.

    Parameters
    ----------
    table
        Table with its columns.

    Returns
    -------
    Frame of no rows with the types of `check_table`.
    """
    typed: dict[str, Values] = {}
    for column in table.columns:
        typed.update(_absent(column, pd.RangeIndex(2, 2)))
    return pd.DataFrame(typed, index=pd.RangeIndex(2, 2))


def report(
    problems: Problems, rows: Iterable[int], count: int, where: Callable[[int], str],
    describe: Callable[[int], tuple[str, str, str]], kind: str,
) -> None:  # fmt: skip
    """Report the first problems of one kind, and one that counts the others.

    Parameters
    ----------
    problems
        List that the problems are added to.
    rows
        Rows with the fault, in order.
    count
        Number of all such rows.
    where
        Row → place.
    describe
        Row → (found, expected, mend).
    kind
        Name of the fault, for the line that counts the others.
    """
    last = ""
    for number, row in enumerate(rows):
        if number == SHOWN:
            break
        found, expected, mend = describe(row)
        problems.add(where(row), found, expected, mend)
        last = where(row)
    if count > SHOWN:
        more = words(
            "more_rows",
            count=count - SHOWN,
            kind=kind if isinstance(kind, Text) else Text(chinese(kind, FAULT), kind),
        )
        problems.add(last, more, words("none"), words("only_first", count=SHOWN))


def _absent(column: Column, index: pd.Index) -> dict[str, Values]:
    if column.kind in _TYPED:
        return {column.name: pd.Series(None, index=index, dtype=_TYPED[column.kind]).array}
    if column.kind not in NUMERIC:
        return {column.name: _texts(np.full(len(index), "", dtype=object))}
    whole = column.required and column.kind in WHOLE
    value = np.zeros(len(index), dtype=np.int64) if whole else np.full(len(index), np.nan)
    made: dict[str, Values] = {column.name: value}
    if column.keys:
        made[column.key_name] = _texts(np.full(len(index), "", dtype=object))
    if column.expressions:
        made[column.expression_name] = _texts(np.full(len(index), "", dtype=object))
    return made


def _texts(cells: NDArray[np.object_]) -> Values:
    """Return texts in the type of a column of text."""
    texts: Values = pd.Series(cells, dtype="str").array
    return texts


def _check_column(column: Column, cells: pd.Series, raw: RawTable, problems: Problems) -> dict[str, Values]:
    codes, uniques = pd.factorize(cells.to_numpy(dtype=object))
    texts = np.array([str(text) for text in uniques], dtype=object)
    if column.kind in NUMERIC:
        return _check_numbers(column, cells.index, codes, texts, raw, problems)
    faults: dict[int, Fault] = {}
    values: list[object] = []
    for number, text in enumerate(texts):
        value, fault = _value(column, text)
        values.append(value)
        if fault:
            faults[number] = fault
    _report_cells(column, cells.index, codes, texts, faults, raw, problems)
    found = np.array([*values, None], dtype=object)[:-1]  # the None keeps equal tuples from becoming an array
    # the distinct values are converted, not every row
    typed = pd.Series(found, dtype=_TYPED.get(column.kind, "str")).array
    return {column.name: typed.take(codes)}


def _value(column: Column, text: str) -> tuple[object, Fault | None]:
    """Return the typed value of a cell that is no number: text as it is, dates and flags as values."""
    if column.kind in _TYPED:
        return parse_cell(column, text)
    if column.choice_names and column.kind not in LISTS:
        return choice_id(column, text), text_fault(column, text)
    return text, text_fault(column, text)


def _report_cells(
    column: Column, index: pd.Index, codes: NDArray[np.intp], texts: NDArray[np.object_],
    faults: dict[int, Fault], raw: RawTable, problems: Problems,
) -> None:  # fmt: skip
    """Report the cells of `faults`: position in `texts` → why the text does not fit."""
    if not faults:
        return
    wrong = np.flatnonzero(np.isin(codes, np.fromiter(faults, dtype=np.intp)))
    rows = index.to_numpy()
    report(
        problems, wrong[: SHOWN + 1], len(wrong), lambda at: raw.place(int(rows[at]), column.name),
        lambda at: faults[int(codes[at])].of(texts[codes[at]]), words("does_not_fit", column=column.name),
    )  # fmt: skip


def _check_numbers(
    column: Column, index: pd.Index, codes: NDArray[np.intp], texts: NDArray[np.object_],
    raw: RawTable, problems: Problems,
) -> dict[str, Values]:  # fmt: skip
    numbers = np.full(len(texts), np.nan)
    keys = np.full(len(texts), "", dtype=object)
    expressions = np.full(len(texts), "", dtype=object)
    faults: dict[int, Fault] = {}
    low, high = _open_bounds(column)
    whole = column.kind in WHOLE
    for position, text in enumerate(texts):
        # a million distinct numbers pass here: what fits is decided without a call for each of them
        number = plain_number(text.strip(" "))
        if number is None:
            value, fault = parse_cell(column, text)
            if isinstance(value, NotationKey):
                keys[position] = str(value)
            elif value is not None:
                expressions[position] = value
        else:
            numbers[position] = number
            fits = low <= number <= high and not (whole and number != int(number))
            fault = None if fits else number_fault(column, number)
        if fault:
            faults[position] = fault
    _report_cells(column, index, codes, texts, faults, raw, problems)
    values = numbers[codes]
    made: dict[str, Values] = {column.name: values}
    if column.required and whole:
        made[column.name] = np.where(np.abs(values) < 1e15, values, 0).astype(np.int64)
    if column.keys:
        made[column.key_name] = _texts(keys[codes])
    if column.expressions:
        made[column.expression_name] = _texts(expressions[codes])
    return made


def _open_bounds(column: Column) -> tuple[float, float]:
    """Return the bounds within which a number surely fits.

    Nothing surely fits a column with an excluded bound below it.
    """
    largest = np.finfo(np.float64).max
    low = -largest if column.low is None else column.low
    if column.above is not None:
        low = max(low, np.nextafter(column.above, np.inf))
    return float(low), float(largest if column.high is None else column.high)


def _joined(cells: pd.DataFrame, between: str) -> pd.Series:
    """Join each row's cells into one text; an empty cell is an empty text."""
    return pd.Series([between.join(map(_text, row)) for row in cells.itertuples(index=False)], cells.index)


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else str(cell)  # type: ignore[call-overload]  # a cell is a scalar


def _check_key(table: Table, frame: pd.DataFrame, raw: RawTable, problems: Problems) -> None:
    """Report a row given twice, named with the row that it repeats."""
    key = list(table.key)
    repeated = frame.duplicated(key, keep="first").to_numpy()
    if not repeated.any():
        return
    again = frame.index[repeated]
    listed = _joined(frame.loc[again[: SHOWN + 1], key], " ")
    joined = _joined(frame[key], "\0") if len(frame) < 200_000 else None

    def describe(row: int) -> tuple[str, str, str]:
        first = words("earlier_row")
        if joined is not None:
            first = words("row", row=joined.index[joined == joined[row]][0])
        each = words("each_once", key=" + ".join(key))
        return words("again", key=listed[row]), each, words("has_it", first=first)

    report(problems, again, len(again), lambda row: raw.place(row, key[0]), describe, words("given_twice"))
