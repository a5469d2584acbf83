"""Workbooks: every sheet that has a header of readings is read, every other one is named as not read."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa

from dafeng.evidence import DafengError
from dafeng.metering.intake.column_names import (
    MAX_TITLE_LINES,
    find_header,
    is_header,
    meaning,
    places,
    unit_said,
    unread,
    with_unit,
)
from dafeng.metering.intake.rows import SHEET, Decoded, Sheet, numbered
from dafeng.metering.intake.size_limits import (
    MAX_BODY_UNPACKED,
    check_workbook,
    column_number,
    inflated,
    letters,
)
from dafeng.metering.intake.wide_tables import decode_wide, is_wide, minute_of

_Range = tuple[tuple[int, int], tuple[int, int]]
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
        sheets = {sheet: book.get_sheet_by_name(sheet) for sheet in book.sheet_names}
        rows_of = {sheet: content.to_python(skip_empty_area=False) for sheet, content in sheets.items()}
        _show_cells_without_value(list(rows_of.values()), body)
        merged = {sheet: content.merged_cell_ranges or [] for sheet, content in sheets.items()}
    except (zipfile.BadZipFile, CalamineError) as error:
        raise DafengError.at(name, str(error)[:200], "an XLSX workbook") from error
    with_rows = {sheet: rows for sheet, rows in rows_of.items() if any(any(map(str, row)) for row in rows)}
    if not with_rows:
        raise DafengError.at(name, "an empty sheet", "readings with a header line")
    with_header = [sheet for sheet, rows in with_rows.items() if _has_header(rows)]
    chosen = with_header or [next(iter(with_rows))]
    parts = [
        _sheet(name, sheet, number, with_rows[sheet], merged[sheet], _is_of_1904(body))
        for number, sheet in enumerate(chosen)
    ]
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


def _sheet(
    name: str, sheet: str, number: int, rows: list[list[Any]], merged: Sequence[_Range], is_of_1904: bool
) -> Decoded:
    """The readings of a sheet; its rows are numbered from `number` × `SHEET`."""
    lines = [_texts(row) for row in rows[:MAX_TITLE_LINES]]
    wide = next((above for above, line in enumerate(lines) if is_wide(line)), None)
    above = find_header(lines) if wide is None else wide
    unit = unit_said((cell for line in lines[:above] for cell in line), f"{sheet}!1")
    header, first = lines[above], number * SHEET + above + 2
    values = [
        index
        for index, heading in enumerate(header)
        if meaning(heading)[0] == "value" or minute_of(heading) is not None
    ]
    _spread_merged(rows, merged, above + 1, values)
    if is_of_1904:
        _as_of_1900(
            rows[above + 1 :],
            [i for i, heading in enumerate(header) if meaning(heading)[0] in {"start", "end"}],
        )
    readings = [[_cell(cell) for cell in row] for row in rows[above + 1 :]]
    if wide is not None:
        decoded = decode_wide(header, list(enumerate(readings, first)), f"{name}:{sheet}", unit)
        return Decoded(
            decoded.chunks,
            decoded.malformed,
            sheets=(Sheet(sheet, {}),),
            not_read=_in(sheet, decoded.not_read),
        )
    not_read = unread(header)
    header = with_unit(header, unit, f"{sheet}!{above + 1}")
    columns = places(header, f"{sheet}!{above + 1}")[0]
    table = pa.Table.from_arrays(
        [pa.array([row[index] for row in readings], pa.string()) for index in range(len(header))],
        names=header,
    )
    cells = {column: letters(index) for column, index in columns.items()}
    return Decoded(
        numbered(iter([table]), name, first),
        sheets=(Sheet(sheet, cells),),
        not_read=_in(sheet, not_read),
    )


def _spread_merged(
    rows: list[list[Any]], merged: Sequence[_Range], first: int, values: Sequence[int]
) -> None:
    """Write what merged cells below the header state into each of them; those of values become no numbers, as one amount
    stands for several periods.
    """
    for (top, left), (bottom, right) in merged:
        if top < first or top >= len(rows) or left >= len(rows[top]):
            continue
        stated, columns = rows[top][left], range(left, min(right + 1, len(rows[top])))
        amounts = set(columns).intersection(values)
        place = f"{_cell(stated)} ({letters(left)}{top + 1}:{letters(right)}{bottom + 1})"
        for row in rows[top : bottom + 1]:
            for column in columns:
                if column not in amounts:
                    row[column] = stated
                elif len(amounts) * (bottom - top + 1) > 1:
                    row[column] = place


_DAYS_FROM_1900_TO_1904 = 1462


def _as_of_1900(rows: list[list[Any]], columns: Sequence[int]) -> None:
    """Count days that have no format of a date from 1900; those with one are dates already."""
    for row in rows:
        for column in columns:
            if isinstance(row[column], float) and 1 <= row[column] < 100_000:
                row[column] += _DAYS_FROM_1900_TO_1904


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


_CELL = re.compile(rb"""<(?:\w+:)?c\s([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)""", re.DOTALL)
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v>(.*?)</(?:\w+:)?v>", re.DOTALL)


def _show_cells_without_value(sheets: list[list[list[Any]]], body: bytes) -> None:
    """Write what stands in cells that the reader takes for empty into the rows of each sheet."""
    found = list(_cells_without_value(body))
    for rows, cells in zip(sheets, found, strict=True) if len(found) == len(sheets) else ():
        for (row, column), text in cells.items():
            if row < len(rows) and column < len(rows[row]) and rows[row][column] == "":
                rows[row][column] = text


def _cells_without_value(body: bytes) -> Iterator[dict[tuple[int, int], str]]:
    """Yield for each sheet of a checked workbook the cells (row, column) that a reader takes for empty, with a text: errors
    as #N/A, and formulas whose result was not stored.
    """
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for entry in _sheet_entries(archive):
            content = inflated(body, archive.getinfo(entry), MAX_BODY_UNPACKED, entry) if entry else b""
            has_any = b't="e"' in content or b"<f" in content or b":f>" in content
            found = (_without_value(*cell.groups(b"")) for cell in _CELL.finditer(content)) if has_any else ()
            yield dict(filter(None, found))


def _without_value(attributes: bytes, content: bytes) -> tuple[tuple[int, int], str] | None:
    place, value = _PLACE.search(attributes), _VALUE.search(content)
    is_error, is_text = b't="e"' in attributes, b't="str"' in attributes
    result = value[1].decode("utf-8", "replace") if value else ""
    if place is None or not (is_error or (b"<f" in content and not result and not is_text)):
        return None
    return (int(place[2]) - 1, column_number(place[1]) - 1), result or "a formula without its result"


def _sheet_entries(archive: zipfile.ZipFile) -> list[str | None]:
    """The file of each sheet, in the order of the workbook."""
    names = {name.lower(): name for name in archive.namelist()}

    def tags(name: str, tag: bytes) -> list[dict[bytes, bytes]]:
        text = archive.read(names[name]) if name in names else b""
        return [
            dict(_ATTRIBUTE.findall(one)) for one in re.findall(rb"<(?:\w+:)?" + tag + rb"\s([^>]*)>", text)
        ]

    targets = {
        one.get(b"Id"): one.get(b"Target", b"") for one in tags("xl/_rels/workbook.xml.rels", b"Relationship")
    }
    found = []
    for sheet in tags("xl/workbook.xml", b"sheet"):
        target = next(
            (targets[value] for name, value in sheet.items() if name.endswith(b":id") and value in targets),
            b"",
        )
        path = target.decode("utf-8", "replace").lower()
        found.append(names.get(path.lstrip("/") if path.startswith("/") else f"xl/{path}"))
    return found


_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*["']([^"']*)["']""")


def _is_of_1904(body: bytes) -> bool:
    """Check whether a checked workbook counts days from 1904."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        content = archive.read("xl/workbook.xml") if "xl/workbook.xml" in archive.namelist() else b""
    return re.search(rb"""date1904\s*=\s*["'](?:1|true)["']""", content) is not None
