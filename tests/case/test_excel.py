"""Contract: folder → workbook → folder loses nothing; problems name sheet and cell; nothing is half written."""

from pathlib import Path

import openpyxl
import pytest

from dafeng.case import TABLES, from_xlsx, load, template, to_xlsx
from dafeng.evidence import DafengError


def test_a_round_trip_gives_the_same_bytes(city: Path, tmp_path: Path) -> None:
    to_xlsx(city, tmp_path / "a.xlsx")
    from_xlsx(tmp_path / "a.xlsx", tmp_path / "back")
    assert {p.name: p.read_bytes() for p in city.iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "back").iterdir()
    }
    assert load(tmp_path / "back").release == load(city).release


@pytest.mark.parametrize(
    "number", ["0.10", "8.324275318477847", "0.1234567890123456789", "1e-7", "-0", "00012"]
)
def test_a_number_keeps_the_digits_that_were_written(city: Path, tmp_path: Path, number: str) -> None:
    file = city / "observations.csv"
    file.write_text(file.read_text().replace("360400,2020,7,%", f"360400,2019,{number},%"))
    to_xlsx(city, tmp_path / "a.xlsx")
    from_xlsx(tmp_path / "a.xlsx", tmp_path / "back")
    assert (tmp_path / "back" / "observations.csv").read_bytes() == file.read_bytes()


def test_a_line_longer_than_a_cell_comes_back_whole(city: Path, tmp_path: Path) -> None:
    square = "[[[115, 29], [116, 29], [116, 30], [115, 29]]]"
    text = (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"adcode": "360400", "note": "'
        + "九" * 70_000
        + '"}, "geometry": {"type": "Polygon", "coordinates": '
        + square
        + "}}]}"
    )
    (city / "counties.geojson").write_text(text, encoding="utf-8")
    to_xlsx(city, tmp_path / "a.xlsx")
    from_xlsx(tmp_path / "a.xlsx", tmp_path / "back")
    assert (tmp_path / "back" / "counties.geojson").read_text(encoding="utf-8").rstrip("\n") == text


def _edit(path: Path, sheet: str, cell: str, value: object) -> None:
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)


def test_problems_name_sheet_and_cell_all_at_once_and_nothing_is_written(city: Path, tmp_path: Path) -> None:
    book = tmp_path / "a.xlsx"
    to_xlsx(city, book)
    _edit(book, "分解系数 proxies", "D2", 13.7)
    _edit(book, "电厂与热源 plants", "G2", "operatng")
    _edit(book, "统计数据 observations", "D3", "=1/0")
    with pytest.raises(DafengError) as error:
        from_xlsx(book, tmp_path / "back")
    found: dict[str, str] = {}
    for problem in error.value.problems:
        found[problem.where] = found.get(problem.where, "") + problem.sentence("en")
    assert "write 0.137 if percent is meant" in found["分解系数 proxies!D2"]
    assert "did you mean operating?" in found["电厂与热源 plants!G2"]
    assert "a formula without a stored value: =1/0" in found["统计数据 observations!D3"]
    assert not (tmp_path / "back").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.xlsx", "city", "province"]


def test_a_full_folder_is_not_overwritten(city: Path, tmp_path: Path) -> None:
    to_xlsx(city, tmp_path / "a.xlsx")
    with pytest.raises(DafengError, match="not empty"):
        from_xlsx(tmp_path / "a.xlsx", city)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"row,fuel\n1,2\n", b"\x00" * 100])
def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(DafengError, match="Excel workbook"):
        from_xlsx(tmp_path / "a.xlsx", tmp_path / "back")
    with pytest.raises(DafengError, match="no such file"):
        from_xlsx(tmp_path / "none.xlsx", tmp_path / "back")


