"""Contract: nothing is accepted and dropped: every row of every sheet is stored, the same, refused or named as not read, and
the counts of the receipt add up to the rows; numbers, ids and times are read as offices write them, or refused."""

import io
import json
from datetime import date, datetime, timedelta

import openpyxl
import pytest

from dafeng.evidence import DafengError
from dafeng.metering import Sending, ingest_body, ingest_file
from dafeng.metering.intake.json_objects import MAX_PLAIN_JSON

from .conftest import reading
from .test_forms import workbook

HEAD = ("测点", "时间", "数值")


@pytest.mark.parametrize(
    "body", ["P1,2025-01-01 00:00,5\n", "foo,bar,baz\n", "foo,bar\n1,2\n", "测点,时间\nP1,2025-01-01\n", "\n"]
)
def test_a_table_without_the_header_of_readings_is_refused(take, body):
    """A line without header was taken for the header of nothing, and answered as accepted."""
    with pytest.raises(DafengError):
        take(body)


def test_a_header_without_rows_is_no_reading(take):
    receipt, stored = take("测点,时间,数值\n")
    assert (receipt.rows, stored) == (0, {})


def test_every_sheet_is_read_or_named(take):
    body = workbook(
        ("说明", [("填报说明",), ("请勿修改",)]),
        ("一月", [HEAD, ("P1", "2025-01-01 00:00", 1)]),
        ("二月", [("二月用电",), (*HEAD, "备注"), ("P1", "2025-02-01 00:00", 2, "x"), ("P9", "2025-02-01 00:00", 3, "")]),
        ("空", []),
    )  # fmt: skip
    receipt, stored = take(body, "xlsx")
    assert stored == {("P1", "2025-01-01 00:00"): 1.0, ("P1", "2025-02-01 00:00"): 2.0}
    assert (receipt.counts.new, receipt.counts.refused, receipt.rows) == (2, 1, 3)
    assert receipt.problems[0].where == "二月!A4"
    assert receipt.not_read == ("二月!备注", "说明 (2 rows)")


def test_columns_and_keys_that_are_not_read_are_named(take):
    assert take("测点,时间,数值,备注,温度\nP1,2025-01-01 00:00,1,x,20\n")[0].not_read == ("备注", "温度")
    row = reading("P1", "2025-01-01T00:15", 1, note="x", temperature=20)
    assert take(json.dumps([row]), "json")[0].not_read == ("note", "temperature")
    assert take(json.dumps({"readings": [reading("P1", "2025-01-01T00:30", 1)], "sender": "a"}), "json")[
        0
    ].not_read == ("sender",)


@pytest.mark.parametrize("key", ["unit", "period", "point", "单位"])
def test_a_key_beside_the_readings_that_would_say_something_of_each_is_refused(take, key):
    with pytest.raises(DafengError, match="in each reading"):
        take(json.dumps({"readings": [reading("P1", "2025-01-01T00:00", 1)], key: "MWh"}), "json")


@pytest.mark.parametrize(
    ("word", "held"), [("good", 0), ("BAD", 1), ("正常", 0), ("异常", 1), ("", 0), ("故障", 1)]
)
def test_what_the_sender_calls_bad_is_held_back(take, store, word, held):
    receipt, stored = take(f"测点,时间,数值,质量\nP1,2025-01-01 00:00,1,{word}\n")
    assert (receipt.quarantined, receipt.counts.new) == (held, 1)
    assert store.rows("SELECT count, quarantined FROM day_sum") == [{"count": 1 - held, "quarantined": held}]
    assert stored == {("P1", "2025-01-01 00:00"): 1.0}


def test_a_quality_that_nobody_understands_is_refused(take):
    receipt, stored = take("测点,时间,数值,质量\nP1,2025-01-01 00:00,1,7\n")
    assert (receipt.problems[0].where, stored) == ("row 2:quality", {})


def test_ids_that_a_spreadsheet_has_torn_are_refused_with_the_mend(take):
    """A workbook keeps 15 digits: an id of 18 as a number is another id."""
    receipt, _ = take(workbook(("a", [HEAD, (360402000000000123, "2025-01-01 00:00", 1)])), "xlsx")
    assert "15 digits" in receipt.problems[0].mend
    receipt, _ = take("测点,时间,数值\n3.60402E+17,2025-01-01 00:00,1\n")
    assert "15 digits" in receipt.problems[0].mend


