"""Reader of Word documents: numbered paragraphs, tables with merged cells, in the order of the page."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from dafeng.evidence import DafengError
from dafeng.plan.documents.limits import LARGEST_TEXT, missing_extra
from dafeng.plan.documents.numbering import Numbering
from dafeng.plan.documents.source import Source, Writer, is_note_mark

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_UNSHOWN = frozenset(
    [_FALLBACK, *(_W + tag for tag in ("del", "moveFrom", "instrText", "pPr", "rPr", "rt", "txbxContent"))]
)
"""Deleted and moved text, field codes, pinyin above characters, and text boxes, which come as blocks of their
own.
"""
LARGEST_UNPACKED = 200 * 1024 * 1024
LARGEST_PART = 20 * 1024 * 1024
_PIECE = 64 * 1024


def read_docx(data: bytes, name: str, digest: str) -> Source:
    """Read the text of a .docx.

    Raises
    ------
    DafengError
        For a zip that is no docx, for one that unpacks to more than a document can hold,
        for a damaged one, and where the extra is missing.
    """
    _check_archive(data, name)
    try:
        import docx
        from lxml import etree
    except ImportError as error:
        raise missing_extra("python-docx", name) from error
    try:
        document = docx.Document(io.BytesIO(data))
    except (
        KeyError,
        ValueError,
        AttributeError,
        zipfile.BadZipFile,
        etree.XMLSyntaxError,
        docx.exceptions.PythonDocxError,
    ) as error:
        raise DafengError.at(
            name,
            f"a damaged Word file ({type(error).__name__})",
            "a .docx that Word opens",
            "save it again as .docx",
        ) from error
    body = document.element.body
    if body is None:
        raise DafengError.at(
            name, "a Word file without a body", "the text of a plan", "save it again as .docx"
        )
    writer = Writer()
    numbers = Numbering(document)
    for block in _blocks(body):
        _write_block(block, writer, numbers, 0)
        if writer.length > LARGEST_TEXT:
            raise DafengError.at(
                name, f"more than {LARGEST_TEXT:,} characters", "a plan", "cut the plan out of the file"
            )
    if not writer.text.strip():
        raise DafengError.at(
            name, "a Word file without text", "the text of a plan", "pictures of text need OCR first"
        )
    return Source(writer.text, name, "docx", None, digest, True, tables=writer.tables)


def _write(parent: Any, writer: Writer, numbers: Numbering, depth: int) -> None:
    for block in _blocks(parent):
        _write_block(block, writer, numbers, depth)


def _write_block(block: Any, writer: Writer, numbers: Numbering, depth: int) -> None:
    if block.tag != _W + "p":
        _table(block, writer, numbers, depth)
        return
    text = _text(block)
    if text.strip():
        writer.write(numbers.prefix(block) + text + "\n")


def _check_archive(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_kind({entry.filename for entry in entries}, name)
            _check_size(entries, name)
            for entry in entries:
                with archive.open(entry) as part:
                    while part.read(_PIECE):
                        pass
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
        raise DafengError.at(name, "a damaged zip archive", "a .docx", "save it again as .docx") from error
    except RuntimeError as error:
        raise DafengError.at(name, "a zip archive with a password", "a .docx without password") from error


def _check_kind(names: set[str], name: str) -> None:
    if "word/document.xml" in names:
        return
    if any(n.startswith("xl/") for n in names):
        kind = "an Excel workbook"
    elif any(n.startswith("ppt/") for n in names):
        kind = "a slide show"
    else:
        kind = "a zip archive that is no Word file"
    raise DafengError.at(name, kind, "a .docx", "give the document itself as .docx")


def _check_size(entries: list[zipfile.ZipInfo], name: str) -> None:
    total = sum(entry.file_size for entry in entries)
    largest = max(entry.file_size for entry in entries if entry.filename.endswith((".xml", ".rels")))
    if total > LARGEST_UNPACKED or largest > LARGEST_PART or len(entries) > 20_000:
        raise DafengError.at(
            name, f"a Word file that unpacks to {total / 2**20:.0f} MB, its text to {largest / 2**20:.0f} MB",
            f"no more than {LARGEST_UNPACKED // 2**20} MB, its text {LARGEST_PART // 2**20} MB", "save the text alone as .docx",
        )  # fmt: skip


def _blocks(body: Any) -> Iterator[Any]:
    """Return paragraphs and tables in order, also inside content controls and (behind their paragraph) text
    boxes.
    """
    for child in body.iterchildren():
        if child.tag in (_W + "p", _W + "tbl"):
            yield child
            if child.tag == _W + "p":
                for box in child.iter(_W + "txbxContent"):
                    within = {above.tag for above in box.iterancestors() if child in above.iterancestors()}
                    if not within & {_FALLBACK, _W + "txbxContent"}:
                        yield from _blocks(box)
        elif child.tag in (
            _W + "sdt",
            _W + "sdtContent",
            _W + "ins",
            _W + "moveTo",
            _W + "customXml",
            _W + "smartTag",
        ):
            yield from _blocks(child)


def _is_note_mark(run: Any, before: list[str]) -> bool:
    """Check for a raised number that refers to a note."""
    raised = run.find(f"{_W}rPr/{_W}vertAlign")
    if raised is None or raised.get(_W + "val") != "superscript":
        return False
    words = "".join(node.text or "" for node in run.iter(_W + "t"))
    return is_note_mark("".join(before[-2:]), words.strip())


def _text(paragraph: Any) -> str:
    parts: list[str] = []
    stack = [paragraph]
    while stack:
        node = stack.pop()
        if node.tag in _UNSHOWN or (node.tag == _W + "r" and _is_note_mark(node, parts)):
            continue
        if node.tag == _W + "t":
            parts.append(node.text or "")
        elif node.tag in (_W + "tab", _W + "cr"):
            parts.append(" ")
        elif node.tag == _W + "br":
            parts.append("\n")
        elif node.tag == _W + "noBreakHyphen":
            parts.append("-")
        stack.extend(reversed(list(node)))
    return "".join(parts)


def _table(table: Any, writer: Writer, numbers: Numbering, depth: int = 0) -> None:
    """Write a table; one that only lays out the page, or holds another table, gives its blocks in order."""
    rows: list[list[tuple[Any, str]]] = []
    above: dict[int, tuple[Any, str]] = {}
    for row in table.iterchildren(_W + "tr"):
        if row.find(f"{_W}trPr/{_W}del") is not None:
            continue
        line: list[tuple[Any, str]] = []
        for cell in _cells(row):
            width = _value(cell, "gridSpan", 1)
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            continues = merge is not None and merge.get(_W + "val") in (None, "continue")
            column = len(line)
            if continues and column in above:
                item = above[column]
            else:
                # The element itself: lxml gives a new proxy, and a used id, once none is held.
                item = (cell, "\n".join(filter(None, (_text(p).strip() for p in cell.iter(_W + "p")))))
            line += [item] * min(width, 60)
        above = dict(enumerate(line))
        rows.append(line)
    if depth < _DEEPEST and _lays_out(rows):
        for cell in dict.fromkeys(cell for line in rows for cell, _ in line):
            _write(cell, writer, numbers, depth + 1)
    else:
        writer.table(rows)


_DEEPEST = 8
"""Tables within tables that are followed."""
_LONGEST_CELL = 1500


def _lays_out(rows: list[list[tuple[Any, str]]]) -> bool:
    """Check whether a table is a frame of text: one column, a cell of pages, or a table of several rows within."""
    width = max((len(line) for line in rows), default=0)
    if width < 2 or any(len(text) > _LONGEST_CELL for line in rows for _, text in line):
        return True
    within = (inner for line in rows for cell, _ in line for inner in cell.iter(_W + "tbl"))
    return any(len(inner.findall(_W + "tr")) > 1 for inner in within)


def _cells(row: Any) -> Iterator[Any]:
    """Return the cells of a row itself, also inside content controls, none of a table within."""
    for cell in row.iter(_W + "tc"):
        near = (cell.getparent(), cell.getparent().getparent(), cell.getparent().getparent().getparent())
        if any(above is row for above in near):
            yield cell


def _value(cell: Any, tag: str, default: int) -> int:
    found = cell.find(f"{_W}tcPr/{_W}{tag}")
    text = found.get(_W + "val") if found is not None else None
    return int(text) if text and text.isdigit() and int(text) > 0 else default
