"""Contract: papers say what the summary says; each figure leads back to its place in summary.json."""

import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dafeng.assessment import load_scheme, propose, read_basis, score
from dafeng.assessment.duties import FollowUp
from dafeng.case import load
from dafeng.evidence import DafengError
from dafeng.inventory import build
from dafeng.report import (
    Summary,
    breakdown,
    cascade_workbook,
    explain_figure,
    follow_up_circular,
    follow_up_table,
    inventory_report,
    one_page,
    read_summary,
    score_workbook,
    self_assessment,
    yearly_report,
)

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
    index = [row for row in cells(paper) if len(row) == 3][1:]
    assert len(index) >= 5
    for number, shown, pointer in index:
        assert f"{shown}[{number}]" in words(paper)
        found = explain_figure(results, pointer)
        assert found.release == read_summary(results).place.release
        if isinstance(found.value, float):
            # people see 万吨 with three significant digits; the summary has Mt
            read = float(re.sub(r"[^\d.\-]", "", shown.split(" ")[0].replace(",", "")))
            assert read == pytest.approx(found.value * 100, rel=0.01, abs=0.5)


def test_the_page_for_the_mayor_counts_the_lights(results: Path):
    summary = read_summary(results)
    rows = cells(one_page(summary, "2026年3月31日"))
    count = summary.target_count
    assert rows[1] == [
        str(n) for n in (count.met, count.at_risk, count.missed, count.cannot_be_judged, count.total)
    ]
    assert sum(int(cell) for cell in rows[1][:4]) == count.total


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
    basis = read_basis(tmp_path / "p.csv")
    paper = breakdown(
        propose(361.0, basis.parts, "万t", names=basis.names), basis.names, "总量", "2026年1月1日"
    )
    assert [row[:4] for row in cells(paper)[1:]] == [
        ["甲县", "90", "24.9%", "-10.0%"], ["乙县", "271", "75.1%", "-9.7%"], ["预备", "0", "0.0%", ""], ["合计", "361", "100.0%", ""],
    ]  # fmt: skip
    assert "historical_share" in words(paper)


def test_a_self_assessment_prints_points_vetoes_and_what_is_missing():
    scheme = load_scheme("ladder_40_60")
    sheet = score(scheme, {"completion": "0.95"}, {}, date(2026, 1, 1))
    paper = self_assessment(scheme, sheet, "2026年1月1日")
    assert [row[:4] for row in cells(paper)[1:]] == [
        ["年度节能目标完成率", "40", "36.00", "0.00"],
        ["节能措施", "60", "0", "0"],
        ["合计", "100", "36.00", "0.00"],
    ]
    assert "completion: 0.95 < 1" in words(paper)
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
    assert rows[4] == ["三(一)1", "名称", "甲局", "2026-07-15", "9天（7个工作日）"]
    assert "共4项反馈要求，已反馈1项，逾期3项" in words(circular)
    table = cells(follow_up_table(lines, "示例市", "2026H1", "2026年7月24日"))
    assert table[4] == ["四(一)1", "乙局", "牵头", "已采纳", "", "", ""]


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
    basis = read_basis(tmp_path / "p.csv")
    cascade = propose(
        361.0, basis.parts, "万t", ("equal_decline",), bounds=(basis.floor, basis.ceiling), names=basis.names
    )
    cascade_workbook(cascade, basis.names, tmp_path / "c.xlsx")
    found = formulas(tmp_path / "c.xlsx")
    [name] = {key.split("!")[0] for key in found}
    assert found[f"{name}!B5"] == ("=SUM(B2:B4)", 361.0)
    assert found[f"{name}!B6"][1] == 0.0
