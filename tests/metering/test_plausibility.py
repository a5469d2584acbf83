"""Contract: without a rated maximum a reading that cannot be is held back with an explanation, learnt from the point's own
history, never for a first value; a person releases it; energy spread over a long gap counts, but covers no period."""

import json
from datetime import date, datetime, timedelta

import pytest

from dafeng.metering import (
    By,
    Period,
    Question,
    Sending,
    Store,
    ingest_body,
    operate,
    registry_from_rows,
    rollup,
)

from .conftest import point, reading

BEGIN = datetime(2025, 1, 1)  # noqa: DTZ001 - Beijing time


@pytest.fixture
def store(tmp_path, rows):
    rows["points"] = [
        point("R1", kind="register", period="60", rated_max=""),
        point("P1", rated_max=""),
        point("P2"),
    ]
    rows["meters"] = [{"id": "M1", "point": "R1", "ratio": "1", "valid_from": "2024-01-01 00:00"}]
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t", "360000")) as made:
        yield made


def send(store, name, values, step=60, first=0):
    rows = [
        reading(name, (BEGIN + timedelta(minutes=first + step * place)).isoformat(), value)
        for place, value in enumerate(values)
    ]
    return ingest_body(store, json.dumps(rows).encode(), "json", Sending("t"))


def day(store, by=By.POINT, name="R1", period=Period.DAY, last=date(2025, 1, 2)):
    rows = rollup(store, Question(by, period, date(2025, 1, 1), last))
    return [row for row in rows if row["group"] == name]


def energy(store, name="R1"):
    return day(store, name=name)[0]["quantity"]


def proposals(store):
    operate(store, "quality", {"first": "2025-01-01", "last": "2025-03-01"})
    answer = operate(store, "quality", {"first": "2025-01-01", "last": "2025-03-01"})
    return {row["kind"]: row["proposal"] for row in answer["flags"] if row["kind"] not in {"gap", "jump"}}


@pytest.mark.parametrize("wrong", [0, 1, 10_000, 999_999, 100])
@pytest.mark.parametrize("alone", [True, False])
def test_a_register_that_is_misread_counts_nothing(store, wrong, alone):
    """1000, 0, 1001 counted 1,001 kWh; 1 kWh was used."""
    if alone:
        for place, value in enumerate((1000, wrong, 1001)):
            send(store, "R1", [value], first=60 * place)
    else:
        send(store, "R1", [1000, wrong, 1001])
    assert energy(store) == 1.0
    found = day(store)[0]
    assert (found["readings"], found["estimated"]) == (2, 2)
    assert "误读" in proposals(store)["misread"]


def test_a_person_releases_a_register_and_answers_for_it(store):
    send(store, "R1", [1000, 9000, 1001])
    assert energy(store) == 1.0
    done = operate(
        store, "release", {"point": "R1", "start": "2025-01-01 01:00", "person": "李", "reason": "倍率表"}
    )
    assert (done["period"], done["value"]) == (0, 9000.0)
    assert energy(store) == 8000.0  # the rise counts, and the fall is a gap
    assert "misread" not in proposals(store)
    assert "换表" in proposals(store)["register"]


def test_a_register_that_falls_and_stays_is_a_change_that_nobody_entered(store):
    send(store, "R1", [50_000, 50_001, 12, 13, 14])
    assert energy(store) == 3.0
    assert "meters" in proposals(store)["register"]


def test_a_corrected_register_is_judged_anew(store):
    send(store, "R1", [1000, 0, 1002])
    send(store, "R1", [1001], first=60)
    assert energy(store) == 2.0
    assert store.rows("SELECT count(*) AS n FROM reading WHERE flags & 64 <> 0") == [{"n": 0}]


def test_a_first_value_is_never_doubted(store):
    assert send(store, "P1", [10_000], 15).quarantined == 0
    assert send(store, "R1", [10_000, 20_000]).counts.new == 2
    assert energy(store) == 10_000.0


