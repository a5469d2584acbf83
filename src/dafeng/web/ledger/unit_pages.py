"""Pages for people: one unit for the energy manager, all units by colour for the office."""

import functools
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_POST

from dafeng.evidence import DafengError, Language, catalogue
from dafeng.metering import (
    COLOURS,
    Acceptance,
    By,
    Period,
    Question,
    as_answer,
    judged_days,
    latest_readings,
    media,
    rollup,
    unit_status,
    warnings_of,
    write_readings_template,
)
from dafeng.web.ledger.access import RefusedError, unit_of
from dafeng.web.ledger.api import acknowledge, error_file, receipt_of, take
from dafeng.web.ledger.models import ApiKey
from dafeng.web.ledger.owned import owned
from dafeng.web.ledger.session import language_of, page, sign_in, sign_out, signed_in, text
from dafeng.web.ledger.using import bands, bars, budgets, months

_TEXTS = catalogue("dafeng.web")
_KINDS = {".xlsx": "xlsx", ".csv": "csv", ".json": "json", ".ndjson": "ndjson", ".parquet": "parquet"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STATUS = {"accepted": "accepted", "partial": "partly", "refused": "refused_batch"}
View = Callable[..., HttpResponse]


def for_people(scope: str) -> Callable[[View], View]:
    """Wrap a view with the key of the signed-in person, else show the sign-in page; problems as a page."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def shown(request: HttpRequest, **parts: Any) -> HttpResponse:
            try:
                key = signed_in(request, scope)
                return view(request, key, **parts) if key else page(request, "signin", 200)
            except RefusedError as error:
                request.audit = getattr(request, "audit", {}) | {"detail": str(error.error)}
                return page(request, "problem", error.status, problems=_sentences(request, error.error))

        protected: View = csrf_protect(shown)
        return protected

    return wrap


def _sentences(request: HttpRequest, error: DafengError) -> list[str]:
    return [as_answer(problem)[language_of(request).value] for problem in error.problems[:20]]


@require_POST
@csrf_protect
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in with a key."""
    response = HttpResponseRedirect("/")
    try:
        sign_in(request, response)
    except RefusedError as error:
        request.audit = getattr(request, "audit", {}) | {"detail": str(error.error)}
        said = text(request, "too_many" if error.status == 429 else "key_wrong")
        return page(request, "signin", error.status, said=said)
    return response


@require_POST
@csrf_protect
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    response = HttpResponseRedirect("/")
    sign_out(request, response)
    return response


@require_GET
@for_people("read")
def front(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """Show all units of the key, worst first; a single unit is shown at once."""
    owners = key.owners
    if owners is not None and len(owners) == 1:
        return _unit_page(request, key, next(iter(owners)))
    found = unit_status(owned().store, None)
    units = [row for row in found["units"] if owners is None or row["unit"] in owners]
    units.sort(key=lambda row: (COLOURS.index(row["level"]), row["coverage"] or 0.0, row["unit"]))
    counts = [(level, sum(row["level"] == level for row in units)) for level in COLOURS]
    return page(request, "units", units=[_shown(request, row) for row in units], counts=counts, span=found)


def _shown(request: HttpRequest, row: dict[str, Any]) -> dict[str, Any]:
    reason = row["reason_zh" if language_of(request) is Language.ZH else "reason_en"]
    return row | {
        "level_text": text(request, row["level"]),
        "reason": reason,
        "percent": _percent(row["coverage"]),
    }


def _percent(share: float | None) -> str:
    """Format a percentage, rounded down: 99.99 % is not all."""
    return "–" if share is None else f"{int(share * 1000) / 10:.1f} %"


@require_GET
@for_people("read")
def unit(request: HttpRequest, key: ApiKey, unit: str) -> HttpResponse:
    """Show one unit: coverage, newest readings, warnings."""
    return _unit_page(request, key, unit)


def _unit_page(request: HttpRequest, key: ApiKey, unit: str, status: int = 200, **more: Any) -> HttpResponse:
    unit_of(key, unit)
    store = owned().store
    found = unit_status(store, unit)
    if not found["units"]:
        raise RefusedError(404, "unit", unit[:100], "a unit of this key")
    days = judged_days(store)
    rows = rollup(store, Question(By.UNIT, Period.DAY, *days, unit=unit)) if days else []
    cells = [
        (row["bucket"], _percent(row["coverage"]), _cell(row["coverage"])) for row in rows if row["expected"]
    ]
    scopes = key.scopes.split()
    more |= {
        "drawn": bars(rows), "months": [row | {"percent": _percent(row["coverage"])} for row in months(store, unit, days[1])] if days else [],
        "bands": _bands(request, unit, days[1]) if days else [],
        "budgets": [row | {"level_text": text(request, row["level"])} for row in budgets(store, unit)],
    }  # fmt: skip
    return page(
        request, "unit", status, unit=_shown(request, found["units"][0]), span=found, cells=cells, latest=_readings(request, unit),
        warnings=[row | {"level_text": text(request, row["level"])} for row in warnings_of(store, unit)],
        may_write="write" in scopes, may_acknowledge="acknowledge" in scopes, many=key.owners is None or len(key.owners) > 1,
        **more,
    )  # fmt: skip


def _readings(request: HttpRequest, unit: str) -> list[dict[str, Any]]:
    """Return the newest readings with media and origins by name."""
    return [
        row
        | {"medium": _medium(request, row["medium"])}
        | ({"origin": text(request, f"origin_{row['origin']}")} if row["origin"] else {})
        for row in latest_readings(owned().store, unit)
    ]


def _medium(request: HttpRequest, medium: str) -> str:
    """Return the name of the medium in the reader's language."""
    return str(media()[medium].get(f"name_{language_of(request).value}") or medium)


def _bands(request: HttpRequest, unit: str, end: date) -> list[dict[str, Any]]:
    """Return use and cost of the newest month by band, with media and bands by name."""
    return [
        row | {"medium": _medium(request, row["medium"]), "band": text(request, row["band"])}
        for row in bands(owned().store, unit, end)
    ]


def _cell(coverage: float | None) -> str:
    return "day_none" if not coverage else "day_full" if coverage >= 1 else "day_part"


@require_POST
@for_people("write")
def upload(request: HttpRequest, key: ApiKey, unit: str) -> HttpResponse:
    """Accept an uploaded file; the page shows its receipt, or the reason of refusal."""
    unit_of(key, unit)
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise DafengError.at("file", "nothing", _TEXTS.both("problem.a_file_to_upload"))
        if sent.size > owned().limits.body:
            raise DafengError.at(
                "file",
                f"{sent.size} bytes",
                _TEXTS.both("problem.smaller_batches", limit=owned().limits.body),
            )
        kind = _KINDS.get(Path(sent.name).suffix.lower())
        if kind is None:
            raise DafengError.at("file", sent.name[-100:], f"one of {', '.join(_KINDS)}")
        accept = Acceptance.PARTIAL if request.POST.get("partial") else Acceptance.WHOLE
        receipt = take(request, key, sent.read(), kind, accept, None)
    except DafengError as error:
        request.audit = getattr(request, "audit", {}) | {"detail": str(error)}
        return _unit_page(request, key, unit, 400, not_taken=_sentences(request, error))
    receipt["status_text"] = text(request, _STATUS[receipt["status"]])
    receipt["sentences"] = [problem[language_of(request).value] for problem in receipt["problems"][:20]]
    return _unit_page(request, key, unit, 422 if receipt["status"] == "refused" else 200, receipt=receipt)


@require_GET
@for_people("read")
def errors(request: HttpRequest, key: ApiKey, batch: int) -> HttpResponse:
    """Return the refused rows of a batch as a workbook."""
    return _workbook(f"errors-{batch}.xlsx", error_file(receipt_of(key, batch), language_of(request)))


@require_GET
@for_people("read")
def template(request: HttpRequest, key: ApiKey) -> HttpResponse:  # noqa: ARG001 - signature of the wrapper
    """Return the empty form for readings."""
    with tempfile.TemporaryDirectory(prefix="dafeng-") as folder:
        path = Path(folder) / "readings.xlsx"
        write_readings_template(path)
        return _workbook(path.name, path.read_bytes())


def _workbook(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@for_people("acknowledge")
def take_note(request: HttpRequest, key: ApiKey, unit: str, warning: int) -> HttpResponse:
    """Acknowledge a warning of the unit by name."""
    unit_of(key, unit)
    acknowledge(request, key, warning, request.POST.get("person", ""), request.POST.get("note", ""))
    return HttpResponseRedirect(f"/unit/{unit}")
