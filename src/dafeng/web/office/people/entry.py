"""Pages of entry: first run, sign-in and sign-out, invitation, language, second factor."""

import base64
import secrets

import segno
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as verify_session
from django_otp import match_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from dafeng.web.office.people.acts import accept_invitation, invitation_of, office
from dafeng.web.office.people.forms import FirstRunForm, PasswordsForm, SignInForm, TokenForm
from dafeng.web.office.people.rights import PUBLIC, SIGNED_IN, needs, needs_second_factor
from dafeng.web.office.people.setup import found_office
from dafeng.web.office.shell.errors import page
from dafeng.web.office.words import say

RECOVERY_CODES = 8
form_page = require_http_methods(["GET", "POST"])


@form_page
@needs(PUBLIC)
def first_run(request: HttpRequest) -> HttpResponse:
    """Set up the office with the one-time token of the terminal."""
    if office() is not None:
        return redirect("/")
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        person = found_office(given["case"], given["username"], given["name"], given["password"])
        login(request, person, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("/")
    return render(request, "people/form.html", {"form": form, "title": "first_run", "button": "set_up", "intro": "first_run_intro"})  # fmt: skip


@form_page
@needs(PUBLIC)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with name and password; the session begins anew."""
    if office() is None:
        return redirect("/first-run")
    form = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return redirect(_next(request))
    return render(request, "people/form.html", {"form": form, "title": "sign_in", "button": "sign_in", "next": _next(request), "sso": bool(settings.CONFIGURATION.oidc_issuer)})  # fmt: skip


@require_POST
@needs(PUBLIC)
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session at the server."""
    logout(request)
    return redirect("/signin")


@require_POST
@needs(PUBLIC)
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language of the pages in a cookie."""
    response = HttpResponseRedirect(_next(request))
    chosen = request.POST.get("language", "")
    if translation.check_for_language(chosen) and chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=31_536_000, samesite="Lax", httponly=True, secure=settings.LANGUAGE_COOKIE_SECURE,
        )  # fmt: skip
    return response


@form_page
@needs(PUBLIC)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Set the first password with the link of an invitation."""
    found = invitation_of(token)
    if found is None:
        return page(request, 404, "invitation")
    form = PasswordsForm(request.POST or None, person=found.person)
    if request.method == "POST" and form.is_valid():
        accept_invitation(found, form.cleaned_data["password"])
        person = authenticate(request, username=found.person.username, password=form.cleaned_data["password"])
        if person is not None:
            login(request, person)
        return redirect("/")
    return render(request, "people/form.html", {"form": form, "title": "welcome", "button": "set_password", "subject": found.person.name})  # fmt: skip


@form_page
@needs(SIGNED_IN)
def second_factor(request: HttpRequest) -> HttpResponse:
    """Verify the second factor of this session, or set one up where there is none."""
    person = request.user
    device = TOTPDevice.objects.filter(user=person, confirmed=True).first()
    if device is None:
        return _set_up(request)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        matched = match_token(person, form.cleaned_data["token"].replace(" ", ""))
        if matched is not None:
            verify_session(request, matched)
            return redirect(_next(request))
        form.add_error("token", say("factor_wrong"))
    return render(request, "people/form.html", {"form": form, "title": "second_factor", "button": "verify", "intro": "factor_intro"})  # fmt: skip


def _set_up(request: HttpRequest) -> HttpResponse:
    """Show the secret of a new device; it counts once a number of it was entered."""
    device, _ = TOTPDevice.objects.get_or_create(
        user=request.user, confirmed=False, defaults={"name": "TOTP"}
    )
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if device.verify_token(form.cleaned_data["token"].replace(" ", "")):
            device.confirmed = True
            device.save()
            codes = _recovery_codes(request)
            verify_session(request, device)
            return render(request, "people/recovery.html", {"codes": codes})
        form.add_error("token", say("factor_wrong"))
    picture = segno.make(device.config_url, error="m").svg_data_uri(scale=4)
    secret = base64.b32encode(device.bin_key).decode()
    must = needs_second_factor(request.user, settings.CONFIGURATION.second_factor)
    return render(request, "people/factor.html", {"form": form, "picture": picture, "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)), "must": must})  # fmt: skip


def _recovery_codes(request: HttpRequest) -> list[str]:
    """Return new recovery codes, shown once; the earlier ones end."""
    StaticDevice.objects.filter(user=request.user).delete()
    device = StaticDevice.objects.create(user=request.user, name="recovery")
    codes = [secrets.token_hex(5) for _ in range(RECOVERY_CODES)]
    for code in codes:
        StaticToken.objects.create(device=device, token=code)
    return codes


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())  # fmt: skip
    return wanted if safe else "/"
