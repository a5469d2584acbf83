"""Limits on the unpacked size of a body, checked before it is unpacked: small files that become huge are
refused.

A compressed body does not state its size, and neither do counts of rows that repeat one value, or a lone cell
in the last corner of a sheet, for which a reader fills a whole rectangle. Declared sizes are not believed
where they can be measured.
"""

import io
import re
import zipfile
import zlib
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dafeng.evidence import DafengError

MAX_BODY_UNPACKED = 256 << 20
"""Largest unpacked size of a workbook or Parquet body in bytes."""

MAX_ROWS = 4_000_000
"""Most rows of one body."""

MAX_CELLS = 4_000_000
"""Most cells of the rectangle that a sheet's references span."""

MAX_TEXT = 1000
"""Longest text of a cell of a Parquet column, in bytes."""

MAX_MALFORMED = 10_000
"""Most rows that are no rows at all; a body with more is refused as a whole."""

_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,10})([0-9]{1,12})["']""")
_SPLIT = "send smaller batches"


def check_workbook(body: bytes, name: str) -> None:
    """Check the unpacked size of a workbook.

    Raises: DafengError where it unfolds to more than the bounds, zipfile.BadZipFile where it is none.
    """
    total, longest = 0, 0
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for entry in archive.infolist():
            content = inflated(body, entry, MAX_BODY_UNPACKED - total, name)
            total += len(content)
            if "sharedstrings" in entry.filename.lower():
                longest = max(longest, *(len(part) for part in re.split(rb"<(?:\w+:)?si\b", content)))
            elif "/worksheets/" in f"/{entry.filename.lower()}":
                _check_sheet(content, name)
        for entry in archive.infolist():
            if longest > MAX_TEXT and "/worksheets/" in f"/{entry.filename.lower()}":
                cells = inflated(body, entry, MAX_BODY_UNPACKED, name).count(b"<")
                if cells * longest > MAX_BODY_UNPACKED:
                    raise DafengError.at(
                        name,
                        f"a text of {longest} bytes in many cells",
                        f"texts up to {MAX_TEXT} bytes",
                        _SPLIT,
                    )


def inflated(body: bytes, entry: zipfile.ZipInfo, room: int, name: str) -> bytes:
    """Decompress the entry to its true end, whatever its header declares. Raises: DafengError beyond
    `room` bytes.
    """
    at = entry.header_offset
    if body[at : at + 4] != b"PK\x03\x04":
        raise zipfile.BadZipFile("an entry without its header")
    start = (
        at
        + 30
        + int.from_bytes(body[at + 26 : at + 28], "little")
        + int.from_bytes(body[at + 28 : at + 30], "little")
    )
    packed = body[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        content = packed
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        try:
            content = zlib.decompressobj(-15).decompress(packed, max(room, 0) + 1)
        except zlib.error as error:
            raise zipfile.BadZipFile(str(error)) from error
    else:
        raise zipfile.BadZipFile("a compression that workbooks do not use")
    if len(content) > room:
        raise DafengError.at(
            name, "a package too large unpacked", f"at most {MAX_BODY_UNPACKED} bytes", _SPLIT
        )
    return content


def _check_sheet(content: bytes, name: str) -> None:
    rows = columns = 0
    for letters, digits in _REFERENCE.findall(content):
        rows, columns = max(rows, int(digits)), max(columns, column_number(letters))
    if rows * max(columns, 1) > MAX_CELLS:
        raise DafengError.at(
            name, f"cells up to row {rows}, column {columns}", f"at most {MAX_CELLS} cells in the sheet",
            "delete stray cells below and beside the readings",
        )  # fmt: skip


def column_number(letters: bytes) -> int:
    """Return the number of a column of a sheet: 1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def letters(index: int) -> str:
    """Return the letters of a column of a sheet: A for 0, AA for 26."""
    text, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def check_parquet(file: pq.ParquetFile, name: str, columns: list[str]) -> list[str]:
    """Check the size of a Parquet body and return its text columns among `columns`.

    Raises: DafengError where its rows or its size are beyond the bounds.
    """
    meta, fields = file.metadata, [field for field in file.schema_arrow if field.name in columns]
    if meta.num_rows > MAX_ROWS or meta.num_row_groups > MAX_ROWS // 100:
        raise DafengError.at(name, f"{meta.num_rows} rows", f"at most {MAX_ROWS} rows", _SPLIT)
    groups = [meta.row_group(number) for number in range(meta.num_row_groups)]
    unpacked = sum(max(group.total_byte_size, _columns_size(group)) for group in groups)
    if unpacked > MAX_BODY_UNPACKED:
        raise DafengError.at(name, f"{unpacked} bytes unpacked", f"at most {MAX_BODY_UNPACKED} bytes", _SPLIT)
    nested = [field.name for field in fields if pa.types.is_nested(field.type)]
    if nested:
        raise DafengError.at(name, f"lists or structures in {', '.join(nested)}", "plain columns")
    return [field.name for field in fields if not (_has_width(field.type) or pa.types.is_null(field.type))]


def _columns_size(group: Any) -> int:
    return sum(group.column(number).total_uncompressed_size for number in range(group.num_columns))


def _has_width(kind: Any) -> bool:
    try:
        return kind.bit_width > 0 and not pa.types.is_dictionary(kind)
    except ValueError:
        return False


def check_texts(batch: pa.RecordBatch, name: str) -> None:
    """Check the length of the dictionary texts of `batch`; a text that repeats is held once.

    Raises: DafengError where one is too long.
    """
    for column, values in zip(batch.schema.names, batch.columns, strict=True):
        texts = values.dictionary if pa.types.is_dictionary(values.type) else values
        if (
            pa.types.is_large_string(texts.type)
            or pa.types.is_string(texts.type)
            or pa.types.is_binary(texts.type)
        ):
            longest = pc.max(pc.binary_length(texts)).as_py() or 0
            if longest > MAX_TEXT:
                raise DafengError.at(
                    f"{name}:{column}", f"a text of {longest} bytes", f"at most {MAX_TEXT} bytes"
                )
