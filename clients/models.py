"""Clients (integrating companies or systems), their credentials, and their users."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

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
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self._state.adding and characters.has_invisible(self.name):
            raise ValidationError({"name": characters.RULE})

    @property
    def capture_policy(self) -> CapturePolicy:
        return capture_policy(self.policy)


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


class Subject(models.Model):
    """A user of a client: a person who can be enrolled, identified by the client's own id."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="subjects")
    user_id = models.CharField(max_length=150)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "user"
        constraints = [
            models.UniqueConstraint(fields=["client", "user_id"], name="subject_once_per_client"),
        ]

    def __str__(self) -> str:
        return self.user_id


class SubjectGroup(models.Model):
    """A group of a client's users, to which an identification can be limited."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="subject_groups")
    name = models.CharField(max_length=200)
    subjects = models.ManyToManyField(Subject, related_name="groups")

    class Meta:
        verbose_name = "group of users"
        verbose_name_plural = "groups of users"
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="group_once_per_client"),
        ]

    def __str__(self) -> str:
        return self.name