@pytest.mark.parametrize(("value", "held"), [(1000.0, 1), (61.0, 1), (59.0, 0), (0.0, 0)])
def test_a_magnitude_that_the_point_never_had_is_held_back(store, value, held):
    """Two days between 1 and 6 kWh: ten times the usual maximum is 60."""
    send(store, "P1", [1 + place % 6 for place in range(192)], 15)
    receipt = send(store, "P1", [value], 15, first=192 * 15)
    assert receipt.quarantined == held
    operate(store, "quality", {"first": "2025-01-01", "last": "2025-02-01"})
    assert operate(store, "quality", {"first": "2025-01-01", "last": "2025-02-01"})["implausible"] == held


def test_a_jump_of_the_unit_at_a_register(store):
    """A meter that begins to send Wh: the rise is a thousand times the usual one."""
    send(store, "R1", [1000 + 2 * place for place in range(60)])
    send(store, "R1", [1118 + 2000], first=60 * 60)
    assert store.rows("SELECT value FROM reading WHERE flags & 72 = 72 AND period = 60") == [
        {"value": 2000.0}
    ]


def test_a_rated_maximum_goes_before_what_is_learnt(store):
    send(store, "P2", [1] * 192, 15)
    assert send(store, "P2", [200], 15, first=192 * 15).quarantined == 0  # 250 kWh in 15 minutes is possible


def test_two_registers_a_year_apart_are_no_coverage_by_hour(store):
    """The energy of the year is known, that of an hour is not."""
    send(store, "R1", [0, 8760], step=365 * 1440)
    year = day(store, period=Period.YEAR, last=date(2026, 1, 1))[0]
    assert (year["quantity"], year["readings"], year["covered"], year["coverage"]) == (8760.0, 8760, 0, 0.0)
    assert (year["state"], year["estimated"]) == ("grey", 8760)
    hours = rollup(store, Question(By.POINT, Period.HOUR, date(2025, 3, 1), date(2025, 3, 2)))
    assert {row["coverage"] for row in hours if row["group"] == "R1"} == {0.0}


def test_a_register_a_day_covers_its_days(store):
    send(store, "R1", [0, 24, 48], step=1440)
    assert [row["coverage"] for row in day(store, last=date(2025, 1, 3))] == [1.0, 1.0]
    send(store, "R1", [96], first=4 * 1440)
    assert [row["covered"] for row in day(store, last=date(2025, 1, 5))] == [24, 24, 0, 0]
    send(store, "R1", [72], first=3 * 1440)  # what was missing comes late
    assert [row["covered"] for row in day(store, last=date(2025, 1, 5))] == [24, 24, 24, 24]


def held(store, period=0):
    return store.rows(
        "SELECT value FROM reading WHERE period = $p AND flags & 72 = 72 ORDER BY start", {"p": period}
    )


@pytest.mark.parametrize(
    ("values", "misread", "used"),
    [
        ([1000, 0, 0, 1001], [0, 0], 1.0),
        ([1000, 0, 0, 0, 0, 1001, 1003], [0, 0, 0, 0], 3.0),
        ([1000, 0, 1, 1001], [0, 1], 1.0),
        ([1000, 9000, 9000, 1001], [9000, 9000], 1.0),
        ([1000, 0, 1001, 1002, 1003], [0], 3.0),
        ([1000, 0, 0, 1200], [0, 0], 200.0),  # by the register, whatever it used meanwhile
        ([500, 0, 0, 502, 0, 504], [0, 0, 0], 4.0),
        ([500, 0, *range(0, 602, 2)], [], 600.0),  # a change that nobody entered: it counts on, past 500
        ([100, 110, 0, 50, 120], [], 130.0),  # 10, then 50 and 70 after a fall of 110: used, not returned
        ([0, 10, 20, 30, 0, 1], [], 31.0),  # a reset
        ([1000, 9000, 0, 1001], [9000, 0], 1.0),
        ([1000, 9000, 0, 9000, 1001, 1002], [9000, 0, 9000], 2.0),
        ([1000, 0, 9000, 0, 1001], [0, 9000, 0], 1.0),
        ([1000, 9000, 9001, 0, 1, 1002], [9000, 9001, 0, 1], 2.0),
        ([1000, 9000, 8000, 0, 1001], [9000, 8000, 0], 1.0),
        ([1000, 9000, 0, 1001, 9000, 1002], [9000, 0, 9000], 2.0),
        ([1000, 9000, 0, 500, 1001, 1002], [9000, 0, 500], 2.0),
        ([1000, 0, 500, 1001, 1002], [0, 500], 2.0),
        ([1000, 5000, 9000, 0, 1001], [5000, 9000, 0], 1.0),
        ([1000, 9000, 0, 0, 1200], [9000, 0, 0], 200.0),
    ],
)
@pytest.mark.parametrize("alone", [True, False])
def test_registers_misread_in_a_row_count_nothing(store, values, misread, used, alone):
    """1000, 0, 0, 1001 counted 1,001 kWh; 1 kWh was used."""
    if alone and len(values) < 20:
        for place, value in enumerate(values):
            send(store, "R1", [value], first=60 * place)
    else:
        send(store, "R1", values)
    days = day(store, last=date(2025, 2, 1))
    assert sum(row["quantity"] or 0 for row in days) == pytest.approx(used, rel=1e-12)
    assert [row["value"] for row in held(store)] == misread
    found = proposals(store)
    assert ("misread" in found) == bool(misread)
    assert ("register" in found) != bool(misread)


