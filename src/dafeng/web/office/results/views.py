"""Pages of targets, runs and their files, releases and their differences, readings."""

import mimetypes
import re
from collections import Counter
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dafeng.case import IMPLAUSIBLE, TABLES, difference, summarise
from dafeng.evidence import DafengError, Finding
from dafeng.report import headline, read_summary
from dafeng.web.office.desk.models import Proposal
from dafeng.web.office.jobs.kinds import RELEASING
from dafeng.web.office.jobs.models import DONE, Job
from dafeng.web.office.people.rights import SIGNED_IN, acting_person, needs
from dafeng.web.office.results.cases import case_of_office, current_case, doubts_of, observed_verdicts
from dafeng.web.office.words import language, plain

STATES = ("missed", "at_risk", "behind_path", "on_path", "met", "cannot_be_judged")
MOST_DIFFERENCES, PROPOSALS_SHOWN = 500, 100
REPORT_POLICY = "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; frame-ancestors 'none'"
"""The report of a run carries its own scripts: it runs in a sandbox without this office's cookies."""


def runs() -> list[Path]:
    """Return the folders of results, newest first."""
    found = settings.WORKSPACE.results.glob("*/summary.json")
    return [path.parent for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)]


def run_named(name: str) -> Path:
    """Return the folder of a run. Raises: Http404 where there is none."""
    for folder in runs():
        if folder.name == name:
            return folder
    raise Http404


@require_safe
@needs(SIGNED_IN)
def targets(request: HttpRequest) -> HttpResponse:
    """Show the verdict on each target: of a run where one is chosen or there, else by observation alone."""
    chosen = request.GET.get("run", "")
    listed = runs()
    if chosen or listed:
        folder = run_named(chosen) if chosen else listed[0]
        summary = read_summary(folder)
        rows = [_row(one.locator, one.indicator, one.target, one.unit, one.year, one.status, one.value, plain(one.why_zh, one.why_en), one.departments) for one in summary.targets]  # fmt: skip
        source = folder.name
    else:
        rows = [
            _row(one.target.locator, one.target.indicator, one.target.value, one.target.unit, one.target.year, str(one.status), one.value, plain(one.why_zh, one.why_en), one.target.departments)
            for one in observed_verdicts()
        ]  # fmt: skip
        source = ""
    numbers: dict[tuple[object, ...], int] = {(one.target.locator, one.target.indicator, one.target.year or ""): number for number, one in enumerate(observed_verdicts(), start=1)}  # fmt: skip
    for row in rows:
        row["number"] = numbers.get((row["locator"], row["indicator"], row["year"]))
    counts = Counter(str(row["status"]) for row in rows)
    state = request.GET.get("status", "")
    return render(request, "results/targets.html", {
        "rows": [row for row in rows if not state or row["status"] == state], "counts": [(one, counts[one]) for one in STATES if counts[one]],
        "source": source, "state": state, "runs": [folder.name for folder in listed],
    })  # fmt: skip


def _row(locator: object, indicator: object, target: object, unit: object, year: object, status: object, value: object, why: object, bodies: object) -> dict[str, object]:  # fmt: skip
    return {"locator": locator, "indicator": indicator, "target": target, "unit": unit or "", "year": year or "", "status": status, "value": value, "why": why, "bodies": bodies}  # fmt: skip


@require_safe
@needs(SIGNED_IN)
def results(request: HttpRequest) -> HttpResponse:
    """List the runs with their headline."""
    listed = [(folder.name, summary, headline(summary, language())) for folder, summary in ((one, read_summary(one)) for one in runs()[:20])]  # fmt: skip
    return render(request, "results/results.html", {"runs": listed})


@require_safe
@needs(SIGNED_IN)
def run(request: HttpRequest, name: str) -> HttpResponse:
    """Show a run: headline, counts, files."""
    folder = run_named(name)
    summary = read_summary(folder)
    files = sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return render(request, "results/run.html", {"name": name, "summary": summary, "headline": headline(summary, language()), "files": files})  # fmt: skip


@require_safe
@needs(SIGNED_IN)
def run_file(_: HttpRequest, name: str, file: str) -> HttpResponse:
    """Hand out a file of a run; the report page is shown in a sandbox."""
    path = run_named(name) / file
    if not re.fullmatch(r"[\w.\-\u4e00-\u9fff]+", file) or file.startswith(".") or not path.is_file():
        raise Http404
    if file == "index.html":
        response: HttpResponse = FileResponse(path.open("rb"), content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = REPORT_POLICY
        return response
    kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
    return FileResponse(path.open("rb"), as_attachment=True, filename=file, content_type=kind)


@require_safe
@needs(SIGNED_IN)
def releases(request: HttpRequest) -> HttpResponse:
    """Show the case of the office with its tables, the releases of the workspace, and two compared."""
    own = sorted(
        path.name for path in settings.WORKSPACE.releases.glob("*") if (path / "city.yaml").is_file()
    )
    name = case_of_office()
    place = str(settings.WORKSPACE.releases / name) if name in own else name
    first, second = request.GET.get("first", ""), request.GET.get("second", "")
    compared = None
    if first in own and second in own:
        compared = difference(settings.WORKSPACE.releases / first, settings.WORKSPACE.releases / second)
    doubts = [one for one in current_case().findings if one.code.startswith(IMPLAUSIBLE)]
    person = acting_person(request)
    made = {str(one.outcome.get("release")): one for one in Job.objects.filter(kind__in=RELEASING, state=DONE).select_related("made_by")}  # fmt: skip
    return render(request, "results/releases.html", {
        "doubts": doubts,
        "proposals": [(one, _open_doubts(one)) for one in Proposal.objects.select_related("person", "decided_by")[:PROPOSALS_SHOWN]], "tables": sorted(TABLES), "english": {name: table.help_en for name, table in TABLES.items()}, "proposes": person.has_perm("office.send_records"),
        "decides": person.has_perm("office.decide"), "makes": person.has_perm("office.follow_up"), "as_of": current_case().city.as_of,
        "made": [(one, made[one], one == name) for one in own if one in made],
        "summary": summarise(place), "name": name, "own": own, "first": first, "second": second, "compared": compared,
        "differences": compared.differences[:MOST_DIFFERENCES] if compared is not None else (), "release": current_case().release,
    })  # fmt: skip


def _open_doubts(one: Proposal) -> tuple[Finding, ...]:
    """Return what is doubtful in an open proposal; nothing where it no longer fits the case, which the release reports."""
    if one.state != Proposal.OPEN:
        return ()
    try:
        return doubts_of({name: getattr(one, name) for name in ("table", "key", "column", "value")})
    except DafengError:
        return ()
