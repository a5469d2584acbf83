"""Limits of the plan inside a document, its title, its issuer and its date of issue."""

import re
from dataclasses import dataclass
from itertools import pairwise

from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.text import NormalText

_UP_TO_NOTICE = pattern("outline.up_to_notice")
_HEADING_BEHIND = pattern("outline.heading_behind")
_NO_TITLE_LINE = pattern("outline.no_title_line")
_NUMBER_LINE = pattern("outline.number_line")
_QUOTED_TITLE = pattern("outline.quoted_title")
_TITLE_LINE = pattern("outline.title_line")
_RUN_ON_TITLE = pattern("outline.run_on_title")
_FIRST_HEADING = pattern("outline.first_heading")
_NOT_TITLE = pattern("outline.not_title")
_NUMBER = pattern("outline.document_number")
_ISSUER = pattern("outline.issuer")
_BODY_END = pattern("outline.body_end")
_SIGNATURE = pattern("outline.signature")
_ANNOUNCED = pattern("outline.announced")
_LONGEST_ISSUER = 60
_DATE = pattern("outline.date")
_TAIL = pattern("outline.tail")


@dataclass(frozen=True, slots=True)
class Head:
    """Title and body of a plan inside its document. `issue_year` is None where nothing states it."""

    title: str
    title_start: int
    body_start: int
    body_end: int
    issuer: str | None
    document_number: str | None
    issue_year: int | None


def read_head(normal: NormalText) -> Head:
    """Find the plan in its document; a document without signs is taken whole."""
    text = normal.text
    announced = _ANNOUNCED.search(text, 0, 3000)
    behind = text.find(f"\n{announced.group(1)}\n", announced.end(), 20_000) if announced else -1
    first = _first_heading(text, max(behind, 0))
    limit = first if first is not None else min(len(text), 3000)
    title, start, end = _behind_wrapper(text, *_title(text, limit), limit)
    body_end = _body_end(text, max(end, limit))
    front = text[:start]
    number = _NUMBER.search(front) or _NUMBER_LINE.match(text, end)
    return Head(
        title=title,
        title_start=start,
        body_start=end,
        body_end=body_end,
        issuer=_issuer(normal, end),
        document_number=_UP_TO_NOTICE.sub("", number.group().strip()) if number else None,
        issue_year=_issue_year(text, start, limit, body_end),
    )


def _issuer(normal: NormalText, end: int) -> str | None:
    """Return the issuer, several bodies joined by 、.

    It is the words before 关于印发 on their line, or the lines above a title.
    """
    found = _ISSUER.search(normal.text, 0, end)
    if not found:
        return _signed_above(normal, end)
    start = max(normal.text.rfind(mark, 0, found.end(1)) for mark in "\n。;:》") + 1
    if found.end(1) - start > _LONGEST_ISSUER or re.search(r"[,、()【]", normal.text[start : found.end(1)]):
        start = found.start(1)
    pieces = _parted(normal, start, found.end(1))
    whole = len(pieces) > 1 and all(_BODY_END.search(piece) for piece in pieces)
    return "、".join(pieces) if whole else normal.text[start : found.end(1)]


def _parted(normal: NormalText, start: int, end: int) -> list[str]:
    """Return the words of a place of the text, parted where the source has blanks."""
    cuts = [at for at in range(start + 1, end) if normal.had_space_before(at)]
    return [normal.text[a:b] for a, b in pairwise([start, *cuts, end])]


def _signed_above(normal: NormalText, end: int) -> str | None:
    """Return bodies on lines of their own above a title that begins with 关于."""
    names: list[str] = []
    below = ""
    for line in reversed(normal.text[:end].split("\n")):
        place = end - len(line)
        end = place - 1
        pieces = _parted(normal, place, place + len(line)) if line else []
        if (below.startswith("关于") or names) and pieces and all(map(_SIGNATURE.fullmatch, pieces)):
            names = pieces + names
        elif names:
            break
        below = line
    return "、".join(names) or None


