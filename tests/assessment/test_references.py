"""Contract: every figure of every paper carries a reference, and each reference leads to the value that is printed."""

import re
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from dafeng.assessment import (
    Reading,
    Request,
    allocate_source,
    explain_part,
    judge_counties,
    load_scheme,
    records,
    score,
    warning_rules,
)
from dafeng.assessment.duties import follow_up, request_replies
from dafeng.case import load
from dafeng.evidence import DafengError
from dafeng.inventory import build
from dafeng.plan import Duty, Plan, Task
from dafeng.registers import owner
from dafeng.report import (
    breakdown,
    cascade_workbook,
    explain_inventory,
    follow_up_circular,
    follow_up_table,
    inventory_report,
    score_workbook,
    self_assessment,
    warning_circular,
)

OFFICE, DAY = owner("市双碳办"), "2026年10月21日"
PARTS = "part,name,base,people,people_target\na,甲县,100,10,10\nb,乙县,300,10,10\n"


@pytest.fixture(scope="module")
def jiujiang():
    case = load("jiujiang")
    return case, build(case)


@pytest.fixture
def parts(tmp_path: Path) -> str:
    (tmp_path / "p.csv").write_text(PARTS, encoding="utf-8")
    return str(tmp_path / "p.csv")


def test_every_figure_of_the_inventory_report_is_computed_again(jiujiang):
    case, inventory = jiujiang
    paper = inventory_report(case, inventory, DAY)
    kinds = {reference.split("/")[3] for _, reference in paper.references}
    assert kinds == {"total", "branch", "county"}
    # 8 years of two accounts, the branches, 13 counties and what is not placed
    assert len(paper.references) > 40
    for shown, reference in paper.references:
        found = explain_inventory(case, inventory, reference)
        printed = float(re.match(r"[−-]?[\d,.]+", shown).group().replace(",", "").replace("−", "-"))
        assert printed == pytest.approx(found.value / 1e4, abs=0.51)
        assert found.release == case.release
        assert sum(cell.value for cell in found.cells) == pytest.approx(found.value, rel=1e-9)


@pytest.mark.parametrize(
    "reference",
    ["inventory", "inventory/A/2022", "inventory/D/2022/total", "inventory/A/x/total", "inventory/A/2022/branch", "inventory/A/2022/fuel/coal"],
)  # fmt: skip
def test_a_reference_of_another_form_is_refused(jiujiang, reference: str):
    with pytest.raises(DafengError) as error:
        explain_inventory(*jiujiang, reference)
    assert "inventory/" in error.value.problems[0].sentence("zh")


@pytest.mark.parametrize(
    ("reference", "found"),
    [("inventory/A/1999/total", "1999"), ("inventory/A/2022/branch/fish", "fish"), ("inventory/A/2022/county/1", "1")],
)  # fmt: skip
def test_a_figure_that_is_not_there_names_what_is(jiujiang, reference: str, found: str):
    with pytest.raises(DafengError) as error:
        explain_inventory(*jiujiang, reference)
    problem = error.value.problems[0]
    assert problem.found == found
    assert problem.expected


def test_every_amount_of_a_breakdown_is_allocated_again(parts: str, tmp_path: Path):
    done = allocate_source(parts, Request(361.0, "万t", decimals=1))
    paper = breakdown(done, "总量", DAY)
    # two methods, two parts and the reserve of each
    assert len(paper.references) == 6
    for shown, reference in paper.references:
        assert explain_part(parts, reference).value == float(shown.replace(",", ""))
    cascade_workbook(done, tmp_path / "c.xlsx")
    book = load_workbook(tmp_path / "c.xlsx", data_only=True)
    rows = [row for sheet in book for row in sheet.iter_rows(min_row=2, values_only=True) if row[4]]
    assert len(rows) == 6
    assert all(explain_part(parts, row[4]).value == row[1] for row in rows)


