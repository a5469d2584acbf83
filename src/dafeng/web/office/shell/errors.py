"""Pages of errors, in Chinese and English, without anything of the inside."""

import logging
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dafeng.evidence import DafengError
from dafeng.web.office import words

_log = logging.getLogger("dafeng.office")


def page(request: HttpRequest, status: int, kind: str, **values: object) -> HttpResponse:
    """Return the page of an error."""
    return render(request, "office/error.html", {"kind": kind, "status": status, **values}, status=status)


def refused(request: HttpRequest, error: DafengError, status: int = 400) -> HttpResponse:
    """Return the page of what a room refused: place, found, expected, mend."""
    return page(request, status, "refused", problems=words.sentences(error))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - signature of Django
    return page(request, 400, "bad_request", hosts=", ".join(settings.ALLOWED_HOSTS))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return page(request, 403, "forbidden")


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return page(request, 404, "missing")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    request.audited = reason
    return page(request, 403, "forged")


def locked_out(request: HttpRequest, credentials: object, *_: object, **__: object) -> HttpResponse:  # noqa: ARG001
    response = page(request, 429, "locked_out")
    response["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME * 3600))
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """Answer where dafeng itself failed: the reference is in the log of the process."""
    reference = secrets.token_hex(4)
    _log.error("internal error %s: %s %s", reference, request.method, request.path[:200])
    return page(request, 500, "failed", reference=reference)
