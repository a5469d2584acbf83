"""Contract: papers say what the summary says; each figure leads back to its place in summary.json."""

import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dafeng.assessment import Request, allocate_source, load_scheme, score
from dafeng.assessment.duties import FollowUp
from dafeng.case import load
from dafeng.evidence import DafengError, Language
from dafeng.inventory import build
from dafeng.pathway.results import Range
from dafeng.report import (
    Assessed,
    Summary,
    breakdown,
    cascade_workbook,
    control_lines,
    explain_figure,
    follow_up_circular,
    follow_up_table,
    inventory_report,
    one_page,
    read_summary,
    score_workbook,
    self_assessment,
    without_odds,
    yearly_report,
)
from dafeng.report.assessed import (
    AimOutcome,
    BudgetLine,
    ClosingMeasure,
    ControlPath,
    ControlYear,
    CountyLight,
    LateBody,
    OpenTarget,
)
from dafeng.report.papers.one_page import changes_since, decisions

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def cells(paper) -> list[list[str]]:
    root = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(paper.bytes())).read("word/document.xml"))
    return [
        ["".join(t.text or "" for t in cell.iter(f"{W}t")) for cell in row.iter(f"{W}tc")]
        for row in root.iter(f"{W}tr")
    ]


def words(paper) -> str:
    root = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(paper.bytes())).read("word/document.xml"))
    return "\n".join("".join(t.text or "" for t in p.iter(f"{W}t")) for p in root.iter(f"{W}p"))


@pytest.fixture
def results(tmp_path: Path, summary: Summary) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "summary.json").write_text(summary.model_dump_json(), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps({"inputs": {"city.yaml": "ab12"}}), encoding="utf-8")
    return folder


def test_every_target_and_task_stands_in_the_yearly_report(results: Path):
    summary = read_summary(results)
    rows = cells(yearly_report(summary, "2026年3月31日", "示例单位"))
    printed = [(row[0], row[1]) for row in rows if len(row) == 5 and row[0] != "条目"]
    assert printed == [(target.locator, target.indicator) for target in summary.targets]
    assert all(
        target.why_zh == row[4]
        for target, row in zip(summary.targets, [r for r in rows if len(r) == 5][1:], strict=True)
    )
    tasks = [row[0] for row in rows if len(row) == 4 and row[0] != "条目"]
    assert sorted(tasks) == sorted(task.id for task in summary.attribution.tasks)


def test_every_reference_of_the_report_is_resolved_to_the_printed_figure(results: Path):
    paper = yearly_report(read_summary(results), "2026年3月31日")
    assert len(paper.references) >= 15
    printed = words(paper)
    for number, (shown, pointer) in enumerate(paper.references, start=1):
        assert f"{shown}[{number}]" in printed
        assert f"[{number}] {pointer}" in printed
        found = explain_figure(results, pointer)
        assert found.release == read_summary(results).place.release
        if isinstance(found.value, float):
            # people see 万吨 with three significant digits; the summary has Mt
            read = float(re.sub(r"[^\d.\-]", "", shown.split(" ")[0].replace(",", "")))
            assert read == pytest.approx(found.value * 100, rel=0.01, abs=0.5)


def assessed(**more: object) -> Assessed:
    spread = Range(low=-0.3, median=-0.151, high=-0.02)
    outcome = AimOutcome(
        id="a", name_zh="“十五五”单位GDP二氧化碳排放", name_en="CO2 per GDP (index)", kind="fall", from_year=2025, to_year=2030,
        aim=-0.17, level="CN", binding=True, bound="floor", document="文件", issued="2026-03-05", source="s", grade="D",
        reached=None, done=0.151, odds={"plan": 0.7, "plan-expected": 0.43}, change=spread, short=1.234, amount=40.0,
    )  # fmt: skip
    row = ControlYear(
        year=2025, basis="observed", amount=Range(low=1, median=2, high=3), deducted=0, intensity=None, per_head=None,
        fall=Range(low=0, median=0, high=0), done=0, line=0, annual=None, required=0.0366,
    )  # fmt: skip
    path = ControlPath(
        quantity="co2", account="A", from_year=2025, to_year=2030, aim="a", years=[row], aims=[outcome]
    )
    return Assessed(dual_control=[path], **more)


BUDGET = BudgetLine(
    level="county", node="990101", name="示例东区", year=2026, coverage="whole", assigned=1.0, used=1.2, basis="inventory",
    ets=None, committed=0.1, left=-0.3, unknown=0, document="文件",
)  # fmt: skip
LIGHT = CountyLight(
    county="990102", name_zh="示例西县", name_en="West", period="2026Q3", basis="observed", colour="red",
    consequence="suspend", in_force=True, record=7,
)  # fmt: skip
OPEN = OpenTarget(
    target="三(一)2 风电", year=2030, status="at_risk", odds=0.15,
    measures=[ClosingMeasure(measure="m", name_zh="装机", name_en="build", task="三(一)2", body="市发改委", open_delivery=0.2, odds=0.96, cost=None)],
)  # fmt: skip
LATE = LateBody(body="市甲局", period="2026Q3", overdue=3, longest=12, tasks=["三(一)1"])


