"""Contract: the tables on ClickHouse's own engine hold and answer what the embedded store does after the same batches:
counts, readings, revisions, sums. The HTTP door is tried against a server of our own that runs the same engine."""

import http.server
import io
import json
import random
from datetime import date, timedelta
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from dafeng.evidence import DafengError
from dafeng.metering import (
    By,
    Period,
    Question,
    Sending,
    Store,
    enter_registry,
    ingest_file,
    operate,
    registry_from_rows,
    rollup,
)  # fmt: skip
from dafeng.metering.clickhouse import Cluster, HttpEngine
from dafeng.metering.clickhouse_verbs import open_ones
from dafeng.metering.cluster_operations import CLUSTER_OPERATIONS

from .conftest import check_invariants, reading

pytestmark = pytest.mark.oracle


class InProcess:
    """ClickHouse's engine in this process; bodies go through a file."""

    def __init__(self, folder):
        from chdb.session import Session

        self._session, self._file, self._number = Session(), folder, 0

    def run(self, statement):
        self._session.query(statement)

    def table(self, query):
        return pq.read_table(self._path(bytes(self._session.query(query, "Parquet").bytes())))

    def insert(self, name, rows):
        path = self._path(b"")
        pq.write_table(rows, path)
        columns = ", ".join(rows.column_names)
        self.run(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM file('{path}', Parquet)")

    def _path(self, content):
        self._number += 1
        path = self._file / f"part{self._number}.parquet"
        path.write_bytes(content)
        return path

    def close(self):
        self._session.close()


@pytest.fixture(autouse=True)
def invariants():
    """Check no store between its writes: a cluster's working copy is loaded table by table. The embedded store
    beside it is checked after each batch."""


@pytest.fixture
def engine(tmp_path):
    pytest.importorskip("chdb.session")
    made = InProcess(tmp_path)
    yield made
    made.close()


def write(tmp_path, number, rows):
    file = tmp_path / f"b{number}.json"
    file.write_text(json.dumps(rows))
    return file


def batches(chance):
    """Batches with repeats, corrections, versions, late rows, bad rows, registers that fall and are corrected."""
    for number in range(14):
        rows = []
        for _ in range(chance.randint(1, 60)):
            slot = chance.randrange(96)
            start = f"2025-01-0{chance.randint(1, 4)}T{slot // 4:02}:{slot % 4 * 15:02}:00"
            version = {"version": chance.randint(1, 9)} if number % 3 == 0 else {}
            rows.append(reading(chance.choice(["P1", "P2", "B1"]), start, chance.randint(-2, 50), **version))
        if number % 2:
            rows += [
                reading("R1", f"2025-01-01T0{hour}:00:00", 100 + hour + chance.choice([0, 0, -7]))
                for hour in range(5)
            ]
        yield rows


def check_alike(ours, theirs):
    for our, their in zip(ours, theirs, strict=True):
        assert set(our) == set(their)
        for name, value in our.items():
            same = value if not isinstance(value, float) else pytest.approx(value, rel=1e-12)
            assert their[name] == same, (our["group"], our["bucket"], name)


def test_it_holds_back_what_the_embedded_store_does(tmp_path, rows, engine):
    """The working copy has the days of the batch alone; bounds are learnt from 400 days."""
    for row in rows["points"]:
        row["rated_max"] = ""
    registry = registry_from_rows(rows, "t", "360000")
    cluster = Cluster(engine)
    cluster.put_registry(registry)
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(6)]
    with Store.create(tmp_path / "s.duckdb", registry) as store:
        for number, day in enumerate(days):
            sent = [
                reading("P1", f"{day}T{hour:02}:00:00", 2.0 + (hour * 7 + number) % 5) for hour in range(24)
            ]
            sent += [reading("R1", f"{day}T{hour:02}:00:00", 24 * number + hour) for hour in range(24)]
            file = write(tmp_path, number, sent)
            assert ingest_file(store, file).counts == cluster.ingest(file).counts
        with store.transaction():
            pass  # bounds are learnt again
        spikes = [
            reading("P1", "2025-01-07T00:00:00", 61.0), reading("P1", "2025-01-07T00:15:00", 59.0),
            reading("B1", "2025-01-07T00:00:00", 1e6), reading("R1", "2025-01-07T00:00:00", 1000),
        ]  # fmt: skip
        file = write(tmp_path, 99, spikes)
        ours, theirs = ingest_file(store, file), cluster.ingest(file)
        assert (ours.quarantined, ours.counts, ours.derived) == (
            theirs.quarantined,
            theirs.counts,
            theirs.derived,
        )
        assert ours.quarantined == 1
        held = "SELECT point, period, value FROM readings WHERE {} ORDER BY point, period, value"
        found = store.rows(held.format("flags & 64 <> 0"))
        assert found == cluster.rows(held.format("bitAnd(flags, 64) <> 0"))
        assert [row["value"] for row in found] == [61.0, *[2142.5] * 4]