def test_the_template_has_every_table_with_headers_help_and_lists(tmp_path: Path) -> None:
    template(tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    for table in TABLES.values():
        sheet = book[f"{table.title_zh} {table.name}"]
        assert [cell.value for cell in sheet[1]] == [f"{c.title_zh}\n{c.name}" for c in table.columns]
        assert all(cell.comment and cell.comment.text for cell in sheet[1])
    lists = {
        rule.formula1
        for rule in book["电厂与热源 plants"].data_validations.dataValidation
        if rule.type == "list"
    }
    assert any("operating" in entry for entry in lists)
    with pytest.raises(DafengError) as error:
        from_xlsx(tmp_path / "t.xlsx", tmp_path / "back")
    assert {"sources.csv", "proxies.csv"} <= {problem.where for problem in error.value.problems}


def test_jiujiang_comes_back_from_excel_byte_for_byte(tmp_path: Path) -> None:
    case = load("jiujiang")
    to_xlsx("jiujiang", tmp_path / "a.xlsx")
    folder = tmp_path / "back"
    from_xlsx(tmp_path / "a.xlsx", folder)
    own = {path.name: path.read_bytes() for path in case.path.iterdir() if path.is_file()}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == own


def _office_made(path: Path, change) -> None:
    """The workbook after someone has worked on it."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)


def _same(city: Path, folder: Path) -> bool:
    return load(city).table("observations").equals(load(folder).table("observations"))


def test_titles_above_the_header_chinese_names_and_headings_are_read(city: Path, tmp_path: Path) -> None:
    def change(book) -> None:
        sheet = book["统计数据 observations"]
        sheet.insert_rows(1, 2)
        sheet["A1"] = "试验市统计数据"
        sheet.merge_cells("A1:H1")
        sheet["A2"] = "填报单位:统计局"
        sheet.title = "统计数据"
        book["分解系数 proxies"].title = "Proxies"
        for cell in book["电厂与热源 plants"][1]:
            cell.value = cell.value.split("\n")[0]
        book["资料来源 sources"]["A1"] = " 标识符 "
        book.create_sheet("Sheet1")

    to_xlsx(city, tmp_path / "a.xlsx")
    _office_made(tmp_path / "a.xlsx", change)
    from_xlsx(tmp_path / "a.xlsx", tmp_path / "back")
    assert _same(city, tmp_path / "back")
    assert load(city).release == load(tmp_path / "back").release


def test_places_count_the_titles_above_the_header(city: Path, tmp_path: Path) -> None:
    def change(book) -> None:
        sheet = book["分解系数 proxies"]
        sheet.insert_rows(1, 3)
        sheet["A1"] = "分解系数表"
        sheet["D5"] = 13.7

    to_xlsx(city, tmp_path / "a.xlsx")
    _office_made(tmp_path / "a.xlsx", change)
    with pytest.raises(DafengError) as error:
        from_xlsx(tmp_path / "a.xlsx", tmp_path / "back")
    assert {problem.where for problem in error.value.problems} == {"分解系数 proxies!D5"}


def test_merged_cells_and_formulas_without_value_are_named_with_the_cure(city: Path, tmp_path: Path) -> None:
    def change(book) -> None:
        sheet = book["统计数据 observations"]
        sheet.merge_cells("A2:A3")
        sheet["D4"] = "=D3*2"

    to_xlsx(city, tmp_path / "a.xlsx")
    _office_made(tmp_path / "a.xlsx", change)
    with pytest.raises(DafengError) as error:
        from_xlsx(tmp_path / "a.xlsx", tmp_path / "back")
    found = {problem.where: problem for problem in error.value.problems}
    assert "取消合并" in found["统计数据 observations!A2:A3"].mend
    assert "=D3*2" in found["统计数据 observations!D4"].found
    assert "save" in found["统计数据 observations!D4"].mend
    assert not (tmp_path / "back").exists()


def test_a_header_in_other_words_is_one_problem_and_not_one_of_each_row(city: Path, tmp_path: Path) -> None:
    def change(book) -> None:
        sheet = book["统计数据 observations"]
        for number, cell in enumerate(sheet[1]):
            cell.value = f"字段{number}"

    to_xlsx(city, tmp_path / "a.xlsx")
    _office_made(tmp_path / "a.xlsx", change)
    with pytest.raises(DafengError) as error:
        from_xlsx(tmp_path / "a.xlsx", tmp_path / "back")
    mine = [problem for problem in error.value.problems if "observations!" in problem.where]
    assert [problem.where for problem in mine] == ["统计数据 observations!A1"]
    assert "指标 indicator" in mine[0].expected


def test_a_sheet_that_no_case_has_is_named(city: Path, tmp_path: Path) -> None:
    def change(book) -> None:
        book.create_sheet("统计数")["A1"] = "x"

    to_xlsx(city, tmp_path / "a.xlsx")
    _office_made(tmp_path / "a.xlsx", change)
    with pytest.raises(DafengError) as error:
        from_xlsx(tmp_path / "a.xlsx", tmp_path / "back")
    assert [(problem.where, "统计数据" in problem.mend) for problem in error.value.problems] == [
        ("统计数", True)
    ]
