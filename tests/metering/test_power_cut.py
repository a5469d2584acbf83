"""Contract: killed at any moment, the store opens again with every acknowledged batch in it, none twice, each batch
whole or not at all, and sums equal to the readings."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from dafeng.metering import Sending, Store, ingest_body, registry_from_rows

from .conftest import ROWS
from .test_ingest import check_sums

WRITER = """
import json, sys, threading
from datetime import datetime, timedelta
from dafeng.metering import Sending, Store, ingest_body

path, first = sys.argv[1], int(sys.argv[2])
store = Store(path)
told = threading.Lock()

def send(sender):
    number = first
    while True:
        number += 1
        start = datetime.fromisoformat("2025-01-01") + timedelta(minutes=15 * (number % 3000))
        rows = [{"point": point, "start": start.isoformat(), "value": number % 97 + sender} for point in ("P1", "P2", "B1")]
        key = f"{sender}-{number}"
        receipt = ingest_body(store, json.dumps(rows).encode(), "json", Sending("s", key=key))
        with told:
            print(json.dumps([key, rows, receipt.batch]), flush=True)

for sender in range(3):
    threading.Thread(target=send, args=(sender,), daemon=True).start()
threading.Event().wait()
"""


def killed_once(path, round_number, chance):
    """Run three senders, kill the process at a random moment, return what it had acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(round_number * 10_000)],
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = [process.stdout.readline()]
    deadline = time.monotonic() + chance.uniform(0.0, 0.5)
    while time.monotonic() < deadline:
        lines.append(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.readlines()
    process.wait()
    whole = [line for line in lines if line.endswith("]\n")]
    return [json.loads(line) for line in whole]


HALF_STORED = """
WITH told AS (
  SELECT id AS batch, CAST(receipt->>'new' AS INTEGER) + CAST(receipt->>'replaced' AS INTEGER) + CAST(receipt->>'older' AS INTEGER)
    AS n FROM batch WHERE status <> 'refused'),
found AS (
  SELECT batch, count(*) AS n FROM (SELECT batch FROM reading UNION ALL SELECT batch FROM revision) GROUP BY batch)
SELECT * FROM told FULL JOIN found USING (batch) WHERE coalesce(told.n, 0) <> coalesce(found.n, 0)"""
"""Batches, acknowledged or not, of which other rows are stored than their receipt says, and rows of no batch at all."""


def check_round(path, acknowledged):
    with Store(path) as store:
        check_sums(store)
        kept = {row["key"]: row["id"] for row in store.rows("SELECT key, id FROM batch")}
        assert len(kept) == store.rows("SELECT count(*) AS n FROM batch")[0]["n"]
        assert store.rows(HALF_STORED) == []
        for key, _, batch in acknowledged:
            assert kept.get(f"s:{key}") == batch
        if acknowledged:
            key, rows, batch = acknowledged[-1]
            again = ingest_body(store, json.dumps(rows).encode(), "json", Sending("s", key=key))
            assert (again.first, again.batch) == (False, batch)


PROVE = os.environ.get("DAFENG_PROVE") == "1"
KILLS = 200 if PROVE else 20


def cut(tmp_path, rounds):
    """Kill so many times and check after each; return how many batches were acknowledged."""
    path, chance = tmp_path / "s.duckdb", random.Random(7)
    Store.create(path, registry_from_rows(ROWS, "t")).close()
    total = 0
    for number in range(rounds):
        acknowledged = killed_once(path, number, chance)
        check_round(path, acknowledged)
        total += len(acknowledged)
    assert total >= rounds  # each is killed after its first receipt
    return total


@pytest.mark.slow
def test_killed_again_and_again(tmp_path, figure):
    acknowledged = cut(tmp_path, KILLS)
    said = f"kills={KILLS}, batches acknowledged={acknowledged}, lost=0, doubled=0, half stored=0"
    figure("process killed under three concurrent senders", said, "200 kills: 0 lost, 0 doubled")


def test_killed_twice(tmp_path):
    cut(tmp_path, 2)


def test_a_full_disk_refuses_the_batch_and_keeps_the_store(tmp_path):
    """A file-size limit stands in for the full disk: the commit cannot grow the file."""
    path = tmp_path / "s.duckdb"
    Store.create(path, registry_from_rows(ROWS, "t")).close()
    code = """
import json, resource, signal, sys
from datetime import datetime, timedelta
from dafeng.evidence import DafengError
from dafeng.metering import Sending, Store, ingest_body
store = Store(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
begin = datetime.fromisoformat("2025-01-01")
rows = [{"point": "P1", "start": (begin + timedelta(minutes=15 * n)).isoformat(), "value": n * 0.37 % 11} for n in range(30000)]
try:
    ingest_body(store, json.dumps(rows).encode(), "json", Sending("s"))
except DafengError as error:
    print("refused", error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
row = {"point": "P2", "start": "2025-01-01", "value": 1}
print(ingest_body(store, json.dumps([row]).encode(), "json", Sending("s")).counts.new)
"""
    told = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert told.stdout.startswith("refused"), told.stderr[-500:]
    assert told.stdout.splitlines()[-1] == "1", told.stderr[-500:]  # with room again it goes on
    with Store(path) as store:
        assert store.rows("SELECT count(*) AS n FROM reading") == [{"n": 1}]
        row = {"point": "P1", "start": "2025-01-01", "value": 1}
        assert ingest_body(store, json.dumps([row]).encode(), "json", Sending("s")).counts.new == 1
