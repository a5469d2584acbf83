"""Contract: nothing is public before an owner published it and the office turned it on; then public fields alone are."""

from dataclasses import replace

import pytest
from django.test import Client

REGISTER = "charging_stations"


@pytest.fixture
def turned_on(office):
    from django.conf import settings
    from django.test.utils import override_settings

    with override_settings(CONFIGURATION=replace(settings.CONFIGURATION, public_pages="on")):
        yield office


def test_nothing_is_public_unless_the_office_turned_it_on(office, as_person):
    assert as_person("clerk").post(f"/registers/{REGISTER}/publish").status_code == 302
    for path in ("/public/", f"/public/{REGISTER}.html", f"/public/{REGISTER}.xlsx"):
        assert Client().get(path).status_code == 404


def test_an_owner_publishes_and_withdraws(turned_on, as_person):
    anybody, clerk = Client(), as_person("clerk")
    assert REGISTER not in anybody.get("/public/").content.decode()
    for name in ("county", "reader", "auditor"):
        assert as_person(name).post(f"/registers/{REGISTER}/publish").status_code == 403
        assert "公布名录" not in as_person(name).get(f"/registers/{REGISTER}/").content.decode()
    assert clerk.post(f"/registers/{REGISTER}/publish", {"year": "2025"}).status_code == 302
    listed = anybody.get("/public/").content.decode()
    assert f'href="/public/{REGISTER}.html"' in listed
    page = anybody.get(f"/public/{REGISTER}.html").content.decode()
    assert "直流桩" in page
    assert "示例东区" in page  # a county by its name
    assert "990101" not in page
    for closed in ("年充电量", "站点编码", "所属高速"):  # commercial, or not named as public
        assert closed not in page
    assert '<nav class="menu"' not in page
    book = anybody.get(f"/public/{REGISTER}.xlsx")
    assert b"".join(book.streaming_content)[:2] == b"PK"
    table = b"".join(anybody.get(f"/public/{REGISTER}.csv").streaming_content).decode("utf-8-sig")
    for cell in table.splitlines()[0].split(","):
        assert cell.split()[0] in page
    assert len(table.splitlines()) > 1
    assert "年充电量" not in table
    assert f'src="/public/{REGISTER}.svg"' in page
    drawn = anybody.get(f"/public/{REGISTER}.svg")
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    assert "记录数" in drawn.content.decode()
    assert "公布于" in clerk.get(f"/registers/{REGISTER}/").content.decode()
    assert clerk.post(f"/registers/{REGISTER}/withdraw").status_code == 302
    assert anybody.get(f"/public/{REGISTER}.html").status_code == 404


def test_what_has_no_public_fields_or_no_year_is_refused(turned_on, as_person):
    from dafeng.web.office.records.store import records

    clerk, book = as_person("clerk"), records().book
    closed = next(one for one in book.editions if not book.latest(one).public)
    assert clerk.post(f"/registers/{closed}/publish").status_code == 400
    assert clerk.post(f"/registers/{REGISTER}/publish", {"year": "20x5"}).status_code == 400
    assert clerk.post("/registers/none/publish").status_code == 404
    assert sorted(turned_on.published.iterdir()) == []
    for path in ("/public/none.html", f"/public/{REGISTER}.sqlite", "/public/..%2Foffice.html"):
        assert Client().get(path).status_code == 404


BUILDINGS = [
    {"rank": n, "name_zh": f"机关楼{n}", "building_type": "党政机关办公建筑", "kwh_per_m2": 100.0 - 20 * n, "guide": 55.0, "constraint": 70.0,
     "level": level, "standard": "GB/T 51161-2016", "unit": "U1", "coverage": 0.97}
    for n, level in ((1, "above_constraint"), (2, "within_constraint"), (3, "within_guide"))
]  # fmt: skip


@pytest.fixture
def ledger(monkeypatch):
    from dafeng.metering.judge.quotas import notice_of
    from dafeng.web.office.public import notices

    few = [BUILDINGS[0] | {"building_type": "旅馆建筑", "name_zh": "单独旅馆"}]

    def ask(_, verb, values):
        assert verb == "notice"
        shown, withheld = notice_of([*BUILDINGS, *few])
        return {"year": values["year"], "buildings": shown, "withheld": withheld}

    monkeypatch.setattr(notices, "ledger_owner", object)
    monkeypatch.setattr(notices, "ask_owner", ask)


def test_the_ranking_of_quotas_withholds_few_and_says_how_to_quote(turned_on, as_person, ledger):
    anybody, clerk = Client(), as_person("clerk")
    for name in ("county", "reader", "auditor"):
        assert as_person(name).post("/metering/notice/publish", {"year": "2025"}).status_code == 403
    assert anybody.get("/public/quotas/").status_code == 404
    assert clerk.post("/metering/notice/publish", {"year": "25"}).status_code == 400
    assert clerk.post("/metering/notice/publish", {"year": "2025"}).status_code == 302
    assert "能耗定额公示 2025年" in anybody.get("/public/").content.decode()
    page = anybody.get("/public/quotas/").content.decode()
    assert [page.index(f"机关楼{n}") for n in (1, 2, 3)] == sorted(
        page.index(f"机关楼{n}") for n in (1, 2, 3)
    )
    for text in ("80.0", "超过约束值", "旅馆建筑不足3座（1座）", "引用格式", "GB/T 51161-2016"):
        assert text in page
    for closed in ("单独旅馆", "U1", "0.97"):
        assert closed not in page.split("<main", 1)[1]
    rows = anybody.get("/public/quotas.csv").content.decode("utf-8-sig").splitlines()
    assert "引用格式" in rows[0]
    assert rows[2] == "1,机关楼1,党政机关办公建筑,80.0,55.0,70.0,超过约束值,GB/T 51161-2016"
    assert len(rows) == 5
    assert anybody.get("/public/quotas.xlsx").content[:2] == b"PK"
    assert anybody.get("/public/quotas.json").status_code == 404
    assert clerk.post("/metering/notice/withdraw").status_code == 302
    assert anybody.get("/public/quotas/").status_code == 404


def test_a_ranking_of_fewer_than_three_of_every_type_is_refused():
    from dafeng.evidence import DafengError
    from dafeng.metering.judge.quotas import notice_of

    with pytest.raises(DafengError, match="2 buildings in 1 types"):
        notice_of(BUILDINGS[:2])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_method_is_public_in_both_languages(turned_on, language):
    anybody = Client()
    anybody.post("/language", {"language": language, "next": "/public/method/"})
    page = anybody.get("/public/method/").content.decode()
    assert "审图号" in page
    assert ("Maps" in page) == (language == "en")
    assert "method." not in page
