"""Contract: a freeze keeps what a report rests on; papers written from it stay the same bytes after any later edit; two
freezes compared name each change with its cause; a freeze is lifted with a reason."""

import json
from datetime import date
from pathlib import Path

import pytest

from dafeng.assessment import load_scheme
from dafeng.assessment.records import (
    Subject,
    compare_freezes,
    decide_appeal,
    explain_record,
    file_appeal,
    file_score,
    freeze,
    freeze_record,
    in_force,
    unfreeze,
)
from dafeng.evidence import DafengError
from dafeng.registers import Actor, Grant, enter, owner, packaged_book
from dafeng.report import summary_of, yearly_report

GOLDEN = Path(__file__).parents[1] / "report" / "golden" / "jiujiang_summary.json"
SCHEME, DAY, OFFICE = load_scheme("ladder_40_60"), date(2026, 3, 31), owner("办")
SUBJECT = Subject("示例东区政府", "2025", "990101")


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "summary.json").write_text(GOLDEN.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "run.json").write_text(
        json.dumps({"inputs": {"observations.csv": "aa", "city.yaml": "bb"}}), encoding="utf-8"
    )
    return folder


def scored(store, stage, measures, who="区", **more):
    values = {"completion": "1.0", "measures": measures}
    return file_score(
        store, owner(who), SCHEME, SUBJECT, stage, values, {"measures": ("a.pdf",)}, DAY, **more
    )


def paper(found):
    summary = summary_of(found.content["summary"], "freeze")
    return yearly_report(summary, str(found.frozen_on), "办").bytes()


def edited(results, **files):
    content = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    content["targets"][0]["status"], content["target_count"]["met"] = "missed", 99
    (results / "summary.json").write_text(json.dumps(content), encoding="utf-8")
    (results / "run.json").write_text(json.dumps({"inputs": files}), encoding="utf-8")


def test_a_frozen_report_is_the_same_bytes_after_later_edits(store, results):
    scored(store, "self", "55")
    first = freeze(store, OFFICE, results, "2025", DAY, SCHEME)
    before = paper(first)
    edited(results, **{"observations.csv": "cc"})
    scored(store, "review", "40", who="办", explanation="佐证不足")
    again = freeze_record(store, OFFICE, first.id)
    assert paper(again) == before
    assert (again.state, again.number, again.digest) == ("frozen", 1, first.digest)


def test_two_freezes_name_each_change_with_its_cause(store, results):
    scored(store, "review", "45", who="办", explanation="未自评")
    first = freeze(store, OFFICE, results, "2025", DAY, SCHEME)
    appeal = file_appeal(store, owner("区"), SCHEME.id, SUBJECT, "measures", "已补", DAY)
    decide_appeal(store, OFFICE, appeal.id, True, "补充材料有效")
    scored(store, "decision", "52", who="办", explanation="采纳申诉", appeal=appeal.id)
    edited(results, **{"observations.csv": "cc", "city.yaml": "bb"})
    second = freeze(store, OFFICE, results, "2025", DAY, SCHEME.model_copy(update={"source": "新文"}))
    changes = {change.where: change for change in compare_freezes(first, second)}
    assert (second.number, second.registers != first.registers, second.scheme != first.scheme) == (
        2,
        True,
        True,
    )
    status = changes["/targets/0/status"]
    assert (status.after, status.cause.en) == ("missed", "inputs or settings changed: observations.csv")
    assert changes["/target_count/met"].after == 99
    assert (changes["inputs:observations.csv"].before, changes["inputs:observations.csv"].after) == (
        "aa",
        "cc",
    )
    assert "inputs:city.yaml" not in changes
    assert changes["scheme:/source"].after == "新文"
    total = changes["assessment_scores/2/total"]
    assert (total.before, total.after) == (None, 92.0)
    assert "采纳申诉" in total.cause.zh
    assert "reject" not in total.cause.en
    assert changes["assessment_appeals/1/answer"].after == "补充材料有效"
    assert "uphold by 办" in changes["assessment_appeals/1/answer"].cause.en
    assert all(change.cause for change in changes.values())


