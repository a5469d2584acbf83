"""Contract: a batch is taken once; every row sent is new, same, replaced, older or refused; corrections keep
what they replace; day sums and newest values always equal what the readings say; nothing is half stored."""

import gzip
import io
import json
import tracemalloc
from contextlib import suppress
from datetime import datetime, timedelta

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings

from dafeng.evidence import DafengError
from dafeng.metering import (
    Acceptance,
    KeyTakenError,
    Sending,
    Store,
    StoreOwnedError,
    ingest_body,
    ingest_file,
    registry_from_rows,
)
from dafeng.metering.intake.decoding import unzip
from dafeng.metering.intake.ingest import _STORED
from dafeng.metering.intake.staging import stage

from .conftest import ROWS, reading

T = "2025-01-01T00:{:02}:00+08:00"


def values(store, point="P1"):
    rows = store.rows(
        "SELECT start + INTERVAL 8 HOUR AS at, value FROM reading r JOIN point p ON p.number = r.point "
        "WHERE p.id = ? AND r.period > 0 ORDER BY start",
        [point],
    )
    return {row["at"].isoformat(): row["value"] for row in rows}


def check_sums(store):
    """The kept sums, bits and newest values against a plain query of the readings."""
    differing = store.rows("""
        WITH base AS (
          SELECT point, period, CAST(start + INTERVAL 8 HOUR AS DATE) AS day,
            count(*) FILTER ((flags & 64) = 0) AS n, sum(value) FILTER ((flags & 64) = 0 AND period > 0) AS total,
            count(*) AS rows, count(DISTINCT start) AS starts FROM reading GROUP BY ALL)
        SELECT * FROM base FULL JOIN day_sum d USING (point, period, day)
        WHERE n IS DISTINCT FROM d.count OR rows <> starts OR abs(coalesce(total, 0) - coalesce(value, 0)) > 1e-9 * abs(total)
          OR (period BETWEEN 1 AND 1440 AND bit_count(slots) <> rows)""")
    assert differing == []
    newest = store.rows("""
        WITH base AS (SELECT point, period, max(start) AS start, arg_max(value, start) AS value FROM reading
                      WHERE (flags & 64) = 0 GROUP BY ALL)
        SELECT * FROM base FULL JOIN latest l USING (point, period)
        WHERE base.start IS DISTINCT FROM l.start OR base.value IS DISTINCT FROM l.value""")
    assert newest == []


def test_a_batch_is_counted_row_by_row(store, send):
    receipt = send(reading("P1", T.format(0), 1.5), reading("P1", T.format(15), 2))
    assert (receipt.counts.new, receipt.status, receipt.first) == (2, "accepted", True)
    assert values(store) == {"2025-01-01T00:00:00": 1.5, "2025-01-01T00:15:00": 2.0}
    check_sums(store)


def test_the_same_body_again_gets_the_first_receipt(store, send):
    first = send(reading("P1", T.format(0), 1.5))
    again = send(reading("P1", T.format(0), 1.5))
    assert again.as_dict() | {"first": True} == first.as_dict()
    assert not again.first
    assert store.rows("SELECT count(*) AS n FROM batch") == [{"n": 1}]


def test_a_batch_is_found_among_millions_without_reading_them(store, send):
    """A hundred senders make three million batches a year; asking whether one is known must not read them all."""
    send(reading("P1", "2025-03-01T00:00+08:00", 1.0), key="first")
    store.rows(
        "INSERT INTO batch SELECT range + 10, 'u:' || range, 'u', '', now(), 'accepted', '{}' FROM range(20000)"
    )
    plan = store.rows(f"EXPLAIN ANALYZE {_STORED}", ["test:first"])[0]["explain_value"]
    assert "Index Scan" in plan
    assert not send(reading("P1", "2025-03-01T00:00+08:00", 1.0), key="first").first


