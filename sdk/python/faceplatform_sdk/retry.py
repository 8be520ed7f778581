"""Decides if a failed call is made again, and when. Pure: the transport sleeps and counts."""

from dataclasses import dataclass

from faceplatform_sdk.errors import ApiError, ConnectionFailed, FaceplatformError

# The person has to wait, not the program: `Retry-After` is 30 seconds to an hour.
_DELAYS_OF_LOCKOUTS = frozenset({"verification_delayed", "identification_delayed"})
_NOT_NOW = frozenset({502, 503, 504})


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Limits of the attempts at one call.

    Attributes:
        tries: attempts in all; 1 never repeats a call.
        total_seconds: no attempt begins later than this after the first one.
        first_wait: seconds before the second attempt where the answer does not name them; each
            further wait is twice as long.
        longest_wait: bound of these waits. ``Retry-After`` is kept even if it is longer.
    """

    tries: int = 4
    total_seconds: float = 60.0
    first_wait: float = 0.5
    longest_wait: float = 8.0

    def wait(
        self,
        error: FaceplatformError,
        *,
        tried: int,
        elapsed: float,
        is_repeatable: bool,
        jitter: float,
    ) -> float | None:
        """Return the seconds to wait before the next attempt; None if there is to be none.

        Args:
            error: the outcome of the last attempt.
            tried: attempts so far.
            elapsed: seconds since the first attempt began.
            is_repeatable: a repetition has no second effect, even if the first attempt had one.
            jitter: at random in 0..1, so that callers that failed together come back apart.
        """
        if tried >= self.tries or not _may_help(error, is_repeatable=is_repeatable):
            return None
        told = error.retry_after if isinstance(error, ApiError) else None
        if told is None:
            backoff = min(self.longest_wait, self.first_wait * 2 ** (tried - 1))
            told = backoff * (0.5 + jitter / 2)
        return told if elapsed + told <= self.total_seconds else None


def _may_help(error: FaceplatformError, *, is_repeatable: bool) -> bool:
    """Return True if the same call may succeed later and does no harm."""
    if isinstance(error, ConnectionFailed):
        return is_repeatable or not error.was_sent
    if not isinstance(error, ApiError):
        return False
    if error.status == 429:  # refused before it had any effect
        return error.code not in _DELAYS_OF_LOCKOUTS
    if error.code == "idempotency_in_progress":
        return True
    return is_repeatable and error.status in _NOT_NOW
