"""Repetitions of failed calls."""

import pytest

from faceplatform_sdk import ApiError, ConnectionFailed, InvalidAnswer, Retry

LOST = ConnectionFailed("lost", was_sent=True)
UNSENT = ConnectionFailed("refused", was_sent=False)


def refusal(status, code="some_code", retry_after=None):
    return ApiError(
        status=status,
        code=code,
        title="",
        detail="",
        fields={},
        request_id=None,
        retry_after=retry_after,
        members={},
    )


@pytest.mark.parametrize(
    ("error", "is_repeatable", "waits"),
    [
        (LOST, True, 0.5),
        (LOST, False, None),
        (UNSENT, True, 0.5),
        (UNSENT, False, 0.5),
        (refusal(429, "throttled", 7), True, 7),
        (refusal(429, "throttled", 7), False, 7),
        (refusal(429, "verification_delayed", 30), True, None),
        (refusal(429, "identification_delayed", 30), True, None),
        (refusal(409, "idempotency_in_progress", 1), True, 1),
        (refusal(409, "duplicate_face"), True, None),
        (refusal(502), True, 0.5),
        (refusal(503, retry_after=0), True, 0),
        (refusal(503, retry_after=3), True, 3),
        (refusal(503, retry_after=3), False, None),
        (refusal(504), True, 0.5),
        (refusal(500), True, None),
        (refusal(400), True, None),
        (refusal(423, "user_locked"), True, None),
        (InvalidAnswer(), True, None),
    ],
)
def test_what_is_repeated(error, is_repeatable, waits):
    found = Retry().wait(error, tried=1, elapsed=0, is_repeatable=is_repeatable, jitter=1)
    assert found == waits


@pytest.mark.parametrize(
    ("tried", "jitter", "waits"),
    [(1, 1, 0.5), (1, 0, 0.25), (2, 1, 1.0), (3, 1, 2.0), (5, 1, 8.0), (9, 1, 8.0), (9, 0, 4.0)],
)
def test_waits_grow_to_their_bound(tried, jitter, waits):
    found = Retry(tries=10).wait(LOST, tried=tried, elapsed=0, is_repeatable=True, jitter=jitter)
    assert found == waits


@pytest.mark.parametrize(
    ("tried", "elapsed", "retry_after", "waits"),
    [
        (3, 0, 1, 1),
        (4, 0, 1, None),
        (1, 50, 10, 10),
        (1, 51, 10, None),
        (1, 0, 61, None),
    ],
)
def test_the_bounds(tried, elapsed, retry_after, waits):
    error = refusal(503, retry_after=retry_after)
    found = Retry().wait(error, tried=tried, elapsed=elapsed, is_repeatable=True, jitter=1)
    assert found == waits