def test_a_long_file_is_held_chunk_by_chunk(store, tmp_path, monkeypatch):
    """What is stored of a file is not kept in memory until its commit: seventy million rows are one transaction."""
    rows, held, chunk = 200_000, [], 20_000
    at = pa.array(
        range(1_704_038_400, 1_704_038_400 + 900 * rows, 900)
    )  # from 2024 on; what is to come is refused
    table = pa.table(
        {"point": ["P1"] * rows, "start": at.cast(pa.timestamp("s", "UTC")), "value": [1.0] * rows}
    )
    pq.write_table(table, tmp_path / "r.parquet", row_group_size=chunk)
    monkeypatch.setattr("dafeng.metering.intake.decoding.CHUNK_ROWS", chunk)

    def staged(*arguments):
        held.append(tracemalloc.get_traced_memory()[0])
        return stage(*arguments)

    monkeypatch.setattr("dafeng.metering.intake.ingest.stage", staged)
    tracemalloc.start()
    receipt = ingest_file(store, tmp_path / "r.parquet", Sending("t", acceptance=Acceptance.PARTIAL))
    tracemalloc.stop()
    assert (receipt.counts.rows, len(held)) == (rows, 10)
    assert max(held[2:]) - held[1] < 3 * chunk * 50


def test_a_key_is_for_one_body(send):
    send(reading("P1", T.format(0), 1), key="k1")
    assert not send(reading("P1", T.format(0), 1), key="k1").first
    with pytest.raises(KeyTakenError, match="k1"):
        send(reading("P1", T.format(0), 2), key="k1")


def test_a_correction_supersedes_and_the_old_value_stays(store, send):
    send(reading("P1", T.format(0), 1.0))
    receipt = send(reading("P1", T.format(0), 9.0))
    assert receipt.counts.replaced == 1
    assert values(store) == {"2025-01-01T00:00:00": 9.0}
    kept = store.rows("SELECT value, batch, by_batch, reason FROM revision")
    assert kept == [{"value": 1.0, "batch": 1, "by_batch": 2, "reason": "replaced"}]
    check_sums(store)


def test_the_higher_version_wins_whatever_comes_last(store, send):
    send(reading("P1", T.format(0), 5.0, version=7))
    receipt = send(reading("P1", T.format(0), 4.0, version=6))
    assert (receipt.counts.older, receipt.counts.replaced) == (1, 0)
    assert values(store) == {"2025-01-01T00:00:00": 5.0}
    assert store.rows("SELECT value, reason FROM revision") == [{"value": 4.0, "reason": "older"}]
    # a tie keeps the stored value
    assert send(reading("P1", T.format(0), 3.0, version=7)).counts.older == 1


def test_one_batch_may_hold_a_reading_twice(store, send):
    receipt = send(*(reading("P1", T.format(0), 2) for _ in range(3)))
    assert (receipt.counts.new, receipt.counts.same) == (1, 2)
    assert values(store) == {"2025-01-01T00:00:00": 2.0}
    check_sums(store)


@pytest.mark.parametrize("dense", [True, False])
def test_two_values_for_one_period_in_one_batch_are_both_refused(store, send, dense, monkeypatch):
    monkeypatch.setattr("dafeng.metering.store.upsert.is_dense", lambda _: dense)
    rows = [reading("P1", T.format(0), 1), reading("P2", T.format(0), 5), reading("P1", T.format(0), 2)]
    receipt = send(*rows, acceptance=Acceptance.PARTIAL)
    assert (receipt.counts.new, receipt.counts.refused, receipt.rows) == (1, 2, 3)
    assert [(one.where, one.found) for one in receipt.problems] == [
        ("row 1:value", "1"),
        ("row 3:value", "2"),
    ]
    assert values(store, "P1") == {}
    assert values(store, "P2") == {"2025-01-01T00:00:00": 5.0}
    assert send(*rows, key="whole").status == "refused"  # whole: nothing is stored
    numbered = [row | {"version": number} for number, row in enumerate(rows)]
    receipt = send(*numbered)
    assert (receipt.counts.new, receipt.counts.same, receipt.counts.older) == (1, 1, 1)
    assert values(store, "P1") == {"2025-01-01T00:00:00": 2.0}
    check_sums(store)


