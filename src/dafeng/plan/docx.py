"""Word documents: paragraphs with their automatic numbers, tables with merged cells, in the order of the page."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from dafeng.evidence import DafengError
from dafeng.plan.formats import LARGEST_TEXT, missing_extra
from dafeng.plan.source import Source, Writer

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
LARGEST_UNPACKED = 200 * 1024 * 1024
LARGEST_PART = 60 * 1024 * 1024
_NUMERALS = "〇一二三四五六七八九"


def read_docx(data: bytes, name: str, digest: str) -> Source:
    """The text of a .docx.

    Raises: DafengError for a zip that is no docx, for one that unpacks to more than a document can hold,
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
    writer = Writer()
    numbers = _Numbering(document)
    for block in _blocks(document.element.body):
        if block.tag == _W + "p":
            text = numbers.prefix(block) + _text(block)
            if text.strip():
                writer.write(text + "\n")
        else:
            _table(block, writer)
        if writer.length > LARGEST_TEXT:
            raise DafengError.at(
                name, f"more than {LARGEST_TEXT:,} characters", "a plan", "cut the plan out of the file"
            )
    if not writer.text.strip():
        raise DafengError.at(
            name, "a Word file without text", "the text of a plan", "pictures of text need OCR first"
        )
    return Source(writer.text, name, "docx", None, digest, True, tables=writer.tables)


def _check_archive(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise DafengError.at(name, "a damaged zip archive", "a .docx") from error
    names = {entry.filename for entry in entries}
    if "word/document.xml" not in names:
        kind = (
            "an Excel workbook"
            if any(n.startswith("xl/") for n in names)
            else "a zip archive that is no Word file"
        )
        raise DafengError.at(name, kind, "a .docx", "unpack it and give the document itself")
    total = sum(entry.file_size for entry in entries)
    largest = max(entry.file_size for entry in entries if entry.filename.endswith((".xml", ".rels")))
    if total > LARGEST_UNPACKED or largest > LARGEST_PART or len(entries) > 20_000:
        raise DafengError.at(
            name, f"a Word file that unpacks to {total / 2**20:.0f} MB", f"at most {LARGEST_UNPACKED // 2**20} MB", "save the text alone as .docx"
        )  # fmt: skip


def _blocks(body: Any) -> Iterator[Any]:
    """Paragraphs and tables in order, also inside content controls."""
    for child in body.iterchildren():
        if child.tag in (_W + "p", _W + "tbl"):
            yield child
        elif child.tag in (_W + "sdt", _W + "sdtContent", _W + "ins", _W + "customXml", _W + "smartTag"):
            yield from _blocks(child)


def _text(paragraph: Any) -> str:
    parts: list[str] = []
    stack = [paragraph]
    while stack:
        node = stack.pop()
        if node.tag in (_W + "del", _FALLBACK, _W + "instrText", _W + "pPr"):
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


def _table(table: Any, writer: Writer) -> None:
    rows: list[list[tuple[object, str]]] = []
    above: dict[int, tuple[object, str]] = {}
    for row in table.iterchildren(_W + "tr"):
        line: list[tuple[object, str]] = []
        for cell in row.iter(_W + "tc"):
            if (
                cell.getparent() is not row
                and cell.getparent().getparent() is not row
                and cell.getparent().getparent().getparent() is not row
            ):
                continue
            width = _value(cell, "gridSpan", 1)
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            continues = merge is not None and merge.get(_W + "val") in (None, "continue")
            column = len(line)
            if continues and column in above:
                item = above[column]
            else:
                text = "\n".join(filter(None, (_text(p).strip() for p in cell.iter(_W + "p"))))
                item = (
                    cell,
                    text,
                )  # the element itself: lxml gives a new proxy, and a used id, once none is held
            line += [item] * min(width, 60)
        above = dict(enumerate(line))
        rows.append(line)
    width = max((len(line) for line in rows), default=0)
    if width < 2 or any(len(text) > 1500 for line in rows for _, text in line):
        for line in rows:
            for text in dict.fromkeys(text for _, text in line):
                writer.write(text + "\n")
        return
    writer.table(rows)


def _value(cell: Any, tag: str, default: int) -> int:
    found = cell.find(f"{_W}tcPr/{_W}{tag}")
    text = found.get(_W + "val") if found is not None else None
    return int(text) if text and text.isdigit() and int(text) > 0 else default


class _Numbering:
    """Numbers that Word shows but does not store: 一、 (一) 1. by list style."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self._counts: dict[tuple[str, int], int] = {}
        self._styles: dict[str, tuple[str, int]] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        abstract: dict[str, dict[int, tuple[str, str, int]]] = {}
        for item in root.iter(_W + "abstractNum"):
            abstract[item.get(_W + "abstractNumId")] = {
                int(level.get(_W + "ilvl") or 0): (
                    _attribute(level, "numFmt", "decimal"), _attribute(level, "lvlText", ""), int(_attribute(level, "start", "1") or 1)
                )
                for level in item.iter(_W + "lvl")
            }  # fmt: skip
        for item in root.iter(_W + "num"):
            link = item.find(_W + "abstractNumId")
            for level, rule in abstract.get(link.get(_W + "val") if link is not None else "", {}).items():
                self._levels[item.get(_W + "numId"), level] = rule
        for style in document.styles.element.iter(_W + "style"):
            if (found := _number_of(style.find(_W + "pPr"))) is not None:
                self._styles[style.get(_W + "styleId")] = found

    def prefix(self, paragraph: Any) -> str:
        properties = paragraph.find(_W + "pPr")
        if properties is None or not self._levels:
            return ""
        found = _number_of(properties)
        if found is None:
            style = properties.find(_W + "pStyle")
            found = self._styles.get(style.get(_W + "val")) if style is not None else None
        if found is None or found not in self._levels or not _text(paragraph).strip():
            return ""
        number, level = found
        form, pattern, start = self._levels[found]
        self._counts[found] = self._counts.get(found, start - 1) + 1
        for deeper in range(level + 1, 10):
            self._counts.pop((number, deeper), None)

        def shown(match: "re.Match[str]") -> str:
            at = int(match.group(1)) - 1
            kind, _, first = self._levels.get((number, at), (form, "", 1))
            return _shown(self._counts.get((number, at), first), kind)

        return re.sub(r"%(\d)", shown, pattern) if form not in ("bullet", "none") else ""


def _attribute(level: Any, tag: str, default: str) -> str:
    found = level.find(_W + tag)
    return str(found.get(_W + "val") or default) if found is not None else default


def _number_of(properties: Any) -> tuple[str, int] | None:
    numbered = properties.find(_W + "numPr") if properties is not None else None
    if numbered is None:
        return None
    number, level = numbered.find(_W + "numId"), numbered.find(_W + "ilvl")
    if number is None or number.get(_W + "val") in (None, "0"):
        return None
    return number.get(_W + "val"), int(level.get(_W + "val") or 0) if level is not None else 0


def _shown(value: int, form: str) -> str:
    chinese = re.search(r"chinese|japanese|ideograph|taiwanese", form, re.I)
    if chinese and 0 < value < 100:
        tens, ones = divmod(value, 10)
        ten = "" if not tens else "十" if tens == 1 else _NUMERALS[tens] + "十"
        return ten + (_NUMERALS[ones] if ones else "")
    if form == "decimalEnclosedCircle" and 1 <= value <= 20:
        return chr(0x2460 + value - 1)
    return str(value)
