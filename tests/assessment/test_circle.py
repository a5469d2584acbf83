"""Contract: the circle closes. One straw record of one county walks ten arrows, and its number is read back from the docx; a
quarter of 示例市 with 13 counties closes from request to circular."""

import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from dafeng.assessment import Reading, judge_case, judge_counties, load_scheme, records, warning_rules
from dafeng.assessment.duties import follow_up, request_replies, suggested_status
from dafeng.case import load, release, write_example
from dafeng.plan import Duty, Plan, Task
from dafeng.registers import (
    Actor,
    Grant,
    accept,
    act,
    change,
    compute,
    confirm,
    enter,
    extract,
    find,
    owner,
    read,
    submit,
    verify_chain,
)
from dafeng.report import (
    explain_figure,
    follow_up_circular,
    self_assessment,
    summary_of,
    warning_circular,
    yearly_report,
)

GOLDEN = Path(__file__).parents[1] / "report" / "golden" / "jiujiang_summary.json"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFFICE = owner("市双碳办")


def words(paper):
    root = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(paper.bytes())).read("word/document.xml"))
    return "\n".join("".join(t.text or "" for t in p.iter(f"{W}t")) for p in root.iter(f"{W}p"))


def results(folder):
    folder.mkdir()
    (folder / "summary.json").write_text(GOLDEN.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps({"inputs": {"city.yaml": "aa"}}), encoding="utf-8")
    return folder


def test_ten_arrows_from_a_straw_record_to_the_docx(store, tmp_path):
    county = Actor("东区农业农村局", (Grant("reporter", "990101"),))
    # 1 record: 1,000 t of grain × 1 × 0.8 = 800 t collectable, 780 t used: 97.5 %
    cells = {
        "county": "990101", "crop": "rice_late", "year": "2025", "output": "1000", "grass_grain_ratio": "1", "collect_ratio": "0.8",
        "market": "300", "scattered": "100", "returned": "380", "moved_out": "0", "from_other_counties": "0",
    }  # fmt: skip
    straw = enter(store, county, "straw_ledger", cells)
    # 2 review
    step = act(store, county, "straw_ledger", straw.id, "to_submitted", version=straw.version)
    act(store, OFFICE, "straw_ledger", straw.id, "to_city_checked", version=step.version)
    # 3 return of the county, confirmed by the city
    submit(store, county, "straw_ledger", "2025", "990101")
    accept(store, OFFICE, "straw_ledger", "2025", "990101")
    confirm(store, OFFICE, "straw_ledger", "2025", ["990101"])
    # 4 indicator
    city, *_ = compute(store, OFFICE, "straw_ledger", "straw_utilisation", 2025)
    assert (round(city.value, 9), city.n, city.missing, city.pending) == (97.5, 1, 0, 0)
    # 5 observation, 6 release
    write_example(tmp_path / "base")
    extract(store, OFFICE, tmp_path / "extract", [2025], ["straw_ledger"])
    release(tmp_path / "base", tmp_path / "release", [tmp_path / "extract"])
    case = load(str(tmp_path / "release"))
    # 7 verdict
    [verdict] = [
        one for one in judge_case(case, None) if "秸秆" in one.target.indicator and one.target.year == 2025
    ]
    assert (round(verdict.value, 9), verdict.basis, verdict.source[:17]) == (
        97.5,
        "observation",
        "reg-straw_ledger-",
    )
    assert city.hash.startswith(verdict.source.removeprefix("reg-straw_ledger-"))
    # 8 dispatch: the task of the target is asked, and the status that the verdict suggests is compared
    task = verdict.target.locator
    hints = suggested_status([(task, verdict.status.value)])
    plan = Plan(
        title="示例方案",
        tasks=(Task(locator=task, title="秸秆"),),
        duties=(Duty(locator=task, departments=("市农业农村局",)),),
    )
    request_replies(store, OFFICE, plan, "2025H2", date(2026, 1, 16))
    [line] = follow_up(store, OFFICE, "2025H2", date(2026, 1, 20), hints)
    assert (line.suggested, line.overdue) == (hints.get(task, ""), 4)
    # 9 score: completion as the verdict has it, evidence names the source of the observation
    completion = f"{verdict.value / verdict.target.value:.6f}"
    values = {"completion": completion, "measures": "50"}
    filed = records.file_score(
        store, OFFICE, load_scheme("ladder_40_60"), records.Subject("示例东区政府", "2025", "990101"), "review", values,
        {"measures": (verdict.source,)}, date(2026, 1, 20), explanation="未自评",
    )  # fmt: skip
    # 10 frozen report, docx, and back
    frozen = records.freeze(
        store, OFFICE, results(tmp_path / "results"), "2025", date(2026, 2, 1), load_scheme("ladder_40_60")
    )
    [kept] = [row for row in frozen.content["registers"]["assessment_scores"] if row["id"] == filed.id]
    paper = words(self_assessment(load_scheme("ladder_40_60"), filed.sheet, "2026年2月1日", record=filed.id))
    printed = re.search(r"取值([\d.]+),得", paper).group(1)
    assert (
        float(printed) * verdict.target.value == round(city.value, 6)
        or abs(float(printed) * verdict.target.value - 97.5) < 1e-3
    )
    [reference] = set(re.findall(rf"assessment_scores/{filed.id}/lines/measures/points", paper))
    explained = records.explain_record(store, OFFICE, reference)
    assert (explained.value, explained.record["children"]["lines"][1]["evidence"]) == (50.0, verdict.source)
    assert kept["revision"]["hash"] == explained.revision["hash"]
    assert not verify_chain(store)


