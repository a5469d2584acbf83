"""Readings as JSON objects: a list, a list under `readings`, or one a line."""

import atexit
import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from dafeng.evidence import DafengError, Problem
from dafeng.metering.intake.column_names import (
    COLUMNS,
    OPTIONAL,
    REQUIRED,
    is_day,
    is_header,
    keys_of,
    meaning,
    rivals_of,
    together,
    unread,
)
from dafeng.metering.intake.rows import Decoded
from dafeng.metering.intake.size_limits import MAX_MALFORMED, MAX_ROWS
from dafeng.metering.store.sql import first_row
from dafeng.metering.store.store import OFFLINE

MAX_PLAIN_JSON = 8 << 20
"""Up to this many characters JSON is read by the language's own reader, many times faster for batches as
senders send them; beyond, by an engine whose memory is bounded."""


def _text(body: bytes, name: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DafengError.at(name, f"byte {error.start} is not UTF-8", "UTF-8 text") from error


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An engine in memory that parses JSON; each use has a cursor of its own."""
    engine = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": "", **OFFLINE})

    def close() -> None:
        engine.close()
        _engine.cache_clear()

    atexit.register(close)
    return engine


def _rows_of_json(sql: str, text: str, name: str) -> Decoded:
    """Objects as rows; `sql` makes lines (row, line) from $1."""
    with _engine().cursor() as connection:
        try:
            connection.execute(
                f"CREATE TEMP TABLE line AS SELECT row, coalesce(line, 'null') AS line FROM ({sql})", [text]
            )
            _check_rows(int(first_row(connection, "SELECT count(*) FROM line")[0]), MAX_ROWS, "rows", name)
            bad = connection.execute(
                f"SELECT row, left(line, 80) FROM line WHERE NOT ({_SOUND}) "
                f"ORDER BY row LIMIT {MAX_MALFORMED + 1}"
            ).fetchall()
            _check_rows(len(bad), MAX_MALFORMED, "rows that are no objects", name)
            given = connection.execute(
                f"SELECT DISTINCT unnest(json_keys(line)) FROM line WHERE {_SOUND}"
            ).fetchall()
            keys = [row[0] for row in given]
            asked = [connection.execute(_rivals_sql(pair)).fetchall() for pair in rivals_of(keys, name)]
            twice = {row[0]: row for rows in asked for row in rows}
            _check_rows(len(twice), MAX_MALFORMED, "rows with two values", name)
            connection.execute("DELETE FROM line WHERE row IN (SELECT unnest($1))", [list(twice)])
            table = connection.sql(_reading_sql(keys, name)).to_arrow_table()
        except duckdb.Error as error:
            raise DafengError.at(
                name, str(error).splitlines()[0][:200], "JSON readings", _JSON_FORM
            ) from error
    if "time" in table.column_names:
        start = together(table.column("start"), table.column("time"))
        table = table.drop_columns(["time"]).set_column(table.column_names.index("start"), "start", start)
    elif is_day(keys_of([row[0] for row in given], name).get("start", "")):
        table = table.append_column("dated", pa.array([True] * table.num_rows))
    malformed = [Problem(f"row {row}", text or "nothing", "a JSON object", _JSON_FORM) for row, text in bad]
    malformed += [
        _said_twice(row, {one: first, other: second}) for row, one, first, other, second in twice.values()
    ]
    return Decoded(iter([table]), malformed, not_read=_left(keys, name))


def _rivals_sql(pair: tuple[str, str]) -> str:
    """The rows in which two keys state different values: number, and each key with its value."""
    paths = [f'$."{key}"'.replace("'", "''") for key in pair]
    names = [key.replace("'", "''") for key in pair]
    one, other = (f"(line ->> '{path}')" for path in paths)
    numbers = f"TRY_CAST({one} AS DOUBLE) = TRY_CAST({other} AS DOUBLE)"
    alike = "false" if meaning(pair[1])[1] else f"{one} = {other} OR coalesce({numbers}, false)"
    return (
        f"SELECT row, '{names[0]}', {one}, '{names[1]}', {other} FROM line WHERE {_SOUND} AND NOT coalesce({alike}, true)"
        f" AND {one} IS NOT NULL AND {other} IS NOT NULL"
    )


def _said_twice(row: int, cells: dict[str, Any]) -> Problem:
    found = " and ".join(f"{key} {_text_of(cell)}"[:80] for key, cell in cells.items())
    return Problem(f"row {row}", found, f"one name for {meaning(next(iter(cells)))[0]}", _JSON_FORM)


def _without_rivals(
    numbers: list[int], objects: list[dict[str, Any]], pairs: list[tuple[str, str]], malformed: list[Problem]
) -> tuple[list[int], list[dict[str, Any]]]:
    """The objects of which no two keys state different values of one cell; the others go to `malformed`."""
    kept = []
    for number, row in zip(numbers, objects, strict=True):
        told = ({one: row.get(one), other: row.get(other)} for one, other in pairs)
        twice = next(filter(_differ, told), None)
        if twice:
            malformed.append(_said_twice(number, twice))
        else:
            kept.append((number, row))
    return [number for number, _ in kept], [row for _, row in kept]


def _differ(cells: dict[str, Any]) -> bool:
    (_, one), (key, other) = cells.items()
    if one is None or other is None:
        return False
    # with a unit in its name the same number is another amount
    return bool(meaning(key)[1]) or (one != other and _text_of(one) != _text_of(other))


def _reading_sql(given: list[str], name: str) -> str:
    """The rows of `line` that are objects, their cells by column."""
    objects = f"FROM line WHERE {_SOUND}"
    keys = keys_of(given, name)
    told = {
        column: _quoted(keys.get(column, column))
        for column in (*COLUMNS, *OPTIONAL)
        if column in keys or column in REQUIRED
    }
    form = ", ".join(f'"{key}": "VARCHAR"' for key in told.values()).replace("'", "''")
    cells = ", ".join(f'reading."{key}" AS {column}' for column, key in told.items())
    return f"SELECT row, {cells} FROM (SELECT row, from_json(line, '{{{form}}}') AS reading {objects})"


_ONCE = "len(json_keys({0})) = len(list_distinct(json_keys({0})))"
_SOUND = f"json_valid(line) AND json_type(line) = 'OBJECT' AND {_ONCE.format('line')}"


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
            kind, once = first_row(
                connection,
                f"SELECT json_type({items}), json_type($1) = 'ARRAY' OR {_ONCE.format('$1')}",
                [text],
            )
        except duckdb.Error as error:
            raise DafengError.at(name, text[:80] or "nothing", "JSON", _JSON_FORM) from error
    if not once:
        raise DafengError.at(name, "a key twice", "each key once", _JSON_FORM)
    if kind != "ARRAY":
        raise DafengError.at(name, text[:80] or "nothing", "a list of readings", _JSON_FORM)
    sql = (
        "SELECT row_number() OVER () AS row, coalesce(CAST(line AS VARCHAR), 'null') AS line "
        f"FROM (SELECT unnest(from_json({items}, '[\"JSON\"]')) AS line)"
    )
    return _rows_of_json(sql, text, name)


def _plain_json(text: str, name: str) -> Decoded:
    parsed = parse_json(text, name)
    if isinstance(parsed, dict) and (text.count('"readings"') > 1 or "\\u" in text):
        strict = _STRICT.decode(text)
        if isinstance(strict, Twice):
            raise DafengError.at(name, f"{strict.key} twice", "each key once", _JSON_FORM)
    left = _beside_readings(parsed, name)
    rows = parsed.get("readings") if isinstance(parsed, dict) else parsed
    if rows is None and isinstance(parsed, dict) and is_header(parsed):
        rows = [parsed]
    if not isinstance(rows, list):
        raise DafengError.at(name, text[:80] or "nothing", "a list of readings", _JSON_FORM)
    decoded = _objects(((number, None, row) for number, row in enumerate(rows, 1)), text, name)
    decoded.not_read[:0] = left
    return decoded


def _beside_readings(parsed: Any, name: str) -> list[str]:
    """The keys next to `readings`, which are not read.

    Raises: DafengError where one would state something of each reading.
    """
    if not isinstance(parsed, dict) or "readings" not in parsed:
        return []
    beside = [key for key in parsed if key != "readings"]
    for key in beside:
        if meaning(key)[0]:
            raise DafengError.at(name, f"{key} beside readings", f"{key} in each reading", _JSON_FORM)
    return [key[:80] for key in beside]


class Twice(NamedTuple):
    """Object that has a key twice: which of the two is meant is undecidable."""

    key: str


def _once(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    return Twice(next(key for key in keys if keys.count(key) > 1))


def parse_json(text: str, name: str, decoder: json.JSONDecoder | None = None) -> Any:
    """Parse a JSON text. Raises: DafengError with the place where it is none.

    Half of a surrogate pair, which no store and no answer can hold, becomes U+FFFD.
    """
    try:
        return _whole_texts((decoder or _DECODER).decode(text), text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise DafengError.at(f"{name}, {place}", _around(text, error.pos), "JSON", _JSON_FORM) from error
    except (ValueError, RecursionError) as error:
        raise DafengError.at(name, str(error)[:80], "JSON", _JSON_FORM) from error


_SURROGATE = re.compile(r"\\u[dD][89abAB]|[\ud800-\udfff]|\\u[dD][c-fC-F]")


def _whole_texts(value: Any, text: str) -> Any:
    # a text that was UTF-8 has half a pair only where it is escaped: most have no escape, which is told at once
    return _mended(value) if "\\u" in text and _SURROGATE.search(text) else value


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Twice):
        return Twice(_mended(value.key))
    if isinstance(value, dict):
        return {_mended(key): _mended(part) for key, part in value.items()}
    return [_mended(part) for part in value] if isinstance(value, list) else value


def _around(text: str, place: int) -> str:
    """The text around `place`, for locating it."""
    return text[max(place - 40, 0) : place + 40] or "nothing"


def _parsed(text: str) -> Any:
    """The parsed content of a line, None where it is no JSON."""
    try:
        return _whole_texts(_DECODER.decode(text), text)
    except (ValueError, RecursionError):
        return None


# NaN and Infinity are no JSON, but some senders write them: the words go on, and the row is refused at its cell
_DECODER = json.JSONDecoder(parse_constant=str)
_STRICT = json.JSONDecoder(parse_constant=str, object_pairs_hook=_once)


def _has_key_twice(objects: list[dict[str, Any]], text: str) -> bool:
    """Whether an object may have a key twice: its name is written more often than there are objects that have
    it.

    Reading each object as pairs takes twice as long, and counting names a hundredth of that.
    """
    if "\\u" in text:
        return True
    count: dict[str, int] = {}
    for row in objects:
        for key in row:
            count[key] = count.get(key, 0) + 1
    return any(text.count(json.dumps(key, ensure_ascii=False)) != number for key, number in count.items())


def _objects(rows: Iterable[tuple[int, str | None, Any]], source: str, name: str) -> Decoded:
    """Rows (number, text, parsed content) as columns; a row that is no object is reported with its text."""
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
    if _has_key_twice(objects, source):
        numbers, objects = _refuse_twice(numbers, objects, source, malformed)
    given = set().union(*objects)
    keys, rivals = keys_of(given, name), rivals_of(given, name)
    if rivals:
        numbers, objects = _without_rivals(numbers, objects, rivals, malformed)
    columns = {
        column: _column([row.get(keys.get(column, column)) for row in objects], column == "value")
        for column in (*COLUMNS, *OPTIONAL)
        if column in keys or column in REQUIRED
    }
    if "time" in columns:
        columns["start"] = together(columns["start"], columns.pop("time"))
    elif is_day(keys.get("start", "")):
        columns["dated"] = pa.array([True] * len(objects))
    table = pa.table({"row": pa.array(numbers, pa.int64())} | columns)
    return Decoded(iter([table]), malformed, not_read=_left(given, name))


def _left(given: Iterable[str], name: str) -> list[str]:
    """The keys that hold nothing that is read: of no meaning, or another name of a column beside our own."""
    given = set(given)
    read = set(keys_of(given, name).values())
    return sorted(unread(given) + [key[:80] for key in given - read if meaning(key)[0]])


def _refuse_twice(
    numbers: list[int], objects: list[dict[str, Any]], source: str, malformed: list[Problem]
) -> tuple[list[int], list[dict[str, Any]]]:
    """The objects that have each key once, with their numbers; the others go to `malformed`."""
    strict = iter(_strict_rows(source))
    kept: list[tuple[int, dict[str, Any]]] = []
    twice = {number: row.key for number, row in strict if isinstance(row, Twice)}
    for number, row in zip(numbers, objects, strict=True):
        if number in twice:
            malformed.append(
                Problem(f"row {number}", f"{twice[number]} twice"[:80], "each key once", _JSON_FORM)
            )
        else:
            kept.append((number, row))
    return [number for number, _ in kept], [row for _, row in kept]


def _strict_rows(source: str) -> list[tuple[int, Any]]:
    """The rows of a text, read as pairs: of a list, of the list under `readings`, or one a line."""
    try:
        parsed = _whole_texts(_STRICT.decode(source), source)
    except ValueError:
        lines = [(number, line.strip(" \r\t")) for number, line in enumerate(source.split("\n"), 1)]
        return [(number, _strict(line)) for number, line in lines if line]
    rows = parsed.get("readings", [parsed]) if isinstance(parsed, dict) else parsed
    return list(enumerate(rows, 1)) if isinstance(rows, list) else [(1, rows)]


def _strict(line: str) -> Any:
    try:
        return _whole_texts(_STRICT.decode(line), line)
    except (ValueError, RecursionError):
        return None


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
        return _objects(
            ((row, line, _parsed(line)) for row, line in enumerate(lines, 1) if line), "\n".join(lines), name
        )
    sql = (
        "SELECT * FROM (SELECT row_number() OVER () AS row, trim(line, E' \\r\\t') AS line "
        "FROM (SELECT unnest(string_split($1, chr(10))) AS line)) WHERE line <> ''"
    )
    return _rows_of_json(sql, _text(body, name), name)
