"""Description page of the interface for people; everything that it loads comes from this server."""

from functools import cache
from importlib.resources import files

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dafeng.evidence import Problem, catalogue
from dafeng.web.ledger.auditing import refused_json

_TEXTS = catalogue("dafeng.web")
_ASSETS = {
    "swagger-ui.css": ("ninja", "static/ninja/swagger-ui.css", "text/css"),
    "swagger-ui-bundle.js": ("ninja", "static/ninja/swagger-ui-bundle.js", "text/javascript"),
    "docs.js": ("dafeng.web.ledger", "assets/docs.js", "text/javascript"),
    "dafeng.css": ("dafeng.web.ledger", "assets/dafeng.css", "text/css"),
}
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"


@cache
def _content(name: str) -> bytes:
    package, path, _ = _ASSETS[name]
    return (files(package) / path).read_bytes()


def asset(request: HttpRequest, name: str) -> HttpResponse:
    """Return a file that a page loads."""
    if name not in _ASSETS:
        return refused_json(
            404,
            Problem(
                request.path[:200],
                _TEXTS.both("problem.no_such_path"),
                _TEXTS.both("problem.a_path_of_this_server"),
                _TEXTS.both("problem.see_api_v1_docs"),
            ),
        )
    response = HttpResponse(_content(name), content_type=f"{_ASSETS[name][2]}; charset=utf-8")
    response["Cache-Control"] = "public, max-age=86400"
    return response


def docs(request: HttpRequest) -> HttpResponse:
    """Render the OpenAPI description to read and try, without any other server."""
    response = render(request, "dafeng/docs.html")
    response["Content-Security-Policy"] = POLICY
    return response
