"""Contract: the same bodies, good, bad and hostile, through HTTP, folder, MQTT, command and Python: the same receipts, the same
store; no inlet ends, and none answers with a defect."""

import io
import itertools
import json
from datetime import timedelta

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client

from dafeng.evidence import DafengError, to_beijing, utc_now
from dafeng.metering import Acceptance, Sending, Store, ingest_body, operate
from dafeng.metering.intake.mqtt import take_message
from dafeng.metering.intake.watched_folder import take_files
from dafeng.web import new_key, use_database
from dafeng.web.ledger.owned import Limits, Owned, own

DAY = f"{to_beijing(utc_now()) - timedelta(days=3):%Y-%m-%d}"
MEDIA = {
    "json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "parquet": "application/vnd.apache.parquet",
}  # fmt: skip
COUNTS = ("new", "same", "replaced", "older", "refused", "quarantined", "rows")


FILES = itertools.count()


def row(minute, value=1, name="P1", **more):
    return {"point": name, "start": f"{DAY}T{minute // 60:02}:{minute % 60:02}", "value": value, **more}


def listed(*rows):
    return json.dumps(list(rows)).encode()


def sheet(*rows):
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for one in rows:
        book.active.append(one)
    book.save(stream)
    return stream.getvalue()


def parquet(**columns):
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


HEAD = "测点,时间,数值\n"
WIDE = (
    "测点,日期," + ",".join(f"{slot // 4}:{slot % 4 * 15:02}" for slot in range(96)) + f"\nP1,{DAY}," + ",".join("5" * 96) + "\n"
)  # fmt: skip
JSON_BODIES = [
    listed(row(0), row(15)), listed(row(0), row(15)), listed(row(0, 2)), listed(row(0), row(30)), b"[]", listed(row(7)), listed(row(45, -1)),
    listed(row(60, 1), row(60, 2)), listed(row(60, 1), row(60, 1)), listed(row(75, 1, version=2)), listed(row(75, 3, version=1)),
    listed(row(75, 1, version=1.5)), listed(row(90, "1_000")), listed(row(90, "1,000")), listed(row(90, None)), listed(row(90, True)),
    listed(row(90, 1e308), row(105, 1)), listed(row(90, "1e400")), listed(row(120, name="P9")), listed(row(120, name="P2")),
    listed(row(120, unit="MWh")), listed(row(135, unit="t")), listed(row(135, origin="人工")), listed(row(150, origin="x")),
    listed(row(150, quality="异常")), listed(row(165, quality="7")), listed(row(165, note="x")), listed(row(165, period="day")),
    json.dumps({"readings": [row(180)]}).encode(), json.dumps({"readings": [row(180)], "unit": "t"}).encode(), b"{", b" ", b"null", b"5", b'"x"',
    b"\xff\xfe\x00", b"[" * 2000, b'[{"point": "P1", "point": "P2", "start": "x", "value": 1}]', b'[{"point": "\\ud800", "start": "x", "value": 1}]',
    b'[{"point": "P1", "start": "\\udfff", "value": 1}]', b'[{"point": "P1", "start": 1, "value": NaN}]', b'[[], 5, "x"]', b'[{"a": {"b": [1]}}]',
    b'[{"point": ["P1"], "start": {}, "value": []}]', listed({"测点": "P1", "时间": f"{DAY} 04:00", "用电量(kWh)": 2}),
]  # fmt: skip
FILE_BODIES = [
    ("csv", f"{HEAD}P1,{DAY} 05:00,1\n".encode()), ("csv", f"{HEAD}P1,{DAY} 05:15,1\n".encode("gb18030")), ("csv", f"P1,{DAY} 05:30,1\n".encode()),
    ("csv", b"foo,bar\n"), ("csv", HEAD.encode()), ("csv", b"\x00\x01\x02"), ("csv", f"{HEAD}P1,{DAY} 05:45,1,2,3\nP1,{DAY} 06:00,1\n".encode()),
    ("csv", WIDE.encode()), ("csv", f"测点,时间,数值,备注\nP1,{DAY} 06:15,1,x\n".encode()), ("ndjson", json.dumps(row(400 - 10)).encode() + b"\nx\n"),
    ("xlsx", sheet(("测点", "时间", "数值"), ("P1", f"{DAY} 07:00", 1))), ("xlsx", b"PK\x03\x04"), ("xlsx", b"x"), ("parquet", b"PAR1"),
    ("parquet", parquet(point=["P1"], start=[f"{DAY}T07:15"], value=[1.0])), ("parquet", parquet(a=[1])),
]  # fmt: skip
BODIES = [("json", body) for body in JSON_BODIES] + FILE_BODIES


