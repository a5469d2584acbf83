"""Notice of buildings beside their quotas (能耗定额公示): an owner publishes the ranking of a year; anybody reads it where the office
turned public pages on.
"""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from dafeng.evidence import write_atomically
from dafeng.metering import ask_owner
from dafeng.tables import Heading, Sheet
from dafeng.web.office.people.rights import PUBLIC, needs
from dafeng.web.office.public.files import notice_file_path, only_where_on, published_notice, read_year
from dafeng.web.office.results.metered_units import ledger_owner
from dafeng.web.office.shell.downloads import CSV, XLSX, attachment, csv_bytes, workbook_bytes
from dafeng.web.office.words import say

PUBLISHES = "office.follow_up"
COLUMNS = ("rank", "name_zh", "building_type", "kwh_per_m2", "guide", "constraint", "level", "standard")
"""Columns that are public; electricity, floor area and who owns the building are not."""


@require_POST
@needs(PUBLISHES)
def publish_notice(request: HttpRequest) -> HttpResponse:
    """Publish the ranking of a year: measured readings, rows of a confirmed standard, whole or not at all."""
    owner, year = ledger_owner(), request.POST.get("year", "").strip()
    if owner is None:
        raise Http404
    found = ask_owner(owner, "notice", {"year": read_year(year)})
    kept = {
        "year": found["year"], "published": timezone.now().isoformat(), "withheld": found["withheld"],
        "buildings": [{name: row[name] for name in COLUMNS} for row in found["buildings"]],
    }  # fmt: skip
    with write_atomically(notice_file_path()) as temporary:
        temporary.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    request.audited = f"quotas: {year} published"
    messages.success(request, say("list_published", name=say("quota_notice", year=year)))
    return redirect("/metering/")


@require_POST
@needs(PUBLISHES)
def withdraw_notice(request: HttpRequest) -> HttpResponse:
    """Withdraw the ranking; what others saved is not taken back."""
    notice_file_path().unlink(missing_ok=True)
    request.audited = "quotas: withdrawn"
    messages.success(request, say("list_withdrawn"))
    return redirect("/metering/")


@require_GET
@needs(PUBLIC)
def public_notice(request: HttpRequest) -> HttpResponse:
    """Show the published ranking, type by type."""
    found = _published()
    types: dict[str, list[dict[str, Any]]] = {}
    for row in found["buildings"]:
        types.setdefault(row["building_type"], []).append(
            row | {"beside": row["kwh_per_m2"] / row["constraint"]}
        )
    return render(request, "public/quotas.html", {
        "year": found["year"], "day": parse_datetime(found["published"]), "types": list(types.items()), "withheld": found["withheld"],
    })  # fmt: skip


@require_GET
@needs(PUBLIC)
def notice_file(request: HttpRequest, kind: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Hand out the published ranking with how to quote it: csv or xlsx."""
    found = _published()
    title = say("quota_notice", year=found["year"])
    quoted = say("quote_list", name=title, day=found["published"][:10])
    heads = [say(f"notice.{name}") for name in COLUMNS]
    rows: list[list[object]] = [
        [say(f"notice.{row[name]}") if name == "level" else row[name] for name in COLUMNS] for row in found["buildings"]
    ]  # fmt: skip
    if kind == "csv":
        return attachment(csv_bytes([[title, quoted], heads, *rows]), "building_quotas.csv", CSV)
    if kind != "xlsx":
        raise Http404
    sheet = Sheet(say("notice"), [Heading(one) for one in heads], rows, above=[title, quoted])
    return attachment(workbook_bytes([sheet]), "building_quotas.xlsx", XLSX)


def _published() -> dict[str, Any]:
    only_where_on()
    found = published_notice()
    if found is None:
        raise Http404
    return found