def test_days_of_a_spreadsheet_and_clocks_beyond_24_hours(take):
    body = workbook(
        ("a", [
            ("测点", "日期", "时刻", "数值"), ("P1", date(2025, 1, 1), timedelta(hours=24), 1), ("P1", date(2025, 1, 1), timedelta(minutes=15), 2),
        ]),
        ("b", [HEAD, ("P2", 45658.010416666664, 3), ("P2", 45658, 4)]),
    )  # fmt: skip
    assert take(body, "xlsx")[1] == {
        ("P1", "2025-01-02 00:00"): 1.0, ("P1", "2025-01-01 00:15"): 2.0, ("P2", "2025-01-01 00:15"): 3.0,
        ("P2", "2025-01-01 00:00"): 4.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["2025年1月5日24时", "2025年1月5日24:00", "2025/1/5 24:00", "2025年1月5日24点", "2025年1月6日0时"]
)
def test_the_end_of_a_day(take, text):
    assert take(f"测点,时间,数值\nP1,{text},1\n")[1] == {("P1", "2025-01-06 00:00"): 1.0}


@pytest.mark.parametrize(
    "heading",
    [
        "用电量/MWh",
        "用电量(MWh)",
        "用电量（兆瓦时）",
        "用电量[MWh]",
        "用电量／MWh",
        "用电量 MWh",
        "用电量_MWh",
    ],
)
def test_a_unit_in_the_heading(take, heading):
    assert take(f"测点,时间,{heading}\nP1,2025-01-01 00:00,0.5\n")[1] == {("P1", "2025-01-01 00:00"): 500.0}


@pytest.mark.parametrize(
    "text", ["1_000", "1,000", "1 000", "1e", "0x10", "１２", "12kWh", "1.5.2", "--1", "一百", "nan", "inf"]
)
def test_texts_that_are_no_numbers_are_refused(take, text):
    receipt, stored = take(json.dumps([reading("P1", "2025-01-01T00:00", text)]), "json")
    assert (receipt.problems[0].where, stored) == ("row 1:value", {})


@pytest.mark.parametrize("version", [1.5, "1.5", "1_0", "v2", -1, "2025-01-01", True])
def test_versions_that_are_none_are_refused(take, version):
    receipt, stored = take(json.dumps([reading("P1", "2025-01-01T00:00", 1, version=version)]), "json")
    assert (receipt.problems[0].where, stored) == ("row 1:version", {})


TWICE = '{"point": "P1", "start": "2025-01-01T00:00", "value": 1, "value": 2}'
ESCAPED = TWICE.replace("value", "v\\u0061lue", 1)
GOOD = '{"point": "P2", "start": "2025-01-01T00:00", "value": 3}'


@pytest.mark.parametrize("padding", [0, MAX_PLAIN_JSON])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (f"[{TWICE}, {GOOD}]", "json"), (f'{{"readings": [{TWICE}, {GOOD}]}}', "json"), (f"{TWICE}\n{GOOD}\n", "ndjson"),
        (f"[{ESCAPED}, {GOOD}]", "json"),
    ],
)  # fmt: skip
def test_a_key_twice_is_refused_at_its_row(take, body, kind, padding):
    """Of two values of one key no reader can say which is meant; the last one won in silence."""
    receipt, stored = take(body + " " * padding, kind)
    assert (receipt.counts.refused, receipt.problems[0].where) == (1, "row 1")
    assert stored == {("P2", "2025-01-01 00:00"): 3.0}


