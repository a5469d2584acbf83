"""Pages of errors, in Chinese and English, without anything of the inside."""

import errno
import logging
import re
import secrets
import sqlite3
import sys
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from sqlalchemy.exc import OperationalError as RecordsError

from dafeng.evidence import DafengError
from dafeng.web.office import words

RETRY_SECONDS = 30
STATUS = {"disk_full": 507, "upgrading": 503, "database": 503}
"""What is not there for a while → status. None of them needs an act of the person who asks."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_OTHER_VERSION = re.compile(r"no\ssuch\s(table|column)|has\sno\scolumn|does\snot\sexist")
_NO_SPACE = re.compile(r"is\sfull|No\sspace\sleft")

_log = logging.getLogger("dafeng.office")


def page(request: HttpRequest, status: int, kind: str, **values: object) -> HttpResponse:
    """Return the page of an error."""
    return render(request, "office/error.html", {"kind": kind, "status": status, **values}, status=status)


def refused(request: HttpRequest, error: DafengError, status: int = 400) -> HttpResponse:
    """Return the page of what a room refused: place, found, expected, mend."""
    return page(request, status, "refused", problems=words.sentences(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def missing_part(error: BaseException | None) -> str:
    """Return which part of the machine an error comes from: disk, database or its version; "" for a defect."""
    for one in _causes(error):
        if isinstance(one, OSError) and one.errno in _FULL:
            return "disk_full"
        if isinstance(one, DatabaseError | InterfaceError | RecordsError | sqlite3.Error):
            text = str(one)
            if _NO_SPACE.search(text):
                return "disk_full"
            if _OTHER_VERSION.search(text):
                return "upgrading"
            if type(one).__name__ in {"OperationalError", "InterfaceError"}:
                return "database"
    return ""


def unavailable(kind: str) -> HttpResponse:
    """Return the page for a part of the machine that is not there; nothing is asked of the database for it."""
    lang = words.language()
    content = render_to_string("office/error.html", {"kind": kind, "lang": lang.value})
    response = HttpResponse(content, status=STATUS[kind])
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


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
    """Answer where dafeng itself failed, or a part of the machine is not there; the log has the reference."""
    error = sys.exc_info()[1]
    reference = secrets.token_hex(4)
    kind = missing_part(error)
    if kind:
        _log.error("%s: %s %s: %s", kind, request.method, request.path[:200], str(error)[:300])
        return unavailable(kind)
    _log.error("internal error %s: %s %s", reference, request.method, request.path[:200])
    return page(request, 500, "failed", reference=reference)
