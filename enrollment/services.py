"""Opening and completing enrollments."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from clients.models import Client, Subject
from clients.services import consenting_subject, find_subject, get_or_create_subject
from enrollment import decisions, gallery
from enrollment.answers import UserEnrollment
from enrollment.decisions import Duplicate
from enrollment.errors import TargetSamplesOutOfBounds
from enrollment.models import EnrollmentImage, EnrollmentSample, EnrollmentSession, FaceTemplate
from faceplatform.engine.registry import calibration_of, engine_of
from faceplatform.events import SessionEnded
from faceplatform.matching.embeddings import Embedding
from faceplatform.sessions import challenges, registry, sandbox
from faceplatform.sessions.ending import cut_short, end
from faceplatform.sessions.locking import lock, require_open
from faceplatform.sessions.lookup import find
from faceplatform.sessions.models import (
    OPEN_STATUSES,
    CaptureSession,
    SessionStatus,
    fused,
    token_digest,
)
from faceplatform.sessions.opening import Opening, insert_opened, opening_fields
from faceplatform.sessions.reasons import Reason
from faceplatform.sessions.registry import AnyKind
from faceplatform.sessions.steps import Ending, Findings
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Enrolled(Ending):
    """The ending that makes a template.

    Attributes:
        embedding: float32, (dimension,), L2-normalized, fused of ``sample_count`` samples.
        quality: their mean unified quality, 0..1.
    """

    embedding: Embedding
    sample_count: int
    quality: float


def open_session(
    opening: Opening,
    *,
    user_id: str,
    target_samples: int | None = None,
    first_only: bool = False,
    template_expires_at: datetime | None = None,
) -> tuple[EnrollmentSession, str]:
    """Open an enrollment session; return it and its token, which is not kept.

    Args:
        target_samples: None for the policy's own number.
        first_only: fail with ALREADY_ENROLLED instead of replacing a template.
        template_expires_at: when the enrollment is removed, with its template; None: never.

    Raises:
        TargetSamplesOutOfBounds, UserInactive, UserExpired, ConsentRequired, LivenessUnavailable,
        OperatingPointUnsupported
    """
    policy = opening.capture_policy
    target = policy.target_samples if target_samples is None else target_samples
    if not policy.min_target_samples <= target <= policy.max_target_samples:
        raise TargetSamplesOutOfBounds(
            f"target_samples must be between {policy.min_target_samples} "
            f"and {policy.max_target_samples}"
        )
    fields = opening_fields(opening)
    token = EnrollmentSession.new_token()
    fields |= {
        "token_digest": token_digest(token),
        "status": SessionStatus.PENDING,
        "target_samples": target,
        "first_only": first_only,
        "template_expires_at": template_expires_at,
    }
    find_user = consenting_subject if policy.require_consent else get_or_create_subject
    return _create_session(lambda: find_user(opening.client, user_id), fields), token


@retried
def _create_session(find_user: Callable[[], Subject], fields: dict[str, Any]) -> EnrollmentSession:
    """Create the session. Each try looks for its user, who may have been erased meanwhile."""
    session = EnrollmentSession(**fields, subject=find_user())
    insert_opened(session)
    return session


def complete_with_fewer(*, client: Tenant, token: str) -> SessionEnded | None:
    """Complete an enrollment, for which no frame will come, with the samples that it has.

    Returns:
        The event of its end; None if the policy demands more samples: it is as it was.

    Raises:
        SessionNotFound, SessionExpired, SessionFinished
    """
    kind, session = find(client=client, token=token)
    return _complete_with_fewer(kind, session)


@retried
@transaction.atomic
def _complete_with_fewer(kind: AnyKind, session: CaptureSession) -> SessionEnded | None:
    locked = cast("EnrollmentSession", lock(kind, session))
    require_open(locked)
    samples = kind.samples_of(locked)
    if challenges.is_pending(locked):
        return None
    if len(samples) < max(locked.capture_policy.min_target_samples, locked.least_samples):
        return None
    judged = judge(locked, samples)
    ending = judged if isinstance(judged, Enrolled) else kind.fail(locked, judged, samples)
    return end(kind, locked, ending, samples)


def judge(session: EnrollmentSession, samples: list[EnrollmentSample]) -> Enrolled | Reason:
    """Return the ending of a locked session that has its samples, or the reason it fails for.

    Holds the client's gallery, so that of two users enrolling one face at the same time the second
    one sees the first, and of two sessions of one user an older one never replaces the template of
    a newer one.
    """
    subject = session.subject
    if (obstacle := _obstacle_to(session)) is not None:
        return obstacle
    embedding = fused(samples)
    gallery.lock(session.client_id)
    if session.first_only and is_enrolled(subject):
        return Reason.ALREADY_ENROLLED
    if _is_superseded(session):
        return Reason.SUPERSEDED
    verdict = look_for_duplicate(session, embedding, sample_count=len(samples))
    if verdict is Duplicate.REFUSE:
        return Reason.DUPLICATE_FACE
    return Enrolled(
        status=SessionStatus.COMPLETED,
        reason=Reason.ENROLLED,
        accepted=True,
        message="Enrollment completed successfully.",
        findings=Findings(
            liveness_verified=challenges.checks_passed(session, samples),
            duplicate_suspected=verdict is Duplicate.FLAG,
        ),
        embedding=embedding,
        sample_count=len(samples),
        quality=fmean(sample.quality for sample in samples),
    )


def _obstacle_to(session: EnrollmentSession) -> Reason | None:
    """Return the reason why the session's user cannot be enrolled now, if there is one."""
    now = timezone.now()
    subject = Subject.objects.filter(pk=session.subject_id).first()
    if subject is None or not subject.is_active:
        return Reason.USER_INACTIVE
    ends_at = session.template_expires_at
    if subject.is_expired(now) or (ends_at is not None and ends_at <= now):
        return Reason.RETENTION_ENDED
    if session.capture_policy.require_consent and not subject.has_consent:
        return Reason.CONSENT_WITHDRAWN
    return None


