"""Contract: pages of pictures are read by recognition where the extra `ocr` is installed, and refused where it is not."""

import importlib.util
import io
from pathlib import Path

import pytest

from dafeng.evidence import DafengError
from dafeng.plan.documents import pdf_scans
from dafeng.plan.documents.formats import read_bytes
from dafeng.plan.reading import read_source

LINES = (
    "青川市碳达峰实施方案",
    "一、主要目标",
    "到2025年,非化石能源消费比重达到18%,森林覆盖率达到61%以上。",
    "到2030年,新型储能装机容量达到90万千瓦,全市二氧化碳排放达到峰值。",
    "二、重点任务",
    "(一)发展新能源。加快建设光伏和风电基地。",
    "(市发展改革委、市自然资源局按职责分工负责)",
)
FONTS = [
    Path(path)
    for path in (
        "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    )
    if Path(path).exists()
]


def test_characters_share_the_box_of_their_line() -> None:
    """Box of 80 points for 2 Chinese and 4 ASCII characters: a Chinese one has 20, an ASCII one 10."""
    glyphs = list(pdf_scans.glyphs_of("到2025年", 100, 50, 180, 62))
    assert [(glyph.character, glyph.x0, glyph.x1) for glyph in glyphs] == [
        ("到", 100, 120), ("2", 120, 130), ("0", 130, 140), ("2", 140, 150), ("5", 150, 160), ("年", 160, 180),
    ]  # fmt: skip
    assert {(glyph.y0, glyph.y1) for glyph in glyphs} == {(50, 62)}
    assert [glyph.x0 for glyph in pdf_scans.glyphs_of("a b", 0, 0, 30, 10)] == [0, 20]
    assert list(pdf_scans.glyphs_of("", 0, 0, 1, 1)) == []


def scan(lines: tuple[str, ...], pages: int = 1) -> bytes:
    """Draw lines as a picture of 200 dots an inch on A4."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(FONTS[0]), 34)
    image = Image.new("RGB", (1654, 2339), "white")
    draw = ImageDraw.Draw(image)
    for i, line in enumerate(lines):
        draw.text((180, 200 + 60 * i), line, fill="black", font=font)
    out = io.BytesIO()
    image.save(out, "PDF", resolution=200, save_all=True, append_images=[image] * (pages - 1))
    return out.getvalue()


def recognised_as(lines: tuple[str, ...]):
    """Stand in for the recognition: the lines as it would return them, page of A4."""

    def recognise(page: object) -> tuple[pdf_scans.Glyph, ...]:
        return tuple(
            glyph
            for i, line in enumerate(lines)
            for glyph in pdf_scans.glyphs_of(
                line, 65, 755 - 22 * i, 65 + 6 * len(line.encode("gbk")), 767 - 22 * i
            )
        )

    return recognise


@pytest.mark.skipif(not FONTS, reason="no Chinese font to draw a scan")
def test_a_scan_without_the_extra_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dafeng.plan.documents.pdf.recogniser", lambda: None)
    with pytest.raises(DafengError, match=r"\[plan,ocr\]"):
        read_bytes(scan(LINES), "scan.pdf")


@pytest.mark.skipif(not FONTS, reason="no Chinese font to draw a scan")
def test_recognised_lines_are_read_and_marked_for_checking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dafeng.plan.documents.pdf.recogniser", lambda: recognised_as(LINES))
    plan = read_source(read_bytes(scan(LINES), "scan.pdf"))
    assert [(t.comparator.value, t.value, t.year) for t in plan.targets] == [
        ("=", 18, 2025), (">=", 61, 2025), ("=", 90, 2030), ("milestone", None, 2030),
    ]  # fmt: skip
    assert [duty.departments for duty in plan.duties] == [("市发展改革委", "市自然资源局")]
    assert "recognised_pages" in {finding.code for finding in plan.findings}


@pytest.mark.prove
@pytest.mark.skipif(
    not FONTS or importlib.util.find_spec("rapidocr") is None, reason="the extra ocr is not installed"
)
def test_a_drawn_scan_gives_its_figures() -> None:
    plan = read_source(read_bytes(scan(LINES), "scan.pdf"))
    assert {(t.value, t.unit, t.year) for t in plan.targets} >= {
        (18, "%", 2025), (61, "%", 2025), (90, "万千瓦", 2030),
    }  # fmt: skip
    assert [duty.departments for duty in plan.duties] == [("市发展改革委", "市自然资源局")]
