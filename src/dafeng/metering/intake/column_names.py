"""Matching of headings to the columns of a reading: names in Chinese and English, a unit in brackets, a title
above the header.

Senders name their columns as their systems do. `tables/columns.csv` has the names that are understood;
whatever else a table holds is left alone.
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dafeng.evidence import DafengError
from dafeng.metering.store.sql import constant
from dafeng.metering.tables import packaged
from dafeng.units import is_unit

COLUMNS = ("point", "start", "value", "period", "unit", "origin", "version", "quality")
REQUIRED = COLUMNS[:3]

OPTIONAL = ("time", "end", "zone")
"""Columns of the intake alone: the time of day of a date, the end of the period and the zone of times without an offset, which
are checked.
"""

PARTS = ("date", "time")
"""Two columns that together give the start; each of them gives it alone where the other is not there."""

MAX_TITLE_LINES = 20
"""The header is looked for in so many lines: workbooks of offices begin with a title."""

DELIMITERS = ",;\t"
ONE_TABLE = "one table in a sheet or file, its unit in the heading or in a column of its own"
_WITH_UNIT = re.compile(r"(.+?)\s*(?:[(\[]\s*([^()\[\]]+?)\s*[)\]]|[/:_ ]\s*([^\s()\[\]]+))")
"""用量(kWh), 用量[kWh], 用量/kWh, 用量:kWh, 用量 kWh."""


@cache
def _names() -> dict[str, str]:
    return {row["header"]: row["column"] for row in packaged("columns")}


@lru_cache(maxsize=4096)
def meaning(heading: str) -> tuple[str | None, str | None]:
    """Return the column that `heading` names and the unit it states, as 用量(kWh); None where it names none."""
    text = heading.strip().lstrip("\ufeff").translate(str.maketrans("（）［］【】／：", "()[][]/:"))
    column = _names().get(text.lower())
    if column:
        return "start" if column in PARTS else column, None
    stated = _WITH_UNIT.fullmatch(text)
    if stated and _names().get(stated[1].lower()) == "value":
        unit = stated[2] or stated[3]
        if is_unit(unit):
            return "value", unit
    return None, None


_UNIT_SAID = re.compile(
    r"单位\s*(?:[:：]\s*([^\s,;，；、。\"'”()（）\[\]]+)|[(（\[]\s*([^()（）\[\]]+?)\s*[)）\]])"
)
"""单位：MWh, (单位:万千瓦时), 计量单位(kWh); 填报单位：甲厂 names no unit of measurement."""


def unit_said(cells: Iterable[str], where: str) -> str | None:
    """Return the unit that lines above or below a table state, as 单位：MWh; None where they state none.

    Raises: DafengError where they state several.
    """
    said = [one or other for cell in cells for one, other in _UNIT_SAID.findall(cell)]
    units = list(dict.fromkeys(unit for unit in said if is_unit(unit)))
    if len(units) > 1:
        raise DafengError.at(where, f"{units[0]} and {units[1]}", "the unit in one place")
    return units[0] if units else None


def with_unit(headings: Sequence[str], unit: str | None, where: str) -> list[str]:
    """Return the headings with the `unit` that the title states at that of the values, as 数值(MWh).

    Raises: DafengError where the heading of the values states another one.
    """
    if unit is None:
        return list(headings)
    read = {heading: meaning(heading) for heading in headings}
    other = [
        heading
        for heading, (column, stated) in read.items()
        if column == "value" and stated not in {None, unit}
    ]
    if other:
        raise DafengError.at(where, f"{unit} and {other[0]}", "the unit in one place")
    return [
        f"{heading.strip()}({unit})" if read[heading] == ("value", None) else heading for heading in headings
    ]


def _dated(one: str, other: str) -> tuple[str, str] | None:
    """The heading of the date and that of the time of day, where the two are these."""
    parts = {_names().get(heading.strip().lstrip("\ufeff").lower()): heading for heading in (one, other)}
    return (parts["date"], parts["time"]) if set(parts) == set(PARTS) else None


def is_header(headings: Iterable[str]) -> bool:
    """Check whether the line names point, start and value."""
    return {meaning(heading)[0] for heading in headings} >= set(REQUIRED)


def find_header(lines: Sequence[Sequence[str]]) -> int:
    """Return the index of the header among the first rows of a sheet; of the first row with content where
    none names the columns.
    """
    for number, cells in enumerate(lines[:MAX_TITLE_LINES]):
        if is_header(cells):
            return number
    return next((number for number, cells in enumerate(lines) if any(cells)), 0)


def find_header_line(text: str, is_other: Callable[[list[str]], bool]) -> tuple[list[str], str, list[str]]:
    """Return the lines above the header, delimiter and headings of the beginning of a CSV; `is_other` tells headers of
    another form. Raises: csv.Error.
    """
    lines = re.split(r"\r\n|\n|\r", text)[:MAX_TITLE_LINES]
    for number, line in enumerate(lines):
        for delimiter in DELIMITERS:
            if line.count(delimiter) >= len(REQUIRED) - 1:
                cells = next(csv.reader([line], delimiter=delimiter), [])
                if is_header(cells) or is_other(cells):
                    return lines[:number], delimiter, cells
    number = next((number for number, line in enumerate(lines) if line.strip()), 0)
    return lines[:number], ",", next(csv.reader(lines[number : number + 1]), [])


def places(headings: Sequence[str], where: str) -> tuple[dict[str, int], str | None]:
    """Map each column to its index in `headings`, and return the unit that the heading of the values states;
    with `time` where `start` has the date alone.

    Raises: DafengError where two headings mean one column, or one of point, start, value is missing.
    """
    found: dict[str, str] = {}
    unit = None
    for heading in headings:
        column, stated = meaning(heading)
        if column:
            _take(found, column, heading, where, "one column for")
            unit = stated or unit
    if any(column not in found for column in REQUIRED):
        raise DafengError.at(
            where, ", ".join(filter(None, headings))[:200] or "no header", f"columns {', '.join(REQUIRED)}",
            "see the template: dafeng metering init --template",
        )  # fmt: skip
    if unit and "unit" in found:
        raise DafengError.at(where, f"{found['value']} and {found['unit']}", "the unit in one place")
    return {column: headings.index(heading) for column, heading in found.items()}, unit


def _take(found: dict[str, str], column: str, heading: str, where: str, expected: str) -> None:
    """Let `heading` be the column. Raises: DafengError where it is taken, unless the two are date and
    time of a start.
    """
    first = found.get(column)
    dated = _dated(first, heading) if first is not None and "time" not in found else None
    if dated:
        found["start"], found["time"] = dated
    elif first is not None:
        raise DafengError.at(where, f"{first} and {heading}", f"{expected} {column}")
    else:
        found[column] = heading


def places_of_wide(headings: Sequence[str], where: str) -> tuple[dict[str, str], list[str]]:
    """Map each column to its heading in a table without a column of values; return also the unmatched
    headings.

    Raises: DafengError where two headings mean one column.
    """
    found: dict[str, str] = {}
    for heading in headings:
        column = meaning(heading)[0]
        if column:
            _take(found, column, heading, where, "one column for")
    if "time" in found:
        raise DafengError.at(where, found["time"], "a day, and each time in a column of its own")
    return found, unread(headings)


def unread(headings: Iterable[str]) -> list[str]:
    """Return the headings of columns that hold nothing of a reading, in their order."""
    return [heading.strip()[:80] for heading in headings if heading.strip() and meaning(heading)[0] is None]


def as_readings(table: pa.Table, where: str) -> pa.Table:
    """Select the columns of readings, renamed to ours; a unit in the heading becomes a column. Raises:
    as `places`.
    """
    found, unit = places(table.column_names, where)
    columns: dict[str, Any] = {column: _plain(table.column(index)) for column, index in found.items()}
    if "time" in columns:
        columns["start"] = together(columns["start"], columns.pop("time"))
    elif is_day(table.column_names[found["start"]]):
        columns["dated"] = pa.array([True] * table.num_rows)
    if unit:
        columns["unit"] = constant(unit, table.num_rows)
    return pa.table(columns)


def is_day(heading: str) -> bool:
    """Check whether a heading of starts names a date, as 日期."""
    return _names().get(heading.strip().lstrip("\ufeff").lower()) == "date"


_SERIAL = re.compile(r"(3[3-9]|[4-6][0-9]|7[0-2])[0-9]{3}")
"""Days since 1899-12-30 from 1990 to 2099, as a spreadsheet shows a date without a format."""


def day_text(text: str) -> str:
    """Return a date of a column of dates as text, that of a spreadsheet without a format as a calendar date."""
    if _SERIAL.fullmatch(text):
        return f"{date(1899, 12, 30) + timedelta(days=int(text))}"
    return text


def _clock_text(text: str) -> str:
    """Return a time of day, that of a spreadsheet without a format (a fraction of the day) as hours and minutes."""
    if re.fullmatch(r"0?[.][0-9]+", text):
        seconds = round(float(text) * 86400)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return text


def _mapped(texts: pa.ChunkedArray | pa.Array, work: Callable[[str], str]) -> pa.ChunkedArray:
    """Apply `work` to each distinct text."""
    encoded = pc.dictionary_encode(texts)
    parts = encoded.chunks if isinstance(encoded, pa.ChunkedArray) else [encoded]
    return pa.chunked_array(
        [pa.array(map(work, part.dictionary.to_pylist()), pa.string()).take(part.indices) for part in parts],
        pa.string(),
    )


def together(dates: pa.ChunkedArray, times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Join dates and times of day to one text; a row with one of them alone is no time, but shows what
    it has.
    """
    dates, times = (
        pc.utf8_trim_whitespace(pc.fill_null(part.cast(pa.string()), "")) for part in (dates, times)
    )
    dates = pc.replace_substring_regex(dates, r"[ T]00:00(:00(\.0+)?)?$", "")  # a day as workbooks keep it
    dates, times = _mapped(dates, day_text), _mapped(times, _clock_text)
    alone = pc.and_(pc.equal(times, ""), pc.not_equal(dates, ""))
    return pc.binary_join_element_wise(dates, pc.if_else(alone, "?", times), " ")


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Types that the engine does not take, in one that it does."""
    if pa.types.is_float16(column.type):
        return column.cast(pa.float32())
    if pa.types.is_decimal256(column.type) or pa.types.is_null(column.type):
        return column.cast(pa.string())
    return column


def keys_of(keys: Iterable[str], name: str) -> dict[str, str]:
    """Map each column to the key by which JSON objects name it, with `time` where `start` has the date alone;
    our own name goes before others.

    Raises: DafengError where two other names mean one column.
    """
    found: dict[str, str] = {}
    given = {key for key in keys if isinstance(key, str)}
    for key in sorted(given):
        column, stated = meaning(key)
        if column is None or stated or (column in given and key != column):
            continue
        _take(found, column, key, name, "one name for")
    return found


_SAID_ONCE = frozenset(COLUMNS) - {"point", "start"}


def rivals_of(keys: Iterable[str], name: str) -> list[tuple[str, str]]:
    """Return pairs of keys that state one cell of a reading: the one that is read and another. A second name of the point
    or a second time, as of sending, is none. Raises: as `keys_of`.
    """
    given = [key for key in keys if isinstance(key, str)]
    read, named = keys_of(given, name), [(key, meaning(key)[0]) for key in sorted(given)]
    return [
        (read[column], key)
        for key, column in named
        if column in _SAID_ONCE and column in read and key != read[column]
    ]
