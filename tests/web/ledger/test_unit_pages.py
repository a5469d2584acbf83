"""Contract: a person sees what the key may see and nothing else; a file that is uploaded is taken as by the door and
answered with a receipt and an error file; nothing on a page comes from elsewhere, and no name becomes markup."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dafeng.metering import Sending, ingest_body, registry_from_rows
from dafeng.web import new_key, revoke_key
from dafeng.web.ledger.models import AuditEntry

SCOPES = ["read", "write", "acknowledge"]


def person(units, scopes=SCOPES):
    made, token = new_key("person", units=units, scopes=scopes)
    client = Client()
    assert client.post("/signin", {"key": token}).status_code == 302
    return client, made


def workbook(*rows):
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in (("测点", "时间", "数值"), *rows):
        book.active.append(row)
    book.save(buffer)
    return SimpleUploadedFile("三月.xlsx", buffer.getvalue())


def test_without_a_key_there_is_the_sign_in_only(office):
    for path in ("/", "/unit/U1", "/readings.xlsx", "/batches/1/errors.xlsx"):
        page = Client().get(path).content.decode()
        assert 'name="key"' in page
        assert "甲厂" not in page
    assert Client().post("/signin", {"key": "wrong"}).status_code == 401
    assert Client().post("/unit/U1/upload", {"file": workbook()}).status_code == 200
    assert AuditEntry.objects.filter(status=401).count() == 1
    forged = Client()
    forged.cookies["dafeng_key"] = "1:abc:def"
    assert 'name="key"' in forged.get("/").content.decode()


def test_a_key_that_may_not_read_does_not_sign_in(office):
    _, token = new_key("w", units=["U1"], scopes=["write"])
    assert Client().post("/signin", {"key": token}).status_code == 403


def test_the_office_sees_all_units_worst_first(office):
    page = person(["*"])[0].get("/").content.decode()
    assert re.findall(r'class="level (\w+)"', page) == ["red", "grey", "grey", "green"]
    assert [int(count) for count in re.findall(r"<b>(\d+)</b>", page)] == [1, 0, 0, 2, 1]
    assert "&lt;b&gt;丁&amp;厂&lt;/b&gt;" in page
    assert "数据完整率 50%，低于 90%" in page


def test_a_unit_sees_itself(office):
    client, _ = person(["U1"])
    page = client.get("/").content.decode()
    assert ("甲厂" in page, "乙厂" in page) == (True, False)
    assert page.count('<li class="day_full"') == 30
    assert client.get("/unit/U2").status_code == 403
    assert client.post("/unit/U2/upload", {"file": workbook()}).status_code == 403
    assert client.get("/unit/%00").status_code == 403


def test_in_english_and_it_stays_so(office):
    client, _ = person(["U3"])
    assert "coverage 50% is below 90%" in client.get("/?lang=en").content.decode()
    page = re.sub("达峰|中文|丙厂", "", client.get("/").content.decode())
    assert "Newest readings" in page
    assert re.findall("[一-鿿]+", page) == []


def test_an_upload_its_receipt_and_its_error_file(office):
    client, _ = person(["U1"])
    answer = client.post(
        "/unit/U1/upload", {"file": workbook(("P1", "2025-02-10", 5), ("P2", "2025-02-10", 5))}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Sheet!A3" in page
    link = re.search(r'href="(/batches/\d+/errors.xlsx)"', page).group(1)
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(link).content)).active
    row = {header.value: cell.value for header, cell in zip(sheet[2], sheet[3], strict=True)}
    assert (row["测点"], row["位置"]) == ("P2", "Sheet!A3")
    assert "应为本发送方的计量点编码" in row["问题与办法"]
    assert person(["U2"])[0].get(link).status_code == 404
    answer = client.post("/unit/U1/upload", {"file": workbook(("P1", "2025-02-10", 5)), "partial": "1"})
    assert answer.status_code == 200
    assert "已入库" in answer.content.decode()
    assert office.store.rows("SELECT value FROM latest JOIN point ON number = point WHERE id = 'P1'") == [
        {"value": 5.0}
    ]


@pytest.mark.parametrize(
    "file",
    [SimpleUploadedFile("x.exe", b"MZ"), SimpleUploadedFile("x.xlsx", b"no"), SimpleUploadedFile("../../x.json", b"{"), None],
)  # fmt: skip
def test_a_file_that_is_none(office, file):
    answer = person(["U1"])[0].post("/unit/U1/upload", {"file": file} if file else {})
    assert (answer.status_code, "文件未被接收" in answer.content.decode()) == (400, True)


def test_the_empty_form_is_taken_back_when_filled(office):
    client, _ = person(["U1"])
    book = openpyxl.load_workbook(io.BytesIO(client.get("/readings.xlsx").content))
    book.active.append(("P1", "2025-02-11", 7))
    buffer = io.BytesIO()
    book.save(buffer)
    answer = client.post("/unit/U1/upload", {"file": SimpleUploadedFile("f.xlsx", buffer.getvalue())})
    assert "已入库" in answer.content.decode()


def test_the_unit_sees_what_it_used_and_its_budget(office):
    """Forty days of 100 kWh: a bar each of the last thirty, months newest first, the budget with its figures."""
    page = person(["U1"])[0].get("/").content.decode()
    heights = re.findall(r'<rect class="bar_full"[^>]* height="([\d.]+)"', page)
    assert heights == ["100.0"] * 30
    used = sum(
        row["value"]
        for row in office.store.rows("SELECT value FROM day_sum JOIN point ON number = point WHERE id = 'P1'")
    )
    months = re.findall(r'"用量" class="number">([\d,]+) kWh<', page)
    assert sum(int(text.replace(",", "")) for text in months) == used
    assert page.index("2025-02") < page.index("2025-01", page.index("二氧化碳"))
    tce = re.findall(r'标准煤（当量）tce" class="number">([\d.]+)<', page)
    assert sum(map(float, tce)) == pytest.approx(used * 0.1229 / 1000, abs=0.01)
    assert "全年预测" in page
    assert "3.0</td>" in page  # the budget of the year in tce
    gaps = person(["U3"])[0].get("/").content.decode()
    assert "灰" in gaps
    nothing = person(["U4"])[0].get("/").content.decode()
    assert "<svg" not in nothing
    assert "二氧化碳" not in nothing


def test_the_unit_sees_what_it_cost_by_band(office):
    """By the tariffs of the registry; without any there is no such table."""
    client, _ = person(["U1"])
    assert "分时用电" not in client.get("/").content.decode()
    row = {"medium": "electricity", "months": "1-12", "valid_from": "2024-01-01", "source": "test"}
    tariffs = [
        row | {"id": "a", "band": "peak", "from_time": "08:00", "to_time": "22:00", "price": "2", "price_unit": "yuan/kWh"},
        row | {"id": "b", "band": "deep_valley", "from_time": "22:00", "to_time": "08:00"},
    ]  # fmt: skip
    registry = office.store.registry()
    registry.tables["tariffs"][:] = registry_from_rows({"tariffs": tariffs}, "t").tables["tariffs"]
    (point,) = (row for row in registry.tables["points"] if row["id"] == "P1")
    point["period"] = "15"
    office.store.put_registry(registry)
    body = b"point,start,value\nP1,2025-02-09 12:00,30\nP1,2025-02-09 23:00,7\n"
    assert ingest_body(office.store, body, "csv", Sending("t")).counts.new == 2
    page = client.get("/").content.decode()
    table = page[page.index("分时用电") :]
    cells = re.findall(
        r'时段">([^<]+)</td><td data-label="用量" class="number">([\d,]+) kWh</td><td[^>]*>([\d,.NE]+)<',
        table,
    )
    assert cells == [("高峰", "30", "60.00"), ("深谷", "7", "NE")]
    assert "deep valley" in client.get("/?lang=en").content.decode()


def test_an_office_without_units_is_told_what_to_do(tmp_path, office):
    office.store.put_registry(registry_from_rows({}, "empty"))
    page = person(["*"])[0].get("/").content.decode()
    assert "dafeng metering init" in page
    assert 'class="counts"' not in page


def test_a_warning_is_acknowledged_on_the_page(office):
    reader, _ = person(["U1"], ["read"])
    assert 'name="person"' not in reader.get("/").content.decode()
    client, _ = person(["U1"])
    action = re.search(r'action="(/unit/U1/warnings/\d+)"', client.get("/").content.decode()).group(1)
    assert reader.post(action, {"person": "王"}).status_code == 403
    assert client.post(action, {"person": ""}).status_code == 400
    assert client.post(action, {"person": "王", "note": "<script>"}).status_code == 302
    assert "已确认" in client.get("/").content.decode()


def test_a_revoked_key_ends_the_session(office):
    client, made = person(["U1"])
    revoke_key(made.id)
    assert 'name="key"' in client.get("/").content.decode()
    client, _ = person(["U1"])
    client.post("/signout")
    assert 'name="key"' in client.get("/").content.decode()


def test_forms_from_elsewhere_are_refused(office):
    _, token = new_key("p", units=["U1"], scopes=SCOPES)
    client = Client(enforce_csrf_checks=True)
    assert client.post("/signin", {"key": token}).status_code == 403
    page = client.get("/").content.decode()
    hidden = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
    assert client.post("/signin", {"key": token, "csrfmiddlewaretoken": hidden}).status_code == 302
    assert client.post("/unit/U1/upload", {"file": workbook()}).status_code == 403


def test_pages_load_nothing_from_elsewhere(office):
    answer = person(["*"])[0].get("/unit/U1")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", answer.content.decode())


@pytest.fixture
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    program = next(
        (name for name in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(name).exists()), None
    )
    if program is None:
        pytest.skip("needs chromium")
    with playwright.sync_playwright() as session:
        chromium = session.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


SHOW = """
import sys
from pathlib import Path
from dafeng.web import serve, use_database
use_database(f"sqlite:///{sys.argv[2]}")
serve(Path(sys.argv[1]), port=0, ready=lambda url: print(url, flush=True))
"""


@pytest.fixture
def shown(office, tmp_path):
    """A served office in a process of its own: its address and a key of the office."""
    _, token = new_key("office", units=["*"], scopes=SCOPES)
    office.store.close()
    process = subprocess.Popen(
        [sys.executable, "-c", SHOW, str(tmp_path / "s.duckdb"), str(tmp_path / "keys.sqlite3")],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield process.stdout.readline().strip(), token
    process.terminate()
    assert process.wait(40) == 0


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.parametrize("width", [1280, 390])
def test_in_a_browser(shown, browser, tmp_path, width):
    """Sign in, look, upload with an error, fetch the error file; no page is wider than the screen, none complains."""
    (url, token), said = shown, []
    shots = Path(os.environ.get("DAFENG_SCREENSHOTS", tmp_path))
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(120_000)  # a machine may be busy
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda request: request.url.startswith((url, "data:", "blob:")) or said.append(request.url)
    )

    def look(name):
        page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name

    page.goto(url)
    look("signin")
    page.fill("input[name=key]", token)
    page.click("main button")
    look("units")
    page.click("text=甲厂")
    look("unit")
    bad = tmp_path / "bad.csv"
    bad.write_text("point,start,value\nP1,2025-02-10,oops\n")
    page.set_input_files("input[type=file]", bad)
    page.click("text=上报 >> visible=true >> nth=-1")
    page.wait_for_selector("[role=status]")
    look("receipt")
    with page.expect_download() as download:
        page.click("text=下载错误清单")
    assert openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes())).active["C3"].value == "oops"
    page.goto(f"{url}/api/v1/docs")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() == 8
    page.screenshot(path=shots / f"docs-{width}.png")
    assert [text for text in said if "422" not in text] == []
