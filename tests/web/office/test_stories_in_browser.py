"""Contract: what people do all day, in a real Chromium at both widths: the county reports, the city accepts and settles, the firm
explains a difference to its meters, two people meet on one record, a release is adopted; nothing is asked of other hosts.
"""

import re

import pytest

from .test_serving_office import browser, demo, listen  # noqa: F401 - fixtures

pytestmark = [pytest.mark.slow, pytest.mark.system]
TABLE = "/registers/storage_projects/"


@pytest.fixture(params=[1280, 390])
def desks(demo, browser, request):  # noqa: F811
    """Opens a page signed in as a person, and checks at the end what the console and the network said."""
    (_, _, said), faults, contexts = demo, [], []

    def open_desk(name):
        context = browser.new_context(viewport={"width": request.param, "height": 900}, locale="en-US")
        context.set_default_timeout(120_000)  # a machine may be busy
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: "status of 4" in message.text or faults.append(message.text))
        page.on("request", lambda asked: asked.url.startswith((said["url"], "data:", "blob:")) or faults.append(asked.url))  # fmt: skip
        page.goto(f"{said['url']}/signin")
        page.fill("#id_username", name)
        page.fill("#id_password", said["password"])
        page.click("main button")
        page.wait_for_url(f"{said['url']}/")
        assert page.get_attribute("html", "lang") == "zh-CN"  # whatever the browser prefers
        page.base = said["url"]
        return page

    yield open_desk, request.param
    for context in contexts:
        context.close()
    assert faults == []


def send(page, tmp_path, rows, mode):
    """Send rows as a CSV file from the page of the register; return the page of the job at its end."""
    file = tmp_path / "sent.csv"
    file.write_text("\n".join(",".join(line) for line in [list(rows[0]), *(row.values() for row in rows)]) + "\n", encoding="utf-8")  # fmt: skip
    page.goto(page.base + TABLE)
    page.set_input_files("#file", file)
    page.check(f"input[name=mode][value={mode}]")
    page.check("input[name=unclassified]")
    page.click("form.stack button")
    page.wait_for_selector("b.done, b.failed", timeout=120_000)
    return page.inner_text("#progress")


def row(code, **cells):
    return {
        "project_code": code, "name": f"项目{code}", "technology": "磷酸铁锂", "side": "电网侧", "power": "5", "energy": "10", "county": "990101",
        "connected_on": "2025-05-01",
    } | cells  # fmt: skip


def test_a_county_corrects_red_cells_and_submits(desks, tmp_path):
    open_desk, width = desks
    county, code = open_desk("county"), f"S{width}"
    wrong = [row(f"{code}a", power="-5"), row(f"{code}b", energy="many"), row(f"{code}c", county="990102")]
    said = send(county, tmp_path, wrong, "preview")
    assert "尚未入库" in said
    assert len(re.findall("读到", said)) >= 2
    said = send(county, tmp_path, [row(f"{code}a"), row(f"{code}b"), row(f"{code}c")], "whole")
    assert "已入库" in said
    county.goto(f"{county.base}{TABLE}?q=项目{code}a")
    county.click("tbody a")
    county.click("text=转为在建")
    assert "已办理" in county.inner_text("main")
    county.goto(f"{county.base}/returns/?register=straw_ledger")
    assert "990102" not in county.inner_text("main")
    with county.expect_download() as download:
        county.click("text=填报模板(已填上期数据)")
    assert download.value.suggested_filename.endswith(".xlsx")
    county.locator("details.moves summary").first.click()
    county.locator("details.moves button[value=submit]").first.click()
    assert "提交" in county.inner_text("main p.message")
    clerk = open_desk("clerk")
    assert "待处理的报送" in clerk.inner_text("main")
    clerk.click("h2:has-text('待处理的报送') + table a")
    place = clerk.locator("details.moves:has(button[value=send_back])").first
    place.locator("summary").click()
    place.locator("input[name=reason]").fill("请补充")
    place.locator("button[value=send_back]").click()
    assert "退回" in clerk.inner_text("main p.message")
    county.goto(county.base)
    assert "请补充" in county.inner_text("main")


