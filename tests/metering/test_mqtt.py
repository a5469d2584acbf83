"""Contract: messages through a real broker are stored once, also when it sends them again; a unit writes only its
own points; each message is answered."""

import json
import shutil
import socket
import subprocess
import threading
import time

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from dafeng.evidence import DafengError
from dafeng.metering import mqtt_worker
from dafeng.metering.mqtt import take_message

from .conftest import reading

NOW = time.strftime("%Y-%m-%dT00:00:00")


@pytest.fixture
def broker(tmp_path):
    if not shutil.which("mosquitto"):
        pytest.skip("mosquitto is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "m.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen(["mosquitto", "-c", str(tmp_path / "m.conf")], stderr=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(10)


@pytest.mark.system
def test_through_a_real_broker(broker, store):
    stop, answers = threading.Event(), []
    worker = threading.Thread(target=mqtt_worker(f"127.0.0.1:{broker}"), args=(store, stop))
    worker.start()
    sender = Client(CallbackAPIVersion.VERSION2)
    sender.on_message = lambda _, __, message: answers.append((message.topic, json.loads(message.payload)))
    sender.connect("127.0.0.1", broker)
    sender.subscribe("dafeng/+/receipts", qos=1)
    sender.loop_start()
    body = json.dumps([reading("P1", NOW, 5)])
    deadline = time.monotonic() + 30
    try:
        while not answers and time.monotonic() < deadline:  # until the worker has subscribed
            sender.publish("dafeng/U1/readings", body, qos=1).wait_for_publish(5)
            time.sleep(0.3)
        sender.publish("dafeng/U1/readings", body, qos=1).wait_for_publish(5)
        sender.publish("dafeng/U2/readings", json.dumps([reading("P1", NOW, 6)]), qos=1).wait_for_publish(5)
        sender.publish("dafeng/U1/readings", "{", qos=1).wait_for_publish(5)
        while len({answer["status"] for _, answer in answers}) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        stop.set()
        worker.join(10)
        sender.loop_stop()
    accepted = [answer for _, answer in answers if answer["status"] == "accepted"]
    assert {answer["batch"] for answer in accepted} == {1}
    assert [answer["first"] for answer in accepted].count(True) == 1
    assert {topic for topic, _ in answers} >= {"dafeng/U1/receipts"}
    assert store.rows("SELECT value FROM reading") == [{"value": 5.0}]


def test_a_message_is_bound_to_the_unit_of_its_topic(store):
    topic, answer = take_message(store, "dafeng/U2/readings", json.dumps([reading("P1", NOW, 1)]).encode())
    assert (topic, json.loads(answer)["status"]) == ("dafeng/U2/receipts", "refused")
    assert json.loads(take_message(store, "dafeng/U1/readings", b"\xff\xfe")[1])["status"] == "refused"
    assert store.rows("SELECT count(*) AS n FROM reading") == [{"n": 0}]


def test_where_the_broker_is_must_be_said():
    with pytest.raises(DafengError, match="host:port"):
        mqtt_worker("localhost")