@pytest.mark.parametrize("padding", [0, MAX_PLAIN_JSON])
def test_two_lists_of_readings_are_refused(take, padding):
    with pytest.raises(DafengError, match="twice"):
        take(f'{{"readings": [{GOOD}], "readings": []}}' + " " * padding, "json")


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00", "P1\\udfff", "\\ud83d\\ude00"])
@pytest.mark.parametrize("key", ["point", "start", "value", "unit", "note"])
def test_half_of_a_surrogate_pair_is_a_text_that_is_refused(take, text, key):
    row = json.dumps(reading("P1", "2025-01-01T00:00", 1) | {key: "@"}).replace("@", text)
    for body, kind in ((f"[{row}]", "json"), (row, "ndjson")):
        receipt, stored = take(body, kind)
        assert (receipt.counts.refused == 1) == (key != "note")
        assert receipt.as_json().encode("utf-8")
        assert stored in ({}, {("P1", "2025-01-01 00:00"): 1.0})


def test_two_encodings_in_one_file(take, tmp_path, store):
    """Two exports put together: lines of UTF-8 and of GB 18030."""
    head = "测点,时间,数值,来源\n".encode("gb18030")
    body = head + "P1,2025-01-01 00:00,1,人工\n".encode() + "P1,2025-01-01 00:15,2,人工\n".encode("gb18030")
    receipt, stored = take(body)
    assert (receipt.counts.new, receipt.counts.refused) == (2, 0)
    assert {row["origin"] for row in store.rows("SELECT origin FROM reading")} == {1}
    bad = tmp_path / "b.csv"
    bad.write_bytes(head + b"P1,2025-01-01 00:30,3,\xff\xff\n")
    assert ingest_file(store, bad).status == "refused"
    assert len(stored) == 2


def wide(step, first, values):
    clocks = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(first, first + 1440, step)]
    return (
        "测点,日期,"
        + ",".join(clocks)
        + "\n"
        + "".join(f"{point},2025-01-01,{','.join(map(str, values))}\n" for point in ("P1", "P2"))
    )


def test_a_table_with_a_column_for_each_quarter_of_an_hour(take):
    receipt, stored = take(wide(15, 0, range(96)))
    assert (receipt.counts.new, receipt.rows) == (192, 192)
    assert stored["P1", "2025-01-01 00:00"] == 0.0
    assert stored["P2", "2025-01-01 23:45"] == 95.0


def test_columns_that_end_at_24_00_are_the_ends_of_their_periods(take):
    stored = take(wide(15, 15, range(96)))[1]
    assert stored["P1", "2025-01-01 00:00"] == 0.0
    assert stored["P1", "2025-01-01 23:45"] == 95.0
    assert len(stored) == 192


def test_registers_in_a_wide_table_are_read_at_their_label(take):
    stored = take(wide(60, 60, range(100, 124)).replace("P1,", "R1,").replace("P2,", "H1,"))[1]
    assert stored["R1", "2025-01-02 00:00"] == 123.0
    assert stored["H1", "2025-01-01 23:00"] == 123.0


def test_a_wide_table_in_a_workbook_with_missing_cells(take):
    clocks = [datetime(2025, 1, 1, hour).time() for hour in range(24)]  # noqa: DTZ001 - cells of a workbook
    rows = [("计量点编码", "日期", *clocks), ("H1", date(2025, 1, 1), *[1.5] * 20, None, None, "x", 2)]
    receipt, stored = take(workbook(("小时", rows)), "xlsx")
    assert (receipt.counts.new, receipt.counts.refused) == (21, 1)
    assert receipt.problems[0].where == "小时!2:value"
    assert ("H1", "2025-01-01 20:00") not in stored


@pytest.mark.parametrize("step", [60, 30])
def test_a_wide_table_whose_times_are_not_those_of_a_day_is_refused(take, step):
    body = (
        wide(step, 0, range(1440 // step)).replace("05:00", "05:30", 1)
        if step == 60
        else wide(15, 30, range(96)).replace("24:15", "24:00")
    )
    with pytest.raises(DafengError):
        take(body)


def test_the_workbook_of_refused_rows_keeps_the_quality(tmp_path, store):
    from dafeng.metering import write_error_file

    body = "测点,时间,数值,质量\nP1,x,1,异常\n".encode()
    receipt = ingest_body(store, body, "csv", Sending("t"))
    write_error_file(tmp_path / "e.xlsx", receipt.as_stored())
    sheet = openpyxl.load_workbook(io.BytesIO((tmp_path / "e.xlsx").read_bytes())).active
    assert sheet["H2"].value == "质量"
    assert sheet["H3"].value == "异常"
