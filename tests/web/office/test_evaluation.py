"""Contract: a score goes from self-assessment through review and appeal to the decision, each kept; its values compute it again offline;
a red warning holds the projects of its county until it is lifted; a freeze is compared with the next; each act within rights.
"""

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from .test_editing import typed as typed_fields

SCHEME, BODY = "matrix_60", "市发改委"


def typed(page):
    """The id under which a form is sent once."""
    return page.split('name="request" value="')[1].split('"')[0]


def filed(client, at, measures, **more):
    """File a score by its form; the answer."""
    page = client.get(f"/scores/new/{SCHEME}").content.decode()
    form = {
        "request": typed(page), "body": BODY, "period": "2026", "stage": at, "value.completion_intensity": "1.02", "value.completion_total": "0.97",
        "value.measures": measures, "evidence.measures": "会议纪要 3 号",
    }  # fmt: skip
    return client.post(f"/scores/new/{SCHEME}", form | more)


@pytest.fixture
def reviewer(office, as_person):
    """Another owner: the clerk's score is reviewed by a second person."""
    from django.conf import settings

    from dafeng.web.office.people.models import Assignment, Person

    clerk = Person.objects.get(username="clerk")
    person = Person(username="second", name="复核员", organisation=clerk.organisation)
    person.set_password(settings.DEMO_PASSWORD)
    person.save()
    for one in Assignment.objects.filter(person=clerk):
        one.pk, one.person = None, person
        one.save()
    return as_person("second")


def test_a_score_goes_from_self_assessment_to_the_decision_on_an_appeal(as_person, reviewer, tmp_path):
    clerk = as_person("clerk")
    answer = filed(clerk, "self", "38")
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    first = answer["Location"]
    page = clerk.get(first).content.decode()
    assert "93" in page  # 55 for the intensity alone + 38
    assert filed(clerk, "review", "30", explanation="两项无佐证").status_code == 400  # the same person
    refused = filed(reviewer, "review", "30").content.decode()
    assert "写明理由" in refused
    assert 'value="30"' in refused  # what was typed is still there
    second = filed(reviewer, "review", "30", explanation="两项无佐证")["Location"]
    sent = {"item": "measures", "text": "佐证已补交", "request": "a"}
    assert clerk.post(f"{second}appeal", sent).status_code == 302
    page = reviewer.get(second).content.decode()
    number = page.split('name="appeal" value="')[1].split('"')[0]
    told = {"appeal": number, "decision": "uphold", "request": "b"}
    assert reviewer.post(f"{second}answer", told | {"answer": ""}).status_code == 400
    assert clerk.post(f"{second}answer", told | {"answer": "同意"}).status_code == 400  # who filed it
    assert reviewer.post(f"{second}answer", told | {"answer": "已核对,同意"}).status_code == 302
    third = filed(reviewer, "decision", "36", appeal=number, explanation="申诉成立")
    assert third.status_code == 302, third.content.decode()[-2000:]
    page = clerk.get(third["Location"]).content.decode()
    assert all(text in page for text in ("佐证已补交", "已核对,同意", "自评 1", "复核 1", "申诉后核定 1"))
    listed = clerk.get("/scores/").content.decode()
    assert listed.count(f">{BODY}</a>") == 1
    assert "91 / 100" in listed  # the decision counts
    values = clerk.get(f"{third['Location']}paper.csv").content.decode("utf-8-sig")
    assert {row["name"]: row["value"] for row in csv.DictReader(io.StringIO(values))}["measures"] == "36"
    again = tmp_path / "values.csv"
    again.write_text(values, encoding="utf-8")
    line = [sys.executable, "-m", "dafeng", "assess", "score", SCHEME, str(again), "--json"]
    told = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    assert float(json.loads(told)["total"]) == 91
    for kind, inside in (("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml")):
        paper = clerk.get(f"{third['Location']}paper.{kind}")
        assert "attachment" in paper["Content-Disposition"]
        assert inside in zipfile.ZipFile(io.BytesIO(paper.content)).namelist()


