"""Contract: 32 slips that a clerk makes in Excel and thirteen more, each read as it was meant or told by its cell with the cure.

Nothing is guessed: what can be read in one way only is read; anything else names sheet and cell.
"""

import io
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as Picture
from PIL import Image

from dafeng.case import from_xlsx, load, to_xlsx
from dafeng.evidence import DafengError

pytestmark = pytest.mark.slow

OBSERVATIONS, PROXIES, PLANTS, SOURCES = (
    "统计数据 observations",
    "分解系数 proxies",
    "电厂与热源 plants",
    "资料来源 sources",
)
Change = Callable[[Any], None]


def cell(sheet: str, at: str, value: object) -> Change:
    def change(book: Any) -> None:
        book[sheet][at] = value

    return change


def title_rows(book: Any) -> None:
    book[OBSERVATIONS].insert_rows(1, 2)
    book[OBSERVATIONS]["A1"] = "试验市统计数据表"


def merged_title(book: Any) -> None:
    title_rows(book)
    book[OBSERVATIONS].merge_cells("A1:H1")


def merged_body(book: Any) -> None:
    book[OBSERVATIONS].merge_cells("B2:B4")


def chinese_sheet(book: Any) -> None:
    book[OBSERVATIONS].title = "统计数据"


def chinese_heads(book: Any) -> None:
    for head in book[OBSERVATIONS][1]:
        head.value = head.value.split("\n")[0]


def ids_alone(book: Any) -> None:
    for head in book[OBSERVATIONS][1]:
        head.value = head.value.split("\n")[-1]


def own_heads(book: Any) -> None:
    for head in book[OBSERVATIONS][1]:
        head.value = f"栏目{head.column}"


def empty_row(book: Any) -> None:
    book[OBSERVATIONS].insert_rows(3)


def trailing_rows(book: Any) -> None:
    book[OBSERVATIONS]["A40"] = None
    book[OBSERVATIONS]["A41"] = " "


def extra_sheet(book: Any) -> None:
    book.create_sheet("Sheet1")


def notes_sheet(book: Any) -> None:
    book.create_sheet("备注")["A1"] = "请领导审阅"


def moved_column(book: Any) -> None:
    sheet = book[OBSERVATIONS]
    rows = [[entry.value for entry in row] for row in sheet.iter_rows()]
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate([*row[1:], row[0]], start=1):
            sheet.cell(number, column).value = value


def hidden_rows(book: Any) -> None:
    book[OBSERVATIONS].row_dimensions[3].hidden = True


def sum_row(book: Any) -> None:
    sheet = book[OBSERVATIONS]
    last = sheet.max_row + 1
    sheet.cell(last, 1).value = "合计"
    sheet.cell(last, 4).value = 100


def doubled(book: Any) -> None:
    sheet = book[OBSERVATIONS]
    last = sheet.max_row + 1
    for head in range(1, sheet.max_column + 1):
        sheet.cell(last, head).value = sheet.cell(2, head).value


def deleted_source(book: Any) -> None:
    book[SOURCES].delete_rows(2)


def dropped_column(book: Any) -> None:
    book[OBSERVATIONS].delete_cols(4)


def filtered(book: Any) -> None:
    sheet = book[OBSERVATIONS]
    sheet.auto_filter.ref = f"A1:H{sheet.max_row}"
    sheet.auto_filter.add_filter_column(2, ["2020"])
    for row in range(3, sheet.max_row + 1):
        sheet.row_dimensions[row].hidden = True


def hidden_column(book: Any) -> None:
    book[OBSERVATIONS].column_dimensions["F"].hidden = True


def commented(book: Any) -> None:
    book[OBSERVATIONS]["D2"].comment = Comment("与公报核对,应为9", "科长")


def pictured(book: Any) -> None:
    dots = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(dots, "png")
    book[OBSERVATIONS].add_image(Picture(dots), "D4")


def percent_cell(book: Any) -> None:
    book[PROXIES]["D2"].number_format = "0.0%"


def date_as_year(book: Any) -> None:
    book[OBSERVATIONS]["C2"] = date(2020, 1, 1)


def swapped(book: Any) -> None:
    for row in book[OBSERVATIONS].iter_rows(min_row=2):
        row[2].value, row[3].value = row[3].value, row[2].value


def second_table(book: Any) -> None:
    sheet = book[OBSERVATIONS]
    start = sheet.max_row + 3
    for at, head in enumerate(("指标", "单位", "数值"), start=1):
        sheet.cell(start, at).value = head
        sheet.cell(start + 1, at).value = ("人口", "万人", 456)[at - 1]


def notes_below(book: Any) -> None:
    sheet = book[OBSERVATIONS]
    sheet.cell(sheet.max_row + 2, 1).value = "注:数据来自统计公报"


def two_header_rows(book: Any) -> None:
    sheet = book[OBSERVATIONS]
    sheet.insert_rows(1)
    sheet["A1"], sheet["C1"] = "基本信息", "数据"
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("C1:E1")


