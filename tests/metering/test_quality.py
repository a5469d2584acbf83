"""Contract: each check finds what was planted and nothing else; quarantine opens only by a person; a score
tells which parts it knows."""

from datetime import date

import pytest

from dafeng.evidence import DafengError
from dafeng.metering import Span, check_readings, flags, release, scores

from .conftest import reading
from .test_ingest import check_sums

SPAN = Span(date(2025, 1, 1), date(2025, 1, 3))


def day(point, values, of="2025-01-01"):
    return [
        reading(point, f"{of}T{slot // 4:02}:{slot % 4 * 15:02}:00", value)
        for slot, value in enumerate(values)
    ]


def wavy(n=96, level=10.0):
    return [level + (slot % 7) * 0.1 for slot in range(n)]


def found(store, kind, point=None):
    check_readings(store, SPAN)
    return [row for row in flags(store, SPAN) if row["kind"] == kind and point in (None, row["point"])]


def test_good_data_have_no_flag(store, send):
    send(*day("P1", wavy()), *day("P1", wavy(), "2025-01-02"))
    check_readings(store, SPAN)
    assert [row for row in flags(store, SPAN) if row["point"] == "P1"] == []


def test_a_frozen_meter(store, send):
    values = wavy()
    values[20:32] = [7.0] * 12
    send(*day("P1", values))
    (row,) = found(store, "frozen")
    assert (row["start"], row["until"], row["value"]) == ("2025-01-01 05:00:00", "2025-01-01 08:00:00", 7.0)


def test_eleven_equal_values_and_zeros_are_not_frozen(store, send):
    values = wavy()
    values[20:31] = [7.0] * 11
    values[40:80] = [0.0] * 40
    send(*day("P1", values))
    assert found(store, "frozen") == []


def test_a_jump(store, send):
    values = wavy()
    values[50] = 90.0
    send(*day("P1", values))
    (row,) = found(store, "jump")
    assert (row["start"], row["value"]) == ("2025-01-01 12:30:00", 90.0)


def test_a_gap_is_counted_per_day(store, send):
    send(*day("P1", wavy(95)))
    assert [(row["start"][:10], row["value"], row["expected"]) for row in found(store, "gap", "P1")] == [
        ("2025-01-02", 0.0, 96.0), ("2025-01-01", 95.0, 96.0),
    ]  # fmt: skip


def test_children_above_their_parent(store, send):
    send(
        *day("P1", [10.0 + slot % 3 for slot in range(96)]),
        *day("P3", [12.0 + slot % 3 for slot in range(96)]),
    )
    (row,) = found(store, "balance")
    assert (row["point"], row["value"], row["expected"]) == ("P1", 96 * 13.0, 96 * 11.0)


@pytest.mark.parametrize(("said", "flagged"), [(96 * 10.4, False), (96 * 11.0, True)])
def test_a_day_statement_against_its_readings(store, send, said, flagged):
    send(
        *day("P1", [10.0 + (slot % 2) * 0.001 for slot in range(96)]),
        reading("P1", "2025-01-01", said, period="day"),
    )
    assert bool(found(store, "statement")) is flagged


def test_quarantine_opens_by_a_person_only(store, send):
    send(*day("P1", wavy(95)), reading("P1", "2025-01-01T23:45:00", 260))
    assert [row["kind"] for row in found(store, "range", "P1")] == ["range"]
    with pytest.raises(DafengError, match="who"):
        release(store, "P1", "2025-01-01 23:45", person=" ", reason="checked")
    with pytest.raises(DafengError, match="quarantine"):
        release(store, "P1", "2025-01-01 23:30", person="王", reason="checked")
    release(store, "P1", "2025-01-01 23:45", person="王", reason="现场核对")
    day_sum = store.rows("SELECT count, quarantined, value FROM day_sum")[0]
    assert (day_sum["count"], day_sum["quarantined"]) == (96, 0)
    assert day_sum["value"] == pytest.approx(sum(wavy(95)) + 260)
    assert store.rows("SELECT value FROM latest") == [{"value": 260.0}]
    assert store.rows("SELECT person, reason FROM release") == [{"person": "王", "reason": "现场核对"}]
    with pytest.raises(DafengError, match="quarantine"):
        release(store, "P1", "2025-01-01 23:45", person="王", reason="again")


