"""Pages of registers: list, table, record, evidence, export, template, import."""

import secrets
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dafeng.evidence import DafengError
from dafeng.registers import (
    TRUST,
    Actor,
    Definition,
    RegisterField,
    conflicts,
    count,
    evidence_file,
    evidence_of,
    export,
    find,
    history,
    last_period,
    read,
    shown,
    write_template,
)
from dafeng.web.office.desk.models import Comment, SavedView
from dafeng.web.office.jobs.queue import enqueue_file
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.publication import published_on
from dafeng.web.office.records.sending import sent_file
from dafeng.web.office.records.steps import steps_of, steps_somewhere
from dafeng.web.office.records.store import records
from dafeng.web.office.records.table import PER_PAGE, Query, columns_of, read_query, text_of, visible
from dafeng.web.office.shell.downloads import attachment
from dafeng.web.office.words import plain, say, texts

READ, SEND = "office.read_records", "office.send_records"
MODES = ("whole", "partial", "preview")
EXPORTS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}


def definition_of(register: str) -> Definition:
    """Return the newest edition of a register. Raises: Http404 where there is none."""
    book = records().book
    if register not in book.editions:
        raise Http404
    return book.latest(register)


def readable_definition(request: HttpRequest, register: str) -> Definition:
    """Return the definition of a register that the person reads; 404 for one that it does not."""
    definition, actor = definition_of(register), actor_of(request)
    if not actor.roles(register):
        raise Http404
    return definition


@require_safe
@needs(READ)
def registers(request: HttpRequest) -> HttpResponse:
    """List the registers with the number of records that the person may see."""
    store, actor = records(), actor_of(request)
    listed = []
    for register in store.book.editions:
        if actor.roles(register):
            definition = store.book.latest(register)
            listed.append((definition, count(store, actor, register)))
    return render(request, "records/registers.html", {"registers": listed})


@require_safe
@needs(READ)
def table(request: HttpRequest, register: str) -> HttpResponse:
    """Show one page of a register: filtered, searched, sorted, with the chosen columns."""
    definition, store, actor = readable_definition(request, register), records(), actor_of(request)
    query = read_query(request.GET, definition, actor)
    page = find(
        store, actor, register, filters=query.filters, search=query.search, sort=query.sort, descending=query.descending,
        after=query.after, limit=PER_PAGE,
    )  # fmt: skip
    columns, places = columns_of(query, definition, actor), place_names()
    heads = [(one, _sort_link(query, one.id) if one.sortable else "") for one in columns]
    rows = [
        (row["id"], definition.state(row["state"]), [(plain(one.zh, one.en), as_shown(one, row[one.id], places)) for one in columns])
        for row in page.rows
    ]  # fmt: skip
    return render(request, "records/table.html", {
        "definition": definition, "heads": heads, "rows": rows, "query": query, "fields": visible(definition, actor),
        "conditions": [text_of(one) for one in query.filters], "total": count(store, actor, register, filters=query.filters, search=query.search),
        "next": query.address(after=page.after) if page.after else "", "first": query.address() if query.after else "",
        "address": query.address(), "chosen": {one.id for one in columns}, "sending": actor.may("write", register) or _writes(actor, register),
        "views": SavedView.objects.filter(person=request.user, register=register), "steps": steps_somewhere(actor, definition), "open_conflicts": len(conflicts(store, actor, register)) if actor.may("history", register, store.scope) or _writes(actor, register) else 0,
        "states": definition.life_cycle.states, "trust": TRUST[definition.trust],
        "publishing": bool(definition.public) and actor.may("own", register, store.scope), "published": published_on(register),
    })  # fmt: skip


def _sort_link(query: Query, name: str) -> str:
    down = query.sort == name and not query.descending
    return str(query.address(sort=("-" if down else "") + name, after=""))


def _writes(actor: Actor, register: str) -> bool:
    return not actor.roles(register).isdisjoint({"owner", "reviewer", "reporter"})


@require_safe
@needs(READ)
def record(request: HttpRequest, register: str, number: int) -> HttpResponse:
    """Show one record: fields, child rows, findings, files, history with what changed."""
    return record_page(request, register, number)