@pytest.mark.parametrize("accept", list(Acceptance))
def test_two_values_for_one_period_far_apart_in_one_batch(store, send, accept, monkeypatch):
    """Each row is a chunk of its own: both are refused, also what says one of the two again, and what was stored stays."""
    monkeypatch.setattr("dafeng.metering.intake.decoding.CHUNK_ROWS", 1)
    send(reading("P1", T.format(0), 7.0))
    points, values_ = ["P1", "P2", "P1", "P1", "P2"], [1.0, 5.0, 2.0, 2.0, 5.0]
    table = pa.table({"point": points, "start": [T.format(0)] * 5, "value": values_})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, row_group_size=1)
    receipt = ingest_body(store, buffer.getvalue(), "parquet", Sending("t", acceptance=accept))
    assert [one.where for one in receipt.problems] == ["row 1:value", "row 3:value", "row 4:value"]
    partial = accept is Acceptance.PARTIAL
    assert (receipt.counts.new, receipt.counts.same, receipt.counts.refused) == (
        (1, 1, 3) if partial else (0, 0, 5)
    )
    assert values(store, "P1") == {"2025-01-01T00:00:00": 7.0}
    assert values(store, "P2") == ({"2025-01-01T00:00:00": 5.0} if partial else {})
    assert store.rows("SELECT count(*) AS n FROM revision") == [{"n": 0}]
    check_sums(store)


def test_order_is_the_ledgers_also_where_the_clock_was_set_back(store, send):
    send(reading("P1", T.format(0), 1), received=datetime(2026, 5, 2))  # noqa: DTZ001 - the store's UTC
    assert send(reading("P1", T.format(0), 2), received=datetime(2026, 5, 1)).counts.replaced == 1  # noqa: DTZ001
    assert values(store) == {"2025-01-01T00:00:00": 2.0}


def test_versions_beside_loads_without(store, send):
    """A correction that the sender numbers 2 supersedes a load without number, and a later load without number it."""
    send(reading("P1", T.format(0), 1))
    assert send(reading("P1", T.format(0), 2, version=2)).counts.replaced == 1
    assert send(reading("P1", T.format(0), 1.5, version=1)).counts.older == 1
    assert send(reading("P1", T.format(0), 3)).counts.replaced == 1
    assert values(store) == {"2025-01-01T00:00:00": 3.0}


@pytest.mark.parametrize("between", [{}, {"value": 9}])
def test_a_load_without_version_does_not_let_an_old_version_back(store, send, between):
    """Version 5, a load without number, then version 4: the sender has said 5, so 4 comes too late; 6 does not."""
    send(reading("P1", T.format(0), 5, version=5))
    assert send(reading("P1", T.format(0), 3)).counts.replaced == 1
    if between:
        assert send(reading("P1", T.format(0), **between)).counts.replaced == 1
    assert send(reading("P1", T.format(0), 4, version=4)).counts.older == 1
    assert send(reading("P1", T.format(0), 4, version=5)).counts.older == 1  # a tie keeps what is stored
    assert values(store) == {"2025-01-01T00:00:00": between.get("value", 3.0)}
    assert send(reading("P1", T.format(0), 6, version=6)).counts.replaced == 1
    kept = [
        row["value"]
        for row in store.rows("SELECT value FROM revision WHERE reason = 'replaced' ORDER BY batch")
    ]
    assert kept == [5.0, 3.0, *between.values()]
    check_sums(store)


def test_a_value_confirmed_under_a_higher_version_is_not_replaced_by_a_lower_one(store, send):
    send(reading("P1", T.format(0), 5, version=1))
    assert send(reading("P1", T.format(0), 5, version=3)).counts.same == 1
    assert send(reading("P1", T.format(0), 7, version=2)).counts.older == 1
    assert values(store) == {"2025-01-01T00:00:00": 5.0}
    send(reading("P2", T.format(0), 5))
    assert send(reading("P2", T.format(0), 5, version=3)).counts.same == 1
    assert send(reading("P2", T.format(0), 7, version=2)).counts.older == 1


