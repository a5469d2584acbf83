"""Step 1: normalisation of the text, without artefacts of typesetting and web pages.

Line wraps (also inside words and numbers), page numbers, half and full width forms, traditional characters,
inline pinyin and scraping noise go; every character that stays keeps its offset in the source.
"""

import hashlib
import re
import unicodedata
from array import array
from bisect import bisect_left
from dataclasses import dataclass

from dafeng.evidence import DafengError, install_extra
from dafeng.plan.documents.source import Source
from dafeng.plan.model import Span
from dafeng.plan.structure.lines import lines_of

_DROPPED = re.compile(r"@{2,}|\*{2,}|(?m:^#{1,6}\s)|[­​-‏‪-‮⁠\x00-\x08\x0e-\x1f]|\ufeff|\ufffd")
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_TONED_PINYIN = re.compile(rf"(?<=[一-鿿])\s?[(\uff08][a-zü]{{0,5}}[{_TONED}][a-zü]{{0,4}}[)\uff09]")
_PLAIN_PINYIN = re.compile(
    r"(?<=[一-鿿])[(\uff08](?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?[aeiouvü]{1,3}(?:ng?|r)?[)\uff09]"
)
_MANY_PINYIN = 20
_INLINE_PAGE = re.compile(
    r"(?<=\s)[-—\uff0d–]\s?[0-9]{1,3}\s?[-—\uff0d–](?=\s)|(?<=[一-鿿,。、;])—\s?[0-9]{1,3}\s?—(?=[一-鿿])"
)
_MAP: dict[int, str] = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
for _a, _b in (
    ("﹙", "("), ("﹚", ")"), ("﹝", "〔"), ("﹞", "〕"), ("﹪", "%"), ("﹐", ","), ("﹔", ";"), ("﹕", ":"),
    ("―", "—"), ("–", "—"), ("─", "—"), ("━", "—"), ("﹣", "-"), ("‐", "-"), ("‑", "-"), ("−", "-"),
    ("•", "·"), ("・", "·"), ("∙", "·"), ("「", "“"), ("」", "”"), ("『", "“"), ("』", "”"), ("〜", "~"),
    ("∼", "~"), ("﹤", "<"), ("﹥", ">"), ("≧", "≥"), ("≦", "≤"), ("⩾", "≥"), ("⩽", "≤"), ("○", "〇"),
):  # fmt: skip
    _MAP[ord(_a)] = _b


@dataclass(frozen=True, slots=True)
class NormalText:
    """Normalised text; `offsets[i]` is the source offset of `text[i]`, strictly increasing.

    Paragraphs are parted by a line feed; sentences inside one run on without blanks.
    """

    text: str
    offsets: "array[int]"
    source: Source

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def span(self, start: int, end: int) -> Span:
        """Return the place of `text[start:end]` here and in the source."""
        if not self.offsets:
            return Span(start=start, end=end)
        first = self.offsets[min(start, len(self.offsets) - 1)]
        last = self.offsets[end - 1] + 1 if end > start else first
        return Span(start=start, end=end, source_start=first, source_end=last, page=self.source.page(first))

    def position(self, source_offset: int) -> int:
        """Return the first character here whose source offset is at or after `source_offset`."""
        return bisect_left(self.offsets, source_offset)

    def had_space_before(self, position: int) -> bool:
        """Check whether white space precedes this character in the source."""
        if not 0 < position < len(self.offsets):
            return False
        between = self.source.text[self.offsets[position - 1] + 1 : self.offsets[position]]
        return any(character.isspace() for character in between)

    def had_blank_before(self, position: int) -> bool:
        """Check whether a blank, and no line end, precedes this character in the source."""
        if not self.had_space_before(position):
            return False
        return "\n" not in self.source.text[self.offsets[position - 1] : self.offsets[position]]


