"""Contract: the division of work as rows — task, content, lead, support, blanket, deadline as a date, deliverable, targets — and its files."""

from datetime import date
from pathlib import Path

import docx
import icalendar
import openpyxl
import pytest
from tests.plan.document_makes import PDF_MAKES, content
from typer.testing import CliRunner

from dafeng.cli.plan import app
from dafeng.evidence import DafengError
from dafeng.plan import calendar, divide, read_text, save_plan, write_division
from dafeng.plan.division import deadline_date, recurrence
from dafeng.plan.documents.formats import read_bytes
from dafeng.plan.model import Recurrence
from dafeng.plan.reading import read_source

TEXT = """临河市碳达峰实施方案
临府发〔2023〕4号
一、重点任务
(一)节能
1.推进改造。2026年6月底前完成12个园区改造。(市发改委牵头,市工信局、各县(市、区)政府配合)到2030年,森林覆盖率达到60%以上。(市林业局负责)
2.完善体系。健全计量体系。(市市场监管局、市发展改革委按职责分工负责)完成时限:每年12月底前
"""


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("2021年四季度", date(2021, 12, 31)),
        ("2022年第一季度前", date(2022, 3, 31)),
        ("2028年底", date(2028, 12, 31)),
        ("2024年2月底前", date(2024, 2, 29)),
        ("2025年上半年", date(2025, 6, 30)),
        ("2025年6月15日前", date(2025, 6, 15)),
        ("2030年前", date(2030, 12, 31)),
        ("10月底前", date(2023, 10, 31)),
        ("年底前", date(2023, 12, 31)),
        ("长期坚持", None),
        ("2025年13月", None),
        ("2023年2月30日", None),
    ],
)
def test_deadlines_are_dates(words: str, wanted: date | None) -> None:
    assert deadline_date(words, 2023) == wanted


def test_without_a_year_of_issue_a_month_is_no_date() -> None:
    assert deadline_date("10月底前") is None


@pytest.mark.parametrize(
    ("words", "kind"), [("每年12月底前", "yearly"), ("每季度", "quarterly"), ("每月5日前", "monthly"), ("长期坚持", "ongoing"), ("2025年底", None)]
)  # fmt: skip
def test_duties_that_come_again(words: str, kind: str | None) -> None:
    assert recurrence(words) == kind


def test_each_list_of_a_task_is_a_row_with_its_own_targets() -> None:
    first, second, third = divide(read_text(TEXT))
    assert (first.task, first.lead, first.support, first.blanket) == (
        "推进改造",
        ("市发改委",),
        ("市工信局",),
        ("各县(市、区)政府",),
    )
    assert first.deadline == date(2026, 6, 30)
    assert first.content == "2026年6月底前完成12个园区改造"
    assert second.support == ("市林业局",)
    assert second.targets == ("森林覆盖率≥60%(2030年)",)
    assert (third.deadline, third.recurrence) == (date(2023, 12, 31), "yearly")
    assert third.support == ("市市场监管局", "市发改委"), "one body, one spelling"


def test_a_table_that_divides_the_work() -> None:
    plan = content(5)
    rows = divide(read_source(read_bytes(PDF_MAKES["division"](plan), "plan.pdf")))
    assert [(row.task, row.lead, row.support, row.deadline) for row in rows] == [
        (title, (bodies[0],), tuple(bodies[1:]), date(int(by[:4]), 12, 31)) for title, by, bodies in plan.work
    ]


def test_the_table_in_word_and_as_a_workbook(tmp_path: Path) -> None:
    plan = read_text(TEXT)
    assert write_division(plan, tmp_path / "a.docx") == 3
    table = docx.Document(str(tmp_path / "a.docx")).tables[0]
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    assert cells[0][2:7] == ["重点任务", "工作内容", "牵头单位", "配合单位", "其他责任主体"]
    assert cells[1][4:8] == ["市发改委", "市工信局", "各县(市、区)政府", "2026-06-30"]
    assert write_division(plan, tmp_path / "a.xlsx") == 3
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert [cell.value for cell in sheet[3]][7:11] == [None, None, None, "森林覆盖率≥60%(2030年)"]


def test_the_division_that_was_written_reads_as_itself(tmp_path: Path) -> None:
    plan = read_text(TEXT)
    write_division(plan, tmp_path / "a.docx")
    again = read_source(read_bytes((tmp_path / "a.docx").read_bytes(), "a.docx"))
    assert next(duty.lead for duty in again.duties) == ("市发改委",)


def test_deadlines_as_a_calendar(tmp_path: Path) -> None:
    events = list(icalendar.Calendar.from_ical(calendar(read_text(TEXT))).walk("VEVENT"))
    assert [event.decoded("dtstart") for event in events] == [date(2026, 6, 30), date(2023, 12, 31)]
    assert "rrule" in events[1]
    assert calendar(read_text(TEXT)) == calendar(read_text(TEXT))
    assert write_division(read_text(TEXT), tmp_path / "a.ics") == 2


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DafengError, match=r"\.ics"):
        write_division(read_text(TEXT), tmp_path / "a.txt")
    with pytest.raises(DafengError, match="bodies"):
        write_division(read_text("临河市碳达峰实施方案\n一、目标\n节能。"), tmp_path / "a.xlsx")


def test_command(tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_text(TEXT, encoding="utf-8")
    shown = CliRunner().invoke(app, ["divide", str(file), "--json"])
    assert '"2026-06-30"' in shown.stdout
    done = CliRunner().invoke(app, ["divide", str(file), "--out", str(tmp_path / "t.docx")])
    assert done.exit_code == 0
    plan = read_text(TEXT)
    save_plan(plan.without_spans(), tmp_path / "plan.yaml")
    assert "12个园区" not in (tmp_path / "plan.yaml").read_text(encoding="utf-8"), (
        "facts hold no words of the text"
    )
    again = CliRunner().invoke(app, ["divide", str(tmp_path / "plan.yaml"), "--first-leads", "--json"])
    assert '"lead_inferred": true' in again.stdout


def test_each_list_of_a_task_has_its_own_content_lead_limit_and_recurrence() -> None:
    plan = read_text(
        "某市碳达峰实施方案\n一、总体要求\n坚持系统观念。\n二、重点任务\n"
        "(一)推进节能改造。2025年底前完成改造200万平方米。(市住建局,市财政局、市发改委,逗号前为牵头单位,下同)"
        "推广超低能耗建筑。(市住建局,市自然资源局、各县(市、区)人民政府,完成时限:2026年6月)每季度通报。(市能源局)\n"
        "(二)统计监测。编制能源平衡表。(市统计局,市能源局;持续推进)\n"
    )
    rows = [(row.lead, row.support, row.blanket, row.deadline, row.recurrence) for row in divide(plan)]
    assert rows == [
        (("市住建局",), ("市财政局", "市发改委"), (), date(2025, 12, 31), None),
        (("市住建局",), ("市自然资源局",), ("各县(市、区)人民政府",), date(2026, 6, 30), None),
        (("市能源局",), (), (), None, Recurrence.QUARTERLY),
        (("市统计局",), ("市能源局",), (), None, Recurrence.ONGOING),
    ]
    assert [row.content for row in divide(plan)][1:] == ["推广超低能耗建筑", "每季度通报", "编制能源平衡表"]
