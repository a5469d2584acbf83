"""Contract: a chunk compared at once or by a join, whole or in pieces, and one whose days are asked first leave the same
store and the same counts."""

import json
from datetime import datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from dafeng.metering import Sending, Store, ingest_body, registry_from_rows

from .conftest import ROWS, reading
from .test_ingest import check_sums

RECEIVED = datetime(2026, 1, 1)  # noqa: DTZ001 - in UTC
BEGIN = datetime.fromisoformat("2025-03-01")
ROW = st.tuples(
    st.sampled_from(["P1", "P2", "R1", "H1"]),
    st.integers(0, 7),
    st.sampled_from([1.0, 2.5, 7.0, -3.0, 5000.0]),
    st.integers(0, 3),
)
TABLES = {
    "reading": "point, period, start, value, origin, flags, version, batch",
    "revision": "point, period, start, value, origin, flags, version, batch, by_batch, reason",
    "latest": "point, period, start, value, origin, flags, batch",
    "day_sum": "point, period, day, count, expected, round(value, 9) AS value, low, high, estimated, synthetic, quarantined, slots",
}


def stored(path, batches):
    with Store.create(path, registry_from_rows(ROWS, "t")) as store:
        counts = []
        for number, batch in enumerate(batches):
            body = [
                reading(p, (BEGIN + timedelta(hours=6 * (slot % 5), minutes=60 * (slot // 5))).isoformat(),
                        value, version=version)
                for p, slot, value, version in batch
            ]  # fmt: skip
            receipt = ingest_body(
                store, json.dumps(body).encode(), "json", Sending("t", str(number), received=RECEIVED)
            )
            check_sums(store)
            counts.append((receipt.counts, receipt.derived, receipt.quarantined))
        return counts, {
            name: store.rows(f"SELECT {columns} FROM {name} ORDER BY ALL") for name, columns in TABLES.items()
        }


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(batches=st.lists(st.lists(ROW, min_size=1, max_size=10), min_size=2, max_size=5))
def test_all_ways_of_storing_a_chunk_agree(batches, tmp_path_factory):
    left = []
    for dense, at_once, few, piece in (
        (True, 8, 99, 100),
        (True, 8, 0, 100),
        (True, 0, 99, 100),
        (False, 8, 99, 2),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("dafeng.metering.store.upsert.is_dense", lambda _, dense=dense: dense)
            patch.setattr("dafeng.metering.store.deduplication._ROUND", timedelta(days=at_once))
            patch.setattr("dafeng.metering.store.deduplication._MANY", 1)
            patch.setattr("dafeng.metering.store.deduplication._FEW", few)
            patch.setattr("dafeng.metering.store.day_sums._MOST", few)
            patch.setattr("dafeng.metering.intake.staging.PIECE", piece)
            left.append(stored(tmp_path_factory.mktemp("way") / "s.duckdb", batches))
    assert left[0] == left[1] == left[2] == left[3]


def test_sums_grow_by_new_readings_and_are_made_again_for_corrected_ones(store, send):
    """A huge value that is taken back leaves nothing of itself in the sum, as adding the difference would."""
    times = [(BEGIN + timedelta(minutes=15 * n)).isoformat() for n in range(4)]
    send(reading("P1", times[0], 0.1), reading("P1", times[1], 999.0))
    send(reading("P1", times[2], 0.3))
    send(reading("P1", times[1], 0.2), reading("P1", times[3], -1.0))
    (day,) = store.rows("SELECT count, value, low, high, quarantined, bit_count(slots) AS bits FROM day_sum")
    assert day == {
        "count": 3,
        "value": pytest.approx(0.6, abs=1e-15),
        "low": 0.1,
        "high": 0.3,
        "quarantined": 1,
        "bits": 4,
    }
    check_sums(store)


def test_a_newest_value_that_is_replaced_by_one_in_quarantine_falls_back(store, send):
    times = [(BEGIN + timedelta(minutes=15 * n)).isoformat() for n in range(2)]
    send(reading("P1", times[0], 1.5), reading("P1", times[1], 2.5))
    send(reading("P1", times[1], -3.0))
    assert [row["value"] for row in store.rows("SELECT value FROM latest")] == [1.5]
    check_sums(store)
    send(reading("P1", times[0], -1.0))
    assert store.rows("SELECT value FROM latest") == []
    check_sums(store)


def test_a_newest_period_that_a_corrected_register_takes_back_is_forgotten(store, send):
    times = [(BEGIN + timedelta(minutes=15 * n)).isoformat() for n in range(2)]
    send(reading("R1", times[0], 100.0), reading("R1", times[1], 110.0))
    assert [row["value"] for row in store.rows("SELECT value FROM latest WHERE period = 15")] == [100.0]
    send(reading("R1", times[1], 50.0))  # falls, and no event says why
    assert store.rows("SELECT value FROM latest WHERE period = 15") == []
    check_sums(store)


def test_a_round_with_some_in_quarantine_is_summed_as_one_without(store, send):
    """A round renews newest values and day sums by a short way; the first of a day, and one that comes late, by the long."""
    times = [(BEGIN + timedelta(minutes=15 * n)).isoformat() for n in range(4)]
    for n in (0, 2, 1, 3):
        values = {"P1": 1.0 + n, "P2": -1.0 if n == 3 else 2.0, "B1": 5000.0 if n == 2 else 3.0}
        assert send(*(reading(p, times[n], value) for p, value in values.items())).counts.new == 3
        check_sums(store)
    newest = store.rows("SELECT id, value FROM latest JOIN point ON number = point ORDER BY id")
    assert {row["id"]: row["value"] for row in newest} == {"P1": 4.0, "P2": 2.0, "B1": 3.0}
    sums = store.rows(
        "SELECT id, count, value, quarantined FROM day_sum JOIN point ON number = point ORDER BY id"
    )
    assert [tuple(row.values()) for row in sums] == [("B1", 3, 9.0, 1), ("P1", 4, 10.0, 0), ("P2", 3, 6.0, 1)]


def test_keys_that_do_not_fit_into_one_number_are_compared_all_the_same(store, send):
    """Registers are read to the second, and a chunk may span any time: where the keys outgrow 64 bits they are sorted."""
    far = [reading("R1", "1995-01-01 00:00", 1.0), reading("P1", "2024-05-01 00:00", 1.0)]
    now = [
        reading("P1", "2025-05-01 00:00", 2.0, version=2),
        reading("P1", "2025-05-01 00:00", 3.0, version=1),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dafeng.metering.store.upsert.is_dense", lambda _: True)
        patch.setattr("dafeng.metering.store.deduplication._Keys.of", lambda _: None)
        receipt = send(*far[1:], *now, acceptance="partial")
        assert (receipt.counts.new, receipt.counts.older) == (2, 1)
        assert send(now[0], far[1]).counts.same == 2
    check_sums(store)