@pytest.mark.parametrize(
    ("values", "misread", "used"),
    [
        ([1000, 9000, 0, 10, 20], [9000], 20.0),  # a glitch, then a meter that begins anew
        ([998, 999, 1000, 9000, 9001, 0, 1], [9000, 9001], 3.0),
        ([1000, 9000, 0, *range(50, 1100, 50)], [9000], 1050.0),  # the new one passes where the old one was
        ([1000, 9000, 0, 5000], [], 13_000.0),  # 8000 and 5000: both may be
        ([0, 500, 1000, 1500, 0, 1, 2, 3], [], 1503.0),  # stopped after the change
    ],
)
@pytest.mark.parametrize("alone", [True, False])
def test_a_glitch_before_a_change_that_nobody_entered(store, values, misread, used, alone):
    """1000, 9000, 0, 10 counted 8,010 kWh; the meter shows 10 since its change, which stays a gap."""
    if alone and len(values) < 10:
        for place, value in enumerate(values):
            send(store, "R1", [value], first=60 * place)
    else:
        send(store, "R1", values)
    assert sum(row["quantity"] or 0 for row in day(store, last=date(2025, 2, 1))) == pytest.approx(used)
    assert [row["value"] for row in held(store)] == misread
    found = proposals(store)
    assert ("misread" in found) == bool(misread)
    assert "meters" in found["register"]


def test_a_rise_before_a_change_is_judged_by_its_rate(store):
    """8,000 kWh over 40 days before a swap, 10 an hour after it: 8.3 an hour."""
    send(store, "R1", [990, 1000])
    send(store, "R1", [9000, 0, 10], first=41 * 1440)
    assert held(store) == []


def test_a_run_that_was_held_back_stays_so_when_more_is_read(store):
    send(store, "R1", [1000, 0, 0, 1001])
    for place in range(4, 12):
        send(store, "R1", [998 + place], first=60 * place)  # 1002 … 1009
    assert [row["value"] for row in held(store)] == [0, 0]
    assert energy(store) == 9.0
    send(store, "R1", [1000.5], first=60)
    assert energy(store) == 9.0
    send(store, "R1", [1000.5], first=120)
    assert (held(store), energy(store)) == ([], 9.0)


@pytest.mark.parametrize("alone", [True, False])
def test_a_register_that_jumps_in_its_first_file(store, rows, alone):
    """48 … 61, then 90,000: 13 kWh were used, and the rise of 89,939 waits for a person."""
    values = [*range(48, 62), 90_000]
    if alone:
        for place, value in enumerate(values):
            send(store, "R1", [value], first=60 * place)
    else:
        send(store, "R1", values)
    assert (energy(store), held(store, 60)) == (13.0, [{"value": 89_939.0}])
    assert "implausible" in proposals(store)
    send(store, "R1", [90_001, 90_002], first=60 * 15)
    assert (energy(store), held(store, 60)) == (15.0, [{"value": 89_939.0}])
    operate(store, "release", {"point": "R1", "start": "2025-01-01 13:00", "person": "李", "reason": "查表"})
    send(store, "R1", [90_003], first=60 * 17)
    assert energy(store) == 89_955.0  # 90,003 - 48