def replace_template(session: EnrollmentSession, enrolled: Enrolled) -> None:
    """Write the template of an enrollment that succeeded, in place of the user's earlier ones."""
    _remove_earlier(session)
    put_template(
        session,
        enrolled.embedding,
        sample_count=enrolled.sample_count,
        quality=enrolled.quality,
        liveness_verified=enrolled.findings.liveness_verified,
    )


def _is_superseded(session: EnrollmentSession) -> bool:
    """Return True if an enrollment of the user that was opened later is complete.

    Primary keys say which was opened later: the clocks of machines differ.
    """
    newer = EnrollmentSession.objects.filter(subject=session.subject_id, pk__gt=session.pk)
    return newer.filter(status=SessionStatus.COMPLETED).exists()


def end_others(session: EnrollmentSession) -> None:
    """End the user's other open enrollments, in the transaction that completes this one: whoever
    holds their tokens may not replace the template.

    A session whose row is held is left out, not waited for: it may be waiting for the gallery,
    which this transaction holds. Once it gets it, `judge` orders the two.
    """
    kind = registry.kind_for_token(EnrollmentSession.token_prefix)
    rows = EnrollmentSession.objects.select_for_update(skip_locked=True)
    others = rows.filter(subject=session.subject_id, status__in=OPEN_STATUSES)
    for other in others.exclude(pk=session.pk):
        reason = Reason.ALREADY_ENROLLED if other.first_only else Reason.SUPERSEDED
        cut_short(kind, other, status=SessionStatus.FAILED, reason=reason)


def look_for_duplicate(
    session: EnrollmentSession, embedding: Embedding, *, sample_count: int
) -> Duplicate:
    """Look for the face among the client's other users, switched off or not.

    The caller holds the client's gallery.
    """
    return decisions.duplicate(
        gallery.search_everyone(
            client_pk=session.client_id, model=engine_of(session).model, probe=embedding
        ),
        own_subject=session.subject_id,
        sample_count=sample_count,
        policy=session.capture_policy,
        calibration=calibration_of(session),
    )


def _remove_earlier(session: EnrollmentSession) -> None:
    """Remove what the user's earlier enrollments left: templates of every model, and images. The
    earlier face must no longer match, not even in a deployment that runs another model."""
    FaceTemplate.objects.filter(subject=session.subject).delete()
    EnrollmentImage.objects.filter(session__subject=session.subject).exclude(
        session=session
    ).delete()


def put_template(
    session: EnrollmentSession,
    embedding: Embedding,
    *,
    sample_count: int,
    quality: float,
    liveness_verified: bool,
) -> None:
    """Write an enrollment's template of the recognition model in use, within a transaction.

    Args:
        embedding: float32, (dimension,), L2-normalized, fused of ``sample_count`` samples.
        quality: their mean unified quality, 0..1.
    """
    model = sandbox.template_model_of(session)
    template = FaceTemplate(
        client_id=session.client_id,
        subject=session.subject,
        enrollment=session,
        model_name=model.name,
        model_version=model.version,
        alignment=model.alignment,
        dimension=model.dimension,
        sample_count=sample_count,
        quality=quality,
        liveness_verified=liveness_verified,
        expires_at=session.template_expires_at,
    )
    template.seal(embedding)
    template.save(force_insert=True)
    gallery.record_change(client_pk=session.client_id, template_pk=template.pk)


def is_enrolled(subject: Subject) -> bool:
    """Return True if the user has a template of any recognition model that is kept, switched off or
    not."""
    return gallery.has_template(subject_pk=subject.pk)


def enrollment_of(client: Tenant, user_id: str) -> UserEnrollment:
    """Return the state of enrollment of the client's user with this id.

    Raises:
        UserNotFound
    """
    subject = find_subject(client, user_id)
    return UserEnrollment(
        user_id=subject.user_id,
        is_active=subject.is_active,
        is_enrolled=is_enrolled(subject),
        reenrollment_required=gallery.needs_reenrollment(
            subject_pk=subject.pk, model=engine_of(client).model
        ),
    )


def enrolled_since(client: Client) -> dict[int, datetime]:
    """Return the time of enrollment of each of the client's enrolled users, by primary key."""
    rows = FaceTemplate.objects.filter(gallery.kept(), client=client)
    # Not the template's time: one may be computed again, for another recognition model.
    since = rows.values_list("subject_id", "enrollment__finished_at")
    return {subject_pk: at for subject_pk, at in since if at is not None}