def normalise(source: Source) -> NormalText:
    """Normalise the text of a document. Linear in its length.

    Raises
    ------
    DafengError
        Where traditional characters need the `plan` extra and it is not installed.
    """
    keep = _noise_free(source.text)
    simplified = _simplified(source.text)
    characters: list[str] = []
    offsets = array("Q")
    for start, end, breaks in lines_of(source, keep):
        _append_line(simplified, keep, start, end, characters, offsets)
        if breaks and characters and characters[-1] != "\n":
            characters.append("\n")
            offsets.append(end)
    return NormalText("".join(_curly(characters)), offsets, source)


def _curly(characters: list[str]) -> list[str]:
    """Convert straight double quotes to “ and ” in turn, paragraph by paragraph; a lone last one is kept."""
    waiting: list[int] = []
    for i, character in enumerate(characters):
        if character == "\n":
            waiting.clear()
        elif character == '"':
            waiting.append(i)
            if len(waiting) == 2:
                characters[waiting[0]], characters[waiting[1]] = "“", "”"
                waiting.clear()
    return characters


def _noise_free(text: str) -> bytearray:
    """Return one flag a character: 0 where it is noise."""
    keep = bytearray(b"\x01") * len(text)
    patterns = [_DROPPED, _INLINE_PAGE, _TONED_PINYIN]
    if sum(1 for _ in _PLAIN_PINYIN.finditer(text)) >= _MANY_PINYIN:
        patterns.append(_PLAIN_PINYIN)
    for pattern in patterns:
        for match in pattern.finditer(text):
            keep[match.start() : match.end()] = bytes(match.end() - match.start())
    return keep


_TRADITIONAL = re.compile(
    "[國發業車實處標區產會黨與從進達關綠條節務題變應總體報導這個動學後開關電廠設備環護經濟網絡億萬]"
)


def _simplified(text: str) -> str:
    """Convert `text` to simplified characters, character by character, so that offsets stay."""
    hits = sum(1 for _ in _TRADITIONAL.finditer(text[:200_000]))
    if hits < 10 or hits < 0.002 * min(len(text), 200_000):
        return text
    try:
        import opencc
    except ImportError as error:
        raise DafengError.at(
            "text",
            "traditional characters",
            "the package opencc, which converts them",
            install_extra("plan"),
        ) from error
    converter = opencc.OpenCC("t2s")
    parts: list[str] = []
    for line in text.splitlines(keepends=True):
        converted = converter.convert(line)
        parts.append(
            converted if len(converted) == len(line) else "".join(_one(converter.convert(c), c) for c in line)
        )
    return "".join(parts)


def _one(converted: str, original: str) -> str:
    return converted if len(converted) == 1 else original


def _append_line(
    text: str, keep: bytearray, start: int, end: int, out: list[str], offsets: "array[int]"
) -> None:
    """Append the kept characters of one line, blanks only between two Latin words or two numbers."""
    blank_at: int | None = None
    for i in range(start, end):
        if not keep[i]:
            continue
        character = text[i]
        if character.isspace():
            blank_at = i if blank_at is None else blank_at
            continue
        character = _character(character)
        if character in "、。;:,)" and out and out[-1] == ",":
            out[-1], offsets[-1] = character, i
            blank_at = None
            continue
        if blank_at is not None and out and _needs_blank(out[-1], character, i - blank_at):
            out.append(" ")
            offsets.append(blank_at)
        blank_at = None
        out.append(character)
        offsets.append(i)


def _needs_blank(left: str, right: str, width: int) -> bool:
    if left.isascii() and left.isalpha() and right.isascii() and right.isalpha():
        return True
    return left.isdigit() and right.isdigit() and width > 1


def half_width(text: str) -> str:
    """Convert words to half width forms: (%) for full width brackets and percent."""
    return "".join(_character(character) for character in text)


def _character(character: str) -> str:
    code = ord(character)
    if code < 0x80:
        return character
    if code in _MAP:
        return _MAP[code]
    if 0xF021 <= code <= 0xF07E:
        # Symbol fonts put ASCII into the private use area: digits of tables, brackets.
        return chr(code - 0xF000)
    if 0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF:
        plain = unicodedata.normalize("NFKC", character)
        return plain if len(plain) == 1 else character
    return character
