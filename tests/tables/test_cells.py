"""Contract: each kind reads its value and nothing else; a refusal names what was expected, in Chinese and English.

Values are worked out by hand from the standards named in the kinds.
"""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.evidence import NotationKey
from dafeng.tables import (
    KIND_TEXT,
    Column,
    Kind,
    cell_text,
    credit_code_is_valid,
    number_text,
    parse_cell,
    tidy,
)


def column(kind: Kind, **options: object) -> Column:
    return Column("c", kind, "列", "column", **options)


READ = [
    (Kind.TEXT, "两 高", "两 高"),
    (Kind.ID, "Raw_Coal", "Raw_Coal"),
    (Kind.IDS, "a; b；c", ("a", "b", "c")),
    (Kind.KEY, "测点-１", "测点-１"),
    (Kind.YEAR, "2020", 2020),
    (Kind.YEAR, "2020.0", 2020),
    (Kind.INTEGER, "-3", -3),
    (Kind.NUMBER, "1.5e3", 1500.0),
    (Kind.UNIT, "万吨标准煤", "万吨标准煤"),
    (Kind.FLAG, "是", True),
    (Kind.FLAG, "0", False),
    (Kind.FLAG, "TRUE", True),
    (Kind.LOCATOR, "三(一)2", "三(一)2"),
    (Kind.REGION, "360400", "360400"),
    (Kind.REGION, "CN", "CN"),
    (Kind.COUNTY, "360402", "360402"),
    (Kind.DATE, "2025-01-31", date(2025, 1, 31)),
    (Kind.DATE, "2025/1/31", date(2025, 1, 31)),
    (Kind.DATE, "2025年1月31日", date(2025, 1, 31)),
    (Kind.DATE, "2025-01-31 00:00:00", date(2025, 1, 31)),
    (Kind.MONTH, "2025-01", "2025-01"),
    (Kind.MONTH, "2025年1月", "2025-01"),
    (Kind.MONTH, "2025-01-01", "2025-01"),
    (Kind.QUARTER, "2025Q3", "2025Q3"),
    (Kind.QUARTER, "2025年第三季度", "2025Q3"),
    (Kind.TIME, "2025/1/31 0:15", datetime.fromisoformat("2025-01-31T00:15")),
    (Kind.TIME, "2025-01-31T00:15:30", datetime.fromisoformat("2025-01-31T00:15:30")),
    (Kind.TIME, "2025-01-31T00:15+08:00", datetime.fromisoformat("2025-01-31T00:15")),
    (Kind.CLOCK, "24:00", "24:00"),
    (Kind.CREDIT_CODE, "91350100M000100Y43", "91350100M000100Y43"),
    (Kind.INDUSTRY, "C2511", "C2511"),
    (Kind.DOCUMENT, "九府发〔2022〕27号", "九府发〔2022〕27号"),
    (Kind.DOCUMENT, "国家发展改革委2025年第31号令", "国家发展改革委2025年第31号令"),
    (Kind.FORMULA, "P1 + P2 - P3", "P1 + P2 - P3"),
    (Kind.SHARES, ";".join(["0.05"] * 11 + ["0.45"]), (0.05,) * 11 + (0.45,)),
    (Kind.POINT, "115.99, 29.71", (115.99, 29.71)),
]


@pytest.mark.parametrize(("kind", "text", "value"), READ)
def test_a_kind_reads_its_value(kind: Kind, text: str, value: object) -> None:
    found, fault = parse_cell(column(kind), text)
    assert fault is None
    assert found == value
    assert type(found) is type(value)


REFUSED = [
    (Kind.ID, "two words"),
    (Kind.KEY, "a;b"),
    (Kind.KEY, "x" * 65),
    (Kind.YEAR, "2020.5"),
    (Kind.YEAR, "二〇二〇"),
    (Kind.INTEGER, "1.5"),
    (Kind.NUMBER, "1,000"),
    (Kind.NUMBER, "12%"),
    (Kind.NUMBER, "nan"),
    (Kind.NUMBER, "1e999"),
    (Kind.NUMBER, "１２"),
    (Kind.NUMBER, "#REF!"),
    (Kind.NUMBER, "0x41"),
    (Kind.UNIT, "phlogiston"),
    (Kind.FLAG, "maybe"),
    (Kind.LOCATOR, "第三章"),
    (Kind.REGION, "3604"),
    (Kind.COUNTY, "CN"),
    (Kind.COUNTY, "360402001"),
    (Kind.DATE, "31.1.2025"),
    (Kind.DATE, "2025-02-30"),
    (Kind.DATE, "2025-01-31 00:15"),
    (Kind.MONTH, "2025-13"),
    (Kind.MONTH, "2025-01-02"),
    (Kind.QUARTER, "2025Q5"),
    (Kind.TIME, "2025-01-31T00:15Z"),
    (Kind.CLOCK, "8:30"),
    (Kind.CLOCK, "24:01"),
    (Kind.CREDIT_CODE, "91350100M000100Y44"),
    (Kind.INDUSTRY, "Z25"),
    (Kind.DOCUMENT, "27号"),
    (Kind.FORMULA, "P1 P2"),
    (Kind.SHARES, ";".join(["0.05"] * 12)),
    (Kind.SHARES, ";".join(["0"] + ["0.05"] * 10 + ["0.5"])),
    (Kind.POINT, "29.71,115.99"),
]


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_a_kind_refuses_what_it_is_not(kind: Kind, text: str) -> None:
    found, fault = parse_cell(column(kind), text)
    assert found is None
    assert fault is not None
    assert fault.expected
    if kind not in (Kind.UNIT,) and "finite" not in fault.expected:
        assert KIND_TEXT[kind][0] in fault.expected


