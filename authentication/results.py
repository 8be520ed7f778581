"""The exchange of a successful authentication, once, for a result that other services verify.

The result is a JWT with a type and claims of its own. It may travel through a browser, so it holds
no score: a score helps an attacker climb to a match.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from authentication.models import AuthenticationSession
from clients.services import UserExpired, UserInactive, UserNotFound
from faceplatform import events, signing
from faceplatform.errors import FaceplatformError
from faceplatform.liveness.methods import methods_of
from faceplatform.matching.calibration import score_at
from faceplatform.sessions.errors import SessionNotFound
from faceplatform.sessions.lookup import find
from faceplatform.sessions.models import SessionStatus
from faceplatform.sessions.operating_point import look_fmr
from faceplatform.sessions.reasons import Reason
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried

# The header `typ` of the JWT. A verifier refuses any other.
TOKEN_TYPE = "faceplatform-result+jwt"  # noqa: S105  (a type, no secret)


class AuthenticationNotFinished(FaceplatformError):
    code = "authentication_not_finished"
    status = 409
    title = "The authentication is still open"


class AuthenticationNotSuccessful(FaceplatformError):
    code = "authentication_not_successful"
    status = 409
    title = "The authentication did not end with success"


class ResultTooOld(FaceplatformError):
    code = "result_too_old"
    status = 409
    title = "The authentication ended too long ago to be exchanged"


class ResultAlreadyExchanged(FaceplatformError):
    code = "result_already_exchanged"
    status = 409
    title = "The authentication was exchanged for a signed result before"


@dataclass(frozen=True, slots=True)
class SignedResult:
    """A signed result and the end of its validity."""

    token: str
    expires_at: datetime


def obstacle_to_exchange(
    session: AuthenticationSession, *, now: datetime
) -> FaceplatformError | None:
    """Return the error with which the session's exchange is refused at that time, if any."""
    if session.is_open:
        return AuthenticationNotFinished()
    if session.status != SessionStatus.COMPLETED or session.reason != Reason.MATCHED:
        return AuthenticationNotSuccessful()
    if session.exchanged_at is not None:
        return ResultAlreadyExchanged()
    age = now - cast("datetime", session.finished_at)
    if age > timedelta(seconds=settings.FACEPLATFORM_RESULT_EXCHANGE_SECONDS):
        return ResultTooOld()
    if session.matched_subject is None:  # erased since
        return UserNotFound()
    if not session.matched_subject.is_active:
        return UserInactive()
    if session.matched_subject.is_expired(now):
        return UserExpired()
    return None


def exchange(*, client: Tenant, token: str) -> SignedResult:
    """Return the signed result of the client's authentication with this session token.

    Raises:
        SessionNotFound: unknown, foreign, or the token of an enrollment.
        AuthenticationNotFinished, AuthenticationNotSuccessful, ResultTooOld,
        ResultAlreadyExchanged
        UserNotFound, UserInactive, UserExpired: the user was erased or deactivated since, or is to
            be erased.
    """
    _, session = find(client=client, token=token)  # an overdue session ends here
    if not isinstance(session, AuthenticationSession):
        raise SessionNotFound
    return _exchange(session.pk, client)


@retried
@transaction.atomic
def _exchange(session_pk: int, client: Tenant) -> SignedResult:
    now = timezone.now()
    # Simultaneous exchanges of one session wait for each other here.
    locked = AuthenticationSession.objects.select_for_update().filter(pk=session_pk).first()
    if locked is None:  # erased with its user
        raise SessionNotFound
    if (obstacle := obstacle_to_exchange(locked, now=now)) is not None:
        raise obstacle
    locked.exchanged_at = now
    locked.save(update_fields=["exchanged_at"])
    expires_at = now.replace(microsecond=0) + timedelta(
        seconds=settings.FACEPLATFORM_RESULT_SECONDS
    )
    claims = claims_of(locked, audience=client.public_id, now=now, expires_at=expires_at)
    events.publish(
        events.ResultExchanged(
            client_id=locked.client_id,
            subject_id=locked.matched_subject_id,
            at=now,
            public_id=locked.public_id,
            user_id=claims["sub"],
        )
    )
    return SignedResult(signing.sign(claims, token_type=TOKEN_TYPE), expires_at)


def claims_of(
    session: AuthenticationSession, *, audience: UUID, now: datetime, expires_at: datetime
) -> dict[str, Any]:
    """Return the claims of a successful session's result.

    `operating_point.threshold` is the similarity that a single comparison must reach at that false
    match rate; a search asks for more, so that the whole search keeps to the rate.
    """
    policy = session.capture_policy
    methods = methods_of(policy.liveness)
    name, version, alignment = session.model_key.split("/", 2)
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": settings.FACEPLATFORM_RESULT_ISSUER,
        "aud": str(audience),
        "sub": cast("Any", session.matched_subject).user_id,
        "iat": issued,
        "nbf": issued,
        "exp": int(expires_at.timestamp()),
        "jti": str(uuid4()),
        "auth_time": int(cast("datetime", session.finished_at).timestamp()),
        "session_id": str(session.public_id),
        "session_type": session.session_type,
        "decision": "success",
        "sandbox": session.is_sandbox,
        "liveness": {
            "methods": list(methods),
            "verified": session.liveness_verified if methods else None,
            "nets": session.liveness_nets,
        },
        "operating_point": {
            "fmr": policy.false_match_rate,
            "threshold": round(score_at(look_fmr(session, policy)), 3),
        },
        "model": {"name": name, "version": version, "alignment": alignment},
    }
    return claims | {"nonce": session.nonce} if session.nonce else claims
