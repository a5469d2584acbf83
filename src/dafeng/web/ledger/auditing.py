"""Audit log of every request, admitted or not; a stopping server admits no more requests."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse

from dafeng.evidence import Problem, catalogue
from dafeng.metering import as_answer
from dafeng.web.ledger.owned import owned

STRANGER_ENTRIES, ALL_STRANGER_ENTRIES = 60, 600
"""Audit entries a minute of requests without a valid key: of one address, and of all together."""

_QUIET = ("/health", "/metrics")
_TEXTS = catalogue("dafeng.web")
_log = logging.getLogger("dafeng.web")


def refused_json(status: int, problem: Problem) -> JsonResponse:
    """Return one problem as JSON, in the format of the interface."""
    return JsonResponse(
        {"problems": [as_answer(problem)]}, status=status, json_dumps_params={"ensure_ascii": False}
    )


class AuditMiddleware:
    """Middleware that writes an audit entry after the answer and counts requests by route and status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        here = owned()
        if not here.draining.enter():
            problem = Problem(
                "server",
                _TEXTS.both("problem.the_server_is_stopping"),
                _TEXTS.both("problem.a_running_server"),
                _TEXTS.both("problem.send_again_later_a_batch_is"),
            )
            response: HttpResponse = refused_json(503, problem)
            response["Retry-After"] = "5"
            return response
        try:
            response = self._get_response(request)
            known = request.resolver_match
            here.requests.labels(known.route if known else "unknown", str(response.status_code)).inc()
            notes: dict[str, Any] = getattr(request, "audit", {})
            if request.path not in _QUIET and not notes.get("quiet") and _audited(request, notes):
                self._write(request, response, notes)
            return _over_tls(request, response)
        finally:
            here.draining.leave()

    def _write(self, request: HttpRequest, response: HttpResponse, notes: dict[str, Any]) -> None:
        from dafeng.web.ledger.models import AuditEntry

        length = request.META.get("CONTENT_LENGTH") or "0"
        try:
            AuditEntry.objects.create(
                key=notes.get("key"), address=request.META.get("REMOTE_ADDR", "")[:64],
                method=_plain(request.method, 8), path=_plain(request.path, 300), status=response.status_code,
                size=min(int(length), 2**62) if length.isdigit() else 0, batch=notes.get("batch"),
                detail=_plain(notes.get("detail", ""), 500),
            )  # fmt: skip
        except DatabaseError as error:
            # a batch is committed by now: its sender is told so, and the log of the process has what the audit log lacks
            _log.error(
                "audit entry lost (%s): %s %s %s", error, request.method, request.path, response.status_code
            )


def _audited(request: HttpRequest, notes: dict[str, Any]) -> bool:
    """Return whether a request is logged: all with a valid key, a bounded number per minute of others.

    Otherwise anybody who reaches the port could fill the disk of the audit log.
    """
    if notes.get("key") is not None:
        return True
    rate, address = owned().rate, str(request.META.get("REMOTE_ADDR", ""))
    return rate.allows(("stranger", address), STRANGER_ENTRIES) and rate.allows(
        "strangers", ALL_STRANGER_ENTRIES
    )


def _over_tls(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the answer with every cookie bound to TLS where the request came over it."""
    if request.is_secure():
        for cookie in response.cookies.values():
            cookie["secure"] = True
    return response


def _plain(text: object, length: int) -> str:
    """Replace characters that databases refuse: NUL (PostgreSQL) and lone surrogates (also SQLite)."""
    return str(text).replace("\0", "␀").encode("utf-8", "replace").decode()[:length]
