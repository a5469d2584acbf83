"""Scores in the record store: self-assessment, review and decision on an appeal; each attempt stays."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dafeng.assessment.records.listing import records_of
from dafeng.assessment.scoring.scheme import Scheme
from dafeng.assessment.scoring.score import Line, ScoreSheet, State, score
from dafeng.evidence import DafengError, Problems, Text
from dafeng.registers import Actor, Filter, Store, enter, entered_before, read

REGISTER, APPEALS = "assessment_scores", "assessment_appeals"
SELF, REVIEW, DECISION = "self", "review", "decision"
STAGES = (SELF, REVIEW, DECISION)


@dataclass(frozen=True, slots=True)
class Subject:
    """Subject of a score: the body, its county ("" for a body of the city), the period."""

    body: str
    period: str
    county: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """Score in the record store: record, stage, attempt, who entered it, and the sheet as it was computed."""

    id: int
    stage: str
    attempt: int
    by: str
    on: date
    explanation: str
    appeal: int | None
    scheme_hash: str
    statistics: Mapping[str, str]
    sheet: ScoreSheet


def scheme_hash(scheme: Scheme) -> str:
    """Compute the hash that identifies the content of a scheme."""
    return hashlib.sha256(scheme.model_dump_json().encode()).hexdigest()


def file_score(
    store: Store,
    actor: Actor,
    scheme: Scheme,
    subject: Subject,
    stage: str,
    statistics: Mapping[str, str],
    evidence: Mapping[str, tuple[str, ...]],
    on: date,
    *,
    attributes: Mapping[str, str] | None = None,
    explanation: str = "",
    appeal: int | None = None,
    request: str = "",
) -> Scored:
    """Score a body and keep the sheet as a record; the scores before stay.

    Parameters
    ----------
    store, actor
        Record store, and who scores.
    scheme, statistics, evidence, on, attributes
        As `score`.
    subject : Subject
    stage : str
        self, review or decision.
    explanation : str
        Needed for a further attempt, and where a review or decision differs from the stage before.
    appeal : int, optional
        Record of the appeal that a decision carries out.
    request : str
        Request id; the same id again returns the score that it filed.

    Raises
    ------
    DafengError
        As `score`; for a self-assessment after the review, a review by the person who filed the
        self-assessment, a difference without an explanation, a decision without an appeal that was upheld or
        on items that were not appealed, a missing right.
    """
    done = entered_before(store, actor, REGISTER, request)
    if done is not None:
        return score_record(store, actor, done.id)
    sheet = score(scheme, statistics, evidence, on, attributes)
    before = {one.stage: one for one in scores_of(store, actor, scheme.id, subject)}
    _check_stage(store, actor, subject, stage, before, sheet, explanation, appeal)
    attempt = before[stage].attempt + 1 if stage in before else 1
    earlier = next((before[name] for name in reversed(STAGES) if name in before), None)
    cells: dict[str, object] = {
        "scheme": scheme.id, "body": subject.body, "county": subject.county, "round": subject.period, "stage": stage,
        "attempt": attempt, "scored_on": on, "scheme_hash": scheme_hash(scheme), "total": sheet.total, "possible": sheet.possible,
        "grade_zh": sheet.grade_zh, "grade_en": sheet.grade_en, "vetoes": "; ".join(sheet.vetoes), "missing": sheet.missing,
        "statistics": _json(statistics), "attributes": _json(attributes or {}), "confirmed": "是" if sheet.confirmed else "否", "explanation": explanation,
        "before": "" if earlier is None else earlier.id, "appeal": "" if appeal is None else appeal,
    }  # fmt: skip
    lines = [_cells_of(line, evidence) for line in sheet.lines]
    text = {name: str(value) for name, value in cells.items()}
    done = enter(store, actor, REGISTER, text, children={"lines": lines}, request=request, reason=explanation)
    return score_record(store, actor, done.id)


def scores_of(store: Store, actor: Actor, scheme: str, subject: Subject) -> list[Scored]:
    """Return the score in force of each stage, in the order of the stages; `score_history` has the others."""
    newest: dict[str, Scored] = {}
    for one in score_history(store, actor, scheme, subject):
        newest[one.stage] = one
    return [newest[stage] for stage in STAGES if stage in newest]


def scores_in_force(store: Store, actor: Actor, period: str = "") -> list[dict[str, Any]]:
    """Return the records of the score that counts of each scheme, body and period: the last stage, its last attempt.

    Parameters
    ----------
    store, actor
        Record store, and who looks.
    period : str
        Period; all of them without one.
    """
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in sorted(records_of(store, actor, REGISTER), key=lambda one: int(one["id"])):
        if row["state"] != "filed" or period not in ("", row["round"]):
            continue
        key = (row["scheme"], row["body"], row["round"])
        known = found.get(key)
        if known is None or STAGES.index(row["stage"]) >= STAGES.index(known["stage"]):
            found[key] = row
    return list(found.values())


def score_history(store: Store, actor: Actor, scheme: str, subject: Subject) -> list[Scored]:
    """Return every score of a body in a period that was not withdrawn, oldest first."""
    filters = [
        Filter("scheme", "=", scheme),
        Filter("body", "=", subject.body),
        Filter("round", "=", subject.period),
    ]
    rows = [row for row in records_of(store, actor, REGISTER, filters) if row["state"] == "filed"]
    return [score_record(store, actor, int(row["id"])) for row in sorted(rows, key=lambda row: row["id"])]


def score_record(store: Store, actor: Actor, record_id: int) -> Scored:
    """Return one score by its record.

    Raises
    ------
    DafengError
        Where there is none that the actor may see.
    """
    return scored_of(read(store, actor, REGISTER, record_id))


def scored_of(row: Mapping[str, Any]) -> Scored:
    """Return the score that a record with its child rows holds."""
    lines = tuple(_line_of(line) for line in row["children"]["lines"])
    vetoes = tuple(part for part in str(row["vetoes"] or "").split("; ") if part)
    sheet = ScoreSheet(
        row["scheme"], lines, _decimal(row["total"]), _amount(row["possible"]), row["grade_zh"] or "", row["grade_en"] or "",
        vetoes, int(row["missing"]), bool(row["confirmed"]), _pairs(row, "attributes"),
    )  # fmt: skip
    return Scored(
        int(row["id"]), row["stage"], int(row["attempt"]), row["entered_by"], date.fromisoformat(row["scored_on"]),
        row["explanation"] or "", row["appeal"], row["scheme_hash"], _pairs(row, "statistics"), sheet,
    )  # fmt: skip


def _check_stage(
    store: Store,
    actor: Actor,
    subject: Subject,
    stage: str,
    before: Mapping[str, Scored],
    sheet: ScoreSheet,
    explanation: str,
    appeal: int | None,
) -> None:
    place, problems = f"{REGISTER}:{subject.body}:{subject.period}", Problems()
    if stage not in STAGES:
        raise DafengError.at("stage", stage, Text("self、review 或 decision", "self, review or decision"))
    actor.must("write" if stage == SELF else "review", REGISTER, subject.county or store.scope, subject.body)
    if stage == SELF and REVIEW in before:
        problems.add(
            place,
            Text("复核之后的自评", "a self-assessment after the review"),
            Text("复核之前的自评", "a self-assessment before the review"),
            Text("请提出申诉", "file an appeal"),
        )
    if stage == REVIEW and SELF in before and before[SELF].by in actor.persons:
        problems.add(
            place,
            Text(f"{actor.id}(自评填报人)", f"{actor.id}, who filed the self-assessment"),
            Text("另一人", "another person"),
            Text("四眼原则:请同事复核", "two pairs of eyes: let a colleague review it"),
        )
    if stage == DECISION:
        _check_decision(store, actor, place, before, sheet, appeal, problems)
    _check_explanation(place, stage, before, sheet, explanation, problems)
    problems.raise_if_any()


def _check_explanation(
    place: str,
    stage: str,
    before: Mapping[str, Scored],
    sheet: ScoreSheet,
    explanation: str,
    problems: Problems,
) -> None:
    previous = before.get(SELF if stage == REVIEW else REVIEW)
    differs = stage != SELF and (previous is None or previous.sheet.total != sheet.total)
    if (differs or stage in before) and not explanation.strip():
        found = Text("没有说明", "no explanation")
        expected = Text("与前一分数不同的说明", "an explanation of what differs from the score before")
        problems.add(f"{place}:explanation", found, expected, Text("写明理由", "state the reason"))


def _check_decision(
    store: Store,
    actor: Actor,
    place: str,
    before: Mapping[str, Scored],
    sheet: ScoreSheet,
    appeal: int | None,
    problems: Problems,
) -> None:
    reviewed = before.get(DECISION, before.get(REVIEW))
    upheld = None if appeal is None else read(store, actor, APPEALS, appeal)
    if reviewed is None or upheld is None or upheld["state"] != "upheld":
        problems.add(
            f"{place}:appeal",
            Text("没有成立的申诉", "no appeal that was upheld"),
            Text("已成立申诉的记录号", "the record of an appeal that was upheld"),
            Text("先办理申诉", "decide on the appeal first"),
        )
        return
    earlier = {line.item: line for line in reviewed.sheet.lines}
    for line in sheet.lines:
        if line.item != upheld["item"] and (line.points, line.bonus) != (
            earlier[line.item].points,
            earlier[line.item].bonus,
        ):
            problems.add(
                f"{place}:{line.item}",
                Text(f"{line.points}分", f"{line.points} points"),
                Text(f"未申诉项目保持{earlier[line.item].points}分", f"{earlier[line.item].points} points: the item was not appealed"),
                Text("只改申诉的项目", "change the item of the appeal alone"),
            )  # fmt: skip


def _cells_of(line: Line, evidence: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    cells = {
        "item": line.item, "name_zh": line.zh, "name_en": line.en, "evidence": "; ".join(evidence.get(line.item, ())), "points": line.points,
        "bonus": line.bonus, "possible": line.possible, "item_state": line.state, "why_zh": line.why_zh, "why_en": line.why_en,
    }  # fmt: skip
    return {name: str(value) for name, value in cells.items()}


def _line_of(row: Mapping[str, Any]) -> Line:
    return Line(
        row["item"], row["name_zh"], row["name_en"], _decimal(row["points"]), _decimal(row["bonus"]), _amount(row["possible"]),
        State(row["item_state"]), row["why_zh"] or "", row["why_en"] or "",
    )  # fmt: skip


def _decimal(value: float) -> Decimal:
    """Return the decimal that was written: points carry at most two digits behind the point."""
    return Decimal(repr(float(value))).quantize(Decimal("0.01"))


def _amount(value: float) -> Decimal:
    """Return possible points as written: whole ones without digits behind the point."""
    written = Decimal(repr(float(value)))
    return written.quantize(Decimal(1)) if written == written.to_integral_value() else written


def _pairs(row: Mapping[str, Any], field: str) -> dict[str, str]:
    """Return names and values as `file_score` wrote them; a record typed in by hand may have another text."""
    try:
        found = json.loads(row[field] or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DafengError.at(
            f"{REGISTER}:{row['id']}:{field}",
            str(row[field])[:60],
            Text("计分时写入的取值", "the values as they were written by scoring"),
            Text("撤回此记录,重新计分", "withdraw the record and score again"),
        )
    return {str(name): str(value) for name, value in found.items()}


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(
        {name: str(value) for name, value in values.items()}, ensure_ascii=False, sort_keys=True
    )
