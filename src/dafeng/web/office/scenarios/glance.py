"""City at a glance: chance and level of the peak, intensity path, lights of tasks and counties, overdue duties, what to decide."""

from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dafeng.assessment.duties import FollowUp, follow_up, last_round
from dafeng.assessment.records import last_warnings
from dafeng.case import county_shapes
from dafeng.evidence import DafengError, Text
from dafeng.pathway import CARRIED_ON, LEVEL_YEAR, PLAN
from dafeng.pathway.results import T_PER_MT
from dafeng.registers import Actor
from dafeng.report import (
    COLOURS,
    Line,
    Shade,
    Summary,
    assessed_parts,
    changes_since,
    control_lines,
    county_map,
    decisions,
    emissions,
    fan_picture,
    headline,
    legend,
    read_summary,
    task_lights,
)  # fmt: skip
from dafeng.web.office.evaluation.warnings import WARNINGS, worded
from dafeng.web.office.people.rights import SIGNED_IN, actor_of, needs
from dafeng.web.office.records.duties import FOLLOW_UP, suggestions
from dafeng.web.office.records.pending import pending
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.store import records
from dafeng.web.office.results.cases import current_case
from dafeng.web.office.results.views import runs
from dafeng.web.office.scenarios.answers import (
    answer_of,
    fan_of_plan,
)
from dafeng.web.office.scenarios.models_in_memory import city_of
from dafeng.web.office.words import language, say, sentences

LINES, WORST, LATE = 2, 6, 5
LIGHTS = ("red", "yellow", "green", "grey")


@require_GET
@needs(SIGNED_IN)
def glance(request: HttpRequest) -> HttpResponse:
    """Show the city on one page, each part within the rights of who asks."""
    store, actor = records(), actor_of(request)
    found = runs()
    warned = last_warnings(store, actor) if actor.roles(WARNINGS) else []
    late, coloured = _late(actor), _coloured(warned)
    shown: dict[str, Any] = {
        "city": current_case().city, "warned": coloured, "late": late[:LATE], "more_late": len(late[LATE:]),
        "returns": pending(actor).numbers["overdue"], "may_warn": bool(actor.roles(WARNINGS)), "today": timezone.localdate(),
        "map": _map(coloured) if warned else "",
    }  # fmt: skip
    if not found:
        return render(request, "scenarios/glance.html", shown | _without_run())
    newest = read_summary(found[0])
    before = read_summary(found[1]) if len(found) > 1 else None
    return render(
        request,
        "scenarios/glance.html",
        shown | {"run": found[0].name} | _of_run(newest, before, warned, late),
    )


def _of_run(summary: Summary, before: Summary | None, warned: list[dict[str, Any]], late: list[FollowUp]) -> dict[str, Any]:  # fmt: skip
    spoken = language()
    lights = task_lights(summary, spoken)
    named = {code: Text(name, name) for code, name in place_names().items()}
    live = assessed_parts((), (), warnings=warned, names=named, lines=late)
    if summary.assessment is not None:
        live = summary.assessment.model_copy(update={"lights": live.lights, "late": live.late})
    whole = summary.model_copy(update={"assessment": live})
    facts = None
    if not summary.withheld:
        peak = summary.peak(PLAN)
        facts = {"chance": f"{peak.before_2030.value:.0%}", "level": emissions(_level(summary), spoken), "without": f"{summary.peak(CARRIED_ON).before_2030.value:.0%}"}  # fmt: skip
    picture, colours = _fan(summary)
    return {
        "headline": headline(summary, spoken), "facts": facts, "samples": summary.place.samples, "picture": picture, "colours": colours,
        "control": control_lines(summary.assessment, summary.place.as_of, spoken)[:LINES],
        "counts": [(one, sum(light.light == one for light in lights)) for one in LIGHTS], "worst": [one for one in lights if one.light in ("red", "yellow")][:WORST],
        "changes": changes_since(before, summary, spoken), "decisions": decisions(whole, spoken),
        "budgets": [(one.name, one.year, None if one.left is None else emissions(one.left, spoken)) for one in live.budgets if one.level == "city"],
    }  # fmt: skip


def _level(summary: Summary) -> float:
    track = summary.track(PLAN, summary.place.headline_account)
    return track.median[track.years.index(LEVEL_YEAR)]


def _fan(summary: Summary) -> tuple[str, list[tuple[str, str]]]:
    account = summary.place.headline_account
    lines = []
    for scenario, title in ((CARRIED_ON, "line.carried_on"), (PLAN, "line.plan")):  # fmt: skip
        track = summary.track(scenario, account)
        shown = [at for at, year in enumerate(track.years) if year <= summary.place.horizon]
        years = np.array([track.years[at] for at in shown])
        low, median, high = (
            np.array(values)[shown] * T_PER_MT for values in (track.low, track.median, track.high)
        )
        lines.append(Line(say(title), COLOURS[scenario], years, median, low, high) if scenario == PLAN else Line(say(title), COLOURS[scenario], years, median))  # fmt: skip
    seen = [one for one in summary.observed if one.account == account]
    observed = (
        np.array([year for one in seen for year in one.years], dtype=np.int64),
        np.array([value for one in seen for value in one.values]) * T_PER_MT,
    )
    return fan_picture(lines, observed, say("menu.glance"), language()), legend(lines, bool(seen), language())


def _without_run() -> dict[str, Any]:
    """Return the quick estimate of the model in memory, where the case runs; why not, where it does not."""
    try:
        city = city_of("")
    except DafengError as error:
        return {"refused": sentences(error)}
    answer = answer_of(city, city.plan)
    picture, colours = fan_of_plan(city)
    figures = answer.figures()
    without = f"{city.carried_on.before_2030[city.account]:.0%}"
    return {
        "facts": {"chance": f"{answer.chance:.0%}", "level": figures["level"], "without": without}, "samples": answer.samples, "quick": True,
        "picture": picture, "colours": colours,
    }  # fmt: skip


def _coloured(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the warnings in force with the name of the county, the worst first."""
    order = {"red": 0, "orange": 1, "yellow": 2}
    listed = [
        {
            "name": name, "colour": row["colour"], "words": colour, "consequence": consequence, "period": row["round"],
            "number": row["id"], "county": row["county"],
        }
        for name, row, colour, consequence in worded(rows) if row["state"] == "issued"
    ]  # fmt: skip
    return sorted(listed, key=lambda one: (order.get(one["colour"], 3), one["name"]))


def _map(rows: list[dict[str, Any]]) -> str:
    """Return the map of the counties in the colours of their warnings in force, the worst first in `rows`; "" where the case has no map."""
    shapes = county_shapes(current_case().path)
    lit = {one["county"]: one for one in rows[::-1]}  # the worst of a county last
    shades = {
        code: Shade(name, lit[code]["colour"], lit[code]["words"]) if code in lit else Shade(name)
        for code, name in place_names().items()
    }
    return county_map(shapes, shades, say("county_lights"), language()) if shapes else ""


def _late(actor: Actor) -> list[FollowUp]:
    if not actor.roles(FOLLOW_UP):
        return []
    period = last_round(records(), actor)
    if not period:
        return []
    return [
        line
        for line in follow_up(records(), actor, period, timezone.localdate(), suggestions())
        if line.overdue
    ]
