from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from faceplatform.api.fields import WholeNumberField
from imports.filters import SHOWN_STATUSES
from imports.models import NAMED_IMAGES, ImportItem, ImportJob, Result


@extend_schema_field({"type": "string", "format": "binary"})
class FileField(serializers.Field[bytes, Any, Any, Any]):
    """A file as part of a form, with or without a file name; the value is its bytes."""

    default_error_messages = {"invalid": "Send a file."}

    def to_internal_value(self, data: Any) -> bytes:
        if isinstance(data, UploadedFile):  # in memory, limited like the body
            return bytes(data.read())
        if not isinstance(data, str):
            self.fail("invalid")
        return data.encode()  # a CSV file in a part that names no file

    def to_representation(self, value: Any) -> Any:
        raise TypeError("files are never returned")


class StartImportSerializer(serializers.Serializer[Any]):
    file = FileField(help_text="A CSV file, or a zip archive of images.")
    target_samples = WholeNumberField(
        required=False,
        min_value=1,
        max_value=10,
        help_text="Most images of a template, within the client's policy. A user with fewer images "
        "gets a template of as many, if `min_target_samples` allows it.",
    )
    skip_enrolled = serializers.BooleanField(
        default=True, help_text="Leave users who are enrolled as they are."
    )


class CountsSerializer(serializers.Serializer[Any]):
    """The number of items that ended with each result."""

    enrolled = serializers.IntegerField()
    created = serializers.IntegerField()
    skipped = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    refused = serializers.IntegerField()
    failed = serializers.IntegerField()


class ImportSerializer(serializers.ModelSerializer[ImportJob]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    status = serializers.ChoiceField(choices=SHOWN_STATUSES, read_only=True)
    reason = serializers.SerializerMethodField(help_text="The code of an import that failed.")
    processed = serializers.SerializerMethodField(help_text="Number of items that have ended.")
    results = serializers.SerializerMethodField()
    ignored_files = serializers.IntegerField(
        read_only=True, help_text="Files of the archive that are no images."
    )

    class Meta:
        model = ImportJob
        fields = [
            "id",
            "status",
            "reason",
            "total",
            "processed",
            "results",
            "ignored_files",
            "skip_enrolled",
            "target_samples",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_reason(self, job: ImportJob) -> str | None:
        return job.reason or None

    def get_processed(self, job: ImportJob) -> int:
        return sum(self._counts(job).values())

    @extend_schema_field(CountsSerializer)
    def get_results(self, job: ImportJob) -> dict[str, int]:
        return self._counts(job)

    def _counts(self, job: ImportJob) -> dict[str, int]:
        """Return the job's entry of the context's ``counts``, see `imports.jobs.counts_of`."""
        counts: dict[int, dict[str, int]] = self.context["counts"]
        return counts[job.pk]


class ItemImageSerializer(serializers.Serializer[Any]):
    """An image of an item that was looked at."""

    file = serializers.CharField(help_text="Name of the file, without its folder.")
    reason = serializers.CharField(help_text="`accepted`, or the code of its refusal.")


class ImportItemSerializer(serializers.ModelSerializer[ImportItem]):
    user_id = serializers.SerializerMethodField(
        help_text="Null if the file had an empty one, and once the user is erased."
    )
    result = serializers.SerializerMethodField(
        help_text="Null until the item is processed, and if the import ends before."
    )
    reason = serializers.SerializerMethodField()
    line = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Where the user's row ends in a CSV file; null in an archive.",
    )
    images = ItemImageSerializer(
        source="images_looked_at",
        many=True,
        read_only=True,
        help_text=f"Each image that was looked at, of the first {NAMED_IMAGES}. Those behind the "
        "last one that was needed are left out. Empty once the user is erased.",
    )

    class Meta:
        model = ImportItem
        fields = ["user_id", "result", "reason", "images_used", "line", "images", "finished_at"]
        read_only_fields = fields

    def get_user_id(self, item: ImportItem) -> str | None:
        return item.user_id or None

    @extend_schema_field(serializers.ChoiceField(choices=Result.choices, allow_null=True))
    def get_result(self, item: ImportItem) -> Result | None:
        return Result(item.result) if item.result else None

    def get_reason(self, item: ImportItem) -> str | None:
        return item.reason or None
