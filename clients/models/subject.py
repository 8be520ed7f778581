"""Users of clients. In code a user is a subject: Django's users are the admin's accounts."""

import uuid
from datetime import datetime

from django.db import models

from clients.models.client import Client


class Subject(models.Model):
    """A user of a client: a person who can be enrolled, identified by the client's own id."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="subjects")
    user_id = models.CharField(max_length=150)
    display_name = models.CharField(max_length=150, blank=True, default="")
    metadata = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    # The user's consent, as the client recorded it; no time means that there is none.
    consent_given_at = models.DateTimeField(null=True, blank=True)
    consent_text_version = models.CharField(max_length=100, blank=True, default="")
    consent_source = models.CharField(max_length=100, blank=True, default="")
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="The user is erased at this time."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "user"
        constraints = [
            models.UniqueConstraint(fields=["client", "user_id"], name="subject_once_per_client"),
        ]
        indexes = [
            # The list of a client's users, by creation.
            models.Index(fields=["client", "created_at"], name="subject_by_creation"),
            # The sweep of users whose retention has ended.
            models.Index(fields=["expires_at"], name="subject_expiry"),
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["user_id"], name="subject_by_user_id"),
            models.Index(fields=["is_active"], name="subject_by_activity"),
            # The same of one client: the few inactive ones among a million.
            models.Index(
                fields=["client", "is_active", "created_at"], name="subject_by_client_activity"
            ),
        ]

    def __str__(self) -> str:
        return self.user_id

    @property
    def has_consent(self) -> bool:
        return self.consent_given_at is not None

    def is_expired(self, now: datetime) -> bool:
        """Return True if the user's retention has ended, whether or not the sweep has been here."""
        return self.expires_at is not None and self.expires_at <= now
