"""Acts on one record: enter, change or amend, take a step, attach a file. A change of what another changed meanwhile is 409."""

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dafeng.evidence import DafengError
from dafeng.registers import act, amend, attach, change, enter, history, read
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.forms import RecordForm, form_of, sent_form
from dafeng.web.office.records.metered import fill_from_meters, metered_units
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.sending import has_personal, must_have_informed, sent_file
from dafeng.web.office.records.store import records
from dafeng.web.office.records.views import SEND, found_or_missing, readable_definition, record_page
from dafeng.web.office.shell.errors import missing_part
from dafeng.web.office.typed import typed_text
from dafeng.web.office.words import both, say, sentences

CONFLICT = 409
WHY = "act.reason"
"""Name of the reason in the form of a record: no id of a field has a dot."""


def _request_id(request: HttpRequest) -> str:
    """Return the id of this form: sent twice, it acts once."""
    return f"form-{request.user.pk}-{request.POST.get('request', '')[:60] or secrets.token_hex(8)}"


def whole_number(text: str) -> int:
    """Return a version or number of a form. Raises: Http404 for another text."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404
    return int(text)


def _reason(request: HttpRequest, name: str = "reason") -> str:
    """Return the reason of an act; the form of a record has it under a name of its own, as a field may be called reason."""
    return typed_text(request, name)


def _page(request: HttpRequest, definition: Any, form: RecordForm, status: int = 200, **values: Any) -> HttpResponse:  # fmt: skip
    return render(request, "records/form.html", {
        "definition": definition, "form": form, "places": sorted(place_names().items()), "known": place_names(), "request_id": secrets.token_hex(8),
        "reason": _reason(request, WHY), "trust": definition.trust, "personal": has_personal(definition), **values,
    }, status=status)  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(SEND)
def new(request: HttpRequest, register: str) -> HttpResponse:
    """Enter a record with the form of its register."""
    definition, actor = readable_definition(request, register), actor_of(request)
    if request.method != "POST":
        return _page(request, definition, form_of(definition, actor))
    form = sent_form(definition, actor, request.POST)
    cells = {one.field.id: one.text for one in form.inputs if one.text}
    try:
        _declared(request)
        if form.names_persons():
            must_have_informed(request)
        done = enter(records(), actor, register, cells, children={name: rows for name, rows in form.children().items() if rows}, request=_request_id(request), reason=_reason(request, WHY))  # fmt: skip
    except DafengError as error:
        form.take(error)
        return _page(request, definition, form, 400)
    messages.success(request, say("record_entered", number=done.id))
    return redirect(f"/registers/{register}/{done.id}/")


def _declared(request: HttpRequest) -> None:
    """Require the confirmation that nothing classified is entered."""
    if not request.POST.get("unclassified"):
        raise DafengError.at(
            both("problem.confirmation"), both("problem.not_given"), both("problem.a_record_without_classified_information"),
            both("problem.classified_information_must_not_be_entered_here"),
        )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(SEND)
def edit(request: HttpRequest, register: str, number: int) -> HttpResponse:
    """Change a record that is open; amend one that counts: the original stays until the amendment counts itself."""
    readable_definition(request, register)
    store, actor = records(), actor_of(request)
    record = found_or_missing(lambda: read(store, actor, register, number))
    edition = store.book.edition(register, record["edition"])
    amending = not edition.state(record["state"]).editable
    shown: dict[str, Any] = {"record": record, "amending": amending, "state": edition.state(record["state"])}
    if request.method != "POST":
        form, units = form_of(edition, actor, record), metered_units(actor, register)
        shown |= {"metered": fill_from_meters(request, edition, record, form, units), "units": units}
        return _page(request, edition, form, **shown)
    form, version = sent_form(edition, actor, request.POST), whole_number(request.POST.get("version", ""))
    write = amend if amending else change
    if version != record["version"]:
        return _both_texts(request, edition, form, shown)
    if not form.cells() and not form.children():
        messages.info(request, say("nothing_changed"))
        return redirect(f"/registers/{register}/{number}/")
    try:
        if form.names_persons():
            must_have_informed(request)
        done = write(store, actor, register, number, form.cells(), version=version, children=form.children(), reason=_reason(request, WHY), request=_request_id(request))  # fmt: skip
    except DafengError as error:
        now = read(store, actor, register, number)
        if now["version"] != version:
            return _both_texts(request, edition, form, shown | {"record": now})
        form.take(error)
        return _page(request, edition, form, 400, **shown)
    messages.success(request, say("record_changed"))
    return redirect(f"/registers/{register}/{done.id}/")


def _both_texts(request: HttpRequest, edition: Any, form: RecordForm, shown: dict[str, Any]) -> HttpResponse:
    """Answer 409 with the person's text in the form and beside it the one stored meanwhile, by whom and when."""
    record = shown["record"]
    form.beside(record)
    last = history(records(), actor_of(request), edition.register_id, record["id"])[-1]
    return _page(request, edition, form, CONFLICT, last=last, **shown)


def _acting(request: HttpRequest, register: str, number: int, do: Callable[[int], Any]) -> HttpResponse:
    """Take an act on the version that the person saw; where it is another by now, say so with 409."""
    version = whole_number(request.POST.get("version", ""))
    store, actor = records(), actor_of(request)
    found_or_missing(lambda: read(store, actor, register, number))
    try:
        do(version)
    except DafengError as error:
        if missing_part(error):
            raise
        stale = read(store, actor, register, number)["version"] != version
        problems = [say("changed_meanwhile")] if stale else sentences(error)  # fmt: skip
        return record_page(request, register, number, status=CONFLICT if stale else 400, problems=problems)
    return redirect(f"/registers/{register}/{number}/")


@require_POST
@needs(SEND)
def take_step(request: HttpRequest, register: str, number: int) -> HttpResponse:
    """Take a transition of a record."""
    readable_definition(request, register)

    def do(version: int) -> None:
        act(records(), actor_of(request), register, number, request.POST.get("step", "")[:60], version=version, reason=_reason(request), request=_request_id(request))  # fmt: skip
        messages.success(request, say("step_taken"))

    return _acting(request, register, number, do)


@require_POST
@needs(SEND)
def attach_file(request: HttpRequest, register: str, number: int) -> HttpResponse:
    """Attach a file to a file field of a record."""
    readable_definition(request, register)
    sent = sent_file(request, kinds=None)

    def do(version: int) -> None:
        with tempfile.TemporaryDirectory(dir=settings.WORKSPACE.incoming) as folder:
            path = Path(folder) / Path(sent.name).name
            with path.open("wb") as file:
                for chunk in sent.chunks():
                    file.write(chunk)
            attach(records(), actor_of(request), register, number, request.POST.get("field", "")[:60], path, version=version, reason=_reason(request), request=_request_id(request))  # fmt: skip
        messages.success(request, say("file_attached"))

    return _acting(request, register, number, do)
