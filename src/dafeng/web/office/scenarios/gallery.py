"""Gallery: every kind of picture in both languages and both sizes, on synthetic figures, with how to read it."""

from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dafeng.evidence import Language
from dafeng.report import PICTURES, sample_picture, text
from dafeng.web.office.people.rights import SIGNED_IN, needs
from dafeng.web.office.words import language

SIZES = ("wide", "narrow")


@require_GET
@needs(SIGNED_IN)
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every kind of picture with how to read it."""
    spoken = language()
    shown = [(kind, text(f"gallery.{kind}", spoken), text(f"gallery.{kind}.read", spoken)) for kind in PICTURES]  # fmt: skip
    drawn = [(one.value, size) for one in Language for size in SIZES]
    return render(request, "scenarios/gallery.html", {"shown": shown, "drawn": drawn})


@require_GET
@needs(SIGNED_IN)
def gallery_picture(request: HttpRequest, kind: str, spoken: str, size: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Return one picture of the gallery."""
    if kind not in PICTURES or spoken not in set(Language) or size not in SIZES:
        raise Http404
    return HttpResponse(_picture(kind, Language(spoken), size == "narrow"), content_type="image/svg+xml")


@cache
def _picture(kind: str, spoken: Language, narrow: bool) -> str:
    return sample_picture(kind, spoken, narrow=narrow)
