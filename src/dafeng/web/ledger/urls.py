"""Routes of the web interface."""

import logging
import secrets

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http import JsonResponse as Json
from django.urls import path
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from dafeng.evidence import Problem, catalogue
from dafeng.metering import newest_reading, open_warnings
from dafeng.web.ledger import pages, unit_pages
from dafeng.web.ledger.access import RefusedError, admit
from dafeng.web.ledger.api import answer_problems, api
from dafeng.web.ledger.auditing import refused_json
from dafeng.web.ledger.owned import owned
from dafeng.web.ledger.readiness import readiness
from dafeng.web.ledger.session import page

_TEXTS = catalogue("dafeng.web")


def health(_: HttpRequest) -> Json:
    """Report whether store, keys, disk and workers are ready for readings; 503 where one is not."""
    found = readiness(owned())
    return Json(found, status=200 if found["state"] == "ready" else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Return counters in Prometheus' format, for keys with the scope metrics."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    try:
        admit(request, token, "metrics")
    except RefusedError as error:
        return answer_problems(request, error.error, error.status)
    here = owned()
    here.store_bytes.set(here.store.path.stat().st_size)
    levels = [row["level"] for row in open_warnings(here.store)]
    for level in ("yellow", "orange", "red"):
        here.open_warnings.labels(level).set(levels.count(level))
    newest = newest_reading(here.store)
    if newest is not None:
        here.newest.set(newest)
    return HttpResponse(generate_latest(here.registry), content_type=CONTENT_TYPE_LATEST)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - signature of Django
    """Answer requests of undefined paths."""
    if _is_browser(request):
        return page(request, "missing", 404)
    return refused_json(
        404,
        Problem(
            request.path[:200],
            _TEXTS.both("problem.no_such_path"),
            _TEXTS.both("problem.a_path_of_this_server"),
            _TEXTS.both("problem.see_api_v1_docs"),
        ),
    )


def to_docs(_: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/api/v1/docs")


def broken(request: HttpRequest) -> HttpResponse:
    """Answer where dafeng itself failed: the reference is in the log of the process, without internals."""
    reference = secrets.token_hex(4)
    logging.getLogger("dafeng.web").error(
        "internal error %s: %s %s", reference, request.method, request.path[:200]
    )
    problem = Problem(
        "server", _TEXTS.both("problem.internal_error", reference=reference),
        _TEXTS.both("problem.answer_with_reference"), _TEXTS.both("problem.send_again"),
    )  # fmt: skip
    if not _is_browser(request):
        return refused_json(500, problem)
    return page(request, "failed", 500, reference=reference)


def _is_browser(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")


handler404 = not_found
handler500 = broken

urlpatterns = [
    path("api/v1/docs", pages.docs),
    path("api/docs", to_docs),
    path("api/v1/", api.urls),
    path("health", health),
    path("metrics", metrics),
    path("static/<str:name>", pages.asset),
    path("", unit_pages.front),
    path("signin", unit_pages.enter),
    path("signout", unit_pages.leave),
    path("unit/<str:unit>", unit_pages.unit),
    path("unit/<str:unit>/upload", unit_pages.upload),
    path("unit/<str:unit>/warnings/<int:warning>", unit_pages.take_note),
    path("batches/<int:batch>/errors.xlsx", unit_pages.errors),
    path("readings.xlsx", unit_pages.template),
]
