"""Contract: a quarter of 示例市 with 13 counties closes by commands, from the request to the circular: every paper is written
again from the freeze as the same bytes, after whatever was edited; two freezes tell each change with its cause."""

import json
import re
from pathlib import Path

import pytest
from docx import Document
from typer.testing import CliRunner

from dafeng.case import load, write_example
from dafeng.cli.assess import app
from dafeng.registers import act, enter, open_workspace, owner, read

PERIOD, DAY = "2026Q3", "2026-10-21"
PROJECT = {
    "project_code": "P1", "name": "示例项目", "unit_name": "单位", "credit_code": "91350100M000100Y43", "stage": "proposed",
    "county": "990101", "industry": "C3011", "two_high_class": "building_materials", "main_product": "水泥", "nature": "new",
    "capacity": "1", "energy_calorific": "10", "approval_kind": "ratify", "disposal": "go_on",
}  # fmt: skip
PAPERS = {
    "yearly": ("年度评估报告", ()), "one-page": ("一页纸", ()), "inventory": ("清单报告", ("ex",)), "follow-up": ("调度表", ()),
    "circular": ("调度通报", ()), "warning": (f"预警通报_{PERIOD}", ("--period", PERIOD)),
    "breakdown": ("目标分解表_2026", ("ex", "--issued", "1")),
    "self-assessment": (f"自评报告_示例东区政府_{PERIOD}_3", ("--record", "3")),
}  # fmt: skip
"""Kind of paper → file of the yearly assessment, and what it is asked for with besides the freeze."""


@pytest.fixture(scope="module")
def quarter(tmp_path_factory):
    """Folder of a quarter that was closed by commands, and what each of them answered."""
    folder = tmp_path_factory.mktemp("quarter")
    write_example(folder / "ex")
    told = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _closed(folder, told)
        yield folder, told


