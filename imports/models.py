"""Import jobs, their items, and the sealed images that wait to be processed."""

import uuid

from django.db import models

from faceplatform.sessions.sealed import SealedRow


class JobStatus(models.TextChoices):
    RECEIVING = "receiving"  # its rows are still being written: nobody sees it yet
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


UNFINISHED = (JobStatus.QUEUED, JobStatus.RUNNING)


class Result(models.TextChoices):
    """The result of one item."""

    ENROLLED = "enrolled"
    CREATED = "created"
    SKIPPED = "skipped"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    FAILED = "failed"


class ImportJob(models.Model):
    """One uploaded file: a CSV file or an archive of images."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey("clients.Client", on_delete=models.CASCADE, related_name="+")
    # Revoking it ends the import. RESTRICT, as for sessions: a job whose credential is gone would
    # count as one whose credential is not revoked.
    credential = models.ForeignKey(
        "clients.Credential",
        to_field="public_id",
        null=True,
        editable=False,
        on_delete=models.RESTRICT,
        related_name="+",
    )
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.RECEIVING)
    # The stable code of a job that failed.
    reason = models.CharField(max_length=40, blank=True, default="")
    skip_enrolled = models.BooleanField(default=True)
    target_samples = models.PositiveSmallIntegerField(null=True)
    total = models.PositiveIntegerField(default=0)
    ignored_files = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "import"
        indexes = [
            # The list of a client's imports, newest first.
            models.Index(fields=["client", "-id"], name="import_newest"),
            # The runner's search for work.
            models.Index(fields=["status", "id"], name="import_by_status"),
            # The clean-up of old jobs.
            models.Index(fields=["finished_at"], name="import_finished"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class ImportItem(models.Model):
    """One user of a job. ``result`` is empty until the item is processed.

    Erasing a user empties the item's ``user_id``: the counts of the job stay.
    """

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="items")
    user_id = models.CharField(max_length=150, blank=True)
    display_name = models.CharField(max_length=150, blank=True, default="")
    metadata = models.JSONField(default=dict)
    # As `imports.planning.PlannedUser` has it.
    consent = models.JSONField(default=dict)
    image_count = models.PositiveIntegerField(default=0)
    result = models.CharField(max_length=10, choices=Result.choices, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    images_used = models.PositiveSmallIntegerField(default=0)
    # Attempts that were begun and not ended: by a killed process, or for want of an engine.
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "import item"
        indexes = [
            # A job's counts, and the next item to process.
            models.Index(fields=["job", "result", "id"], name="import_item_by_result"),
            # Erasing a user.
            models.Index(fields=["user_id"], name="import_item_user"),
        ]

    def __str__(self) -> str:
        return f"import item {self.pk}"


class ImportImage(SealedRow):
    """An image that waits to be processed, sealed; deleted with the end of its item.

    A file that is too large is not stored: ``fault`` has the code that its frame would get.
    """

    sealed_columns = ("data",)

    item = models.ForeignKey(ImportItem, on_delete=models.CASCADE, related_name="images")
    position = models.PositiveIntegerField()
    data = models.BinaryField()
    fault = models.CharField(max_length=40, blank=True, default="")

    def __str__(self) -> str:
        return f"import image {self.pk}"

    @property
    def seal_context(self) -> str:
        return f"import image:{self.item_id}:{self.position}"


class ImportSession(SealedRow):
    """The enrollment session of the item in hand, with its token, so that another process can go on
    with it; deleted with the end of its item.

    Attributes:
        position: images of the item that were posted to the session.
        refusal: the code of the last one that was refused.
    """

    sealed_columns = ("token",)

    item = models.OneToOneField(ImportItem, on_delete=models.CASCADE, related_name="session")
    public_id = models.UUIDField(unique=True)
    token = models.BinaryField()
    position = models.PositiveIntegerField(default=0)
    refusal = models.CharField(max_length=40, blank=True, default="")

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def seal_context(self) -> str:
        return f"import session:{self.public_id}"
