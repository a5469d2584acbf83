"""Parsing of the cells of a chunk: texts, numbers, times and codes as typed columns, empty where a cell is
empty.

Arrow reads the plain forms at once; where one cell of a column is written otherwise, the engine reads the
whole column.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dafeng.evidence import UTC8_SECONDS, UTC8_US, DafengError
from dafeng.metering.store.reading_columns import MONTH
from dafeng.metering.store.store import ORIGINS
from dafeng.metering.tables import packaged
from dafeng.units import factor

NEVER = np.iinfo(np.int64).min
"""No moment, among moments in µs since 1970 UTC."""

UNKNOWN, EMPTY = -1, -2
"""Codes of a text that means nothing, and of an empty cell."""

GOOD, BAD = 0, 1
"""Codes of the quality of a reading as its sender states it."""

_FAR = 1 << 58
"""Moments further from 1970 than this in µs (9,000 years) are none."""


class Words(NamedTuple):
    """Texts of a column without blanks around them: the place of each row's text in `texts`, whose last
    is empty.
    """

    places: NDArray[np.int64]
    texts: list[str]

    def coded(self, meanings: Iterable[int]) -> NDArray[np.int64]:
        """Return the code of each row's text, where those of `texts` are given."""
        return np.fromiter(meanings, np.int64, len(self.texts))[self.places]


def words(connection: duckdb.DuckDBPyConnection, cells: pa.ChunkedArray) -> Words:
    """Return the distinct texts of a column of any type."""
    encoded = _encoded(connection, cells)
    texts = [(text or "").strip() for text in encoded.dictionary.to_pylist()]
    return Words(_places(encoded), [*texts, ""])


def _encoded(connection: duckdb.DuckDBPyConnection, cells: pa.ChunkedArray) -> pa.DictionaryArray:
    """The distinct texts of a column, and their places; a slice of a column leaves those of other rows
    behind.
    """
    encoded = cells.combine_chunks()
    few = pa.types.is_dictionary(cells.type) and len(encoded.dictionary) <= max(len(cells), 1000)
    if few and pa.types.is_string(encoded.dictionary.type):
        return encoded
    return _texts(connection, cells).dictionary_encode().combine_chunks()


def _places(encoded: pa.DictionaryArray) -> NDArray[np.int64]:
    """The place of each row's text among the distinct ones; after the last where there is none."""
    places: NDArray[np.int64] = _filled(encoded.indices.cast(pa.int64()), len(encoded.dictionary))
    return places


def _texts(connection: duckdb.DuckDBPyConnection, cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of any type as texts."""
    if pa.types.is_string(cells.type):
        return cells
    if pa.types.is_dictionary(cells.type) and pa.types.is_string(cells.type.value_type):
        return cells.cast(pa.string())
    return _asked(connection, "CAST(cell AS VARCHAR)", cells)


def _asked(connection: duckdb.DuckDBPyConnection, expression: str, cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """The engine's `expression` of each `cell`."""
    sent = pa.table({"cell": cells})  # noqa: F841 - the engine finds it by its name
    return connection.sql(f"SELECT {expression} AS found FROM sent").to_arrow_table().column("found")


def numbers(connection: duckdb.DuckDBPyConnection, cells: pa.ChunkedArray) -> NDArray[np.float64]:
    """Parse numbers, NaN where a cell is none."""
    if pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type):
        return _filled(cells.cast(pa.float64(), safe=False), np.nan)
    texts = _texts(connection, cells)
    try:
        found = texts.cast(pa.float64())
    except pa.ArrowInvalid:
        found = _asked(
            # the engine also reads 1_000, which is no number that a meter writes
            connection,
            "CASE WHEN NOT contains(cell, '_') THEN TRY_CAST(trim(cell) AS DOUBLE) END",
            texts,
        )
    return _filled(found, np.nan)


