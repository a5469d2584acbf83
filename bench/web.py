"""Web: batches of readings over HTTP into a served store, answered after the commit, beside raw DuckDB taking the same
rows batch by batch, each with a commit. Client, server and engine share the machine.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from bench import Figure
from dafeng.metering import NO_FAULTS, Store, ingest_file, registry_from_rows, simulate
from dafeng.web import new_key, use_database

POINTS = 2000
BATCHES = 10
SLOTS = 25
FIRST = date.today() - timedelta(days=30)  # noqa: DTZ011 - within the age the door allows, whatever the day
BAR = "≥ 200,000/s"
KINDS = {
    "parquet": "application/vnd.apache.parquet", "csv": "text/csv", "json": "application/json",
}  # fmt: skip


def figures() -> Iterator[Figure]:
    """Batches of 50,000 readings in each format, each format into days of its own; then sixty small requests."""
    with tempfile.TemporaryDirectory(prefix="dafeng-bench-") as name:
        folder = Path(name)
        store = folder / "s.duckdb"
        file = folder / "day.parquet"
        simulate(file, points=POINTS, days=1, seed=1, counties=["360402"], first_day=FIRST, faults=NO_FAULTS)
        with Store.create(store, registry_from_rows({}, "bench", "360000")) as opened:
            ingest_file(opened, file)
            names = [row["id"] for row in opened.rows("SELECT id FROM point ORDER BY number")]
        use_database(f"sqlite:///{store.resolve()}.keys")
        _, token = new_key("bench", units=["*"], scopes=["write"], per_minute=10**6)
        server = subprocess.Popen(
            [sys.executable, "-m", "dafeng", "metering", "serve", "--store", str(store), "--port", "0", "--json"],
            stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}, text=True,
        )  # fmt: skip
        assert server.stdout is not None
        host = json.loads(server.stdout.readline())["url"].removeprefix("http://")
        try:
            for number, kind in enumerate(KINDS):
                yield _batches(host, token, names, kind, FIRST + timedelta(days=3 + 4 * number), folder)
            yield _rounds(host, token, names)
        finally:
            server.terminate()
            server.wait(60)


def _rows(names: list[str], day: date, batch: int, slots: int = SLOTS) -> pa.Table:
    starts = [
        f"{day + timedelta(days=slot // 96)}T{slot % 96 // 4:02}:{slot % 4 * 15:02}:00+08:00"
        for slot in range(batch * slots, (batch + 1) * slots)
    ]
    count = len(names)
    return pa.table(
        {
            "point": pa.array(names * len(starts)), "start": pa.array([start for start in starts for _ in range(count)]),
            "value": pa.array([1.0 + (index * 7 % 50) / 8 for index in range(count * len(starts))]),
        }
    )  # fmt: skip


def _body(table: pa.Table, kind: str) -> bytes:
    sink = pa.BufferOutputStream()
    if kind == "parquet":
        pq.write_table(table, sink)
    elif kind == "csv":
        pacsv.write_csv(table, sink)
    else:
        return json.dumps({"readings": table.to_pylist()}).encode()
    return bytes(sink.getvalue())


def _post(connection: http.client.HTTPConnection, token: str, body: bytes, kind: str) -> int:
    connection.request(
        "POST", "/api/v1/readings", body, {"Authorization": f"Bearer {token}", "Content-Type": KINDS[kind]}
    )
    answer = json.loads(connection.getresponse().read())
    if answer.get("status") != "accepted":
        raise RuntimeError(str(answer)[:500])
    return int(answer["new"])


def _batches(host: str, token: str, names: list[str], kind: str, day: date, folder: Path) -> Figure:
    tables = [_rows(names, day, batch) for batch in range(BATCHES)]
    bodies = [_body(table, kind) for table in tables]
    connection = http.client.HTTPConnection(host)
    begun = time.perf_counter()
    stored = sum(_post(connection, token, body, kind) for body in bodies)
    took = time.perf_counter() - begun
    connection.close()
    floor = _raw(bodies, kind, folder)
    rate = f"{stored / took / 1e6:.2f} M readings/s, {stored / BATCHES:,.0f} in each of {BATCHES} batches"
    return Figure(f"{stored / 1e6:.1f} M readings as {kind}", took, floor, BAR, rate)


def _raw(bodies: list[bytes], kind: str, folder: Path) -> float:
    """Raw DuckDB reading the same bodies from files into a table, one commit each."""
    reader = {"parquet": "read_parquet('{}')", "csv": "read_csv('{}')",
              "json": "(SELECT unnest(readings, recursive := true) FROM read_json('{}', maximum_object_size = 100000000))"}[kind]  # fmt: skip
    files = []
    for number, body in enumerate(bodies):
        files.append(folder / f"raw{number}.{kind}")
        files[-1].write_bytes(body)
    with duckdb.connect(str(folder / f"raw-{kind}.duckdb"), config={"threads": 2}) as raw:
        raw.execute("CREATE TABLE reading (point VARCHAR, start TIMESTAMPTZ, value DOUBLE)")
        begun = time.perf_counter()
        for file in files:
            raw.execute(
                f"INSERT INTO reading SELECT point, CAST(start AS TIMESTAMPTZ), value FROM {reader.format(file)}"
            )
        return time.perf_counter() - begun


def _rounds(host: str, token: str, names: list[str]) -> Figure:
    """Sixty gateways, each sending one slot of its 100 points on a connection kept open: the median answer."""
    connection = http.client.HTTPConnection(host)
    day, times = FIRST + timedelta(days=20), []
    for number in range(60):
        body = _body(_rows(names[number % 20 * 100 :][:100], day, number // 20, 1), "json")
        begun = time.perf_counter()
        _post(connection, token, body, "json")
        times.append(time.perf_counter() - begun)
    connection.close()
    return Figure("one request of 100 readings, median", sorted(times)[30], None, "", "with its audit entry")
