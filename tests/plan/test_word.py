"""Contract: a Word file reads as Word shows it — numbers by list and style, text boxes, tracked changes, pinyin guides."""

import io
from typing import Any

import docx
from docx.oxml import parse_xml

from dafeng.plan.documents.formats import read_bytes

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def text_of(document: Any) -> list[str]:
    buffer = io.BytesIO()
    document.save(buffer)
    return read_bytes(buffer.getvalue(), "plan.docx").text.splitlines()


def with_lists(document: Any, levels: str, *numbers: str) -> None:
    """Add an abstract list 90 and lists that use it: (id, overrides)."""
    root = document.part.numbering_part.element
    root.insert(0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="90">{levels}</w:abstractNum>'))
    for i, overrides in enumerate(numbers):
        root.append(
            parse_xml(f'<w:num {W} w:numId="{90 + i}"><w:abstractNumId w:val="90"/>{overrides}</w:num>')
        )


def level(at: int, form: str, text: str, more: str = "") -> str:
    return f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def numbered(document: Any, text: str, at: int, number: int = 90) -> None:
    paragraph = document.add_paragraph(text)
    paragraph._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {W}><w:ilvl w:val="{at}"/><w:numId w:val="{number}"/></w:numPr>')
    )


def test_levels_restart_below_a_higher_one_unless_they_count_on() -> None:
    document = docx.Document()
    with_lists(
        document,
        level(0, "chineseCounting", "%1、")
        + level(1, "chineseCounting", "(%2)", '<w:lvlRestart w:val="0"/>')
        + level(2, "decimal", "%3."),
        "",
    )
    for at, text in [(0, "甲"), (1, "乙"), (2, "丙"), (2, "丁"), (1, "戊"), (2, "己"), (0, "庚"), (1, "辛")]:
        numbered(document, text, at)
    assert text_of(document) == [
        "一、甲", "(一)乙", "1.丙", "2.丁", "(二)戊", "1.己", "二、庚", "(三)辛"
    ]  # fmt: skip


def test_lists_of_one_kind_count_on_and_an_override_restarts() -> None:
    document = docx.Document()
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    with_lists(document, level(0, "decimal", "%1."), "", "", override)
    for text, number in [("甲", 90), ("乙", 91), ("丙", 92), ("丁", 92)]:
        numbered(document, text, 0, number)
    assert text_of(document) == ["1.甲", "2.乙", "1.丙", "2.丁"]


def test_numbers_come_by_style_and_by_the_style_it_is_based_on_and_can_be_taken_away() -> None:
    document = docx.Document()
    with_lists(document, level(0, "chineseCounting", "%1、", '<w:pStyle w:val="Chapter"/>'), "")
    styles = document.styles.element
    styles.append(
        parse_xml(
            f'<w:style {W} w:type="paragraph" w:styleId="Chapter"><w:name w:val="chapter"/><w:pPr><w:numPr><w:numId w:val="90"/></w:numPr></w:pPr></w:style>'
        )
    )
    styles.append(
        parse_xml(
            f'<w:style {W} w:type="paragraph" w:styleId="Mine"><w:name w:val="mine"/><w:basedOn w:val="Chapter"/></w:style>'
        )
    )
    for text, style in [("甲", "chapter"), ("乙", "mine"), ("丙", "mine"), ("丁", "chapter")]:
        document.add_paragraph(text, style=style)
    document.paragraphs[2]._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {W}><w:numId w:val="0"/></w:numPr>')
    )
    assert text_of(document) == ["一、甲", "二、乙", "丙", "三、丁"]


def test_changes_are_read_as_accepted_and_boxes_on_lines_of_their_own() -> None:
    document = docx.Document()
    run = "<w:r><w:t>{}</w:t></w:r>"
    paragraph = document.add_paragraph("达到")._p
    for xml in (
        f'<w:del {W} w:id="1" w:author="a"><w:r><w:delText>30%</w:delText></w:r></w:del>',
        f'<w:moveFrom {W} w:id="2" w:author="a">{run.format("旧处")}</w:moveFrom>',
        f'<w:ins {W} w:id="3" w:author="a">{run.format("35%")}</w:ins>',
        f"<w:r {W}><w:ruby><w:rubyPr/><w:rt>{run.format('yǐ')}</w:rt><w:rubyBase>{run.format('以')}</w:rubyBase></w:ruby></w:r>",
        f"<w:r {W}><w:pict><w:txbxContent><w:p>{run.format('专栏1 重点工程')}</w:p><w:p>{run.format('1.示范')}</w:p></w:txbxContent></w:pict></w:r>",
    ):
        paragraph.append(parse_xml(xml))
    assert text_of(document) == ["达到35%以", "专栏1 重点工程", "1.示范"]


def test_raised_marks_of_notes_are_no_digits_and_powers_of_units_stay() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("覆盖率达到60")
    for text, raised in (
        ("1", True),
        ("%,人口密度6000人/km", False),
        ("2", True),
        (",用地20公顷", False),
        ("[3]", True),
    ):
        paragraph.add_run(text).font.superscript = raised
    assert text_of(document) == ["覆盖率达到60%,人口密度6000人/km2,用地20公顷"]


def test_a_table_within_a_cell_is_a_table_and_a_deleted_row_is_none() -> None:
    document = docx.Document()
    inner = document.add_table(1, 2).cell(0, 1).add_table(3, 2)
    for r, row in enumerate((("指标", "2025年"), ("森林覆盖率(%)", "60"), ("绿电占比(%)", "30"))):
        for c, words in enumerate(row):
            inner.cell(r, c).text = words
    inner.rows[1]._tr.get_or_add_trPr().append(parse_xml(f'<w:del {W} w:id="3" w:author="a"/>'))
    buffer = io.BytesIO()
    document.save(buffer)
    (table,) = read_bytes(buffer.getvalue(), "plan.docx").tables
    assert [[cell.text for cell in row] for row in table.rows] == [["指标", "2025年"], ["绿电占比(%)", "30"]]