@pytest.fixture
def inlets(tmp_path, registry):
    """Name → a function of (kind, body) that answers with (status, counts, what is expected at each problem), and its store."""
    use_database(f"sqlite:///{tmp_path / 'keys.sqlite3'}")
    _, token = new_key("g", units=["U1"], scopes=["write"], per_minute=10_000)
    names = ("http", "folder", "mqtt", "command", "python")
    stores = {name: Store.create(tmp_path / f"{name}.duckdb", registry) for name in names}
    own(Owned(stores["http"], Limits(max_age_days=400)))
    folder = tmp_path / "in"
    folder.mkdir()

    def http(kind, body):
        answer = Client().post(
            "/api/v1/readings?accept=partial",
            body,
            content_type=MEDIA[kind],
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code in {200, 400, 422}, answer.content
        return answer.json()

    def watched(kind, body, number=FILES):
        file = folder / f"{next(number)}.{kind}"
        file.write_bytes(body)
        take_files(stores["folder"], folder, take_files(stores["folder"], folder, {}))
        receipts = list(folder.glob("*/*.receipt.json"))
        answer = json.loads(receipts[0].read_text()) if receipts else {}
        for left in folder.glob("*/*"):
            left.unlink()
        assert not file.exists()
        return answer

    def mqtt(kind, body):
        return (
            json.loads(take_message(stores["mqtt"], "dafeng/U1/readings", body)[1])
            if kind == "json"
            else http_like(kind, body)
        )

    def http_like(kind, body):
        return python(kind, body, "mqtt")

    def command(kind, body):
        file = tmp_path / f"one.{kind}"
        file.write_bytes(body)
        try:
            return operate(stores["command"], "ingest", {"file": str(file), "partial": True})
        except DafengError as error:
            return {"problems": [problem.as_dict() for problem in error.problems]}

    def python(kind, body, name="python"):
        sending = Sending("t", acceptance=Acceptance.PARTIAL, owners=frozenset({"U1"}))
        try:
            return ingest_body(stores[name], body, kind, sending).as_dict()
        except DafengError as error:
            return {"problems": [problem.as_dict() for problem in error.problems]}

    yield {"http": http, "folder": watched, "mqtt": mqtt, "command": command, "python": python}, stores
    own(None)
    for store in stores.values():
        store.close()


def said(answer):
    """What an answer says, whichever inlet gave it: counts of a batch, or that none could be made."""
    return {name: answer[name] for name in ("status", "first", *COUNTS)} if "new" in answer else None


def test_the_same_bodies_through_every_inlet(inlets):
    take, stores = inlets
    assert len(BODIES) >= 60
    for kind, body in BODIES:
        answers = {name: said(inlet(kind, body)) for name, inlet in take.items()}
        # a key of U1 and a topic of U1 know no point of another unit; folder and command may write all
        if b"P2" not in body:
            assert len({json.dumps(answer) for answer in answers.values()}) == 1, (kind, body[:80], answers)
        assert answers["http"] == answers["mqtt"] == answers["python"], (kind, body[:80])
    what = "SELECT p.id, r.period, r.start, r.value, r.origin, r.flags FROM reading r JOIN point p ON p.number = r.point WHERE p.id = 'P1' ORDER BY ALL"
    left = {name: store.rows(what) for name, store in stores.items()}
    assert all(rows == left["python"] for rows in left.values())
    assert len(left["python"]) > 30
