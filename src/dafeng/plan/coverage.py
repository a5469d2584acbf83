"""Coverage: every number of the text is a reading, explained, or listed as unread."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from dafeng.evidence import packaged_rows
from dafeng.plan.model import Coverage, Target, UnreadNumber
from dafeng.plan.structure.outline import Node, node_at
from dafeng.plan.structure.text import NormalText
from dafeng.plan.targets.quantities import find_quantities

_NUMBER = re.compile(r"(?<![\d.])\d+(?:,\d{3})*(?:\.\d+)?(?![\d])")
_AROUND = 18
"""Characters of words that a listed number shows on each side."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Kind of number that promises nothing: `pattern` matches the number with its words."""

    id: str
    pattern: "re.Pattern[str]"
    zh: str
    en: str
    example: str
    counter: str


@cache
def explanations() -> tuple[Explanation, ...]:
    """Return the rows of `explanations.csv` in their order: the first that covers a number explains it."""
    return tuple(
        Explanation(
            row["id"], re.compile(row["pattern"]), row["zh"], row["en"], row["example"], row["counter"]
        )
        for row in packaged_rows("dafeng.plan", "explanations.csv")
    )


def coverage_of(
    normal: NormalText,
    body: tuple[int, int],
    nodes: list[Node],
    targets: Sequence[Target],
    spans: dict[str, Iterable[tuple[int, int]]],
) -> Coverage:
    """Sort the numbers of the plan's own text into read, explained and unread. Linear in its length.

    `spans` are places that explain whatever number they hold, by id: lists of bodies, chapters on what has
    been.
    """
    text = normal.text
    read = _Spans((t.span.start, t.span.end) for t in targets if t.span is not None)
    kinds: list[tuple[str, _Spans]] = [(kind, _Spans(places)) for kind, places in spans.items()]
    kinds += [
        (one.id, _Spans(match.span() for match in one.pattern.finditer(text, *body)))
        for one in explanations()
    ]
    explained: Counter[str] = Counter()
    unread: list[UnreadNumber] = []
    numbers = was_read = 0
    for start, end in _numbers(text, *body):
        numbers += 1
        if read.meets(start, end):
            was_read += 1
            continue
        kind = next((kind for kind, places in kinds if places.covers(start)), None)
        if kind is not None:
            explained[kind] += 1
            continue
        node = node_at(nodes, start)
        words = text[max(body[0], start - _AROUND) : min(body[1], end + _AROUND)].replace("\n", " ")
        unread.append(
            UnreadNumber(locator=node.locator if node else "前言", words=words, span=normal.span(start, end))
        )
    return Coverage(
        numbers=numbers, read=was_read, explained=dict(sorted(explained.items())), unread=tuple(unread)
    )


def _numbers(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the places of all numbers in figures, and of quantities in words (三分之一, 两个, 翻一番), in order."""
    places = [match.span() for match in _NUMBER.finditer(text, start, end)]
    in_words = [
        (one.start, one.end)
        for one in find_quantities(text, start, end)
        if not any(character.isdigit() for character in text[one.start : one.end])
    ]
    return sorted([*places, *in_words])


class _Spans:
    """Places in ascending order, searched by bisection."""

    def __init__(self, places: Iterable[tuple[int, int]]) -> None:
        merged: list[tuple[int, int]] = []
        for start, end in sorted(places):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        self._starts = [start for start, _ in merged]
        self._ends = [end for _, end in merged]

    def covers(self, position: int) -> bool:
        i = bisect_right(self._starts, position) - 1
        return i >= 0 and position < self._ends[i]

    def meets(self, start: int, end: int) -> bool:
        """Check whether a place overlaps `start:end` in at least one character."""
        i = bisect_right(self._starts, end - 1) - 1
        return i >= 0 and self._ends[i] > start
