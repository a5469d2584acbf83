"""Contract: tables that state more than point, start and value are never read as if they did not: ends of periods, dates without a
time, totals beside times of the day, times of named zones, one slot in two sheets."""

import json
from datetime import date, time

import pytest

from .conftest import reading
from .test_forms import workbook

HOURS = ",".join(f"{hour}:00" for hour in range(24))
ONES = ",".join("1" * 24)


@pytest.mark.parametrize(
    ("start", "end", "stored"),
    [
        ("2025-01-01 00:00", "2025-01-02 00:00", False), ("2025-01-01 00:00", "2025-01-01 00:15", True), ("2025-01-01 00:00", "", True),
        ("2025-01-01 00:00", "2025-01-01 00:14:59", True), ("2025-01-01 00:00", "2025-01-01 00:00", False), ("2025-01-01 00:15", "2025-01-01 00:00", False),
        ("2025-01-01 00:00", "later", False), ("2024-12-31 23:45", "2025-01-01 00:00", True), ("2025-01-01 00:00", "2025年1月2日24时", False),
    ],
)  # fmt: skip
def test_an_end_that_contradicts_the_period_is_refused(take, start, end, stored):
    """A day's amount from 00:00 to 24:00 was stored as that of a quarter of an hour."""
    for head in ("测点,开始时间,结束时间,用电量(kWh)", "测点,起始时间,终止时间,用电量"):
        receipt, found = take(f"{head}\nP1,{start},{end},96\n")
        assert bool(found) is stored
        assert not receipt.not_read
    receipt, found = take(json.dumps([reading("P2", start, 96, end=end)]), "json")
    assert (("P2", start) in found) is stored
    if not stored:
        assert receipt.problems[0].where == "row 1:end"


@pytest.mark.parametrize(
    ("period", "start", "end", "stored"),
    [("日", "2025-01-05", "2025-01-06", True), ("日", "2025-01-05", "2025-01-05", True), ("日", "2025-01-05", "2025-01-12", False),
     ("月", "2025-01-01", "2025-02-01", True), ("月", "2025-01-01", "2025-01-31", True), ("月", "2025-01-01", "2025-12-31", False)],
)  # fmt: skip
def test_the_end_of_a_day_or_a_month(take, period, start, end, stored):
    receipt, found = take(f"测点,起始时间,截止时间,周期,数值\nP1,{start},{end},{period},96\n")
    assert (bool(found), receipt.counts.refused) == (stored, not stored)


def test_a_day_of_a_column_of_dates_is_no_quarter_of_an_hour(take):
    """Totals of days became the first quarter of each day."""
    receipt, stored = take("测点,日期,用电量\nP1,2025-01-05,96\nH1,2025年1月6日,96\nP2,20250106,96\n")
    assert (receipt.counts.refused, stored) == (3, {})
    assert receipt.problems[0].where == "row 2:start"
    assert take("测点,日期,小时,用电量\nH1,2025-01-05,1,5\nH1,2025-01-05,2,5\n")[0].counts.refused == 2
    assert take(json.dumps([{"point": "P1", "date": "2025-01-05", "value": 96}]), "json")[1] == {}
    assert take(workbook(("日报", [("测点", "日期", "电量"), ("P1", date(2025, 1, 5), 96)])), "xlsx")[1] == {}
    # with its period it is a statement of the day; a register may be read once a day; a midnight among times is one
    assert take("测点,日期,周期,用电量\nP1,2025-01-05,日,96\n")[1] == {("P1", "2025-01-05 00:00"): 96.0}
    assert ("R1", "2025-01-05 00:00") in take("测点,抄表日期,表底\nR1,2025-01-05,10\n")[1]
    assert len(take("测点,日期,用电量\nP2,2025-01-05,1\nP2,2025-01-05 00:15,1\n")[1]) == 4


def test_large_json_with_days_alone(take, monkeypatch):
    monkeypatch.setattr("dafeng.metering.intake.json_objects.MAX_PLAIN_JSON", 0)
    assert take(json.dumps([{"point": "P1", "date": "2025-01-05", "value": 96}]), "json")[1] == {}
    assert take(json.dumps([reading("P1", "2025-01-05T00:00", 1, end="2025-01-06T00:00")]), "json")[1] == {}
    assert (
        len(take(json.dumps([reading("P1", "2025-01-05T00:00", 1, end="2025-01-05T00:15")]), "json")[1]) == 1
    )


@pytest.mark.parametrize("total", ["用电量", "用电量(kWh)", "数值"])
def test_a_total_beside_the_times_of_the_day_is_not_read(take, total):
    """The total was taken for the amount of the first hour, and the hours were left out."""
    receipt, stored = take(f"测点,日期,{total},{HOURS}\nH1,2025-01-05,24,{ONES}\n")
    assert (len(stored), set(stored.values()), receipt.not_read) == (24, {1.0}, (total,))


