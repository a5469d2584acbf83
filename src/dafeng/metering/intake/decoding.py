"""Bodies and files in, Arrow chunks of raw rows out: JSON, NDJSON, CSV, XLSX, Parquet.

Nothing is judged here but the form. Malformed rows of a CSV or NDJSON are refused one by one, a body that
is no JSON or no workbook is refused whole. Sizes are bounded before anything is unpacked.
"""

import csv
import gzip
import io
import mmap
import re
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from dafeng.evidence import DafengError, Problem
from dafeng.metering.intake.column_names import (
    find_header_line,
    meaning,
    places,
    unit_said,
    unread,
    with_unit,
)
from dafeng.metering.intake.encodings import as_utf8
from dafeng.metering.intake.json_objects import decode_json, decode_ndjson
from dafeng.metering.intake.rows import UNREADABLE, Decoded, numbered
from dafeng.metering.intake.sheets import decode_workbook
from dafeng.metering.intake.size_limits import (
    MAX_MALFORMED,
    check_parquet,
    check_texts,
)
from dafeng.metering.intake.wide_tables import decode_wide, is_wide, swallowed

CHUNK_ROWS = 1 << 20
MAX_UNPACKED = 1 << 30
"""Largest size in bytes of a file that is read as a whole."""

MAX_UNPACKED_FILE = 256 << 20
"""Largest unpacked size in bytes of a file compressed by gzip."""

FORMATS = {
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
}


def kind_of(path: Path) -> str | None:
    """Return the kind of a file by its ending, `.gz` aside; None for an unknown one."""
    name = path.name.lower().removesuffix(".gz")
    return FORMATS.get(Path(name).suffix)


def decode_file(path: Path) -> Decoded:
    """Decode a file of readings.

    Raises: DafengError where the file is not there, its ending is unknown, or it is not of the declared kind.
    """
    kind = kind_of(path)
    if kind is None:
        raise DafengError.at(
            str(path), path.suffix or "no ending", ", ".join(FORMATS), "name the file by its format"
        )
    if not path.is_file():
        raise DafengError.at(str(path), "no file", "a file of readings")
    if path.suffix.lower() == ".gz":
        return decode_bytes(unzip(path.read_bytes(), MAX_UNPACKED_FILE, path.name), kind, path.name)
    if kind == "parquet":
        return _parquet(path)
    if kind == "csv":
        return _csv(path)
    if path.stat().st_size > MAX_UNPACKED:
        raise DafengError.at(
            str(path), f"{path.stat().st_size} bytes", f"at most {MAX_UNPACKED}", "split the file"
        )
    return decode_bytes(path.read_bytes(), kind, path.name)


def decode_bytes(body: bytes, kind: str, name: str = "body") -> Decoded:
    """Decode a body of `kind` json, ndjson, csv, xlsx or parquet. Raises: DafengError where it is not
    that.
    """
    if kind == "json":
        return decode_json(body, name)
    if kind == "ndjson":
        return decode_ndjson(body, name)
    if kind == "csv":
        return _csv(io.BytesIO(body), name)
    if kind == "xlsx":
        return decode_workbook(body, name)
    if kind == "parquet":
        return _parquet(io.BytesIO(body), name)
    raise DafengError.at(name, kind, "json, ndjson, csv, xlsx or parquet")


