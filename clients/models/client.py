"""Clients: integrating companies or systems."""

import uuid
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from clients import origins, own_policy
from clients.models.origin import AllowedOrigin
from faceplatform import characters
from faceplatform.conf import CapturePolicy, capture_policy
from faceplatform.errors import ConfigurationError
from faceplatform.limits import Limits, with_overrides

# The false match rate of sessions by the older APIs, whose source begins so, unless the client's
# policy has one. They compare one image with one: at the main API's default a quarter of people
# would be missed (docs/accuracy.md).
_OLDER_APIS = "legacy_"
_FALSE_MATCH_RATE_OF_OLDER_APIS = 1e-3


def validate_policy(overrides: Any) -> None:
    """Refuse a policy that `faceplatform.conf` does not accept."""
    if not isinstance(overrides, dict):
        raise ValidationError("The policy must be an object.")
    try:
        capture_policy(overrides)
    except ConfigurationError as e:
        raise ValidationError(e.detail) from e


# In the database, and no place's time: the machine's own, and that of no machine yet.
_NO_PLACES = {"localtime", "Factory"}


@cache
def _time_zones() -> frozenset[str]:
    """Return the names of time zones, read once: the library opens each of some 600 files."""
    return frozenset(available_timezones() - _NO_PLACES)


def validate_time_zone(name: str) -> None:
    """Refuse a name that is not that of a time zone in the IANA database."""
    if name not in _time_zones():
        raise ValidationError("There is no such time zone.")


def _origins(given: Any) -> list[str]:
    """Return web origins in their normal form.

    Raises:
        ValidationError
    """
    given = [] if given is None else given
    if not isinstance(given, list) or len(given) > origins.MOST:
        message = f"The origins must be a list of at most {origins.MOST}."
        raise ValidationError({"allowed_origins": message})
    try:
        return list(dict.fromkeys(origins.normalized(str(origin)) for origin in given))
    except origins.NotAnOrigin as e:
        raise ValidationError({"allowed_origins": str(e)}) from e


class Tier(models.TextChoices):
    """The size of a client, which sets its limits: see `faceplatform.limits`."""

    TRIAL = "trial"
    STANDARD = "standard"
    LARGE = "large"


def validate_tier(tier: str) -> None:
    """Refuse a tier without limits."""
    if tier not in settings.FACEPLATFORM_TIERS:
        raise ValidationError(f"The tiers are: {', '.join(settings.FACEPLATFORM_TIERS)}.")


def validate_limits(overrides: Any) -> None:
    """Refuse limits that `faceplatform.limits` does not accept."""
    if not isinstance(overrides, dict):
        raise ValidationError("The limits must be an object.")
    try:
        with_overrides(settings.FACEPLATFORM_TIERS[Tier.STANDARD], overrides)
    except ConfigurationError as e:
        raise ValidationError(e.detail) from e


class Client(models.Model):
    """One tenant. Everything else belongs to exactly one client."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=150, unique=True)
    is_active = models.BooleanField(default=True)
    # Set when the client is created, and never changed: data of both kinds must not mix.
    is_sandbox = models.BooleanField(
        "sandbox",
        default=False,
        help_text="Outcomes are scripted, and nothing is biometric. It cannot be changed later.",
    )
    policy = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_policy],
        help_text="Overrides of the default capture policy, as JSON.",
    )
    # The client's own overrides of its policy, within what `clients.own_policy` allows.
    own_policy = models.JSONField(default=dict, blank=True, editable=False)
    contact_name = models.CharField(max_length=150, blank=True, default="")
    contact_email = models.EmailField(blank=True, default="")
    # The zone of its days: of usage, and of totals.
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    # Web origins whose pages may post frames with a session's token.
    allowed_origins = models.JSONField(default=list, blank=True)
    # Not as choices: a new tier needs no migration.
    tier = models.CharField(max_length=20, default=Tier.STANDARD, validators=[validate_tier])
    limits = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_limits],
        help_text="Overrides of the tier's limits, as JSON.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # Housekeeping deletes the client from then on: see `clients.deletion`.
    deletion_asked_at = models.DateTimeField(null=True, editable=False, db_index=True)

    class Meta:
        indexes = [
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["is_active"], name="client_by_activity"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the client, and its origins as rows that can be searched."""
        if not self._state.adding:
            others = Client.objects.exclude(is_sandbox=self.is_sandbox)
            if others.filter(pk=self.pk).exists():
                raise ValueError("a client stays what it is: a sandbox or none")
        saved = kwargs.get("update_fields")
        with transaction.atomic():
            super().save(*args, **kwargs)
            if saved is None or "allowed_origins" in saved:
                AllowedOrigin.objects.filter(client=self).delete()
                AllowedOrigin.objects.bulk_create(
                    AllowedOrigin(client=self, origin=origin) for origin in self.allowed_origins
                )

    def clean(self) -> None:
        if self._state.adding and characters.has_invisible(self.name):
            raise ValidationError({"name": characters.RULE})
        # A form gives None for an empty text.
        self.policy = {} if self.policy is None else self.policy
        self.limits = {} if self.limits is None else self.limits
        self.allowed_origins = _origins(self.allowed_origins)

    @property
    def capture_policy(self) -> CapturePolicy:
        """The policy of new sessions: of each key, the stricter of the operator's and its own."""
        return own_policy.effective(self.policy, self.own_policy)

    def false_match_rate_of(self, source: str) -> float:
        """Return the false match rate of sessions from a source, by the name that they carry."""
        chosen = "false_match_rate" in {**self.policy, **self.own_policy}
        if source.startswith(_OLDER_APIS) and not chosen:
            return _FALSE_MATCH_RATE_OF_OLDER_APIS
        return self.capture_policy.false_match_rate

    @property
    def limits_in_force(self) -> Limits:
        """The limits of the client's tier with its overrides."""
        return with_overrides(settings.FACEPLATFORM_TIERS[self.tier], self.limits)
