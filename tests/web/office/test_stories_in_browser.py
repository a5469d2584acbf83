"""Contract: what people do all day, in a real Chromium at both widths and in both languages: the county reports, the city accepts,
settles and warns, the lead department replies, the firm explains a difference to its meters, the auditor finds the person behind a
figure, two people meet on one record; nothing is asked of other hosts.
"""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from functools import partial

import pytest

from dafeng.evidence import Language, catalogue

from .test_serving_office import browser, demo, listen, until  # noqa: F401 - fixtures

pytestmark = [pytest.mark.slow, pytest.mark.system]
TABLE = "/registers/storage_projects/"


@pytest.fixture
def opener(demo, browser):  # noqa: F811
    """Opens a page of a width signed in as a person, and checks at the end what the console and the network said."""
    (_, _, said), faults, contexts = demo, [], []

    def open_desk(name, width, language="zh-CN"):
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US")
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
        if language == "en":
            page.click("text=English")
            assert page.get_attribute("html", "lang") == "en"
        page.base = said["url"]
        return page

    yield open_desk
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(params=[1280, 390])
def desks(opener, request):
    """Opens a desk of a width in Chinese."""
    return partial(opener, width=request.param), request.param


@pytest.fixture(params=[(1280, "zh"), (390, "en")], ids=["1280-zh", "390-en"])
def desk(opener, request):
    """Opens a desk of a width in a language; gives the words of its pages, and the width, by which the runs differ."""
    width, language = request.param
    word = partial(catalogue("dafeng.web.office").text, language=Language(language))
    return partial(opener, width=width, language=language), word, width


def written(tmp_path, rows):
    """Rows as a CSV file to send."""
    file = tmp_path / "sent.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.DictWriter(out, list(rows[0]))
        lines.writeheader()
        lines.writerows(rows)
    return file


def send(page, tmp_path, rows, mode, table=None):
    """Send rows as a CSV file from the page of the register; return the page of the job at its end."""
    page.goto(table or page.base + TABLE)
    page.set_input_files("#file", written(tmp_path, rows))
    page.check(f"input[name=mode][value={mode}]")
    page.check("input[name=unclassified]")
    page.click("form.stack:has(#file) button")
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


FIRM, CEMENT = "91990100000000001D", "EX-CEMENT"


def test_a_firm_explains_seven_percent_and_changes_its_registry(desk):
    """Yearly report filled from the meters, 7 % more with its reason and the signed scan; a ratio of two persons."""
    open_desk, word, width = desk
    firm = open_desk("firm")
    firm.goto(f"{firm.base}/registers/key_energy_users/")
    assert firm.locator("tbody tr").count() == 1  # its own record alone
    firm.click("tbody a")
    record = firm.url
    firm.goto(f"{record}edit")
    assert firm.locator("#unit option").count() == 1
    firm.fill("#period", "2025")
    firm.click(f"button:has-text('{word('fill_in')}')")
    row = firm.locator("fieldset tbody tr").first
    measured = row.locator("input[name$='.energy_calorific']").input_value()
    row.locator("input[name$='.energy_calorific']").fill(f"{float(measured) * 1.07:.12g}")
    row.locator("[name$='.table5']").fill(f"柴油发电 {width}")
    row.locator("input[name$='.raw_material_energy']").fill("0")
    firm.check("form.record input[name=informed]")  # the register names persons
    firm.click("form.record button")
    assert word("record_changed") in firm.inner_text("main p.message")
    assert f"柴油发电 {width}" in firm.inner_text("main")
    firm.goto(f"{record}edit?unit={CEMENT}&period=2025")
    assert firm.locator("main table.cards", has_text="7.0%").count() == 1
    firm.goto(record)
    firm.click(f"summary:has-text('{word('attach')}')")
    firm.set_input_files("#proof", {"name": "signed.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 signed"})  # fmt: skip
    firm.locator("form:has(#proof) input[name=unclassified]").check()
    firm.click("form:has(#proof) button")
    assert "signed.pdf" in firm.inner_text("main")
    firm.goto(f"{firm.base}/metering/{CEMENT}/")
    firm.click(f"summary:has-text('{word('propose_change')}')")
    for box in firm.locator("input[type=checkbox][name=point]").all():
        box.check()
    firm.fill("#c-from", f"2030-01-{width % 28 + 1:02}")
    firm.fill("#c-max", f"{width}")
    firm.fill("#c-why", "变压器增容")
    firm.locator("form:has(#c-from) button").click()
    assert word("registry_proposed") in firm.inner_text("main p.message")
    clerk = open_desk("clerk")
    clerk.click("h2:has-text('{}') + ul a".format(word("registry_waiting")))
    assert f"{width:,}" in clerk.inner_text("main ins >> nth=0")
    clerk.click(f"button:has-text('{word('enter_in_registry')}')")
    assert word("registry_accepted") in clerk.inner_text("main p.message")
    assert clerk.evaluate("document.documentElement.scrollWidth") <= width


