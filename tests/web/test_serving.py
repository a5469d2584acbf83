"""Contract: a real server owns the store; the command line goes through it; dropped files are taken."""

import json
import os
import subprocess
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from dafeng.metering import Store

DAFENG = [sys.executable, "-m", "dafeng", "metering"]


def run(*arguments, code=0):
    done = subprocess.run([*DAFENG, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else done.stderr


@pytest.fixture
def server(tmp_path, registry):
    store, watched = tmp_path / "s.duckdb", tmp_path / "in"
    watched.mkdir()
    Store.create(store, registry).close()
    process = subprocess.Popen(
        [*DAFENG, "serve", "--store", str(store), "--port", "0", "--watch", str(watched), "--json"],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    yield json.loads(process.stdout.readline())["url"], store, watched
    process.terminate()
    process.wait(20)


def send(url, token, rows):
    request = Request(f"{url}/api/v1/readings", json.dumps(rows).encode(),
                      {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})  # fmt: skip
    with urlopen(request) as answer:
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
