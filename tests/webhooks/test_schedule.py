"""The schedule of attempts and the meaning of answers, by tables."""

from datetime import timedelta

import pytest

from webhooks import schedule
from webhooks.schedule import WAITS, Verdict

_HOUR = timedelta(hours=1)


def test_the_documented_schedule():
    seconds = [wait.total_seconds() for wait in WAITS]
    hours = [2, 5, 10, 14, 20, 24]
    assert seconds == [0, 5, 5 * 60, 30 * 60, *(3600 * hour for hour in hours)]


@pytest.mark.parametrize(
    ("succeeded", "status_code", "made", "expected"),
    [
        (True, 200, 1, Verdict.DELIVERED),
        (True, 204, 10, Verdict.DELIVERED),
        (False, 301, 1, Verdict.RETRIED),
        (False, 404, 1, Verdict.RETRIED),
        (False, 500, 9, Verdict.RETRIED),
        (False, None, 9, Verdict.RETRIED),
        (False, 500, 10, Verdict.EXHAUSTED),
        (False, None, 10, Verdict.EXHAUSTED),
        (False, 410, 1, Verdict.GONE),
        (False, 410, 10, Verdict.GONE),
    ],
)
def test_what_an_answer_means(succeeded, status_code, made, expected):
    verdict = schedule.judge(succeeded=succeeded, status_code=status_code, attempts_made=made)
    assert verdict is expected


def wait(made, *, status_code=500, retry_after=None, chance=0.0):
    return schedule.wait_before_next(
        made, status_code=status_code, retry_after=retry_after, chance=chance
    )


@pytest.mark.parametrize("made", range(1, len(WAITS)))
def test_jitter_makes_a_wait_longer_within_bounds(made):
    assert wait(made, chance=0.0) == WAITS[made]
    assert wait(made, chance=0.5) == WAITS[made] * 1.05
    assert wait(made, chance=1.0) == WAITS[made] * 1.1


@pytest.mark.parametrize(
    ("made", "status_code", "asked", "expected"),
    [
        (1, 503, timedelta(seconds=60), timedelta(seconds=60)),
        (1, 429, timedelta(seconds=60), timedelta(seconds=60)),
        (1, 503, timedelta(seconds=1), WAITS[1]),  # never sooner than the schedule
        (1, 503, timedelta(days=30), _HOUR),
        (5, 503, _HOUR, WAITS[5]),
        (1, 500, timedelta(seconds=60), WAITS[1]),  # only 429 and 503 may ask
        (1, None, timedelta(seconds=60), WAITS[1]),
        (1, 503, None, WAITS[1]),
    ],
)
def test_retry_after(made, status_code, asked, expected):
    assert wait(made, status_code=status_code, retry_after=asked) == expected


@pytest.mark.parametrize("made", range(1, len(WAITS)))
@pytest.mark.parametrize("asked", [None, timedelta(seconds=1), _HOUR, timedelta(days=30)])
def test_no_planned_wait_is_taken_for_a_clock_that_moved(made, asked):
    longest = schedule.longest_wait(made, lease=timedelta(seconds=60))
    assert wait(made, status_code=503, retry_after=asked, chance=1.0) <= longest


def test_the_longest_wait_bounds_the_stall_after_a_moved_clock():
    lease = timedelta(seconds=60)
    assert schedule.longest_wait(0, lease=lease) == lease
    assert schedule.longest_wait(1, lease=lease) == _HOUR
    assert schedule.longest_wait(9, lease=lease) == timedelta(hours=24) * 1.1
    assert schedule.longest_wait(10, lease=lease) == timedelta(hours=24) * 1.1