def test_a_lead_department_replies_to_fourteen_tasks(desk, tmp_path):
    """Asked by the office for a half year: one reply by its form with its proof, thirteen from one file, all sent in one step."""
    open_desk, word, width = desk
    period, clerk = f"{2026 + (width == 390)}H1", open_desk("clerk")
    clerk.goto(f"{clerk.base}/tasks/")
    clerk.click(f"summary:has-text('{word('ask_for_replies')}')")
    clerk.fill("#a-period", period)
    clerk.fill("#a-due", f"{period[:4]}-07-15")
    clerk.locator("form:has(#a-period) button").click()
    lead = open_desk("science")
    lead.goto(f"{lead.base}/tasks/?period={period}")
    replies = lead.locator(f"h2:has-text('{period}') + table tbody tr")
    assert replies.count() == 14
    first = replies.first.locator("a").get_attribute("href")
    lead.goto(f"{lead.base}{first}edit")
    lead.select_option("#f-status", "on_track")
    lead.fill("#f-progress", "已建成 3 个平台")
    lead.fill("#f-reason", "按月推进")
    lead.click("form.record button")
    lead.click(f"summary:has-text('{word('attach')}')")
    lead.set_input_files("#proof", {"name": "proof.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 proof"})  # fmt: skip
    lead.locator("form:has(#proof) input[name=unclassified]").check()
    lead.click("form:has(#proof) button")
    assert "proof.pdf" in lead.inner_text("main")
    table = f"{lead.base}/registers/task_follow_up/"
    rows = list(csv.DictReader(io.StringIO(lead.request.get(f"{table}export.csv?where=round={period}").text().lstrip("\ufeff"))))  # fmt: skip
    assert {row["body"] for row in rows} == {"市科技局"}
    others = [row | {"progress": "已开展", "status": "正常推进", "reason": "按月推进"} for row in rows if not row["progress"]]  # fmt: skip
    assert len(others) == 13
    assert word("job_state.done") in send(lead, tmp_path, others, "whole", table)
    lead.goto(f"{table}?where=round={period}")
    for box in lead.locator("input[name=chosen]").all():
        box.check()
    lead.select_option("#step", "reply")
    lead.locator(".bulk button").click()
    assert word("steps_taken", count=14) in lead.inner_text("main p.message")
    clerk.goto(f"{clerk.base}/tasks/?period={period}")
    mine = clerk.locator("h2 + table tbody tr", has_text="市科技局")
    assert mine.count() == 14
    assert clerk.evaluate("document.documentElement.scrollWidth") <= width
    with clerk.expect_download() as download:
        clerk.click(f"text={word('follow_up_circular')}")
    assert "word/document.xml" in zipfile.ZipFile(download.value.path()).namelist()


