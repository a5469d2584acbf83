"""Contract: a key ends when it expires or is revoked; wrong keys are told apart by nothing, and a flood of them
neither fills the log nor keeps right keys out; problems are told in Chinese and English."""

import csv
import json
import re
from datetime import timedelta
from importlib.resources import files

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from dafeng.evidence import DafengError, Problem
from dafeng.metering import Sending, as_answer, chinese, ingest_body
from dafeng.metering.intake.rejected_rows import REASONS
from dafeng.web import audit_entries, list_keys, new_key
from dafeng.web.ledger import access
from dafeng.web.ledger.models import ApiKey, AuditEntry

from .test_door import ROW, post, stored

HAN = re.compile("[一-鿿]")


def test_an_expired_key_is_shut_out(client, served):
    made, token = new_key("a month", units=["U1"], scopes=["write"], days=30)
    assert post(client, token).status_code == 200
    assert list_keys()[0]["expires"] > timezone.now() + timedelta(days=29)
    ApiKey.objects.filter(id=made.id).update(expires=timezone.now() - timedelta(seconds=1))
    assert post(client, token).status_code == 401


@pytest.mark.parametrize("days", [0, -1, 10**6])
def test_a_life_of_no_day_is_refused(served, days):
    with pytest.raises(DafengError, match="days"):
        new_key("x", units=["U1"], scopes=["write"], days=days)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic eDp5", "bearer\tx", "Bearer x y", "Bearer \xe9"]
)
def test_broken_headers_are_wrong_keys(client, served, header):
    answer = client.post("/api/v1/readings", "[]", "application/json", headers={"Authorization": header})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_a_flood_of_wrong_keys(client, served, token, monkeypatch):
    monkeypatch.setattr(access, "WRONG_KEYS_PER_MINUTE", 3)
    answers = [post(client, "wrong") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 3
    assert answers[-1]["Retry-After"] == "60"
    assert AuditEntry.objects.count() == 3
    assert post(client, token).status_code == 200


def test_a_batch_of_another_key_is_not_known_to_this_one(client, served, token):
    """The same body sent by a key without right to its points gets no receipt of the first sender."""
    assert post(client, token).json()["new"] == 1
    _, other = new_key("other", units=["U2"], scopes=["write"])
    answer = post(client, other)
    assert (answer.status_code, answer.json()["first"], answer.json()["refused"]) == (422, True, 1)


def test_the_same_bytes_of_another_kind_are_another_batch(client, served):
    _, token = new_key("all", units=["*"], scopes=["write"])
    assert post(client, token, "[]").json()["status"] == "accepted"
    assert post(client, token, "[]", "application/x-ndjson").json()["status"] == "refused"


def test_the_same_rows_by_file_and_by_door_count_once(client, served, token):
    body = b'[{"point": "P1", "start": "2025-01-01T00:00:00+08:00", "value": 1.5}]'
    ingest_body(served.store, body, "json", Sending("file:x"))
    assert post(client, token, body).json()["same"] == 1
    assert stored(served) == 1


def test_every_reason_has_its_chinese():
    for expected, mend in REASONS.values():
        assert HAN.search(chinese(expected)), expected
        assert HAN.search(chinese(mend)), mend


@pytest.mark.parametrize(("file", "width"), [("metering/messages.csv", 3), ("web/messages.csv", 3)])
def test_every_text_is_whole(file, width):
    """A comma that is not quoted would cut a text short."""
    rows = list(csv.reader((files("dafeng") / file).read_text(encoding="utf-8").splitlines()))
    assert {len(row) for row in rows} == {width}
    assert len({row[0] for row in rows}) == len(rows)


def test_every_text_of_readings_is_looked_up():
    """Texts are found under these prefixes only; one under another is never shown."""
    rows = list(
        csv.DictReader((files("dafeng.metering") / "messages.csv").read_text(encoding="utf-8").splitlines())
    )
    assert [row["id"] for row in rows if not row["id"].startswith(("problem.", "where."))] == []


def test_a_problem_in_two_languages():
    found = as_answer(Problem("row 7:start", "2035-01-01", *REASONS["future"]))
    assert found["zh"] == "第 7 行时间：读到“2035-01-01”，应为已经开始的时间；请校准发送方时钟。"
    assert (
        found["en"]
        == "row 7:start: found 2035-01-01; expected a time that has begun; set the clock of the sender."
    )


@pytest.mark.parametrize("text", ["a {0} b", "", "{", "row {}:point", "x" * 10_000])
def test_what_has_no_chinese_stays_as_it_is(text):
    assert chinese(text) in {text, "第 {} 行测点"}


def test_answers_are_for_people(client, served, token):
    for answer in (
        post(client, "wrong"), post(client, token, "{"), post(client, token, "x", "text/plain"),
        post(client, token, b"x" * 200_001), post(client, token, query="?acept=partial"), client.get("/nowhere"),
        post(client, token, '[{"point": "P9", "start": "x", "value": "y"}]'),
    ):  # fmt: skip
        for problem in answer.json()["problems"]:
            assert HAN.search(problem["zh"].split("应为")[1]), problem
            assert problem["expected"] in problem["en"]


def test_clocks_a_year_off_are_refused_by_row(client, served, token):
    served.limits.max_age_days = 300
    now = timezone.now()
    rows = [
        ROW | {"start": (now + timedelta(days=days)).strftime("%Y-%m-%dT%H:00:00+00:00")}
        for days in (-365, 365, -1)
    ]
    answer = post(client, token, json.dumps(rows), query="?accept=partial").json()
    assert (answer["new"], answer["refused"]) == (1, 2)
    assert [problem["mend"] for problem in answer["problems"]] == [REASONS["age"][1], REASONS["future"][1]]


def test_a_defect_is_answered_with_a_reference(client, served, token, monkeypatch, caplog):
    def broken(*_):
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("dafeng.web.ledger.api.ingest_body", broken)
    answer = post(client, token)
    found = answer.json()["problems"][0]["found"]
    assert answer.status_code == 500
    assert "inside" not in answer.content.decode()
    assert found in caplog.text


def test_a_lost_database_of_keys_is_a_503(client, served, token, monkeypatch):
    def lost(*_):
        raise DatabaseError("gone")

    monkeypatch.setattr("dafeng.web.ledger.access.key_of", lost)
    answer = post(client, token)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_an_answer_is_given_though_the_audit_log_is_lost(client, served, token, monkeypatch, caplog):
    def lost(**_):
        raise DatabaseError("gone")

    monkeypatch.setattr(AuditEntry.objects, "create", lost)
    assert post(client, token).json()["new"] == 1
    assert "audit entry lost" in caplog.text


def test_the_audit_log_is_read_newest_first(client, served, token):
    post(client, token)
    client.get("/api/v1/latest/%00'; DROP TABLE x;--")
    newest, first = audit_entries(10)
    assert (newest["status"], newest["key"], first["key"], first["detail"]) == (
        404,
        None,
        "甲厂网关",
        "accepted",
    )
    assert [entry["status"] for entry in audit_entries(10, refused_only=True)] == [404]


def test_the_docs_page_loads_nothing_from_elsewhere(client, served):
    page = client.get("/api/v1/docs")
    assert client.get("/api/docs").url == "/api/v1/docs"
    assert "'self'" in page["Content-Security-Policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    for path in loaded:
        assert path.startswith(("/", "data:"))
        if path.startswith("/"):
            assert client.get(path).status_code == 200
    assert len(loaded) >= 5
    for path in ("settings.py", "..%2fsettings.py", "....//x"):
        assert client.get(f"/static/{path}").status_code == 404


def test_metrics_tell_warnings_and_the_newest_reading(office):
    _, watcher = new_key("watcher", units=["*"], scopes=["metrics"])
    text = Client().get("/metrics", headers={"Authorization": f"Bearer {watcher}"}).content.decode()
    assert 'dafeng_open_warnings{level="red"} 1.0' in text
    assert "dafeng_newest_reading_timestamp_seconds 1.7390304e+09" in text
