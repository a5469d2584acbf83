"""Official layout of papers: page, grid, fonts, numbering and page numbers of GB/T 9704-2012, as docx.

A4 with margins 37 (top), 35 (bottom), 28 (left) and 26 mm (right): a text area of 156 × 225 mm with 22 lines of 28
characters. Title in 小标宋 22 pt, text in 仿宋 16 pt, headings 一、 in 黑体, （一） in 楷体, 1. and （1） in 仿宋, page
numbers in 宋体 14 pt between dashes, outside on odd and even pages. Fonts are named, not embedded: an office has them.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, Language
from dafeng.report import texts

TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 37, 35, 28, 26
LINES, CHARACTERS = 22, 28
LINE_PITCH = 580
"""Line pitch of the grid [1/20 pt]: 225 mm ÷ 22."""
CHARACTER_SPACE = -849
"""Widening of the character pitch [1/4096 pt]: 156 mm ÷ 28 is 15.79 pt for characters of 16 pt."""
TITLE_FONT, TEXT_FONT, FIRST_FONT, SECOND_FONT, NUMBER_FONT = (
    texts.text(f"layout.font.{part}", Language.ZH) for part in ("title", "text", "first", "second", "number")
)
LATIN_FONT = "Times New Roman"
TEXT_PT, TITLE_PT, TABLE_PT, NUMBER_PT, NOTE_PT = 16, 22, 12, 14, 8
CONDENSED = -5
"""Spacing of characters of the text size [1/20 pt]: 15.75 pt fit into a cell of 15.79, where 16 would take two."""
_EPOCH = (2000, 1, 1, 0, 0, 0)
"""Date of every member of the file: the same content gives the same bytes."""
_NUMERALS = texts.text("layout.numerals", Language.ZH)


class OfficialPaper:
    """A paper that is written from the top: title, then headings, paragraphs and tables, then place and date."""

    def __init__(self, title: str, compact: bool = False) -> None:
        """Begin a paper.

        Parameters
        ----------
        title : str
            Title, centred.
        compact : bool
            Text of 12 pt and no empty line below the title, for a paper of one page.
        """
        self._docx = _library()
        self._document: Any = self._docx.Document()
        self._counts = [0, 0, 0, 0]
        self.references: list[tuple[str, str]] = []
        """Figures with their references, in the order of their numbers."""
        self._page()
        self._grid()
        self._styles()
        self._title(title, compact)
        self._text = "dafeng compact" if compact else "dafeng text"

    def heading(self, text: str, level: int = 1) -> None:
        """Add a numbered heading of level 1 (一、) to 4 （1）.

        Raises
        ------
        ValueError
            For a level outside 1 to 4.
        """
        if not 1 <= level <= 4:
            raise ValueError(f"level {level}")
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (4 - level)
        paragraph = self._document.add_paragraph(style=f"dafeng heading {level}")
        self._run(paragraph, _numbered(self._counts[level - 1], level) + text)

    def paragraph(self, text: str) -> None:
        """Add a paragraph, indented by two characters."""
        self._run(self._document.add_paragraph(style=self._text), text)

    def note(self, text: str) -> None:
        """Add a paragraph in the smallest size, as for references of figures."""
        self._run(self._document.add_paragraph(style="dafeng note"), text)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], widths_mm: Sequence[float]) -> None:
        """Add a table whose head repeats on every page; rows do not break across pages.

        Parameters
        ----------
        head : sequence of str
        rows : sequence of sequence of str
            Each as long as `head`.
        widths_mm : sequence of float
            Widths of the columns; together at most 156.

        Raises
        ------
        ValueError
            For widths beyond the text area, or a row of another length.
        """
        if (
            sum(widths_mm) > 156.01
            or len(widths_mm) != len(head)
            or any(len(row) != len(head) for row in rows)
        ):
            raise ValueError("a width for each column, 156 mm in all, and rows as long as the head")
        table = self._document.add_table(rows=1 + len(rows), cols=len(head))
        table.style = "Table Grid"
        table.autofit = False
        for column, width in zip(table.columns, widths_mm, strict=True):
            column.width = self._docx.shared.Mm(width)
        for number, row in enumerate((head, *rows)):
            cells = table.rows[number].cells
            for cell, text, width in zip(cells, row, widths_mm, strict=True):
                cell.width = self._docx.shared.Mm(width)
                cell.paragraphs[0].style = self._document.styles["dafeng table"]
                self._run(cell.paragraphs[0], text, bold=number == 0)
            self._row(table.rows[number], head=number == 0)

    def signature(self, body: str, day: str) -> None:
        """Add the issuing body and the date at the right."""
        paragraphs = self._document.paragraphs
        for text in (part for part in (body, day) if part):
            # a signature stays with the last paragraph: it does not go to a page of its own
            paragraphs[-1].paragraph_format.keep_with_next = True
            paragraph = self._document.add_paragraph(style=self._text)
            paragraphs.append(paragraph)
            paragraph.alignment = self._docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT
            self._run(paragraph, text)

    def marked(self, synthetic: bool) -> "OfficialPaper":
        """Return the paper; the head of every page states that the data are synthetic where they are."""
        section = self._document.sections[0]
        for header in (section.header, section.even_page_header):
            if synthetic and not header.paragraphs[0].text:
                header.paragraphs[0].alignment = self._docx.enum.text.WD_ALIGN_PARAGRAPH.CENTER
                mark = texts.text("paper.head.synthetic_data_no_real_city", Language.ZH)
                self._run(header.paragraphs[0], mark, size=TABLE_PT, font=FIRST_FONT)
        return self

    def bytes(self) -> bytes:
        """Return the docx; the same content gives the same bytes."""
        self._drop_leftovers()
        properties = self._document.core_properties
        properties.author, properties.last_modified_by = "dafeng", "dafeng"
        properties.created = properties.modified = datetime(*_EPOCH, tzinfo=UTC)
        raw = io.BytesIO()
        self._document.save(raw)
        return _fixed(raw.getvalue())

    def save(self, path: Path) -> None:
        """Write the docx.

        Raises
        ------
        DafengError
            Where the folder does not exist or cannot be written to.
        """
        try:
            path.write_bytes(self.bytes())
        except OSError as error:
            raise DafengError.at(str(path), str(error), texts.both("problem.file_in_a_folder")) from error

    def _drop_leftovers(self) -> None:
        """Drop what the library's template carries: its thumbnail, and a second style table that lacks our styles, for
        which Word repairs the file.
        """
        for relations in (self._document.part.rels, self._document.part.package.rels):
            for id_, relation in list(relations.items()):
                if relation.reltype.endswith(("/stylesWithEffects", "/thumbnail")):
                    del relations[id_]

    def _page(self) -> None:
        mm = self._docx.shared.Mm
        section = self._document.sections[0]
        section.page_width, section.page_height = mm(210), mm(297)
        section.top_margin, section.bottom_margin = mm(TOP_MM), mm(BOTTOM_MM)
        section.left_margin, section.right_margin = mm(LEFT_MM), mm(RIGHT_MM)
        # the number stands 7 mm below the text area
        section.footer_distance = mm(BOTTOM_MM - 7 - 5)
        self._document.settings.odd_and_even_pages_header_footer = True
        align = self._docx.enum.text.WD_ALIGN_PARAGRAPH
        for footer, side in ((section.footer, align.RIGHT), (section.even_page_footer, align.LEFT)):
            self._page_number(footer.paragraphs[0], side)

    def _page_number(self, paragraph: Any, side: Any) -> None:
        paragraph.alignment = side
        for part in ("— ", None, " —"):
            run = paragraph.add_run(part or "")
            self._font(run, NUMBER_FONT, NUMBER_PT)
            if part is None:
                for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
                    run._r.append(self._field(kind, text))

    def _field(self, kind: str, text: str) -> Any:
        element = self._docx.oxml.OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(self._docx.oxml.ns.qn("w:fldCharType"), kind)
        else:
            element.text = text
        return element

    def _grid(self) -> None:
        qn = self._docx.oxml.ns.qn
        properties = self._document.sections[0]._sectPr
        for old in properties.findall(qn("w:docGrid")):
            properties.remove(old)
        grid = self._docx.oxml.OxmlElement("w:docGrid")
        for name, value in (
            ("type", "linesAndChars"),
            ("linePitch", LINE_PITCH),
            ("charSpace", CHARACTER_SPACE),
        ):
            grid.set(qn(f"w:{name}"), str(value))
        properties.append(grid)

    def _styles(self) -> None:
        styles = self._document.styles
        self._font(styles["Normal"], TEXT_FONT, TEXT_PT)
        styles["Normal"].paragraph_format.space_after = self._docx.shared.Pt(0)
        self._style("dafeng title", TITLE_FONT, TITLE_PT, indent=0)
        self._style("dafeng text", TEXT_FONT, TEXT_PT, indent=2)
        for level, font in enumerate((FIRST_FONT, SECOND_FONT, TEXT_FONT, TEXT_FONT), start=1):
            self._style(f"dafeng heading {level}", font, TEXT_PT, indent=2)
        self._style("dafeng table", TEXT_FONT, TABLE_PT, indent=0)
        self._style("dafeng compact", TEXT_FONT, TABLE_PT, indent=2)
        self._style("dafeng note", TEXT_FONT, NOTE_PT, indent=0)

    def _style(self, name: str, font: str, size: int, indent: int) -> None:
        style = self._document.styles.add_style(name, self._docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = self._document.styles["Normal"]
        self._font(style, font, size)
        style.paragraph_format.first_line_indent = self._docx.shared.Pt(indent * size)
        if name.startswith("dafeng heading"):
            style.paragraph_format.keep_with_next = True
        if size != TEXT_PT:
            # the grid is that of the text: other sizes keep their own pitch
            snap = self._docx.oxml.OxmlElement("w:snapToGrid")
            snap.set(self._docx.oxml.ns.qn("w:val"), "0")
            style.element.get_or_add_pPr().insert(0, snap)

    def _font(self, owner: Any, font: str, size: int) -> None:
        owner.font.name = LATIN_FONT
        owner.font.size = self._docx.shared.Pt(size)
        element = owner.element if hasattr(owner, "element") else owner._r
        fonts = element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(self._docx.oxml.ns.qn("w:eastAsia"), font)
        if size == TEXT_PT:
            spacing = self._docx.oxml.OxmlElement("w:spacing")
            spacing.set(self._docx.oxml.ns.qn("w:val"), str(CONDENSED))
            # the schema orders the properties of a run: spacing stands before the size
            element.rPr.find(self._docx.oxml.ns.qn("w:sz")).addprevious(spacing)

    def _title(self, title: str, compact: bool) -> None:
        paragraph = self._document.add_paragraph(style="dafeng title")
        paragraph.alignment = self._docx.enum.text.WD_ALIGN_PARAGRAPH.CENTER
        self._run(paragraph, title)
        if not compact:
            self._document.add_paragraph(style="dafeng text")

    def _run(self, paragraph: Any, text: str, bold: bool = False, size: int = 0, font: str = "") -> None:
        run = paragraph.add_run(text)
        run.bold = bold or None
        if font:
            self._font(run, font, size)

    def _row(self, row: Any, head: bool) -> None:
        properties = row._tr.get_or_add_trPr()
        for name in ("w:cantSplit", *(("w:tblHeader",) if head else ())):
            properties.append(self._docx.oxml.OxmlElement(name))


def _numbered(count: int, level: int) -> str:
    """Return the number of a heading: 一、 （一） 1. （1）."""
    chinese = chinese_number(count)
    return (f"{chinese}、", f"（{chinese}）", f"{count}.", f"（{count}）")[level - 1]


def chinese_number(count: int) -> str:
    """Return a number from 1 to 99 in Chinese.

    >>> [chinese_number(n) for n in (3, 10, 12, 20, 35)]
    ['三', '十', '十二', '二十', '三十五']
    """
    tens, ones = divmod(count, 10)
    ten = _NUMERALS[9]
    lead = "" if tens == 0 else ten if tens == 1 else _NUMERALS[tens - 1] + ten
    return lead + (_NUMERALS[ones - 1] if ones else "")


def _fixed(raw: bytes) -> bytes:
    """Return the same zip with one date for all members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            member = zipfile.ZipInfo(info.filename, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(info.filename))
    return out.getvalue()


def _library() -> Any:
    """Import python-docx with the parts that are used."""
    import docx
    import docx.enum.style
    import docx.enum.text
    import docx.oxml
    import docx.oxml.ns
    import docx.shared

    return docx
