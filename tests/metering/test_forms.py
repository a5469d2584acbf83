"""Contract: readings are understood as senders write them — names, times, units, delimiters, titles — or refused at the row
or cell where a person finds it; the error workbook can be corrected and sent back."""

import gzip
import io
import json
from datetime import date, datetime, time

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dafeng.evidence import DafengError, Language
from dafeng.metering import Acceptance, Sending, ingest_body, ingest_file, operate
from dafeng.metering.intake.workbooks import write_error_file

from .conftest import reading

NOON = datetime(2025, 1, 1, 12, 0)  # noqa: DTZ001 - a cell of a workbook


@pytest.fixture
def take(store):
    """Take a body, good rows only; returns the receipt and what is stored as (point, Beijing time, period, value)."""

    def taker(body, kind="csv"):
        body = body if isinstance(body, bytes) else body.encode()
        receipt = ingest_body(store, body, kind, Sending("t", acceptance=Acceptance.PARTIAL))
        rows = store.rows(
            "SELECT p.id, CAST(r.start + INTERVAL 8 HOUR AS VARCHAR) AS at, r.period, r.value FROM reading r "
            "JOIN point p ON p.number = r.point ORDER BY ALL"
        )
        return receipt, [tuple(row.values()) for row in rows]

    return taker


def workbook(*sheets):
    """A workbook of (name, rows) sheets as bytes."""
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-01 12:00", "2025/1/1 12:00", "2025-01-01T04:00:00Z", "2025-01-01T12:00+08:00", "20250101120000",
        "202501011200", "1735704000", "1735704000000", "2025年1月1日 12:00", "2025年01月01日12时00分", "2025年1月1日 12时00分00秒",
        "2025.01.01 12:00", "2024-12-31T23:00:00-05:00", "2025-01-01 12:00:13", "45658.5", "45658.50001", "1735704000000000",
        "1735704000000000000", "2025年1月1日12时", "2025年1月1日12点",
    ],
)  # fmt: skip
def test_one_moment_in_many_writings(take, text):
    assert take(f"point,start,value\nP1,{text},1\n")[1] == [("P1", "2025-01-01 12:00:00", 15, 1.0)]


@pytest.mark.parametrize(
    "text", ["", "now", "today", "infinity", "01/02/2025 00:15", "2025-02-30", "2025-13", "2025-01", "4565.5", "99999.5", "20250101 0015", "2025年1月1日25时"]
)  # fmt: skip
def test_a_moment_that_is_none_or_not_clear_is_refused(take, text):
    receipt, stored = take(f"point,start,value\nP1,{text},1\n")
    assert (receipt.problems[0].where, stored) == ("row 2:start", [])


@pytest.mark.parametrize("text", ["2025-03", "2025/3", "2025年3月", "20250301", "2025-03-01"])
def test_a_month_is_enough_for_a_monthly_statement(take, text):
    assert take(f"测点,时间,数值,周期\nP1,{text},7,月\n")[1] == [("P1", "2025-03-01 00:00:00", 43200, 7.0)]


@pytest.mark.parametrize(
    "text", ["1,234.5", "1,5", "1 234", "1.5kWh", "--", "NaN", "1e400", "", "0x10", "TRUE"]
)
def test_a_number_that_is_not_clear_is_refused_and_never_zero(take, text):
    receipt, stored = take(f'point,start,value\nP1,2025-01-01 12:00,"{text}"\n')
    assert (receipt.problems[0].where, receipt.counts.refused, stored) == ("row 2:value", 1, [])


def test_zero_is_a_reading(take):
    assert take("point,start,value\nP1,2025-01-01 12:00,0\n")[1][0][3] == 0.0


