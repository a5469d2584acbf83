"""Bounds of files as sent, checked before they are unpacked: size, area of the sheets, cells of a line."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

from dafeng.evidence import DafengError, Text

MOST_UNPACKED = 2**30
MOST_CELLS = 12_000_000
"""Cells in the area of one sheet: a reader fills the area up to the last cell, 32 bytes each."""
MOST_COLUMNS = 500
_CHUNK, _OVERLAP = 2**22, 4_096
_FAR = re.compile(rb"r=[\"']([A-Za-z]{2,}\d*|[A-Za-z]\d{6,}|\d{6,})[\"']")
"""A cell or row beyond column Z or row 99,999; ordinary sheets have few or none, and are read past at once.

The pattern begins with what the search can leap to.
"""
_SPACES = (b" =", b"\t=", b"\n=", b"\r=")
_SPACED = re.compile(rb"r=\s")
"""Signs of a reference as no program writes it (a text may have them): every reference is then read."""
_GAP = re.compile(rb"\s{2000,}")
_CELL = re.compile(rb"\sr\s*=\s*[\"']\s*([A-Za-z]*)(\d*)\s*[\"']")
_VALUES = (b"v>", b"t>")
_NEAR_COLUMNS, _NEAR_ROWS = 26, 99_999
_OLD = b"\xd0\xcf\x11\xe0"
"""First bytes of a workbook of Excel 97, and of an encrypted one."""
_LOCAL = 30
"""Bytes of the header of an entry before its name."""
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SAVE = Text("另存为 .xlsx", "save it again as .xlsx")
_WORKBOOK = Text("Excel 工作簿", "an Excel workbook")


def check_workbook(name: str, content: bytes) -> None:
    """Check a workbook before a reader unpacks it.

    Raises
    ------
    DafengError
        Where it unpacks to too much or to more than it says, is damaged, a binary workbook, or one cell lies so far
        out that the area up to it would fill the memory.
    """
    if content.startswith(_OLD):
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
                _check_area(name, content, entry)
            elif entry.filename == "content.xml":
                _check_repeats(name, content, entry)
            else:
                for _ in _parts(name, content, entry):
                    pass
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        zlib.error,
        struct.error,
        ElementTree.ParseError,
    ) as error:
        raise DafengError.at(name, str(error) or type(error).__name__, _WORKBOOK, _SAVE) from error  # fmt: skip


def _check_area(name: str, content: bytes, entry: zipfile.ZipInfo) -> None:
    columns = rows = values = 0
    far = spaced = False
    for part in _parts(name, content, entry):
        values += sum(part.count(sign) for sign in _VALUES)
        spaced = spaced or any(sign in part for sign in _SPACES) or _SPACED.search(part) is not None
        for match in _FAR.finditer(part):
            far = True
            column, row = _address(match[1])
            columns, rows = max(columns, column), max(rows, row)
    where = f"{name} {entry.filename}"
    if values // 2 > MOST_CELLS:
        raise _too_far(where, values // 2, 1)
    if not spaced and (not far or max(columns, _NEAR_COLUMNS) * max(rows, _NEAR_ROWS) <= MOST_CELLS):
        return
    columns = rows = 0
    for part in _parts(name, content, entry):
        if _GAP.search(part):  # longer than what two parts share
            raise DafengError.at(where, Text("成片的空白", "a run of 2,000 spaces"), _WORKBOOK, _SAVE)
        for match in _CELL.finditer(part):
            columns, rows = max(columns, _number(match[1])), max(rows, int(match[2] or 0))
    if columns * rows > MOST_CELLS:
        raise _too_far(where, rows, columns)


def _too_far(where: str, rows: int, columns: int) -> DafengError:
    return DafengError.at(
        where,
        Text(f"一个单元格远在第{rows:,}行、第{columns:,}列", f"a cell as far out as row {rows:,} and column {columns:,}"),
        Text(f"一张表不超过{MOST_CELLS:,}个单元格的区域", f"an area of at most {MOST_CELLS:,} cells in a sheet"),
        Text("删除数据区以外的行和列后另存", "delete the rows and columns beyond the data and save it again"),
    )  # fmt: skip


def _check_repeats(name: str, content: bytes, entry: zipfile.ZipInfo) -> None:
    """Check the area of the sheets of an OpenDocument file: a row or cell that repeats is written once."""
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(("start", "end"))
    columns = rows = empty = 0
    for part in _parts(name, content, entry, overlap=0):
        parser.feed(part)
        for event, element in cast("Iterator[tuple[str, ElementTree.Element]]", parser.read_events()):
            if event == "start" and element.tag == f"{_TABLE}table":
                columns = rows = empty = 0
            if event == "start" or element.tag != f"{_TABLE}table-row":
                continue
            times, width = _times(element, "rows"), _width(element)
            rows, empty = (rows + empty + times, 0) if width else (rows, empty + times)
            columns = max(columns, width)
            if rows * columns > MOST_CELLS:
                raise _too_far(f"{name} {entry.filename}", rows, columns)
            element.clear()
    parser.close()


def _width(row: ElementTree.Element) -> int:
    """Return the number of cells of a row up to the last one that is not empty."""
    width = at = 0
    for cell in row:
        at += _times(cell, "columns")
        if len(cell) or f"{_OFFICE}value-type" in cell.attrib:
            width = at
    return width


def _times(element: ElementTree.Element, what: str) -> int:
    return int(element.get(f"{_TABLE}number-{what}-repeated", "1"))


def _parts(name: str, content: bytes, entry: zipfile.ZipInfo, overlap: int = _OVERLAP) -> Iterator[bytes]:
    """Unpack an entry part by part, never beyond the size that it says: a reader would go on to the end.

    Each part begins with the last bytes of the one before.
    """
    names, extra = struct.unpack_from("<HH", content, entry.header_offset + _LOCAL - 4)
    begin = entry.header_offset + _LOCAL + names + extra
    packed, total, tail = content[begin : begin + entry.compress_size], 0, b""
    if entry.compress_type == zipfile.ZIP_STORED:
        if len(packed) != entry.file_size:
            raise _more(name, entry)
        yield packed
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED or entry.flag_bits & 1:
        raise NotImplementedError(f"{entry.filename}: compression {entry.compress_type}")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflater.eof:
        part = inflater.decompress(packed, _CHUNK)
        packed = inflater.unconsumed_tail
        total += len(part)
        if total > entry.file_size:
            raise _more(name, entry)
        if not part and not packed and not inflater.eof:
            raise EOFError(f"{entry.filename}: cut off")
        yield tail + part
        tail = part[-overlap:] if overlap else b""


def _more(name: str, entry: zipfile.ZipInfo) -> DafengError:
    found = Text(
        f"展开后超过其声明的{entry.file_size:,}字节",
        f"more than the {entry.file_size:,} bytes that it says it unpacks to",
    )
    return DafengError.at(f"{name} {entry.filename}", found, _WORKBOOK, _SAVE)


def _address(cell: bytes) -> tuple[int, int]:
    letters = cell.rstrip(b"0123456789")
    return _number(letters), int(cell[len(letters) :] or 0)


def _number(letters: bytes) -> int:
    """Return the number of a column.

    >>> _number(b"A"), _number(b"z"), _number(b"AA"), _number(b"XFD")
    (1, 26, 27, 16384)
    """
    found = 0
    for sign in letters.upper():
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