READINGS = (
    "SELECT point, period, start, value, origin, flags, batch FROM readings ORDER BY point, period, start"
)
REVISIONS = (
    "SELECT point, period, start, value, reason FROM revision ORDER BY point, period, start, value, reason"
)


def test_it_holds_and_answers_as_the_embedded_store(tmp_path, rows, engine):
    registry, chance = registry_from_rows(rows, "t", "360000"), random.Random(7)
    cluster = Cluster(engine)
    assert cluster.put_registry(registry) == (1, 0)
    assert cluster.registry().tables.keys() == registry.tables.keys()
    with Store.create(tmp_path / "s.duckdb", registry) as store:
        for number, batch in enumerate(batches(chance)):
            file = write(tmp_path, number, batch)
            from dafeng.evidence import utc_now

            sending = Sending("t", received=utc_now())
            ours, theirs = ingest_file(store, file, sending), cluster.ingest(file, sending)
            assert (ours.counts, ours.status, ours.batch) == (theirs.counts, theirs.status, theirs.batch), (
                theirs.problems[:2]
            )
            check_invariants(store)
        again = cluster.ingest(file, Sending("t"))
        assert (again.first, again.batch) == (False, theirs.batch)
        plain = [
            {k: str(v)[:19] if k == "start" else v for k, v in row.items()} for row in store.rows(READINGS)
        ]
        found = [
            {k: str(v)[:19] if k == "start" else v for k, v in row.items()}
            for row in engine.table(READINGS).to_pylist()
        ]
        assert found == plain
        assert len(plain) > 200
        assert engine.table(f"SELECT count() AS n FROM ({REVISIONS})").to_pylist()[0]["n"] > 0
        for by, period in (
            (By.UNIT, Period.DAY),
            (By.POINT, Period.DAY),
            (By.MEDIUM, Period.HOUR),
            (By.CITY, Period.MONTH),
        ):
            question = Question(by, period, date(2025, 1, 1), date(2025, 1, 6))
            check_alike(rollup(store, question), cluster.rollup(question))
        assert cluster.status()["batches"] == 14


def test_a_renewed_registry_keeps_the_numbers(tmp_path, rows, engine):
    cluster = Cluster(engine)
    cluster.put_registry(registry_from_rows(rows, "t"))
    rows["points"].insert(0, rows["points"][0] | {"id": "A0"})
    assert cluster.put_registry(registry_from_rows(rows, "t")) == (2, 0)
    numbers = {row["id"]: row["number"] for row in engine.table("SELECT id, number FROM point").to_pylist()}
    assert {name.decode() if isinstance(name, bytes) else name for name in numbers} >= {"A0", "P1"}
    assert max(numbers.values()) == len(numbers) == 8


def test_an_event_entered_late_makes_the_periods_again(tmp_path, rows, engine):
    """As in the embedded store; sent once more it makes nothing again, and the sums follow."""
    cluster, store = Cluster(engine), Store.create(tmp_path / "e.duckdb", registry_from_rows(rows, "t"))
    cluster.put_registry(registry_from_rows(rows, "t"))
    sent = [
        reading("R1", f"2025-01-01T00:{minute:02}:00", value)
        for minute, value in ((0, 9980), (15, 9990), (30, 5))
    ]
    file = write(tmp_path, 1, [*sent, reading("P1", "2025-01-01T00:00:00", 7)])
    cluster.ingest(file)
    ingest_file(store, file)
    rows["events"] = [{"id": "e", "point": "R1", "at": "2025-01-01 00:20", "kind": "rollover"}]
    told = registry_from_rows(rows, "t")
    assert cluster.put_registry(told)[1] == enter_registry(store, told)[1] > 0
    columns = "SELECT point, period, start, value, batch"
    found = engine.table(f"{columns} FROM readings ORDER BY point, period, start")
    assert [tuple(row.values())[3:] for row in found.to_pylist()] == [
        tuple(row.values())[3:] for row in store.rows(f"{columns} FROM reading ORDER BY point, period, start")
    ]
    day = Question(By.POINT, Period.DAY, date(2025, 1, 1), date(2025, 1, 2))
    assert cluster.rollup(day) == rollup(store, day)
    receipts = [(row["id"], row["sender"]) for row in store.rows("SELECT id, sender FROM batch ORDER BY id")]
    assert cluster.status()["batches"] == len(receipts) == 2
    assert cluster.put_registry(told) == (3, 0)
    store.close()


