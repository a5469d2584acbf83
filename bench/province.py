"""A province on ClickHouse's own engine (chdb): 1,700 counties × 50 points × 15 minutes × a month, generated.

The whole is 245 million readings. So many counties as `DAFENG_BENCH_COUNTIES` (16) are measured, and a quarter of
them, each in a process of its own that tells the most memory it held; what one county-month takes times 1,700 is the
whole. The registry of all 85,000 points is entered too, with one county-month on top. The engine runs in the process:
its memory is in the figure.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench import Figure
from dafeng.metering import (
    NO_FAULTS,
    By,
    Period,
    Question,
    Sending,
    registry_from_rows,
    simulate,
)
from dafeng.metering.clickhouse import Cluster
from dafeng.metering.clickhouse_verbs import quality
from dafeng.metering.judge.data_quality import Span
from dafeng.metering.simulate import synthetic_registry

COUNTIES = int(os.environ.get("DAFENG_BENCH_COUNTIES", "16"))
PROVINCE, POINTS, DAYS = 1700, 50, 30
FIRST = date(2025, 6, 1)
SPAN = (FIRST, FIRST + timedelta(days=DAYS))
ROWS = POINTS * 96 * DAYS


class InProcess:
    """ClickHouse's engine in this process; rows go through a file."""

    def __init__(self, folder: Path) -> None:
        from chdb.session import Session

        self.session, self._part = Session(str(folder / "engine")), folder / "part.parquet"

    def run(self, statement: str) -> None:
        self.session.query(statement)

    def table(self, query: str) -> pa.Table:
        return pq.read_table(io.BytesIO(bytes(self.session.query(query, "Parquet").bytes())))

    def insert(self, name: str, rows: pa.Table) -> None:
        pq.write_table(rows, self._part)
        columns = ", ".join(rows.column_names)
        self.run(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM file('{self._part}', Parquet)")


def figures() -> Iterator[Figure]:
    """The verbs of a province, each with what it takes for all 1,700 counties."""
    few, many = _in_own_process(max(COUNTIES // 4, 1)), _in_own_process(COUNTIES)
    readings = COUNTIES * ROWS
    each = many["cpu"] / COUNTIES
    yield Figure(
        f"province: {readings / 1e6:.2f} M readings of {COUNTIES} counties, a month each", many["ingest"], many["plain"], "",
        f"{readings / many['ingest'] / 1e3:.0f} k/s; {each:.2f} s of CPU a county-month, {each * PROVINCE / 60:.0f} min for all "
        f"{PROVINCE}; {few['cpu'] / max(COUNTIES // 4, 1):.2f} s each with a quarter of them; floor plain insert",
    )  # fmt: skip
    yield Figure(
        "province: 1 % of four county-months corrected late", many["late"], None, "",
        f"{many['late_rows']} rows, {many['replaced']} replaced, with revisions and sums of their days",
    )  # fmt: skip
    yield Figure(
        "province: counties by day",
        many["counties"],
        many["raw"],
        "",
        "from day sums; floor the same from readings",
    )
    yield Figure("province: points by month", many["points"], None, "", f"{COUNTIES * POINTS} sums")
    yield Figure(
        "province: quality of a month, county by county", many["quality"], None, "",
        f"{many['quality_cpu'] / COUNTIES:.2f} s of CPU a county, {many['quality_cpu'] / COUNTIES * PROVINCE / 60:.0f} min for all",
    )  # fmt: skip
    yield Figure(
        f"province: memory with {COUNTIES} counties", many["ingest"], None, "≤ 1.25 × a quarter of them",
        f"{many['memory']:.0f} MiB; {few['memory']:.0f} MiB with {max(COUNTIES // 4, 1)}: ratio "
        f"{many['memory'] / few['memory']:.2f}",
    )  # fmt: skip
    whole = _in_own_process(-1)
    yield Figure(
        f"province: registry of {PROVINCE * POINTS} points entered", whole["registry"], None, "",
        f"then {whole['first']:.1f} s for the first county-month and {whole['next']:.1f} s for the next; "
        f"{whole['memory']:.0f} MiB",
    )  # fmt: skip


def _in_own_process(counties: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.province", str(counties)], check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall time, processor time (of the engine too, which is in this process) and answer."""
    begun, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return time.perf_counter() - begun, time.process_time() - cpu, answer


def _codes(counties: int) -> list[str]:
    return [f"{100_101 + number}" for number in range(counties)]


def _county_files(
    folder: Path, rows: dict[str, list[dict[str, str]]], codes: list[str]
) -> Iterator[tuple[str, Path]]:
    """The readings of each county in a file of its own."""
    for number, code in enumerate(codes):
        units = {row["id"] for row in rows["units"] if row["county"] == code}
        objects = [row for row in rows["objects"] if row["owner"] in units]
        places = {row["id"] for row in objects}
        own = {
            "units": [row for row in rows["units"] if row["id"] in units],
            "objects": objects,
            "points": [row for row in rows["points"] if row["object"] in places],
        }
        file = folder / f"{code}.parquet"
        simulate(file, points=1, days=DAYS, seed=number, counties=[code], first_day=FIRST, registry=own,
                 faults=NO_FAULTS)  # fmt: skip
        yield code, file


def measure(counties: int) -> dict[str, float]:
    """Measure the verbs on so many counties; with -1 the registry of all and two of them."""
    with tempfile.TemporaryDirectory(prefix="dafeng-bench-") as name:
        folder = Path(name)
        engine = InProcess(folder)
        cluster = Cluster(engine)
        try:
            return _whole(cluster, folder) if counties < 0 else _verbs(cluster, engine, folder, counties)
        finally:
            cluster.close()
            engine.session.close()


def _whole(cluster: Cluster, folder: Path) -> dict[str, float]:
    codes = _codes(PROVINCE)
    rows = synthetic_registry(PROVINCE * POINTS, codes, 1, FIRST)
    entered = _timed(lambda: cluster.put_registry(registry_from_rows(rows, "bench", "360000")))[0]
    took = [
        _timed(lambda file=file: cluster.ingest(file))[0]
        for _, file in _county_files(folder, rows, codes[:2])
    ]
    return {"registry": entered, "first": took[0], "next": took[1]} | _memory()


def _verbs(cluster: Cluster, engine: InProcess, folder: Path, counties: int) -> dict[str, float]:
    codes = _codes(counties)
    rows = synthetic_registry(counties * POINTS, codes, 1, FIRST)
    cluster.put_registry(registry_from_rows(rows, "bench", "360000"))
    files = dict(_county_files(folder, rows, codes))
    found: dict[str, float] = {"ingest": 0.0, "cpu": 0.0}
    for file in files.values():
        took, cpu, receipt = _timed(lambda file=file: cluster.ingest(file))
        assert receipt.counts.new == ROWS
        found["ingest"] += took
        found["cpu"] += cpu
    engine.run(
        "CREATE TABLE plain (point String, start DateTime64(6, 'UTC'), value Float64) ENGINE = MergeTree ORDER BY (point, start)"
    )
    found["plain"] = _timed(
        lambda: engine.run(
            f"INSERT INTO plain SELECT point, start, value FROM file('{folder}/1*.parquet', Parquet)"
        )
    )[0]
    found |= _late(cluster, folder, list(files.values())[:4])
    for name, question in (
        ("counties", Question(By.COUNTY, Period.DAY, *SPAN)),
        ("points", Question(By.POINT, Period.MONTH, *SPAN)),
    ):
        cluster.rollup(question)  # compiled once
        found[name] = _timed(lambda question=question: cluster.rollup(question))[0]
    query = (
        "SELECT county, toDate(start + INTERVAL 8 HOUR, 'UTC') AS day, sum(value) FROM readings JOIN point ON number = point "
        "GROUP BY county, day"
    )
    found["raw"] = _timed(lambda: engine.table(query))[0]
    found["quality"], found["quality_cpu"], _ = _timed(lambda: quality(cluster, Span(*SPAN), None))
    return found | _memory()


def _late(cluster: Cluster, folder: Path, files: list[Path]) -> dict[str, float]:
    """Every hundredth reading of some counties once more, with another value."""
    found = {"late": 0.0, "late_rows": 0.0, "replaced": 0.0}
    for file in files:
        table = pq.read_table(file)
        table = table.take(pa.array(range(0, table.num_rows, 100)))
        changed = pa.array([value * 0.5 + 0.0001 for value in table.column("value").to_pylist()])
        late = folder / f"late-{file.name}"
        pq.write_table(table.set_column(2, "value", changed), late)
        took, _, receipt = _timed(lambda late=late: cluster.ingest(late, Sending("late")))
        found["late"] += took
        found["late_rows"] += receipt.rows
        found["replaced"] += receipt.counts.replaced
    return found


def _memory() -> dict[str, float]:
    """The most memory that this process has held [MiB]."""
    with Path("/proc/self/status").open(encoding="utf-8") as status:
        kilobytes = next(line.split()[1] for line in status if line.startswith("VmHWM"))
    return {"memory": int(kilobytes) / 1024}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
