"""Credentials: the API keys of clients."""

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

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
    scopes = models.JSONField(default=all_scopes, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.api_key

    def is_in_use(self, now: datetime) -> bool:
        """Return True if it is neither revoked nor expired."""
        is_expired = self.expires_at is not None and now >= self.expires_at
        return self.revoked_at is None and not is_expired

    @property
    def lifetime(self) -> timedelta | None:
        """The time from its creation to its expiry; None if it does not expire."""
        return None if self.expires_at is None else self.expires_at - self.created_at

    def clean(self) -> None:
        """Refuse to revoke a key at a future time, and to undo a revocation.

        A revoked key is refused at once, whatever its date.
        """
        if self.revoked_at is not None and self.revoked_at > timezone.now():
            raise ValidationError(
                {"revoked_at": "A key is revoked at once: the date must not be in the future."}
            )
        before = Credential.objects.filter(pk=self.pk).exclude(revoked_at=None)
        if self.revoked_at is None and before.exists():
            raise ValidationError({"revoked_at": "A revoked key stays revoked: issue another one."})
