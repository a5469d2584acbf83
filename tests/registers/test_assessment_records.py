"""Contract: the registers of assessment hold on both databases: a score, its appeal and the decision each stay."""

from datetime import date

from dafeng.assessment import load_scheme
from dafeng.assessment.records import Subject, decide_appeal, file_appeal, file_score, scores_of
from dafeng.registers import owner, verify_chain


def test_score_appeal_and_decision_on_both_databases(store):
    scheme, subject, day = (
        load_scheme("ladder_40_60"),
        Subject("东区政府", "2025", "990101"),
        date(2026, 3, 31),
    )

    def filed(who, stage, measures, **more):
        values = {"completion": "1.0", "measures": measures}
        return file_score(
            store, owner(who), scheme, subject, stage, values, {"measures": ("a.pdf",)}, day, **more
        )

    filed("区", "self", "55", request="a")
    assert filed("区", "self", "55", request="a").attempt == 1
    filed("办", "review", "45", explanation="佐证不足")
    appeal = file_appeal(store, owner("区"), scheme.id, subject, "measures", "已补", day)
    decide_appeal(store, owner("办"), appeal.id, True, "成立")
    filed("办", "decision", "52", explanation="采纳", appeal=appeal.id)
    found = [(one.stage, str(one.sheet.total)) for one in scores_of(store, owner("办"), scheme.id, subject)]
    assert found == [("self", "95.00"), ("review", "85.00"), ("decision", "92.00")]
    assert not verify_chain(store)
