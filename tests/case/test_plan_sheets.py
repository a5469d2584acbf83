"""Contract: the plan of a case is tables in its workbook, and comes back from them letter by letter, or told by cell."""

from pathlib import Path

import openpyxl
import pytest

from dafeng.case import bundled_path, from_xlsx, load, to_xlsx
from dafeng.case.workbooks.plan_sheets import LISTS, plan_sheets, read_plan
from dafeng.evidence import DafengError, Problems
from dafeng.plan import Plan


@pytest.fixture(scope="module")
def text() -> str:
    return ((bundled_path("jiujiang") or Path()) / "plan.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("plan") / "case.xlsx"
    to_xlsx("jiujiang", file)
    return file


def test_the_plan_of_jiujiang_is_tables_and_no_yaml(book: Path) -> None:
    found = openpyxl.load_workbook(book)
    assert "plan.yaml" not in found.sheetnames
    assert {"方案 plan", "方案任务 tasks", "方案责任 duties", "方案目标 targets"} <= set(found.sheetnames)
    targets = found["方案目标 targets"]
    heads = [cell.value for cell in targets[1]]
    assert "指标\nindicator" in heads
    assert targets.max_row - 1 == 44
    tasks = found["方案任务 tasks"]
    assert tasks["C2"].value.split("、")[0] == "市发改委"


def test_it_comes_back_letter_by_letter(text: str) -> None:
    sheets = plan_sheets(text)
    assert len(sheets) >= 4
    assert not any(len(list(sheet.rows)) > 300 for sheet in sheets)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "# remark of a person\n" + text,
        lambda text: text.replace("市发改委", "发改委、能源局", 1),
        lambda text: text.replace("title: 九江", "title:  九江"),
        lambda text: "tasks: [",
        lambda text: "- a list",
    ],
    ids=["comment", "separator in a name", "other layout", "broken", "no plan"],
)
def test_what_tables_would_lose_stays_text(text: str, change) -> None:
    assert plan_sheets(change(text)) == []


def edited(book: Path, folder: Path, sheet: str, cell: str, value: object) -> Path:
    found = openpyxl.load_workbook(book)
    found[sheet][cell] = value
    found.save(folder / "b.xlsx")
    return folder / "b.xlsx"


def column(book: Path, sheet: str, id_: str) -> str:
    found = openpyxl.load_workbook(book, read_only=True)[sheet]
    heads = [str(cell.value).split("\n")[-1] for cell in next(found.iter_rows(max_row=1))]
    return chr(ord("A") + heads.index(id_))


def test_an_edit_in_excel_reaches_the_plan(book: Path, tmp_path: Path) -> None:
    at = column(book, "方案目标 targets", "value")
    changed = edited(book, tmp_path, "方案目标 targets", f"{at}2", 93.5)
    from_xlsx(changed, tmp_path / "back")
    case = load(str(tmp_path / "back"))
    assert case.plan is not None
    assert case.plan.targets[0].value == 93.5
    before = load("jiujiang").plan
    assert before is not None
    assert case.plan.targets[1:] == before.targets[1:]
    assert case.plan.tasks == before.tasks


@pytest.mark.parametrize(
    ("sheet", "id_", "value", "told"),
    [
        ("方案目标 targets", "comparator", "at least", "comparator"),
        ("方案目标 targets", "year", "明年", "year"),
        ("方案任务 tasks", "locator", "", "locator"),
    ],
)
def test_a_wrong_cell_is_told_by_sheet_and_row(
    book: Path, tmp_path: Path, sheet: str, id_: str, value: object, told: str
) -> None:
    changed = edited(book, tmp_path, sheet, f"{column(book, sheet, id_)}3", value or None)
    with pytest.raises(DafengError) as error:
        from_xlsx(changed, tmp_path / "back")
    problem = next(problem for problem in error.value.problems if problem.where.startswith(sheet))
    assert problem.where.endswith("3"), (problem.where, told)
    assert "符合方案格式" in problem.sentence("zh")
    assert not (tmp_path / "back").exists()


def test_a_heading_that_is_none_and_a_sheet_without_the_first(book: Path, tmp_path: Path) -> None:
    changed = edited(book, tmp_path, "方案目标 targets", "A1", "位址")
    with pytest.raises(DafengError, match="indicator"):
        from_xlsx(changed, tmp_path / "back")
    found = openpyxl.load_workbook(book)
    del found["方案 plan"]
    found.save(tmp_path / "c.xlsx")
    with pytest.raises(DafengError) as error:
        from_xlsx(tmp_path / "c.xlsx", tmp_path / "back")
    assert any("总表" in problem.sentence("zh") for problem in error.value.problems)


def test_every_field_of_a_plan_has_a_sheet_or_a_row() -> None:
    assert set(LISTS) <= set(Plan.model_fields)
    problems = Problems()
    assert read_plan([], problems) is None
    assert not list(problems)
