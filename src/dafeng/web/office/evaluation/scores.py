"""Pages of scores: those that count, a new one by a scheme, its sheet with appeal, answer and papers."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dafeng.assessment import Scheme, load_scheme, scheme_names, sheet_of
from dafeng.assessment.records import (
    Scored,
    Subject,
    appeals_of,
    decide_appeal,
    file_appeal,
    file_score,
    score_history,
    score_record,
    scores_in_force,
)
from dafeng.evidence import DafengError, Text
from dafeng.registers import Actor, read
from dafeng.web.office.evaluation.papers import score_paper
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.editing import whole_number
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.store import records
from dafeng.web.office.records.views import READ, SEND, found_or_missing
from dafeng.web.office.typed import typed_text
from dafeng.web.office.words import both, say, sentences

SCORES, APPEALS = "assessment_scores", "assessment_appeals"
STAGES = ("self", "review", "decision")
LONGEST = 2000


def _scheme(name: str) -> Scheme:
    """Return a packaged scheme. Raises: Http404 for another name, which would be a path."""
    if name not in scheme_names():
        raise Http404
    return load_scheme(name)


def _given(request: HttpRequest, name: str) -> str:
    return typed_text(request, name, LONGEST, Text(name, name))


@require_safe
@needs(READ)
def scores(request: HttpRequest) -> HttpResponse:
    """List the score that counts of each scheme, body and period, and the schemes by which one is made."""
    actor = actor_of(request)
    found = scores_in_force(records(), actor) if actor.roles(SCORES) else []
    schemes = {name: load_scheme(name) for name in scheme_names()}
    rows = [(row, schemes.get(row["scheme"])) for row in sorted(found, key=lambda row: (row["round"], row["scheme"], -float(row["total"])), reverse=True)]  # fmt: skip
    return render(request, "evaluation/scores.html", {"rows": rows, "schemes": schemes.values(), "writes": bool(actor.roles(SCORES)), "places": place_names()})  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(SEND)
def new_score(request: HttpRequest, scheme: str) -> HttpResponse:
    """File a score by a scheme: values and evidence typed in, points computed by the room; problems beside the form."""
    applied, actor = _scheme(scheme), actor_of(request)
    values = {
        name: {"value": _given(request, f"value.{name}"), "evidence": ""} for name in applied.statistics
    }
    proofs = {item.id: {"value": "", "evidence": _given(request, f"evidence.{item.id}")} for item in applied.items if item.evidence}  # fmt: skip
    problems: list[str] = []
    if request.method == "POST":
        try:
            statistics, evidence = sheet_of(_merged(values, proofs))
            subject = Subject(_given(request, "body"), _given(request, "period"), _given(request, "county"))
            appeal = _given(request, "appeal")
            filed = file_score(
                records(), actor, applied, subject, _given(request, "stage") or STAGES[0], statistics, evidence, timezone.localdate(),
                attributes=_attributes(_given(request, "attributes")), explanation=_given(request, "explanation"),
                appeal=int(appeal) if appeal.isascii() and appeal.isdigit() else None, request=f"score-{_given(request, 'request')[:60] or secrets.token_hex(8)}",
            )  # fmt: skip
        except DafengError as error:
            problems = sentences(error)
        else:
            messages.success(request, say("score_filed", total=filed.sheet.total))
            return redirect(f"/scores/{filed.id}/")
    return render(request, "evaluation/new_score.html", {
        "scheme": applied, "inputs": [(name, values[name]["value"], _items(applied, name)) for name in applied.statistics],
        "proofs": [(item, proofs[item.id]["evidence"]) for item in applied.items if item.evidence], "stages": STAGES, "places": sorted(place_names().items()),
        "typed": {name: _given(request, name) or request.GET.get(name, "") for name in ("body", "period", "county", "stage", "attributes", "explanation", "appeal")},
        "problems": problems, "request_id": secrets.token_hex(8),
    }, status=400 if problems else 200)  # fmt: skip


def _merged(*tables: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return the rows of values and of evidence by name; an item may have the name of its statistic."""
    found: dict[str, dict[str, str]] = {}
    for table in tables:
        for name, row in table.items():
            kept = found.setdefault(name, {"value": "", "evidence": ""})
            kept.update({key: text for key, text in row.items() if text})
    return found


