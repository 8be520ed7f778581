"""Facts of ended sessions, the totals of days that are added up from them, and security alerts."""

import uuid

from django.db import models

from faceplatform.sessions.models import CaptureType


class SessionType(models.TextChoices):
    ENROLLMENT = "enrollment"
    VERIFICATION = "verification"
    IDENTIFICATION = "identification"


class Outcome(models.TextChoices):
    SUCCESS = "success"  # enrolled or matched
    FAILURE = "failure"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class _Grouped(models.Model):
    """The members by which sessions are counted.

    Attributes:
        source: the API that the session was opened through.
    """

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    session_type = models.CharField(max_length=16, choices=SessionType.choices)
    capture_type = models.CharField(max_length=8, choices=CaptureType.choices)
    source = models.CharField(max_length=20)

    class Meta:
        abstract = True


class SessionFact(_Grouped):
    """One ended session: written once, by a receiver, and never read to compute a total but once.
    The operator's `evaluate_production` reads it, too: by users' consent, which totals do not know.

    Erasing the user leaves the row, its counts and its times; see `analytics.keeping`.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The session's own public id; None once its user is erased.
    session_public_id = models.UUIDField(null=True)
    # The user it was opened for, or the one that an identification recognized.
    subject = models.ForeignKey(
        "clients.Subject", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    # A `Reason`. Not as choices: a new reason needs no migration.
    reason = models.CharField(max_length=32)
    similarity = models.FloatField(null=True)
    quality = models.FloatField(null=True)
    liveness_score = models.FloatField(null=True)
    liveness_verified = models.BooleanField()
    duplicate_suspected = models.BooleanField()
    frames_received = models.PositiveIntegerField()
    frames_accepted = models.PositiveIntegerField()
    spoof_frames = models.PositiveIntegerField()
    duration_ms = models.PositiveBigIntegerField()
    # Time in each stage of measuring, summed over the frames.
    stage_milliseconds = models.JSONField(default=dict)
    # The operating point: the policy's false match rate.
    false_match_rate = models.FloatField(null=True)
    model_key = models.CharField(max_length=100)
    ended_at = models.DateTimeField()
    # True once the totals of its day contain it.
    is_counted = models.BooleanField(default=False)

    class Meta:
        verbose_name = "ended session"
        indexes = [
            # The log, newest first, and by each of its filters.
            models.Index(fields=["client", "ended_at"], name="fact_by_time"),
            models.Index(fields=["client", "subject", "ended_at"], name="fact_by_subject"),
            models.Index(fields=["client", "outcome", "ended_at"], name="fact_by_outcome"),
            models.Index(fields=["client", "reason", "ended_at"], name="fact_by_reason"),
            models.Index(fields=["client", "session_type", "ended_at"], name="fact_by_type"),
            models.Index(fields=["client", "capture_type", "ended_at"], name="fact_by_capture"),
            models.Index(fields=["client", "source", "ended_at"], name="fact_by_source"),
            # The roll-up's search for what is not counted yet, and the clean-up of old rows.
            models.Index(fields=["is_counted", "ended_at"], name="fact_to_count"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class DaySummary(models.Model):
    """The sums of one client's day that the dashboard shows.

    The row is also the lock of its day: whoever adds to any total of the day holds it.
    """

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    sessions = models.PositiveBigIntegerField(default=0)
    enrollments = models.PositiveBigIntegerField(default=0)
    enrollments_succeeded = models.PositiveBigIntegerField(default=0)
    authentications = models.PositiveBigIntegerField(default=0)
    authentications_succeeded = models.PositiveBigIntegerField(default=0)
    authentications_failed = models.PositiveBigIntegerField(default=0)
    expired = models.PositiveBigIntegerField(default=0)
    cancelled = models.PositiveBigIntegerField(default=0)
    spoof_sessions = models.PositiveBigIntegerField(default=0)
    frames_received = models.PositiveBigIntegerField(default=0)
    frames_accepted = models.PositiveBigIntegerField(default=0)
    unique_users = models.PositiveBigIntegerField(default=0)
    counted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "day's summary"
        verbose_name_plural = "days' summaries"
        constraints = [
            models.UniqueConstraint(fields=["client", "day"], name="summary_once_a_day"),
        ]
        indexes = [
            # The clients with sessions in a week, for the check of drift.
            models.Index(fields=["day"], name="summary_day"),
        ]

    def __str__(self) -> str:
        return str(self.day)


class DayTotal(_Grouped):
    """Counts and sums of a day's sessions that are alike in all of these members.

    Sums of fractions are whole millionths, so that they depend on no order of adding.
    """

    day = models.DateField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=32)
    sessions = models.PositiveBigIntegerField(default=0)
    liveness_verified = models.PositiveBigIntegerField(default=0)
    duplicates_suspected = models.PositiveBigIntegerField(default=0)
    spoof_sessions = models.PositiveBigIntegerField(default=0)
    frames_received = models.PositiveBigIntegerField(default=0)
    frames_accepted = models.PositiveBigIntegerField(default=0)
    spoof_frames = models.PositiveBigIntegerField(default=0)
    duration_ms = models.PositiveBigIntegerField(default=0)
    quality_count = models.PositiveBigIntegerField(default=0)
    quality_millionths = models.PositiveBigIntegerField(default=0)
    similarity_count = models.PositiveBigIntegerField(default=0)
    similarity_millionths = models.PositiveBigIntegerField(default=0)
    liveness_count = models.PositiveBigIntegerField(default=0)
    liveness_millionths = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "day's total"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "client",
                    "day",
                    "session_type",
                    "capture_type",
                    "source",
                    "outcome",
                    "reason",
                ],
                name="total_once_a_day_and_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.session_type} {self.reason}"


class HourTotal(models.Model):
    """Counts of the sessions of all clients but sandboxes that ended within an hour: for the
    operator's pages."""

    hour = models.DateTimeField(help_text="Its beginning, a full hour of UTC.")
    session_type = models.CharField(max_length=16, choices=SessionType.choices)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    sessions = models.PositiveBigIntegerField(default=0)
    frames_received = models.PositiveBigIntegerField(default=0)
    frames_accepted = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "hour's total"
        constraints = [
            # Read by it, too: the hours of a day, and the clean-up of old ones.
            models.UniqueConstraint(
                fields=["hour", "session_type", "outcome"], name="total_once_an_hour"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour} {self.session_type} {self.outcome}"


class DayHistogram(_Grouped):
    """The distribution of one measure over a day's sessions.

    Attributes:
        measure: a name of `analytics.measures`.
        bins: number of values by bin, which JSON names by its number as text.
    """

    day = models.DateField()
    measure = models.CharField(max_length=40)
    bins = models.JSONField(default=dict)

    class Meta:
        verbose_name = "day's histogram"
        constraints = [
            models.UniqueConstraint(
                fields=["client", "day", "session_type", "capture_type", "source", "measure"],
                name="histogram_once_a_day_and_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.measure}"


class UserDay(models.Model):
    """The sessions of a user on a day: kept until the user is erased or the facts of the day go."""

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    subject = models.ForeignKey("clients.Subject", on_delete=models.CASCADE, related_name="+")
    sessions = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "user's day"
        constraints = [
            models.UniqueConstraint(fields=["client", "day", "subject"], name="user_once_a_day"),
        ]
        indexes = [
            # The clean-up of old days.
            models.Index(fields=["day"], name="user_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.subject_id}"


class UserActivity(models.Model):
    """The times and origins of a user's sessions: one row a user, so that the users of a period are
    listed and counted without their days."""

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    subject = models.OneToOneField("clients.Subject", on_delete=models.CASCADE, related_name="+")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    # The first end of a session by its origin: capture type and source.
    origins = models.JSONField(default=dict)

    class Meta:
        verbose_name = "user's activity"
        verbose_name_plural = "users' activities"
        indexes = [
            # A client's users of a period, the last seen first.
            models.Index(fields=["client", "last_seen_at"], name="activity_by_time"),
            # The clean-up.
            models.Index(fields=["last_seen_at"], name="activity_age"),
        ]

    def __str__(self) -> str:
        return f"activity of user {self.subject_id}"


class DriftCheck(models.Model):
    """A week of a client was compared with the weeks before it, and alerts were raised."""

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    week = models.DateField(help_text="Its Monday.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["week", "client"], name="drift_checked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.week} of client {self.client_id}"


class AlertRecord(models.Model):
    """A security alert of a client, until somebody has looked at it, and afterwards."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    # Erasing the user empties ``detail`` and ``note``, too: see `analytics.keeping`.
    subject = models.ForeignKey(
        "clients.Subject", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    alert = models.CharField(max_length=50)
    detail = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    is_resolved = models.BooleanField(default=False)
    resolved_at = models.DateTimeField(null=True)
    # Public id of the credential that resolved it; None for staff.
    resolved_by = models.UUIDField(null=True)
    note = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        verbose_name = "security alert"
        indexes = [
            # The list, newest first, and by each of its filters.
            models.Index(fields=["client", "raised_at"], name="alert_by_time"),
            models.Index(fields=["client", "is_resolved", "raised_at"], name="alert_open"),
            models.Index(fields=["client", "alert", "raised_at"], name="alert_by_code"),
            # The clean-up.
            models.Index(fields=["raised_at"], name="alert_age"),
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["is_resolved"], name="alert_of_all_open"),
            models.Index(fields=["alert"], name="alert_of_all_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.alert} {self.public_id}"
