"""Reports of two offices for one record, side by side; a person with the right to review settles them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dafeng.registers import Definition, conflicts, settle
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.store import records, request_id
from dafeng.web.office.records.views import READ, SEND, as_shown, readable_definition
from dafeng.web.office.typed import typed_text
from dafeng.web.office.words import plain, say


@require_safe
@needs(READ)
def contested(request: HttpRequest, register: str) -> HttpResponse:
    """Show the open conflicts of a register: what is stored, and what another file says."""
    definition, actor = readable_definition(request, register), actor_of(request)
    listed = [
        (one, [_line(definition, name, ours, theirs) for name, (ours, theirs) in one.differing.items()])
        for one in conflicts(records(), actor, register)
    ]  # fmt: skip
    return render(request, "records/conflicts.html", {"definition": definition, "conflicts": listed, "settles": actor.may("review", register, records().scope) or any(actor.may("review", register, grant.region) for grant in actor.grants)})  # fmt: skip


def _line(definition: Definition, name: str, ours: Any, theirs: Any) -> tuple[str, str, object, object]:
    """Return label, unit and both values of a field; of a child table its numbers of rows."""
    fields = {one.id: one for one in definition.fields}
    if name in fields:
        one, places = fields[name], place_names()
        return plain(one.zh, one.en), one.unit, as_shown(one, ours, places), as_shown(one, theirs, places)
    child = definition.child(name)
    return plain(child.zh, child.en), "", say("n_rows", count=len(ours)), say("n_rows", count=len(theirs))


@require_POST
@needs(SEND)
def settle_one(request: HttpRequest, register: str, number: int) -> HttpResponse:
    """Settle a conflict for one of the two reports, with a reason."""
    readable_definition(request, register)
    settle(records(), actor_of(request), register, number, request.POST.get("choose", ""), typed_text(request, "reason"), request=request_id(request))  # fmt: skip
    messages.success(request, say("conflict_settled"))
    return redirect(f"/registers/{register}/conflicts/")
