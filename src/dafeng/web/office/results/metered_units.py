"""Pages of readings: units within the person's rights; one unit with its days, comparison, warnings, files sent and entry by hand."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dafeng.evidence import DafengError
from dafeng.metering import COLOURS, Owner, ask_owner, media, owner_file, read_owner
from dafeng.registers import Actor
from dafeng.report import name
from dafeng.web.office.desk.models import RegistryChange
from dafeng.web.office.jobs.models import Job
from dafeng.web.office.jobs.queue import enqueue_file
from dafeng.web.office.people.acts import office
from dafeng.web.office.people.rights import acting_person, actor_of, needs
from dafeng.web.office.public.files import published_notice
from dafeng.web.office.records.sending import sent_file
from dafeng.web.office.results.registry_part import registry_part
from dafeng.web.office.words import both, language, say, sentences

UNIT_REGISTERS = ("key_energy_users", "public_institutions")
"""Registers whose grants decide who sees the meters of a unit."""
READINGS = frozenset({".xlsx", ".csv", ".parquet"})
DAYS_SHOWN, FILES_SHOWN = 30, 20


def ledger_owner() -> Owner | None:
    """Return the process that owns the readings; None where it does not run."""
    found = read_owner(settings.WORKSPACE.ledger) if owner_file(settings.WORKSPACE.ledger).exists() else None
    return found if found is not None and found.is_alive() else None


def may_on_unit(actor: Actor, act: Any, unit: dict[str, Any]) -> bool:
    """Return whether a grant over a register of units allows an act on a unit: by its county and its name or credit code."""
    found = office()
    place = unit["county"] or (found.place if found is not None else "")
    bodies = [name for name in (unit["name_zh"], unit["credit_code"]) if name]
    return any(actor.may(act, register, place, body) for register in UNIT_REGISTERS for body in bodies)


def waiting_changes(actor: Actor) -> list[RegistryChange]:
    """Return the changes of the registry that others proposed and that an actor with the right to review their unit decides."""
    listed = RegistryChange.objects.filter(state=RegistryChange.OPEN).exclude(person__username__in=actor.persons).exclude(behalf__username__in=actor.persons).select_related("person")  # fmt: skip
    return [
        one
        for one in listed
        if may_on_unit(actor, "review", {"county": one.county, "name_zh": one.name, "credit_code": None})
    ]


def readable_units(actor: Actor, owner: Owner) -> dict[str, Any]:
    """Return the answer of the ledger on its units, those alone that the person may see."""
    answer = ask_owner(owner, "units", {})
    return answer | {"units": [one for one in answer["units"] if may_on_unit(actor, "read", one)]}


@require_safe
@needs("office.read_records")
def metering(request: HttpRequest) -> HttpResponse:
    """Show the units with coverage, colour and newest reading, as the ledger answers."""
    owner = ledger_owner()
    if owner is None:
        return render(request, "results/metering.html", {"down": True})
    actor = actor_of(request)
    totals, found = ask_owner(owner, "status", {}), readable_units(actor, owner)
    counts = Counter(one["level"] for one in found["units"])
    units = sorted(found["units"], key=lambda one: COLOURS.index(one["level"]))
    return render(request, "results/metering.html", {
        "totals": totals, "begin": found["begin"], "end": found["end"], "units": units, "counts": [(one, counts[one]) for one in COLOURS],
        "waiting": waiting_changes(actor), "keeps": acting_person(request).has_perm("office.follow_up"),
        "readings": sum(one["readings"] for one in units), "points": sum(one["points"] for one in units),
        "publishes": acting_person(request).has_perm("office.follow_up"), "notice": published_notice(),
    })  # fmt: skip


def unit_for(request: HttpRequest, unit: str, act: str = "read") -> tuple[Owner, dict[str, Any]]:
    """Return the ledger's owner and the unit. Raises: Http404 where it does not run, or the person may not see the unit."""
    owner = ledger_owner()
    if owner is None:
        raise Http404
    actor = actor_of(request)
    found = {one["unit"]: one for one in readable_units(actor, owner)["units"]}
    if unit not in found or not may_on_unit(actor, act, found[unit]):
        raise Http404
    return owner, found[unit]


@require_safe
@needs("office.read_records")
def unit_page(request: HttpRequest, unit: str) -> HttpResponse:
    """Show a unit over chosen days: use by day, beside the span before and the year before, warnings, newest readings, files."""
    owner, found = unit_for(request, unit)
    return shown_unit(request, owner, found)


