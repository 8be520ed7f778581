"""Credentials: the API keys of clients."""

import uuid
from datetime import datetime

from django.db import models

from clients.models.client import Client
from faceplatform.api.scopes import Scope


def all_scopes() -> list[str]:
    """Return the scopes of a credential for which nobody chose any."""
    return sorted(Scope)


class Credential(models.Model):
    """An API key and the hash of its secret. A client may have several, for rotation."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="credentials")
    api_key = models.CharField(max_length=64, unique=True, editable=False)
    secret_digest = models.CharField(max_length=64, editable=False)
    # For people; those issued by an earlier release have none.
    name = models.CharField(max_length=100, blank=True, default="")
    # Values of `Scope`. A change takes effect with the next call.
    scopes = models.JSONField(default=all_scopes)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Since then it goes on only for the overlap with its successor.
    replaced_at = models.DateTimeField(null=True, editable=False)
    # Its expiry before it was replaced: that of its successors.
    planned_expires_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.api_key

    def is_in_use(self, now: datetime) -> bool:
        """Return True if it is neither revoked nor expired."""
        is_expired = self.expires_at is not None and now >= self.expires_at
        return self.revoked_at is None and not is_expired

    @property
    def own_expires_at(self) -> datetime | None:
        """The expiry that it was issued with, whether an overlap has shortened it since or not."""
        return self.expires_at if self.replaced_at is None else self.planned_expires_at
