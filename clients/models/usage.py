"""Counts of what a client used, and of what it has."""

from django.db import models

from clients.models.client import Client


class UsageDay(models.Model):
    """The calls of one client to one operation on one day of the client's time zone.

    `clients.usage` adds to it.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    # Method and path, as in the OpenAPI document.
    operation = models.CharField(max_length=200)
    calls = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    # Of the refused, those answered with 429 and with 503.
    throttled = models.PositiveBigIntegerField(default=0)
    unavailable = models.PositiveBigIntegerField(default=0)
    frames = models.PositiveBigIntegerField(default=0)
    frames_accepted = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "day of usage"
        verbose_name_plural = "days of usage"
        constraints = [
            models.UniqueConstraint(
                fields=["client", "day", "operation"], name="usage_once_a_day_and_operation"
            ),
        ]
        indexes = [
            # The clean-up of old days.
            models.Index(fields=["day"], name="usage_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.operation}"


class UserTally(models.Model):
    """The number of a client's users, so that creating one does not count a million.

    `clients.quotas` changes it, holding the row. Signed: users that were inserted past
    `clients.services` are not in it.
    """

    client = models.OneToOneField(Client, on_delete=models.CASCADE, related_name="+")
    # None until the first user is created: then all are counted, once.
    users = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "number of users"
        verbose_name_plural = "numbers of users"

    def __str__(self) -> str:
        return f"users of client {self.client_id}"
