"""Middleware that turns what a room refuses into a page that says where, found, expected and mend."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from dafeng.evidence import DafengError
from dafeng.web.office.shell.errors import missing_part, refused, unavailable

_log = logging.getLogger("dafeng.office")


class RefusalsMiddleware:
    """Middleware for `DafengError`: the input was refused, nothing failed; and for a disk or database that is away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        kind = missing_part(exception)
        if kind:
            _log.error("%s: %s %s: %s", kind, request.method, request.path[:200], str(exception)[:300])
            return unavailable(kind)
        return refused(request, exception) if isinstance(exception, DafengError) else None
