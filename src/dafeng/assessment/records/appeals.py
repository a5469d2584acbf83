"""Appeals against reviewed scores: the text of the body and the answer of the office both stay."""

from dataclasses import dataclass
from datetime import date

from dafeng.assessment.records.listing import records_of
from dafeng.assessment.records.scores import APPEALS, REVIEW, Scored, Subject, scores_of
from dafeng.evidence import DafengError, Text
from dafeng.registers import Actor, Done, Filter, Store, act, change, enter, entered_before, history, read


@dataclass(frozen=True, slots=True)
class Appeal:
    """Appeal of a body against the points of one item, and the answer to it ("" while it is open)."""

    id: int
    version: int
    item: str
    points: float
    filed_on: date
    by: str
    text: str
    state: str
    answer: str
    deadline: str


def file_appeal(
    store: Store,
    actor: Actor,
    scheme: str,
    subject: Subject,
    item: str,
    text: str,
    on: date,
    request: str = "",
) -> Appeal:
    """File an appeal against one item of the reviewed score.

    Raises
    ------
    DafengError
        Without a review, for an item that it does not have, an item with an open appeal, an appeal without a
        text, a missing right.
    """
    done = entered_before(store, actor, APPEALS, request)
    if done is not None:
        return appeal_record(store, actor, done.id)
    actor.must("write", APPEALS, subject.county or store.scope, subject.body)
    reviewed = _reviewed(store, actor, scheme, subject)
    lines = {line.item: line for line in reviewed.sheet.lines}
    place = f"{APPEALS}:{subject.body}:{subject.period}:{item}"
    if item not in lines:
        raise DafengError.at(place, item, Text(f"{'、'.join(lines)}之一", f"one of {', '.join(lines)}"))
    if not text.strip():
        raise DafengError.at(place, Text("没有理由", "no text"), Text("申诉理由", "the text of the appeal"))
    own = [one for one in appeals_of(store, actor, scheme, subject) if one.item == item]
    if any(one.state == "filed" for one in own):
        raise DafengError.at(
            place,
            Text(f"未办结的申诉{own[-1].id}", f"appeal {own[-1].id}, which is open"),
            Text("同一项目只有一件未办结的申诉", "one open appeal for an item"),
            Text("等待答复或撤回", "wait for the answer, or withdraw it"),
        )
    cells = {
        "scheme": scheme, "body": subject.body, "county": subject.county, "round": subject.period, "item": item,
        "number": str(len(own) + 1), "score": str(reviewed.id), "points": str(lines[item].points), "filed_on": str(on), "appeal_text": text,
    }  # fmt: skip
    done = enter(store, actor, APPEALS, cells, request=request)
    return appeal_record(store, actor, done.id)


def decide_appeal(
    store: Store, actor: Actor, appeal_id: int, upheld: bool, answer: str, request: str = ""
) -> Done:
    """Answer an appeal: uphold or reject it; the text of the body is not touched.

    Raises
    ------
    DafengError
        For an appeal that is decided already, one without an answer, the person who filed it, a missing
        right, and a text that was changed after it was filed.
    """
    step = "uphold" if upheld else "reject"
    row = read(store, actor, APPEALS, appeal_id)
    place = f"{APPEALS}:{appeal_id}"
    if request and row["state"] in ("upheld", "rejected"):
        return act(
            store, actor, APPEALS, appeal_id, step, version=row["version"], request=f"{request}/{step}"
        )
    actor.must("review", APPEALS, row["region"] or store.scope, row["body"])
    if not answer.strip():
        raise DafengError.at(
            place, Text("没有答复", "no answer"), Text("答复的理由", "the reason of the answer")
        )
    if row["state"] != "filed":
        raise DafengError.at(
            place,
            row["state"],
            Text("未办结的申诉", "an open appeal"),
            Text("另提申诉", "file another appeal"),
        )
    if row["entered_by"] in actor.persons:
        raise DafengError.at(
            place,
            Text(f"{actor.id}(申诉提出人)", f"{actor.id}, who filed the appeal"),
            Text("另一人", "another person"),
            Text("四眼原则:请同事办理", "two pairs of eyes: let a colleague decide"),
        )
    _check_untouched(store, actor, appeal_id, place)
    done = change(store, actor, APPEALS, appeal_id, {"answer": answer}, version=row["version"])
    return act(
        store, actor, APPEALS, appeal_id, step, version=done.version, reason=answer, request=f"{request}/{step}" if request else ""
    )  # fmt: skip


def appeals_of(store: Store, actor: Actor, scheme: str, subject: Subject) -> list[Appeal]:
    """Return the appeals of a body in a period, oldest first."""
    filters = [
        Filter("scheme", "=", scheme),
        Filter("body", "=", subject.body),
        Filter("round", "=", subject.period),
    ]
    rows = sorted(records_of(store, actor, APPEALS, filters), key=lambda row: int(row["id"]))
    return [appeal_record(store, actor, int(row["id"])) for row in rows]


def appeal_record(store: Store, actor: Actor, record_id: int) -> Appeal:
    """Return one appeal by its record.

    Raises
    ------
    DafengError
        Where there is none that the actor may see.
    """
    row = read(store, actor, APPEALS, record_id)
    return Appeal(
        int(row["id"]), int(row["version"]), row["item"], float(row["points"]), date.fromisoformat(row["filed_on"]), row["entered_by"],
        row["appeal_text"], row["state"], row["answer"] or "", row["deadline"] or "",
    )  # fmt: skip


def _reviewed(store: Store, actor: Actor, scheme: str, subject: Subject) -> Scored:
    for one in reversed(scores_of(store, actor, scheme, subject)):
        if one.stage != "self":
            return one
    raise DafengError.at(
        f"{APPEALS}:{subject.body}:{subject.period}",
        Text("没有复核分数", "no reviewed score"),
        Text("已复核的分数", "a score that was reviewed"),
        Text(f"先复核(阶段 {REVIEW})", f"review it first (stage {REVIEW})"),
    )


def _check_untouched(store: Store, actor: Actor, appeal_id: int, place: str) -> None:
    """Require that the text is the one that was filed: an answer must not be to another text."""
    for revision in history(store, actor, APPEALS, appeal_id):
        if revision["act"] == "change" and "appeal_text" in (revision["after"] or {}):
            raise DafengError.at(
                place,
                Text(f"{revision['actor']}改过的申诉理由", f"a text that {revision['actor']} changed"),
                Text("提出时的申诉理由", "the text as it was filed"),
                Text("撤回后重新提出", "withdraw it and file it again"),
            )
