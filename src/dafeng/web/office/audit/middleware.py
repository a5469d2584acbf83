"""Middleware that writes the audit log: acts, refusals, sign-ins and files handed out."""

import logging
import secrets
import time
from collections import deque
from collections.abc import Callable
from threading import Lock

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from dafeng.web.office.audit.chain import append
from dafeng.web.office.people.rights import behalf_of

STRANGER_EVENTS = 120
"""Events a minute that people who have not signed in may cause: otherwise they could fill the disk."""

_log = logging.getLogger("dafeng.office")


class AuditMiddleware:
    """Middleware: one event for each unsafe request, refusal and download."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._strangers: deque[float] = deque()
        self._lock = Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.reference = secrets.token_hex(8)
        before = request.user if request.user.is_authenticated else None
        behalf = behalf_of(request) if before is not None else None
        response = self._get_response(request)
        person = before or (request.user if request.user.is_authenticated else None)
        if self._wanted(request, response) and (person is not None or self._room()):
            self._write(request, response, person, behalf.giver.username if behalf is not None else "")
        return response

    @staticmethod
    def _wanted(request: HttpRequest, response: HttpResponse) -> bool:
        unsafe = request.method not in {"GET", "HEAD", "OPTIONS"}
        return unsafe or response.status_code in {401, 403, 429} or "Content-Disposition" in response or hasattr(request, "audited")  # fmt: skip

    def _room(self) -> bool:
        now = time.monotonic()
        with self._lock:
            while self._strangers and self._strangers[0] <= now - 60:
                self._strangers.popleft()
            if len(self._strangers) >= STRANGER_EVENTS:
                return False
            self._strangers.append(now)
            return True

    @staticmethod
    def _write(request: HttpRequest, response: HttpResponse, person: object, behalf: str) -> None:
        match = request.resolver_match
        try:
            append(
                f"{request.method} {match.view_name if match and match.view_name else '-'}", request.path,
                response.status_code, person=person, name=getattr(person, "username", ""), behalf=behalf,
                address=str(request.META.get("REMOTE_ADDR", "")), request=request.reference,
                detail=str(getattr(request, "audited", "")),
            )  # fmt: skip
        except DatabaseError as error:
            _log.error("audit event lost (%s): %s %s", error, request.method, request.path)