def test_a_change_without_an_input_is_named_as_unexplained(store, results):
    first = freeze(store, OFFICE, results, "2025", DAY)
    edited(results, **{"observations.csv": "aa", "city.yaml": "bb"})
    changes = compare_freezes(first, freeze(store, OFFICE, results, "2025", DAY))
    assert {change.cause.en for change in changes} == {"unexplained: inputs, version and seed are the same"}


def test_a_freeze_is_lifted_with_a_reason_and_keeps_its_content(store, results):
    found = freeze(store, OFFICE, results, "2025", DAY)
    with pytest.raises(DafengError, match="说明理由"):
        unfreeze(store, OFFICE, found.id, " ")
    with pytest.raises(DafengError, match="the role owner"):
        unfreeze(store, Actor("审", (Grant("reviewer"),)), found.id, "更正")
    unfreeze(store, OFFICE, found.id, "统计年鉴更正")
    with pytest.raises(DafengError, match="a freeze in force"):
        in_force(store, OFFICE, found.id)
    assert paper(freeze_record(store, OFFICE, found.id)) == paper(found)


def test_a_changed_content_is_refused(store, results):
    found = freeze(store, OFFICE, results, "2025", DAY)
    [path] = [one for one in store.folder.rglob("*") if one.is_file()]
    path.write_text(path.read_text(encoding="utf-8").replace("九江", "十江"), encoding="utf-8")
    with pytest.raises(DafengError, match="missing or was changed"):
        freeze_record(store, OFFICE, found.id)


def test_a_freeze_refuses_what_it_cannot_keep(store, results, tmp_path):
    with pytest.raises(DafengError, match="the name of the period"):
        freeze(store, OFFICE, results, " ", DAY)
    with pytest.raises(DafengError, match="a register that is defined"):
        freeze(store, OFFICE, results, "2025", DAY, registers=["none"])
    with pytest.raises(DafengError, match="a folder of results"):
        freeze(store, OFFICE, tmp_path / "none", "2025", DAY)
    with pytest.raises(DafengError, match="a role that allows it"):
        freeze(store, Actor("读", (Grant("reader"),)), results, "2025", DAY)


def test_personal_and_commercial_fields_are_not_frozen(store, results):
    hidden = [
        field.id for field in packaged_book().latest("two_high_projects").fields if field.privacy != "none"
    ]
    cells = {
        "project_code": "2501-990101-04-01-000001", "name": "示例项目", "unit_name": "示例单位", "credit_code": "91350100M000100Y43",
        "stage": "proposed", "county": "990101", "industry": "C3011", "two_high_class": "building_materials", "main_product": "水泥",
        "nature": "new", "capacity": "1", "energy_calorific": "10", "approval_kind": "ratify", "disposal": "go_on",
    }  # fmt: skip
    enter(store, OFFICE, "two_high_projects", cells)
    found = freeze(store, OFFICE, results, "2025", DAY, registers=["two_high_projects"])
    [row] = found.content["registers"]["two_high_projects"]
    assert row["name"] == "示例项目"
    assert not set(hidden) & set(row)


def test_a_figure_of_a_record_leads_to_revision_and_file(store):
    filed = scored(store, "self", "55")
    found = explain_record(store, OFFICE, f"assessment_scores/{filed.id}/total")
    assert (found.value, found.revision["actor"], found.revision["act"]) == (95.0, "区", "enter")
    assert explain_record(store, OFFICE, f"assessment_scores/{filed.id}/lines/measures/points").value == 55.0
    for wrong in (
        "assessment_scores/1",
        "none/1/total",
        "assessment_scores/1/none",
        "assessment_scores/1/lines/none/points",
        "x",
    ):
        with pytest.raises(DafengError):
            explain_record(store, OFFICE, wrong)
