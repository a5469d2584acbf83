"""Public page on the method: where the figures come from, what is withheld, how to quote."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dafeng.web.office.people.rights import PUBLIC, needs
from dafeng.web.office.public.files import only_where_on

PARTS = ("registers", "withheld", "quotas", "maps", "data", "quote")
"""Paragraphs of the page: `method.NAME` is the heading, `method.NAME.text` the text."""


@require_GET
@needs(PUBLIC)
def public_method(request: HttpRequest) -> HttpResponse:
    """Show how the published figures are made."""
    only_where_on()
    return render(request, "public/method.html", {"parts": [(f"method.{one}", f"method.{one}.text") for one in PARTS]})  # fmt: skip
