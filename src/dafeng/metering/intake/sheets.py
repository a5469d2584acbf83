"""Workbooks: every sheet that has a header of readings is read, every other one is named as not read."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow as pa

from dafeng.evidence import DafengError
from dafeng.metering.intake.column_names import MAX_TITLE_LINES, find_header, is_header, places, unread
from dafeng.metering.intake.rows import SHEET, Decoded, Sheet, numbered
from dafeng.metering.intake.size_limits import check_workbook, letters
from dafeng.metering.intake.wide_tables import decode_wide, is_wide

_MOST_DIGITS = 1e15
"""A workbook keeps 15 digits: a longer number is an id that was torn."""


def decode_workbook(body: bytes, name: str) -> Decoded:
    """Decode the readings of all sheets.

    Raises: DafengError where it is no workbook, or no sheet has a header of readings.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        check_workbook(body, name)
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        sheets = {
            sheet: book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            for sheet in book.sheet_names
        }
    except (zipfile.BadZipFile, CalamineError) as error:
        raise DafengError.at(name, str(error)[:200], "an XLSX workbook") from error
    with_rows = {sheet: rows for sheet, rows in sheets.items() if any(any(map(str, row)) for row in rows)}
    if not with_rows:
        raise DafengError.at(name, "an empty sheet", "readings with a header line")
    with_header = [sheet for sheet, rows in with_rows.items() if _has_header(rows)]
    chosen = with_header or [next(iter(with_rows))]
    parts = [_sheet(name, sheet, number, with_rows[sheet]) for number, sheet in enumerate(chosen)]
    left = [f"{sheet} ({len(rows)} rows)" for sheet, rows in with_rows.items() if sheet not in chosen]
    return Decoded(
        _together(parts),
        sheets=tuple(sheet for part in parts for sheet in part.sheets),
        not_read=[column for part in parts for column in part.not_read] + left,
    )


def _together(parts: list[Decoded]) -> Iterator[pa.Table]:
    """The rows of all sheets as one table: values of two sheets for one period contradict each other."""
    chunks = [_without_dictionaries(chunk) for part in parts for chunk in part.chunks]
    if chunks:
        yield pa.concat_tables(chunks, promote_options="default")


def _without_dictionaries(chunk: pa.Table) -> pa.Table:
    """The table with plain texts: a unit of a heading is a text once, that of a column one a row."""
    types = [
        field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in chunk.schema
    ]
    return chunk.cast(pa.schema(zip(chunk.column_names, types, strict=True)))


def _has_header(rows: list[list[Any]]) -> bool:
    return any(is_header(line) or is_wide(line) for line in map(_texts, rows[:MAX_TITLE_LINES]))


def _sheet(name: str, sheet: str, number: int, rows: list[list[Any]]) -> Decoded:
    """The readings of a sheet; its rows are numbered from `number` × `SHEET`."""
    lines = [_texts(row) for row in rows[:MAX_TITLE_LINES]]
    wide = next((above for above, line in enumerate(lines) if is_wide(line)), None)
    above = find_header(lines) if wide is None else wide
    header, first = lines[above], number * SHEET + above + 2
    readings = [[_cell(cell) for cell in row] for row in rows[above + 1 :]]
    if wide is not None:
        decoded = decode_wide(header, list(enumerate(readings, first)), f"{name}:{sheet}")
        return Decoded(
            decoded.chunks,
            decoded.malformed,
            sheets=(Sheet(sheet, {}),),
            not_read=_in(sheet, decoded.not_read),
        )
    columns = places(header, f"{sheet}!{above + 1}")[0]
    table = pa.Table.from_arrays(
        [pa.array([row[index] for row in readings], pa.string()) for index in range(len(header))],
        names=header,
    )
    cells = {column: letters(index) for column, index in columns.items()}
    return Decoded(
        numbered(iter([table]), name, first),
        sheets=(Sheet(sheet, cells),),
        not_read=_in(sheet, unread(header)),
    )


def _in(sheet: str, columns: list[str]) -> list[str]:
    return [f"{sheet}!{column}" for column in columns]


def _texts(row: list[Any]) -> list[str]:
    return [_cell(cell).strip() for cell in row]


def _cell(value: Any) -> str:
    if isinstance(value, timedelta):  # a time of day as [h]:mm, which goes on after 24:00
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, float):
        if abs(value) >= _MOST_DIGITS:
            return f"{value:.14e}"
        return repr(int(value)) if value.is_integer() else repr(value)
    return str(value)
