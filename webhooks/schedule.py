"""The times of attempts and the meaning of answers: pure functions."""

from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus

# Before the first attempt, the second, and so on.
WAITS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
# A wait is up to this share longer, at random: deliveries that failed together do not return
# together.
JITTER = 0.1
# A receiver that asks for a longer pause is asked again after this one. Bounded low, because the
# bound is also the longest that an early retry can stall after the clock was set back.
LONGEST_RETRY_AFTER = timedelta(hours=1)
_MAY_ASK_FOR_TIME = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Verdict(StrEnum):
    """The consequence of an answer for its delivery."""

    DELIVERED = "delivered"
    RETRIED = "retried"
    EXHAUSTED = "exhausted"
    GONE = "gone"  # the endpoint wants no more: it is disabled


def judge(*, succeeded: bool, status_code: int | None, attempts_made: int) -> Verdict:
    """Return the consequence of an answer.

    Args:
        status_code: None where no answer came.
        attempts_made: including the one that was answered.
    """
    if succeeded:
        return Verdict.DELIVERED
    if status_code == HTTPStatus.GONE:
        return Verdict.GONE
    return Verdict.RETRIED if attempts_made < len(WAITS) else Verdict.EXHAUSTED


def wait_before_next(
    attempts_made: int,
    *,
    status_code: int | None,
    retry_after: timedelta | None,
    chance: float,
) -> timedelta:
    """Return the time until the next attempt: the schedule's, or longer if the receiver asks so.

    Args:
        attempts_made: fewer than all.
        status_code, retry_after: of the answer; a 429 or 503 may ask for time.
        chance: a random number, 0 to 1.
    """
    wait = WAITS[attempts_made] * (1 + JITTER * chance)
    if retry_after is not None and status_code in _MAY_ASK_FOR_TIME:
        wait = max(wait, min(retry_after, LONGEST_RETRY_AFTER))
    return wait


def longest_wait(attempts_made: int, *, lease: timedelta) -> timedelta:
    """Return the longest time ahead at which a delivery can be due.

    A delivery that is due later was planned by a clock that has been set back since.
    """
    if not attempts_made:
        return lease
    planned = WAITS[min(attempts_made, len(WAITS) - 1)] * (1 + JITTER)
    return max(planned, LONGEST_RETRY_AFTER, lease)
