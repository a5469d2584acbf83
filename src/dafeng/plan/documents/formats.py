"""Detection of formats and encodings: text in any usual encoding.

Web pages, docx and PDF have their own modules.
"""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from dafeng.evidence import DafengError
from dafeng.plan.documents.limits import LARGEST_TEXT
from dafeng.plan.documents.source import Note, Source
from dafeng.plan.documents.word97 import SIGNATURE, as_docx

LARGEST_FILE = 100 * 1024 * 1024


def load_source(path: Path) -> Source:
    """Read the text of a document; the content decides the format, not the file name.

    Raises
    ------
    DafengError
        Where the file is missing, empty, too large, encrypted, scanned, or no document.
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
    """Read the text of a document held in memory. Raises: as `load_source`."""
    digest = hashlib.sha256(data).hexdigest()
    if not data.strip():
        raise DafengError.at(name, "an empty file", "a document: .docx, .pdf, .html or .txt")
    packed = _packed(data, name, digest)
    if packed is not None:
        return packed
    for pattern, found in _FOREIGN:
        if pattern.match(data.lstrip()[:200]):
            raise DafengError.at(name, found, _DOCUMENTS, _AS_DOCX)
    text, encoding, lost = decode(data, name)
    if len(text) > LARGEST_TEXT:
        raise DafengError.at(
            name, f"{len(text):,} characters", f"a plan of at most {LARGEST_TEXT:,} characters", "cut the plan out of the file"
        )  # fmt: skip
    if re.match(
        r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body|div|meta|p|table)\b",
        text[:4000],
        re.I | re.S,
    ):
        from dafeng.plan.documents.webpage import read_html

        return replace(read_html(text, name, encoding, digest), notes=_lost(lost))
    if text.lstrip()[:5] == "<?xml":
        raise DafengError.at(
            name, "an XML file (Word 2003, WPS or data)", "a .docx, .pdf, .html or .txt", "save it as .docx"
        )
    return Source(text, name, "txt", encoding, digest, notes=_lost(lost))


_DOCUMENTS = "a .docx, .pdf, .html or .txt"
_AS_DOCX = "save it as .docx"
_FOREIGN = (
    (re.compile(rb"\{\\rtf"), "an RTF file"),
    (
        re.compile(rb"(?:MIME-Version|From|Content-Type|Message-ID):", re.I),
        "a web archive or a mail (mht, eml)",
    ),
)


def _packed(data: bytes, name: str, digest: str) -> Source | None:
    """Return the text of a PDF, a Word document or an old Word document; None for other bytes."""
    if data[:1024].lstrip()[:5] == b"%PDF-":
        from dafeng.plan.documents.pdf import read_pdf

        return read_pdf(data, name, digest)
    if data[:8] == SIGNATURE:
        from dafeng.plan.documents.docx import read_docx

        return replace(read_docx(as_docx(data, name), name, digest), format="doc")
    if data[:4] not in (b"PK\x03\x04", b"PK\x05\x06"):
        return None
    if b"OFD.xml" in data:
        raise DafengError.at(
            name, "an OFD document", _DOCUMENTS,
            "open it in an OFD reader and save it as PDF with text",
        )  # fmt: skip
    from dafeng.plan.documents.docx import read_docx

    return read_docx(data, name, digest)


def _lost(count: int) -> tuple[Note, ...]:
    if not count:
        return ()
    zh = f"{count} 处字节无法解码,已略去"
    return (Note("undecoded", zh, f"bytes at {count} places could not be decoded and were left out"),)


def decode(data: bytes, name: str) -> tuple[str, str, int]:
    """Decode bytes: (text, encoding, places that could not be decoded).

    The encoding is that of the byte order mark, else the first of UTF-8, UTF-16, GB18030, Big5 that reads as
    text, else UTF-8 or GB18030 with a few broken places. Raises: DafengError for other bytes.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding, 0
            except UnicodeDecodeError as error:
                raise DafengError.at(
                    f"{name}:byte {error.start}", "broken text", f"{encoding} throughout"
                ) from error
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "big5"):
        if (text := _decoded(data, encoding)) is not None:
            return text, encoding, 0
    for encoding in ("utf-8", "gb18030"):
        text = data.decode(encoding, errors="replace")
        lost = text.count("\ufffd")
        if lost <= 3 + len(text) // 1000 and "\x00" not in text and _is_chinese(text, 0.1):
            return text, encoding, lost
    raise DafengError.at(
        name,
        "bytes that are no text",
        "text in UTF-8 or GB18030",
        "save it as UTF-8, or give the docx or PDF",
    )


def _decoded(data: bytes, encoding: str) -> str | None:
    """Return the text, where every byte decodes and the result reads as text."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    if "\x00" in text:
        return None
    if encoding == "utf-8" or _is_chinese(text, 0.5 if encoding.startswith("utf-16") else 0.0):
        return text
    return None


_COMMON = re.compile("[的是一和在发展建设推进加强能源绿色低碳工作市省年國發業]")


def _is_chinese(text: str, least: float = 0.0) -> bool:
    """Check whether decoded text reads like Chinese and not like bytes taken for it.

    `least` of it must be Chinese.
    """
    sample = text[:20_000]
    wide = sum(1 for c in sample if "一" <= c <= "鿿")
    if wide < least * len(sample):
        return False
    return wide == 0 or sum(1 for _ in _COMMON.finditer(sample)) >= 0.01 * wide
