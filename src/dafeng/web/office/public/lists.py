"""Published lists: an owner publishes or withdraws; where the office turns it on, anybody reads them without signing in."""

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from dafeng.case import names_within
from dafeng.registers import Definition, publish
from dafeng.web.office.people.rights import PUBLIC, actor_of, needs
from dafeng.web.office.public.charts import counts_of, list_picture
from dafeng.web.office.public.files import list_file, only_where_on, published_notice, published_on, read_year
from dafeng.web.office.records.store import records
from dafeng.web.office.records.views import readable_definition
from dafeng.web.office.results.cases import current_case
from dafeng.web.office.shell.downloads import CSV, XLSX
from dafeng.web.office.words import say

PUBLISHES = "office.follow_up"
KINDS = {
    "xlsx": XLSX, "csv": CSV, "html": "text/html; charset=utf-8",
}  # fmt: skip


@require_POST
@needs(PUBLISHES)
def publish_list(request: HttpRequest, register: str) -> HttpResponse:
    """Publish the public fields of a register, with the indicators of a year; whole or not at all."""
    definition, year = readable_definition(request, register), request.POST.get("year", "").strip()
    with tempfile.TemporaryDirectory(dir=settings.WORKSPACE.incoming) as folder:
        made = publish(
            records(),
            actor_of(request),
            register,
            Path(folder),
            [read_year(year)] if year else [],
            names_within(current_case().city),
        )
        for path in made:
            shutil.move(path, settings.WORKSPACE.published / path.name)
    request.audited = f"published {register}"
    messages.success(request, say("list_published", name=definition.zh))
    return redirect(f"/registers/{register}/")


@require_POST
@needs(PUBLISHES)
def withdraw_list(request: HttpRequest, register: str) -> HttpResponse:
    """Withdraw a published list; what others saved is not taken back."""
    readable_definition(request, register)
    actor_of(request).must("own", register, records().scope)
    for kind in KINDS:
        list_file(register, kind).unlink(missing_ok=True)
    request.audited = f"withdrew {register}"
    messages.success(request, say("list_withdrawn"))
    return redirect(f"/registers/{register}/")


@require_GET
@needs(PUBLIC)
def public_lists(request: HttpRequest) -> HttpResponse:
    """Show the published lists with their day and how they are made."""
    only_where_on()
    book = records().book
    listed: list[tuple[Definition, datetime]] = []
    for register in book.editions:
        day = published_on(register)
        if day is not None:
            listed.append((book.latest(register), day))
    return render(
        request, "public/lists.html", {"listed": listed, "definition": None, "ranked": published_notice()}
    )


@require_GET
@needs(PUBLIC)
def public_list(request: HttpRequest, register: str, kind: str) -> HttpResponse:
    """Show one published list, its picture, or hand it out as a workbook or CSV."""
    only_where_on()
    book = records().book
    day = published_on(register) if register in book.editions else None
    if day is not None and kind == "svg":
        drawn = list_picture(book.latest(register))
        if drawn is None:
            raise Http404
        return HttpResponse(drawn, content_type="image/svg+xml")
    if day is None or kind not in KINDS or not list_file(register, kind).is_file():
        raise Http404
    if kind != "html":
        return FileResponse(list_file(register, kind).open("rb"), as_attachment=True, filename=f"{register}.{kind}", content_type=KINDS[kind])  # fmt: skip
    return render(request, "public/lists.html", {
        "definition": book.latest(register), "day": day, "counted": bool(counts_of(book.latest(register))), "fragment": list_file(register, kind).read_text(encoding="utf-8"),
    })  # fmt: skip