def scales(unit: Words, units: tuple[str, ...], own: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return factors from the sender's unit to the `own` of the points, places in `units`; NaN where the two are of
    different kinds.
    """
    pairs, index = np.unique(unit.places * len(units) + own, return_inverse=True)
    told = (divmod(pair, len(units)) for pair in pairs.tolist())
    return np.array([_scale(unit.texts[sent], units[to]) for sent, to in told])[index]


def _scale(sent: str, own: str) -> float:
    if sent in {"", own}:
        return 1.0
    try:
        return factor(sent, own)
    except DafengError:
        return float("nan")


def without_unit(
    cells: pa.ChunkedArray, unit: Words, place: NDArray[np.int64], scale: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """Return the rows whose cell of a unit is left blank beside others of the same point that state another than the
    registry's, as below a merged cell; None where none is blank. An object without the key has no such cell.
    """
    blank = unit.coded(not text for text in unit.texts).astype(bool)
    if not blank.any() or np.all(scale == 1):
        return None
    found: NDArray[np.bool_] = (
        blank & cells.is_valid().to_numpy() & np.isin(place, place[~blank & (scale != 1)])
    )
    return found


class Wholes(NamedTuple):
    """Whole numbers of a column, -1 where a cell is none, and a mask of the cells that are not empty."""

    values: NDArray[np.int64]
    given: NDArray[np.bool_]


def wholes(connection: duckdb.DuckDBPyConnection, cells: pa.ChunkedArray) -> Wholes:
    """Parse whole numbers as a column of any type writes them."""
    texts = _texts(connection, cells)
    given = pc.not_equal(pc.fill_null(pc.utf8_trim_whitespace(texts), ""), "")
    # the engine rounds 1.5; a workbook writes 2 as 2.0
    whole = "regexp_full_match(trim(cell), '[0-9]{1,18}([.]0*)?')"
    found = _asked(
        connection, f"CASE WHEN {whole} THEN TRY_CAST(split_part(trim(cell), '.', 1) AS BIGINT) END", texts
    )
    return Wholes(_filled(found, -1), given.to_numpy())


def _filled(cells: Any, empty: Any) -> NDArray[Any]:
    filled = cells if cells.null_count == 0 else pc.fill_null(cells, empty)
    array: NDArray[Any] = filled.to_numpy()
    return array


def moments(
    connection: duckdb.DuckDBPyConnection, cells: pa.ChunkedArray, period: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Parse times in µs since 1970 UTC, `NEVER` where a cell is none. Without an offset it is Beijing time; a
    month alone is a time where the `period` of the row [min] is a month.
    """
    if pa.types.is_timestamp(cells.type):
        return _instants(cells)
    encoded = _encoded(connection, cells)
    texts, places = pa.chunked_array([encoded.dictionary]), _places(encoded)
    plain = _plain_moments(texts)
    if plain is not None:
        found: NDArray[np.int64] = np.append(plain, NEVER)[places]
        return found
    at = np.append(_filled(_asked(connection, _TIME, texts), NEVER), NEVER)
    month = np.append(_filled(_asked(connection, _MONTH, texts), NEVER), NEVER)
    found = np.where(period == MONTH, np.maximum(at, month)[places], at[places])
    return np.where(_within(found, _FAR), found, NEVER)


def _instants(cells: pa.ChunkedArray) -> NDArray[np.int64]:
    found = _filled(cells.cast(pa.int64()), NEVER)
    many = {"s": 1_000_000, "ms": 1000, "us": 1, "ns": 1}[cells.type.unit]
    inside = _within(found, _FAR // many)
    if cells.type.unit == "ns":
        inside, found = found != NEVER, found // 1000
    moment = found * many - (0 if cells.type.tz else UTC8_US)
    return np.where(inside, moment, NEVER)


def _within(at: NDArray[np.int64], far: int) -> NDArray[np.bool_]:
    """Whether each is nearer to 0 than `far`; the magnitude of `NEVER` is no number of 64 bits."""
    return (at > -far) & (at < far)


def _plain_moments(texts: pa.ChunkedArray) -> NDArray[np.int64] | None:
    """Moments where all are written by ISO 8601 with, or all without, an offset."""
    for zone, offset in (("UTC", 0), (None, UTC8_US)):
        try:
            found = texts.cast(pa.timestamp("us", zone))
        except pa.ArrowInvalid:
            continue
        if zone and pc.any(pc.match_substring_regex(texts, _SPAN)).as_py():
            return None
        at = _filled(found.cast(pa.int64()), NEVER)
        return np.where(_within(at, _FAR), at - offset, NEVER)
    return None


_SPAN = r"\s[0-9]{1,2}:[0-9]{2}-[0-9]|-[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
"""From one time to another, as 09:00-10:00, which by ISO 8601 is nine o'clock ten hours west of Greenwich."""

_TEXT = "trim(cell)"
_TIME = rf"""CASE WHEN regexp_matches(cell, '{_SPAN}') THEN NULL
WHEN regexp_matches(cell, '[A-Za-z]{{3,}}') AND NOT regexp_matches(cell, '(UTC|GMT|Asia/Shanghai)\s*$') THEN NULL
WHEN isfinite(coalesce(TRY_CAST(cell AS TIMESTAMPTZ), TRY_CAST({_TEXT} AS TIMESTAMPTZ), TIMESTAMPTZ 'epoch'))
THEN epoch_us(coalesce(TRY_CAST(cell AS TIMESTAMPTZ), CASE
  WHEN regexp_full_match({_TEXT}, '[0-9]{{19}}') THEN CAST(make_timestamp(CAST({_TEXT} AS BIGINT) // 1000) AS TIMESTAMP) AT TIME ZONE 'UTC'
  WHEN regexp_full_match({_TEXT}, '[0-9]{{16}}') THEN make_timestamp(CAST({_TEXT} AS BIGINT)) AT TIME ZONE 'UTC'
  WHEN regexp_full_match({_TEXT}, '[0-9]{{5}}([.][0-9]+)?') AND CAST({_TEXT} AS DOUBLE) BETWEEN 32874 AND 73050
    THEN to_timestamp(round((CAST({_TEXT} AS DOUBLE) - 25569) * 86400) - {UTC8_SECONDS})
  WHEN regexp_full_match({_TEXT}, '[0-9]{{13}}') THEN to_timestamp(CAST({_TEXT} AS BIGINT) / 1000)
  WHEN regexp_full_match({_TEXT}, '[0-9]{{10}}') THEN to_timestamp(CAST({_TEXT} AS BIGINT))
  WHEN regexp_full_match({_TEXT}, '[0-9]{{14}}') THEN CAST(try_strptime({_TEXT}, '%Y%m%d%H%M%S') AS TIMESTAMPTZ)
  WHEN regexp_full_match({_TEXT}, '[0-9]{{12}}') THEN CAST(try_strptime({_TEXT}, '%Y%m%d%H%M') AS TIMESTAMPTZ)
  WHEN regexp_full_match({_TEXT}, '[0-9]{{8}}') THEN CAST(try_strptime({_TEXT}, '%Y%m%d') AS TIMESTAMPTZ)
  WHEN regexp_full_match({_TEXT}, '[0-9]{{4}}[-/.年][0-9]{{1,2}}月?') THEN NULL
  ELSE TRY_CAST(regexp_replace(regexp_replace(regexp_replace(regexp_replace({_TEXT},
    '^([0-9]{{4}})[.年]([0-9]{{1,2}})[.月]([0-9]{{1,2}})日?\s*', '\1-\2-\3 '),
    '[时点分]([0-9])', ':\1', 'g'), '[时点]整?$', ':00'), '[分秒]$', '') AS TIMESTAMPTZ) END)) END"""
"""Times as other systems write them: epoch seconds to nanoseconds, days of a spreadsheet (45688.0104, from
1990 to 2099), digits without separators, and 2025年1月31日 0时15分. A zone by a name that several have (CST is China's
and Chicago's) leaves no time, and neither does a span of two times."""

_MONTH = f"""CASE WHEN regexp_full_match({_TEXT}, '[0-9]{{4}}[-/.年][0-9]{{1,2}}月?')
THEN epoch_us(TRY_CAST(regexp_replace(regexp_replace({_TEXT}, '[/.年]', '-'), '月', '') || '-01' AS TIMESTAMPTZ)) END"""


def coded(found: Words, column: str) -> NDArray[np.int64]:
    """Return the minutes of periods (0 for a register), or the places of origins in `ORIGINS`; UNKNOWN,
    EMPTY.
    """
    return found.coded(_code(text.lower(), column) for text in found.texts)


@cache
def _meanings(column: str) -> dict[str, int]:
    codes = {name: code for code, name in enumerate(ORIGINS)} if column == "origin" else {}
    for row in packaged("codes"):
        if row["column"] == column:
            codes[row["text"]] = ORIGINS.index(row["code"]) if column == "origin" else int(row["code"])
    if column == "quality":
        codes |= {"good": GOOD, "bad": BAD}
    return codes


def _code(word: str, column: str) -> int:
    if not word:
        return EMPTY
    if word in _meanings(column):
        return _meanings(column)[word]
    try:
        number = float(word) if column == "period" and "_" not in word else UNKNOWN
    except ValueError:
        return UNKNOWN
    return int(number) if number in _MINUTES else UNKNOWN


_MINUTES = frozenset({15, 30, 60, 1440, MONTH})
"""Texts reported to a sender."""