def test_the_sentence_of_dual_control_has_odds_and_what_is_short():
    [zh], [en] = (control_lines(assessed(), 2025, language) for language in (Language.ZH, Language.EN))
    assert "达到−17%的可能性约四成" in zh
    assert "差123 万吨" in zh
    assert "每年需下降3.66%" in zh
    assert "reaches −17% by 2030 against 2025 with odds of about 4 in 10" in en
    assert "short by 1.23 Mt" in en
    [without] = control_lines(without_odds(assessed()), 2025, Language.EN)
    assert "no odds" in without
    assert "in 10" not in without


def test_the_page_for_the_mayor_has_lights_by_task_and_owner(results: Path):
    summary = read_summary(results)
    rows = cells(one_page(summary, "2026年3月31日"))
    lights = [row for row in rows if len(row) == 3][1:]
    assert sum(int(row[1]) for row in lights) == len({target.locator for target in summary.targets})
    missed = next(target for target in summary.targets if target.status == "missed")
    assert missed.locator in lights[0][2]
    assert missed.departments[0] in lights[0][2]


def test_three_decisions_one_of_each_kind_first(results: Path):
    summary = read_summary(results)
    whole = summary.model_copy(
        update={"assessment": assessed(budgets=[BUDGET], lights=[LIGHT], open_targets=[OPEN], late=[LATE])}
    )
    assert [one.kind for one in decisions(whole)] == ["budget", "red", "measure"]
    assert [one.kind for one in decisions(summary)] == ["task"] * min(3, len(summary.attribution.tasks))
    lifted = LIGHT.model_copy(update={"in_force": False})
    less = summary.model_copy(update={"assessment": assessed(lights=[lifted], late=[LATE])})
    assert [one.kind for one in decisions(less)][:2] == ["late", "task"]
    rows = [row for row in cells(one_page(whole, "2026年3月31日")) if len(row) == 4][1:]
    assert [row[3] for row in rows] == ["示例东区", "示例西县", "市发改委"]
    assert "超出30.0 万吨" in rows[0][2]


def test_changes_since_last_year_are_named(results: Path):
    summary = read_summary(results)
    assert changes_since(None, summary) is None
    first, *others = summary.targets
    before = summary.model_copy(
        update={"targets": [first.model_copy(update={"status": "cannot_be_judged"}), *others]}
    )
    changes = changes_since(before, summary)
    assert first.indicator in changes[0]
    assert "不能判定" in changes[0]
    assert len(changes) == 2
    assert "2030年前达峰的可能性" in changes[-1]


def test_every_reference_of_the_page_and_of_dual_control_is_resolved(tmp_path: Path, summary: Summary):
    whole = summary.model_copy(
        update={"assessment": assessed(budgets=[BUDGET], lights=[LIGHT], open_targets=[OPEN], late=[LATE])}
    )
    (tmp_path / "summary.json").write_text(whole.model_dump_json(), encoding="utf-8")
    (tmp_path / "run.json").write_text('{"inputs": {}}', encoding="utf-8")
    for paper in (one_page(whole, "2026年3月31日"), yearly_report(whole, "2026年3月31日")):
        found = re.findall(r"(?<![\w/])(/[a-z_]+(?:/[\w-]+)*)", words(paper))
        assert len(found) >= 5
        for pointer in found:
            assert explain_figure(tmp_path, pointer).value is not None


def test_synthetic_data_are_marked_on_every_page(summary: Summary):
    def heads(paper) -> str:
        file = zipfile.ZipFile(io.BytesIO(paper.bytes()))
        return "".join(file.read(name).decode() for name in file.namelist() if "header" in name)

    marked = summary.model_copy(update={"assessment": assessed(synthetic=True)})
    assert "仿真" in heads(one_page(marked, "2026年3月31日"))
    assert "仿真" in heads(yearly_report(marked, "2026年3月31日"))
    assert "仿真" not in heads(yearly_report(summary, "2026年3月31日"))


@pytest.mark.parametrize("pointer", ["", "peaks", "/peaks/99", "/peaks/x", "/base/A/low/deeper", "/nothing"])
def test_a_reference_that_leads_nowhere_says_what_stands_there(results: Path, pointer: str):
    with pytest.raises(DafengError) as error:
        explain_figure(results, pointer)
    assert error.value.problems[0].expected


