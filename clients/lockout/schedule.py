"""The schedule of attempts: pure functions of a count, its rules and the time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from django.conf import settings

from faceplatform.conf import CapturePolicy

_MOST_DOUBLINGS = 30  # more than any longest delay has


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The constants of a schedule.

    Attributes:
        free: consecutive failures without a delay.
        total: consecutive failures that lock.
        first_delay: after ``free`` failures; each further one doubles it.
        longest_delay: the bound on that.
    """

    free: int
    total: int
    first_delay: timedelta
    longest_delay: timedelta


class Begun(Enum):
    """The consequences that can begin with a failure: the delays of a streak, the lock."""

    DELAYS = "delays"
    LOCK = "lock"


class Count(Protocol):
    """A count of attempts, as `clients.models.lockout.Attempts` keeps it."""

    failures: int
    pending: int
    failed_at: datetime | None
    locked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Barrier:
    """The refusal of an attempt.

    Attributes:
        until: the time from which on an attempt may be made; None if only an unlock helps.
    """

    until: datetime | None

    @property
    def is_lock(self) -> bool:
        return self.until is None

    def seconds(self, now: datetime) -> int:
        """Return the whole seconds left to wait, 1 at least."""
        left = (self.until - now).total_seconds() if self.until else 0
        return max(1, -int(-left // 1))


def rules_for(policy: CapturePolicy) -> Rules:
    """Return the rules of a session: a liveness check allows twice as many failures."""
    if policy.liveness == "off":
        free, total = settings.FACEPLATFORM_LOCKOUT_FAILURES, settings.FACEPLATFORM_LOCKOUT_TOTAL
    else:
        free = settings.FACEPLATFORM_LOCKOUT_FAILURES_LIVENESS
        total = settings.FACEPLATFORM_LOCKOUT_TOTAL_LIVENESS
    return Rules(
        free=free,
        total=total,
        first_delay=timedelta(seconds=settings.FACEPLATFORM_LOCKOUT_SECONDS),
        longest_delay=timedelta(seconds=settings.FACEPLATFORM_LOCKOUT_MAX_SECONDS),
    )


def delay_after(failures: int, rules: Rules) -> timedelta:
    """Return the delay before the next attempt after so many consecutive failures."""
    if failures < rules.free:
        return timedelta()
    doublings = min(failures - rules.free, _MOST_DOUBLINGS)
    return min(rules.longest_delay, rules.first_delay * (1 << doublings))


def barrier(count: Count, rules: Rules, now: datetime) -> Barrier | None:
    """Return the refusal of an attempt that begins now; None if it may begin.

    Pending attempts count as if they had failed now: without a delay only as many are open at once
    as may fail before it, and after that, one.
    """
    if count.locked_at is not None or count.failures >= rules.total:
        return Barrier(None)
    if count.failures < rules.free:
        if count.failures + count.pending < min(rules.free, rules.total):
            return None
        return Barrier(now + delay_after(count.failures + count.pending, rules))
    if count.pending:
        return Barrier(now + delay_after(count.failures + count.pending, rules))
    ready_at = (count.failed_at or now) + delay_after(count.failures, rules)
    return Barrier(ready_at) if now < ready_at else None
