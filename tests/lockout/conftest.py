"""A clock that stands still, and calls that fail."""

from datetime import timedelta

import pytest
from django.utils import timezone


@pytest.fixture
def clock(monkeypatch):
    """Stop the clock; return a function that lets seconds pass."""
    now = [timezone.now()]
    monkeypatch.setattr(timezone, "now", lambda: now[0])

    def passed(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    return passed


@pytest.fixture
def one(make_api):
    """Create a client whose authentications fuse one frame."""
    return make_api(probe_frames=1)


@pytest.fixture
def fail(stage):
    """Return a function that lets verifications fail, by a stranger's face."""

    def run(api, times: int = 1, user_id: str = "alice") -> None:
        for _ in range(times):
            assert api.verify(stage.frame("mallory"), user_id)["reason"] == "no_match"

    return run
