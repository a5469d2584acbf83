"""Contract: what a table states beside its cells is used or refused, never passed over: a unit above or below the header, another
header further down, spans of time, labels of the end of a day or month, merged cells, formulas without a result, quotes that
nobody closes, two keys for one cell."""

import json

import openpyxl
import pytest

from dafeng.evidence import DafengError
from dafeng.metering import registry_from_rows

from .conftest import point, reading
from .test_forms import workbook
from .test_odd_tables import HOURS, ONES

HEAD = "测点,时间,数值"
FIRST, SECOND = "2025-01-05 00:15", "2025-01-05 00:30"
ROW = f"P2,{FIRST},0.5"
HALF = {("P2", FIRST): 0.5}


@pytest.fixture
def months(store, rows):
    """Points of a day and of a month beside the others."""
    rows["points"] += [point("D1", period="day"), point("X1", period="month")]
    store.put_registry(registry_from_rows(rows, "t", "360000"))


@pytest.mark.parametrize("title", [
    "单位：MWh", '"单位：MWh",,', "单位:兆瓦时", "2025年1月用电量表,,（单位：MWh）", "计量单位(MWh),,", "甲厂\n填报单位：甲厂,,单位：MWh",
])  # fmt: skip
@pytest.mark.parametrize("head", [HEAD, f"测点,日期,{HOURS}"])
def test_a_unit_in_the_title_is_used(take, title, head):
    """Under 单位：MWh the numbers were taken for kWh."""
    row = ROW if head == HEAD else f"H1,2025-01-05,{ONES}"
    assert set(take(f"{title}\n{head}\n{row}\n")[1].values()) == ({500.0} if head == HEAD else {1000.0})
    lines = [line.split(",") for line in f"{title}\n{head}\n{row}".split("\n")]
    cells = [[float(cell) if cell in {"0.5", "1"} else cell for cell in line] for line in lines]
    assert take(workbook(("a", cells)), "xlsx")[0].counts.same > 0


@pytest.mark.parametrize("text", [
    f"单位：MWh\n测点,时间,用电量(kWh)\n{ROW}", f"单位：MWh\n{HEAD},单位\n{ROW},kWh", f"单位：MWh 单位：GJ\n{HEAD}\n{ROW}",
    f"单位：MWh\n测点,日期,单位,{HOURS}\nH1,2025-01-05,kWh,{ONES}",
])  # fmt: skip
def test_two_units_are_refused(take, text):
    with pytest.raises(DafengError, match="one place"):
        take(text + "\n")


@pytest.mark.parametrize("title", ["填报单位：甲厂", "单位：", "用电单位(甲厂)", "单位：kWh"])
def test_a_title_that_states_no_other_unit(take, title):
    assert take(f"{title}\n{HEAD}\n{ROW}\n")[1] == HALF


@pytest.mark.parametrize("line", [
    ",,MWh", "—,—,(MWh)", "编码,起点,MWh", "测点,时间,用电量(MWh)", "时间,数值,测点", "注：单位：MWh,,", "测点,数值,时间",
])  # fmt: skip
def test_another_header_or_a_unit_below_the_header_is_refused(take, line):
    """The line alone was refused, and what stood below it was taken for what the first header says."""
    for kind, body in (
        ("csv", f"{HEAD}\n{line}\n{ROW}\n"), ("csv", f"{HEAD}\n{ROW}\n{line}\n"),
        ("xlsx", workbook(("a", [HEAD.split(",")]), ("b", [("说明",), HEAD.split(","), line.split(","), ("P2", FIRST, 0.5)]))),
    ):  # fmt: skip
        with pytest.raises(DafengError, match="one header") as told:
            take(body, kind)
        assert told.value.problems[0].where in {"row 2:value", "row 3:value", "b!C3"}


def test_the_same_header_again_is_a_refused_row(take):
    receipt, stored = take(f"{HEAD}\n{HEAD}\n{ROW}\n")
    assert (receipt.counts.refused, stored) == (1, HALF)
    receipt, stored = take(f"测点,时间,用电量(kWh)\n测点,时间,用电量(kWh)\nP2,{SECOND},0.5\n")
    assert (receipt.counts.refused, len(stored)) == (1, 2)
    with pytest.raises(DafengError, match="one header"):
        take(f"测点,日期,{HOURS}\nH1,2025-01-05,{ONES}\n测点,日期,{HOURS.removeprefix('0:00,')},24:00\n")


