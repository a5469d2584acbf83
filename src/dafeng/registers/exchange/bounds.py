"""Bounds of files as sent, checked before they are unpacked: size, area of the sheets, cells of a line."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from dafeng.evidence import DafengError, Text

MOST_UNPACKED = 2**30
MOST_CELLS = 12_000_000
"""Cells in the area of one sheet: a reader fills the area up to the last cell, 32 bytes each."""
MOST_COLUMNS = 500
_CHUNK, _OVERLAP = 2**22, 64
_FAR = re.compile(rb"r=[\"']([A-Z]{2,3}\d+|[A-Z]\d{6,})[\"']")
"""A cell beyond column Z or row 99,999; ordinary sheets have few or none, and are read past at once.

The pattern begins with what the search can leap to.
"""
_CELL = re.compile(rb"r=[\"']([A-Z]{1,3})(\d{1,9})[\"']")
_NEAR_COLUMNS, _NEAR_ROWS = 26, 99_999
_SAVE = Text("另存为 .xlsx", "save it again as .xlsx")
_WORKBOOK = Text("Excel 工作簿", "an Excel workbook")


def check_workbook(name: str, content: bytes) -> None:
    """Check a workbook, where it is a zip file, before a reader unpacks it.

    Raises
    ------
    DafengError
        Where it unpacks to too much, is damaged, a binary workbook, or one cell lies so far out that the area up
        to it would fill the memory.
    """
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            size = sum(entry.file_size for entry in entries)
            if size > MOST_UNPACKED:
                raise DafengError.at(
                    name, f"a workbook that unpacks to {size:,} bytes", f"at most {MOST_UNPACKED:,}", "split the file"
                )  # fmt: skip
            if any(entry.filename == "xl/workbook.bin" for entry in entries):
                raise DafengError.at(
                    name, Text("二进制工作簿 (.xlsb)", "a binary workbook (.xlsb)"), _WORKBOOK, _SAVE
                )
            for entry in entries:
                if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                    _check_area(name, archive, entry)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise DafengError.at(name, str(error) or type(error).__name__, _WORKBOOK, _SAVE) from error


def _check_area(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    columns, rows, far = 0, 0, False
    for part in _parts(archive, entry):
        for match in _FAR.finditer(part):
            far = True
            column, row = _address(match[1])
            columns, rows = max(columns, column), max(rows, row)
    if not far or max(columns, _NEAR_COLUMNS) * max(rows, _NEAR_ROWS) <= MOST_CELLS:
        return
    columns = rows = 0
    for part in _parts(archive, entry):
        for match in _CELL.finditer(part):
            columns, rows = max(columns, _number(match[1])), max(rows, int(match[2]))
    if columns * rows > MOST_CELLS:
        raise DafengError.at(
            f"{name} {entry.filename}",
            Text(f"一个单元格远在第{rows:,}行、第{columns:,}列", f"a cell as far out as row {rows:,} and column {columns:,}"),
            Text(f"一张表不超过{MOST_CELLS:,}个单元格的区域", f"an area of at most {MOST_CELLS:,} cells in a sheet"),
            Text("删除数据区以外的行和列后另存", "delete the rows and columns beyond the data and save it again"),
        )  # fmt: skip


def _parts(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-_OVERLAP:]


def _address(cell: bytes) -> tuple[int, int]:
    letters = cell.rstrip(b"0123456789")
    return _number(letters), int(cell[len(letters) :])


def _number(letters: bytes) -> int:
    """Return the number of a column.

    >>> _number(b"A"), _number(b"Z"), _number(b"AA"), _number(b"XFD")
    (1, 26, 27, 16384)
    """
    found = 0
    for sign in letters:
        found = found * 26 + sign - 64
    return found


def check_lines(path: Path, content: bytes) -> None:
    """Check that no line of a CSV file holds more cells than a table has.

    Raises
    ------
    DafengError
        With the number of the line.
    """
    for number, line in enumerate(io.BytesIO(content), start=1):
        cells = line.count(b",") + 1
        if cells > 40 * MOST_COLUMNS:
            raise DafengError.at(
                f"{path.name}!{number}", Text(f"{cells:,}个单元格", f"{cells:,} cells"),
                Text(f"至多{MOST_COLUMNS}列", f"at most {MOST_COLUMNS} columns"), Text("拆分文件", "split the file"),
            )  # fmt: skip
