"""Contract: self-assessment, review, appeal and decision each stay in the record store; rights, four eyes, explanations and
request ids hold; the score is read back exactly."""

from datetime import date
from decimal import Decimal

import pytest

from dafeng.assessment import load_scheme, score
from dafeng.assessment.records import (
    Subject,
    appeals_of,
    decide_appeal,
    file_appeal,
    file_score,
    score_history,
    scores_of,
)
from dafeng.evidence import DafengError
from dafeng.registers import Actor, Grant, history, owner, verify_chain

SCHEME, DAY = load_scheme("ladder_40_60"), date(2026, 3, 31)
SUBJECT = Subject("示例东区政府", "2025", "990101")
COUNTY = Actor("东区", (Grant("reporter", "990101"),))
OFFICE = Actor("办", (Grant("reviewer"),))
EVIDENCE = {"measures": ("报告.pdf",)}


def filed(store, actor, stage, completion, measures, **more):
    values = {"completion": completion, "measures": measures}
    return file_score(store, actor, SCHEME, SUBJECT, stage, values, EVIDENCE, DAY, **more)


def refusal(call, *arguments, **named):
    with pytest.raises(DafengError) as caught:
        call(*arguments, **named)
    return str(caught.value)


def test_the_sheet_is_read_back_as_it_was_computed(store):
    got = filed(store, COUNTY, "self", "1.25", "50.5")
    assert got.sheet == score(SCHEME, {"completion": "1.25", "measures": "50.5"}, EVIDENCE, DAY)
    # 40 for the target, 50.5 for the measures, two whole steps of 10 % over: 6
    assert (got.sheet.total, got.sheet.grade_zh, got.attempt, got.by) == (
        Decimal("96.50"),
        "超额完成",
        1,
        "东区",
    )


def test_review_appeal_and_decision_leave_every_score(store):
    filed(store, COUNTY, "self", "1.0", "55")
    reviewed = filed(store, OFFICE, "review", "1.0", "45", explanation="两项佐证不足")
    appeal = file_appeal(store, COUNTY, SCHEME.id, SUBJECT, "measures", "佐证已补", DAY)
    assert (appeal.points, appeal.state, appeal.answer) == (45.0, "filed", "")
    decide_appeal(store, OFFICE, appeal.id, True, "补充材料有效")
    filed(store, OFFICE, "decision", "1.0", "52", explanation="采纳申诉", appeal=appeal.id)
    assert [(one.stage, one.sheet.total) for one in scores_of(store, OFFICE, SCHEME.id, SUBJECT)] == [
        ("self", Decimal("95.00")),
        ("review", Decimal("85.00")),
        ("decision", Decimal("92.00")),
    ]
    [kept] = appeals_of(store, OFFICE, SCHEME.id, SUBJECT)
    assert (kept.text, kept.answer, kept.state) == ("佐证已补", "补充材料有效", "upheld")
    assert reviewed.explanation == "两项佐证不足"
    assert not verify_chain(store)


def test_a_rejected_appeal_changes_nothing(store):
    filed(store, OFFICE, "review", "1.0", "45", explanation="未自评")
    appeal = file_appeal(store, COUNTY, SCHEME.id, SUBJECT, "measures", "不服", DAY)
    decide_appeal(store, OFFICE, appeal.id, False, "无新材料")
    told = refusal(filed, store, OFFICE, "decision", "1.0", "50", explanation="x", appeal=appeal.id)
    assert "没有成立的申诉" in told
    assert "no appeal that was upheld" in told
    assert "申诉" in refusal(filed, store, OFFICE, "decision", "1.0", "50", explanation="x")


def test_a_decision_touches_the_appealed_item_alone(store):
    filed(store, OFFICE, "review", "1.0", "45", explanation="未自评")
    appeal = file_appeal(store, COUNTY, SCHEME.id, SUBJECT, "measures", "请复查", DAY)
    decide_appeal(store, OFFICE, appeal.id, True, "成立")
    told = refusal(filed, store, OFFICE, "decision", "1.3", "50", explanation="x", appeal=appeal.id)
    assert "target" in told
    assert "change the item of the appeal alone" in told