def _first_heading(text: str, start: int) -> int | None:
    """Locate the first 一、 or 第一章 followed by text (a table of contents comes twice: take its second)."""
    starts = [match.start() for match in _FIRST_HEADING.finditer(text, start, start + 60_000)]
    if not starts:
        return None
    if (
        len(starts) > 1
        and starts[1] - starts[0] < 1500
        and text[starts[0] : starts[0] + 6] == text[starts[1] : starts[1] + 6]
    ):
        between = text[starts[0] : starts[1]]
        if between.count("\n") and len(between) / (between.count("\n") + 1) < 45 and "。" not in between:
            return starts[1]
    return starts[0]


def _title(text: str, limit: int) -> tuple[str, int, int]:
    """Return (title, start, end) of the last title line before the first heading."""
    best: tuple[str, int, int] | None = None
    position = 0
    previous: list[tuple[str, int]] = []
    for line in text[:limit].split("\n"):
        match = _TITLE_LINE.fullmatch(line) if len(line) < 100 else None
        if match and not line.endswith("的通知") and not re.search(r"[,。;:]", match.group(1)):
            title, start = match.group(1), position + match.start(1)
            while previous and _continues_title(previous[-1][0], title):
                before, start = previous.pop()
                title = before + title
            best = (title, start, position + len(line))
        run_on = _RUN_ON_TITLE.match(line) if not match else None
        if run_on and len(line) > 100:
            best = (run_on.group(1), position, position + run_on.end())
        previous.append((line, position))
        position += len(line) + 1
    if best:
        return best
    quoted = _QUOTED_TITLE.search(text[:limit])
    if quoted:
        again = text.find(quoted.group(1), quoted.end(), limit)
        return (
            (quoted.group(1), again, again + len(quoted.group(1))) if again > 0 else (quoted.group(1), 0, 0)
        )
    lines = text[:limit].split("\n")
    first = next(
        (line for line in lines if line and not _NO_TITLE_LINE.match(line)),
        "",
    )
    return first[:80], 0, 0


def _behind_wrapper(text: str, title: str, start: int, end: int, limit: int) -> tuple[str, int, int]:
    """Return the last place in front of the first heading where the title is on its own.

    A title quoted in a sentence does not count.
    """
    place = text.rfind(title, end, limit) if len(title) > 6 else -1
    while place > 0 and (
        text[place - 1] in "《〈“发"
        or text[place + len(title) : place + len(title) + 1] in ("》", "〉", "的", ",", "。")
    ):
        place = text.rfind(title, end, place)
    return (title, place, place + len(title)) if place > 0 else (title, start, end)


def _continues_title(before: str, title: str) -> bool:
    return (
        8 <= len(before) <= 30
        and not re.search(r"[()]", before)
        and len(before) + len(title) <= 70
        and not _NOT_TITLE.search(before)
        and not _DATE.search(before)
        and not _TITLE_LINE.fullmatch(before)
        and not before.endswith("通知")
        and "关于印发" not in before
    )


def _body_end(text: str, after: int) -> int:
    """Return where wrappers after the plan begin.

    It is a foot line behind which no numbered heading comes any more.
    """
    headings = [
        m.start()
        for m in _HEADING_BEHIND.finditer(
            text,
        )
    ]
    last = headings[-1] if headings else after
    match = _TAIL.search(text, max(after, last + 1))
    end = match.start() if match else len(text)
    return len(text[:end].rstrip())


def _issue_year(text: str, title_start: int, first_heading: int, body_end: int) -> int | None:
    front = _DATE.findall(text[: max(title_start, 1)]) or _DATE.findall(text[body_end:])
    if front:
        return max(int(year) for year in front)
    own = _NUMBER.findall(text[:first_heading])
    return max((int(year) for year in own), default=None)
