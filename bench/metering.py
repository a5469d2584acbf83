"""Metering: bulk load, rounds, overlapping load and sums, each beside raw DuckDB doing the same work in the same run.

`DAFENG_BENCH_DAYS` sets the size (2,000 points × 96 × days; 365 is the full 70 million readings).
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from bench import Figure
from dafeng.metering import (
    NO_FAULTS,
    By,
    Period,
    Question,
    Sending,
    Store,
    ingest_body,
    ingest_file,
    registry_from_rows,
    rollup,
    simulate,
)
from dafeng.metering.sql import LOCAL_DAY

DAYS = int(os.environ.get("DAFENG_BENCH_DAYS", "30"))
POINTS = 2000
CSV_ROWS = 3_000_000
FIRST = date(2025, 1, 1)


class Took(NamedTuple):
    """Wall time and processor time of the quickest run, in seconds; on a machine that is shared they lie apart."""

    wall: float
    cpu: float

    @property
    def said(self) -> str:
        return f"{self.cpu * 1000:.0f} ms of CPU"


def _timed(work: Callable[[], object], runs: int = 1) -> Took:
    best = Took(float("inf"), float("inf"))
    for _ in range(runs):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        best = min(best, Took(time.perf_counter() - start, time.process_time() - cpu))
    return best


def figures() -> Iterator[Figure]:
    """The figures of this room, in the order of the life of a store."""
    with tempfile.TemporaryDirectory(prefix="dafeng-bench-") as name:
        folder = Path(name)
        file = folder / "r.parquet"
        made = simulate(
            file, points=POINTS, days=DAYS, seed=1, counties=["360402", "360403"], faults=NO_FAULTS
        )
        raw = duckdb.connect(str(folder / "raw.duckdb"), config={"threads": 2, "memory_limit": "768MB"})
        floor = _timed(lambda: raw.execute(f"CREATE TABLE reading AS SELECT * FROM '{file}'"))
        with Store.create(folder / "s.duckdb", registry_from_rows({}, "bench", "360000")) as store:
            took = _timed(lambda: ingest_file(store, file))
            yield Figure(
                f"load {made.rows / 1e6:.1f} M readings from Parquet", took.wall, floor.wall, "≥ 2 M/s",
                f"{made.rows / took.wall / 1e6:.2f} M/s through validation and ledger, {took.said}; floor {floor.said}",
            )  # fmt: skip
            yield from _csv(raw, file, folder)
            yield from _round(store, raw, folder)
            yield from _overlap(store, raw, file, folder)
            yield from _sums(store, raw)
            size = (folder / "s.duckdb").stat().st_size
            yield Figure("bytes per reading", size / made.rows, None, "< 14", f"{size / 1e6:.0f} MB")
        raw.close()


def _csv(raw: duckdb.DuckDBPyConnection, file: Path, folder: Path) -> Iterator[Figure]:
    """The first readings as CSV text into an empty store, with their own registry."""
    text, part = folder / "r.csv", folder / "part.parquet"
    raw.execute(
        f"COPY (SELECT point, start, value, origin FROM '{file}' LIMIT {CSV_ROWS}) TO '{text}' (HEADER)"
    )
    simulate(part, points=POINTS, days=1, seed=1, counties=["360402", "360403"], faults=NO_FAULTS)
    rows = raw.execute(f"SELECT count(*) FROM read_csv('{text}')").fetchall()[0][0]
    floor = _timed(lambda: raw.execute(f"CREATE OR REPLACE TABLE plain AS SELECT * FROM read_csv('{text}')"))
    raw.execute("DROP TABLE plain")
    with Store.create(folder / "csv.duckdb", registry_from_rows({}, "bench", "360000")) as store:
        ingest_file(store, part)  # brings the synthetic points
        for table in ("reading", "day_sum", "latest"):
            store.rows(f"DELETE FROM {table}")
        took = _timed(lambda: ingest_file(store, text))
    yield Figure(
        f"load {rows / 1e6:.1f} M readings from CSV",
        took.wall,
        floor.wall,
        "≥ 0.7 M/s",
        f"{rows / took.wall / 1e6:.2f} M/s, {took.said}; floor {floor.said}",
    )


def _round(store: Store, raw: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[Figure]:
    """Rounds of 2,000 new readings and 400 repeats on top of all."""
    names = [row["id"] for row in store.rows("SELECT id FROM point ORDER BY number")]
    times, floors = [], []
    raw.execute("CREATE TABLE batch (id INTEGER)")
    for number in range(12):
        start = f"{FIRST + timedelta(days=DAYS)}T{number // 4:02}:{number % 4 * 15:02}:00+08:00"
        before = f"{FIRST + timedelta(days=DAYS)}T{max(number - 1, 0) // 4:02}:{max(number - 1, 0) % 4 * 15:02}:00+08:00"
        points = [*names, *names[:400]]
        starts = [start] * len(names) + [before] * 400
        table = pa.table({
            "point": points, "start": pa.array(starts), "value": pa.array([1.0 + number] * 2000 + [1.0 + max(number - 1, 0)] * 400),
        })  # fmt: skip
        file = folder / f"round{number}.parquet"
        pq.write_table(table, file)
        body = file.read_bytes()
        times.append(
            _timed(
                lambda body=body, number=number: ingest_body(
                    store, body, "parquet", Sending("b", key=f"r{number}")
                )
            )
        )
        floors.append(_timed(lambda table=table, number=number: _raw_round(raw, table, number)))
    doubled = store.rows(
        "SELECT count(*) - count(DISTINCT (point, start)) AS n FROM reading WHERE batch > 1"
    )[0]["n"]
    yield Figure(
        "round of 2,000 + 400 repeats, median",
        sorted(times)[6].wall,
        sorted(floors)[6].wall,
        "≤ 15 ms",
        f"{sorted(times)[6].said}; floor {sorted(floors)[6].said}; {doubled} duplicates left",
    )


def _raw_round(raw: duckdb.DuckDBPyConnection, table: pa.Table, number: int) -> None:
    raw.register("sent", table)
    raw.execute("BEGIN")
    raw.execute("INSERT INTO batch VALUES (?)", [number])
    raw.execute(
        "MERGE INTO reading r USING (SELECT DISTINCT ON (point, start) point, CAST(start AS TIMESTAMPTZ) AS start, value "
        "FROM sent) s ON r.point = s.point AND r.start = s.start AND r.start >= "
        f"TIMESTAMPTZ '{FIRST + timedelta(days=DAYS)} 00:00+08' WHEN MATCHED THEN UPDATE SET value = s.value "
        "WHEN NOT MATCHED THEN INSERT (point, start, value) VALUES (s.point, s.start, s.value)"
    )
    raw.execute("COMMIT")
    raw.unregister("sent")


def _overlap(store: Store, raw: duckdb.DuckDBPyConnection, file: Path, folder: Path) -> Iterator[Figure]:
    """140,000 late rows of the last seven days, all stored already, with other values."""
    late = folder / "late.parquet"
    last = FIRST + timedelta(days=DAYS)
    raw.execute(
        f"COPY (SELECT * FROM (SELECT point, start, value * 1.01 + 0.001 AS value FROM '{file}' "
        f"WHERE start >= TIMESTAMPTZ '{last - timedelta(days=7)} 00:00+08') "
        "USING SAMPLE reservoir(140000 ROWS) REPEATABLE (1)) "
        f"TO '{late}' (FORMAT PARQUET)"
    )
    floor = _timed(lambda: raw.execute(
        f"MERGE INTO reading r USING '{late}' s ON r.point = s.point AND r.start = s.start AND r.start >= "
        f"TIMESTAMPTZ '{last - timedelta(days=7)} 00:00+08' WHEN MATCHED THEN UPDATE SET value = s.value"
    ))  # fmt: skip
    took = _timed(lambda: ingest_file(store, late))
    kept = store.rows("SELECT count(*) AS n FROM revision")[0]["n"]
    yield Figure(
        "140,000 late rows with revisions and sums",
        took.wall,
        floor.wall,
        "≤ 0.6 s",
        f"{took.said}; floor {floor.said}; {kept} revisions kept",
    )


def _sums(store: Store, raw: duckdb.DuckDBPyConnection) -> Iterator[Figure]:
    span = (FIRST, FIRST + timedelta(days=DAYS))
    raw.execute("CREATE TABLE who AS SELECT DISTINCT point, substr(point, 1, 8) AS unit FROM reading")
    week = (span[1] - timedelta(days=7), span[1])
    some = store.rows("SELECT min(owner) AS owner FROM point")[0]["owner"]
    for question, what in (
        (Question(By.UNIT, Period.DAY, *week), "all units by day, a week"),
        (Question(By.UNIT, Period.DAY, *span, some), "one unit by day"),
        (Question(By.SECTOR, Period.MONTH, *span), "sectors by month"),
        (Question(By.COUNTY, Period.MONTH, *span), "counties by month"),
        (Question(By.UNIT, Period.YEAR, *span), "all units by year"),
        (Question(By.UNIT, Period.MONTH, *span), "all units by month"),
    ):
        rollup(store, question)
        took = _timed(lambda q=question: rollup(store, q), 5)
        yield Figure(f"screen: {what}", took.wall, None, "≤ 50 ms", f"from day sums, {took.said}")
    query = (
        "WITH place AS (SELECT number, CAST(dense_rank() OVER (ORDER BY owner) AS INTEGER) AS unit FROM point) "
        f"SELECT unit, {LOCAL_DAY} AS day, sum(value) FROM reading JOIN place ON number = point GROUP BY ALL"
    )
    floor = _timed(
        lambda: raw.execute("SELECT unit, CAST(start AS DATE) AS day, sum(value) FROM reading JOIN who USING (point) GROUP BY ALL").fetchall(), 2
    )  # fmt: skip
    took = _timed(lambda: store.rows(query), 3)
    yield Figure("raw: all by unit and day", took.wall, floor.wall, "≤ 0.7 s for 70 M", took.said)
    newest = _timed(lambda: store.rows("SELECT * FROM latest"), 5)
    yield Figure("latest of all", newest.wall, None, "≤ 20 ms", newest.said)
