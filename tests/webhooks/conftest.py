from collections.abc import Callable

import pytest

from tests.webhooks.receiving import subscribe
from webhooks.models import Endpoint

# The older APIs' callers are theirs.
from tests.legacy.conftest import bind, old  # noqa: F401  isort: skip


@pytest.fixture
def endpoint(api) -> Endpoint:
    """An endpoint of ``api``'s client that subscribed to everything."""
    return subscribe(api.client, "*")


@pytest.fixture
def wakes(monkeypatch) -> list[str]:
    """Record how often the delivery loops are woken."""
    calls: list[str] = []
    wake: Callable[[], None] = lambda: calls.append("wake")  # noqa: E731
    monkeypatch.setattr("webhooks.outbox.wake", wake)
    return calls
