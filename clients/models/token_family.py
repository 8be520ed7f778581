"""Token families: all tokens that descend from one exchange of an API key and secret."""

import uuid

from django.db import models

from clients.models.credential import Credential


class TokenFamily(models.Model):
    """One exchange and its refresh tokens, of which only the last one is not spent.

    Holds ids of tokens and no token. Ending a family ends its access tokens, too, as every call
    reads it along with the credential.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    credential = models.ForeignKey(
        Credential, on_delete=models.CASCADE, related_name="token_families"
    )
    # The id (`jti`) of the refresh token that can be used, and of the one before it.
    refresh_id = models.CharField(max_length=32)
    spent_id = models.CharField(max_length=32, blank=True, default="")
    rotated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    # The expiry of all its refresh tokens.
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "token families"
        indexes = [
            # Read by the clean-up of expired rows.
            models.Index(fields=["expires_at"], name="token_family_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
