"""Contract: sessions end at the server, cookies and pages keep to TLS, strangers cannot fill the audit log, a failure
shows nothing of the inside, and a server listens beyond its machine in plain text on explicit wish only."""

import ipaddress

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from dafeng.evidence import DafengError
from dafeng.metering import Store
from dafeng.web import audit_entries, new_key, serve
from dafeng.web.ledger.auditing import STRANGER_ENTRIES
from dafeng.web.ledger.owned import Sessions
from dafeng.web.ledger.serving import _is_loopback

BROWSER = {"HTTP_ACCEPT": "text/html,*/*"}


def signed_in(token: str, **client: object) -> Client:
    person = Client(**client)
    assert person.post("/signin", {"key": token}, secure=True).status_code == 302
    return person


def test_a_copied_cookie_opens_nothing_after_sign_out(served, token):
    person = signed_in(token)
    thief = Client()
    thief.cookies["dafeng_key"] = person.cookies["dafeng_key"].value
    assert 'name="key"' not in thief.get("/").content.decode()
    person.post("/signout")
    assert 'name="key"' in thief.get("/").content.decode()


def test_signing_out_ends_one_session_of_a_key_alone(served, token):
    one, other = signed_in(token), signed_in(token)
    one.post("/signout")
    assert 'name="key"' in one.get("/").content.decode()
    assert 'name="key"' not in other.get("/").content.decode()


@pytest.mark.parametrize("value", ["", "x", "1:2:3", "WzFd:1abc:xyz"])
def test_a_cookie_that_is_not_ours_is_no_session(served, value):
    person = Client()
    person.cookies["dafeng_key"] = value
    assert 'name="key"' in person.get("/").content.decode()


def test_sessions_end_with_their_time():
    sessions = Sessions()
    first = sessions.open(10, now=0)
    assert sessions.holds(first, now=9.9)
    assert not sessions.holds(first, now=10)
    sessions.open(10, now=20)
    assert first not in sessions._until


def test_over_tls_every_cookie_is_secure_and_the_browser_stays_there(served, token):
    answer = Client().get("/?lang=en", secure=True)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert answer.cookies
    assert all(cookie["secure"] for cookie in answer.cookies.values())
    plain = Client().get("/?lang=en")
    assert "Strict-Transport-Security" not in plain.headers
    assert not any(cookie["secure"] for cookie in plain.cookies.values())


def test_strangers_write_a_bounded_number_of_audit_entries(served):
    stranger = Client()
    for number in range(STRANGER_ENTRIES + 30):
        stranger.get(f"/nothing/{number}")
    assert len(audit_entries(1000)) == STRANGER_ENTRIES


def test_known_senders_are_always_written_down(served):
    _, token = new_key("p", units=["U1"], scopes=["read"], per_minute=1000)
    sender = Client(headers={"authorization": f"Bearer {token}"})
    for _ in range(STRANGER_ENTRIES + 10):
        sender.get("/api/v1/status")
    assert len(audit_entries(1000)) == STRANGER_ENTRIES + 10


def test_a_failure_is_a_page_in_chinese_with_a_reference_alone(served, token, monkeypatch, caplog):
    def fail(*_: object) -> None:
        raise RuntimeError("secret place /srv/readings.duckdb")

    person = signed_in(token)
    person.raise_request_exception = False
    monkeypatch.setattr("dafeng.web.ledger.unit_pages._unit_page", fail)
    answer = person.get("/", **BROWSER)
    shown = answer.content.decode()
    assert answer.status_code == 500
    assert "系统出错" in shown
    assert "secret" not in shown
    assert "Traceback" not in shown
    reference = shown.split("<code>")[1].split("</code>")[0]
    assert any(reference in record.getMessage() for record in caplog.records)
    program = person.get("/").json()
    assert program["problems"][0]["found"].startswith("internal error")


def test_no_such_page_is_a_page_for_people_and_json_for_programs(served):
    assert "没有这个页面" in Client().get("/nothing", **BROWSER).content.decode()
    assert Client().get("/api/v1/nothing", **BROWSER).json()["problems"]
    assert Client().get("/nothing").json()["problems"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "monitor.example.cn", ""])
def test_plain_text_beyond_this_machine_needs_an_explicit_wish(tmp_path, registry, host):
    Store.create(tmp_path / "s.duckdb", registry).close()
    with pytest.raises(DafengError) as error:
        serve(tmp_path / "s.duckdb", host=host, port=0)
    assert "--plain-http" in error.value.problems[0].mend


@pytest.mark.parametrize(
    "origin", ["monitor.example.cn", "ftp://a", "https://", "https://a/path", "https://a?x=1"]
)
def test_an_origin_is_an_address_as_browsers_show_it(tmp_path, registry, origin):
    Store.create(tmp_path / "s.duckdb", registry).close()
    with pytest.raises(DafengError) as error:
        serve(tmp_path / "s.duckdb", origins=(origin,))
    assert error.value.problems[0].where == "--origin"


@given(st.ip_addresses())
def test_loopback_is_what_the_address_says(address):
    assert _is_loopback(str(address)) == ipaddress.ip_address(str(address)).is_loopback
    assert _is_loopback("localhost")
