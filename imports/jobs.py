"""Jobs and their items: reading, ending, cancelling, removing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from clients import stats
from clients.models import Subject
from faceplatform import events
from faceplatform.erasure import Owner
from faceplatform.events import Event, ImportCompleted, ImportEnd, SessionEnded, UserErased
from faceplatform.housekeeping import delete_some
from faceplatform.sessions.reasons import Reason
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried
from imports.enrolling import SOURCE, Outcome, of_session
from imports.errors import ImportFinished, ImportNotFound
from imports.models import (
    NAMED_IMAGES,
    UNFINISHED,
    ImportImage,
    ImportItem,
    ImportJob,
    ImportSession,
    JobStatus,
    Result,
)

USER_ERASED = "user_erased"
# No request stores a file for this long: an older job was left by a killed process.
ABANDONED_AFTER = timedelta(minutes=10)


def of_client(client: Tenant) -> QuerySet[ImportJob]:
    """Return the client's jobs."""
    return ImportJob.objects.filter(client=client.pk).exclude(status=JobStatus.RECEIVING)


def find(client: Tenant, public_id: UUID) -> ImportJob:
    """Return the client's job of this id.

    Raises:
        ImportNotFound: unknown and foreign alike.
    """
    job = of_client(client).filter(public_id=public_id).first()
    if job is None:
        raise ImportNotFound
    return job


def counts_of(jobs: list[ImportJob]) -> dict[int, dict[str, int]]:
    """Return the number of items of each result, by the job's primary key."""
    counts = {job.pk: dict.fromkeys(Result.values, 0) for job in jobs}
    rows = ImportItem.objects.filter(job__in=counts).exclude(result="")
    for job_pk, result, number in rows.values_list("job", "result").annotate(n=Count("pk")):
        counts[job_pk][result] = number
    return counts


@retried
@transaction.atomic
def finish_item(item_pk: int, outcome: Outcome) -> None:
    """End an item, unless it has ended: write its result and delete its images."""
    item = ImportItem.objects.select_for_update().filter(pk=item_pk, result="").first()
    if item is not None:
        _finish(item, outcome)


def _finish(item: ImportItem, outcome: Outcome) -> None:
    item.result, item.reason = outcome.result, outcome.reason
    item.images_used = outcome.images_used
    item.finished_at, item.not_before = timezone.now(), None
    item.save(
        update_fields=["result", "reason", "images_used", "finished_at", "not_before"],
    )
    ImportImage.objects.filter(item=item.pk).delete()
    ImportSession.objects.filter(item=item.pk).delete()


def finish_enrolled(event: Event, **_: Any) -> None:
    """End the item of a session that enrolled its user, in the same transaction: a process that is
    killed at any moment leaves both or neither."""
    if not isinstance(event, SessionEnded) or event.source != SOURCE:
        return
    outcome = of_session(event)
    if outcome.result is not Result.ENROLLED:
        return
    items = ImportItem.objects.select_for_update()
    item = items.filter(session__public_id=event.public_id, result="").first()
    if item is not None:
        _accept_image_in_hand(item)
        _finish(item, outcome)


def _accept_image_in_hand(item: ImportItem) -> None:
    """Note the image that enrolled the user. A session completed behind the last one has none."""
    is_in_hand = item.session.position < item.image_count
    if is_in_hand and len(item.image_reasons) < NAMED_IMAGES:
        item.image_reasons = [*item.image_reasons, Reason.ACCEPTED.value]
        item.save(update_fields=["image_reasons"])


def count_unfinished(client_pk: int) -> int:
    """Return the number of a client's imports that wait or run."""
    return stats.bounded(ImportJob.objects.filter(client=client_pk, status__in=UNFINISHED))


def count_items_of(owner: Owner) -> int:
    """Return the number of items about a user, which `forget_user` empties."""
    user_ids = Subject.objects.filter(pk=owner.subject_pk).values("user_id")
    of_client = ImportItem.objects.filter(job__client=owner.client_pk)
    return of_client.filter(user_id__in=user_ids).count()


def forget_user(event: Event, **_: Any) -> None:
    """Remove all that the items say about an erased user; the jobs' counts stay."""
    if not isinstance(event, UserErased):
        return
    of_user = ImportItem.objects.filter(job__client=event.client_id, user_id=event.user_id)
    for item in of_user.select_for_update():
        if not item.result:
            _finish(item, Outcome(Result.SKIPPED, USER_ERASED))
        item.user_id = item.display_name = ""
        item.metadata, item.consent = {}, {}
        item.files, item.image_reasons = [], []
        item.save(
            update_fields=[
                "user_id",
                "display_name",
                "metadata",
                "consent",
                "files",
                "image_reasons",
            ]
        )


@retried
@transaction.atomic
def cancel(job: ImportJob) -> ImportJob:
    """Cancel a job and delete its images; return it as it is now. The item in hand may still end.

    Raises:
        ImportFinished
    """
    locked = ImportJob.objects.select_for_update().filter(pk=job.pk).first()
    if locked is None:
        raise ImportNotFound
    if locked.status not in UNFINISHED:
        raise ImportFinished(extra={"import_status": locked.status})
    end(locked, JobStatus.CANCELLED)
    return locked


def end(locked: ImportJob, status: JobStatus, *, reason: str = "") -> None:
    """End a locked job, delete the images that are left, and publish the event."""
    locked.status, locked.reason = status, reason
    locked.finished_at = timezone.now()
    locked.save(update_fields=["status", "reason", "finished_at"])
    if status is not JobStatus.COMPLETED:
        ImportImage.objects.filter(item__job=locked.pk).delete()
        ImportSession.objects.filter(item__job=locked.pk).delete()
    events.publish(
        ImportCompleted(
            client_id=locked.client_id,
            subject_id=None,
            at=locked.finished_at,
            public_id=locked.public_id,
            status=ImportEnd(status.value),
            reason=reason,
            total=locked.total,
            results=counts_of([locked])[locked.pk],
        )
    )


@retried
@transaction.atomic
def complete(job_pk: int) -> bool:
    """Complete a running job if all its items have ended; return True if this call did."""
    locked = ImportJob.objects.select_for_update().filter(pk=job_pk).first()
    if locked is None or locked.status != JobStatus.RUNNING:
        return False
    if locked.items.filter(result="").exists():
        return False
    end(locked, JobStatus.COMPLETED)
    return True


def remove_old(*, limit: int) -> int:
    """Delete jobs that ended long ago, and those whose file was never stored whole, with their
    items; return how many jobs."""
    now = timezone.now()
    days = timedelta(days=settings.FACEPLATFORM_IMPORT_DAYS)
    old = Q(finished_at__lt=now - days)
    abandoned = Q(status=JobStatus.RECEIVING, created_at__lt=now - ABANDONED_AFTER)
    return delete_some(ImportJob.objects.filter(old | abandoned), limit=min(limit, 5))
