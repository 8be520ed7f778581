"""Enrollment sessions and the templates they make."""

from typing import Any

from django.db import models

from faceplatform.matching.model import ModelKey
from faceplatform.sessions.models import CapturedSample, CaptureSession
from faceplatform.sessions.sealed import SealedRow, SealedVector


class EnrollmentSession(CaptureSession):
    """One enrollment of one user; its public id is the `enrollment_id` of the API."""

    token_prefix = "enr_"  # noqa: S105  (a prefix, no secret)

    # An enrollment always has its user.
    subject = models.ForeignKey(
        "clients.Subject", on_delete=models.CASCADE, related_name="+", verbose_name="user"
    )
    target_samples = models.PositiveSmallIntegerField()
    # Of two such sessions of one user at the same time, the second fails.
    first_only = models.BooleanField(
        default=False, help_text="Fails instead of replacing a template that the user has."
    )
    duplicate_suspected = models.BooleanField(default=False)
    template_expires_at = models.DateTimeField(
        null=True, help_text="The enrollment is removed, with its template, at this time."
    )

    class Meta:
        verbose_name = "enrollment"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(target_samples__range=(1, 10)), name="enrollment_target_1_to_10"
            ),
        ]
        indexes = [
            # The list of a client's enrollments, newest first.
            models.Index(fields=["client", "-id"], name="enrollment_newest"),
            # The sweep of overdue sessions.
            models.Index(fields=["status", "expires_at"], name="enrollment_overdue"),
            # A client's totals by reason, from the index alone.
            models.Index(fields=["client", "finished_at", "reason"], name="enrollment_totals"),
            # The sweep of enrollments whose retention has ended.
            models.Index(fields=["template_expires_at"], name="enrollment_expiry"),
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["status"], name="enrollment_by_status"),
            models.Index(fields=["reason"], name="enrollment_by_reason"),
            models.Index(fields=["duplicate_suspected"], name="enrollment_by_duplicate"),
        ]

    @property
    def needed_samples(self) -> int:
        """The number of samples that complete it."""
        return max(self.target_samples, self.least_samples)


class EnrollmentSample(CapturedSample):
    session = models.ForeignKey(EnrollmentSession, on_delete=models.CASCADE, related_name="samples")


class EnrollmentImage(SealedRow):
    """A sample's image, sealed; kept only when the client's policy says so."""

    sealed_columns = ("data",)

    session = models.ForeignKey(EnrollmentSession, on_delete=models.CASCADE, related_name="images")
    data = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"image {self.pk}"

    @property
    def seal_context(self) -> str:
        return f"image:{self.session.public_id}"

    @property
    def client_id(self) -> int:
        """The client whose audit log has the looks at it."""
        return self.session.client_id

    @property
    def subject(self) -> Any:
        """The user it shows."""
        return self.session.subject

    @property
    def audit_facts(self) -> dict[str, str]:
        """The time that tells it from other images of its enrollment, for the audit log."""
        return {"kept_at": self.created_at.isoformat()}


class FaceTemplate(SealedVector):
    """A user's template: the fusion of an enrollment's samples. Never changed, only replaced.

    A user has one for each recognition model in use; all of them come from one enrollment, the
    user's last. The vector is float32 little-endian, L2-normalized, sealed and bound to client,
    user and model, so that no row's vector can stand in for another's.
    """

    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    subject = models.ForeignKey(
        "clients.Subject",
        on_delete=models.CASCADE,
        related_name="templates",
        verbose_name="user",
    )
    enrollment = models.ForeignKey(
        EnrollmentSession, on_delete=models.CASCADE, related_name="templates"
    )
    model_name = models.CharField(max_length=40)
    model_version = models.CharField(max_length=40)
    alignment = models.CharField(max_length=40)
    dimension = models.PositiveSmallIntegerField()
    sample_count = models.PositiveSmallIntegerField()
    quality = models.FloatField()
    liveness_verified = models.BooleanField()
    # The enrollment's `template_expires_at`: a search confirms its hits without reading sessions.
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "model_name", "model_version", "alignment"],
                name="template_once_per_subject_and_model",
            ),
        ]
        indexes = [
            # rotate_template_keys finds what is left.
            models.Index(fields=["key_id"], name="template_key"),
            # A gallery's first load. From the index alone: the models of a client's templates, and
            # the users who have one of the model in use.
            models.Index(
                fields=["client", "model_name", "model_version", "alignment", "subject"],
                name="template_model",
            ),
            # The report on quality, from the weakest or the oldest on, and of one frame only.
            models.Index(fields=["client", "quality"], name="template_by_quality"),
            models.Index(fields=["client", "created_at"], name="template_by_age"),
            models.Index(fields=["client", "sample_count", "quality"], name="template_by_frames"),
            # The admin's list of all clients' rows: its search and filters.
            models.Index(fields=["model_name"], name="template_by_model"),
        ]

    def __str__(self) -> str:
        return f"template {self.pk}"

    @property
    def model_key(self) -> ModelKey:
        return ModelKey(self.model_name, self.model_version, self.alignment)

    @property
    def seal_context(self) -> str:
        return f"template:{self.client_id}:{self.subject_id}:{self.model_key}"


class GalleryHead(models.Model):
    """Number of the last change to a client's gallery.

    Writers lock this row, so that numbers are committed in order and no reader can miss one.
    The client is a plain number: changes are still written while a client is being deleted.
    """

    client_pk = models.BigIntegerField(unique=True)
    sequence = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"gallery head {self.pk}"


class GalleryChange(models.Model):
    """A template that was added or removed; its state is read from the template itself."""

    client_pk = models.BigIntegerField()
    sequence = models.PositiveBigIntegerField()
    template_pk = models.BigIntegerField()

    class Meta:
        constraints = [
            # Galleries read by it too: the changes of a client after a number.
            models.UniqueConstraint(fields=["client_pk", "sequence"], name="gallery_change_order"),
        ]

    def __str__(self) -> str:
        return f"gallery change {self.pk}"
