"""From a file to its characters: text in any usual encoding, web pages; docx and PDF have their own modules."""

import hashlib
import re
from pathlib import Path

from dafeng.evidence import DafengError
from dafeng.plan.source import Source, Writer

LARGEST_FILE = 100 * 1024 * 1024
LARGEST_TEXT = 8_000_000
"""Characters: twenty times the longest plan that we know."""
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "li",
        "ul",
        "ol",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "br",
        "hr",
        "header",
        "footer",
        "blockquote",
        "pre",
        "dd",
        "dt",
        "dl",
        "center",
        "form",
        "td",
        "th",
        "tr",
        "table",
        "title",
        "main",
    ]
)
_UNSEEN = (
    "script",
    "style",
    "noscript",
    "nav",
    "iframe",
    "svg",
    "template",
    "select",
    "button",
    "head",
    "footer",
    "aside",
)


def load_source(path: Path) -> Source:
    """The text of a document, whatever its name says: the content decides the format.

    Raises: DafengError where the file is missing, empty, too large, encrypted, scanned, or no document.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise DafengError.at(str(path), "a folder", "a document: .docx, .pdf, .html or .txt")
        if size > LARGEST_FILE:
            raise DafengError.at(
                str(path), f"{size / 2**20:.0f} MB", f"a document of at most {LARGEST_FILE // 2**20} MB", "cut the plan out of the file"
            )  # fmt: skip
        data = path.read_bytes()
    except OSError as error:
        raise DafengError.at(str(path), error.strerror or str(error), "a file that can be read") from error
    return read_bytes(data, str(path.name))


def read_bytes(data: bytes, name: str) -> Source:
    """The text of a document held in memory. Raises: as `load_source`."""
    digest = hashlib.sha256(data).hexdigest()
    if not data.strip():
        raise DafengError.at(name, "an empty file", "a document: .docx, .pdf, .html or .txt")
    if data[:1024].lstrip()[:5] == b"%PDF-":
        from dafeng.plan.pdf import read_pdf

        return read_pdf(data, name, digest)
    if data[:4] == b"PK\x03\x04":
        from dafeng.plan.docx import read_docx

        return read_docx(data, name, digest)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise DafengError.at(
            name,
            "an old Word or Excel file (or an encrypted docx)",
            "a .docx without password",
            "save it as .docx",
        )
    if data[:5] == b"{\\rtf":
        raise DafengError.at(name, "an RTF file", "a .docx, .pdf, .html or .txt", "save it as .docx")
    text, encoding = decode(data, name)
    if len(text) > LARGEST_TEXT:
        raise DafengError.at(
            name, f"{len(text):,} characters", f"a plan of at most {LARGEST_TEXT:,} characters", "cut the plan out of the file"
        )  # fmt: skip
    if re.match(
        r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body|div|meta|p|table)\b",
        text[:4000],
        re.I | re.S,
    ):
        return _read_html(text, name, encoding, digest)
    return Source(text, name, "txt", encoding, digest)


def decode(data: bytes, name: str) -> tuple[str, str]:
    """(text, encoding): by mark, else UTF-8, else GB18030. Raises: DafengError for bytes that are neither."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise DafengError.at(
                    f"{name}:byte {error.start}", "broken text", f"{encoding} throughout"
                ) from error
    for encoding in ("utf-8", "gb18030", "big5"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        if encoding == "utf-8" or _is_chinese(text):
            return text, encoding
    raise DafengError.at(
        name,
        "bytes that are no text",
        "text in UTF-8 or GB18030",
        "save it as UTF-8, or give the docx or PDF",
    )


_COMMON = re.compile("[的是一和在发展建设推进加强能源绿色低碳工作市省年國發業]")


def _is_chinese(text: str) -> bool:
    """Whether decoded text reads like Chinese and not like bytes taken for it."""
    sample = text[:20_000]
    wide = sum(1 for c in sample if "一" <= c <= "鿿")
    return wide == 0 or sum(1 for _ in _COMMON.finditer(sample)) >= 0.01 * wide


def _read_html(text: str, name: str, encoding: str, digest: str) -> Source:
    try:
        from bs4 import BeautifulSoup
    except ImportError as error:
        raise missing_extra("beautifulsoup4", name) from error
    declared = re.search(r"charset=[\"']?([\w-]+)", text[:3000], re.I)
    soup = BeautifulSoup(text, "lxml")
    for tag in soup(_UNSEEN):
        tag.decompose()
    writer = Writer()
    _write_html(soup.body or soup, writer)
    if not writer.text.strip():
        raise DafengError.at(
            name,
            "a page without text",
            "the text of a plan",
            "save the page with its text, not only its frame",
        )
    found = declared.group(1).lower() if declared else encoding
    return Source(writer.text, name, "html", found, digest, True, tables=writer.tables)


def _write_html(root: object, writer: Writer) -> None:
    """The text below `root`, one line a block, tables as tables; without recursion, for pages nested deeply."""
    from bs4.element import Comment, NavigableString, Tag

    pending: list[str] = []

    def flush() -> None:
        line = re.sub(r"\s+", " ", "".join(pending)).strip()
        pending.clear()
        if line:
            writer.write(line + "\n")

    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if node is _BREAK:
            flush()
        elif isinstance(node, NavigableString) and not isinstance(node, Comment):
            pending.append(str(node))
        elif isinstance(node, Tag):
            rows = _html_table(node) if node.name == "table" else []
            if rows or node.name in _BLOCKS:
                flush()
                stack.append(_BREAK)
            if rows:
                writer.table(rows)
            else:
                stack.extend(reversed(list(node.children)))
    flush()


_BREAK = object()


def _html_table(table: object) -> list[list[tuple[object, str]]]:
    """Rows of a data table, merged cells repeated; nothing for a table that only lays out the page."""
    from bs4.element import Tag

    assert isinstance(table, Tag)
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    grid: dict[tuple[int, int], tuple[object, str]] = {}
    longest = 0
    for r, row in enumerate(rows[:2000]):
        c = 0
        for cell in row.find_all(["td", "th"], recursive=False):
            while (r, c) in grid:
                c += 1
            text = re.sub(r"\s+", " ", cell.get_text(" ")).strip()
            longest = max(longest, len(text))
            height, width = _spans(cell.get("rowspan")), _spans(cell.get("colspan"))
            for i in range(height):
                for j in range(width):
                    grid[r + i, c + j] = (id(cell), text)
            c += width
    if not grid:
        return []
    width = 1 + max(c for _, c in grid)
    if width < 2 or longest > 1500:
        return []
    return [[grid.get((r, c), (("empty", r, c), "")) for c in range(width)] for r in range(len(rows[:2000]))]


def _spans(value: object) -> int:
    text = str(value or "1")
    return min(int(text), 50) if text.isdigit() and int(text) > 0 else 1


def missing_extra(package: str, name: str) -> DafengError:
    """What to say where an optional package is not installed."""
    return DafengError.at(
        name, f"{package} is not installed", "the extra that reads this format", "pip install dafeng[plan]"
    )
