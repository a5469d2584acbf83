"""Making, finding and withdrawing the keys of senders."""

import hashlib
import secrets
from typing import Any

from django.utils import timezone

from dafeng.evidence import DafengError
from dafeng.web.models import ApiKey

SCOPES = ("write", "read", "metrics")


def digest_of(token: str) -> str:
    """SHA-256 of a token. The tokens are 256 random bits, so that a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_key(label: str, *, units: list[str], scopes: list[str], per_minute: int = 120) -> tuple[ApiKey, str]:
    """A key and its token, which nobody can read again. Raises: DafengError for unknown scopes or no unit."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise DafengError.at("--scope", ", ".join(unknown) or "nothing", ", ".join(SCOPES))
    if not units or any(not unit or unit.split() != [unit] for unit in units):
        raise DafengError.at("--unit", str(units), "ids of units, or * for all")
    token = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        label=label,
        digest=digest_of(token),
        units=" ".join(units),
        scopes=" ".join(scopes),
        per_minute=per_minute,
    )
    return key, token


def key_of(token: str) -> ApiKey | None:
    """The valid key of `token`, found by its hash."""
    found: ApiKey | None = ApiKey.objects.filter(digest=digest_of(token), revoked=None).first()
    return found


def revoke_key(number: int) -> None:
    """Withdraw a key at once. Raises: DafengError where there is none."""
    if not ApiKey.objects.filter(id=number, revoked=None).update(revoked=timezone.now()):
        raise DafengError.at("key", str(number), "the number of a valid key")


def list_keys() -> list[dict[str, Any]]:
    """All keys, without any token or hash."""
    return list(
        ApiKey.objects.order_by("id").values(
            "id", "label", "units", "scopes", "per_minute", "created", "revoked"
        )
    )
