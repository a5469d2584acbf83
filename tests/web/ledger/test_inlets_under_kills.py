"""Contract: a server with all its inlets (HTTP, folder, broker) killed at any moment under concurrent senders, or left without
broker, disk or keys for a while, stores all that was sent, each batch once, and goes on by itself."""

import json
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPException
from urllib.error import HTTPError, URLError

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from dafeng.evidence import BEIJING
from dafeng.metering import Store

from .test_serving import BEGIN, DAFENG, new_token, run, send

PROVE = os.environ.get("DAFENG_PROVE") == "1"
RECOVERY_SECONDS = 60 if PROVE else 180
"""The bar is 60 s; elsewhere patience on a busy machine. On a free one everything is there within seconds."""
KILLS = 200 if PROVE else 20
ALL_INLETS = {"http", "file", "message"}


class Broker:
    """A Mosquitto that keeps its sessions over a restart, on one port."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "m.conf").write_text(
            f"listener {self.port} 127.0.0.1\nuser root\nallow_anonymous true\nmax_queued_messages 0\n"
            f"persistence true\npersistence_location {folder}/\n"
        )
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["mosquitto", "-c", str(self.folder / "m.conf")], stderr=subprocess.DEVNULL
        )
        wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", self.port)) == 0)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def started(store, *options, program=DAFENG):
    """A serving process and its URL; what it says where it does not start."""
    process = subprocess.Popen(
        [*program, "serve", "--store", str(store), "--port", "0", *map(str, options), "--json"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    line = process.stdout.readline()
    assert line.endswith("}\n"), (line + process.stdout.read(), process.stderr.read())
    threading.Thread(target=process.stderr.read, daemon=True).start()
    return process, json.loads(line)["url"]


def wait_until(holds, seconds=RECOVERY_SECONDS, told=None):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, told and (told.refused, len(told.sent))
        time.sleep(0.1)


def row(number, name, value):
    return {"point": name, "start": (BEGIN + timedelta(minutes=15 * number)).isoformat(), "value": value}


class Senders:
    """One sender of each inlet: number n of HTTP is of the slot 3n, of the folder 3n + 1, of the broker 3n + 2; what counts as
    sent: a receipt over HTTP, a whole file in the folder, an acknowledgement of the broker."""

    def __init__(self, watched, port):
        self.watched, self.url, self.token = watched, None, None
        self.sent, self.inlets, self.most, self.refused = {}, {}, 0, None
        self.row = row
        self.stop, self.lock = threading.Event(), threading.Lock()
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        inlets = (self.http, self.file, self.message)
        self.threads = [
            threading.Thread(target=self.going_on, args=(inlet, place), daemon=True)
            for place, inlet in enumerate(inlets)
        ]

    def begin(self):
        for thread in self.threads:
            thread.start()

    def acknowledged(self, inlet):
        with self.lock:
            return list(self.inlets.values()).count(inlet)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(60)
        self.client.loop_stop()

    def going_on(self, inlet, place):
        number = 0
        while not self.stop.is_set():
            if number >= self.most:
                self.stop.wait(0.05)
                continue
            one = self.row(3 * number + place, "P1", number % 89 + place)
            if inlet(number, [one]):
                with self.lock:
                    self.sent[one["start"]] = one["value"]
                    self.inlets[one["start"]] = inlet.__name__
                number += 1
            self.stop.wait(0.1)

    def http(self, number, rows):
        try:
            answer = send(self.url, self.token, rows, **{"Idempotency-Key": f"h{number}"})
        except (
            URLError,
            HTTPException,
            OSError,
            ValueError,
            TypeError,
        ) as error:  # killed, or not up: sent again
            self.refused = error.read() if isinstance(error, HTTPError) else error
            time.sleep(0.1)
            return False
        return answer["new"] + answer["same"] == 1

    def file(self, number, rows):
        hidden = self.watched / f".{number}.json"
        hidden.write_text(json.dumps(rows))
        hidden.rename(self.watched / f"{number}.json")
        self.stop.wait(0.2)
        return True

    def message(self, number, rows):
        told = self.client.publish("dafeng/U1/readings", json.dumps(rows), qos=1)
        try:
            while not told.is_published() and not self.stop.is_set():
                time.sleep(0.02)
            return told.is_published()
        except RuntimeError:  # the broker is away: sent again, as the same batch
            time.sleep(0.1)
            return False


@contextmanager
def all_inlets(tmp_path, registry):
    """Store, broker and senders; the broker holds a session of the server's before anything is sent."""
    if not shutil.which("mosquitto"):
        pytest.skip("mosquitto is not installed")
    store, watched = tmp_path / "s.duckdb", tmp_path / "in"
    watched.mkdir()
    Store.create(store, registry).close()
    broker = Broker(tmp_path / "broker")
    options = ("--watch", watched, "--mqtt", f"127.0.0.1:{broker.port}")
    try:
        senders = Senders(watched, broker.port)
        senders.token = new_token(store, "--unit", "*", "--per-minute", 10**6)
        here = threading.Event()
        senders.client.on_message = lambda *_: here.set()
        senders.client.subscribe("dafeng/servers/+")
        yield store, options, broker, senders, here
    finally:
        broker.stop()


