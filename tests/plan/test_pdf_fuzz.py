"""Contract: no arrangement of characters, rulings and shading on a PDF page crashes; pages that give nothing are told."""

import random

import pytest
from tests.plan.pdf_pages import HEIGHT, WIDTH, Page, document

from dafeng.evidence import DafengError
from dafeng.plan.documents.formats import read_bytes
from dafeng.plan.reading import read_source

WORDS = (
    "指标",
    "2025年",
    "18.5",
    "到2025年,森林覆盖率达到60%。",
    "责任单位",
    "市发改委、市财政局",
    "—",
    "≥",
    "年",
    "(负责)",
    "一、目标",
    "\uf031\uf032",
)


def scattered(seed: int) -> bytes:
    """A file of pages with words, lines and boxes anywhere."""
    rng = random.Random(seed)
    pages = []
    for _ in range(rng.randint(1, 3)):
        page = Page(rng.choice((0, 0, 90, 180, 270)))
        angle = rng.choice((0, 0, 0, 90, 180, 270))
        for _ in range(rng.randint(0, 60)):
            words = rng.choice(WORDS)
            # snapped places make rows and columns that almost are tables
            x, y = 20 * rng.randint(2, 26), 12 * rng.randint(4, 66)
            page.text(x, y, words, rng.choice((6, 10.5, 12, 24)), angle)
        for _ in range(rng.randint(0, 40)):
            x, y = 20 * rng.randint(1, 27), 12 * rng.randint(2, 68)
            across = rng.random() < 0.5
            page.line(
                x,
                y,
                x + (rng.choice((20, 80, 400)) if across else 0),
                y + (0 if across else rng.choice((12, 60, 300))),
            )
        for _ in range(rng.randint(0, 8)):
            page.fill(
                rng.uniform(0, WIDTH),
                rng.uniform(0, HEIGHT),
                rng.choice((0.5, 50, 300)),
                rng.choice((0.5, 14, 200)),
            )
        pages.append(page)
    return document(pages)


def tried(seed: int) -> None:
    data = scattered(seed)
    if b"Tj" not in data:
        with pytest.raises(DafengError, match="scanned"):
            read_bytes(data, "scattered.pdf")
        return
    try:
        source = read_bytes(data, "scattered.pdf")
    except DafengError as error:  # pages of less than five characters each count as pictures
        if "scanned" not in str(error) or data.count(b"Tj") >= 10:
            raise
        return
    plan = read_source(source)
    assert plan.coverage is not None
    for table in source.tables:
        assert len({len(row) for row in table.rows}) == 1


@pytest.mark.parametrize("seed", range(12))
def test_scattered_pages(seed: int) -> None:
    tried(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12, 300))
def test_many_scattered_pages(seed: int) -> None:
    tried(seed)


def test_a_page_whose_characters_mean_nothing_is_a_finding_with_its_number() -> None:
    good, bad = Page(), Page()
    for row in range(20):
        good.text(80, 700 - 20 * row, "到2025年,森林覆盖率达到60%,推进绿色转型。")
        bad.text(80, 700 - 20 * row, "\uffff\ufffe" * 12)
    plan = read_source(read_bytes(document([good, bad]), "plan.pdf"))
    told = [finding for finding in plan.findings if finding.code in ("garbled_pages", "empty_pages")]
    assert told
    assert all("2" in finding.zh for finding in told)
    assert plan.targets


def test_characters_beside_a_table_are_not_lost() -> None:
    page = Page()
    page.text(80, 760, "某市碳达峰实施方案")
    for r in range(4):
        page.line(200, 700 - 24 * r, 500, 700 - 24 * r)
    for x in (200, 350, 425, 500):
        page.line(x, 628, x, 700)
    for r, row in enumerate(
        (("指标", "单位", "2025年"), ("森林覆盖率", "%", "60"), ("光伏装机", "万千瓦", "20"))
    ):
        for c, words in enumerate(row):
            page.text((205, 355, 430)[c], 684 - 24 * r, words, 10)
    page.text(60, 660, "旁注文字", 10)
    page.text(80, 600, "到2030年,湿地保护率达到50%。")
    source = read_bytes(document([page]), "plan.pdf")
    assert "旁注文字" in source.text
    assert sorted(t.value for t in read_source(source).targets) == [20, 50, 60]
