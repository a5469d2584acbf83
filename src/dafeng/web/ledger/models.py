"""Keys of senders and the audit log. Readings are kept in a store of their own."""

from typing import ClassVar

from django.db import models


class ApiKey(models.Model):
    """Key of a sender. Only the SHA-256 of the random token is kept; the token is shown once.

    `units` are the ids, separated by blanks, whose points it may write and read; `*` is all of them.
    """

    label = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    units = models.TextField(default="")
    scopes = models.CharField(max_length=100)
    per_minute = models.PositiveIntegerField(default=120)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)

    @property
    def owners(self) -> frozenset[str] | None:
        """Return the units of the key; None is all."""
        return None if self.units.strip() == "*" else frozenset(self.units.split())


class AuditEntry(models.Model):
    """Audit entry of one request: sender, address, request and outcome."""

    at = models.DateTimeField(auto_now_add=True)
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.PROTECT)
    address = models.CharField(max_length=64)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField()
    size = models.PositiveBigIntegerField(default=0)
    batch = models.PositiveIntegerField(null=True)
    detail = models.CharField(max_length=500, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