def send_both_ways(store, name, values, step, alone):
    for place, value in enumerate(values) if alone else ():
        send(store, name, [value], step, first=step * place)
    if not alone:
        send(store, name, values, step)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(
    ("values", "used", "leaps"),
    [
        ([12, 13, 14, 5000, 5001, 5002, 5003], 5.0, [4986.0]),  # a meter with a higher register
        ([1000, 1001, 1002, 9999], 2.0, [8997.0]),
        ([0, 1000, 1001, 1002], 2.0, [1000.0]),  # a placeholder before the first register
        ([0, 1000, 1010, 1060], 1060.0, []),  # less than two magnitudes above the others
        ([0, 1000], 1000.0, []),  # a meter that begins: there is nothing to judge it by
        (
            [1000, 1001, 1002, 1_003_000, 1_004_000],
            2.0,
            [1_001_998.0, 1000.0],
        ),  # Wh instead of kWh from then on
        (
            [1000, 1_000_500, 1_001_000],
            500.0,
            [999_500.0],
        ),  # a thousand times the register, after the first one
        ([10, 11, 13, 200], 190.0, []),  # less than two magnitudes
        ([10, 12, 9000], 8990.0, []),  # two are no company
        (
            [100, 100.01, 100.02, 100.03, 150, 200, 250],
            150.0,
            [],
        ),  # idle, then it runs and goes on: released by itself
        ([100, 100.01, 100.02, 100.03, 150], 0.03, [49.97]),  # idle, and a leap that nothing confirms yet
    ],
)
def test_a_leap_among_few_registers(store, values, used, leaps, alone):
    """Whatever came first, and in however many batches, the outcome is that of all together."""
    send_both_ways(store, "R1", values, 60, alone)
    assert energy(store) == pytest.approx(used)
    assert [row["value"] for row in held(store, 60)] == pytest.approx(leaps)


def test_a_register_that_goes_on_in_a_larger_unit(store):
    """1,003 kWh, then 1.004: the fall is a gap, and what follows counts as it is sent; both are told."""
    send(store, "R1", [1000, 1001, 1002, 1003, *(1.004 + place / 1000 for place in range(3))])
    assert energy(store) == pytest.approx(3.002)
    assert "Wh、kWh、MWh" in proposals(store)["register"]
    send(store, "R1", [5000, 5001, 10, 11], first=24 * 60)
    assert "换表" in proposals(store)["register"]


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(
    ("values", "leaps"),
    [
        (
            [0.02] * 10 + [6] * 4,
            [6.0] * 4,
        ),  # about a thousand times, without return: a unit, or a plant that begins
        ([0.02] * 10 + [6] * 5 + [0.02], []),  # it idles again: more than a quarter of the time it runs
        ([5] * 8 + [5000] * 8, [5000.0] * 8),  # half of all in another unit
        ([5] * 8 + [5000] * 2 + [5], [5000.0] * 2),
        ([0, 1000, *[1] * 8], [1000.0]),  # judged when there is company
        ([1000, *[1] * 9], []),  # a first value
    ],
)
def test_amounts_of_a_young_point_are_judged_by_all_of_them(store, values, leaps, alone):
    send_both_ways(store, "P1", values, 15, alone)
    assert [row["value"] for row in held(store, 15)] == leaps
    assert energy(store, "P1") == pytest.approx(sum(values) - sum(leaps))
    newest = [value for value in values if value not in leaps][-1]
    assert store.rows("SELECT l.value FROM latest l JOIN point p ON number = l.point WHERE id = 'P1'") == [
        {"value": newest}
    ]


def test_a_history_bounds_from_its_48th_reading_on(store):
    """One reading a batch: the bound does not wait for a batch of a certain number."""
    for place in range(48):
        assert send(store, "P1", [5 + place % 2], 15, first=15 * place).quarantined == 0
    assert send(store, "P1", [61], 15, first=15 * 48).quarantined == 1