def shown_unit(request: HttpRequest, owner: Owner, unit: dict[str, Any], problems: list[str] | None = None) -> HttpResponse:  # fmt: skip
    """Return the page of a unit, after a refused act with its problems."""
    first, last = _span(request, unit)
    told, days, spans = list(problems or []), [], []
    try:
        asked = {"first": str(first), "last": str(last), "unit": unit["unit"]}
        spans = ask_owner(owner, "compare", asked)["spans"]
        days = ask_owner(owner, "rollup", asked | {"by": "unit", "period": "day"})["rows"]
    except DafengError as error:
        told += sentences(error)
    state, actor = ask_owner(owner, "unit_warnings", {"unit": unit["unit"]}), actor_of(request)
    names = {id_: row.get(f"name_{language().value}") or id_ for id_, row in media().items()}
    return render(request, "results/unit.html", {
        "unit": unit, "first": first, "last": last - timedelta(days=1), "days": days, "most": max((row["tce"] or 0.0 for row in days), default=0.0),
        "spans": [(row | {"last": str(date.fromisoformat(row["to"]) - timedelta(days=1))}, names.get(row["medium"], row["medium"]), media()[row["medium"]]["unit"]) for row in spans], "warnings": [row | {"words": warning_words(row)} for row in state["warnings"]],
        "latest": [(row, names.get(row["medium"], row["medium"])) for row in state["latest"]], "problems": told, "now": timezone.localtime(),
        "sends": may_on_unit(actor, "write", unit), "reviews": may_on_unit(actor, "review", unit),
        **registry_part(owner, unit),
        "files": Job.objects.filter(kind="readings", arguments__unit=unit["unit"]).select_related("made_by")[:FILES_SHOWN],
    }, status=400 if told else 200)  # fmt: skip


def warning_words(row: dict[str, Any]) -> dict[str, str]:
    """Return rule, statistic, value and bounds of a warning as people read them; a statistic without unit is a share."""
    share = row["unit"] in {None, "", "1"}

    def told(value: float | None) -> str:
        return "" if value is None else f"{value:.1%}" if share else f"{value:,.4g} {row['unit']}"

    edges = [f"{sign} {told(row[edge])}" for sign, edge in (("≥", "lower"), ("≤", "upper")) if row[edge] is not None]  # fmt: skip
    statistic = name("statistic", row["statistic"], language()) if row["statistic"] else ""
    return {"rule": name("rule_set", row["rule"], language()), "statistic": statistic, "value": told(row["value"]), "bounds": " · ".join(edges)}  # fmt: skip


def _span(request: HttpRequest, unit: dict[str, Any]) -> tuple[date, date]:
    """Return first day and day after the last: as chosen, by default the last days with readings."""
    newest = date.fromisoformat(unit["last"][:10]) if unit["last"] else timezone.localdate()
    chosen = [newest - timedelta(days=DAYS_SHOWN - 1), newest]
    for place, end in enumerate(("from", "to")):
        try:
            chosen[place] = date.fromisoformat(request.GET.get(end, ""))
        except ValueError:
            continue
    return chosen[0], chosen[1] + timedelta(days=1)


@require_POST
@needs("office.send_records")
def send_readings(request: HttpRequest, unit: str) -> HttpResponse:
    """Take a file of readings of a unit, or one reading typed in, as a job: points of another unit are refused."""
    owner, found = unit_for(request, unit, "write")
    try:
        called, chunks = _typed_reading(request) if "value" in request.POST else _file(request)
    except DafengError as error:
        return shown_unit(request, owner, found, sentences(error))
    given = {"unit": unit, "name": called, "partial": bool(request.POST.get("partial"))}
    job = enqueue_file(request, "readings", given, Path(called).suffix, chunks)
    return redirect(f"/jobs/{job.id}/")


def _file(request: HttpRequest) -> tuple[str, Iterable[bytes]]:
    sent = sent_file(request, READINGS)
    return str(sent.name).replace("/", "_")[-100:], sent.chunks()


def _typed_reading(request: HttpRequest) -> tuple[str, Iterable[bytes]]:
    """Return a reading that was typed in as the file that the ledger reads; the ledger judges its cells."""
    cells = [request.POST.get(name, "").strip()[:60] for name in ("point", "start", "value")]
    if not all(cells):
        raise DafengError.at(
            both("problem.reading"), both("problem.nothing"), both("problem.point_time_value")
        )
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(("point", "start", "value"))
    lines.writerow((cells[0], cells[1].replace("T", " "), cells[2]))
    return "reading.csv", [out.getvalue().encode()]


@require_POST
@needs("office.send_records")
def handle_warning(request: HttpRequest, unit: str, number: int) -> HttpResponse:
    """Acknowledge or release a warning of a unit; the ledger keeps person and note."""
    action = request.POST.get("action", "")
    owner, found = unit_for(request, unit, "review" if action == "release" else "write")
    own = {one["id"] for one in ask_owner(owner, "unit_warnings", {"unit": found["unit"]})["warnings"]}
    if number not in own or action not in {"acknowledge", "release"}:
        raise Http404
    ask_owner(owner, "handle", {"warning": number, "action": action, "person": request.user.username, "note": request.POST.get("note", "").strip()[:2000]})  # fmt: skip
    messages.success(request, say(f"warning_{action}"))
    return redirect(f"/metering/{unit}/")