def unzip(body: bytes, limit: int, name: str = "body") -> bytes:
    """Decompress a gzip body up to `limit` bytes. Raises: DafengError where it is larger or no gzip."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as stream:
            text = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DafengError.at(name, f"{len(body)} bytes ({error})", "a gzip body") from error
    if len(text) > limit:
        raise DafengError.at(
            name, f"more than {limit} bytes unpacked", f"at most {limit}", "send smaller batches"
        )
    return text


def _csv(source: Path | io.BytesIO, name: str | None = None) -> Decoded:
    name = name or (source.name if isinstance(source, Path) else "body")
    decoded = Decoded(iter(()))
    torn: list[int] = []

    def malformed(row: Any) -> str:
        torn.append(row.number)
        decoded.malformed.append(
            Problem(
                f"row {row.number}",
                row.text[:80],
                f"{row.expected_columns} columns",
                "quote cells with commas; no comma at the end of a line",
            )
        )
        return "skip" if len(torn) <= MAX_MALFORMED else "error"

    stream = as_utf8(source)
    titles, delimiter, header = _csv_header(stream, name)
    above, unit = len(titles), unit_said(titles, f"{name}:1")
    if is_wide(header):
        text = (
            stream.read_text(encoding="utf-8-sig")
            if isinstance(stream, Path)
            else stream.getvalue().decode("utf-8-sig")
        )
        lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        begin = lines.index(header)
        return decode_wide(header, list(enumerate(lines[begin + 1 :], begin + 2)), name, unit)
    decoded.not_read = unread(header)
    header = with_unit(header, unit, f"{name}:{above + 1}")
    places(header, f"{name}:{above + 1}")
    try:
        reader = pacsv.open_csv(
            stream if isinstance(stream, Path) else pa.BufferReader(stream.getvalue()),
            read_options=pacsv.ReadOptions(
                use_threads=False,
                block_size=1 << 25,
                skip_rows=above if unit is None else above + 1,
                column_names=None if unit is None else header,
            ),
            parse_options=pacsv.ParseOptions(
                invalid_row_handler=malformed, delimiter=delimiter, ignore_empty_lines=False
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise DafengError.at(name, str(error)[:200], "CSV with a header line") from error
    chunks = (pa.Table.from_batches([batch]) for batch in reader)
    if _has_quotes(stream):
        chunks = (_without_lines_in_cells(chunk, delimiter, name) for chunk in chunks)
    decoded.chunks = numbered(chunks, name, above + 2, torn)
    return decoded


def _has_quotes(stream: Path | io.BytesIO) -> bool:
    if isinstance(stream, io.BytesIO):
        return b'"' in stream.getvalue()
    with stream.open("rb") as raw, mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b'"') >= 0


def _without_lines_in_cells(chunk: pa.Table, delimiter: str, name: str) -> pa.Table:
    """Return the chunk. Raises: DafengError where a cell holds whole lines: a quote that nobody closes takes the rows after
    it into its cell.
    """
    lines = "[\r\n]" + f"[^\r\n]*{re.escape(delimiter)}" * (chunk.num_columns - 1)
    for column in chunk.columns:
        inside = pc.match_substring_regex(column, lines)
        if pc.any(inside).as_py():
            text = column.filter(inside)[0].as_py()
            raise swallowed(name, text)
    return chunk


def _csv_header(stream: Any, name: str) -> tuple[list[str], str, list[str]]:
    with stream.open("rb") if isinstance(stream, Path) else io.BytesIO(stream.getvalue()) as raw:
        text = raw.read(1 << 16).decode("utf-8-sig", errors="replace")
    try:
        found = find_header_line(text, is_wide)
    except csv.Error as error:
        raise DafengError.at(f"{name}:1", str(error)[:200], "CSV with a header line") from error
    if not found[2]:
        raise DafengError.at(name, "an empty file", "CSV with a header line")
    return found


def _parquet(source: Path | io.BytesIO, name: str | None = None) -> Decoded:
    name = name or (source.name if isinstance(source, Path) else "body")
    try:
        file = pq.ParquetFile(source)
        wanted = [header for header in file.schema_arrow.names if meaning(header)[0]]
        texts = [header for header in wanted if meaning(header)[0] in {"point", "origin"}]
        if isinstance(source, io.BytesIO):
            texts = check_parquet(file, name, wanted)
        source_again = source if isinstance(source, Path) else io.BytesIO(source.getvalue())
        file = pq.ParquetFile(source_again, metadata=file.metadata, read_dictionary=texts, pre_buffer=False)
        places(file.schema_arrow.names, name)
    except UNREADABLE as error:
        raise DafengError.at(name, str(error)[:200], "a Parquet file") from error
    registry = (file.schema_arrow.metadata or {}).get(b"dafeng.registry")
    chunks = _gathered(file.iter_batches(CHUNK_ROWS, columns=wanted), name)
    left = unread(file.schema_arrow.names)
    return Decoded(numbered(chunks, name, 1), registry=registry.decode() if registry else None, not_read=left)


def _gathered(batches: Iterator[pa.RecordBatch], name: str) -> Iterator[pa.Table]:
    """Small row groups put together to chunks of about `CHUNK_ROWS`."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        check_texts(batch, name)
        held.append(batch)
        if sum(part.num_rows for part in held) >= CHUNK_ROWS // 2:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


KIND_OF_TYPE = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.apache.parquet": "parquet",
}
"""Media type → kind of body."""


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """Decompress the body by its content encoding.

    Parameters
    ----------
    body
        Bytes as received.
    encoding
        Identity, gzip, deflate or zstd, as the header names it.
    limit
        Greatest size unpacked [bytes].

    Returns
    -------
    Bytes unpacked.

    Raises
    ------
    DafengError
        For an unknown encoding or more than `limit` bytes unpacked.
    """
    if encoding.strip().lower() == "gzip":
        return unzip(body, limit)
    if encoding.strip().lower() not in {"", "identity"}:
        raise DafengError.at("Content-Encoding", encoding[:80], "gzip or nothing")
    return body


def max_age(days: int) -> timedelta:
    """Return the maximum age of a reading at this interface.

    Parameters
    ----------
    days
        Age in days, above 0.

    Returns
    -------
    Greatest age.
    """
    return timedelta(days=days)
