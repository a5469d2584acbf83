"""Reader of PDF documents with a text layer.

Lines and indents are read by their places, tables by their rulings, page by page.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from dafeng.evidence import DafengError, install_extra, track
from dafeng.plan.documents.limits import LARGEST_TEXT, missing_extra
from dafeng.plan.documents.pdf_glyphs import (
    Glyph,
    PageText,
    in_reading_order,
    left_margin,
    lines_of_glyphs,
    read_glyphs,
    written,
)
from dafeng.plan.documents.pdf_marks import without_line_numbers
from dafeng.plan.documents.pdf_scans import Recognise, recogniser
from dafeng.plan.documents.pdf_streams import check_streams
from dafeng.plan.documents.pdf_tables import Grid, TooManyPathsError, cell_texts, read_grids
from dafeng.plan.documents.source import Note, Source, Writer

_HEADER = re.compile(
    r"指标|(?:责任|牵头|配合|参与|主办|实施)(?:单位|部门|主体)|属性|目标值|现状值|基期|20\d\d年|十[四五六]五|完成时限"
)
"""Words in the first rows of a table that may be read; what has none is written as the lines of its page."""
_HEADER_ROWS = 3
_LONGEST_CELL = 600
"""Characters: a longer cell is a page laid out by a table."""
_GARBLED = 0.3
"""Share of characters without a meaning above which a page counts as not understood."""
MOST_PAGES = 3000
_FEWEST = 5
"""Characters: a page with fewer has no text."""
_PAGES_AT_ONCE = 40
"""Pages after which the document is opened anew: the library keeps the fonts of every page it has drawn."""


def read_pdf(data: bytes, name: str, digest: str) -> Source:
    """Read the text of a PDF; progress by page.

    Raises
    ------
    DafengError
        For an encrypted, damaged or scanned one, and where the extra is missing.
    """
    try:
        import pypdfium2 as pdfium
        from pypdfium2 import PdfiumError
    except ImportError as error:
        raise missing_extra("pypdfium2", name) from error
    check_streams(data, name)
    reading = _Reading()
    document = _opened(data, name)
    count = len(document)
    if count > MOST_PAGES:
        document.close()
        raise DafengError.at(
            name, f"{count} pages", f"at most {MOST_PAGES} pages", "cut the plan out of the file"
        )
    try:
        for number in track("PDF", range(count)):
            if number and number % _PAGES_AT_ONCE == 0:
                document.close()
                document = _opened(data, name)
            reading.starts.append(reading.writer.length)
            try:
                _page(document[number], reading, pdfium, number + 1)
            except PdfiumError:
                reading.broken.append(number + 1)
            if reading.writer.length - reading.starts[-1] < _FEWEST:
                _scanned(document[number], reading, pdfium, number + 1)
            if reading.writer.length > LARGEST_TEXT:
                raise DafengError.at(
                    name, f"more than {LARGEST_TEXT:,} characters", "a plan", "cut the plan out of the file"
                )
    finally:
        document.close()
    if len(reading.empty) == count:
        raise DafengError.at(
            name,
            "a PDF of pictures without text (scanned)",
            "a PDF with a text layer",
            install_extra("plan", "ocr"),
        )
    writer = reading.writer
    return Source(
        writer.text, name, "pdf", None, digest, False, tuple(reading.starts), writer.tables, reading.notes()
    )


def _opened(data: bytes, name: str) -> Any:
    """Open a PDF, or say why it cannot be opened."""
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
        len(document)
    except pdfium.PdfiumError as error:
        if "assword" in str(error) or "ecurity" in str(error):
            raise DafengError.at(
                name, "an encrypted PDF", "a PDF without password", "save it without protection"
            ) from error
        raise DafengError.at(
            name, "a damaged PDF", "a PDF that a viewer opens", "print it to PDF again"
        ) from error
    return document


@dataclass(slots=True)
class _Reading:
    """Content of the pages read so far, and the pages that gave nothing or no sense (first page 1)."""

    writer: Writer = field(default_factory=Writer)
    starts: list[int] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)
    recognised: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    garbled: list[int] = field(default_factory=list)
    drawn: list[int] = field(default_factory=list)
    columns: tuple[float, ...] = ()
    """Columns of the table with which the page before ended."""

    def notes(self) -> tuple[Note, ...]:
        """Return one note for each kind of page that was not understood, with the page numbers."""
        kinds = (
            ("empty_pages", self.empty, "没有文字的页", "pages without text"),
            ("recognised_pages", self.recognised, "文字由图像识别得到的页,请逐项核对", "pages whose text was recognised from pictures: check each reading"),
            ("broken_pages", self.broken, "损坏而未能读出的页", "damaged pages that could not be read"),
            ("garbled_pages", self.garbled, "文字无法对应成字符的页,请另存或先做文字识别", "pages whose characters have no meaning"),
            ("drawn_pages", self.drawn, "线条过多、未查找表格的页", "pages with too many drawn lines to look for tables"),
        )  # fmt: skip
        notes: list[Note] = []
        for code, pages, zh, en in kinds:
            pages = [page for page in pages if code == "broken_pages" or page not in self.broken]
            if pages:
                shown, more = ", ".join(map(str, pages[:30])), " …" if len(pages) > 30 else ""
                notes.append(Note(code, f"{zh}:{shown.replace(', ', '、')}{more}", f"{en}: {shown}{more}"))
        return tuple(notes)


def _scanned(page: Any, reading: _Reading, pdfium: Any, number: int) -> None:
    """Write a page without text by recognition where it shows a picture and the extra is installed."""
    picture = any(page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
    recognise = recogniser() if picture else None
    if recognise is not None:
        _page(page, reading, pdfium, number, recognise)
    if reading.writer.length - reading.starts[-1] < _FEWEST:
        reading.empty.append(number)
    else:
        reading.recognised.append(number)


def _page(page: Any, reading: _Reading, pdfium: Any, number: int, recognise: Recognise | None = None) -> None:
    """Write one page: its lines, and its tables at their places between them."""
    raw = pdfium.raw
    textpage = page.get_textpage()
    content = PageText(recognise(page), 0, 0, 0) if recognise else read_glyphs(textpage, raw)
    readable = len(content.glyphs)
    if content.unmapped > _GARBLED * max(readable + content.unmapped, 1) and content.unmapped > 20:
        reading.garbled.append(number)
    try:
        grids = read_grids(page, raw, content.turns, content.glyphs, reading.columns)
    except TooManyPathsError:
        grids = []
        reading.drawn.append(number)
    rest = without_line_numbers(
        content.glyphs, [glyph for glyph in content.glyphs if not any(_holds(grid, glyph) for grid in grids)]
    )
    pieces: list[_Piece] = []
    below = float("-inf")
    for grid in reversed(grids):
        inside = [glyph for glyph in rest if _holds(grid, glyph)]
        goes_on = bool(reading.columns) and grid is grids[0]
        rows = cell_texts(grid, inside, [one for one in content.sideways if _holds(grid, one[0])])
        if not inside or not _is_table(rows, goes_on):
            continue
        rest = [glyph for glyph in rest if not _holds(grid, glyph)]
        lower = [glyph for glyph in rest if glyph.middle < grid.bottom and glyph.middle >= below]
        pieces += [(lower, None, []), (inside, grid, rows)]
        below = grid.bottom
    pieces.append(([glyph for glyph in rest if glyph.middle >= below], None, []))
    _write(pieces[::-1], reading)
    textpage.close()
    page.close()


def _holds(grid: Grid, glyph: Glyph) -> bool:
    across = grid.xs[0] - 1 <= (glyph.x0 + glyph.x1) / 2 <= grid.xs[-1] + 1
    return across and grid.bottom <= glyph.middle <= grid.top


def _is_table(rows: list[list[tuple[object, str]]], goes_on: bool) -> bool:
    """Check whether the first rows name readable columns, or a table of the page before goes on here."""
    words = ["".join(text.split()) for row in rows for _, text in row]
    if max(map(len, words), default=0) > _LONGEST_CELL:
        return False
    top = "".join("".join(text.split()) for row in rows[:_HEADER_ROWS] for _, text in row)
    return goes_on or bool(_HEADER.search(top))


_FOOT = 3
"""Lines below a table that may be the foot of its page: with more the table does not go on."""


_Piece = tuple[list[Glyph], Grid | None, list[list[tuple[object, str]]]]
"""Characters of a stretch of a page, its table where it is one, and the rows of that."""


def _write(pieces: list[_Piece], reading: _Reading) -> None:
    """Write lines and tables from the top; keep the columns of a table that may go on overleaf."""
    writer = reading.writer
    margin = left_margin(
        lines_of_glyphs([glyph for glyphs, grid, _ in pieces if grid is None for glyph in glyphs])
    )
    columns: tuple[float, ...] = ()
    for glyphs, grid, rows in pieces:
        if grid is not None:
            writer.table(rows)
            columns = grid.xs
            continue
        lines = in_reading_order(lines_of_glyphs(glyphs))
        two_columns = len({round(line.x0 / 40) for line in lines if len(line.glyphs) > 8}) > 3
        writer.write(written(lines, None if two_columns else margin))
        columns = () if sum(len(line.glyphs) > 12 for line in lines) > _FOOT else columns
    reading.columns = columns
