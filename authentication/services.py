"""Opening authentications and judging their probes."""

from dataclasses import dataclass
from typing import Any

from authentication import decisions
from authentication.decisions import Decision
from authentication.models import AuthenticationSession, ProbeSample
from clients.models import Client, Subject, SubjectGroup
from clients.services import active_subject
from enrollment import gallery
from enrollment.gallery import Hit
from faceplatform.conf import CapturePolicy
from faceplatform.engine.matching import similarity
from faceplatform.engine.registry import get_calibration, get_engine
from faceplatform.engine.types import Embedding
from faceplatform.errors import FaceplatformError
from faceplatform.sessions import lifecycle
from faceplatform.sessions.models import SessionStatus, fused, token_digest


class UserNotEnrolled(FaceplatformError):
    code = "user_not_enrolled"
    status = 409
    title = "This user has no template of the current recognition model"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a probe was compared with."""

    hits: list[Hit]
    comparisons: int


def open_session(
    *,
    client: Client,
    user_id: str | None,
    capture_type: str,
    metadata: dict[str, Any],
    policy: CapturePolicy | None = None,
    group: SubjectGroup | None = None,
) -> tuple[AuthenticationSession, str]:
    """A new authentication session and its token, which is not kept.

    Args:
        policy: of this session alone; the client's own one when None.
        group: an identification compares with its members only.

    Raises:
        UserNotFound, UserInactive, UserNotEnrolled, LivenessUnavailable
    """
    subject = None
    if user_id is not None:
        subject = active_subject(client, user_id)
        if gallery.template_of(subject_pk=subject.pk, model=get_engine().model) is None:
            raise UserNotEnrolled
    token = AuthenticationSession.new_token()
    session = AuthenticationSession.objects.create(
        **lifecycle.opening_fields(
            client=client, capture_type=capture_type, metadata=metadata, policy=policy
        ),
        subject=subject,
        group=group,
        is_verification=subject is not None,
        token_digest=token_digest(token),
        status=SessionStatus.ACTIVE,
    )
    return session, token


def compare(session: AuthenticationSession, probe: Embedding) -> Comparison | None:
    """The probe against the named user's template only, or against the client's active users
    (those of the session's group, where it has one).

    None when the named user has no template any more, or was switched off meanwhile.
    """
    model = get_engine().model
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
    """The decision on a session's probes so far; None when there is nobody to compare with."""
    comparison = compare(session, fused(samples))
    if comparison is None:
        return None
    return decisions.decide(
        comparison.hits,
        comparisons=comparison.comparisons,
        probe_frames=len(samples),
        policy=session.capture_policy,
        calibration=get_calibration(),
    )


def matched_subject(decision: Decision) -> Subject:
    """The user a match is about."""
    if decision.hit is None:
        raise ValueError("only a match has a user")
    return Subject.objects.get(pk=decision.hit.subject_pk)
