"""Credentials: the API keys of clients."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from clients.models.client import Client


class Credential(models.Model):
    """An API key and the hash of its secret. A client may have several, for rotation."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="credentials")
    api_key = models.CharField(max_length=64, unique=True, editable=False)
    secret_digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.api_key

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
