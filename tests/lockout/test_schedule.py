"""The schedule of attempts, as tables."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from clients.lockout.schedule import Barrier, Rules, barrier, delay_after, rules_for
from faceplatform.conf import capture_policy

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
RULES = Rules(free=5, total=50, first_delay=timedelta(seconds=30), longest_delay=timedelta(hours=1))


@dataclass
class Count:
    failures: int = 0
    pending: int = 0
    failed_at: datetime | None = None
    locked_at: datetime | None = None


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (11, 1920), (12, 3600), (49, 3600), (10**6, 3600)],
)
def test_delays_double_up_to_the_longest(failures, seconds):
    assert delay_after(failures, RULES) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("count", "wait"),
    [
        (Count(), None),
        (Count(failures=4, failed_at=NOW), None),
        (Count(failures=4, pending=1, failed_at=NOW), 30),
        (Count(pending=4), None),
        (Count(pending=5), 30),
        (Count(failures=2, pending=3, failed_at=NOW), 30),
        (Count(failures=5, failed_at=NOW), 30),
        (Count(failures=5, failed_at=NOW - timedelta(seconds=29.5)), 1),
        (Count(failures=5, failed_at=NOW - timedelta(seconds=30)), None),
        (Count(failures=5, pending=1, failed_at=NOW - timedelta(hours=9)), 60),
        (Count(failures=6, failed_at=NOW - timedelta(seconds=59)), 1),
        (Count(failures=49, failed_at=NOW - timedelta(hours=1)), None),
        (Count(failures=49, failed_at=NOW), 3600),
    ],
)
def test_an_attempt_now(count, wait):
    refusal = barrier(count, RULES, NOW)
    assert (refusal and refusal.seconds(NOW)) == wait


@pytest.mark.parametrize(
    "count", [Count(failures=50), Count(failures=51), Count(locked_at=NOW - timedelta(days=400))]
)
def test_a_lock_has_no_end(count):
    assert barrier(count, RULES, NOW) == Barrier(None)


@pytest.mark.parametrize(("liveness", "free", "total"), [("off", 5, 50), ("passive", 10, 100)])
def test_a_liveness_check_allows_twice_as_many(liveness, free, total):
    rules = rules_for(capture_policy({"liveness": liveness}))
    assert (rules.free, rules.total) == (free, total)
    assert rules.first_delay >= timedelta(seconds=30)


def test_the_constants_are_settings(settings):
    settings.FACEPLATFORM_LOCKOUT_FAILURES = 1
    settings.FACEPLATFORM_LOCKOUT_TOTAL = 2
    settings.FACEPLATFORM_LOCKOUT_SECONDS = 7
    settings.FACEPLATFORM_LOCKOUT_MAX_SECONDS = 8
    rules = rules_for(capture_policy({}))
    assert (rules.free, rules.total) == (1, 2)
    assert [delay_after(n, rules).total_seconds() for n in (0, 1, 2)] == [0, 7, 8]
