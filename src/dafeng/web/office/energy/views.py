"""Pages of the drill-down: a scope with its parts and its course, and the files of each table."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dafeng.metering import COLOURS, media
from dafeng.web.office.energy.answers import Drill
from dafeng.web.office.energy.asked import ELECTRICITY, MEASURES, PERIODS, Asked
from dafeng.web.office.energy.drawn import DRAWN, KINDS, picture_of
from dafeng.web.office.energy.tables import (
    Table,
    amount,
    as_csv,
    as_workbook,
    course_table,
    flows_table,
    hours_table,
    parts_table,
    reason,
)
from dafeng.web.office.people.rights import needs
from dafeng.web.office.shell.downloads import CSV, XLSX, attachment
from dafeng.web.office.words import language

PER_PAGE, MOST_HOURLY = 50, 62
CHANGES = ("year_before", "before")
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
"""A picture has its own style and nothing from elsewhere."""
FILES = {
    "csv": (as_csv, CSV),
    "xlsx": (as_workbook, XLSX),
}


@require_GET
@needs("office.read_records")
def drill(request: HttpRequest) -> HttpResponse:
    """Show what a scope used: its parts with share, rank and change, its course, units behind."""
    drill = Drill.of(request)
    if drill is None:
        return render(request, "energy/drill.html", {"down": True})
    asked = drill.asked
    found, course = drill.parts(), drill.course()
    part = found["parts"]
    rows = [] if asked.point else [_row(one, asked.measure) for one in drill.shown(drill.named(part, found["rows"]))]  # fmt: skip
    compared = [name for name in CHANGES if len({one[name]["why"] for one in course["rows"]}) > 1 or course["rows"][0][name]["why"] is None]  # fmt: skip
    pages = max(1, -(-len(rows) // PER_PAGE))
    page = min(asked.page, pages)
    return render(request, "energy/drill.html", {
        "drill": drill, "asked": asked, "trail": drill.trail(), "title": drill.title(), "part": part, "total": _row(found["total"] | {"group": ""}, asked.measure),
        "rows": rows[(page - 1) * PER_PAGE : page * PER_PAGE], "number": len(rows), "of": len(found["rows"]), "page": page, "pages": pages,
        "previous": asked.query(page=page - 1) if page > 1 else "", "next": asked.query(page=page + 1) if page < pages else "",
        "apart": [_row(one, asked.measure) for one in drill.named(part, found["apart"])] if not asked.point else [],
        "scope_name": drill.trail()[-1][0], "never": [(name, reason(course["rows"][0][name])) for name in CHANGES if name not in compared], "compared": compared,
        "course": [_row(one | {"group": one["bucket"]}, asked.measure, compared) for one in course["rows"]], "beside": course["beside"] and _row(course["beside"], asked.measure, ()),
        "unit": drill.unit_of_measure(found["total"]), "measures": (*MEASURES, "quantity") if asked.medium or asked.point else MEASURES, "periods": PERIODS,
        "media": [(name, row.get(f"name_{language().value}") or name) for name, row in media().items() if row["kind"] == "energy"],
        "choices": asked.choices, "query": asked.query(), "behind": drill.behind() if not asked.unit else [], "own": drill.within()[0] if asked.unit else None,
        "quote": parts_table(drill, found, []).quote, "colours": COLOURS, "pictures": _pictures(asked, bool(rows)), "lengths": [(one, asked.query(by=one, **{"from": "", "to": ""})) for one in PERIODS],
        "divided": [(one, asked.query(parts=one, q="", level="")) for one in asked.choices],
        "hidden": _kept(asked, ("county", "sector", "unit", "point", "parts", *(("medium",) if asked.point else ()))),
        "kept": [*_kept(asked, ("county", "sector", "unit", "medium", "by", "measure", "parts")), ("from", asked.first), ("to", asked.last)],
    })  # fmt: skip


def _pictures(asked: Asked, divided: bool) -> list[tuple[str, str]]:
    """Return the pictures of a page: figure and its table."""
    hourly = asked.by == "day" and (asked.end - asked.first).days <= MOST_HOURLY and (asked.point or asked.medium in ("", ELECTRICITY))  # fmt: skip
    found = [("course", "course")]
    found += [("load", "hours"), ("heat", "hours")] if hourly else []
    return [*([("ranking", "parts"), ("flows", "flows")] if divided else []), *found]


def _kept(asked: Asked, names: Sequence[str]) -> list[tuple[str, object]]:
    """Return what a form keeps of the question."""
    return [(name, getattr(asked, name)) for name in names if getattr(asked, name)]


def _row(row: dict[str, Any], measure: str, changes: Sequence[str] = CHANGES) -> dict[str, Any]:
    """Return a row with its amount and with its changes and their reasons in words."""
    shown = [(name, row[name]["change"], reason(row[name])) for name in changes]
    return row | {"amount": amount(row, measure), "changes": shown}


@require_GET
@needs("office.read_records")
def drill_file(request: HttpRequest, figure: str, kind: str) -> HttpResponse:
    """Hand out a picture, or the table of a figure with all of its rows; each says how to quote it."""
    drill = Drill.of(request)
    if drill is not None and figure in DRAWN and kind in KINDS:
        return _picture(request, drill, figure, kind)
    if drill is None or figure not in TABLES or kind not in FILES:
        raise Http404
    table = TABLES[figure](drill)
    write, media_type = FILES[kind]
    request.audited = f"energy {figure}: {len(table.rows)} rows"
    return attachment(write(table), f"{table.title}.{kind}", media_type)


def _picture(request: HttpRequest, drill: Drill, figure: str, kind: str) -> HttpResponse:
    content = picture_of(drill, figure, kind, narrow=request.GET.get("size") == "narrow")
    if kind == "png":
        request.audited = f"energy {figure}.png"
        return attachment(content, f"{drill.title()} {figure}.png", KINDS[kind])
    response = HttpResponse(content, content_type=KINDS[kind])
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    return response


def _parts(drill: Drill) -> Table:
    found = drill.parts()
    return parts_table(drill, found, drill.shown(drill.named(found["parts"], found["rows"])))


TABLES: dict[str, Callable[[Drill], Table]] = {
    "parts": _parts,
    "course": lambda drill: course_table(drill, drill.course()),
    "hours": lambda drill: hours_table(drill, drill.hours()),
    "flows": lambda drill: flows_table(drill, drill.flows()),
}
