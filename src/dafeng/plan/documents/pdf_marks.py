"""Numbers of lines in the margin of a PDF page, as drafts have them: no words of the page."""

from collections.abc import Sequence
from itertools import pairwise

from dafeng.plan.documents.pdf_glyphs import Glyph, Line, lines_of_glyphs, segments

_FEWEST = 6
_SHARE = 0.7
"""Share of the lines of a page that have a number where lines are numbered."""
_GAP = 0.8


def without_line_numbers(glyphs: Sequence[Glyph], outside: Sequence[Glyph]) -> list[Glyph]:
    """Return the characters without numbers that count the lines from top to bottom, left of all others.

    `outside` are the characters outside tables.
    """
    if sum(glyph.character.isdigit() for glyph in outside) < _FEWEST:
        return list(glyphs)
    lines = [segments(line, _GAP) for line in lines_of_glyphs(outside)]
    numbers = [parts[0] for parts in lines if _digits(parts[0]).isdecimal()]
    values = [int(_digits(line)) for line in numbers]
    if len(numbers) < max(_FEWEST, _SHARE * len(lines)) or any(b != a + 1 for a, b in pairwise(values)):
        return list(glyphs)
    marks = {id(glyph) for line in numbers for glyph in line.glyphs}
    edge = max(line.x1 for line in numbers)
    rest = [glyph for glyph in glyphs if id(glyph) not in marks]
    beyond = all(glyph.x0 >= edge for glyph in rest)
    return rest if beyond else list(glyphs)


def _digits(line: Line) -> str:
    return "".join(glyph.character for glyph in line.glyphs)
