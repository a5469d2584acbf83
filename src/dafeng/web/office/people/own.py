"""Pages of one's own account: password, second factor, sessions, delegations, whom one acts for."""

from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp.plugins.otp_totp.models import TOTPDevice

from dafeng.evidence import DafengError
from dafeng.web.office.people.acts import delegate, end_delegation, end_sessions, set_password
from dafeng.web.office.people.forms import DelegationForm, PasswordChangeForm
from dafeng.web.office.people.models import Delegation, OpenSession
from dafeng.web.office.people.rights import SIGNED_IN, needs, roles_of
from dafeng.web.office.words import both, say


@require_safe
@needs(SIGNED_IN)
def account(request: HttpRequest) -> HttpResponse:
    """Show one's roles, sessions and delegations."""
    person = request.user
    return render(request, "people/account.html", {
        "roles": roles_of(person), "sessions": OpenSession.objects.filter(person=person), "key": request.session.session_key,
        "given": Delegation.open().filter(giver=person).select_related("receiver"),
        "received": Delegation.open().filter(receiver=person).select_related("giver"),
        "device": TOTPDevice.objects.filter(user=person, confirmed=True).exists(), "form": DelegationForm(person=person),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(SIGNED_IN)
def password(request: HttpRequest) -> HttpResponse:
    """Change the password: all other sessions end."""
    form = PasswordChangeForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        set_password(request.user, form.cleaned_data["password"])
        login(request, request.user, backend="django.contrib.auth.backends.ModelBackend")
        messages.success(request, say("password_changed"))
        return redirect("/me/")
    return render(request, "people/form.html", {"form": form, "title": "change_password", "button": "change_password"})  # fmt: skip


@require_POST
@needs(SIGNED_IN)
def address(request: HttpRequest) -> HttpResponse:
    """Set or remove the e-mail address for reminders: a person gives it for this purpose alone."""
    given = request.POST.get("email", "").strip()[:254]
    if given:
        try:
            validate_email(given)
        except ValidationError:
            raise DafengError.at(both("problem.email"), given[:60], both("problem.an_address")) from None
    request.user.email = given
    request.user.save(update_fields=["email"])
    messages.success(request, say("address_kept" if given else "address_removed"))
    return redirect("/me/")


@require_POST
@needs(SIGNED_IN)
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """End one of one's own sessions."""
    found = get_object_or_404(OpenSession, id=number, person=request.user)
    end_sessions(request.user, found.key)
    return redirect("/me/")


@require_POST
@needs(SIGNED_IN)
def give(request: HttpRequest) -> HttpResponse:
    """Let another person act for oneself."""
    form = DelegationForm(request.POST, person=request.user)
    if form.is_valid():
        given = form.cleaned_data
        delegate(request.user, given["receiver"], given["last_day"], given["reason"])
        messages.success(request, say("delegated"))
    else:
        messages.error(request, " ".join(text for listed in form.errors.values() for text in listed))
    return redirect("/me/")


@require_POST
@needs(SIGNED_IN)
def end(request: HttpRequest, number: int) -> HttpResponse:
    """End a delegation that one gave."""
    end_delegation(get_object_or_404(Delegation, id=number, giver=request.user))
    return redirect("/me/")


@require_POST
@needs(SIGNED_IN)
def act_for(request: HttpRequest) -> HttpResponse:
    """Act for another person in this session, or again for oneself."""
    chosen = request.POST.get("delegation", "")
    request.session.pop("behalf", None)
    if chosen.isdigit():
        request.session["behalf"] = get_object_or_404(
            Delegation.open(), id=int(chosen), receiver=request.user
        ).id
    return redirect("/")
