"""Refusals of attempts. They carry ``locked_until``: a time, or null for a lock."""

from datetime import UTC, datetime

from clients.lockout.schedule import Barrier
from faceplatform.errors import FaceplatformError


class AttemptsRefused(FaceplatformError):
    """Base of the refusals."""

    code = "attempts_refused"
    status = 429
    title = "Too many attempts failed"

    @classmethod
    def by(cls, barrier: Barrier, now: datetime) -> "AttemptsRefused":
        """Return the refusal for this barrier."""
        until = barrier.until
        shown = None if until is None else until.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return cls(
            extra={"locked_until": shown},
            retry_after=None if until is None else barrier.seconds(now),
        )


class VerificationDelayed(AttemptsRefused):
    code = "verification_delayed"
    title = "Too many verifications of this user failed; wait before the next one"


class UserLocked(AttemptsRefused):
    code = "user_locked"
    status = 423
    title = (
        "Too many verifications of this user failed; the user is locked until you unlock it by "
        "POST /api/clients/users/{user}/unlock/"
    )


class IdentificationDelayed(AttemptsRefused):
    code = "identification_delayed"
    title = "Too many identifications from this address failed; wait before the next one"


class AddressNotFound(FaceplatformError):
    code = "address_not_found"
    status = 404
    title = "No failed identifications from this address are counted"


class AddressLocked(AttemptsRefused):
    code = "address_locked"
    status = 423
    title = (
        "Too many identifications from this address failed; it is locked until you unlock it by "
        "POST /api/clients/lockouts/addresses/unlock/, or a day passes without a failure"
    )
