"""Contract: a real server owns the store; the command line goes through it; dropped files are taken; told to stop it
finishes what it began; killed at any moment under concurrent senders, no acknowledged batch is lost and none is twice."""

import gzip
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from http.client import HTTPException
from itertools import count
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import pytest

from dafeng.metering import Store

DAFENG = [sys.executable, "-m", "dafeng", "metering"]


def run(*arguments, code=0):
    done = subprocess.run([*DAFENG, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else done.stderr


def start(store, *options):
    """A serving process and its URL."""
    process = subprocess.Popen(
        [*DAFENG, "serve", "--store", str(store), "--port", "0", *map(str, options), "--json"],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    return process, json.loads(process.stdout.readline())["url"]


@pytest.fixture
def server(tmp_path, registry):
    store, watched = tmp_path / "s.duckdb", tmp_path / "in"
    watched.mkdir()
    Store.create(store, registry).close()
    process, url = start(store, "--watch", watched)
    yield url, store, watched
    process.terminate()
    assert process.wait(40) == 0


def new_token(store, *options):
    return run("key", "--store", store, "gateway", *options, "--json")["token"]


def send(url, token, rows, *, packed=False, **headers):
    body = json.dumps(rows).encode()
    if packed:
        body, headers = gzip.compress(body), headers | {"Content-Encoding": "gzip"}
    request = Request(f"{url}/api/v1/readings", body,
                      {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | headers)  # fmt: skip
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_door_command_line_and_folder_share_one_store(server, tmp_path):
    url, store, watched = server
    token = run("key", "--store", store, "gateway", "--unit", "U1", "--scope", "write", "--json")["token"]
    row = {"point": "P1", "start": time.strftime("%Y-%m-%dT00:00:00"), "value": 1}
    assert send(url, token, [row])["new"] == 1
    with pytest.raises(HTTPError):
        send(url, "wrong", [row])
    file = tmp_path / "r.csv"
    file.write_text("point,start,value\nP2,2025-01-01 00:00,2\n")
    assert run("ingest", file, "--store", store, "--json")["new"] == 1
    assert run("status", "--store", store, "--json")["readings"] == 2
    (watched / "d.csv").write_text("point,start,value\nP2,2025-01-01 00:15,2\n")
    (watched / "link.csv").symlink_to("/etc/passwd")
    (watched / "bad.json").write_text("{")
    deadline = time.monotonic() + 30
    while not ((watched / "taken" / "d.csv").exists() and (watched / "refused" / "bad.json").exists()):
        assert time.monotonic() < deadline, list(watched.rglob("*"))
        time.sleep(0.2)
    assert (watched / "link.csv").is_symlink()
    assert run("status", "--store", store, "--json")["readings"] == 3


@pytest.mark.slow
def test_what_the_command_line_does_while_the_server_runs(server, tmp_path):
    url, store, _ = server
    token = new_token(store, "--unit", "U1", "--scope", "write", "--days", "1")
    send(url, token, [{"point": "P1", "start": time.strftime("%Y-%m-%dT00:00:00"), "value": 1}])
    (key,) = run("key", "--store", store, "--json")["keys"]
    assert (key["units"], key["expires"] is not None) == ("U1", True)
    assert (
        run("rollup", "--store", store, "--by", "unit", "--period", "year", "--json")["rows"][0]["quantity"]
        == 1
    )
    assert "points:P1:id" in run("init", "jiujiang", "--store", store, code=1)  # it has readings
    entered = run("init", "jiujiang", "--store", store, "--approve", "王", "--json")
    assert entered["points"] == 0  # that registry has no point
    with pytest.raises(HTTPError) as refused:
        send(url, token, [{"point": "P1", "start": time.strftime("%Y-%m-%dT01:00:00"), "value": 1}])
    assert json.load(refused.value)["problems"][0]["expected"] == "a point of the newest registry"
    assert "another process" in run("serve", "--store", store, "--port", "0", code=1)
    run("key", "--store", store, "--revoke", key["id"], "--json")
    with pytest.raises(HTTPError, match="401"):
        send(url, token, [])
    told = run("audit", "--store", store, "--refused", "--json")["entries"]
    assert [entry["status"] for entry in told] == [401, 422, 400]  # 400: the registry without P1


@pytest.mark.slow
def test_bodies_over_the_wire(server):
    """Too large a body, a bomb, a body in chunks, half a body, nonsense: each is answered and the server goes on."""
    url, store, _ = server
    token = new_token(store, "--unit", "U1")
    host, port = url.removeprefix("http://").split(":")
    head = f"POST /api/v1/readings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    bomb = gzip.compress(b"[" + b" " * (80 << 20) + b"]")
    row = json.dumps([{"point": "P1", "start": time.strftime("%Y-%m-%dT00:00:00"), "value": 1}])
    for raw, expected in (
        (f"{head}Content-Length: {17 << 20}\r\nConnection: close\r\n\r\n".encode() + b" " * (17 << 20), b" 413 "),
        (f"{head}Content-Length: {1 << 40}\r\n\r\n".encode(), b" 413 "),
        (f"{head}Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\nConnection: close\r\n\r\n".encode() + bomb, b" 400 "),
        (f"{head}Content-Length: -1\r\n\r\n".encode(), b" 400 "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n", b" 400 "),
        (f"{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{len(row):x}\r\n{row}\r\n0\r\n\r\n".encode(), b" 200 "),
    ):  # fmt: skip
        with socket.create_connection((host, int(port)), timeout=60) as wire:
            wire.sendall(raw)
            assert expected in wire.makefile("rb").readline(), raw[:200]
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(f"{head}Content-Length: 1000\r\n\r\n[".encode())
    assert run("status", "--store", store, "--json")["readings"] == 1


BEGIN = datetime.fromisoformat(time.strftime("%Y-%m-%d")) - timedelta(days=300)
"""One day for the whole run, also over midnight: a batch that is sent again is the same."""


def batch_of(sender, number):
    """Rows of both points; three numbers in a row fall on one time, so that later ones correct earlier ones."""
    at = (BEGIN + timedelta(minutes=15 * (number // 3 % 20_000))).isoformat()
    return [{"point": name, "start": at, "value": number % 97 + sender} for name in ("P1", "P2")]


def sending(url, token, numbers, told):
    """Senders that go on until the server is gone; every receipt is told."""

    def one(sender):
        for number in numbers:
            key = f"{sender}-{number}"
            try:
                told.append(
                    (
                        key,
                        sender,
                        number,
                        send(url, token, batch_of(sender, number), **{"Idempotency-Key": key}),
                    )
                )
            except (URLError, HTTPException, OSError, ValueError):  # the server was killed
                return

    threads = [threading.Thread(target=one, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.slow
def test_told_to_stop_it_finishes_what_it_began(tmp_path, registry):
    store = tmp_path / "s.duckdb"
    Store.create(store, registry).close()
    token = new_token(store, "--unit", "*", "--per-minute", 10**6)
    process, url = start(store, "--host", "localhost")
    told = []
    threads = sending(url, token, count(), told)
    while len(told) < 20:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0
    for thread in threads:
        thread.join()
    assert not (tmp_path / "s.duckdb.owner").exists()
    with Store(store) as opened:
        kept = {row["key"].split(":")[-1] for row in opened.rows("SELECT key FROM batch")}
    # nothing stored that its sender was not told of, and nothing told that is not stored
    assert kept == {key for key, *_ in told}


@pytest.mark.slow
def test_killed_under_concurrent_senders(tmp_path, registry):
    store, chance, total, first = tmp_path / "s.duckdb", random.Random(3), [], 0
    Store.create(store, registry).close()
    token = new_token(store, "--unit", "*", "--per-minute", 10**6)
    for _ in range(4):
        process, url = start(store)
        told = []
        threads = sending(url, token, count(first), told)
        patience = time.monotonic() + 60
        while not told and time.monotonic() < patience:
            time.sleep(0.02)
        time.sleep(chance.uniform(0.0, 1.0))
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
        first += 10_000
        total += told
    assert len(total) >= 4  # every life of the server had time to acknowledge
    with Store(store) as opened:
        kept = {row["key"].split(":")[-1]: row["id"] for row in opened.rows("SELECT key, id FROM batch")}
        assert len(kept) == opened.rows("SELECT count(*) AS n FROM batch")[0]["n"]
        assert {key: kept.get(key) for key, *_ in total} == {
            key: receipt["batch"] for key, *_, receipt in total
        }
        assert opened.rows("SELECT count(*) - count(DISTINCT (point, period, start)) AS n FROM reading") == [
            {"n": 0}
        ]
        sums = "SELECT point, CAST(start + INTERVAL 8 HOUR AS DATE) AS day, count(*) AS n, sum(value) AS value FROM reading GROUP BY ALL"
        wrong = f"SELECT * FROM ({sums}) r FULL JOIN day_sum d USING (point, day) WHERE r.n IS DISTINCT FROM d.count OR abs(r.value - d.value) > 1e-9"
        assert opened.rows(wrong) == []
        key, sender, number, receipt = total[-1]
        # another sender may have corrected its rows since: told by the values that stand, not by the count itself
        rows = batch_of(sender, number)
        mine = "SELECT count(*) AS n FROM reading WHERE batch = ?"
        standing = opened.rows(mine, [receipt["batch"]])[0]["n"]
    process, url = start(store)
    again = send(url, token, rows, **{"Idempotency-Key": key})
    process.terminate()
    process.wait(40)
    took = receipt["new"] + receipt["replaced"]
    assert again == receipt | {"first": False, "superseded": took - standing}


@pytest.mark.slow
def test_a_full_disk_is_told_and_the_door_goes_on(tmp_path, registry):
    """A limit on the size of files stands in for the full disk: set on the running server, and lifted again."""
    store = tmp_path / "s.duckdb"
    Store.create(store, registry).close()
    token = new_token(store, "--unit", "*")
    process, url = start(store)
    try:
        small = [{"point": "P1", "start": time.strftime("%Y-%m-%dT00:00:00"), "value": 1}]
        assert send(url, token, small)["new"] == 1
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        begin = datetime.fromisoformat(time.strftime("%Y-%m-%d")) - timedelta(days=300)
        large = [
            {"point": "P2", "start": (begin + timedelta(minutes=15 * n)).isoformat(), "value": n * 0.37 % 11}
            for n in range(25_000)
        ]
        with pytest.raises(HTTPError, match="507") as refused:
            send(url, token, large, packed=True)
        assert "腾出空间" in json.load(refused.value)["problems"][0]["zh"]
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert send(url, token, large, packed=True)["new"] == 25_000
        assert send(url, token, small)["first"] is False
    finally:
        process.terminate()
        assert process.wait(40) == 0
    with Store(store) as opened:
        assert opened.rows("SELECT count(*) AS n FROM reading") == [{"n": 25_001}]


@pytest.mark.slow
@pytest.mark.parametrize("forwarded", [{}, {"X-Forwarded-Host": "monitor.example.cn"}])
def test_behind_a_proxy_that_rewrites_the_host(tmp_path, registry, forwarded):
    """The form is taken from the address outside: by its name handed on, or by --origin; from others it is refused."""
    store = tmp_path / "s.duckdb"
    Store.create(store, registry).close()
    token = new_token(store, "--unit", "U1", "--scope", "read")
    process, url = start(store, *(() if forwarded else ("--origin", "https://monitor.example.cn")))
    try:
        seen = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", **forwarded}
        with urlopen(Request(url, headers=seen)) as answer:
            cookie = answer.headers["Set-Cookie"].split(";")[0]
            hidden = answer.read().decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = f"key={token}&csrfmiddlewaretoken={hidden}".encode()
        opener = build_opener(type("Stay", (HTTPRedirectHandler,), {"redirect_request": lambda *_: None}))
        codes = []
        for origin in ("https://monitor.example.cn", "https://elsewhere.example.cn"):
            with pytest.raises(HTTPError) as ended:
                opener.open(Request(f"{url}/signin", form, seen | {"Cookie": cookie, "Origin": origin}))
            codes.append(ended.value.code)
        assert codes == [302, 403]
    finally:
        process.terminate()
        assert process.wait(40) == 0


@pytest.mark.slow
def test_behind_a_proxy_on_this_machine(server):
    """The audit log has the sender's address, and the cookie of a sign-in over TLS goes over TLS only."""
    url, store, _ = server
    token = new_token(store, "--unit", "U1", "--scope", "read")
    seen = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    with urlopen(Request(url, headers=seen)) as answer:
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        hidden = answer.read().decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = f"key={token}&csrfmiddlewaretoken={hidden}".encode()
    host = url.removeprefix("http://")
    request = Request(f"{url}/signin", form, seen | {"Cookie": cookie, "Origin": f"https://{host}"})
    opener = build_opener(type("Stay", (HTTPRedirectHandler,), {"redirect_request": lambda *_: None}))
    with pytest.raises(HTTPError, match="302") as moved:
        opener.open(request)
    assert "Secure" in moved.value.headers["Set-Cookie"]
    assert "HttpOnly" in moved.value.headers["Set-Cookie"]
    entries = run("audit", "--store", store, "--json")["entries"]
    assert {entry["address"] for entry in entries} == {"203.0.113.9"}
