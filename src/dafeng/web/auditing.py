"""Every request that wanted in is written down, let in or not."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from dafeng.web.owned import owned

_QUIET = ("/health", "/metrics")


class AuditMiddleware:
    """Writes an audit entry after the answer is known; counts requests by route and status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        known = request.resolver_match
        owned().requests.labels(known.route if known else "unknown", str(response.status_code)).inc()
        if request.path not in _QUIET:
            self._write(request, response)
        return response

    def _write(self, request: HttpRequest, response: HttpResponse) -> None:
        from dafeng.web.models import AuditEntry

        notes: dict[str, Any] = getattr(request, "audit", {})
        length = request.META.get("CONTENT_LENGTH") or "0"
        AuditEntry.objects.create(
            key=notes.get("key"), address=request.META.get("REMOTE_ADDR", "")[:64], method=request.method[:8],
            path=request.path[:300], status=response.status_code, size=int(length) if length.isdigit() else 0,
            batch=notes.get("batch"), detail=str(notes.get("detail", ""))[:500],
        )  # fmt: skip