COUNTIES = [f"9901{number:02}" for number in range(1, 14)]


def test_a_quarter_with_thirteen_counties_closes_from_request_to_circular(store, tmp_path):
    period, due, today = "2026Q3", date(2026, 10, 16), date(2026, 10, 21)
    bodies = {code: f"示例{code[-2:]}县政府" for code in COUNTIES}
    plan = Plan(
        title="示例方案", tasks=(Task(locator="三(一)1", title="煤炭"), Task(locator="三(一)2", title="新能源")),
        duties=(Duty(locator="三", departments=tuple(bodies.values()), style="blanket"),),
    )  # fmt: skip
    # request and replies: 11 counties answer both tasks, one answers one, one none; one reply goes back
    assert request_replies(store, OFFICE, plan, period, due).entered == 26
    rows = {(row["task"], row["body"]): row for row in find(store, OFFICE, "task_follow_up", limit=100).rows}
    silent = {("三(一)1", bodies["990112"]), ("三(一)2", bodies["990112"]), ("三(一)2", bodies["990113"])}
    for (task, body), row in rows.items():
        if (task, body) in silent:
            continue
        done = change(
            store,
            owner(body),
            "task_follow_up",
            row["id"],
            {"progress": "已做", "status": "on_track"},
            version=row["version"],
        )
        done = act(store, owner(body), "task_follow_up", row["id"], "reply", version=done.version)
        step = "send_back" if (task, body) == ("三(一)1", bodies["990111"]) else "take"
        act(store, OFFICE, "task_follow_up", row["id"], step, version=done.version, reason="缺数据")
    lines = follow_up(store, OFFICE, period, today, {"三(一)1": "slow"})
    late = [line for line in lines if line.overdue]
    assert (len(lines), len(late), {line.overdue for line in late}) == (26, 4, {5})
    assert {(line.task, line.body) for line in late} == silent | {("三(一)1", bodies["990111"])}
    assert sum(line.unexplained for line in lines) == 12
    circular = words(follow_up_circular(lines, "示例市", period, "2026年10月21日", "市双碳办"))
    assert all(body in circular for _, body in silent)
    assert bodies["990101"] not in circular
    # early warning: three red, one grey; the projects of red counties wait
    project = {
        "project_code": "P1", "name": "示例项目", "unit_name": "单位", "credit_code": "91350100M000100Y43", "stage": "proposed",
        "county": "990101", "industry": "C3011", "two_high_class": "building_materials", "main_product": "水泥", "nature": "new",
        "capacity": "1", "energy_calorific": "10", "approval_kind": "ratify", "disposal": "go_on",
    }  # fmt: skip
    held = enter(store, OFFICE, "two_high_projects", project).id
    readings = [
        Reading(code, "observed", {"intensity_change": 0.01} if number < 3 else {"intensity_change": -0.02, "reduction_shortfall": -0.001})
        for number, code in enumerate(COUNTIES[:12])
    ]  # fmt: skip
    found = judge_counties(
        warning_rules(), "ndrc_2021h1_intensity", [*readings, Reading(COUNTIES[12], "observed", {})], period
    )
    issued = records.issue_warnings(store, OFFICE, found)
    assert (len(issued.entered), issued.held) == (13, (f"two_high_projects:{held}",))
    assert read(store, OFFICE, "two_high_projects", held)["hold"] == "suspend"
    notice = words(
        warning_circular(
            records.warnings_of(store, OFFICE, period), bodies, "示例市", period, "2026年10月21日", "市双碳办"
        )
    )
    assert "红色3个，绿色9个，无法判定1个" in notice
    assert notice.count("缓批") >= 3
    reference = re.search(r"early_warnings/\d+/colour", notice).group()
    assert records.explain_record(store, OFFICE, reference).value == "red"
    # scores: self-assessment, review, one appeal
    scheme = load_scheme("completion_25_25")
    for number, code in enumerate(COUNTIES):
        subject, values = (
            records.Subject(bodies[code], period, code),
            {"completion_year": "1", "completion_cumulative": "1.1", "work": str(30 + number)},
        )
        given = (scheme, subject)
        records.file_score(store, owner(bodies[code]), *given, "self", values, {"work": ("自评.pdf",)}, today)
        lower = values | {"work": str(28 + number)}
        records.file_score(
            store, OFFICE, *given, "review", lower, {"work": ("自评.pdf",)}, today, explanation="佐证不足"
        )
    subject = records.Subject(bodies["990105"], period, "990105")
    appeal = records.file_appeal(store, owner(bodies["990105"]), scheme.id, subject, "work", "已补", today)
    records.decide_appeal(store, OFFICE, appeal.id, True, "成立")
    values = {"completion_year": "1", "completion_cumulative": "1.1", "work": "34"}
    records.file_score(
        store,
        OFFICE,
        scheme,
        subject,
        "decision",
        values,
        {"work": ("补充.pdf",)},
        today,
        explanation="采纳",
        appeal=appeal.id,
    )
    totals = [float(one.sheet.total) for one in records.scores_of(store, OFFICE, scheme.id, subject)]
    assert totals == [84.0, 82.0, 84.0]
    # freeze: the papers of the quarter are the same bytes later
    frozen = records.freeze(store, OFFICE, results(tmp_path / "results"), period, today, scheme)
    assert len(frozen.content["registers"]["assessment_scores"]) == 27
    first = yearly_report(summary_of(frozen.content["summary"], "freeze"), "2026年10月21日").bytes()
    records.lift_warning(store, OFFICE, issued.entered[0], "整改完成")
    assert read(store, OFFICE, "two_high_projects", held)["hold"] is None
    again = records.freeze_record(store, OFFICE, frozen.id)
    assert yearly_report(summary_of(again.content["summary"], "freeze"), "2026年10月21日").bytes() == first
    assert (
        explain_figure(tmp_path / "results", "/target_count/total").value
        == frozen.content["summary"]["target_count"]["total"]
    )
    assert not verify_chain(store)