def test_no_results_and_results_of_another_version_are_refused(tmp_path: Path, results: Path):
    with pytest.raises(DafengError):
        read_summary(tmp_path)
    content = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    del content["peaks"]
    (tmp_path / "summary.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DafengError) as error:
        read_summary(tmp_path)
    assert error.value.problems[0].where.endswith("/peaks")


def test_a_breakdown_prints_each_part_the_reserve_and_the_sum(tmp_path: Path):
    (tmp_path / "p.csv").write_text("part,name,base\na,甲县,100\nb,乙县,300\n", encoding="utf-8")
    paper = breakdown(allocate_source(str(tmp_path / "p.csv"), Request(361.0, "万t")), "总量", "2026年1月1日")
    assert [row[:4] for row in cells(paper)[1:]] == [
        ["甲县", "90[1]", "24.9%", "-10.0%"], ["乙县", "271[2]", "75.1%", "-9.7%"], ["预备", "0[3]", "0.0%", ""],
        ["合计", "361", "100.0%", ""],
    ]  # fmt: skip
    assert "历史占比法：各单元均缺历史年份平均量" in words(paper)


def test_a_self_assessment_prints_points_vetoes_and_what_is_missing():
    scheme = load_scheme("ladder_40_60")
    sheet = score(scheme, {"completion": "0.95"}, {}, date(2026, 1, 1))
    paper = self_assessment(scheme, sheet, "2026年1月1日")
    assert [row[:4] for row in cells(paper)[1:]] == [
        ["年度节能目标完成率", "40", "36.00", "0.00"],
        ["节能措施", "60", "0", "0"],
        ["合计", "100", "36.00", "0.00"],
    ]
    assert "目标完成率: 0.95 < 1" in words(paper)
    assert "1个项目缺少" in words(paper)


def test_the_circular_counts_bodies_and_names_each_overdue_task():
    def line(task: str, body: str, overdue: int, state: str = "requested") -> FollowUp:
        return FollowUp(1, 1, task, "名称", body, "lead", "2026H1", state, date(2026, 7, 15), "", "", False, overdue, 7 if overdue else 0, "", "")  # fmt: skip

    lines = [
        line("三(一)1", "甲局", 9),
        line("三(一)2", "甲局", 9),
        line("三(一)1", "乙局", 9),
        line("四(一)1", "乙局", 0, "accepted"),
    ]
    circular = follow_up_circular(lines, "示例市", "2026H1", "2026年7月24日")
    rows = cells(circular)
    assert rows[1:3] == [["甲局", "2"], ["乙局", "1"]]
    assert rows[4] == ["三(一)1", "名称", "甲局", "2026-07-15[1]", "9天（7个工作日）"]
    assert "共4项反馈要求，已反馈1项，逾期3项" in words(circular)
    table = cells(follow_up_table(lines, "示例市", "2026H1", "2026年7月24日"))
    assert table[4] == ["四(一)1", "乙局", "牵头", "已采纳[1]", "", "", ""]


def test_the_inventory_report_holds_every_year_branch_and_county():
    case = load("jiujiang")
    inventory = build(case)
    paper = inventory_report(case, inventory, "2026年3月31日", "市生态环境局")
    rows = cells(paper)
    totals = [row for row in rows if row[0].isdigit()]
    assert [int(row[0]) for row in totals] == list(inventory.years)
    [last] = inventory.totals("A", [inventory.years[-1]])
    assert totals[-1][1].startswith(f"{last.value_t / 1e4:,.0f}（")
    sums = [row for row in rows if row[0] == "合计"]
    assert {row[1] for row in sums} == {f"{last.value_t / 1e4:,.1f}"}
    assert all(county.name_zh in words(paper) for county in case.city.counties)
    assert paper.bytes() == inventory_report(case, inventory, "2026年3月31日", "市生态环境局").bytes()


def formulas(path: Path) -> dict[str, tuple[str, float]]:
    from openpyxl import load_workbook

    shown, cached = load_workbook(path), load_workbook(path, data_only=True)
    return {
        f"{sheet.title}!{cell.coordinate}": (str(cell.value), float(cached[sheet.title][cell.coordinate].value))
        for sheet in shown for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")
    }  # fmt: skip


def test_sums_of_the_workbooks_are_formulas(tmp_path: Path):
    scheme = load_scheme("ladder_40_60")
    sheet = score(
        scheme, {"completion": "1.25", "measures": "50.5"}, {"measures": ("a.pdf",)}, date(2026, 1, 1)
    )
    score_workbook(scheme, sheet, tmp_path / "s.xlsx")
    found = formulas(tmp_path / "s.xlsx")
    assert found["评分表!C4"] == ("=SUM(C2:C3)", 90.5)
    assert found["评分表!C5"] == ("=ROUND(IF(B4=0,0,C4*100/B4)+D4,2)", 96.5)
    (tmp_path / "p.csv").write_text("part,name,base\na,甲县,100\nb,乙县,300\n", encoding="utf-8")
    done = allocate_source(str(tmp_path / "p.csv"), Request(361.0, "万t"), ("equal_decline",))
    cascade_workbook(done, tmp_path / "c.xlsx")
    found = formulas(tmp_path / "c.xlsx")
    [name] = {key.split("!")[0] for key in found}
    assert found[f"{name}!B5"] == ("=SUM(B2:B4)", 361.0)
    assert found[f"{name}!B6"][1] == 0.0
