"""Contract: rows and whole tables of one definition are read alike; a bad cell is refused, its row keeps the rest;
a form is written, filled and read back."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.evidence import Problems
from dafeng.tables import (
    Column,
    Heading,
    Kind,
    Sheet,
    Table,
    check_keys,
    check_references,
    check_table,
    csv_place,
    form_sheet,
    header_ids,
    help_sheet,
    parse_cell,
    read_csv,
    read_csv_rows,
    read_rows,
    table_of,
    write_workbook,
)

BOILERS = table_of(
    "boilers",
    [
        {"column": "id", "kind": "key", "required": "yes", "zh": "编号", "en": "boiler"},
        {"column": "county", "kind": "county", "required": "yes", "zh": "县区", "en": "county"},
        {"column": "capacity", "kind": "number", "above": "0", "zh": "容量", "en": "capacity", "unit": "t/h"},
        {"column": "fuel", "kind": "choice", "choices": "coal|gas", "choice_names": "燃煤|燃气", "zh": "燃料", "en": "fuel"},
        {"column": "closed_on", "kind": "date", "zh": "拆除日期", "en": "closed"},
        {"column": "proof", "kind": "flag", "zh": "有佐证", "en": "proof"},
    ],
    title_zh="锅炉",
)  # fmt: skip
CSV = "id,county,capacity,fuel,closed_on,proof\n"


def read(text: str, **options: bool) -> tuple[list[dict], list[str]]:
    problems = Problems()
    rows = read_csv_rows(BOILERS, "boilers.csv", text.encode(), problems, **options)
    return rows, [problem.where for problem in problems]


def test_a_bad_cell_is_refused_and_the_row_keeps_the_rest() -> None:
    rows, wrong = read(CSV + "B1,360402,35,燃煤,2024/6/30,是\nB2,9,0,gas,,\n\nB3,360403,10,,,\n")
    assert wrong == ["boilers.csv:3:county", "boilers.csv:3:capacity"]
    assert [row["_row"] for row in rows] == [2, 3, 4]
    assert rows[0]["capacity"] == 35
    assert rows[0]["fuel"] == "coal"
    assert rows[0]["closed_on"].isoformat() == "2024-06-30"
    assert rows[0]["proof"] is True
    assert rows[1] == {
        "id": "B2", "county": None, "capacity": None, "fuel": "gas", "closed_on": None, "proof": None, "_row": 3
    }  # fmt: skip


def test_a_header_is_checked_before_its_rows() -> None:
    rows, wrong = read("id,country,capacity,fuel,closed_on,proof\nB1,360402,35,coal,,\n")
    assert wrong == ["boilers.csv:1", "boilers.csv:1"]
    assert (rows[0]["id"], rows[0]["county"]) == ("B1", None)
    assert read("name\nB1\n") == ([], ["boilers.csv:1"] * 7)
    assert read("") == ([], ["boilers.csv:1"])


def test_a_row_that_is_too_long_is_named() -> None:
    assert read(CSV + "B1,360402,35,coal,,,stray\n")[1] == ["boilers.csv:2"]
    assert read(CSV + "B1,360402,35,coal,,,\n")[1] == []
    assert read(CSV.strip() + ",,\nB1,360402,35,coal,,,,\n")[1] == []


def test_older_spreadsheets_are_read_where_that_is_allowed() -> None:
    content = (CSV + "B1,360402,35,燃气,,否\n").encode("gb18030")
    problems = Problems()
    assert read_csv_rows(BOILERS, "b.csv", content, problems, gbk=True)[0]["fuel"] == "gas"
    assert not len(problems)
    assert read_csv_rows(BOILERS, "b.csv", content, problems) == []
    assert "GB18030" in next(iter(problems)).found
    assert read_csv_rows(BOILERS, "b.csv", b"\xff\xfe\x81\x00", Problems(), gbk=True) == []


def test_a_key_given_twice_names_the_first_row() -> None:
    rows, _ = read(CSV + "B1,360402,35,coal,,\nB1,360403,35,coal,,\n")
    problems = Problems()
    check_keys(BOILERS, rows, csv_place("boilers.csv"), problems)
    (problem,) = problems
    assert (problem.where, problem.found) == ("boilers.csv:3:id", "B1")
    assert "row 2" in problem.expected


def test_references_are_checked_part_by_part() -> None:
    columns = (
        Column("id", Kind.KEY, "编码", "id"),
        Column("points", Kind.IDS, "计量点", "points", refers="points"),
        Column("owner", Kind.KEY, "单位", "owner", required=False, refers="units"),
    )
    table = Table("products", "产品", "products", "", "", columns, ("id",))
    problems = Problems()
    rows = read_rows(table, [{"id": "A", "points": "P1;P9", "owner": ""}], csv_place("p.csv"), problems)
    check_references(table, rows, {"points": ["P1"], "units": []}, csv_place("p.csv"), problems)
    assert [(problem.where, problem.found) for problem in problems] == [("p.csv:2:points", "P9")]


def test_a_schema_that_cannot_be_is_a_defect() -> None:
    with pytest.raises(ValueError, match="phlogiston"):
        table_of("t", [{"column": "id", "kind": "phlogiston"}])
    with pytest.raises(ValueError, match="key"):
        table_of("t", [{"column": "name", "kind": "text"}])


def test_a_form_is_filled_in_excel_and_read_back(tmp_path) -> None:
    write_workbook(tmp_path / "form.xlsx", [help_sheet([BOILERS]), form_sheet(BOILERS)])
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    assert book.sheetnames == ["说明 help", "锅炉"]
    sheet = book["锅炉"]
    lists = {str(v.sqref).split(":")[0]: v.formula1 for v in sheet.data_validations.dataValidation}
    assert lists == {"D2": '"燃煤,燃气"', "F2": '"是,否"'}
    assert "t/h" in sheet["C1"].comment.text
    sheet.append(["=B1", "360402", 35, "燃煤", "2024-06-30", "是"])
    book.save(tmp_path / "filled.xlsx")
    values = list(openpyxl.load_workbook(tmp_path / "filled.xlsx")["锅炉"].values)
    ids = header_ids(BOILERS, values[0])
    assert ids == list(BOILERS.named)
    problems = Problems()
    (row,) = read_rows(
        BOILERS, [dict(zip(ids, line, strict=True)) for line in values[1:]], csv_place("f"), problems
    )
    assert not len(problems)
    assert (row["id"], row["capacity"], row["fuel"], row["proof"]) == ("=B1", 35.0, "coal", True)


def test_texts_of_a_workbook_are_never_formulas_or_links(tmp_path) -> None:
    hostile = ["=cmd()", "+1+1", "-2+3", "@SUM(A1)", "http://x.example/", "007", "1e5"]
    sheet = Sheet("a/b:c*?[d]\\" + "长" * 40, [Heading("文字")], [[text] for text in hostile], above=["=A1"])
    again = Sheet("a b c d " + "长" * 40, [Heading("n", "0.0%")], [[0.5], [float("nan")], [None], [True]])
    write_workbook(tmp_path / "b.xlsx", [sheet, again])
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert len(set(book.sheetnames)) == 2
    cells = [row[0] for row in book.worksheets[0].iter_rows(min_row=3)]
    assert [cell.value for cell in cells] == hostile
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)
    assert book.worksheets[0]["A1"].data_type == "s"
    numbers = [row[0] for row in book.worksheets[1].iter_rows(min_row=2)]
    assert [cell.value for cell in numbers] == [0.5, None, None, "是"]
    assert numbers[0].number_format == "0.0%"


def test_the_same_workbook_has_the_same_bytes(tmp_path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, [help_sheet([BOILERS]), form_sheet(BOILERS)])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


CELLS = st.one_of(
    st.sampled_from(["", "NE", "1", "-3.5", "1e3", "35", "是", "2025-01-31", "2025/1/31", "coal", "燃煤", "360402", "x y"]),
    st.text(alphabet="0123456789.-eE年月日", max_size=8),
)  # fmt: skip


@given(st.lists(CELLS, min_size=1, max_size=6), st.sampled_from(list(Kind)))
def test_a_whole_table_and_single_cells_agree(cells: list[str], kind: Kind) -> None:
    """The vectorised path refuses exactly the cells that `parse_cell` refuses, and holds the same values."""
    choices = ("coal", "gas") if kind in (Kind.CHOICE, Kind.CHOICES) else ()
    value = Column(
        "v", kind, "值", "value", required=False, choices=choices, keys=kind is Kind.NUMBER, above=-3.5
    )
    table = Table("t", "表", "t", "", "", (Column("id", Kind.ID, "号", "id"), value), ("id",))
    text = "id,v\n" + "".join(f"{number},{cell}\n" for number, cell in enumerate(cells))
    problems = Problems()
    frame = check_table(table, read_csv("t", "t.csv", text.encode()).table, problems)
    single = [parse_cell(value, cell) for cell in cells]
    assert [p.where for p in problems] == [f"t.csv:{n + 2}:v" for n, one in enumerate(single) if one[1]]
    for cell, held, (parsed, fault) in zip(cells, frame["v"].tolist(), single, strict=True):
        if fault is None and isinstance(parsed, float | int) and not isinstance(parsed, bool):
            assert held == parsed
        elif fault is None and kind in (Kind.DATE, Kind.TIME):
            assert (parsed is None and held is pd.NaT) or pd.Timestamp(held) == pd.Timestamp(parsed)
        elif fault is None and kind is Kind.FLAG:
            assert (parsed is None and held is pd.NA) or held == parsed
        elif fault is None and kind not in (Kind.NUMBER, Kind.YEAR, Kind.INTEGER):
            assert held == cell
        elif fault is None:
            assert np.isnan(held)
