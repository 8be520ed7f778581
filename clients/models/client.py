"""Clients: integrating companies or systems."""

import uuid
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models, transaction

from clients.models.origin import AllowedOrigin
from clients.origins import validate_origins
from faceplatform import characters
from faceplatform.conf import CapturePolicy, capture_policy
from faceplatform.errors import ConfigurationError


def validate_policy(overrides: Any) -> None:
    """Refuse a policy that `faceplatform.conf` does not accept."""
    if not isinstance(overrides, dict):
        raise ValidationError("The policy must be an object.")
    try:
        capture_policy(overrides)
    except ConfigurationError as e:
        raise ValidationError(e.detail) from e


def validate_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError("There is no such time zone.")


class Tier(models.TextChoices):
    """The size of a client, which sets its limits."""

    STANDARD = "standard"


class Client(models.Model):
    """One tenant. Everything else belongs to exactly one client."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=150, unique=True)
    is_active = models.BooleanField(default=True)
    policy = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_policy],
        help_text="Overrides of the default capture policy, as JSON.",
    )
    contact_name = models.CharField(max_length=150, blank=True, default="")
    contact_email = models.EmailField(blank=True, default="")
    # The zone of its days: of usage, and of totals.
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    # Web origins whose pages may post frames with a session's token.
    allowed_origins = models.JSONField(default=list, blank=True, validators=[validate_origins])
    # Not as choices: a new tier needs no migration.
    tier = models.CharField(max_length=20, default=Tier.STANDARD)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the client, and its origins as rows that can be searched."""
        saved = kwargs.get("update_fields")
        with transaction.atomic():
            super().save(*args, **kwargs)
            if saved is None or "allowed_origins" in saved:
                AllowedOrigin.objects.filter(client=self).delete()
                AllowedOrigin.objects.bulk_create(
                    AllowedOrigin(client=self, origin=origin) for origin in self.allowed_origins
                )

    def clean(self) -> None:
        self.allowed_origins = self.allowed_origins or []  # a form that is left empty has None
        if self._state.adding and characters.has_invisible(self.name):
            raise ValidationError({"name": characters.RULE})

    @property
    def capture_policy(self) -> CapturePolicy:
        return capture_policy(self.policy)
