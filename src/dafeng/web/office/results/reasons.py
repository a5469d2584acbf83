"""Reasons of a verdict down to the record: the data assigned to a target, their rows and register indicators; references of papers."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dafeng.assessment import answer_of, answers_of, register_feeds
from dafeng.assessment.records import explain_record
from dafeng.evidence import DafengError
from dafeng.factors import indicator_observed
from dafeng.registers import compute, find
from dafeng.report import explain_figure
from dafeng.web.office.people.rights import SIGNED_IN, actor_of, needs
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.store import records
from dafeng.web.office.records.views import acts_of
from dafeng.web.office.results.cases import current_case, observed_verdicts
from dafeng.web.office.results.views import run_named, runs
from dafeng.web.office.words import plain, sentences

SHOWN = 50


@require_safe
@needs(SIGNED_IN)
def target(request: HttpRequest, number: int) -> HttpResponse:
    """Show why a target is judged as it is: answers, observations with source and grade, register indicators with their records."""
    verdicts = observed_verdicts()
    if not 1 <= number <= len(verdicts):
        raise Http404
    verdict, case = verdicts[number - 1], current_case()
    rows = [row for row in answers_of(case) if row.speaks_of(verdict.target)]
    feeds = register_feeds(rows)
    answer = answer_of(verdict.target, rows, feeds)
    table = case.table("observations")
    own = table[
        table["indicator"].isin(answer.observations) & (table["region"].astype(str) == case.city.code)
    ]
    sources = {str(one["id"]): one for one in case.table("sources").to_dict("records")}
    return render(request, "results/target.html", {
        "verdict": verdict, "number": number, "rows": rows, "answer": answer, "as_of": case.city.as_of,
        "called": [_called(one) for one in answer.observations], "places": place_names(),
        "observations": [(one | {"called": _called(str(one["indicator"]))}, sources.get(str(one["source"]))) for one in own.sort_values("year").to_dict("records")],
        "indicators": [_indicator(request, name, case.city.as_of) for name in dict.fromkeys([*(row.answer for row in rows if "." in row.answer), *_feeding(answer.observations)])],
    })  # fmt: skip


def _called(observation: str) -> str:
    """Return the name of an observation by the table of indicators; the id where it has none."""
    found = indicator_observed(observation)
    return plain(found.zh, found.en) if found is not None else observation


def _feeding(observations: tuple[str, ...]) -> list[str]:
    """Return the register indicators, as register.indicator, whose extract gives one of the observations."""
    book = records().book
    return [
        f"{register}.{one.id}"
        for register in book.editions
        for one in book.latest(register).indicators
        if one.feeds is not None and one.feeds.table == "observations" and one.feeds.id in observations
    ]


def _indicator(request: HttpRequest, name: str, year: int) -> dict[str, Any]:
    """Return a register indicator with its result, and the records of its register that the person may see."""
    register, _, id_ = name.partition(".")
    store, actor = records(), actor_of(request)
    found: dict[str, Any] = {"name": name, "register": register, "results": [], "records": (), "problems": []}
    if register not in store.book.editions:
        return found
    definition = store.book.latest(register)
    found |= {
        "definition": definition,
        "indicator": next((one for one in definition.indicators if one.id == id_), None),
    }
    if not actor.roles(register):
        return found
    try:
        found["results"] = compute(store, actor, register, id_, year)
        found["records"] = find(store, actor, register, limit=SHOWN).rows
    except DafengError as error:
        found["problems"] = sentences(error)
    return found


@require_safe
@needs("office.read_records")
def explain(request: HttpRequest) -> HttpResponse:
    """Resolve a reference that a paper prints: the figure of a run, or the record, the act and the person behind a figure."""
    reference, chosen = request.GET.get("ref", "").strip()[:300], request.GET.get("run", "")
    listed, problems = [folder.name for folder in runs()], []
    figure = record = None
    try:
        if reference.startswith("/") and listed:
            figure = explain_figure(run_named(chosen or listed[0]), reference)
        elif reference:
            record = explain_record(records(), actor_of(request), reference)
    except DafengError as error:
        problems = sentences(error)
    steps = reference.strip("/").split("/")
    return render(request, "results/explain.html", {
        "reference": reference, "run": chosen, "runs": listed, "figure": figure, "record": record, "problems": problems,
        **(acts_of(request, records().book.edition(steps[0], record.record["edition"]), int(steps[1])) if record is not None else {}),
        "address": f"/registers/{steps[0]}/{steps[1]}/" if record is not None else "",
    }, status=400 if problems else 200)  # fmt: skip
