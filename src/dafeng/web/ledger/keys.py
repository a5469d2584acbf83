"""Creation, look-up and revocation of the keys of senders."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dafeng.evidence import DafengError, catalogue
from dafeng.web.ledger.models import ApiKey, AuditEntry

_TEXTS = catalogue("dafeng.web")

MAX_DAYS = 3660
"""Maximum validity of a key with an expiry date."""

SCOPES = ("write", "read", "acknowledge", "metrics")


def digest_of(token: str) -> str:
    """Return the SHA-256 of a token: tokens are 256 random bits, so that a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_key(
    label: str, *, units: list[str], scopes: list[str], per_minute: int = 120, days: int | None = None
) -> tuple[ApiKey, str]:
    """Create a key and its token, which cannot be read again; it expires after `days`.

    Raises
    ------
    DafengError
        For undefined scopes, no unit, or no day.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise DafengError.at("--scope", ", ".join(unknown) or "nothing", ", ".join(SCOPES))
    if not units or any(not unit or unit.split() != [unit] for unit in units):
        raise DafengError.at("--unit", str(units), _TEXTS.both("problem.ids_of_units"))
    if days is not None and not 0 < days <= MAX_DAYS:
        raise DafengError.at("--days", str(days), f"1 to {MAX_DAYS} days")
    token = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        label=label,
        digest=digest_of(token),
        units=" ".join(units),
        scopes=" ".join(scopes),
        per_minute=per_minute,
        expires=None if days is None else timezone.now() + timedelta(days=days),
    )
    return key, token


def key_of(token: str) -> ApiKey | None:
    """Return the key of `token`, looked up by its hash, where it is neither revoked nor expired."""
    return valid_key(digest=digest_of(token))


def valid_key(**which: Any) -> ApiKey | None:
    """Return the key with these fields, where it is neither revoked nor expired."""
    found: ApiKey | None = ApiKey.objects.filter(revoked=None, **which).first()
    return None if found is None or (found.expires is not None and found.expires <= timezone.now()) else found


def revoke_key(number: int) -> None:
    """Revoke a key at once.

    Raises
    ------
    DafengError
        Where there is no such key.
    """
    if not ApiKey.objects.filter(id=number, revoked=None).update(revoked=timezone.now()):
        raise DafengError.at("key", str(number), _TEXTS.both("problem.number_of_valid_key"))


def list_keys() -> list[dict[str, Any]]:
    """Return all keys, without any token or hash."""
    return list(
        ApiKey.objects.order_by("id").values(
            "id", "label", "units", "scopes", "per_minute", "created", "expires", "revoked"
        )
    )


def audit_entries(limit: int, *, refused_only: bool = False) -> list[dict[str, Any]]:
    """Return the newest entries of the audit log, newest first."""
    entries = AuditEntry.objects.order_by("-id")
    if refused_only:
        entries = entries.filter(status__gte=400)
    fields = ("id", "at", "key__label", "address", "method", "path", "status", "size", "batch", "detail")
    return [
        {"key" if name == "key__label" else name: value for name, value in entry.items()}
        for entry in entries.values(*fields)[:limit]
    ]
