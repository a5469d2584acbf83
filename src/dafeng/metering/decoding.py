"""Bodies and files in, Arrow chunks of raw rows out: JSON, NDJSON, CSV, XLSX, Parquet.

Nothing is judged here but the form. Malformed rows of a CSV or NDJSON are refused one by one, a body that
is no JSON or no workbook is refused whole. Sizes are bounded before anything is unpacked.
"""

import atexit
import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from dafeng.evidence import DafengError, Problem
from dafeng.metering.bounds import MAX_MALFORMED, MAX_ROWS, check_parquet, check_workbook
from dafeng.metering.sql import first_row
from dafeng.metering.tables import packaged

CHUNK_ROWS = 1 << 20
MAX_UNPACKED = 1 << 30
"""Largest unpacked size of a compressed body or workbook in bytes."""

MAX_PLAIN_JSON = 8 << 20
"""Up to this many characters JSON is read by the language's own reader, many times faster for batches as senders
send them; beyond, by an engine whose memory is bounded."""

COLUMNS = ("point", "start", "value", "period", "unit", "origin", "version")
REQUIRED = COLUMNS[:3]
FORMATS = {
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
}


UNREADABLE = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What Arrow raises for a file that is not what it says; broken Parquet comes as OSError."""


@dataclass
class Decoded:
    """Chunks of rows, and what could not be read as a row. `registry` comes with simulated readings only."""

    chunks: Iterator[pa.Table]
    malformed: list[Problem] = field(default_factory=list)
    registry: str | None = None


@cache
def _names() -> dict[str, str]:
    return {row["header"]: row["column"] for row in packaged("columns")}


def decode_file(path: Path) -> Decoded:
    """Raises: DafengError where the file is not there, its ending is unknown, or it is not what it says."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise DafengError.at(
            str(path), path.suffix or "no ending", ", ".join(FORMATS), "name the file by its format"
        )
    if not path.is_file():
        raise DafengError.at(str(path), "no file", "a file of readings")
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
    """A body of `kind` json, ndjson, csv, xlsx or parquet. Raises: DafengError where it is not that."""
    if kind == "json":
        return _json(body, name)
    if kind == "ndjson":
        return _ndjson(body, name)
    if kind == "csv":
        return _csv(io.BytesIO(body), name)
    if kind == "xlsx":
        return _xlsx(body, name)
    if kind == "parquet":
        return _parquet(io.BytesIO(body), name)
    raise DafengError.at(name, kind, "json, ndjson, csv, xlsx or parquet")


def unzip(body: bytes, limit: int, name: str = "body") -> bytes:
    """A gzip body unpacked up to `limit` bytes. Raises: DafengError where it is larger or no gzip."""
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


