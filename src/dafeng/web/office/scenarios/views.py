"""Pages of what-if: sliders with the fan that follows them, the full run, files, saved scenarios side by side."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import replace_url

from dafeng.evidence import DafengError
from dafeng.pathway import WhatIf
from dafeng.report import scoped
from dafeng.web.office.desk.models import SavedView
from dafeng.web.office.jobs import queue
from dafeng.web.office.jobs.models import DONE, ENDED, Job
from dafeng.web.office.jobs.views import visible_jobs
from dafeng.web.office.people.rights import SIGNED_IN, acting_person, needs
from dafeng.web.office.people.setup import cases
from dafeng.web.office.results.cases import case_of_office
from dafeng.web.office.scenarios.answers import Answer, answer_of, fan_of, fan_png, medians_of
from dafeng.web.office.scenarios.link import Asked, caption, read_link
from dafeng.web.office.scenarios.models_in_memory import city_of
from dafeng.web.office.shell.downloads import CSV, attachment, csv_bytes
from dafeng.web.office.words import both, language, plain, say

PAGE = "what-if"
"""Where saved views of this page stand among those of registers."""
FIRST, MOST_COMPARED, MOST_SAVED = 8, 4, 50
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SURE = (0.5, 0.7, 0.9)
FILES = ("csv", "svg", "png")


def _asked(given: QueryDict | dict[str, str]) -> tuple[Asked, WhatIf]:
    values = given.dict() if isinstance(given, QueryDict) else given
    case = values.get("case", "")
    return read_link(values, case or case_of_office()), city_of(case)


@require_safe
@needs(SIGNED_IN)
def what_if(request: HttpRequest) -> HttpResponse:
    """Show the plan with what is changed; asked by htmx, the part that moves."""
    asked, city = _asked(request.GET)
    quick = answer_of(city, city.point(asked.change))
    job, full = _full(request, asked)
    answer = full or quick
    picture, colours = fan_of(city, answer, asked.name or say("line.asked"))
    shown = {
        "asked": asked, "city": city.case.city, "answer": answer, "figures": answer.figures(), "plan": answer_of(city, city.plan).figures(),
        "picture": picture, "colours": colours, "caption": _sentences(asked, city), "query": asked.query(), "job": job, "full": full,
        "ended": job is not None and job.state in ENDED, "may_run": acting_person(request).has_perm("office.run"),
    }  # fmt: skip
    if request.htmx:
        return replace_url(render(request, "scenarios/answer.html", shown | {"levels": _levels(asked, city)}), f"/what-if/?{asked.query()}")  # fmt: skip
    sure, levers = request.GET.get("sure", ""), _measures(asked, city)
    return render(request, "scenarios/what_if.html", shown | {
        "first": levers[:FIRST], "others": levers[FIRST:], "drivers": _drivers(asked, city), "quantiles": QUANTILES,
        "cases": cases(), "sures": SURE, "needed": _needed(asked, city, sure) if sure else None, "saved": SavedView.objects.filter(person=request.user, register=PAGE),
        "compared": MOST_COMPARED,
    })  # fmt: skip


def _full(request: HttpRequest, asked: Asked) -> tuple[Job | None, Answer | None]:
    """Return the job of a full run of just these settings, and its answer where it is ready."""
    number = request.GET.get("job", "")
    if not number.isdigit():
        return None, None
    job = visible_jobs(request).filter(id=int(number), kind="what_if", arguments__query=asked.query()).first()
    if job is None or job.state != DONE:
        return job, None
    return job, Answer.from_dict(job.outcome["what_if"])


def _sentences(asked: Asked, city: WhatIf) -> list[str]:
    said = []
    for kind, zh, en, value in caption(asked, city):
        shown = f"{value:.0f}" if kind == "later" else f"{value:.0%}"
        said.append(say(f"changed.{kind}", name=scoped(plain(zh, en), language()), value=shown))
    return said


def _measures(asked: Asked, city: WhatIf) -> list[dict[str, Any]]:
    change = asked.change
    return [
        {
            "id": one.id, "name": plain(one.name_zh, one.name_en), "degree": f"{change.delivery.get(one.id, 1.0):g}",
            "percent": f"{change.delivery.get(one.id, 1.0):.0%}", "later": change.later.get(one.id, 0), "effect": one.effect_t,
        }
        for one in city.measures
    ]  # fmt: skip


def _levels(asked: Asked, city: WhatIf) -> list[tuple[str, str]]:
    return [(one["id"], one["percent"]) for one in _measures(asked, city)]


def _drivers(asked: Asked, city: WhatIf) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "name": scoped(plain(one.name_zh, one.name_en), language()), "held": asked.change.drivers.get(one.id)}
        for one in city.drivers
    ]  # fmt: skip


def _needed(asked: Asked, city: WhatIf, sure: str) -> dict[str, Any]:
    """Return the least delivery for a chance, and the link of the scenario that it is."""
    if sure not in {str(one) for one in SURE}:
        raise DafengError.at("sure", sure, ", ".join(str(one) for one in SURE))
    found = city.needed(float(sure))
    degrees = {one.id: found.delivery.get(one.id, 0.0) for one in city.measures}
    rows = {f"m.{id_}": f"{degree:.2f}" for id_, degree in degrees.items()}
    return {
        "sure": float(sure), "reached": found.reached, "chance": found.probability, "plan": found.plan, "total": found.total, "of": len(degrees),
        "measures": [(plain(one.name_zh, one.name_en), degrees[one.id]) for one in city.measures if degrees[one.id] > 0.005],
        "query": read_link(rows | {"name": say("needed_name", sure=f"{float(sure):.0%}")}, asked.case).query(),
    }  # fmt: skip


@require_POST
@needs("office.run")
def full_run(request: HttpRequest) -> HttpResponse:
    """Enter the full run of a scenario."""
    asked, city = _asked(QueryDict(request.POST.get("query", "")))
    city.point(asked.change)  # what the model refuses is no job
    job = queue.enqueue(request, "what_if", {"query": asked.query(), "case": asked.case}, ready=True)
    return redirect(f"/what-if/?{asked.query()}&job={job.id}")


@require_safe
@needs(SIGNED_IN)
def fan_file(request: HttpRequest, kind: str) -> HttpResponse:
    """Hand out the fan of a scenario: csv or png with its settings and how to quote it, or svg."""
    asked, city = _asked(request.GET)
    answer = answer_of(city, city.point(asked.change))
    title = asked.name or say("line.asked")
    if kind == "svg":
        return attachment(fan_of(city, answer, title)[0].encode(), "what-if.svg", "image/svg+xml")
    if kind not in FILES:
        raise DafengError.at("kind", kind, ", ".join(FILES))
    settings = "; ".join(_sentences(asked, city)) or say("as_in_the_plan")
    quoted = say(
        "quote", place=city.case.city.name_zh, release=city.case.release[:12], samples=answer.samples
    )
    if kind == "png":
        return attachment(fan_png(city, answer, title, f"{settings}. {say('what_if_leaves_out')}\n{quoted}"), "what-if.png", "image/png")  # fmt: skip
    amounts = ([f"{value:.0f}" for value in row] for row in (answer.low, answer.median, answer.high))
    heads = ["year", "p05_t_co2", "median_t_co2", "p95_t_co2"]
    return attachment(csv_bytes([[title, settings, quoted], heads, *zip(answer.years, *amounts, strict=True)]), "what-if.csv", CSV)  # fmt: skip


@require_POST
@needs(SIGNED_IN)
def save(request: HttpRequest) -> HttpResponse:
    """Keep a scenario under its name; the same name again replaces it."""
    given = QueryDict(request.POST.get("query", "")).dict() | {"name": request.POST.get("name", "")}
    asked, city = _asked(given)
    if not asked.name:
        raise DafengError.at(both("problem.name"), both("problem.nothing"), both("problem.a_name"))
    city.point(asked.change)
    kept = SavedView.objects.filter(person=request.user, register=PAGE)
    if kept.count() >= MOST_SAVED and not kept.filter(name=asked.name).exists():
        raise DafengError.at(both("problem.name"), str(MOST_SAVED), both("problem.fewer_views"))
    SavedView.objects.update_or_create(person=request.user, register=PAGE, name=asked.name, defaults={"query": asked.query()})  # fmt: skip
    messages.success(request, say("view_saved", name=asked.name))
    return redirect(f"/what-if/?{asked.query()}")


@require_POST
@needs(SIGNED_IN)
def drop(request: HttpRequest, number: int) -> HttpResponse:
    """Drop one of one's own scenarios."""
    get_object_or_404(SavedView, id=number, register=PAGE, person=request.user).delete()
    return redirect("/what-if/")


@require_safe
@needs(SIGNED_IN)
def side_by_side(request: HttpRequest) -> HttpResponse:
    """Compare saved scenarios with each other and with their plans; they may be of two cities."""
    numbers = [int(one) for one in request.GET.getlist("one") if one.isdigit()][:MOST_COMPARED]
    kept = list(SavedView.objects.filter(person=request.user, register=PAGE, id__in=numbers))
    found: dict[str, list[tuple[Asked, Answer]]] = {}
    for one in kept:
        asked, city = _asked(QueryDict(one.query))
        found.setdefault(asked.case, []).append((asked, answer_of(city, city.point(asked.change))))
    places = []
    for case, rows in found.items():
        city = city_of(case)
        picture, colours = medians_of(city, [(asked.name, answer) for asked, answer in rows])
        table: list[tuple[str, list[str], dict[str, str], str]] = [
            (say("line.plan"), [], answer_of(city, city.plan).figures(), "")
        ]
        table += [
            (asked.name, _sentences(asked, city), answer.figures(), asked.query()) for asked, answer in rows
        ]
        places.append({"city": city.case.city, "picture": picture, "colours": colours, "rows": table, "samples": city.samples})  # fmt: skip
    return render(request, "scenarios/compare.html", {"places": places})
