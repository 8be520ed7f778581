"""Storing of an uploaded file as a job: a row for each user, a sealed row for each image."""

from collections.abc import Sequence
from io import BytesIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clients.models import Client
from faceplatform import events
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried
from imports import archives, launching, tables
from imports.enrolling import Choices, require_possible
from imports.errors import ImportFileEmpty, TooManyImports
from imports.jobs import ABANDONED_AFTER
from imports.models import (
    NAMED_IMAGES,
    UNFINISHED,
    ImportImage,
    ImportItem,
    ImportJob,
    JobStatus,
    Result,
)
from imports.planning import Plan, PlannedImage, PlannedUser

# Short transactions: on SQLite, nobody else can write meanwhile.
_ROWS_AT_ONCE = 200
_BYTES_AT_ONCE = 2 * 2**20


def receive(client: Tenant, content: bytes, choices: Choices) -> ImportJob:
    """Store a file for the runner; return its job. A file that cannot be read leaves nothing.

    Raises:
        imports.errors.ImportFileError, TargetSamplesOutOfBounds, TooManyImports
    """
    if not content:
        raise ImportFileEmpty
    require_possible(client, choices)
    plan = _plan(content)
    job = _create(client, choices, plan)
    try:
        for start in range(0, len(plan.users), _ROWS_AT_ONCE):
            _store(job, plan.users[start : start + _ROWS_AT_ONCE])
    except BaseException:
        job.delete()
        raise
    _queue(job)
    launching.ensure_runner()
    return job


def _plan(content: bytes) -> Plan:
    if not archives.is_archive(content[:4]):
        return tables.users_in(content)
    most = settings.FACEPLATFORM_IMPORT_MB * 2**20
    return archives.users_in(BytesIO(content), most_bytes=most)


@retried
@transaction.atomic
def _create(client: Tenant, choices: Choices, plan: Plan) -> ImportJob:
    """Create the job, with the client's row held, so that simultaneous calls are counted."""
    Client.objects.select_for_update().filter(pk=client.pk).first()
    mine = ImportJob.objects.filter(client=client.pk)
    fresh = timezone.now() - ABANDONED_AFTER
    receiving = mine.filter(status=JobStatus.RECEIVING, created_at__gt=fresh).count()
    if receiving + mine.filter(status__in=UNFINISHED).count() >= settings.FACEPLATFORM_IMPORTS:
        raise TooManyImports
    return ImportJob.objects.create(
        client_id=client.pk,
        credential_id=choices.credential,
        skip_enrolled=choices.skip_enrolled,
        target_samples=choices.target_samples,
        total=len(plan.users),
        ignored_files=plan.ignored_files,
    )


def _store(job: ImportJob, users: Sequence[PlannedUser]) -> None:
    """Store some users, and their images, of which only a few are unpacked at a time.

    Raises:
        imports.errors.ImportFileError
    """
    images: list[ImportImage] = []
    size = 0
    for item_pk, user in zip(_insert_items(job, users), users, strict=True):
        for position, planned in enumerate(user.images):
            data, fault = _content(planned)
            # Before, not after: one image may be as large as MySQL lets a statement be.
            if size + len(data) > _BYTES_AT_ONCE or len(images) == _ROWS_AT_ONCE:
                _insert(images)
                images, size = [], 0
            image = ImportImage(item_id=item_pk, position=position, fault=fault)
            image.seal_columns(data)
            images.append(image)
            size += len(data)
    _insert(images)


def _content(image: PlannedImage) -> tuple[bytes, str]:
    """Return an image's bytes and an empty string, or no bytes and the code of its fault.

    Raises:
        imports.errors.ImportFileError
    """
    return (b"", image.fault) if image.fault else (image.read(), "")


@retried
@transaction.atomic
def _insert_items(job: ImportJob, users: Sequence[PlannedUser]) -> list[int]:
    """Insert the users' items; return their primary keys, in the same order."""
    now = timezone.now()
    items = [
        ImportItem(
            job=job,
            user_id=user.user_id,
            display_name=user.display_name,
            metadata=user.metadata,
            consent=user.consent,
            image_count=len(user.images),
            line=user.line,
            files=[image.name for image in user.images[:NAMED_IMAGES]],
            result=Result.REFUSED if user.fault else "",
            reason=user.fault,
            finished_at=now if user.fault else None,
        )
        for user in users
    ]
    ImportItem.objects.bulk_create(items)
    # MySQL does not tell the keys. It gives them in order, and nobody else adds to this job.
    newest = ImportItem.objects.filter(job=job).order_by("-pk").values_list("pk", flat=True)
    return list(newest[: len(items)])[::-1]


@retried
@transaction.atomic
def _insert(images: list[ImportImage]) -> None:
    for image in images:
        image.pk = None  # an attempt that was rolled back may have set it
    ImportImage.objects.bulk_create(images)


@retried
@transaction.atomic
def _queue(job: ImportJob) -> None:
    job.status = JobStatus.QUEUED
    job.save(update_fields=["status"])
    events.publish(
        events.ImportStarted(
            client_id=job.client_id,
            subject_id=None,
            at=timezone.now(),
            public_id=job.public_id,
            total=job.total,
        )
    )