def test_a_change_from_a_day_on(tmp_path, rows, engine):
    """Refused without a person, and then as in the embedded store: moved, multiplied, and no reading there twice."""
    rows["points"] = [row for row in rows["points"] if row["id"] in {"P1", "R1", "B1"}]
    cluster, store = Cluster(engine), Store.create(tmp_path / "e.duckdb", registry_from_rows(rows, "t"))
    cluster.put_registry(registry_from_rows(rows, "t"))
    sent = [reading("P1", f"2025-0{month}-01T00:00:00", month) for month in (1, 2, 3)]
    sent += [
        reading("R1", f"2025-0{month}-01T00:{minute:02}:00", 10 * month + minute)
        for month in (1, 2)
        for minute in (0, 15, 30)
    ]
    file = write(tmp_path, 1, sent)
    cluster.ingest(file)
    ingest_file(store, file)
    rows["changes"] = [
        {"id": "c", "point": "P1", "valid_from": "2025-02-01", "unit": "MWh"},
        {"id": "d", "point": "R1", "valid_from": "2025-02-01", "object": "O2"},
    ]
    told = registry_from_rows(rows, "t")
    with pytest.raises(DafengError, match="approve"):
        cluster.put_registry(told)
    assert cluster.put_registry(told, approve="王") == enter_registry(store, told, approve="王")
    for by in (By.POINT, By.UNIT, By.COUNTY):
        question = Question(by, Period.MONTH, date(2025, 1, 1), date(2025, 4, 1))
        check_alike(rollup(store, question), cluster.rollup(question))
    late = write(
        tmp_path, 2, [reading("P1", "2025-01-01T00:15:00", 1), reading("P1", "2025-02-01T00:15:00", 1)]
    )
    assert cluster.ingest(late).counts == ingest_file(store, late).counts
    question = Question(By.POINT, Period.MONTH, date(2025, 1, 1), date(2025, 4, 1))
    check_alike(rollup(store, question), cluster.rollup(question))
    store.close()


RULES = [
    {
        "id": level, "rule_set": "local", "order": str(order), "level": level, "statistic": "relative_gap", "unit": "1",
        "valid_from": "2024-01-01", "source": "t", "confirmed": "yes",
    } | bounds
    for order, (level, bounds) in enumerate([("red", {"lower": "0"}), ("green", {"upper": "0", "upper_closed": "yes"})])
]  # fmt: skip


def test_quality_release_and_warnings_are_those_of_the_embedded_store(tmp_path, rows, engine):
    rows["points"] = [
        row | {"period": "60"} for row in rows["points"] if row["id"] in {"P1", "P3", "B1", "H1", "R1"}
    ]
    rows["rules"] = RULES
    rows["budgets"] = [
        {
            "id": f"b{unit}", "scope": "unit", "subject": unit, "year": "2025", "quantity": "coal_equivalent_calorific", "value": value,
            "unit": "tce", "rule_set": "local", "source": "t", "grade": "C",
        } for unit, value in (("U1", "0.01"), ("U2", "900"))
    ]  # fmt: skip
    registry = registry_from_rows(rows, "t", "360000")
    cluster = Cluster(engine)
    cluster.put_registry(registry)
    with Store.create(tmp_path / "s.duckdb", registry) as store:
        chance, sent = random.Random(3), []
        for name in ("P1", "P3", "B1", "H1"):
            for hour in range(24 * 31):
                if chance.random() > 0.05:
                    value = chance.choice([5, 6, 7, 8]) if hour % 300 else 2000
                    sent.append(reading(name, f"2025-01-{1 + hour // 24:02}T{hour % 24:02}:00:00", value))
        for hour in range(24 * 31):  # misread in hour 100, reset in hour 300
            register = 0 if hour == 100 else hour if hour < 300 else hour - 300
            sent.append(reading("R1", f"2025-01-{1 + hour // 24:02}T{hour % 24:02}:00:00", register))
        file = write(tmp_path, 1, sent)
        ingest_file(store, file, Sending("t"))
        cluster.ingest(file, Sending("t"))
        span = {"first": "2025-01-01", "last": "2025-02-01"}
        ours, theirs = operate(store, "quality", span), CLUSTER_OPERATIONS["quality"](cluster, **span)
        assert ours["gap"] > 0
        assert ours["range"] > 0
        assert (ours["misread"], ours["register"]) == (1, 1)
        assert {key: value for key, value in theirs.items() if key != "scores"} == {
            key: value for key, value in ours.items() if key != "scores"
        }
        check_alike(
            [row | {"group": 0, "bucket": 0} for row in ours["scores"]],
            [row | {"group": 0, "bucket": 0} for row in theirs["scores"]],
        )
        released = {"point": "P1", "start": "2025-01-01 00:00", "person": "王", "reason": "checked"}
        assert CLUSTER_OPERATIONS["release"](cluster, **released) == operate(store, "release", released)
        question = Question(By.UNIT, Period.MONTH, date(2025, 1, 1), date(2025, 2, 1))
        check_alike(rollup(store, question), cluster.rollup(question))
        for _ in range(2):  # the second time nothing is issued: it is open already
            ours, theirs = (
                operate(store, "warn", {"on": "2025-01-31"}),
                CLUSTER_OPERATIONS["warn"](cluster, on="2025-01-31"),
            )
            assert [
                (row["id"], row["subject"], row["level"], row["issued"]) for row in theirs["verdicts"]
            ] == [(row["id"], row["subject"], row["level"], row["issued"]) for row in ours["verdicts"]]
            assert [(row["id"], row["level"], row["state"]) for row in theirs["open"]] == [
                (1, "red", "issue")
            ]
        for action, left in (("acknowledge", 1), ("release", 0)):
            handled = {"warning": 1, "action": action, "person": "王", "note": "n"}
            answer = CLUSTER_OPERATIONS["handle"](cluster, **handled)
            assert [event["action"] for event in answer["trail"]][-1] == action
            assert len(open_ones(cluster)) == left
        ours, theirs = (
            operate(store, "judge", {"year": 2025}),
            CLUSTER_OPERATIONS["judge"](cluster, year=2025),
        )
        assert [row["level"] for row in theirs["buildings"]] == [row["level"] for row in ours["buildings"]]
        assert CLUSTER_OPERATIONS["nowcast"](cluster, base_year=2024) == operate(
            store, "nowcast", {"base_year": 2024}
        )
        with pytest.raises(DafengError, match="no reading in quarantine"):
            CLUSTER_OPERATIONS["release"](cluster, **released)


