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
