"""A chunk made ready for the engine: what is told faster here, once for a column, than there for each row.

Periods and origins become codes of the store, looked up once for each different text; instants become times in UTC.
"""

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from dafeng.metering.store import ORIGINS
from dafeng.metering.tables import packaged

UNKNOWN = -1
"""Code of a text that means nothing."""


@cache
def known(column: str) -> dict[str, int]:
    """Lower-case text → code: minutes of a period (0 for a register), or the place of an origin in `ORIGINS`."""
    codes = {name: code for code, name in enumerate(ORIGINS)} if column == "origin" else {}
    for row in packaged("codes"):
        if row["column"] == column:
            codes[row["text"]] = ORIGINS.index(row["code"]) if column == "origin" else int(row["code"])
    return codes


def ready(chunk: pa.Table) -> pa.Table:
    """The chunk with `period_code` and `origin_code` beside those columns, null where the cell is empty, and `start_utc`
    beside starts that are instants; points as a dictionary of names without blanks around them."""
    start = chunk.column("start")
    if pa.types.is_timestamp(start.type) and start.type.tz:
        chunk = chunk.append_column("start_utc", start.cast(pa.timestamp("us"), safe=False))
    point = chunk.column("point")
    if pa.types.is_string(point.type) or pa.types.is_dictionary(point.type):
        chunk = chunk.set_column(chunk.column_names.index("point"), "point", _trimmed(point))
    for column in ("period", "origin"):
        if column in chunk.column_names:
            chunk = chunk.append_column(f"{column}_code", _codes(chunk.column(column), column))
    return chunk


def _trimmed(cells: pa.ChunkedArray) -> pa.Array:
    texts = cells.combine_chunks()
    texts = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
    names = texts.dictionary.cast(pa.string())
    return pa.DictionaryArray.from_arrays(texts.indices, pc.utf8_trim_whitespace(names))


def _codes(cells: pa.ChunkedArray, column: str) -> pa.Array:
    try:
        texts = cells.combine_chunks()
        if not pa.types.is_dictionary(texts.type):
            texts = texts.cast(pa.string()).dictionary_encode()
        meanings = [_code(text, column) for text in texts.dictionary.cast(pa.string()).to_pylist()]
    except pa.ArrowException:  # a type without a text
        return pa.array([UNKNOWN] * len(cells), pa.int32())
    return pa.array(meanings, pa.int32()).take(texts.indices)


def _code(text: str | None, column: str) -> int | None:
    word = (text or "").strip().lower()
    if not word:
        return None
    if word in known(column):
        return known(column)[word]
    try:
        number = float(word) if column == "period" else UNKNOWN
    except ValueError:
        return UNKNOWN
    return int(number) if number in _MINUTES else UNKNOWN


_MINUTES = frozenset({15, 30, 60, 1440, 43200})