def _items(scheme: Scheme, statistic: str) -> list[Any]:
    """Return the items that a statistic decides."""
    return [item for item in scheme.items if statistic in item.rule.model_dump().values()]


def _attributes(text: str) -> dict[str, str]:
    pairs = [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]
    for part in pairs:
        if "=" not in part:
            raise DafengError.at(both("problem.attributes"), part[:60], both("problem.pairs"))
    return dict(part.split("=", 1) for part in pairs)


@require_safe
@needs(READ)
def score(request: HttpRequest, number: int) -> HttpResponse:
    """Show a score: items with points and reasons, the stages before and after, appeals with both texts."""
    return _page(request, number)


def _page(request: HttpRequest, number: int, problems: list[str] | None = None) -> HttpResponse:
    store, actor = records(), actor_of(request)
    found, row = _score(actor, number)
    subject = _subject(row)
    earlier = score_history(store, actor, row["scheme"], subject)
    appeals = appeals_of(store, actor, row["scheme"], subject) if actor.roles(APPEALS) else []
    region = subject.county or store.scope
    return render(request, "evaluation/score.html", {
        "found": found, "row": row, "scheme": load_scheme(row["scheme"]) if row["scheme"] in scheme_names() else None, "history": earlier,
        "last": bool(earlier) and earlier[-1].id == found.id, "appeals": appeals, "statistics": sorted(found.statistics.items()),
        "evidence": {line["item"]: line["evidence"] for line in row["children"]["lines"] if line["evidence"]},
        "may_appeal": found.stage != STAGES[0] and actor.may("write", APPEALS, region, subject.body), "may_decide": actor.may("review", APPEALS, region, subject.body),
        "problems": problems or [], "request_id": secrets.token_hex(8), "county_name": place_names().get(subject.county, subject.county),
    }, status=400 if problems else 200)  # fmt: skip


def _score(actor: Actor, number: int) -> tuple[Scored, dict[str, Any]]:
    if not actor.roles(SCORES):
        raise Http404
    store = records()
    row = found_or_missing(lambda: read(store, actor, SCORES, number))
    return score_record(store, actor, number), row


def _subject(row: dict[str, Any]) -> Subject:
    return Subject(row["body"], row["round"], row["county"] or "")


@require_POST
@needs(SEND)
def appeal(request: HttpRequest, number: int) -> HttpResponse:
    """File an appeal against an item of a reviewed score."""
    actor = actor_of(request)
    _, row = _score(actor, number)
    subject = _subject(row)
    try:
        file_appeal(records(), actor, row["scheme"], subject, _given(request, "item"), _given(request, "text"), timezone.localdate(), f"appeal-{_given(request, 'request')[:60]}")  # fmt: skip
    except DafengError as error:
        return _page(request, number, sentences(error))
    messages.success(request, say("appeal_filed"))
    return redirect(f"/scores/{number}/#appeals")


@require_POST
@needs(SEND)
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Answer an appeal: upheld or rejected, with a text; the text of the body stays."""
    actor = actor_of(request)
    _score(actor, number)
    filed = whole_number(_given(request, "appeal"))
    if _given(request, "decision") not in {"uphold", "reject"}:
        raise Http404
    try:
        decide_appeal(records(), actor, filed, _given(request, "decision") == "uphold", _given(request, "answer"), f"answer-{_given(request, 'request')[:60]}")  # fmt: skip
    except DafengError as error:
        return _page(request, number, sentences(error))
    messages.success(request, say("appeal_decided"))
    return redirect(f"/scores/{number}/#appeals")


@require_safe
@needs(READ)
def paper(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """Hand out the score sheet as docx or xlsx, or its values as CSV, from which anyone computes it again offline."""
    found, row = _score(actor_of(request), number)
    request.audited = f"score {number} {kind}"
    return score_paper(found, row, kind)
