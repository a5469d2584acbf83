"""PDF documents with a text layer: lines in reading order, tables from their ruled lines, page by page."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import Any

from dafeng.evidence import DafengError, track
from dafeng.plan.documents.limits import LARGEST_TEXT, missing_extra
from dafeng.plan.documents.pdf_streams import check_streams
from dafeng.plan.documents.source import Note, Source, Writer

_TABLE_HINTS = ("指标", "责任单位", "牵头单位", "责任部门", "属性")
MOST_PAGES = 3000


def read_pdf(data: bytes, name: str, digest: str) -> Source:
    """The text of a PDF; progress by page.

    Raises: DafengError for an encrypted, damaged or scanned one, and where the extra is missing.
    """
    try:
        import pypdfium2 as pdfium
        from pypdfium2 import PdfiumError
    except ImportError as error:
        raise missing_extra("pypdfium2", name) from error
    check_streams(data, name)
    try:
        document = pdfium.PdfDocument(data)
        count = len(document)
    except PdfiumError as error:
        if "assword" in str(error) or "ecurity" in str(error):
            raise DafengError.at(
                name, "an encrypted PDF", "a PDF without password", "save it without protection"
            ) from error
        raise DafengError.at(
            name, "a damaged PDF", "a PDF that a viewer opens", "print it to PDF again"
        ) from error
    if count > MOST_PAGES:
        raise DafengError.at(
            name, f"{count} pages", f"at most {MOST_PAGES} pages", "cut the plan out of the file"
        )
    writer = Writer()
    starts: list[int] = []
    empty: list[int] = []
    goes_on = False
    try:
        for number in track("PDF", range(count)):
            starts.append(writer.length)
            with suppress(PdfiumError):
                goes_on = _page(document[number], writer, pdfium, goes_on)
            if writer.length - starts[-1] < 5:
                empty.append(number + 1)
            if writer.length > LARGEST_TEXT:
                raise DafengError.at(
                    name, f"more than {LARGEST_TEXT:,} characters", "a plan", "cut the plan out of the file"
                )
    finally:
        document.close()
    if len(empty) == count:
        raise DafengError.at(
            name,
            "a PDF of pictures without text (scanned)",
            "a PDF with a text layer",
            "run text recognition (OCR) first",
        )
    shown = "、".join(map(str, empty[:20]))
    notes = (Note("empty_pages", f"没有文字的页:{shown}", f"pages without text: {shown}"),) if empty else ()
    return Source(writer.text, name, "pdf", None, digest, False, tuple(starts), writer.tables, notes)


def _page(page: Any, writer: Writer, pdfium: Any, goes_on: bool) -> bool:
    """Write one page; whether a table stood on it, which may go on without its header on the next."""
    textpage = page.get_textpage()
    text = _clean(textpage.get_text_range())
    grids = _grids(page, pdfium) if goes_on or any(hint in text for hint in _TABLE_HINTS) else []
    if not grids:
        writer.write(text.rstrip() + "\n")
    else:
        width, below = page.get_size()
        for ys, rows in grids:
            writer.write(_clean(textpage.get_text_bounded(0, ys[0] + 1, width, below)).rstrip() + "\n")
            writer.table(
                [[(key, _clean(textpage.get_text_bounded(*box)).strip()) for key, box in row] for row in rows]
            )
            below = ys[-1] - 1
        writer.write(_clean(textpage.get_text_bounded(0, 0, width, below)).rstrip() + "\n")
    textpage.close()
    page.close()
    return bool(grids)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "").replace("\x00", "")


Box = tuple[float, float, float, float]


Rule = tuple[float, float, float]
"""A ruled line: where it stands, from where to where it runs."""
Grid = tuple[list[float], list[list[tuple[object, Box]]]]
"""Edges of rows from the top; rows of (merged cell, box)."""
_APART = 4.0
"""Points between the ends of upright lines that belong to two tables."""


def _grids(page: Any, pdfium: Any) -> list[Grid]:
    """The tables of a page from the top: upright lines that follow each other down the page make one."""
    across: list[Rule] = []
    down: list[Rule] = []
    for left, bottom, right, top in _ruled(page, pdfium):
        if right - left > 8 and top - bottom < 2.5:
            across.append(((bottom + top) / 2, left, right))
        elif top - bottom > 4 and right - left < 2.5:
            down.append(((left + right) / 2, bottom, top))
        elif right - left > 8 and top - bottom > 4:
            across += [(bottom, left, right), (top, left, right)]
            down += [(left, bottom, top), (right, bottom, top)]
    grids: list[Grid] = []
    for low, high in _stretches(down):
        inside = [rule for rule in across if low - _APART < rule[0] < high + _APART]
        grid = _grid(inside, [rule for rule in down if low - 1 <= rule[1] and rule[2] <= high + 1])
        if grid is not None:
            grids.append(grid)
    return grids


def _stretches(down: list[Rule]) -> list[tuple[float, float]]:
    """(lowest, highest) of each run of upright lines, the topmost first."""
    runs: list[tuple[float, float]] = []
    for _, low, high in sorted(down, key=lambda rule: -rule[2]):
        if runs and high > runs[-1][0] - _APART:
            runs[-1] = (min(runs[-1][0], low), runs[-1][1])
        else:
            runs.append((low, high))
    return runs


def _grid(across: list[Rule], down: list[Rule]) -> Grid | None:
    """Cells between ruled lines; None where they are a box or a frame and no table."""
    xs = _clustered([x for x, _, _ in down])
    ys = _clustered([y for y, _, _ in across])[::-1]
    if len(xs) < 3 or len(ys) < 3 or len(xs) > 40 or len(ys) > 200:
        return None
    leader: dict[tuple[int, int], tuple[int, int]] = {}
    for r, c in product(range(len(ys) - 1), range(len(xs) - 1)):
        y, x = (ys[r] + ys[r + 1]) / 2, (xs[c] + xs[c + 1]) / 2
        if c and not _crossed(down, xs[c], y):
            leader[r, c] = leader[r, c - 1]
        elif r and not _crossed(across, ys[r], x):
            leader[r, c] = leader[r - 1, c]
        else:
            leader[r, c] = (r, c)
    boxes: dict[object, Box] = {}
    for (r, c), key in leader.items():
        box = (xs[c], ys[r + 1], xs[c + 1], ys[r])
        old = boxes.get(key, box)
        boxes[key] = (min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3]))
    rows: list[list[tuple[object, Box]]] = [
        [(leader[r, c], boxes[leader[r, c]]) for c in range(len(xs) - 1)] for r in range(len(ys) - 1)
    ]
    return ys, rows


def _crossed(lines: list[Rule], at: float, along: float) -> bool:
    """Whether a ruled line stands at `at` and covers `along`."""
    return any(abs(place - at) < 3 and low - 1 <= along <= high + 1 for place, low, high in lines)


def _ruled(page: Any, pdfium: Any) -> Iterator[Box]:
    for count, item in enumerate(page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_PATH], max_depth=2)):
        if count > 4000:
            return
        yield item.get_bounds() if hasattr(item, "get_bounds") else item.get_pos()


def _clustered(values: list[float]) -> list[float]:
    result: list[float] = []
    for value in sorted(values):
        if not result or value - result[-1] > 3:
            result.append(value)
    return result