# what was done, and "" where it is read as meant, else a word of the Chinese that is told
SLIPS: list[tuple[str, Change, str]] = [
    ("titles above the header", title_rows, ""),
    ("merged title", merged_title, ""),
    ("Chinese sheet name", chinese_sheet, ""),
    ("Chinese headings", chinese_heads, ""),
    ("ids as headings", ids_alone, ""),
    ("empty sheet left over", extra_sheet, ""),
    ("empty row between", empty_row, ""),
    ("blank rows at the end", trailing_rows, ""),
    ("columns in another order", moved_column, ""),
    ("hidden row", hidden_rows, ""),
    ("year as text", cell(OBSERVATIONS, "C2", "2020"), ""),
    ("space before a code", cell(OBSERVATIONS, "B2", " 360400"), "请写 '360400'"),
    ("code as number", cell(OBSERVATIONS, "B2", 360400), ""),
    ("number as text", cell(OBSERVATIONS, "D2", "7"), ""),
    ("number with spaces", cell(OBSERVATIONS, "D2", " 7 "), ""),
    ("merged cells among the rows", merged_body, "合并"),
    ("headings of one's own", own_heads, "表头"),
    ("sheet of notes", notes_sheet, "表"),
    ("sum in the last row", sum_row, "合计"),
    ("row copied twice", doubled, "又出现"),
    ("source deleted", deleted_source, "sources.csv"),
    ("column deleted", dropped_column, "value"),
    ("year with 年", cell(OBSERVATIONS, "C2", "2020年"), "2020年"),
    ("figure with its unit", cell(OBSERVATIONS, "D2", "7%"), "7%"),
    ("thousands comma", cell(OBSERVATIONS, "D2", "1,520.1"), "1,520.1"),
    ("full-width digits", cell(OBSERVATIONS, "D2", "７"), "７"),
    ("dash for nothing", cell(OBSERVATIONS, "D2", "—"), "—"),
    ("figure left empty", cell(OBSERVATIONS, "D2", None), "D2"),
    ("unknown unit", cell(OBSERVATIONS, "E2", "万顿"), "万顿"),
    ("grade of one's own", cell(OBSERVATIONS, "G2", "优"), "优"),
    ("percent as a share above one", cell(PROXIES, "D2", 13.7), "0.137"),
    ("formula without a value", cell(OBSERVATIONS, "D3", "=1/0"), "公式"),
    # thirteen that the issue does not name
    ("two rows of headings", two_header_rows, ""),
    ("rows filtered out", filtered, ""),
    ("hidden column", hidden_column, ""),
    ("comment on a cell", commented, ""),
    ("picture over the table", pictured, ""),
    ("cell shown as percent", percent_cell, ""),
    ("date in the column of years", date_as_year, "2020-01-01"),
    ("values of two columns swapped", swapped, "1949 至 2100"),
    ("second table below", second_table, "另一张表"),
    ("note below the table", notes_below, "注:数据来自统计公报"),
    ("figure with 万吨", cell(OBSERVATIONS, "D2", "12万吨"), "单位写在 unit 列"),
    ("picture in a cell, as WPS does", cell(OBSERVATIONS, "H2", '=_xlfn.DISPIMG("ID_1",1)'), "公式"),
    ("full-width code", cell(OBSERVATIONS, "B2", "３６０４００"), "360400"),
]


@pytest.fixture(scope="module")
def written(kept_city: Path) -> tuple[Path, Path]:
    """The small city and its workbook, written once."""
    to_xlsx(kept_city, kept_city.parent / "a.xlsx")
    return kept_city, kept_city.parent / "a.xlsx"


def test_there_are_thirty_two_and_thirteen_more() -> None:
    assert len({name for name, _, _ in SLIPS}) == 45


@pytest.mark.parametrize(("name", "change", "told"), SLIPS, ids=[name for name, _, _ in SLIPS])
def test_a_slip_is_read_or_told(
    name: str, change: Change, told: str, written: tuple[Path, Path], tmp_path: Path
) -> None:
    city, book = written
    opened = openpyxl.load_workbook(book)
    change(opened)
    book = city.parent / f"slip-{SLIPS.index((name, change, told))}.xlsx"
    opened.save(book)
    if not told:
        from_xlsx(book, city.parent / tmp_path.name)
        before, after = (
            load(city).table("observations"),
            load(city.parent / tmp_path.name).table("observations"),
        )
        columns = list(before.columns)
        assert (
            after[columns]
            .sort_values(columns[:3])
            .reset_index(drop=True)
            .equals(before.sort_values(columns[:3]).reset_index(drop=True))
        ), name
        return
    with pytest.raises(DafengError) as error:
        from_xlsx(book, city.parent / tmp_path.name)
    problems = error.value.problems
    shown = " ".join(f"{problem.where} {problem.sentence('zh')}" for problem in problems)
    assert told in shown, shown
    assert len(problems) <= 8, shown
    assert all(
        "!" in problem.where or problem.where in opened.sheetnames or ".csv" in problem.where
        for problem in problems
    )
    assert not (city.parent / tmp_path.name).exists()


@pytest.mark.system
def test_an_old_workbook_is_read_as_the_new_one(written: tuple[Path, Path], tmp_path: Path) -> None:
    city, book = written
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice on this machine")
    command = [
        office,
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "xls",
    ]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(book)], check=True, capture_output=True, timeout=120
    )
    assert (tmp_path / "a.xls").read_bytes()[:4] == b"\xd0\xcf\x11\xe0"
    from_xlsx(tmp_path / "a.xls", city.parent / "old")
    before, after = (load(folder).table("observations") for folder in (city, city.parent / "old"))
    assert after[list(before.columns)].equals(before)
