"""The page in a browser: no error, no request, both languages, no sideways scroll, nothing lost in print."""

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


def test_nothing_is_wider_than_the_printed_page(browser, summary: Summary, tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_text(render(summary), encoding="utf-8")
    page = browser.new_page(viewport={"width": 673, "height": 900})
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 673
    assert page.evaluate("[...document.querySelectorAll('details')].every(part => part.open)")
    widest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.main-svg')].map(svg => svg.clientWidth))"
    )
    assert widest <= 673
