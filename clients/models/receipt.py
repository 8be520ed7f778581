"""Receipts of erasures."""

import uuid

from django.db import models

from clients.models.client import Client


class ErasureTrigger(models.TextChoices):
    """The cause of an erasure."""

    REQUEST = "request"  # a call of the API, older ones included
    RETENTION = "retention"  # the end that was set had come
    ADMIN = "admin"
    RESET = "reset"  # 000's reset of all users


class ErasedThing(models.TextChoices):
    USER = "user"
    ENROLLMENT = "enrollment"


class ErasureReceipt(models.Model):
    """The record that somebody's data was erased: numbers and a time, nothing about the person.

    It holds no id of the user, and no hash of one: whoever knows a user's id must not learn from it
    that the user was here.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="erasure_receipts")
    erased = models.CharField(max_length=12, choices=ErasedThing.choices)
    trigger = models.CharField(max_length=12, choices=ErasureTrigger.choices)
    counts = models.JSONField(default=dict, help_text="Number of erased rows of each kind.")
    erased_at = models.DateTimeField()

    class Meta:
        indexes = [
            # The list of a client's receipts, by time.
            models.Index(fields=["client", "erased_at"], name="receipt_by_time"),
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["erased"], name="receipt_by_kind"),
            models.Index(fields=["trigger"], name="receipt_by_trigger"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
