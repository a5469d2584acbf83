"""Contract: what is corrected in the review page comes back as a plan that loads."""

import shutil
from pathlib import Path

import pytest

from dafeng.plan import load_plan, read_text, review_page

pytestmark = pytest.mark.system

TEXT = "某市碳达峰实施方案\n一、目标\n到2030年,森林覆盖率达到60%。\n二、任务\n(一)能源。形成47的格局。(市发改委、市能源局负责)"


def test_a_correction_is_saved(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    browser_path = (
        shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )
    assert browser_path, "this test needs Chromium"
    file = tmp_path / "plan.txt"
    file.write_text(TEXT, encoding="utf-8")
    _, page_text = review_page(file)
    page_file = tmp_path / "page.html"
    page_file.write_text(page_text, encoding="utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(120_000)  # a machine may be busy
        errors: list[str] = []
        told: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(page_file.as_uri())
        untouched = page.evaluate("window.planAsYaml()")
        banners = [page.locator("#banner").inner_text()]
        first = page.locator("#list .card").first.get_attribute("id")
        page.locator("#card-unread0").get_by_text("不是目标").click()
        banners.append(page.locator("#banner").inner_text())
        progress = [page.locator("#progress").inner_text()]
        page.locator("#card-target0").get_by_text("确认本段").click()
        progress.append(page.locator("#progress").inner_text())
        box = page.locator("#card-target0")
        box.get_by_label("value").fill("62")
        box.get_by_label("value").press("Tab")
        page.locator("#card-duty0").get_by_text("删除").click()
        page.evaluate(
            """() => { const node = [...document.querySelectorAll("main p")].find(p => p.textContent.includes("覆盖率"));
            window.getSelection().selectAllChildren(node); }"""
        )
        page.locator("#add").click()
        saved = page.evaluate("window.planAsYaml()")
        page.on("dialog", lambda dialog: (told.append(dialog.message), dialog.accept()))
        box.get_by_label("value").fill("")
        box.get_by_label("value").press("Tab")
        page.locator("#save").click()
        browser.close()
    assert errors == []
    assert first == "card-unread0"
    assert ["未读 1" in banners[0], "未读 0" in banners[1]] == [True, True]
    assert [text.split("/")[0][-1] for text in progress] == ["0", "1"]
    plan_file = tmp_path / "plan.yaml"
    plan_file.write_text(untouched, encoding="utf-8")
    assert load_plan(plan_file).targets == read_text(TEXT).targets
    plan_file.write_text(saved, encoding="utf-8")
    plan = load_plan(plan_file)
    assert plan.targets[0].value == 62
    assert plan.duties == ()
    added = plan.targets[-1]
    assert (added.locator, added.value, added.unit, added.year, added.confidence) == ("一", 60, "%", 2030, 1)
    assert [message[:5] for message in told] == ["1 个目标"]
