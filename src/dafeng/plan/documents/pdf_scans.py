"""Characters of a scanned PDF page by optical recognition, where the extra `ocr` is installed.

The models are inside the package: nothing is fetched, no page leaves the machine.
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

from dafeng.plan.documents.pdf_glyphs import Glyph

_DOTS = 200
"""Dots an inch at which a page is drawn: characters of 小四 are then 33 pixels high."""
_POINTS = 72
_SURE = 0.5
"""Least score of a recognised line; what is below is a stain or a stamp."""

Recognise = Callable[[Any], tuple[Glyph, ...]]


@cache
def recogniser() -> Recognise | None:
    """Return the recognition of a page, or None where the extra is not installed."""
    try:
        engine = import_module("rapidocr").RapidOCR(params={"Global.log_level": "error"})
    except ImportError:
        return None

    def recognise(page: Any) -> tuple[Glyph, ...]:
        scale = _DOTS / _POINTS
        found = engine(page.render(scale=scale).to_numpy())
        height = page.get_height()
        lines = zip(found.boxes, found.txts, found.scores, strict=True) if found.txts else ()
        return tuple(
            glyph
            for box, text, score in lines
            if score >= _SURE
            for glyph in glyphs_of(
                text,
                min(float(x) for x, _ in box) / scale,
                height - max(float(y) for _, y in box) / scale,
                max(float(x) for x, _ in box) / scale,
                height - min(float(y) for _, y in box) / scale,
            )
        )

    return recognise


def glyphs_of(text: str, x0: float, y0: float, x1: float, y1: float) -> Iterator[Glyph]:
    """Place the characters of a recognised line in its box: those of ASCII are half as wide as Chinese ones.

    Parameters
    ----------
    text : str
        Characters of the line.
    x0, y0, x1, y1 : float
        Box of the line, points from the lower left corner of the page.
    """
    widths = [1 if character.isascii() else 2 for character in text]
    step = (x1 - x0) / max(sum(widths), 1)
    at = x0
    for character, width in zip(text, widths, strict=True):
        if not character.isspace():
            yield Glyph(character, at, y0, at + width * step, y1)
        at += width * step
