"""Contract: a unit reads its own and nothing of another's; colours come from verdicts, grey is never green; a
warning is acknowledged by a name, and by its unit or the office only."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client

from dafeng.metering import Sending, ingest_body
from dafeng.web import new_key
from dafeng.web.ledger.models import AuditEntry

OWN = ("latest", "status", "warnings", "rollup")


def get(token, path):
    return Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def unit(office):
    return new_key("甲", units=["U1"], scopes=["read", "acknowledge"])[1]


@pytest.fixture
def bureau(office):
    return new_key("市局", units=["*"], scopes=["read", "acknowledge"])[1]


def test_the_newest_reading_of_each_point(unit, bureau):
    assert get(unit, "latest").json()["rows"] == [
        {
            "unit": "U1", "point": "P1", "name_zh": "", "medium": "electricity", "measured_in": "kWh",
            "start": "2025-02-09 00:00:00", "value": 100.0, "origin": "auto", "quarantined": False,
        }
    ]  # fmt: skip
    newest = {row["point"]: row["start"] for row in get(bureau, "latest").json()["rows"]}
    assert newest["P3"] == "2025-02-08 00:00:00"
    assert newest["P4"] is None


def test_colours_of_the_units(bureau):
    answer = get(bureau, "status").json()
    assert (answer["begin"], answer["end"]) == ("2025-01-11", "2025-02-10")
    found = {row["unit"]: (row["level"], row["coverage"], row["open_warnings"]) for row in answer["units"]}
    assert found == {
        "U1": ("red", 1.0, 1),
        "U2": ("green", 1.0, 0),
        "U3": ("grey", 0.5, 0),
        "U4": ("grey", 0.0, 0),
    }
    assert answer["units"][2]["reason_zh"] == "数据完整率 50%，低于 90%"


def status_on(bureau, monkeypatch, *day):
    monkeypatch.setattr("dafeng.metering.judge.unit_status.today", lambda: date(*day))
    return {row["unit"]: row for row in get(bureau, "status").json()["units"]}


def test_stale_readings_are_not_green(bureau, monkeypatch):
    """U2 is green while it is read; twenty months after its last reading it is grey, and the reason names that day."""
    found = status_on(bureau, monkeypatch, 2026, 10, 10)["U2"]
    assert (found["level"], found["coverage"], found["readings"]) == ("grey", 0.0, 0)
    assert found["reason_zh"] == "数据完整率 0%，低于 90%；最新读数为 2025-02-09"
    assert found["judged_on"] == "2025-02-09"
    assert status_on(bureau, monkeypatch, 2025, 2, 13)["U2"]["level"] == "green"  # 27 of 30 days
    assert status_on(bureau, monkeypatch, 2025, 2, 14)["U2"]["level"] == "grey"


def test_a_verdict_colours_its_unit_for_a_while(bureau, office, monkeypatch):
    sent = [
        {"point": "P2", "start": str(date(2025, 2, 10) + timedelta(days=day)), "value": 100}
        for day in range(60)
    ]
    ingest_body(office.store, json.dumps(sent).encode(), "json", Sending("t"))
    assert status_on(bureau, monkeypatch, 2025, 3, 26)["U2"]["level"] == "green"
    found = status_on(bureau, monkeypatch, 2025, 3, 27)["U2"]
    assert (found["level"], found["coverage"]) == ("grey", 1.0)
    assert found["reason_zh"] == "预算判定截至 2025-02-09，已过期"


@pytest.mark.parametrize("what", OWN)
def test_a_unit_reads_its_own_only(unit, bureau, what):
    own = get(unit, what)
    assert own.status_code == 200
    assert own.content == get(unit, f"{what}?unit=U1").content
    assert "U2" not in own.content.decode()
    assert "乙厂" not in own.content.decode()
    refused = get(unit, f"{what}?unit=U2")
    assert (refused.status_code, refused.json()["problems"][0]["where"]) == (403, "unit")
    assert get(bureau, f"{what}?unit=U1").content == own.content


@pytest.mark.parametrize("what", OWN)
def test_a_key_of_two_units_names_the_one(office, what):
    _, both = new_key("both", units=["U1", "U2"], scopes=["read"])
    assert get(both, what).status_code == 403
    assert get(both, f"{what}?unit=U2").status_code == 200


@pytest.mark.parametrize("what", OWN)
def test_a_unit_that_is_none(bureau, what):
    """A misspelt unit is told, not answered with an empty list."""
    for unit in ("U9", "", "' OR 1=1 --", "%00"):
        answer = get(bureau, f"{what}?unit={unit}")
        assert (answer.status_code, answer.json()["problems"][0]["where"]) == (404, "unit")


@pytest.mark.parametrize("what", OWN)
def test_a_key_without_the_scope_reads_nothing(office, what):
    _, writer = new_key("w", units=["U1"], scopes=["write"])
    assert get(writer, what).status_code == 403


def test_sums_are_those_of_the_readings(unit):
    (row,) = get(unit, "rollup?period=month&from=2025-01-01&to=2025-02-01").json()["rows"]
    assert (row["quantity"], row["coverage"], row["bucket"]) == (3100.0, 1.0, "2025-01")
    assert row["tce"] == pytest.approx(3.1 * 0.1229)


@pytest.mark.parametrize(
    "question",
    [
        "by=planet", "period=week", "from=yesterday", "from=2025-02-30", "from=2025-02-01&to=2025-01-01", "form=2025-01-01",
        "unit=U1&unit=U1", "period=15min&from=2025-01-01&to=2025-06-01", "from=2025-01-01%27--&to=2025-02-01",
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_meant(bureau, question):
    answer = get(bureau, f"rollup?{question}")
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["expected"]


def test_an_answer_is_bounded(bureau, monkeypatch):
    monkeypatch.setattr("dafeng.web.ledger.api.MAX_SUMS", 100)
    answer = get(bureau, "rollup?by=unit&period=day")
    assert (answer.status_code, "at most 100 sums" in answer.json()["problems"][0]["expected"]) == (400, True)
    assert get(bureau, "rollup?by=unit&period=month").status_code == 200


def acknowledge(token, warning, **said):
    return Client().post(f"/api/v1/warnings/{warning}/acknowledge", json.dumps(said), "application/json",
                         headers={"Authorization": f"Bearer {token}"})  # fmt: skip


def test_a_warning_is_acknowledged_by_its_unit(unit, bureau):
    (warning,) = get(unit, "warnings").json()["rows"]
    assert (warning["subject"], warning["level"], warning["state"]) == ("unit:U1", "red", "issue")
    _, other = new_key("乙", units=["U2"], scopes=["read", "acknowledge"])
    assert acknowledge(other, warning["id"], person="王").status_code == 404
    _, reader = new_key("r", units=["U1"], scopes=["read"])
    assert acknowledge(reader, warning["id"], person="王").status_code == 403
    assert acknowledge(unit, warning["id"], person=" ").status_code == 400
    assert acknowledge(unit, warning["id"]).status_code == 400
    assert acknowledge(unit, 10**12, person="王").status_code == 404
    done = acknowledge(unit, warning["id"], person="王'; DROP TABLE verdict;--", note="已查")
    assert [step["action"] for step in done.json()["trail"]] == ["issue", "acknowledge"]
    assert get(bureau, "warnings").json()["rows"][0]["state"] == "acknowledge"
    assert "acknowledge warning" in AuditEntry.objects.get(status=200, method="POST").detail