def test_checking_twice_finds_the_same(store, send):
    send(*day("P1", wavy(90)))
    assert check_readings(store, SPAN) == check_readings(store, SPAN)


def test_flags_of_one_moment_are_in_one_order(store, send):
    """The order does not depend on how the engine keeps the rows; with a limit it decides which are told."""
    values = wavy(90)
    values[0] = -1.0
    send(*day("P1", values))
    check_readings(store, SPAN)
    with store.transaction() as connection:
        connection.execute("CREATE TEMP TABLE kept AS SELECT f.* FROM flag f JOIN point ON number = f.point "
                           "WHERE id = 'P1' AND f.start = TIMESTAMP '2024-12-31 16:00'")  # fmt: skip
    for order in ("kind", "kind DESC"):
        with store.transaction() as connection:
            connection.execute("DELETE FROM flag")
            connection.execute(f"INSERT INTO flag SELECT * FROM kept ORDER BY {order}")
        assert [row["kind"] for row in flags(store, SPAN)] == ["gap", "negative"]
        assert [row["kind"] for row in flags(store, SPAN, limit=1)] == ["gap"]


def test_the_score_of_a_unit(store, send):
    send(*day("B1", wavy()), *day("B1", wavy(48), "2025-01-02"))
    check_readings(store, SPAN)
    score = next(row for row in scores(store, SPAN) if row["unit"] == "U2")
    assert score["completeness"] == 144 / 192
    assert (score["validity"], score["accuracy"], score["origin"]) == (1.0, None, "measured")
    assert score["timeliness"] == 0.0  # sent long after
    assert score["score"] == pytest.approx((0.75 + 1.0 + 0.0) / 3)


def test_two_registers_make_no_complete_day(store, send):
    """The rise between them fills every quarter of an hour: a day was complete that nobody has read."""
    at = {"2025-01-01T00:00": 0, "2025-01-02T00:15": 97, "2025-01-02T00:30": 98}
    send(*(reading("R1", start, value) for start, value in at.items()))
    check_readings(store, SPAN)
    score = next(row for row in scores(store, SPAN) if row["unit"] == "U1")
    assert score["completeness"] == 15 / (5 * 2 * 1440)  # P1, P2, P3, R1 and H1 over two days


def test_release_lets_out_one_reading_and_makes_its_sum_and_newest_value(store, send):
    """A statement of the day and of the month and a reading of 15 minutes begin at one moment; each waits for itself."""
    at = "2025-01-01T00:00:00"
    send(reading("P1", at, -1), reading("P1", at, -2, period="day"), reading("P1", at, -3, period="month"))
    assert store.rows("SELECT * FROM latest") == []
    for period, value in ((15, -1.0), (1440, -2.0), (43200, -3.0)):
        answer = release(store, "P1", at, person="李", reason="反送电")
        assert (answer["period"], answer["value"]) == (period, value)
        check_sums(store)
        sums = store.rows("SELECT count, value, quarantined FROM day_sum WHERE period = ?", [period])
        assert sums == [{"count": 1, "value": value, "quarantined": 0}]
    with pytest.raises(DafengError, match="no reading in quarantine"):
        release(store, "P1", at, person="李", reason="反送电")
    send(reading("P1", "2025-01-01T00:15:00", -4), reading("P1", "2025-01-01T00:30:00", 5))
    release(store, "P1", "2025-01-01T00:15:00", person="李", reason="反送电")
    assert store.rows("SELECT value FROM latest WHERE period = 15") == [{"value": 5.0}]
    check_sums(store)