def test_a_reference_holds_settings_year_and_unit(parts: str):
    from dafeng.assessment import Settings

    request = Request(361.0, "tce/t", 2020, Settings(0.1, 2.0, 0.25), 2)
    reference = request.reference("convergence_per_head", "a")
    assert reference == (
        "cascade/total=361,unit=tce∕t,year=2020,reserve=0.1,elasticity=2.0,convergence=0.25,decimals=2/convergence_per_head/a"
    )
    found = explain_part(parts, reference)
    # own amounts 100 and 300 of 361 are 90.25 and 270.75, equal ones 180.5: 0.75 × 90.25 + 0.25 × 180.5
    assert (found.value, found.unit) == (112.81, "tce/t")
    assert found.inputs == {"base": 100.0, "people": 10.0, "people_target": 10.0}
    assert found.release.startswith("sha256 ")


@pytest.mark.parametrize(
    "reference",
    [
        "cascade/total=361/equal_decline", "cascade/unit=t/equal_decline/a", "cascade/total=x/equal_decline/a",
        "cascade/total=361,colour=red/equal_decline/a", "cascade/total=361/equal_decline/z", "cascade/total=361/fair/a",
        "cascade/total=361/historical_share/a",
    ],
)  # fmt: skip
def test_a_reference_to_no_part_is_refused(parts: str, reference: str):
    with pytest.raises(DafengError) as error:
        explain_part(parts, reference)
    assert re.search("[\u4e00-\u9fff]", error.value.problems[0].sentence("zh"))


def test_every_figure_that_comes_from_records_leads_to_its_record(store, tmp_path: Path):
    plan = Plan(
        title="示例方案",
        tasks=(Task(locator="三(一)1", title="煤炭"),),
        duties=(Duty(locator="三(一)1", departments=("甲局", "乙局", "丙局")),),
    )
    request_replies(store, OFFICE, plan, "2026Q3", date(2026, 10, 15))
    lines = follow_up(store, OFFICE, "2026Q3", date(2026, 10, 21))
    found = judge_counties(warning_rules(), "ndrc_2021h1_intensity", [Reading("990101", "observed", {"intensity_change": 0.01})], "2026Q3")  # fmt: skip
    records.issue_warnings(store, OFFICE, found)
    scheme = load_scheme("ladder_40_60")
    filed = records.file_score(
        store, OFFICE, scheme, records.Subject("东区政府", "2025", "990101"), "self", {"completion": "1.25", "measures": "45"},
        {"measures": ("a.pdf",)}, date(2026, 1, 20),
    )  # fmt: skip
    papers = {
        "table": follow_up_table(lines, "示例市", "2026Q3", DAY),
        "circular": follow_up_circular(lines, "示例市", "2026Q3", DAY),
        "warning": warning_circular(records.warnings_of(store, OFFICE, "2026Q3"), {"990101": "东区"}, "示例市", "2026Q3", DAY),
        "score": self_assessment(scheme, filed.sheet, DAY, record=filed.id),
    }  # fmt: skip
    # a bonus has a reference of its own
    assert {name: len(paper.references) for name, paper in papers.items()} == {"table": 3, "circular": 3, "warning": 1, "score": 4}  # fmt: skip
    values = {
        name: [records.explain_record(store, OFFICE, reference).value for _, reference in paper.references]
        for name, paper in papers.items()
    }
    assert values["table"] == ["requested"] * 3
    assert values["circular"] == ["2026-10-15"] * 3
    assert values["warning"] == ["red"]
    assert [float(value) for value in values["score"]] == [
        float(shown) for shown, _ in papers["score"].references
    ]
    score_workbook(scheme, filed.sheet, tmp_path / "s.xlsx", filed.id)
    sheet = load_workbook(tmp_path / "s.xlsx", data_only=True).active
    rows = [row for row in sheet.iter_rows(min_row=2, values_only=True) if row[5]]
    assert [float(records.explain_record(store, OFFICE, row[5]).value) for row in rows] == [
        40.0,
        45.0,
        float(filed.sheet.total),
    ]


def test_a_score_that_is_not_kept_states_that_it_has_no_reference():
    scheme = load_scheme("ladder_40_60")
    paper = self_assessment(scheme, score(scheme, {"completion": "1"}, {}, date(2026, 1, 1)), DAY)
    assert paper.references == []
    assert (
        paper.bytes()
        != self_assessment(scheme, score(scheme, {"completion": "0.9"}, {}, date(2026, 1, 1)), DAY).bytes()
    )
