"""Contract: energy from registers is the rise times the ratio; every break is an explicit event; what cannot be known
is a flagged gap; a rise over a gap is spread and marked; whatever the order of arrival, the sums are the same."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dafeng.metering import Sending, Store, enter_registry, ingest_body, operate, registry_from_rows

from .conftest import reading

BASE = datetime(2025, 1, 1)  # noqa: DTZ001 - Beijing time


def at(minutes):
    return (BASE + timedelta(minutes=minutes)).isoformat()


def energies(store):
    """Period start in minutes after BASE (Beijing) → (energy, estimated)."""
    rows = store.rows(
        "SELECT date_diff('minute', TIMESTAMP '2024-12-31 16:00', start) AS m, value, origin = 2 AS guess "
        "FROM reading JOIN point ON number = point WHERE id = 'R1' AND reading.period = 15 ORDER BY start"
    )
    return {row["m"]: (row["value"], row["guess"]) for row in rows}


def sums_equal_base(store):
    return (
        store.rows("""
        SELECT count(*) AS n FROM (
          SELECT point, period, CAST(start + INTERVAL 8 HOUR AS DATE) AS day, count(*) AS count, sum(value) AS value
          FROM reading WHERE (flags & 64) = 0 GROUP BY ALL) b
        FULL JOIN (SELECT * FROM day_sum WHERE count > 0) d USING (point, period, day)
        WHERE b.count IS DISTINCT FROM d.count OR (period > 0 AND abs(b.value - d.value) > 1e-9 * greatest(1, abs(b.value)))
        """)[0]["n"]
        == 0
    )


@pytest.fixture
def register_store(tmp_path, rows):
    """A store whose R1 has the given meters and events; returns a function that sends registers at minutes."""
    opened = []

    def make(meters=None, events=()):
        rows["meters"] = meters or rows["meters"]
        rows["events"] = list(events)
        opened.append(Store.create(tmp_path / f"s{len(opened)}.duckdb", registry_from_rows(rows, "t")))
        store = opened[-1]

        def send(*registers, **options):
            body = json.dumps([reading("R1", at(minute), value) for minute, value in registers]).encode()
            return ingest_body(store, body, "json", Sending("t", **options))

        return store, send

    yield make
    for store in opened:
        store.close()


def test_the_rise_times_the_ratio(register_store):
    store, send = register_store()
    send((0, 100), (15, 101), (30, 103.5))
    assert energies(store) == {0: (10.0, False), 15: (25.0, False)}
    assert sums_equal_base(store)


def test_a_rise_over_a_gap_is_spread_and_marked(register_store):
    store, send = register_store()
    send((0, 100), (60, 108))
    assert energies(store) == dict.fromkeys((0, 15, 30, 45), (20.0, True))
    assert send((30, 102)).derived == 4  # the missing register arrives late and remakes its periods
    assert energies(store) == {
        0: (10.0, True), 15: (10.0, True), 30: (30.0, True), 45: (30.0, True),
    }  # fmt: skip
    assert sums_equal_base(store)


def test_a_falling_register_without_event_is_a_gap_not_a_zero(register_store):
    store, send = register_store()
    send((0, 9990), (15, 9995), (30, 5), (45, 8))
    assert energies(store) == {0: (50.0, False), 30: (30.0, False)}
    assert [row["kind"] for row in store.rows("SELECT kind FROM flag")] == ["register"]


def test_a_turned_register(register_store):
    event = {"id": "E1", "point": "R1", "at": "2025-01-01 00:20", "kind": "rollover"}
    store, send = register_store(events=[event])
    send((0, 9990), (15, 9995), (30, 5))
    assert energies(store) == {0: (50.0, False), 15: (100.0, False)}  # (5 - 9995 + 10000) x 10


def test_a_turn_without_a_known_maximum_is_a_gap(register_store, rows):
    meter = {**rows["meters"][0], "register_max": ""}
    event = {"id": "E1", "point": "R1", "at": "2025-01-01 00:20", "kind": "rollover"}
    store, send = register_store([meter], [event])
    send((0, 9990), (15, 9995), (30, 5))
    assert energies(store) == {0: (50.0, False)}


def test_a_changed_meter_counts_on_from_its_own_start(register_store, rows):
    old = {**rows["meters"][0], "register_end": "107", "valid_to": "2025-01-01 00:15"}
    new = {
        "id": "M2", "point": "R1", "ratio": "2", "register_start": "3", "valid_from": "2025-01-01 00:15",
    }  # fmt: skip
    store, send = register_store([old, new])
    send((0, 100), (30, 8))
    found = energies(store)
    # (107 - 100) x 10 up to the change, (8 - 3) x 2 after it
    assert {minute: value for minute, (value, _) in found.items()} == {0: 70.0, 15: 10.0}


def test_a_meter_change_without_end_register_is_a_gap(register_store, rows):
    old = {**rows["meters"][0], "valid_to": "2025-01-01 00:15"}
    new = {"id": "M2", "point": "R1", "ratio": "2", "register_start": "3", "valid_from": "2025-01-01 00:15"}
    store, send = register_store([old, new])
    send((0, 100), (30, 8), (45, 9))
    assert energies(store) == {30: (2.0, False)}


def test_a_changed_ratio_counts_from_the_register_at_the_change(register_store):
    event = {
        "id": "E1", "point": "R1", "at": "2025-01-01 00:15", "kind": "ratio", "ratio": "20", "register": "101",
    }  # fmt: skip
    store, send = register_store(events=[event])
    send((0, 100), (30, 103))
    assert {minute: value for minute, (value, _) in energies(store).items()} == {0: 10.0, 15: 40.0}


def test_a_corrected_register_remakes_what_it_touches(register_store):
    store, send = register_store()
    send((0, 100), (15, 101), (30, 102), (45, 103))
    assert send((15, 101.5)).counts.replaced == 1
    assert {m: v for m, (v, _) in energies(store).items()} == {0: 15.0, 15: 5.0, 30: 10.0}
    assert store.rows("SELECT count(*) AS n FROM revision WHERE reason = 'replaced'")[0]["n"] >= 3
    assert sums_equal_base(store)


def test_late_registers_count_also_after_the_clock_was_set_back(register_store):
    store, send = register_store()
    send((0, 100), (60, 108), received=datetime(2026, 1, 1))  # noqa: DTZ001 - the store's UTC
    assert send((30, 102), received=datetime(2025, 12, 1)).derived == 4  # noqa: DTZ001
    assert {m: v for m, (v, _) in energies(store).items()} == {0: 10.0, 15: 10.0, 30: 30.0, 45: 30.0}
    assert sums_equal_base(store)


def test_a_correction_that_makes_a_rise_unknowable_takes_it_back(register_store):
    store, send = register_store()
    send((0, 100), (15, 101), (30, 102))
    send((30, 50))
    assert energies(store) == {0: (10.0, False)}
    assert store.rows("SELECT value FROM revision WHERE reason = 'withdrawn'") == [{"value": 10.0}]
    assert sums_equal_base(store)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(rises=st.lists(st.integers(0, 40), min_size=3, max_size=12), data=st.data(), parts=st.integers(1, 4))
def test_any_order_of_arrival_gives_the_same_energy(rises, data, parts, tmp_path_factory):
    from .conftest import ROWS

    registers, total = [(0, 1000)], 1000
    for index, rise in enumerate(rises):
        total += rise
        registers.append(((index + 1) * 15, total))
    shuffled = data.draw(st.permutations(registers))
    results = []
    for batches in ([registers], [shuffled[index::parts] for index in range(parts)]):
        path = tmp_path_factory.mktemp("registers") / "s.duckdb"
        with Store.create(path, registry_from_rows(json.loads(json.dumps(ROWS)), "t")) as store:
            for batch in filter(None, batches):
                body = json.dumps([reading("R1", at(minute), value) for minute, value in batch]).encode()
                ingest_body(store, body, "json", Sending("t"))
            assert sums_equal_base(store)
            results.append(energies(store))
    assert results[0] == results[1]
    assert sum(value for value, _ in results[1].values()) == sum(rises) * 10


LATE = {
    "rollover": ([], [{"id": "e", "point": "R1", "at": "2025-01-01 00:20", "kind": "rollover"}]),
    "ratio": ([], [{"id": "e", "point": "R1", "at": "2025-01-01 00:20", "kind": "ratio", "ratio": "20", "register": "9995"}]),
    "change": (
        [
            {"id": "M1", "point": "R1", "ratio": "10", "register_end": "9996", "valid_from": "2024-01-01 00:00", "valid_to": "2025-01-01 00:20"},
            {"id": "M2", "point": "R1", "ratio": "40", "register_start": "0", "valid_from": "2025-01-01 00:20"},
        ],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", LATE)
def test_an_event_that_becomes_known_late_mends_what_was_a_gap(register_store, rows, tmp_path, kind):
    """Readings first and the registry after, or the registry first: the same energies, sums and flags."""
    make, meters = register_store, LATE[kind][0] or json.loads(json.dumps(rows["meters"]))
    registers = [
        (0, 9980),
        (15, 9990),
        (30, 5 if kind != "ratio" else 9999),
        (45, 10 if kind != "ratio" else 10000),
    ]
    first, send = make()
    send(*registers)
    flagged = "SELECT count(*) AS n FROM flag WHERE kind = 'register'"
    assert first.rows(flagged)[0]["n"] == (0 if kind == "ratio" else 1)
    told = registry_from_rows(rows | {"meters": meters, "events": LATE[kind][1]}, "t")
    version, derived = enter_registry(first, told)
    assert (version, derived > 0) == (2, True)
    other, send_other = make(meters, LATE[kind][1])
    send_other(*registers)
    assert energies(first) == energies(other)
    assert len(energies(first)) == 3
    for store in (first, other):
        assert sums_equal_base(store)
        assert store.rows(flagged) == [{"n": 0}]
    assert first.rows(
        "SELECT sender, CAST(receipt->>'derived' AS INTEGER) AS n FROM batch ORDER BY id DESC LIMIT 1"
    ) == [{"sender": "registry", "n": derived}]
    assert enter_registry(first, told) == (3, 0)  # nothing is told otherwise: nothing is made again


def test_a_late_event_leaves_closed_months_as_they_are(register_store, rows):
    store, send = register_store()
    january, february = (
        [(0, 9980), (15, 9990), (30, 5)],
        [(31 * 1440, 20), (31 * 1440 + 15, 9), (31 * 1440 + 30, 12)],
    )
    send(*january, *february)
    operate(store, "archive", {"month": "2025-01"})
    closed = store.rows(
        "SELECT point, start, value FROM readings WHERE start < TIMESTAMP '2025-01-31 16:00' ORDER BY ALL"
    )
    events = [
        {"id": "e", "point": "R1", "at": "2025-01-01 00:20", "kind": "rollover"},
        {"id": "f", "point": "R1", "at": "2025-02-01 00:05", "kind": "rollover"},
    ]
    assert enter_registry(store, registry_from_rows(rows | {"events": events}, "t"))[1] == 1
    assert energies(store)[31 * 1440] == (pytest.approx((9 + 10000 - 20) * 10), False)
    after = store.rows(
        "SELECT point, start, value FROM readings WHERE start < TIMESTAMP '2025-01-31 16:00' ORDER BY ALL"
    )
    assert after == closed