def test_the_same_batch_after_its_correction_changes_nothing_and_says_so(store, send):
    first = send(reading("P1", T.format(0), 1), reading("P2", T.format(0), 1))
    send(reading("P1", T.format(0), 2))
    again = send(reading("P1", T.format(0), 1), reading("P2", T.format(0), 1))
    assert (again.first, again.batch, again.superseded, first.superseded) == (False, first.batch, 1, 0)
    assert values(store, "P1") == {"2025-01-01T00:00:00": 2.0}
    back = send(reading("P1", T.format(0), 1), reading("P2", T.format(0), 1), key="back")
    assert (back.first, back.counts.replaced, back.counts.same) == (True, 1, 1)
    assert values(store, "P1") == {"2025-01-01T00:00:00": 1.0}


def test_whole_or_partial_is_the_senders_choice(store, send):
    rows = [reading("P1", T.format(0), 1), reading("nobody", T.format(0), 1)]
    refused = send(*rows)
    assert (refused.status, refused.counts.refused, refused.counts.new) == ("refused", 2, 0)
    assert values(store) == {}
    partial = send(*rows, acceptance="partial")
    assert (partial.status, partial.counts.refused, partial.counts.new) == ("partial", 1, 1)
    assert [problem.where for problem in partial.problems] == ["row 2:point"]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (reading("nobody", T.format(0), 1), "point"),
        (reading("V1", T.format(0), 1), "point"),
        (reading("P1", "yesterday", 1), "start"),
        (reading("P1", T.format(0), "much"), "value"),
        (reading("P1", T.format(0), "NaN"), "value"),
        (reading("P1", T.format(0), "inf"), "value"),
        (reading("P1", T.format(0), None), "value"),
        (reading("P1", "2025-01-01T00:07:00", 1), "start"),
        (reading("P1", T.format(0), 1, unit="m3"), "unit"),
        (reading("P1", T.format(0), 1, period=30), "period"),
        (reading("P1", T.format(0), 1, origin="guess"), "origin"),
        (reading("P1", T.format(0), 1, version=-1), "version"),
        (reading("P1", "2023-12-31T23:45:00", 1), "start"),
        (reading("P1", "2099-01-01T00:00:00", 1), "start"),
        (reading("'; DROP TABLE reading; --", T.format(0), 1), "point"),
    ],
)
def test_a_bad_row_is_refused_with_its_column(store, send, row, column):
    receipt = send(row)
    assert receipt.status == "refused"
    assert receipt.problems[0].where == f"row 1:{column}"
    assert receipt.problems[0].mend
    assert values(store) == {}


def test_a_sender_writes_only_its_own_units(send):
    receipt = send(reading("P1", T.format(0), 1), owners=frozenset({"U2"}))
    assert receipt.problems[0].where == "row 1:point"
    assert send(reading("B1", T.format(0), 1), owners=frozenset({"U2"})).counts.new == 1


def test_a_clock_a_year_behind_is_refused_where_the_door_has_an_age(send):
    old = (datetime.fromisoformat("2026-01-01") - timedelta(days=366)).isoformat()
    receipt = send(
        reading("P1", old, 1), max_age=timedelta(days=35), received=datetime.fromisoformat("2026-01-01")
    )
    assert receipt.problems[0].where == "row 1:start"


def test_a_reading_a_few_seconds_late_belongs_to_its_period(store, send):
    send(reading("P1", "2025-01-01T00:15:13", 1), reading("P1", "2025-01-01T00:29:48", 2))
    assert values(store) == {"2025-01-01T00:15:00": 1.0, "2025-01-01T00:30:00": 2.0}


def test_units_are_converted(store, send):
    send(reading("P1", T.format(0), 0.25, unit="MWh"), reading("P1", T.format(15), 3, unit="度"))
    assert values(store) == {"2025-01-01T00:00:00": 250.0, "2025-01-01T00:15:00": 3.0}


def test_out_of_range_waits_in_quarantine_and_counts_in_no_sum(store, send):
    receipt = send(
        reading("P1", T.format(0), 251), reading("P1", T.format(15), -1), reading("P1", T.format(30), 250)
    )
    assert (receipt.counts.new, receipt.quarantined) == (3, 2)
    assert store.rows("SELECT count, quarantined, value FROM day_sum") == [
        {"count": 1, "quarantined": 2, "value": 250.0}
    ]


