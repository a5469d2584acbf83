"""Pages of registers: list, table, record, evidence, export, template, import."""

import secrets
import tempfile
from collections.abc import Callable, Sequence
from itertools import zip_longest
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
    Child,
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
    write_template,
)
from dafeng.web.office.desk.models import Comment, SavedView
from dafeng.web.office.jobs.queue import enqueue_file
from dafeng.web.office.people.acts import names_of
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.public.files import published_on
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.sending import has_personal, must_have_informed, sent_file
from dafeng.web.office.records.steps import steps_of, steps_somewhere
from dafeng.web.office.records.store import records
from dafeng.web.office.records.table import PER_PAGE, Query, columns_of, read_query, text_of, visible
from dafeng.web.office.shell.downloads import XLSX, attachment
from dafeng.web.office.words import code_name, plain, say, texts

READ, SEND = "office.read_records", "office.send_records"
MODES = ("whole", "partial", "preview")
EXPORTS = {"xlsx": XLSX, "csv": "text/csv"}


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
    states = {one.id: plain(one.zh, one.en) for one in definition.life_cycle.states}
    heads = [(one, _sort_link(query, one.id) if one.sortable else "") for one in columns]
    rows = [
        (row["id"], states[row["state"]], [as_shown(one, row[one.id], places) for one in columns])
        for row in page.rows
    ]  # fmt: skip
    return render(request, "records/table.html", {
        "definition": definition, "heads": heads, "rows": rows, "labels": [plain(one.zh, one.en) for one in columns], "query": query, "fields": visible(definition, actor),
        "conditions": [text_of(one) for one in query.filters], "total": count(store, actor, register, filters=query.filters, search=query.search),
        "next": query.address(after=page.after) if page.after else "", "first": query.address() if query.after else "",
        "personal": has_personal(definition), "address": query.address(), "chosen": {one.id for one in columns}, "sending": actor.may("write", register) or _writes(actor, register),
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
    children = [(child, *_child_rows(child, actor, register, found["children"][child.id], places)) for child in edition.children]  # fmt: skip
    past = acts_of(request, edition, number)
    return render(request, "records/record.html", {
        "definition": definition, "record": found, "fields": fields, "children": children, "state": edition.state(found["state"]),
        "history": past["acts"][::-1], "people": past["people"], "files": evidence_of(store, actor, register, number),
        "comments": Comment.objects.filter(register=register, record=number).select_related("person") if past["acts"] else [],
        "steps": steps_of(actor, edition, found), "writes": _may_write(actor, definition, found), "problems": problems,
        "papers": [one for one in visible(edition, actor) if one.type == "file"], "request_id": secrets.token_hex(8),
    }, status=status)  # fmt: skip


def _may_write(actor: Actor, definition: Definition, found: dict[str, Any]) -> bool:
    body = found.get(definition.organisation) if definition.organisation else None
    return actor.may("write", definition.register_id, found.get("region") or records().scope, body)


def as_shown(field: RegisterField, value: object, places: dict[str, str]) -> object:
    """Return a cell as people read it: a place by its name, codes, yes and no in the language of the page."""
    if isinstance(value, bool):
        return say("yes" if value else "no")
    if field.codes and value is not None:
        return ";".join(code_name(field.codes.get(code, code)) for code in str(value).split(";"))
    return places.get(str(value), value) if field.type == "region" else value


def _child_rows(
    child: Child, actor: Actor, register: str, rows: Sequence[dict[str, Any]], places: dict[str, str]
) -> tuple[list[RegisterField], list[list[object]]]:
    """Return the columns of a child table that the actor sees, and its rows as people read them."""
    columns = [one for one in child.fields if actor.sees(one, register)]
    return columns, [[as_shown(one, row.get(one.id), places) for one in columns] for row in rows]


def acts_of(request: HttpRequest, edition: Definition, number: int) -> dict[str, Any]:
    """Return the acts on a record in words, oldest first, with the names of their persons; none for who sees no history."""
    store, actor, places = records(), actor_of(request), place_names()
    try:
        past = history(store, actor, edition.register_id, number)
    except DafengError:  # a reader of the public part
        past = []
    names = {str(one[name]) for one in past for name in ("actor", "behalf") if one[name]}
    return {"acts": [_change(one, edition, places) for one in past], "people": names_of(names)}


def _change(revision: dict[str, Any], edition: Definition, places: dict[str, str]) -> dict[str, Any]:
    """Return a revision with the name of its act and lines of label, before and after as people read them."""
    steps = {one.id: plain(one.zh, one.en) for one in edition.life_cycle.transitions}
    act = str(revision["act"])
    key = f"act.{act}"
    step = steps.get(act) or (say(key) if key in texts() else act)
    before, after = revision["before"] or {}, revision["after"] or {}
    return revision | {"lines": [*_cells(edition, before, after, places), *_child_cells(edition, before, after, places)], "step": step}  # fmt: skip


def _cells(edition: Definition, before: Any, after: Any, places: dict[str, str]) -> list[tuple[str, object, object]]:  # fmt: skip
    """Return the cells of a record that a revision changed: label, before, after."""
    fields = {one.id: one for one in edition.fields}
    states = {one.id: plain(one.zh, one.en) for one in edition.life_cycle.states}

    def cell(name: str, value: object) -> object:
        if name in fields:
            return as_shown(fields[name], value, places)
        return {"state": states, "region": places}.get(name, {}).get(str(value), value)

    def label(name: str) -> str:
        return plain(fields[name].zh, fields[name].en) if name in fields else say(f"column.{name}") if f"column.{name}" in texts() else name  # fmt: skip

    changed = [name for name in {**before, **after} if name != "children" and _text(before.get(name)) != _text(after.get(name))]  # fmt: skip
    return [(label(name), cell(name, before.get(name)), cell(name, after.get(name))) for name in changed]


def _text(value: object) -> str:
    """Return a cell as text, in which nothing and the empty text are one."""
    return "" if value is None else str(value)


def _child_cells(edition: Definition, before: Any, after: Any, places: dict[str, str]) -> list[tuple[str, object, object]]:  # fmt: skip
    """Return the cells of child rows that a revision changed: label with the row's number, before, after."""
    old, new = before.get("children") or {}, after.get("children") or {}
    found: list[tuple[str, object, object]] = []
    for child in edition.children:
        rows: tuple[list[dict[str, Any]], ...] = (old.get(child.id, []), new.get(child.id, []))
        pairs = zip_longest(*rows, fillvalue=dict[str, Any]())
        for number, (one, other) in enumerate(pairs, start=1):
            found += [
                (f"{plain(child.zh, child.en)} {number} · {plain(field.zh, field.en)}", as_shown(field, one.get(field.id), places), as_shown(field, other.get(field.id), places))
                for field in child.fields if _text(one.get(field.id)) != _text(other.get(field.id))
            ]  # fmt: skip
    return found


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
    definition = readable_definition(request, register)
    sent = sent_file(request)
    if has_personal(definition):
        must_have_informed(request)
    given = {"register": register, "name": Path(sent.name).name, "mode": _mode(request)}
    job = enqueue_file(request, "import", given, Path(sent.name).suffix, sent.chunks())
    return redirect(f"/jobs/{job.id}/")
