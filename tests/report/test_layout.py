"""Contract: a paper has the page, grid, fonts, numbering and page numbers of GB/T 9704, and the same bytes for the same content."""

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dafeng.evidence import DafengError
from dafeng.report.papers.layout import OfficialPaper

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TWIPS_PER_MM = 1440 / 25.4


def made(synthetic: bool = False) -> OfficialPaper:
    paper = OfficialPaper("示例市年度评估报告").marked(synthetic)
    paper.heading("总体情况")
    paper.heading("能源", 2)
    paper.heading("风电", 3)
    paper.heading("装机", 4)
    paper.heading("并网", 4)
    paper.heading("工业", 2)
    paper.heading("建议")
    paper.paragraph("正文。")
    paper.table(["序号", "目标"], [["1", "甲"], ["2", "乙"]], [20, 100])
    paper.signature("示例市发展和改革委员会", "2026年1月1日")
    return paper


def part(content: bytes, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read(f"word/{name}.xml"))


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(run.text or "" for run in paragraph.iter(f"{W}t")) for paragraph in root.iter(f"{W}p")]


def test_page_margins_and_grid():
    section = next(part(made().bytes(), "document").iter(f"{W}sectPr"))
    size, margin, grid = (section.find(f"{W}{name}") for name in ("pgSz", "pgMar", "docGrid"))
    assert [round(int(size.get(f"{W}{n}")) / TWIPS_PER_MM) for n in ("w", "h")] == [210, 297]
    found = [round(int(margin.get(f"{W}{n}")) / TWIPS_PER_MM) for n in ("top", "bottom", "left", "right")]
    assert found == [37, 35, 28, 26]
    assert grid.get(f"{W}type") == "linesAndChars"
    pitch, space = int(grid.get(f"{W}linePitch")), int(grid.get(f"{W}charSpace"))
    assert 225 * TWIPS_PER_MM // pitch in (21, 22)
    assert round(225 * TWIPS_PER_MM / pitch) == 22
    assert int(156 / 25.4 * 72 / (16 + space / 4096) + 1e-3) == 28


def test_fonts_by_name_and_size():
    styles = {
        style.find(f"{W}name").get(f"{W}val"): style
        for style in part(made().bytes(), "styles").iter(f"{W}style")
    }
    expected = {
        "dafeng title": ("方正小标宋简体", 22), "dafeng text": ("仿宋_GB2312", 16), "dafeng heading 1": ("黑体", 16),
        "dafeng heading 2": ("楷体_GB2312", 16), "dafeng heading 3": ("仿宋_GB2312", 16), "dafeng heading 4": ("仿宋_GB2312", 16),
    }  # fmt: skip
    for name, (font, size) in expected.items():
        run = styles[name].find(f"{W}rPr")
        assert run.find(f"{W}rFonts").get(f"{W}eastAsia") == font
        assert int(run.find(f"{W}sz").get(f"{W}val")) == 2 * size


def test_headings_are_numbered_by_level_and_begin_again():
    found = [text for text in texts(part(made().bytes(), "document")) if text]
    assert found[:8] == [
        "示例市年度评估报告",
        "一、总体情况",
        "（一）能源",
        "1.风电",
        "（1）装机",
        "（2）并网",
        "（二）工业",
        "二、建议",
    ]


def test_the_head_of_a_table_repeats_and_rows_stay_whole():
    rows = list(part(made().bytes(), "document").iter(f"{W}tr"))
    heads = [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows]
    assert heads == [True, False, False]
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)


def test_page_numbers_stand_outside_on_odd_and_even_pages():
    content = made().bytes()
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    footers = [
        part(content, Path(name).stem) for name in sorted(names) if re.fullmatch(r"word/footer\d\.xml", name)
    ]
    sides = {footer.find(f"{W}p/{W}pPr/{W}jc").get(f"{W}val") for footer in footers}
    assert sides == {"right", "left"}
    assert all([field.text for field in footer.iter(f"{W}instrText")] == ["PAGE"] for footer in footers)
    assert all("—" in "".join(texts(footer)) for footer in footers)


def test_a_mark_is_on_every_page():
    content = made(synthetic=True).bytes()
    names = [
        name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if name.startswith("word/header")
    ]
    assert len(names) == 2
    assert all(
        "仿真数据,不代表任何真实城市" in "".join(texts(part(content, Path(name).stem))) for name in names
    )


def test_the_same_content_gives_the_same_bytes():
    assert made().bytes() == made().bytes()


def test_bad_tables_levels_and_places_are_refused(tmp_path: Path):
    paper = made()
    with pytest.raises(ValueError, match="156 mm"):
        paper.table(["a"], [["1"]], [157])
    with pytest.raises(ValueError, match="156 mm"):
        paper.table(["a", "b"], [["1"]], [20, 20])
    with pytest.raises(ValueError, match="level 5"):
        paper.heading("x", 5)
    with pytest.raises(DafengError) as error:
        paper.save(tmp_path / "none" / "a.docx")
    assert "a file in a folder" in error.value.problems[0].expected