def test_day_and_month_statements_stand_beside_the_readings(store, send):
    send(reading("P1", T.format(0), 1), reading("P1", "2025-01-01", 90, period="day"),
         reading("P1", "2025-01-01", 2800, period="month"))  # fmt: skip
    assert {row["period"]: row["value"] for row in store.rows("SELECT period, value FROM day_sum")} == {
        15: 1.0, 1440: 90.0, 43200: 2800.0,
    }  # fmt: skip


def test_every_format_tells_the_same(tmp_path, rows):
    table = [("P1", f"2025-01-02 00:{m:02}:00", m + 0.5) for m in (0, 15, 30, 45)]
    csv_text = "point,start,value\n" + "\n".join(f"{p},{s},{v}" for p, s, v in table)
    (tmp_path / "a.csv").write_text(csv_text, encoding="utf-8-sig")
    (tmp_path / "zh.csv").write_bytes(("测点,时间,数值\n" + csv_text.split("\n", 1)[1]).encode("gb18030"))
    (tmp_path / "a.ndjson").write_text("\n".join(json.dumps(reading(*row)) for row in table))
    (tmp_path / "a.json").write_text(json.dumps([reading(*row) for row in table]))
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet()
    for number, row in enumerate([("测点", "时间", "数值"), *table]):
        sheet.write_row(number, 0, row)
    book.close()
    stamps = pa.array(
        [datetime.fromisoformat(row[1]) - timedelta(hours=8) for row in table], pa.timestamp("us", "UTC")
    )
    columns = {"point": [row[0] for row in table], "start": stamps, "value": [row[2] for row in table]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    found = []
    for name in ("a.csv", "zh.csv", "a.ndjson", "a.json", "a.xlsx", "a.parquet"):
        with Store.create(tmp_path / f"{name}.duckdb", registry_from_rows(rows, "t")) as store:
            assert ingest_file(store, tmp_path / name).counts.new == 4, name
            found.append(values(store))
    assert all(one == found[0] for one in found)
    assert found[0]["2025-01-02T00:45:00"] == 45.5


def test_a_torn_csv_row_is_refused_alone(store, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "point,start,value\nP1,2025-01-01 00:00,1\nP1,2025-01-01 00:15,1,extra\nP1,2025-01-01 00:30,2\n"
    )
    receipt = ingest_file(store, path, Sending(acceptance="partial"))
    assert (receipt.counts.new, receipt.counts.refused) == (2, 1)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1, 2]", b'{"reading": []}', b"\xff\xfe", b"null", b"[]" * 2, b'[{"point": 1}]']
)
def test_a_body_that_is_no_json_readings_is_refused(store, body):
    with suppress(DafengError):
        assert ingest_body(store, body, "json", Sending("t")).status == "refused"
    assert store.rows("SELECT count(*) AS n FROM reading") == [{"n": 0}]


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=300), kind=st.sampled_from(["json", "ndjson", "csv", "xlsx", "parquet"]))
@example(body=b"\r\x00", kind="csv")
def test_random_bytes_never_store_or_break_anything(body, kind, empty_store):
    store = empty_store
    with suppress(DafengError):
        ingest_body(store, body, kind, Sending("fuzz", acceptance="partial"))
    assert store.rows("SELECT count(*) AS n FROM reading") == [{"n": 0}]


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    with Store.create(tmp_path_factory.mktemp("fuzz") / "s.duckdb", registry_from_rows(ROWS, "t")) as opened:
        yield opened


def test_a_zip_bomb_stops_at_the_limit():
    with pytest.raises(DafengError, match="at most 1000000"):
        unzip(gzip.compress(b"0" * 10_000_000), 1_000_000)
    with pytest.raises(DafengError, match="gzip"):
        unzip(b"no gzip", 10)


