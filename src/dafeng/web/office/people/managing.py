"""Pages of administration: people, their roles, sessions and hand-over, organisations."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from dafeng.web.office.people.acts import (
    assign,
    end_assignment,
    end_sessions,
    hand_over,
    invite,
    new_invitation,
)
from dafeng.web.office.people.forms import HandOverForm, PersonForm, RoleForm
from dafeng.web.office.people.models import Assignment, Organisation, Person
from dafeng.web.office.people.rights import needs, roles_of
from dafeng.web.office.words import say

MANAGE = "office.manage"


@require_safe
@needs(MANAGE)
def people(request: HttpRequest) -> HttpResponse:
    """List people with their roles."""
    listed = list(Person.objects.select_related("organisation").order_by("-is_active", "username"))
    return render(request, "people/people.html", {"people": [(one, roles_of(one)) for one in listed]})


@require_http_methods(["GET", "POST"])
@needs(MANAGE)
def new_person(request: HttpRequest) -> HttpResponse:
    """Invite a person; the link is shown once."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        found, token = invite(given["username"], given["name"], given["organisation"], request.user)
        return _link(request, found, token)
    return render(request, "people/form.html", {"form": form, "title": "invite", "button": "invite", "intro": "invite_intro"})  # fmt: skip


def _link(request: HttpRequest, person: Person, token: str) -> HttpResponse:
    address = request.build_absolute_uri(f"/invitation/{token}")
    return render(request, "people/invited.html", {"person": person, "address": address})


@require_safe
@needs(MANAGE)
def one_person(request: HttpRequest, number: int) -> HttpResponse:
    """Show a person: roles, sessions, second factor, hand-over."""
    found = get_object_or_404(Person, id=number)
    return render(request, "people/person.html", {
        "person": found, "roles": roles_of(found), "sessions": found.sessions.all(), "form": RoleForm(), "hand_over": HandOverForm(person=found),
        "device": TOTPDevice.objects.filter(user=found, confirmed=True).exists(), "own": found.pk == request.user.pk,
    })  # fmt: skip


@require_POST
@needs(MANAGE)
def give_role(request: HttpRequest, number: int) -> HttpResponse:
    """Give a role over an object."""
    found, form = get_object_or_404(Person, id=number, is_active=True), RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(text for listed in form.errors.values() for text in listed))
        return redirect(f"/manage/people/{number}/")
    given = form.cleaned_data
    assign(
        found, given["role"], by=request.user, region=given["region"], organisation=given["organisation"],
        registers=given["register"], last_day=given["last_day"],
    )  # fmt: skip
    messages.success(request, say("role_given", name=found.name))
    return redirect(f"/manage/people/{number}/")


@require_POST
@needs(MANAGE)
def end_role(request: HttpRequest, number: int) -> HttpResponse:
    """End a role at once."""
    found = get_object_or_404(Assignment.on(), id=number)
    end_assignment(found, request.user)
    return redirect(f"/manage/people/{found.person_id}/")


@require_POST
@needs(MANAGE)
def invite_again(request: HttpRequest, number: int) -> HttpResponse:
    """Make a new link: for a person who has none, or who forgot the password. Sessions and second factor end."""
    found = get_object_or_404(Person, id=number, is_active=True)
    end_sessions(found)
    TOTPDevice.objects.filter(user=found).delete()
    StaticDevice.objects.filter(user=found).delete()
    found.set_unusable_password()
    found.save(update_fields=["password"])
    return _link(request, found, new_invitation(found, request.user))


@require_POST
@needs(MANAGE)
def end_all(request: HttpRequest, number: int) -> HttpResponse:
    """End all sessions of a person."""
    count = end_sessions(get_object_or_404(Person, id=number))
    messages.success(request, say("sessions_ended", count=count))
    return redirect(f"/manage/people/{number}/")


@require_POST
@needs(MANAGE)
def leave(request: HttpRequest, number: int) -> HttpResponse:
    """Close the account of a person who leaves and pass its roles on."""
    found = get_object_or_404(Person, id=number, is_active=True)
    form = HandOverForm(request.POST, person=found)
    if form.is_valid():
        count = hand_over(found, form.cleaned_data["successor"], request.user)
        messages.success(request, say("handed_over", name=found.name, count=count))
    return redirect(f"/manage/people/{number}/")


@require_safe
@needs(MANAGE)
def organisations(request: HttpRequest) -> HttpResponse:
    """List the organisations that hold today and those that ended."""
    listed = Organisation.objects.select_related("parent")
    return render(request, "people/organisations.html", {"organisations": listed})
