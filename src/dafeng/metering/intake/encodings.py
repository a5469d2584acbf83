"""Text of files as offices save them: UTF-8, UTF-16, GB 18030, and lines of both in one file."""

import io
import re
from pathlib import Path

_CHINESE = re.compile("[\u00a0-\u00ff\u2000-\u206f\u2100-\u218f\u2200-\u22ff\u2460-\u24ff\u2500-\u25ff"
                      "\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef\x00-\x7f]*")  # fmt: skip
"""Texts of Chinese tables: ASCII, Latin and general punctuation, units, CJK. Few lines of GB 18030 read
as UTF-8 are such."""


def as_utf8(source: Path | io.BytesIO) -> Path | io.BytesIO:
    """Return the source where it is UTF-8, else its text in UTF-8.

    Older spreadsheets save GB 18030, "Unicode text" is UTF-16. Where two exports were put together, each line
    is read by itself: as UTF-8 where that gives Chinese, else as GB 18030. Bytes that are neither become
    U+FFFD, which no id has.
    """
    raw = source.read_bytes() if isinstance(source, Path) else source.getvalue()
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return io.BytesIO(raw.decode("utf-16", errors="replace").encode())
    try:
        raw.decode("utf-8")
        return source
    except UnicodeDecodeError:
        return io.BytesIO(b"".join(map(_line, raw.splitlines(keepends=True))))


def _line(raw: bytes) -> bytes:
    try:
        if _CHINESE.fullmatch(raw.decode("utf-8-sig")):
            return raw
    except UnicodeDecodeError:
        pass
    return raw.decode("gb18030", errors="replace").encode()
