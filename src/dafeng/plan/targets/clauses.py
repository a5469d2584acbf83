"""Sentences and their clauses, with the numbers and times in each; bracketed text and titles kept whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from dafeng.plan.patterns.table import pattern
from dafeng.plan.targets.periods import TimeMark, find_times
from dafeng.plan.targets.quantities import Quantity, find_quantities

_LONGEST = 1500
"""Characters after which a sentence ends even without a stop: no real one is longer."""
_ASIDE = pattern("figures.aside")
_BREAK = re.compile(r"[。!?\n;,:()《》]")
_LIST_MARK = pattern("figures.list_mark")
_BULLET = pattern("figures.bullet")
_HEADING_LIKE = pattern("figures.heading_like")


@dataclass(frozen=True, slots=True)
class Clause:
    """Clause: `whole[start:end]` between two commas."""

    whole: str
    start: int
    end: int
    quantities: tuple[Quantity, ...]
    times: tuple[TimeMark, ...]
    sentence_quantities: tuple[Quantity, ...]

    @property
    def text(self) -> str:
        return self.whole[self.start : self.end]

    def cut(self, start: int, end: int) -> str:
        return self.whole[max(start, self.start) : min(max(end, start), self.end)]

    def without_times(self, start: int, end: int) -> str:
        """Return the words of `start:end` less its expressions of time.

        Words before a year are removed first.
        """
        parts: list[str] = []
        position = start
        for mark in self.times:
            if mark.start < start or mark.start >= end:
                continue
            parts.append(self.whole[position : mark.start])
            position = min(mark.end, end)
        parts.append(self.whole[position:end])
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence: `whole[start:end]` up to a full stop or the end of its paragraph."""

    start: int
    end: int
    clauses: tuple[Clause, ...]
    ends_with_colon: bool
    starts_block: bool
    starts_line: bool = False
    bullet: bool = False
    """Its line begins with a dash or a dot."""


def sentences(text: str, start: int, end: int, skip: list[tuple[int, int]]) -> Iterator[Sentence]:
    """Split `text[start:end]` outside the spans of `skip` into sentences. Linear."""
    position = start
    for a, b in [*sorted(skip), (end, end)]:
        if a > position:
            yield from _sentences(text, position, min(a, end))
        position = max(position, b)


def _sentences(text: str, start: int, end: int) -> Iterator[Sentence]:
    begin = start
    cuts: list[int] = []
    depth = quoted = 0
    aside = False
    for match in _BREAK.finditer(text, start, end):
        mark, at = match.group(), match.start()
        if mark in "()":
            depth, aside = _bracket(text, at, depth, aside, cuts)
        elif mark in "《》":
            quoted = 1 if mark == "《" else 0
        elif mark == "\n" or (mark in "。!?" and not depth):
            yield _sentence(text, begin, at, cuts, mark)
            begin, cuts, depth, quoted, aside = at + 1, [], 0, 0, False
        elif text[at - 2 : at] == "其中" and mark in ",:":
            continue
        elif not depth and not quoted and not (mark == "," and _in_number(text, at)):
            cuts.append(at)
        while at - begin > _LONGEST:
            yield _sentence(
                text, begin, begin + _LONGEST, [cut for cut in cuts if cut < begin + _LONGEST], ""
            )
            begin, depth, quoted = begin + _LONGEST, 0, 0
            cuts = [cut for cut in cuts if cut >= begin]
    for piece in range(begin, end, _LONGEST):
        stop = min(piece + _LONGEST, end)
        yield _sentence(text, piece, stop, [cut for cut in cuts if piece <= cut < stop], "")


_BREAKDOWN = pattern("figures.breakdown")
"""12万亩(新造2万亩、改造10万亩): parts of the total in front, each with its name."""
_PART_UNIT = pattern("figures.part_unit")


def is_breakdown(text: str, at: int) -> bool:
    """Check whether the bracket that opens at `at` splits the amount right before it into named parts."""
    if at < 2 or not _BREAKDOWN.match(text, at):
        return False
    unit = _PART_UNIT.search(text, max(0, at - 12), at)
    return unit is not None and text.count(unit.group()[-1], at, at + 120) >= 2


_LONGEST_BREAKDOWN = 120


def opening_of(text: str, at: int) -> int:
    """Return where the bracket opens that still holds `at`, within the length of a breakdown; -1 without one."""
    begin = max(0, at - _LONGEST_BREAKDOWN)
    opened = text.rfind("(", begin, at)
    return opened if opened > text.rfind(")", begin, at) and opened > text.rfind("\n", begin, at) else -1


def _bracket(text: str, at: int, depth: int, aside: bool, cuts: list[int]) -> tuple[int, bool]:
    """Return (depth, inside an aside) behind a bracket.

    (其中…), (力争…), (2030年…) and a breakdown are each a clause of its own.
    """
    if text[at] == "(" and not depth and (_ASIDE.match(text, at) or is_breakdown(text, at)):
        cuts.append(at)
        return depth, True
    if text[at] == ")" and aside and not depth:
        cuts.append(at)
        return depth, False
    return (depth + 1, aside) if text[at] == "(" else (max(0, depth - 1), aside)


def _in_number(text: str, at: int) -> bool:
    return text[at - 1 : at].isdigit() and bool(re.match(r"\d{3}(?!\d)", text[at + 1 : at + 5]))


def _sentence(text: str, start: int, end: int, cuts: list[int], stop: str) -> Sentence:
    quantities = [q for q in find_quantities(text, start, end) if not _inside_title(text, start, q.start)]
    times = find_times(text, start, end)
    times = [mark for mark in times if not _inside_title(text, start, mark.start)]
    quantities = [q for q in quantities if not any(m.start <= q.start < m.end for m in times)]
    bounds = [start, *[cut + 1 for cut in cuts], end + 1]
    clauses: list[Clause] = []
    for a, b in pairwise(bounds):
        inside = tuple(q for q in quantities if a <= q.start < b and not _in_brackets(text, a, q.start))
        when = tuple(m for m in times if a <= m.start < b)
        clauses.append(Clause(text, a, max(a, b - 1), inside, when, tuple(quantities)))
    first = start == 0 or text[start - 1] == "\n"
    starts_block = (first and bool(_HEADING_LIKE.match(text, start))) or (
        first and not _LIST_MARK.match(text, start) and stop != ""
    )
    return Sentence(
        start,
        end,
        tuple(clauses),
        text[end - 1 : end] == ":",
        starts_block,
        first,
        first and bool(_BULLET.match(text, start)),
    )


def _inside_title(text: str, start: int, position: int) -> bool:
    return text.count("《", start, position) > text.count("》", start, position)


def _in_brackets(text: str, start: int, position: int) -> bool:
    return text.count("(", start, position) > text.count(")", start, position)