def called(*arguments: str, place: bool = True) -> dict:
    where = ("--workspace", "w", *(("--place", "990100") if place else ()))
    done = CliRunner().invoke(app, [*arguments, *where, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def refused(*arguments: str) -> dict:
    done = CliRunner().invoke(app, [*arguments, "--workspace", "w", "--place", "990100", "--json"])
    assert done.exit_code == 1, done.output
    [problem] = json.loads(done.output)["problems"]
    return problem


def _closed(folder, told):
    store = open_workspace(Path("w"), "990100")
    told["project"] = enter(store, owner("办"), "two_high_projects", PROJECT).id
    cells = {
        "quantity": "co2_budget", "level": "city", "node": "990100", "name": "示例市", "year": "2026", "bound": "floor", "kind": "amount",
        "modality": "binding", "sense": "down", "value": "4000", "unit": "万tCO2", "document": "示府发〔2026〕1号", "issued_on": "2026-03-01",
    }  # fmt: skip
    drafted = enter(store, owner("甲"), "issued_targets", cells)
    act(store, owner("乙"), "issued_targets", drafted.id, "issue", version=drafted.version)
    store.close()
    told["asked"] = called("follow-up", "request", "ex", "--period", PERIOD, "--due", "2026-10-16", "--task", "三(一)2", place=False)  # fmt: skip
    lines = ["county,basis,statistic,value", "990101,observed,intensity_change,0.02"]
    for county in load("ex").city.counties[1:]:
        lines += [f"{county.code},observed,intensity_change,-0.03", f"{county.code},observed,reduction_shortfall,-0.01"]  # fmt: skip
    Path("v.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    told["issued"] = called("warn", "issue", "v.csv", "--period", PERIOD)
    subject = ("--body", "示例东区政府", "--county", "990101", "--period", PERIOD)
    stages = (("self", "45", ()), ("review", "40", ("--explanation", "佐证不足")), ("decision", "45", ("--explanation", "采纳", "--appeal", "1")))  # fmt: skip
    for stage, points, more in stages:
        values = f"name,value,evidence\ncompletion,1,\nmeasures,{points},a.pdf\n"
        Path("s.csv").write_text(values, encoding="utf-8")
        if stage == "decision":
            called("appeal", "file", "ladder_40_60", "measures", "已补", *subject, "--on", DAY, "--as", "区")
            told["decided"] = called("appeal", "decide", "1", "成立", "--uphold", "--as", "办")
        who = "区" if stage == "self" else "办"
        told[stage] = called("score", "ladder_40_60", "s.csv", "--on", DAY, *subject, "--stage", stage, *more, "--as", who)  # fmt: skip
    told["run"] = called("run", "ex", "--out", "out", "--samples", "64", "--on", DAY, place=False)
    told["freeze"] = called("freeze", "make", "out", "--period", PERIOD, "--scheme", "ladder_40_60", "--on", DAY)  # fmt: skip


@pytest.mark.slow
def test_the_quarter_holds_a_project_hears_an_appeal_and_names_every_county(quarter):
    folder, told = quarter
    assert told["asked"]["entered"] == 8
    assert (len(told["issued"]["entered"]), told["issued"]["held"]) == (
        13,
        [f"two_high_projects:{told['project']}"],
    )
    assert [told[stage]["total"] for stage in ("self", "review", "decision")] == [85.0, 80.0, 85.0]
    assert {Path(one).stem for one in told["run"]["papers"]} == {name for name, _ in PAPERS.values()}
    circular = Document(str(folder / "out" / f"预警通报_{PERIOD}.docx"))
    names = [row.cells[0].text for row in circular.tables[0].rows[1:]]
    assert names[0] == "示例东区"
    assert sorted(names) == sorted(county.name_zh for county in load("ex").city.counties)


@pytest.mark.slow
def test_a_budget_is_broken_down_in_the_unit_and_with_the_document_that_issued_it(quarter):
    found = called("cascade", "ex", "--issued", "1")
    assert (found["total"], found["unit"]) == (4000.0, "万tCO2")
    by_method = {one["method"]: one for one in found["proposals"]}
    assert set(by_method) == {"equal_decline", "capability"}
    east = by_method["equal_decline"]["lines"][0]
    # power, steel and cement by its 18 of 100 parts of the CO2 series, homes and transport by its people and GDP: 865.63 of 5,038.98 万t
    assert (east["amount"], round(east["change"], 3)) == (687.15, round(4000 / 5039.03 - 1, 3))
    assert {one["reserve"] for one in found["proposals"]} == {0.0}
    text = "\n".join(one.text for one in Document(str(Path("out", "目标分解表_2026.docx"))).paragraphs)
    assert "示府发〔2026〕1号" in text
    assert called("explain", "issued_targets/1/value")["value"] == 4000.0
    assert "排放量的单位" in refused("cascade", "ex", "--total", "5", "--unit", "tce")["zh"]
    assert "三者之一" in refused("cascade", "ex", "--total", "5", "--issued", "1")["zh"]


@pytest.mark.slow
def test_every_reference_of_every_paper_leads_to_its_figure(quarter):
    _, told = quarter
    for path in told["run"]["papers"]:
        listed = "\n".join(one.text for one in Document(path).paragraphs)
        found = re.findall(r"\[\d+\][ \u3000]?((?:/|[a-z_]+/)\S+)", listed)
        assert found, path
        for reference in found[:2]:
            of_case = reference.startswith(("inventory/", "cascade/"))
            source = ["out"] if reference.startswith("/") else ["ex"] if of_case else []
            assert "value" in called("explain", *source, reference), (path, reference)


@pytest.mark.slow
def test_every_paper_is_the_same_bytes_from_the_freeze_after_later_edits(quarter):
    _, told = quarter
    number = str(told["freeze"]["id"])
    store = open_workspace(Path("w"), "990100")
    assert read(store, owner("办"), "two_high_projects", told["project"])["hold"] == "suspend"
    assert called("warn", "lift", "1", "--reason", "整改完成")["state"] == "lifted"
    assert read(store, owner("办"), "two_high_projects", told["project"])["hold"] is None
    store.close()
    for kind, (name, more) in PAPERS.items():
        called("paper", kind, "--out", "again.docx", "--freeze", number, *more)
        assert Path("again.docx").read_bytes() == Path("out", f"{name}.docx").read_bytes(), kind
    summary = Path("out", "summary.json")
    kept = summary.read_text(encoding="utf-8")
    summary.write_text(kept.replace('"met": ', '"met": 1', 1), encoding="utf-8")
    second = called("freeze", "make", "out", "--period", PERIOD, "--on", "2026-10-22")
    changes = called("freeze", "compare", number, str(second["id"]))["changes"]
    causes = {one["where"]: one["cause_zh"] for one in changes}
    assert {"scheme:/id", "/target_count/met"} <= set(causes)
    assert any("整改完成" in cause for where, cause in causes.items() if where.startswith("early_warnings"))
    assert called("freeze", "lift", number, "--reason", "更正")["state"] == "unfrozen"
    problem = refused("paper", "warning", "--out", "no.docx", "--period", PERIOD, "--freeze", number)
    assert "冻结中的报告" in problem["zh"]


@pytest.mark.slow
def test_what_a_freeze_does_not_hold_is_refused_by_name(quarter):
    third = called("freeze", "make", "out", "--period", PERIOD, "--scheme", "ladder_40_60", "--on", DAY)
    for (kind, *more), where, part in (
        (("warning", "--period", "2020Q1"), "early_warnings:2020Q1", "冻结内容中没有此期记录"),
        (("follow-up", "--period", "2020H1"), "task_follow_up:2020H1", "冻结内容中没有此期记录"),
        (("self-assessment", "--record", "99"), "assessment_scores:99", "冻结内容中没有此记录"),
        (("inventory", "jiujiang"), "jiujiang:release", "冻结时的案例发布"),
        (("breakdown", "p.csv", "--total", "5"), "--freeze", "CSV 表不在冻结内容中"),
    ):
        problem = refused("paper", kind, "--out", "no.docx", "--freeze", str(third["id"]), *more)
        assert where in problem["where"]
        assert part in problem["zh"]
    assert not Path("no.docx").exists()
