"""An authentication as an attempt: reserved before a comparison is answered or a gesture is told,
settled at the end.

A verification counts for its user, an identification for the address that posts its frames. The
session's row is held first, then the count's, always in this order.
"""

from django.db import transaction
from django.utils import timezone

from authentication.models import AuthenticationSession
from clients.lockout import services as lockout
from clients.lockout.schedule import Begun
from clients.models.lockout import Attempts
from faceplatform import events, suspicion
from faceplatform.sessions.reasons import Reason
from faceplatform.suspicion import Hint


def reserve(session: AuthenticationSession) -> Reason | None:
    """Reserve the session's attempt, unless it has; return the reason if none is allowed now.

    A comparison is made before, because a search takes long and the count is held from here on.
    Without a reservation neither it nor a gesture may be told.
    """
    if session.is_attempt:
        return None
    if not session.is_verification:
        session.attempt_address = session.caller_address
    if (count := _held(session)) is None:
        return None
    barrier = lockout.begin(count, session.capture_policy)
    if barrier is None:
        session.is_attempt, session.held_attempts = True, count
        return None
    if session.is_verification:
        return Reason.USER_LOCKED if barrier.is_lock else Reason.VERIFICATION_DELAYED
    return Reason.ADDRESS_LOCKED if barrier.is_lock else Reason.IDENTIFICATION_DELAYED


def revoked(session: AuthenticationSession) -> Reason | None:
    """Return the reason for which a match does not count: others failed since the session reserved
    its attempt, and locked the user or the address. The count is held until the match is."""
    if session.held_attempts is not None or not session.is_attempt:
        return None
    count = _held(session)
    if count is None or count.locked_at is None:
        return None
    return Reason.USER_LOCKED if session.is_verification else Reason.ADDRESS_LOCKED


def bar_to_match(session: AuthenticationSession, subject_pk: int) -> Reason | None:
    """Return the reason for which an identification does not recognize a user who may not be
    verified now: a search among few must not be the way around a delay or a lock."""
    if session.is_verification:
        return None
    barrier = lockout.barrier_of_user(subject_pk, session.capture_policy)
    if barrier is None:
        return None
    return Reason.USER_LOCKED if barrier.is_lock else Reason.VERIFICATION_DELAYED


def write_reserved(session: AuthenticationSession) -> None:
    """Write a count in which this transaction reserved an attempt."""
    if session.held_attempts is not None:
        lockout.save(session.held_attempts)


def settle(session: AuthenticationSession, *, success: bool) -> None:
    """Count the end of a session whose attempt was reserved."""
    if not session.is_attempt:
        return
    begun_here = session.held_attempts
    count = begun_here or _held(session)
    if count is None:
        raise ValueError("an attempt without a user or an address")
    was_clean = begun_here is not None and count.failures == 0
    begun = lockout.settle(count, session.capture_policy, success=success)
    # Nothing to write for the most frequent case: one frame, and a match.
    if not (success and was_clean):
        lockout.save(count)
    match begun:
        case Begun.LOCK:
            _publish_lock(session, count)
        case Begun.DELAYS:
            _tell_delays(session)


def _held(session: AuthenticationSession) -> Attempts | None:
    if session.is_verification:
        return None if session.subject_id is None else lockout.hold_user(session.subject_id)
    if not session.attempt_address:
        return None
    return lockout.hold_address(session.client_id, session.attempt_address)


def _tell_delays(session: AuthenticationSession) -> None:
    """Give a hint at the first delay in a streak, once it is written: the lock is far from it,
    and a thief may stop before."""
    hint = Hint.USER_DELAYED if session.is_verification else Hint.ADDRESS_DELAYED
    client_pk, subject_pk = session.client_id, session.subject_id
    transaction.on_commit(lambda: suspicion.tell(hint, client_pk=client_pk, subject_pk=subject_pk))


def _publish_lock(session: AuthenticationSession, count: Attempts) -> None:
    if session.subject is not None:
        events.publish(
            events.UserLocked(
                client_id=session.client_id,
                subject_id=session.subject_id,
                at=timezone.now(),
                user_id=session.subject.user_id,
                failures=count.failures,
            )
        )
        return
    events.publish(
        events.SecurityAlert(
            client_id=session.client_id,
            subject_id=None,
            at=timezone.now(),
            alert="address_locked",
            detail={"address": session.attempt_address, "failures": count.failures},
        )
    )
