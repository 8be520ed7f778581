"""Endpoints with their subscriptions and secrets, and the outbox: deliveries and their attempts."""

import uuid

from django.db import models

from faceplatform.sessions.sealed import SealedRow
from webhooks.catalogue import EventType


class EndpointState(models.TextChoices):
    ACTIVE = "active"
    PAUSED = "paused"  # by the client: deliveries are recorded and wait
    DISABLED = "disabled"  # after failures: nothing is recorded
    DELETED = "deleted"  # by the client: gone for the API, until its deliveries are removed


class Endpoint(models.Model):
    """An address of a client's backend that is told of events."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=2000)
    state = models.CharField(
        max_length=10, choices=EndpointState.choices, default=EndpointState.ACTIVE
    )
    # The stable code of why it was disabled.
    disabled_reason = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    # Since the first failure after the last success.
    failing_since = models.DateTimeField(null=True, editable=False)
    # When `webhook.endpoint_failing` was sent for this run of failures.
    failing_told_at = models.DateTimeField(null=True, editable=False)
    last_success_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "webhook endpoint"
        indexes = [
            # A client's endpoints: the list, and the look for subscriptions.
            models.Index(fields=["client", "-id"], name="endpoint_newest"),
            # The admin's index page: what fails, of all clients.
            models.Index(fields=["failing_since"], name="endpoint_failing"),
            # The clean-up: those that are disabled, paused or deleted.
            models.Index(fields=["state"], name="endpoint_by_state"),
        ]

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """A type of event, a family (``enrollment.*``) or everything (``*``)."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="subscriptions")
    pattern = models.CharField(max_length=50)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "pattern"], name="subscription_once")
        ]

    def __str__(self) -> str:
        return self.pattern


class EndpointSecret(SealedRow):
    """The key of an endpoint's signatures, sealed. One that was replaced has an end."""

    sealed_columns = ("key",)

    # Names the row when it is sealed, before it has a primary key.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    key = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"secret {self.public_id}"

    @property
    def seal_context(self) -> str:
        return f"webhook-secret:{self.public_id}"


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"  # every attempt failed
    ABANDONED = "abandoned"  # its endpoint was disabled first


class Delivery(models.Model):
    """One event for one endpoint: written in the transaction of what it reports.

    A pending one is due at ``next_attempt_at``. Whoever claims it moves that time behind the end of
    the attempt and stores a ``claim`` of its own; only the holder of the claim writes the result.
    After a kill it is simply due again.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    # The header webhook-id: the same for all endpoints, attempts and replays of one event.
    message_id = models.CharField(max_length=40, editable=False)
    # Shown as the code, as everywhere.
    event_type = models.CharField(
        max_length=50, choices=[(each.value, each.value) for each in EventType]
    )
    # The user it is about: erasing the user deletes it.
    subject = models.ForeignKey(
        "clients.Subject", null=True, on_delete=models.CASCADE, related_name="+"
    )
    # The body as it is signed and sent, byte for byte.
    body = models.TextField()
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    # Attempts since it was recorded, or asked for again.
    attempts_made = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    claim = models.CharField(max_length=32, blank=True, default="", editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "message_id"], name="delivery_once")
        ]
        indexes = [
            # A client's deliveries by creation: the list; of one state or type: the list, totals.
            models.Index(fields=["client", "created_at"], name="delivery_by_creation"),
            models.Index(fields=["client", "state", "created_at"], name="delivery_by_state"),
            models.Index(fields=["client", "event_type", "created_at"], name="delivery_by_type"),
            # The same of one endpoint, and its replay.
            models.Index(fields=["endpoint", "created_at"], name="delivery_by_endpoint"),
            # All of one message, by the receiver's id of it.
            models.Index(fields=["message_id"], name="delivery_by_message"),
            # The oldest due one, for operators.
            models.Index(fields=["state", "next_attempt_at"], name="delivery_due"),
            # The loop's search for due ones: the ends of each endpoint's queue, then its rows.
            models.Index(
                fields=["state", "endpoint", "attempts_made", "next_attempt_at"],
                name="delivery_of",
            ),
            # The clean-up.
            models.Index(fields=["finished_at"], name="delivery_finished"),
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["state"], name="delivery_of_all_by_state"),
            models.Index(fields=["event_type"], name="delivery_of_all_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.message_id}"


class Attempt(models.Model):
    """One HTTP request of a delivery, and its answer. Client and endpoint are the delivery's."""

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="+")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    # None where no answer came.
    status_code = models.PositiveSmallIntegerField(null=True)
    # The stable code of the failure (`webhooks.http.Failure`); empty after a success.
    error = models.CharField(max_length=40, blank=True, default="")
    # The first bytes of the answer's body, as text.
    answer = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes = [
            # A client's log of attempts, and that of one endpoint.
            models.Index(fields=["client", "at"], name="attempt_by_time"),
            models.Index(fields=["endpoint", "at"], name="attempt_by_endpoint"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number}"