@pytest.mark.parametrize("day", ["45662", "20250105", "2025年1月5日", "2025/1/5", "2025-01-05 00:00:00"])
def test_days_of_a_wide_table(take, day):
    assert ("H1", "2025-01-05 23:00") in take(f"测点,日期,{HOURS}\nH1,{day},{ONES}\n")[1]


def test_days_and_times_of_a_spreadsheet_without_formats(take):
    body = workbook(
        ("a", [("测点", "日期", "时刻", "数值"), ("P1", 45662, 0.0104166666666667, 1), ("P2", date(2025, 1, 5), 0.5, 2), ("H1", 45662, time(23), 3)])
    )  # fmt: skip
    assert take(body, "xlsx")[1] == {
        ("P1", "2025-01-05 00:15"): 1.0,
        ("P2", "2025-01-05 12:00"): 2.0,
        ("H1", "2025-01-05 23:00"): 3.0,
    }


@pytest.mark.parametrize("zone", ["CST", "EST", "IST", "BST", "PRC", "GMT+8", "Etc/GMT-8"])
def test_a_zone_that_several_have_is_no_time(take, zone):
    """CST was Chicago's: 14 hours off in China."""
    assert take(f"测点,时间,数值\nP1,2025-01-05 08:15 {zone},1\n")[1] == {}


@pytest.mark.parametrize("zone", ["Z", " UTC", " GMT", " Asia/Shanghai", "+08", "+0800"])
def test_a_zone_that_is_clear(take, zone):
    hour = "16" if "U" in zone or "G" in zone or zone == "Z" else "08"
    assert take(f"测点,时间,数值\nP1,2025-01-05 08:15{zone},1\n")[1] == {("P1", f"2025-01-05 {hour}:15"): 1.0}


def test_values_of_two_sheets_for_one_slot_are_both_refused(take):
    """The sheets differ in form: a unit in the heading, in a column, times of the day as columns."""
    body = workbook(
        ("一", [("测点", "时间", "数值(kWh)"), ("P1", "2025-01-05 00:00", 1), ("P2", "2025-01-05 00:00", 7)]),
        ("二", [("测点", "时间", "数值", "单位"), ("P1", "2025-01-05 00:00", 2, "kWh"), ("H1", "2025-01-05 05:00", 9, "kWh")]),
        ("三", [("测点", "日期", *HOURS.split(",")), ("H1", "2025-01-05", *[1] * 24)]),
    )  # fmt: skip
    receipt, stored = take(body, "xlsx")
    assert (receipt.rows, receipt.counts.new, receipt.counts.refused) == (28, 24, 4)
    assert {one.where for one in receipt.problems} == {"一!C2", "二!C2", "二!C3", "三!2:value"}
    assert stored.get(("P2", "2025-01-05 00:00")) == 7.0
    assert ("P1", "2025-01-05 00:00") not in stored
    assert ("H1", "2025-01-05 05:00") not in stored


@pytest.mark.parametrize("days", [("2025-01-05", "2025-01-06"), ("2025/1/5", "2025/1/6"), ("45662", "45663")])
@pytest.mark.parametrize("heading", ["时间", "start"])
def test_a_column_of_times_that_has_only_dates(take, days, heading):
    """Totals of days at a point of 15 minutes counted as the quarter of an hour from midnight on."""
    rows = "\n".join(f"P1,{day},96" for day in days)
    receipt, stored = take(f"测点,{heading},用电量\n{rows}\n")
    assert ([one.where for one in receipt.problems], stored) == (["row 2:start", "row 3:start"], {})
    assert len(take(f"测点,{heading},周期,用电量\nP1,{days[0]},日,96\nP1,{days[1]},日,96\n")[1]) == 2
    assert len(take(f"测点,{heading},用电量\nP2,{days[0]},1\nP2,2025-01-07 00:15,1\n")[1]) == 4


@pytest.mark.parametrize(("zone", "start", "taken"), [
    ("UTC", "2025-01-05 00:15", False), ("Asia/Tokyo", "2025-01-05 00:15", False), ("+09:00", "2025-01-05 00:15", False),
    ("+08:00", "2025-01-05 00:15", True), ("Asia/Shanghai", "2025-01-05 00:15", True), ("北京时间", "2025-01-05 00:15", True),
    ("", "2025-01-05 00:15", True), ("UTC", "2025-01-04T16:15:00Z", True), ("UTC", "2025-01-04T16:15:00+00:00", True),
])  # fmt: skip
def test_a_column_that_names_another_zone(take, zone, start, taken):
    """A time in UTC, told by a column of its own, was taken for Beijing time and only the column named as not read."""
    expected = {("P1", "2025-01-05 00:15"): 5.0} if taken else {}
    assert take(f"point,start,tz,value\nP1,{start},{zone},5\n")[1] == expected
    body = json.dumps([{"point": "P1", "start": start, "timezone": zone, "value": 5}])
    receipt, stored = take(body, "json")
    assert (stored, receipt.not_read) == (expected, ())
    if not taken:
        assert receipt.problems[0].where == "row 1:zone"
