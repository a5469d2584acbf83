"""Contract: whatever a message holds, the inlet outlives it: it is a batch, or a dead letter with its reason; where there is no
room it is taken again; files of the store are its owner's only; the engine fetches nothing."""

import json
import stat
import threading
import time
from types import SimpleNamespace

import duckdb
import pytest

from dafeng.metering import Owner, Store, folder_worker, operate
from dafeng.metering.intake import mqtt
from dafeng.metering.intake.ingest import NoRoomError
from dafeng.metering.intake.mqtt import client_id_of, take_message
from dafeng.metering.intake.watched_folder import take_files

from .conftest import ROWS, reading

NOW = time.strftime("%Y-%m-%dT00:00:00")


def message(*rows):
    return json.dumps(list(rows)).encode()


def test_the_same_payload_on_the_topics_of_two_units(store):
    """The second unit was lost: it got the receipt of the first one."""
    both = message(reading("P1", NOW, 5), reading("B1", NOW, 7))
    first = json.loads(take_message(store, "dafeng/U1/readings", both)[1])
    second = json.loads(take_message(store, "dafeng/U2/readings", both)[1])
    assert (first["new"], first["refused"], second["new"], second["refused"]) == (1, 1, 1, 1)
    assert (second["first"], second["batch"]) == (True, first["batch"] + 1)
    again = json.loads(take_message(store, "dafeng/U1/readings", both)[1])
    assert (again["first"], again["batch"]) == (False, first["batch"])
    assert {row["value"] for row in store.rows("SELECT value FROM reading")} == {5.0, 7.0}


HOSTILE = [
    b"", b"{", b"\xff\xfe", b"[]]", b'[{"point": "\\ud800", "start": "x", "value": 1}]', b"[" * 3000, b'{"readings": 5}', b"null",
    b'[{"point": "P1", "start": 1e400, "value": 1e400}]', b"\x00" * 10, '[{"点": 1}]'.encode(), b'{"point": "P1"}',
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:30]))
def test_a_message_of_any_content_is_answered(store, body):
    topic, answer = take_message(store, "dafeng/U1/readings", body)
    found = json.loads(answer)
    assert topic == "dafeng/U1/receipts"
    kept = operate(store, "dead_letters", {})
    if "dead_letter" in found:
        assert (found["status"], kept["count"], kept["letters"][0]["source"]) == (
            "refused",
            1,
            "mqtt:dafeng/U1/readings",
        )
        assert kept["letters"][0]["reason"]
        assert kept["letters"][0]["size"] == len(body)
        take_message(store, "dafeng/U1/readings", body)
        assert operate(store, "dead_letters", {})["count"] == 1  # sent again by the broker, kept once
    else:
        assert kept["count"] == 0
        assert found["new"] == 0
    ok = json.loads(take_message(store, "dafeng/U1/readings", message(reading("P1", NOW, 5)))[1])
    assert ok["new"] == 1


def test_a_defect_is_a_dead_letter_too(store, monkeypatch):
    monkeypatch.setattr(mqtt, "ingest_body", lambda *_: 1 / 0)
    answer = json.loads(take_message(store, "dafeng/U1/readings", b"[]")[1])
    assert (answer["status"], answer["problems"][0]["found"]) == ("refused", "ZeroDivisionError")


def test_a_message_waits_for_room_and_is_acknowledged_once(store, monkeypatch):
    monkeypatch.setattr(mqtt, "FIRST_WAIT", 0.01)
    full, acked, answers = [True, True, True], [], []
    plain = mqtt.ingest_body

    def sometimes(*arguments):
        if full:
            full.pop()
            raise NoRoomError.at("store", "full", "room on the disk and in memory")
        return plain(*arguments)

    monkeypatch.setattr(mqtt, "ingest_body", sometimes)
    client = SimpleNamespace(
        ack=lambda mid, qos: acked.append(mid),
        publish=lambda topic, answer, qos: answers.append(json.loads(answer)),
    )
    sent = SimpleNamespace(topic="dafeng/U1/readings", payload=message(reading("P1", NOW, 5)), mid=7, qos=1)
    mqtt._taken(client, store, threading.Event(), sent)
    assert (acked, [answer["new"] for answer in answers]) == ([7], [1])


def test_a_file_stays_where_there_is_no_room(store, tmp_path, monkeypatch):
    """It was moved to `refused`, where nobody takes it again."""
    folder = tmp_path / "in"
    folder.mkdir()
    file = folder / "a.json"
    file.write_bytes(message(reading("P1", NOW, 5)))

    def full(*_):
        raise NoRoomError.at("store", "full", "room on the disk and in memory")

    with monkeypatch.context() as patch:
        patch.setattr("dafeng.metering.intake.watched_folder.ingest_file", full)
        seen = take_files(store, folder, take_files(store, folder, {}))
    assert file.exists()
    take_files(store, folder, take_files(store, folder, seen))
    assert (file.exists(), store.rows("SELECT count(*) AS n FROM reading")) == (False, [{"n": 1}])


def test_each_store_has_a_client_of_its_own(store, tmp_path):
    from dafeng.metering import registry_from_rows

    with Store.create(tmp_path / "b.duckdb", registry_from_rows(ROWS, "t")) as other:
        assert client_id_of(store) == client_id_of(store) != client_id_of(other)


def test_files_of_a_store_are_its_owners(store, send):
    send(reading("B1", "2025-01-31T00:00:00", 1))
    operate(store, "archive", {"month": "2025-01"})
    for file in (store.path, *store.path.parent.glob("*.parquet")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_engine_installs_nothing(store):
    for name in ("autoinstall_known_extensions", "autoload_known_extensions"):
        assert store.rows(f"SELECT current_setting('{name}') AS on") == [{"on": False}]
    with store.reading() as connection, pytest.raises(duckdb.Error):
        connection.execute("SELECT * FROM read_csv('https://example.invalid/a.csv')")


def test_a_worker_of_a_folder_has_a_name(tmp_path):
    assert folder_worker(tmp_path).__name__ == "watched_folder"
    assert mqtt.mqtt_worker("localhost:1883").__name__ == "mqtt"


def test_an_owner_is_asked_by_signal_on_posix_only(monkeypatch):
    """On Windows os.kill(pid, 0) interrupts the process instead of asking for it."""
    asked = []
    monkeypatch.setattr("dafeng.metering.owner.os.kill", lambda *given: asked.append(given))
    owner = Owner(4711, "http://127.0.0.1:1", "t")
    assert owner.is_alive()
    monkeypatch.setattr("dafeng.metering.owner._SIGNAL_0_ASKS", False)
    assert owner.is_alive()
    assert asked == [(4711, 0)]
