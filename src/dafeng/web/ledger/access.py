"""Authorization: a key with a scope, for its units, within its rate limit."""

from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.security import HttpBearer

from dafeng.evidence import DafengError
from dafeng.metering import has_unit
from dafeng.web.ledger.keys import key_of
from dafeng.web.ledger.models import ApiKey
from dafeng.web.ledger.owned import owned

WRONG_KEYS_PER_MINUTE = 60
"""So many requests with wrong keys a minute from one address are answered 401, further ones 429 and not logged."""


class RefusedError(Exception):
    """Refusal of a request, with a status and a problem."""

    def __init__(self, status: int, where: str, found: str, expected: str, mend: str = "") -> None:
        super().__init__(where)
        self.status = status
        self.error = DafengError.at(where, found, expected, mend)


def admit(request: HttpRequest, token: str, scope: str) -> ApiKey:
    """Return the key of `token` where it may use `scope` now.

    Raises
    ------
    RefusedError
        With status 401, 403 or 429.
    """
    key = key_of(token)
    if key is None:
        deny(request)
    request.audit = {"key": key}
    if scope not in key.scopes.split():
        raise RefusedError(403, "key", f"scopes {key.scopes}", f"scope {scope}")
    if not owned().rate.allows(("key", key.id), key.per_minute):
        raise RefusedError(
            429, "key", f"more than {key.per_minute} requests a minute", "fewer, larger batches"
        )
    return key


def deny(request: HttpRequest) -> NoReturn:
    """Refuse a request without a valid key; an address that keeps trying is no longer logged."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if not owned().rate.allows(("address", address), WRONG_KEYS_PER_MINUTE):
        request.audit = {"quiet": True}
        raise RefusedError(
            429, "address", f"more than {WRONG_KEYS_PER_MINUTE} wrong keys a minute", "a valid key"
        )
    raise RefusedError(
        401, "Authorization", "no valid key", "Authorization: Bearer KEY, a key that is not revoked and not expired",
        "ask the office that gave the key",
    )  # fmt: skip


class Bearer(HttpBearer):
    """A sender's key with the scope of the route, within its rate; `parameters` are all the route understands.

    A misspelt parameter is refused: without it the answer would be to another question.
    """

    def __init__(self, scope: str, *parameters: str) -> None:
        super().__init__()
        self.scope = scope
        self.parameters = parameters

    def __call__(self, request: HttpRequest) -> Any:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, token.strip() if kind.lower() == "bearer" else "")

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        key = admit(request, token, self.scope)
        for name, values in request.GET.lists():
            if name not in self.parameters:
                known = f"one of {', '.join(self.parameters)}" if self.parameters else "no parameters"
                raise RefusedError(400, f"parameter {name[:100]}", "an unknown name", known)
            if len(values) > 1:
                raise RefusedError(400, f"parameter {name}", f"{len(values)} values", "one value")
        return key


class OperatorBearer(HttpBearer):
    """The token of the process that owns the store: for its command line."""

    def __call__(self, request: HttpRequest) -> Any:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, token.strip() if kind.lower() == "bearer" else "")

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        if not owned().is_operator(token):
            deny(request)
        return token


def unit_of(key: ApiKey, unit: str | None) -> str | None:
    """Return the unit of a request; None is all. A key of one unit need not name it.

    Raises
    ------
    RefusedError
        Where it is not one of the key's, or not in the registry.
    """
    owners = key.owners
    if unit is None and owners is not None and len(owners) == 1:
        unit = next(iter(owners))
    if owners is not None and unit not in owners:
        raise RefusedError(403, "unit", (unit or "nothing")[:100], f"one of {', '.join(sorted(owners))}")
    if unit is not None and not has_unit(owned().store, unit):
        raise RefusedError(404, "unit", unit[:100], "a unit with points in the registry")
    return unit
