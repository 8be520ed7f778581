"""Authentication sessions: verification of a named user, or identification among all."""

from django.db import models

from clients.models.lockout import Attempts
from faceplatform.sessions.models import CapturedSample, CaptureSession


class AuthenticationSession(CaptureSession):
    """A verification of its subject or, without one, a search among the client's users."""

    token_prefix = "aut_"  # noqa: S105  (a prefix, no secret)

    subject = models.ForeignKey(
        "clients.Subject",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name="user",
    )
    matched_subject = models.ForeignKey(
        "clients.Subject",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="recognized user",
    )
    # An identification among the members of one group only. Open ones end before their group is
    # deleted (`receivers`): without it they would search everybody.
    group = models.ForeignKey(
        "clients.SubjectGroup", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # True if it was opened for a named user, who may be deleted later.
    is_verification = models.BooleanField()
    # The client's own value, returned in the signed result.
    nonce = models.CharField(max_length=128, blank=True, default="")
    # When it was exchanged for a signed result, once.
    exchanged_at = models.DateTimeField(null=True)
    similarity_score = models.FloatField(null=True)
    liveness_verified = models.BooleanField(default=False)
    # True once it is reserved as an attempt: see `authentication.attempts`.
    is_attempt = models.BooleanField(default=False)
    # The address that an identification's attempt counts for.
    attempt_address = models.CharField(max_length=64, default="")

    # A count in which this transaction reserved the attempt, not written yet.
    held_attempts: Attempts | None = None

    class Meta:
        verbose_name = "authentication"
        indexes = [
            # The list of a client's authentications, newest first.
            models.Index(fields=["client", "-id"], name="authentication_newest"),
            # The sweep of overdue sessions.
            models.Index(fields=["status", "expires_at"], name="authentication_overdue"),
            # A client's totals by reason, from the index alone.
            models.Index(fields=["client", "finished_at", "reason"], name="authentication_totals"),
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["status"], name="authentication_by_status"),
            models.Index(fields=["reason"], name="authentication_by_reason"),
            models.Index(fields=["is_verification"], name="authentication_by_type"),
        ]

    @property
    def session_type(self) -> str:
        return "verification" if self.is_verification else "identification"


class ProbeSample(CapturedSample):
    session = models.ForeignKey(
        AuthenticationSession, on_delete=models.CASCADE, related_name="samples"
    )
