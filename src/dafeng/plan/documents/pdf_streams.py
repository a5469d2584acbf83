"""Unpacked size of the compressed streams of a PDF, counted before anything is built from them."""

import re
import zlib
from collections.abc import Iterable, Iterator

from dafeng.evidence import DafengError

LARGEST_CONTENT = 8 * 1024 * 1024
"""Bytes of drawing commands in one stream: a page of text has some thousand."""
LARGEST_OTHER = 64 * 1024 * 1024
"""Bytes of a font or an index."""
LARGEST_TOTAL = 400 * 1024 * 1024
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_IS_OTHER = re.compile(rb"/(?:Length1|Subtype|Type|FunctionType|N|BitsPerSample)\b")
_PIECE = 16 * 1024


def check_streams(data: bytes, name: str) -> None:
    """Refuse a PDF whose streams, pictures left out, are larger than a document needs.

    Raises: DafengError.
    """
    total = 0
    for match in _STREAM.finditer(data):
        head = data[max(0, match.start() - 800) : match.start()]
        head = head[head.rfind(b" obj") + 1 :]
        if b"/Image" in head:
            continue
        limit = LARGEST_OTHER if _IS_OTHER.search(head) else LARGEST_CONTENT
        size = _size(data, match.end(), head.count(b"FlateDecode") + len(re.findall(rb"/Fl\b", head)), limit)
        total += size
        if size > limit or total > LARGEST_TOTAL:
            large = f"a stream of more than {limit // 2**20} MB" if size > limit else "too large"
            raise DafengError.at(
                name, f"a PDF that unpacks to {large}", "a document", "print it to PDF again"
            )


def _size(data: bytes, start: int, times: int, limit: int) -> int:
    """Return the bytes of a stream that is compressed `times` times, counted to just past `limit`."""
    if not times:
        end = data.find(b"endstream", start, start + limit + 20)
        return (end if end >= 0 else min(len(data), start + limit + 1)) - start
    pieces: Iterator[bytes] = (data[at : at + _PIECE] for at in range(start, len(data), _PIECE))
    for _ in range(min(times, 8)):
        pieces = _inflated(pieces)
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            break
    return size


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the unpacked bytes, in pieces; ends where the packed ones end or are damaged."""
    step = zlib.decompressobj()
    for piece in pieces:
        for at in range(0, len(piece), _PIECE):
            try:
                yield step.decompress(piece[at : at + _PIECE])
            except zlib.error:
                return
            if step.eof:
                return
