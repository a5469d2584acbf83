"""Readings as JSON objects: a list, a list under `readings`, or one a line."""

import atexit
import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from dafeng.evidence import DafengError, Problem
from dafeng.metering.intake.column_names import COLUMNS, REQUIRED, is_header, keys_of, together
from dafeng.metering.intake.rows import Decoded
from dafeng.metering.intake.size_limits import MAX_MALFORMED, MAX_ROWS
from dafeng.metering.store.sql import first_row

MAX_PLAIN_JSON = 8 << 20
"""Up to this many characters JSON is read by the language's own reader, many times faster for batches as senders
send them; beyond, by an engine whose memory is bounded."""


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
            table = connection.sql(_reading_sql(connection, name)).to_arrow_table()
        except duckdb.Error as error:
            raise DafengError.at(
                name, str(error).splitlines()[0][:200], "JSON readings", _JSON_FORM
            ) from error
    if "time" in table.column_names:
        start = together(table.column("start"), table.column("time"))
        table = table.drop_columns(["time"]).set_column(table.column_names.index("start"), "start", start)
    return table, [Problem(f"row {row}", text or "nothing", "a JSON object", _JSON_FORM) for row, text in bad]


def _reading_sql(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """The rows of `line` that are objects, their cells by column."""
    objects = "FROM line WHERE json_valid(line) AND json_type(line) = 'OBJECT'"
    given = connection.execute(f"SELECT DISTINCT unnest(json_keys(line)) {objects}").fetchall()
    keys = keys_of((row[0] for row in given), name)
    told = {
        column: _quoted(keys.get(column, column))
        for column in (*COLUMNS, "time")
        if column in keys or column in REQUIRED
    }
    form = ", ".join(f'"{key}": "VARCHAR"' for key in told.values()).replace("'", "''")
    cells = ", ".join(f'reading."{key}" AS {column}' for column, key in told.items())
    return f"SELECT row, {cells} FROM (SELECT row, from_json(line, '{{{form}}}') AS reading {objects})"


def _quoted(key: str) -> str:
    return key.replace('"', '""')


def _check_rows(count: int, most: int, what: str, name: str) -> None:
    if count > most:
        raise DafengError.at(name, f"more than {most} {what}", f"at most {most}", "send smaller batches")


_JSON_FORM = '{"readings": [{"point": "P1", "start": "2025-01-31T00:15:00+08:00", "value": 1.5}]}'


def decode_json(body: bytes, name: str) -> Decoded:
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
    try:
        parsed = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise DafengError.at(f"{name}, {place}", _around(text, error.pos), "JSON", _JSON_FORM) from error
    except (ValueError, RecursionError) as error:
        raise DafengError.at(name, str(error)[:80], "JSON", _JSON_FORM) from error
    rows = parsed.get("readings") if isinstance(parsed, dict) else parsed
    if rows is None and isinstance(parsed, dict) and is_header(parsed):
        rows = [parsed]
    if not isinstance(rows, list):
        raise DafengError.at(name, text[:80] or "nothing", "a list of readings", _JSON_FORM)
    return _objects(((number, None, row) for number, row in enumerate(rows, 1)), name)


def _around(text: str, place: int) -> str:
    """What stands at `place`, to be found again."""
    return text[max(place - 40, 0) : place + 40] or "nothing"


def _parsed(text: str) -> Any:
    """What a line says, None where it is no JSON."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


# NaN and Infinity are no JSON, but some senders write them: the words go on, and the row is refused at its cell
_DECODER = json.JSONDecoder(parse_constant=str)


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
    keys = keys_of(set().union(*objects), name)
    columns = {
        column: _column([row.get(keys.get(column, column)) for row in objects], column == "value")
        for column in (*COLUMNS, "time")
        if column in keys or column in REQUIRED
    }
    if "time" in columns:
        columns["start"] = together(columns["start"], columns.pop("time"))
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


def decode_ndjson(body: bytes, name: str) -> Decoded:
    if len(body) <= MAX_PLAIN_JSON:
        lines = [line.strip(" \r\t") for line in _text(body, name).split("\n")]
        return _objects(((row, line, _parsed(line)) for row, line in enumerate(lines, 1) if line), name)
    sql = (
        "SELECT * FROM (SELECT row_number() OVER () AS row, trim(line, E' \\r\\t') AS line "
        "FROM (SELECT unnest(string_split($1, chr(10))) AS line)) WHERE line <> ''"
    )
    table, malformed = _rows_of_json(sql, _text(body, name), name)
    return Decoded(iter([table]), malformed)
