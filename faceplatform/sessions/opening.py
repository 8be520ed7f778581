"""Opening sessions of any kind."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any, Self
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from faceplatform import events, prepared
from faceplatform.conf import CapturePolicy, LivenessMethods
from faceplatform.engine.registry import Owner, calibration_of, engine_of
from faceplatform.errors import FaceplatformError
from faceplatform.liveness.methods import (
    CHALLENGE,
    PASSIVE,
    has_challenge,
    has_passive,
    policy_of_session,
)
from faceplatform.sessions import challenges, registry
from faceplatform.sessions.errors import (
    ChallengeImpossible,
    LivenessBelowPolicy,
    LivenessUnavailable,
    OperatingPointUnsupported,
)
from faceplatform.sessions.models import MAIN_API, CaptureSession, CaptureType
from faceplatform.tenant import Tenant

# More rows than one session adds, so that a backlog shrinks.


_AT_CAMERA = (CaptureType.WEBCAM, CaptureType.MOBILE)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A request for a session.

    Attributes:
        credential: public id of the credential that opens it: revoking it ends the session. None
            for a session that is ended by the call that opens it.
        policy: of this session alone; None for the client's own.
        liveness: the checks that the session shall have: at least those of the policy. None for
            these.
        language: of a challenge's instructions; None for that of each call.
        source: the API that the session is opened through.
        address: of the caller, for an identification whose failures count for it; "" if they count
            for the address that posts the frames alone, or for none.
    """

    client: Tenant
    capture_type: str
    metadata: dict[str, Any]
    credential: UUID | None = None
    policy: CapturePolicy | None = None
    liveness: LivenessMethods | None = None
    language: str | None = None
    source: str = MAIN_API
    address: str = ""

    @classmethod
    def like(cls, session: CaptureSession, *, address: str = "") -> Self:
        """Return the request for another session on the terms of this one."""
        return cls(
            client=session.client,
            capture_type=session.capture_type,
            metadata=session.metadata,
            credential=session.credential_id,
            policy=session.capture_policy,
            language=challenges.language_of(session),
            source=session.source,
            address=address,
        )

    def searching(self) -> Self:
        """Return the request for a session that compares with many users."""
        return replace(self, policy=(self.policy or self.client.capture_policy).of_search())

    @cached_property
    def capture_policy(self) -> CapturePolicy:
        """Return the policy of the session, with every liveness check that it must pass."""
        return policy_of_session(
            self.policy or self.client.capture_policy,
            at_camera=self.capture_type in _AT_CAMERA,
            asked=self.liveness or "off",
        )


def opening_fields(opening: Opening) -> dict[str, Any]:
    """Return the fields that every new session starts with.

    Raises:
        LivenessUnavailable: the client's policy asks for a check that cannot run. Nothing is
            waived silently.
        OperatingPointUnsupported: it asks for a false match rate that was never measured.
        LivenessBelowPolicy: the opening asks for fewer checks than the policy demands.
        ChallengeImpossible: the policy demands a challenge of a session that is fed with stored
            images.
    """
    policy = opening.capture_policy
    _require_liveness(opening, policy)
    if (obstacle := obstacle_to(policy, opening.client)) is not None:
        raise obstacle
    now = timezone.now()
    return {
        "client_id": opening.client.pk,
        "credential_id": opening.credential,
        "capture_type": opening.capture_type,
        "source": opening.source,
        "metadata": opening.metadata,
        "policy": policy.model_dump(),
        "liveness_state": challenges.state_at_opening(policy, language=opening.language),
        "model_key": str(engine_of(opening.client).model.key),
        "created_at": now,
        "expires_at": now + timedelta(seconds=policy.session_seconds),
    }


@transaction.atomic
def insert_opened(session: CaptureSession) -> None:
    """Insert a new session and publish the event, in one transaction.

    Raises:
        django.db.DatabaseError: also if its user was deleted in the meantime.
    """
    prepared.insert(session)
    named = session.subject
    events.publish(
        events.SessionOpened(
            client_id=session.client_id,
            subject_id=session.subject_id,
            at=session.created_at,
            kind=registry.kind_for_token(session.token_prefix).name,
            session_id=session.pk,
            public_id=session.public_id,
            user_id=named.user_id if named else None,
            capture_type=session.capture_type,
            source=session.source,
            metadata=session.metadata,
            policy=session.policy,
            model=session.model_key,
            expires_at=session.expires_at,
        )
    )


def _require_liveness(opening: Opening, policy: CapturePolicy) -> None:
    """Refuse an opening whose checks are fewer than the policy's, or cannot be made."""
    if opening.liveness is not None and policy.liveness != opening.liveness:
        raise LivenessBelowPolicy(f"This session needs liveness {policy.liveness}")
    if has_challenge(policy) and opening.source != MAIN_API:
        raise ChallengeImpossible


def methods_available(owner: Owner) -> list[str]:
    """Return the liveness checks that a client's policy can demand. A challenge needs no further
    net than recognition does."""
    return [PASSIVE, CHALLENGE] if engine_of(owner).has_liveness else [CHALLENGE]


def obstacle_to_cameras(policy: CapturePolicy, owner: Owner) -> FaceplatformError | None:
    """Return the error with which sessions at a camera, which have the most checks, would be
    refused here under a client's policy, if any."""
    return obstacle_to(policy_of_session(policy, at_camera=True), owner)


def obstacle_to(policy: CapturePolicy, owner: Owner) -> FaceplatformError | None:
    """Return the error with which every session of this policy would be refused here, if any."""
    if has_passive(policy) and not engine_of(owner).has_liveness:
        return LivenessUnavailable()
    rates = (policy.false_match_rate, policy.identification_false_match_rate)
    if not all(calibration_of(owner).supports(rate) for rate in rates):
        return OperatingPointUnsupported()
    return None