def record_page(request: HttpRequest, register: str, number: int, *, status: int = 200, problems: Sequence[str] = ()) -> HttpResponse:  # fmt: skip
    """Return the page of a record, after a refused act with its problems."""
    definition, store, actor = readable_definition(request, register), records(), actor_of(request)
    found = found_or_missing(lambda: read(store, actor, register, number))
    edition = store.book.edition(register, found["edition"])
    places = place_names()
    fields = [(one, as_shown(one, found.get(one.id), places)) for one in visible(edition, actor)]
    children = [
        (child, [one for one in child.fields if actor.sees(one, register)], found["children"][child.id]) for child in edition.children
    ]  # fmt: skip
    try:
        past = history(store, actor, register, number)
    except DafengError:  # a reader of the public part sees no history
        past = []
    named = {one.id: one for one in edition.fields}
    steps = {one.id: plain(one.zh, one.en) for one in edition.life_cycle.transitions}
    return render(request, "records/record.html", {
        "definition": definition, "record": found, "fields": fields, "children": children, "state": edition.state(found["state"]),
        "history": [_change(one, named, steps) for one in reversed(past)], "files": evidence_of(store, actor, register, number),
        "comments": Comment.objects.filter(register=register, record=number).select_related("person") if past else [],
        "steps": steps_of(actor, edition, found), "writes": _may_write(actor, definition, found), "problems": problems,
        "papers": [one for one in visible(edition, actor) if one.type == "file"], "request_id": secrets.token_hex(8),
    }, status=status)  # fmt: skip


def _may_write(actor: Actor, definition: Definition, found: dict[str, Any]) -> bool:
    body = found.get(definition.organisation) if definition.organisation else None
    return actor.may("write", definition.register_id, found.get("region") or records().scope, body)


def as_shown(field: RegisterField, value: object, places: dict[str, str]) -> object:
    """Return a cell as people read it: a place by its name."""
    text = shown(field, value)
    return places.get(str(text), text) if field.type == "region" else text


def _change(
    revision: dict[str, Any], fields: dict[str, RegisterField], steps: dict[str, str]
) -> dict[str, Any]:
    """Return a revision with the name of its act and lines of field, before, after."""
    act = str(revision["act"])
    key = f"act.{act}"
    step = steps.get(act) or (say(key) if key in texts() else act)
    before, after = revision["before"] or {}, revision["after"] or {}
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    lines = [(fields.get(name), name, before.get(name), after.get(name)) for name in names]
    return revision | {"lines": lines, "step": step}


def found_or_missing(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except DafengError:
        raise Http404 from None


@require_safe
@needs(READ)
def evidence(request: HttpRequest, register: str, number: int, digest: str) -> HttpResponse:
    """Hand out a file attached to a record, as attachment and never run."""
    readable_definition(request, register)
    store, actor = records(), actor_of(request)
    listed = found_or_missing(
        lambda: {one["hash"]: one for one in evidence_of(store, actor, register, number)}
    )
    if digest not in listed:
        raise Http404
    path = evidence_file(store, actor, register, number, digest)
    request.audited = f"{register} {number} {digest[:12]}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=str(listed[digest]["name"]), content_type="application/octet-stream")  # fmt: skip


@require_safe
@needs(READ)
def export_file(request: HttpRequest, register: str, kind: str) -> HttpResponse:
    """Hand out the filtered records within the person's rights."""
    definition, store, actor = readable_definition(request, register), records(), actor_of(request)
    if kind not in EXPORTS:
        raise Http404
    query = read_query(request.GET, definition, actor)
    with tempfile.TemporaryDirectory(dir=settings.WORKSPACE.incoming) as folder:
        path = Path(folder) / f"{register}.{kind}"
        number = export(store, actor, register, path, filters=query.filters, search=query.search)
        content = path.read_bytes()
    request.audited = f"{register}: {number} records"
    return attachment(content, f"{definition.zh}.{kind}", EXPORTS[kind])


@require_safe
@needs(SEND)
def template(request: HttpRequest, register: str) -> HttpResponse:
    """Hand out the workbook to fill in, with the rows of the last period."""
    definition, store, actor = readable_definition(request, register), records(), actor_of(request)
    with tempfile.TemporaryDirectory(dir=settings.WORKSPACE.incoming) as folder:
        path = Path(folder) / "template.xlsx"
        write_template(path, definition, last_period(store, actor, register))
        content = path.read_bytes()
    return attachment(content, f"{definition.zh}.xlsx", EXPORTS["xlsx"])


def _mode(request: HttpRequest) -> str:
    chosen = request.POST.get("mode", "")
    return chosen if chosen in MODES else "whole"


@require_POST
@needs(SEND)
def send(request: HttpRequest, register: str) -> HttpResponse:
    """Take a workbook or CSV file and enter its import as a job."""
    readable_definition(request, register)
    sent = sent_file(request)
    given = {"register": register, "name": Path(sent.name).name, "mode": _mode(request)}
    job = enqueue_file(request, "import", given, Path(sent.name).suffix, sent.chunks())
    return redirect(f"/jobs/{job.id}/")