def test_a_point_that_stands_still_most_days_is_bounded_by_the_others(store):
    send(store, "P1", [*[0] * 96 * 20, *[5] * 96], 15)
    send(store, "P1", [50, 51], 15, first=15 * 96 * 22)
    assert [row["value"] for row in held(store, 15)] == [51.0]


def test_a_person_who_releases_a_magnitude_answers_for_it(store):
    """A building idles over the weekend and runs from Monday on: one word a day, and from the third day on none."""
    send(store, "P1", [0.2] * 96 * 30, 15, first=-1440 * 30)
    for number, waiting in ((0, [40.0, 60.0, 60.0, 90.0]), (1, [40.0, 60.0, 60.0, 90.0]), (2, [130.0])):
        first = number * 1440
        send(store, "P1", [0.2, 40, 60, 60, 90 if number < 2 else 130], 15, first=first)
        mine = [row["value"] for row in held(store, 15)]
        assert mine[-len(waiting) :] == waiting
        if number < 2:
            start = f"2025-01-0{number + 1} 00:15"
            answer = operate(
                store, "release", {"point": "P1", "start": start, "person": "李", "reason": "开工"}
            )
            assert (answer["value"], answer["others"]) == (40.0, 2)  # up to twice it on that day
    kept = store.rows("SELECT person, count(*) AS n FROM release GROUP BY person")
    assert kept == [{"person": "李", "n": 6}]


@pytest.mark.parametrize("place", [1, 7, 14])
def test_a_thousandfold_value_in_the_first_file_of_a_point(store, place):
    """Fifteen quarters of 1 to 5 kWh, one of them 3,000: the others sum to 45 less its own."""
    values = [1 + place % 5 for place in range(15)]
    own, values[place] = values[place], 3000
    assert send(store, "P1", values, 15).quarantined == 1
    assert energy(store, "P1") == 45.0 - own
    assert "implausible" in proposals(store)


@pytest.mark.parametrize(
    "values",
    [
        [3000, *[3] * 14],  # a first value
        [3, 3, 3, 3, 3, 3, 3000],  # seven are no company
        [0.5] * 8 + [60] * 4,  # work begins: a third of the file
        [*[1] * 14, 99],  # two magnitudes are the least
        [*[0] * 30, 5],  # zeros are nobody's company
    ],
)
def test_a_first_file_that_may_be_true_is_counted(store, values):
    assert send(store, "P1", values, 15).quarantined == 0
    assert energy(store, "P1") == sum(values)


def test_a_rated_maximum_goes_before_the_company(store):
    assert send(store, "P2", [*[0.1] * 14, 200], 15).quarantined == 0  # 250 kWh in 15 minutes is possible


@pytest.mark.parametrize(
    ("usual", "sent", "kind", "told"),
    [(5, 5000, "implausible", "Wh、kWh、MWh"), (5, 100, "implausible", "数位、倍率或单位"), (5000, 5, "low", "Wh、kWh、MWh"),
     (5000, 30, "low", "数位、倍率或单位"), (5000, 60, None, None)],
)  # fmt: skip
def test_another_magnitude_comes_with_an_explanation(store, usual, sent, kind, told):
    """Five days as usual, then two of another magnitude; what is far below counts, and is flagged."""
    send(store, "P2", [usual / 1000] * 8)  # of no concern: a point with a rated maximum
    send(store, "P1", [usual * (1 + place % 3 / 10) for place in range(480)], 15)
    send(store, "P1", [sent] * 192, 15, first=480 * 15)
    found = proposals(store)
    found.pop("frozen", None)
    assert set(found) == ({kind} if kind else set())
    if kind:
        assert told in found[kind]
    days = day(store, name="P1", last=date(2025, 1, 8))
    assert sum(row["readings"] for row in days) == (480 if kind == "implausible" else 672)


def test_a_leap_of_a_register_comes_with_an_explanation(store):
    send(store, "R1", [1000 + 2 * place for place in range(60)])
    send(store, "R1", [1118 + 500], first=60 * 60)
    assert "底数更高的表" in proposals(store)["implausible"]
