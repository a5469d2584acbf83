"""Single sign-on with OpenID Connect: off by default; people are invited first, nobody is created by a sign-in."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from dafeng.web.office.people.models import Person
from dafeng.web.office.people.rights import PUBLIC, needs
from dafeng.web.office.shell.errors import page

TIMEOUT = 10
ENDPOINTS = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint", "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint", "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
}  # fmt: skip
FAULTS = (requests.RequestException, SuspiciousOperation, jwt.PyJWTError, KeyError, ValueError)
"""What an issuer that is away, or an answer that is not the issuer's, leads to."""


def issuer() -> str:
    """Return the issuer of the office; "" where single sign-on is off."""
    return str(settings.CONFIGURATION.oidc_issuer)


@lru_cache(maxsize=4)
def _discovered(address: str) -> dict[str, Any]:
    """Return the metadata of an issuer (OpenID Connect Discovery 1.0, section 4)."""
    answer = requests.get(f"{address.rstrip('/')}/.well-known/openid-configuration", timeout=TIMEOUT)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    if found.get("issuer", "").rstrip("/") != address.rstrip("/"):
        raise SuspiciousOperation("the metadata name another issuer")
    for name in ENDPOINTS.values():
        if urlsplit(found[name]).scheme != urlsplit(address).scheme:
            raise SuspiciousOperation(f"{name} is not of the issuer's scheme")
    return found


def _setting(attr: str, *args: Any) -> Any:
    if attr in ENDPOINTS:
        return _discovered(issuer())[ENDPOINTS[attr]]
    return import_from_settings(attr, *args)


class IssuerBackend(OIDCAuthenticationBackend):
    """Signs in the invited person whose user name the issuer asserts."""

    get_settings = staticmethod(_setting)

    def __init__(self) -> None:
        # the issuer is asked when somebody comes from it, not for every password
        self.UserModel = get_user_model()

    def authenticate(self, request: HttpRequest, **kwargs: Any) -> Person | None:
        if not issuer() or "nonce" not in kwargs:
            return None
        super().__init__()
        found: Person | None = super().authenticate(request, **kwargs)
        return found

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """Return the claims of an identity token that is the issuer's and for this office."""
        claims: dict[str, Any] = super().verify_token(token, **kwargs)
        audience = claims.get("aud")
        for_us = self.OIDC_RP_CLIENT_ID in (audience if isinstance(audience, list) else [audience])
        if not for_us or claims.get("iss") != _discovered(issuer())["issuer"] or "exp" not in claims:
            raise SuspiciousOperation("a token of another issuer or for another client")
        self._subject = claims.get("sub")
        return claims

    def verify_claims(self, claims: dict[str, Any]) -> bool:
        return bool(claims.get(settings.CONFIGURATION.oidc_claim)) and claims.get("sub") == self._subject

    def filter_users_by_claims(self, claims: dict[str, Any]) -> Any:
        return Person.objects.filter(username=str(claims[settings.CONFIGURATION.oidc_claim]), is_active=True)


class _Request(OIDCAuthenticationRequestView):
    get_settings = staticmethod(_setting)


class _Callback(OIDCAuthenticationCallbackView):
    get_settings = staticmethod(_setting)

    def login_failure(self) -> HttpResponse:
        return page(self.request, 403, "single_sign_on")


@require_safe
@needs(PUBLIC)
def leave_for_issuer(request: HttpRequest) -> HttpResponse:
    """Send the person to the issuer."""
    return _answer(request, _Request.as_view)


@require_safe
@needs(PUBLIC)
def come_from_issuer(request: HttpRequest) -> HttpResponse:
    """Sign in who comes back from the issuer."""
    return _answer(request, _Callback.as_view)


def _answer(request: HttpRequest, view: Any) -> HttpResponse:
    if not issuer():
        raise Http404
    try:
        answer: HttpResponse = view()(request)
    except FAULTS as error:
        request.audited = f"{type(error).__name__}: {error}"[:300]
        return page(request, 403, "single_sign_on")
    return answer
