"""Readiness for monitors, diagnosis for administrators."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dafeng.web.office.operations.checks import diagnose, readiness
from dafeng.web.office.people.rights import PUBLIC, needs
from dafeng.web.office.words import in_words


@require_safe
@needs(PUBLIC)
def health(_: HttpRequest) -> HttpResponse:
    """Answer whether the office can serve; 503 where it cannot."""
    found = readiness()
    return JsonResponse(found, status=200 if found["state"] == "ready" else 503)


@require_safe
@needs("office.operate")
def operations(request: HttpRequest) -> HttpResponse:
    """Show the diagnosis of the workspace."""
    checks = [(one, in_words(one.text)) for one in diagnose()]
    return render(request, "operations/operations.html", {"checks": checks})