def test_a_clerk_settles_four_conflicts_and_writes_to_a_red_county(desk, demo, tmp_path):  # noqa: F811
    """Thirteen counties sent a file each; the city's list contradicts one of them in four records; another county is red."""
    from playwright.sync_api import expect

    from dafeng.registers import Actor, Grant, import_file, open_workspace

    open_desk, word, width = desk
    store = open_workspace(demo[0], "990100", "")
    for number in range(1, 14):
        county, owner = f"9901{number:02}", Actor("县区", (Grant("reporter", f"9901{number:02}"),))
        rows = [row(f"V{width}{number}{one}", county=county) for one in "abcd"]
        assert import_file(store, owner, "storage_projects", written(tmp_path, rows)).stored
    store.close()
    clerk = open_desk("clerk")
    assert "示例西县" in clerk.inner_text("h2:has-text('{}') + table".format(word("overdue_returns"))) or "Example West" in clerk.inner_text("main")  # fmt: skip
    send(clerk, tmp_path, [row(f"V{width}7{one}", county="990107", power="8") for one in "abcd"], "whole")
    clerk.goto(clerk.base)
    clerk.click("h2:has-text('{}') + ul a".format(word("conflicts")))
    for one, choice in zip("abcd", ("ours", "theirs", "ours", "theirs"), strict=True):
        section = clerk.locator("section.conflict", has_text=f"V{width}7{one}")
        section.locator("input[name=reason]").fill("现场核对")
        section.locator(f"button[value={choice}]").click()
        expect(section).to_have_count(0)
        assert word("conflict_settled") in clerk.inner_text("main p.message")
    clerk.goto(f"{clerk.base}/warnings/")
    clerk.click(f"summary:has-text('{word('issue_warnings')}')")
    period = f"{2020 + width % 9}Q4"
    values = "county,basis,statistic,value\n990102,observed,relative_gap,0.05\n990102,observed,intensity_change,0.05\n"
    clerk.fill("#w-period", period)
    clerk.select_option("#w-set", "ndrc_2021h1_intensity")
    clerk.set_input_files("#w-file", {"name": "values.csv", "mimeType": "text/csv", "buffer": values.encode()})  # fmt: skip
    clerk.locator("form:has(#w-file) input[name=unclassified]").check()
    clerk.locator("form:has(#w-file) button").click()
    expect(clerk.locator("tbody td.missed")).to_have_count(1)
    with clerk.expect_download() as download:
        clerk.click(f"text={word('warning_circular', period=period)}")
    text = zipfile.ZipFile(download.value.path()).read("word/document.xml").decode()
    assert "示例西县" in text
    assert clerk.evaluate("document.documentElement.scrollWidth") <= width


def test_an_auditor_finds_the_person_behind_a_figure_and_scores_again(desk, tmp_path):
    """From a verdict to the person in four clicks; the values of a score give its total again at another machine."""
    open_desk, word, width = desk
    clerk = open_desk("clerk")
    clerk.goto(f"{clerk.base}/scores/new/matrix_60")
    clerk.fill("#body", f"审计单位{width}")
    clerk.fill("#period", "2026")
    for name, value in (("completion_intensity", "1.02"), ("completion_total", "0.97"), ("measures", "38")):
        clerk.fill(f"#v-{name}", value)
    clerk.fill("#e-measures", "会议纪要 3 号")
    clerk.locator("main form button").last.click()
    auditor = open_desk("auditor")
    auditor.click(f"nav.menu a:has-text('{word('menu.targets')}')")
    auditor.click("tbody a:has-text('秸秆')")
    auditor.click("ul.columns a >> nth=0")
    history = auditor.inner_text(f"h2:has-text('{word('history')}') + ul")  # after three clicks
    assert "示例录入员" in history
    auditor.goto(f"{auditor.base}/scores/")
    auditor.click(f"tbody a:has-text('审计单位{width}')")
    total = auditor.inner_text("dl.facts dd >> nth=0").split("/")[0].strip()
    with auditor.expect_download() as download:
        auditor.click(f"text={word('values_csv')}")
    download.value.save_as(tmp_path / "values.csv")
    line = [sys.executable, "-m", "dafeng", "assess", "score", "matrix_60", str(tmp_path / "values.csv"), "--json"]  # fmt: skip
    again = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    assert float(again["total"]) == float(total) == 93


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


def test_a_deputy_mayor_is_three_taps_from_the_city_to_the_unit_that_is_behind(desks):
    """From the page of the city to energy use, to a county, to the unit and why; pictures are there, nothing scrolls sideways."""
    from playwright.sync_api import expect

    open_desk, width = desks
    mayor = open_desk("reader")
    mayor.goto(f"{mayor.base}/city/")
    mayor.click("p.acts a[href='/energy/']")
    mayor.click("table th.row a >> nth=0")
    behind = mayor.locator("ul.plain li").first
    assert re.search("红|橙|黄|灰", behind.inner_text())
    name = behind.locator("a").first.inner_text()
    behind.locator("a").first.click()
    expect(mayor.locator("h1")).to_contain_text(name)
    expect(mayor.locator("nav.trail li")).to_have_count(4)
    drawn = "[...document.images].length > 2 && [...document.images].every(one => one.complete && one.naturalWidth > 0)"
    assert until(lambda: mayor.evaluate(drawn))
    assert mayor.evaluate("document.documentElement.scrollWidth") <= width
    with mayor.expect_download() as file:
        mayor.click("figure.drawn a:has-text('CSV') >> nth=0")
    assert "引用格式" in file.value.path().read_text(encoding="utf-8-sig").splitlines()[0]