def test_what_is_wrong_is_said_beside_the_form(as_person):
    clerk = as_person("clerk")
    for change in (
        {"body": ""},
        {"stage": "last"},
        {"value.measures": "many"},
        {"attributes": "rich"},
        {"stage": "decision", "appeal": "9"},
    ):
        answer = filed(clerk, "self", "38", **change)
        assert answer.status_code == 400, change
        assert 'class="problems bad"' in answer.content.decode()
    assert clerk.get("/scores/new/..").status_code == 404
    assert as_person("reader").get(f"/scores/new/{SCHEME}").status_code == 403
    assert clerk.get("/scores/999/").status_code == 404


def values_of(colour):
    """Values that make 示例西县 red or green by the rule set of 2021."""
    gap = "0.05" if colour == "red" else "-0.05"
    text = f"county,basis,statistic,value\n990102,observed,relative_gap,{gap}\n990102,observed,intensity_change,{gap}\n"
    return SimpleUploadedFile("values.csv", text.encode(), content_type="text/csv")


def test_a_red_county_holds_its_projects_until_the_warning_is_lifted(as_person):
    clerk = as_person("clerk")
    form = {"period": "2026Q2", "rule_set": "ndrc_2021h1_intensity", "unclassified": "1"}
    assert clerk.post("/warnings/issue", form).status_code == 400  # no file
    answer = clerk.post("/warnings/issue", form | {"file": values_of("red")})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    page = clerk.get(answer["Location"]).content.decode()
    assert "示例西县" in page
    assert 'class="k missed" data-label="等级">红' in page
    pipeline = clerk.get("/pipeline/").content.decode()
    assert "红色预警县区:示例西县" in pipeline
    assert "不具备融资条件" in clerk.get("/pipeline/?view=lenders").content.decode()
    circular = clerk.get("/warnings/circular/2026Q2")
    text = zipfile.ZipFile(io.BytesIO(circular.content)).read("word/document.xml").decode()
    assert "示例西县" in text
    number = page.split("/registers/early_warnings/")[1].split("/")[0]
    assert clerk.post(f"/warnings/{number}/lift", {"reason": ""}).status_code == 400
    assert clerk.post(f"/warnings/{number}/lift", {"reason": "已整改"}).status_code == 302
    assert "红色预警县区" not in clerk.get("/pipeline/").content.decode()
    county = as_person("county")
    assert county.post("/warnings/issue", form | {"file": values_of("red")}).status_code == 403
    assert "示例西县" not in county.get("/warnings/?period=2026Q2").content.decode()  # a neighbour's warning


def test_the_lenders_view_has_no_energy(as_person):
    page = as_person("clerk").get("/pipeline/?view=lenders").content.decode()
    assert "tce" not in page
    assert "仿真项目名称" in page


def test_two_freezes_are_compared(office, as_person):
    clerk, run = as_person("clerk"), office.results / "run-1"
    run.mkdir()
    summary = (Path(__file__).parents[2] / "report" / "golden" / "jiujiang_summary.json").read_text(
        encoding="utf-8"
    )
    (run / "summary.json").write_text(summary, encoding="utf-8")
    (run / "run.json").write_text('{"seed": 1}', encoding="utf-8")
    for period in ("2026", ""):
        answer = clerk.post("/freezes/make", {"run": "run-1", "period": period, "scheme": SCHEME})
        assert answer.status_code == (302 if period else 400)
    filed(clerk, "self", "38")
    assert clerk.post("/freezes/make", {"run": "run-1", "period": "2026"}).status_code == 302
    page = clerk.get("/freezes/").content.decode()
    numbers = sorted({int(part.split("/")[0]) for part in page.split("/registers/assessment_freezes/")[1:]})[
        -2:
    ]
    compared = clerk.get(f"/freezes/?first={numbers[0]}&second={numbers[1]}").content.decode()
    assert "assessment_scores" in compared
    assert clerk.post(f"/freezes/{numbers[0]}/lift", {"reason": ""}).status_code == 400
    assert clerk.post(f"/freezes/{numbers[0]}/lift", {"reason": "数据更正"}).status_code == 302
    assert "已解冻" in clerk.get("/freezes/").content.decode()
    assert as_person("reader").post("/freezes/make", {"run": "run-1"}).status_code == 403