def stored(store):
    with Store(store) as opened:
        batches = opened.rows(
            "SELECT count(*) AS n, count(DISTINCT key) AS keys FROM batch WHERE status <> 'refused'"
        )[0]
        assert batches["n"] == batches["keys"]
        assert opened.rows("SELECT point, period, start FROM reading GROUP BY ALL HAVING count(*) > 1") == []
        assert opened.rows("SELECT * FROM revision") == []
        sums = "SELECT CAST(start + INTERVAL 8 HOUR AS DATE) AS day, count(*) AS n, sum(value) AS value FROM reading GROUP BY ALL"
        wrong = f"SELECT * FROM ({sums}) FULL JOIN day_sum d USING (day) WHERE n IS DISTINCT FROM d.count"
        assert opened.rows(wrong) == []
        rows = opened.rows(
            "SELECT strftime(start + INTERVAL 8 HOUR, '%Y-%m-%dT%H:%M:%S') AS start, value FROM reading"
        )
    return {one["start"]: one["value"] for one in rows}


def arrived(store, senders):
    """Whether the server has stored all that was sent; it is asked, for it owns the store."""
    sent = len(senders.sent)
    return run("status", "--store", store, "--json")["readings"] >= sent


def check_all(store, process, senders, watched):
    """Everything arrives by itself, and is there once."""
    senders.end()
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline and not (arrived(store, senders) and not list(watched.glob("*.json"))):
        time.sleep(0.5)
    process.terminate()
    assert process.wait(60) == 0
    found = stored(store)
    lost = {start: senders.inlets.get(start) for start in senders.sent if start not in found}
    assert lost == {}, senders.refused
    assert {start: found.get(start) for start in senders.sent} == senders.sent
    assert len(found) - len(senders.sent) <= 3  # what was stored when its sender was told to end
    assert {*senders.inlets.values()} >= ALL_INLETS
    return f"acknowledged={len(senders.sent)}, lost={len(lost)}, doubled=0"  # doubled: see `stored`


@pytest.mark.slow
@pytest.mark.system
def test_killed_under_senders_of_every_inlet(tmp_path, registry, figure):
    chance = random.Random(11)
    with all_inlets(tmp_path, registry) as (store, options, _, senders, here):
        process, senders.url = started(store, *options)
        assert here.wait(60)
        senders.begin()
        for _ in range(KILLS):
            senders.most += 10  # more than comes in before it is killed, not more than comes in after
            before = senders.acknowledged("http")
            wait_until(lambda before=before: senders.acknowledged("http") > before, told=senders)
            time.sleep(chance.uniform(0.0, 0.6))
            process.kill()
            process.wait()
            process, senders.url = started(store, *options)
        found = check_all(store, process, senders, tmp_path / "in").replace("=", " ")
        counts = ", ".join(f"{senders.acknowledged(inlet)} by {inlet}" for inlet in sorted(ALL_INLETS))
        said = f"{KILLS} kills; {found}; {counts}"
        figure(
            "server killed under concurrent senders of HTTP, folder and broker",
            said,
            "200 kills: 0 lost, 0 doubled",
        )