def _text(body: bytes, name: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DafengError.at(name, f"byte {error.start} is not UTF-8", "UTF-8 text") from error


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An engine in memory that parses JSON; each use has a cursor of its own."""
    engine = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": ""})

    def close() -> None:
        engine.close()
        _engine.cache_clear()

    atexit.register(close)
    return engine


_LINE = ", ".join(f'"{column}": "VARCHAR"' for column in COLUMNS)


def _rows_of_json(sql: str, text: str, name: str) -> tuple[pa.Table, list[Problem]]:
    """Objects as rows; `sql` makes lines (row, line) from $1."""
    with _engine().cursor() as connection:
        try:
            connection.execute(
                f"CREATE TEMP TABLE line AS SELECT row, coalesce(line, 'null') AS line FROM ({sql})", [text]
            )
            _check_rows(int(first_row(connection, "SELECT count(*) FROM line")[0]), MAX_ROWS, "rows", name)
            bad = connection.execute(
                "SELECT row, left(line, 80) FROM line WHERE NOT json_valid(line) OR json_type(line) <> 'OBJECT' "
                f"ORDER BY row LIMIT {MAX_MALFORMED + 1}"
            ).fetchall()
            _check_rows(len(bad), MAX_MALFORMED, "rows that are no objects", name)
            table = connection.sql(
                f"SELECT row, unnest(from_json(line, '{{{_LINE}}}')) FROM line "
                "WHERE json_valid(line) AND json_type(line) = 'OBJECT'"
            ).to_arrow_table()
        except duckdb.Error as error:
            raise DafengError.at(
                name, str(error).splitlines()[0][:200], "JSON readings", _JSON_FORM
            ) from error
    return table, [Problem(f"row {row}", text or "nothing", "a JSON object", _JSON_FORM) for row, text in bad]


def _check_rows(count: int, most: int, what: str, name: str) -> None:
    if count > most:
        raise DafengError.at(name, f"more than {most} {what}", f"at most {most}", "send smaller batches")


_JSON_FORM = '{"readings": [{"point": "P1", "start": "2025-01-31T00:15:00+08:00", "value": 1.5}]}'


def _json(body: bytes, name: str) -> Decoded:
    text = _text(body, name).strip()
    if len(text) <= MAX_PLAIN_JSON:
        return _plain_json(text, name)
    items = "$1" if text.startswith("[") else "json_extract($1, '$.readings')"
    with _engine().cursor() as connection:
        try:
            kind = first_row(connection, f"SELECT json_type({items})", [text])[0]
        except duckdb.Error as error:
            raise DafengError.at(name, text[:80] or "nothing", "JSON", _JSON_FORM) from error
    if kind != "ARRAY":
        raise DafengError.at(name, text[:80] or "nothing", "a list of readings", _JSON_FORM)
    sql = (
        "SELECT row_number() OVER () AS row, coalesce(CAST(line AS VARCHAR), 'null') AS line "
        f"FROM (SELECT unnest(from_json({items}, '[\"JSON\"]')) AS line)"
    )
    table, malformed = _rows_of_json(sql, text, name)
    return Decoded(iter([table]), malformed)


def _plain_json(text: str, name: str) -> Decoded:
    parsed = _parsed(text)
    rows = parsed.get("readings") if isinstance(parsed, dict) else parsed
    if parsed is None:
        raise DafengError.at(name, text[:80] or "nothing", "JSON", _JSON_FORM)
    if not isinstance(rows, list):
        raise DafengError.at(name, text[:80] or "nothing", "a list of readings", _JSON_FORM)
    return _objects(((number, None, row) for number, row in enumerate(rows, 1)), name)


def _parsed(text: str) -> Any:
    """What the text says, None where it is no JSON; NaN and Infinity are none."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _no_constant(word: str) -> None:
    raise ValueError(word)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _objects(rows: Iterable[tuple[int, str | None, Any]], name: str) -> Decoded:
    """Rows (number, text, what it says) as columns; a row that is no object is told with its text."""
    numbers: list[int] = []
    objects: list[dict[str, Any]] = []
    malformed: list[Problem] = []
    for number, text, row in rows:
        if isinstance(row, dict):
            numbers.append(number)
            objects.append(row)
        else:
            found = json.dumps(row, ensure_ascii=False) if text is None else text
            malformed.append(Problem(f"row {number}", found[:80] or "nothing", "a JSON object", _JSON_FORM))
            _check_rows(len(malformed), MAX_MALFORMED, "rows that are no objects", name)
    _check_rows(len(numbers) + len(malformed), MAX_ROWS, "rows", name)
    columns = {column: _column([row.get(column) for row in objects], column == "value") for column in COLUMNS}
    return Decoded(iter([pa.table({"row": pa.array(numbers, pa.int64())} | columns)]), malformed)


def _column(cells: list[Any], numbers: bool) -> pa.Array:
    """Texts; with `numbers` floats as they are where all cells are floats."""
    kinds = set(map(type, cells))
    if numbers and kinds == {float}:
        return pa.array(cells, pa.float64())
    return pa.array(cells if kinds <= {str, type(None)} else [_text_of(cell) for cell in cells], pa.string())


def _text_of(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return repr(cell) if type(cell) in {int, float} else json.dumps(cell, ensure_ascii=False)


def _ndjson(body: bytes, name: str) -> Decoded:
    if len(body) <= MAX_PLAIN_JSON:
        lines = [line.strip(" \r\t") for line in _text(body, name).split("\n")]
        return _objects(((row, line, _parsed(line)) for row, line in enumerate(lines, 1) if line), name)
    sql = (
        "SELECT * FROM (SELECT row_number() OVER () AS row, trim(line, E' \\r\\t') AS line "
        "FROM (SELECT unnest(string_split($1, chr(10))) AS line)) WHERE line <> ''"
    )
    table, malformed = _rows_of_json(sql, _text(body, name), name)
    return Decoded(iter([table]), malformed)


def _rename(table: pa.Table, name: str) -> pa.Table:
    found: dict[str, str] = {}
    for header in table.column_names:
        column = _names().get(header.strip().lower())
        if column in found:
            raise DafengError.at(f"{name}:1", f"{found[column]} and {header}", f"one column for {column}")
        if column:
            found[column] = header
    missing = [column for column in REQUIRED if column not in found]
    if missing:
        raise DafengError.at(
            f"{name}:1", ", ".join(table.column_names)[:200] or "no header", f"columns {', '.join(REQUIRED)}",
            "see the template: dafeng metering init --template",
        )  # fmt: skip
    return table.select(list(found.values())).rename_columns(list(found))


def numbered(chunks: Iterator[pa.Table], name: str, first: int) -> Iterator[pa.Table]:
    for chunk in chunks:
        if chunk.num_rows:
            rows = pa.array(np.arange(first, first + chunk.num_rows))
            first += chunk.num_rows
            yield _rename(chunk, name).append_column("row", rows)


def _utf8(source: Path | io.BytesIO) -> Any:
    """The bytes as UTF-8; files of older spreadsheets come in GB 18030."""
    raw = source.read_bytes() if isinstance(source, Path) else source.getvalue()
    try:
        raw.decode("utf-8")
        return source
    except UnicodeDecodeError:
        return io.BytesIO(raw.decode("gb18030", errors="replace").encode())


def _csv(source: Path | io.BytesIO, name: str | None = None) -> Decoded:
    name = name or (source.name if isinstance(source, Path) else "body")
    decoded = Decoded(iter(()))

    def malformed(row: Any) -> str:
        decoded.malformed.append(
            Problem(
                f"row {row.number}",
                row.text[:80],
                f"{row.expected_columns} columns",
                "quote cells with commas",
            )
        )
        return "skip" if len(decoded.malformed) <= MAX_MALFORMED else "error"

    stream = _utf8(source)
    header = _csv_header(stream, name)
    try:
        reader = pacsv.open_csv(
            stream if isinstance(stream, Path) else pa.BufferReader(stream.getvalue()),
            read_options=pacsv.ReadOptions(use_threads=False, block_size=1 << 25),
            parse_options=pacsv.ParseOptions(invalid_row_handler=malformed),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise DafengError.at(name, str(error)[:200], "CSV with a header line") from error
    chunks = (pa.Table.from_batches([batch]) for batch in reader)
    decoded.chunks = numbered(chunks, name, 2)
    return decoded


def _csv_header(stream: Any, name: str) -> list[str]:
    with stream.open("rb") if isinstance(stream, Path) else io.BytesIO(stream.getvalue()) as raw:
        line = raw.readline(1 << 16).decode("utf-8-sig", errors="replace")
    try:
        header = next(csv.reader([line.splitlines()[0] if line.strip() else ""]), [])
    except csv.Error as error:
        raise DafengError.at(f"{name}:1", str(error)[:200], "CSV with a header line") from error
    if not header:
        raise DafengError.at(name, "an empty file", "CSV with a header line")
    return header


def _parquet(source: Path | io.BytesIO, name: str | None = None) -> Decoded:
    name = name or (source.name if isinstance(source, Path) else "body")
    try:
        file = pq.ParquetFile(source)
        fields = file.schema_arrow.names
        wanted = [header for header in fields if header.strip().lower() in _names()]
        point = [header for header in wanted if _names()[header.strip().lower()] in {"point", "origin"}]
        if isinstance(source, io.BytesIO):
            check_parquet(source.getvalue(), name, wanted)
        source_again = source if isinstance(source, Path) else io.BytesIO(source.getvalue())
        file = pq.ParquetFile(source_again, read_dictionary=point, memory_map=isinstance(source, Path))
    except UNREADABLE as error:
        raise DafengError.at(name, str(error)[:200], "a Parquet file") from error
    registry = (file.schema_arrow.metadata or {}).get(b"dafeng.registry")
    batches = file.iter_batches(CHUNK_ROWS, columns=wanted)
    chunks = _gathered(batches)
    return Decoded(numbered(chunks, name, 1), registry=registry.decode() if registry else None)


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Small row groups put together to chunks of about `CHUNK_ROWS`."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(part.num_rows for part in held) >= CHUNK_ROWS // 2:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def _xlsx(body: bytes, name: str) -> Decoded:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        check_workbook(body, name)
        rows = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    except (zipfile.BadZipFile, CalamineError) as error:
        raise DafengError.at(name, str(error)[:200], "an XLSX workbook") from error
    if not rows:
        raise DafengError.at(name, "an empty sheet", "readings with a header line")
    header = [str(cell).strip() for cell in rows[0]]
    if len(set(header)) != len(header):
        raise DafengError.at(f"{name}:1", ", ".join(header), "columns with different names")
    columns = [[_cell(cell) for cell in column] for column in zip(*rows[1:], strict=True)] or [
        [] for _ in header
    ]
    table = pa.table(
        {title: pa.array(column, pa.string()) for title, column in zip(header, columns, strict=True)}
    )
    return Decoded(numbered(iter([table]), name, 2))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
