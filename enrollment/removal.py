"""Removal of enrollments for good: by a call, and at the end of their retention."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from clients.models import ErasedThing, ErasureTrigger
from clients.users.erasure import issue_receipt
from enrollment import gallery
from enrollment.errors import EnrollmentNotFound
from enrollment.models import EnrollmentImage, EnrollmentSample, EnrollmentSession, FaceTemplate
from faceplatform import events
from faceplatform.sessions import registry
from faceplatform.sessions.ending import cut_short
from faceplatform.sessions.errors import SessionNotFound
from faceplatform.sessions.locking import lock
from faceplatform.sessions.models import SessionStatus
from faceplatform.sessions.reasons import Reason
from faceplatform.transactions import retried


@retried
@transaction.atomic
def remove(session: EnrollmentSession) -> None:
    """Remove an enrollment: its template, samples and images. Ends it if it is open.

    Raises:
        EnrollmentNotFound: it has been removed.
    """
    _remove(_held(session))


@retried
@transaction.atomic
def set_end(session: EnrollmentSession, template_expires_at: datetime | None) -> None:
    """Set the time at which an enrollment and its template are removed; None for never.

    Raises:
        EnrollmentNotFound: it has been removed.
    """
    held = _held(session)
    held.template_expires_at = template_expires_at
    held.save(update_fields=["template_expires_at"])
    held.templates.update(expires_at=template_expires_at)


def remove_expired(*, limit: int) -> int:
    """Remove enrollments whose retention has ended, each in its own transaction and with a receipt;
    return how many."""
    expired = EnrollmentSession.objects.filter(template_expires_at__lte=timezone.now())
    return sum(map(_remove_expired, expired.order_by("template_expires_at")[:limit]))


@retried
@transaction.atomic
def _remove_expired(session: EnrollmentSession) -> bool:
    """Remove an enrollment; return False if it is gone or its end was moved meanwhile."""
    try:
        held = _held(session)
    except EnrollmentNotFound:
        return False
    ends_at = held.template_expires_at
    if ends_at is None or ends_at > timezone.now():
        return False
    counts = {
        "enrollments": 1,
        "templates": FaceTemplate.objects.filter(enrollment=held.pk).count(),
        "images": EnrollmentImage.objects.filter(session=held.pk).count(),
        "samples": EnrollmentSample.objects.filter(session=held.pk).count(),
    }
    client_pk = held.client_id
    _remove(held)
    issue_receipt(
        client_pk, ErasedThing.ENROLLMENT, trigger=ErasureTrigger.RETENTION, counts=counts
    )
    return True


def _held(session: EnrollmentSession) -> EnrollmentSession:
    """Hold an enrollment and its client's gallery until the transaction ends.

    Raises:
        EnrollmentNotFound: it has been removed.
    """
    kind = registry.kind_for_token(EnrollmentSession.token_prefix)
    try:
        locked = lock(kind, session)
    except SessionNotFound as e:
        raise EnrollmentNotFound from e
    gallery.lock(locked.client_id)  # before the template, as in `judge`: one waits for the other
    return locked  # type: ignore[return-value]


def _remove(held: EnrollmentSession) -> None:
    kind = registry.kind_for_token(EnrollmentSession.token_prefix)
    if held.is_open:
        cut_short(kind, held, status=SessionStatus.CANCELLED, reason=Reason.CANCELLED)
    had_template = FaceTemplate.objects.filter(enrollment=held.pk).exists()
    removed = events.TemplateRemoved(
        client_id=held.client_id,
        subject_id=held.subject_id,
        at=timezone.now(),
        enrollment_id=str(held.public_id),
    )
    held.delete()
    if had_template:
        events.publish(removed)
