"""Scores, appeals, freezes and issued targets in the record store: a sub-room of its own, as it depends on registers."""

from dafeng.assessment.records.appeals import Appeal, appeals_of, decide_appeal, file_appeal
from dafeng.assessment.records.commitments import key_emitters, product_outputs, projects_under_way
from dafeng.assessment.records.explaining import RecordFigure, explain_record
from dafeng.assessment.records.freeze_differences import Change, compare_freezes
from dafeng.assessment.records.freezes import Freeze, freeze, freeze_record, in_force, unfreeze
from dafeng.assessment.records.frozen import frozen_issued, frozen_rows, frozen_score
from dafeng.assessment.records.issued_values import issued_value, issued_values
from dafeng.assessment.records.scores import (
    Scored,
    Subject,
    file_score,
    score_history,
    score_record,
    scores_in_force,
    scores_of,
)
from dafeng.assessment.records.warnings import (
    apply_consequences,
    colours_before,
    issue_warnings,
    last_warnings,
    lift_warning,
    warnings_of,
)

__all__ = [
    "Appeal",
    "Change",
    "Freeze",
    "RecordFigure",
    "Scored",
    "Subject",
    "appeals_of",
    "apply_consequences",
    "colours_before",
    "compare_freezes",
    "decide_appeal",
    "explain_record",
    "file_appeal",
    "file_score",
    "freeze",
    "freeze_record",
    "frozen_issued",
    "frozen_rows",
    "frozen_score",
    "in_force",
    "issue_warnings",
    "issued_value",
    "issued_values",
    "key_emitters",
    "last_warnings",
    "lift_warning",
    "product_outputs",
    "projects_under_way",
    "score_history",
    "score_record",
    "scores_in_force",
    "scores_of",
    "unfreeze",
    "warnings_of",
]
