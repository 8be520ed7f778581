"""Counts of failed attempts: of verifying a user, and of identifying somebody from an address."""

from django.db import models

from clients.models.client import Client
from clients.models.subject import Subject


class Attempts(models.Model):
    """A count of consecutive failures. `clients.lockout` changes it, holding the row.

    Attributes:
        failures: attempts that failed since the last success.
        pending: attempts that were begun and have no result yet. Each may become a failure.
    """

    failures = models.PositiveIntegerField(default=0)
    pending = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class UserAttempts(Attempts):
    """The verifications of one user."""

    subject = models.OneToOneField(Subject, on_delete=models.CASCADE, related_name="attempts")

    class Meta:
        verbose_name = "count of a user's failed verifications"
        verbose_name_plural = "counts of users' failed verifications"

    def __str__(self) -> str:
        return f"attempts of user {self.subject_id}"


class AddressAttempts(Attempts):
    """The identifications of one client from one address, or from one IPv6 network."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=64)

    class Meta:
        verbose_name = "count of an address's failed identifications"
        verbose_name_plural = "counts of addresses' failed identifications"
        constraints = [
            models.UniqueConstraint(fields=["client", "address"], name="attempts_once_an_address"),
        ]
        indexes = [
            # The clean-up of old counts.
            models.Index(fields=["pending", "failed_at"], name="attempts_forgotten"),
            # The list of a client's addresses, newest first.
            models.Index(fields=["client", "-id"], name="attempts_newest"),
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["address"], name="attempts_by_address"),
        ]

    def __str__(self) -> str:
        return f"attempts from {self.address}"
