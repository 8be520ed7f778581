"""Erasure of users, and the receipts of all erasures."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clients import quotas
from clients.models import (
    ErasedThing,
    ErasureReceipt,
    ErasureTrigger,
    Subject,
    SubjectGroup,
    UserAttempts,
)
from clients.users import admin_log
from faceplatform import erasure, events
from faceplatform.erasure import Owner
from faceplatform.sessions.ending import cancel_all
from faceplatform.sessions.erasing import hold_sessions
from faceplatform.sessions.reasons import Reason
from faceplatform.transactions import retried


@retried
@transaction.atomic
def erase_subject(
    subject: Subject,
    *,
    trigger: ErasureTrigger = ErasureTrigger.REQUEST,
    only_if: Q | None = None,
) -> ErasureReceipt | None:
    """Erase a user with all data about it; return the receipt.

    The user's row and sessions are held before anything is counted, so no frame and no new session
    adds to them: every counted row is erased. Open sessions end first, so that a frame being
    measured finds its session gone. Sessions that recognized the user stay, without any trace of
    whom.

    Args:
        only_if: erase the user only if it still meets this condition.

    Returns:
        The receipt; None if the user has already been erased or does not meet the condition.
    """
    rows = Subject.objects.select_for_update().filter(only_if or Q(), pk=subject.pk)
    locked = rows.first()
    if locked is None:
        return None
    hold_sessions(locked.pk)
    owner = Owner(client_pk=locked.client_id, subject_pk=locked.pk)
    counts = erasure.counts(owner)
    cancel_all(Q(subject=owner.subject_pk), reason=Reason.CANCELLED)
    erasure.scrub(owner)
    user_id = locked.user_id
    locked.delete()
    quotas.give_back_user(owner.client_pk)
    receipt = issue_receipt(
        owner.client_pk, ErasedThing.USER, trigger=trigger, counts={"users": 1, **counts}
    )
    events.publish(
        events.UserErased(
            client_id=owner.client_pk,
            subject_id=owner.subject_pk,
            at=receipt.erased_at,
            user_id=user_id,
            receipt_id=receipt.public_id,
        )
    )
    return receipt


def issue_receipt(
    client_pk: int, erased: ErasedThing, *, trigger: ErasureTrigger, counts: Mapping[str, int]
) -> ErasureReceipt:
    """Keep a receipt, in the transaction that erases."""
    return ErasureReceipt.objects.create(
        client_id=client_pk,
        erased=erased,
        trigger=trigger,
        counts=dict(counts),
        erased_at=timezone.now(),
    )


def erase_expired(*, limit: int) -> int:
    """Erase users whose retention has ended, each in its own transaction; return how many.

    Of two runs at the same time, one erases a user; a user whose end was moved meanwhile stays.
    """
    ended = Q(expires_at__lte=timezone.now())
    expired = Subject.objects.filter(ended).order_by("expires_at")
    receipts = [
        erase_subject(subject, trigger=ErasureTrigger.RETENTION, only_if=ended)
        for subject in expired[:limit]
    ]
    return sum(receipt is not None for receipt in receipts)


def count_memberships(owner: Owner) -> int:
    """Return the number of groups that the user is a member of."""
    return SubjectGroup.subjects.through.objects.filter(subject=owner.subject_pk).count()


def count_attempts(owner: Owner) -> int:
    """Return the number of the user's failed verifications that are on record."""
    counts = UserAttempts.objects.filter(subject=owner.subject_pk)
    return counts.values_list("failures", flat=True).first() or 0


def forget_in_admin_log(owner: Owner) -> None:
    """Remove the user's name from the log of the admin."""
    admin_log.forget_names(Subject, [owner.subject_pk])
