"""The page in a browser: no error, no request, both languages, no sideways scroll, an A4 edition, files to save, axe."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dafeng.report import Summary, render

pytestmark = pytest.mark.system

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


@pytest.fixture
def browser() -> Iterator[object]:
    playwright = pytest.importorskip("playwright.sync_api")
    found = next((path for path in BROWSERS if Path(path).exists()), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as session:
        chromium = session.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_page_in_the_browser(browser, summary: Summary, tmp_path: Path, width: int) -> None:
    file = tmp_path / "index.html"
    file.write_text(render(summary), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(120_000)  # a machine may be busy
    faults: list[str] = []
    requests: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector(".js-plotly-plot .main-svg")
    charts = page.locator("[data-figure]").count()
    assert page.locator(".js-plotly-plot").count() == charts == 11

    assert page.locator("h1").inner_text().startswith("若方案全部落实")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    # the switch is reached and used by keyboard alone
    page.locator("[data-speak=en]").focus()
    page.keyboard.press("Enter")
    assert page.locator("h1").inner_text().startswith("With the plan delivered")
    assert page.locator("[data-speak=en]").get_attribute("aria-pressed") == "true"
    assert page.locator("html").get_attribute("lang") == "en"
    assert "Mt CO" in page.locator("[data-figure=fan_A]").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.title() == "Carbon peak assessment: Exampleton"

    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert faults == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


GOLDEN = Path(__file__).parent / "golden" / "jiujiang_summary.json"
PAGES = 8
PAPER = 688
"""Width of an A4 sheet less its margins, at 96 points an inch."""

OVERLAPS = """() => {
  const found = [];
  for (const chart of document.querySelectorAll("[data-figure]")) {
    if (!chart.clientWidth) continue;
    for (const axis of ["xtick", "ytick", "legendtext"]) {
      const marks = [...chart.querySelectorAll(axis === "legendtext" ? ".legendtext" : `.${axis} text`)];
      const boxes = marks.map((mark) => mark.getBoundingClientRect());
      for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
        const [a, b] = [boxes[i], boxes[j]];
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1.5 && high > 3.5) found.push([chart.dataset.figure, axis, marks[i].textContent, marks[j].textContent]);
      }
    }
  }
  return found;
}"""
"""Labels of one axis or legend that lie on each other, by figure."""


LAST_YEARS = """() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const missing = [];
  for (const chart of document.querySelectorAll("[data-figure]")) {
    const marks = (((figures[chart.dataset.figure].zh.layout || {}).xaxis || {}).ticktext || []);
    if (!chart.clientWidth || !marks.length) continue;
    const shown = [...chart.querySelectorAll(".xtick text")].map((mark) => mark.textContent);
    if (!shown.includes(marks[marks.length - 1])) missing.push([chart.dataset.figure, ...shown]);
  }
  return missing;
}"""
"""Figures over years whose last year has no label, which is left out where it has no room."""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of Jiujiang, from its golden summary."""
    file = tmp_path_factory.mktemp("page") / "index.html"
    summary = Summary.model_validate_json(GOLDEN.read_text(encoding="utf-8"))
    file.write_text(render(summary), encoding="utf-8")
    return file


def opened(browser, file: Path, width: int, **more):
    page = browser.new_context(viewport={"width": width, "height": 900}, **more).new_page()
    page.set_default_timeout(120_000)  # a machine may be busy
    page.goto(file.as_uri())
    page.wait_for_selector(".js-plotly-plot .main-svg")
    return page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_a4_edition_has_eight_pages_at_most_with_numbers_date_and_version(
    browser, real: Path, language: str
) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    page = opened(browser, real, 1280)
    page.locator(f"[data-speak={language}]").click()
    sheets = list(pdfium.PdfDocument(page.pdf(prefer_css_page_size=True)))
    sizes = {tuple(round(side) for side in sheet.get_size()) for sheet in sheets}
    foot_height = 0.06 * sheets[0].get_size()[1]
    feet = [sheet.get_textpage().get_text_bounded(top=foot_height) for sheet in sheets]
    text = "\n".join(sheet.get_textpage().get_text_range() for sheet in sheets)
    assert sizes <= {(595, 842), (594, 842), (596, 842)}
    assert 4 <= len(feet) <= PAGES
    for number, foot in enumerate(feet, start=1):
        assert f"{number} / {len(feet)}" in foot
        assert "dafeng 0.1.0" in foot
        assert re.search(r"20\d\d-\d\d-\d\d", foot)
    # what the sheets leave out is said on them
    assert ("A4版只印主要图表" if language == "zh" else "The A4 edition prints the main figures") in text