@pytest.fixture
def server(engine):
    """ClickHouse's HTTP interface as far as the door uses it."""

    class Door(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            statement = parse_qs(urlsplit(self.path).query)["query"][0]
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                if body:
                    name = statement.split()[2]
                    engine.insert(name, pq.read_table(io.BytesIO(body)))
                    answer = b""
                elif statement.endswith("FORMAT Parquet"):
                    stream = io_of(engine.table(statement.removesuffix("FORMAT Parquet")))
                    answer = stream
                else:
                    engine.run(statement)
                    answer = b""
                self.send_response(200)
            except Exception as error:  # noqa: BLE001 - told to the client as a server does
                self.send_response(500)
                answer = str(error).encode()
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            """Quiet."""

    def io_of(table):
        stream = io.BytesIO()
        pq.write_table(table, stream)
        return stream.getvalue()

    made = http.server.HTTPServer(("127.0.0.1", 0), Door)
    thread = Thread(target=made.serve_forever)
    thread.start()
    yield f"clickhouse://127.0.0.1:{made.server_port}/default"
    made.shutdown()
    thread.join()
    made.server_close()


def test_from_the_command_line_over_http(tmp_path, server):
    from dafeng.cli.metering import app

    def run(*arguments, code=0):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == code, (result.output, result.exception)
        return json.loads(result.output.splitlines()[-1])

    assert run("init", "jiujiang", "--store", server, "--json")["points"] == 0
    file = tmp_path / "r.csv"
    file.write_text("point,start,value\nP1,2025-01-01 00:00,1\n")
    answer = run("ingest", file, "--store", server, "--json", code=1)
    assert (answer["status"], answer["refused"]) == ("refused", 1)
    assert run("status", "--store", server, "--json")["batches"] == 1
    sums = run(
        "rollup", "--store", server, "--by", "city", "--from", "2025-01-01", "--to", "2025-02-01", "--json"
    )
    assert [row["state"] for row in sums["rows"]] == []
    with pytest.raises(DafengError, match="on a cluster"):
        CliRunner().invoke(app, ["costs", "--store", server, "--json"], catch_exceptions=False)


def test_where_it_does_not_answer_it_is_said(tmp_path):
    with pytest.raises(DafengError, match="ClickHouse server"):
        HttpEngine("clickhouse://127.0.0.1:1/x").run("SELECT 1")
    with pytest.raises(DafengError, match="clickhouse://"):
        HttpEngine("postgresql://127.0.0.1/x")


@pytest.mark.slow
def test_the_script_for_a_real_server(tmp_path, server):
    """Every verb on the example city, over HTTP and beside the embedded store."""
    from tools.check_clickhouse import compared

    answers = compared(server, tmp_path)
    assert [verb for verb, same in answers if not same] == []
    verbs = {"ingest", "rollup", "quality", "warn", "judge", "status", "handle", "release", "nowcast"}
    assert {verb for verb, _ in answers} == verbs
