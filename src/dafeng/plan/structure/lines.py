"""Lines and paragraphs of a document, without page numbers and running heads.

A line break is a paragraph's end or a mere wrap; the length of lines, their ends, headings, labels and open
brackets decide.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise

from dafeng.plan.documents.source import Source
from dafeng.plan.patterns.table import pattern
from dafeng.plan.structure.bodies import is_certain_body

_LABEL_GOES_ON = pattern("outline.label_goes_on")
_LABEL_BROKEN = pattern("outline.label_broken")
HEADING_START = pattern("outline.heading_start")
_LABEL_START = pattern("outline.label_start")
_LIST_END = pattern("outline.list_end")
_LABEL_WITHIN = pattern("outline.label_within")
_PIECE = re.compile(r"[、,;:\uff0c\uff1b\uff1a。]")
_LABEL_END = pattern("outline.label_end")
_SENTENCE_END = "。!?\uff01\uff1f;\uff1b:\uff1a】"
_PAGE_LINE = pattern("outline.page_line")
_INDENT = re.compile(r"(?:\u3000{2}|[ \t\xa0]{3,}|\u3000 )(?=[一-鿿(（“《①-⑳0-9])")
_WITHIN_PROSE = re.compile(r"[,，、。;；(（]")
_BARE_NUMBER_LINE = re.compile(r"\s*([0-9]{1,3})\s*")


def lines_of(source: Source, keep: bytearray) -> list[tuple[int, int, bool]]:
    """Return (start, end, a paragraph ends here) of every line with words, in order.

    `keep` flags what is no noise.
    """
    text = source.text
    raw: list[tuple[int, int]] = []
    position = 0
    for line in text.splitlines(keepends=True):
        stripped = len(line.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"))
        raw.append((position, position + stripped))
        position += len(line)
    pages = _page_numbers([text[a:b] for a, b in raw])
    pages |= _running_heads([text[a:b].strip() for a, b in raw], pages, _first_lines(raw, source.page_starts))
    kept = [
        (a, b)
        for i, (a, b) in enumerate(raw)
        if i not in pages and any(keep[a:b]) and not text[a:b].isspace()
    ]
    in_table = _table_lines(source)
    prose = [text[a:b].rstrip() for a, b in kept if not in_table(a)]
    whole = source.lines_are_paragraphs and not _are_torn(prose)
    width = _wrap_width(prose, source.format == "pdf")
    tells = sum(bool(_INDENT.match(text, a)) for a, _ in kept) < 0.6 * len(kept)
    lines: list[tuple[int, int, bool]] = []
    opened = 0
    run = 0
    for i, (a, b) in enumerate(kept):
        if i + 1 == len(kept) or whole or in_table(a) or in_table(kept[i + 1][0]):
            lines.append((a, b, True))
            continue
        c, d = kept[i + 1]
        opened = max(0, opened + _opened(text[a:b]))
        indented = tells and bool(_INDENT.match(text, c))
        parts = indented or _parts(text[a:b], text[c:d], width, opened, run)
        opened = 0 if parts else opened
        run = 0 if parts else max(run, _width(text[a:b]))
        lines.append((a, b, parts))
    return lines


_FEWEST_TORN, _SHARE_TORN = 5, 0.25


def _are_torn(lines: list[str]) -> bool:
    """Check whether the paragraphs of a document are the lines of a page: copied from a scan or a browser.

    Then many of the long ones stop within a sentence and the next goes on; none passes the width of the page.
    """
    if _wrap_width(lines, typeset=False) is None:
        return False
    long = sum(_width(line) >= _FEWEST_IN_RUN for line in lines)
    torn = sum(
        _width(line) >= _FEWEST_IN_RUN
        and line[-1] not in _SENTENCE_END + ")）”》"
        and bool(_WITHIN_PROSE.search(line))
        and not HEADING_START.match(after)
        for line, after in pairwise(lines)
    )
    return torn >= _FEWEST_TORN and torn >= _SHARE_TORN * long


def _opened(line: str) -> int:
    """Return the brackets that a line opens and leaves open."""
    return sum(c in "(（[【〔" for c in line) - sum(c in ")）]】〕" for c in line)


def _table_lines(source: Source) -> Callable[[int], bool]:
    ranges = [(table.start, table.end) for table in source.tables]
    starts = [start for start, _ in ranges]

    def inside(offset: int) -> bool:
        i = bisect_right(starts, offset) - 1
        return i >= 0 and offset < ranges[i][1]

    return inside


def _page_numbers(lines: list[str]) -> set[int]:
    """Return indices of lines that are page numbers: marked ones, and bare numbers that count up by one."""
    found = {i for i, line in enumerate(lines) if line and _PAGE_LINE.fullmatch(line)}
    run: list[tuple[int, int]] = []
    last = max((i for i, line in enumerate(lines) if line.strip()), default=0)
    for i, line in enumerate(lines):
        match = _BARE_NUMBER_LINE.fullmatch(line) if len(line) < 12 else None
        if not match:
            continue
        number = int(match.group(1))
        if not run or (number == run[-1][1] + 1 and (i - run[-1][0] >= 8 or i == last)):
            run.append((i, number))
        elif len(run) < 3 and number <= 2:
            run = [(i, number)]
    if len(run) >= 3:
        found |= {i for i, _ in run}
    return found


def _first_lines(lines: list[tuple[int, int]], page_starts: Sequence[int]) -> set[int]:
    """Return indices of the lines with which pages begin, and of the end.

    Nothing where the format has no pages.
    """
    starts = [start for start, _ in lines]
    return {bisect_left(starts, offset) for offset in page_starts} | ({len(lines)} if page_starts else set())


def _running_heads(lines: list[str], numbers: set[int], firsts: set[int]) -> set[int]:
    """Return indices of heads and feet repeated at the edges of pages, whatever number they contain.

    The edges are the lines next to a page number or a page break. A kind in front of the whole document is
    kept there: it may be the title.
    """
    opening = set([i for i, line in enumerate(lines[:200]) if line][:4])
    dropped: set[int] = set()
    for _ in range(2):
        edges = _edges(lines, numbers | dropped, numbers, firsts)
        kinds: dict[str, list[int]] = {}
        for i in edges:
            kinds.setdefault(re.sub(r"[0-9０-９]+", "#", lines[i]), []).append(i)
        for kind, places in kinds.items():
            bare = re.fullmatch(r"\W*#\W*", kind)
            if len(places) < max(2, len(numbers | firsts) / 4) or (not bare and not 4 <= len(kind) <= 80):
                continue
            if kind[-1] not in "。;；)）】、,，":
                dropped |= set(places) - (set() if "#" in kind else opening)
    return dropped


def _edges(lines: list[str], gone: set[int], numbers: set[int], firsts: set[int]) -> set[int]:
    """Return the nearest written lines before and behind every page number and page break, without those in
    `gone`.
    """
    edges: set[int] = set()
    for i in numbers | firsts:
        for step, at in ((-1, i - 1), (1, i)):
            while 0 <= at < len(lines) and abs(at - i) < 6 and (not lines[at] or at in gone):
                at += step
            if 0 <= at < len(lines) and lines[at] and at not in gone:
                edges.add(at)
    return edges


def is_page_number(line: str) -> bool:
    """Check whether a line holds a marked page number and nothing else: — 12 —, 第3页, 3/17."""
    return bool(line) and bool(_PAGE_LINE.fullmatch(line))


def _wrap_width(lines: list[str], typeset: bool) -> int | None:
    """Return the characters a line at which the text is wrapped; None where lines are whole paragraphs.

    A `typeset` page (PDF) is always wrapped. Elsewhere most lines are full and go on, or several end at one
    edge that no line passes and go on.
    """
    widths = [_width(line) for line in lines]
    in_order = sorted(widths)
    longest = in_order[int(0.9 * (len(widths) - 1))] if widths else 0
    if typeset and widths:
        return longest
    if len(lines) < 5:
        return None
    full = [line.strip() for line in lines if _width(line) >= 0.8 * longest]
    prose = [line for line in full if not HEADING_START.match(line)]
    unfinished = sum(1 for line in prose if line[-1] not in "。;；:：")
    if 14 <= longest <= 120 and len(full) >= 0.25 * len(lines) and unfinished >= 0.5 * max(len(prose), 4):
        return longest
    return _edge(lines, widths, in_order[-1 - len(lines) // 100])


def _edge(lines: list[str], widths: list[int], edge: int) -> int | None:
    """Return `edge`, where the lines that reach it go on in the next line."""
    at_edge = [i for i, width in enumerate(widths[:-1]) if edge - 2 <= width <= edge]
    going_on = sum(
        lines[i].rstrip()[-1] not in "。;；:：)）】" and not HEADING_START.match(lines[i + 1])
        for i in at_edge
    )
    return edge if 20 <= edge <= 120 and going_on >= max(3, 0.5 * len(at_edge)) else None


def _width(line: str) -> int:
    """Return the width of a line in Chinese characters: a Latin letter or digit takes half of one."""
    stripped = line.strip()
    return len(stripped) - sum(character.isascii() for character in stripped) // 2


_FULL = 1
"""Characters by which a full line may be shorter than the column: a mark that may not begin a line."""
_FEWEST_IN_RUN = 16
_STOPS = "。;；"


def _is_full(line: str, width: int | None, run: int) -> bool:
    """Check whether a line fills its column: as wide as the page, or as the lines of its paragraph so far
    (`run`).
    """
    full = max(run, width or 0)
    return full >= _FEWEST_IN_RUN and _width(line) >= full - _FULL


def _is_torn(line: str) -> bool:
    """Check whether a line of prose stops without a mark, so that the next one must complete it."""
    prose = (
        re.search(r"[,，、。;；]", line) and not HEADING_START.match(line) and _width(line) >= _FEWEST_IN_RUN
    )
    return bool(prose and re.match(r"[一-鿿0-9A-Za-z“(（《]", line[-1]) and not re.search(r"[)）]$", line))


def _parts(line: str, following: str, width: int | None, opened: int, run: int = 0) -> bool:
    """Check whether a paragraph ends between two lines.

    `opened` brackets wait for their end, `run` is the widest line of the paragraph so far.
    """
    line, following = line.rstrip(), following.lstrip()
    heading = bool(HEADING_START.match(following))
    if _goes_on(line, following, opened, heading):
        return False
    if _LIST_END.search(line):
        return True
    short = width is not None and _width(line) < 0.8 * width
    title = len(line) < 40 and HEADING_START.match(line) and (width is None or short)
    if line[-1] in "和及与的" and not title:
        return False
    if width is None:
        going_on = _is_torn(line) or (run and line[-1] in _STOPS and _is_full(line, None, run))
        if going_on and not heading:
            return False
        return heading or (opened <= 0 and not _breaks_a_name(line, following))
    if line[-1] in "”》" and line[-2:-1] in "。!?\uff01\uff1f":
        return True
    if line[-1] in _STOPS and not heading and _is_full(line, width, run):
        # A stop falls on the last place of a column more often than a paragraph ends there.
        return False
    if line[-1] in _SENTENCE_END:
        return short or opened <= 0
    if heading:
        return short or line[-1] in ")\uff09" or opened <= 0
    return short and opened <= 0


def _goes_on(line: str, following: str, opened: int, heading: bool) -> bool:
    """Check whether the ends of two lines alone make them one paragraph: punctuation, labels of lists."""
    if (
        following[0] in "、,\uff0c。;\uff1b)\uff09.\uff0e%\uff05〕”】"
        or line[-1] in "、,\uff0c(\uff08[〔【“—"
    ):
        return True
    if opened > 0 and _LABEL_START.match(following):
        return True
    if _LABEL_GOES_ON.match(following) and _LABEL_BROKEN.search(line):
        return True
    return bool(_LABEL_END.search(line)) and not heading


def _breaks_a_name(line: str, following: str) -> bool:
    """Check whether a line that names bodies ends inside a name, which the next line completes."""
    if not _LABEL_WITHIN.search(line):
        return False
    last, first = _PIECE.split(line)[-1], _PIECE.split(following)[0]
    whole = 0 < len(last) < 20 and is_certain_body(last + first)
    return whole and (not is_certain_body(last) or (len(first) <= 3 and not is_certain_body(first)))