@pytest.mark.parametrize(
    ("header", "factor"),
    [
        ("测点,时间,数值", 1), ("点位,日期时间,电量", 1), ("计量点编码,时段起点,用量(kWh)", 1), ("测点,时间,用电量（兆瓦时）", 1000),
        ("point_id,ts,value", 1), ('"point","start","value"', 1), ("\ufeffPoint , Start , Value", 1),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_names(take, header, factor):
    receipt, stored = take(f"{header}\nP2,2025-01-01 12:00,0.1\n")
    assert [row[3] for row in stored] == [pytest.approx(0.1 * factor)], receipt.problems
    if "(" not in header and "（" not in header and '"' not in header:
        keys = header.removeprefix("\ufeff").split(",")
        body = json.dumps([dict(zip(keys, ("P2", "2025-01-01 12:15", 0.1), strict=True))])
        assert take(body, "json")[0].counts.new == 1


def test_one_column_has_one_name(take):
    with pytest.raises(DafengError, match="one column for start"):
        take("point,start,时间,value\nP1,2025-01-01,2025-01-01,1\n")
    with pytest.raises(DafengError, match="one place"):
        take("point,start,用量(MWh),unit\nP1,2025-01-01,1,kWh\n")
    with pytest.raises(DafengError, match="one name for start"):
        take(json.dumps([{"point": "P1", "时间": "2025-01-01", "时间戳": "2025-01-01", "value": 1}]), "json")
    # our own name goes before others: an object may hold a second time
    body = [{"point": "P1", "start": "2025-01-01", "time": "2025-01-02", "value": 1}]
    assert take(json.dumps(body), "json")[1] == [("P1", "2025-01-01 00:00:00", 15, 1.0)]


@pytest.mark.parametrize(
    ("day", "time"), [("2025-01-01", "12:00"), ("2025/1/1", "12:00:00"), ("2025年1月1日", "12时00分"), ("20250101", "12:00"),
                      ("2024-12-31", "36:00"), ("2025-01-01", ""), ("", "12:00")],
)  # fmt: skip
def test_date_and_time_in_columns_of_their_own(take, day, time, monkeypatch):
    """A moment is known where both are given; a date without its time is no midnight."""
    clear = day and time and time != "36:00" and day != "20250101"
    expected = [("P1", "2025-01-01 12:00:00", 15, 1.0)] if clear else []
    objects = json.dumps([{"测点": "P1", "抄表时间": time, "日期": day, "数值": 1}])
    assert take(f"测点,时间,数值,日期\nP1,{time},1,{day}\n")[1] == expected
    assert take(f"日期,测点,时刻,电量(kWh)\n{day},P1,{time},1\n")[0].counts.refused == (not clear)
    assert take(objects, "json")[0].counts.refused == (not clear)
    monkeypatch.setattr("dafeng.metering.intake.json_objects.MAX_PLAIN_JSON", 0)
    receipt, stored = take(objects.replace("P1", "P2"), "json")
    assert len(stored) == (2 if clear else 0)
    if not clear:
        assert receipt.problems[0].where == "row 1:start"
        assert receipt.problems[0].found.split() == [*filter(None, [day]), time or "?"]


def test_date_and_time_of_a_workbook(take):
    body = workbook(
        ("一月", [["测点", "日期", "时间", "数值"], ["P1", datetime(2025, 1, 1), time(12), 1.5],  # noqa: DTZ001 - a cell
                 ["P1", date(2025, 1, 2), "24:00", 2], ["P1", date(2025, 1, 3), None, 3]]),
    )  # fmt: skip
    receipt, stored = take(body, "xlsx")
    assert stored == [("P1", "2025-01-01 12:00:00", 15, 1.5), ("P1", "2025-01-03 00:00:00", 15, 2.0)]
    assert [problem.where for problem in receipt.problems] == ["一月!B4"]


@pytest.mark.parametrize(
    "text",
    [
        "point,start,value\r\nP1,2025-01-01 12:00,1\r\n", "point,start,value\rP1,2025-01-01 12:00,1\r",
        "point;start;value\nP1;2025-01-01 12:00;1\n", "point\tstart\tvalue\nP1\t2025-01-01 12:00\t1\n",
        "point,start,value,,\nP1,2025-01-01 12:00,1,,\n,,,,\n", "\n\npoint,start,value\nP1,2025-01-01 12:00,1",
        "甲厂 2025 年 1 月,,\npoint,start,value\nP1,2025-01-01 12:00,1\n", "sep=,\npoint,start,value\nP1,2025-01-01 12:00,1\n",
        "point,start,value,x,x\nP1,2025-01-01 12:00,1,a,b\n", "point,start,value,note\nP1,2025-01-01 12:00,1,\"a\nb\"\n",
    ],
)  # fmt: skip
def test_shapes_of_csv(take, text):
    assert take(text)[1] == [("P1", "2025-01-01 12:00:00", 15, 1.0)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_of_csv(take, encoding):
    assert take("测点,时间,数值,备注\nP1,2025-01-01 12:00,1,甲厂\n".encode(encoding))[0].counts.new == 1


def test_rows_of_csv_keep_their_numbers(take):
    """Blank, torn and refused rows do not shift the numbers of those below, also over many blocks."""
    good = "".join(f"P1,2025-01-{day:02} {hour:02}:00,1\n" for day in range(1, 11) for hour in range(24))
    text = f"title,,\n\npoint,start,value\nP1,bad,1\n\nP1,2025-02-01,1,torn\n{good}nobody,2025-02-01,1\n"
    receipt, stored = take(text)
    assert [problem.where for problem in receipt.problems] == [
        "row 6",
        "row 4:start",
        f"row {6 + 240 + 1}:point",
    ]
    assert len(stored) == 240


def test_periods_and_origins_in_chinese(take, store):
    receipt, stored = take(
        "测点,时间,数值,周期,来源\nP1,2025-01-01 12:00,1,15分钟,自动\nP1,2025-01-02,2,日,人工\nP1,2025-01-01,3,月,估计\nH1,2025-01-01 12:00,4,小时,更正\n"
    )
    assert receipt.status == "accepted", receipt.problems
    assert [row[2] for row in stored] == [60, 43200, 15, 1440]
    assert sorted(row["origin"] for row in store.rows("SELECT origin FROM reading")) == [0, 1, 2, 3]


def test_units_as_displays_write_them(take):
    receipt, stored = take(
        "point,start,value,unit\nP1,2025-01-01 00:00,1,KWH\nP1,2025-01-01 00:15,1,kwh\nP1,2025-01-01 00:30,0.1,兆瓦时\nP1,2025-01-01 00:45,1,m³\n"
    )
    assert [row[3] for row in stored] == [1.0, 1.0, 100.0]
    assert receipt.problems[0].where == "row 5:unit"


def test_a_workbook_as_offices_keep_it(take):
    """A note first, a title above the header, unnamed columns, blank rows; problems are told at their cells."""
    body = workbook(
        ("说明", [["请按月填报"]]),
        ("一月", [["甲厂用电"], [], [None, "测点", "时间", "数值", None, None, "备注"], [None, "P1", NOON, 1.5, "x"],
                 [], [None, "P1", "昨天", 2], [None, "nobody", NOON, "多"]]),
    )  # fmt: skip
    receipt, stored = take(body, "xlsx")
    assert stored == [("P1", "2025-01-01 12:00:00", 15, 1.5)]
    assert [problem.where for problem in receipt.problems] == ["一月!C6", "一月!B7", "一月!D7"]
    assert receipt.counts.refused == 2


def test_every_reason_against_a_row_is_told(take):
    receipt, _ = take(
        "point,start,value,unit,origin\nP1,2025-01-01 12:07,x,m3,guess\nnobody,soon,1,m3,guess\n"
    )
    assert [problem.where for problem in receipt.problems] == [
        "row 2:unit", "row 2:value", "row 2:start", "row 2:origin", "row 3:point", "row 3:start",
    ]  # fmt: skip
    assert receipt.counts.refused == 2


@pytest.mark.parametrize("language", list(Language))
def test_the_error_workbook_can_be_corrected_and_sent(store, tmp_path, language):
    sent = tmp_path / "r.csv"
    sent.write_text(
        "测点,时间,数值,周期\nP1,2025-01-01 12:00,1,\nP1,2025-01-01 12:15,=1+1,\nP2,soon,3,日\nP1,2,3\n"
    )
    answer = operate(store, "ingest", {"file": str(sent), "partial": True})
    assert (answer["new"], answer["refused"]) == (1, 3)
    assert "cells" not in answer
    path = tmp_path / "errors.xlsx"
    write_error_file(path, operate(store, "receipt", {"batch": answer["batch"]}), language)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    wrong = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.bgColor.rgb == "FFF8CBAD" or cell.fill.fgColor.rgb == "FFF8CBAD"]  # fmt: skip
    assert wrong == ["C4", "B5"]
    assert (sheet["C4"].value, sheet["C4"].data_type) == ("=1+1", "s")
    assert ("应为" if language is Language.ZH else "expected") in sheet["J5"].value
    sheet["C4"], sheet["B5"] = 2, "2025-01-02"
    sheet.delete_rows(3)  # the torn row, told without cells
    book.save(path)
    again = ingest_file(store, path)
    assert (again.counts.new, again.counts.refused) == (2, 0)
    assert [tuple(row.values()) for row in store.rows("SELECT value, period FROM reading ORDER BY ALL")] == [
        (1.0, 15), (2.0, 15), (3.0, 1440),
    ]  # fmt: skip


def test_an_unknown_receipt_is_said(store):
    with pytest.raises(DafengError, match="number of a batch"):
        operate(store, "receipt", {"batch": 7})


@pytest.mark.parametrize("kind", ["csv", "json", "ndjson"])
def test_a_compressed_file(store, tmp_path, kind):
    text = {"csv": "point,start,value\nP1,2025-01-01,1\n", "json": json.dumps([reading("P1", "2025-01-01", 1)]),
            "ndjson": json.dumps(reading("P1", "2025-01-01", 1))}[kind]  # fmt: skip
    path = tmp_path / f"r.{kind}.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert ingest_file(store, path).counts.new == 1
    path.write_bytes(b"no gzip")
    with pytest.raises(DafengError, match="gzip"):
        ingest_file(store, path)


def test_one_json_object_is_one_reading(take):
    assert take(json.dumps(reading("P1", "2025-01-01", 1)), "json")[0].counts.new == 1


def test_a_slip_in_json_is_found(take):
    with pytest.raises(DafengError, match=r"line 2, column \d+: found [\s\S]*P2"):
        take(
            '[{"point": "P1", "start": "2025-01-01", "value": 1},\n {"point": "P2" "start": "2025-01-01"}]',
            "json",
        )


@pytest.mark.parametrize(
    "kind", [pa.timestamp("ns", "UTC"), pa.timestamp("s", "America/New_York"), pa.timestamp("us")]
)
def test_a_refused_moment_is_told_in_beijing_time(take, kind):
    at = datetime.fromisoformat("2025-01-01T12:07:00+08:00" if kind.tz else "2025-01-01T12:07:00")
    stream = io.BytesIO()
    pq.write_table(
        pa.table({"point": ["P1", "P1"], "start": pa.array([at, None], kind), "value": [1.0, 2.0]}), stream
    )
    receipt, stored = take(stream.getvalue(), "parquet")
    assert [problem.found for problem in receipt.problems] == [
        f"2025-01-01 12:07:00{'+08:00' if kind.tz else ''}", "nothing",
    ]  # fmt: skip
    assert not stored


@pytest.mark.parametrize("column", ["point", "start", "value", "unit", "version"])
@pytest.mark.parametrize(
    "cells", [pa.array([1, 2], pa.float16()), pa.array([1, 2], pa.decimal256(50, 3)), pa.nulls(2)], ids=str
)
def test_parquet_types_that_the_engine_does_not_know(take, column, cells):
    table = {
        "point": pa.array(["P1", "P2"]),
        "start": pa.array(["2025-01-01"] * 2),
        "value": pa.array([1.0, 2.0]),
    }
    stream = io.BytesIO()
    pq.write_table(pa.table(table | {column: cells}), stream)
    assert take(stream.getvalue(), "parquet")[0].counts.rows == 2
