"""A small registry and a store on it."""

import contextlib
import json
import shutil
import threading

import pytest

from dafeng.metering import Acceptance, Sending, Store, ingest_body, registry_from_rows


def point(name, **fields):
    return {
        "id": name, "object": "O1", "medium": "electricity", "use": "input", "unit": "kWh", "direction": "in",
        "rated_max": "1000", "period": "15", "kind": "interval", "valid_from": "2024-01-01",
    } | fields  # fmt: skip


ROWS = {
    "units": [
        {"id": "U1", "name_zh": "甲厂", "sector": "industry", "industry": "2614", "county": "360402"},
        {"id": "U2", "name_zh": "乙楼", "sector": "buildings", "county": "360403"},
    ],
    "objects": [
        {"id": "O1", "owner": "U1", "name_zh": "厂区", "kind": "site"},
        {
            "id": "O2", "owner": "U2", "name_zh": "办公楼", "kind": "building", "building_type": "商业办公建筑",
            "building_class": "B", "climate_zone": "夏热冬冷", "floor_area": "10000",
        },
    ],
    "points": [
        point("P1"), point("P2"), point("P3", use="sub", parent="P1"), point("B1", object="O2"),
        point("R1", kind="register"), point("V1", kind="virtual", formula="P1 + P2", use="conversion"),
        point("H1", period="60"),
    ],
    "meters": [
        {
            "id": "M1", "point": "R1", "ratio": "10", "register_max": "10000", "register_start": "0",
            "valid_from": "2024-01-01 00:00",
        }
    ],
}  # fmt: skip


_SUMS = """
  SELECT coalesce(b.point, d.point) AS point, coalesce(b.period, d.period) AS period, coalesce(b.day, d.day) AS day
  FROM (SELECT point, period, CAST(start + INTERVAL 8 HOUR AS DATE) AS day, count(*) FILTER (flags & 64 = 0) AS count,
          sum(value) FILTER (flags & 64 = 0) AS value, count(*) FILTER (flags & 64 = 0 AND origin = 2) AS estimated,
          count(*) FILTER (flags & 64 = 0 AND origin = 4) AS synthetic, count(*) FILTER (flags & 64 <> 0) AS quarantined,
          count(*) FILTER (flags & 64 = 0 AND flags & 32 <> 0) AS spread
        FROM readings GROUP BY ALL) b
  FULL JOIN day_sum d USING (point, period, day)
  WHERE b.count IS DISTINCT FROM d.count OR b.estimated IS DISTINCT FROM d.estimated
    OR b.synthetic IS DISTINCT FROM d.synthetic OR b.spread IS DISTINCT FROM d.spread OR b.quarantined IS DISTINCT FROM d.quarantined
    OR (b.period > 0 AND coalesce(abs(b.value - d.value) > 1e-9 * greatest(1, abs(b.value)), b.value IS NOT NULL OR d.value IS NOT NULL))
    OR d.count + d.quarantined > d.expected"""
_IN_CLOSED = """
  SELECT r.point, r.start FROM reading r JOIN archive a ON a.reopened IS NULL
    AND CAST(date_trunc('month', r.start + INTERVAL 8 HOUR) AS DATE) = a.month"""
_TWICE = "SELECT point, period, start FROM readings GROUP BY ALL HAVING count(*) > 1"


def check_invariants(store):
    """Sums of days are those of the readings, coverage is 100 % at most, no reading is there twice, and a closed month has
    its bytes and nothing beside them."""
    import hashlib

    for what in (_SUMS, _IN_CLOSED, _TWICE):
        assert store.rows(what) == [], what
    for row in store.rows("SELECT file, digest FROM archive WHERE reopened IS NULL"):
        file = store.path.with_name(row["file"])
        if file.exists():
            assert hashlib.sha256(file.read_bytes()).hexdigest() == row["digest"]


MOST_CHECKED = 20_000


@pytest.fixture(autouse=True)
def invariants(monkeypatch):
    """Check every store after each of its writes, small ones in full."""
    plain, inside = Store.transaction, threading.local()

    @contextlib.contextmanager
    def checked(self, **options):
        with plain(self, **options) as connection:
            yield connection
        if (
            not getattr(inside, "busy", False)
            and self.rows("SELECT count(*) AS n FROM readings")[0]["n"] < MOST_CHECKED
        ):
            inside.busy = True
            try:
                check_invariants(self)
            finally:
                inside.busy = False

    monkeypatch.setattr(Store, "transaction", checked)


@pytest.fixture
def rows():
    return json.loads(json.dumps(ROWS))


@pytest.fixture(scope="session")
def file_of_a_store(tmp_path_factory):
    """The file of a store on `ROWS`: to copy it takes a tenth of the time of creating it."""
    path = tmp_path_factory.mktemp("empty") / "s.duckdb"
    Store.create(path, registry_from_rows(ROWS, "test", "360000")).close()
    return path


@pytest.fixture
def store(tmp_path, rows, file_of_a_store):
    path = tmp_path / "s.duckdb"
    if rows == ROWS:
        shutil.copy(file_of_a_store, path)
    else:
        Store.create(path, registry_from_rows(rows, "test", "360000")).close()
    with Store(path) as opened:
        yield opened


@pytest.fixture
def send(store):
    """Send readings as JSON; returns the receipt."""

    def sender(*readings, **options):
        body = json.dumps({"readings": list(readings)}).encode()
        return ingest_body(store, body, "json", Sending("test", **options))

    return sender


def reading(point, start, value, **more):
    return {"point": point, "start": start, "value": value, **more}


@pytest.fixture
def take(store):
    """Take a body, good rows only; returns the receipt and what is stored as {(point, Beijing time): value}."""

    def taker(body, kind="csv"):
        body = body if isinstance(body, bytes) else body.encode()
        receipt = ingest_body(store, body, kind, Sending("t", acceptance=Acceptance.PARTIAL))
        assert receipt.rows == receipt.counts.rows
        rows = store.rows(
            "SELECT p.id, CAST(r.start + INTERVAL 8 HOUR AS VARCHAR) AS at, r.value FROM reading r "
            "JOIN point p ON p.number = r.point ORDER BY ALL"
        )
        return receipt, {(row["id"], row["at"][:16]): row["value"] for row in rows}

    return taker
