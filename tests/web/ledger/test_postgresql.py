"""Contract: keys and audit log work on a real PostgreSQL as they do on SQLite."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError

import pytest
from django.test import Client

from dafeng.metering import Store
from dafeng.web import list_keys, new_key, use_database
from dafeng.web.ledger.models import AuditEntry
from dafeng.web.ledger.owned import Owned, own

from .test_door import post
from .test_serving import run, send
from .test_serving import start as serve


@dataclass
class Server:
    """A PostgreSQL of the test's own."""

    url: str
    start: Callable[[], None]
    stop: Callable[[], None]


@pytest.fixture
def database():
    program = shutil.which("postgres")
    if not program or os.geteuid() != 0:
        pytest.skip("needs PostgreSQL and the right to run it as the user postgres")
    binaries = os.path.dirname(os.path.realpath(program))
    # pytest's own folders are private to the user who runs the tests; postgres must pass
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o755)
    shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def as_postgres(*command):
        subprocess.run(
            ["runuser", "-u", "postgres", "--", *command], check=True, cwd="/", stdout=subprocess.DEVNULL
        )

    data = str(folder / "data")
    as_postgres(f"{binaries}/initdb", "-D", data, "-A", "trust")
    server = Server(
        f"postgresql://postgres@127.0.0.1:{port}/postgres",
        lambda: as_postgres(f"{binaries}/pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o",
                            f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off", "start"),
        lambda: as_postgres(f"{binaries}/pg_ctl", "-D", data, "-m", "immediate", "stop"),
    )  # fmt: skip
    server.start()
    yield server
    from django.db import connections

    connections.close_all()
    server.stop()
    shutil.rmtree(folder)


@pytest.mark.system
def test_the_door_on_postgresql(database, tmp_path, registry):
    use_database(database.url)
    with Store.create(tmp_path / "s.duckdb", registry) as store:
        own(Owned(store))
        _, token = new_key("甲厂", units=["U1"], scopes=["write"])
        row = {"point": "P1", "start": time.strftime("%Y-%m-%dT00:00:00"), "value": 1}
        assert post(Client(), token, json.dumps([row])).json()["new"] == 1
        assert post(Client(), "wrong").status_code == 401
        own(None)
    assert [key["label"] for key in list_keys()] == ["甲厂"]
    assert [entry.status for entry in AuditEntry.objects.all()] == [200, 401]
    use_database(f"sqlite:///{tmp_path / 'after.sqlite3'}")
    assert list_keys() == []


@pytest.mark.system
@pytest.mark.slow
def test_a_served_store_with_its_keys_in_postgresql(database, tmp_path, registry):
    """Keys by the command line; while PostgreSQL is away nothing is let in, and when it is back the door goes on."""
    store = tmp_path / "s.duckdb"
    Store.create(store, registry).close()
    there = ("--database", database.url)
    token = run("key", "--store", store, "gateway", "--unit", "U1", *there, "--json")["token"]
    row = {"point": "P1", "start": time.strftime("%Y-%m-%dT00:00:00"), "value": 1}
    process, url = serve(store, *there)
    try:
        first = send(url, token, [row])
        database.stop()
        with pytest.raises(HTTPError, match="503"):
            send(url, token, [row])
        database.start()
        assert send(url, token, [row]) == first | {"first": False}
        with pytest.raises(HTTPError, match="401"):
            send(url, "wrong", [row])
        entries = run("audit", "--store", store, *there, "--json")["entries"]
        assert [entry["status"] for entry in entries] == [401, 200, 200]
        number = run("key", "--store", store, *there, "--json")["keys"][0]["id"]
        run("key", "--store", store, "--revoke", number, *there, "--json")
        with pytest.raises(HTTPError, match="401"):
            send(url, token, [row])
    finally:
        process.terminate()
        assert process.wait(40) == 0
    gone = run("key", "--store", store, "--database", "postgresql://postgres@127.0.0.1:1/none", code=1)
    assert "a database that can be reached" in " ".join(gone.split())