@pytest.mark.parametrize("span", [
    "09:00-10:00", "9:00-10:00", "09:00:00-10:00:00", "09:00-10", "09:00-0915", "09:00-09:15", "00:00-01:00",
])  # fmt: skip
def test_a_span_of_times_is_no_time_of_another_zone(take, span):
    """From nine to ten was nine o'clock ten hours west of Greenwich: three in the morning of the next day."""
    for body in (f"测点,时间,数值\nH1,2025-01-05 {span},1\n", f"测点,日期,时刻,数值\nH1,2025/1/5,{span},1\n"):
        receipt, stored = take(body)
        assert (receipt.problems[0].where, stored) == ("row 2:start", {})


@pytest.mark.parametrize(
    "start", ["2025-01-05T00:15:00-05:00", "2025-01-05T00:15-05:00", "2025-01-05 00:15:00-05"]
)
def test_an_offset_west_of_greenwich(take, start):
    assert take(f"测点,时间,数值\nP1,{start},1\n")[1] == {("P1", "2025-01-05 13:15"): 1.0}


@pytest.mark.parametrize(("name", "start", "stored"), [
    ("D1", "2025-01-05 23:59:59", None), ("D1", "2025-01-05 23:59", None), ("D1", "2025-01-05 24:00", None),
    ("D1", "2025年1月5日24时", None), ("X1", "2025-01-31", None), ("X1", "2025-01-31 23:59:59", None), ("X1", "2025/1/31 24:00", None),
    ("H1", "2025-01-05 00:59:59", None), ("H1", "2025-01-05 00:59", None), ("P1", "20250105001459", None),
    ("P1", "2025-01-05 00:14:30", "2025-01-05 00:15"), ("P1", "2025-01-05 00:14:58", "2025-01-05 00:15"), ("P1", "45662.0104", "2025-01-05 00:15"),
    ("R1", "2025-01-05 00:59:59", "2025-01-05 00:59"),
    ("D1", "2025-01-05 00:00:30", "2025-01-05 00:00"), ("X1", "2025-01-02", "2025-01-01 00:00"), ("D1", "2025-01-05", "2025-01-05 00:00"),
    ("X1", "2024-12-31T16:00:00Z", "2025-01-01 00:00"), ("X1", "2025-01", "2025-01-01 00:00"), ("P1", "2025-01-05 24:00", "2025-01-06 00:00"),
])  # fmt: skip
def test_the_end_of_a_period_is_not_the_beginning_of_the_next(months, take, name, start, stored):
    """The statement of January labelled 31 January became that of February."""
    receipt, found = take(f"{HEAD}\n{name},{start},1\n")
    assert found == ({} if stored is None else {(name, stored): 1.0})
    if stored is None:
        assert receipt.problems[0].where == "row 2:start"


