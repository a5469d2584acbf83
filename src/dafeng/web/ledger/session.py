"""Browser session of a person: signed in with a key, in a language."""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dafeng.evidence import Catalogue, Language
from dafeng.web.ledger.access import RefusedError, admit
from dafeng.web.ledger.keys import valid_key
from dafeng.web.ledger.models import ApiKey
from dafeng.web.ledger.owned import owned

COOKIE, LANGUAGE_COOKIE = "dafeng_key", "dafeng_language"
HOURS = 12
"""Duration of a sign-in; it ends with the server too, and at once where the key is revoked."""

POLICY = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_MESSAGES = Catalogue.read("dafeng.web")
_SALT = "dafeng.web.ledger.session"


def language_of(request: HttpRequest) -> Language:
    """Return the language of the session: Chinese, unless the person chose English."""
    chosen = request.GET.get("lang") or request.COOKIES.get(LANGUAGE_COOKIE)
    return Language.EN if chosen == "en" else Language.ZH


def page(request: HttpRequest, template: str, status: int = 200, **values: Any) -> HttpResponse:
    """Render a page in the person's language."""
    language = language_of(request)
    texts = {name: _MESSAGES.text(name, language) for name in _MESSAGES.ids() if "." not in name}
    shown = {
        "t": texts,
        "lang": language.value,
        "signed_in": getattr(request, "person_key", None) is not None,
    }
    response = render(request, f"dafeng/{template}.html", shown | values, status=status)
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-store"
    if request.GET.get("lang") in {"zh", "en"}:
        response.set_cookie(LANGUAGE_COOKIE, language.value, max_age=31_536_000, samesite="Lax")
    return response


def text(request: HttpRequest, id: str) -> str:  # noqa: A002 - as in the catalogue
    return _MESSAGES.text(id, language_of(request))


def signed_in(request: HttpRequest, scope: str = "read") -> ApiKey | None:
    """Return the key of the person, or None.

    Raises
    ------
    RefusedError
        Where it lacks `scope` or exceeds its rate.
    """
    found = _session(request)
    if found is None or not owned().sessions.holds(found[1]):
        return None
    key = valid_key(id=found[0])
    if key is None:
        return None
    request.audit, request.person_key = {"key": key}, key
    if scope not in key.scopes.split():
        raise RefusedError(403, "key", f"scopes {key.scopes}", f"scope {scope}")
    if not owned().rate.allows(("key", key.id), key.per_minute):
        raise RefusedError(
            429, "key", f"more than {key.per_minute} requests a minute", "fewer, larger batches"
        )
    return key


def sign_in(request: HttpRequest, response: HttpResponse) -> None:
    """Set the sign-in of the entered token on `response`.

    Raises
    ------
    RefusedError
        Where it may not read.
    """
    key = admit(request, request.POST.get("key", "").strip()[:200], "read")
    session = owned().sessions.open(HOURS * 3600)
    response.set_cookie(
        COOKIE, signing.dumps([key.id, session], salt=_SALT), max_age=HOURS * 3600, httponly=True, samesite="Lax",
        secure=request.is_secure(),
    )  # fmt: skip


def sign_out(request: HttpRequest, response: HttpResponse) -> None:
    """End the session at the server and in the browser: a copy of the cookie is invalid from then on."""
    found = _session(request)
    if found is not None:
        owned().sessions.end(found[1])
    response.delete_cookie(COOKIE)


def _session(request: HttpRequest) -> tuple[int, str] | None:
    """Return the number of the key and the session of the cookie; None where it is not ours."""
    try:
        number, session = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=HOURS * 3600)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return int(number), str(session)