def test_every_kind_is_tried_here() -> None:
    tried = {kind for kind, _, _ in READ} | {Kind.CHOICE, Kind.CHOICES}
    assert tried == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_an_empty_cell_is_no_value_and_a_fault_where_it_is_required(kind: Kind) -> None:
    assert parse_cell(column(kind, required=False), "") == (None, None)
    value, fault = parse_cell(column(kind), "")
    assert value is None
    assert fault is not None
    assert "fill it" in fault.mend


def test_choices_are_read_by_id_and_by_chinese_name() -> None:
    level = column(Kind.CHOICE, choices=("red", "green"), choice_names=("红", "绿"))
    assert parse_cell(level, "红") == ("red", None)
    assert parse_cell(level, "green") == ("green", None)
    assert "one of red, green" in parse_cell(level, "黄")[1].expected
    assert parse_cell(level, "gren")[1].mend.en == "did you mean green?"
    several = column(Kind.CHOICES, choices=("red", "green"), choice_names=("红", "绿"))
    assert parse_cell(several, "绿;red") == (("green", "red"), None)
    assert parse_cell(several, "绿;blue")[1] is not None


def test_bounds_are_included_and_above_is_not() -> None:
    share = column(Kind.NUMBER, low=0, high=1)
    assert parse_cell(share, "0") == (0.0, None)
    assert parse_cell(share, "1") == (1.0, None)
    assert parse_cell(share, "35")[1].mend.en == "write 0.35 if percent is meant"
    amount = column(Kind.NUMBER, above=0)
    assert parse_cell(amount, "1e-300") == (1e-300, None)
    assert "above 0" in parse_cell(amount, "0")[1].expected
    assert "大于 0" in parse_cell(amount, "-1")[1].expected


def test_a_notation_key_is_a_value_where_the_column_has_keys() -> None:
    assert parse_cell(column(Kind.NUMBER, keys=True), "NE") == (NotationKey.NE, None)
    assert (
        parse_cell(column(Kind.NUMBER, keys=True), "ne")[1].mend.en == "write NE in capitals, without blanks"
    )
    assert parse_cell(column(Kind.NUMBER), "NE")[1] is not None
    assert parse_cell(column(Kind.NUMBER, expressions=True), "=gdp.real * 2") == ("=gdp.real * 2", None)


def test_a_code_in_other_letters_leads_to_its_form() -> None:
    assert parse_cell(column(Kind.CREDIT_CODE), "91350100m000100y43")[1].mend.en == "write 91350100M000100Y43"
    assert parse_cell(column(Kind.COUNTY), "３６０４０２")[1].mend.en == "write 360402"


def test_check_character_of_the_standard() -> None:
    """The example of GB 32100-2015, annex: 91350100M000100Y43."""
    assert credit_code_is_valid("91350100M000100Y43")
    wrong = [code for code in "0123456789ABCDEFGHJKLMNPQRTUWXY" if code != "3"]
    assert not any(credit_code_is_valid("91350100M000100Y4" + code) for code in wrong)


@given(st.text(max_size=30))
def test_no_text_breaks_a_kind(text: str) -> None:
    for kind in Kind:
        value, fault = parse_cell(column(kind, required=False), text)
        assert value is None or fault is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_from_its_text(number: float) -> None:
    assert parse_cell(column(Kind.NUMBER), number_text(number)) == (number, None)


@given(st.dates())
def test_a_date_comes_back_from_its_cell(day: date) -> None:
    assert parse_cell(column(Kind.DATE), tidy(day)) == (day, None)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""), (3.0, "3"), (3.25, "3.25"), (True, "TRUE"), (False, "FALSE"), (date(2025, 1, 31), "2025-01-31"),
        (datetime.fromisoformat("2025-01-31"), "2025-01-31"), (datetime.fromisoformat("2025-01-31T08:00"), "2025-01-31 08:00:00"), (time(8, 30), "08:30"),
        (("a", "b"), "a;b"), (float("inf"), "inf"), (" a ", " a "),
    ],
)  # fmt: skip
def test_typed_cells_become_the_text_of_a_file(cell: object, text: str) -> None:
    assert cell_text(cell) == text