def test_the_city_settles_a_conflict_side_by_side(desks, tmp_path):
    open_desk, width = desks
    code = f"K{width}"
    county, clerk = open_desk("county"), open_desk("clerk")
    assert "已入库" in send(county, tmp_path, [row(code)], "whole")
    send(clerk, tmp_path, [row(code, power="8")], "whole")
    clerk.goto(clerk.base)
    clerk.click("h2:has-text('冲突') + ul a")
    section = clerk.locator("section.conflict", has_text=code)
    assert "5" in section.inner_text()
    assert "8" in section.inner_text()
    section.locator("input[name=reason]").fill("现场核对")
    section.locator("button[value=theirs]").click()
    assert "已裁定" in clerk.inner_text("main p.message")


def test_two_people_meet_on_one_record(desks):
    open_desk, width = desks
    one, other = open_desk("county"), open_desk("clerk")
    one.goto(f"{one.base}{TABLE}new")
    for name, text in (("project_code", f"M{width}"), ("name", "相遇"), ("power", "5"), ("energy", "9"), ("connected_on", "2025-05-01")):  # fmt: skip
        one.fill(f"#f-{name}", text)
    one.select_option("#f-technology", "lfp")
    one.select_option("#f-side", "grid")
    one.select_option("#f-county", "990101")
    one.check("input[name=unclassified]")
    one.click("form.record button")
    address = one.url
    for page in (one, other):
        page.goto(f"{address}edit")
    one.fill("#f-power", "6")
    one.click("form.record button")
    other.fill("#f-power", "7")
    other.click("form.record button")
    assert "修改此记录" in other.inner_text("[role=alert]")
    assert other.input_value("#f-power") == "7"
    assert "6" in other.inner_text(".theirs")
    assert other.evaluate("document.documentElement.scrollWidth") <= width
    other.click("form.record button")
    assert "已保存" in other.inner_text("main p.message")
    other.click("text=2 处改动 >> nth=0") if other.locator("text=2 处改动").count() else None
    assert "6" in other.inner_text("main")


def test_a_firm_explains_the_difference_to_its_meters(desks):
    open_desk, _ = desks
    clerk = open_desk("clerk")
    clerk.goto(f"{clerk.base}/registers/key_energy_users/")
    link = clerk.locator("tbody td a").first.get_attribute("href")
    clerk.goto(f"{clerk.base}{link}edit")
    units = clerk.locator("#unit option").all_inner_texts()
    assert units
    clerk.fill("#period", "2025")
    clerk.click("button:has-text('预填')")
    text = clerk.inner_text("main")
    assert "计量与填报" in text or "的单位" in text  # the unit of the record, or the refusal of another one


def test_a_deputy_mayor_asks_what_eighty_percent_of_wind_and_sun_would_do(desks):
    """From the page of the city: a county's light to its warning, then a slider whose link a colleague opens."""
    open_desk, _ = desks
    mayor = open_desk("reader")
    mayor.goto(f"{mayor.base}/city/")
    assert re.match(r"\d+%", mayor.locator("dl.facts dd").first.inner_text())
    mayor.locator("ul.lights a").first.click()
    assert re.fullmatch(r".*/registers/early_warnings/\d+/", mayor.url)
    mayor.goto(f"{mayor.base}/what-if/")
    lever = mayor.locator("input[type=range]").first
    lever.evaluate("one => { one.value = '0.8'; one.dispatchEvent(new Event('input', {bubbles: true})) }")
    mayor.wait_for_url(re.compile(r"0\.8"))
    assert "80%" in mayor.locator(".lever output").first.inner_text()
    link = mayor.locator("#answer >> text=本情景的链接").get_attribute("href")
    colleague = open_desk("clerk")
    colleague.goto(colleague.base + link)
    assert colleague.locator("#answer dl").inner_text() == mayor.locator("#answer dl").inner_text()
    assert colleague.locator("input[type=range]").first.input_value() == "0.8"
