"""Contract: who only reads, in a real Chromium at both widths and in both languages: an analyst keeps a scenario, passes on its link
and takes its figures; a journalist and a citizen read what an owner published, without signing in; nothing is asked of other hosts.
"""

import csv
import os
import re
import shutil
from unittest import mock

import pytest

from .test_glance import GOLDEN
from .test_serving_office import browser, started, until  # noqa: F401 - fixture

pytestmark = [pytest.mark.slow, pytest.mark.system]
LIST = "charging_stations"


@pytest.fixture(scope="module")
def open_office(tmp_path_factory):
    """A served demonstration whose public pages are on."""
    with mock.patch.dict(os.environ, {"DAFENG_OFFICE_PUBLIC_PAGES": "on"}):
        workspace = tmp_path_factory.mktemp("open") / "office"
        process, said = started(workspace, "--demo")
    (workspace / "results" / "run-1").mkdir()
    shutil.copy(GOLDEN, workspace / "results" / "run-1" / "summary.json")
    yield said
    process.terminate()
    assert process.wait(60) == 0


@pytest.fixture(params=[(1280, "zh"), (390, "en")], ids=["1280-zh", "390-en"])
def visit(open_office, browser, request):  # noqa: F811
    """Opens a page as a person, or as nobody, in the language of the visit; checks that it fits and what the console said."""
    (width, language), faults, contexts = request.param, [], []

    def enter(name=""):
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        context.set_default_timeout(120_000)  # a machine may be busy
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("request", lambda asked: asked.url.startswith((open_office["url"], "data:", "blob:")) or faults.append(asked.url))  # fmt: skip
        page.base = open_office["url"]
        page.goto(f"{page.base}/signin" if name else f"{page.base}/public/")
        if name:
            page.fill("#id_username", name)
            page.fill("#id_password", open_office["password"])
            page.click("main button")
            page.wait_for_url(f"{page.base}/")
        if language == "en":
            page.click("button[lang=en]")
            page.wait_for_selector("html[lang=en]")
        return page

    yield enter, language
    for context in contexts:
        context.close()
    assert faults == []


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def saved(page, selector, folder):
    with page.expect_download() as waiting:
        page.click(selector)
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def test_an_analyst_keeps_a_scenario_and_takes_its_figures(visit, tmp_path):
    enter, language = visit
    analyst = enter("reader")
    analyst.goto(f"{analyst.base}/what-if/")
    lever = analyst.locator("input[type=range]").first
    moved = lever.get_attribute("name")
    analyst.fill("#name", "后半程加力")
    lever.evaluate("one => { one.value = '0.6'; one.dispatchEvent(new Event('input', {bubbles: true})) }")
    analyst.wait_for_url(re.compile(re.escape(f"{moved}=0.6")))
    assert fits(analyst)
    figures = analyst.locator("#answer dl").inner_text()
    link = analyst.locator("#answer a[href^='/what-if/?']").first.get_attribute("href")
    rows = saved(analyst, "#answer a[href*='fan.csv']", tmp_path)
    assert rows[0][0] == "后半程加力"
    assert "60%" in rows[0][1]
    assert ("引用格式" if language == "zh" else "Quote as") in rows[0][2]
    assert rows[1] == ["year", "p05_t_co2", "median_t_co2", "p95_t_co2"]
    assert all(float(low) <= float(middle) <= float(high) for _, low, middle, high in rows[2:])
    colleague = enter("auditor")
    colleague.goto(colleague.base + link)
    assert colleague.locator("#answer dl").inner_text() == figures
    assert saved(colleague, "#answer a[href*='fan.csv']", tmp_path) == rows


def test_a_journalist_quotes_a_list_that_the_owner_published(visit, tmp_path):
    enter, language = visit
    clerk = enter("clerk")
    clerk.goto(f"{clerk.base}/registers/{LIST}/")
    clerk.locator(f"details:has(form[action$='/{LIST}/publish']) > summary").click()
    clerk.locator(f"form[action$='/{LIST}/publish'] button").click()
    clerk.wait_for_selector("text=已公布" if language == "zh" else "text=is published")
    journalist = enter()
    journalist.click(f"main a[href='/public/{LIST}.html']")
    journalist.wait_for_url(f"**/public/{LIST}.html")
    assert journalist.locator("nav.menu").count() == 0
    text = journalist.inner_text("main")
    assert ("引用格式" if language == "zh" else "Quote as") in text
    assert "kWh" not in text  # what stations sell is theirs
    assert until(lambda: journalist.locator("main figure img").evaluate("one => one.naturalWidth > 0"))
    rows = saved(journalist, f"main a[href='/public/{LIST}.csv']", tmp_path)
    assert len(rows) == 1 + journalist.locator("main table").first.locator("tbody tr").count()
    assert fits(journalist)


def test_a_citizen_reads_how_the_figures_are_made_and_gets_no_further(visit):
    from playwright.sync_api import expect

    enter, language = visit
    citizen = enter()
    citizen.click("main a[href='/public/method/']")
    expect(citizen.locator("main h2")).to_have_count(6)
    assert ("不公布" if language == "zh" else "withheld") in citizen.inner_text("main")
    assert fits(citizen)
    for path in ("/city/", "/registers/", "/metering/", "/what-if/", "/results/"):
        citizen.goto(citizen.base + path)
        assert "/signin" in citizen.url


def test_the_page_of_the_city_prints_on_one_sheet(visit):
    enter, _ = visit
    mayor = enter("reader")
    mayor.goto(f"{mayor.base}/city/")
    assert mayor.locator("main a[href='/results/run-1/']").count()
    assert fits(mayor)
    printed = mayor.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