def test_a_verdict_leads_to_the_record_and_the_person(as_person):
    """From a printed number to the person in four steps: targets, why, record, its history."""
    auditor = as_person("auditor")
    targets = auditor.get("/targets/").content.decode()
    line = next(part for part in targets.split("<tr>") if "秸秆" in part)
    why = auditor.get(f"/targets/{line.split('/targets/')[1].split('/')[0]}/").content.decode()
    assert "straw_ledger" in why
    assert "待审批" in why
    address = why.split('href="/registers/straw_ledger/')[2].split('"')[0]
    record = auditor.get(f"/registers/straw_ledger/{address}").content.decode()
    assert "示例录入员 · 录入" in record
    assert auditor.get("/targets/999/").status_code == 404
    assert auditor.get("/targets/0/").status_code == 404


def test_a_reference_of_a_paper_is_resolved(as_person):
    clerk = as_person("clerk")
    number = filed(clerk, "self", "38")["Location"].split("/")[2]
    page = clerk.get(f"/explain/?ref=assessment_scores/{number}/total").content.decode()
    assert ">93<" in page
    assert "clerk" in page
    assert f'href="/registers/assessment_scores/{number}/"' in page
    for wrong in ("nowhere/1/x", "assessment_scores/1/nothing", "x"):
        assert clerk.get(f"/explain/?ref={wrong}").status_code == 400
    assert as_person("county").get(f"/explain/?ref=assessment_scores/{number}/total").status_code == 400


def test_a_half_year_goes_from_the_request_to_the_circular(as_person):
    """A department with its duties: asked once, replies with its form, is overdue otherwise; the circular names who is."""
    clerk = as_person("clerk")
    form = {"period": "2026H1", "due": "2026-07-15", "task": "三(一)2"}
    assert clerk.post("/tasks/ask", form | {"due": "soon"}).status_code == 400
    assert clerk.post("/tasks/ask", form | {"due": "2026-07-18"}).status_code == 400  # a Saturday
    assert clerk.post("/tasks/ask", form).status_code == 302
    page = clerk.get("/tasks/?period=2026H1").content.decode()
    numbers = [part.split("/")[0] for part in page.split("/registers/task_follow_up/")[1:]]
    assert len(numbers) > 1
    assert "逾期" in page
    assert "已下达 · 逾期" in page.replace("\n", "")
    clerk.post("/tasks/ask", form)
    again = clerk.get("/tasks/?period=2026H1").content.decode()
    assert again.count("/registers/task_follow_up/") == len(numbers)  # nobody twice
    record = f"/registers/task_follow_up/{numbers[0]}/"
    fields = typed_fields(clerk.get(f"{record}edit").content.decode())
    assert (
        clerk.post(
            f"{record}edit", fields | {"status": "on_track", "progress": "已并网 12 万千瓦"}
        ).status_code
        == 302
    )
    version = clerk.get(record).content.decode().split('name="version" value="')[1].split('"')[0]
    assert (
        clerk.post(f"{record}step", {"version": version, "step": "reply", "request": "r"}).status_code == 302
    )
    circular = clerk.get("/tasks/2026H1/circular.docx")
    text = zipfile.ZipFile(io.BytesIO(circular.content)).read("word/document.xml").decode()
    assert "2026H1" in text or "2026年上半年" in text
    assert clerk.get("/tasks/1999H1/circular.docx").status_code == 404
    assert as_person("reader").post("/tasks/ask", form).status_code == 403
