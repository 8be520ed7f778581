"""Storing of an uploaded file as a job: a row for each user, a sealed row for each image."""

from collections.abc import Sequence
from io import BytesIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clients.models import Client
from enrollment.services import TargetSamplesOutOfBounds
from faceplatform.conf import MAX_IMAGE_BYTES
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried
from imports import archives, launching, tables
from imports.enrolling import Choices
from imports.errors import ImportFileEmpty, TooManyImports
from imports.jobs import ABANDONED_AFTER
from imports.models import UNFINISHED, ImportImage, ImportItem, ImportJob, JobStatus, Result
from imports.planning import IMAGE_TOO_LARGE, Plan, PlannedImage, PlannedUser

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
    policy, target = client.capture_policy, choices.target_samples
    if target is not None and not policy.min_target_samples <= target <= policy.max_target_samples:
        raise TargetSamplesOutOfBounds(
            f"target_samples must be between {policy.min_target_samples} "
            f"and {policy.max_target_samples}"
        )
    plan = _plan(content)
    job = _create(client, choices, plan)
    try:
        for batch in _batches(plan.users):
            _store(job, batch)
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
    Client.objects.select_for_update().get(pk=client.pk)
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


def _batches(users: Sequence[PlannedUser]) -> list[list[PlannedUser]]:
    """Split the users into batches, each of few rows and bytes, or of one user."""
    batches: list[list[PlannedUser]] = []
    rows = size = 0
    for user in users:
        own_rows = 1 + len(user.images)
        own_size = sum(image.size for image in user.images if not image.fault)
        if not batches or rows + own_rows > _ROWS_AT_ONCE or size + own_size > _BYTES_AT_ONCE:
            batches.append([])
            rows = size = 0
        batches[-1].append(user)
        rows, size = rows + own_rows, size + own_size
    return batches


def _store(job: ImportJob, batch: list[PlannedUser]) -> None:
    """Store some users. Their images are unpacked before the transaction begins."""
    contents = [[_content(image) for image in user.images] for user in batch]
    _insert(job, batch, contents)


def _content(image: PlannedImage) -> tuple[bytes, str]:
    """Return an image's bytes, or the code of its fault.

    Raises:
        imports.errors.ImportFileError
    """
    if image.fault:
        return b"", image.fault
    data = image.read()
    return (b"", IMAGE_TOO_LARGE) if len(data) > MAX_IMAGE_BYTES else (data, "")


@retried
@transaction.atomic
def _insert(
    job: ImportJob, batch: list[PlannedUser], contents: list[list[tuple[bytes, str]]]
) -> None:
    for user, images in zip(batch, contents, strict=True):
        item = ImportItem.objects.create(
            job=job,
            user_id=user.user_id,
            display_name=user.display_name,
            metadata=user.metadata,
            image_count=len(images),
            result=Result.REFUSED if user.fault else "",
            reason=user.fault,
            finished_at=timezone.now() if user.fault else None,
        )
        for position, (data, fault) in enumerate(images):
            image = ImportImage(item=item, position=position, fault=fault)
            image.seal_columns(data)
            image.save(force_insert=True)


@retried
def _queue(job: ImportJob) -> None:
    job.status = JobStatus.QUEUED
    job.save(update_fields=["status"])
