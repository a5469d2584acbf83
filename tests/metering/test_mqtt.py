"""Contract: messages through a real broker are stored once, also when it sends them again; a unit writes only its
own points; each message is answered."""

import json
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from dafeng.evidence import DafengError
from dafeng.metering import mqtt_worker
from dafeng.metering.intake.mqtt import Broker, broker_of, take_message

from .conftest import reading

NOW = time.strftime("%Y-%m-%dT00:00:00")


@contextmanager
def serving_broker(tmp_path, rules):
    """A Mosquitto on a free port, which is told."""
    if not shutil.which("mosquitto"):
        pytest.skip("mosquitto is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "m.conf").write_text(f"listener {port} 127.0.0.1\nuser root\n{rules}")
    process = subprocess.Popen(["mosquitto", "-c", str(tmp_path / "m.conf")], stderr=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def broker(tmp_path):
    with serving_broker(tmp_path, "allow_anonymous true\n") as port:
        yield port


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


@pytest.mark.parametrize(
    ("text", "broker"),
    [
        ("gw.local:1884", Broker("gw.local", 1884)),
        ("mqtt://10.0.0.1", Broker("10.0.0.1", 1883)),
        ("mqtts://office:p%40ss@broker.example", Broker("broker.example", 8883, "office", "p@ss", tls=True)),
    ],
)
def test_where_the_broker_is(text, broker):
    assert broker_of(text) == broker


@pytest.mark.parametrize(
    "text", ["localhost", "", ":1883", "host:port", "http://host:1", "mqtt://", "a:99999", "mqtt://u:secret@"]
)
def test_where_the_broker_is_must_be_said(text):
    with pytest.raises(DafengError, match="host:port") as caught:
        mqtt_worker(text)
    assert "secret" not in str(caught.value)


@pytest.mark.system
def test_a_broker_that_asks_who_it_is(tmp_path, store):
    """With the wrong password nothing comes in; with the right one messages do."""
    if not shutil.which("mosquitto_passwd"):
        pytest.skip("mosquitto is not installed")
    subprocess.run(["mosquitto_passwd", "-b", "-c", tmp_path / "p", "office", "p@ss"], check=True)
    with serving_broker(tmp_path, f"allow_anonymous false\npassword_file {tmp_path / 'p'}\n") as port:
        sender = Client(CallbackAPIVersion.VERSION2)
        sender.username_pw_set("office", "p@ss")
        sender.connect("127.0.0.1", port)
        sender.loop_start()
        stored = []
        for password in ("wrong", "p%40ss"):
            stop = threading.Event()
            url = f"mqtt://office:{password}@127.0.0.1:{port}"
            worker = threading.Thread(target=mqtt_worker(url), args=(store, stop))
            worker.start()
            deadline = time.monotonic() + (2 if password == "wrong" else 30)
            while time.monotonic() < deadline and not stored:
                body = json.dumps([reading("P1", NOW, 5)])
                sender.publish("dafeng/U1/readings", body, qos=1).wait_for_publish(5)
                time.sleep(0.2)
                stored = store.rows("SELECT value FROM reading")
            stop.set()
            worker.join(10)
            assert stored == ([] if password == "wrong" else [{"value": 5.0}])
        sender.loop_stop()