@pytest.mark.parametrize(("width", "media"), [(1280, "screen"), (390, "screen"), (PAPER, "print")])
def test_labels_do_not_collide_and_nothing_is_wider_than_the_page(
    browser, real: Path, width: int, media: str
) -> None:
    page = opened(browser, real, width)
    for language in ("zh", "en"):
        page.emulate_media(media="screen")
        page.locator(f"[data-speak={language}]").click()
        page.emulate_media(media=media)
        if media == "print":
            page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(OVERLAPS) == [], (language, media, width)
        assert page.evaluate(LAST_YEARS) == [], (language, media, width)
        widest = "Math.max(...[...document.querySelectorAll('.main-svg')].map(svg => svg.clientWidth))"
        assert page.evaluate(widest) <= width


CONTRASTS = r"""
() => {
  const parse = colour => { const p = colour.match(/[\d.]+/g).map(Number); return [p[0], p[1], p[2], p[3] ?? 1]; };
  const over = (top, under) => [0, 1, 2].map(k => top[k] * top[3] + under[k] * (1 - top[3]));
  const light = rgb => { const c = rgb.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const opacity = node => { let o = 1; for (let n = node; n && n.nodeType === 1; n = n.parentNode) o *= Number(getComputedStyle(n).opacity); return o; };
  const found = [];
  for (const text of document.querySelectorAll('.js-plotly-plot svg text')) {
    const box = text.getBoundingClientRect();
    if (!box.width || !text.textContent.trim()) continue;
    const svg = text.closest('.js-plotly-plot');
    const x = box.x + box.width / 2, y = box.y + box.height / 2;
    let ground = [255, 255, 255];
    for (const shape of svg.querySelectorAll('.main-svg path, .main-svg rect')) {
      const style = getComputedStyle(shape);
      if (style.fill === 'none' || style.visibility === 'hidden' || shape.closest('defs, clipPath')) continue;
      const m = shape.getScreenCTM(); if (!m) continue;
      const p = new DOMPoint(x, y).matrixTransform(m.inverse());
      if (!shape.isPointInFill(p)) continue;
      const c = parse(style.fill); c[3] *= Number(style.fillOpacity) * opacity(shape);
      ground = over(c, ground);
    }
    const ink = parse(getComputedStyle(text).fill); ink[3] *= Number(getComputedStyle(text).fillOpacity) * opacity(text);
    found.push([ratio(over(ink, ground), ground), text.textContent.trim(), svg.dataset.figure || svg.id || '', ground.map(Math.round).join(',')]);
  }
  return found;
}
"""
"""Contrast of each text of the figures with what is drawn below it: axe measures no text of an image."""


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_of_any_severity(browser, real: Path, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened(browser, real, width, bypass_csp=True)
    for language in ("zh", "en"):
        page.locator(f"[data-speak={language}]").click()
        page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        found_by_axe = axe.run(page).response
        violations = found_by_axe["violations"]
        assert [(found["id"], found["impact"], found["nodes"][0]["html"]) for found in violations] == []
        # what axe leaves open is the contrast of figures, which is computed here
        assert {found["id"] for found in found_by_axe["incomplete"]} <= {"color-contrast"}
        if width > PAPER:
            contrasts = page.evaluate(CONTRASTS)
            assert len(contrasts) > 100
            assert [found for found in contrasts if found[0] < 4.5] == []


def test_figures_and_tables_are_saved_as_they_are_shown(browser, summary: Summary, tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(render(summary), encoding="utf-8")
    page = opened(browser, file, 1280, accept_downloads=True)

    def saved(locator) -> Path:
        with page.expect_download() as waiting:
            locator.first.click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    fan = page.locator("figure:has([data-figure=fan_A])")
    picture = saved(fan.locator("[data-save=png]"))
    assert picture.name == "town-00000000-fan_A.png"
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    data = saved(fan.locator("[data-save=data]"))
    assert data.read_bytes()[:3] == b"\xef\xbb\xbf"
    rows = list(csv.reader(io.StringIO(data.read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["series", "x", "y", "low", "high"]
    start = next(row for row in rows if row[:2] == ["有方案", "2020"])
    assert [round(float(value)) for value in start[2:]] == [4000, 3936, 4064]
    table = saved(
        page.locator(
            "table:has(th:text('数值')) + .saves [data-save=table], table + .saves [data-save=table]"
        )
    )
    lines = list(csv.reader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    assert {len(line) for line in lines} == {len(lines[0])}
    assert not any("Mt" in cell for line in lines for cell in line)


def test_every_figure_and_table_can_be_saved(browser, summary: Summary, tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(render(summary), encoding="utf-8")
    page = opened(browser, file, 1280)
    assert page.locator("[data-save=png]").count() == page.locator("[data-figure]").count()
    assert page.locator("[data-save=table]").count() == page.locator("main table").count()
