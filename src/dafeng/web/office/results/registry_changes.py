"""Changes of the metering registry: proposed by who sends the readings of a unit, entered or refused by another person."""

import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dafeng.evidence import DafengError
from dafeng.metering import ask_owner
from dafeng.web.office.desk.models import RegistryChange
from dafeng.web.office.people.rights import giver_of, needs, require_another
from dafeng.web.office.results.metered_units import ledger_owner, shown_unit, unit_for
from dafeng.web.office.shell.downloads import attachment
from dafeng.web.office.typed import LONGEST_REASON, typed_text
from dafeng.web.office.words import both, say, sentences

COLUMNS = {"changes": ("valid_from", "unit", "medium", "period", "rated_max", "tariff", "object"), "events": ("at", "ratio", "register")}  # fmt: skip
"""Table of the registry → the columns that a form gives."""


@require_POST
@needs("office.send_records")
def propose_change(request: HttpRequest, unit: str) -> HttpResponse:
    """Propose a change of points, or of a ratio, from a day on; the registry weighs it before it is kept."""
    owner, found = unit_for(request, unit, "write")
    table, reason = request.POST.get("table", ""), typed_text(request, "reason")
    if table not in COLUMNS:
        raise Http404
    rows = _rows(request, table, reason)
    try:
        if not reason:
            raise DafengError.at(both("problem.reason"), both("problem.nothing"), both("problem.a_text_of_at_most_n", count=LONGEST_REASON))  # fmt: skip
        weighed = ask_owner(owner, "weigh_proposal", {"unit": unit, "table": table, "rows": rows})
        if not weighed["lines"]:
            raise DafengError.at(both("problem.change"), both("problem.as_registered"), both("problem.another_value"))  # fmt: skip
    except DafengError as error:
        return shown_unit(request, owner, found, sentences(error))
    RegistryChange.objects.create(
        unit=unit, name=found["name_zh"], county=found["county"], table=table, rows=rows, lines=weighed["lines"], reason=reason,
        person=request.user, behalf=giver_of(request),
    )  # fmt: skip
    messages.success(request, say("registry_proposed"))
    return redirect(f"/metering/{unit}/#registry")


def _rows(request: HttpRequest, table: str, reason: str) -> Sequence[dict[str, str]]:
    """Return a row for each chosen point with the cells that were given."""
    cells = {name: request.POST.get(name, "").strip()[:60] for name in COLUMNS[table]}
    given = {name: text for name, text in cells.items() if text} | {"note": reason}
    if table == "events":
        given |= {"kind": "ratio", "at": given.get("at", "").replace("T", " ")}
    return [{"point": one[:64], **given} for one in request.POST.getlist("point")]


@require_POST
@needs("office.send_records")
def decide_change(request: HttpRequest, unit: str, number: int) -> HttpResponse:
    """Enter a change that another person proposed into the registry, or refuse it."""
    owner, found = unit_for(request, unit, "review")
    one = get_object_or_404(RegistryChange, id=number, unit=unit, state=RegistryChange.OPEN)
    answer, note = request.POST.get("answer", ""), typed_text(request, "note")
    if answer not in {RegistryChange.ACCEPTED, RegistryChange.REFUSED}:
        raise Http404
    entered: dict[str, Any] = {"lines": one.lines, "version": None}
    try:
        require_another(request, one.person_id, one.behalf_id)
        if answer == RegistryChange.ACCEPTED:
            seen = request.POST.get("version", "")
            entered = ask_owner(owner, "enter_proposal", {
                "unit": unit, "table": one.table, "rows": one.rows, "version": int(seen) if seen.isascii() and seen.isdigit() else 0,
                "person": request.user.username, "confirmed": bool(request.POST.get("confirmed")),
            })  # fmt: skip
        elif not note:
            raise DafengError.at(both("problem.reason"), both("problem.nothing"), both("problem.a_text_of_at_most_n", count=LONGEST_REASON))  # fmt: skip
    except DafengError as error:
        return shown_unit(request, owner, found, sentences(error))
    RegistryChange.objects.filter(id=number, state=RegistryChange.OPEN).update(
        state=answer, decided_by=request.user, decided=timezone.now(), note=note, lines=entered["lines"], version=entered["version"],
    )  # fmt: skip
    request.audited = f"registry change {number} {answer}"
    messages.success(request, say(f"registry_{answer}"))
    return redirect(f"/metering/{unit}/#registry")


@require_GET
@needs("office.follow_up")
def registry_file(request: HttpRequest) -> HttpResponse:
    """Hand out the registry as the tables of a case's `metering` folder, which stays the same as the ledger's."""
    owner = ledger_owner()
    if owner is None:
        raise Http404
    request.audited = "registry"
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory(dir=settings.WORKSPACE.incoming) as folder:
        written = ask_owner(owner, "write_registry", {"folder": folder})
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in written["files"]:
                archive.write(Path(folder) / name, name)
    return attachment(packed.getvalue(), f"{say('registry_file', version=written['version'])}.zip", "application/zip")  # fmt: skip