def test_a_failure_in_the_middle_leaves_nothing(store, send, monkeypatch):
    send(reading("P1", T.format(0), 1))
    before = store.rows("SELECT * FROM day_sum")

    def fail(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr("dafeng.metering.intake.ingest.record", fail)
    with pytest.raises(RuntimeError):
        send(reading("P1", T.format(0), 2), reading("P1", T.format(15), 2))
    assert values(store) == {"2025-01-01T00:00:00": 1.0}
    assert store.rows("SELECT * FROM day_sum") == before
    monkeypatch.undo()
    assert send(reading("P1", T.format(0), 2), reading("P1", T.format(15), 2)).counts.replaced == 1
    check_sums(store)


def test_a_second_process_is_told_who_owns_the_store(store):
    import subprocess
    import sys

    code = (
        "import sys; from dafeng.metering import Store, StoreOwnedError\n"
        "try: Store(sys.argv[1])\nexcept StoreOwnedError as error: print('owned', error.owner)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(store.path)], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "owned None"
    assert issubclass(StoreOwnedError, DafengError)


def test_no_store_is_said_so(tmp_path):
    with pytest.raises(DafengError, match="init"):
        Store(tmp_path / "none.duckdb")


ROW = st.tuples(
    st.sampled_from(["P1", "P2", "H1"]),
    st.integers(0, 7),
    st.sampled_from([1.0, 2.0, 3.0]),
    st.integers(1, 4),
)


@settings(max_examples=10, deadline=None)
@given(batches=st.lists(st.lists(ROW, min_size=1, max_size=8), min_size=1, max_size=6))
def test_any_order_of_batches_ends_as_the_ledger_rule_says(batches, tmp_path_factory):
    """Against a dictionary: the highest version wins, a tie keeps what is stored, counts add up."""
    path = tmp_path_factory.mktemp("ledger") / "s.duckdb"
    expected = {}
    with Store.create(path, registry_from_rows(ROWS, "t")) as store:
        for number, batch in enumerate(batches):
            body = [
                reading(p, (datetime.fromisoformat("2025-03-01") + timedelta(hours=12 * (slot % 4), minutes=60 * (slot // 4))).isoformat(),
                        value, version=version)
                for p, slot, value, version in batch
            ]  # fmt: skip
            sent, refused = {}, 0
            for row in body:
                sent.setdefault((row["point"], row["start"]), []).append((row["version"], row["value"]))
            for key, rows in sent.items():
                version = max(rows)[0]
                newest = {value for one, value in rows if one == version}
                if len(newest) > 1:
                    refused += len(rows)
                elif key not in expected or version > expected[key][1]:
                    expected[key] = (newest.pop(), version)
            sending = Sending("t", key=str(number), acceptance=Acceptance.PARTIAL)
            receipt = ingest_body(store, json.dumps(body).encode(), "json", sending)
            assert (receipt.counts.rows, receipt.counts.refused) == (len(batch), refused)
        check_sums(store)
        stored = {
            (row["id"], row["at"].isoformat()): row["value"]
            for row in store.rows(
                "SELECT p.id, start + INTERVAL 8 HOUR AS at, value FROM reading r JOIN point p ON p.number = r.point"
            )
        }
    assert stored == {key: value for key, (value, _) in expected.items()}


CELL = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 10), st.just(10**400), st.floats(), st.text(max_size=4),
    st.sampled_from(["P1", "P2", "B1", "2025-01-01T00:00:00", "2025-01-01 00:15", " 1.5 ", "1e400", "kWh", "MWh", "auto"]),
    st.just([1]), st.just({"a": None}),
)  # fmt: skip
ROW = st.fixed_dictionaries(
    {"point": CELL, "start": CELL, "value": CELL},
    optional={"unit": CELL, "origin": CELL, "version": CELL, "period": CELL, "other": CELL},
)
GOOD = st.fixed_dictionaries({
    "point": st.sampled_from(["P1", "P2", "B1"]), "start": st.sampled_from(["2025-01-01T00:00:00", "2025-01-01T00:15:00"]),
    "value": st.one_of(st.integers(-5, 5), st.floats(-1e6, 1e6)),
})  # fmt: skip


@pytest.fixture(scope="module")
def two_stores(tmp_path_factory):
    """Two stores that are sent the same bodies, each read by another reader."""
    folder = tmp_path_factory.mktemp("json")
    made = [
        Store.create(folder / f"{name}.duckdb", registry_from_rows(json.loads(json.dumps(ROWS)), "t"))
        for name in "ab"
    ]
    yield made
    for store in made:
        store.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.one_of(GOOD, ROW, CELL), max_size=6), kind=st.sampled_from(["json", "ndjson"]))
def test_both_readers_of_json_say_the_same(rows, kind, two_stores, monkeypatch):
    body = json.dumps(rows) if kind == "json" else "\n".join(map(json.dumps, rows))
    sending = Sending("t", acceptance=Acceptance.PARTIAL, received=datetime(2026, 1, 1))  # noqa: DTZ001
    told = []
    for store, bound in zip(two_stores, (8 << 20, -1), strict=True):
        monkeypatch.setattr("dafeng.metering.intake.json_objects.MAX_PLAIN_JSON", bound)
        try:
            receipt = ingest_body(store, body.encode(), kind, sending)
        except DafengError as error:
            told.append([problem.expected for problem in error.problems])
            continue
        stored = store.rows("SELECT point, start, value, origin, flags FROM reading ORDER BY ALL")
        told.append((receipt.counts, sorted(problem.where for problem in receipt.problems), stored))
    assert told[0] == told[1]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("kind", ["json", "ndjson"])
def test_words_for_no_number_refuse_their_row_alone(word, kind, store, monkeypatch):
    for minute, bound in ((0, 8 << 20), (15, -1)):
        monkeypatch.setattr("dafeng.metering.intake.json_objects.MAX_PLAIN_JSON", bound)
        rows = [
            json.dumps(reading("P1", T.format(minute), 1.5)),
            json.dumps(reading("P2", T.format(minute), 0)).replace(" 0}", f" {word}}}"),
        ]
        body = f"[{','.join(rows)}]" if kind == "json" else "\n".join(rows)
        receipt = ingest_body(store, body.encode(), kind, Sending("t", acceptance=Acceptance.PARTIAL))
        assert (receipt.counts.new, receipt.counts.refused) == (1, 1)
        assert "value" in receipt.problems[0].where


def test_a_row_that_is_null_is_counted(send, store, monkeypatch):
    for bound in (8 << 20, -1):
        monkeypatch.setattr("dafeng.metering.intake.json_objects.MAX_PLAIN_JSON", bound)
        body = json.dumps([None, reading("P1", T.format(0), bound)]).encode()
        receipt = ingest_body(store, body, "json", Sending("t", acceptance=Acceptance.PARTIAL))
        assert (receipt.counts.refused, receipt.problems[0].where) == (1, "row 1")


@pytest.mark.parametrize(
    ("column", "cells", "stored"),
    [
        ("value", pa.array([1, 2]), 2),
        ("value", pa.array([1, None], pa.float32()), 1),
        ("value", pa.array([True, False]), 0),
        ("value", pa.array(["1", "x"]), 1),
        ("start", pa.array([1.5, 2.5]), 0),
        ("start", pa.array([1, 2]), 0),
        ("start", pa.array([datetime(2025, 1, 1).date(), datetime(2025, 1, 2).date()]), 0),  # noqa: DTZ001 - days
        ("point", pa.array([1, 2]), 0),
        ("unit", pa.array([1, 2]), 0),
        ("version", pa.array([1.5, 2.0]), None),
    ],
    ids=str,
)
def test_parquet_columns_of_any_type_are_taken_or_refused_by_row(store, column, cells, stored):
    table = {
        "point": pa.array(["P1", "P2"]), "start": pa.array([T.format(0)] * 2), "value": pa.array([1.0, 2.0]),
    } | {column: cells}  # fmt: skip
    stream = io.BytesIO()
    pq.write_table(pa.table(table), stream)
    receipt = ingest_body(store, stream.getvalue(), "parquet", Sending("t", acceptance=Acceptance.PARTIAL))
    assert receipt.counts.rows == 2
    assert stored is None or receipt.counts.new == stored
    assert {problem.where.split(":")[1] for problem in receipt.problems} <= {column}
