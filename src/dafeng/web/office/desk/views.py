"""Acts on one's views and on comments."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from dafeng.evidence import DafengError
from dafeng.registers import count, history
from dafeng.web.office.desk.models import Comment, SavedView
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.store import records
from dafeng.web.office.records.table import read_query
from dafeng.web.office.records.views import READ, found_or_missing, readable_definition
from dafeng.web.office.typed import typed_text
from dafeng.web.office.words import both, say

MOST_VIEWS = 50


@require_POST
@needs(READ)
def save_view(request: HttpRequest, register: str) -> HttpResponse:
    """Keep the query of a table under a name; the same name again replaces it."""
    definition, name = (
        readable_definition(request, register),
        typed_text(request, "name", SavedView._meta.get_field("name").max_length, both("problem.name")),
    )
    if not name:
        raise DafengError.at(both("problem.name"), both("problem.nothing"), both("problem.a_name"))
    actor = actor_of(request)
    query = read_query(QueryDict(request.POST.get("query", "")[:2000]), definition, actor)
    count(
        records(), actor, register, filters=query.filters, search=query.search
    )  # a query that the table refuses is not kept
    kept = SavedView.objects.filter(person=request.user, register=register)
    if kept.count() >= MOST_VIEWS and not kept.filter(name=name).exists():
        raise DafengError.at(both("problem.name"), str(MOST_VIEWS), both("problem.fewer_views"))
    SavedView.objects.update_or_create(person=request.user, register=register, name=name, defaults={"query": query.address()})  # fmt: skip
    messages.success(request, say("view_saved", name=name))
    return redirect(f"/registers/{register}/?{query.address()}")


@require_POST
@needs(READ)
def drop_view(request: HttpRequest, register: str, number: int) -> HttpResponse:
    """Drop one of one's own views."""
    get_object_or_404(SavedView, id=number, register=register, person=request.user).delete()
    return redirect(f"/registers/{register}/")


@require_POST
@needs(READ)
def add_comment(request: HttpRequest, register: str, number: int) -> HttpResponse:
    """Add a comment for those who see the history of the record."""
    readable_definition(request, register)
    found_or_missing(lambda: history(records(), actor_of(request), register, number))
    longest = Comment._meta.get_field("text").max_length
    text = typed_text(request, "text", longest, both("problem.comment"))
    if not text:
        raise DafengError.at(both("problem.comment"), both("problem.nothing"), both("problem.a_text_of_at_most_n", count=longest))  # fmt: skip
    Comment.objects.create(register=register, record=number, person=request.user, text=text)
    return redirect(f"/registers/{register}/{number}/#comments")