@pytest.mark.slow
@pytest.mark.system
def test_without_broker_disk_or_keys_for_a_while(tmp_path, registry, figure):
    """Each is away for two seconds under all senders; each inlet goes on within a minute."""
    with all_inlets(tmp_path, registry) as (store, options, broker, senders, here):
        process, senders.url = started(store, *options)
        assert here.wait(60)
        senders.most = 10
        senders.begin()
        wait_until(lambda: {*senders.inlets.values()} >= ALL_INLETS)
        keys = store.with_name(store.name + ".keys")
        outages = (
            ("broker", broker.stop, broker.start),
            (
                "disk full",
                lambda: _limited(process, 100_000),
                lambda: _limited(process, resource.RLIM_INFINITY),
            ),
            (
                "keys database",
                lambda: keys.rename(keys.with_name("away")),
                lambda: keys.with_name("away").rename(keys),
            ),
        )
        for what, begin, end in outages:
            begin()
            senders.most += 20
            time.sleep(2)
            end()
            figure(f"{what}: away for 2 s and back", recovered(store, senders, 10), "60 s, 0 lost")
            assert process.poll() is None
        check_all(store, process, senders, tmp_path / "in")


def recovered(store, senders, more):
    """Seconds from now until every inlet has taken a new reading and all that was sent is stored."""
    begun = time.monotonic()
    senders.inlets.clear()
    senders.most += more
    wait_until(lambda: {*senders.inlets.values()} >= ALL_INLETS, told=senders)
    all_go_on = time.monotonic() - begun
    wait_until(lambda: arrived(store, senders), told=senders)
    return f"every inlet goes on after {all_go_on:.1f} s, all stored after {time.monotonic() - begun:.1f} s"


def _limited(process, size):
    """A limit on the size of files stands in for the full disk."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


SHIFTED = """
import runpy, sys, time
from datetime import timedelta
from pathlib import Path
import dafeng.evidence.beijing_time as beijing_time
from django.utils import timezone
file = Path(sys.argv[1])
plain_now, plain_time, plain_utc = timezone.now, time.time, beijing_time.utc_now
days = lambda: timedelta(days=float(file.read_text() or 0))
timezone.now = lambda: plain_now() + days()
time.time = lambda: plain_time() + days().total_seconds()
beijing_time.utc_now = lambda: plain_utc() + days()
sys.argv = ["dafeng", *sys.argv[2:]]
runpy.run_module("dafeng", run_name="__main__")
"""
"""A server whose clock is so many days from the true one as a file tells."""


@pytest.mark.slow
@pytest.mark.system
def test_a_clock_set_back_and_forward_by_a_day(tmp_path, registry, figure):
    """Readings of the last hours come in by every inlet, whatever the server takes for now, and none is refused."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    newest = datetime.fromtimestamp(time.time() // 900 * 900, BEIJING).replace(tzinfo=None)

    def recent(number, name, value):
        return {
            "point": name,
            "start": (newest - timedelta(minutes=15 * number)).isoformat(),
            "value": value,
        }

    with all_inlets(tmp_path, registry) as (store, options, _, senders, here):
        senders.row = recent
        process, senders.url = started(
            store, *options, program=[sys.executable, "-c", SHIFTED, str(clock), "metering"]
        )
        assert here.wait(60)
        senders.begin()
        for days in ("0", "-1", "0", "1", "0"):
            clock.write_text(days)
            figure(f"clock at {days} days from the true one", recovered(store, senders, 3), "60 s, 0 lost")
        check_all(store, process, senders, tmp_path / "in")
