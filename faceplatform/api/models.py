"""The API layer's own table: answers to requests with an Idempotency-Key."""

from django.db import models


class IdempotentRequest(models.Model):
    """One write that a caller may repeat. The answer is sealed: it can hold a session token."""

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    key_digest = models.CharField(max_length=64)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.BinaryField(default=b"")
    answer_key_id = models.CharField(max_length=40, default="")
    # A user of the client was erased while the request ran: its answer may name the user.
    is_forgotten = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Of two simultaneous requests with one key, the database accepts one.
            models.UniqueConstraint(fields=["client", "key_digest"], name="idempotency_key_once"),
        ]
        indexes = [
            # Used by the clean-up of expired answers.
            models.Index(fields=["created_at"], name="idempotency_age"),
        ]

    def __str__(self) -> str:
        return f"idempotent request {self.pk}"