def edited(rows, edit):
    """A workbook of one sheet, changed by `edit(book, sheet)`."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    edit(book, book.active)
    return saved(book)


def saved(book):
    import io

    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


WIDE = [("测点", "日期", *HOURS.split(",")), ("H1", "2025-01-05", *[1.0] * 24)]


@pytest.mark.parametrize(
    ("cell", "found"), [("=1+1", "a formula without its result"), ("#N/A", "#N/A"), ("#REF!", "#REF!")]
)
def test_a_cell_of_a_wide_table_that_has_no_value(take, cell, found):
    """Errors and formulas that nobody computed were taken for cells left empty: readings that are missing."""
    receipt, stored = take(edited(WIDE, lambda _, sheet: sheet.__setitem__("D2", cell)), "xlsx")
    assert (receipt.rows, receipt.counts.new, receipt.counts.refused) == (24, 23, 1)
    assert [one.found for one in receipt.problems] == [found]
    assert ("H1", "2025-01-05 01:00") not in stored
    receipt, _ = take(edited([HEAD.split(","), ("P2", FIRST, cell)], lambda *_: None), "xlsx")
    assert receipt.problems[0].found == found


def test_one_amount_in_merged_cells(take):
    """The first hour got the amount of two, and the second was missing."""
    receipt, _ = take(edited(WIDE, lambda _, sheet: sheet.merge_cells("C2:D2")), "xlsx")
    assert (receipt.counts.new, receipt.counts.refused) == (22, 2)
    assert {one.found for one in receipt.problems} == {"1 (C2:D2)"}
    rows = [HEAD.split(","), ("P2", FIRST, 1.0), ("P2", SECOND, 1.0)]
    assert take(edited(rows, lambda _, sheet: sheet.merge_cells("C2:C3")), "xlsx")[0].counts.refused == 2
    receipt, _ = take(edited([("月报",), *rows], lambda _, sheet: sheet.merge_cells("A1:C1")), "xlsx")
    assert (receipt.counts.new, receipt.counts.refused) == (2, 0)


def test_what_merged_cells_state_holds_for_each_row(take):
    """A unit merged over its rows held for the first; the others were taken for kWh."""
    head = (*HEAD.split(","), "单位")
    rows = [head, ("P2", FIRST, 0.5, "MWh"), ("P2", SECOND, 0.7, None)]

    def merge(_, sheet):
        sheet.merge_cells("D2:D3")
        sheet.merge_cells("A2:A3")

    assert take(edited(rows, merge), "xlsx")[1] == {("P2", FIRST): 500.0, ("P2", SECOND): 700.0}


def test_a_unit_in_some_rows_of_a_point(take):
    """As a table of merged cells looks in CSV: the rows below the first are of an unknown unit."""
    body = f"{HEAD},单位\nP2,{FIRST},0.5,MWh\nP2,{SECOND},0.5,\nP1,{FIRST},5,\nH1,2025-01-05 00:00,5,kWh\nH1,2025-01-05 01:00,5,\n"
    receipt, stored = take(body)
    assert [one.where for one in receipt.problems] == ["row 3:unit"]
    assert ("P2", SECOND) not in stored
    assert len(stored) == 4


def test_days_counted_from_1904(take):
    """Dates without a format of a workbook of the Macintosh were four years too early."""

    def macintosh(book, _):
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904

    serial = 45662 - 1462 + 15 / 1440
    body = edited([HEAD.split(","), ("P2", serial, 0.5)], macintosh)
    assert take(body, "xlsx")[1] == HALF
    assert (
        take(edited([HEAD.split(","), ("P2", 45662 + 15 / 1440, 0.5)], lambda *_: None), "xlsx")[
            0
        ].counts.same
        == 1
    )


@pytest.mark.parametrize("body", [
    f'{HEAD},备注\n{ROW},"x\nP2,{SECOND},2,x\n', f'测点,备注,时间,数值\nP2,"x,{FIRST},1\nP2,x,{SECOND},2\nP2,"y,{FIRST},3\n',
    f'测点,日期,备注,{HOURS}\nH1,2025-01-05,"x,{ONES}\nH1,2025-01-06,x",{ONES}\n',
])  # fmt: skip
def test_rows_in_a_quote_that_nobody_closes(take, tmp_path, store, body):
    """They were neither stored nor refused nor counted."""
    from dafeng.metering import ingest_file

    with pytest.raises(DafengError, match="close or remove the quote"):
        take(body)
    (tmp_path / "a.csv").write_text(body)
    with pytest.raises(DafengError, match="close or remove the quote"):
        ingest_file(store, tmp_path / "a.csv")


def test_a_note_of_two_lines_is_a_note(take):
    assert len(take(f'{HEAD},备注\n{ROW},"a\nb, c"\nP2,{SECOND},2,"d"\n')[1]) == 2


@pytest.mark.parametrize("most", [8 << 20, 0], ids=["small", "large"])
@pytest.mark.parametrize(("cells", "stored"), [
    ({"value": 5, "用电量": 7}, False), ({"value": 5, "Value": 7}, False), ({"value": 5, "用电量(MWh)": 5}, False),
    ({"value": 5, "unit": "kWh", "单位": "MWh"}, False), ({"value": 5, "quality": "good", "有效性": "无效"}, False),
    ({"value": 5, "用电量": 5.0}, True), ({"value": 5, "用电量": None}, True), ({"value": 5, "测点": "一号主变"}, True),
    ({"value": 5, "时间": "2025-02-01"}, True),
])  # fmt: skip
def test_two_keys_for_one_cell(take, monkeypatch, most, cells, stored):
    """Our own name went before the other, whatever that said."""
    monkeypatch.setattr("dafeng.metering.intake.json_objects.MAX_PLAIN_JSON", most)
    other = reading("P1", SECOND, 1)
    receipt, found = take(
        json.dumps([{"point": "P2", "start": FIRST} | cells, other], ensure_ascii=False), "json"
    )
    assert found == ({("P2", FIRST): 5.0} if stored else {}) | {("P1", SECOND): 1.0}
    assert receipt.counts.refused == (not stored)
    if not stored:
        assert (receipt.problems[0].where, receipt.problems[0].expected[:12]) == ("row 1", "one name for")
