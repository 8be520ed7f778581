"""Fixtures of the outbox's tests and of the loop's."""

from collections.abc import Callable

import pytest

from tests.stage import Api
from tests.webhooks.delivering import Clock, ScriptedSender
from tests.webhooks.receiving import subscribe
from webhooks import loop
from webhooks.answers import Answer
from webhooks.models import Endpoint

# The older APIs' callers are theirs.
from tests.legacy.conftest import bind, old  # noqa: F401  isort: skip


@pytest.fixture
def endpoint(api) -> Endpoint:
    """An endpoint of ``api``'s client that subscribed to everything."""
    return subscribe(api.client, "*")


@pytest.fixture
def endpoint_of() -> Callable[[Api], Endpoint]:
    """A function that creates an endpoint of a client, subscribed to everything."""
    return lambda api: subscribe(api.client, "*")


@pytest.fixture
def wakes(monkeypatch) -> list[str]:
    """Record how often the delivery loops are woken."""
    calls: list[str] = []
    wake: Callable[[], None] = lambda: calls.append("wake")  # noqa: E731
    monkeypatch.setattr("webhooks.outbox.wake", wake)
    return calls


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def network(monkeypatch) -> Callable[[Callable[[str, str], Answer]], ScriptedSender]:
    """A function that replaces the network by a script."""

    def script(respond: Callable[[str, str], Answer]) -> ScriptedSender:
        sender = ScriptedSender(respond)
        monkeypatch.setattr(loop, "Sender", sender)
        return sender

    return script
