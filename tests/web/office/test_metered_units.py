"""Contract: the meters of a unit are seen by who has a right over its county or its body, and by nobody else; a span is set against the
one before and the year before; a file holds readings of that unit alone; a warning is answered by a person; the registry is
changed by two persons alone.
"""

import io
import zipfile
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from .test_jobs import perform_next
from .test_people import person

CEMENT, OTHER = "EX-CEMENT", "EX-CHEM"


def quarters(point, first, days, value):
    begin = datetime.fromisoformat(first)
    return [f"{point},{begin + timedelta(minutes=15 * n)},{value}" for n in range(96 * days)]


@pytest.fixture
def ledger(office, monkeypatch, tmp_path):
    """A ledger of 示例市 in this process, with three days of a cement works, the three before and those of the year before."""
    import dafeng.metering
    from dafeng.case import write_example
    from dafeng.metering import Store, operate, place_of
    from dafeng.web.office.records import metered
    from dafeng.web.office.results import metered_units, registry_changes, registry_part

    write_example(tmp_path / "case")
    registry = place_of(str(tmp_path / "case")).registry()
    objects = {row["id"]: row["owner"] for row in registry.tables["objects"]}
    points = {
        unit: next(row["id"] for row in registry.tables["points"] if objects[row["object"]] == unit and row["kind"] == "interval")
        for unit in (CEMENT, OTHER)
    }  # fmt: skip
    with Store.create(tmp_path / "ledger.duckdb", registry) as store:
        lines = ["point,start,value", *quarters(points[CEMENT], "2026-01-15 00:00", 3, 10), *quarters(points[CEMENT], "2026-01-12 00:00", 3, 8),
                 *quarters(points[CEMENT], "2025-01-15 00:00", 3, 5)]  # fmt: skip
        (tmp_path / "r.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert operate(store, "ingest", {"file": str(tmp_path / "r.csv")})["new"] == 9 * 96

        def ask(_, verb, values):
            return operate(store, verb, values)

        for module in (metered, metered_units, registry_changes, registry_part, dafeng.metering):
            monkeypatch.setattr(module, "ask_owner", ask)
        for module in (metered, metered_units, registry_changes):
            monkeypatch.setattr(module, "ledger_owner", lambda: store)
        yield points


def county_of(unit):
    from dafeng.web.office.results import metered_units

    return next(
        one["county"] for one in metered_units.ask_owner(None, "units", {})["units"] if one["unit"] == unit
    )


def firm(name):
    """A person of the unit `name` alone: a reporter of the register of key users for that body."""
    from django.conf import settings

    from dafeng.web.office.people.models import Assignment, Organisation, Person

    body = Organisation.objects.create(code=f"firm-{name}", name_zh=name, name_en=name)
    person = Person(username=name, name="能源管理员", organisation=body)
    person.set_password(settings.DEMO_PASSWORD)
    person.save()
    Assignment.objects.create(
        person=person, organisation=body, role="reporter", region="", registers="key_energy_users"
    )
    return name


def test_a_span_is_set_against_the_one_before_and_the_year_before(as_person, ledger):
    page = as_person("clerk").get(f"/metering/{CEMENT}/?from=2026-01-15&to=2026-01-17").content.decode()
    for span, quantity, change in (
        ("本期", "2,880", ""),
        ("环比期", "2,304", "25.0%"),
        ("同比期", "1,440", "100.0%"),
    ):
        line = next(part for part in page.split("<tr>") if f">{span} " in part)
        assert f"{quantity} " in line, span
        assert f'data-label="变化">{change}<' in line or f'data-label="本期变化">{change}<' in line, line
    assert page.count("<meter") == 3
    wrong = as_person("clerk").get(f"/metering/{CEMENT}/?from=2024-01-01&to=2026-01-17")
    assert wrong.status_code == 400
    assert "366" in wrong.content.decode()


def test_units_are_seen_by_county_and_body(as_person, ledger):
    every = as_person("clerk").get("/metering/").content.decode()
    assert f"/metering/{CEMENT}/" in every
    assert f"/metering/{OTHER}/" in every
    county = as_person("county")
    for unit in (CEMENT, OTHER):
        seen = county_of(unit) == "990101"
        assert county.get(f"/metering/{unit}/").status_code == (200 if seen else 404), unit
        assert (f"/metering/{unit}/" in county.get("/metering/").content.decode()) == seen
    own = as_person(firm("示例水泥厂"))
    assert own.get(f"/metering/{CEMENT}/").status_code == 200
    assert own.get(f"/metering/{OTHER}/").status_code == 404
    assert f"/metering/{OTHER}/" not in own.get("/metering/").content.decode()
    assert (
        own.post(
            f"/metering/{OTHER}/readings", {"point": "x", "start": "2026-01-18 00:00", "value": "1"}
        ).status_code
        == 404
    )


def test_a_file_holds_readings_of_its_unit_alone(as_person, ledger):
    own = as_person(firm("示例水泥厂"))

    def send(lines, **more):
        body = "\n".join(["point,start,value", *lines]) + "\n"
        file = SimpleUploadedFile("十二月.csv", body.encode(), content_type="text/csv")
        return own.post(f"/metering/{CEMENT}/readings", {"file": file, "unclassified": "1"} | more)

    assert send(quarters(ledger[CEMENT], "2026-01-18 00:00", 1, 10)).status_code == 302
    job = perform_next()
    assert (job.state, job.outcome["receipt"]["new"]) == ("done", 96)
    foreign = [
        *quarters(ledger[OTHER], "2026-01-18 00:00", 1, 9)[:1],
        *quarters(ledger[CEMENT], "2026-01-19 00:00", 1, 10),
    ]
    send(foreign)
    job = perform_next()
    assert job.outcome["receipt"]["new"] == 0  # whole or not at all
    assert ledger[OTHER] in job.outcome["problems_zh"][0]
    send(foreign, partial="1")
    job = perform_next()
    assert (job.outcome["receipt"]["new"], job.outcome["receipt"]["refused"]) == (96, 1)
    page = own.get(f"/metering/{CEMENT}/").content.decode()
    assert page.count("十二月.csv") == 3
    assert "拒收 1" in page
    assert send([], unclassified="").status_code == 400


def test_one_reading_is_typed_in(as_person, ledger):
    own = as_person(firm("示例水泥厂"))
    typed = {"point": ledger[CEMENT], "start": "2026-01-20T00:15", "value": "12.5"}
    assert own.post(f"/metering/{CEMENT}/readings", typed).status_code == 302
    assert perform_next().outcome["receipt"]["new"] == 1
    assert own.post(f"/metering/{CEMENT}/readings", typed | {"value": ""}).status_code == 400
    own.post(f"/metering/{CEMENT}/readings", typed | {"value": "twelve"})
    job = perform_next()
    assert job.outcome["receipt"]["refused"] == 1
    assert "twelve" in job.outcome["problems_zh"][0]


def test_a_warning_of_another_unit_is_not_there(as_person, ledger):
    clerk = as_person("clerk")
    assert (
        clerk.post(f"/metering/{CEMENT}/warnings/999", {"action": "acknowledge", "note": "x"}).status_code
        == 404
    )
    assert (
        as_person("reader").post(f"/metering/{CEMENT}/warnings/1", {"action": "acknowledge"}).status_code
        == 403
    )


MEANT = {"table": "changes", "valid_from": "2026-02-01", "unit": "MWh", "reason": "改用兆瓦时计量"}


def proposed(client, points=(f"{CEMENT}-E1", f"{CEMENT}-E2"), **more):
    return client.post(f"/metering/{CEMENT}/registry", MEANT | {"point": list(points)} | more)


def test_the_registry_is_changed_by_two_persons(as_person, ledger):
    own, clerk = as_person(firm("示例水泥厂")), as_person("clerk")
    assert proposed(own).status_code == 302
    page = own.get(f"/metering/{CEMENT}/").content.decode()
    assert "<del>kWh</del> <ins>MWh</ins>" in page
    assert "批准并写入登记表" not in page  # a reporter approves nothing
    assert f'href="/metering/{CEMENT}/#registry"' in clerk.get("/").content.decode()
    page = clerk.get(f"/metering/{CEMENT}/").content.decode()
    number = page.split(f"/metering/{CEMENT}/registry/")[1].split('"')[0]
    version = page.split('name="version" value="')[1].split('"')[0]
    answer = {"answer": "accepted", "version": version}
    place = f"/metering/{CEMENT}/registry/{number}"
    assert own.post(place, answer).status_code == 404
    assert clerk.post(place, answer | {"version": "9"}).status_code == 400  # another registry than was seen
    assert clerk.post(place, answer).status_code == 302
    assert clerk.post(place, answer).status_code == 404  # decided
    page = own.get(f"/metering/{CEMENT}/").content.decode()
    assert "登记表第 2 版" in page
    assert "已采纳" in page
    assert f'href="/metering/{CEMENT}/#registry"' not in clerk.get("/").content.decode()
    file = clerk.get("/metering/registry.zip")
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert f"{CEMENT}-E1" in archive.read("changes.csv").decode()
    assert own.get("/metering/registry.zip").status_code == 403


def test_readings_get_another_meaning_only_where_it_is_confirmed(as_person, ledger):
    own, clerk = as_person(firm("示例水泥厂")), as_person("clerk")
    assert proposed(own, valid_from="2026-01-15").status_code == 302
    page = clerk.get(f"/metering/{CEMENT}/").content.decode()
    assert "已存读数的含义随之改变" in page
    number = page.split(f"/metering/{CEMENT}/registry/")[1].split('"')[0]
    answer = {"answer": "accepted", "version": page.split('name="version" value="')[1].split('"')[0]}
    assert clerk.post(f"/metering/{CEMENT}/registry/{number}", answer).status_code == 400
    refused = clerk.post(f"/metering/{CEMENT}/registry/{number}", {"answer": "refused"})
    assert refused.status_code == 400  # without a reason
    assert clerk.post(f"/metering/{CEMENT}/registry/{number}", answer | {"confirmed": "1"}).status_code == 302


def under_delegation(as_person, giver, receiver):
    """Return the client of the receiver, who acts for the giver."""
    from django.utils import timezone

    from dafeng.web.office.people.acts import delegate

    given = delegate(person(giver), person(receiver), timezone.localdate(), "出差")
    client = as_person(receiver)
    assert client.post("/me/act-for", {"delegation": given.id}).status_code == 302
    return client


def test_who_is_acted_for_does_not_approve_what_the_deputy_proposed(as_person, ledger):
    from dafeng.web.office.desk.models import RegistryChange

    assert proposed(under_delegation(as_person, "clerk", "reader")).status_code == 302
    made, clerk = RegistryChange.objects.get(), as_person("clerk")
    assert (made.person.username, made.behalf.username) == ("reader", "clerk")
    assert f'href="/metering/{CEMENT}/#registry"' not in clerk.get("/").content.decode()  # not to decide
    assert "由另一人批准。" in clerk.get(f"/metering/{CEMENT}/").content.decode()
    answer = {"answer": "refused", "note": "x"}
    assert clerk.post(f"/metering/{CEMENT}/registry/{made.id}", answer).status_code == 400


def test_who_is_acted_for_does_not_accept_a_cell_that_the_deputy_proposed(as_person):
    from dafeng.web.office.desk.models import Proposal
    from dafeng.web.office.results.cases import current_case

    deputy = under_delegation(as_person, "clerk", "reader")
    row = current_case().effective("sources").iloc[0]
    cell = {"table": "sources", "key": f"id={row['id']}", "column": "note", "value": "y", "reason": "x"}
    assert deputy.post("/releases/proposals", cell).status_code == 302
    made, clerk = Proposal.objects.get(), as_person("clerk")
    assert f"/releases/proposals/{made.id}" not in clerk.get("/releases/").content.decode()
    assert clerk.post(f"/releases/proposals/{made.id}", {"answer": "accepted"}).status_code == 400
    assert deputy.post(f"/releases/proposals/{made.id}", {"answer": "accepted"}).status_code == 400


def test_nobody_approves_an_own_change_and_none_is_kept_that_the_registry_refuses(as_person, ledger):
    clerk = as_person("clerk")
    assert proposed(clerk).status_code == 302
    page = clerk.get(f"/metering/{CEMENT}/").content.decode()
    assert "由另一人批准。" in page
    from dafeng.web.office.desk.models import RegistryChange

    number = RegistryChange.objects.get().id
    answer = {"answer": "accepted", "version": "1"}
    assert clerk.post(f"/metering/{CEMENT}/registry/{number}", answer).status_code == 400
    for wrong in ({"reason": ""}, {"unit": "kWh"}, {"unit": "m3"}, {"points": [f"{CEMENT}-E1"]}, {"points": []}, {"points": [f"{OTHER}-E1"]}, {"valid_from": ""}):  # fmt: skip
        answer = proposed(clerk, **wrong)
        assert answer.status_code == 400, wrong
        assert 'class="problems bad"' in answer.content.decode()
    assert proposed(clerk, table="units").status_code == 404
    assert RegistryChange.objects.count() == 1