def test_a_further_attempt_needs_a_reason_and_keeps_the_first(store):
    filed(store, COUNTY, "self", "1.0", "50")
    assert "没有说明" in refusal(filed, store, COUNTY, "self", "1.0", "51")
    filed(store, COUNTY, "self", "1.0", "51", explanation="笔误")
    assert [(one.attempt, one.sheet.total) for one in score_history(store, OFFICE, SCHEME.id, SUBJECT)] == [
        (1, Decimal("90.00")),
        (2, Decimal("91.00")),
    ]


def test_refusals_name_place_and_mend_in_both_languages(store):
    office = owner("同一人")
    filed(store, office, "self", "1.0", "50")
    assert "four" not in refusal(filed, store, office, "review", "1.0", "50")
    assert "两" in refusal(filed, store, office, "review", "1.0", "50") or "四眼" in refusal(
        filed, store, office, "review", "1.0", "50"
    )
    assert "no explanation" in refusal(filed, store, OFFICE, "review", "1.0", "40")
    filed(store, OFFICE, "review", "1.0", "40", explanation="佐证不足")
    assert "a self-assessment after the review" in refusal(
        filed, store, COUNTY, "self", "1.0", "60", explanation="改"
    )
    assert "self, review or decision" in refusal(filed, store, OFFICE, "final", "1.0", "60")


def test_rights_are_those_of_every_register(store):
    neighbour = Actor("西县", (Grant("reporter", "990102"),))
    filed(store, COUNTY, "self", "1.0", "50")
    assert scores_of(store, neighbour, SCHEME.id, SUBJECT) == []
    assert "a role that allows it" in refusal(filed, store, neighbour, "self", "1.0", "60", explanation="x")
    assert "a role that allows it" in refusal(filed, store, COUNTY, "review", "1.0", "60", explanation="x")
    filed(store, OFFICE, "review", "1.0", "45", explanation="x")
    appeal = file_appeal(store, COUNTY, SCHEME.id, SUBJECT, "measures", "不服", DAY)
    assert "a role that allows it" in refusal(decide_appeal, store, COUNTY, appeal.id, True, "我同意")


def test_a_request_id_is_executed_once(store):
    first = filed(store, COUNTY, "self", "1.0", "50", request="r1")
    assert filed(store, COUNTY, "self", "1.0", "50", request="r1") == first
    assert len(score_history(store, OFFICE, SCHEME.id, SUBJECT)) == 1
    assert "an id that was not used for another act" in refusal(
        filed, store, OFFICE, "self", "1.0", "50", request="r1"
    )
    filed(store, OFFICE, "review", "1.0", "45", explanation="x", request="r2")
    appeal = file_appeal(store, COUNTY, SCHEME.id, SUBJECT, "measures", "不服", DAY, request="r3")
    assert file_appeal(store, COUNTY, SCHEME.id, SUBJECT, "measures", "不服", DAY, request="r3") == appeal
    done = decide_appeal(store, OFFICE, appeal.id, True, "成立", request="r4")
    again = decide_appeal(store, OFFICE, appeal.id, True, "成立", request="r4")
    assert (again.repeated, again.state) == (True, done.state)


def test_appeals_refuse_what_cannot_be_appealed(store):
    assert "no reviewed score" in refusal(
        file_appeal, store, COUNTY, SCHEME.id, SUBJECT, "measures", "x", DAY
    )
    filed(store, OFFICE, "review", "1.0", "45", explanation="x")
    assert "one of target, measures" in refusal(
        file_appeal, store, COUNTY, SCHEME.id, SUBJECT, "none", "x", DAY
    )
    assert "the text of the appeal" in refusal(
        file_appeal, store, COUNTY, SCHEME.id, SUBJECT, "target", " ", DAY
    )
    appeal = file_appeal(store, COUNTY, SCHEME.id, SUBJECT, "target", "x", DAY)
    assert "one open appeal" in refusal(file_appeal, store, COUNTY, SCHEME.id, SUBJECT, "target", "y", DAY)
    assert "the reason of the answer" in refusal(decide_appeal, store, OFFICE, appeal.id, True, "")
    decide_appeal(store, OFFICE, appeal.id, False, "不成立")
    assert "an open appeal" in refusal(decide_appeal, store, OFFICE, appeal.id, True, "成立")
    assert [row["act"] for row in history(store, OFFICE, "assessment_appeals", appeal.id)] == [
        "enter",
        "change",
        "reject",
    ]
