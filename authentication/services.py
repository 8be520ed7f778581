"""Opening authentications and judging their probes."""

from dataclasses import dataclass

from django.utils import timezone

from authentication import decisions
from authentication.decisions import Decision
from authentication.models import AuthenticationSession, ProbeSample
from clients.groups.services import GroupNotFound
from clients.lockout import services as lockout
from clients.models import Subject, SubjectGroup
from clients.services import active_subject
from enrollment import gallery
from enrollment.gallery import Hit
from faceplatform.engine.registry import calibration_of, engine_of
from faceplatform.errors import FaceplatformError
from faceplatform.matching.embeddings import Embedding, similarity
from faceplatform.sessions.models import SessionStatus, fused, token_digest
from faceplatform.sessions.opening import Opening, insert_opened, opening_fields
from faceplatform.sessions.reasons import Reason
from faceplatform.transactions import retried


class UserNotEnrolled(FaceplatformError):
    code = "user_not_enrolled"
    status = 409
    title = "This user is not enrolled"


class ReenrollmentRequired(FaceplatformError):
    code = "reenrollment_required"
    status = 409
    title = "This user's templates were made with another recognition model; enroll the user again"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The hits of a probe, and the number of templates it was compared with."""

    hits: list[Hit]
    comparisons: int


@retried  # the next try does not find a user or group that was erased during the first
def open_session(
    opening: Opening, *, user_id: str | None, group: SubjectGroup | None = None, nonce: str = ""
) -> tuple[AuthenticationSession, str]:
    """Open an authentication session; return it and its token, which is not kept.

    Args:
        user_id: verify this user; identify when None.
        group: an identification compares with its members only.
        nonce: the client's own value, returned in the signed result.

    Raises:
        UserNotFound, UserInactive, UserExpired, UserNotEnrolled, ReenrollmentRequired,
        GroupNotFound, LivenessUnavailable, OperatingPointUnsupported, VerificationDelayed,
        UserLocked, IdentificationDelayed, AddressLocked
    """
    if user_id is None:
        subject, opening = None, opening.searching()
        if opening.address:
            lockout.require_address(opening.client, opening.address, opening.capture_policy)
    else:
        subject = _enrolled_subject(opening, user_id)
    if group is not None and not SubjectGroup.objects.filter(pk=group.pk).exists():
        raise GroupNotFound
    token = AuthenticationSession.new_token()
    session = AuthenticationSession(
        **opening_fields(opening),
        subject=subject,
        group=group,
        nonce=nonce,
        is_verification=subject is not None,
        token_digest=token_digest(token),
        status=SessionStatus.ACTIVE,
    )
    insert_opened(session)
    return session, token


def _enrolled_subject(opening: Opening, user_id: str) -> Subject:
    subject = active_subject(opening.client, user_id)
    lockout.require_user(subject.pk, opening.capture_policy)
    model = engine_of(opening.client).model
    if gallery.template_of(subject_pk=subject.pk, model=model) is None:
        if gallery.needs_reenrollment(subject_pk=subject.pk, model=model):
            raise ReenrollmentRequired
        raise UserNotEnrolled
    return subject


def compare(session: AuthenticationSession, probe: Embedding) -> Comparison | None:
    """Compare the probe with the named user's template only, or with the client's active users
    (those of the session's group, where it has one).

    Return None when the named user has no template any more, has been switched off, or is locked.
    """
    model = engine_of(session).model
    if not session.is_verification:
        found = gallery.search(
            client_pk=session.client_id, model=model, probe=probe, group_pk=session.group_id
        )
        return Comparison(found.hits, found.size)
    if session.subject_id is None:
        return None
    template = gallery.template_of(subject_pk=session.subject_id, model=model)
    if template is None:
        return None
    cosine = similarity(template.unseal(), probe)
    return Comparison([Hit(template.pk, template.subject_id, cosine, template.sample_count)], 1)


def judge(session: AuthenticationSession, samples: list[ProbeSample]) -> Decision | None:
    """Return the decision on a session's samples; None when there is nobody to compare with."""
    comparison = compare(session, fused(samples))
    if comparison is None:
        return None
    return decisions.decide(
        comparison.hits,
        comparisons=comparison.comparisons,
        probe_frames=len(samples),
        least_frames=session.least_samples,
        policy=session.capture_policy,
        calibration=calibration_of(session),
    )


def absence_reason(session: AuthenticationSession) -> Reason:
    """Return the reason for which there was nobody to compare with."""
    subject_pk = session.subject_id
    if subject_pk is None:
        return Reason.USER_NOT_ENROLLED
    if lockout.is_locked(subject_pk):
        return Reason.USER_LOCKED
    subject = Subject.objects.filter(pk=subject_pk).first()
    if subject is None or not subject.is_active:
        return Reason.USER_INACTIVE
    if subject.is_expired(timezone.now()):
        return Reason.RETENTION_ENDED
    if gallery.needs_reenrollment(subject_pk=subject_pk, model=engine_of(session).model):
        return Reason.REENROLLMENT_REQUIRED
    return Reason.USER_NOT_ENROLLED


def non_match_reason(session: AuthenticationSession) -> Reason:
    """Return the reason of a non-match: a user whom this model does not know yet must not be taken
    for an impostor."""
    if not session.is_verification and gallery.is_incomplete(
        client_pk=session.client_id, model=engine_of(session).model, group_pk=session.group_id
    ):
        return Reason.GALLERY_INCOMPLETE
    return Reason.NO_MATCH


def matched_subject_pk(decision: Decision) -> int:
    """Return the primary key of the user a match is about. If the user is erased at this moment,
    saving it is a conflict, and the transaction is retried."""
    if decision.hit is None:
        raise ValueError("only a match has a user")
    return decision.hit.subject_pk
